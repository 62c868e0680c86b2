/* Qdrant's REST API: its table of routes, every one of its OpenAPI document (v1.14). What is not
 * built is a row too, so that it is refused by name. /healthz, /livez, /readyz and /metrics are
 * admin's. */
#include "front/qdrant_rest/qdrant.h"

#define C "/collections/{collection}"
#define P C "/points"
#define S C "/shards/{shard}/snapshots"

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET",    "/"},                VG_OP_HEALTH,            .right = VG_RIGHT_NOTHING, .tell = vg_write_collection_version, .doc = "who answers, and which version it speaks"},
    {{"GET",    "/collections"},     VG_OP_LIST,              vg_read_collection_list,   vg_write_collection_names,   .doc = "names of all collections"},
    {{"GET",    C},                  VG_OP_DESCRIBE,          vg_read_collection_name,   vg_write_collection_info,    .doc = "what a collection is and holds"},
    {{"PUT",    C},                  VG_OP_CREATE_COLLECTION, vg_read_collection_create, vg_write_collection_done,    .doc = "create a collection"},
    {{"DELETE", C},                  VG_OP_DROP_COLLECTION,   vg_read_collection_drop,   vg_write_collection_dropped, .doc = "delete a collection and its points"},
    {{"GET",    C "/exists"},        VG_OP_DESCRIBE,          vg_read_collection_name,   vg_write_collection_exists,  .right = VG_RIGHT_READ, .write_missing = vg_write_collection_exists, .doc = "is there such a collection?"},
    {{"PATCH",  C},                  VG_OP_UPDATE_COLLECTION, vg_read_collection_change, vg_write_collection_done,    .doc = "change a collection's settings"},
    {{"POST",   "/collections/aliases"}, VG_OP_CHANGE_ALIASES, vg_read_alias_changes,    vg_write_collection_done,    .doc = "create, delete and rename aliases, all or none"},
    {{"GET",    "/aliases"},         VG_OP_LIST_ALIASES,      vg_read_collection_name,   vg_write_collection_aliases, .right = VG_RIGHT_ANY, .doc = "all aliases"},
    {{"GET",    C "/aliases"},       VG_OP_LIST_ALIASES,      vg_read_collection_name,   vg_write_collection_aliases, .doc = "the aliases of a collection"},
    {{"PUT",    C "/index"},         VG_OP_CREATE_INDEX,      vg_read_field_create,      vg_write_update_field,       .doc = "declare a payload index"},
    {{"DELETE", C "/index/{field}"}, VG_OP_DROP_INDEX,        vg_read_field_drop,        vg_write_update_field,       .doc = "drop a payload index"},
    {{"PUT",    P},                  VG_OP_UPSERT,            vg_read_update_one,        vg_write_update_one,         .doc = "insert or replace points"},
    {{"POST",   P "/delete"},        VG_OP_DELETE,            vg_read_update_one,        vg_write_update_one,         .doc = "delete points by their ids or by a filter"},
    {{"PUT",    P "/vectors"},       VG_OP_UPDATE_VECTORS,    vg_read_update_one,        vg_write_update_one,         .doc = "set some vectors of points"},
    {{"POST",   P "/vectors/delete"},VG_OP_DELETE_VECTORS,    vg_read_update_one,        vg_write_update_one,         .doc = "delete some vectors of points"},
    {{"POST",   P "/payload"},       VG_OP_SET_PAYLOAD,       vg_read_update_one,        vg_write_update_one,         .doc = "merge into payloads"},
    {{"PUT",    P "/payload"},       VG_OP_OVERWRITE_PAYLOAD, vg_read_update_one,        vg_write_update_one,         .doc = "replace payloads"},
    {{"POST",   P "/payload/delete"},VG_OP_DELETE_PAYLOAD,    vg_read_update_one,        vg_write_update_one,         .doc = "delete keys of payloads"},
    {{"POST",   P "/payload/clear"}, VG_OP_CLEAR_PAYLOAD,     vg_read_update_one,        vg_write_update_one,         .doc = "empty payloads"},
    {{"POST",   P "/batch"},         VG_OP_BATCH,             vg_read_update_batch,      vg_write_update_batch,       .doc = "several of these changes in one request, in their order"},
    {{"POST",   P},                  VG_OP_GET,               vg_read_points_many,       vg_write_points_many,        .doc = "points by their ids"},
    {{"GET",    P "/{id}"},          VG_OP_GET,               vg_read_points_one,        vg_write_points_one,         .doc = "one point"},
    {{"POST",   P "/scroll"},        VG_OP_SCROLL,            vg_read_points_scroll,     vg_write_points_page,        .doc = "points page by page, by their ids or by a field's values"},
    {{"POST",   P "/count"},         VG_OP_COUNT,             vg_read_points_count,      vg_write_points_count,       .doc = "how many points there are"},
    {{"POST",   C "/facet"},         VG_OP_FACET,             vg_read_points_facet,      vg_write_points_facet,       .doc = "the values of a field and how many points have each"},
    {{"POST",   P "/query"},         VG_OP_QUERY,             vg_read_query_one,         vg_write_query_one,          .doc = "points near to, like, or in the order of what is asked for, also of what was prefetched"},
    {{"POST",   P "/query/batch"},   VG_OP_QUERY,             vg_read_query_batch,       vg_write_query_many,         .doc = "many queries in one request"},
    {{"POST",   P "/query/groups"},  VG_OP_GROUPS,            vg_read_groups_query,      vg_write_query_groups,       .doc = "a query's points in groups of a field's values"},
    {{"POST",   P "/search"},        VG_OP_SEARCH,            vg_read_older_one_search,  vg_write_query_hits,         .doc = "the points nearest to a vector, older form"},
    {{"POST",   P "/search/batch"},  VG_OP_SEARCH,            vg_read_older_searches,    vg_write_query_many_hits,    .doc = "many searches in one request, older form"},
    {{"POST",   P "/search/groups"}, VG_OP_GROUPS,            vg_read_groups_search,     vg_write_query_groups,       .doc = "a search's points in groups of a field's values, older form"},
    {{"POST",   P "/search/matrix/pairs"},   VG_OP_MATRIX,    vg_read_groups_matrix,     vg_write_query_pairs,        .doc = "how near to each other some random points are, as pairs"},
    {{"POST",   P "/search/matrix/offsets"}, VG_OP_MATRIX,    vg_read_groups_matrix,     vg_write_query_offsets,      .doc = "the same as the parts of a sparse matrix"},
    {{"POST",   P "/recommend"},     VG_OP_SEARCH,            vg_read_older_one_recommend, vg_write_query_hits,       .doc = "points like some examples and unlike others, older form"},
    {{"POST",   P "/recommend/batch"},  VG_OP_SEARCH,         vg_read_older_recommends,  vg_write_query_many_hits,    .doc = "many recommendations in one request, older form"},
    {{"POST",   P "/recommend/groups"}, VG_OP_GROUPS,         vg_read_groups_recommend,  vg_write_query_groups,       .doc = "recommended points in groups of a field's values, older form"},
    {{"POST",   P "/discover"},      VG_OP_SEARCH,            vg_read_older_one_discover, vg_write_query_hits,        .doc = "points where pairs of examples lead to, older form"},
    {{"POST",   P "/discover/batch"},   VG_OP_SEARCH,         vg_read_older_discovers,   vg_write_query_many_hits,    .doc = "many discoveries in one request, older form"},

    {{"GET",    C "/snapshots"},                    .right = VG_RIGHT_READ_OBJECT, .refuses = "snapshots are"},
    {{"POST",   C "/snapshots"},                    .right = VG_RIGHT_WRITE_OBJECT, .refuses = "snapshots are"},
    {{"GET",    C "/snapshots/{snapshot}"},         .right = VG_RIGHT_READ_OBJECT, .refuses = "snapshots are"},
    {{"DELETE", C "/snapshots/{snapshot}"},         .right = VG_RIGHT_WRITE_OBJECT, .refuses = "snapshots are"},
    {{"PUT",    C "/snapshots/recover"},            .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"POST",   C "/snapshots/upload"},             .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"GET",    "/snapshots"},                      .right = VG_RIGHT_GLOBAL_READ, .refuses = "snapshots are"},
    {{"POST",   "/snapshots"},                      .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"GET",    "/snapshots/{snapshot}"},           .right = VG_RIGHT_GLOBAL_READ, .refuses = "snapshots are"},
    {{"DELETE", "/snapshots/{snapshot}"},           .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"GET",    S},                                 .right = VG_RIGHT_READ_OBJECT, .refuses = "snapshots are"},
    {{"POST",   S},                                 .right = VG_RIGHT_WRITE_OBJECT, .refuses = "snapshots are"},
    {{"GET",    S "/{snapshot}"},                   .right = VG_RIGHT_READ_OBJECT, .refuses = "snapshots are"},
    {{"DELETE", S "/{snapshot}"},                   .right = VG_RIGHT_WRITE_OBJECT, .refuses = "snapshots are"},
    {{"PUT",    S "/recover"},                      .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"POST",   S "/upload"},                       .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "snapshots are"},
    {{"PUT",    C "/shards"},                       .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "shard keys are"},
    {{"POST",   C "/shards/delete"},                .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "shard keys are"},
    {{"GET",    C "/cluster"},                      .right = VG_RIGHT_READ_OBJECT, .refuses = "clusters are"},
    {{"POST",   C "/cluster"},                      .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "clusters are"},
    {{"GET",    "/cluster"},                        .right = VG_RIGHT_GLOBAL_READ, .refuses = "clusters are"},
    {{"POST",   "/cluster/recover"},                .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "clusters are"},
    {{"DELETE", "/cluster/peer/{peer}"},            .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "clusters are"},
    {{"GET",    "/telemetry"},                      .right = VG_RIGHT_GLOBAL_READ, .refuses = "telemetry is"},
    {{"GET",    "/locks"},                          .right = VG_RIGHT_GLOBAL_READ, .refuses = "locks are"},
    {{"POST",   "/locks"},                          .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "locks are"},
    {{"GET",    "/issues"},                         .right = VG_RIGHT_GLOBAL_READ, .refuses = "issues are"},
    {{"DELETE", "/issues"},                         .right = VG_RIGHT_GLOBAL_MANAGE, .refuses = "issues are"},
};
/* clang-format on */

const vg_front_api vg_front_qdrant = {
    .id = VG_API_QDRANT,
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .write_error = vg_error_write,
};
