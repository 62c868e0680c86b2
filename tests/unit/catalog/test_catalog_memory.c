/* Every taking of memory fails once: of the client's op, of the catalog's own operations, of the
 * adapters' tries. Whatever it was, each client is answered once, nothing stays behind, and with
 * memory again the name can be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"

enum { STEP = 32, MOST = 12 * 1024 };

static bool is_told_right(vg_code code)
{
    return code == VG_OK || code == VG_TOO_LARGE || code == VG_OVERLOADED;
}

/* 0: it ended well. */
static int end(toy_ask *ask)
{
    vg_code code;

    if (!ask)
        return 1; /* not even the op was there */
    code = toy_end(ask);
    assert_true(is_told_right(code));
    return code != VG_OK;
}

static int create(toy_world *world)
{
    toy_ask *ask = toy_begin_create(world, "a", 4);

    toy_settle(world);
    return end(ask);
}

static int drop(toy_world *world)
{
    toy_ask *ask = toy_begin_drop(world, "a");

    toy_settle(world);
    return end(ask);
}

static int find(toy_world *world)
{
    toy_ask *ask = toy_begin_find(world, "a");

    toy_settle(world);
    return end(ask);
}

static int list(toy_world *world)
{
    toy_ask *ask = toy_begin_list(world);

    toy_settle(world);
    return end(ask);
}

static int lose(toy_world *world)
{
    toy_ask *ask = toy_begin_find(world, "a");

    toy_settle(world);
    if (ask && ask->done == 1 && ask->op.status.code == VG_OK) {
        toy_set_collection(world->toy, "a", 0);
        vg_catalog_lost(world->catalog, &ask->op);
        toy_settle(world);
    }
    return end(ask);
}

static int alias(toy_world *world)
{
    toy_ask *ask = toy_begin_aliases(world, "x=a y=a x>z");

    toy_settle(world);
    return end(ask);
}

static int list_aliases(toy_world *world)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_LIST_ALIASES, NULL);

    if (!ask)
        return 1;
    toy_start(ask);
    toy_settle(world);
    return end(ask);
}

static int declare(toy_world *world)
{
    toy_ask *ask = toy_begin_index(world, "a", "k", VG_INDEX_BOOL);

    toy_settle(world);
    return end(ask);
}

static int change(toy_world *world)
{
    toy_ask *ask = toy_begin_patch(world, "a", "{\"settings\":{\"s\":{\"t\":1}}}");

    toy_settle(world);
    return end(ask);
}

enum { NO_ROW, WITH_ROW, WITH_ALIAS };

static const struct deed {
    int (*run)(toy_world *world);
    int row;
    bool needs_object;
} deeds[] = {
    {create, NO_ROW, false},   {drop, WITH_ROW, true},   {drop, NO_ROW, true},
    {drop, WITH_ALIAS, true},  {find, WITH_ROW, true},   {find, NO_ROW, true},
    {list, WITH_ALIAS, true},  {list, NO_ROW, true},     {lose, WITH_ALIAS, true},
    {alias, WITH_ALIAS, true}, {alias, NO_ROW, true},    {list_aliases, WITH_ALIAS, true},
    {declare, WITH_ROW, true}, {change, WITH_ROW, true},
};

static void set_stores(toys *toy, const struct deed *deed)
{
    toy_world *world = toy_world_new(toy);

    if (deed->row != NO_ROW)
        assert_int_equal(toy_create(world, "a", 4), VG_OK);
    else if (deed->needs_object)
        toy_set_collection(toy, "a", 4);
    if (deed->row == WITH_ALIAS)
        assert_int_equal(toy_change_aliases(world, "w=a"), VG_OK);
    toy_world_free(world);
}

static void check_usable(toys *toy)
{
    toy_world *world = toy_world_new(toy);
    vg_code code;
    bool did;

    assert_int_equal(toy_drop(world, "a", &did), VG_OK);
    assert_string_equal(toy_aliases(world, NULL), "");
    assert_int_equal(toy_create(world, "a", 3), VG_OK);
    assert_int_equal(toy_find(world, "a", &code), 3);
    toy_world_free(world);
}

/* How many of the caps were too small. */
static int squeeze(const struct deed *deed, size_t offset)
{
    int failures = 0;

    for (size_t bytes = STEP; bytes < MOST; bytes += STEP) {
        toys *toy = toy_new();
        toy_caps caps = {0};
        toy_world *world;

        memcpy((char *)&caps + offset, &bytes, sizeof bytes);
        set_stores(toy, deed);
        world = toy_world_new_capped(toy, caps);
        failures += deed->run(world);
        toy_world_free(world);
        check_usable(toy);
        toy_free(toy);
        assert_int_equal(vg_arena_total_bytes(), 0);
    }
    return failures;
}

static void squeeze_all(size_t offset)
{
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        int failures = squeeze(&deeds[i], offset);

        /* The smallest is too small, the largest is not. A loss is told to nobody. */
        assert_in_range(failures, 1, MOST / STEP - 2);
    }
}

static void the_clients_op_may_be_too_small(void **state)
{
    (void)state;
    squeeze_all(offsetof(toy_caps, op_bytes));
}

static void the_catalogs_operations_may_be_too_small(void **state)
{
    (void)state;
    squeeze_all(offsetof(toy_caps, child_bytes));
}

static int set_total_cap(void **state)
{
    (void)state;
    vg_arena_set_total_cap(64 << 20);
    return 0;
}

static int reset_total_cap(void **state)
{
    (void)state;
    vg_arena_set_total_cap(512 << 20);
    return 0;
}

/* All memory of the process is in somebody else's hands but so much. */
static void the_process_may_have_no_memory(void **state)
{
    (void)state;
    for (size_t left = 0; left < 256 * 1024; left += 2048) {
        for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
            toys *toy = toy_new();
            toy_world *world;
            size_t held = vg_arena_total_cap() - left;

            set_stores(toy, &deeds[i]);
            world = toy_world_new(toy);
            assert_true(vg_arena_total_take(held));
            deeds[i].run(world);
            vg_arena_total_give(held);
            toy_world_free(world);
            check_usable(toy);
            toy_free(toy);
        }
    }
    assert_int_equal(vg_arena_total_bytes(), 0);
}

static void a_list_that_does_not_fit_is_refused_whole(void **state)
{
    toys *toy = toy_new();
    toy_world *world;
    toy_ask *ask;
    char name[] = "c-000";

    (void)state;
    for (int i = 0; i < 100; i++) {
        name[3] = (char)('0' + i / 10);
        name[4] = (char)('0' + i % 10);
        toy_set_collection(toy, name, 4);
    }
    world = toy_world_new_capped(toy, (toy_caps){.op_bytes = 4096});
    ask = toy_begin_list(world);
    toy_settle(world);
    assert_int_equal(toy_end(ask), VG_TOO_LARGE);
    toy_world_free(world);
    toy_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clients_op_may_be_too_small),
        cmocka_unit_test(the_catalogs_operations_may_be_too_small),
        cmocka_unit_test_setup_teardown(the_process_may_have_no_memory, set_total_cap,
                                        reset_total_cap),
        cmocka_unit_test(a_list_that_does_not_fit_is_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
