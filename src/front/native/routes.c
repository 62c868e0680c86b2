/* The native API: its table of routes. docs/openapi.yaml describes the same rows (held to them by a
 * test). */
#include "front/native/native.h"

/* Compiled in from docs/openapi.yaml; see CMakeLists.txt. */
extern const unsigned char vg_openapi_yaml[];
extern const size_t vg_openapi_yaml_len;

#define POINTS "/v1/collections/{collection}/points"

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET",    "/v1/collections"},              VG_OP_LIST,              vg_native_read_none,     vg_native_write_names,    .doc = "names of all collections"},
    {{"POST",   "/v1/collections"},              VG_OP_CREATE_COLLECTION, vg_native_read_create,   vg_native_write_created,  .doc = "create a collection"},
    {{"GET",    "/v1/collections/{collection}"}, VG_OP_DESCRIBE,          vg_native_read_none,     vg_native_write_info,     .doc = "what a collection is and holds"},
    {{"DELETE", "/v1/collections/{collection}"}, VG_OP_DROP_COLLECTION,   vg_native_read_none,     vg_native_write_dropped,  .doc = "delete a collection and its points"},
    {{"PUT",    POINTS},                         VG_OP_UPSERT,            vg_native_read_upsert,   vg_native_write_written,  .doc = "insert or replace points"},
    {{"GET",    POINTS "/{id}"},                 VG_OP_GET,               vg_native_read_one,      vg_native_write_point,    .doc = "one point"},
    {{"POST",   POINTS "/get"},                  VG_OP_GET,               vg_native_read_get,      vg_native_write_points,   .doc = "points by their ids"},
    {{"POST",   POINTS "/delete"},               VG_OP_DELETE,            vg_native_read_delete,   vg_native_write_written,  .doc = "delete points by their ids"},
    {{"POST",   POINTS "/search"},               VG_OP_SEARCH,            vg_native_read_search,   vg_native_write_searched, .doc = "the points nearest to a vector or to a stored point"},
    {{"POST",   POINTS "/scroll"},               VG_OP_SCROLL,            vg_native_read_scroll,   vg_native_write_page,     .doc = "points page by page, in the order of ids"},
    {{"POST",   POINTS "/count"},                VG_OP_COUNT,             vg_native_read_counting, vg_native_write_count,    .doc = "how many points there are"},
    {{"GET",    "/v1/backends"},                 VG_OP_HEALTH,            vg_native_read_none,     vg_native_write_backends, .write_failed = vg_native_write_backends, .doc = "the backend, its health and capabilities"},
    {{"GET",    "/v1/health"},                   VG_OP_HEALTH,            vg_native_read_none,     vg_native_write_health,   .write_failed = vg_native_write_health,   .doc = "is the backend well?"},
    {{"GET",    "/v1/capabilities"},             VG_OP_HEALTH,            .tell = vg_native_tell_capabilities, .doc = "what the backend can do"},
    {{"GET",    "/openapi.yaml"},                VG_OP_HEALTH,            .tell = vg_native_tell_openapi,      .doc = "this API as an OpenAPI document"},
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
