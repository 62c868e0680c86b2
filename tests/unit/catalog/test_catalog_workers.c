/* Workers of one group: catalogs of their own on the same stores, with generations between them.
 * What one has changed, the others find at once; while the store cannot be read, what they know. */
#include <stdio.h>
#include <string.h>

#include "tests/support/chance.h"
#include "tests/unit/catalog/group.h"

enum { STEPS = 3000, NAMES = 4, SIZES = 8 };

/* ---- what one changes ---- */

static void made_by_one_it_is_there_for_all(void **state)
{
    struct group *g = *state;

    group_all_find(g, "a", 0);
    toy_create(g->at[0], "a", 4);
    group_all_find(g, "a", 4);
}

static void deleted_by_one_it_is_gone_for_all(void **state)
{
    struct group *g = *state;
    bool did;

    toy_create(g->at[0], "a", 4);
    group_all_find(g, "a", 4);
    toy_drop(g->at[1], "a", &did);
    assert_true(did);
    group_all_find(g, "a", 0);
}

static void made_anew_it_is_the_new_one_for_all(void **state)
{
    struct group *g = *state;
    bool did;

    toy_create(g->at[0], "a", 4);
    group_all_find(g, "a", 4);
    toy_drop(g->at[1], "a", &did);
    toy_create(g->at[1], "a", 7);
    group_all_find(g, "a", 7);
}

static void a_field_declared_by_one_is_known_to_all(void **state)
{
    struct group *g = *state;
    char first[256];

    toy_create(g->at[0], "a", 4);
    group_all_find(g, "a", 4);
    assert_int_equal(toy_index(g->at[1], "a", "k", VG_INDEX_KEYWORD), VG_OK);
    snprintf(first, sizeof first, "%s", toy_spec_found(g->at[1], "a"));
    assert_non_null(strstr(first, "k:"));
    assert_string_equal(toy_spec_found(g->at[0], "a"), first);
    assert_string_equal(toy_spec_found(g->at[2], "a"), first);
}

static void an_alias_moves_for_all(void **state)
{
    struct group *g = *state;

    toy_create(g->at[0], "a", 4);
    toy_create(g->at[0], "b", 5);
    group_all_find(g, "x", 0); /* and all know that there are no aliases */
    assert_int_equal(toy_change_aliases(g->at[1], "x=a"), VG_OK);
    group_all_find(g, "x", 4);
    assert_int_equal(toy_change_aliases(g->at[2], "x=b"), VG_OK);
    group_all_find(g, "x", 5);
    assert_int_equal(toy_change_aliases(g->at[0], "!x"), VG_OK);
    group_all_find(g, "x", 0);
    assert_string_equal(toy_aliases(g->at[1], NULL), "");
}

/* What one changes itself, it knows: nothing is read again. */
static void ones_own_changes_cost_nothing(void **state)
{
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    toy_create(g->at[0], "b", 5);
    ask = toy_begin_find(g->at[0], "a");
    assert_true(ask->at_once);
    toy_end(ask);
}

static void what_is_known_is_asked_for_once(void **state)
{
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    group_find(g, 1, "a");
    for (int i = 0; i < 3; i++) {
        ask = toy_begin_find(g->at[1], "a");
        assert_true(ask->at_once);
        toy_end(ask);
    }
}

/* A job of one deleted the tenant's rows, which no catalog did. */
static void when_a_tenant_is_erased_all_look_again(void **state)
{
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    group_find(g, 1, "a");
    vg_catalog_tenant_changed(g->at[0]->catalog, VG_LIT("default"));
    ask = toy_begin_find(g->at[1], "a");
    assert_false(ask->at_once);
    toy_settle(g->at[1]);
    toy_end(ask);
}

/* ---- what is read while it changes ---- */

/* The row was read, and its answer comes after another worker's change. */
static void an_old_answer_is_not_remembered(void **state)
{
    struct group *g = *state;
    toy_ask *ask;
    bool did;

    toy_create(g->at[0], "a", 4);
    toy_script(g->toy, (toy_rule){VG_OP_META_GET, 0, 1, TOY_HOLD_AFTER, VG_OK});
    ask = toy_begin_find(g->at[1], "a");
    toy_settle(g->at[1]);
    assert_int_equal(toy_held(g->toy), 1);
    toy_unscript(g->toy);
    toy_drop(g->at[0], "a", &did);
    toy_create(g->at[0], "a", 7);
    toy_release(g->toy);
    toy_settle(g->at[1]);
    toy_end(ask);
    assert_int_equal(group_find(g, 1, "a"), 7);
}

static void nor_an_old_table_of_aliases(void **state)
{
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    toy_script(g->toy, (toy_rule){VG_OP_META_GET, 1, 1, TOY_HOLD_AFTER, VG_OK});
    ask = toy_begin_find(g->at[1], "x");
    toy_settle(g->at[1]);
    assert_int_equal(toy_held(g->toy), 1);
    toy_unscript(g->toy);
    assert_int_equal(toy_change_aliases(g->at[0], "x=a"), VG_OK);
    toy_release(g->toy);
    toy_settle(g->at[1]);
    toy_end(ask);
    assert_int_equal(group_find(g, 1, "x"), 4);
}

/* ---- the metadata store is down ---- */

static void bring_down(struct group *g)
{
    for (vg_op_kind kind = VG_OP_META_CREATE; kind <= VG_OP_META_LIST; kind++)
        toy_script(g->toy, (toy_rule){kind, 0, TOY_FOREVER, TOY_REFUSE, VG_UNAVAILABLE});
}

static void known_collections_go_on_serving(void **state)
{
    struct group *g = *state;
    toy_ask *ask;
    vg_code code;
    bool did;

    toy_create(g->at[0], "a", 4);
    assert_int_equal(toy_change_aliases(g->at[0], "x=a"), VG_OK);
    group_all_find(g, "x", 4);
    bring_down(g);
    for (int i = 0; i < WORKERS; i++) {
        ask = toy_begin_find(g->at[i], i % 2 ? "x" : "a");
        assert_true(ask->at_once); /* the store is not even asked */
        assert_int_equal(ask->op.degraded.len, 0);
        assert_int_equal(toy_end(ask), VG_OK);
        assert_int_equal(toy_find(g->at[i], "unknown", &code), 0);
        assert_int_equal(code, VG_UNAVAILABLE);
        assert_int_equal(toy_create(g->at[i], "b", 4), VG_UNAVAILABLE);
        assert_int_equal(toy_drop(g->at[i], "a", &did), VG_UNAVAILABLE);
    }
}

/* Another worker changed something, and then the store went down: what that was nobody can say. */
static void also_when_something_was_changed_before(void **state)
{
    static const char *const names[] = {"a", "x"};
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    assert_int_equal(toy_change_aliases(g->at[0], "x=a"), VG_OK);
    group_all_find(g, "x", 4);
    toy_create(g->at[2], "b", 5);
    bring_down(g);
    for (int i = 0; i < 2; i++) {
        ask = toy_begin_find(g->at[1], names[i]);
        toy_settle(g->at[1]);
        assert_false(ask->at_once);
        assert_int_equal(ask->op.collection->spec.vectors[0].size, 4);
        assert_true(vg_slice_starts(ask->op.degraded, VG_LIT("metadata: ")));
        assert_int_equal(toy_end(ask), VG_OK);
    }
    assert_int_equal(toy_index(g->at[1], "a", "k", VG_INDEX_KEYWORD), VG_UNAVAILABLE);
    toy_unscript(g->toy);
    ask = toy_begin_find(g->at[1], "a");
    toy_settle(g->at[1]);
    assert_int_equal(ask->op.degraded.len, 0);
    assert_int_equal(toy_end(ask), VG_OK);
}

/* Only the collection was read since. */
static void an_alias_of_one_that_is_known_for_sure_serves_too(void **state)
{
    struct group *g = *state;
    toy_ask *ask;

    toy_create(g->at[0], "a", 4);
    assert_int_equal(toy_change_aliases(g->at[0], "x=a"), VG_OK);
    group_all_find(g, "x", 4);
    toy_create(g->at[2], "b", 5);
    group_all_find(g, "a", 4);
    bring_down(g);
    ask = toy_begin_find(g->at[1], "x");
    toy_settle(g->at[1]);
    assert_int_equal(toy_end(ask), VG_OK);
}

/* ---- chance ---- */

struct model {
    uint32_t sizes[NAMES]; /* 0: there is none */
    int alias;             /* of "x": a name's place, or -1 */
};

static const char *const names[NAMES] = {"a", "b", "c", "d"};

static void change(struct group *g, struct model *m)
{
    toy_world *world = g->at[chance_below(WORKERS)];
    size_t at = chance_below(NAMES);
    uint32_t size = 1 + (uint32_t)chance_below(SIZES);
    char action[8];
    bool did;

    switch (chance_below(3)) {
    case 0:
        assert_int_equal(toy_create(world, names[at], size), m->sizes[at] ? VG_EXISTS : VG_OK);
        m->sizes[at] = m->sizes[at] ? m->sizes[at] : size;
        break;
    case 1:
        assert_int_equal(toy_drop(world, names[at], &did), VG_OK);
        assert_int_equal(did, m->sizes[at] != 0);
        m->sizes[at] = 0;
        m->alias = m->alias == (int)at ? -1 : m->alias;
        break;
    default:
        snprintf(action, sizeof action, "x=%s", names[at]);
        assert_int_equal(toy_change_aliases(world, action), m->sizes[at] ? VG_OK : VG_NOT_FOUND);
        m->alias = m->sizes[at] ? (int)at : m->alias;
    }
}

static void check(struct group *g, const struct model *m)
{
    int worker = (int)chance_below(WORKERS);

    for (int i = 0; i < NAMES; i++)
        assert_int_equal(group_find(g, worker, names[i]), m->sizes[i]);
    assert_int_equal(group_find(g, worker, "x"), m->alias < 0 ? 0 : m->sizes[m->alias]);
}

/* Some change while somebody reads, whose answer comes afterwards. */
static void change_while_one_reads(struct group *g, struct model *m)
{
    toy_world *reader = g->at[chance_below(WORKERS)];
    bool is_by_alias = chance_below(2) == 0;
    toy_ask *ask;

    toy_script(g->toy, (toy_rule){VG_OP_META_GET, (unsigned)chance_below(2), 1,
                                  chance_below(2) ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE, VG_OK});
    ask = toy_begin_find(reader, is_by_alias ? "x" : names[chance_below(NAMES)]);
    toy_settle(reader);
    toy_unscript(g->toy);
    change(g, m);
    toy_release(g->toy);
    for (int i = 0; i < WORKERS; i++)
        toy_settle(g->at[i]);
    toy_end(ask);
}

static void whatever_is_changed_all_agree(void **state)
{
    struct group *g = *state;
    struct model m = {.alias = -1};

    chance_begin("whatever_is_changed_all_agree");
    for (int i = 0; i < STEPS; i++) {
        if (chance_below(2))
            change(g, &m);
        else
            change_while_one_reads(g, &m);
        check(g, &m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GROUP(made_by_one_it_is_there_for_all),
        WITH_GROUP(deleted_by_one_it_is_gone_for_all),
        WITH_GROUP(made_anew_it_is_the_new_one_for_all),
        WITH_GROUP(a_field_declared_by_one_is_known_to_all),
        WITH_GROUP(an_alias_moves_for_all),
        WITH_GROUP(ones_own_changes_cost_nothing),
        WITH_GROUP(what_is_known_is_asked_for_once),
        WITH_GROUP(when_a_tenant_is_erased_all_look_again),
        WITH_GROUP(an_old_answer_is_not_remembered),
        WITH_GROUP(nor_an_old_table_of_aliases),
        WITH_GROUP(known_collections_go_on_serving),
        WITH_GROUP(also_when_something_was_changed_before),
        WITH_GROUP(an_alias_of_one_that_is_known_for_sure_serves_too),
        WITH_GROUP(whatever_is_changed_all_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
