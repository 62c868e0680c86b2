/* Payload paths as PostgreSQL's jsonpath, and as documents that contain a value.
 *
 * A jsonpath in lax mode goes into arrays that a path of ours does not, and one in strict mode
 * fails where a step leads nowhere. So each step asks first, within a filter, where an error is no
 * match:
 *
 *     a[].b    strict $ ? (exists(@."a"))."a" ? (@.type()=="array")[*] ? (exists(@."b"))."b" */
#include "vecgate/json.h"

#include "adapters/vector/pgvector/filter_parts.h"
#include "base/buf.h"

enum { MOST_PLAIN = 8 };

bool vg_pg_path_is_plain(const vg_path *path)
{
    for (uint32_t i = 0; i < path->count; i++)
        if (path->steps[i].kind != VG_PATH_KEY)
            return false;
    return path->count <= MOST_PLAIN;
}

/* What was written, in the arena; {NULL}: memory is gone. */
static vg_slice keep(vg_arena *arena, vg_buf *text)
{
    vg_slice kept =
        vg_buf_is_spent(text) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(text));

    vg_buf_fini(text);
    return kept;
}

static void write_key(vg_buf *text, vg_slice key)
{
    vg_json_out out = {.buf = text};

    vg_json_put_text(&out, key);
}

static void write_step(vg_buf *text, const vg_path_step *step)
{
    if (step->kind == VG_PATH_KEY) {
        vg_buf_put(text, VG_LIT(" ? (exists(@."));
        write_key(text, step->key);
        vg_buf_put(text, VG_LIT("))."));
        write_key(text, step->key);
    } else if (step->kind == VG_PATH_ALL) {
        vg_buf_put(text, VG_LIT(" ? (@.type()==\"array\")[*]"));
    } else {
        vg_buf_printf(text, " ? (@.type()==\"array\" && @.size()>%llu)[%llu]",
                      (unsigned long long)step->index, (unsigned long long)step->index);
    }
}

/* Neither jsonpath nor jsonb knows NUL, and both count in 32 bits. */
static bool can_lead(const vg_path_step *step)
{
    if (step->kind == VG_PATH_INDEX)
        return step->index < INT32_MAX;
    return step->kind == VG_PATH_ALL || vg_slice_find(step->key, '\0') == step->key.len;
}

vg_pg_param vg_pg_path_param(vg_arena *arena, const vg_path *path)
{
    vg_pg_param param = {.type = VG_PG_JSONPATH};
    bool leads = true;
    vg_buf text;

    vg_buf_init(&text, 0);
    vg_buf_put(&text, VG_LIT("strict $"));
    for (uint32_t i = 0; i < path->count; i++) {
        leads = leads && can_lead(&path->steps[i]);
        write_step(&text, &path->steps[i]);
    }
    param.value = keep(arena, &text);
    return leads ? param : (vg_pg_param){.type = VG_PG_JSONPATH};
}

vg_slice vg_pg_path_document(vg_arena *arena, const vg_path *path, vg_slice value)
{
    vg_buf text;

    for (uint32_t i = 0; i < path->count; i++)
        if (path->steps[i].kind == VG_PATH_INDEX || !can_lead(&path->steps[i]))
            return (vg_slice){0};
    vg_buf_init(&text, 0);
    for (uint32_t i = 0; i < path->count; i++) {
        bool is_key = path->steps[i].kind == VG_PATH_KEY;

        vg_buf_put_byte(&text, is_key ? '{' : '[');
        if (!is_key)
            continue;
        write_key(&text, path->steps[i].key);
        vg_buf_put_byte(&text, ':');
    }
    vg_buf_put(&text, value);
    for (uint32_t i = path->count; i-- > 0;)
        vg_buf_put_byte(&text, path->steps[i].kind == VG_PATH_KEY ? '}' : ']');
    return keep(arena, &text);
}
