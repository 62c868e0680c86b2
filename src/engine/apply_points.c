/* Points put, changed and deleted. See apply.h.
 *
 * An update first finds the rows that it is about: of each id, or of all points that its filter
 * matches; these it notes, for the change itself must not move what is still being looked at. Then
 * it goes through them one by one. Values of payload indexes are changed with each. */
#include <sqlite3.h>

#include "engine/apply.h"
#include "engine/fill.h"
#include "engine/payload.h"
#include "engine/rows.h"
#include "engine/where.h"

/* For what one point needs after the other; it is emptied when it has grown to KEEP_BYTES. */
enum { SCRATCH_BYTES = 512 << 20, KEEP_BYTES = 256 << 10, FIRST_ROOM = 64 };

static const char find_sql[] = "SELECT row FROM points_%llu WHERE id=?1";
static const char payload_sql[] = "SELECT payload FROM points_%llu WHERE row=?1";
static const char set_payload_sql[] = "UPDATE points_%llu SET version=?2,payload=?3 WHERE row=?1";
static const char touch_sql[] = "UPDATE points_%llu SET version=?2 WHERE row=?1";
static const char delete_sql[] = "DELETE FROM points_%llu WHERE row=?1";

typedef sqlite3_stmt statement;

typedef struct applying {
    vg_sql *sql;
    vg_write *write;
    vg_table *table;
    const vg_shape *shape;
    vg_change *change;
    vg_arena *scratch;
} applying;

static statement *use(const applying *a, const char *format)
{
    return vg_sql_use(a->sql, format, a->table->number);
}

/* False, with a story: memory's, when that is what was missing, else SQLite's. */
static bool fail(const applying *a)
{
    if (a->scratch && vg_arena_is_spent(a->scratch))
        vg_status_set(&a->write->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    else
        vg_apply_trouble(a->sql, a->write);
    return false;
}

static bool too_many(const applying *a)
{
    vg_status_set(&a->write->status, VG_TOO_LARGE,
                  VG_LIT("the filter selects more points than one request may hold: select fewer"),
                  VG_LIT("filter"));
    return false;
}

/* ---- values of payload indexes ---- */

static bool remove_values(const applying *a, uint64_t row)
{
    const vg_fields *fields = &a->shape->fields;

    for (uint32_t i = 0; i < fields->count; i++)
        if (vg_fill_has(a->table, &fields->at[i], row) &&
            !vg_field_remove(a->sql, &fields->at[i], row))
            return fail(a);
    return true;
}

/* `json` is the payload, if somebody has read it already. */
static bool put_values(const applying *a, uint64_t row, vg_slice payload, const vg_json *json)
{
    const vg_fields *fields = &a->shape->fields;

    if (fields->count == 0 || payload.len == 0)
        return true;
    if (!json && !vg_payload_read(a->scratch, payload, &json, &a->write->status))
        return false;
    for (uint32_t i = 0; i < fields->count; i++)
        if (vg_fill_has(a->table, &fields->at[i], row) &&
            !vg_field_put(a->sql, &fields->at[i], row, json, a->scratch))
            return fail(a);
    return true;
}

/* ---- one point ---- */

static void bind_vectors(const applying *a, statement *stmt, int first, const vg_put *put)
{
    for (uint32_t i = 0; i < a->table->vector_count; i++) {
        size_t bytes = a->table->vectors[i].size * sizeof(float);

        if (put->vectors[i])
            vg_sql_put_blob(stmt, first + (int)i,
                            vg_slice_of((const char *)put->vectors[i], bytes));
        else
            vg_sql_put_null(stmt, first + (int)i);
    }
    if (a->table->vector_count == 0) /* the column is there all the same */
        vg_sql_put_null(stmt, first);
}

static bool put_row(const applying *a, vg_put *put)
{
    statement *stmt = use(a, a->table->columns.put_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_blob(stmt, 1, put->key);
    vg_sql_put_u64(stmt, 2, a->change->operation);
    vg_sql_put_text(stmt, 3, put->payload);
    bind_vectors(a, stmt, VG_PUT_VECTOR, put);
    put->row = vg_sql_next(stmt) == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    return vg_sql_finish(stmt) || fail(a);
}

static bool upsert(const applying *a, vg_put *put)
{
    sqlite3 *db = vg_sql_db(a->sql);
    bool is_new;

    sqlite3_set_last_insert_rowid(db, 0); /* stays 0 when a row is replaced */
    if (!put_row(a, put))
        return false;
    is_new = sqlite3_last_insert_rowid(db) != 0;
    a->write->grown += is_new;
    return (is_new || remove_values(a, put->row)) &&
           put_values(a, put->row, put->payload, put->json);
}

static bool delete (const applying *a, vg_put *put)
{
    statement *stmt = use(a, delete_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_u64(stmt, 1, put->row);
    if (!vg_sql_finish(stmt))
        return fail(a);
    a->write->grown -= (int64_t)vg_sql_changes(a->sql); /* a repeated id has gone already */
    return remove_values(a, put->row);
}

static bool set_vectors(const applying *a, vg_put *put)
{
    statement *stmt = use(a, a->table->columns.set_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_u64(stmt, 1, put->row);
    vg_sql_put_u64(stmt, 2, a->change->operation);
    bind_vectors(a, stmt, VG_SET_VECTOR, put);
    return vg_sql_finish(stmt) || fail(a);
}

static bool cut_vectors(const applying *a, vg_put *put)
{
    statement *stmt = use(a, a->table->columns.cut_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_u64(stmt, 1, put->row);
    vg_sql_put_u64(stmt, 2, a->change->operation);
    for (uint32_t i = 0; i <= a->table->vector_count; i++)
        if (i < a->table->vector_count || i == 0)
            vg_sql_put_u64(stmt, VG_SET_VECTOR + (int)i, a->change->cuts[i]);
    return vg_sql_finish(stmt) || fail(a);
}

/* ---- payloads ---- */

/* {NULL, 0}: it failed. */
static vg_slice stored_payload(const applying *a, uint64_t row)
{
    statement *stmt = use(a, payload_sql);
    vg_slice payload = {0};

    if (!stmt) {
        fail(a);
        return payload;
    }
    vg_sql_put_u64(stmt, 1, row);
    if (vg_sql_next(stmt) == VG_SQL_ROW)
        payload = vg_sql_text(stmt, 0); /* NULL: no memory, the column never is */
    if (payload.at)
        payload = vg_payload_copy(a->scratch, payload);
    if (!payload.at)
        fail(a);
    vg_sql_done(stmt);
    return payload;
}

static vg_slice edit(const applying *a, vg_slice payload)
{
    const vg_change *change = a->change;
    vg_status *status = &a->write->status;

    switch (change->kind) {
    case VG_OP_OVERWRITE_PAYLOAD:
        return change->payload;
    case VG_OP_CLEAR_PAYLOAD:
        return (vg_slice){0};
    case VG_OP_DELETE_PAYLOAD:
        return vg_edit_delete(a->scratch, payload, &change->removal, status);
    default:
        if (change->at.count > 0)
            return vg_edit_merge_at(a->scratch, payload, &change->at, &change->patch, status);
        return vg_edit_merge(a->scratch, payload, &change->patch, status);
    }
}

static bool write_payload(const applying *a, uint64_t row, vg_slice payload)
{
    statement *stmt = use(a, set_payload_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_u64(stmt, 1, row);
    vg_sql_put_u64(stmt, 2, a->change->operation);
    vg_sql_put_text(stmt, 3, payload);
    return vg_sql_finish(stmt) || fail(a);
}

static bool touch(const applying *a, uint64_t row)
{
    statement *stmt = use(a, touch_sql);

    if (!stmt)
        return fail(a);
    vg_sql_put_u64(stmt, 1, row);
    vg_sql_put_u64(stmt, 2, a->change->operation);
    return vg_sql_finish(stmt) || fail(a);
}

static bool change_payload(const applying *a, vg_put *put)
{
    vg_slice before = stored_payload(a, put->row), after;

    if (!before.at)
        return false;
    after = edit(a, before);
    if (a->write->status.code != VG_OK)
        return false;
    if (vg_slice_is(before, after))
        return touch(a, put->row);
    return write_payload(a, put->row, after) && remove_values(a, put->row) &&
           put_values(a, put->row, after, a->change->json);
}

/* ---- which points ---- */

static bool find(const applying *a, vg_put *put)
{
    statement *stmt = use(a, find_sql);
    vg_sql_step step;

    if (!stmt)
        return fail(a);
    vg_sql_put_blob(stmt, 1, put->key);
    step = vg_sql_next(stmt);
    put->row = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    if (step == VG_SQL_FAILED)
        fail(a);
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static bool find_all(const applying *a)
{
    for (uint32_t i = 0; i < a->change->count; i++)
        if (!find(a, &a->change->puts[i]))
            return false;
    return true;
}

/* Notes one more that the filter matches. */
static bool note(const applying *a, statement *row, uint32_t *room)
{
    vg_change *change = a->change;
    vg_put *puts = change->puts;
    uint32_t more = *room > 0 ? *room * 2 : FIRST_ROOM;
    vg_slice key;

    if (change->count == *room) {
        puts = vg_arena_resize(a->write->arena, puts, *room * sizeof *puts, more * sizeof *puts);
        if (!puts)
            return too_many(a);
        change->puts = puts;
        *room = more;
    }
    key = vg_sql_blob(row, 1);
    if (!key.at) /* no memory: ids are never empty */
        return fail(a);
    puts[change->count] =
        (vg_put){.row = vg_sql_u64(row, 0), .key = vg_arena_copy(a->write->arena, key)};
    return puts[change->count++].key.at ? true : too_many(a);
}

static bool note_all(const applying *a, statement *stmt)
{
    vg_sql_step step = VG_SQL_END;
    uint32_t room = 0;
    bool good = true;

    a->change->puts = NULL;
    a->change->count = 0;
    while (good && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        good = note(a, stmt, &room);
    return step == VG_SQL_FAILED ? fail(a) : good;
}

static bool find_filtered(const applying *a)
{
    vg_where where;
    vg_slice text;
    statement *stmt;
    bool good;

    if (!vg_where_make(a->write->arena, a->change->filter, &a->shape->spec, &a->shape->fields, 1,
                       &where, &a->write->status))
        return false;
    text = vg_arena_printf(a->write->arena, "SELECT p.row,p.id FROM points_%llu p WHERE " VG_FMT,
                           (unsigned long long)a->table->number, VG_ARG(where.text));
    if (!text.at)
        return too_many(a);
    stmt = vg_sql_prepare(a->sql, text);
    if (!stmt)
        return fail(a);
    vg_where_bind(&where, stmt);
    good = note_all(a, stmt);
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
static bool reserve_place(const applying *a, uint32_t place)
{
    vg_asked *asked = &a->table->asked[place];

    for (uint32_t i = 0; i < a->change->count; i++) {
        asked->slots += a->change->puts[i].vectors[place] != NULL;
        asked->text += vg_dense_text_bytes(a->change->puts[i].key);
    }
    return vg_dense_reserve(a->table->dense[place], asked->slots, asked->text);
}

static bool reserve(const applying *a)
{
    for (uint32_t i = 0; i < a->table->vector_count; i++)
        if (!reserve_place(a, i)) {
            vg_apply_no_memory(a->write);
            return false;
        }
    return true;
}

static bool choose(const applying *a)
{
    if (changes_vectors(a->change->kind) && !reserve(a))
        return false;
    if (a->change->kind == VG_OP_UPSERT)
        return true;
    return a->change->is_filtered ? find_filtered(a) : find_all(a);
}

typedef bool change_one(const applying *a, vg_put *put);

static change_one *const changes[VG_OP_KINDS] = {
    [VG_OP_UPSERT] = upsert,
    [VG_OP_DELETE] = delete,
    [VG_OP_SET_PAYLOAD] = change_payload,
    [VG_OP_OVERWRITE_PAYLOAD] = change_payload,
    [VG_OP_DELETE_PAYLOAD] = change_payload,
    [VG_OP_CLEAR_PAYLOAD] = change_payload,
    [VG_OP_UPDATE_VECTORS] = set_vectors,
    [VG_OP_DELETE_VECTORS] = cut_vectors,
};

static bool refresh_scratch(applying *a)
{
    if (a->scratch && vg_arena_bytes(a->scratch) < KEEP_BYTES)
        return true;
    vg_arena_free(a->scratch);
    a->scratch = vg_arena_new(SCRATCH_BYTES);
    if (!a->scratch)
        vg_status_set(&a->write->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    return a->scratch != NULL;
}

/* FACTS 5: the others are changed all the same, and who does not wait is not told. */
static void tell_missing(const applying *a, const vg_put *put)
{
    bool is_quiet = a->change->kind == VG_OP_DELETE || a->change->kind == VG_OP_DELETE_VECTORS;
    vg_point_id id = {0};

    if (is_quiet || !a->write->wait ||
        !vg_point_id_of_key((const uint8_t *)put->key.at, put->key.len, &id))
        return;
    vg_status_setf(&a->write->status, a->write->arena, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found",
                   VG_ARG(vg_point_id_text(a->write->arena, &id)));
}

static bool change_all(applying *a)
{
    const vg_put *missing = NULL;
    vg_change *change = a->change;

    for (uint32_t i = 0; i < change->count; i++) {
        vg_put *put = &change->puts[i];

        if (put->row == 0 && change->kind != VG_OP_UPSERT) {
            missing = missing ? missing : put;
            continue;
        }
        if (!refresh_scratch(a) || !changes[change->kind](a, put))
            return false;
    }
    if (missing)
        tell_missing(a, missing);
    return true;
}

/* False: nothing of it is to stay. */
static bool apply_change(applying *a)
{
    vg_write *write = a->write;
    uint64_t number = a->table->number;

    if (!vg_rows_count(a->sql, number, 1, &a->change->operation))
        return fail(a);
    if (a->change->operation == 0) {
        vg_apply_no_collection(write, a->table->name);
        return false;
    }
    if (!choose(a) || !change_all(a))
        return false;
    write->operation = write->operations[write->done++] = a->change->operation;
    return true;
}

/* ---- several ---- */

static bool run(vg_sql *sql, const char *text)
{
    statement *stmt = vg_sql_use(sql, text, 0);

    return stmt && vg_sql_finish(stmt);
}

/* Under a savepoint of its own, so that those before stay. False: all is lost. */
static bool apply_part(applying *a)
{
    int64_t grown = a->write->grown;

    if (!run(a->sql, "SAVEPOINT part"))
        return fail(a);
    if (!apply_change(a)) {
        a->write->grown = grown;
        if (sqlite3_get_autocommit(vg_sql_db(a->sql)) || !run(a->sql, "ROLLBACK TO part"))
            return false; /* SQLite rolls back by itself when it must */
    }
    return run(a->sql, "RELEASE part") || fail(a);
}

static bool apply_parts(applying *a)
{
    vg_write *write = a->write;

    for (uint32_t i = 0; i < write->count && write->status.code == VG_OK; i++) {
        a->change = &write->changes[i];
        if (!apply_part(a))
            return false;
    }
    return write->done > 0 || write->status.code == VG_OK;
}

vg_code vg_apply_points(vg_sql *sql, vg_write *write)
{
    applying a = {
        .sql = sql,
        .write = write,
        .table = write->table,
        .shape = vg_apply_shape(write->table),
        .change = write->changes,
    };
    bool is_one = write->count == 1;
    bool stays = refresh_scratch(&a) && (is_one ? apply_change(&a) : apply_parts(&a));

    vg_arena_free(a.scratch);
    if (stays && write->status.code == VG_OK)
        write->status = write->refusal;
    if (stays)
        return VG_OK;
    write->done = 0;
    return write->status.code != VG_OK ? write->status.code : VG_INTERNAL;
}
