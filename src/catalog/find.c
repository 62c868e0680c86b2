/* Finding a collection: the cache, then the store's row, then an alias, then what exists on a
 * backend whose collections can be adopted.
 *
 *     META_GET ─(ready)──────────────────────────────────────────────────────────▶ entry
 *      ▲ ├─(none)─▶ aliases ─(none)─▶ DESCRIBE ─(is there)─▶ with the name held, all once more ─▶
 *      │ │             │                                                  META_CREATE ─▶ entry
 *      └─┼── its name ─┘
 *        └─(creating)─▶ with the name held, all once more ─▶ DESCRIBE ─▶ META_UPDATE ready ─▶ entry
 *
 * A collection goes before an alias of the same name: there is none unless two gateways made them
 * at the same time. An alias stands for a collection, never for another alias. One whose collection
 * is gone is not found, and taken away.
 *
 * Only adopting changes something, so only that waits for others who change the name. A row that is
 * still `creating` when its name is held is left from a creation whose end nobody knows: what the
 * backend has counts. */
#include "catalog/errand.h"

static errand_step ask_row, on_row, on_aliases, describe, on_described, on_adopted;

static bool is_by_alias(const errand *e)
{
    return !vg_slice_is(e->name, e->parent->name);
}

/* `is_sure`: neither a row nor an object; not just one that is being made or deleted. */
static void no_such(errand *e, bool is_sure)
{
    if (is_sure && is_by_alias(e))
        vg_aliases_clean_later(e->catalog, e);
    vg_errand_no_such(e);
    vg_errand_finish(e);
}

static void ask_row(errand *e)
{
    e->has_row = false;
    vg_errand_ask_row(e, on_row);
}

static void use_row(errand *e, const vg_meta_row *row)
{
    if (vg_errand_keep_row(e, row))
        vg_errand_publish(e);
    vg_errand_finish(e);
}

static void hold_name(errand *e)
{
    e->locks = true;
    vg_errand_start(e);
}

/* With the name held: nobody here is creating it now. */
static void look_at_leftover(errand *e)
{
    if (!e->holds)
        hold_name(e);
    else if (vg_errand_keep_row(e, &e->child->out.row.row))
        describe(e);
    else
        vg_errand_finish(e);
}

static void look_for_object(errand *e)
{
    if (vg_errand_can_adopt(e))
        describe(e);
    else
        no_such(e, true);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (e->is_stale)
        ask_row(e);
    else if (!child->out.row.found && (e->is_exact || is_by_alias(e)))
        look_for_object(e);
    else if (!child->out.row.found)
        vg_errand_need_aliases(e, on_aliases);
    else if (child->out.row.row.state == VG_META_CREATING && vg_errand_can_adopt(e))
        look_at_leftover(e);
    else if (child->out.row.row.state != VG_META_READY)
        no_such(e, false);
    else
        use_row(e, &child->out.row.row);
}

/* False: the collection is not in memory. */
static bool use_known(errand *e)
{
    const vg_collection *known = vg_cache_find(e->catalog->cache, e->row.tenant, e->name);

    if (!known || !vg_collection_hold(known, e->arena))
        return false;
    e->parent->collection = known;
    vg_errand_finish(e);
    return true;
}

static void on_aliases(errand *e)
{
    vg_slice target = vg_alias_target(e->catalog, e->row.tenant, e->name);

    if (e->is_stale) {
        ask_row(e); /* it was made since its row was asked for */
    } else if (target.len == 0) {
        look_for_object(e);
    } else {
        vg_errand_rename(e, vg_arena_copy(e->arena, target));
        if (!use_known(e))
            ask_row(e);
    }
}

static void describe(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_DESCRIBE, on_described);

    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static void on_described(errand *e)
{
    if (vg_errand_is_absent(e->child))
        no_such(e, !e->has_row);
    else if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (!e->holds)
        hold_name(e);
    else if (!vg_errand_adopt(e, on_adopted)) /* what exists on the backend becomes a row */
        vg_errand_finish(e);
}

static void on_adopted(errand *e)
{
    vg_code code = e->child->status.code;

    if (code == VG_EXISTS || (e->has_row && vg_errand_lost_race(code)))
        ask_row(e); /* another gateway was faster: its row counts */
    else if (!vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else
        use_row(e, &e->child->out.row.row);
}

void vg_catalog_find_for(errand *master, vg_op *child)
{
    errand *e = vg_errand_new(master->catalog, child, ask_row);

    if (!e) {
        vg_arena_free(child->arena);
        vg_errand_no_memory(master);
        vg_errand_finish_later(master);
        return;
    }
    e->master = master;
    e->is_exact = true;
    e->finished = child->done;
    vg_errand_start(e);
}

static void refuse_name(errand *e)
{
    vg_errand_no_such(e);
    vg_errand_finish_later(e);
}

static bool is_known(const vg_catalog *catalog, vg_op *op, vg_slice name)
{
    const vg_collection *known = vg_cache_find(catalog->cache, op->who->name, name);

    if (!known || !vg_collection_hold(known, op->arena))
        return false;
    op->collection = known;
    return true;
}

static bool no_memory(vg_op *op)
{
    vg_status_set(&op->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    return true;
}

bool vg_catalog_find(vg_catalog *catalog, vg_op *op, vg_catalog_found_fn *found)
{
    vg_slice target;
    errand *e;

    if (is_known(catalog, op, op->name))
        return true;
    target = vg_alias_target(catalog, op->who->name, op->name);
    if (target.len > 0 && is_known(catalog, op, target))
        return true;
    e = vg_errand_new(catalog, op, vg_collection_name_can_be(op->name) ? ask_row : refuse_name);
    if (!e)
        return no_memory(op);
    e->finished = found;
    vg_errand_start(e);
    return false;
}
