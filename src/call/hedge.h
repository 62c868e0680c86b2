/* When to ask a second time: after what nineteen in twenty of the last minute's reads of that kind
 * took. A small histogram; pure, of one worker's loop, time is given. */
#ifndef CALL_HEDGE_H
#define CALL_HEDGE_H

#include "vecgate/op.h"
#include "vecgate/resilience.h"

#include "call/window.h"

enum { VG_HEDGE_SLICES = 6, VG_HEDGE_BOUNDS = 72, VG_HEDGE_WINDOW_MS = 60000 };

/* Durations of one kind of operation. */
typedef struct vg_latencies {
    uint64_t
        numbers[VG_HEDGE_SLICES]; /* which ten seconds since the clock began, plus one; 0: none */
    uint16_t counts[VG_HEDGE_SLICES][VG_HEDGE_BOUNDS];
} vg_latencies;

typedef struct vg_hedges {
    vg_latencies kinds[VG_OP_KINDS];
    vg_window spent; /* all reads, and those that were asked twice */
} vg_hedges;

void vg_latencies_add(vg_latencies *latencies, uint64_t took_ns, uint64_t now_ms);
/* The upper bound of the place of the 95th percentile, at most a quarter above it; 0: fewer than
 * 100 in the last minute, too few to say. */
uint64_t vg_latencies_p95_ns(const vg_latencies *latencies, uint64_t now_ms);

/* A read begins: after how long to ask again; 0: not at all. */
uint64_t vg_hedge_after_ns(vg_hedges *hedges, vg_op_kind kind, uint64_t now_ms);
/* Now is that time. True: it may, and is counted; at most `percent` of the last minute's reads. */
bool vg_hedge_take(vg_hedges *hedges, const vg_hedge_conf *conf, uint64_t now_ms);

#endif
