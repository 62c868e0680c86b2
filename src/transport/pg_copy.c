/* See pg_copy.h. */
#include "transport/pg_copy.h"

#include <stdlib.h>

#include <libpq-fe.h>

enum { PIECE_BYTES = 64 * 1024, MOST_PIECES = 16 }; /* in one turn */

static bool crash(vg_pg_flight *flight, vg_fault fault, const char *detail)
{
    flight->fault = fault;
    flight->detail = detail;
    return false;
}

bool vg_pg_copy_start(vg_pg_flight *flight, const vg_pg_flight_parts *parts, bool *was_sent)
{
    PGconn *pg = vg_pg_link_conn(parts->link);
    vg_slice text = parts->request->statements[0].sql;
    char *sql;
    bool good;

    *flight = (vg_pg_flight){.link = parts->link, .in = parts->in};
    flight->left = parts->request->copy;
    if (text.len > 0 && memchr(text.at, '\0', text.len) != NULL) {
        vg_pg_incoming_error(parts->in, "42601", "the statement holds a NUL byte", 0);
        return false;
    }
    sql = vg_pg_text(text);
    if (sql == NULL)
        return crash(flight, VG_FAULT_MEMORY, "there is no memory to send");
    *was_sent = true;
    good = PQexitPipelineMode(pg) == 1 && PQsendQuery(pg, sql) == 1;
    free(sql);
    if (!good)
        return crash(flight, VG_FAULT_MEMORY, "the COPY could not be sent");
    vg_pg_link_flush(parts->link);
    return true;
}

/* --- its data -------------------------------------------------------------------------------- */

/* False: it crashed. */
static bool put_piece(vg_pg_flight *flight)
{
    PGconn *pg = vg_pg_link_conn(flight->link);
    size_t len = flight->left.len < PIECE_BYTES ? flight->left.len : PIECE_BYTES;

    if (len > 0 && PQputCopyData(pg, flight->left.at, (int)len) != 1)
        return crash(flight, VG_FAULT_RESET, "the connection ended");
    flight->left = vg_slice_skip(flight->left, len);
    if (flight->left.len > 0)
        return true;
    flight->wants_data = false;
    return PQputCopyEnd(pg, NULL) == 1 || crash(flight, VG_FAULT_RESET, "the connection ended");
}

/* As much as the socket takes, and this turn allows. */
static bool put_data(vg_pg_flight *flight)
{
    for (int i = 0; i < MOST_PIECES && flight->wants_data; i++) {
        if (!vg_pg_link_flush(flight->link))
            return true; /* moved() comes when all is out */
        if (!put_piece(flight))
            return false;
    }
    if (flight->wants_data)
        vg_pg_link_go_on(flight->link);
    else
        vg_pg_link_flush(flight->link);
    return true;
}

/* --- what comes ------------------------------------------------------------------------------ */

/* True while there is more to come. */
static bool take(vg_pg_flight *flight, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COPY_IN:
        flight->wants_data = true;
        PQclear(result);
        return true;
    case PGRES_COMMAND_OK:
        return vg_pg_incoming_add(flight->in, result) ||
               crash(flight, VG_FAULT_MEMORY, "there is no memory for the reply");
    case PGRES_FATAL_ERROR:
        if (PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL) {
            vg_pg_incoming_refuse(flight->in, result, 0);
            return true;
        }
        PQclear(result);
        return crash(flight, VG_FAULT_RESET, "the server ended the connection");
    default:
        PQclear(result);
        return crash(flight, VG_FAULT_PROTOCOL, "the statement is no COPY FROM STDIN");
    }
}

static vg_pg_flown land(vg_pg_flight *flight)
{
    if (PQenterPipelineMode(vg_pg_link_conn(flight->link)) == 1)
        return VG_PG_LANDED;
    flight->was_ended = flight->in->has_error; /* its last words are a reply all the same */
    crash(flight, VG_FAULT_RESET, "the server ended the connection");
    return VG_PG_CRASHED;
}

vg_pg_flown vg_pg_copy_move(vg_pg_flight *flight)
{
    PGconn *pg = vg_pg_link_conn(flight->link);
    bool is_alive = vg_pg_link_read(flight->link);

    while (!flight->wants_data && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);

        if (result == NULL)
            return land(flight);
        if (!take(flight, result))
            return VG_PG_CRASHED;
    }
    if (!is_alive) {
        crash(flight, VG_FAULT_RESET, "the connection ended");
        return VG_PG_CRASHED;
    }
    return !flight->wants_data || put_data(flight) ? VG_PG_FLYING : VG_PG_CRASHED;
}
