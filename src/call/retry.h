/* Again, and when? Pure: what happened, time and chance are given. Reads may be repeated, and
 * writes whose exchange says so. A budget for all exchanges of a backend keeps retries from
 * drowning one that is sick: its window may be shared by workers (window.h). */
#ifndef CALL_RETRY_H
#define CALL_RETRY_H

#include "vecgate/exchange.h"
#include "vecgate/resilience.h"

#include "call/window.h"

/* An exchange that failed. */
typedef struct vg_retry_case {
    vg_code code;            /* its row in status.def says whether it is worth it */
    uint32_t retry_after_ms; /* what the backend asked for; 0: nothing */
    vg_repeat repeat;
    bool was_sent;      /* a byte of it may have reached the backend */
    uint32_t retries;   /* of this exchange so far, after anything but THROTTLED … */
    uint32_t throttled; /* … and after THROTTLED */
    uint64_t now_ms, deadline_ms;
    uint32_t chance;
} vg_retry_case;

typedef enum vg_retry_verdict {
    VG_RETRY_AGAIN,
    VG_RETRY_USELESS, /* it would end the same way, or must not be repeated */
    VG_RETRY_ENOUGH,  /* it was repeated as often as may be */
    VG_RETRY_LATE,    /* the deadline passes before */
    VG_RETRY_SPENT,   /* the budget is used up */
} vg_retry_verdict;

typedef struct vg_retry_answer {
    vg_retry_verdict verdict;
    uint32_t wait_ms; /* with AGAIN: before it is sent */
} vg_retry_answer;

/* Up to wait_ms, then up to twice that, … (full jitter), at most `most` times. After THROTTLED
 * throttled_wait_ms, twice that, … and a tenth more at most, unless the backend named a time. What
 * a backend asks for is never cut short. AGAIN has taken from the budget. */
vg_retry_answer vg_retry_decide(const vg_retry_conf *conf, vg_window *budget,
                                const vg_retry_case *failed);
/* An exchange is sent for the first time: the budget grows. */
void vg_retry_note_sent(const vg_retry_conf *conf, vg_window *budget, uint64_t now_ms);

#endif
