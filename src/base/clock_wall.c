/* The two clocks beside each other. */
#include <time.h>

#include "base/clock.h"

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Of three readings the quickest: the thread may lose its CPU between two clocks. */
uint64_t vg_clock_wall_less_ns(void)
{
    uint64_t least_ns = UINT64_MAX, less_ns = 0;

    for (int i = 0; i < 3; i++) {
        uint64_t before = read_ns(CLOCK_MONOTONIC), wall = read_ns(CLOCK_REALTIME);
        uint64_t took = read_ns(CLOCK_MONOTONIC) - before;

        if (took >= least_ns)
            continue;
        least_ns = took;
        less_ns = wall - before - took / 2;
    }
    return less_ns;
}
