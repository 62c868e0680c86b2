/* Changes of payloads (FACTS 5). At the top level they are jsonb's own operators; at a path they
 * are the functions of migrate.c, which mean what filter/edit.h says. */
#include "adapters/vector/pgvector/storable.h"
#include "adapters/vector/pgvector/update.h"
#include "base/buf.h"
#include "filter/edit.h"

/* ---- as JSON ---- */

static bool take(vg_pgvector_change *c, vg_buf *buf, vg_slice *out)
{
    *out =
        vg_buf_is_spent(buf) ? (vg_slice){0} : vg_arena_copy(c->job->t->scratch, vg_buf_bytes(buf));
    vg_buf_fini(buf);
    return out->at || vg_pgvector_spent(c->job->t);
}

/* A path as its steps: "key", 3 for [3], null for []. */
static void write_path(vg_json_out *json, const vg_path *path)
{
    vg_json_open_array(json);
    for (uint32_t i = 0; i < path->count; i++) {
        const vg_path_step *step = &path->steps[i];

        if (step->kind == VG_PATH_KEY)
            vg_json_put_text(json, step->key);
        else if (step->kind == VG_PATH_INDEX)
            vg_json_put_u64(json, step->index);
        else
            vg_json_put_null(json);
    }
    vg_json_close_array(json);
}

/* ---- merging ---- */

typedef struct merging {
    vg_slice put; /* the members that are set, as an object */
    vg_slice *cut;
    uint32_t cut_count;
} merging;

static bool has_nul(vg_slice text)
{
    return vg_slice_find(text, '\0') < text.len; /* no key in the database has one */
}

static bool check_storable(vg_pgvector_change *c, vg_slice payload)
{
    vg_try *t = c->job->t;

    return vg_pg_check_storable(t->scratch, payload, VG_LIT("payload"), &t->status);
}

static bool split(vg_pgvector_change *c, const vg_patch *patch, merging *out)
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};

    out->cut = VG_TAKE_N(c->job->t->scratch, vg_slice, (size_t)patch->count + 1);
    if (!out->cut)
        return vg_pgvector_spent(c->job->t);
    vg_buf_init(&buf, 0);
    vg_json_open_object(&json);
    for (uint32_t i = 0; i < patch->count; i++) {
        const vg_edit_member *member = &patch->members[i];

        if (!vg_json_is_null(member->value)) {
            vg_json_put_key(&json, member->key);
            vg_json_put_raw(&json, member->value->raw);
        } else if (!has_nul(member->key)) {
            out->cut[out->cut_count++] = member->key;
        }
    }
    vg_json_close_object(&json);
    return take(c, &buf, &out->put) && check_storable(c, out->put);
}

static bool read_merging(vg_pgvector_change *c, merging *out)
{
    vg_slice text = c->update->payload.len > 0 ? c->update->payload : VG_LIT("{}");
    vg_arena *arena = c->job->t->scratch;
    char *padded = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);
    vg_patch patch;

    if (!padded)
        return vg_pgvector_spent(c->job->t);
    memcpy(padded, text.at, text.len);
    return vg_patch_read(arena, vg_slice_of(padded, text.len), &patch, &c->job->t->status) &&
           split(c, &patch, out);
}

static bool put_merge_at(vg_pgvector_change *c, const merging *m)
{
    vg_arena *arena = c->job->t->scratch;
    vg_pg_sql *sql = &c->job->sql;
    vg_buf buf;
    vg_json_out json = {.buf = &buf};
    vg_slice steps;
    vg_path path;

    if (!vg_edit_path(arena, c->update->key, VG_LIT("key"), &path, &c->job->t->status))
        return false;
    if (has_nul(c->update->key)) {
        vg_status_set(&c->job->t->status, VG_UNSUPPORTED,
                      VG_LIT(VG_PG_NO_NUL ", which a name in the path has: take it out"),
                      VG_LIT("key"));
        return false;
    }
    vg_buf_init(&buf, 0);
    write_path(&json, &path);
    if (!take(c, &buf, &steps))
        return false;
    vg_pg_sql_text(sql, ",doc=vecgate.merge_at(p.doc,");
    vg_pg_sql_bind_json(sql, steps);
    vg_pg_sql_text(sql, ",");
    vg_pg_sql_bind_as(sql, m->put, "json");
    vg_pg_sql_text(sql, ",");
    vg_pg_sql_bind_texts(sql, m->cut, m->cut_count);
    vg_pg_sql_text(sql, ")");
    return true;
}

static bool put_set(vg_pgvector_change *c)
{
    vg_pg_sql *sql = &c->job->sql;
    merging m = {0};

    if (!read_merging(c, &m))
        return false;
    if (c->update->key.len > 0)
        return put_merge_at(c, &m);
    vg_pg_sql_text(sql, ",doc=vecgate.merge(p.doc,");
    vg_pg_sql_bind_as(sql, m.put, "json");
    vg_pg_sql_text(sql, ",");
    vg_pg_sql_bind_texts(sql, m.cut, m.cut_count);
    vg_pg_sql_text(sql, ")");
    return true;
}

/* ---- deleting ---- */

static bool put_delete_all(vg_pgvector_change *c, const vg_path *paths, uint32_t count)
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};
    vg_slice text;

    vg_buf_init(&buf, 0);
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < count; i++)
        write_path(&json, &paths[i]);
    vg_json_close_array(&json);
    if (!take(c, &buf, &text))
        return false;
    vg_pg_sql_text(&c->job->sql, ",doc=vecgate.delete_all(p.doc,");
    vg_pg_sql_bind_json(&c->job->sql, text);
    vg_pg_sql_text(&c->job->sql, ")");
    return true;
}

static bool put_delete(vg_pgvector_change *c)
{
    vg_arena *arena = c->job->t->scratch;
    uint32_t count = 0;
    bool is_flat = true;
    vg_path *paths = VG_TAKE_N(arena, vg_path, (size_t)c->update->name_count + 1);
    vg_slice *keys = VG_TAKE_N(arena, vg_slice, (size_t)c->update->name_count + 1);

    if (!paths || !keys)
        return vg_pgvector_spent(c->job->t);
    for (uint32_t i = 0; i < c->update->name_count; i++) {
        if (!vg_edit_path(arena, c->update->names[i],
                          vg_arena_printf(arena, "keys[%u]", (unsigned)i), &paths[count],
                          &c->job->t->status))
            return false;
        if (has_nul(c->update->names[i]))
            continue;
        is_flat &= paths[count].count == 1;
        keys[count] = paths[count].steps[0].key;
        count++;
    }
    if (!is_flat)
        return put_delete_all(c, paths, count);
    vg_pg_sql_text(&c->job->sql, ",doc=vecgate.merge(p.doc,'{}',");
    vg_pg_sql_bind_texts(&c->job->sql, keys, count);
    vg_pg_sql_text(&c->job->sql, ")");
    return true;
}

/* ---- all four ---- */

static bool put_payload(vg_pgvector_change *c)
{
    vg_slice payload = c->update->payload.len > 0 ? c->update->payload : VG_LIT("{}");

    switch (c->update->kind) {
    case VG_OP_SET_PAYLOAD:
        return put_set(c);
    case VG_OP_DELETE_PAYLOAD:
        return put_delete(c);
    case VG_OP_OVERWRITE_PAYLOAD:
        if (!check_storable(c, payload))
            return false;
        vg_pg_sql_text(&c->job->sql, ",doc=");
        vg_pg_sql_bind_as(&c->job->sql, payload, "json");
        return true;
    default:
        vg_pg_sql_text(&c->job->sql, ",doc='{}'");
        return true;
    }
}

bool vg_pgvector_add_payload(vg_pgvector_change *c)
{
    vg_pgvector_open_update(c);
    return put_payload(c) && vg_pgvector_put_selection(c) && vg_pgvector_close_change(c);
}
