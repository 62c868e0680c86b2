/* Chance that can be repeated: the seed is printed, and VG_SEED=… runs the same again. */
#ifndef VG_TESTS_SUPPORT_CHANCE_H
#define VG_TESTS_SUPPORT_CHANCE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t chance_state;

/* Call first in every test that uses chance. */
static inline void chance_begin(const char *test)
{
    const char *given = getenv("VG_SEED");
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    chance_state = given != NULL ? strtoull(given, NULL, 10)
                                 : (uint64_t)now.tv_sec * 1000000007 + (uint64_t)now.tv_nsec;
    chance_state |= 1; /* never 0: xorshift would stay there */
    printf("%s: VG_SEED=%llu\n", test, (unsigned long long)chance_state);
}

static inline uint64_t chance_next(void)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state * 0x9e3779b97f4a7c15;
}

static inline size_t chance_below(size_t n)
{
    return (size_t)(chance_next() >> 32) % n;
}

#endif
