/* Aliases as clients use them: lists of actions, whole or not at all; names that stand for a
 * collection, and what becomes of them when it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

/* ---- actions ---- */

/* There are collections a and b, on the backend alone c, and "one=a two=b" stands before each. */
static const struct row {
    const char *says;
    const char *actions;
    const char *now; /* NULL: as before */
    vg_code code;
    const char *what, *where;
} rows[] = {
    {"nothing to do is done", "", NULL, VG_OK, "", ""},
    {"an alias is made", "x=a", "one=a two=b x=a", VG_OK, "", ""},
    {"one that exists moves", "one=b", "one=b two=b", VG_OK, "", ""},
    {"the same again changes nothing", "one=a", NULL, VG_OK, "", ""},
    {"one is deleted", "!one", "two=b", VG_OK, "", ""},
    {"deleting a missing one succeeds", "!nope", NULL, VG_OK, "", ""},
    {"one is renamed", "one>x", "two=b x=a", VG_OK, "", ""},
    {"onto another, which is no more", "one>two", "two=a", VG_OK, "", ""},
    {"onto itself", "one>one", NULL, VG_OK, "", ""},
    {"actions happen in their order", "x=a x>y !x y=b one>x x>z", "two=b y=b z=a", VG_OK, "", ""},
    {"deleted and made again", "!one one=b", "one=b two=b", VG_OK, "", ""},
    {"two are swapped", "one>t two>one t>two", "one=b two=a", VG_OK, "", ""},
    {"a collection that only the backend has is adopted", "x=c", "one=a two=b x=c", VG_OK, "", ""},
    {"its collection must exist", "x=nope", NULL, VG_NOT_FOUND, "Collection `nope` doesn't exist!",
     "collection"},
    {"an alias stands for no alias", "x=one", NULL, VG_NOT_FOUND, "Collection `one` doesn't exist!",
     "collection"},
    {"nor for what cannot be a name", "x=a/b", NULL, VG_NOT_FOUND,
     "Collection `a/b` doesn't exist!", "actions[0]"},
    {"it cannot have a collection's name", "b=a", NULL, VG_EXISTS, "Collection `b` already exists!",
     "collection"},
    {"nor its own collection's", "a=a", NULL, VG_EXISTS, "Collection `a` already exists!",
     "collection"},
    {"nor that of one which only the backend has", "c=a", NULL, VG_EXISTS,
     "Collection `c` already exists!", "collection"},
    {"nor be renamed so", "one>b", NULL, VG_EXISTS, "Collection `b` already exists!", "collection"},
    {"a missing one is not renamed", "x>y", NULL, VG_NOT_FOUND, "Alias x does not exists!",
     "actions[0]"},
    {"nor one that was deleted before", "!one one>y", NULL, VG_NOT_FOUND,
     "Alias one does not exists!", "actions[1]"},
    {"one that fails undoes those before", "x=a !two y=nope", NULL, VG_NOT_FOUND,
     "Collection `nope` doesn't exist!", "collection"},
    {"it is named as a collection is", "x:y=a", NULL, VG_RANGE,
     "collection name cannot contain \":\" char", "actions[0].alias_name"},
    {"also when it is renamed", "!x one>..", NULL, VG_RANGE, "collection name cannot be \"..\"",
     "actions[1].alias_name"},
    {"nothing is called as the table is", "one>/aliases", NULL, VG_RANGE,
     "collection name cannot contain \"/\" char", "actions[0].alias_name"},
};

static void set_stage(struct fixture *f)
{
    toy_create(f->world, "a", 4);
    toy_create(f->world, "b", 5);
    toy_set_collection(f->toy, "c", 6);
    assert_int_equal(toy_change_aliases(f->world, "one=a two=b"), VG_OK);
}

static void play(const struct row *row, bool restarts)
{
    void *state;
    struct fixture *f;
    toy_ask *ask;
    const char *now = row->now ? row->now : "one=a two=b";

    toy_fixture_set_up(&state);
    f = state;
    set_stage(f);
    if (restarts)
        toy_fixture_restart(f);
    ask = toy_begin_aliases(f->world, row->actions);
    toy_settle(f->world);
    if (toy_code(ask) != row->code || !vg_slice_is_str(ask->op.status.what, row->what) ||
        !vg_slice_is_str(ask->op.status.where, row->where))
        fail_msg("%s: %d " VG_FMT ": " VG_FMT, row->says, toy_code(ask),
                 VG_ARG(ask->op.status.where), VG_ARG(ask->op.status.what));
    assert_int_equal(ask->op.out.did, row->code == VG_OK);
    toy_end(ask);
    if (strcmp(toy_aliases(f->world, NULL), now))
        fail_msg("%s: %s", row->says, toy_aliases(f->world, NULL));
    toy_fixture_restart(f);
    if (strcmp(toy_aliases(f->world, NULL), now))
        fail_msg("%s, after a restart: %s", row->says, toy_aliases(f->world, NULL));
    toy_fixture_tear_down(&state);
}

static void a_list_of_actions_happens_whole_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play(&rows[i], false);
        play(&rows[i], true);
    }
}

static void a_table_is_one_row_that_is_no_collection(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    toy_create(f->world, "a", 4);
    toy_change_aliases(f->world, "x=a");
    assert_int_equal(toy_row(f->toy, "/aliases")->version, 1);
    assert_int_equal(toy_row(f->toy, "/aliases")->state, VG_META_READY);
    toy_change_aliases(f->world, "y=a !x");
    assert_int_equal(toy_row(f->toy, "/aliases")->version, 2);
    assert_true(vg_slice_is_str(toy_row(f->toy, "/aliases")->spec,
                                "{\"aliases\":[{\"name\":\"y\",\"collection\":\"a\"}]}"));
    assert_int_equal(toy_rows(f->toy), 2);
    assert_string_equal(toy_list(f->world), "a");
    toy_find(f->world, "/aliases", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    assert_int_equal(toy_drop(f->world, "/aliases", &did), VG_OK);
    assert_false(did);
    assert_int_equal(toy_create(f->world, "/aliases", 4), VG_RANGE_PATH);
    assert_int_equal(toy_rows(f->toy), 2);
}

static void more_than_the_row_holds_is_refused_and_nothing_changes(void **state)
{
    static char actions[600 * 1024];
    struct fixture *f = *state;
    size_t used = 0;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    for (unsigned i = 0; used < 300 * 1024; i++)
        used += (size_t)snprintf(actions + used, sizeof actions - used,
                                 "%salias-with-a-long-name-%05u=a", i > 0 ? " " : "", i);
    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    ask = toy_begin_aliases(f->world, actions);
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_TOO_LARGE);
    assert_true(
        vg_slice_is_str(ask->op.status.what, "all aliases together may take 256 KiB at most"));
    toy_end(ask);
    assert_string_equal(toy_aliases(f->world, NULL), "");
    assert_int_equal(toy_rows(f->toy), 1);
}

/* ---- what stands for a collection ---- */

static void a_collection_is_found_by_its_alias(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_code code;

    set_stage(f);
    toy_log(f->toy);
    assert_int_equal(toy_find(f->world, "one", &code), 4);
    assert_string_equal(toy_log(f->toy), ""); /* as fast as by its name */
    toy_change_aliases(f->world, "one=b");
    ask = toy_begin_find(f->world, "one");
    assert_true(ask->at_once);
    assert_true(vg_slice_is_str(ask->op.collection->name, "b"));
    assert_true(vg_slice_is_str(ask->op.name, "one"));
    toy_end(ask);
    toy_fixture_restart(f);
    toy_log(f->toy);
    assert_int_equal(toy_find(f->world, "one", &code), 5);
    assert_string_equal(toy_log(f->toy), "meta_get meta_get meta_get"); /* itself, table, b */
    assert_int_equal(toy_find(f->world, "one", &code), 5);
    assert_int_equal(toy_find(f->world, "two", &code), 5);
    assert_string_equal(toy_log(f->toy), "");
}

static void points_are_read_and_written_by_alias(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_SET_PAYLOAD, VG_OP_COUNT, VG_OP_DESCRIBE};
    struct fixture *f = *state;

    set_stage(f);
    for (size_t i = 0; i < 3; i++) {
        toy_ask *ask = toy_make_ask(f->world, kinds[i], "one");

        toy_start(ask);
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_OK);
        assert_true(vg_slice_is_str(ask->op.collection->physical, "a"));
        toy_end(ask);
    }
}

static void aliases_are_listed_whole_or_of_one_collection(void **state)
{
    struct fixture *f = *state;

    set_stage(f);
    toy_change_aliases(f->world, "three=a");
    assert_string_equal(toy_aliases(f->world, NULL), "one=a three=a two=b");
    assert_string_equal(toy_aliases(f->world, "a"), "one=a three=a");
    assert_string_equal(toy_aliases(f->world, "two"), "two=b"); /* by alias, too */
    assert_string_equal(toy_aliases(f->world, "c"), "");
    assert_null(toy_aliases(f->world, "nope"));
}

static void a_collection_cannot_be_made_under_an_alias(void **state)
{
    struct fixture *f = *state;

    set_stage(f);
    for (int restarted = 0; restarted < 2; restarted++) {
        toy_ask *ask = toy_begin_create(f->world, "one", 7);

        assert_int_equal(ask->done, 0);
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_INVALID);
        assert_true(vg_slice_is_str(
            ask->op.status.what, "Can't create collection with name one. Alias with the same name "
                                 "already exists"));
        toy_end(ask);
        toy_fixture_restart(f);
    }
    assert_int_equal(toy_collections(f->toy), 3);
}

static void deleting_an_alias_as_a_collection_deletes_nothing(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    set_stage(f);
    for (int restarted = 0; restarted < 2; restarted++) {
        assert_int_equal(toy_drop(f->world, "one", &did), VG_OK);
        assert_false(did);
        assert_int_equal(toy_find(f->world, "one", &code), 4);
        toy_fixture_restart(f);
    }
}

/* ---- when the collection goes ---- */

static void a_deleted_collection_takes_its_aliases_along(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    set_stage(f);
    toy_change_aliases(f->world, "three=a");
    toy_log(f->toy);
    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_string_equal(toy_log(f->toy), "meta_get meta_update drop_collection meta_get "
                                         "meta_update meta_delete");
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
    toy_find(f->world, "one", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    toy_create(f->world, "a", 8);
    toy_find(f->world, "one", &code);
    assert_int_equal(code, VG_NOT_FOUND);
}

static void a_lost_collection_takes_its_aliases_along(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    set_stage(f);
    toy_set_collection(f->toy, "a", 0);
    ask = toy_make_ask(f->world, VG_OP_COUNT, "one");
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_NOT_FOUND);
    assert_true(vg_slice_is_str(ask->op.status.what, "Collection `one` doesn't exist!"));
    toy_end(ask);
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
    assert_null(toy_row(f->toy, "a"));
}

/* Taken away by another, or by a gateway of the past: what stands for nothing is not found, and is
 * gone soon. */
static void remove_behind_its_back(struct fixture *f)
{
    set_stage(f);
    toy_set_collection(f->toy, "a", 0);
    toy_remove_row(f->toy, "a");
    toy_fixture_restart(f);
}

static void an_alias_of_nothing_is_not_found_and_goes(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    remove_behind_its_back(f);
    ask = toy_begin_find(f->world, "one");
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_NOT_FOUND);
    assert_true(vg_slice_is_str(ask->op.status.what, "Collection `one` doesn't exist!"));
    toy_end(ask);
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
}

static void nor_does_it_come_to_life_when_its_collection_is_made_anew(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    remove_behind_its_back(f);
    assert_int_equal(toy_create(f->world, "a", 8), VG_OK);
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
    toy_find(f->world, "one", &code);
    assert_int_equal(code, VG_NOT_FOUND);
}

/* It was made again between the question and the tidying up. */
static void what_is_there_again_keeps_its_aliases(void **state)
{
    struct fixture *f = *state;
    toy_ask *find;
    vg_code code;

    remove_behind_its_back(f);
    toy_script(f->toy, (toy_rule){VG_OP_DESCRIBE, 0, 1, TOY_HOLD_AFTER, VG_OK});
    find = toy_begin_find(f->world, "one");
    toy_settle(f->world);
    assert_int_equal(toy_held(f->toy), 1);
    toy_set_collection(f->toy, "a", 8); /* by somebody on the backend */
    toy_fixture_release(f);
    assert_int_equal(toy_end(find), VG_NOT_FOUND);
    assert_int_equal(toy_find(f->world, "one", &code), 8);
    assert_string_equal(toy_aliases(f->world, NULL), "one=a two=b");
}

/* Whether the row of aliases names this one. */
static bool row_has(const struct fixture *f, const char *name)
{
    char text[4096];
    vg_slice row = toy_row(f->toy, "/aliases")->spec;

    snprintf(text, sizeof text, "%.*s", (int)row.len, row.at);
    return strstr(text, name) != NULL;
}

/* The collection went, and the store had no room to be told of its aliases. */
static void what_stands_for_nothing_is_not_listed(void **state)
{
    struct fixture *f = *state;
    bool did;

    set_stage(f);
    toy_change_aliases(f->world, "three=a");
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 1, 1, TOY_REFUSE, VG_NO_SPACE});
    assert_int_equal(toy_drop(f->world, "a", &did), VG_NO_SPACE);
    toy_unscript(f->toy);
    assert_true(row_has(f, "three"));
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
    toy_fixture_restart(f);
    assert_string_equal(toy_aliases(f->world, NULL), "two=b");
    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_false(row_has(f, "three"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_actions_happens_whole_or_not_at_all),
        WITH_WORLD(a_table_is_one_row_that_is_no_collection),
        WITH_WORLD(more_than_the_row_holds_is_refused_and_nothing_changes),
        WITH_WORLD(a_collection_is_found_by_its_alias),
        WITH_WORLD(points_are_read_and_written_by_alias),
        WITH_WORLD(aliases_are_listed_whole_or_of_one_collection),
        WITH_WORLD(what_stands_for_nothing_is_not_listed),
        WITH_WORLD(a_collection_cannot_be_made_under_an_alias),
        WITH_WORLD(deleting_an_alias_as_a_collection_deletes_nothing),
        WITH_WORLD(a_deleted_collection_takes_its_aliases_along),
        WITH_WORLD(a_lost_collection_takes_its_aliases_along),
        WITH_WORLD(an_alias_of_nothing_is_not_found_and_goes),
        WITH_WORLD(nor_does_it_come_to_life_when_its_collection_is_made_anew),
        WITH_WORLD(what_is_there_again_keeps_its_aliases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
