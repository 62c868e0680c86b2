/* See erased.h. */
#include "jobs/kinds/erased.h"

#include <inttypes.h>

#include "vecgate/json.h"

#include "base/buf.h"

enum { NUMBERS = 12, NODE_BYTES = 64 * 1024, DEPTH = 6 };

/* ---- the cursor: numbers, with blanks between them ---- */

static void list_numbers(vg_erased *erased, uint64_t *out[NUMBERS])
{
    uint64_t *const at[NUMBERS] = {&erased->phase,  &erased->found,   &erased->collections,
                                   &erased->points, &erased->aliases, &erased->jobs,
                                   &erased->rows,   &erased->pending, &erased->holds,
                                   &erased->rest,   &erased->is_told, &erased->is_half};

    memcpy(out, at, sizeof at);
}

vg_erased vg_erased_read(vg_slice cursor)
{
    vg_erased erased = {0};
    uint64_t *numbers[NUMBERS];
    bool good = true;

    list_numbers(&erased, numbers);
    for (int i = 0; good && i < NUMBERS; i++) {
        size_t blank = vg_slice_find(cursor, ' ');

        good = vg_slice_u64(vg_slice_of(cursor.at, blank), numbers[i]);
        cursor = vg_slice_skip(cursor, blank + 1);
    }
    return good && erased.phase < ERASE_PHASES ? erased : (vg_erased){0};
}

vg_slice vg_erased_write(vg_arena *arena, const vg_erased *erased)
{
    vg_erased copy = *erased;
    uint64_t *numbers[NUMBERS];
    vg_buf buf;
    vg_slice text = {0};

    vg_buf_init(&buf, VG_BUILD_CURSOR_BYTES);
    list_numbers(&copy, numbers);
    for (int i = 0; i < NUMBERS; i++)
        vg_buf_printf(&buf, "%s%" PRIu64, i > 0 ? " " : "", *numbers[i]);
    if (!vg_buf_is_spent(&buf))
        text = vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}

/* FNV-1a: it is read by another process, perhaps. */
uint64_t vg_erased_hash(vg_slice name)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.at[i]) * 0x100000001b3;
    return hash ? hash : 1;
}

/* ---- the receipt ---- */

static void put_number(vg_json_out *out, const char *key, uint64_t number)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_u64(out, number);
}

static void put_rest(vg_json_out *out, vg_slice backend, uint64_t collections)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("backend"));
    vg_json_put_text(out, backend);
    put_number(out, "collections", collections);
    vg_json_close_object(out);
}

static void put_old_rest(vg_json_out *out, vg_slice old)
{
    vg_arena *nodes = vg_arena_new(NODE_BYTES + old.len * sizeof(vg_json));
    char *padded = nodes ? vg_arena_take_zero(nodes, old.len + VG_JSON_PAD, 1) : NULL;
    const vg_json *rest = NULL;

    if (padded && old.len > 0) {
        memcpy(padded, old.at, old.len);
        rest = vg_json_get(vg_json_read(nodes, vg_slice_of(padded, old.len), DEPTH, NULL),
                           VG_LIT("remaining"));
    }
    for (const vg_json *at = rest ? rest->first : NULL; at; at = at->next)
        vg_json_put_raw(out, at->raw);
    vg_arena_free(nodes);
}

static void put_receipt(vg_json_out *out, const vg_erased *erased, vg_slice tenant)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("tenant"));
    vg_json_put_text(out, tenant);
    put_number(out, "collections", erased->collections);
    put_number(out, "points", erased->points);
    put_number(out, "aliases", erased->aliases);
    put_number(out, "jobs", erased->jobs);
    put_number(out, "rows", erased->rows);
    vg_json_put_key(out, VG_LIT("remaining"));
}

/* `backend`: one more that keeps something; empty: none. */
static vg_slice write(vg_arena *arena, const vg_erased *erased, vg_slice tenant, vg_slice old,
                      vg_slice backend)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    vg_slice text = {0};

    vg_buf_init(&buf, VG_JOB_RECEIPT_BYTES);
    put_receipt(&out, erased, tenant);
    vg_json_open_array(&out);
    put_old_rest(&out, old);
    if (backend.len > 0)
        put_rest(&out, backend, erased->rest);
    vg_json_close_array(&out);
    vg_json_close_object(&out);
    if (!vg_buf_is_spent(&buf))
        text = vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}

vg_slice vg_erased_receipt(vg_arena *arena, const vg_erased *erased, vg_slice tenant, vg_slice old)
{
    return write(arena, erased, tenant, old, (vg_slice){0});
}

vg_slice vg_erased_add_rest(vg_arena *arena, const vg_erased *erased, vg_slice tenant, vg_slice old,
                            vg_slice backend)
{
    return write(arena, erased, tenant, old, backend);
}
