/* The plan. An op's own ending (op->done) is set aside in a `journey` while the plan is between the
 * front and the catalog or the runner. What its credential asks comes first (claims.h); then:
 *
 *     begin ─▶ find the collection ─▶ check ─┬▶ runner ──────────────────────▶ arrive ─▶ op->done
 *        │                                   ├▶ queries, groups: children ──────▲
 *        │                                   ├▶ too much at once: children ─────┤
 *        │                                   └▶ settings, indexes: catalog ─────┤
 *        │                                        └▶ (it waits) looks: child ───┤
 *        └──────────────────── create, drop, list, aliases, jobs: catalog ──────┘ */
#include "plan/plan.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/loop.h"
#include "plan/await.h"
#include "plan/check.h"
#include "plan/claims.h"
#include "plan/query.h"
#include "plan/room.h"
#include "plan/split.h"

struct vg_plan {
    vg_plan_parts parts;
    vg_tally *tally;
    vg_list turns; /* of creations */
    uint32_t busy;
};

typedef struct journey journey;
struct journey {
    vg_task task; /* what ends before it began, ends from a later turn */
    vg_plan *plan;
    vg_op *op;
    vg_op_done_fn *done; /* the front's */
    void *done_arg;
    vg_code cancelled;       /* why, when it was */
    vg_children *children;   /* of an op that is made of others; else NULL */
    const vg_query *queries; /* of a QUERY that goes as a SEARCH; else NULL */
    uint64_t points;         /* that the tally has let through */
    vg_turn *turn;           /* of a creation that is bounded; else NULL */
};

static vg_op_done_fn arrive, on_answer;

static journey *journey_of(vg_op *op)
{
    return op->done_arg;
}

/* Gives the op back to whoever started it. */
static void arrive(vg_op *op)
{
    journey *j = journey_of(op);

    j->plan->busy--;
    if (j->points > 0)
        vg_tally_leave(j->plan->tally, op->who->name, j->points);
    if (j->turn)
        vg_room_leave(j->turn);
    op->done = j->done;
    op->done_arg = j->done_arg;
    free(j);
    op->done(op);
}

static void on_late(vg_task *task)
{
    arrive(vg_container_of(task, journey, task)->op);
}

static void end_early(journey *j)
{
    j->task.run = on_late;
    vg_loop_post(j->plan->parts.loop, &j->task);
}

static void no_memory(journey *j)
{
    vg_status_set(&j->op->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    end_early(j);
}

static void no_such_collection(vg_op *op)
{
    op->status = (vg_status){0};
    vg_status_setf(&op->status, op->arena, VG_NOT_FOUND, VG_LIT("collection"),
                   "Collection `" VG_FMT "` doesn't exist!", VG_ARG(op->name));
}

static bool is_gone(const vg_op *op)
{
    if (op->status.code == VG_OK)
        return op->kind == VG_OP_DESCRIBE && !op->out.info.exists;
    return op->status.code == VG_NOT_FOUND && vg_slice_is(op->status.where, VG_LIT("collection"));
}

/* It went as a SEARCH. */
static void become_query(journey *j)
{
    vg_op *op = j->op;
    uint32_t count = op->in.search.count;

    op->kind = VG_OP_QUERY;
    op->in.query.at = j->queries;
    op->in.query.count = count;
}

static bool waits_for_index(const journey *j)
{
    return j->cancelled == VG_OK && !j->children &&
           vg_await_is_wanted(j->op, vg_plan_backend(j->plan)->adapter);
}

/* Also when it is to end early: what was done is told. */
static void on_index(void *arg)
{
    arrive(((const vg_children *)arg)->op);
}

/* False: without memory nobody waits. */
static bool wait_for_index(journey *j)
{
    j->children = vg_children_new(&j->plan->parts, j->op);
    j->op->out.written.completed = false;
    return j->children && vg_await_index(j->children, on_index);
}

/* The backend answered. What the catalog believed may turn out to be gone. */
static void on_answer(vg_op *op)
{
    journey *j = journey_of(op);

    if (j->queries)
        become_query(j);
    if (op->collection && is_gone(op)) {
        vg_catalog_lost(j->plan->parts.catalog, op);
        no_such_collection(op);
    }
    if (op->kind == VG_OP_DESCRIBE && op->status.code == VG_OK)
        vg_catalog_describe(j->plan->parts.catalog, op);
    if (!waits_for_index(j) || !wait_for_index(j))
        arrive(op);
}

typedef bool errand(vg_catalog *catalog, vg_op *op);

static void send(journey *j, errand *begin)
{
    if (!begin(j->plan->parts.catalog, j->op))
        no_memory(j);
}

/* ---- ops that may be made of others ---- */

static bool go_as_search(journey *j)
{
    vg_op *op = j->op;
    uint32_t count = op->in.query.count;
    const vg_search *searches = vg_query_searches(op);

    if (!searches)
        return false;
    j->queries = op->in.query.at;
    op->kind = VG_OP_SEARCH;
    op->in.search.queries = searches;
    op->in.search.count = count;
    vg_call_start(j->plan->parts.backend, op);
    return true;
}

/* It pays once, for all of them. */
static void make_of_children(journey *j, void (*run)(vg_children *))
{
    if (!vg_call_pay(j->plan->parts.backend, j->op)) {
        end_early(j);
        return;
    }
    j->children = vg_children_new(&j->plan->parts, j->op);
    if (j->children)
        run(j->children);
    else
        no_memory(j);
}

/* Whether it fits takes a walk over all of it, which is not for the loop if it is long. */
static bool fits(const journey *j, const vg_adapter *adapter)
{
    vg_limits limits = vg_limits_of(adapter, j->op->collection);

    return vg_limits_walk(&limits, j->op) <= j->plan->parts.inline_hits &&
           vg_limits_take_op(&limits, j->op);
}

/* Changes of points, and the primitive reads. */
static void go_as_it_is(journey *j)
{
    const vg_adapter *adapter = vg_plan_backend(j->plan)->adapter;

    if (!adapter->ops[j->op->kind] || fits(j, adapter))
        vg_call_start(j->plan->parts.backend, j->op);
    else
        make_of_children(j, vg_split_run);
}

/* ---- as many collections and points as the tenant may have ---- */

static void on_room(void *arg)
{
    journey *j = arg;
    vg_children *children = j->children;

    j->children = NULL;
    if (vg_children_failed(children)) {
        vg_children_end(children);
    } else if (j->op->kind == VG_OP_CREATE_COLLECTION) {
        send(j, vg_catalog_create);
    } else {
        j->points = vg_room_points(j->op);
        go_as_it_is(j);
    }
}

static void create_if_room(journey *j)
{
    j->children = vg_children_new(&j->plan->parts, j->op);
    if (j->children)
        j->turn = vg_room_for_collection(j->children, &j->plan->turns, on_room, j);
    else
        no_memory(j);
}

static void count_room(vg_children *children)
{
    journey *j = journey_of(children->op);

    vg_room_count(children, j->plan->tally, on_room, j);
}

static void write_if_room(journey *j)
{
    uint64_t points = vg_room_points(j->op), now_ns = vg_loop_now_ns(j->plan->parts.loop);
    vg_tally_word word = points > 0 ? vg_room_admit(j->plan->tally, j->op, now_ns) : VG_TALLY_GO;

    if (word == VG_TALLY_COUNT) {
        make_of_children(j, count_room);
    } else if (word == VG_TALLY_FULL) {
        end_early(j);
    } else {
        j->points = points;
        go_as_it_is(j);
    }
}

static void go_query(journey *j)
{
    if (!vg_query_is_search(j->op, vg_plan_backend(j->plan)->adapter))
        make_of_children(j, vg_query_run);
    else if (!go_as_search(j))
        no_memory(j);
}

static void go_matrix(journey *j)
{
    if (vg_plan_backend(j->plan)->adapter->ops[VG_OP_MATRIX])
        vg_call_start(j->plan->parts.backend, j->op);
    else
        make_of_children(j, vg_matrix_run);
}

/* With its collection found, when it needs one. */
static void go(journey *j)
{
    vg_op *op = j->op;

    op->done = on_answer;
    switch (op->kind) {
    case VG_OP_UPDATE_COLLECTION:
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
        send(j, vg_catalog_update);
        return;
    case VG_OP_LIST_ALIASES:
        send(j, vg_catalog_list_aliases);
        return;
    case VG_OP_QUERY:
        go_query(j);
        return;
    case VG_OP_GROUPS:
        make_of_children(j, vg_group_run);
        return;
    case VG_OP_MATRIX:
        go_matrix(j);
        return;
    case VG_OP_DESCRIBE:
        op->in.collection.physical = op->collection->physical;
        op->in.collection.raw_ids = op->collection->raw_ids;
        break;
    default:
        break;
    }
    write_if_room(j);
}

/* Between the catalog and the runner: is it right for this collection and this backend? */
static bool is_fit(journey *j)
{
    const vg_adapter *adapter = vg_plan_backend(j->plan)->adapter;

    return j->op->status.code == VG_OK && vg_check_points(j->op, adapter, &j->op->status);
}

static void on_found(vg_op *op)
{
    journey *j = journey_of(op);

    if (j->cancelled != VG_OK) /* adopting went on, the op does not */
        vg_status_set(&op->status, j->cancelled, (vg_slice){0}, (vg_slice){0});
    if (is_fit(j))
        go(j);
    else
        arrive(op);
}

static void begin_points(journey *j)
{
    if (!vg_catalog_find(j->plan->parts.catalog, j->op, on_found))
        return;
    if (is_fit(j))
        go(j);
    else
        end_early(j);
}

/* Before a row says that something is being made or deleted. */
static bool is_offered(journey *j)
{
    if (vg_plan_backend(j->plan)->adapter->ops[j->op->kind])
        return true;
    vg_status_setf(&j->op->status, j->op->arena, VG_UNSUPPORTED, (vg_slice){0},
                   "%s: this backend does not have that operation",
                   vg_op_describe(j->op->kind)->name);
    end_early(j);
    return false;
}

static void begin_create(journey *j)
{
    const vg_adapter *adapter = vg_plan_backend(j->plan)->adapter;

    if (!is_offered(j))
        return;
    if (!vg_check_spec(j->op, adapter, &j->op->status))
        end_early(j);
    else if (j->op->in.create.most > 0)
        create_if_room(j);
    else
        send(j, vg_catalog_create);
}

static void begin(journey *j)
{
    switch (j->op->kind) {
    case VG_OP_HEALTH:
        go(j);
        return;
    case VG_OP_CREATE_COLLECTION:
        begin_create(j);
        return;
    case VG_OP_DROP_COLLECTION:
        if (is_offered(j))
            send(j, vg_catalog_drop);
        return;
    case VG_OP_LIST:
        send(j, vg_catalog_list);
        return;
    case VG_OP_CHANGE_ALIASES:
        send(j, vg_catalog_change_aliases);
        return;
    case VG_OP_LIST_JOBS:
    case VG_OP_GET_JOB:
    case VG_OP_CANCEL_JOB:
    case VG_OP_ERASE_TENANT:
        send(j, vg_catalog_ask_jobs);
        return;
    case VG_OP_LIST_ALIASES:
        if (j->op->name.len > 0)
            begin_points(j);
        else
            go(j);
        return;
    case VG_OP_UPDATE_COLLECTION:
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
        if (is_offered(j))
            begin_points(j);
        return;
    default:
        begin_points(j);
    }
}

/* ---- what the credential asks ---- */

static void on_proved(void *arg)
{
    journey *j = arg;
    vg_status failure = j->children->failure;

    j->children = NULL;
    if (failure.code == VG_OK) {
        begin(j);
        return;
    }
    j->op->status = failure;
    arrive(j->op);
}

static void prove(journey *j)
{
    j->children = vg_children_new(&j->plan->parts, j->op);
    if (j->children)
        vg_claims_prove(j->children, vg_plan_backend(j->plan), on_proved, j);
    else
        no_memory(j);
}

void vg_plan_start(vg_plan *plan, vg_op *op)
{
    journey *j = malloc(sizeof *j); /* not of the op's arena, which its body may have filled */

    VG_CHECK(j);
    *j = (journey){.plan = plan, .op = op, .done = op->done, .done_arg = op->done_arg};
    op->done = arrive;
    op->done_arg = j;
    op->backend = vg_slice_str(vg_plan_backend(plan)->adapter->name);
    plan->busy++;
    if (!vg_claims_apply(op))
        end_early(j);
    else if (vg_claims_must_prove(op))
        prove(j);
    else
        begin(j);
}

void vg_plan_cancel(vg_plan *plan, vg_op *op, vg_code why)
{
    journey *j = journey_of(op);

    VG_CHECK(op->done == arrive || op->done == on_answer);
    if (j->cancelled == VG_OK)
        j->cancelled = why; /* the first reason stands */
    if (op->call)
        vg_call_cancel(op, why);
    else if (j->children)
        vg_children_cancel(j->children, why);
    else
        vg_catalog_cancel(plan->parts.catalog, op, why);
}

vg_plan *vg_plan_new(const vg_plan_parts *parts)
{
    vg_plan *plan = calloc(1, sizeof *plan);

    if (!plan)
        return NULL;
    plan->parts = *parts;
    vg_list_init(&plan->turns);
    plan->tally = vg_tally_new();
    if (plan->tally)
        return plan;
    free(plan);
    return NULL;
}

void vg_plan_free(vg_plan *plan)
{
    if (!plan)
        return;
    VG_CHECK(plan->busy == 0);
    vg_tally_free(plan->tally);
    free(plan);
}

const vg_backend *vg_plan_backend(const vg_plan *plan)
{
    return vg_runner_backend(plan->parts.backend);
}

uint32_t vg_plan_busy(const vg_plan *plan)
{
    return plan->busy;
}
