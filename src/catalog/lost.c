/* A collection that the backend no longer has: its row goes, if it is still the row of that one and
 * not of another that was made under the same name meanwhile. Nobody waits for this.
 *
 *     META_GET ─(the same row)─▶ its aliases go ─▶ META_DELETE */
#include "catalog/errand.h"

static errand_step check, on_row, forget, on_forgotten;

static void check(errand *e)
{
    if (vg_cache_find(e->catalog->cache, e->row.tenant, e->row.name))
        vg_errand_finish_later(e); /* somebody made it again while this one waited */
    else
        vg_errand_ask_row(e, on_row);
}

static bool is_the_lost_one(const errand *e, const vg_meta_row *row)
{
    return row->state == VG_META_READY && row->version == e->row.version &&
           row->created_ms == e->row.created_ms;
}

static void on_row(errand *e)
{
    const vg_op *asked = e->child;

    if (asked->status.code != VG_OK || !asked->out.row.found ||
        !is_the_lost_one(e, &asked->out.row.row))
        vg_errand_finish(e);
    else
        vg_errand_clean_aliases(e, forget);
}

static void forget(errand *e)
{
    vg_errand_delete_row(e, on_forgotten);
}

static void on_forgotten(errand *e)
{
    vg_errand_forget(e); /* a find may have read the row once more */
    vg_errand_finish(e);
}

void vg_catalog_lost(vg_catalog *catalog, const vg_op *op)
{
    const vg_collection *lost = op->collection;
    errand *e;

    if (vg_cache_find(catalog->cache, op->who->name, lost->name) != lost)
        return; /* it was deleted, and perhaps made again, since the op found it */
    e = vg_errand_new_alone(catalog, op, check);
    if (!e) {
        vg_cache_drop(catalog->cache, op->who->name, lost->name);
        return; /* the row stays: whoever uses it next comes here again */
    }
    vg_errand_rename(e, vg_arena_copy(e->arena, lost->name));
    e->row.version = lost->version;
    e->row.created_ms = lost->created_ms;
    vg_errand_forget(e);
    e->locks = true;
    vg_errand_start(e);
}
