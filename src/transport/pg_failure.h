/* Why no connection to a PostgreSQL came about: what the server answered, or a fault of the way to
 * it, made of libpq's words where it has nothing else. Inside src/transport only. */
#ifndef TRANSPORT_PG_FAILURE_H
#define TRANSPORT_PG_FAILURE_H

#include "vecgate/exchange.h"

struct pg_conn;

enum { VG_PG_DETAIL = 256 };

typedef struct vg_pg_failure {
    vg_fault fault;
    char state[6];  /* not empty: the server's SQLSTATE, and `fault` is NONE */
    bool is_waking; /* what is behind the server slept: it will be there soon */
    char detail[VG_PG_DETAIL];
} vg_pg_failure;

/* The fault and its words, as one line. */
void vg_pg_failure_say(vg_pg_failure *failure, vg_fault fault, const char *says);
/* What a connection has met that speaks verbosely; `in_tls`: during the handshake. */
void vg_pg_failure_read(vg_pg_failure *failure, struct pg_conn *pg, bool in_tls);

#endif
