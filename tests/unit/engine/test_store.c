/* The store: what is written is read, in one process and in the next, and what must not be opened
 * is not. */
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

#include "engine/sql.h"
#include "support.h"

static const float east[] = {1, 0}, north[] = {0, 1}, west[] = {-1, 0};

static void a_point_comes_back_as_it_went_in(void **state)
{
    bench *b = *state;
    const char *payload = "{\"z\":1,\"a\":1.0,\"big\":9007199254740993,\"\\u00e9\":[ ]}";
    const given points[] = {{UINT64_MAX, east, payload}, {0, NULL, ""}};
    const uint64_t ids[] = {0, 5, UINT64_MAX, 0};
    vg_points got;
    float back[2];

    assert_int_equal(create(b, "c", 2, VG_DOT), VG_OK);
    assert_int_equal(upsert(b, "c", points, 2, NULL), VG_OK);
    got = get(b, "c", ids, 4);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.at[0].id.num, 0);
    assert_int_equal(got.at[0].vector_count, 0);
    must_be(got.at[0].payload, "");
    assert_true(got.at[1].id.num == UINT64_MAX);
    must_be(got.at[1].payload, payload);
    assert_int_equal(got.at[1].vector_count, 1);
    memcpy(back, got.at[1].vectors[0].bytes.at, sizeof back);
    assert_memory_equal(back, east, sizeof back);
    assert_int_equal(count_points(b, "c"), 2);
}

static void all_survives_a_restart(void **state)
{
    bench *b = *state;
    const given points[] = {{1, east, "{\"n\":1}"}, {2, north, "{}"}, {3, NULL, "{}"}};
    const uint64_t ids[] = {1, 2, 3};
    uint64_t operation;
    vg_points got;

    assert_int_equal(create(b, "c", 2, VG_COSINE), VG_OK);
    assert_int_equal(upsert(b, "c", points, 3, &operation), VG_OK);
    assert_int_equal(operation, 1);
    assert_int_equal(delete_ids(b, "c", ids, 1, &operation), VG_OK);
    assert_int_equal(operation, 2);
    bench_close(b);
    bench_open(b);
    assert_int_equal(count_points(b, "c"), 2);
    got = nearest(b, "c", east, 2, 10);
    assert_int_equal(got.count, 1); /* 1 is gone, 3 has no vector */
    assert_int_equal(got.at[0].id.num, 2);
    assert_int_equal(got.at[0].version, 1);
    assert_int_equal(upsert(b, "c", points, 1, &operation), VG_OK);
    assert_int_equal(operation, 3);
}

static void the_last_of_a_repeated_id_wins(void **state)
{
    bench *b = *state;
    const given points[] = {{7, east, "{\"n\":1}"}, {8, west, "{}"}, {7, north, "{\"n\":2}"}};
    const uint64_t id = 7;
    vg_points got;

    create(b, "c", 2, VG_DOT);
    assert_int_equal(upsert(b, "c", points, 3, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 2);
    must_be(get(b, "c", &id, 1).at[0].payload, "{\"n\":2}");
    got = nearest(b, "c", north, 2, 10);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.at[0].id.num, 7);
    assert_true(got.at[0].score == 1);
}

static void an_upsert_replaces_the_whole_point(void **state)
{
    bench *b = *state;
    const given before = {1, east, "{\"n\":1}"}, after = {1, NULL, ""};
    const uint64_t id = 1;

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &before, 1, NULL);
    upsert(b, "c", &after, 1, NULL);
    assert_int_equal(get(b, "c", &id, 1).at[0].vector_count, 0);
    must_be(get(b, "c", &id, 1).at[0].payload, "");
    assert_int_equal(nearest(b, "c", east, 2, 10).count, 0);
    assert_int_equal(count_points(b, "c"), 1);
}

static void missing_points_are_deleted_without_a_word(void **state)
{
    bench *b = *state;
    const uint64_t ids[] = {1, 2, 1};
    const given point = {2, east, ""};

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    assert_int_equal(delete_ids(b, "c", ids, 3, NULL), VG_OK);
    assert_int_equal(count_points(b, "c"), 0);
    assert_int_equal(nearest(b, "c", east, 2, 10).count, 0);
}

static void a_name_is_taken_once(void **state)
{
    bench *b = *state;
    bool did;

    assert_int_equal(create(b, "c", 2, VG_DOT), VG_OK);
    assert_int_equal(create(b, "c", 3, VG_DOT), VG_EXISTS);
    must_say(b, "Collection `c` already exists!");
    assert_int_equal(drop(b, "c", &did), VG_OK);
    assert_true(did);
    assert_int_equal(drop(b, "c", &did), VG_OK);
    assert_false(did);
    assert_int_equal(create(b, "c", 3, VG_DOT), VG_OK);
    assert_int_equal(count_points(b, "c"), 0);
}

static void a_write_to_what_was_dropped_is_refused(void **state)
{
    bench *b = *state;
    const given point = {1, east, ""};
    vg_point_id id = {.kind = VG_ID_NUM, .num = 1};
    const vg_update deletion = {.kind = VG_OP_DELETE, .ids = &id, .id_count = 1};
    vg_write write = {.arena = b->arena};
    vg_table *table;

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    assert_true(vg_write_prepare_updates(&write, table, &deletion, 1, true));
    drop(b, "c", NULL);
    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    assert_int_equal(finish(b, &write), VG_NOT_FOUND);
    must_be(b->status.where, "collection");
    vg_table_let(table);
    assert_int_equal(count_points(b, "c"), 1);
}

static uint64_t count_rows(bench *b, const char *sql)
{
    vg_sql *reader = vg_store_take_reader(b->store, b->arena, &b->status);
    uint64_t rows = UINT64_MAX;

    assert_non_null(reader);
    assert_true(vg_sql_ask_u64(reader, sql, &rows));
    vg_store_give_reader(b->store, reader);
    return rows;
}

/* Without waiting: each write makes the writer do a step of what is left. */
static void a_dropped_collection_leaves_nothing_behind(void **state)
{
    bench *b = *state;
    const given point = {1, east, "{}"};

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    drop(b, "c", NULL);
    bench_close(b);
    bench_open(b); /* goes on with what was not finished */
    create(b, "d", 2, VG_DOT);
    for (int i = 0; i < 1000 && count_rows(b, "SELECT count(*) FROM dropped") > 0; i++)
        upsert(b, "d", &point, 1, NULL);
    assert_int_equal(count_rows(b, "SELECT count(*) FROM dropped"), 0);
    assert_int_equal(
        count_rows(
            b, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'points_%' AND type='table'"),
        1);
}

static void a_vector_that_does_not_fit_is_refused(void **state)
{
    bench *b = *state;
    const float bad[] = {1, 2, 3};
    vg_vector vector = {
        .form = VG_VECTOR_F32, .bytes = {(const char *)bad, sizeof bad}, .count = 3};
    vg_point point = {.id = {.kind = VG_ID_NUM, .num = 1}, .vectors = &vector, .vector_count = 1};
    const float wrong[] = {1.0F / 0.0F, 0};

    create(b, "c", 2, VG_DOT);
    assert_int_equal(upsert_points(b, "c", &point, 1, NULL), VG_INVALID);
    must_say(b, "Vector dimension error: expected dim: 2, got 3");
    vector.bytes = vg_slice_of((const char *)wrong, sizeof wrong);
    vector.count = 2;
    assert_int_equal(upsert_points(b, "c", &point, 1, NULL), VG_INVALID);
    must_say(b, "must be finite");
    assert_int_equal(count_points(b, "c"), 0);
}

static void ids_come_in_their_order_with_the_next_one(void **state)
{
    bench *b = *state;
    vg_point points[5] = {
        {.id = {.kind = VG_ID_TEXT, .text = VG_LIT("b")}},
        {.id = {.kind = VG_ID_UUID, .uuid = {0xff}}},
        {.id = {.kind = VG_ID_NUM, .num = 300}},
        {.id = {.kind = VG_ID_TEXT, .text = VG_LIT("a")}},
        {.id = {.kind = VG_ID_NUM, .num = 2}},
    };
    vg_read read;
    vg_op_input in = {0};
    vg_op_result out = {0};

    create(b, "c", 2, VG_DOT);
    assert_int_equal(upsert_points(b, "c", points, 5, NULL), VG_OK);
    read = reading(b, "c");
    in.scroll.limit = 3;
    assert_true(vg_read_scroll(&read, &in, &out));
    assert_int_equal(out.page.points.count, 3);
    assert_int_equal(out.page.points.at[0].id.num, 2);
    assert_int_equal(out.page.points.at[1].id.num, 300);
    assert_int_equal(out.page.points.at[2].id.kind, VG_ID_UUID);
    assert_false(out.page.points.at[0].has_payload);
    must_be(out.page.next.text, "a");
    in.scroll.from = out.page.next;
    assert_true(vg_read_scroll(&read, &in, &out));
    assert_int_equal(out.page.points.count, 2);
    must_be(out.page.points.at[1].id.text, "b");
    assert_int_equal(out.page.next.kind, VG_ID_NONE);
}

static void what_is_not_there_is_said_to_be_missing(void **state)
{
    bench *b = *state;
    vg_read read = reading(b, "nothing");
    vg_op_input in = {0};
    vg_op_result out = {0};

    assert_false(vg_read_count(&read, &in, &out));
    assert_int_equal(b->status.code, VG_NOT_FOUND);
    must_be(b->status.where, "collection");
    must_say(b, "Collection `nothing` doesn't exist!");
    read = reading(b, "nothing");
    assert_true(vg_read_describe(&read, &in, &out));
    assert_false(out.info.exists);
}

static void a_description_gives_the_spec_back(void **state)
{
    bench *b = *state;
    vg_vector_params vector = {
        .size = 3, .distance = VG_MANHATTAN, .on_disk = 1, .hnsw_config = VG_LIT("{\"m\":8}")};
    vg_collection_spec spec = {
        .vectors = &vector, .vector_count = 1, .settings = VG_LIT("{\"shard_number\":2}")};
    vg_write write = {
        .kind = VG_WRITE_CREATE, .arena = b->arena, .name = VG_LIT("c"), .spec = &spec};
    vg_op_input in = {0};
    vg_op_result out = {0};
    vg_read read;

    assert_int_equal(finish(b, &write), VG_OK);
    bench_close(b);
    bench_open(b);
    read = reading(b, "c");
    assert_true(vg_read_describe(&read, &in, &out));
    assert_true(out.info.exists);
    assert_int_equal(out.info.color, VG_GREEN);
    assert_int_equal(out.info.spec.vectors[0].size, 3);
    assert_int_equal(out.info.spec.vectors[0].distance, VG_MANHATTAN);
    assert_int_equal(out.info.spec.vectors[0].on_disk, 1);
    must_be(out.info.spec.vectors[0].hnsw_config, "{\"m\":8}");
    must_be(out.info.spec.settings, "{\"shard_number\":2}");
}

/* ---- the writer ---- */

static void count_down(vg_work *work)
{
    atomic_fetch_sub((_Atomic int *)work->carrier, 1);
}

enum { MANY = 100 };

typedef struct group {
    bench *bench;
    vg_write first, others[MANY];
    sem_t is_busy, may_go_on;
    uint64_t on_disk; /* operations, when the first of the others was answered */
    _Atomic int left;
} group;

/* On the writer's thread: while it is held here, the others are posted. */
static void hold_writer(vg_work *work)
{
    group *g = work->carrier;

    sem_post(&g->is_busy);
    while (sem_wait(&g->may_go_on) != 0)
        continue;
    atomic_fetch_sub(&g->left, 1);
}

static void end_other(vg_work *work)
{
    group *g = work->carrier;

    if (work == &g->others[0].work)
        g->on_disk = count_rows(g->bench, "SELECT operation FROM collections");
    atomic_fetch_sub(&g->left, 1);
}

static void post_delete(group *g, vg_table *table, vg_write *write, void (*finished)(vg_work *))
{
    vg_queue *queue = vg_store_queue(g->bench->store);
    vg_point_id id = {.kind = VG_ID_NUM, .num = 1};
    const vg_update deletion = {.kind = VG_OP_DELETE, .ids = &id, .id_count = 1};

    write->arena = g->bench->arena;
    assert_true(vg_write_prepare_updates(write, table, &deletion, 1, true));
    write->work.finished = finished;
    write->work.carrier = g;
    assert_true(queue->post(queue, &write->work));
}

static void what_waits_shares_a_commit_and_keeps_its_order(void **state)
{
    group *g = calloc(1, sizeof *g);
    vg_table *table;

    g->bench = *state;
    sem_init(&g->is_busy, 0, 0);
    sem_init(&g->may_go_on, 0, 0);
    atomic_init(&g->left, MANY + 1);
    create(g->bench, "c", 2, VG_DOT);
    table = vg_store_find(g->bench->store, VG_LIT("c"), g->bench->arena, &g->bench->status);
    post_delete(g, table, &g->first, hold_writer);
    while (sem_wait(&g->is_busy) != 0)
        continue;
    for (int i = 0; i < MANY; i++)
        post_delete(g, table, &g->others[i], end_other);
    sem_post(&g->may_go_on);
    while (atomic_load(&g->left) > 0)
        sched_yield();
    assert_int_equal(g->first.operation, 1);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(g->others[i].operation, i + 2);
    assert_int_equal(g->on_disk, MANY + 1); /* all of them, before one was answered */
    vg_table_let(table);
    free(g);
}

static void a_full_queue_refuses(void **state)
{
    bench *b = *state;
    vg_queue *queue;
    vg_write writes[3] = {0};
    _Atomic int left = 0;
    bool refused = false;

    bench_close(b);
    b->queue_max = 1;
    bench_open(b);
    queue = vg_store_queue(b->store);
    for (int turn = 0; turn < 10000 && !refused; turn++) {
        for (int i = 0; i < 3; i++) {
            writes[i] = (vg_write){.kind = VG_WRITE_DROP, .arena = b->arena, .name = VG_LIT("x")};
            writes[i].work.finished = count_down;
            writes[i].work.carrier = (void *)&left;
            atomic_fetch_add(&left, 1);
            if (!queue->post(queue, &writes[i].work)) {
                atomic_fetch_sub(&left, 1);
                refused = true;
            }
        }
        while (atomic_load(&left) > 0)
            sched_yield();
    }
    assert_true(refused);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_point_comes_back_as_it_went_in),
        WITH_STORE(all_survives_a_restart),
        WITH_STORE(the_last_of_a_repeated_id_wins),
        WITH_STORE(an_upsert_replaces_the_whole_point),
        WITH_STORE(missing_points_are_deleted_without_a_word),
        WITH_STORE(a_name_is_taken_once),
        WITH_STORE(a_write_to_what_was_dropped_is_refused),
        WITH_STORE(a_dropped_collection_leaves_nothing_behind),
        WITH_STORE(a_vector_that_does_not_fit_is_refused),
        WITH_STORE(ids_come_in_their_order_with_the_next_one),
        WITH_STORE(what_is_not_there_is_said_to_be_missing),
        WITH_STORE(a_description_gives_the_spec_back),
        WITH_STORE(what_waits_shares_a_commit_and_keeps_its_order),
        WITH_STORE(a_full_queue_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
