/* Time, timers and posted tasks of one worker, without any library in sight: the runner and the
 * layers above are tested with a loop whose clock the test turns. Only vg_loop_wake() may be called
 * from another thread.
 *
 * src/net/loop_uv.c drives one from a uv_loop_t; tests/support/fake_loop.c by hand. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include "vecgate/types.h"

/* A thing to run later, on the loop's thread, outside of the caller. Embedded in its owner. */
typedef struct vg_task vg_task;
struct vg_task {
    void (*run)(vg_task *task);
    vg_task *next;  /* the loop's while it is posted */
    bool is_posted; /* posting twice is a mistake (checked) */
};

typedef struct vg_timer vg_timer;
struct vg_timer {
    void (*on_timer)(vg_timer *timer);
    uint64_t due_ns;
    size_t slot; /* the loop's: place in its heap, 0 when not started */
};

/* What drives the loop: its clock, and how it asks to be turned. */
typedef struct vg_loop_driver {
    uint64_t (*now_ns)(void *arg);  /* monotonic */
    uint64_t (*wall_ms)(void *arg); /* since 1970, UTC */
    void (*want_turn)(
        void *arg, uint64_t due_ns); /* loop thread: turn me at due_ns (0: as soon as possible) */
    void (*wake)(void *arg);         /* any thread: turn me soon */
    void *arg;
} vg_loop_driver;

vg_loop *vg_loop_new(const vg_loop_driver *driver); /* the driver must outlive it */
/* Nothing may be posted or started any more. */
void vg_loop_free(vg_loop *loop);

/* The time of this turn (cached: constant while callbacks of one turn run). */
uint64_t vg_loop_now_ns(const vg_loop *loop);
uint64_t vg_loop_wall_ms(const vg_loop *loop);

/* `task->run` is called from a later turn, in the order posted. Loop's thread only. */
void vg_loop_post(vg_loop *loop, vg_task *task);
/* The same from any other thread. */
void vg_loop_wake(vg_loop *loop, vg_task *task);

/* Once, at or after due_ns. Starting a started timer moves it. Stopping one that is not started: no
 * effect. */
void vg_timer_start(vg_loop *loop, vg_timer *timer, uint64_t due_ns);
void vg_timer_stop(vg_loop *loop, vg_timer *timer);

/* Called by the driver: runs what is due and what is posted. What these post runs in the next turn.
 * Answers when the next turn is due on the clock of now_ns: 0 at once, UINT64_MAX never. */
uint64_t vg_loop_turn(vg_loop *loop);

#endif
