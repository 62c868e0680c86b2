/* Rows for what was left half-made or half-deleted. At start the catalog says what there is, as
 * rows say it, 256 at a time; while the gateway runs, whoever gives up on a collection does. A row
 * that cannot be written is tried again; if the gateway ends before, the next start finds it. */
#include <stdlib.h>

#include "base/log.h"
#include "jobs/inside.h"

enum { MOST_MAKES = 512 };

struct make {
    vg_list link;
    uint64_t version, updated_ms; /* of the collection's row; 0: nobody knows */
    vg_slice tenant, name;        /* in `text` */
    char text[];
};

static void make_next(vg_jobs *jobs);

/* ---- the queue ---- */

static bool is_queued(const vg_jobs *jobs, const vg_meta_row *row)
{
    for (const vg_list *at = jobs->makes.next; at != &jobs->makes; at = at->next) {
        const make *m = vg_container_of((vg_list *)(uintptr_t)at, make, link);

        if (vg_slice_is(m->name, row->name) && vg_slice_is(m->tenant, row->tenant))
            return true;
    }
    return false;
}

/* False: no room. */
static bool push(vg_jobs *jobs, const vg_meta_row *row)
{
    vg_slice tenant = row->tenant, name = row->name;
    make *m;

    if (is_queued(jobs, row))
        return true;
    m = jobs->make_count < MOST_MAKES ? malloc(sizeof *m + tenant.len + name.len) : NULL;
    if (!m)
        return false;
    *m = (make){.version = row->version, .updated_ms = row->updated_ms};
    memcpy(m->text, tenant.at, tenant.len);
    memcpy(m->text + tenant.len, name.at, name.len);
    m->tenant = vg_slice_of(m->text, tenant.len);
    m->name = vg_slice_of(m->text + tenant.len, name.len);
    vg_list_push(&jobs->makes, &m->link);
    jobs->make_count++;
    return true;
}

static void drop_first(vg_jobs *jobs)
{
    vg_list *first = vg_list_shift(&jobs->makes);

    if (!first)
        return;
    jobs->make_count--;
    free(vg_container_of(first, make, link));
}

/* ---- one after the other ---- */

static void on_next(vg_timer *timer)
{
    make_next(vg_container_of(timer, vg_jobs, next_make));
}

static void rest(vg_jobs *jobs)
{
    uint64_t wait_ms = vg_jobs_backoff_ms(jobs->make_delays++);

    jobs->next_make.on_timer = on_next;
    vg_timer_start(jobs->parts.loop, &jobs->next_make,
                   vg_loop_now_ns(jobs->parts.loop) + wait_ms * VG_JOBS_MS);
}

static void on_made(vg_op *op)
{
    vg_jobs *jobs = op->done_arg;
    bool is_made = op->status.code == VG_OK;

    vg_jobs_op_free(jobs, op);
    jobs->is_making = false;
    if (jobs->is_stopping)
        return;
    if (!is_made) {
        rest(jobs);
        return;
    }
    jobs->make_delays = 0;
    drop_first(jobs);
    if (vg_list_is_empty(&jobs->makes))
        vg_jobs_poke(jobs);
    else
        make_next(jobs);
}

static bool fill(const vg_jobs *jobs, vg_op *op, const make *m)
{
    const vg_meta_row row = {.version = m->version, .updated_ms = m->updated_ms};

    return vg_jobs_fill_new(jobs, op,
                            &(vg_jobs_new_row){&vg_job_repair, m->tenant, m->name,
                                               vg_job_repair_cursor(op->arena, &row)});
}

static void make_next(vg_jobs *jobs)
{
    vg_op *op;

    if (jobs->is_making || jobs->is_stopping || vg_list_is_empty(&jobs->makes))
        return;
    op = vg_jobs_op(jobs, VG_OP_META_CREATE, on_made, jobs);
    if (!op || !fill(jobs, op, vg_container_of(jobs->makes.next, make, link))) {
        if (op)
            vg_jobs_op_free(jobs, op);
        rest(jobs);
        return;
    }
    jobs->is_making = true;
    vg_call_start(jobs->parts.metadata, op);
}

void vg_make_repair(vg_jobs *jobs, const vg_meta_row *row)
{
    if (!jobs->is_started || jobs->is_stopping)
        return;
    if (!push(jobs, row))
        jobs->must_look = true;
    if (jobs->next_make.slot == 0)
        make_next(jobs);
}

/* ---- looking for what is unfinished ---- */

static void on_look_again(vg_timer *timer)
{
    vg_jobs *jobs = vg_container_of(timer, vg_jobs, next_look);

    jobs->must_look = true;
    vg_jobs_poke(jobs);
}

static void look_again(vg_jobs *jobs)
{
    jobs->next_look.on_timer = on_look_again;
    if (!jobs->is_stopping)
        vg_timer_start(jobs->parts.loop, &jobs->next_look,
                       vg_loop_now_ns(jobs->parts.loop) + VG_JOBS_REST_MS * VG_JOBS_MS);
}

static void on_looked(vg_op *op)
{
    vg_jobs *jobs = op->done_arg;
    bool is_all = op->status.code == VG_OK && op->out.rows.count < VG_UNFINISHED;

    jobs->is_looking = false;
    if (op->status.code != VG_OK && !jobs->is_stopping)
        vg_log(VG_WARN, "unfinished collections cannot be looked for now",
               VG_Z("code", vg_code_describe(op->status.code)->metric),
               VG_S("what", vg_status_what(&op->status)));
    for (uint32_t i = 0; op->status.code == VG_OK && i < op->out.rows.count; i++)
        if (!vg_view_has_repair(jobs, op->out.rows.at[i].tenant, op->out.rows.at[i].name))
            is_all = push(jobs, &op->out.rows.at[i]) && is_all;
    vg_jobs_op_free(jobs, op);
    if (!is_all)
        look_again(jobs);
    make_next(jobs);
}

void vg_make_look(vg_jobs *jobs)
{
    vg_op *op;

    if (jobs->is_looking)
        return;
    jobs->must_look = false;
    op = vg_jobs_op(jobs, VG_OP_LIST, on_looked, jobs);
    if (op && vg_catalog_unfinished(jobs->parts.catalog, op)) {
        jobs->is_looking = true;
        return;
    }
    if (op)
        vg_jobs_op_free(jobs, op);
    look_again(jobs);
}

void vg_make_stop(vg_jobs *jobs)
{
    vg_timer_stop(jobs->parts.loop, &jobs->next_make);
    vg_timer_stop(jobs->parts.loop, &jobs->next_look);
    while (!jobs->is_making && !vg_list_is_empty(&jobs->makes))
        drop_first(jobs);
}
