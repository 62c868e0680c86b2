/* One round trip over a link: statements under one sync, and what comes back until it.
 *
 *     start() ─▶ [BEGIN] [timeout] ([forget] [prepare] statement)* [COMMIT] sync
 *     read()  ◀─ a result for each, in the same order; from a refused one on: none until the sync
 *
 * All is copied to libpq in start(): afterwards nothing of the request is used any more. Inside
 * src/transport only. */
#ifndef TRANSPORT_PG_FLIGHT_H
#define TRANSPORT_PG_FLIGHT_H

#include "transport/pg_link.h"
#include "transport/pg_named.h"
#include "transport/pg_reply.h"

typedef enum vg_pg_flown {
    VG_PG_FLYING,  /* more is to come */
    VG_PG_LANDED,  /* all came; the link can be used again, see vg_pg_flight_leaves_open() */
    VG_PG_CRASHED, /* `fault` says why; the link must be closed */
} vg_pg_flown;

typedef struct vg_pg_flight_parts {
    vg_pg_link *link;
    vg_pg_named *named; /* NULL: nothing is prepared */
    const vg_pg_request *request;
    uint64_t timeout_ms; /* statement_timeout of the transaction; 0: as it is */
    uint64_t max_reply_bytes;
    vg_pg_incoming *in; /* begun; what comes goes there */
} vg_pg_flight_parts;

typedef struct vg_pg_flight {
    vg_pg_link *link;
    vg_pg_named *named;
    vg_pg_incoming *in; /* NULL: nobody wants to know any more */
    vg_fault fault;
    const char *detail;
    bool lost_names;   /* refused only because the server knows other names than we thought */
    bool is_outdated;  /* and that is for a table that changed, not for names that were lost */
    bool has_answered; /* something of a reply came */
    bool was_refused;
    bool was_ended; /* by the server: the refusal is the connection's last word */

    /* pg_flight.c's */
    struct vg_pg_step *steps;
    uint32_t count, room;
    uint32_t at; /* the step whose results come next; count: the sync */
    uint32_t statements;
    uint64_t received_before;
    uint64_t result_bytes;
    uint64_t max_reply_bytes;

    /* pg_copy.c's */
    vg_slice left; /* of the data */
    bool wants_data;
} vg_pg_flight;

/* False: it crashed at once, or the request can only be refused: then `in` has the error, and
 * nothing was sent (was_sent stays false). */
bool vg_pg_flight_start(vg_pg_flight *flight, const vg_pg_flight_parts *parts, bool *was_sent);
/* An empty round trip; a transaction that is open is rolled back in it. False: it crashed. */
bool vg_pg_flight_tidy(vg_pg_flight *flight, vg_pg_link *link);
/* What the server is told when so much time is left: a little less, so that its own ending is here
 * before ours. At least 1. */
uint64_t vg_pg_flight_timeout_ms(uint64_t left_ns);
/* The socket moved. Bounded: what does not fit into one turn comes with the next. */
vg_pg_flown vg_pg_flight_read(vg_pg_flight *flight);
/* After LANDED, or of a link at rest: a transaction is still open. */
bool vg_pg_flight_leaves_open(const vg_pg_flight *flight);
void vg_pg_flight_fini(vg_pg_flight *flight);

#endif
