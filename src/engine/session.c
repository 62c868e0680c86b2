/* See session.h. */
#include "engine/session.h"

static const char operation_sql[] = "SELECT operation,shape FROM collections WHERE number=?1";

/* The first read fixes the state that the transaction sees. */
static bool begin(vg_session *session, vg_arena *arena, vg_status *status)
{
    struct sqlite3_stmt *stmt;
    vg_sql_step step = VG_SQL_FAILED;

    stmt = vg_sql_use(session->sql, "BEGIN", 0);
    if (stmt && vg_sql_finish(stmt))
        stmt = vg_sql_use(session->sql, operation_sql, 0);
    else
        stmt = NULL;
    if (stmt) {
        vg_sql_put_u64(stmt, 1, session->table->number);
        step = vg_sql_next(stmt);
        session->operation = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
        session->shape = step == VG_SQL_ROW ? vg_sql_u64(stmt, 1) : 0;
        vg_sql_done(stmt);
    }
    if (step == VG_SQL_FAILED)
        vg_sql_trouble(session->sql, "the store cannot be read", arena, status);
    else if (step == VG_SQL_END)
        vg_store_tell_missing(session->table->name, arena, status);
    return step == VG_SQL_ROW;
}

bool vg_session_open(vg_session *session, vg_arena *arena, vg_status *status)
{
    session->sql = vg_store_take_reader(session->store, arena, status);
    if (!session->sql)
        return false;
    if (begin(session, arena, status)) {
        vg_sql_bound(session->sql, session->is_stopped, 0);
        return true;
    }
    vg_session_close(session);
    return false;
}

void vg_session_close(vg_session *session)
{
    struct sqlite3_stmt *stmt;

    if (!session->sql)
        return;
    vg_sql_bound(session->sql, NULL, 0);
    stmt = vg_sql_use(session->sql, "COMMIT", 0);
    if (stmt && vg_sql_finish(stmt))
        vg_store_give_reader(session->store, session->sql);
    else
        vg_sql_close(session->sql); /* whatever state it is in, nobody gets it again */
    session->sql = NULL;
}
