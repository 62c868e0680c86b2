/* The check that makes a vector cheap: is this an array of numbers and nothing else, where does it
 * end, how many are there? One answer from four ways of computing it. */
#ifndef BASE_JSON_NUMBERS_H
#define BASE_JSON_NUMBERS_H

#include "vecgate/json.h"

typedef struct vg_numbers {
    const char *stop; /* the closing bracket; on a fault the first wrong byte, or `end` */
    size_t count;     /* of numbers, when it is good */
} vg_numbers;

/* Checks from behind the opening bracket to the closing one. VG_JSON_PAD bytes behind `end` must be
 * readable. True: good, and at least one number. */
typedef bool vg_numbers_fn(const char *at, const char *end, vg_numbers *out);

/* The fastest one that this machine runs. */
vg_numbers_fn vg_numbers_scan;

/* Each way by itself, for tests and benchmarks; the first is the reference. */
typedef struct vg_numbers_way {
    const char *name;
    vg_numbers_fn *scan;
} vg_numbers_way;

/* The way of that place, slowest first; NULL when there are no more, or this machine cannot run it.
 */
const vg_numbers_way *vg_numbers_ways(size_t place);

#endif
