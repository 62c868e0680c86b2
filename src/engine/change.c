/* See change.h. */
#include "engine/change.h"

#include <sqlite3.h>

#include "engine/apply.h"
#include "engine/fill.h"
#include "engine/payload.h"

static const char find_sql[] = "SELECT row FROM points_%llu WHERE id=?1";
static const char payload_sql[] = "SELECT payload FROM points_%llu WHERE row=?1";
static const char set_payload_sql[] = "UPDATE points_%llu SET version=?2,payload=?3 WHERE row=?1";
static const char touch_sql[] = "UPDATE points_%llu SET version=?2 WHERE row=?1";
static const char delete_sql[] = "DELETE FROM points_%llu WHERE row=?1";

typedef sqlite3_stmt statement;

static statement *use(const vg_changing *c, const char *format)
{
    return vg_sql_use(c->sql, format, c->table->number);
}

/* False, with a story: memory's, when that is what was missing, else SQLite's. */
bool vg_change_fail(const vg_changing *c)
{
    if (c->scratch && vg_arena_is_spent(c->scratch))
        vg_status_set(&c->write->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    else
        vg_apply_trouble(c->sql, c->write);
    return false;
}

bool vg_change_too_many(const vg_changing *c)
{
    vg_status_set(&c->write->status, VG_TOO_LARGE,
                  VG_LIT("the points selected are more than one request may hold: select fewer"),
                  VG_LIT("filter"));
    return false;
}

/* ---- values of payload indexes ---- */

static bool is_meant(const vg_changing *c, uint32_t field, uint64_t row)
{
    return !c->is_spared[field] && vg_fill_has(c->table, &c->shape->fields.at[field], row);
}

static bool remove_values(const vg_changing *c, uint64_t row)
{
    const vg_fields *fields = &c->shape->fields;

    for (uint32_t i = 0; i < fields->count; i++)
        if (is_meant(c, i, row) && !vg_field_remove(c->sql, &fields->at[i], row))
            return vg_change_fail(c);
    return true;
}

/* `json` is the payload, if somebody has read it already. */
static bool put_values(const vg_changing *c, uint64_t row, vg_slice payload, const vg_json *json)
{
    const vg_fields *fields = &c->shape->fields;

    if (fields->count == 0 || payload.len == 0)
        return true;
    if (!json && !vg_payload_read(c->scratch, payload, &json, &c->write->status))
        return false;
    for (uint32_t i = 0; i < fields->count; i++)
        if (is_meant(c, i, row) && !vg_field_put(c->sql, &fields->at[i], row, json, c->scratch))
            return vg_change_fail(c);
    return true;
}

/* Does this change look at, or make, the member of that name? */
static bool concerns(const vg_change *change, vg_slice key)
{
    if (change->kind == VG_OP_SET_PAYLOAD && change->at.count > 0)
        return vg_slice_is(change->at.steps[0].key, key);
    for (uint32_t i = 0; i < change->patch.count; i++)
        if (vg_slice_is(change->patch.members[i].key, key))
            return true;
    for (uint32_t i = 0; i < change->removal.count; i++)
        if (vg_slice_is(change->removal.paths[i].steps[0].key, key))
            return true;
    return false;
}

/* Most changes of payloads are of members that no index is about. */
bool vg_change_begin(vg_changing *c)
{
    const vg_fields *fields = &c->shape->fields;
    bool knows_members =
        c->change->kind == VG_OP_SET_PAYLOAD || c->change->kind == VG_OP_DELETE_PAYLOAD;
    vg_path path;

    c->is_spared = VG_TAKE_N(c->write->arena, bool, fields->count + 1U);
    for (uint32_t i = 0; c->is_spared && knows_members && i < fields->count; i++) {
        if (vg_path_read(c->write->arena, fields->at[i].index.key, &path) != VG_PATH_OK)
            return vg_change_too_many(c);
        c->is_spared[i] = !concerns(c->change, path.steps[0].key);
    }
    return c->is_spared || vg_change_too_many(c);
}

/* ---- one point ---- */

bool vg_change_find(const vg_changing *c, vg_put *put)
{
    statement *stmt = use(c, find_sql);
    vg_sql_step step;

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_blob(stmt, 1, put->key);
    step = vg_sql_next(stmt);
    put->row = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    if (step == VG_SQL_FAILED)
        vg_change_fail(c);
    vg_sql_done(stmt);
    return step != VG_SQL_FAILED;
}

static void bind_vectors(const vg_changing *c, statement *stmt, int first, const vg_put *put)
{
    for (uint32_t i = 0; i < c->table->vector_count; i++) {
        const void *vector = put->vectors[i];

        if (vector)
            vg_sql_put_blob(
                stmt, first + (int)i,
                vg_slice_of(vector, vg_form_bytes(vg_dense_form(c->table->dense[i]), vector)));
        else
            vg_sql_put_null(stmt, first + (int)i);
    }
    if (c->table->vector_count == 0) /* the column is there all the same */
        vg_sql_put_null(stmt, first);
}

static bool put_row(const vg_changing *c, const vg_put *put)
{
    statement *stmt = use(c, c->table->columns.put_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_blob(stmt, 1, put->key);
    vg_sql_put_u64(stmt, 2, c->change->operation);
    vg_sql_put_text(stmt, 3, put->payload);
    bind_vectors(c, stmt, VG_PUT_VECTOR, put);
    return vg_sql_finish(stmt) || vg_change_fail(c);
}

static bool upsert(const vg_changing *c, vg_put *put)
{
    sqlite3 *db = vg_sql_db(c->sql);

    sqlite3_set_last_insert_rowid(db, 0); /* stays 0 when a row is replaced */
    if (!put_row(c, put))
        return false;
    put->row = (uint64_t)sqlite3_last_insert_rowid(db);
    if (put->row > 0)
        c->write->grown++;
    else if (!vg_change_find(c, put) || !remove_values(c, put->row))
        return false;
    return put_values(c, put->row, put->payload, put->json);
}

static bool delete (const vg_changing *c, vg_put *put)
{
    statement *stmt = use(c, delete_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_u64(stmt, 1, put->row);
    if (!vg_sql_finish(stmt))
        return vg_change_fail(c);
    c->write->grown -= (int64_t)vg_sql_changes(c->sql); /* a repeated id has gone already */
    return remove_values(c, put->row);
}

static bool set_vectors(const vg_changing *c, vg_put *put)
{
    statement *stmt = use(c, c->table->columns.set_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_u64(stmt, 1, put->row);
    vg_sql_put_u64(stmt, 2, c->change->operation);
    bind_vectors(c, stmt, VG_SET_VECTOR, put);
    return vg_sql_finish(stmt) || vg_change_fail(c);
}

static bool cut_vectors(const vg_changing *c, vg_put *put)
{
    statement *stmt = use(c, c->table->columns.cut_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_u64(stmt, 1, put->row);
    vg_sql_put_u64(stmt, 2, c->change->operation);
    for (uint32_t i = 0; i <= c->table->vector_count; i++)
        if (i < c->table->vector_count || i == 0)
            vg_sql_put_u64(stmt, VG_SET_VECTOR + (int)i, c->change->cuts[i]);
    return vg_sql_finish(stmt) || vg_change_fail(c);
}

/* ---- payloads ---- */

/* {NULL, 0}: it failed. */
static vg_slice stored_payload(const vg_changing *c, uint64_t row)
{
    statement *stmt = use(c, payload_sql);
    vg_slice payload = {0};

    if (!stmt) {
        vg_change_fail(c);
        return payload;
    }
    vg_sql_put_u64(stmt, 1, row);
    if (vg_sql_next(stmt) == VG_SQL_ROW)
        payload = vg_sql_text(stmt, 0); /* NULL: no memory, the column never is */
    if (payload.at)
        payload = vg_payload_copy(c->scratch, payload);
    if (!payload.at)
        vg_change_fail(c);
    vg_sql_done(stmt);
    return payload;
}

static vg_slice edit(const vg_changing *c, vg_slice payload)
{
    const vg_change *change = c->change;
    vg_status *status = &c->write->status;

    switch (change->kind) {
    case VG_OP_OVERWRITE_PAYLOAD:
        return change->payload;
    case VG_OP_CLEAR_PAYLOAD:
        return (vg_slice){0};
    case VG_OP_DELETE_PAYLOAD:
        return vg_edit_delete(c->scratch, payload, &change->removal, status);
    default:
        if (change->at.count > 0)
            return vg_edit_merge_at(c->scratch, payload, &change->at, &change->patch, status);
        return vg_edit_merge(c->scratch, payload, &change->patch, status);
    }
}

static bool write_payload(const vg_changing *c, uint64_t row, vg_slice payload)
{
    statement *stmt = use(c, set_payload_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_u64(stmt, 1, row);
    vg_sql_put_u64(stmt, 2, c->change->operation);
    vg_sql_put_text(stmt, 3, payload);
    return vg_sql_finish(stmt) || vg_change_fail(c);
}

static bool touch(const vg_changing *c, uint64_t row)
{
    statement *stmt = use(c, touch_sql);

    if (!stmt)
        return vg_change_fail(c);
    vg_sql_put_u64(stmt, 1, row);
    vg_sql_put_u64(stmt, 2, c->change->operation);
    return vg_sql_finish(stmt) || vg_change_fail(c);
}

static bool change_payload(const vg_changing *c, vg_put *put)
{
    vg_slice before = stored_payload(c, put->row), after;

    if (!before.at)
        return false;
    after = edit(c, before);
    if (c->write->status.code != VG_OK)
        return false;
    if (vg_slice_is(before, after))
        return touch(c, put->row);
    return write_payload(c, put->row, after) && remove_values(c, put->row) &&
           put_values(c, put->row, after, c->change->json);
}

/* ---- any ---- */

typedef bool changer(const vg_changing *c, vg_put *put);

static changer *const changers[VG_OP_KINDS] = {
    [VG_OP_UPSERT] = upsert,
    [VG_OP_DELETE] = delete,
    [VG_OP_SET_PAYLOAD] = change_payload,
    [VG_OP_OVERWRITE_PAYLOAD] = change_payload,
    [VG_OP_DELETE_PAYLOAD] = change_payload,
    [VG_OP_CLEAR_PAYLOAD] = change_payload,
    [VG_OP_UPDATE_VECTORS] = set_vectors,
    [VG_OP_DELETE_VECTORS] = cut_vectors,
};

bool vg_change_one(const vg_changing *c, vg_put *put)
{
    return changers[c->change->kind](c, put);
}
