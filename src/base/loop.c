/* The loop: a heap of timers, a list of posted tasks, and a stack of tasks that other threads woke
 * it with. It waits for nothing; its driver turns it.
 *
 *     other threads ─► woken (lock-free stack) ─┐
 *     post() ────────► posted (list) ───────────┴─► batch ─► run, in the order they came
 *     timer_start() ─► heap, by due time ─────────► run, due ones first
 *
 * A turn takes the batch before anything runs, and only timers started before it began: what a
 * callback starts or posts is the next turn's. To hold that for timers, each gets a number, and one
 * started for the past is filed under now: behind all that are due already. */
#include "base/loop.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"

enum { FIRST_ROOM = 64 };

struct entry {
    uint64_t due_ns; /* never before the turn in which it was started */
    uint64_t number; /* of its start: among equals, the first started is the first run */
    vg_timer *timer;
};

struct vg_loop {
    const vg_loop_driver *driver;
    struct entry *heap; /* from 1 on: slot 0 means "not started" */
    size_t timers;
    size_t room;
    uint64_t next_number;
    vg_task *first; /* posted */
    vg_task *last;
    _Atomic(vg_task *) woken; /* newest first */
    uint64_t now_ns;          /* of this turn */
    uint64_t wall_ms;
    bool turning;
};

vg_loop *vg_loop_new(const vg_loop_driver *driver)
{
    vg_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return NULL;
    loop->driver = driver;
    loop->room = FIRST_ROOM;
    loop->heap = calloc(loop->room, sizeof(*loop->heap));
    if (loop->heap == NULL) {
        free(loop);
        return NULL;
    }
    return loop;
}

void vg_loop_free(vg_loop *loop)
{
    if (loop == NULL)
        return;
    VG_CHECK(!loop->turning);
    VG_CHECK(loop->timers == 0);
    VG_CHECK(loop->first == NULL && atomic_load(&loop->woken) == NULL);
    free(loop->heap);
    free(loop);
}

uint64_t vg_loop_now_ns(const vg_loop *loop)
{
    return loop->turning ? loop->now_ns : loop->driver->now_ns(loop->driver->arg);
}

uint64_t vg_loop_wall_ms(const vg_loop *loop)
{
    return loop->turning ? loop->wall_ms : loop->driver->wall_ms(loop->driver->arg);
}

/* Inside a turn there is nothing to ask for: its answer says when the next one is due. */
static void want_turn(vg_loop *loop, uint64_t due_ns)
{
    if (!loop->turning)
        loop->driver->want_turn(loop->driver->arg, due_ns);
}

/* ---- tasks ---- */

static void append(vg_loop *loop, vg_task *task)
{
    task->next = NULL;
    if (loop->first == NULL)
        loop->first = task;
    else
        loop->last->next = task;
    loop->last = task;
}

void vg_loop_post(vg_loop *loop, vg_task *task)
{
    bool was_empty = loop->first == NULL;

    VG_CHECK(!task->is_posted);
    task->is_posted = true;
    append(loop, task);
    if (was_empty)
        want_turn(loop, 0);
}

void vg_loop_wake(vg_loop *loop, vg_task *task)
{
    const vg_loop_driver *driver = loop->driver;
    vg_task *top = atomic_load_explicit(&loop->woken, memory_order_relaxed);

    VG_CHECK(!task->is_posted);
    task->is_posted = true;
    do
        task->next = top;
    while (!atomic_compare_exchange_weak_explicit(&loop->woken, &top, task, memory_order_release,
                                                  memory_order_relaxed));
    /* From here on the task may have run and be gone; the driver outlives both. */
    driver->wake(driver->arg);
}

/* The woken ones go behind the posted ones, oldest first. */
static void take_woken(vg_loop *loop)
{
    vg_task *task = atomic_exchange_explicit(&loop->woken, NULL, memory_order_acquire);
    vg_task *oldest = NULL;
    vg_task *next;

    for (; task != NULL; task = next) {
        next = task->next;
        task->next = oldest;
        oldest = task;
    }
    for (task = oldest; task != NULL; task = next) {
        next = task->next;
        append(loop, task);
    }
}

static vg_task *take_batch(vg_loop *loop)
{
    vg_task *batch;

    take_woken(loop);
    batch = loop->first;
    loop->first = loop->last = NULL;
    return batch;
}

static void run_batch(vg_task *batch)
{
    vg_task *next;

    for (vg_task *task = batch; task != NULL; task = next) {
        next = task->next; /* run() may free the task, or post it again */
        task->is_posted = false;
        task->run(task);
    }
}

/* ---- timers ---- */

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static void put_at(vg_loop *loop, size_t slot, struct entry entry)
{
    loop->heap[slot] = entry;
    entry.timer->slot = slot;
}

static void sift_up(vg_loop *loop, size_t slot, struct entry entry)
{
    for (; slot > 1 && is_before(&entry, &loop->heap[slot / 2]); slot /= 2)
        put_at(loop, slot, loop->heap[slot / 2]);
    put_at(loop, slot, entry);
}

static void sift_down(vg_loop *loop, size_t slot, struct entry entry)
{
    for (size_t child; (child = 2 * slot) <= loop->timers; slot = child) {
        if (child < loop->timers && is_before(&loop->heap[child + 1], &loop->heap[child]))
            child++;
        if (!is_before(&loop->heap[child], &entry))
            break;
        put_at(loop, slot, loop->heap[child]);
    }
    put_at(loop, slot, entry);
}

/* Room for one more. A loop that cannot keep its promises ends the process. */
static void make_room(vg_loop *loop)
{
    struct entry *heap;

    if (loop->timers + 1 < loop->room)
        return;
    heap = realloc(loop->heap, 2 * loop->room * sizeof(*heap));
    VG_CHECK(heap != NULL);
    loop->heap = heap;
    loop->room *= 2;
}

void vg_timer_start(vg_loop *loop, vg_timer *timer, uint64_t due_ns)
{
    struct entry entry = {.due_ns = due_ns, .number = loop->next_number++, .timer = timer};

    vg_timer_stop(loop, timer);
    if (loop->turning && due_ns < loop->now_ns)
        entry.due_ns = loop->now_ns;
    timer->due_ns = due_ns;
    make_room(loop);
    sift_up(loop, ++loop->timers, entry);
    if (timer->slot == 1)
        want_turn(loop, due_ns);
}

void vg_timer_stop(vg_loop *loop, vg_timer *timer)
{
    size_t slot = timer->slot;
    struct entry last;

    if (slot == 0)
        return;
    VG_CHECK(slot <= loop->timers && loop->heap[slot].timer == timer);
    last = loop->heap[loop->timers--];
    timer->slot = 0;
    if (last.timer == timer)
        return;
    if (slot > 1 && is_before(&last, &loop->heap[slot / 2]))
        sift_up(loop, slot, last);
    else
        sift_down(loop, slot, last);
}

/* The first timer, if it is due and was started before `limit`. */
static vg_timer *due_timer(const vg_loop *loop, uint64_t limit)
{
    const struct entry *first = &loop->heap[1];

    if (loop->timers == 0 || first->due_ns > loop->now_ns || first->number >= limit)
        return NULL;
    return first->timer;
}

/* ---- a turn ---- */

static uint64_t next_due(const vg_loop *loop)
{
    if (loop->first != NULL || atomic_load_explicit(&loop->woken, memory_order_relaxed) != NULL)
        return 0;
    if (loop->timers == 0)
        return UINT64_MAX;
    return loop->heap[1].due_ns;
}

uint64_t vg_loop_turn(vg_loop *loop)
{
    uint64_t limit = loop->next_number;
    vg_task *batch;
    vg_timer *timer;

    VG_CHECK(!loop->turning);
    loop->now_ns = loop->driver->now_ns(loop->driver->arg);
    loop->wall_ms = loop->driver->wall_ms(loop->driver->arg);
    loop->turning = true;
    batch = take_batch(loop);
    while ((timer = due_timer(loop, limit)) != NULL) {
        vg_timer_stop(loop, timer);
        timer->on_timer(timer);
    }
    run_batch(batch);
    loop->turning = false;
    return next_due(loop);
}
