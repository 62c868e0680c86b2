/* Qdrant's REST API: its table of routes, every one of its OpenAPI document (v1.14). What is not
 * built is a row too, so that it is refused by name. /healthz, /livez, /readyz and /metrics are
 * admin's. */
#include "front/qdrant_rest/qdrant.h"

#define C "/collections/{collection}"
#define P C "/points"
#define S C "/shards/{shard}/snapshots"

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET",    "/"},                VG_OP_HEALTH,            .tell = vg_write_collection_version, .doc = "who answers, and which version it speaks"},
    {{"GET",    "/collections"},     VG_OP_LIST,              vg_read_collection_list,   vg_write_collection_names,   .doc = "names of all collections"},
    {{"GET",    C},                  VG_OP_DESCRIBE,          vg_read_collection_name,   vg_write_collection_info,    .doc = "what a collection is and holds"},
    {{"PUT",    C},                  VG_OP_CREATE_COLLECTION, vg_read_collection_create, vg_write_collection_created, .doc = "create a collection"},
    {{"DELETE", C},                  VG_OP_DROP_COLLECTION,   vg_read_collection_drop,   vg_write_collection_dropped, .doc = "delete a collection and its points"},
    {{"GET",    C "/exists"},        VG_OP_DESCRIBE,          vg_read_collection_name,   vg_write_collection_exists,  .write_missing = vg_write_collection_exists, .doc = "is there such a collection?"},
    {{"PUT",    P},                  VG_OP_UPSERT,            vg_read_points_upsert,     vg_write_points_written,     .doc = "insert or replace points"},
    {{"POST",   P},                  VG_OP_GET,               vg_read_points_many,       vg_write_points_many,        .doc = "points by their ids"},
    {{"GET",    P "/{id}"},          VG_OP_GET,               vg_read_points_one,        vg_write_points_one,         .doc = "one point"},
    {{"POST",   P "/delete"},        VG_OP_DELETE,            vg_read_points_delete,     vg_write_points_written,     .doc = "delete points by their ids"},
    {{"POST",   P "/scroll"},        VG_OP_SCROLL,            vg_read_points_scroll,     vg_write_points_page,        .doc = "points page by page, in the order of ids"},
    {{"POST",   P "/count"},         VG_OP_COUNT,             vg_read_points_count,      vg_write_points_count,       .doc = "how many points there are"},
    {{"POST",   P "/query"},         VG_OP_SEARCH,            vg_read_query_one,         vg_write_points_query,       .doc = "the points nearest to a vector or to a stored point"},
    {{"POST",   P "/query/batch"},   VG_OP_SEARCH,            vg_read_query_batch,       vg_write_points_batch,       .doc = "many queries in one request"},
    {{"POST",   P "/search"},        VG_OP_SEARCH,            vg_read_query_search,      vg_write_points_search,      .doc = "the points nearest to a vector, older form"},
    {{"POST",   P "/search/batch"},  VG_OP_SEARCH,            vg_read_query_searches,    vg_write_points_searches,    .doc = "many searches in one request, older form"},

    {{"PATCH",  C},                                 .refuses = "changing a collection's parameters is"},
    {{"POST",   "/collections/aliases"},            .refuses = "aliases are"},
    {{"GET",    "/aliases"},                        .refuses = "aliases are"},
    {{"GET",    C "/aliases"},                      .refuses = "aliases are"},
    {{"PUT",    C "/index"},                        .refuses = "payload indexes are"},
    {{"DELETE", C "/index/{field}"},                .refuses = "payload indexes are"},
    {{"PUT",    P "/vectors"},                      .refuses = "changing vectors alone is"},
    {{"POST",   P "/vectors/delete"},               .refuses = "deleting vectors alone is"},
    {{"POST",   P "/payload"},                      .refuses = "changing payloads alone is"},
    {{"PUT",    P "/payload"},                      .refuses = "changing payloads alone is"},
    {{"POST",   P "/payload/delete"},               .refuses = "changing payloads alone is"},
    {{"POST",   P "/payload/clear"},                .refuses = "changing payloads alone is"},
    {{"POST",   P "/batch"},                        .refuses = "several changes in one request are"},
    {{"POST",   P "/query/groups"},                 .refuses = "grouping is"},
    {{"POST",   P "/search/groups"},                .refuses = "grouping is"},
    {{"POST",   P "/search/matrix/pairs"},          .refuses = "distance matrices are"},
    {{"POST",   P "/search/matrix/offsets"},        .refuses = "distance matrices are"},
    {{"POST",   P "/recommend"},                    .refuses = "recommendations are"},
    {{"POST",   P "/recommend/batch"},              .refuses = "recommendations are"},
    {{"POST",   P "/recommend/groups"},             .refuses = "recommendations are"},
    {{"POST",   P "/discover"},                     .refuses = "discovery is"},
    {{"POST",   P "/discover/batch"},               .refuses = "discovery is"},
    {{"POST",   C "/facet"},                        .refuses = "facets are"},
    {{"GET",    C "/snapshots"},                    .refuses = "snapshots are"},
    {{"POST",   C "/snapshots"},                    .refuses = "snapshots are"},
    {{"GET",    C "/snapshots/{snapshot}"},         .refuses = "snapshots are"},
    {{"DELETE", C "/snapshots/{snapshot}"},         .refuses = "snapshots are"},
    {{"PUT",    C "/snapshots/recover"},            .refuses = "snapshots are"},
    {{"POST",   C "/snapshots/upload"},             .refuses = "snapshots are"},
    {{"GET",    "/snapshots"},                      .refuses = "snapshots are"},
    {{"POST",   "/snapshots"},                      .refuses = "snapshots are"},
    {{"GET",    "/snapshots/{snapshot}"},           .refuses = "snapshots are"},
    {{"DELETE", "/snapshots/{snapshot}"},           .refuses = "snapshots are"},
    {{"GET",    S},                                 .refuses = "snapshots are"},
    {{"POST",   S},                                 .refuses = "snapshots are"},
    {{"GET",    S "/{snapshot}"},                   .refuses = "snapshots are"},
    {{"DELETE", S "/{snapshot}"},                   .refuses = "snapshots are"},
    {{"PUT",    S "/recover"},                      .refuses = "snapshots are"},
    {{"POST",   S "/upload"},                       .refuses = "snapshots are"},
    {{"PUT",    C "/shards"},                       .refuses = "shard keys are"},
    {{"POST",   C "/shards/delete"},                .refuses = "shard keys are"},
    {{"GET",    C "/cluster"},                      .refuses = "clusters are"},
    {{"POST",   C "/cluster"},                      .refuses = "clusters are"},
    {{"GET",    "/cluster"},                        .refuses = "clusters are"},
    {{"POST",   "/cluster/recover"},                .refuses = "clusters are"},
    {{"DELETE", "/cluster/peer/{peer}"},            .refuses = "clusters are"},
    {{"GET",    "/telemetry"},                      .refuses = "telemetry is"},
    {{"GET",    "/locks"},                          .refuses = "locks are"},
    {{"POST",   "/locks"},                          .refuses = "locks are"},
    {{"GET",    "/issues"},                         .refuses = "issues are"},
    {{"DELETE", "/issues"},                         .refuses = "issues are"},
};
/* clang-format on */

const vg_front_api vg_front_qdrant = {
    .id = VG_API_QDRANT,
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .write_error = vg_error_write,
};
