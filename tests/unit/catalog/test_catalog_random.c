/* Chance against a model: many clients on few names, exchanges that fail, hang and come late,
 * worlds that end. What was acknowledged is what the next client finds. VG_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/support/toy_change.h"
#include "tests/unit/catalog/tables.h"

enum { STEPS = 40000 };

static const char *const names[NAMES] = {"a", "b", "c"};
/* Each has names of its own that look the same. NULL: the sole one. */
enum { TENANTS = 2 };
static const char *const tenants[][TENANTS] = {
    {NULL, "b"}, {"default", "acme"}, {"a", "a/b"}, {"\xc3\xa4", "a\xcc\x88"}};
static const char *const aliases[] = {"x", "y"};

/* What may be under a name: several sizes are possible after an unclear end; 0 is none. */
struct model {
    bool can_be[9];   /* by size; [0]: nothing */
    bool can_have[9]; /* by the kind of the field "k"; [0]: it is not declared */
};

/* What a tenant may have. */
struct side {
    struct model models[NAMES];
    struct tables tables;
};

struct game {
    uint64_t chance;
    toys *toy;
    toy_world *world;
    const char *const *tenants;
    struct side sides[TENANTS];
    struct model *models; /* of who plays now */
    struct tables *tables;
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
    m->can_have[0] = true;
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
        change_tables(g->tables, lose_target, &which, false);
        g->acknowledged++;
    } else if (code == VG_EXISTS) {
        assert_true(is_possible_but(m, 0));
        m->can_be[0] = false;
    } else if (m->can_be[0]) {
        m->can_be[size] = m->can_have[0] = true; /* or not */
        change_tables(g->tables, lose_target, &which, true);
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
        change_tables(g->tables, lose_target, &which, false);
        g->acknowledged++;
    } else {
        m->can_be[0] = true;
        change_tables(g->tables, lose_target, &which, true);
    }
}

struct found {
    vg_code code;
    uint32_t size;
    uint32_t kind; /* of the field "k" */
};

static struct found ask(struct game *g, const char *name)
{
    toy_ask *asked = toy_begin_find(g->world, name);
    struct found found = {0};

    toy_settle(g->world);
    if (toy_code(asked) == VG_OK) {
        const vg_collection_spec *spec = &asked->op.collection->spec;
        const vg_index *index = vg_index_find(&spec->indexes, VG_LIT("k"));

        found.size = spec->vectors[0].size;
        found.kind = index ? index->kind : 0;
    }
    found.code = toy_end(asked);
    return found;
}

static void find(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    struct found found = ask(g, names[which]);

    if (found.code == VG_OK) {
        assert_true(m->can_be[found.size]);
        assert_true(m->can_have[found.kind]);
        set_only(m, found.size); /* what was seen stays */
        m->can_have[0] = false;
        m->can_have[found.kind] = true;
    } else if (found.code == VG_NOT_FOUND) {
        assert_true(m->can_be[0]);
        set_only(m, 0);
    }
}

/* ---- what changes in what stays ---- */

static void declare(struct game *g, uint32_t which)
{
    struct model *m = &g->models[which];
    uint32_t kind = draw(g, VG_INDEX_KINDS);
    vg_code code = toy_index(g->world, names[which], "k", (vg_index_kind)kind);

    if (code == VG_OK) {
        assert_true(is_possible_but(m, 0));
        memset(m->can_have, 0, sizeof m->can_have);
        m->can_be[0] = false;
        g->acknowledged++;
    }
    if (code == VG_NOT_FOUND)
        assert_true(m->can_be[0]);
    else
        m->can_have[kind] = true;
}

/* ---- aliases ---- */

struct asked_by_alias {
    const struct game *g;
    uint32_t alias; /* one of them, … */
    struct found found;
    struct table listed; /* … or all */
};

static bool explains(struct table *t, void *arg)
{
    const struct asked_by_alias *asked = arg;
    uint32_t target = t->of[asked->alias];

    if (asked->found.code == VG_NOT_FOUND)
        return target == 0 || asked->g->models[target - 1].can_be[0];
    return target > 0 && asked->g->models[target - 1].can_be[asked->found.size] &&
           asked->g->models[target - 1].can_have[asked->found.kind];
}

static void find_by_alias(struct game *g)
{
    struct asked_by_alias asked = {.g = g, .alias = draw(g, 2)};

    asked.found = ask(g, aliases[asked.alias]);
    if (asked.found.code != VG_OK && asked.found.code != VG_NOT_FOUND)
        return;
    change_tables(g->tables, explains, &asked, false);
    assert_true(can_be_some_table(g->tables));
    for (uint32_t i = 0; i < NAMES; i++) /* what stands for nothing may be taken away now */
        if (g->models[i].can_be[0])
            change_tables(g->tables, lose_target, &i, true);
}

/* What stands for nothing is not listed. */
static bool shows(struct table *t, void *arg)
{
    const struct asked_by_alias *asked = arg;

    for (int i = 0; i < 2; i++)
        if (t->of[i] != asked->listed.of[i] &&
            (asked->listed.of[i] != 0 || !asked->g->models[t->of[i] - 1].can_be[0]))
            return false;
    return true;
}

static void list_aliases(struct game *g)
{
    const char *text = toy_aliases(g->world, NULL);
    struct asked_by_alias asked = {.g = g};

    if (!text)
        return;
    for (int i = 0; i < 2; i++) {
        const char *at = strchr(text, aliases[i][0]);

        if (at)
            asked.listed.of[i] = (uint32_t)(at[2] - 'a') + 1;
    }
    change_tables(g->tables, shows, &asked, false);
    assert_true(can_be_some_table(g->tables));
}

static void draw_actions(struct game *g, struct actions *actions)
{
    size_t used = 0;

    actions->count = 1 + draw(g, 3);
    for (uint32_t i = 0; i < actions->count; i++) {
        const char *alias = aliases[actions->at[i].alias = draw(g, 2)];
        char kind = actions->at[i].kind = "==!>"[draw(g, 4)];
        uint32_t other = actions->at[i].other = draw(g, kind == '=' ? NAMES : 2);
        char *to = actions->text + used;
        size_t room = sizeof actions->text - used;

        if (kind == '!')
            used += (size_t)snprintf(to, room, "!%s ", alias);
        else
            used += (size_t)snprintf(to, room, "%s%c%s ", alias, kind,
                                     kind == '=' ? names[other] : aliases[other]);
    }
    actions->text[used - 1] = '\0';
}

static void change_aliases(struct game *g)
{
    struct actions actions;
    vg_code code;

    draw_actions(g, &actions);
    code = toy_change_aliases(g->world, actions.text);
    if (code == VG_NOT_FOUND)
        return; /* nothing happened: what is found next tells */
    change_tables(g->tables, act, &actions, code != VG_OK);
    assert_true(can_be_some_table(g->tables));
    if (code != VG_OK)
        return;
    g->acknowledged++;
    for (uint32_t i = 0; i < actions.count; i++)
        if (actions.at[i].kind == '=') {
            assert_true(is_possible_but(&g->models[actions.at[i].other], 0));
            g->models[actions.at[i].other].can_be[0] = false;
        }
}

static void sweep(struct game *g)
{
    toy_repair_all(g->world);
    for (uint32_t k = 0; k < TENANTS; k++) { /* everybody's */
        g->models = g->sides[k].models;
        g->tables = &g->sides[k].tables;
        for (uint32_t i = 0; i < NAMES; i++)
            if (g->models[i].can_be[0])
                change_tables(g->tables, lose_target, &i, true);
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
    change_tables(g->tables, lose_target, &which, false);
}

static void play_as(struct game *g, uint32_t tenant)
{
    g->models = g->sides[tenant].models;
    g->tables = &g->sides[tenant].tables;
    toy_as(g->world, g->tenants[tenant]);
}

static void step(struct game *g)
{
    uint32_t which = draw(g, NAMES);

    play_as(g, draw(g, TENANTS));
    make_trouble(g);
    switch (draw(g, 16)) {
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
    case 8:
    case 9:
        change_aliases(g);
        break;
    case 10:
        find_by_alias(g);
        break;
    case 11:
        list_aliases(g);
        break;
    case 12:
        declare(g, which);
        break;
    case 13:
        sweep(g);
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

static void clear(struct side *side)
{
    for (uint32_t i = 0; i < NAMES; i++)
        set_only(&side->models[i], 0);
    side->tables.can_be[0][0] = true;
}

typedef struct kind {
    bool adopts, places;
} kind;

static void play(kind of)
{
    struct game g = {.chance = seed(), .toy = toy_new()};

    print_message("VG_SEED=%llu\n", (unsigned long long)g.chance);
    vg_log_set_level(VG_ERROR);
    toy_vectors_adapter(g.toy)->can.supports_adoption = of.adopts;
    if (of.places)
        toy_make_placed(g.toy);
    else
        toy_make_local(g.toy);
    g.world = toy_world_new(g.toy);
    g.tenants = tenants[draw(&g, sizeof tenants / sizeof *tenants)];
    for (uint32_t i = 0; i < TENANTS; i++)
        clear(&g.sides[i]);
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
    play((kind){0});
}

static void also_on_a_backend_whose_collections_are_adopted(void **state)
{
    (void)state;
    play((kind){.adopts = true});
}

/* The sole tenant's are its own, others' are derived, or parts of one object. */
static void also_where_objects_are_placed(void **state)
{
    (void)state;
    play((kind){.places = true});
}

static void also_where_those_of_one_are_adopted(void **state)
{
    (void)state;
    play((kind){.places = true, .adopts = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_acknowledged_is_found),
        cmocka_unit_test(also_on_a_backend_whose_collections_are_adopted),
        cmocka_unit_test(also_where_objects_are_placed),
        cmocka_unit_test(also_where_those_of_one_are_adopted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
