/* See sql.h. Failures keep SQLite's extended code: it tells a full disk from a broken one. */
#include "engine/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/facet.h"
#include "engine/where.h"

/* As many as there are kinds of statements, times a handful of collections in use at once; and two
 * for each payload index of one that is written to: fewer would be made anew for every point.
 * Nobody but a checkpoint or a foreign program makes one wait: BUSY_MS is for these. */
enum { STATEMENTS = 128, BUSY_MS = 5000 };

/* Steps of SQLite's machine between two looks at who waits: one may read a whole payload. */
enum { STEPS_OF_LOOK = 1000 };

typedef struct cached {
    const char *format; /* a literal: its address is its name */
    uint64_t table;
    uint64_t used; /* turn of its last use: the oldest makes room */
    sqlite3_stmt *stmt;
} cached;

struct vg_sql {
    sqlite3 *db;
    const atomic_bool *is_stopped;
    int stride, steps_left; /* 0: there is no bound */
    bool is_spent;
    uint64_t turn;
    cached at[STATEMENTS];
};

static bool is_no_room(int error)
{
    return error == EDQUOT || error == EFBIG || error == ENOSPC;
}

/* SQLite would make it with 0644; its WAL and its shared memory get the mode that it has. */
static bool make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good;

    if (fd < 0)
        return errno == EEXIST;
    good = fchmod(fd, 0600) == 0; /* an umask may have taken bits away */
    close(fd);
    return good;
}

static vg_sql *fail_open(vg_sql *sql, const char *path, vg_arena *arena, vg_status *status)
{
    vg_sql_trouble(sql, path, arena, status);
    vg_sql_close(sql);
    return NULL;
}

static vg_sql *open_with(const char *path, int flags, vg_arena *arena, vg_status *status)
{
    vg_sql *sql = calloc(1, sizeof *sql);

    if (!sql) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory for a connection to SQLite"),
                      (vg_slice){0});
        return NULL;
    }
    if (sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return fail_open(sql, path, arena, status);
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_busy_timeout(sql->db, BUSY_MS);
    if (!vg_where_functions(sql->db) || !vg_facet_functions(sql->db))
        return fail_open(sql, path, arena, status);
    return sql;
}

/* The pragma answers with the mode that holds: on a file system without shared memory that is not
 * the one that was asked for. */
static bool is_wal(vg_sql *sql)
{
    sqlite3_stmt *stmt = vg_sql_use(sql, "PRAGMA journal_mode=WAL", 0);
    bool good =
        stmt && vg_sql_next(stmt) == VG_SQL_ROW && vg_slice_is_str(vg_sql_text(stmt, 0), "wal");

    vg_sql_done(stmt);
    return good;
}

static vg_sql *fail_file(const char *path, const char *what, int error, vg_arena *arena,
                         vg_status *status)
{
    char room[128];

    vg_status_setf(status, arena, is_no_room(error) ? VG_NO_SPACE : VG_READ_ONLY, (vg_slice){0},
                   "%s %s: %s", path, what, strerror_r(error, room, sizeof room));
    return NULL;
}

/* A process that was killed between writing a commit and syncing it leaves one that SQLite finds,
 * and nobody was told of. From here on it is shown: so first it is made to last. */
static bool sync_log(vg_sql *sql)
{
    sqlite3_file *log = NULL;
    sqlite3_int64 size = 0;

    if (sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK)
        return false;
    if (!log || !log->pMethods) /* a new file: no log yet */
        return true;
    return log->pMethods->xFileSize(log, &size) == SQLITE_OK &&
           (size == 0 || log->pMethods->xSync(log, SQLITE_SYNC_FULL) == SQLITE_OK);
}

vg_sql *vg_sql_open_writer(const char *path, vg_arena *arena, vg_status *status)
{
    vg_sql *sql;

    if (!make_file(path))
        return fail_file(path, "cannot be made", errno, arena, status);
    sql = open_with(path, SQLITE_OPEN_READWRITE, arena, status);
    if (sql && (!is_wal(sql) || !vg_sql_run(sql, "PRAGMA synchronous=FULL;"
                                                 "PRAGMA wal_autocheckpoint=1000;")))
        return fail_open(sql, path, arena, status);
    if (sql && !sync_log(sql)) {
        fail_file(path, "has a log that cannot be synced", errno, arena, status);
        vg_sql_close(sql);
        return NULL;
    }
    return sql;
}

vg_sql *vg_sql_open_reader(const char *path, vg_arena *arena, vg_status *status)
{
    vg_sql *sql = open_with(path, SQLITE_OPEN_READONLY, arena, status);

    if (sql && !vg_sql_run(sql, "PRAGMA mmap_size=1073741824;PRAGMA cache_size=-1024;"))
        return fail_open(sql, path, arena, status);
    return sql;
}

void vg_sql_close(vg_sql *sql)
{
    if (!sql)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(sql->at[i].stmt);
    sqlite3_close(sql->db);
    free(sql);
}

sqlite3 *vg_sql_db(vg_sql *sql)
{
    return sql->db;
}

bool vg_sql_run(vg_sql *sql, const char *text)
{
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK;
}

/* The statement's place, or that of the one that was not used for longest, emptied. */
static cached *find(vg_sql *sql, const char *format, uint64_t table)
{
    cached *oldest = &sql->at[0];

    for (cached *c = sql->at; c < sql->at + STATEMENTS; c++) {
        if (c->format == format && c->table == table)
            return c;
        if (c->used < oldest->used)
            oldest = c;
    }
    sqlite3_finalize(oldest->stmt);
    *oldest = (cached){.format = format, .table = table};
    return oldest;
}

static sqlite3_stmt *prepare(vg_sql *sql, const char *format, uint64_t table)
{
    sqlite3_stmt *stmt = NULL;
    char *text = sqlite3_mprintf(format, (sqlite3_uint64)table);

    if (text)
        sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    sqlite3_free(text);
    return stmt;
}

sqlite3_stmt *vg_sql_use(vg_sql *sql, const char *format, uint64_t table)
{
    cached *c = find(sql, format, table);

    c->used = ++sql->turn;
    if (!c->stmt)
        c->stmt = prepare(sql, format, table);
    if (!c->stmt)
        *c = (cached){0}; /* tried again next time: memory may have been short */
    return c->stmt;
}

void vg_sql_done(sqlite3_stmt *stmt)
{
    if (stmt)
        sqlite3_reset(stmt);
}

sqlite3_stmt *vg_sql_prepare(vg_sql *sql, vg_slice text)
{
    sqlite3_stmt *stmt = NULL;

    if (text.len > INT_MAX)
        return NULL;
    sqlite3_prepare_v3(sql->db, text.at, (int)text.len, 0, &stmt, NULL);
    return stmt;
}

void vg_sql_drop(sqlite3_stmt *stmt)
{
    sqlite3_finalize(stmt);
}

void vg_sql_put_u64(sqlite3_stmt *stmt, int place, uint64_t value)
{
    sqlite3_bind_int64(stmt, place, (sqlite3_int64)value);
}

void vg_sql_put_real(sqlite3_stmt *stmt, int place, double value)
{
    sqlite3_bind_double(stmt, place, value);
}

void vg_sql_put_text(sqlite3_stmt *stmt, int place, vg_slice text)
{
    sqlite3_bind_text64(stmt, place, text.at ? text.at : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

void vg_sql_put_blob(sqlite3_stmt *stmt, int place, vg_slice bytes)
{
    sqlite3_bind_blob64(stmt, place, bytes.at ? bytes.at : "", bytes.len, SQLITE_STATIC);
}

void vg_sql_put_null(sqlite3_stmt *stmt, int place)
{
    sqlite3_bind_null(stmt, place);
}

vg_sql_step vg_sql_next(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    if (rc == SQLITE_ROW)
        return VG_SQL_ROW;
    return rc == SQLITE_DONE ? VG_SQL_END : VG_SQL_FAILED;
}

bool vg_sql_finish(sqlite3_stmt *stmt)
{
    /* reset() answers with the failure of step() again, and keeps it for vg_sql_trouble() */
    bool good = sqlite3_step(stmt) == SQLITE_DONE;

    sqlite3_reset(stmt);
    return good;
}

/* True ends the statement. */
static int on_steps(void *arg)
{
    vg_sql *sql = arg;

    if (sql->is_stopped && atomic_load(sql->is_stopped))
        return 1;
    if (sql->steps_left == 0)
        return 0;
    sql->is_spent = sql->steps_left <= sql->stride;
    sql->steps_left -= sql->is_spent ? 0 : sql->stride;
    return sql->is_spent;
}

void vg_sql_bound(vg_sql *sql, const atomic_bool *is_stopped, int steps)
{
    sql->is_stopped = is_stopped;
    sql->steps_left = steps;
    sql->stride = steps > 0 && steps < STEPS_OF_LOOK ? steps : STEPS_OF_LOOK;
    sql->is_spent = false;
    sqlite3_progress_handler(sql->db, is_stopped || steps > 0 ? sql->stride : 0, on_steps, sql);
}

bool vg_sql_is_spent(const vg_sql *sql)
{
    return sql->is_spent;
}

uint64_t vg_sql_u64(sqlite3_stmt *stmt, int column)
{
    return (uint64_t)sqlite3_column_int64(stmt, column);
}

double vg_sql_real(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_double(stmt, column);
}

vg_slice vg_sql_text(sqlite3_stmt *stmt, int column)
{
    const char *at = (const char *)sqlite3_column_text(stmt, column);

    return vg_slice_of(at, (size_t)sqlite3_column_bytes(stmt, column));
}

vg_slice vg_sql_blob(sqlite3_stmt *stmt, int column)
{
    const char *at = sqlite3_column_blob(stmt, column);

    return vg_slice_of(at, (size_t)sqlite3_column_bytes(stmt, column));
}

bool vg_sql_ask_u64(vg_sql *sql, const char *text, uint64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    bool good = sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_step(stmt) == SQLITE_ROW;

    if (good)
        *out = vg_sql_u64(stmt, 0);
    sqlite3_finalize(stmt);
    return good;
}

uint64_t vg_sql_changes(vg_sql *sql)
{
    return (uint64_t)sqlite3_changes64(sql->db);
}

static int error_of(vg_sql *sql, int which)
{
    sqlite3_file *file = NULL;
    int error = 0;

    sqlite3_file_control(sql->db, "main", which, &file);
    if (file && file->pMethods)
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* What the system said when a write, a sync or a cut failed; 0: it did not say. It is kept by the
 * file it was said of (sqlite3_system_errno() has lost it by now): the log, which is all that a
 * commit touches, or the database. */
static int system_error(vg_sql *sql, int extended)
{
    int error;

    switch (extended) {
    case SQLITE_FULL:
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
        error = error_of(sql, SQLITE_FCNTL_JOURNAL_POINTER);
        return error ? error : error_of(sql, SQLITE_FCNTL_FILE_POINTER);
    case SQLITE_IOERR_SHMSIZE: /* nobody keeps it; the log itself was just written to this disk */
        return ENOSPC;
    default:
        return 0;
    }
}

/* SQLite says FULL for ENOSPC in a write only; in a sync, and for a quota and a limit on files, it
 * says that there was an I/O error. */
static vg_code code_of_io(vg_sql *sql, int extended)
{
    switch (extended) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_SHMSIZE:
        return is_no_room(system_error(sql, extended)) ? VG_NO_SPACE : VG_READ_ONLY;
    default:
        return VG_BACKEND_ERROR;
    }
}

static vg_code code_of(vg_sql *sql, int extended)
{
    switch (extended & 0xff) {
    case SQLITE_FULL:
        return VG_NO_SPACE;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return VG_READ_ONLY;
    case SQLITE_IOERR:
        return code_of_io(sql, extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
        return VG_OVERLOADED;
    case SQLITE_INTERRUPT:
        return VG_CANCELLED;
    default:
        return VG_BACKEND_ERROR;
    }
}

/* Memory that was missing before SQLite had a statement leaves no code behind. */
static bool is_failure(int extended)
{
    int rc = extended & 0xff;

    return rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE;
}

vg_code vg_sql_trouble(vg_sql *sql, const char *about, vg_arena *arena, vg_status *status)
{
    int extended = sqlite3_extended_errcode(sql->db);
    const char *words = sqlite3_errmsg(sql->db);
    int error;
    vg_code code;
    char room[128];

    if (!is_failure(extended)) {
        extended = SQLITE_NOMEM;
        words = sqlite3_errstr(extended);
    }
    error = system_error(sql, extended);
    code = code_of(sql, extended);
    if (error)
        vg_status_setf(status, arena, code, (vg_slice){0}, "%s: %s (%s)", about, words,
                       strerror_r(error, room, sizeof room));
    else
        vg_status_setf(status, arena, code, (vg_slice){0}, "%s: %s", about, words);
    if (status && status->code == code && status->upstream.len == 0)
        status->upstream = vg_arena_printf(arena, "SQLITE %d", extended);
    return code;
}
