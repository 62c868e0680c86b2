/* docs/routes.md and docs/capabilities.md. */
#include "cli/pages.h"

#include "vecgate/vector_backend.h"

#include "front/front.h"

#define NOTE "<!-- Written by `vecgate docs` from the tables of the code. -->\n\n"

/* ---- routes ---- */

static const char *need_of(const vg_front_row *row)
{
    return vg_right_word(row->right == VG_RIGHT_OF_KIND ? vg_right_of(row->kind) : row->right);
}

static void put_api(const vg_front_api *api, const char *title, vg_buf *to)
{
    vg_buf_printf(to, "\n## %s\n\n| method | path | needs | what it does |\n|---|---|---|---|\n",
                  title);
    for (size_t i = 0; i < api->count; i++) {
        const vg_front_row *row = &api->rows[i];

        if (row->refuses == NULL)
            vg_buf_printf(to, "| %s | `%s` | %s | %s |\n", row->route.method, row->route.path,
                          need_of(row), row->doc);
    }
}

static void put_refused(const vg_front_api *api, vg_buf *to)
{
    vg_buf_put(to,
               VG_LIT("\n### Known, and refused\n\n| method | path | needs | what is answered |\n"
                      "|---|---|---|---|\n"));
    for (size_t i = 0; i < api->count; i++) {
        const vg_front_row *row = &api->rows[i];

        if (row->refuses != NULL)
            vg_buf_printf(to, "| %s | `%s` | %s | %s |\n", row->route.method, row->route.path,
                          need_of(row), row->refuses);
    }
}

static bool refuses_any(const vg_front_api *api)
{
    for (size_t i = 0; i < api->count; i++)
        if (api->rows[i].refuses != NULL)
            return true;
    return false;
}

void vg_pages_write_routes(vg_buf *to)
{
    static const struct {
        const vg_front_api *api;
        const char *title;
    } apis[] = {{&vg_front_native, "Native API"},
                {&vg_front_qdrant, "Qdrant's REST API"},
                {&vg_front_admin, "For operators"}};

    vg_buf_put(to, VG_LIT("# Routes\n\n" NOTE
                          "All on one port. HEAD is answered as GET without a body. A path that is "
                          "not listed is answered 404; a method that is not, 405 by the native API "
                          "and 404 by Qdrant's, as Qdrant does. What a route needs of a "
                          "credential is told in [security.md](security.md).\n"));
    for (size_t i = 0; i < sizeof apis / sizeof apis[0]; i++) {
        put_api(apis[i].api, apis[i].title, to);
        if (refuses_any(apis[i].api))
            put_refused(apis[i].api, to);
    }
}

/* ---- capabilities ---- */

static void put_heading(vg_buf *to)
{
    vg_buf_put(to, VG_LIT("| |"));
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
        vg_buf_printf(to, " `%s` |", (*at)->name);
    vg_buf_put(to, VG_LIT("\n|---|"));
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
        vg_buf_put(to, VG_LIT("---|"));
    vg_buf_put_byte(to, '\n');
}

static void put_mark(bool can, vg_buf *to)
{
    vg_buf_put(to, can ? VG_LIT(" yes |") : VG_LIT(" |"));
}

static void put_flags(vg_buf *to)
{
#define CAPABILITY(field, name, doc)                                   \
    vg_buf_printf(to, "| %s (`%s`) |", doc, name);                     \
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++) \
        put_mark((*at)->can.field, to);                                \
    vg_buf_put_byte(to, '\n');
#include "vecgate/capabilities.def"
#undef CAPABILITY
}

/* 0 is no bound but memory's. */
static void put_limit(const char *name, size_t at_field, vg_buf *to)
{
    vg_buf_printf(to, "| `%s` |", name);
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++) {
        uint32_t limit = *(const uint32_t *)((const char *)&(*at)->can + at_field);

        if (limit != 0)
            vg_buf_printf(to, " %u |", limit);
        else
            vg_buf_put(to, VG_LIT(" memory |"));
    }
    vg_buf_put_byte(to, '\n');
}

static void put_limits(vg_buf *to)
{
    put_limit("max_vector_dimensions", offsetof(vg_capabilities, max_vector_dimensions), to);
    put_limit("max_sparse_values", offsetof(vg_capabilities, max_sparse_values), to);
    put_limit("max_sparse_index", offsetof(vg_capabilities, max_sparse_index), to);
    put_limit("max_top_k", offsetof(vg_capabilities, max_top_k), to);
    put_limit("max_points_per_call", offsetof(vg_capabilities, max_points_per_call), to);
    put_limit("max_ids_per_call", offsetof(vg_capabilities, max_ids_per_call), to);
    put_limit("max_queries_per_call", offsetof(vg_capabilities, max_queries_per_call), to);
    put_limit("max_bytes_per_call", offsetof(vg_capabilities, max_bytes_per_call), to);
}

static void put_distances(vg_buf *to)
{
    for (int i = VG_COSINE; i < VG_DISTANCES; i++) {
        vg_buf_printf(to, "| distance %s |", vg_distance_name((vg_distance)i));
        for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
            put_mark((*at)->can.distances[i], to);
        vg_buf_put_byte(to, '\n');
    }
}

static void put_operations(vg_buf *to)
{
    for (int i = 0; i < VG_OP_CHANGE_ALIASES; i++) {
        vg_buf_printf(to, "| operation `%s` |", vg_op_describe((vg_op_kind)i)->name);
        for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
            put_mark((*at)->ops[i] != NULL, to);
        vg_buf_put_byte(to, '\n');
    }
}

void vg_pages_write_capabilities(vg_buf *to)
{
    vg_buf_put(to, VG_LIT("# Backends and what they can do\n\n" NOTE
                          "What a backend cannot do is refused by name, whichever API asks. "
                          "`memory`: bounded by memory only.\n\n"));
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
        vg_buf_printf(to, "- `%s`: %s\n", (*at)->name, (*at)->summary);
    vg_buf_put_byte(to, '\n');
    put_heading(to);
    put_operations(to);
    put_flags(to);
    put_distances(to);
    put_limits(to);
    vg_buf_put(to, VG_LIT("| reads see what was acknowledged |"));
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++)
        put_mark((*at)->can.consistency == VG_READ_AFTER_WRITE, to);
    vg_buf_put(to, VG_LIT("\n\n## Metadata stores\n\n| scheme | what it is |\n|---|---|\n"));
    for (const vg_adapter *const *at = vg_metadata_adapters; *at != NULL; at++)
        vg_buf_printf(to, "| `%s://` | %s |\n", (*at)->name, (*at)->summary);
}
