/* A loop whose clock the test turns: nothing waits, nothing runs by itself. */
#ifndef VG_TESTS_SUPPORT_FAKE_LOOP_H
#define VG_TESTS_SUPPORT_FAKE_LOOP_H

#include "base/loop.h"

typedef struct fake_loop fake_loop;

/* Its clock stands at 1 s, its wall clock at 1 700 000 000 000 ms; both move with
 * fake_loop_advance(). */
fake_loop *fake_loop_new(void);
/* Nothing may be posted or started any more: whatever was left behind ends the test. */
void fake_loop_free(fake_loop *fake);
vg_loop *fake_loop_loop(const fake_loop *fake);

/* Turns until nothing is posted and no timer is due. The clock stands still. */
void fake_loop_settle(fake_loop *fake);
/* Moves the clock by `ns`, stopping on the way at each timer that falls due, and settles at each
 * stop. */
void fake_loop_advance(fake_loop *fake, uint64_t ns);

/* For tests of the loop itself: what it asked of its driver since it was made. */
uint64_t fake_loop_turns_wanted(const fake_loop *fake);
uint64_t fake_loop_last_due(const fake_loop *fake); /* of the last wish; UINT64_MAX: none yet */
uint64_t fake_loop_wakes(const fake_loop *fake);

#endif
