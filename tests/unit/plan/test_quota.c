/* A tenant that creates as many collections, and writes as many points, as it may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/toy_fixture.h"
#include "tests/support/toy_points.h"

static void start_within(toy_ask *ask, uint64_t most)
{
    static const vg_vector_params vector = {.size = 4, .distance = VG_DOT, .on_disk = -1};

    ask->op.in.create.spec = (vg_collection_spec){.vectors = &vector, .vector_count = 1};
    ask->op.in.create.most = most;
    toy_start(ask);
}

static toy_ask *begin_within(struct fixture *f, const char *name, uint64_t most)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, name);

    start_within(ask, most);
    return ask;
}

static toy_ask *create_within(struct fixture *f, const char *name, uint64_t most)
{
    toy_ask *ask = begin_within(f, name, most);

    toy_settle(f->world);
    return ask;
}

static void a_tenant_creates_as_many_as_it_may_have(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    bool did;

    assert_int_equal(toy_end(create_within(f, "b", 2)), VG_OK);
    assert_int_equal(toy_end(create_within(f, "a", 2)), VG_OK);
    ask = create_within(f, "c", 2);
    assert_int_equal(toy_code(ask), VG_QUOTA);
    assert_true(vg_slice_is_str(ask->op.status.what, "Can't create collection with name c. "
                                                     "Max collections limit reached: 2"));
    toy_end(ask);
    assert_string_equal(toy_list(f->world), "a b");
    assert_int_equal(toy_end(create_within(f, "a", 1)), VG_EXISTS);
    assert_int_equal(toy_drop(f->world, "a", &did), VG_OK);
    assert_int_equal(toy_end(create_within(f, "c", 2)), VG_OK);
    assert_int_equal(toy_end(create_within(f, "d", 0)), VG_OK);
}

static void creations_at_once_see_each_other(void **state)
{
    struct fixture *f = *state;
    toy_ask *first, *cancelled, *fits, *last;

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    first = begin_within(f, "a", 2);
    cancelled = begin_within(f, "b", 2);
    fits = begin_within(f, "c", 2);
    last = begin_within(f, "d", 2);
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &cancelled->op, VG_CANCELLED);
    toy_fixture_release(f);
    toy_settle(f->world);
    assert_int_equal(toy_end(first), VG_OK);
    assert_int_equal(toy_end(cancelled), VG_CANCELLED);
    assert_int_equal(toy_end(fits), VG_OK);
    assert_int_equal(toy_end(last), VG_QUOTA);
    assert_string_equal(toy_list(f->world), "a c");
}

static void tenants_do_not_wait_for_each_other(void **state)
{
    static const vg_tenant other = {.name = VG_LIT_INIT("other")};
    struct fixture *f = *state;
    toy_ask *first, *waits, *others = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, "a");

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    first = begin_within(f, "a", 1);
    waits = begin_within(f, "b", 1);
    toy_settle(f->world);
    assert_int_equal(toy_held(f->toy), 1);
    others->op.who = &other;
    start_within(others, 1);
    toy_settle(f->world);
    assert_int_equal(others->done, 1);
    toy_fixture_release(f);
    toy_settle(f->world);
    assert_int_equal(toy_end(first), VG_OK);
    assert_int_equal(toy_end(waits), VG_QUOTA);
    assert_int_equal(toy_end(others), VG_OK);
}

static void a_count_that_fails_creates_nothing(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    ask = create_within(f, "a", 2);
    assert_int_equal(ask->done, 0);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_fixture_release(f);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_CANCELLED);
    assert_string_equal(toy_list(f->world), "");
}

/* ---- points ---- */

enum { SECOND = 1000000000 };

static vg_point *make_points(vg_arena *arena, uint64_t first, uint32_t count)
{
    vg_point *points = VG_TAKE_N(arena, vg_point, (size_t)count + 1);
    vg_vector *vector = VG_TAKE(arena, vg_vector);

    *vector = (vg_vector){.form = VG_VECTOR_JSON, .bytes = VG_LIT_INIT("[1,0]"), .count = TOY_SIZE};
    for (uint32_t i = 0; i < count; i++)
        points[i] = (vg_point){
            .id = {.kind = VG_ID_NUM, .num = first + i}, .vectors = vector, .vector_count = 1};
    return points;
}

static toy_ask *make_write(struct fixture *f, const char *name, uint64_t first, uint32_t count,
                           uint64_t most)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_UPSERT, name);
    vg_update *update = (vg_update *)(uintptr_t)ask->op.in.update.at;

    update->points = make_points(ask->op.arena, first, count);
    update->point_count = count;
    ask->op.in.update.most = most;
    return ask;
}

/* "ok", or what it says; ends it. */
static const char *end(toy_ask *ask)
{
    static char text[256];
    const vg_status *status = &ask->op.status;

    toy_settle(ask->world);
    if (toy_code(ask) == VG_OK)
        snprintf(text, sizeof text, "ok");
    else
        snprintf(text, sizeof text, "%s: " VG_FMT, vg_code_describe(status->code)->metric,
                 VG_ARG(vg_status_what(status)));
    toy_end(ask);
    return text;
}

static const char *write_some(struct fixture *f, const char *name, uint64_t first, uint32_t count,
                              uint64_t most)
{
    toy_ask *ask = make_write(f, name, first, count, most);

    toy_start(ask);
    return end(ask);
}

static void fill(struct fixture *f)
{
    toy_let_write(f->toy);
    toy_vectors_adapter(f->toy)->can.supports_batch_upsert = true;
    assert_int_equal(toy_create(f->world, "a", TOY_SIZE), VG_OK);
    assert_int_equal(toy_create(f->world, "b", TOY_SIZE), VG_OK);
    toy_log(f->toy);
}

static void without_a_bound_nothing_is_counted(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_string_equal(write_some(f, "a", 1, 50, 0), "ok");
    assert_string_equal(toy_log(f->toy), "upsert");
}

static void points_of_all_collections_are_counted_now_and_then(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_string_equal(write_some(f, "a", 1, 10, 0), "ok");
    assert_string_equal(write_some(f, "b", 1, 10, 0), "ok");
    toy_log(f->toy);
    assert_string_equal(write_some(f, "a", 11, 5, 30), "ok");
    assert_string_equal(toy_log(f->toy), "meta_list list_collections count count upsert");
    assert_string_equal(write_some(f, "b", 11, 5, 30), "ok");
    assert_string_equal(toy_log(f->toy), "upsert");
    fake_loop_advance(f->world->fake, 5 * (uint64_t)SECOND);
    assert_string_equal(write_some(f, "b", 16, 0, 30), "ok"); /* adds nothing */
    assert_string_equal(toy_log(f->toy), "upsert");
    assert_string_equal(write_some(f, "b", 15, 1, 31), "ok");
    assert_string_equal(toy_log(f->toy), "meta_list list_collections count count upsert");
}

static void what_is_more_is_refused_after_a_count(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_string_equal(write_some(f, "a", 1, 10, 20), "ok");
    assert_string_equal(write_some(f, "a", 1, 10, 20), "ok"); /* others' places */
    toy_log(f->toy);
    assert_string_equal(write_some(f, "b", 1, 5, 20), "ok");
    assert_string_equal(toy_log(f->toy), "meta_list list_collections count count upsert");
    assert_string_equal(write_some(f, "b", 6, 6, 20),
                        "quota: Max points count limit of 20 reached: the tenant has 15, the "
                        "request writes 6");
    assert_string_equal(toy_log(f->toy), "meta_list list_collections count count");
    assert_string_equal(write_some(f, "b", 6, 6, 20),
                        "quota: Max points count limit of 20 reached: the tenant has 15, the "
                        "request writes 6");
    assert_string_equal(toy_log(f->toy), "");
    assert_string_equal(write_some(f, "b", 6, 5, 20), "ok");
    assert_string_equal(toy_log(f->toy), "upsert");
    fake_loop_advance(f->world->fake, SECOND);
    toy_drop_point(f->toy, "a", 1);
    assert_string_equal(write_some(f, "b", 11, 1, 20), "ok");
    assert_string_equal(toy_log(f->toy), "meta_list list_collections count count upsert");
}

static void a_batch_counts_what_it_writes(void **state)
{
    struct fixture *f = *state;
    const vg_point_id one = {.kind = VG_ID_NUM, .num = 1};

    fill(f);
    for (uint64_t most = 9; most <= 10; most++) {
        toy_ask *ask = toy_make_ask(f->world, VG_OP_BATCH, "a");
        const vg_point *points = make_points(ask->op.arena, 1, 6);
        const vg_update updates[] = {{.kind = VG_OP_UPSERT, .points = points, .point_count = 6},
                                     {.kind = VG_OP_DELETE, .ids = &one, .id_count = 1},
                                     {.kind = VG_OP_UPSERT, .points = points, .point_count = 4}};

        ask->op.in.update.at = updates;
        ask->op.in.update.count = 3;
        ask->op.in.update.most = most;
        toy_start(ask);
        assert_string_equal(end(ask), most == 10 ? "ok"
                                                 : "quota: Max points count limit of 9 reached: "
                                                   "the tenant has 0, the request writes 10");
        fake_loop_advance(f->world->fake, SECOND);
    }
}

static void another_tenants_points_are_its_own(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    fill(f);
    assert_string_equal(write_some(f, "a", 1, 10, 10), "ok");
    toy_as(f->world, "acme");
    assert_int_equal(toy_create(f->world, "a", TOY_SIZE), VG_OK);
    assert_string_equal(write_some(f, "a", 1, 10, 10), "ok");
    assert_string_equal(write_some(f, "a", 11, 1, 10),
                        "quota: Max points count limit of 10 reached: the tenant has 10, the "
                        "request writes 1");
}

/* Gone after it was listed: before it is found, or before it is counted. */
static void a_collection_that_goes_meanwhile_has_none(void **state)
{
    static const toy_rule rules[] = {
        {VG_OP_COUNT, 0, 2, TOY_HOLD_BEFORE, VG_OK},
        {VG_OP_META_GET, 1, 2, TOY_HOLD_BEFORE, VG_OK}, /* the first is of the write itself */
    };
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        toy_ask *ask = make_write(f, "a", 1, 10, 20);

        toy_script(f->toy, rules[i]);
        toy_start(ask);
        toy_settle(f->world);
        assert_true(toy_held(f->toy) > 0);
        toy_set_collection(f->toy, "b", 0);
        if (i > 0)
            toy_remove_row(f->toy, "b");
        toy_fixture_release(f);
        assert_string_equal(end(ask), "ok");
        toy_set_collection(f->toy, "b", TOY_SIZE);
        toy_fixture_restart(f);
    }
}

static void a_count_that_fails_writes_nothing(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_META_LIST, VG_OP_COUNT};
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        toy_script(f->toy, (toy_rule){(int)kinds[i], 0, 1, TOY_REFUSE, VG_FORBIDDEN});
        assert_string_equal(write_some(f, "a", 1, 1, 10), "forbidden: the toy refuses");
        toy_unscript(f->toy);
        assert_null(strstr(toy_log(f->toy), "upsert"));
    }
    assert_string_equal(write_some(f, "a", 1, 1, 10), "ok");
}

static void a_count_can_be_cancelled(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f);
    for (unsigned at = 0; at < 4; at++) {
        ask = make_write(f, "a", 1, 1, 10);
        toy_fixture_hold(f, at, TOY_HOLD_BEFORE);
        toy_start(ask);
        toy_settle(f->world);
        assert_int_equal(ask->done, 0);
        vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
        toy_fixture_release(f);
        assert_int_equal(toy_end(ask), VG_CANCELLED);
        assert_null(strstr(toy_log(f->toy), "upsert"));
    }
    assert_string_equal(write_some(f, "a", 1, 10, 10), "ok");
}

/* Both want the last place; what is under way has it already. */
static void those_that_write_at_once_see_each_other(void **state)
{
    struct fixture *f = *state;
    toy_ask *first, *second;

    fill(f);
    assert_string_equal(write_some(f, "a", 1, 8, 10), "ok");
    toy_fixture_hold(f, 0, TOY_HOLD_BEFORE);
    first = make_write(f, "a", 9, 2, 10);
    toy_start(first);
    toy_settle(f->world);
    toy_unscript(f->toy);
    second = make_write(f, "b", 1, 1, 10);
    toy_start(second);
    assert_string_equal(end(second), "quota: Max points count limit of 10 reached: the tenant has "
                                     "10, the request writes 1");
    toy_release(f->toy);
    assert_string_equal(end(first), "ok");
}

static void without_memory_it_is_refused_and_nothing_stays(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f);
    ask = make_write(f, "a", 1, 1, 10);
    while (vg_arena_take(ask->op.arena, 16))
        continue;
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_TOO_LARGE);
    assert_null(strstr(toy_log(f->toy), "upsert"));
    assert_string_equal(write_some(f, "a", 1, 10, 10), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_tenant_creates_as_many_as_it_may_have),
        WITH_WORLD(creations_at_once_see_each_other),
        WITH_WORLD(tenants_do_not_wait_for_each_other),
        WITH_WORLD(a_count_that_fails_creates_nothing),
        WITH_WORLD(without_a_bound_nothing_is_counted),
        WITH_WORLD(points_of_all_collections_are_counted_now_and_then),
        WITH_WORLD(what_is_more_is_refused_after_a_count),
        WITH_WORLD(a_batch_counts_what_it_writes),
        WITH_WORLD(another_tenants_points_are_its_own),
        WITH_WORLD(a_collection_that_goes_meanwhile_has_none),
        WITH_WORLD(a_count_that_fails_writes_nothing),
        WITH_WORLD(a_count_can_be_cancelled),
        WITH_WORLD(those_that_write_at_once_see_each_other),
        WITH_WORLD(without_memory_it_is_refused_and_nothing_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
