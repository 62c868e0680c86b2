/* Payload indexes: declared with the collection and later, answered when they are filled, replaced,
 * dropped; and the words of a collection that can change. */
#include "fields.h"
#include "named.h"

static bool unindex(bench *b, const char *name, const char *key)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);

    vg_write_prepare_unindex(&write, table, vg_slice_str(key));
    assert_int_equal(finish(b, &write), VG_OK);
    vg_table_let(table);
    return write.did;
}

/* ---- declaring ---- */

static void indexes_made_with_a_collection_are_ready(void **state)
{
    bench *b = *state;
    const vg_index indexes[] = {index_of("s", VG_INDEX_KEYWORD), index_of("n", VG_INDEX_INTEGER),
                                index_of("t", VG_INDEX_TEXT)};
    const vg_collection_spec spec = {.indexes = {indexes, 3}};

    assert_int_equal(create_spec(b, "c", &spec), VG_OK);
    expect_fields(b, "c", "s n t", 3);
    put_payloads(b, 0, 50);
    expect_indexes_to_be_right(b, "c");
    reopen(b);
    expect_fields(b, "c", "s n t", 3);
    put_payloads(b, 20, 50);
    expect_indexes_to_be_right(b, "c");
}

static void an_index_of_points_that_are_there_is_answered_when_it_is_filled(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("s", VG_INDEX_KEYWORD);
    uint64_t operation;

    create_spec(b, "c", &(vg_collection_spec){0});
    put_payloads(b, 0, 5000);
    assert_int_equal(index_field(b, "c", &index, true, &operation), VG_OK);
    assert_int_equal(operation, 3); /* it takes two */
    expect_fields(b, "c", "s", 1);
    expect_indexes_to_be_right(b, "c");
    assert_int_equal(ask_store(b, "SELECT count(*) FROM fields WHERE built_row IS NULL"), 1);
}

static void what_options_say_is_kept(void **state)
{
    bench *b = *state;
    const vg_index index = {
        .key = VG_LIT("t"),
        .kind = VG_INDEX_TEXT,
        .text = {VG_TOKENIZER_PREFIX, 2, 9, true, true},
        .params = VG_LIT("{\"type\":\"text\"}"),
    };
    const vg_index whole = {.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER, .no_range = true},
                   other = {.key = VG_LIT("m"), .kind = VG_INDEX_INTEGER, .no_lookup = true};
    vg_shape *shape;
    const vg_index *got;

    create_spec(b, "c", &(vg_collection_spec){0});
    index_field(b, "c", &index, true, NULL);
    index_field(b, "c", &whole, true, NULL);
    index_field(b, "c", &other, true, NULL);
    reopen(b);
    shape = shape_of(b, "c");
    got = shape->spec.indexes.at;
    assert_int_equal(got->kind, VG_INDEX_TEXT);
    assert_memory_equal(&got->text, &index.text, sizeof got->text);
    must_be(got->params, "{\"type\":\"text\"}");
    assert_true(got[1].no_range && !got[1].no_lookup && got[2].no_lookup && !got[2].no_range);
    vg_shape_let(shape);
}

static void the_same_index_again_takes_its_numbers_and_nothing_else(void **state)
{
    bench *b = *state;
    vg_index index = index_of("n", VG_INDEX_INTEGER);
    uint64_t operation;
    vg_shape *before, *after;

    create_spec(b, "c", &(vg_collection_spec){0});
    put_payloads(b, 0, 10);
    index_field(b, "c", &index, true, NULL);
    before = shape_of(b, "c");
    assert_int_equal(index_field(b, "c", &index, true, &operation), VG_OK);
    assert_int_equal(operation, 5);
    after = shape_of(b, "c");
    assert_ptr_equal(before, after);
    vg_shape_let(after);
    index.params = VG_LIT("{\"on_disk\":true}"); /* its words only */
    assert_int_equal(index_field(b, "c", &index, true, NULL), VG_OK);
    after = shape_of(b, "c");
    must_be(after->fields.at[0].index.params, "{\"on_disk\":true}");
    assert_int_equal(after->fields.at[0].number, before->fields.at[0].number);
    vg_shape_let(before);
    vg_shape_let(after);
}

static void another_index_of_a_key_takes_the_place_of_the_first(void **state)
{
    bench *b = *state;
    vg_index index = index_of("n", VG_INDEX_INTEGER);

    create_spec(b, "c", &(vg_collection_spec){0});
    put_payloads(b, 0, 10);
    index_field(b, "c", &index, true, NULL);
    index.kind = VG_INDEX_FLOAT;
    assert_int_equal(index_field(b, "c", &index, true, NULL), VG_OK);
    expect_fields(b, "c", "n", 1);
    expect_indexes_to_be_right(b, "c");
    reopen(b);
    expect_fields(b, "c", "n", 1);
    expect_indexes_to_be_right(b, "c");
}

static void wait_for_upkeep(bench *b)
{
    for (int i = 0; i < 100000; i++) {
        drop(b, "nothing", NULL); /* the writer turns */
        if (ask_store(b, "SELECT count(*) FROM dropped_fields") == 0 &&
            ask_store(b, "SELECT count(*) FROM dropped") == 0)
            return;
    }
    fail_msg("what was dropped stays");
}

static void an_index_that_is_dropped_leaves_nothing(void **state)
{
    bench *b = *state;
    const vg_index s = index_of("s", VG_INDEX_KEYWORD), t = index_of("t", VG_INDEX_TEXT);

    create_spec(b, "c", &(vg_collection_spec){0});
    put_payloads(b, 0, 3000);
    index_field(b, "c", &s, true, NULL);
    index_field(b, "c", &t, true, NULL);
    assert_true(unindex(b, "c", "s"));
    assert_false(unindex(b, "c", "s"));
    expect_fields(b, "c", "t", 1);
    drop(b, "c", NULL);
    wait_for_upkeep(b);
    assert_int_equal(ask_store(b, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'field\\_%%' "
                                  "ESCAPE '\\' OR name LIKE 'points\\_%%' ESCAPE '\\'"),
                     0);
    assert_int_equal(ask_store(b, "SELECT count(*) FROM fields"), 0);
}

static void a_key_that_is_no_path_is_refused(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("a..b", VG_INDEX_KEYWORD);

    create_spec(b, "c", &(vg_collection_spec){0});
    assert_int_equal(index_field(b, "c", &index, true, NULL), VG_INVALID);
    must_say(b, "Invalid json path: 'a..b'");
}

/* ---- shapes ---- */

static void a_reader_takes_the_shape_of_its_snapshot(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("n", VG_INDEX_INTEGER);
    vg_table *table;
    vg_shape *shape;

    create_spec(b, "c", &(vg_collection_spec){0});
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    index_field(b, "c", &index, true, NULL);
    assert_int_equal(ask_store(b, "SELECT shape FROM collections"), 1);
    assert_null(vg_table_shape_at(table, 0)); /* an older snapshot: take another */
    shape = vg_table_shape_at(table, 1);
    assert_non_null(shape);
    vg_shape_let(shape);
    vg_table_let(table);
}

static void settings_and_words_of_vectors_can_change_and_nothing_else(void **state)
{
    bench *b = *state;
    const vg_vector_params vectors[] = {
        {.name = VG_LIT("a"), .size = 2, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT("b"), .size = 3, .distance = VG_DOT, .on_disk = -1}};
    const vg_vector_params changed = {
        .name = VG_LIT("b"), .size = 9, .on_disk = 1, .hnsw_config = VG_LIT("{\"m\":4}")};
    const vg_index index = index_of("n", VG_INDEX_INTEGER);
    const vg_collection_spec spec = {vectors, 2, {&index, 1}, VG_LIT("{\"a\":1}")},
                             next = {&changed, 1, {0}, VG_LIT("{\"a\":2}")};
    vg_write write = {.arena = b->arena};
    vg_table *table;
    vg_shape *shape;

    create_spec(b, "c", &spec);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    assert_true(vg_write_prepare_change(&write, table, &next));
    assert_int_equal(finish(b, &write), VG_OK);
    assert_true(write.did);
    vg_table_let(table);
    for (int turn = 0; turn < 2; turn++) {
        shape = shape_of(b, "c");
        must_be(shape->spec.settings, "{\"a\":2}");
        assert_int_equal(shape->spec.vectors[0].on_disk, -1);
        assert_int_equal(shape->spec.vectors[1].on_disk, 1);
        assert_int_equal(shape->spec.vectors[1].size, 3);
        must_be(shape->spec.vectors[1].hnsw_config, "{\"m\":4}");
        vg_shape_let(shape);
        expect_fields(b, "c", "n", 1);
        reopen(b);
    }
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(indexes_made_with_a_collection_are_ready),
        WITH_STORE(an_index_of_points_that_are_there_is_answered_when_it_is_filled),
        WITH_STORE(what_options_say_is_kept),
        WITH_STORE(the_same_index_again_takes_its_numbers_and_nothing_else),
        WITH_STORE(another_index_of_a_key_takes_the_place_of_the_first),
        WITH_STORE(an_index_that_is_dropped_leaves_nothing),
        WITH_STORE(a_key_that_is_no_path_is_refused),
        WITH_STORE(a_reader_takes_the_shape_of_its_snapshot),
        WITH_STORE(settings_and_words_of_vectors_can_change_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
