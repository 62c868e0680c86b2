/* Chance against a model: many clients on few names, exchanges that fail, hang and come late,
 * worlds that end. What was acknowledged is what the next client finds. VG_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/support/toy_world.h"

enum { NAMES = 3, STEPS = 40000 };

static const char *const names[NAMES] = {"a", "b", "c"};

/* What may be under a name: several sizes are possible after an unclear end; 0 is none. */
struct model {
    bool can_be[9]; /* by size; [0]: nothing */
};

struct game {
    uint64_t chance;
    toys *toy;
    toy_world *world;
    struct model models[NAMES];
    unsigned long acknowledged;
};

static uint32_t draw(struct game *g, uint32_t below)
{
    g->chance ^= g->chance << 13;
    g->chance ^= g->chance >> 7;
    g->chance ^= g->chance << 17;
    return (uint32_t)(g->chance >> 16) % below;
}

static void set_only(struct model *m, uint32_t size)
{
    *m = (struct model){0};
    m->can_be[size] = true;
}

static bool is_possible_but(const struct model *m, uint32_t not )
{
    for (uint32_t i = 0; i < 9; i++)
        if (i != not &&m->can_be[i])
            return true;
    return false;
}

/* ---- trouble ---- */

static void make_trouble(struct game *g)
{
    static const toy_fate fates[] = {TOY_REFUSE, TOY_FAULT_BEFORE, TOY_FAULT_AFTER};
    static const vg_code codes[] = {VG_THROTTLED, VG_BACKEND_ERROR, VG_NO_SPACE, VG_OVERLOADED};

    toy_unscript(g->toy);
    if (draw(g, 3) == 0)
        toy_script(g->toy, (toy_rule){TOY_ANY, draw(g, 6), 1 + draw(g, 2), fates[draw(g, 3)],
                                      codes[draw(g, 4)]});
}

static void end_world(struct game *g)
{
    toy_unscript(g->toy);
    toy_world_free(g->world);
    g->world = toy_world_new(g->toy);
}

/* ---- what clients do, and what it means ---- */

static void create(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    uint32_t size = 1 + draw(g, 8);
    vg_code code = toy_create(g->world, names[which], size);

    if (code == VG_OK) {
        assert_true(m->can_be[0]);
        set_only(m, size);
        g->acknowledged++;
    } else if (code == VG_EXISTS) {
        assert_true(is_possible_but(m, 0));
        m->can_be[0] = false;
    } else if (m->can_be[0]) {
        m->can_be[size] = true; /* or not */
    }
}

static void drop(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    bool did;
    vg_code code = toy_drop(g->world, names[which], &did);

    if (code == VG_OK) {
        assert_true(did ? is_possible_but(m, 0) : m->can_be[0]);
        set_only(m, 0);
        g->acknowledged++;
    } else {
        m->can_be[0] = true;
    }
}

static void find(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    vg_code code;
    uint32_t size = toy_find(g->world, names[which], &code);

    if (code == VG_OK) {
        assert_true(m->can_be[size]);
        set_only(m, size);
    } else if (code == VG_NOT_FOUND) {
        assert_true(m->can_be[0]);
        set_only(m, 0);
    }
}

static void list(struct game *g)
{
    const char *text = toy_list(g->world);

    for (uint32_t i = 0; text && i < NAMES; i++) {
        if (strchr(text, names[i][0]))
            assert_true(is_possible_but(&g->models[i], 0));
        else
            assert_true(g->models[i].can_be[0]);
    }
}

/* A creation and a deletion at once: either order, each whole. */
static void create_and_drop(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    uint32_t size = 1 + draw(g, 8);
    toy_ask *a, *b;
    vg_code created, dropped;

    toy_unscript(g->toy);
    toy_script(g->toy, (toy_rule){TOY_ANY, draw(g, 8), 1, TOY_HOLD_AFTER, VG_OK});
    a = toy_begin_create(g->world, names[which], size);
    b = toy_begin_drop(g->world, names[which]);
    toy_settle(g->world);
    toy_unscript(g->toy);
    toy_release(g->toy);
    toy_settle(g->world);
    created = toy_end(a);
    dropped = toy_end(b);
    assert_true(created == VG_OK || created == VG_EXISTS);
    assert_int_equal(dropped, VG_OK);
    set_only(m, 0);
}

static void step(struct game *g)
{
    uint32_t which = draw(g, NAMES);

    make_trouble(g);
    switch (draw(g, 10)) {
    case 0:
    case 1:
    case 2:
        create(g, which);
        break;
    case 3:
    case 4:
        drop(g, which);
        break;
    case 5:
        list(g);
        break;
    case 6:
        create_and_drop(g, which);
        break;
    case 7:
        if (draw(g, 4) == 0)
            end_world(g);
        break;
    default:
        find(g, which);
    }
}

static uint64_t seed(void)
{
    const char *given = getenv("VG_SEED");

    return given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL) * 2654435761u + 1;
}

static void play(bool adopts)
{
    struct game g = {.chance = seed(), .toy = toy_new()};

    print_message("VG_SEED=%llu\n", (unsigned long long)g.chance);
    toy_vectors_adapter(g.toy)->can.supports_adoption = adopts;
    g.world = toy_world_new(g.toy);
    for (uint32_t i = 0; i < NAMES; i++)
        set_only(&g.models[i], 0);
    for (int i = 0; i < STEPS; i++)
        step(&g);
    assert_true(g.acknowledged > STEPS / 10);
    toy_world_free(g.world);
    toy_free(g.toy);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void what_is_acknowledged_is_found(void **state)
{
    (void)state;
    play(false);
}

static void also_on_a_backend_whose_collections_are_adopted(void **state)
{
    (void)state;
    play(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_acknowledged_is_found),
        cmocka_unit_test(also_on_a_backend_whose_collections_are_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
