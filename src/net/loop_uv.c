/* The uv side of a vg_loop. One pass of uv_run():
 *
 *     timers ─► idle ─► prepare ─► poll ─► check ─► (closing)
 *       │                  │        │        │
 *   a timer is due   turn if asked  callbacks turn if they asked
 *
 * So what a callback of the poll posts runs in the same pass; what a turn posts makes the idle
 * handle active, and the next poll does not wait. */
#include "net/loop_uv.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

struct vg_loop_uv {
    vg_loop_driver driver;
    vg_loop *loop;
    vg_metrics *metrics;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    uv_timer_t timer;
    uv_async_t async;
    int open_handles;
    bool turn_wanted;
    uint64_t timer_due_ns; /* what `timer` is set for; UINT64_MAX: not set */
    uint64_t now_ns;       /* 0: must be read again */
    uint64_t wall_ms;
    uint64_t pass_began_ns; /* the last poll was entered then, */
    uint64_t pass_idle_ns;  /* with so much waiting before it */
    uint64_t longest_ns;
    uint64_t cpu_ns; /* of this thread, when it was last read */
    uint64_t cpu_read_ns;
    uint64_t most_cpu_ns;
};

enum { CPU_EVERY_NS = 500000 };

/* --- clocks ---------------------------------------------------------------------------------- */

static uint64_t now_ns(void *arg)
{
    vg_loop_uv *self = arg;

    if (self->now_ns == 0)
        self->now_ns = uv_hrtime();
    return self->now_ns;
}

static uint64_t wall_ms(void *arg)
{
    vg_loop_uv *self = arg;
    struct timespec now;

    if (self->wall_ms == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        self->wall_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    }
    return self->wall_ms;
}

static void forget_time(vg_loop_uv *self)
{
    self->now_ns = 0;
    self->wall_ms = 0;
}

/* --- turning --------------------------------------------------------------------------------- */

/* It is there so that the poll does not wait. */
static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_timer(uv_timer_t *timer)
{
    vg_loop_uv *self = timer->data;

    forget_time(self);
    self->timer_due_ns = UINT64_MAX;
    self->turn_wanted = true;
}

/* Only ever moved to an earlier time: one that fires too early costs a turn with nothing to do,
 * which is less than moving it whenever the first of many timers changes. */
static void set_timer(vg_loop_uv *self, uint64_t due_ns)
{
    uint64_t now, wait_ns;

    if (due_ns >= self->timer_due_ns)
        return;
    now = uv_hrtime();
    wait_ns = due_ns > now ? due_ns - now : 0;
    self->timer_due_ns = due_ns;
    uv_update_time(self->timer.loop);
    uv_timer_start(&self->timer, on_timer, (wait_ns + 999999) / 1000000, 0);
}

static void want_turn(void *arg, uint64_t due_ns)
{
    vg_loop_uv *self = arg;

    if (due_ns != 0) {
        set_timer(self, due_ns);
        return;
    }
    self->turn_wanted = true;
    uv_idle_start(&self->idle, on_idle); /* what is posted keeps uv_run() alive */
}

static void turn(vg_loop_uv *self)
{
    uint64_t due_ns;

    self->turn_wanted = false;
    due_ns = vg_loop_turn(self->loop);
    if (due_ns == 0)
        self->turn_wanted = true;
    else if (due_ns != UINT64_MAX)
        set_timer(self, due_ns);
}

/* What a pass computed, whatever else ran on its CPU meanwhile. That clock costs a call into the
 * kernel, so it is read twice a millisecond at most, and what came before a pass since the last
 * reading counts with it. */
static void measure_cpu(vg_loop_uv *self, uint64_t now)
{
    uint64_t before = self->cpu_ns, spent;

    if (now - self->cpu_read_ns < CPU_EVERY_NS)
        return;
    self->cpu_read_ns = now;
    self->cpu_ns = vg_clock_thread_ns();
    spent = self->cpu_ns - before;
    if (before == 0 || spent <= self->most_cpu_ns)
        return;
    self->most_cpu_ns = spent;
    if (self->metrics != NULL)
        vg_metrics_max(self->metrics, VG_M_loop_turn_cpu_max_seconds, (vg_cell){0}, (int64_t)spent);
}

/* The waiting inside the poll is the library's own count, so that callbacks of the poll are in. */
static void measure_pass(vg_loop_uv *self)
{
    uint64_t now = uv_hrtime();
    uint64_t idle = uv_metrics_idle_time(self->prepare.loop);
    uint64_t busy = now - self->pass_began_ns - (idle - self->pass_idle_ns);

    if (self->pass_began_ns != 0 && busy > self->longest_ns) {
        self->longest_ns = busy;
        if (self->metrics != NULL)
            vg_metrics_max(self->metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, (int64_t)busy);
    }
    self->pass_began_ns = now;
    self->pass_idle_ns = idle;
    measure_cpu(self, now);
}

static void on_prepare(uv_prepare_t *prepare)
{
    vg_loop_uv *self = prepare->data;

    if (self->turn_wanted)
        turn(self);
    if (self->turn_wanted)
        uv_idle_start(&self->idle, on_idle);
    else
        uv_idle_stop(&self->idle);
    measure_pass(self);
    forget_time(self);
}

static void on_check(uv_check_t *check)
{
    vg_loop_uv *self = check->data;

    if (self->turn_wanted)
        turn(self);
}

static void on_async(uv_async_t *async)
{
    vg_loop_uv *self = async->data;

    self->turn_wanted = true;
}

static void wake(void *arg)
{
    vg_loop_uv *self = arg;

    uv_async_send(&self->async);
}

/* --- life ------------------------------------------------------------------------------------ */

static void open_handles(vg_loop_uv *self, uv_loop_t *uv)
{
    uv_prepare_init(uv, &self->prepare);
    uv_check_init(uv, &self->check);
    uv_idle_init(uv, &self->idle);
    uv_timer_init(uv, &self->timer);
    self->prepare.data = self->check.data = self->idle.data = self->timer.data = self;
    self->async.data = self;
    self->open_handles = 5;
    uv_prepare_start(&self->prepare, on_prepare);
    uv_check_start(&self->check, on_check);
    uv_unref((uv_handle_t *)&self->prepare);
    uv_unref((uv_handle_t *)&self->check);
    uv_unref((uv_handle_t *)&self->timer);
    uv_unref((uv_handle_t *)&self->async);
}

vg_loop_uv *vg_loop_uv_open(uv_loop_t *uv, vg_metrics *metrics)
{
    vg_loop_uv *self = calloc(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    self->metrics = metrics;
    self->timer_due_ns = UINT64_MAX;
    self->driver = (vg_loop_driver){
        .now_ns = now_ns, .wall_ms = wall_ms, .want_turn = want_turn, .wake = wake, .arg = self};
    self->loop = vg_loop_new(&self->driver);
    /* The async comes first: it is the one that can fail, and then nothing is open. */
    if (self->loop == NULL || uv_async_init(uv, &self->async, on_async) != 0) {
        if (self->loop != NULL)
            vg_loop_free(self->loop);
        free(self);
        return NULL;
    }
    open_handles(self, uv);
    uv_loop_configure(uv, UV_METRICS_IDLE_TIME);
    return self;
}

vg_loop *vg_loop_uv_loop(const vg_loop_uv *self)
{
    return self->loop;
}

static void on_closed(uv_handle_t *handle)
{
    vg_loop_uv *self = handle->data;

    if (--self->open_handles == 0)
        free(self);
}

void vg_loop_uv_close(vg_loop_uv *self)
{
    vg_loop_free(self->loop);
    uv_close((uv_handle_t *)&self->prepare, on_closed);
    uv_close((uv_handle_t *)&self->check, on_closed);
    uv_close((uv_handle_t *)&self->idle, on_closed);
    uv_close((uv_handle_t *)&self->timer, on_closed);
    uv_close((uv_handle_t *)&self->async, on_closed);
}
