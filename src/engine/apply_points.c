/* Points put, changed and deleted. See apply.h.
 *
 * An update first finds the rows that it is about: of each id, or of all points that its filter
 * matches; these it notes, for the change itself must not move what is still being looked at. Then
 * it goes through them one by one (change.h). */
#include <sqlite3.h>

#include "engine/apply.h"
#include "engine/change.h"
#include "engine/rows.h"
#include "engine/where.h"

/* For what one point needs after the other; it is emptied when it has grown to KEEP_BYTES. */
enum { SCRATCH_BYTES = 512 << 20, KEEP_BYTES = 256 << 10, FIRST_ROOM = 64 };

typedef sqlite3_stmt statement;

/* ---- which points ---- */

static bool find_all(const vg_changing *c)
{
    for (uint32_t i = 0; i < c->change->count; i++)
        if (!vg_change_find(c, &c->change->puts[i]))
            return false;
    return true;
}

/* Notes one more that the filter matches. */
static bool note(const vg_changing *c, statement *row, uint32_t *room)
{
    vg_change *change = c->change;
    vg_put *puts = change->puts;
    uint32_t more = *room > 0 ? *room * 2 : FIRST_ROOM;
    vg_slice key;

    if (change->count == *room) {
        puts = vg_arena_resize(c->write->arena, puts, *room * sizeof *puts, more * sizeof *puts);
        if (!puts)
            return vg_change_too_many(c);
        change->puts = puts;
        *room = more;
    }
    key = vg_sql_blob(row, 1);
    if (!key.at) /* no memory: ids are never empty */
        return vg_change_fail(c);
    puts[change->count] =
        (vg_put){.row = vg_sql_u64(row, 0), .key = vg_arena_copy(c->write->arena, key)};
    return puts[change->count++].key.at ? true : vg_change_too_many(c);
}

static bool note_all(const vg_changing *c, statement *stmt)
{
    vg_sql_step step = VG_SQL_END;
    uint32_t room = 0;
    bool good = true;

    c->change->puts = NULL;
    c->change->count = 0;
    while (good && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        good = note(c, stmt, &room);
    return step == VG_SQL_FAILED ? vg_change_fail(c) : good;
}

static bool find_filtered(const vg_changing *c)
{
    const vg_where_over over = {&c->shape->spec, &c->shape->fields, 1};
    vg_where where;
    vg_slice text;
    statement *stmt;
    bool good;

    if (!vg_where_make(c->write->arena, c->change->filter, &over, &where, &c->write->status))
        return false;
    text = vg_arena_printf(c->write->arena, "SELECT p.row,p.id FROM points_%llu p WHERE " VG_FMT,
                           (unsigned long long)c->table->number, VG_ARG(where.text));
    if (!text.at)
        return vg_change_too_many(c);
    stmt = vg_sql_prepare(c->sql, text);
    if (!stmt)
        return vg_change_fail(c);
    vg_where_bind(&where, stmt);
    vg_sql_bound(c->sql, c->write->work.is_stopped, 0);
    good = note_all(c, stmt);
    vg_sql_bound(c->sql, NULL, 0);
    vg_sql_drop(stmt);
    return good;
}

/* ---- one update ---- */

static bool changes_vectors(vg_op_kind kind)
{
    return kind == VG_OP_UPSERT || kind == VG_OP_UPDATE_VECTORS;
}

/* For all writes of the group so far: they are put after the commit, which must not find memory
 * gone. What a write that is rolled back had asked for stays asked: too much, not too little. */
static bool reserve_place(const vg_changing *c, uint32_t place)
{
    vg_asked *asked = &c->table->asked[place];

    const vg_dense *dense = c->table->dense[place];

    for (uint32_t i = 0; i < c->change->count; i++) {
        const vg_put *put = &c->change->puts[i];

        if (!put->vectors[place])
            continue;
        asked->slots++;
        asked->text +=
            vg_dense_text_bytes(put->key) + vg_dense_blob_bytes(dense, put->vectors[place]);
    }
    return vg_dense_reserve(c->table->dense[place], asked->slots, asked->text);
}

static bool reserve(const vg_changing *c)
{
    for (uint32_t i = 0; i < c->table->vector_count; i++)
        if (!reserve_place(c, i)) {
            vg_apply_no_memory(c->write);
            return false;
        }
    return true;
}

static bool choose(const vg_changing *c)
{
    if (changes_vectors(c->change->kind) && !reserve(c))
        return false;
    if (c->change->kind == VG_OP_UPSERT)
        return true;
    return c->change->is_filtered ? find_filtered(c) : find_all(c);
}

static bool refresh_scratch(vg_changing *c)
{
    if (c->scratch && vg_arena_bytes(c->scratch) < KEEP_BYTES)
        return true;
    vg_arena_free(c->scratch);
    c->scratch = vg_arena_new(SCRATCH_BYTES);
    if (!c->scratch)
        vg_status_set(&c->write->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    return c->scratch != NULL;
}

/* FACTS 5: the others are changed all the same, and who does not wait is not told. */
static void tell_missing(const vg_changing *c, const vg_put *put)
{
    bool is_quiet = c->change->kind == VG_OP_DELETE || c->change->kind == VG_OP_DELETE_VECTORS;
    vg_point_id id = {0};

    if (is_quiet || !c->write->wait ||
        !vg_point_id_of_key((const uint8_t *)put->key.at, put->key.len, &id))
        return;
    vg_status_setf(&c->write->status, c->write->arena, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found",
                   VG_ARG(vg_point_id_text(c->write->arena, &id)));
}

static bool change_all(vg_changing *c)
{
    const vg_put *missing = NULL;
    vg_change *change = c->change;

    for (uint32_t i = 0; i < change->count; i++) {
        vg_put *put = &change->puts[i];

        if (put->row == 0 && change->kind != VG_OP_UPSERT) {
            missing = missing ? missing : put;
            continue;
        }
        if (!refresh_scratch(c) || !vg_change_one(c, put))
            return false;
    }
    if (missing)
        tell_missing(c, missing);
    return true;
}

/* False: nothing of it is to stay. */
static bool apply_change(vg_changing *c)
{
    vg_write *write = c->write;
    uint64_t number = c->table->number;

    if (!vg_rows_count(c->sql, number, 1, &c->change->operation))
        return vg_change_fail(c);
    if (c->change->operation == 0) {
        vg_apply_no_collection(write, c->table->name);
        return false;
    }
    if (!vg_change_begin(c) || !choose(c) || !change_all(c))
        return false;
    write->operation = write->operations[write->done++] = c->change->operation;
    return true;
}

/* ---- several ---- */

static bool run(vg_sql *sql, const char *text)
{
    statement *stmt = vg_sql_use(sql, text, 0);

    return stmt && vg_sql_finish(stmt);
}

/* Under a savepoint of its own, so that those before stay. False: all is lost. */
static bool apply_part(vg_changing *c)
{
    int64_t grown = c->write->grown;

    if (!run(c->sql, "SAVEPOINT part"))
        return vg_change_fail(c);
    if (!apply_change(c)) {
        c->write->grown = grown;
        if (sqlite3_get_autocommit(vg_sql_db(c->sql)) || !run(c->sql, "ROLLBACK TO part"))
            return false; /* SQLite rolls back by itself when it must */
    }
    return run(c->sql, "RELEASE part") || vg_change_fail(c);
}

static bool apply_parts(vg_changing *c)
{
    vg_write *write = c->write;

    for (uint32_t i = 0; i < write->count && write->status.code == VG_OK; i++) {
        c->change = &write->changes[i];
        if (!apply_part(c))
            return false;
    }
    return write->done > 0 || write->status.code == VG_OK;
}

vg_code vg_apply_points(vg_sql *sql, vg_write *write)
{
    vg_changing c = {
        .sql = sql,
        .write = write,
        .table = write->table,
        .shape = vg_apply_shape(write->table),
        .change = write->changes,
    };
    bool is_one = write->count == 1;
    bool stays = refresh_scratch(&c) && (is_one ? apply_change(&c) : apply_parts(&c));

    vg_arena_free(c.scratch);
    if (stays && write->status.code == VG_OK)
        write->status = write->refusal;
    if (stays)
        return VG_OK;
    write->done = 0;
    return write->status.code != VG_OK ? write->status.code : VG_INTERNAL;
}
