/* A flight of another kind: one COPY … FROM STDIN with all its data, outside of pipeline mode. The
 * data goes in pieces, as the socket takes them; a server that does not like it says so when it has
 * all of it. Inside src/transport only.
 *
 *     start() ─▶ COPY ─▶ it wants data ─▶ pieces ─▶ end ─▶ how many rows, or a refusal */
#ifndef TRANSPORT_PG_COPY_H
#define TRANSPORT_PG_COPY_H

#include "transport/pg_flight.h"

/* As vg_pg_flight_start(), but `parts->request` and its data must live until it landed or crashed.
 * It cannot be stopped but by closing the link. */
bool vg_pg_copy_start(vg_pg_flight *flight, const vg_pg_flight_parts *parts, bool *was_sent);
/* The socket moved. */
vg_pg_flown vg_pg_copy_move(vg_pg_flight *flight);

#endif
