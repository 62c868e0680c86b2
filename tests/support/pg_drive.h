/* A PostgreSQL of the tests' own, and what an adapter asks of it done at once: blocking, by libpq,
 * on one connection. For tests of adapters that need no loop; the transport has its own. */
#ifndef VG_TESTS_SUPPORT_PG_DRIVE_H
#define VG_TESTS_SUPPORT_PG_DRIVE_H

#include "vecgate/vector_backend.h"

#include "base/buf.h"

typedef struct pg_drive pg_drive;

/* Starts a server by tests/support/postgres.py and connects. Ends the program with a word on stderr
 * when it cannot. */
pg_drive *pg_drive_open(void);
void pg_drive_close(pg_drive *drive);
/* Another user's session from now on; NULL: the first one. */
void pg_drive_become(pg_drive *drive, const char *role);
/* One statement or several, that must go well. */
void pg_drive_run(pg_drive *drive, const char *sql);

/* Runs the steps of op->kind to their end, as the runner would: t->result or t->status is set.
 * Cells of replies stand in memory of their own that is gone after the step. */
vg_next pg_drive_steps(pg_drive *drive, const vg_backend *backend, const vg_op *op, vg_try *t);
/* How PostgreSQL would run the last statement of the first exchange of op->kind, as EXPLAIN says
 * it. What stands before it is done, and undone. */
void pg_drive_explain(pg_drive *drive, const vg_backend *backend, const vg_op *op, vg_try *t,
                      vg_buf *plan);
/* The first cell of what a query answers, "" when there is none. */
void pg_drive_ask(pg_drive *drive, const char *sql, vg_buf *answer);
/* Exchanges so far. */
unsigned pg_drive_exchanges(const pg_drive *drive);

#endif
