/* Jobs as a whole: what they are made of, beginning and end. See inside.h for the files. */
#include "jobs/jobs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/id.h"
#include "jobs/inside.h"

enum { SECOND_MS = 1000, MOST_DOUBLINGS = 6, CHANCE_BYTES = 6 };

/* ---- operations of our own ---- */

vg_op *vg_jobs_op(vg_jobs *jobs, vg_op_kind kind, vg_op_done_fn *done, void *arg)
{
    vg_arena *arena = vg_arena_new(jobs->parts.op_bytes);
    vg_op *op = arena ? VG_TAKE(arena, vg_op) : NULL;

    if (!op) {
        vg_arena_free(arena);
        return NULL;
    }
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = kind,
                  .arena = arena,
                  .who = jobs->parts.who,
                  .backend = vg_slice_str(vg_runner_backend(jobs->parts.backend)->adapter->name),
                  .deadline_ns = vg_loop_now_ns(jobs->parts.loop) + VG_JOBS_OP_MS * VG_JOBS_MS,
                  .now_ms = vg_loop_wall_ms(jobs->parts.loop),
                  .done = done,
                  .done_arg = arg};
    vg_random_bytes(op->chance, sizeof op->chance);
    jobs->busy++;
    return op;
}

/* One that is all alone here is that only under its own name. */
vg_op *vg_jobs_op_of(vg_jobs *jobs, vg_op_kind kind, vg_slice tenant, vg_op_done_fn *done,
                     void *arg)
{
    const vg_tenant *own = jobs->parts.who;
    const vg_tenant who = {.name = tenant,
                           .is_sole = own->is_sole && vg_slice_is(tenant, own->name)};
    vg_op *op = vg_jobs_op(jobs, kind, done, arg);

    if (op)
        op->who = vg_tenant_copy(op->arena, &who);
    if (!op || op->who)
        return op;
    vg_jobs_op_free(jobs, op);
    return NULL;
}

bool vg_jobs_child_is_ok(vg_op *parent, const vg_op *child)
{
    if (child->status.code == VG_OK)
        return true;
    vg_status_set(&parent->status, child->status.code,
                  vg_arena_copy(parent->arena, vg_status_what(&child->status)),
                  vg_arena_copy(parent->arena, child->status.where));
    parent->status.retry_after_ms = child->status.retry_after_ms;
    return false;
}

void vg_jobs_op_free(vg_jobs *jobs, vg_op *op)
{
    jobs->busy--;
    vg_arena_free(op->arena);
}

bool vg_jobs_fill_key(const vg_jobs *jobs, vg_op *op, vg_slice id)
{
    op->in.row.tenant = jobs->parts.who->name;
    op->in.row.backend = op->backend;
    op->in.row.name = vg_job_row_name(op->arena, id);
    return op->in.row.name.len > 0;
}

/* "018bcfe56800" and 12 digits of chance. */
static vg_slice make_id(vg_arena *arena, const vg_op *op)
{
    char chance[2 * CHANCE_BYTES];

    vg_hex_write(op->chance, CHANCE_BYTES, chance);
    return vg_arena_printf(arena, "%012" PRIx64 "%.*s", op->now_ms & 0xffffffffffff,
                           (int)sizeof chance, chance);
}

bool vg_jobs_fill_new(const vg_jobs *jobs, vg_op *create, const vg_jobs_new_row *of)
{
    const vg_job job = {.id = make_id(create->arena, create),
                        .kind = vg_slice_str(vg_job_kind_name(of->kind)),
                        .tenant = of->tenant,
                        .collection = of->collection,
                        .cursor = of->cursor,
                        .created_ms = create->now_ms,
                        .updated_ms = create->now_ms};

    create->in.row.tenant = jobs->parts.who->name;
    create->in.row.backend = vg_slice_str(vg_runner_backend(jobs->parts.backend)->adapter->name);
    return vg_job_write(create->arena, &job, &create->in.row);
}

bool vg_jobs_is_sole(const vg_jobs *jobs)
{
    return vg_runner_backend(jobs->parts.metadata)->adapter->open != NULL;
}

uint64_t vg_jobs_backoff_ms(uint32_t delays)
{
    uint64_t ms = (uint64_t)SECOND_MS << (delays < MOST_DOUBLINGS ? delays : MOST_DOUBLINGS);

    return ms < VG_JOBS_REST_MS ? ms : VG_JOBS_REST_MS;
}

vg_slice vg_jobs_holder(const vg_jobs *jobs)
{
    return vg_slice_of(jobs->holder, sizeof jobs->holder);
}

/* ---- what the catalog asks ---- */

static bool on_write_index_job(void *arg, vg_op *create, vg_slice collection)
{
    return vg_jobs_fill_new(arg, create,
                            &(vg_jobs_new_row){&vg_job_index, create->who->name, collection, {0}});
}

static void on_index_job(void *arg, vg_slice tenant, vg_slice collection)
{
    vg_view_add(arg, tenant, collection);
    vg_jobs_poke(arg);
}

static void on_left(void *arg, const vg_meta_row *row)
{
    vg_make_repair(arg, row);
}

static void on_describe(void *arg, vg_op *op)
{
    vg_view_describe(arg, op);
}

static bool on_ask(void *arg, vg_op *op)
{
    return op->kind == VG_OP_ERASE_TENANT ? vg_jobs_erase(arg, op) : vg_jobs_ask(arg, op);
}

/* ---- beginning and end ---- */

vg_jobs *vg_jobs_new(const vg_jobs_parts *parts)
{
    vg_jobs *jobs = calloc(1, sizeof *jobs);
    uint8_t chance[VG_JOBS_HOLDER_CHARS / 2];

    if (!jobs)
        return NULL;
    jobs->parts = *parts;
    vg_random_bytes(chance, sizeof chance);
    vg_hex_write(chance, sizeof chance, jobs->holder);
    if (parts->crew)
        vg_crew_join(parts->crew, parts->worker, vg_jobs_holder(jobs));
    vg_list_init(&jobs->runs);
    vg_list_init(&jobs->makes);
    vg_list_init(&jobs->erases);
    vg_catalog_set_jobs(parts->catalog, &(vg_catalog_jobs){.arg = jobs,
                                                           .write_index_job = on_write_index_job,
                                                           .index_job = on_index_job,
                                                           .left = on_left,
                                                           .describe = on_describe,
                                                           .ask = on_ask});
    return jobs;
}

void vg_jobs_free(vg_jobs *jobs)
{
    if (!jobs)
        return;
    VG_CHECK(jobs->busy == 0);
    vg_jobs_stop(jobs);
    vg_catalog_set_jobs(jobs->parts.catalog, NULL);
    vg_view_free(jobs);
    free(jobs);
}

uint32_t vg_jobs_busy(const vg_jobs *jobs)
{
    return jobs->busy + jobs->run_count;
}

void vg_jobs_start(vg_jobs *jobs)
{
    jobs->is_started = true;
    jobs->must_look = true;
    vg_jobs_poke(jobs);
}

void vg_jobs_stop(vg_jobs *jobs)
{
    jobs->is_stopping = true;
    vg_timer_stop(jobs->parts.loop, &jobs->next_pass);
    vg_pass_stop(jobs);
    vg_make_stop(jobs);
    vg_run_stop_all(jobs);
}
