/* What the catalog does for one client at a time: names come to be, are found, listed, adopted,
 * forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "tests/support/toy_fixture.h"

static void assert_log(struct fixture *f, const char *want)
{
    assert_string_equal(toy_log(f->toy), want);
}

/* ---- one collection ---- */

static void a_created_collection_is_found_without_asking_anybody(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    assert_int_equal(toy_create(f->world, "a", 4), VG_OK);
    assert_log(
        f,
        "meta_get meta_get meta_create meta_get create_collection meta_update"); /* aliases first */
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_log(f, "");
    assert_int_equal(toy_row(f->toy, "a")->state, VG_META_READY);
}

static void after_a_restart_its_row_is_read_once(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_create(f->world, "a", 4);
    toy_fixture_restart(f);
    toy_log(f->toy);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_log(f, "meta_get");
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_log(f, "");
}

static void a_taken_name_is_refused_in_qdrants_words(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    ask = toy_begin_create(f->world, "a", 5);
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_EXISTS);
    assert_true(vg_slice_is_str(ask->op.status.what, "Collection `a` already exists!"));
    toy_end(ask);
    assert_int_equal(toy_collections(f->toy), 1);
}

static void an_unknown_name_is_told_in_qdrants_words(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = toy_begin_find(f->world, "b");

    toy_settle(f->world);
    assert_false(ask->at_once);
    assert_int_equal(toy_code(ask), VG_NOT_FOUND);
    assert_true(vg_slice_is_str(ask->op.status.what, "Collection `b` doesn't exist!"));
    toy_end(ask);
    assert_log(f, "meta_get meta_get describe"); /* its row, aliases */
}

static void a_deleted_collection_is_gone_from_both_stores(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_true(did);
    assert_log(f, "meta_get meta_update drop_collection meta_delete");
    assert_int_equal(toy_collections(f->toy) + toy_rows(f->toy), 0);
    assert_int_equal(toy_find(f->world, "a", &code), 0);
    assert_int_equal(code, VG_NOT_FOUND);
}

static void deleting_what_is_not_there_is_no_error(void **state)
{
    struct fixture *f = *state;
    bool did = true;

    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_false(did);
}

static void an_op_keeps_its_collection_when_that_is_deleted(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    bool did;

    toy_create(f->world, "a", 4);
    ask = toy_begin_find(f->world, "a");
    toy_drop(f->world, "a", &did);
    assert_int_equal(ask->op.collection->spec.vectors[0].size, 4);
    assert_true(vg_slice_is_str(ask->op.collection->physical, "a"));
    toy_end(ask);
}

static void a_refused_creation_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_script(f->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_REFUSE, VG_NO_SPACE});
    assert_int_equal(toy_create(f->world, "a", 4), VG_NO_SPACE);
    assert_log(f, "meta_get meta_get meta_create meta_get create_collection meta_delete");
    assert_int_equal(toy_rows(f->toy), 0);
    assert_int_equal(toy_create(f->world, "a", 5), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 5);
}

static void a_refused_deletion_leaves_everything(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_DROP_COLLECTION, 0, 1, TOY_REFUSE, VG_BACKEND_AUTH});
    assert_int_equal(toy_drop(f->world, "a", &did), VG_BACKEND_AUTH);
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_int_equal(toy_row(f->toy, "a")->state, VG_META_READY);
    assert_string_equal(toy_list(f->world), "a");
}

/* The row may say `deleting` or not: what was known is known no longer. */
static void a_deletion_with_an_unknown_end_is_not_served_from_memory(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_AFTER, VG_OK});
    assert_int_equal(toy_drop(f->world, "a", &did), VG_UNAVAILABLE);
    toy_find(f->world, "a", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    toy_create(f->world, "b", 4);
    assert_int_equal(toy_find(f->world, "b", &code), 4);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_drop(f->world, "b", &did), VG_UNAVAILABLE);
    assert_int_equal(toy_find(f->world, "b", &code), 4);
}

/* ---- what exists already ---- */

/* A creation whose end nobody knows leaves a row; the object may have been there before, with
 * points. */
static void what_was_there_is_not_dropped_for_a_leftover(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_set_collection(f->toy, "old", 6);
    toy_script(f->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(f->world, "old", 4), VG_UNAVAILABLE);
    assert_log(f, "meta_get meta_get meta_create meta_get create_collection");
    assert_int_equal(toy_create(f->world, "old", 4), VG_EXISTS);
    assert_log(f, "meta_get meta_delete meta_create meta_get create_collection meta_delete");
    assert_int_equal(toy_find(f->world, "old", &code), 6);
}

static void a_leftover_hides_nothing_that_is_there(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_set_collection(f->toy, "old", 6);
    toy_script(f->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(f->world, "old", 4), VG_UNAVAILABLE);
    assert_string_equal(toy_list(f->world), "old");
    toy_script(f->toy, (toy_rule){VG_OP_DESCRIBE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    toy_find(f->world, "old", &code);
    assert_int_equal(code, VG_UNAVAILABLE); /* not NOT_FOUND: nobody knows */
    assert_int_equal(toy_find(f->world, "old", &code), 6);
    assert_int_equal(toy_row(f->toy, "old")->state, VG_META_READY);
}

static void a_leftover_of_nothing_is_not_found(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_script(f->toy, (toy_rule){VG_OP_CREATE_COLLECTION, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_create(f->world, "new", 4), VG_UNAVAILABLE);
    toy_find(f->world, "new", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    assert_int_equal(toy_create(f->world, "new", 4), VG_OK);
    assert_int_equal(toy_find(f->world, "new", &code), 4);
}

static void what_the_backend_has_is_adopted(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_set_collection(f->toy, "old", 6);
    assert_int_equal(toy_find(f->world, "old", &code), 6);
    assert_log(f, "meta_get meta_get describe meta_get describe meta_create meta_get");
    assert_int_equal(toy_row(f->toy, "old")->state, VG_META_READY);
    assert_int_equal(toy_find(f->world, "old", &code), 6);
    assert_log(f, "");
}

static void without_that_capability_it_is_not(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    toy_set_collection(f->toy, "old", 6);
    toy_find(f->world, "old", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    assert_int_equal(toy_drop(f->world, "old", &did), VG_OK);
    assert_false(did);
    assert_string_equal(toy_list(f->world), "");
    assert_log(f, "meta_get meta_get meta_get meta_list");
    assert_int_equal(toy_collections(f->toy), 1);
}

static void what_was_never_adopted_can_be_deleted(void **state)
{
    struct fixture *f = *state;
    bool did;

    toy_set_collection(f->toy, "old", 6);
    assert_int_equal(toy_drop(f->world, "old", &did), VG_OK);
    assert_true(did);
    assert_int_equal(toy_collections(f->toy), 0);
}

static void a_creation_does_not_overwrite_what_the_backend_has(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_set_collection(f->toy, "old", 6);
    assert_int_equal(toy_create(f->world, "old", 4), VG_EXISTS);
    assert_int_equal(toy_find(f->world, "old", &code), 6);
}

/* ---- what the backend lost ---- */

static void lose(struct fixture *f, toy_ask *ask)
{
    vg_catalog_lost(f->world->catalog, &ask->op);
    toy_settle(f->world);
}

static void a_lost_collection_loses_its_row(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_code code;

    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "a", 0);
    ask = toy_begin_find(f->world, "a");
    lose(f, ask);
    toy_end(ask);
    assert_int_equal(toy_rows(f->toy), 0);
    toy_find(f->world, "a", &code);
    assert_int_equal(code, VG_NOT_FOUND);
    assert_int_equal(toy_create(f->world, "a", 5), VG_OK);
}

static void a_namesake_made_meanwhile_is_not_taken_for_it(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    ask = toy_begin_find(f->world, "a"); /* its answer is late */
    toy_drop(f->world, "a", &did);
    toy_create(f->world, "a", 5);
    toy_log(f->toy);
    lose(f, ask);
    assert_log(f, "");
    toy_end(ask);
    assert_int_equal(toy_find(f->world, "a", &code), 5);
    assert_int_equal(toy_rows(f->toy), 1);
}

static void nor_is_one_made_by_another_gateway(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    ask = toy_begin_find(f->world, "a");
    row = *toy_row(f->toy, "a");
    row.created_ms++; /* the same version of another one */
    toy_set_row(f->toy, &row);
    lose(f, ask);
    toy_end(ask);
    assert_int_equal(toy_rows(f->toy), 1);
}

static void a_row_whose_loss_cannot_be_told_is_met_again(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "a", 0);
    toy_script(f->toy, (toy_rule){VG_OP_META_DELETE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    for (int i = 0; i < 2; i++) {
        ask = toy_begin_find(f->world, "a");
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_OK);
        lose(f, ask);
        toy_end(ask);
        assert_int_equal(toy_rows(f->toy), i == 0 ? 1 : 0);
    }
}

/* ---- stores that are down ---- */

static void with_the_store_down_known_collections_are_found(void **state)
{
    struct fixture *f = *state;
    vg_code code;
    bool did;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_META_GET, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    toy_script(f->toy, (toy_rule){VG_OP_META_LIST, 0, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    assert_int_equal(toy_find(f->world, "a", &code), 4);
    assert_int_equal(toy_find(f->world, "b", &code), 0);
    assert_int_equal(code, VG_UNAVAILABLE);
    assert_int_equal(toy_create(f->world, "b", 4), VG_UNAVAILABLE);
    assert_int_equal(toy_drop(f->world, "a", &did), VG_UNAVAILABLE);
    assert_null(toy_list(f->world));
    assert_int_equal(toy_find(f->world, "a", &code), 4);
}

static void the_stores_own_words_reach_the_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_script(f->toy, (toy_rule){VG_OP_META_GET, 0, 1, TOY_REFUSE, VG_READ_ONLY});
    ask = toy_begin_find(f->world, "b");
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_READ_ONLY);
    assert_true(vg_slice_is_str(ask->op.status.what, "the toy refuses"));
    toy_end(ask);
}

static void with_the_backend_down_nothing_unknown_is_found(void **state)
{
    struct fixture *f = *state;
    vg_code code;

    toy_script(f->toy, (toy_rule){VG_OP_DESCRIBE, 0, 1, TOY_FAULT_BEFORE, VG_OK});
    toy_find(f->world, "b", &code);
    assert_int_equal(code, VG_UNAVAILABLE);
    assert_int_equal(toy_rows(f->toy), 0);
}

/* ---- names that cannot be ---- */

static void names_that_are_paths_are_asked_of_nobody(void **state)
{
    static const char *const names[] = {".", "..", "a/b", ""};
    struct fixture *f = *state;
    vg_code code;
    bool did;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        toy_find(f->world, names[i], &code);
        assert_int_equal(code, VG_NOT_FOUND);
        assert_int_equal(toy_drop(f->world, names[i], &did), VG_OK);
        assert_false(did);
        assert_int_equal(toy_create(f->world, names[i], 4), VG_RANGE_PATH);
    }
    assert_log(f, "");
}

static vg_code create_with(struct fixture *f, const char *settings, size_t len)
{
    const vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, "a");

    ask->op.in.create.spec = (vg_collection_spec){
        .vectors = &vector, .vector_count = 1, .settings = vg_slice_of(settings, len)};
    assert_true(vg_catalog_create(f->world->catalog, &ask->op));
    toy_settle(f->world);
    return toy_end(ask);
}

/* What could be written but not read again would be a collection that nobody can use. */
static void settings_that_cannot_be_kept_are_refused(void **state)
{
    enum { DEPTH = VG_JSON_DEPTH, LARGE = 300 * 1024 };
    static char text[LARGE];
    struct fixture *f = *state;
    size_t len = 0;
    vg_code code;
    bool did;

    for (int deep = DEPTH; deep >= DEPTH - 1; deep--) { /* the row is one level around them */
        len = 0;
        for (int i = 0; i < deep; i++, len += 5)
            memcpy(text + len, "{\"a\":", 5);
        text[len++] = '1';
        memset(text + len, '}', (size_t)deep);
        code = create_with(f, text, len + (size_t)deep);
        assert_int_equal(code, deep == DEPTH ? VG_INVALID : VG_OK);
        assert_int_equal(toy_rows(f->toy), deep == DEPTH ? 0 : 1);
    }
    memset(text, ' ', sizeof text);
    text[0] = '{';
    text[sizeof text - 1] = '}';
    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_int_equal(create_with(f, text, sizeof text), VG_TOO_LARGE);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
}

static void a_damaged_row_is_told_and_not_served(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;
    vg_code code;

    toy_create(f->world, "a", 4);
    row = *toy_row(f->toy, "a");
    row.spec = VG_LIT("{\"vectors\":[{\"name\":\"\",\"size\":0,\"distance\":\"Dot\"}]}");
    toy_set_row(f->toy, &row);
    toy_fixture_restart(f);
    toy_find(f->world, "a", &code);
    assert_int_equal(code, VG_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_created_collection_is_found_without_asking_anybody),
        WITH_WORLD(after_a_restart_its_row_is_read_once),
        WITH_WORLD(a_taken_name_is_refused_in_qdrants_words),
        WITH_WORLD(an_unknown_name_is_told_in_qdrants_words),
        WITH_WORLD(a_deleted_collection_is_gone_from_both_stores),
        WITH_WORLD(deleting_what_is_not_there_is_no_error),
        WITH_WORLD(an_op_keeps_its_collection_when_that_is_deleted),
        WITH_WORLD(a_refused_creation_leaves_nothing),
        WITH_WORLD(a_refused_deletion_leaves_everything),
        WITH_WORLD(a_deletion_with_an_unknown_end_is_not_served_from_memory),
        WITH_WORLD(what_was_there_is_not_dropped_for_a_leftover),
        WITH_WORLD(a_leftover_hides_nothing_that_is_there),
        WITH_WORLD(a_leftover_of_nothing_is_not_found),
        WITH_WORLD(what_the_backend_has_is_adopted),
        WITH_WORLD(without_that_capability_it_is_not),
        WITH_WORLD(what_was_never_adopted_can_be_deleted),
        WITH_WORLD(a_creation_does_not_overwrite_what_the_backend_has),
        WITH_WORLD(a_lost_collection_loses_its_row),
        WITH_WORLD(a_namesake_made_meanwhile_is_not_taken_for_it),
        WITH_WORLD(nor_is_one_made_by_another_gateway),
        WITH_WORLD(a_row_whose_loss_cannot_be_told_is_met_again),
        WITH_WORLD(with_the_store_down_known_collections_are_found),
        WITH_WORLD(the_stores_own_words_reach_the_client),
        WITH_WORLD(with_the_backend_down_nothing_unknown_is_found),
        WITH_WORLD(names_that_are_paths_are_asked_of_nobody),
        WITH_WORLD(settings_that_cannot_be_kept_are_refused),
        WITH_WORLD(a_damaged_row_is_told_and_not_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
