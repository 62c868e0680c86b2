/* See upkeep.h. A rebuild copies what lives, slice by slice, while the writer goes on putting into
 * the old vectors: what ends meanwhile is ended in both, what comes is behind the slice that is
 * copied last. When the copy has caught up, readers are shown it; those who look at the old one
 * keep it until they let go. */
#include "engine/upkeep.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/fill.h"

enum {
    PAGE_BYTES = 4096,
    MOVE_PAGES = 1000, /* worth two fsyncs */
    CUT_WAIT_MS = 20,  /* for readers, before a WAL can be cut */
    BUSY_MS = 5000,
    SWEEP_ROWS = 2000,
    COPY_BYTES = 4 << 20,
    RETRY_LOOKS = 20, /* of those that vg_upkeep_waits() asks for: a second or so */
    ARENA_BYTES = 4 << 20,
    STORY = 200,
    LEAST_SLOTS = 1024, /* fewer are not worth a rebuild */
    MOST_MARKS = 30,    /* per cent */
};

static const char next_dropped_sql[] = "SELECT number FROM dropped LIMIT 1";
static const char next_field_sql[] = "SELECT number FROM dropped_fields LIMIT 1";
static const char sweep_sql[] =
    "DELETE FROM points_%llu WHERE row IN (SELECT row FROM points_%llu LIMIT %llu)";
static const char drop_sql[] = "DROP TABLE IF EXISTS points_%llu";
static const char forget_sql[] = "DELETE FROM dropped WHERE number=?1";
static const char forget_field_sql[] = "DELETE FROM dropped_fields WHERE number=?1";

static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    vg_upkeep *upkeep = arg;

    (void)db;
    (void)name;
    if ((uint32_t)pages < upkeep->wal_pages)
        upkeep->moved_pages = 0; /* all was moved, and the WAL began anew */
    upkeep->wal_pages = (uint32_t)pages;
    return SQLITE_OK;
}

void vg_upkeep_init(vg_upkeep *upkeep, vg_sql *sql, uint64_t wal_bytes)
{
    *upkeep = (vg_upkeep){.sql = sql, .wal_bytes = wal_bytes, .has_dropped = true};
    sqlite3_wal_hook(vg_sql_db(sql), on_commit, upkeep);
}

/* It goes on when the store opens again. */
static void close_filling(vg_upkeep *upkeep)
{
    const vg_status why = {.code = VG_UNAVAILABLE,
                           .what = VG_LIT("the store is closing; the index is declared, and filled "
                                          "when it opens again")};

    for (vg_table *next, *table = upkeep->filling; table; table = next) {
        next = table->next_filling;
        vg_fill_end(table, 0, &why);
        vg_table_let(table);
    }
    upkeep->filling = NULL;
}

void vg_upkeep_fini(vg_upkeep *upkeep)
{
    sqlite3_wal_hook(vg_sql_db(upkeep->sql), NULL, NULL);
    vg_table_let(upkeep->rebuilding);
    upkeep->rebuilding = NULL;
    close_filling(upkeep);
    for (vg_table *next, *table = upkeep->graves; table; table = next) {
        next = table->next_grave;
        vg_table_let(table);
    }
    upkeep->graves = NULL;
}

void vg_upkeep_committed(vg_upkeep *upkeep)
{
    upkeep->is_held = upkeep->is_stuck = false;
}

static bool stuck(vg_upkeep *upkeep, const char *what, vg_slice why)
{
    if (!upkeep->is_told) /* it is tried again after each commit */
        vg_log(VG_WARN, "upkeep of the store failed", VG_Z("what", what), VG_S("why", why));
    upkeep->is_told = true;
    vg_sql_run(upkeep->sql, "ROLLBACK"); /* fails when nothing was begun: fine */
    upkeep->is_stuck = true;
    return false;
}

/* The same of SQLite's last failure. */
static bool broken(vg_upkeep *upkeep, const char *what)
{
    sqlite3 *db = vg_sql_db(upkeep->sql);
    char why[STORY];

    snprintf(why, sizeof why, "%s (%d)", sqlite3_errmsg(db), sqlite3_extended_errcode(db));
    return stuck(upkeep, what, vg_slice_str(why));
}

/* ---- the WAL ---- */

static uint64_t bytes_to_move(const vg_upkeep *upkeep)
{
    return (uint64_t)(upkeep->wal_pages - upkeep->moved_pages) * PAGE_BYTES;
}

/* TRUNCATE waits for readers; PASSIVE waits for nobody and moves what it can. */
static bool move_wal(vg_upkeep *upkeep, int how)
{
    sqlite3 *db = vg_sql_db(upkeep->sql);
    int pages = 0, moved = 0, rc;

    sqlite3_busy_timeout(db, CUT_WAIT_MS);
    rc = sqlite3_wal_checkpoint_v2(db, NULL, how, &pages, &moved);
    sqlite3_busy_timeout(db, BUSY_MS);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        return broken(upkeep, "checkpoint");
    upkeep->is_told = false;
    upkeep->wal_pages = pages > 0 ? (uint32_t)pages : 0;
    upkeep->moved_pages = moved > 0 ? (uint32_t)moved : 0;
    if (rc == SQLITE_BUSY || upkeep->moved_pages < upkeep->wal_pages)
        upkeep->is_held = true;
    return true;
}

static bool step_wal(vg_upkeep *upkeep, bool is_idle)
{
    bool is_long = (uint64_t)upkeep->wal_pages * PAGE_BYTES > upkeep->wal_bytes;

    if (upkeep->is_held)
        return false;
    if (is_idle && is_long)
        return move_wal(upkeep, SQLITE_CHECKPOINT_TRUNCATE);
    if (bytes_to_move(upkeep) > upkeep->wal_bytes ||
        (is_idle && upkeep->wal_pages - upkeep->moved_pages >= MOVE_PAGES))
        return move_wal(upkeep, SQLITE_CHECKPOINT_PASSIVE);
    return false;
}

/* ---- payload indexes ---- */

void vg_upkeep_filling(vg_upkeep *upkeep, vg_table *table)
{
    vg_table **at = &upkeep->filling;

    while (*at && *at != table)
        at = &(*at)->next_filling;
    if (*at)
        return;
    table->next_filling = NULL;
    *at = vg_table_hold(table);
}

/* Those at the head that are filled by now. */
static void forget_filled(vg_upkeep *upkeep)
{
    while (upkeep->filling && !upkeep->filling->fills) {
        vg_table *table = upkeep->filling;

        upkeep->filling = table->next_filling;
        vg_table_let(table);
    }
}

/* Of a table that has been dropped; its place in the list is forgotten in its turn. */
static void end_filling(vg_table *table)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status why = {.code = VG_NOT_FOUND, .where = VG_LIT("collection")};

    if (arena)
        why.what =
            vg_arena_printf(arena, "Collection `" VG_FMT "` doesn't exist!", VG_ARG(table->name));
    vg_fill_end(table, 0, &why);
    vg_arena_free(arena);
}

static bool fill(vg_upkeep *upkeep, vg_arena *arena)
{
    vg_status status = {0};

    if (vg_fill_step(upkeep->sql, upkeep->filling, arena, &status)) {
        vg_fill_tire(upkeep->filling, vg_clock_now_ns());
        upkeep->is_held = false; /* it was a commit */
        return true;
    }
    return stuck(upkeep, "filling a payload index", vg_status_what(&status));
}

static bool step_fill(vg_upkeep *upkeep)
{
    vg_arena *arena;
    bool goes_on;

    forget_filled(upkeep);
    if (!upkeep->filling)
        return false;
    arena = vg_arena_new(ARENA_BYTES);
    goes_on =
        arena ? fill(upkeep, arena) : stuck(upkeep, "filling a payload index", VG_LIT(VG_STARVED));
    vg_arena_free(arena);
    return goes_on;
}

/* ---- dropped collections and fields ---- */

static void end_rebuild(vg_upkeep *upkeep)
{
    vg_table_let(upkeep->rebuilding);
    upkeep->rebuilding = NULL;
}

void vg_upkeep_dropped(vg_upkeep *upkeep, vg_table *table)
{
    upkeep->has_dropped = true;
    table->next_grave = upkeep->graves;
    upkeep->graves = table;
    if (upkeep->rebuilding == table)
        end_rebuild(upkeep);
    atomic_store(&table->is_dropped, true);
    vg_builder_tell(upkeep->builder, table);
    if (table->fills)
        end_filling(table);
}

void vg_upkeep_dropped_field(vg_upkeep *upkeep)
{
    upkeep->has_dropped = true;
}

bool vg_upkeep_waits(const vg_upkeep *upkeep)
{
    return upkeep->graves || (upkeep->filling && upkeep->is_stuck) ||
           (upkeep->rebuilding && upkeep->rebuilding->offered);
}

/* The one hold that is left is ours, and nobody can get another. */
static void free_unheld(vg_upkeep *upkeep)
{
    vg_table **at = &upkeep->graves;

    while (*at) {
        vg_table *table = *at;

        if (!vg_table_is_last(table)) {
            at = &table->next_grave;
            continue;
        }
        *at = table->next_grave;
        vg_table_let(table);
    }
}

static bool find_dropped(vg_upkeep *upkeep, const char *text, uint64_t *number)
{
    sqlite3_stmt *stmt = vg_sql_use(upkeep->sql, text, 0);
    vg_sql_step step = stmt ? vg_sql_next(stmt) : VG_SQL_FAILED;

    *number = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static bool run(vg_upkeep *upkeep, const char *format, uint64_t number)
{
    sqlite3_stmt *stmt = NULL;
    char *text = sqlite3_mprintf(format, (sqlite3_uint64)number, (sqlite3_uint64)number,
                                 (sqlite3_uint64)SWEEP_ROWS);
    bool good = text && sqlite3_prepare_v2(vg_sql_db(upkeep->sql), text, -1, &stmt, NULL) == 0;

    sqlite3_free(text);
    if (good && sqlite3_bind_parameter_count(stmt) > 0)
        vg_sql_put_u64(stmt, 1, number);
    good = good && sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_finalize(stmt);
    return good;
}

static bool sweep(vg_upkeep *upkeep, uint64_t number)
{
    if (!vg_sql_run(upkeep->sql, "BEGIN IMMEDIATE") || !run(upkeep, sweep_sql, number))
        return false;
    if (vg_sql_changes(upkeep->sql) < SWEEP_ROWS &&
        (!run(upkeep, drop_sql, number) || !run(upkeep, forget_sql, number)))
        return false;
    return vg_sql_run(upkeep->sql, "COMMIT");
}

static bool sweep_field(vg_upkeep *upkeep, uint64_t number)
{
    bool is_gone;

    if (!vg_sql_run(upkeep->sql, "BEGIN IMMEDIATE") ||
        !vg_field_sweep(upkeep->sql, number, SWEEP_ROWS, &is_gone) ||
        (is_gone && !run(upkeep, forget_field_sql, number)))
        return false;
    return vg_sql_run(upkeep->sql, "COMMIT");
}

static bool step_dropped(vg_upkeep *upkeep)
{
    uint64_t number, field;

    if (!upkeep->has_dropped)
        return false;
    if (!find_dropped(upkeep, next_dropped_sql, &number) ||
        !find_dropped(upkeep, next_field_sql, &field))
        return broken(upkeep, "looking for what was dropped");
    if (number == 0 && field == 0)
        upkeep->has_dropped = false;
    else if (number > 0 ? !sweep(upkeep, number) : !sweep_field(upkeep, field))
        return broken(upkeep, "emptying what was dropped");
    return true;
}

/* ---- rebuilding ---- */

void vg_upkeep_ended(vg_table *table, uint32_t place, vg_slice key, uint64_t operation)
{
    if (table->fresh && table->fresh_for == place)
        vg_dense_end(table->fresh, key, operation);
}

void vg_upkeep_touched(vg_table *table, uint32_t place, vg_slice key, uint64_t operation)
{
    if (table->fresh && table->fresh_for == place)
        vg_dense_touch(table->fresh, key, operation);
}

static bool is_marked(const vg_dense *dense)
{
    uint64_t used = vg_dense_used(dense), live = vg_dense_live(dense);

    return used >= LEAST_SLOTS && (used - live) * 100 > used * MOST_MARKS;
}

static void begin_rebuild(vg_upkeep *upkeep, vg_table *table, uint32_t place)
{
    table->copied = 0;
    table->fresh_for = place;
    table->fresh = vg_dense_make(vg_dense_form(table->dense[place]));
    if (table->fresh)
        upkeep->rebuilding = vg_table_hold(table);
}

/* One at a time: another collection has its turn when it is changed next. */
void vg_upkeep_changed(vg_upkeep *upkeep, vg_table *table)
{
    for (uint32_t i = 0; !upkeep->rebuilding && i < table->vector_count; i++)
        if (is_marked(table->dense[i]))
            begin_rebuild(upkeep, table, i);
}

static bool fail_rebuild(vg_upkeep *upkeep)
{
    vg_table *table = upkeep->rebuilding;

    vg_table_offer(table, NULL);
    vg_dense_let(table->fresh);
    table->fresh = NULL;
    end_rebuild(upkeep);
    upkeep->is_stuck = true;
    return false;
}

/* Readers are not shown vectors that they would have to scan. The builder does not tell when it has
 * their graph: vg_upkeep_waits(). */
static bool await_graph(vg_upkeep *upkeep, vg_table *table)
{
    bool has_grown = !table->offered || table->offered_used < vg_dense_used(table->fresh);

    if (!vg_table_offer(table, table->fresh))
        return fail_rebuild(upkeep);
    if (has_grown)
        vg_builder_tell(upkeep->builder, table);
    return false;
}

static void finish_rebuild(vg_upkeep *upkeep, vg_table *table, vg_hnsw *graph)
{
    vg_dense *fresh = table->fresh;

    table->fresh = NULL;
    vg_table_replace(table, table->fresh_for, fresh, graph);
    upkeep->rebuilding = NULL;
    vg_builder_tell(upkeep->builder, table);
    vg_upkeep_changed(upkeep, table); /* another vector of its may be marked too */
    vg_table_let(table);
}

static bool step_rebuild(vg_upkeep *upkeep)
{
    vg_table *table = upkeep->rebuilding;
    vg_hnsw *graph = NULL;
    vg_dense *old;

    if (!table)
        return false;
    old = table->dense[table->fresh_for];
    if (!vg_dense_copy(table->fresh, old, &table->copied, COPY_BYTES))
        return fail_rebuild(upkeep);
    if (table->copied < vg_dense_used(old))
        return true;
    if (upkeep->builder && vg_table_has_graph(table, table->fresh_for)) {
        graph = vg_table_take_offered(table);
        if (!graph)
            return await_graph(upkeep, table);
    }
    finish_rebuild(upkeep, table, graph);
    return true;
}

/* Nobody commits, perhaps, and who waits for an index would wait for ever. */
static void look_again(vg_upkeep *upkeep)
{
    if (!upkeep->is_stuck || !upkeep->filling || ++upkeep->looks < RETRY_LOOKS)
        return;
    upkeep->looks = 0;
    upkeep->is_stuck = false;
}

bool vg_upkeep_step(vg_upkeep *upkeep, bool is_idle)
{
    free_unheld(upkeep);
    look_again(upkeep);
    if (upkeep->is_stuck)
        return false;
    if (step_wal(upkeep, is_idle) || step_rebuild(upkeep) || step_fill(upkeep))
        return true;
    return is_idle && step_dropped(upkeep);
}
