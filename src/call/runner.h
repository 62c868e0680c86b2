/* What the files of src/call share: a runner and its calls. Inside src/call only. */
#ifndef CALL_RUNNER_H
#define CALL_RUNNER_H

#include "base/list.h"
#include "base/loop.h"
#include "call/admit.h"
#include "call/call.h"
#include "call/hedge.h"
#include "call/retry.h"
#include "call/spans.h"

#define VG_CALL_MAGIC 0x7667636cu

struct vg_runner {
    vg_runner_parts parts;
    vg_list calls;
    vg_list kept;
    uint32_t kept_count;
    uint32_t call_count;
    uint8_t label;  /* of the backend, in metrics */
    vg_admit admit; /* with parts.resilience */
    vg_call_hook *hook;
    void *hook_arg;
};

typedef enum vg_phase {
    VG_PHASE_ADMIT,   /* breaker, quota, a place in flight; may wait until on_admitted() */
    VG_PHASE_ASK,     /* the adapter says what comes next */
    VG_PHASE_THINK,   /* it does so on a pool, until on_thought() */
    VG_PHASE_HEED,    /* what it said is done */
    VG_PHASE_DELIVER, /* the exchange is with the transport, until on_reply() */
    VG_PHASE_REST,    /* a wait, of the adapter's or before a retry, until on_rested() */
    VG_PHASE_RETRY,   /* the exchange failed: again, or not */
    VG_PHASE_SETTLE,  /* the only way out */
    VG_PHASES,
} vg_phase;

struct vg_call {
    uint32_t magic;
    vg_phase phase;
    vg_list link; /* of the runner's calls, or of those kept */
    vg_runner *runner;
    vg_op *op;
    vg_try try;
    vg_exchange exchange;  /* the adapter's newest */
    vg_exchange replied;   /* what `reply` answers; stays when the step for it fails */
    const vg_reply *reply; /* for the step that comes; NULL when there is none */
    vg_next next;          /* what the step answered */
    vg_code cancelled;     /* OK: it is not */
    int restarts;          /* by VG_AGAIN */
    uint32_t retries;      /* of this exchange, … */
    uint32_t throttled;    /* … and those after THROTTLED */
    int attempt;           /* exchanges that were sent again, in all */
    vg_phase after_rest;   /* ASK, or DELIVER for a retry */
    vg_time time;          /* what op->timing has it in; VG_TIMES: nothing */
    uint64_t began_at_ns;  /* by the clock: when the newest exchange began, … */
    uint64_t took_ns;      /* … and how long it took */
    uint64_t connect_ns;   /* of the newest ending, … */
    uint64_t reply_bytes;  /* … and of its reply; where op->timing is kept */
    vg_fault fault;        /* of the newest ending, and … */
    bool was_sent;         /* … whether a byte of it had left, … */
    bool has_moved;        /* … and whether it went to the first endpoint instead of its own */
    bool has_ticket;       /* the breaker let the exchange in and is owed its ending */
    vg_breaker_ticket ticket;
    bool has_place; /* in flight */
    vg_waiter waiter;
    bool is_heavy;      /* what goes in takes long to write */
    bool has_body;      /* `body` was taken over and holds the reply's */
    bool has_exchange;  /* one came back, and how it ended is not counted yet */
    bool wrote;         /* an exchange that writes may have reached the backend … */
    bool is_unclear;    /* … and of one of them nobody knows what became of it */
    bool is_repeatable; /* … all of those that did may be sent again */
    vg_call *twin;      /* the other of two tries; NULL: there is one (twin.h) */
    bool is_hedge;      /* it is the second of them */
    bool is_over;       /* it has settled, and waits for the other */
    uint64_t started_ns;
    uint64_t began_ns; /* admitted; of reads that may be asked twice */
    uint64_t sent_ns;
    uint64_t replied_ns;
    vg_call_spans spans;
    vg_buf body;
    vg_reply taken;
    vg_work thinking;
    vg_task thought;
    vg_task settled;
    vg_task admitted;
    vg_timer deadline;
    vg_timer rest;
    vg_timer hedge;
};

/* A call for the op, in the runner's list; ends in give. op->call is the caller's to set; give
 * clears it when it is this one. */
vg_call *vg_runner_take_call(vg_runner *runner, vg_op *op);
void vg_runner_give_call(vg_call *call);

/* call.c: ends one try early, as vg_call_cancel() does for all of an op. */
void vg_call_stop(vg_call *call, vg_code why);

/* Counts, and tells the hook. */
/* The phase that it is in. */
void vg_runner_note_phase(vg_call *call);
void vg_runner_note_started(vg_call *call);
void vg_runner_note_sent(vg_call *call);
void vg_runner_note_reply(vg_call *call, const vg_ending *ending);
/* How an exchange ended that came back; policies learn of it, too. No effect when none did. */
void vg_runner_note_exchange(vg_call *call, vg_code code);
void vg_runner_note_settled(const vg_call *call);

#endif
