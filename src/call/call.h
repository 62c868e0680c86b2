/* The runner: brings one op through an adapter's steps over a transport, within its deadline, and
 * hands it back exactly once. One runner for a backend on a worker; loop's thread only.
 *
 *     ADMIT ─▶ ASK ─▶ DELIVER ─▶ ASK … ─▶ SETTLE
 *               └───▶ REST ────▶ ASK
 *
 * With vg_resilience it survives a backend that is sick (docs/resilience.md): a breaker refuses at
 * once, an exchange that failed is sent again (never the earlier ones), quotas and places in flight
 * bound what is asked, and a read that is late may be asked a second time. */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "vecgate/resilience.h"
#include "vecgate/vector_backend.h"

#include "call/shared.h"
#include "observe/metrics.h"
#include "observe/trace.h"
#include "transport/pools.h"
#include "transport/transport.h"

typedef struct vg_runner_parts {
    vg_loop *loop;
    const vg_backend *backend;
    vg_transport *transport; /* the runner's: closed with it */
    vg_metrics *metrics;
    size_t scratch_bytes; /* cap of a try's scratch arena */
    /* Steps of a remote backend that have more than VG_CALL_LARGE bytes to read or write run on
     * VG_POOL_CODEC. NULL: every step runs on the loop. */
    vg_pools *pools;
    /* How the backend's troubles are met, and where that is kept for all workers: both or neither;
     * NULL: everything passes, nothing is repeated. They outlive the runner. */
    const vg_resilience *resilience;
    vg_shared_backend *shared;
    vg_tracer *tracer;    /* NULL: nobody traces */
    bool has_sql_comment; /* statements of recorded requests tell PostgreSQL of their trace */
    vg_slice server;      /* where it is, for spans; empty: here, or not in one place */
    uint16_t server_port;
    uint32_t worker; /* whose places are taken there; below VG_WORKERS_MOST */
} vg_runner_parts;

enum { VG_CALL_LARGE = 64 * 1024 };

vg_runner *vg_runner_new(const vg_runner_parts *parts);
/* No call may be under way (see vg_runner_calls). */
void vg_runner_free(vg_runner *runner);
uint32_t vg_runner_calls(const vg_runner *runner); /* under way */
/* Ends every call under way as vg_call_cancel() does. */
void vg_runner_cancel_all(vg_runner *runner, vg_code why);
const vg_backend *vg_runner_backend(const vg_runner *runner);
/* Its vg_resilience was changed, on the loop's thread, between turns: all that is asked from now on
 * goes by it, also of calls under way, and who waits may have a place. What was learned is kept. */
void vg_runner_reconsider(vg_runner *runner);
/* Shows in metrics how many may be in flight and may wait: now and then, as both may change. */
void vg_runner_show_bounds(const vg_runner *runner);

/* Runs op->kind. op->done(op) comes exactly once, from a later turn, with op->out or op->status
 * set: UNSUPPORTED when the adapter has no such step; DEADLINE; CANCELLED; UNAVAILABLE and its like
 * for transport faults (table in story.c), or with the breaker open; THROTTLED beyond a quota;
 * OVERLOADED beyond what may wait (these three with retry_after_ms); else what the adapter said.
 * After an unclear end of a write the status says that the outcome is unknown and whether repeating
 * is safe. */
void vg_call_start(vg_runner *runner, vg_op *op);

/* Charges the op's quota before it is started: for one that is made of several calls, each of which
 * inherits op->is_paid. What is charged: one token for a whole op, whatever it is made of; a place
 * in flight for each of its calls, while it is under way. False: THROTTLED, in op->status. A
 * backend that is left alone charges nothing: it refuses what comes. */
bool vg_call_pay(vg_runner *runner, vg_op *op);

/* Asks for an early end, `why` being CANCELLED, DEADLINE or UNAVAILABLE (shutdown); the first
 * reason stands. done still comes. An exchange that reads is stopped. One that writes is stopped by
 * the deadline only, else it runs to its end. A reply that came whole is still understood: when the
 * adapter says that with it the operation is done, or failed, that is how it ends; else it ends
 * with the reason. Op not under way: no effect. */
void vg_call_cancel(vg_op *op, vg_code why);

/* ---- what a span hook sees; NULL members are not called ---- */
typedef struct vg_call_event {
    enum { VG_CALL_STARTED, VG_EXCHANGE_SENT, VG_EXCHANGE_ENDED, VG_CALL_ENDED } what;
    const vg_op *op;
    const vg_exchange *exchange; /* for EXCHANGE_… */
    uint64_t at_ns;
    vg_code code;  /* for …_ENDED */
    int attempt;   /* how many exchanges of this try were sent again before */
    bool is_hedge; /* of the second of two tries */
} vg_call_event;
typedef void vg_call_hook(void *arg, const vg_call_event *event);
void vg_runner_set_hook(vg_runner *runner, vg_call_hook *hook, void *arg);

#endif
