/* See children.h. A child is in one of three lists. Nothing of `then` runs inside run(): what ends
 * at once (a collection that is known) ends from a posted turn. */
#include "plan/children.h"

#include <string.h>

#include "base/check.h"

typedef struct child {
    vg_op op;
    vg_list link;
    vg_children *of;
    const char *where; /* what named its collection, if that is another than the op's */
    bool only_finds;
} child;

static vg_op_done_fn on_done, on_found;

static child *child_of(vg_op *op)
{
    return vg_container_of(op, child, op);
}

/* ---- making and freeing ---- */

static void free_list(vg_list *list)
{
    vg_list *link;

    while ((link = vg_list_shift(list)) != NULL)
        vg_arena_free(vg_container_of(link, child, link)->op.arena);
}

static void free_children(void *of)
{
    vg_children *children = of;

    VG_CHECK(children->running_count == 0);
    free_list(&children->waiting);
    free_list(&children->done);
}

vg_children *vg_children_new(const vg_plan_parts *parts, vg_op *op)
{
    vg_children *children = VG_TAKE(op->arena, vg_children);

    if (!children || !vg_arena_defer(op->arena, free_children, children))
        return NULL;
    children->parts = parts;
    children->op = op;
    children->at_once = VG_CHILDREN_AT_ONCE;
    vg_list_init(&children->waiting);
    vg_list_init(&children->running);
    vg_list_init(&children->done);
    return children;
}

static vg_op inherit(const vg_op *from, vg_op_kind kind, vg_arena *arena)
{
    vg_op op = {.magic = VG_OP_MAGIC,
                .kind = kind,
                .arena = arena,
                .who = from->who,
                .backend = from->backend,
                .name = from->name,
                .collection = from->collection,
                .deadline_ns = from->deadline_ns,
                .now_ms = from->now_ms,
                .request_id = from->request_id,
                .timing = from->timing,
                .trace = from->trace,
                .is_paid = from->is_paid,
                .done = on_done};

    memcpy(op.chance, from->chance, sizeof op.chance);
    return op;
}

vg_op *vg_children_add(vg_children *children, vg_op_kind kind)
{
    vg_arena *arena = vg_arena_new(children->parts->op_bytes);
    child *c = arena ? VG_TAKE(arena, child) : NULL;

    if (!c) {
        vg_arena_free(arena);
        vg_children_fail(children, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
        return NULL;
    }
    c->op = inherit(children->op, kind, arena);
    c->of = children;
    c->where = "lookup_from";
    vg_list_push(&children->waiting, &c->link);
    return &c->op;
}

vg_op *vg_children_add_finding(vg_children *children, vg_slice name, const char *where)
{
    vg_op *op = vg_children_add(children, VG_OP_GET);

    if (!op)
        return NULL;
    op->name = name;
    op->collection = NULL;
    child_of(op)->only_finds = true;
    child_of(op)->where = where;
    return op;
}

/* ---- failures ---- */

bool vg_children_failed(const vg_children *children)
{
    return children->failure.code != VG_OK;
}

void vg_children_fail(vg_children *children, vg_code code, vg_slice what, vg_slice where)
{
    vg_status_set(&children->failure, code, what, where);
}

void vg_children_no_memory(vg_children *children)
{
    vg_children_fail(children, VG_TOO_LARGE,
                     VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
}

static void stop_running(vg_children *children, vg_code why)
{
    for (vg_list *at = children->running.next; at != &children->running; at = at->next) {
        child *c = vg_container_of(at, child, link);

        if (c->op.call)
            vg_call_cancel(&c->op, why);
        else
            vg_catalog_cancel(children->parts->catalog, &c->op, why);
    }
}

static void tell_cancelled(vg_children *children)
{
    vg_children_fail(children, children->cancelled,
                     children->cancelled == VG_UNAVAILABLE ? VG_LIT("the gateway is shutting down")
                                                           : (vg_slice){0},
                     (vg_slice){0});
}

void vg_children_cancel(vg_children *children, vg_code why)
{
    if (children->cancelled == VG_OK)
        children->cancelled = why;
    if (children->is_lent)
        return; /* on_computed() sees it; until then the failure is the pool's to tell */
    tell_cancelled(children);
    stop_running(children, why);
}

void vg_children_forgive(vg_children *children)
{
    free_list(&children->waiting);
    children->failure = (vg_status){.code = children->cancelled};
}

/* A collection that is gone: of the op itself the plan tells it, of another one it is told here. */
static void tell_collection(const child *c)
{
    const vg_children *children = c->of;
    vg_op *op = (vg_op *)(uintptr_t)&c->op;

    if (op->status.code != VG_NOT_FOUND || !vg_slice_is(op->status.where, VG_LIT("collection")) ||
        (op->collection && op->collection == children->op->collection))
        return;
    if (op->collection)
        vg_catalog_lost(children->parts->catalog, op);
    op->status = (vg_status){0};
    vg_status_setf(&op->status, op->arena, VG_NOT_FOUND, vg_slice_str(c->where),
                   "Collection " VG_FMT " not found", VG_ARG(op->name));
}

/* ---- running ---- */

static void hold(const child *c)
{
    vg_children *children = c->of;

    children->held_bytes += vg_arena_bytes(c->op.arena);
    if (children->held_bytes <= children->parts->op_bytes)
        return;
    vg_children_no_memory(children);
    stop_running(children, VG_CANCELLED);
}

/* The child's status stays where it is until the op is freed, and so does what it says. */
static void settle(child *c)
{
    vg_children *children = c->of;

    vg_list_remove(&c->link);
    children->running_count--;
    if (children->ended && children->ended(children->arg, &c->op)) {
        vg_arena_free(c->op.arena);
        return;
    }
    vg_list_push(&children->done, &c->link);
    if (children->op->degraded.len == 0)
        children->op->degraded = c->op.degraded;
    if (c->op.status.code == VG_OK) {
        hold(c);
        return;
    }
    tell_collection(c);
    if (!vg_children_failed(children))
        children->failure = c->op.status;
    stop_running(children, VG_CANCELLED);
}

/* The tenant's collections, which the catalog knows. */
static void list(child *c)
{
    if (vg_catalog_list(c->of->parts->catalog, &c->op))
        return;
    vg_status_set(&c->op.status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    settle(c);
}

static void start(child *c)
{
    vg_children *children = c->of;

    children->running_count++;
    vg_list_push(&children->running, &c->link);
    if (c->op.kind == VG_OP_LIST)
        list(c);
    else if (!c->only_finds)
        vg_call_start(children->parts->backend, &c->op);
    else if (vg_catalog_find(children->parts->catalog, &c->op, on_found))
        settle(c); /* it was known */
}

static void start_some(vg_children *children)
{
    while (children->running_count < children->at_once && !vg_children_failed(children)) {
        vg_list *first = vg_list_shift(&children->waiting);

        if (!first)
            return;
        start(vg_container_of(first, child, link));
    }
}

static void go_on(child *c)
{
    vg_children *children = c->of;

    settle(c);
    start_some(children);
    if (children->running_count == 0)
        children->then(children->arg);
}

static void on_done(vg_op *op)
{
    go_on(child_of(op));
}

static void on_found(vg_op *op)
{
    go_on(child_of(op));
}

static void on_turn(vg_task *task)
{
    vg_children *children = vg_container_of(task, vg_children, task);

    children->then(children->arg);
}

void vg_children_run(vg_children *children, vg_children_fn *then, void *arg)
{
    children->then = then;
    children->arg = arg;
    start_some(children);
    if (children->running_count > 0)
        return;
    children->task.run = on_turn;
    vg_loop_post(children->parts->loop, &children->task);
}

bool vg_children_wait(const vg_children *children)
{
    return !vg_list_is_empty(&children->waiting);
}

/* ---- computing ---- */

/* The pool's thread. */
static void on_pool(vg_work *work)
{
    vg_children *children = vg_container_of(work, vg_children, work);

    children->compute(children->arg);
}

static void on_pool_finished(vg_work *work)
{
    vg_children *children = vg_container_of(work, vg_children, work);

    vg_loop_wake(children->parts->loop, &children->task);
}

static void on_computed(vg_task *task)
{
    vg_children *children = vg_container_of(task, vg_children, task);

    children->is_lent = false;
    if (children->cancelled != VG_OK)
        tell_cancelled(children);
    children->then(children->arg);
}

static bool lend(vg_children *children)
{
    children->work = (vg_work){.run = on_pool, .finished = on_pool_finished};
    children->task.run = on_computed;
    children->is_lent = true;
    if (!children->parts->post(children->parts->pools, VG_POOL_CODEC, &children->work))
        children->is_lent = false;
    return children->is_lent;
}

void vg_children_compute(vg_children *children, uint64_t hits, vg_children_fn *compute,
                         vg_children_fn *then, void *arg)
{
    VG_CHECK(children->running_count == 0 && !children->is_lent);
    children->compute = compute;
    children->then = then;
    children->arg = arg;
    if (!vg_children_failed(children) && hits > children->parts->inline_hits) {
        if (lend(children))
            return;
        vg_children_fail(children, VG_OVERLOADED,
                         VG_LIT("the queue for large answers is full, try again soon"),
                         (vg_slice){0});
    } else if (!vg_children_failed(children)) {
        compute(arg);
    }
    then(arg);
}

void vg_children_end(vg_children *children)
{
    vg_op *op = children->op;

    op->status = children->failure;
    op->done(op);
}
