/* A list is kept as one block, rows and then names, so that a reload can take the old one's place:
 * the configuration's arena frees nothing before the end. */
#include "config/bounds.h"

#include <stddef.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "config/option.h"
#include "config/read_bounds.h"

/* ---- what holds ---- */

static int by_name(const void *key, const void *row)
{
    return vg_slice_cmp(*(const vg_slice *)key, ((const vg_tenant_bounds *)row)->tenant);
}

static const vg_tenant_bounds *find(const vg_tenant_bounds_list *list, vg_slice tenant)
{
    return list->count > 0 ? bsearch(&tenant, list->at, list->count, sizeof *list->at, by_name)
                           : NULL;
}

static uint64_t choose(uint64_t own, uint64_t each)
{
    return own != VG_AS_EACH ? own : each;
}

vg_tenant_limits vg_tenant_limits_of(const vg_tenant_quota *bounds, vg_slice tenant)
{
    const vg_tenant_bounds *row = find(&bounds->tenants, tenant);
    const vg_tenant_limits *each = &bounds->each;

    if (row == NULL)
        return *each;
    return (vg_tenant_limits){.rate = choose(row->own.rate, each->rate),
                              .burst = choose(row->own.burst, each->burst),
                              .body_bytes = choose(row->own.body_bytes, each->body_bytes),
                              .collections = choose(row->own.collections, each->collections),
                              .points = choose(row->own.points, each->points)};
}

/* ---- the list as a value ---- */

bool vg_tenant_bounds_is_same(const vg_tenant_bounds_list *a, const vg_tenant_bounds_list *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!vg_slice_is(a->at[i].tenant, b->at[i].tenant) ||
            memcmp(&a->at[i].own, &b->at[i].own, sizeof a->at[i].own) != 0)
            return false;
    return true;
}

static size_t bytes_of(const vg_tenant_bounds_list *list)
{
    size_t bytes = list->count * sizeof *list->at;

    for (uint32_t i = 0; i < list->count; i++)
        bytes += list->at[i].tenant.len;
    return bytes;
}

/* Twice what is needed, so that a list that grows takes room a few times only. Without memory the
 * old one stays. */
static bool make_room(vg_tenant_bounds_list *to, size_t bytes, vg_arena *arena)
{
    char *block = bytes > to->room ? vg_arena_take(arena, 2 * bytes) : to->block;

    if (bytes > to->room && block != NULL) {
        to->block = block;
        to->room = 2 * bytes;
    }
    return bytes <= to->room;
}

bool vg_tenant_bounds_copy(const vg_tenant_bounds_list *from, vg_tenant_bounds_list *to,
                           vg_arena *arena)
{
    vg_tenant_bounds *rows;
    char *names;

    if (!make_room(to, bytes_of(from), arena))
        return false;
    rows = (vg_tenant_bounds *)(void *)to->block;
    names = to->block + from->count * sizeof *rows;
    for (uint32_t i = 0; i < from->count; i++) {
        rows[i] = from->at[i];
        rows[i].tenant.at = names;
        memcpy(names, from->at[i].tenant.at, from->at[i].tenant.len);
        names += from->at[i].tenant.len;
    }
    to->at = rows;
    to->count = from->count;
    return true;
}

static void put_field(vg_json_out *out, const vg_option *field, uint64_t value, vg_arena *arena)
{
    vg_json_put_key(out, vg_slice_str(vg_bounds_name(field)));
    if (field->kind == VG_OPT_BYTES)
        vg_json_put_text(out, vg_option_number(field->kind, value, arena));
    else
        vg_json_put_u64(out, value);
}

static void put_row(vg_json_out *out, const vg_tenant_bounds *row, vg_arena *arena)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("tenant"));
    vg_json_put_text(out, row->tenant);
    for (const vg_option *field = vg_bounds_next(NULL); field != NULL;
         field = vg_bounds_next(field)) {
        uint64_t value = *vg_bounds_at(field, (vg_tenant_limits *)(uintptr_t)&row->own);

        if (value != VG_AS_EACH)
            put_field(out, field, value, arena);
    }
    vg_json_close_object(out);
}

vg_slice vg_tenant_bounds_write(const vg_tenant_bounds_list *list, vg_arena *arena)
{
    vg_slice text = {0};
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    if (list->count == 0)
        return text;
    vg_buf_init(&buf, 0);
    vg_json_open_array(&out);
    for (uint32_t i = 0; i < list->count; i++)
        put_row(&out, &list->at[i], arena);
    vg_json_close_array(&out);
    text = vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}
