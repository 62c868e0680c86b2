/* When to ask a second time: after what nineteen in twenty of the last minute's reads of that kind
 * took. A small histogram; pure, time is given. Words are atomics that several workers share, each
 * with the slice of time that it is of; all zero: nothing was asked yet.
 *
 * Races: two that count in the same place at once both count (compare and swap). Of two workers
 * that spend the last of the share at once both may: a share of reads is no promise to the read. */
#ifndef CALL_HEDGE_H
#define CALL_HEDGE_H

#include <stdatomic.h>

#include "vecgate/op.h"
#include "vecgate/resilience.h"

#include "call/window.h"

enum {
    VG_HEDGE_SLICES = 6,
    VG_HEDGE_BOUNDS = 72,
    VG_HEDGE_WINDOW_MS = 60000,
    VG_HEDGE_LEAST = 100, /* fewer tell nothing */
};

/* Durations of one kind of operation. */
typedef struct vg_latencies {
    /* which ten seconds since the clock began, plus one : 32, how many : 32 */
    _Atomic uint64_t places[VG_HEDGE_SLICES][VG_HEDGE_BOUNDS];
} vg_latencies;

typedef struct vg_hedges {
    vg_latencies kinds[VG_OP_KINDS];
    vg_window spent; /* all reads, and those that were asked twice */
} vg_hedges;

void vg_latencies_add(vg_latencies *latencies, uint64_t took_ns, uint64_t now_ms);
/* The upper bound of the place of the 95th percentile, at most a quarter above it; 0: fewer than
 * VG_HEDGE_LEAST in the last minute. */
uint64_t vg_latencies_p95_ns(const vg_latencies *latencies, uint64_t now_ms);

/* A read begins: after how long to ask again; 0: not at all. */
uint64_t vg_hedge_after_ns(vg_hedges *hedges, vg_op_kind kind, uint64_t now_ms);
/* Now is that time. True: it may, and is counted; at most `percent` of the last minute's reads. */
bool vg_hedge_take(vg_hedges *hedges, const vg_hedge_conf *conf, uint64_t now_ms);

#endif
