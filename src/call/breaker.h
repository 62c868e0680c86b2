/* The breaker of one endpoint: let through, or refused at once? Pure: time and chance are given, so
 * that its behaviour is a timeline. All its words are atomics that several workers share; all zero
 * is a closed one.
 *
 * Whoever was let in says once how its exchange ended. What counts as a failure is the caller's to
 * judge (vg_verdict).
 *
 * Races: state, level, passed probes and time are one word, so that each transition is one compare
 * and swap, done by one worker alone, who is told of it (`change`). A ticket holds the word as it
 * was after its probe was let in: what a probe that took too long brings is dropped once another is
 * out. The counts beside the word may miss an exchange that ends while another worker opens or
 * closes: it would have been forgotten a moment later. */
#ifndef CALL_BREAKER_H
#define CALL_BREAKER_H

#include <stddef.h>

#include "vecgate/resilience.h"

#include "call/window.h"

typedef enum vg_breaker_state {
    VG_BREAKER_CLOSED,    /* all pass */
    VG_BREAKER_OPEN,      /* none, for a time */
    VG_BREAKER_HALF_OPEN, /* one at a time, as a probe */
    VG_BREAKER_STATES,
} vg_breaker_state;

typedef enum vg_breaker_event {
    VG_BREAKER_TRIPS,   /* too many failures */
    VG_BREAKER_RESTED,  /* its time is over, and somebody asks */
    VG_BREAKER_PASSES,  /* a probe succeeds, and more must */
    VG_BREAKER_PROVEN,  /* the last that was needed succeeds */
    VG_BREAKER_FAILS,   /* a probe fails */
    VG_BREAKER_RETURNS, /* a probe tells nothing: it was cancelled */
    VG_BREAKER_EVENTS,
} vg_breaker_event;

/* Every transition there is, in the order in which docs show them. */
typedef struct vg_breaker_row {
    vg_breaker_state from;
    vg_breaker_event event;
    vg_breaker_state to;
    const char *says;
} vg_breaker_row;
extern const vg_breaker_row vg_breaker_rows[];
extern const size_t vg_breaker_row_count;
const char *vg_breaker_word(vg_breaker_state state); /* "half-open" */

typedef enum vg_verdict {
    VG_VERDICT_NONE,       /* tells nothing of the backend */
    VG_VERDICT_WELL,       /* it answered */
    VG_VERDICT_SICK,       /* it failed, or took too long */
    VG_VERDICT_NO_CONNECT, /* it was not even reached */
} vg_verdict;

typedef struct vg_breaker {
    _Atomic uint64_t word;     /* state : 2, level : 6, passed : 8, due_ms : 48 */
    _Atomic uint64_t connects; /* failures to connect in a row */
    _Atomic uint64_t cause;    /* of the newest failure: the caller's word */
    vg_window window;          /* all exchanges, and those that failed */
} vg_breaker;

/* What was let in; for vg_breaker_learn(). */
typedef struct vg_breaker_ticket {
    bool is_probe;
    uint64_t word;
} vg_breaker_ticket;

typedef struct vg_breaker_change {
    vg_breaker_state from, to; /* equal: nothing changed */
} vg_breaker_change;

typedef struct vg_breaker_answer {
    bool may_pass;
    uint32_t wait_ms; /* when not: worth asking again then */
    vg_breaker_ticket ticket;
    vg_breaker_change change;
} vg_breaker_answer;

/* May an exchange be sent now? */
vg_breaker_answer vg_breaker_admit(vg_breaker *breaker, const vg_breaker_conf *conf,
                                   uint64_t now_ms);
/* How long it would refuse; 0: somebody would pass. Changes nothing. */
uint32_t vg_breaker_wait_ms(const vg_breaker *breaker, const vg_breaker_conf *conf,
                            uint64_t now_ms);
vg_breaker_state vg_breaker_look(const vg_breaker *breaker);

/* How an exchange ended. */
typedef struct vg_breaker_ending {
    vg_breaker_ticket ticket;
    vg_verdict verdict;
    uint64_t cause; /* of a failure */
    uint64_t now_ms;
    uint32_t chance; /* jitter: an opening is a fifth shorter at most */
} vg_breaker_ending;
vg_breaker_change vg_breaker_learn(vg_breaker *breaker, const vg_breaker_conf *conf,
                                   const vg_breaker_ending *ending);

/* What the newest failure that was counted gave as its cause. */
uint64_t vg_breaker_cause(const vg_breaker *breaker);

#endif
