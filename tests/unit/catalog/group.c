/* See group.h. */
#include "tests/unit/catalog/group.h"

#include <stdlib.h>

int group_set_up(void **state)
{
    struct group *g = calloc(1, sizeof *g);

    g->toy = toy_new();
    g->generations = vg_generations_new();
    g->holds = vg_holds_new();
    for (int i = 0; i < WORKERS; i++)
        g->at[i] = toy_world_new_capped(
            g->toy,
            (toy_caps){.generations = g->generations, .holds = g->holds, .worker = (uint32_t)i});
    *state = g;
    return 0;
}

int group_tear_down(void **state)
{
    struct group *g = *state;

    for (int i = 0; i < WORKERS; i++)
        toy_world_free(g->at[i]);
    vg_generations_free(g->generations);
    vg_holds_free(g->holds);
    toy_free(g->toy);
    free(g);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

uint32_t group_find(struct group *g, int worker, const char *name)
{
    vg_code code;
    uint32_t size = toy_find(g->at[worker], name, &code);

    assert_true(code == VG_OK || code == VG_NOT_FOUND);
    return size;
}

void group_all_find(struct group *g, const char *name, uint32_t size)
{
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(group_find(g, i, name), size);
}
