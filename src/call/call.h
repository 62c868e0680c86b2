/* The runner: brings one op through an adapter's steps over a transport, within its deadline, and hands it
 * back exactly once. One runner for a backend on a worker; loop's thread only.
 *
 *     ASK ─▶ DELIVER ─▶ ASK … ─▶ SETTLE          ADMIT (breaker, quota) goes before ASK,
 *      └───▶ REST ────▶ ASK                      RETRY between DELIVER and ASK. */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include "observe/metrics.h"
#include "transport/transport.h"
#include "vecgate/vector_backend.h"

typedef struct vg_runner_parts {
    vg_loop *loop;
    const vg_backend *backend;
    vg_transport *transport; /* the runner's: closed with it */
    vg_metrics *metrics;
    size_t scratch_bytes; /* cap of a try's scratch arena */
} vg_runner_parts;

vg_runner *vg_runner_new(const vg_runner_parts *parts);
/* No call may be under way (see vg_runner_calls). */
void vg_runner_free(vg_runner *runner);
uint32_t vg_runner_calls(const vg_runner *runner); /* under way */
/* Ends every call under way as vg_call_cancel() does. */
void vg_runner_cancel_all(vg_runner *runner, vg_code why);
const vg_backend *vg_runner_backend(const vg_runner *runner);

/* Runs op->kind. op->done(op) comes exactly once, from a later turn, with op->out or op->status set:
 * UNSUPPORTED when the adapter has no such step; DEADLINE; CANCELLED; UNAVAILABLE and its like for
 * transport faults (table in call.c); else what the adapter said. After an unclear end of a write the
 * status says that the outcome is unknown and whether repeating is safe. */
void vg_call_start(vg_runner *runner, vg_op *op);

/* Asks for an early end, `why` being CANCELLED, DEADLINE or UNAVAILABLE (shutdown). done still comes. An
 * exchange that writes and was sent runs to its end. Op not under way: no effect. */
void vg_call_cancel(vg_op *op, vg_code why);

/* ---- what a span hook sees; NULL members are not called ---- */
typedef struct vg_call_event {
    enum { VG_CALL_STARTED, VG_EXCHANGE_SENT, VG_EXCHANGE_ENDED, VG_CALL_ENDED } what;
    const vg_op *op;
    const vg_exchange *exchange; /* for EXCHANGE_… */
    uint64_t at_ns;
    vg_code code; /* for …_ENDED */
    int attempt;  /* 0 for now: which try */
} vg_call_event;
typedef void vg_call_hook(void *arg, const vg_call_event *event);
void vg_runner_set_hook(vg_runner *runner, vg_call_hook *hook, void *arg);

#endif
