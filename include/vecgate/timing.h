/* Where the time of one request went, for whoever asks (`explain`, the log of slow operations).
 * Kept by the front, carried by op->timing, NULL where nobody asks: then nothing is measured. One
 * thread at a time: the loop's, or that of a pool while the request is lent to it. */
#ifndef VECGATE_TIMING_H
#define VECGATE_TIMING_H

#include "vecgate/slice.h"

typedef enum vg_time {
#define TIME(kind, word) VG_TIME_##kind,
#include "vecgate/timing.def"
#undef TIME
    VG_TIMES
} vg_time;
const char *vg_time_word(vg_time time); /* "admission" */

/* One exchange with a store. */
typedef struct vg_timed {
    const char *name;  /* "qdrant.search" */
    uint64_t began_ns; /* since the request began */
    uint64_t took_ns;
    uint64_t connect_ns; /* of these, until there was a connection for it */
    uint64_t sent_bytes, reply_bytes;
    bool has_bytes;    /* false: it went to no other process */
    int attempt;       /* 1; 2, …: it is the same one, sent again */
    bool is_hedge;     /* of a second try beside the first */
    const char *code;  /* how it ended: a metric name of status.def */
    const char *fault; /* no whole reply came: why; NULL: one did */
} vg_timed;

typedef struct vg_timing {
    uint64_t began_ns;
    uint64_t at_ns;          /* until when it is accounted for */
    vg_time own;             /* what the request itself is in, … */
    uint32_t busy[VG_TIMES]; /* … and how many of its operations are in each */
    uint64_t spent_ns[VG_TIMES];
    uint32_t exchanges; /* in all */
    uint32_t repeats;   /* of these, sent again */
    vg_timed slowest;
    vg_timed *list; /* the first of them, in the order of their ends; NULL: only counted */
    uint32_t room;
} vg_timing;

/* From the first byte on it is received. `list` and `room` are the caller's to set. */
void vg_timing_begin(vg_timing *timing, uint64_t began_ns);
/* The request itself goes on to `next`. NULL: no effect, here and below. */
void vg_timing_go(vg_timing *timing, vg_time next, uint64_t now_ns);
/* One of its operations does; VG_TIMES: it is not in any, before and after. */
void vg_timing_move(vg_timing *timing, vg_time from, vg_time to, uint64_t now_ns);
/* An exchange has ended; its operation is in EXCHANGE still. began_ns is by the clock. */
void vg_timing_exchange(vg_timing *timing, const vg_timed *timed, uint64_t now_ns);
/* What was spent here, neither receiving nor sending. */
uint64_t vg_timing_here_ns(const vg_timing *timing);

#endif
