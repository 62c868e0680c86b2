/* How the troubles of one backend are met: the values of `vector.<backend>.resilience`. Rows and
 * defaults are in config/resilience.c; all zero: nothing is held back, repeated or limited. */
#ifndef VECGATE_RESILIENCE_H
#define VECGATE_RESILIENCE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct vg_breaker_conf {
    bool is_on;
    uint64_t window_ms; /* failures are counted over so long … */
    uint64_t least;     /* … and mean nothing before so many exchanges */
    uint64_t percent;   /* of these that open it */
    uint64_t connects;  /* failures to connect in a row that open it */
    uint64_t open_ms;   /* the first time; doubled each time that a probe fails … */
    uint64_t open_most_ms;
    uint64_t probes;  /* that must succeed, one after the other */
    uint64_t slow_ms; /* a time-out counts when the exchange had so long */
} vg_breaker_conf;

typedef struct vg_retry_conf {
    uint64_t most; /* of one exchange; 0: none */
    uint64_t wait_ms;
    uint64_t throttled_most; /* after 429 */
    uint64_t throttled_wait_ms;
    uint64_t percent; /* of the exchanges of the window may be retries … */
    uint64_t least;   /* … or so many, if that is more */
    uint64_t window_ms;
} vg_retry_conf;

/* Rates are operations per second; 0: none is set. */
typedef struct vg_quota_conf {
    uint64_t rate;
    uint64_t burst;
    uint64_t tenant_rate;
    uint64_t tenant_burst;
    uint64_t slow_percent;  /* what is left of a rate after a 429 */
    uint64_t quick_percent; /* of the rate set that comes back for each second without one */
} vg_quota_conf;

typedef struct vg_admit_conf {
    uint64_t most;    /* operations in flight, of all workers; 0: no bound */
    uint64_t waiting; /* that wait for a place, per worker */
} vg_admit_conf;

typedef struct vg_hedge_conf {
    bool is_on;
    uint64_t percent; /* of the reads may be asked twice */
} vg_hedge_conf;

typedef struct vg_resilience {
    vg_breaker_conf breaker;
    vg_retry_conf retry;
    vg_quota_conf quota;
    vg_admit_conf admit;
    vg_hedge_conf hedge;
} vg_resilience;

#endif
