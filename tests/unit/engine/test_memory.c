/* Memory that is not there: each allocation of a write fails once. What fails is told and leaves
 * nothing, what was committed is published without asking for more, and afterwards all goes on. */
#include <stdlib.h>

#include "look.h"
#include "scene.h"
#include "tests/support/failing_malloc.h"

enum { POINTS = 130, MOST = 2000, MOST_ROOM = 4 << 20 }; /* more than one chunk of slots */

static const float ones[] = {1, 1, 1, 1};
static const vg_vector_params vectors[] = {{.size = 4, .distance = VG_DOT, .on_disk = -1}};
static const vg_filter all = {0};

static void choose_updates(bench *b, vg_write *write, vg_table *table)
{
    static const vg_point_id ids[] = {{.kind = VG_ID_NUM, .num = 1}, {.kind = VG_ID_NUM, .num = 2}};
    vg_point *points = VG_TAKE_N(b->arena, vg_point, POINTS);
    vg_vector *floats = VG_TAKE_N(b->arena, vg_vector, 1);
    vg_update *list = VG_TAKE_N(b->arena, vg_update, 3);

    *floats = vector_of("", ones, 4);
    for (uint64_t i = 0; i < POINTS; i++)
        points[i] = (vg_point){.id = {.kind = VG_ID_TEXT, .text = VG_LIT("a text that is an id")},
                               .vectors = floats,
                               .vector_count = 1,
                               .payload = VG_LIT("{\"n\":5}")};
    for (uint64_t i = 0; i < POINTS; i++)
        if (i % 2)
            points[i].id = number_id(1000 + i);
    list[0] = (vg_update){
        .kind = VG_OP_SET_PAYLOAD, .filter = &all, .payload = VG_LIT("{\"n\":6,\"z\":1}")};
    list[1] = (vg_update){.kind = VG_OP_UPSERT, .points = points, .point_count = POINTS};
    list[2] = (vg_update){.kind = VG_OP_DELETE, .ids = ids, .id_count = 2};
    assert_true(vg_write_prepare_updates(write, table, list, 3, true));
}

static void choose_index(bench *b, vg_write *write, vg_table *table)
{
    const vg_index index = {.key = VG_LIT("m"), .kind = VG_INDEX_INTEGER};

    (void)b;
    assert_true(vg_write_prepare_index(write, table, &index, true));
}

static void choose_other_index(bench *b, vg_write *write, vg_table *table)
{
    const vg_index index = {.key = VG_LIT("n"), .kind = VG_INDEX_KEYWORD};

    (void)b;
    assert_true(vg_write_prepare_index(write, table, &index, false));
}

static void choose_no_index(bench *b, vg_write *write, vg_table *table)
{
    (void)b;
    vg_write_prepare_unindex(write, table, VG_LIT("n"));
}

static void choose_words(bench *b, vg_write *write, vg_table *table)
{
    vg_collection_spec *spec = VG_TAKE(b->arena, vg_collection_spec);

    *spec = (vg_collection_spec){vectors, 1, {0}, VG_LIT("{\"a\":1}")};
    assert_true(vg_write_prepare_change(write, table, spec));
}

static void choose_creation(bench *b, vg_write *write, vg_table *table)
{
    vg_collection_spec *spec = VG_TAKE(b->arena, vg_collection_spec);

    (void)table;
    *spec = (vg_collection_spec){vectors, 1, {0}, {0}};
    write->kind = VG_WRITE_CREATE;
    write->name = VG_LIT("d");
    write->spec = spec;
}

static const struct {
    const char *says;
    void (*choose)(bench *b, vg_write *write, vg_table *table);
} writes[] = {
    {"a list of updates", choose_updates},
    {"an index", choose_index},
    {"another index", choose_other_index},
    {"an index less", choose_no_index},
    {"settings", choose_words},
    {"a collection", choose_creation},
};

static void put_points(bench *b)
{
    const vg_index index = {.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER};
    const vg_collection_spec spec = {vectors, 1, {&index, 1}, {0}};
    given points[10];

    create_spec(b, "c", &spec);
    for (uint64_t i = 0; i < 10; i++)
        points[i] = (given){i, ones, "{\"n\":1,\"m\":2}"};
    assert_int_equal(upsert(b, "c", points, 10, NULL), VG_OK);
}

/* Of a list those before the failing one stay: that is what it says it has done. */
static void expect_done(bench *b, const vg_write *write)
{
    uint64_t count = 10, set = write->done > 0 ? 10 : 0;

    if (write->done > 1)
        count += POINTS / 2 + 1;
    if (write->done > 2) {
        count -= 2;
        set -= 2;
    }
    assert_int_equal(count_points(b, "c"), count);
    assert_int_equal(ask_store(b, "SELECT count(*) FROM points_1 WHERE payload LIKE '%%\"z\"%%'"),
                     set);
    expect_memory_to_be_the_disk(b, "c");
    expect_indexes_to_be_right(b, "c");
}

/* False: the n-th allocation was never asked for. */
static bool suffer(scene *s, uint32_t which, size_t n, vg_write *write)
{
    vg_table *table = table_of(s);
    bool stays, was_hit;
    uint64_t points;

    *write = (vg_write){.arena = vg_arena_new(1 << 22)};
    writes[which].choose(s->b, write, table);
    write->work.next = NULL;
    failing_malloc_set(n);
    stays = try_write(s, write);
    was_hit = failing_malloc_hit();
    if (write->status.code != VG_OK &&
        ((!was_hit && s->sqlite_room == 0) ||
         (write->status.code != VG_OVERLOADED && write->status.code != VG_TOO_LARGE)))
        fail_msg("%s: " VG_FMT, writes[which].says, VG_ARG(vg_status_what(&write->status)));
    failing_malloc_set(1);
    if (stays)
        publish_write(s, write);
    assert_false(failing_malloc_hit()); /* what is committed is published without more memory */
    failing_malloc_set(0);
    assert_true(vg_sql_ask_u64(s->sql, "SELECT count(*) FROM points_1", &points));
    assert_int_equal(vg_table_points(table), points);
    while (table->fills && vg_upkeep_step(&s->upkeep, false))
        continue;
    vg_table_let(table);
    return was_hit;
}

/* One write to a fresh store; the n-th allocation fails, or SQLite has only this much room. */
static bool try_one(bench *b, uint32_t which, size_t n, size_t sqlite_room)
{
    vg_write write;
    bool was_hit;
    scene s;

    bench_close(b);
    remove_directory(b->dir);
    bench_open(b);
    put_points(b);
    scene_up(&s, b);
    s.sqlite_room = sqlite_room;
    was_hit = suffer(&s, which, n, &write);
    scene_down(&s);
    expect_done(b, &write);
    vg_arena_free(write.arena);
    return was_hit || (sqlite_room > 0 && write.status.code != VG_OK);
}

static void an_allocation_that_fails_ends_a_write_and_nothing_else(void **state)
{
    for (uint32_t which = 0; which < sizeof writes / sizeof *writes; which++) {
        size_t n = 1;

        while (n < MOST && try_one(*state, which, n, 0))
            n++;
        assert_in_range(n, 2, MOST - 1);
    }
}

static void so_does_memory_that_sqlite_does_not_get(void **state)
{
    for (uint32_t which = 0; which < sizeof writes / sizeof *writes; which++) {
        size_t room = 1;

        while (room < MOST_ROOM && try_one(*state, which, 0, room))
            room += room < 4096 ? 1024 : room / 4;
        assert_in_range(room, 2, MOST_ROOM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_allocation_that_fails_ends_a_write_and_nothing_else,
                                        bench_up, bench_down),
        cmocka_unit_test_setup_teardown(so_does_memory_that_sqlite_does_not_get, bench_up,
                                        bench_down),
    };

    setenv("TMPDIR", "/dev/shm", 0); /* no fault of the disk is looked for */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
