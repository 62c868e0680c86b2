/* See gather.h. Payloads are read in memory of their own, which is let go every now and then: what
 * stays of them are the values of the groups. */
#include "plan/gather.h"

#include <string.h>

#include "base/map.h"
#include "filter/values.h"

enum { SCRATCH_CAP = 64 << 20, SCRATCH_KEPT = 256 << 10, FIRST_ROOM = 4 };

typedef struct adding {
    vg_gather *gather;
    vg_map *by_key; /* to a group's place and one */
    vg_arena *scratch;
    const vg_point *hit;
    bool good;
} adding;

/* ---- groups ---- */

static bool grow(vg_arena *arena, void **at, uint32_t *room, size_t size)
{
    uint32_t wanted = *room > 0 ? *room * 2 : FIRST_ROOM;
    void *grown = vg_arena_resize(arena, *at, *room * size, wanted * size);

    if (!grown)
        return false;
    *at = grown;
    *room = wanted;
    return true;
}

/* Its array may have the value twice. An order shows a point once for each of its values. */
static bool has_hit(const vg_gathered *group, const vg_point *hit)
{
    uint32_t first = hit->has_order || group->count == 0 ? 0 : group->count - 1;

    for (uint32_t i = first; i < group->count; i++)
        if (vg_point_id_cmp(&group->hits[i].id, &hit->id) == 0)
            return true;
    return false;
}

static bool put_hit(adding *a, vg_gathered *group)
{
    void *hits = group->hits;

    if (group->is_closed || group->count == a->gather->size || has_hit(group, a->hit))
        return true;
    if (group->count == group->room &&
        !grow(a->gather->arena, &hits, &group->room, sizeof *group->hits))
        return false;
    group->hits = hits;
    group->hits[group->count++] = *a->hit;
    return true;
}

static bool put_group(adding *a, const vg_match_value *value, vg_slice key)
{
    vg_gather *g = a->gather;
    void *groups = g->groups;
    vg_gathered *group;

    if (g->count == g->room && !grow(g->arena, &groups, &g->room, sizeof *g->groups))
        return false;
    g->groups = groups;
    group = &g->groups[g->count];
    *group = (vg_gathered){.value = *value, .key = vg_arena_copy(g->arena, key)};
    if (value->kind == VG_MATCH_TEXT)
        group->value.text = vg_slice_skip(group->key, 1);
    g->count++;
    return group->key.at && vg_map_put(a->by_key, group->key, (void *)(uintptr_t)g->count) &&
           put_hit(a, group);
}

/* A byte for the kind, then the text or the integer. */
static vg_slice key_of(vg_arena *arena, const vg_match_value *value)
{
    bool is_text = value->kind == VG_MATCH_TEXT;
    size_t len = is_text ? value->text.len : sizeof value->integer;
    char *at = vg_arena_take(arena, len + 1);

    if (!at)
        return (vg_slice){0};
    at[0] = is_text ? 't' : 'i';
    if (is_text && len > 0)
        memcpy(at + 1, value->text.at, len);
    else if (!is_text)
        memcpy(at + 1, &value->integer, len);
    return vg_slice_of(at, len + 1);
}

static bool put_value(adding *a, const vg_match_value *value)
{
    vg_slice key = key_of(a->scratch, value);
    uintptr_t place = key.at ? (uintptr_t)vg_map_get(a->by_key, key) : 0;

    if (!key.at)
        return false;
    if (place > 0)
        return put_hit(a, &a->gather->groups[place - 1]);
    return a->gather->count == a->gather->limit || put_group(a, value, key);
}

/* ---- hits ---- */

/* False: it is the value of no group. */
static bool read_value(const vg_value *value, vg_match_value *out)
{
    vg_number number;

    *out = (vg_match_value){.kind = VG_MATCH_TEXT, .text = value->text};
    if (value->kind == VG_JSON_NUMBER && vg_value_number(value, &number) && number.is_whole)
        *out = (vg_match_value){.kind = VG_MATCH_INTEGER, .integer = number.whole};
    else if (value->kind != VG_JSON_STRING)
        return false;
    return true;
}

/* One value that is none of a group keeps the point out of all (FACTS 6). */
static bool is_other(const vg_value *value, void *arg)
{
    vg_match_value ignored;

    (void)arg;
    return !read_value(value, &ignored);
}

static bool see(const vg_value *value, void *arg)
{
    adding *a = arg;
    vg_match_value found;

    a->good = read_value(value, &found) && put_value(a, &found);
    return !a->good;
}

static vg_slice pad(vg_arena *arena, vg_slice text)
{
    char *copy = vg_arena_take(arena, text.len + VG_JSON_PAD);

    if (!copy)
        return (vg_slice){0};
    memcpy(copy, text.at, text.len);
    memset(copy + text.len, 0, VG_JSON_PAD);
    return vg_slice_of(copy, text.len);
}

static bool add_hit(adding *a)
{
    vg_status status = {0};
    const vg_json *payload;
    vg_slice text;

    if (a->hit->payload.len == 0)
        return true;
    text = pad(a->scratch, a->hit->payload);
    payload = text.at ? vg_json_read(a->scratch, text, VG_JSON_DEPTH, &status) : NULL;
    if (!payload)
        return text.at && status.code == VG_FORMAT;
    a->good = true;
    if (!vg_values_each(payload, &a->gather->path, VG_REACH_ELEMENTS, is_other, NULL))
        vg_values_each(payload, &a->gather->path, VG_REACH_ELEMENTS, see, a);
    return a->good;
}

static bool renew_scratch(adding *a)
{
    if (a->scratch && vg_arena_bytes(a->scratch) < SCRATCH_KEPT)
        return true;
    vg_arena_free(a->scratch);
    a->scratch = vg_arena_new(SCRATCH_CAP);
    return a->scratch != NULL;
}

static bool know_groups(adding *a)
{
    for (uint32_t i = 0; i < a->gather->count; i++)
        if (!vg_map_put(a->by_key, a->gather->groups[i].key, (void *)((uintptr_t)i + 1)))
            return false;
    return true;
}

bool vg_gather_add(vg_gather *gather, const vg_points *hits)
{
    adding a = {.gather = gather, .by_key = vg_map_new()};
    bool good = a.by_key && know_groups(&a);

    for (uint32_t i = 0; good && i < hits->count; i++) {
        a.hit = &hits->at[i];
        good = renew_scratch(&a) && add_hit(&a);
    }
    vg_arena_free(a.scratch);
    vg_map_free(a.by_key);
    return good;
}

uint32_t vg_gather_close_full(vg_gather *gather)
{
    uint32_t open = 0;

    for (uint32_t i = 0; i < gather->count; i++) {
        vg_gathered *group = &gather->groups[i];

        group->is_closed = group->is_closed || group->count == gather->size;
        open += !group->is_closed;
    }
    return open;
}

void vg_gather_empty_open(vg_gather *gather)
{
    for (uint32_t i = 0; i < gather->count; i++)
        if (!gather->groups[i].is_closed)
            gather->groups[i].count = 0;
}

bool vg_gather_is_complete(const vg_gather *gather)
{
    uint32_t closed = 0;

    for (uint32_t i = 0; i < gather->count; i++)
        closed += gather->groups[i].is_closed;
    return closed == gather->limit;
}
