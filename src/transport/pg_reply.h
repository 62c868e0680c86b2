/* From libpq's results to a reply: results of statements are kept until the callback has seen them,
 * for the cells point into them. Inside src/transport only. */
#ifndef TRANSPORT_PG_REPLY_H
#define TRANSPORT_PG_REPLY_H

#include "vecgate/pg.h"

#include "transport/pg_link.h"

struct pg_result;

typedef struct vg_pg_incoming {
    struct pg_result **results; /* ours; `count` of them, in the order of statements */
    vg_pg_rows *rows;           /* beside them; their cells are ours */
    uint32_t count;
    uint32_t room;
    size_t held_bytes; /* counted under the cap of the process */
    struct pg_result *refusal;
    vg_pg_error error;
    bool has_error;
    char text[VG_PG_DETAIL]; /* of an error that no result holds */
} vg_pg_incoming;

/* Cleared, with room for the results of `count` statements. False: no memory. */
bool vg_pg_incoming_begin(vg_pg_incoming *in, uint32_t count);
/* Frees what came, keeps nothing. */
void vg_pg_incoming_clear(vg_pg_incoming *in);

/* The next statement's; takes the result. False: no memory. */
bool vg_pg_incoming_add(vg_pg_incoming *in, struct pg_result *result);
/* The server refused `statement`; takes the result. The first one stands. */
void vg_pg_incoming_refuse(vg_pg_incoming *in, struct pg_result *result, uint32_t statement);
/* An error of no result: of connecting, or one that we know the server would make. */
void vg_pg_incoming_error(vg_pg_incoming *in, const char *state, const char *message,
                          uint32_t statement);
/* Valid until the next call here. */
void vg_pg_incoming_reply(const vg_pg_incoming *in, vg_reply *reply);

#endif
