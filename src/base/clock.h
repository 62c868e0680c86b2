/* The two clocks, read from the system. Only what drives a loop reads them; everybody else is given
 * the time (vg_loop_now_ns(), op->now_ms). Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "vecgate/types.h"

uint64_t vg_clock_now_ns(void);  /* monotonic: for deadlines and durations */
uint64_t vg_clock_wall_ms(void); /* since 1970, UTC: for people and tokens; it may jump */

#endif
