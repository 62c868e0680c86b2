/* See pg_reply.h. */
#include "transport/pg_reply.h"

#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "vecgate/arena.h"

bool vg_pg_incoming_begin(vg_pg_incoming *in, uint32_t count)
{
    vg_pg_incoming_clear(in);
    in->results = calloc(count, sizeof(PGresult *));
    in->rows = calloc(count, sizeof *in->rows);
    in->room = count;
    return in->results != NULL && in->rows != NULL;
}

void vg_pg_incoming_clear(vg_pg_incoming *in)
{
    for (uint32_t i = 0; i < in->count; i++) {
        PQclear(in->results[i]);
        free((vg_slice *)in->rows[i].cells);
    }
    PQclear(in->refusal);
    free(in->results);
    free(in->rows);
    vg_arena_total_give(in->held_bytes);
    *in = (vg_pg_incoming){0};
}

/* --- rows ------------------------------------------------------------------------------------ */

/* "INSERT 0 3" changed three, "SELECT 3" none. */
static uint64_t affected(PGresult *result)
{
    const char *count = PQcmdTuples(result);

    if (strncmp(PQcmdStatus(result), "SELECT", 6) == 0)
        return 0;
    return strtoull(count, NULL, 10);
}

static vg_slice cell_of(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (vg_slice){0};
    return vg_slice_of(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

static vg_slice *make_cells(const PGresult *result, int rows, int columns)
{
    size_t count = (size_t)rows * (size_t)columns;
    vg_slice *cells = malloc((count + 1) * sizeof *cells);

    if (cells == NULL)
        return NULL;
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++)
            cells[(size_t)row * (size_t)columns + (size_t)column] = cell_of(result, row, column);
    }
    return cells;
}

static bool hold(vg_pg_incoming *in, size_t bytes)
{
    if (!vg_arena_total_take(bytes))
        return false;
    in->held_bytes += bytes;
    return true;
}

bool vg_pg_incoming_add(vg_pg_incoming *in, PGresult *result)
{
    int rows = PQntuples(result), columns = PQnfields(result);
    size_t cells_bytes = ((size_t)rows * (size_t)columns + 1) * sizeof(vg_slice);
    vg_slice *cells = NULL;

    if (in->count < in->room && hold(in, PQresultMemorySize(result) + cells_bytes))
        cells = make_cells(result, rows, columns);
    if (cells == NULL) {
        PQclear(result);
        return false;
    }
    in->results[in->count] = result;
    in->rows[in->count++] = (vg_pg_rows){.cells = cells,
                                         .rows = (uint32_t)rows,
                                         .columns = (uint32_t)columns,
                                         .affected = affected(result)};
    return true;
}

/* --- errors ---------------------------------------------------------------------------------- */

static vg_slice field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);

    return text != NULL ? vg_slice_str(text) : (vg_slice){0};
}

/* The most telling name that it has. */
static vg_slice name_in(const PGresult *result)
{
    static const int codes[] = {PG_DIAG_CONSTRAINT_NAME, PG_DIAG_COLUMN_NAME, PG_DIAG_TABLE_NAME};
    vg_slice name = {0};

    for (size_t i = 0; i < sizeof codes / sizeof *codes && name.len == 0; i++)
        name = field(result, codes[i]);
    return name;
}

void vg_pg_incoming_refuse(vg_pg_incoming *in, PGresult *result, uint32_t statement)
{
    vg_slice state = field(result, PG_DIAG_SQLSTATE);

    if (in->has_error) {
        PQclear(result);
        return;
    }
    in->refusal = result;
    in->has_error = true;
    in->error = (vg_pg_error){.message = field(result, PG_DIAG_MESSAGE_PRIMARY),
                              .detail = field(result, PG_DIAG_MESSAGE_DETAIL),
                              .hint = field(result, PG_DIAG_MESSAGE_HINT),
                              .constraint = name_in(result),
                              .statement = statement};
    snprintf(in->error.state, sizeof in->error.state, VG_FMT, VG_ARG(state));
}

void vg_pg_incoming_error(vg_pg_incoming *in, const char *state, const char *message,
                          uint32_t statement)
{
    if (in->has_error)
        return;
    snprintf(in->text, sizeof in->text, "%s", message);
    in->has_error = true;
    in->error = (vg_pg_error){.message = vg_slice_str(in->text), .statement = statement};
    snprintf(in->error.state, sizeof in->error.state, "%.5s", state);
}

void vg_pg_incoming_reply(const vg_pg_incoming *in, vg_reply *reply)
{
    *reply = (vg_reply){.via = VG_VIA_PG};
    reply->pg.results = in->rows;
    reply->pg.count = in->count;
    reply->pg.error = in->has_error ? &in->error : NULL;
}
