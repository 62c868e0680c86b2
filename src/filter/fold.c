/* See fold.h. Only lists of one kind are made, of texts or of integers: these an index answers. */
#include "filter/fold.h"

#include <stdlib.h>
#include <string.h>

enum { ALONE = -1 };

typedef struct item {
    const vg_condition *of;
    int kind; /* of its values; ALONE: it joins no other */
} item;

/* NULL: it is no match with one value or any of several. */
static const vg_match_value *values_of(const vg_condition *condition, uint32_t *count)
{
    *count = 0;
    if (condition->test == VG_TEST_MATCH_VALUE) {
        *count = 1;
        return &condition->as.value;
    }
    if (condition->test != VG_TEST_MATCH_ANY)
        return NULL;
    *count = condition->as.list.count;
    return condition->as.list.at;
}

static int kind_of(const vg_condition *condition)
{
    uint32_t count;
    const vg_match_value *values = values_of(condition, &count);
    int kind = count > 0 ? (int)values->kind : ALONE;

    for (uint32_t i = 1; i < count; i++)
        if ((int)values[i].kind != kind)
            return ALONE;
    return kind == VG_MATCH_BOOL ? ALONE : kind;
}

static int compare_fields(const item *a, const item *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->kind == ALONE ? 0 : vg_slice_cmp(a->of->key, b->of->key);
}

static int by_field(const void *a, const void *b)
{
    const item *one = a, *two = b;
    int sign = compare_fields(one, two);

    return sign != 0 ? sign : (one->of > two->of) - (one->of < two->of);
}

/* How many from this one on ask the same of the same field. */
static uint32_t count_alike(const item *items, uint32_t count)
{
    uint32_t alike = 1;

    while (alike < count && items->kind != ALONE && compare_fields(items, &items[alike]) == 0)
        alike++;
    return alike;
}

static bool join(vg_arena *arena, const item *items, uint32_t count, vg_condition *out)
{
    vg_match_value *to;
    uint32_t total = 0, some;

    for (uint32_t i = 0; i < count; i++) {
        values_of(items[i].of, &some);
        total += some;
    }
    to = VG_TAKE_N(arena, vg_match_value, total);
    if (!to)
        return false;
    *out = (vg_condition){.test = VG_TEST_MATCH_ANY, .key = items->of->key, .as.list = {to, total}};
    for (uint32_t i = 0; i < count; i++, to += some) {
        const vg_match_value *from = values_of(items[i].of, &some);

        memcpy(to, from, some * sizeof *to);
    }
    return true;
}

bool vg_fold_any(vg_arena *arena, const vg_clause *clause, vg_clause *out)
{
    item *items;
    vg_condition *to;

    *out = *clause;
    if (clause->count < 2)
        return true;
    items = VG_TAKE_N(arena, item, clause->count);
    to = VG_TAKE_N(arena, vg_condition, clause->count);
    if (!items || !to)
        return false;
    for (uint32_t i = 0; i < clause->count; i++)
        items[i] = (item){&clause->at[i], kind_of(&clause->at[i])};
    qsort(items, clause->count, sizeof *items, by_field);
    *out = (vg_clause){.at = to};
    for (uint32_t i = 0, alike; i < clause->count; i += alike, out->count++) {
        alike = count_alike(&items[i], clause->count - i);
        to[out->count] = *items[i].of;
        if (alike > 1 && !join(arena, &items[i], alike, &to[out->count]))
            return false;
    }
    return true;
}
