/* See tables.h. */
#include "tests/unit/catalog/tables.h"

void change_tables(struct tables *tables, table_change *change, void *arg, bool keeps)
{
    struct tables now = {0};

    for (uint32_t x = 0; x <= NAMES; x++) {
        for (uint32_t y = 0; y <= NAMES; y++) {
            struct table t = {{x, y}};

            if (!tables->can_be[x][y])
                continue;
            now.can_be[x][y] |= keeps;
            if (change(&t, arg))
                now.can_be[t.of[0]][t.of[1]] = true;
        }
    }
    *tables = now;
}

bool can_be_some_table(const struct tables *tables)
{
    for (uint32_t x = 0; x <= NAMES; x++)
        for (uint32_t y = 0; y <= NAMES; y++)
            if (tables->can_be[x][y])
                return true;
    return false;
}

bool lose_target(struct table *t, void *arg)
{
    uint32_t target = *(uint32_t *)arg + 1;

    for (int i = 0; i < 2; i++)
        if (t->of[i] == target)
            t->of[i] = 0;
    return true;
}

bool act(struct table *t, void *arg)
{
    const struct actions *actions = arg;

    for (uint32_t i = 0; i < actions->count; i++) {
        uint32_t *of = &t->of[actions->at[i].alias], target = *of;

        if (actions->at[i].kind == '>' && target == 0)
            return false;
        *of = actions->at[i].kind == '=' ? actions->at[i].other + 1 : 0;
        if (actions->at[i].kind == '>')
            t->of[actions->at[i].other] = target;
    }
    return true;
}
