/* One connection to SQLite and the statements prepared on it. One thread at a time.
 *
 * Every call that can fail answers false or NULL; vg_sql_trouble() then tells the story and the
 * code, once, right after the failure. Read by engine/ only: nobody above sees sqlite3. */
#ifndef ENGINE_SQL_H
#define ENGINE_SQL_H

#include <stdatomic.h>

#include "vecgate/status.h"

struct sqlite3;
struct sqlite3_stmt;

typedef struct vg_sql vg_sql;

/* WAL, synchronous FULL. A missing file is made, with mode 0600 whatever the umask. What is found
 * in the WAL of an existing one is on the disk when this returns. */
vg_sql *vg_sql_open_writer(const char *path, vg_arena *arena, vg_status *status);
/* For reading only; the file exists and a writer has opened it before. */
vg_sql *vg_sql_open_reader(const char *path, vg_arena *arena, vg_status *status);
/* NULL is fine. */
void vg_sql_close(vg_sql *sql);

struct sqlite3 *vg_sql_db(vg_sql *sql);
/* Statements without parameters and rows. */
bool vg_sql_run(vg_sql *sql, const char *text);

/* The statement `format`, a literal in which "%llu" stands for a table's number, prepared once for
 * each (format, table). Give it back with vg_sql_done(): until then it keeps a read transaction
 * open. */
struct sqlite3_stmt *vg_sql_use(vg_sql *sql, const char *format, uint64_t table);
void vg_sql_done(struct sqlite3_stmt *stmt);

/* Bounds what runs from now on: a statement fails, with CANCELLED, once *is_stopped is true (NULL:
 * nobody says so), or when `steps` of SQLite's machine are done (0: as many as it takes). */
void vg_sql_bound(vg_sql *sql, const atomic_bool *is_stopped, int steps);
/* Was it the steps that ended a statement since? */
bool vg_sql_is_spent(const vg_sql *sql);

/* A statement of the caller's text, used for one request and not kept; NULL: vg_sql_trouble(). End
 * it with vg_sql_drop(), before the connection goes; NULL is fine. */
struct sqlite3_stmt *vg_sql_prepare(vg_sql *sql, vg_slice text);
void vg_sql_drop(struct sqlite3_stmt *stmt);

/* Parameters, from 1 on. The bytes must stay until vg_sql_done(). {NULL, 0} binds ''. */
void vg_sql_put_u64(struct sqlite3_stmt *stmt, int place, uint64_t value);
void vg_sql_put_real(struct sqlite3_stmt *stmt, int place, double value);
void vg_sql_put_text(struct sqlite3_stmt *stmt, int place, vg_slice text);
void vg_sql_put_blob(struct sqlite3_stmt *stmt, int place, vg_slice bytes);
void vg_sql_put_null(struct sqlite3_stmt *stmt, int place);

typedef enum vg_sql_step { VG_SQL_ROW, VG_SQL_END, VG_SQL_FAILED } vg_sql_step;
vg_sql_step vg_sql_next(struct sqlite3_stmt *stmt);
/* Runs a statement that answers no rows and gives it back. */
bool vg_sql_finish(struct sqlite3_stmt *stmt);

/* Columns, from 0 on; views that are valid until the next vg_sql_next() or vg_sql_done(). */
uint64_t vg_sql_u64(struct sqlite3_stmt *stmt, int column);
double vg_sql_real(struct sqlite3_stmt *stmt, int column);
vg_slice vg_sql_text(struct sqlite3_stmt *stmt, int column);
vg_slice vg_sql_blob(struct sqlite3_stmt *stmt, int column); /* {NULL, 0}: NULL or empty */

/* One number from a statement without parameters, such as a PRAGMA. */
bool vg_sql_ask_u64(vg_sql *sql, const char *text, uint64_t *out);
/* Rows that the last statement inserted, changed or deleted. */
uint64_t vg_sql_changes(vg_sql *sql);

/* What the last failure means: NO_SPACE, READ_ONLY, OVERLOADED, CANCELLED, BACKEND_ERROR; in the
 * status SQLite's own words and number, and what we were about. */
vg_code vg_sql_trouble(vg_sql *sql, const char *about, vg_arena *arena, vg_status *status);

#endif
