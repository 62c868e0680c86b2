/* Settings and declared fields of a collection that stays: the backend has them, the row keeps
 * them, the next op sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

static void assert_found(struct fixture *f, const char *want)
{
    assert_string_equal(toy_spec_found(f->world, "a"), want);
    toy_fixture_restart(f);
    assert_string_equal(toy_spec_found(f->world, "a"), want);
}

/* What the row has is what the backend has. */
static void assert_same(struct fixture *f, const char *name)
{
    assert_true(vg_slice_is_str(toy_row(f->toy, name)->spec, toy_spec(f->toy, name)));
}

/* ---- settings ---- */

static void a_change_of_settings_is_merged_and_kept(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    assert_int_equal(toy_patch(f->world, "a", "{\"settings\":{\"hnsw_config\":{\"m\":8}}}"), VG_OK);
    assert_string_equal(toy_log(f->toy), "meta_get update_collection meta_update");
    assert_found(f, "{\"hnsw_config\":{\"m\":8}}|");
    assert_int_equal(toy_patch(f->world, "a",
                               "{\"settings\":{\"hnsw_config\":{\"ef_construct\":9},"
                               "\"replication_factor\":1},\"vectors\":{\"\":{\"on_disk\":true}}}"),
                     VG_OK);
    assert_found(f, "{\"hnsw_config\":{\"m\":8,\"ef_construct\":9},\"replication_factor\":1}|");
    assert_same(f, "a");
    assert_int_equal(toy_row(f->toy, "a")->version, 4);
}

static void an_op_goes_on_with_what_it_found(void **state)
{
    struct fixture *f = *state;
    toy_ask *before, *change;

    toy_create(f->world, "a", 4);
    before = toy_begin_find(f->world, "a");
    change = toy_begin_patch(f->world, "a", "{\"settings\":{\"x\":1}}");
    toy_settle(f->world);
    assert_true(change->op.out.did);
    assert_true(vg_slice_is_str(change->op.collection->spec.settings, "{\"x\":1}"));
    assert_int_equal(toy_end(change), VG_OK);
    assert_int_equal(before->op.collection->spec.settings.len, 0);
    toy_end(before);
}

static void a_change_that_does_not_fit_reaches_nobody(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    ask = toy_begin_patch(f->world, "a", "{\"vectors\":{\"foo\":{\"on_disk\":true}}}");
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_INVALID);
    assert_true(vg_slice_is_str(ask->op.status.what, "Not existing vector name error: foo"));
    toy_end(ask);
    assert_string_equal(toy_log(f->toy), "meta_get");
}

/* ---- fields ---- */

static void a_declared_field_is_kept_and_dropped(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    ask = toy_begin_index(f->world, "a", "city", VG_INDEX_KEYWORD);
    toy_settle(f->world);
    assert_int_equal(ask->op.out.written.operation_id, 1);
    assert_true(ask->op.out.written.completed);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_string_equal(toy_log(f->toy), "meta_get create_index meta_update");
    toy_index(f->world, "a", "n", VG_INDEX_INTEGER);
    assert_found(f, "|city:keyword,n:integer");
    toy_index(f->world, "a", "city", VG_INDEX_TEXT); /* replaced in its place */
    assert_found(f, "|city:text,n:integer");
    assert_int_equal(toy_index(f->world, "a", "city", VG_INDEX_NONE), VG_OK);
    assert_found(f, "|n:integer");
    assert_same(f, "a");
}

static void dropping_what_is_not_declared_is_no_error(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    assert_int_equal(toy_index(f->world, "a", "nope", VG_INDEX_NONE), VG_OK);
    assert_string_equal(toy_log(f->toy), "meta_get drop_index"); /* the row has nothing to lose */
    assert_int_equal(toy_row(f->toy, "a")->version, 2);
}

static void fields_given_at_creation_are_kept_from_the_start(void **state)
{
    static const vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};
    static const vg_index fields[] = {
        {.key = VG_LIT_INIT("city"), .kind = VG_INDEX_KEYWORD},
        {.key = VG_LIT_INIT("text"),
         .kind = VG_INDEX_TEXT,
         .text = {.tokenizer = VG_TOKENIZER_PREFIX, .min_token_len = 2}},
    };
    struct fixture *f = *state;
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, "a");

    ask->op.in.create.spec =
        (vg_collection_spec){.vectors = &vector, .vector_count = 1, .indexes = {fields, 2}};
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_OK);
    assert_found(f, "|city:keyword,text:text");
    assert_same(f, "a");
}

/* ---- both ---- */

static void both_work_by_alias(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_change_aliases(f->world, "x=a");
    assert_int_equal(toy_index(f->world, "x", "city", VG_INDEX_KEYWORD), VG_OK);
    assert_int_equal(toy_patch(f->world, "x", "{\"settings\":{\"y\":1}}"), VG_OK);
    assert_found(f, "{\"y\":1}|city:keyword");
}

static void what_is_not_there_is_told_by_the_clients_name(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = toy_begin_patch(f->world, "nope", "{}");

    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_NOT_FOUND);
    assert_true(vg_slice_is_str(ask->op.status.what, "Collection `nope` doesn't exist!"));
    toy_end(ask);
}

static void what_the_backend_lost_is_told_and_forgotten(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "a", 0);
    assert_int_equal(toy_index(f->world, "a", "city", VG_INDEX_KEYWORD), VG_NOT_FOUND);
    assert_null(toy_row(f->toy, "a"));
}

static void a_refusal_of_the_backend_changes_no_row(void **state)
{
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_UPDATE_COLLECTION, 0, 1, TOY_REFUSE, VG_INVALID});
    toy_script(f->toy, (toy_rule){VG_OP_CREATE_INDEX, 0, 1, TOY_REFUSE, VG_NO_SPACE});
    assert_int_equal(toy_patch(f->world, "a", "{\"settings\":{\"x\":1}}"), VG_INVALID);
    assert_int_equal(toy_index(f->world, "a", "n", VG_INDEX_FLOAT), VG_NO_SPACE);
    assert_int_equal(toy_row(f->toy, "a")->version, 2);
    assert_found(f, "|");
}

/* The backend did its part, the row was not written, or perhaps it was: the client is told, and
 * asking again makes both the same. */
static void a_change_that_ended_half_way_can_be_repeated(void **state)
{
    static const toy_fate fates[] = {TOY_FAULT_BEFORE, TOY_FAULT_AFTER};
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        toy_create(f->world, "a", 4);
        toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 2, fates[i], VG_OK});
        assert_int_equal(toy_index(f->world, "a", "n", VG_INDEX_FLOAT), VG_UNAVAILABLE);
        assert_int_equal(toy_patch(f->world, "a", "{\"settings\":{\"x\":1}}"), VG_UNAVAILABLE);
        toy_unscript(f->toy);
        assert_int_equal(toy_patch(f->world, "a", "{\"settings\":{\"x\":1}}"), VG_OK);
        assert_int_equal(toy_index(f->world, "a", "n", VG_INDEX_FLOAT), VG_OK);
        assert_found(f, "{\"x\":1}|n:float");
        assert_same(f, "a");
    }
}

static void a_backend_without_the_operation_is_named(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_UPDATE_COLLECTION, VG_OP_CREATE_INDEX,
                                       VG_OP_DROP_INDEX};
    static const char *const says[] = {
        "update_collection: this backend does not have that operation",
        "create_index: this backend does not have that operation",
        "drop_index: this backend does not have that operation"};
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    for (int i = 0; i < 3; i++) {
        toy_ask *ask = toy_make_ask(f->world, kinds[i], "a");

        toy_vectors_adapter(f->toy)->ops[kinds[i]] = NULL;
        toy_start(ask);
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_UNSUPPORTED);
        assert_true(vg_slice_is_str(ask->op.status.what, says[i]));
        toy_end(ask);
    }
    assert_string_equal(toy_log(f->toy), "");
}

/* ---- at once ---- */

static void changes_at_once_all_stay(void **state)
{
    static const char *const keys[] = {"k0", "k1", "k2", "k3"};
    struct fixture *f = *state;
    toy_ask *asks[5];

    toy_create(f->world, "a", 4);
    for (int i = 0; i < 4; i++)
        asks[i] = toy_begin_index(f->world, "a", keys[i], VG_INDEX_BOOL);
    asks[4] = toy_begin_patch(f->world, "a", "{\"settings\":{\"x\":1}}");
    toy_settle(f->world);
    for (int i = 0; i < 5; i++)
        assert_int_equal(toy_end(asks[i]), VG_OK);
    assert_found(f, "{\"x\":1}|k0:bool,k1:bool,k2:bool,k3:bool");
    assert_same(f, "a");
}

/* Another gateway changes the row between this one's reading and writing it. */
static void of_two_gateways_both_changes_stay(void **state)
{
    struct fixture *f = *state;
    toy_world *other = toy_world_new(f->toy);
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    ask = toy_begin_index(f->world, "a", "n", VG_INDEX_FLOAT);
    toy_settle(f->world);
    toy_unscript(f->toy);
    assert_int_equal(toy_index(other, "a", "m", VG_INDEX_BOOL), VG_OK);
    toy_fixture_release(f);
    assert_int_equal(toy_end(ask), VG_OK);
    toy_world_free(other);
    assert_found(f, "|m:bool,n:float");
}

static void a_change_of_what_was_made_anew_is_of_the_new_one(void **state)
{
    struct fixture *f = *state;
    toy_ask *change, *drop, *create;
    vg_code code;

    toy_create(f->world, "a", 4);
    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    drop = toy_begin_drop(f->world, "a");
    create = toy_begin_create(f->world, "a", 7);
    change = toy_begin_index(f->world, "a", "n", VG_INDEX_FLOAT); /* found before, waits for both */
    toy_settle(f->world);
    toy_fixture_release(f);
    assert_int_equal(toy_end(drop), VG_OK);
    assert_int_equal(toy_end(create), VG_OK);
    assert_int_equal(change->op.collection->spec.vectors[0].size, 7);
    assert_int_equal(toy_end(change), VG_OK);
    assert_int_equal(toy_find(f->world, "a", &code), 7);
    assert_same(f, "a");
}

static void what_was_deleted_meanwhile_is_not_changed(void **state)
{
    struct fixture *f = *state;
    toy_ask *change, *drop;

    toy_create(f->world, "a", 4);
    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    drop = toy_begin_drop(f->world, "a");
    change = toy_begin_index(f->world, "a", "n", VG_INDEX_FLOAT);
    toy_settle(f->world);
    toy_fixture_release(f);
    assert_int_equal(toy_end(drop), VG_OK);
    assert_int_equal(toy_end(change), VG_NOT_FOUND);
    assert_int_equal(toy_rows(f->toy) + toy_collections(f->toy), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_change_of_settings_is_merged_and_kept),
        WITH_WORLD(an_op_goes_on_with_what_it_found),
        WITH_WORLD(a_change_that_does_not_fit_reaches_nobody),
        WITH_WORLD(a_declared_field_is_kept_and_dropped),
        WITH_WORLD(dropping_what_is_not_declared_is_no_error),
        WITH_WORLD(fields_given_at_creation_are_kept_from_the_start),
        WITH_WORLD(both_work_by_alias),
        WITH_WORLD(what_is_not_there_is_told_by_the_clients_name),
        WITH_WORLD(what_the_backend_lost_is_told_and_forgotten),
        WITH_WORLD(a_refusal_of_the_backend_changes_no_row),
        WITH_WORLD(a_change_that_ended_half_way_can_be_repeated),
        WITH_WORLD(a_backend_without_the_operation_is_named),
        WITH_WORLD(changes_at_once_all_stay),
        WITH_WORLD(of_two_gateways_both_changes_stay),
        WITH_WORLD(a_change_of_what_was_made_anew_is_of_the_new_one),
        WITH_WORLD(what_was_deleted_meanwhile_is_not_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
