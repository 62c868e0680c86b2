/* See room.h. Points are counted in three runs: the tenant's collections are listed, found, and
 * counted. One that goes meanwhile has none. */
#include "plan/room.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"

/* ---- a collection ---- */

/* In the op's arena, in the list from when it is asked until the op ends. */
struct vg_turn {
    vg_list link;
    vg_list *turns;
    vg_task task;
    vg_loop *loop;
    vg_children *children;
    const vg_op *op;
    vg_children_fn *then;
    void *arg;
};

static int by_name(const void *key, const void *name)
{
    return vg_slice_cmp(*(const vg_slice *)key, *(const vg_slice *)name);
}

static bool has_room(const vg_op *op, const vg_op *list)
{
    return list->out.names.count < op->in.create.most ||
           bsearch(&op->name, list->out.names.at, list->out.names.count, sizeof op->name, by_name);
}

static bool judge(void *arg, vg_op *list)
{
    const vg_op *op = ((const vg_turn *)arg)->op;

    if (list->status.code != VG_OK || has_room(op, list))
        return list->status.code == VG_OK;
    vg_status_setf(&list->status, list->arena, VG_QUOTA, (vg_slice){0},
                   "Can't create collection with name " VG_FMT
                   ". Max collections limit reached: %" PRIu64,
                   VG_ARG(op->name), op->in.create.most);
    return false;
}

static void on_judged(void *arg)
{
    const vg_turn *turn = arg;

    turn->then(turn->arg);
}

static void look_for_room(vg_turn *turn)
{
    turn->children->ended = judge;
    vg_children_add(turn->children, VG_OP_LIST);
    vg_children_run(turn->children, on_judged, turn);
}

static void on_turn(vg_task *task)
{
    look_for_room(vg_container_of(task, vg_turn, task));
}

/* The first of the tenant's; NULL: there is none. */
static vg_turn *first_of(vg_list *turns, const vg_tenant *who)
{
    for (vg_list *at = turns->next; at != turns; at = at->next) {
        vg_turn *turn = vg_container_of(at, vg_turn, link);

        if (vg_slice_is(turn->op->who->name, who->name))
            return turn;
    }
    return NULL;
}

vg_turn *vg_room_for_collection(vg_children *children, vg_list *turns, vg_children_fn *then,
                                void *arg)
{
    const vg_op *op = children->op;
    vg_turn *turn = VG_TAKE(op->arena, vg_turn);
    bool is_first = first_of(turns, op->who) == NULL;

    if (!turn) {
        vg_children_no_memory(children);
        vg_children_run(children, then, arg);
        return NULL;
    }
    *turn = (vg_turn){.turns = turns,
                      .task = {.run = on_turn},
                      .loop = children->parts->loop,
                      .children = children,
                      .op = op,
                      .then = then,
                      .arg = arg};
    vg_list_push(turns, &turn->link);
    if (is_first)
        look_for_room(turn);
    return turn;
}

void vg_room_leave(vg_turn *turn)
{
    vg_turn *next;

    vg_list_remove(&turn->link);
    next = first_of(turn->turns, turn->op->who);
    if (next)
        vg_loop_post(next->loop, &next->task);
}

/* ---- points ---- */

uint64_t vg_room_points(const vg_op *op)
{
    uint64_t points = 0;

    if ((op->kind != VG_OP_UPSERT && op->kind != VG_OP_BATCH) || op->in.update.most == 0)
        return 0;
    for (uint32_t i = 0; i < op->in.update.count; i++)
        if (op->in.update.at[i].kind == VG_OP_UPSERT)
            points += op->in.update.at[i].point_count;
    return points;
}

static vg_tally_ask ask_of(const vg_op *op, uint64_t now_ns)
{
    return (vg_tally_ask){.tenant = op->who->name,
                          .points = vg_room_points(op),
                          .most = op->in.update.most,
                          .now_ns = now_ns};
}

static vg_slice say_full(const vg_op *op, uint64_t known)
{
    return vg_arena_printf(op->arena,
                           "Max points count limit of %" PRIu64 " reached: the tenant has %" PRIu64
                           ", the request writes %" PRIu64,
                           op->in.update.most, known, vg_room_points(op));
}

vg_tally_word vg_room_admit(vg_tally *tally, vg_op *op, uint64_t now_ns)
{
    const vg_tally_ask ask = ask_of(op, now_ns);
    uint64_t known = 0;
    vg_tally_word word = vg_tally_admit(tally, &ask, &known);

    if (word == VG_TALLY_FULL)
        vg_status_set(&op->status, VG_QUOTA, say_full(op, known), (vg_slice){0});
    return word;
}

/* ---- counting them ---- */

typedef struct counting {
    vg_children *children;
    vg_tally *tally;
    vg_tally_count begun;
    const vg_op *list;
    const vg_op **found; /* for each of its names; NULL: it is gone */
    uint64_t points;
    vg_children_fn *then;
    void *arg;
} counting;

static void finish(counting *c)
{
    vg_children *children = c->children;
    bool has_failed = vg_children_failed(children);
    const vg_tally_ask ask = ask_of(children->op, vg_loop_now_ns(children->parts->loop));
    uint64_t known = 0;
    vg_tally_word word =
        vg_tally_end(c->tally, &c->begun, has_failed ? NULL : &c->points, &ask, &known);

    children->ended = NULL;
    if (!has_failed && word == VG_TALLY_FULL)
        vg_children_fail(children, VG_QUOTA, say_full(children->op, known), (vg_slice){0});
    c->then(c->arg);
}

static bool is_gone(const vg_op *child)
{
    return child->status.code == VG_NOT_FOUND &&
           vg_slice_is(child->status.where, VG_LIT("collection"));
}

/* Only what was found is kept: counts look at its collection. */
static bool on_ended(void *arg, vg_op *child)
{
    counting *c = arg;

    if (child->kind == VG_OP_LIST)
        return false;
    if (child->kind == VG_OP_GET) {
        if (is_gone(child))
            *(const vg_op **)child->done_arg = NULL;
        return is_gone(child);
    }
    if (is_gone(child))
        vg_catalog_lost(c->children->parts->catalog, child);
    else if (child->status.code == VG_OK)
        c->points += child->out.count;
    return is_gone(child) || child->status.code == VG_OK;
}

static void on_counted(void *arg)
{
    finish(arg);
}

static void on_found(void *arg)
{
    counting *c = arg;

    for (uint32_t i = 0; i < c->list->out.names.count && !vg_children_failed(c->children); i++) {
        vg_op *op = c->found[i] ? vg_children_add(c->children, VG_OP_COUNT) : NULL;

        if (!op)
            continue;
        op->name = c->found[i]->name;
        op->collection = c->found[i]->collection;
        op->in.count.exact = true;
    }
    vg_children_run(c->children, on_counted, c);
}

static void find(counting *c, uint32_t i)
{
    vg_op *op = vg_children_add_finding(c->children, c->list->out.names.at[i], "collection");

    if (op)
        op->done_arg = &c->found[i];
    c->found[i] = op;
}

static void on_listed(void *arg)
{
    counting *c = arg;
    vg_children *children = c->children;
    uint32_t count = vg_children_failed(children) ? 0 : c->list->out.names.count;

    c->found = VG_TAKE_N(children->op->arena, const vg_op *, (size_t)count + 1);
    if (!c->found)
        vg_children_no_memory(children);
    for (uint32_t i = 0; i < count && !vg_children_failed(children); i++)
        find(c, i);
    vg_children_run(children, on_found, c);
}

void vg_room_count(vg_children *children, vg_tally *tally, vg_children_fn *then, void *arg)
{
    counting *c = VG_TAKE(children->op->arena, counting);

    if (!c || !vg_tally_begin(tally, children->op->who->name, &c->begun)) {
        vg_children_no_memory(children);
        vg_children_run(children, then, arg);
        return;
    }
    c->children = children;
    c->tally = tally;
    c->then = then;
    c->arg = arg;
    children->ended = on_ended;
    c->list = vg_children_add(children, VG_OP_LIST);
    vg_children_run(children, on_listed, c);
}
