/* Workers of one group take turns with a name; the dead hold up nobody. */
#include "tests/unit/catalog/group.h"

/* All get on, and so does time: who waits for another worker's name looks now and then. */
static void settle_all(struct group *g)
{
    for (int round = 0; round < 20; round++)
        for (int i = 0; i < WORKERS; i++) {
            fake_loop_advance(g->at[i]->fake, 5000000);
            toy_settle(g->at[i]);
        }
}

static void hold_exchange(struct group *g, unsigned n)
{
    toy_unscript(g->toy);
    toy_script(g->toy, (toy_rule){TOY_ANY, n, 1, n % 2 ? TOY_HOLD_AFTER : TOY_HOLD_BEFORE, VG_OK});
}

static void release(struct group *g)
{
    toy_unscript(g->toy);
    toy_release(g->toy);
    settle_all(g);
}

static void of_many_creations_one_wins_wherever_the_first_is(void **state)
{
    struct group *g = *state;
    toy_ask *asks[WORKERS];
    bool did;

    for (unsigned at = 0; at < 6; at++) {
        int won = 0, there = 0;

        hold_exchange(g, at);
        for (int i = 0; i < WORKERS; i++) {
            asks[i] = toy_begin_create(g->at[i], "a", 4);
            settle_all(g);
        }
        release(g);
        for (int i = 0; i < WORKERS; i++) {
            vg_code code = toy_end(asks[i]);

            won += code == VG_OK;
            there += code == VG_EXISTS;
        }
        assert_int_equal(won, 1);
        assert_int_equal(there, WORKERS - 1);
        group_all_find(g, "a", 4);
        assert_int_equal(toy_drop(g->at[at % WORKERS], "a", &did), VG_OK);
    }
}

/* A creation that is looked at from another worker before it is acknowledged goes on. */
static void who_looks_disturbs_nobody(void **state)
{
    struct group *g = *state;
    toy_ask *create, *find;
    bool did;

    for (unsigned at = 0; at < 8; at++) {
        vg_code code;

        hold_exchange(g, at);
        create = toy_begin_create(g->at[0], "a", 4);
        settle_all(g);
        find = toy_begin_find(g->at[1], "a");
        settle_all(g);
        release(g);
        assert_int_equal(toy_end(create), VG_OK);
        code = toy_end(find);
        assert_true(code == VG_OK || code == VG_NOT_FOUND);
        group_all_find(g, "a", 4);
        assert_int_equal(toy_drop(g->at[2], "a", &did), VG_OK);
        assert_true(did);
    }
}

static void a_deletion_waits_for_another_workers_creation(void **state)
{
    struct group *g = *state;
    toy_ask *create, *drop;

    for (unsigned at = 0; at < 5; at++) {
        hold_exchange(g, at);
        create = toy_begin_create(g->at[0], "a", 4);
        settle_all(g);
        drop = toy_begin_drop(g->at[1], "a");
        settle_all(g);
        release(g);
        assert_int_equal(toy_end(create), VG_OK);
        assert_true(drop->op.out.did);
        assert_int_equal(toy_end(drop), VG_OK);
        assert_int_equal(toy_collections(g->toy) + toy_rows(g->toy), 0);
    }
}

static void the_dead_hold_nothing(void **state)
{
    struct group *g = *state;
    toy_ask *create, *again;

    hold_exchange(g, 3);
    create = toy_begin_create(g->at[0], "a", 4);
    settle_all(g);
    toy_unscript(g->toy);
    again = toy_begin_create(g->at[1], "a", 5);
    settle_all(g);
    assert_int_equal(again->done, 0);
    vg_holds_bury(g->holds, 2); /* somebody else */
    settle_all(g);
    assert_int_equal(again->done, 0);
    vg_holds_bury(g->holds, 0);
    settle_all(g);
    assert_int_equal(again->done, 1);
    toy_end(again);
    release(g);
    toy_end(create);
}

/* It changed the row, and ended before it could say so. */
static void what_the_dead_told_nobody_the_others_see(void **state)
{
    struct group *g = *state;
    toy_ask *change;

    toy_create(g->at[0], "a", 4);
    toy_create(g->at[0], "b", 5);
    assert_int_equal(toy_change_aliases(g->at[0], "x=a"), VG_OK);
    group_all_find(g, "x", 4);
    toy_script(g->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_HOLD_AFTER, VG_OK});
    change = toy_begin_aliases(g->at[0], "x=b");
    toy_settle(g->at[0]);
    assert_int_equal(toy_held(g->toy), 1);
    vg_generations_bury(g->generations);
    assert_int_equal(group_find(g, 1, "x"), 5);
    assert_int_equal(group_find(g, 2, "x"), 5);
    release(g);
    toy_end(change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GROUP(of_many_creations_one_wins_wherever_the_first_is),
        WITH_GROUP(who_looks_disturbs_nobody),
        WITH_GROUP(a_deletion_waits_for_another_workers_creation),
        WITH_GROUP(the_dead_hold_nothing),
        WITH_GROUP(what_the_dead_told_nobody_the_others_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
