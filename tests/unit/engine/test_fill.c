/* Payload indexes that are filled, step by step and without the writer's thread: what other writes
 * do meanwhile is in them, what ends early ends well, and who waits is told. */
#include "fields.h"
#include "scene.h"

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
        WITH_STORE(changes_while_an_index_is_filled_are_in_it),
        WITH_STORE(filling_goes_on_where_it_was_when_the_store_opens_again),
        WITH_STORE(dropping_an_index_or_its_collection_ends_its_filling),
        WITH_STORE(who_has_waited_for_long_is_told_and_filling_goes_on),
        WITH_STORE(filling_does_not_wait_for_a_wal_that_a_reader_holds),
        WITH_STORE(writes_of_one_group_see_each_others_indexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
