/* The clocks, read from the system. What drives a loop reads them, and what measures how long
 * something took; decisions are given the time (vg_loop_now_ns(), op->now_ms). Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "vecgate/types.h"

uint64_t vg_clock_now_ns(void);    /* monotonic: for deadlines and durations */
uint64_t vg_clock_thread_ns(void); /* CPU time of this thread; a call into the kernel */
uint64_t vg_clock_wall_ms(void);   /* since 1970, UTC: for people and tokens; it may jump */
/* The wall clock, since 1970 in UTC, less the monotonic one: what makes a time stamp of a moment.
 */
uint64_t vg_clock_wall_less_ns(void);

#endif
