/* Equality by containment, which a GIN index over the payload answers (jsonb_path_ops, or the
 * default): a value at the path, or in an array there.
 *
 *     p.payload @> {"a":"x"} OR p.payload @> {"a":["x"]}
 *
 * For texts and truth values that is all of the condition. jsonb takes 1 and 1.0 for equal, which
 * FACTS 7 does not: behind numbers the exact condition stands as well. Other conditions may have an
 * index of their field's own (filter_field.c). */
#include "vecgate/json.h"

#include "adapters/vector/pgvector/filter_parts.h"
#include "base/buf.h"

enum { MOST_VALUES = 16 }; /* two searches of the index each; more are cheaper at each row */

static const vg_match_value *values_of(const vg_condition *c, uint32_t *count)
{
    *count = 1;
    if (c->test == VG_TEST_MATCH_VALUE)
        return &c->as.value;
    *count = c->test == VG_TEST_MATCH_ANY ? c->as.list.count : 0;
    return c->as.list.at;
}

/* {NULL}: no document holds it, or memory is gone. */
static vg_slice json_of(vg_arena *arena, const vg_match_value *value, bool in_array)
{
    vg_buf text;
    vg_json_out out = {.buf = &text};
    vg_slice json;

    if (value->kind == VG_MATCH_TEXT && vg_slice_find(value->text, '\0') < value->text.len)
        return (vg_slice){0};
    vg_buf_init(&text, 0);
    if (in_array)
        vg_json_open_array(&out);
    if (value->kind == VG_MATCH_TEXT)
        vg_json_put_text(&out, value->text);
    else if (value->kind == VG_MATCH_BOOL)
        vg_json_put_bool(&out, value->integer != 0);
    else
        vg_json_put_i64(&out, value->integer);
    if (in_array)
        vg_json_close_array(&out);
    json = vg_buf_is_spent(&text) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(&text));
    vg_buf_fini(&text);
    return json;
}

/* The two documents of each value; their number, or 0: it cannot be said so. */
static uint32_t make_documents(const vg_pg_scene *scene, const vg_ask *ask, vg_slice *documents)
{
    uint32_t count, made = 0;
    const vg_match_value *values = values_of(ask->condition, &count);

    for (uint32_t i = 0; i < count && count <= MOST_VALUES; i++)
        for (int in_array = 0; in_array < 2; in_array++) {
            vg_slice json = json_of(scene->arena, &values[i], in_array);

            if (json.at)
                json = vg_pg_path_document(scene->arena, &ask->path, json);
            if (!json.at)
                return 0;
            documents[made++] = json;
        }
    return made;
}

static bool has_number(const vg_ask *ask)
{
    uint32_t count;
    const vg_match_value *values = values_of(ask->condition, &count);

    for (uint32_t i = 0; i < count; i++)
        if (values[i].kind == VG_MATCH_INTEGER)
            return true;
    return false;
}

bool vg_pg_write_narrow(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    const vg_pg_scene *scene = arg;
    vg_slice documents[2 * MOST_VALUES];
    uint32_t count = make_documents(scene, ask, documents);

    if (count == 0) {
        vg_pg_write_field(w, ask, arg);
        return false;
    }
    vg_sql_write(w, "(");
    for (uint32_t i = 0; i < count; i++) {
        vg_sql_write(w, i > 0 ? " OR " : "");
        vg_pg_write_with(w, scene, "%d@>%p", vg_pg_param_of(documents[i], VG_PG_JSONB));
    }
    vg_sql_write(w, ")");
    if (!has_number(ask))
        return true;
    vg_sql_write(w, " AND ");
    return false;
}
