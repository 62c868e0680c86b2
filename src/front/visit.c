/* From a whole body to a whole answer (the drawing is in visit.h). A small body is read, and a
 * small answer written, on the loop; what is larger goes to the codec pool, which may refuse. */
#include "front/visit.h"

#include "vecgate/json.h"

#include "base/check.h"
#include "base/clock.h"

/* What the loop reads or writes itself, so that it is not held for 100 µs: of the bodies tried, the
 * smallest of points cost most, 75 µs for this many bytes, vectors 4 µs. */
enum { INLINE_BYTES = 32 * 1024 };

static vg_visit_step_fn start_plan, deliver;

/* ---- handing it to a pool, and getting it back ---- */

static void on_back(vg_task *task)
{
    vg_visit *visit = vg_container_of(task, vg_visit, task);

    visit->is_lent = false;
    if (visit->is_gone)
        vg_stream_abort(visit->stream);
    else
        visit->next(visit);
}

/* The pool's thread. */
static void on_finished(vg_work *work)
{
    vg_visit *visit = vg_container_of(work, vg_visit, work);

    vg_loop_wake(visit->front->parts.loop, &visit->task);
}

static bool lend(vg_visit *visit, void (*run)(vg_work *work), vg_visit_step_fn *next)
{
    const vg_front_parts *parts = &visit->front->parts;

    visit->work = (vg_work){.run = run, .finished = on_finished};
    visit->task = (vg_task){.run = on_back};
    visit->next = next;
    vg_visit_time(visit, VG_TIME_QUEUE);
    visit->is_lent = true;
    if (!parts->post(parts->pools, VG_POOL_CODEC, &visit->work))
        visit->is_lent = false;
    return visit->is_lent;
}

/* ---- failing ---- */

uint64_t vg_visit_took_ns(const vg_visit *visit)
{
    return vg_clock_now_ns() - visit->request->began_ns;
}

void vg_visit_time(vg_visit *visit, vg_time next)
{
    if (visit->is_timed)
        vg_timing_go(&visit->timing, next, vg_clock_now_ns());
}

static void begin_answer(vg_visit *visit)
{
    vg_buf_clear(&visit->answer);
    visit->out = (vg_front_out){
        .status = 200,
        .content_type = VG_LIT("application/json"),
        .body = &visit->answer,
        .seconds = (double)vg_visit_took_ns(visit) / 1e9,
        .in = &visit->in,
    };
}

/* What did not fit because others hold the memory is not too large. */
static void blame_crowd(const vg_visit *visit, vg_status *status)
{
    if (status->code == VG_TOO_LARGE && vg_arena_is_starved(visit->arena))
        *status =
            (vg_status){.code = VG_OVERLOADED, .what = VG_LIT(VG_STARVED), .retry_after_ms = 1000};
}

void vg_visit_fail(vg_visit *visit, const vg_status *status)
{
    vg_status story = *status;

    blame_crowd(visit, &story);
    begin_answer(visit);
    visit->status = story;
    visit->api->write_error(visit->arena, &story, &visit->out);
    if (vg_buf_is_spent(&visit->answer))
        vg_buf_clear(&visit->answer);
    vg_answer_send(visit);
}

static void overloaded(vg_visit *visit, const char *what)
{
    vg_visit_fail(visit, &(vg_status){.code = VG_OVERLOADED, .what = vg_slice_str(what)});
}

/* ---- READ: body to op. Any thread. ---- */

/* What GET and DELETE carry means nothing to a row. */
static bool has_json(const vg_visit *visit)
{
    return visit->request->body.len > 0 && visit->row->route.method[0] == 'P';
}

static void read_request(vg_visit *visit)
{
    vg_front_in *in = &visit->in;
    vg_status *status = &visit->status;

    if (has_json(visit)) {
        in->body = vg_json_read(visit->arena, visit->request->body, VG_JSON_DEPTH, status);
        if (!in->body)
            return;
    }
    if (visit->row->read(in, &visit->op, status)) {
        vg_entry_judge_op(visit);
        return;
    }
    /* A row that forgot to say why must not lead to an operation. */
    vg_status_set(status, VG_INTERNAL, VG_LIT("the request was refused without a reason"),
                  (vg_slice){0});
}

static void run_read(vg_work *work)
{
    vg_visit *visit = vg_container_of(work, vg_visit, work);

    vg_visit_time(visit, VG_TIME_READ);
    read_request(visit);
}

/* ---- PLAN ---- */

/* The op is back. */
static void on_done(vg_op *op)
{
    vg_visit *visit = op->done_arg;

    visit->is_lent = visit->is_planned = false;
    visit->is_done = true;
    if (visit->is_gone)
        vg_stream_abort(visit->stream);
    else
        deliver(visit);
}

static void set_bounds(vg_visit *visit)
{
    vg_op *op = &visit->op;

    if (op->kind == VG_OP_CREATE_COLLECTION)
        op->in.create.most = visit->limits.collections;
    else if (op->kind == VG_OP_UPSERT || op->kind == VG_OP_BATCH)
        op->in.update.most = visit->limits.points;
}

static void start_plan(vg_visit *visit)
{
    if (visit->status.code != VG_OK) {
        vg_visit_fail(visit, &visit->status);
        return;
    }
    set_bounds(visit);
    visit->op.done = on_done;
    visit->op.done_arg = visit;
    visit->is_lent = visit->is_planned = true;
    vg_visit_time(visit, VG_TIME_PLAN);
    vg_plan_start(visit->front->parts.plan, &visit->op);
}

static void make_op(vg_visit *visit)
{
    const vg_front_parts *parts = &visit->front->parts;
    vg_op *op = &visit->op;

    op->magic = VG_OP_MAGIC;
    op->kind = visit->row->kind;
    op->arena = visit->arena;
    op->who = &visit->who->tenant;
    op->name = vg_entry_collection(visit);
    op->deadline_ns = vg_loop_now_ns(parts->loop) + parts->deadline_ms * 1000000;
    op->now_ms = vg_loop_wall_ms(parts->loop);
    op->request_id = visit->request_id;
    op->trace = visit->trace;
    op->timing = visit->is_timed ? &visit->timing : NULL;
}

static void tell(vg_visit *visit)
{
    begin_answer(visit);
    visit->row->tell(visit->front, &visit->in, visit->arena, &visit->out);
    if (vg_buf_is_spent(&visit->answer))
        overloaded(visit, "no memory is left for the answer, try again soon");
    else
        vg_answer_send(visit);
}

void vg_visit_serve(vg_visit *visit)
{
    vg_visit_time(visit, VG_TIME_READ);
    if (visit->row->tell && !vg_entry_needs_proof(visit)) {
        tell(visit);
        return;
    }
    make_op(visit);
    if (visit->row->tell) {
        vg_entry_make_proof(visit);
        start_plan(visit);
    } else if (visit->request->body.len <= INLINE_BYTES) {
        read_request(visit);
        start_plan(visit);
    } else if (!lend(visit, run_read, start_plan)) {
        overloaded(visit, "the queue for large bodies is full, try again soon");
    }
}

void vg_visit_leave(vg_visit *visit)
{
    visit->is_gone = true;
    if (visit->is_planned)
        vg_plan_cancel(visit->front->parts.plan, &visit->op, VG_CANCELLED);
}

/* ---- WRITE: op to answer. Any thread. ---- */

static vg_front_write_fn *writer_of(const vg_visit *visit)
{
    const vg_front_row *row = visit->row;

    switch (visit->op.status.code) {
    case VG_OK:
        return row->write;
    case VG_UNAUTHENTICATED: /* what a credential asks did not hold: no row makes an answer of it */
    case VG_FORBIDDEN:
        return NULL;
    case VG_NOT_FOUND:
        return row->write_missing ? row->write_missing : row->write_failed;
    default:
        return row->write_failed;
    }
}

static void write_answer(vg_visit *visit)
{
    vg_front_write_fn *write;

    if (visit->op.status.code == VG_OK && !vg_rights_cut(visit->who, &visit->op))
        visit->op.status.code = VG_TOO_LARGE;
    blame_crowd(visit, &visit->op.status);
    write = writer_of(visit);
    if (write)
        write(&visit->op, &visit->out);
    else
        visit->api->write_error(visit->arena, &visit->op.status, &visit->out);
}

static void run_write(vg_work *work)
{
    vg_visit *visit = vg_container_of(work, vg_visit, work);

    vg_visit_time(visit, VG_TIME_WRITE);
    write_answer(visit);
}

static void send_written(vg_visit *visit)
{
    if (vg_buf_is_spent(&visit->answer))
        overloaded(visit, "no memory is left for the answer: ask for less, or try again soon");
    else
        vg_answer_send(visit);
}

/* About how many bytes points take as text; counts no further than `most`. */
static size_t guess_points(vg_points points, size_t most)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < points.count && bytes <= most; i++) {
        const vg_point *point = &points.at[i];

        bytes += 64 + point->payload.len;
        for (uint32_t k = 0; k < point->vector_count; k++) {
            const vg_vector *vector = &point->vectors[k];

            bytes +=
                vector->form == VG_VECTOR_JSON ? vector->bytes.len : (size_t)vector->count * 12;
        }
    }
    return bytes;
}

static size_t guess_searches(const vg_op *op, size_t most)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->out.searches.count && bytes <= most; i++)
        bytes += 32 + guess_points(op->out.searches.at[i], most);
    return bytes;
}

static size_t guess_groups(const vg_op *op, size_t most)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->out.groups.count && bytes <= most; i++) {
        const vg_group *group = &op->out.groups.at[i];

        bytes += 64 + guess_points(group->hits, most);
        if (group->lookup)
            bytes += guess_points((vg_points){group->lookup, 1}, most);
    }
    return bytes;
}

static bool is_large(const vg_op *op)
{
    if (op->status.code != VG_OK)
        return false;
    switch (op->kind) {
    case VG_OP_GET:
        return guess_points(op->out.points, INLINE_BYTES) > INLINE_BYTES;
    case VG_OP_SCROLL:
        return guess_points(op->out.page.points, INLINE_BYTES) > INLINE_BYTES;
    case VG_OP_SEARCH:
    case VG_OP_QUERY:
    case VG_OP_MATRIX:
        return guess_searches(op, INLINE_BYTES) > INLINE_BYTES;
    case VG_OP_GROUPS:
        return guess_groups(op, INLINE_BYTES) > INLINE_BYTES;
    case VG_OP_LIST:
        return op->out.names.count > INLINE_BYTES / 32;
    default:
        return false;
    }
}

static void deliver(vg_visit *visit)
{
    vg_visit_time(visit, VG_TIME_WRITE);
    if (visit->row->tell && visit->op.status.code == VG_OK) {
        tell(visit);
        return;
    }
    begin_answer(visit);
    if (!is_large(&visit->op)) {
        write_answer(visit);
        send_written(visit);
    } else if (!lend(visit, run_write, send_written)) {
        overloaded(visit, "the queue for large answers is full, try again soon");
    }
}
