/* The native API: its table of routes. docs/openapi.yaml describes the same rows (held to them by a test). */
#include "front/native/native.h"

/* Compiled in from docs/openapi.yaml; see CMakeLists.txt. */
extern const unsigned char vg_openapi_yaml[];
extern const size_t vg_openapi_yaml_len;

#define POINTS "/v1/collections/{collection}/points"

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET",    "/v1/collections"},              VG_OP_LIST,              read_none,     write_names,    .doc = "names of all collections"},
    {{"POST",   "/v1/collections"},              VG_OP_CREATE_COLLECTION, read_create,   write_created,  .doc = "create a collection"},
    {{"GET",    "/v1/collections/{collection}"}, VG_OP_DESCRIBE,          read_none,     write_info,     .doc = "what a collection is and holds"},
    {{"DELETE", "/v1/collections/{collection}"}, VG_OP_DROP_COLLECTION,   read_none,     write_dropped,  .doc = "delete a collection and its points"},
    {{"PUT",    POINTS},                         VG_OP_UPSERT,            read_upsert,   write_written,  .doc = "insert or replace points"},
    {{"GET",    POINTS "/{id}"},                 VG_OP_GET,               read_one,      write_point,    .doc = "one point"},
    {{"POST",   POINTS "/get"},                  VG_OP_GET,               read_get,      write_points,   .doc = "points by their ids"},
    {{"POST",   POINTS "/delete"},               VG_OP_DELETE,            read_delete,   write_written,  .doc = "delete points by their ids"},
    {{"POST",   POINTS "/search"},               VG_OP_SEARCH,            read_search,   write_searched, .doc = "the points nearest to a vector or to a stored point"},
    {{"POST",   POINTS "/scroll"},               VG_OP_SCROLL,            read_scroll,   write_page,     .doc = "points page by page, in the order of ids"},
    {{"POST",   POINTS "/count"},                VG_OP_COUNT,             read_counting, write_count,    .doc = "how many points there are"},
    {{"GET",    "/v1/backends"},                 VG_OP_HEALTH,            read_none,     write_backends, .write_failed = write_backends, .doc = "the backend, its health and capabilities"},
    {{"GET",    "/v1/health"},                   VG_OP_HEALTH,            read_none,     write_health,   .write_failed = write_health,   .doc = "is the backend well?"},
    {{"GET",    "/v1/capabilities"},             VG_OP_HEALTH,            .tell = tell_capabilities,      .doc = "what the backend can do"},
    {{"GET",    "/openapi.yaml"},                VG_OP_HEALTH,            .tell = tell_openapi,           .doc = "this API as an OpenAPI document"},
};
/* clang-format on */

void tell_openapi(vg_front *front, const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    (void)front;
    (void)in;
    (void)arena;
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
    .write_error = write_problem,
    .takes = takes,
};
