/* Listing: the tenant's ready rows, page by page, and what a backend has beside them if its collections
 * can be adopted. */
#include "catalog/errand.h"

#include <stdlib.h>

enum { PAGE = 1000 };

struct listing {
    vg_slice *names;   /* what the client sees */
    vg_slice *hidden;  /* rows that are half-made or half-deleted: not to be adopted meanwhile */
    uint32_t name_count, name_room;
    uint32_t hidden_count, hidden_room;
};

static errand_step ask_page, on_page, ask_backend, on_backend;

static bool append(errand *e, vg_slice **list, uint32_t *count, uint32_t *room, vg_slice name)
{
    if (*count == *room) {
        size_t bytes = *room * sizeof **list;
        uint32_t more = *room ? *room * 2 : 64;
        vg_slice *grown = vg_arena_resize(e->arena, *list, bytes, more * sizeof **list);

        if (!grown)
            return false;
        *list = grown;
        *room = more;
    }
    (*list)[*count] = vg_arena_copy(e->arena, name);
    return (*list)[(*count)++].at != NULL;
}

static bool add_name(errand *e, vg_slice name)
{
    struct listing *l = e->list;

    return append(e, &l->names, &l->name_count, &l->name_room, name);
}

static bool add_row(errand *e, const vg_meta_row *row)
{
    struct listing *l = e->list;

    if (row->state == VG_META_READY)
        return add_name(e, row->name);
    return append(e, &l->hidden, &l->hidden_count, &l->hidden_room, row->name);
}

static int by_bytes(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

static uint32_t without_repeats(vg_slice *names, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !vg_slice_is(names[kept - 1], names[i]))
            names[kept++] = names[i];
    return kept;
}

static void finish(errand *e)
{
    struct listing *l = e->list;

    if (l->name_count > 0)
        qsort(l->names, l->name_count, sizeof *l->names, by_bytes);
    e->parent->out.names.at = l->names;
    e->parent->out.names.count = without_repeats(l->names, l->name_count);
    vg_errand_finish(e);
}

static void no_memory(errand *e)
{
    vg_errand_fail(e, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
    vg_errand_finish(e);
}

static void ask_page(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){
        .tenant = e->row.tenant, .backend = e->row.backend, .after = e->row.name, .limit = PAGE};
    vg_errand_run(e);
}

static void on_page(errand *e)
{
    const vg_op *child = e->child;
    uint32_t count = child->out.rows.count;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!add_row(e, &child->out.rows.at[i])) {
            no_memory(e);
            return;
        }
    }
    if (count == PAGE) {
        e->row.name = vg_arena_copy(e->arena, child->out.rows.at[count - 1].name);
        ask_page(e);
    } else if (vg_runner_backend(e->catalog->parts.backend)->adapter->can.supports_adoption) {
        ask_backend(e);
    } else {
        finish(e);
    }
}

static void ask_backend(errand *e)
{
    if (vg_errand_child(e, VG_OP_LIST, on_backend))
        vg_errand_run(e);
}

static bool is_hidden(const struct listing *l, vg_slice name)
{
    return l->hidden_count > 0 &&
           bsearch(&name, l->hidden, l->hidden_count, sizeof *l->hidden, by_bytes) != NULL;
}

static void on_backend(errand *e)
{
    const vg_op *child = e->child;
    struct listing *l = e->list;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    for (uint32_t i = 0; i < child->out.names.count; i++) {
        vg_slice name = child->out.names.at[i];

        if (!is_hidden(l, name) && !add_name(e, name)) { /* hidden ones came in order */
            no_memory(e);
            return;
        }
    }
    finish(e);
}

bool vg_catalog_list(vg_catalog *catalog, vg_op *op)
{
    struct listing *l = VG_TAKE(op->arena, struct listing);
    errand *e = l ? vg_errand_new(catalog, op, ask_page) : NULL;

    if (!e)
        return false;
    e->list = l;
    e->row.name = (vg_slice){0};
    e->finished = op->done;
    vg_errand_start(e);
    return true;
}
