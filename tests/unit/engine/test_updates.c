/* Updates of points: what each kind does to payloads, which ids and filters it is about, and what
 * becomes of a list of them. */
#include <stdio.h>

#include "named.h"

static const float ones[] = {1, 1}, twos[] = {2, 2};

/* ---- payloads ---- */

static const struct {
    const char *says;
    vg_op_kind kind;
    const char *before, *payload, *key;
    const char *after;
} edits[] = {
    {"merged", VG_OP_SET_PAYLOAD, "{\"a\":[1, 2.0],\"b\":2}", "{\"b\":3,\"c\":[]}", "",
     "{\"a\":[1, 2.0],\"b\":3,\"c\":[]}"},
    {"a null takes away", VG_OP_SET_PAYLOAD, "{\"a\":1,\"b\":2}", "{\"a\":null}", "", "{\"b\":2}"},
    {"into nothing", VG_OP_SET_PAYLOAD, "", "{\"a\":1}", "", "{\"a\":1}"},
    {"at a path", VG_OP_SET_PAYLOAD, "{\"a\":{\"x\":1}}", "{\"y\":2}", "a",
     "{\"a\":{\"x\":1,\"y\":2}}"},
    {"overwritten", VG_OP_OVERWRITE_PAYLOAD, "{\"a\":1}", "{\"b\":null}", "", "{\"b\":null}"},
    {"keys deleted", VG_OP_DELETE_PAYLOAD, "{\"a\":1,\"b\":{\"c\":2}}", "", "b.c",
     "{\"a\":1,\"b\":{}}"},
    {"cleared", VG_OP_CLEAR_PAYLOAD, "{\"a\":1}", "", "", ""},
    {"nothing to change", VG_OP_DELETE_PAYLOAD, "{\"a\":1}", "", "z", "{\"a\":1}"},
};

static void payloads_are_changed_as_each_operation_says(void **state)
{
    bench *b = *state;
    const vg_vector a = vector_of("a", ones, 2);
    const vg_point_id id = number_id(1);

    create_named(b);
    for (uint64_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const vg_slice key = vg_slice_str(edits[i].key);
        const vg_update one = {.kind = edits[i].kind,
                               .ids = &id,
                               .id_count = 1,
                               .payload = vg_slice_str(edits[i].payload),
                               .key = edits[i].kind == VG_OP_SET_PAYLOAD ? key : (vg_slice){0},
                               .names = &key,
                               .name_count = 1};

        put_named(b, 1, &a, 1, edits[i].before);
        if (update(b, "c", &one, 1, NULL) != VG_OK)
            fail_msg("%s: " VG_FMT, edits[i].says, VG_ARG(b->status.what));
        expect_payload(b, 1, edits[i].after, 2 * i + 2);
        expect_vector(b, 1, 0, ones);
    }
}

static void a_path_or_patch_that_is_none_is_refused(void **state)
{
    bench *b = *state;
    const vg_point_id id = number_id(1);
    const vg_slice path = VG_LIT("a..b");
    const vg_update updates[] = {
        {.kind = VG_OP_SET_PAYLOAD,
         .ids = &id,
         .id_count = 1,
         .payload = VG_LIT("{}"),
         .key = path},
        {.kind = VG_OP_DELETE_PAYLOAD, .ids = &id, .id_count = 1, .names = &path, .name_count = 1},
    };

    create_named(b);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(update(b, "c", &updates[i], 1, NULL), VG_INVALID);
        must_say(b, "Invalid json path: 'a..b'");
    }
}

/* ---- which points ---- */

static const vg_op_kind tell_missing[] = {VG_OP_SET_PAYLOAD, VG_OP_OVERWRITE_PAYLOAD,
                                          VG_OP_DELETE_PAYLOAD, VG_OP_CLEAR_PAYLOAD,
                                          VG_OP_UPDATE_VECTORS};

static void who_waits_is_told_of_ids_that_are_not_there_and_the_others_are_changed(void **state)
{
    bench *b = *state;
    const vg_vector a = vector_of("a", twos, 2);
    const vg_point_id ids[] = {number_id(5), number_id(1), number_id(6)};
    const vg_slice name = VG_LIT("n");
    const vg_point points[] = {{.id = ids[0], .vectors = &a, .vector_count = 1},
                               {.id = ids[1], .vectors = &a, .vector_count = 1}};
    uint64_t operation;

    create_named(b);
    for (uint64_t i = 0; i < sizeof tell_missing / sizeof *tell_missing; i++) {
        const vg_update one = {.kind = tell_missing[i],
                               .points = points,
                               .point_count = 2,
                               .ids = ids,
                               .id_count = 3,
                               .payload = VG_LIT("{\"n\":2}"),
                               .names = &name,
                               .name_count = 1};

        put_named(b, 1, NULL, 0, "{\"n\":1,\"m\":0}");
        assert_int_equal(update(b, "c", &one, 1, &operation), VG_NOT_FOUND);
        must_be(b->status.what, "No point with id 5 found");
        must_be(b->status.where, "point");
        assert_int_equal(operation, 2 * i + 2);
        expect_payload(b, 1,
                       i == 0   ? "{\"n\":2,\"m\":0}"
                       : i == 1 ? "{\"n\":2}"
                       : i == 2 ? "{\"m\":0}"
                       : i == 3 ? ""
                                : "{\"n\":1,\"m\":0}",
                       operation);
        expect_vector(b, 1, 0, tell_missing[i] == VG_OP_UPDATE_VECTORS ? twos : NULL);
    }
    assert_int_equal(count_points(b, "c"), 1);
}

static void who_does_not_wait_is_not_told(void **state)
{
    bench *b = *state;
    const vg_point_id id = number_id(5);
    const vg_update one = {.kind = VG_OP_CLEAR_PAYLOAD, .ids = &id, .id_count = 1};

    create_named(b);
    assert_int_equal(update_without_waiting(b, "c", &one, 1), VG_OK);
    assert_int_equal(update(b, "c", &one, 1, NULL), VG_NOT_FOUND);
}

static vg_filter where_n_is(int64_t n, vg_condition *room)
{
    *room = (vg_condition){.test = VG_TEST_MATCH_VALUE,
                           .key = VG_LIT("n"),
                           .as.value = {.kind = VG_MATCH_INTEGER, .integer = n}};
    return (vg_filter){.must = {room, 1}};
}

static void put_numbered(bench *b, uint64_t count)
{
    const vg_vector a = vector_of("a", ones, 2);
    char payload[32];

    for (uint64_t i = 0; i < count; i++) {
        snprintf(payload, sizeof payload, "{\"n\":%d}", (int)(i % 3));
        put_named(b, i, &a, 1, vg_arena_copy(b->arena, vg_slice_str(payload)).at);
    }
}

static void a_filter_selects_what_it_matches_when_the_writer_comes_to_it(void **state)
{
    bench *b = *state;
    vg_condition room;
    const vg_filter ones_only = where_n_is(1, &room), all = {0};
    const vg_update updates[] = {
        {.kind = VG_OP_SET_PAYLOAD, .filter = &ones_only, .payload = VG_LIT("{\"n\":2}")},
        {.kind = VG_OP_DELETE, .filter = &ones_only}, /* there are none any more */
    };
    const vg_update deletion = {.kind = VG_OP_DELETE, .filter = &all};

    create_named(b);
    put_numbered(b, 30);
    assert_int_equal(update(b, "c", updates, 2, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 30);
    expect_payload(b, 0, "{\"n\":0}", 1);
    expect_payload(b, 1, "{\"n\":2}", 31);
    expect_memory_to_be_the_disk(b, "c");
    assert_int_equal(update(b, "c", &deletion, 1, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 0);
    expect_memory_to_be_the_disk(b, "c");
}

static void an_update_of_nothing_named_is_refused(void **state)
{
    bench *b = *state;
    const vg_update nothing = {.kind = VG_OP_DELETE};

    create_named(b);
    put_numbered(b, 3);
    assert_int_equal(update(b, "c", &nothing, 1, NULL), VG_UNSUPPORTED);
    must_be(b->status.what, "Empty update request");
    assert_int_equal(count_points(b, "c"), 3);
}

static void a_selection_larger_than_the_request_may_hold_changes_nothing(void **state)
{
    bench *b = *state;
    const vg_filter all = {0};
    const vg_update deletion = {.kind = VG_OP_DELETE, .filter = &all};
    vg_write write = {.arena = vg_arena_new(8192)};
    vg_table *table;

    create_named(b);
    put_numbered(b, 300);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    assert_true(vg_write_prepare_updates(&write, table, &deletion, 1, true));
    assert_int_equal(finish(b, &write), VG_TOO_LARGE);
    must_be(b->status.where, "filter");
    vg_table_let(table);
    vg_arena_free(write.arena);
    assert_int_equal(count_points(b, "c"), 300);
    expect_memory_to_be_the_disk(b, "c");
}

/* ---- several ---- */

static void a_list_is_done_in_order_under_numbers_of_its_own(void **state)
{
    bench *b = *state;
    const vg_vector a = vector_of("a", ones, 2);
    const vg_point point = {
        .id = number_id(1), .vectors = &a, .vector_count = 1, .payload = VG_LIT("{\"n\":1}")};
    const vg_point_id id = number_id(1), two = number_id(2);
    const vg_point second = {.id = two, .payload = VG_LIT("{}")};
    const vg_update list[] = {
        {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1},
        {.kind = VG_OP_SET_PAYLOAD, .ids = &id, .id_count = 1, .payload = VG_LIT("{\"m\":2}")},
        {.kind = VG_OP_UPSERT, .points = &second, .point_count = 1},
        {.kind = VG_OP_DELETE, .ids = &two, .id_count = 1},
    };
    vg_write write = {.arena = b->arena};
    vg_table *table;

    create_named(b);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    assert_true(vg_write_prepare_updates(&write, table, list, 4, true));
    assert_int_equal(finish(b, &write), VG_OK);
    assert_int_equal(write.done, 4);
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(write.operations[i], i + 1);
    vg_table_let(table);
    expect_payload(b, 1, "{\"n\":1,\"m\":2}", 2);
    expect_vector(b, 1, 0, ones);
    assert_int_equal(count_points(b, "c"), 1);
    expect_memory_to_be_the_disk(b, "c");
}

/* A patch that lies deeper than JSON may go, for a payload that is nested already. */
static const char deep[] = "{\"d\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                           "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}";
static const char deep_key[] = "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a";

typedef struct ending {
    const char *says;
    vg_update third;
    vg_code code;
    uint32_t done;
} ending;

static void expect_ending(bench *b, const ending *e)
{
    const vg_point first = {.id = number_id(1), .payload = VG_LIT("{\"n\":1}")},
                   last = {.id = number_id(4)};
    const vg_update list[] = {
        {.kind = VG_OP_UPSERT, .points = &first, .point_count = 1},
        {.kind = VG_OP_CLEAR_PAYLOAD, .ids = &first.id, .id_count = 1},
        e->third,
        {.kind = VG_OP_UPSERT, .points = &last, .point_count = 1},
    };
    vg_write write = {.arena = b->arena};
    vg_table *table;

    drop(b, "c", NULL);
    create_named(b);
    put_named(b, 2, NULL, 0, "{\"n\":1}");
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    assert_true(vg_write_prepare_updates(&write, table, list, 4, true));
    if (finish(b, &write) != e->code || write.done != e->done)
        fail_msg("%s: %d, " VG_FMT, e->says, (int)write.done, VG_ARG(vg_status_what(&b->status)));
    vg_table_let(table);
    expect_payload(b, 1, "", 3);
    assert_int_equal(count_points(b, "c"), 2);
    expect_memory_to_be_the_disk(b, "c");
}

static void a_list_ends_with_the_first_that_fails_and_what_was_done_stays(void **state)
{
    bench *b = *state;
    const vg_point_id both[] = {number_id(2), number_id(9)}, one = number_id(2);
    const vg_vector wrong = vector_of("z", ones, 2);
    const vg_point point = {.id = number_id(3), .vectors = &wrong, .vector_count = 1};
    const ending endings[] = {
        {"a point that is not there",
         {.kind = VG_OP_CLEAR_PAYLOAD, .ids = both, .id_count = 2},
         VG_NOT_FOUND,
         3},
        {"one that cannot be prepared",
         {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1},
         VG_INVALID,
         2},
        {"one that fails when it is applied",
         {.kind = VG_OP_SET_PAYLOAD,
          .ids = &one,
          .id_count = 1,
          .payload = vg_slice_str(deep),
          .key = vg_slice_str(deep_key)},
         VG_INVALID,
         2},
    };

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        expect_ending(b, &endings[i]);
    expect_payload(b, 2, "{\"n\":1}", 1); /* of the last one nothing is left */
    assert_int_equal(put_named(b, 5, NULL, 0, "{}"), VG_OK);
    expect_payload(b, 5, "{}", 4); /* nor its number */
}

static void an_update_that_fails_halfway_leaves_nothing(void **state)
{
    bench *b = *state;
    const vg_point_id ids[] = {number_id(1), number_id(2)};
    const vg_slice patch = vg_slice_str(deep), key = vg_slice_str(deep_key);
    const vg_update one = {
        .kind = VG_OP_SET_PAYLOAD, .ids = ids, .id_count = 2, .payload = patch, .key = VG_LIT("x")};
    const vg_update way = {.kind = VG_OP_SET_PAYLOAD,
                           .ids = &ids[1],
                           .id_count = 1,
                           .payload = VG_LIT("{}"),
                           .key = key};

    create_named(b);
    put_named(b, 1, NULL, 0, "{}");
    put_named(b, 2, NULL, 0, "{}");
    assert_int_equal(update(b, "c", &way, 1, NULL), VG_OK);
    assert_int_equal(
        update(
            b, "c",
            &(vg_update){
                .kind = VG_OP_SET_PAYLOAD, .ids = ids, .id_count = 2, .payload = patch, .key = key},
            1, NULL),
        VG_INVALID);
    expect_payload(b, 1, "{}", 1);
    assert_int_equal(update(b, "c", &one, 1, NULL), VG_OK);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(payloads_are_changed_as_each_operation_says),
        WITH_STORE(a_path_or_patch_that_is_none_is_refused),
        WITH_STORE(who_waits_is_told_of_ids_that_are_not_there_and_the_others_are_changed),
        WITH_STORE(who_does_not_wait_is_not_told),
        WITH_STORE(a_filter_selects_what_it_matches_when_the_writer_comes_to_it),
        WITH_STORE(an_update_of_nothing_named_is_refused),
        WITH_STORE(a_selection_larger_than_the_request_may_hold_changes_nothing),
        WITH_STORE(a_list_is_done_in_order_under_numbers_of_its_own),
        WITH_STORE(a_list_ends_with_the_first_that_fails_and_what_was_done_stays),
        WITH_STORE(an_update_that_fails_halfway_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
