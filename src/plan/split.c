/* See split.h. A part of a change is freed when it has ended well, so that what was written for it
 * goes before all others are written; parts of reads stay, since the answer is made of theirs. */
#include "plan/split.h"

#include <inttypes.h>

enum { MOST_IN_ROUND = 64 }; /* that wait with memory of their own */

typedef struct splitting {
    vg_children *children;
    vg_limits limits;
    vg_parts parts;
    uint32_t next;           /* part to be sent */
    vg_op **sent;            /* of a read: who answers each part */
    uint64_t *operation_ids; /* of a change: of each update, its last part's */
    bool fits;               /* it need not be cut */
    bool is_accepted;        /* of a change: a part is not completed yet */
    vg_status missing;       /* of a change: NOT_FOUND, of … */
    const vg_part *misses;   /* … this part; NULL: none */
    vg_metrics *metrics;
    vg_cell cell;
} splitting;

static vg_op *op_of(const splitting *s)
{
    return s->children->op;
}

static bool is_change(const splitting *s)
{
    return vg_op_is_update(op_of(s)->kind);
}

/* ---- sending ---- */

static vg_op *make_change(splitting *s, const vg_part *part)
{
    const vg_update *update = &s->parts.updates[part->update];
    bool is_several = part->is_whole && part->count > 1;
    vg_op *child = vg_children_add(s->children, is_several ? VG_OP_BATCH : update->kind);
    vg_update *piece;

    if (!child)
        return NULL;
    child->in.update.at = update;
    child->in.update.count = part->is_whole ? part->count : 1;
    child->in.update.wait = op_of(s)->in.update.wait;
    if (part->is_whole)
        return child;
    piece = VG_TAKE(child->arena, vg_update);
    if (!piece) {
        vg_children_no_memory(s->children);
        return NULL;
    }
    *piece = *update;
    if (update->point_count > 0) {
        piece->points += part->first;
        piece->point_count = part->count;
    } else {
        piece->ids += part->first;
        piece->id_count = part->count;
        piece->filter = NULL; /* ids go before it */
    }
    child->in.update.at = piece;
    return child;
}

static vg_op *make_read(splitting *s, const vg_part *part)
{
    const vg_op *op = op_of(s);
    vg_op *child = vg_children_add(s->children, op->kind);

    if (!child)
        return NULL;
    child->in = op->in;
    if (op->kind == VG_OP_GET) {
        child->in.get.ids = s->parts.ids + part->first;
        child->in.get.count = part->count;
    } else if (op->kind == VG_OP_SEARCH) {
        child->in.search.queries += part->first;
        child->in.search.count = part->count;
    } else {
        child->in.query.at += part->first;
        child->in.query.count = part->count;
    }
    s->sent[part - s->parts.at] = child;
    return child;
}

static bool send_next(splitting *s)
{
    vg_part *part = &s->parts.at[s->next];
    vg_op *child = (is_change(s) ? make_change : make_read)(s, part);

    if (!child)
        return false;
    child->done_arg = part;
    s->next++;
    vg_metrics_add(s->metrics, VG_M_split_parts_total, s->cell, 1);
    return true;
}

static vg_children_fn on_round;

/* Up to the next that waits for these. */
static void send_round(splitting *s)
{
    for (uint32_t n = 0; n < MOST_IN_ROUND && s->next < s->parts.count; n++)
        if ((n > 0 && s->parts.at[s->next].waits) || !send_next(s))
            break;
    vg_children_run(s->children, on_round, s);
}

/* ---- what became of one ---- */

static void note_ids(splitting *s, const vg_part *part, const vg_op *child)
{
    uint32_t i = (uint32_t)(part - s->parts.at);

    if (child->kind != VG_OP_BATCH) {
        s->is_accepted = s->is_accepted || !child->out.written.completed;
        if (!vg_parts_goes_on(&s->parts, i + 1))
            s->operation_ids[part->update] = child->out.written.operation_id;
        return;
    }
    s->is_accepted = s->is_accepted || !child->out.batch.completed;
    for (uint32_t k = 0; k < part->count && k < child->out.batch.count; k++)
        s->operation_ids[part->update + k] = child->out.batch.operation_ids[k];
}

/* Those that are there are changed (op.h). */
static bool only_misses(const vg_op *child)
{
    if (child->status.code != VG_NOT_FOUND ||
        vg_slice_is(child->status.where, VG_LIT("collection")))
        return false;
    return child->kind != VG_OP_UPSERT && child->kind != VG_OP_DELETE &&
           child->kind != VG_OP_DELETE_VECTORS && child->kind != VG_OP_BATCH;
}

/* What the first of the parts misses is told, as in one call. */
static void note_missing(splitting *s, const vg_part *part, const vg_status *status)
{
    vg_arena *arena = op_of(s)->arena;

    if (s->misses && s->misses < part)
        return;
    s->misses = part;
    s->missing = (vg_status){.code = VG_NOT_FOUND,
                             .what = vg_arena_copy(arena, status->what),
                             .where = vg_arena_copy(arena, status->where),
                             .upstream = vg_arena_copy(arena, status->upstream)};
}

static bool on_changed(void *arg, vg_op *child)
{
    splitting *s = arg;
    vg_part *part = child->done_arg;
    bool is_well = child->status.code == VG_OK;

    if (is_well)
        note_ids(s, part, child);
    else if (only_misses(child))
        note_missing(s, part, &child->status);
    else
        part->fate = child->status.is_unclear ? VG_PART_UNCLEAR : VG_PART_REFUSED;
    if (part->fate == VG_PART_UNSENT)
        part->fate = VG_PART_APPLIED;
    return part->fate == VG_PART_APPLIED;
}

/* "searches[2].vector" is that of the part; the list's is so many further. */
static vg_slice renumber(vg_arena *arena, vg_slice where, uint32_t first)
{
    vg_slice rest = vg_slice_skip(where, sizeof "searches[" - 1), digits;
    uint64_t place;

    if (first == 0 || !vg_slice_starts(where, VG_LIT("searches[")))
        return where;
    digits = vg_slice_of(rest.at, vg_slice_find(rest, ']'));
    if (!vg_slice_u64(digits, &place))
        return where;
    return vg_arena_printf(arena, "searches[%" PRIu64 "]" VG_FMT, place + first,
                           VG_ARG(vg_slice_skip(rest, digits.len + 1)));
}

static bool on_read(void *arg, vg_op *child)
{
    const vg_part *part = child->done_arg;

    (void)arg;
    if (child->status.code != VG_OK && child->kind != VG_OP_GET)
        child->status.where = renumber(child->arena, child->status.where, part->first);
    return false;
}

/* ---- the answer to a change ---- */

static void answer_change(splitting *s)
{
    vg_op *op = op_of(s);
    uint32_t count = op->in.update.count;

    if (op->kind == VG_OP_BATCH) {
        op->out.batch.operation_ids = s->operation_ids;
        op->out.batch.count = count;
        op->out.batch.completed = !s->is_accepted;
    } else {
        op->out.written.operation_id = s->operation_ids[0];
        op->out.written.completed = !s->is_accepted;
    }
}

static bool is_all_applied(const splitting *s)
{
    for (uint32_t i = 0; i < s->parts.count; i++)
        if (s->parts.at[i].fate != VG_PART_APPLIED)
            return false;
    return true;
}

/* What was cancelled too late is done. All is applied, too, of an op that only misses points,
 * unless it is one of several. */
static void end_change(splitting *s)
{
    vg_children *children = s->children;

    if (is_all_applied(s))
        children->failure = (vg_status){0};
    if (!vg_children_failed(children) && !s->misses)
        answer_change(s);
    else if (!vg_children_failed(children))
        children->failure = s->missing;
    if (vg_children_failed(children))
        children->failure.what =
            vg_split_story(op_of(s), &s->parts, vg_status_what(&children->failure));
    vg_children_end(children);
}

/* ---- the answer to a read ---- */

static void gather_points(splitting *s)
{
    vg_op *op = op_of(s);
    vg_point *points;
    uint32_t count = 0, used = 0;

    for (uint32_t i = 0; i < s->parts.count; i++)
        count += s->sent[i]->out.points.count;
    points = VG_TAKE_N(op->arena, vg_point, (size_t)count + 1);
    if (!points) {
        vg_children_no_memory(s->children);
        return;
    }
    for (uint32_t i = 0; i < s->parts.count; i++)
        for (uint32_t k = 0; k < s->sent[i]->out.points.count; k++)
            points[used++] = s->sent[i]->out.points.at[k];
    op->out.points = (vg_points){points, used};
}

static bool has_all(splitting *s)
{
    for (uint32_t i = 0; i < s->parts.count; i++) {
        if (s->sent[i]->out.searches.count == s->parts.at[i].count)
            continue;
        vg_children_fail(s->children, VG_BACKEND_ERROR,
                         VG_LIT("the backend answered another number of searches"), (vg_slice){0});
        return false;
    }
    return true;
}

static bool is_explained(const splitting *s)
{
    for (uint32_t i = 0; i < s->parts.count; i++)
        if (s->sent[i]->out.searches.explains)
            return true;
    return false;
}

static void gather_lists(splitting *s)
{
    vg_op *op = op_of(s);
    uint32_t count = op->kind == VG_OP_SEARCH ? op->in.search.count : op->in.query.count;
    vg_points *lists = VG_TAKE_N(op->arena, vg_points, (size_t)count + 1);
    vg_explain *explains = VG_TAKE_N(op->arena, vg_explain, (size_t)count + 1);

    if (!lists || !explains) {
        vg_children_no_memory(s->children);
        return;
    }
    if (!has_all(s))
        return;
    op->out.searches.explains = is_explained(s) ? explains : NULL;
    for (uint32_t i = 0; i < s->parts.count; i++) {
        const vg_op *child = s->sent[i];

        for (uint32_t k = 0; k < s->parts.at[i].count; k++) {
            lists[s->parts.at[i].first + k] = child->out.searches.at[k];
            if (child->out.searches.explains)
                explains[s->parts.at[i].first + k] = child->out.searches.explains[k];
        }
    }
    op->out.searches.at = lists;
    op->out.searches.count = count;
}

static void gather(void *arg)
{
    splitting *s = arg;

    if (op_of(s)->kind == VG_OP_GET)
        gather_points(s);
    else
        gather_lists(s);
}

static void on_gathered(void *arg)
{
    vg_children_end(((splitting *)arg)->children);
}

static void end_read(splitting *s)
{
    uint64_t hits = op_of(s)->kind == VG_OP_GET ? op_of(s)->in.get.count : s->parts.count;

    vg_children_compute(s->children, hits, gather, on_gathered, s);
}

/* ---- the way ---- */

/* What misses points ends at its update, but with all of it. */
static bool is_at_end(const splitting *s)
{
    return vg_children_failed(s->children) || s->next == s->parts.count ||
           (s->misses && !vg_parts_goes_on(&s->parts, s->next));
}

static void on_round(void *arg)
{
    splitting *s = arg;

    if (!is_at_end(s))
        send_round(s);
    else if (is_change(s))
        end_change(s);
    else
        end_read(s);
}

static void cut(void *arg)
{
    splitting *s = arg;
    vg_op *op = op_of(s);
    size_t updates = is_change(s) ? op->in.update.count : 0;

    s->fits = vg_limits_take_op(&s->limits, op);
    if (s->fits || !vg_parts_cut(op, &s->limits, &s->parts, &s->children->failure))
        return;
    s->sent = VG_TAKE_N(op->arena, vg_op *, is_change(s) ? 1 : (size_t)s->parts.count + 1);
    s->operation_ids = VG_TAKE_N(op->arena, uint64_t, updates + 1);
    if (!s->sent || !s->operation_ids)
        vg_children_no_memory(s->children);
}

/* Nothing was sent of what could not be cut. */
static void on_cut(void *arg)
{
    splitting *s = arg;

    s->children->at_once = VG_SPLIT_AT_ONCE;
    s->children->ended = is_change(s) ? on_changed : on_read;
    if (vg_children_failed(s->children))
        vg_children_run(s->children, on_gathered, s);
    else if (s->fits)
        vg_call_start(s->children->parts->backend, op_of(s));
    else
        send_round(s);
}

static void give_up(void *arg)
{
    vg_children_end(arg);
}

static uint64_t length_of(const vg_op *op)
{
    uint64_t length = op->kind == VG_OP_GET ? op->in.get.count : 0;

    for (uint32_t i = 0; vg_op_is_update(op->kind) && i < op->in.update.count; i++)
        length += 1 + (uint64_t)op->in.update.at[i].point_count + op->in.update.at[i].id_count;
    return length;
}

void vg_split_run(vg_children *children)
{
    const vg_op *op = children->op;
    const vg_adapter *adapter = vg_runner_backend(children->parts->backend)->adapter;
    splitting *s = VG_TAKE(op->arena, splitting);

    if (!s) {
        vg_children_no_memory(children);
        vg_children_run(children, give_up, children);
        return;
    }
    s->children = children;
    s->limits = vg_limits_of(adapter, op->collection);
    s->metrics = children->parts->metrics;
    s->cell.operation = (uint8_t)op->kind;
    if (s->metrics)
        s->cell.backend = vg_metrics_backend(s->metrics, vg_slice_str(adapter->name));
    vg_children_compute(children, length_of(op), cut, on_cut, s);
}
