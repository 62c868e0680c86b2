/* LIST_ALIASES: those in memory, but for those that stand for nothing. A collection that is deleted
 * goes first and its aliases follow (drop.c); when the gateway ended in between, or the store
 * refused the second, they are still in the row: nobody finds anything by them, nobody is shown
 * them.
 *
 *     aliases ─▶ is its collection in memory? ─(no)─▶ find it ─▶ the next … */
#include "catalog/errand.h"

struct listing {
    vg_alias *at; /* copies, of which those before `kept` are shown */
    uint32_t count, next, kept;
    vg_slice known; /* a collection that is there: the last one that was found */
};

static errand_step copy_them, look_at_next, on_found;

static void finish(errand *e)
{
    const struct listing *l = e->own;

    if (vg_arena_is_spent(e->arena))
        vg_errand_fail(e, VG_TOO_LARGE,
                       VG_LIT("there are more aliases than fit into the memory of one request"),
                       (vg_slice){0});
    e->parent->out.aliases.at = l->at;
    e->parent->out.aliases.count = l->kept;
    vg_errand_finish_later(e);
}

static void copy_them(errand *e)
{
    const vg_alias_list *all = vg_aliases_of(e->catalog, e->row.tenant);
    const vg_collection *of = e->parent->collection;
    struct listing *l = e->own;

    l->at = VG_TAKE_N(e->arena, vg_alias, (size_t)all->count + 1);
    for (uint32_t i = 0; l->at && i < all->count; i++) {
        if (of && !vg_slice_is(all->at[i].collection, of->name))
            continue;
        l->at[l->count++] = (vg_alias){vg_arena_copy(e->arena, all->at[i].name),
                                       vg_arena_copy(e->arena, all->at[i].collection)};
    }
    look_at_next(e);
}

/* False: it must be looked for. */
static bool is_known(const errand *e, vg_slice collection)
{
    const struct listing *l = e->own;

    return vg_slice_is(l->known, collection) ||
           vg_catalog_known(e->catalog, e->row.tenant, collection) != NULL;
}

static void look_at_next(errand *e)
{
    struct listing *l = e->own;

    for (; l->next < l->count && !vg_arena_is_spent(e->arena); l->next++) {
        if (!is_known(e, l->at[l->next].collection)) {
            vg_errand_ask_find(e, l->at[l->next].collection, on_found);
            return;
        }
        l->at[l->kept++] = l->at[l->next];
    }
    finish(e);
}

/* Only what is surely not there is left out: a store that does not answer hides nothing. */
static void on_found(errand *e)
{
    struct listing *l = e->own;

    if (e->child->status.code == VG_NOT_FOUND)
        l->next++;
    else
        l->known = l->at[l->next].collection;
    look_at_next(e);
}

static void need_table(errand *e)
{
    vg_errand_need_aliases(e, copy_them);
}

bool vg_catalog_list_aliases(vg_catalog *catalog, vg_op *op)
{
    struct listing *l = VG_TAKE(op->arena, struct listing);
    errand *e = l ? vg_errand_new(catalog, op, need_table) : NULL;

    if (!e)
        return false;
    e->own = l;
    e->finished = op->done;
    vg_errand_start(e);
    return true;
}
