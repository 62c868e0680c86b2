/* Finding a collection: the cache, then the store's row, then an alias, then what exists on a
 * backend whose collections can be adopted.
 *
 *     META_GET ─(ready)─▶ of a local backend: DESCRIBE ───────────────────────────▶ entry
 *      ▲ ├─(none)─▶ aliases ─(none)─▶ DESCRIBE ─(is there)─▶ with the name held, all once more ─▶
 *      │ │             │       META_CREATE ─▶ is the tenant being erased? META_DELETE : entry
 *      └─┼── its name ─┘
 *        └─(creating)─▶ with the name held, all once more ─▶ DESCRIBE ─▶ META_UPDATE ready ─▶ entry
 *
 * A collection goes before an alias of the same name: there is none unless two gateways made them
 * at the same time. An alias stands for a collection, never for another alias. One whose collection
 * is gone is not found, and taken away.
 *
 * Only adopting changes something, so only that waits for others who change the name. A row that is
 * still `creating` when its name is held is left from a creation whose end nobody knows: what the
 * backend has counts.
 *
 * A change of a collection goes to the backend first (update.c), and the row may not have it when
 * the gateway ended in between. So of a local backend, which is asked at no cost, the entry is what
 * the backend says; the row gets it with the next change. */
#include "catalog/errand.h"

static errand_step ask_row, on_row, on_aliases, describe, on_described, on_adopted, on_mark,
    on_taken_back, on_seen;

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

/* The row is ready, its object may have been changed since it was written. */
static void look_at_object(errand *e)
{
    if (vg_errand_keep_row(e, &e->child->out.row.row))
        vg_errand_describe_object(e, true, on_seen);
    else
        vg_errand_finish(e);
}

static void on_seen(errand *e)
{
    const vg_op *child = e->child;

    if (e->is_stale) {
        ask_row(e);
        return;
    }
    if (vg_errand_is_absent(child)) {
        vg_errand_publish(e); /* lost: whoever uses it now finds out, and tidies up (lost.c) */
    } else if (vg_errand_child_is_ok(e)) {
        e->row.spec = vg_errand_spec(e, &child->out.info.spec);
        if (e->row.spec.len > 0)
            vg_errand_publish(e);
    }
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

/* ---- while the store cannot be read ---- */

static bool is_stores_trouble(vg_code code)
{
    return code == VG_UNAVAILABLE || code == VG_BACKEND_ERROR || code == VG_BACKEND_AUTH ||
           code == VG_OVERLOADED || code == VG_THROTTLED || code == VG_READ_ONLY ||
           code == VG_NO_SPACE;
}

/* What was in memory when somebody else changed something, perhaps something else. NULL: nothing.
 */
static const vg_collection *remembered(const errand *e)
{
    const vg_cache *cache = e->catalog->cache;
    const vg_collection *known = vg_cache_find(cache, e->row.tenant, e->name);
    vg_slice target = vg_alias_target(e->catalog, e->row.tenant, e->name);

    return known || target.len == 0 ? known : vg_cache_find(cache, e->row.tenant, target);
}

/* Somebody beside this errand has just read it, and nothing was changed since. */
static bool is_current(const errand *e, const vg_collection *known)
{
    return vg_cache_epoch(known) == e->epoch &&
           vg_cache_find(e->catalog->cache, e->row.tenant, e->name) == known;
}

/* Known collections go on serving; whoever is about to change one needs its row. */
static bool use_remembered(errand *e)
{
    const vg_collection *known = remembered(e);

    if (e->master || !known || !is_stores_trouble(e->child->status.code) ||
        !vg_collection_hold(known, e->arena))
        return false;
    e->parent->collection = known;
    if (!is_current(e, known))
        e->parent->degraded = VG_LIT("metadata: its store cannot be read now; the collection is "
                                     "taken as it was known before");
    return true;
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;

    if (use_remembered(e) || !vg_errand_child_is_ok(e))
        vg_errand_finish(e);
    else if (e->is_stale)
        ask_row(e);
    else if (!child->out.row.found && (e->is_exact || is_by_alias(e)))
        look_for_object(e);
    else if (!child->out.row.found)
        vg_errand_need_aliases(e, on_aliases);
    else if (child->out.row.row.state == VG_META_CREATING &&
             vg_errand_can_adopt_row(e, &child->out.row.row))
        look_at_leftover(e);
    else if (child->out.row.row.state != VG_META_READY)
        no_such(e, false);
    else if (vg_errand_is_sole(e))
        look_at_object(e);
    else
        use_row(e, &child->out.row.row);
}

/* False: the collection is not in memory. */
static bool use_known(errand *e)
{
    const vg_collection *known = vg_catalog_known(e->catalog, e->row.tenant, e->name);

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
    vg_errand_describe_object(e, true, on_described);
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

/* Reading goes on while nothing can be kept: the row serves whoever asked, and the next to ask
 * tries again to write it. Who is about to change the row, or to keep an alias of it, needs it to
 * be there. */
static bool can_do_unwritten(const errand *e)
{
    vg_op_kind kind = e->master ? e->master->parent->kind : e->parent->kind;

    return kind != VG_OP_UPDATE_COLLECTION && kind != VG_OP_CREATE_INDEX &&
           kind != VG_OP_DROP_INDEX && kind != VG_OP_CHANGE_ALIASES;
}

static void use_unwritten(errand *e)
{
    if (vg_errand_publish(e))
        vg_errand_forget(e);
    vg_errand_finish(e);
}

static void use_refused(errand *e)
{
    if (vg_errand_keep_row(e, &e->child->in.row))
        use_unwritten(e);
    else
        vg_errand_finish(e);
}

static void on_adopted(errand *e)
{
    vg_code code = e->child->status.code;

    if (code == VG_EXISTS || (e->has_row && vg_errand_lost_race(code)))
        ask_row(e); /* another gateway was faster: its row counts */
    else if ((code == VG_READ_ONLY || code == VG_NO_SPACE) && can_do_unwritten(e))
        use_refused(e);
    else if (!vg_errand_child_is_ok(e) || !vg_errand_keep_row(e, &e->child->out.row.row))
        vg_errand_finish(e);
    else
        vg_errand_ask_mark(e, on_mark);
}

static void on_mark(errand *e)
{
    if (!vg_errand_may_make(e)) {
        vg_errand_delete_row(e, on_taken_back);
        return;
    }
    vg_errand_publish(e);
    vg_errand_finish(e);
}

/* With the failure that led here; but its object is there as long as it is. */
static void on_taken_back(errand *e)
{
    if (!vg_errand_is_erased(e) || !can_do_unwritten(e)) {
        vg_errand_finish(e);
        return;
    }
    e->failure = (vg_status){0};
    use_unwritten(e);
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
    const vg_collection *known = vg_catalog_known(catalog, op->who->name, name);

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
    vg_slice target = {0};
    errand *e;

    if (is_known(catalog, op, op->name))
        return true;
    if (vg_aliases_are_known(catalog, op->who->name))
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
