/* Listing: the tenant's ready rows, page by page, without those that are no collections, which are
 * leapt over. Where collections are adopted the names are what is there now, whatever became of its
 * creation; rows give the names, say which are half-deleted, and stand for the objects that nobody
 * adopts. */
#include <stdlib.h>

#include "catalog/errand.h"

enum { PAGE = 1000 };

struct known {
    vg_slice name;
    vg_slice physical;
    vg_meta_state state;
    bool is_derived;
};

struct listing {
    struct known *rows;
    vg_slice *names; /* the answer */
    uint32_t row_count, row_room;
    uint32_t name_count, name_room;
    vg_slice after; /* the last name of the page before */
};

static errand_step ask_page, on_page, ask_backend, on_backend;

static void fail(errand *e, vg_code code, vg_slice what)
{
    vg_errand_fail(e, code, what, (vg_slice){0});
    vg_errand_finish(e);
}

static void no_memory(errand *e)
{
    fail(e, VG_TOO_LARGE, VG_LIT("there are more names than fit into the memory of one request"));
}

/* Room for one more element; NULL: no memory. */
static void *grow(errand *e, void *list, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room ? *room * 2 : 64;
    void *grown;

    if (count < *room)
        return list;
    grown = vg_arena_resize(e->arena, list, *room * size, more * size);
    if (grown)
        *room = more;
    return grown;
}

static bool add_name(errand *e, vg_slice name)
{
    struct listing *l = e->own;
    vg_slice *names = grow(e, l->names, l->name_count, &l->name_room, sizeof *names);

    if (!names)
        return false;
    l->names = names;
    names[l->name_count] = vg_arena_copy(e->arena, name);
    return names[l->name_count++].at != NULL;
}

static bool add_row(errand *e, const vg_meta_row *row)
{
    struct listing *l = e->own;
    struct known *rows = grow(e, l->rows, l->row_count, &l->row_room, sizeof *rows);

    if (!rows)
        return false;
    l->rows = rows;
    rows[l->row_count++] = (struct known){.name = vg_arena_copy(e->arena, row->name),
                                          .physical = vg_arena_copy(e->arena, row->physical),
                                          .state = row->state,
                                          .is_derived = vg_meta_is_derived(row)};
    return !vg_arena_is_spent(e->arena);
}

static int by_bytes(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

static int by_physical(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return vg_slice_cmp(x->physical, y->physical);
}

static void answer(errand *e)
{
    struct listing *l = e->own;

    if (l->name_count > 0)
        qsort(l->names, l->name_count, sizeof *l->names, by_bytes);
    e->parent->out.names.at = l->names;
    e->parent->out.names.count = l->name_count;
    vg_errand_finish(e);
}

static void ask_page(errand *e)
{
    struct listing *l = e->own;
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){
        .tenant = e->row.tenant, .backend = e->row.backend, .after = l->after, .limit = PAGE};
    vg_errand_run(e);
}

static bool add_page(errand *e)
{
    const vg_op *child = e->child;

    for (uint32_t i = 0; i < child->out.rows.count; i++)
        if (!vg_meta_is_reserved(child->out.rows.at[i].name) && !add_row(e, &child->out.rows.at[i]))
            return false;
    return true;
}

/* `derived`: of those rows alone whose objects nobody adopts. */
static bool add_ready(errand *e, bool derived)
{
    struct listing *l = e->own;

    for (uint32_t i = 0; i < l->row_count; i++)
        if (l->rows[i].state == VG_META_READY && (!derived || l->rows[i].is_derived) &&
            !add_name(e, l->rows[i].name))
            return false;
    return true;
}

static void answer_ready(errand *e)
{
    if (add_ready(e, false))
        answer(e);
    else
        no_memory(e);
}

static void on_page(errand *e)
{
    struct listing *l = e->own;
    vg_slice before = l->after;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    if (!add_page(e)) {
        no_memory(e);
        return;
    }
    if (e->child->out.rows.count >= PAGE) {
        l->after = vg_arena_copy(e->arena, vg_meta_leap(e->child->out.rows.at[PAGE - 1].name));
        if (vg_slice_cmp(l->after, before) > 0)
            ask_page(e);
        else
            fail(e, VG_INTERNAL, VG_LIT("the metadata store gives the same page again and again"));
    } else if (vg_errand_can_adopt(e)) {
        ask_backend(e);
    } else {
        answer_ready(e);
    }
}

static void ask_backend(errand *e)
{
    if (vg_errand_child(e, VG_OP_LIST, on_backend))
        vg_errand_run(e);
}

static const struct known *find_row(const struct listing *l, vg_slice physical)
{
    const struct known key = {.physical = physical};

    return l->row_count > 0 ? bsearch(&key, l->rows, l->row_count, sizeof *l->rows, by_physical)
                            : NULL;
}

static void on_backend(errand *e)
{
    const vg_op *child = e->child;
    struct listing *l = e->own;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    if (l->row_count > 0)
        qsort(l->rows, l->row_count, sizeof *l->rows, by_physical);
    for (uint32_t i = 0; i < child->out.names.count; i++) {
        const struct known *row = find_row(l, child->out.names.at[i]);

        if (row && (row->state == VG_META_DELETING || row->is_derived))
            continue;
        if (!add_name(e, row ? row->name : child->out.names.at[i])) {
            no_memory(e);
            return;
        }
    }
    if (add_ready(e, true))
        answer(e);
    else
        no_memory(e);
}

bool vg_catalog_list(vg_catalog *catalog, vg_op *op)
{
    struct listing *l = VG_TAKE(op->arena, struct listing);
    errand *e = l ? vg_errand_new(catalog, op, ask_page) : NULL;

    if (!e)
        return false;
    e->own = l;
    e->finished = op->done;
    vg_errand_start(e);
    return true;
}
