/* How fast this machine reads memory: the bound of an exact search, which must look at every
 * vector. Sums an array of so many bytes again and again, for half a second, on the core it is
 * started on, and answers the bytes per second of its best pass. An array that fits a cache is
 * read from there, as the vectors of a small collection are.
 *
 *     read_rate BYTES */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LANES = 32 };

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* Independent sums, so that additions wait for memory and not for each other. */
static uint64_t sum(const uint64_t *at, size_t count)
{
    uint64_t lanes[LANES] = {0}, all = 0;

    for (size_t i = 0; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += at[i + lane];
    for (size_t lane = 0; lane < LANES; lane++)
        all += lanes[lane];
    return all;
}

int main(int argc, char **argv)
{
    size_t bytes = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    uint64_t *at = bytes >= LANES * sizeof(uint64_t) ? malloc(bytes) : NULL;
    double begin, best = 0;
    volatile uint64_t seen = 0; /* what nobody looks at would not be computed */

    if (at == NULL) {
        fprintf(stderr, "read_rate BYTES\n");
        return EXIT_FAILURE;
    }
    memset(at, 1, bytes); /* pages that nobody wrote are all the same one */
    begin = now();
    while (now() - begin < 0.5) {
        double pass = now(), rate;
        seen = seen + sum(at, bytes / sizeof(uint64_t));
        rate = (double)bytes / (now() - pass);
        best = rate > best ? rate : best;
    }
    printf("%.0f\n", best);
    free(at);
    return EXIT_SUCCESS;
}
