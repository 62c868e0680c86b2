/* The way of an op through the plan: to the catalog, to the backend and back, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_fixture.h"

static toy_ask *start(struct fixture *f, vg_op_kind kind, const char *name)
{
    toy_ask *ask = toy_make_ask(f->world, kind, name);

    toy_start(ask);
    assert_int_equal(ask->done, 0);
    return ask;
}

static toy_ask *ask_whole(struct fixture *f, vg_op_kind kind, const char *name)
{
    toy_ask *ask = start(f, kind, name);

    toy_settle(f->world);
    return ask;
}

static void assert_says(const toy_ask *ask, vg_code code, const char *what, const char *where)
{
    assert_int_equal(toy_code(ask), code);
    assert_true(vg_slice_is_str(vg_status_what(&ask->op.status), what));
    assert_true(vg_slice_is_str(ask->op.status.where, where));
}

/* ---- there and back ---- */

static void an_op_finds_its_collection_and_its_backend(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_log(f->toy);
    ask = ask_whole(f, VG_OP_DELETE, "a");
    assert_int_equal(toy_code(ask), VG_OK);
    assert_int_equal(ask->op.out.written.operation_id, 1);
    assert_true(vg_slice_is_str(ask->op.backend, "toy"));
    assert_true(vg_slice_is_str(ask->op.collection->physical, "a"));
    assert_string_equal(toy_log(f->toy), "delete");
    toy_end(ask);
}

static void every_kind_of_op_comes_back_once(void **state)
{
    static const struct {
        vg_op_kind kind;
        vg_code code;
    } kinds[] = {
        {VG_OP_HEALTH, VG_OK},
        {VG_OP_DESCRIBE, VG_OK},
        {VG_OP_GET, VG_OK},
        {VG_OP_SCROLL, VG_OK},
        {VG_OP_COUNT, VG_OK},
        {VG_OP_UPSERT, VG_OK},
        {VG_OP_SEARCH, VG_OK},
        {VG_OP_LIST, VG_OK},
        {VG_OP_SET_PAYLOAD, VG_OK},
        {VG_OP_BATCH, VG_OK},
        {VG_OP_FACET, VG_UNSUPPORTED},
        {VG_OP_CLEAR_PAYLOAD, VG_UNSUPPORTED},
        {VG_OP_CHANGE_ALIASES, VG_OK},
        {VG_OP_LIST_ALIASES, VG_OK},
        {VG_OP_DROP_INDEX, VG_OK},
        {VG_OP_DROP_COLLECTION, VG_OK},
    };
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_int_equal(toy_end(ask_whole(f, kinds[i].kind, "a")), kinds[i].code);
    assert_int_equal(toy_collections(f->toy), 0);
}

static void a_description_is_of_the_backends_object(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    ask = ask_whole(f, VG_OP_DESCRIBE, "a");
    assert_true(ask->op.out.info.exists);
    assert_true(vg_slice_is_str(ask->op.in.collection.physical, "a"));
    assert_int_equal(ask->op.collection->spec.vectors[0].size, 4);
    toy_end(ask);
}

static void what_the_backend_says_reaches_the_client(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_COUNT, 0, 1, TOY_REFUSE, VG_THROTTLED});
    ask = ask_whole(f, VG_OP_COUNT, "a");
    assert_says(ask, VG_THROTTLED, "the toy refuses", "");
    toy_end(ask);
}

/* ---- what is not there ---- */

static void an_unknown_collection_is_told_before_the_backend_is_asked(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask = ask_whole(f, VG_OP_COUNT, "nope");

    assert_says(ask, VG_NOT_FOUND, "Collection `nope` doesn't exist!", "collection");
    assert_string_equal(toy_log(f->toy), "meta_get meta_get describe");
    toy_end(ask);
}

static void assert_lost(struct fixture *f, vg_op_kind kind)
{
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "a", 0);
    ask = ask_whole(f, kind, "a");
    assert_says(ask, VG_NOT_FOUND, "Collection `a` doesn't exist!", "collection");
    toy_end(ask);
    assert_int_equal(toy_rows(f->toy), 0);
}

static void what_the_backend_lost_is_forgotten(void **state)
{
    struct fixture *f = *state;

    assert_lost(f, VG_OP_COUNT);
    assert_lost(f, VG_OP_DESCRIBE); /* no error there: it says that it does not exist */
}

static void what_else_is_missing_does_not_lose_the_collection(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_SEARCH, 0, 1, TOY_REFUSE, VG_NOT_FOUND});
    ask = ask_whole(f, VG_OP_SEARCH, "a");
    assert_says(ask, VG_NOT_FOUND, "the toy refuses", "");
    toy_end(ask);
    assert_int_equal(toy_rows(f->toy), 1);
}

static void an_op_that_finds_its_collection_lost_keeps_what_it_knew(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_set_collection(f->toy, "a", 0);
    ask = ask_whole(f, VG_OP_COUNT, "a");
    assert_int_equal(ask->op.collection->spec.vectors[0].size, 4);
    toy_end(ask);
}

/* ---- refusals of its own ---- */

static void what_does_not_fit_never_reaches_the_backend(void **state)
{
    struct fixture *f = *state;
    vg_search search = {.vector = {.form = VG_VECTOR_JSON, .count = 3}, .limit = 1};
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    for (int known = 0; known < 2; known++) {
        if (!known) { /* once found later, once at once */
            toy_world_free(f->world);
            f->world = toy_world_new(f->toy);
        }
        toy_log(f->toy);
        ask = toy_make_ask(f->world, VG_OP_SEARCH, "a");
        ask->op.in.search.queries = &search;
        ask->op.in.search.count = 1;
        toy_start(ask);
        assert_int_equal(ask->done, 0);
        toy_settle(f->world);
        assert_says(ask, VG_INVALID, "Vector dimension error: expected dim: 4, got 3", "vector");
        assert_string_equal(toy_log(f->toy), known ? "" : "meta_get");
        toy_end(ask);
    }
}

static void a_backend_without_the_operation_is_asked_for_nothing(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_vectors_adapter(f->toy)->ops[VG_OP_DROP_COLLECTION] = NULL;
    toy_vectors_adapter(f->toy)->ops[VG_OP_COUNT] = NULL;
    toy_log(f->toy);
    ask = ask_whole(f, VG_OP_DROP_COLLECTION, "a");
    assert_says(ask, VG_UNSUPPORTED, "drop_collection: this backend does not have that operation",
                "");
    toy_end(ask);
    assert_int_equal(toy_end(ask_whole(f, VG_OP_COUNT, "a")), VG_UNSUPPORTED);
    assert_string_equal(toy_log(f->toy), "");
    assert_int_equal(toy_row(f->toy, "a")->state, VG_META_READY);
}

static void a_creation_is_checked_before_a_row_is_written(void **state)
{
    struct fixture *f = *state;
    const vg_vector_params vector = {.size = 9, .distance = VG_DOT};
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, "a");

    ask->op.in.create.spec = (vg_collection_spec){.vectors = &vector, .vector_count = 1};
    toy_start(ask);
    toy_settle(f->world);
    assert_says(ask, VG_UNSUPPORTED,
                "a vector of 9 dimensions: this backend's max_vector_dimensions is 8", "dimension");
    toy_end(ask);
    toy_vectors_adapter(f->toy)->ops[VG_OP_CREATE_COLLECTION] = NULL;
    assert_int_equal(toy_end(ask_whole(f, VG_OP_CREATE_COLLECTION, "a")), VG_UNSUPPORTED);
    assert_string_equal(toy_log(f->toy), "");
}

static void fields_are_for_backends_that_keep_them(void **state)
{
    struct fixture *f = *state;
    const vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};
    const vg_index field = {.key = VG_LIT_INIT("k"), .kind = VG_INDEX_BOOL};
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, "a");

    toy_vectors_adapter(f->toy)->ops[VG_OP_CREATE_INDEX] = NULL;
    ask->op.in.create.spec =
        (vg_collection_spec){.vectors = &vector, .vector_count = 1, .indexes = {&field, 1}};
    toy_start(ask);
    toy_settle(f->world);
    assert_says(ask, VG_UNSUPPORTED, "create_index: this backend does not have that operation",
                "fields");
    toy_end(ask);
    assert_string_equal(toy_log(f->toy), "");
}

/* ---- an index that is waited for ---- */

static toy_ask *ask_index(struct fixture *f, bool waits, vg_build_state state)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_INDEX, "a");

    toy_make_builder(f->toy)->state = state;
    ask->op.in.index.index = (vg_index){.key = VG_LIT("k"), .kind = VG_INDEX_BOOL};
    ask->op.in.index.wait = waits;
    toy_log(f->toy);
    toy_start(ask);
    toy_settle(f->world);
    return ask;
}

static void an_index_is_waited_for_when_that_is_asked(void **state)
{
    static const struct {
        bool waits;
        vg_build_state state;
        const char *log;
        bool completed;
    } rows[] = {
        {true, VG_BUILD_DONE, "meta_get create_index meta_update build_index", true},
        {true, VG_BUILD_GOING_ON, "meta_get create_index meta_update build_index", false},
        {false, VG_BUILD_GOING_ON, "meta_get create_index meta_update", false},
    };
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        toy_ask *ask;

        toy_make_builder(f->toy)->total = 9;
        ask = ask_index(f, rows[i].waits, rows[i].state);
        assert_int_equal(toy_code(ask), VG_OK);
        assert_int_equal(ask->op.out.written.operation_id, i + 1);
        assert_int_equal(ask->op.out.written.completed, rows[i].completed);
        assert_string_equal(toy_log(f->toy), rows[i].log);
        toy_end(ask);
    }
}

/* What was declared is declared; whoever waits hears that it goes on. */
static void who_waits_too_long_hears_that_it_goes_on(void **state)
{
    static const vg_code whys[] = {VG_DEADLINE, VG_UNAVAILABLE, VG_CANCELLED};
    struct fixture *f = *state;

    toy_create(f->world, "a", 4);
    for (size_t i = 0; i < sizeof whys / sizeof whys[0]; i++) {
        toy_ask *ask;

        toy_script(f->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, 1, TOY_WAIT, VG_OK});
        ask = ask_index(f, true, VG_BUILD_NEEDED);
        assert_int_equal(ask->done, 0);
        vg_plan_cancel(f->world->plan, &ask->op, whys[i]);
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_OK);
        assert_false(ask->op.out.written.completed);
        assert_int_equal(ask->op.collection->spec.indexes.count, 1);
        toy_end(ask);
        toy_unscript(f->toy);
    }
}

static void a_look_that_fails_is_no_failure(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_script(f->toy, (toy_rule){VG_OP_BUILD_INDEX, 0, TOY_FOREVER, TOY_REFUSE, VG_UNAVAILABLE});
    ask = ask_index(f, true, VG_BUILD_DONE);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_false(ask->op.out.written.completed);
    toy_end(ask);
}

/* ---- going, shutting down, being late ---- */

static void cancel_at(struct fixture *f, vg_op_kind kind, unsigned at, vg_code why)
{
    toy_ask *ask;
    vg_code code;

    toy_unscript(f->toy);
    toy_script(f->toy, (toy_rule){TOY_ANY, at, 1, TOY_HOLD_BEFORE, VG_OK});
    toy_set_collection(f->toy, "old", 6); /* found by six exchanges, then the op's own */
    ask = start(f, kind, "old");
    toy_settle(f->world);
    if (ask->done == 0) {
        vg_plan_cancel(f->world->plan, &ask->op, why);
        vg_plan_cancel(f->world->plan, &ask->op, VG_DEADLINE); /* the first reason stands */
    }
    toy_settle(f->world);
    toy_unscript(f->toy);
    toy_release(f->toy);
    toy_settle(f->world);
    code = toy_end(ask);
    assert_true(code == why || code == VG_DEADLINE || (code == VG_OK && at > 5));
    assert_int_equal(vg_plan_busy(f->world->plan), 0);
    toy_end(ask_whole(f, VG_OP_DROP_COLLECTION, "old"));
    assert_int_equal(toy_rows(f->toy), 0);
}

static void an_op_can_be_cancelled_wherever_it_is(void **state)
{
    struct fixture *f = *state;

    for (unsigned at = 0; at < 8; at++) {
        cancel_at(f, VG_OP_COUNT, at, VG_CANCELLED);
        cancel_at(f, VG_OP_UPSERT, at, VG_UNAVAILABLE);
    }
}

/* Adopting goes on without the client, and what it asked for is then not begun. */
static void what_was_cancelled_while_adopting_is_not_begun(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_set_collection(f->toy, "old", 6);
    toy_script(f->toy, (toy_rule){VG_OP_META_CREATE, 0, 1, TOY_HOLD_BEFORE, VG_OK});
    ask = start(f, VG_OP_DELETE, "old");
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_release(f->toy);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_CANCELLED);
    assert_string_equal(toy_log(f->toy),
                        "meta_get meta_get describe meta_get describe meta_create meta_get");
    assert_int_equal(toy_rows(f->toy), 1);
}

static void an_op_that_ended_early_can_be_cancelled_until_it_is_back(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_create(f->world, "a", 4);
    toy_vectors_adapter(f->toy)->ops[VG_OP_DROP_COLLECTION] = NULL;
    ask = start(f, VG_OP_DROP_COLLECTION, "a");
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_UNSUPPORTED);
}

static void an_op_ends_at_its_deadline_wherever_it_hangs(void **state)
{
    static const int kinds[] = {VG_OP_META_GET, VG_OP_DESCRIBE, VG_OP_META_CREATE, VG_OP_COUNT};
    struct fixture *f = *state;
    toy_ask *ask;

    for (size_t i = 0; i < 4; i++) {
        toy_set_collection(f->toy, "old", 6);
        toy_script(f->toy, (toy_rule){kinds[i], 0, TOY_FOREVER, TOY_WAIT, VG_OK});
        ask = start(f, VG_OP_COUNT, "old");
        fake_loop_advance(f->world->fake, 31000000000);
        toy_unscript(f->toy);
        assert_int_equal(toy_end(ask), VG_DEADLINE);
        toy_end(ask_whole(f, VG_OP_DROP_COLLECTION, "old"));
    }
}

/* ---- no memory ---- */

static void without_memory_an_op_is_refused_and_nothing_stays(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_COUNT, VG_OP_LIST, VG_OP_DROP_COLLECTION,
                                       VG_OP_DESCRIBE};
    int failures = 0;

    (void)state;
    for (size_t bytes = 512; bytes < 8192; bytes += 16) {
        toys *toy = toy_new();
        struct fixture f = {.toy = toy,
                            .world = toy_world_new_capped(toy, (toy_caps){.op_bytes = bytes})};

        toy_set_collection(toy, "old", 4);
        for (size_t i = 0; i < 4; i++) {
            toy_ask *ask = toy_make_ask(f.world, kinds[i], "old");
            vg_code code;

            if (!ask)
                continue;
            toy_start(ask);
            toy_settle(f.world);
            code = toy_end(ask);
            assert_true(code == VG_OK || code == VG_TOO_LARGE || code == VG_OVERLOADED ||
                        code == VG_NOT_FOUND);
            failures += code == VG_TOO_LARGE || code == VG_OVERLOADED;
        }
        toy_world_free(f.world);
        toy_free(toy);
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(an_op_finds_its_collection_and_its_backend),
        WITH_WORLD(every_kind_of_op_comes_back_once),
        WITH_WORLD(a_description_is_of_the_backends_object),
        WITH_WORLD(what_the_backend_says_reaches_the_client),
        WITH_WORLD(an_unknown_collection_is_told_before_the_backend_is_asked),
        WITH_WORLD(what_the_backend_lost_is_forgotten),
        WITH_WORLD(what_else_is_missing_does_not_lose_the_collection),
        WITH_WORLD(an_op_that_finds_its_collection_lost_keeps_what_it_knew),
        WITH_WORLD(what_does_not_fit_never_reaches_the_backend),
        WITH_WORLD(a_backend_without_the_operation_is_asked_for_nothing),
        WITH_WORLD(a_creation_is_checked_before_a_row_is_written),
        WITH_WORLD(fields_are_for_backends_that_keep_them),
        WITH_WORLD(an_index_is_waited_for_when_that_is_asked),
        WITH_WORLD(who_waits_too_long_hears_that_it_goes_on),
        WITH_WORLD(a_look_that_fails_is_no_failure),
        WITH_WORLD(an_op_can_be_cancelled_wherever_it_is),
        WITH_WORLD(what_was_cancelled_while_adopting_is_not_begun),
        WITH_WORLD(an_op_that_ended_early_can_be_cancelled_until_it_is_back),
        WITH_WORLD(an_op_ends_at_its_deadline_wherever_it_hangs),
        cmocka_unit_test(without_memory_an_op_is_refused_and_nothing_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
