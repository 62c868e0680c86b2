/* What was left half-made or half-deleted is finished or undone, with its name held:
 *
 *     META_GET
 *        ├─(creating, adoptable)─▶ DESCRIBE ─(is there)─▶ META_UPDATE ready
 *        │                            └─(is not)─▶ META_DELETE
 *        └─(deleting, creating)──▶ DROP ─▶ its aliases go ─▶ META_DELETE
 *
 * Where several gateways may share rows and backend, a row that changed lately may be another
 * gateway's work under way: it is left alone until it is older, unless it is just as somebody left
 * it who said so. */
#include "base/log.h"
#include "catalog/errand.h"

enum { YOUNG_MS = 600 * 1000 };

static errand_step look, on_row, on_described, drop, on_dropped, forget, on_forgotten, on_finished;

static void look(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

static void end(errand *e, vg_repair what)
{
    e->parent->out.repair.what = what;
    vg_errand_finish(e);
}

/* ---- whose is it? ---- */

static bool is_as_it_was_left(const errand *e, const vg_meta_row *row)
{
    uint64_t version = e->parent->in.repair.version;

    return version > 0 && row->version == version &&
           row->updated_ms == e->parent->in.repair.updated_ms;
}

/* Can it be that another gateway is just making or deleting it? */
static bool is_under_way(const errand *e, const vg_meta_row *row)
{
    return !vg_errand_has_sole_rows(e) && !is_as_it_was_left(e, row) &&
           row->updated_ms + YOUNG_MS > e->parent->now_ms;
}

static void describe(errand *e)
{
    vg_errand_describe_object(e, false, on_described);
}

static void on_row(errand *e)
{
    const vg_meta_row *row = &e->child->out.row.row;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
    } else if (!e->child->out.row.found || row->state == VG_META_READY) {
        end(e, VG_REPAIR_NOTHING); /* somebody came here before */
    } else if (is_under_way(e, row)) {
        e->parent->out.repair.due_ms = row->updated_ms + YOUNG_MS;
        end(e, VG_REPAIR_YOUNG);
    } else if (!vg_errand_keep_row(e, row)) {
        vg_errand_finish(e);
    } else if (e->row.state == VG_META_CREATING && vg_errand_can_adopt_row(e, &e->row)) {
        describe(e);
    } else {
        drop(e);
    }
}

/* ---- it is finished ---- */

static void on_described(errand *e)
{
    if (vg_errand_is_absent(e->child))
        vg_errand_clean_aliases(e, forget);
    else if (!vg_errand_child_is_ok(e) || !vg_errand_adopt(e, on_finished))
        vg_errand_finish(e);
}

static void say(const errand *e, const char *what)
{
    vg_log(VG_INFO, "an unfinished collection was tidied up", VG_S("collection", e->name),
           VG_Z("how", what));
}

/* Only now is it there: nobody has it in memory. */
static void on_finished(errand *e)
{
    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    say(e, "its creation is finished");
    end(e, VG_REPAIR_FINISHED);
}

/* ---- it is undone ---- */

static void drop(errand *e)
{
    vg_errand_drop_object(e, on_dropped);
}

static void on_dropped(errand *e)
{
    if (e->child->status.code == VG_NOT_FOUND || vg_errand_child_is_ok(e))
        vg_errand_clean_aliases(e, forget);
    else
        vg_errand_finish(e);
}

static void forget(errand *e)
{
    vg_errand_delete_row(e, on_forgotten);
}

static void on_forgotten(errand *e)
{
    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    say(e,
        e->row.state == VG_META_CREATING ? "its creation is undone" : "its deletion is finished");
    end(e, VG_REPAIR_UNDONE);
}

bool vg_catalog_repair(vg_catalog *catalog, vg_op *op)
{
    errand *e = vg_errand_new(catalog, op, look);

    if (!e)
        return false;
    e->finished = op->done;
    e->locks = true;
    vg_errand_start(e);
    return true;
}
