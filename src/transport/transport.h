/* What carries exchanges: send, stop, one ending. A transport belongs to one backend on one worker;
 * all calls come from the loop's thread. Knows bytes and sockets, threads and queues; nothing of
 * operations.
 *
 *     http.c   HTTP/1.1: one vg_transport for an endpoint, its connections and its queue
 *     pg.c     PostgreSQL: statements in one round trip, its connections and their queues
 *     local.c  functions on the named pools, and items for a store's own queue */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include "vecgate/exchange.h"

typedef struct vg_ending {
    const vg_reply *reply; /* NULL when `fault` is set; valid only during the callback */
    vg_fault fault;
    bool was_sent;  /* a byte of the exchange may have reached the other side */
    bool has_moved; /* its endpoint could not be reached; the first one stood in */
    /* Of its time: until there was a connection for it, made or given back by others. */
    uint64_t connect_ns;
    vg_slice detail; /* the library's words, for the status; valid only during the callback */
    /* What holds reply->http.body, NULL when nothing may be taken. Whoever copies the struct and
     * then inits this one owns the bytes (vg_buf_fini), and the body outlives the callback. */
    vg_buf *body;
} vg_ending;

typedef void vg_ended_fn(void *arg, const vg_ending *ending);

struct vg_transport {
    /* `x` and all it points to must live until `ended`, which comes exactly once, from a later turn
     * of the loop, also when the sending failed at once. */
    void (*send)(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg);
    /* Asks the exchange sent with `arg` to end early; `ended` still comes, once (with
     * VG_FAULT_STOPPED, or as it ended anyway; a local work that is running sees work->is_stopped).
     * Unknown arg: no effect. */
    void (*stop)(vg_transport *self, void *arg);
    /* Nothing may be under way. Frees it. */
    void (*close)(vg_transport *self);
    /* Which of its endpoints `x` goes to next, but those whose bit is set in `not_these`; the
     * answer may be another each time. VG_ENDPOINTS: no other will do. NULL: there is only the
     * first, 0. */
    uint32_t (*choose)(vg_transport *self, const vg_exchange *x, uint32_t not_these);
    uint32_t readers; /* a bit for each endpoint, beside the first, that reads may go to */
    /* For gauges. */
    uint32_t (*in_flight)(const vg_transport *self);
};

#endif
