/* Two questions, one to each store; each has an arena of its own that ends with its answer. Stores
 * that are well are asked every health.interval, others every second. */
#include "cli/beat.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/id.h"
#include "base/log.h"
#include "observe/disk.h"
#include "observe/process.h"

enum { OP_BYTES = 1 << 20, ROUND_MS = 5000, HURRIED_MS = 1000 };
enum { WALK_MS = 60000 }; /* files are added up that often: there may be many */

#define MS ((uint64_t)1000000)

enum state { UNKNOWN, WELL, UNWELL };

/* One store and what it said last. */
struct patient {
    vg_beat *beat;
    const vg_store_parts *store;
    vg_cell label;
    vg_op *op; /* under way; NULL: none */
    enum state state;
};

struct vg_beat {
    vg_parts *parts;
    struct patient patients[2];
    vg_timer timer;
    uint64_t due_ns; /* when those that are well are asked next; 0: now */
    vg_work sampling;
    uint64_t walk_due_ns;    /* when the files are added up next */
    bool is_walking;         /* this sampling does */
    vg_store_counts counted; /* of it, last */
    _Atomic bool is_sampling;
    bool is_stopped;
};

static bool are_all_well(const vg_beat *beat)
{
    return beat->patients[0].state == WELL && beat->patients[1].state == WELL;
}

/* Said when it changes, and when it begins badly. */
static void tell(const struct patient *patient, const vg_status *status, enum state now)
{
    vg_slice name = vg_slice_str(patient->store->backend.adapter->name);

    if (now == UNWELL && patient->state != UNWELL)
        vg_log(VG_WARN, "a store is not well", VG_S("store", name),
               VG_S("what", vg_status_what(status)), VG_S("where", status->where),
               VG_Z("code", vg_code_describe(status->code)->metric));
    else if (now == WELL && patient->state == UNWELL)
        vg_log(VG_INFO, "a store is well again", VG_S("store", name));
}

static void on_answer(vg_op *op)
{
    struct patient *patient = op->done_arg;
    vg_beat *beat = patient->beat;
    enum state now = op->status.code == VG_OK ? WELL : UNWELL;

    if (!beat->is_stopped)
        tell(patient, &op->status, now);
    patient->state = now;
    patient->op = NULL;
    vg_arena_free(op->arena);
    if (!beat->is_stopped)
        vg_metrics_set(beat->parts->metrics, VG_M_backend_up, patient->label, now == WELL);
    if (!beat->is_stopped)
        vg_front_set_ready(beat->parts->front, are_all_well(beat));
}

static void ask(struct patient *patient)
{
    vg_parts *parts = patient->beat->parts;
    vg_arena *arena = patient->op == NULL ? vg_arena_new(OP_BYTES) : NULL;
    vg_op *op = arena != NULL ? VG_TAKE(arena, vg_op) : NULL;

    if (op == NULL) {
        vg_arena_free(arena);
        return;
    }
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = VG_OP_HEALTH,
                  .arena = arena,
                  .who = &parts->tenant,
                  .deadline_ns = vg_loop_now_ns(parts->loop) + ROUND_MS * MS,
                  .now_ms = vg_loop_wall_ms(parts->loop),
                  .done = on_answer,
                  .done_arg = patient};
    vg_random_bytes(op->chance, sizeof op->chance);
    patient->op = op;
    vg_call_start(patient->store->runner, op);
}

/* ---- samples, on the misc pool ---- */

static void sample_disk(const vg_parts *parts)
{
    vg_disk disk;

    if (!vg_disk_sample(parts->conf->data, &disk))
        return;
    vg_metrics_set(parts->metrics, VG_M_data_disk_bytes, (vg_cell){0}, (int64_t)disk.bytes);
    vg_metrics_set(parts->metrics, VG_M_data_disk_free_bytes, (vg_cell){0},
                   (int64_t)disk.free_bytes);
}

static void sample_points(const vg_beat *beat)
{
    const vg_backend *backend = &beat->parts->vector.backend;

    if (backend->adapter->count_points != NULL)
        vg_metrics_set(beat->parts->metrics, VG_M_points, beat->patients[0].label,
                       (int64_t)backend->adapter->count_points(backend));
}

static void sample(vg_work *work)
{
    const vg_beat *beat = vg_container_of(work, vg_beat, sampling);

    vg_process_sample();
    sample_disk(beat->parts);
    sample_points(beat);
    if (beat->is_walking)
        vg_metrics_set(beat->parts->metrics, VG_M_data_bytes, (vg_cell){0},
                       (int64_t)vg_disk_used(beat->parts->conf->data));
}

static void on_sampled(vg_work *work)
{
    vg_beat *beat = vg_container_of(work, vg_beat, sampling);

    atomic_store(&beat->is_sampling, false);
}

static void begin_sampling(vg_beat *beat, uint64_t now_ns)
{
    if (atomic_exchange(&beat->is_sampling, true))
        return;
    beat->is_walking = now_ns >= beat->walk_due_ns;
    if (beat->is_walking)
        beat->walk_due_ns = now_ns + WALK_MS * MS;
    if (!vg_pools_post(beat->parts->pools, VG_POOL_MISC, &beat->sampling))
        atomic_store(&beat->is_sampling, false);
}

/* ---- what a local store counts ---- */

static void count_stores(vg_beat *beat)
{
    const vg_backend *backend = &beat->parts->vector.backend;
    vg_metrics *metrics = beat->parts->metrics;
    vg_store_counts now, last = beat->counted;

    if (backend->adapter->count == NULL)
        return;
    backend->adapter->count(backend, &now);
    vg_metrics_set(metrics, VG_M_tenant_stores_open, beat->patients[0].label, now.tenants_open);
    vg_metrics_add(metrics, VG_M_tenant_stores_opened_total, beat->patients[0].label,
                   now.tenants_opened - last.tenants_opened);
    vg_metrics_add(metrics, VG_M_tenant_stores_failed_total, beat->patients[0].label,
                   now.tenants_failed - last.tenants_failed);
    vg_metrics_add(metrics, VG_M_tenant_stores_closed_total, beat->patients[0].label,
                   now.tenants_closed - last.tenants_closed);
    beat->counted = now;
}

/* ---- rounds ---- */

/* An interval of 0 leaves those that are well alone. */
static bool is_time_to_ask(vg_beat *beat, uint64_t now_ns)
{
    uint64_t interval_ms = beat->parts->conf->health_ms;

    if (are_all_well(beat) && (interval_ms == 0 || now_ns < beat->due_ns))
        return false;
    beat->due_ns = now_ns + interval_ms * MS;
    return true;
}

static uint64_t rest_ms(const vg_beat *beat)
{
    uint64_t interval_ms = beat->parts->conf->health_ms;

    if (!are_all_well(beat) || (interval_ms > 0 && interval_ms < HURRIED_MS))
        return HURRIED_MS;
    return interval_ms > 0 && interval_ms < ROUND_MS ? interval_ms : ROUND_MS;
}

static void on_timer(vg_timer *timer)
{
    vg_beat *beat = vg_container_of(timer, vg_beat, timer);
    uint64_t now_ns = vg_loop_now_ns(beat->parts->loop);
    uint64_t next_ns = now_ns + rest_ms(beat) * MS;

    if (is_time_to_ask(beat, now_ns)) {
        for (int i = 0; i < 2; i++)
            ask(&beat->patients[i]);
    }
    begin_sampling(beat, now_ns);
    vg_metrics_refresh(beat->parts->metrics);
    count_stores(beat);
    vg_metrics_add(beat->parts->metrics, VG_M_log_lines_dropped_total, (vg_cell){0},
                   vg_log_take_lost());
    vg_runner_show_bounds(beat->parts->vector.runner);
    vg_timer_start(beat->parts->loop, timer, next_ns);
}

static void name_patients(vg_beat *beat)
{
    vg_metrics *metrics = beat->parts->metrics;

    for (int i = 0; metrics != NULL && i < 2; i++)
        beat->patients[i].label.backend = vg_metrics_backend(
            metrics, vg_slice_str(beat->patients[i].store->backend.adapter->name));
}

vg_beat *vg_beat_new(vg_parts *parts)
{
    vg_beat *beat = calloc(1, sizeof *beat);

    if (beat == NULL)
        return NULL;
    beat->parts = parts;
    beat->patients[0] = (struct patient){.beat = beat, .store = &parts->vector};
    beat->patients[1] = (struct patient){.beat = beat, .store = &parts->metadata};
    beat->sampling = (vg_work){.run = sample, .finished = on_sampled};
    beat->timer.on_timer = on_timer;
    name_patients(beat);
    vg_timer_start(parts->loop, &beat->timer, vg_loop_now_ns(parts->loop));
    return beat;
}

void vg_beat_stop(vg_beat *beat)
{
    beat->is_stopped = true;
    vg_timer_stop(beat->parts->loop, &beat->timer);
    vg_front_set_ready(beat->parts->front, false);
    for (int i = 0; i < 2; i++)
        if (beat->patients[i].op != NULL)
            vg_call_cancel(beat->patients[i].op, VG_UNAVAILABLE);
}

bool vg_beat_is_busy(const vg_beat *beat)
{
    return beat->patients[0].op != NULL || beat->patients[1].op != NULL ||
           atomic_load(&beat->is_sampling);
}

void vg_beat_free(vg_beat *beat)
{
    free(beat);
}
