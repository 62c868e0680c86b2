/* Payload indexes: declared with the collection and later, filled in steps between other writes,
 * kept right by every change, replaced, dropped; and the words of a collection that can change. */
#include <stdio.h>

#include "look.h"
#include "scene.h"

static vg_index index_of(const char *key, vg_index_kind kind)
{
    return (vg_index){.key = vg_slice_str(key), .kind = kind};
}

static vg_code index_field(bench *b, const char *name, const vg_index *index, bool wait,
                           uint64_t *operation)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    vg_code code = VG_INVALID;

    assert_non_null(table);
    if (vg_write_prepare_index(&write, table, index, wait))
        code = finish(b, &write);
    b->status = write.status;
    vg_table_let(table);
    if (operation)
        *operation = write.operation;
    return code;
}

static bool unindex(bench *b, const char *name, const char *key)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);

    vg_write_prepare_unindex(&write, table, vg_slice_str(key));
    assert_int_equal(finish(b, &write), VG_OK);
    vg_table_let(table);
    return write.did;
}

static vg_shape *shape_of(bench *b, const char *name)
{
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    vg_shape *shape = vg_table_shape(table);

    vg_table_let(table);
    return shape;
}

/* Of how many fields there are, how many are ready; their keys in order. */
static void expect_fields(bench *b, const char *name, const char *keys, uint32_t ready)
{
    vg_shape *shape = shape_of(b, name);
    vg_slice all = {0};
    uint32_t count = 0;

    for (uint32_t i = 0; i < shape->fields.count; i++) {
        all = vg_arena_printf(b->arena, VG_FMT "%s" VG_FMT, VG_ARG(all), i > 0 ? " " : "",
                              VG_ARG(shape->fields.at[i].index.key));
        count += shape->fields.at[i].is_ready;
        assert_true(vg_slice_is(shape->spec.indexes.at[i].key, shape->fields.at[i].index.key));
    }
    must_be(all, keys);
    assert_int_equal(count, ready);
    vg_shape_let(shape);
}

static void put_payloads(bench *b, uint64_t from, uint64_t count)
{
    vg_point *points = VG_TAKE_N(b->arena, vg_point, count);

    for (uint64_t i = 0; i < count; i++)
        points[i] = (vg_point){.id = number_id(from + i),
                               .payload = vg_arena_printf(
                                   b->arena, "{\"n\":%d,\"s\":[\"a\",\"b%d\"],\"t\":\"the %d\"}",
                                   (int)(i % 7), (int)(i % 5), (int)i)};
    assert_int_equal(upsert_points(b, "c", points, (uint32_t)count, NULL), VG_OK);
}

static void reopen(bench *b)
{
    bench_close(b);
    bench_open(b);
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

/* ---- filling, step by step, without the writer's thread ---- */

static void declare(scene *s, vg_write *write, const vg_index *index)
{
    vg_table *table = table_of(s);

    write->arena = s->b->arena;
    assert_true(vg_write_prepare_index(write, table, index, true));
    do_write(s, write);
    vg_table_let(table);
}

static void change(scene *s, const vg_update *update)
{
    vg_table *table = table_of(s);
    vg_write write = {.arena = s->b->arena};
    int before = s->finished;

    assert_true(vg_write_prepare_updates(&write, table, update, 1, true));
    do_write(s, &write);
    assert_int_equal(write.status.code, VG_OK);
    assert_int_equal(s->finished, before + 1);
    vg_table_let(table);
}

static void set_n(scene *s, uint64_t num, const char *payload)
{
    const vg_point_id id = number_id(num);
    const vg_update one = {.kind = VG_OP_OVERWRITE_PAYLOAD,
                           .ids = &id,
                           .id_count = 1,
                           .payload = vg_slice_str(payload)};

    change(s, &one);
}

static void step(scene *s)
{
    assert_true(vg_upkeep_step(&s->upkeep, false));
}

static void prepare_5000(bench *b)
{
    create_spec(b, "c", &(vg_collection_spec){0});
    put_payloads(b, 0, 5000);
}

static void changes_while_an_index_is_filled_are_in_it(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("n", VG_INDEX_INTEGER);
    const vg_point_id gone[] = {number_id(3), number_id(4999)};
    const vg_update deletion = {.kind = VG_OP_DELETE, .ids = gone, .id_count = 2};
    const vg_point fresh = {.id = number_id(9000), .payload = VG_LIT("{\"n\":77}")};
    const vg_update upsert = {.kind = VG_OP_UPSERT, .points = &fresh, .point_count = 1};
    vg_write write = {0};
    scene s;

    prepare_5000(b);
    scene_up(&s, b);
    declare(&s, &write, &index);
    set_n(&s, 1, "{\"n\":100}"); /* nothing is in yet */
    step(&s);
    assert_int_equal(s.finished, 1); /* it is not ready */
    set_n(&s, 2, "{\"n\":101}");     /* in already */
    set_n(&s, 1999, "{\"n\":104}");  /* the last one that is */
    set_n(&s, 4998, "{\"n\":102}");  /* not yet */
    change(&s, &deletion);           /* one of each */
    change(&s, &upsert);             /* takes the row of the last one that went */
    step(&s);
    step(&s);
    assert_int_equal(s.finished, 7); /* it is ready, and who waited has been told */
    assert_int_equal(write.status.code, VG_OK);
    set_n(&s, 5, "{\"n\":103}");
    scene_down(&s);
    expect_fields(b, "c", "n", 1);
    expect_indexes_to_be_right(b, "c");
    assert_int_equal(
        ask_store(b, "SELECT count(*) FROM field_1 WHERE value IN (77,100,101,102,103,104)"), 6);
}

static void filling_goes_on_where_it_was_when_the_store_opens_again(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("s", VG_INDEX_KEYWORD);
    vg_write write = {0};
    uint64_t row;
    scene s;

    prepare_5000(b);
    scene_up(&s, b);
    declare(&s, &write, &index);
    step(&s);
    assert_true(vg_sql_ask_u64(s.sql, "SELECT built_row FROM fields", &row));
    assert_int_equal(row, 2000);
    scene_down(&s); /* the store closes, and opens */
    assert_int_equal(s.finished, 1);
    assert_int_equal(write.status.code, VG_UNAVAILABLE); /* who waited was told */
    assert_int_equal(index_field(b, "c", &index, true, NULL), VG_OK);
    expect_fields(b, "c", "s", 1);
    expect_indexes_to_be_right(b, "c");
}

static void dropping_an_index_or_its_collection_ends_its_filling(void **state)
{
    bench *b = *state;
    const vg_index n = index_of("n", VG_INDEX_INTEGER), other = index_of("n", VG_INDEX_FLOAT),
                   t = index_of("s", VG_INDEX_KEYWORD);
    vg_write first = {0}, second = {0}, third = {0}, fourth = {.arena = b->arena};
    vg_write drop_all = {.kind = VG_WRITE_DROP, .arena = b->arena, .name = VG_LIT("c")};
    vg_table *table;
    scene s;

    prepare_5000(b);
    scene_up(&s, b);
    table = table_of(&s);
    declare(&s, &first, &n);
    step(&s);
    declare(&s, &second, &other); /* the first is replaced: its filling is over */
    assert_int_equal(s.finished, 1);
    assert_int_equal(first.status.code, VG_OK);
    declare(&s, &third, &t);
    vg_write_prepare_unindex(&fourth, table, VG_LIT("n"));
    do_write(&s, &fourth);
    assert_int_equal(s.finished, 3);
    step(&s);
    do_write(&s, &drop_all);
    assert_int_equal(s.finished, 5);
    assert_int_equal(third.status.code, VG_NOT_FOUND);
    must_be(third.status.where, "collection");
    vg_table_let(table);
    while (vg_upkeep_step(&s.upkeep, true))
        continue;
    assert_null(s.upkeep.filling);
    assert_null(s.upkeep.graves);
    scene_down(&s);
    assert_int_equal(ask_store(b, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'field\\_%%' "
                                  "ESCAPE '\\'"),
                     0);
}

static void who_has_waited_for_long_is_told_and_filling_goes_on(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("n", VG_INDEX_INTEGER);
    const uint64_t ms = 1000000;
    vg_write write = {0};
    vg_table *table;
    scene s;

    prepare_5000(b);
    scene_up(&s, b);
    declare(&s, &write, &index);
    table = table_of(&s);
    vg_fill_tire(table, write.waits_since_ns + VG_FILL_WAIT_MS * ms - 1);
    assert_int_equal(s.finished, 0);
    vg_fill_tire(table, write.waits_since_ns + VG_FILL_WAIT_MS * ms);
    assert_int_equal(s.finished, 1);
    assert_int_equal(write.status.code, VG_DEADLINE);
    while (table->fills)
        step(&s);
    vg_table_let(table);
    scene_down(&s);
    expect_fields(b, "c", "n", 1);
    expect_indexes_to_be_right(b, "c");
}

/* A reader that holds the WAL, and a disk that takes nothing, are two things. */
static void filling_does_not_wait_for_a_wal_that_a_reader_holds(void **state)
{
    bench *b = *state;
    const vg_index index = index_of("n", VG_INDEX_INTEGER);
    vg_write write = {0};
    scene s;

    prepare_5000(b);
    scene_up(&s, b);
    s.upkeep.is_held = true;
    declare(&s, &write, &index);
    while (s.finished == 0)
        step(&s);
    scene_down(&s);
    expect_indexes_to_be_right(b, "c");
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

/* Several in one group: each sees what those before it have left. */
static void writes_of_one_group_see_each_others_indexes(void **state)
{
    bench *b = *state;
    const vg_index n = index_of("n", VG_INDEX_INTEGER), t = index_of("s", VG_INDEX_KEYWORD);
    const vg_point point = {.id = number_id(1), .payload = VG_LIT("{\"n\":1,\"s\":\"x\"}")};
    const vg_update upsert = {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1};
    vg_write writes[3] = {{.arena = b->arena}, {.arena = b->arena}, {.arena = b->arena}};
    vg_table *table;
    scene s;

    create_spec(b, "c", &(vg_collection_spec){0});
    scene_up(&s, b);
    table = table_of(&s);
    assert_true(vg_write_prepare_index(&writes[0], table, &n, true));
    assert_true(vg_write_prepare_index(&writes[1], table, &t, true));
    assert_true(vg_write_prepare_updates(&writes[2], table, &upsert, 1, true));
    assert_true(vg_sql_run(s.sql, "BEGIN"));
    for (int i = 0; i < 3; i++)
        assert_int_equal(vg_apply(s.sql, &writes[i]), VG_OK);
    assert_true(vg_sql_run(s.sql, "COMMIT"));
    for (int i = 0; i < 3; i++)
        vg_publish(s.shelf, &s.upkeep, &writes[i]);
    assert_null(table->next_shape);
    vg_table_let(table);
    scene_down(&s);
    expect_fields(b, "c", "n s", 2);
    expect_indexes_to_be_right(b, "c");
    assert_int_equal(ask_store(b, "SELECT count(*) FROM field_1") +
                         ask_store(b, "SELECT count(*) FROM field_2"),
                     2);
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
        WITH_STORE(changes_while_an_index_is_filled_are_in_it),
        WITH_STORE(filling_goes_on_where_it_was_when_the_store_opens_again),
        WITH_STORE(dropping_an_index_or_its_collection_ends_its_filling),
        WITH_STORE(who_has_waited_for_long_is_told_and_filling_goes_on),
        WITH_STORE(filling_does_not_wait_for_a_wal_that_a_reader_holds),
        WITH_STORE(a_reader_takes_the_shape_of_its_snapshot),
        WITH_STORE(settings_and_words_of_vectors_can_change_and_nothing_else),
        WITH_STORE(writes_of_one_group_see_each_others_indexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
