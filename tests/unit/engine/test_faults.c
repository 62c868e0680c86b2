/* What the disk may do to a write: each of its writes, syncs, truncations and locks fails once, and
 * from there on. Whatever fails, what was answered is there, what was refused is not, memory shows
 * what the disk shows, and once the disk works again so does the store. A restart says the same;
 * only a group whose very fsync failed may be found on disk after a crash, and nobody asks for one
 * here. */
#include <semaphore.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "faulty_vfs.h"
#include "look.h"

enum { SIZE = 8, BATCH = 40, MOST_FAULTS = 400 };

static vg_code write_batch(bench *b, uint64_t first)
{
    const float vector[SIZE] = {1, (float)first};
    given points[BATCH];

    for (uint64_t i = 0; i < BATCH; i++)
        points[i] =
            (given){first + i, vector, "{\"some\":\"payload that takes a bit of room\",\"n\":1}"};
    return upsert(b, "c", points, BATCH, NULL);
}

/* Memory, the database and the order of ids agree that these are all the points. */
static void expect_points(bench *b, uint64_t count)
{
    const float query[SIZE] = {1};
    vg_points found = nearest(b, "c", query, SIZE, 100 * BATCH);
    vg_read read = reading(b, "c");
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.scroll.limit = 100 * BATCH;
    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    assert_true(vg_read_scroll(&read, &in, &out));
    assert_int_equal(out.page.points.count, count);
    assert_int_equal(found.count, count);
    assert_int_equal(count_points(b, "c"), count);
}

typedef struct step {
    const char *says;
    vg_code (*run)(bench *b);
    int grows_by; /* points of `c` when it is answered with OK */
} step;

static vg_code add_points(bench *b)
{
    return write_batch(b, 1000);
}

static vg_code replace_points(bench *b)
{
    return write_batch(b, 0);
}

static vg_code delete_points(bench *b)
{
    const uint64_t ids[] = {0, 1, 2};

    return delete_ids(b, "c", ids, 3, NULL);
}

static vg_code index_key(bench *b, const char *key, vg_index_kind kind, bool drops)
{
    const vg_index index = {.key = vg_slice_str(key), .kind = kind};
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    vg_write write = {.arena = b->arena};
    vg_code code;

    if (drops)
        vg_write_prepare_unindex(&write, table, index.key);
    else
        assert_true(vg_write_prepare_index(&write, table, &index, true));
    code = finish(b, &write);
    vg_table_let(table);
    return code;
}

static vg_code make_index(bench *b)
{
    return index_key(b, "n", VG_INDEX_INTEGER, false);
}

static vg_code drop_index(bench *b)
{
    return index_key(b, "some", VG_INDEX_KEYWORD, true);
}

static vg_code change_list(bench *b)
{
    const vg_point_id ids[] = {number_id(0), number_id(1), number_id(2)};
    const vg_point point = {.id = number_id(7000), .payload = VG_LIT("{\"some\":\"x\"}")};
    const vg_update list[] = {
        {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1},
        {.kind = VG_OP_DELETE, .ids = ids, .id_count = 3},
        {.kind = VG_OP_SET_PAYLOAD,
         .filter = &(vg_filter){0},
         .payload = VG_LIT("{\"some\":\"y\",\"z\":1}")},
        {.kind = VG_OP_DELETE, .ids = &point.id, .id_count = 1},
    };

    return update(b, "c", list, 4, NULL);
}

static vg_code set_payloads(bench *b)
{
    const vg_update one = {.kind = VG_OP_SET_PAYLOAD,
                           .filter = &(vg_filter){0},
                           .payload = VG_LIT("{\"some\":\"y\",\"z\":1}")};

    return update(b, "c", &one, 1, NULL);
}

static vg_code create_other(bench *b)
{
    return create(b, "other", SIZE, VG_DOT);
}

static vg_code drop_spare(bench *b)
{
    return drop(b, "spare", NULL);
}

static const step steps[] = {
    {"new points", add_points, BATCH},         {"replaced points", replace_points, 0},
    {"a deletion", delete_points, -3},         {"a new collection", create_other, 0},
    {"a dropped one", drop_spare, 0},          {"payloads that a filter selects", set_payloads, 0},
    {"a list of updates", change_list, -3},    {"a new index", make_index, 0},
    {"a dropped one of these", drop_index, 0},
};

static bool exists(bench *b, const char *name)
{
    vg_read read = reading(b, name);
    vg_op_input in = {0};
    vg_op_result out = {0};

    assert_true(vg_read_describe(&read, &in, &out));
    return out.info.exists;
}

/* No update is there in part, and indexes and memory show what the points are. */
static void expect_whole(bench *b, const step *s, vg_code code)
{
    bool sets = s->run == set_payloads || s->run == change_list;

    assert_int_equal(ask_store(b, "SELECT count(*) FROM points_1 WHERE payload LIKE '%%\"z\"%%'"),
                     sets && code == VG_OK ? BATCH + s->grows_by : 0);
    expect_memory_to_be_the_disk(b, "c");
    expect_indexes_to_be_right(b, "c");
}

static void expect_outcome(bench *b, const step *s, vg_code code)
{
    expect_points(b, (uint64_t)BATCH + (uint64_t)(code == VG_OK ? s->grows_by : 0));
    assert_int_equal(exists(b, "other"), s->run == create_other && code == VG_OK);
    assert_int_equal(exists(b, "spare"), s->run != drop_spare || code != VG_OK);
}

static bool is_of_the_disk(vg_code code)
{
    return code == VG_NO_SPACE || code == VG_READ_ONLY || code == VG_BACKEND_ERROR ||
           code == VG_OVERLOADED;
}

/* One step with one fault; false: the fault was never reached. */
static bool suffer(const step *s, uint64_t n, bool for_good)
{
    void *state;
    bench *b;
    vg_code code;
    bool reached;

    bench_up(&state);
    b = state;
    create(b, "c", SIZE, VG_DOT);
    create(b, "spare", SIZE, VG_DOT);
    index_key(b, "some", VG_INDEX_KEYWORD, false);
    assert_int_equal(write_batch(b, 0), VG_OK);
    faulty_arm(n, for_good);
    code = s->run(b);
    reached = faulty_has_failed();
    if (code != VG_OK && (!reached || !is_of_the_disk(code)))
        fail_msg("%s, fault %d: " VG_FMT, s->says, (int)n, VG_ARG(vg_status_what(&b->status)));
    expect_outcome(b, s, code);
    faulty_arm(0, false);
    expect_outcome(b, s, code);
    expect_whole(b, s, code);
    bench_close(b);
    bench_open(b);
    expect_outcome(b, s, code);
    expect_whole(b, s, code);
    if (code != VG_OK) { /* nothing of the failure is left: the same works now */
        assert_int_equal(s->run(b), VG_OK);
        expect_outcome(b, s, VG_OK);
        expect_whole(b, s, VG_OK);
    }
    bench_down(&state);
    return reached;
}

static void no_fault_of_the_disk_makes_an_answer_a_lie(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        for (int for_good = 0; for_good < 2; for_good++) {
            uint64_t n = 1;

            while (n < MOST_FAULTS && suffer(&steps[i], n, for_good))
                n++;
            assert_in_range(n, 4, MOST_FAULTS - 1); /* some were reached, and all were tried */
        }
    }
}

/* False: the fault was never reached. */
static bool migrate(uint64_t n, bool for_good)
{
    void *state;
    bench *b;
    bool reached;

    bench_up(&state);
    b = state;
    make_format_1(b);
    faulty_arm(n, for_good);
    bench_try_open(b);
    reached = faulty_has_failed();
    faulty_arm(0, false);
    if (b->store) /* it was a fault that can be lived with */
        expect_format_1(b);
    bench_close(b);
    bench_open(b);
    expect_format_1(b);
    bench_down(&state);
    return reached;
}

static void a_migration_that_a_fault_ends_is_undone_and_done_again(void **state)
{
    (void)state;
    for (int for_good = 0; for_good < 2; for_good++) {
        uint64_t n = 1;

        while (n < MOST_FAULTS && migrate(n, for_good))
            n++;
        assert_in_range(n, 4, MOST_FAULTS - 1);
    }
}

/* Two writes of one group: the second is refused because of the first, which then is lost. */
typedef struct pair {
    bench *bench;
    vg_write first, one, other;
    sem_t is_busy, may_go_on, ended;
} pair;

static void hold_writer(vg_work *work)
{
    pair *p = work->carrier;

    sem_post(&p->is_busy);
    while (sem_wait(&p->may_go_on) != 0)
        continue;
}

static void end_one(vg_work *work)
{
    sem_post(&((pair *)work->carrier)->ended);
}

static void post(pair *p, vg_write *write, void (*finished)(vg_work *))
{
    vg_queue *queue = vg_store_queue(p->bench->store);

    write->arena = p->bench->arena;
    write->work.finished = finished;
    write->work.carrier = p;
    assert_true(queue->post(queue, &write->work));
}

static void a_refusal_that_a_lost_write_led_to_is_lost_with_it(void **state)
{
    vg_vector_params vector = {.size = SIZE, .distance = VG_DOT};
    vg_collection_spec spec = {.vectors = &vector, .vector_count = 1};
    pair p = {.bench = *state,
              .first = {.kind = VG_WRITE_DROP, .name = VG_LIT("nothing")},
              .one = {.kind = VG_WRITE_CREATE, .name = VG_LIT("c"), .spec = &spec},
              .other = {.kind = VG_WRITE_CREATE, .name = VG_LIT("c"), .spec = &spec}};

    sem_init(&p.is_busy, 0, 0);
    sem_init(&p.may_go_on, 0, 0);
    sem_init(&p.ended, 0, 0);
    post(&p, &p.first, hold_writer);
    while (sem_wait(&p.is_busy) != 0)
        continue;
    post(&p, &p.one, end_one);
    post(&p, &p.other, end_one);
    faulty_arm(1, true);
    sem_post(&p.may_go_on);
    for (int i = 0; i < 2; i++)
        while (sem_wait(&p.ended) != 0)
            continue;
    faulty_arm(0, false);
    assert_true(is_of_the_disk(p.one.status.code));
    assert_int_equal(p.other.status.code, p.one.status.code);
    assert_int_equal(p.other.status.where.len, 0);
    assert_false(exists(p.bench, "c"));
}

/* With so many bytes of memory for SQLite beyond what it has. */
static void expect_all_or_an_error(bench *b, uint64_t num, size_t size, size_t room)
{
    vg_point_id id = {.kind = VG_ID_NUM, .num = num};
    vg_op_input in = {0};
    vg_op_result out = {0};
    vg_read read = reading(b, "c");
    bool good;

    in.get.ids = &id;
    in.get.count = 1;
    in.get.with_payload.want = VG_PAYLOAD_ALL;
    sqlite3_hard_heap_limit64(sqlite3_memory_used() + (sqlite3_int64)room + 1);
    good = vg_read_get(&read, &in, &out);
    sqlite3_hard_heap_limit64(0);
    if (!good)
        assert_int_equal(b->status.code, VG_OVERLOADED);
    else
        assert_int_equal(out.points.at[0].payload.len, size);
}

static void a_value_that_memory_is_missing_for_is_no_empty_one(void **state)
{
    static const size_t sizes[] = {2500, 4 << 20}; /* on one page; on many */
    bench *b = *state;
    const float vector[SIZE] = {1};

    create(b, "c", SIZE, VG_DOT);
    for (uint64_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *payload = VG_TAKE_N(b->arena, char, sizes[i] + 1);

        memset(payload, ' ', sizes[i]);
        payload[0] = '{';
        payload[sizes[i] - 1] = '}';
        assert_int_equal(upsert(b, "c", &(given){i, vector, payload}, 1, NULL), VG_OK);
        assert_int_equal(get(b, "c", &i, 1).at[0].payload.len, sizes[i]);
        for (size_t room = 0; room < 2 * sizes[i]; room += sizes[i] / 8)
            expect_all_or_an_error(b, i, sizes[i], room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_migration_that_a_fault_ends_is_undone_and_done_again),
        cmocka_unit_test(no_fault_of_the_disk_makes_an_answer_a_lie),
        cmocka_unit_test_setup_teardown(a_refusal_that_a_lost_write_led_to_is_lost_with_it,
                                        bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_value_that_memory_is_missing_for_is_no_empty_one,
                                        bench_up, bench_down),
    };

    faulty_install();
    setenv("TMPDIR", "/dev/shm", 0); /* the disk's faults are ours; its slowness is not needed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
