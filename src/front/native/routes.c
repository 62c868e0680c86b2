/* The native API: its table of routes. docs/openapi.yaml describes the same rows (held to them by a
 * test). */
#include "front/native/native.h"

/* Compiled in from docs/openapi.yaml; see CMakeLists.txt. */
extern const unsigned char vg_openapi_yaml[];
extern const size_t vg_openapi_yaml_len;

#define C "/v1/collections/{collection}"
#define P C "/points"

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET",    "/v1/collections"},    VG_OP_LIST,              vg_native_read_none,       vg_native_write_names,     .doc = "names of all collections"},
    {{"POST",   "/v1/collections"},    VG_OP_CREATE_COLLECTION, vg_native_read_create,     vg_native_write_created,   .doc = "create a collection"},
    {{"GET",    C},                    VG_OP_DESCRIBE,          vg_native_read_none,       vg_native_write_info,      .doc = "what a collection is and holds"},
    {{"DELETE", C},                    VG_OP_DROP_COLLECTION,   vg_native_read_none,       vg_native_write_dropped,   .doc = "delete a collection and its points"},
    {{"GET",    C "/fields"},          VG_OP_DESCRIBE,          vg_native_read_none,       vg_native_write_fields,    .doc = "the declared payload fields"},
    {{"GET",    C "/fields/{key}"},    VG_OP_DESCRIBE,          vg_native_read_none,       vg_native_write_field,     .doc = "one declared payload field"},
    {{"PUT",    C "/fields/{key}"},    VG_OP_CREATE_INDEX,      vg_native_read_field,      vg_native_write_written,   .doc = "declare a payload field, or declare it otherwise"},
    {{"DELETE", C "/fields/{key}"},    VG_OP_DROP_INDEX,        vg_native_read_undeclared, vg_native_write_written,   .doc = "take the declaration of a payload field back"},
    {{"POST",   C "/facets"},          VG_OP_FACET,             vg_native_read_facet,      vg_native_write_facet,     .doc = "the values of a payload field, and how many points have each"},
    {{"PUT",    P},                    VG_OP_UPSERT,            vg_native_read_update,     vg_native_write_written,   .doc = "insert or replace points"},
    {{"GET",    P "/{id}"},            VG_OP_GET,               vg_native_read_one,        vg_native_write_point,     .doc = "one point"},
    {{"POST",   P "/get"},             VG_OP_GET,               vg_native_read_get,        vg_native_write_points,    .doc = "points by their ids"},
    {{"POST",   P "/delete"},          VG_OP_DELETE,            vg_native_read_update,     vg_native_write_written,   .doc = "delete points, by ids or by a filter"},
    {{"POST",   P "/payload"},         VG_OP_SET_PAYLOAD,       vg_native_read_update,     vg_native_write_written,   .doc = "merge into payloads"},
    {{"PUT",    P "/payload"},         VG_OP_OVERWRITE_PAYLOAD, vg_native_read_update,     vg_native_write_written,   .doc = "replace payloads"},
    {{"POST",   P "/payload/delete"},  VG_OP_DELETE_PAYLOAD,    vg_native_read_update,     vg_native_write_written,   .doc = "delete keys of payloads"},
    {{"POST",   P "/payload/clear"},   VG_OP_CLEAR_PAYLOAD,     vg_native_read_update,     vg_native_write_written,   .doc = "empty payloads"},
    {{"PUT",    P "/vectors"},         VG_OP_UPDATE_VECTORS,    vg_native_read_update,     vg_native_write_written,   .doc = "set vectors of points that are there"},
    {{"POST",   P "/vectors/delete"},  VG_OP_DELETE_VECTORS,    vg_native_read_update,     vg_native_write_written,   .doc = "delete vectors by their names"},
    {{"POST",   P "/batch"},           VG_OP_BATCH,             vg_native_read_batch,      vg_native_write_batch,     .doc = "several changes of points, in order"},
    {{"POST",   P "/search"},          VG_OP_QUERY,             vg_native_read_search,     vg_native_write_searched,  .doc = "the points that are nearest, like some examples, in an order, random, or merged of other searches"},
    {{"POST",   P "/search/batch"},    VG_OP_QUERY,             vg_native_read_searches,   vg_native_write_searches,  .doc = "several searches in one request"},
    {{"POST",   P "/search/groups"},   VG_OP_GROUPS,            vg_native_read_groups,     vg_native_write_groups,    .doc = "a search's points in groups of a payload field's values"},
    {{"POST",   P "/search/matrix"},   VG_OP_MATRIX,            vg_native_read_matrix,     vg_native_write_matrix,    .doc = "how near to each other some random points are"},
    {{"POST",   P "/scroll"},          VG_OP_SCROLL,            vg_native_read_scroll,     vg_native_write_page,      .doc = "points page by page, in the order of ids or of a field's values"},
    {{"POST",   P "/count"},           VG_OP_COUNT,             vg_native_read_counting,   vg_native_write_count,     .doc = "how many points there are"},
    {{"GET",    "/v1/aliases"},        VG_OP_LIST_ALIASES,      vg_native_read_none,       vg_native_write_aliases,   .right = VG_RIGHT_ANY, .doc = "other names of collections"},
    {{"POST",   "/v1/aliases"},        VG_OP_CHANGE_ALIASES,    vg_native_read_aliases,    vg_native_write_nothing,   .doc = "make, delete and rename aliases, all or none"},
    {{"GET",    "/v1/jobs"},           VG_OP_LIST_JOBS,         vg_native_read_jobs,       vg_native_write_jobs,      .doc = "what takes longer than a request: indexes being built, repairs"},
    {{"GET",    "/v1/jobs/{job}"},     VG_OP_GET_JOB,           vg_native_read_job,        vg_native_write_job,       .doc = "one job"},
    {{"DELETE", "/v1/jobs/{job}"},     VG_OP_CANCEL_JOB,        vg_native_read_job,        vg_native_write_cancelled, .doc = "end a job early"},
    {{"DELETE", "/v1/tenants/{tenant}"}, VG_OP_ERASE_TENANT,   vg_native_read_erase,      vg_native_write_erasing,   .doc = "erase a tenant: all of its collections, aliases and jobs"},
    {{"GET",    "/v1/backends"},     VG_OP_HEALTH,            vg_native_read_none,       vg_native_write_backends,  .write_failed = vg_native_write_backends, .doc = "the backend, its health and capabilities"},
    {{"GET",    "/v1/health"},       VG_OP_HEALTH,            vg_native_read_none,       vg_native_write_health,    .write_failed = vg_native_write_health, .doc = "is the backend well?"},
    {{"GET",    "/v1/capabilities"}, VG_OP_HEALTH,            .right = VG_RIGHT_ANY, .tell = vg_native_tell_capabilities, .doc = "what the backend can do"},
    {{"GET",    "/openapi.yaml"},    VG_OP_HEALTH,            .right = VG_RIGHT_ANY, .tell = vg_native_tell_openapi, .doc = "this API as an OpenAPI document"},
};
/* clang-format on */

void vg_native_tell_openapi(vg_front *front, const vg_front_in *in, vg_arena *arena,
                            vg_front_out *out)
{
    (void)front;
    if (!vg_native_is_bare(in, arena, out))
        return;
    out->content_type = VG_LIT("application/yaml");
    vg_buf_put(out->body, vg_slice_of((const char *)vg_openapi_yaml, vg_openapi_yaml_len));
}

/* A body must say that it is JSON, or say nothing. */
static bool takes(const vg_request *request)
{
    vg_slice type = vg_request_header(request, VG_LIT("content-type"));

    type.len = vg_slice_find(type, ';');
    return type.at == NULL || vg_slice_is_nocase(vg_slice_trim(type), VG_LIT("application/json"));
}

const vg_front_api vg_front_native = {
    .id = VG_API_NATIVE,
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .write_error = vg_native_write_problem,
    .takes = takes,
};
