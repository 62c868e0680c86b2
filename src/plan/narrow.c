/* See narrow.h. */
#include "plan/narrow.h"

#include <string.h>

static const vg_condition never = {.test = VG_TEST_HAS_ID};
static const vg_filter nothing = {.must = {&never, 1}};

static bool append(vg_arena *arena, vg_clause *clause, const vg_condition *condition)
{
    vg_condition *at = VG_TAKE_N(arena, vg_condition, (size_t)clause->count + 1);

    if (!at)
        return false;
    if (clause->count > 0)
        memcpy(at, clause->at, clause->count * sizeof *at);
    at[clause->count] = *condition;
    clause->at = at;
    clause->count++;
    return true;
}

/* A copy: it has no JSON of its own any more. */
static vg_filter *copy(vg_arena *arena, const vg_filter *filter)
{
    vg_filter *out = VG_TAKE(arena, vg_filter);

    if (!out)
        return NULL;
    if (filter)
        *out = *filter;
    out->raw = (vg_slice){0};
    return out;
}

static const vg_filter *with(vg_arena *arena, const vg_filter *filter,
                             const vg_condition *condition)
{
    vg_filter *out = copy(arena, filter);

    return out && append(arena, &out->must, condition) ? out : &nothing;
}

static const vg_filter *without(vg_arena *arena, const vg_filter *filter,
                                const vg_condition *condition)
{
    vg_filter *out = copy(arena, filter);

    return out && append(arena, &out->must_not, condition) ? out : &nothing;
}

const vg_filter *vg_narrow_by(vg_arena *arena, const vg_filter *filter, const vg_filter *by)
{
    if (!filter || !by)
        return filter ? filter : by;
    return with(arena, filter, &(vg_condition){.test = VG_TEST_NESTED_FILTER, .as.filter = by});
}

const vg_filter *vg_narrow_to_ids(vg_arena *arena, const vg_filter *filter, const vg_point_id *ids,
                                  uint32_t count)
{
    return with(arena, filter, &(vg_condition){.test = VG_TEST_HAS_ID, .as.ids = {ids, count}});
}

const vg_filter *vg_narrow_without_ids(vg_arena *arena, const vg_filter *filter,
                                       const vg_point_id *ids, uint32_t count)
{
    if (count == 0)
        return filter;
    return without(arena, filter, &(vg_condition){.test = VG_TEST_HAS_ID, .as.ids = {ids, count}});
}

const vg_filter *vg_narrow_to_holders(vg_arena *arena, const vg_filter *filter, vg_slice vector)
{
    return with(arena, filter, &(vg_condition){.test = VG_TEST_HAS_VECTOR, .as.text = vector});
}

const vg_filter *vg_narrow_to_filled(vg_arena *arena, const vg_filter *filter, vg_slice key)
{
    return without(
        arena, filter,
        &(vg_condition){.test = VG_TEST_IS_EMPTY, .key = key, .as.is = {.wanted = true}});
}

/* Of the condition's list, what is of that kind: a match has values of one kind only. */
static bool append_kind(vg_arena *arena, vg_clause *clause, const vg_condition *all, int kind)
{
    vg_match_value *at = VG_TAKE_N(arena, vg_match_value, (size_t)all->as.list.count + 1);
    vg_condition condition = *all;
    uint32_t used = 0;

    if (!at)
        return false;
    for (uint32_t i = 0; i < all->as.list.count; i++)
        if ((int)all->as.list.at[i].kind == kind)
            at[used++] = all->as.list.at[i];
    condition.as.list.at = at;
    condition.as.list.count = used;
    return used == 0 || append(arena, clause, &condition);
}

const vg_filter *vg_narrow_to_values(vg_arena *arena, const vg_filter *filter, vg_slice key,
                                     const vg_match_value *values, uint32_t count)
{
    const vg_condition all = {.test = VG_TEST_MATCH_ANY, .key = key, .as.list = {values, count}};
    vg_filter *any = copy(arena, NULL);

    if (!any || count == 0 || !append_kind(arena, &any->should, &all, VG_MATCH_TEXT) ||
        !append_kind(arena, &any->should, &all, VG_MATCH_INTEGER))
        return &nothing;
    return vg_narrow_by(arena, any, filter);
}
