/* At start: what a gateway that ended left half-made or half-deleted is finished or undone.
 *
 *     META_LIST … ─▶ for each leftover, with its name held: META_GET
 *        ├─(creating, adoptable)─▶ DESCRIBE ─(is there)─▶ META_UPDATE ready
 *        │                            └─(is not)─▶ META_DELETE
 *        └─(deleting, creating)──▶ DROP ─▶ its aliases go ─▶ META_DELETE
 *
 * One errand goes from name to name, so that clients wait for one name at most. A pass is bounded
 * in time and number; what is left, for whatever reason, is for the next pass.
 *
 * Where several gateways may share a backend (every one that is not local), a row that changed
 * lately may be another gateway's work under way: it is left for a later pass. */
#include "base/check.h"
#include "base/log.h"
#include "catalog/errand.h"

enum { PAGE = 1000, MOST = 256, PASS_MS = 30 * 1000, REST_MS = 60 * 1000, YOUNG_MS = 600 * 1000 };

#define MS ((uint64_t)1000000)

struct pass {
    vg_slice names[MOST];
    uint32_t count, next;
    uint32_t finished, undone, left;
    vg_slice after; /* the last name of the page before */
    uint64_t began_ms;
};

static errand_step ask_page, on_page, go_on, look, on_row, on_described, drop, on_dropped, forget,
    on_forgotten, on_finished;

/* ---- which ---- */

static void ask_page(errand *e)
{
    const struct pass *p = e->own;
    vg_op *child = vg_errand_child(e, VG_OP_META_LIST, on_page);

    if (!child)
        return;
    child->in.list = (vg_meta_query){
        .tenant = e->row.tenant, .backend = e->row.backend, .after = p->after, .limit = PAGE};
    vg_errand_run(e);
}

static void note_row(errand *e, const vg_meta_row *row)
{
    struct pass *p = e->own;

    if (row->state == VG_META_READY || vg_meta_is_reserved(row->name))
        return;
    if (p->count < MOST)
        p->names[p->count++] = vg_arena_copy(e->arena, row->name);
    else
        p->left++;
}

static void on_page(errand *e)
{
    const vg_op *child = e->child;
    uint32_t count = child->out.rows.count;
    struct pass *p = e->own;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        note_row(e, &child->out.rows.at[i]);
    if (count > 0)
        p->after = vg_arena_copy(e->arena, child->out.rows.at[count - 1].name);
    if (vg_arena_is_spent(e->arena)) {
        vg_errand_no_memory(e);
        vg_errand_finish(e);
    } else if (count >= PAGE && p->count < MOST) {
        ask_page(e);
    } else {
        go_on(e);
    }
}

/* ---- one after the other ---- */

static void go_on(errand *e)
{
    struct pass *p = e->own;

    vg_errand_let_names(e);
    if (p->next == p->count) {
        vg_errand_finish(e);
        return;
    }
    vg_errand_rename(e, p->names[p->next++]);
    e->begin = look;
    e->locks = true;
    vg_errand_start(e);
}

static void fail(errand *e)
{
    struct pass *p = e->own;

    if (e->failure.code == VG_OK)
        vg_errand_child_is_ok(e);
    vg_log(VG_WARN, "an unfinished collection cannot be tidied up now", VG_S("collection", e->name),
           VG_Z("code", vg_code_describe(e->failure.code)->metric),
           VG_S("what", vg_status_what(&e->failure)));
    p->left++;
    e->failure = (vg_status){0};
    go_on(e);
}

static void look(errand *e)
{
    vg_errand_ask_row(e, on_row);
}

/* Can it be that another gateway is just making or deleting it? */
static bool is_under_way(const errand *e, const vg_meta_row *row)
{
    const struct pass *p = e->own;
    bool is_ours_alone = vg_runner_backend(e->catalog->parts.backend)->adapter->open != NULL;

    return !is_ours_alone && row->updated_ms + YOUNG_MS > p->began_ms;
}

static void describe(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_DESCRIBE, on_described);

    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static void on_row(errand *e)
{
    const vg_meta_row *row = &e->child->out.row.row;
    struct pass *p = e->own;

    if (!vg_errand_child_is_ok(e)) {
        fail(e);
    } else if (!e->child->out.row.found || row->state == VG_META_READY) {
        go_on(e); /* somebody came here before */
    } else if (is_under_way(e, row)) {
        p->left++;
        go_on(e);
    } else if (!vg_errand_keep_row(e, row)) {
        fail(e);
    } else if (e->row.state == VG_META_CREATING && vg_errand_can_adopt(e)) {
        describe(e);
    } else {
        drop(e);
    }
}

static void on_described(errand *e)
{
    if (vg_errand_is_absent(e->child))
        vg_errand_clean_aliases(e, forget);
    else if (!vg_errand_child_is_ok(e))
        fail(e);
    else if (!vg_errand_adopt(e, on_finished))
        fail(e);
}

static void say(const errand *e, const char *what)
{
    vg_log(VG_INFO, "an unfinished collection was tidied up", VG_S("collection", e->name),
           VG_Z("how", what));
}

/* Only now is it there: nobody has it in memory. */
static void on_finished(errand *e)
{
    struct pass *p = e->own;

    if (!vg_errand_child_is_ok(e)) {
        fail(e);
        return;
    }
    say(e, "its creation is finished");
    p->finished++;
    go_on(e);
}

static void drop(errand *e)
{
    vg_op *child = vg_errand_child(e, VG_OP_DROP_COLLECTION, on_dropped);

    if (!child)
        return;
    child->in.collection.physical = e->row.physical;
    vg_errand_run(e);
}

static void on_dropped(errand *e)
{
    if (e->child->status.code == VG_NOT_FOUND || vg_errand_child_is_ok(e))
        vg_errand_clean_aliases(e, forget);
    else
        fail(e);
}

static void forget(errand *e)
{
    vg_errand_delete_row(e, on_forgotten);
}

static void on_forgotten(errand *e)
{
    struct pass *p = e->own;

    if (!vg_errand_child_is_ok(e)) {
        fail(e);
        return;
    }
    say(e,
        e->row.state == VG_META_CREATING ? "its creation is undone" : "its deletion is finished");
    p->undone++;
    go_on(e);
}

/* ---- passes ---- */

static void on_again(vg_timer *timer)
{
    vg_catalog *catalog = vg_container_of(timer, vg_catalog, sweep_again);

    vg_catalog_sweep(catalog, catalog->swept);
}

static void rest(vg_catalog *catalog)
{
    vg_loop *loop = catalog->parts.loop;

    catalog->sweep_again.on_timer = on_again;
    vg_timer_start(loop, &catalog->sweep_again, vg_loop_now_ns(loop) + REST_MS * MS);
}

static void on_pass_done(vg_op *op)
{
    vg_catalog *catalog = op->done_arg;
    const struct pass *p = catalog->sweep->own;
    bool is_done = op->status.code == VG_OK && p->left == 0 && p->next == p->count;

    if (op->status.code != VG_OK)
        vg_log(VG_WARN, "looking for unfinished collections ended early",
               VG_Z("code", vg_code_describe(op->status.code)->metric),
               VG_S("what", vg_status_what(&op->status)));
    if (p->count > 0 || p->left > 0)
        vg_log(VG_INFO, "unfinished collections", VG_N("finished", p->finished),
               VG_N("undone", p->undone), VG_N("left", p->left + p->count - p->next));
    catalog->sweep = NULL;
    vg_arena_free(op->arena);
    if (!is_done && catalog->swept)
        rest(catalog);
}

static errand *make_errand(vg_catalog *catalog)
{
    vg_loop *loop = catalog->parts.loop;
    uint64_t now_ms = vg_loop_wall_ms(loop);
    vg_op like = {.who = catalog->swept,
                  .backend = vg_slice_str(vg_runner_backend(catalog->parts.backend)->adapter->name),
                  .deadline_ns = vg_loop_now_ns(loop) + PASS_MS * MS,
                  .now_ms = now_ms};
    errand *e = vg_errand_new_alone(catalog, &like, ask_page);
    struct pass *p = e ? VG_TAKE(e->arena, struct pass) : NULL;

    if (!p) {
        if (e)
            vg_errand_finish(e);
        return NULL;
    }
    p->began_ms = now_ms;
    e->own = p;
    e->parent->done_arg = catalog;
    e->finished = on_pass_done;
    return e;
}

void vg_catalog_sweep(vg_catalog *catalog, const vg_tenant *who)
{
    if (catalog->sweep)
        return;
    catalog->swept = who;
    catalog->sweep = make_errand(catalog);
    if (catalog->sweep)
        vg_errand_start(catalog->sweep);
    else
        rest(catalog);
}

void vg_catalog_stop_sweep(vg_catalog *catalog)
{
    catalog->swept = NULL;
    vg_timer_stop(catalog->parts.loop, &catalog->sweep_again);
    if (catalog->sweep)
        vg_errand_cancel(catalog->sweep, VG_UNAVAILABLE);
}
