/* Lists: rows page by page, and what the backend has beside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/toy_fixture.h"

static void assert_log(struct fixture *f, const char *want)
{
    assert_string_equal(toy_log(f->toy), want);
}

static void names_are_listed_in_order_wherever_they_are_known(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "m", 4);
    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "z", 4);
    toy_set_collection(f->toy, "b", 4);
    assert_string_equal(toy_list(f->world), "a b m z");
}

static void what_the_backend_lost_is_not_listed(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_create(f->world, "b", 4);
    toy_set_collection(f->toy, "a", 0);
    assert_string_equal(toy_list(f->world), "b");
}

/* Where collections are adopted, what the backend has is there, whatever became of its creation. */
static void half_made_and_half_deleted_ones_are_not_listed(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;

    toy_create(f->world, "a", 4);
    toy_create(f->world, "b", 4);
    toy_create(f->world, "c", 4);
    row = *toy_row(f->toy, "a");
    row.state = VG_META_CREATING;
    toy_set_row(f->toy, &row);
    row = *toy_row(f->toy, "b");
    row.state = VG_META_DELETING;
    toy_set_row(f->toy, &row);
    assert_string_equal(toy_list(f->world), "a c");
    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    assert_string_equal(toy_list(f->world), "c");
}

static void make_many(struct fixture *f, unsigned count)
{
    char name[16];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "c%05u", count - i);
        toy_create(f->world, name, 4);
    }
    toy_log(f->toy);
}

static void assert_many(struct fixture *f, unsigned count, const char *exchanges)
{
    toy_ask *ask = toy_begin_list(f->world);

    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_log(f, exchanges);
    assert_int_equal(ask->op.out.names.count, count);
    for (uint32_t i = 1; i < count; i++)
        assert_true(vg_slice_cmp(ask->op.out.names.at[i - 1], ask->op.out.names.at[i]) < 0);
    toy_end(ask);
}

static void more_than_a_page_is_listed_whole(void **state)
{
    struct fixture *f = *state;

    make_many(f, 999);
    assert_many(f, 999, "meta_list list_collections");
    toy_create(f->world, "d", 4);
    toy_log(f->toy);
    assert_many(f, 1000, "meta_list meta_list list_collections");
    make_many(f, 2100); /* those that are new */
    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    assert_many(f, 2101, "meta_list meta_list meta_list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(names_are_listed_in_order_wherever_they_are_known),
        WITH_WORLD(what_the_backend_lost_is_not_listed),
        WITH_WORLD(half_made_and_half_deleted_ones_are_not_listed),
        WITH_WORLD(more_than_a_page_is_listed_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
