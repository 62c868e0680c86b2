/* Readers beside the writer: what they see is always one state. Every write replaces all points of
 * the collection, with its own number in each vector and payload; a reader that meets two numbers,
 * a payload of another version, or fewer points than there are, has seen half a write. Vectors are
 * rebuilt on the way, many times. Meant for ThreadSanitizer as well. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "support.h"

enum { POINTS = 700, WRITES = 60, READERS = 3 };
static const uint64_t patience_ns = 20ULL * 1000 * 1000 * 1000;

typedef struct scene {
    bench *bench;
    _Atomic bool is_over;
    _Atomic int broken; /* what a reader found: 0 is nothing */
    _Atomic uint64_t searches;
} scene;

enum { TOO_FEW = 1, TWO_STATES, OTHER_PAYLOAD, READ_FAILED, BACKWARDS };

static int check_points(vg_points points, uint64_t *newest)
{
    uint64_t version = points.count > 0 ? points.at[0].version : 0;
    char payload[32];

    if (points.count != POINTS)
        return TOO_FEW;
    if (version < *newest)
        return BACKWARDS;
    *newest = version;
    snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", version);
    for (uint32_t i = 0; i < points.count; i++) {
        if (points.at[i].version != version)
            return TWO_STATES;
        if (!vg_slice_is_str(points.at[i].payload, payload))
            return OTHER_PAYLOAD;
    }
    return 0;
}

static bool search_all(const vg_read *read, vg_points *points)
{
    static const float query[] = {1, 0};
    vg_search search = {
        .vector = {VG_LIT_INIT(""), VG_VECTOR_F32, {(const char *)query, sizeof query}, 2},
        .limit = POINTS + 10,
        .with_payload = {.want = VG_PAYLOAD_ALL},
    };
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.search.queries = &search;
    in.search.count = 1;
    if (!vg_read_search(read, &in, &out))
        return false;
    *points = out.searches.at[0];
    for (uint32_t i = 0; i < points->count; i++)
        if (points->at[i].score != (float)points->at[i].version)
            return false;
    return true;
}

static bool scroll_all(const vg_read *read, vg_points *points)
{
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.scroll.limit = POINTS + 10;
    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    if (!vg_read_scroll(read, &in, &out))
        return false;
    *points = out.page.points;
    return true;
}

static void *be_reader(void *arg)
{
    scene *s = arg;
    uint64_t newest = 0;

    for (int turn = 0; !atomic_load(&s->is_over); turn++) {
        vg_arena *arena = vg_arena_new(64 << 20);
        vg_status status = {0};
        vg_read read = {
            .store = s->bench->store, .collection = VG_LIT("c"), .arena = arena, .status = &status};
        vg_points points;
        bool good = turn % 4 == 3 ? scroll_all(&read, &points) : search_all(&read, &points);
        int broken = good ? check_points(points, &newest) : READ_FAILED;

        if (broken != 0)
            atomic_store(&s->broken, broken);
        atomic_fetch_add(&s->searches, 1);
        vg_arena_free(arena);
    }
    return NULL;
}

static void write_all(bench *b, uint64_t n)
{
    const float vector[] = {(float)n, 1};
    given points[POINTS];
    char payload[32];
    uint64_t operation;

    snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", n);
    for (uint32_t i = 0; i < POINTS; i++)
        points[i] = (given){i, vector, payload};
    assert_int_equal(upsert(b, "c", points, POINTS, &operation), VG_OK);
    assert_int_equal(operation, n);
}

static void readers_see_whole_states_only(void **state)
{
    scene s = {.bench = *state};
    pthread_t readers[READERS];
    vg_table *table;

    create(s.bench, "c", 2, VG_DOT);
    write_all(s.bench, 1);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, be_reader, &s), 0);
    for (uint64_t n = 2; n <= WRITES; n++) {
        write_all(s.bench, n);
        if (n % 10 == 0) { /* other collections come and go meanwhile */
            create(s.bench, "other", 2, VG_DOT);
            drop(s.bench, "other", NULL);
        }
    }
    while (atomic_load(&s.searches) < 4 * READERS) /* a slow machine gets its searches too */
        sched_yield();
    atomic_store(&s.is_over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&s.broken), 0);
    table = vg_store_find(s.bench->store, VG_LIT("c"), s.bench->arena, &s.bench->status);
    assert_true(vg_dense_used(table->dense[0]) < WRITES * POINTS); /* it was rebuilt */
    assert_true(table->floor > 1);
    vg_table_let(table);
    print_message("%" PRIu64 " reads beside %d writes\n", atomic_load(&s.searches), WRITES);
}

/* A reader that began before a drop keeps what it holds; one that comes after is told. */
static void dropping_does_not_pull_the_floor_away(void **state)
{
    bench *b = *state;
    const float east[] = {1, 0};
    const given point = {1, east, "{}"};
    vg_table *table;
    vg_view view;

    create(b, "c", 2, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    vg_table_view(table, 0, &view);
    drop(b, "c", NULL);
    assert_int_equal(view.used, 1);
    assert_true(vg_dense_row(view.dense, 0)[0] == 1);
    vg_table_view_give(&view);
    vg_table_let(table);
    assert_null(vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status));
}

static bool is_mapped(const void *at)
{
    uintptr_t page = (uintptr_t)at & ~(uintptr_t)4095;
    unsigned char in_memory;

    return mincore((void *)page, 1, &in_memory) == 0;
}

/* Giving memory back takes time, which whoever reads last may not have. */
static void the_writer_frees_what_readers_let_go_of_last(void **state)
{
    enum { LARGE = 65536 }; /* a row in a mapping of its own */
    bench *b = *state;
    float *vector = VG_TAKE_N(b->arena, float, LARGE);
    const given point = {1, vector, "{}"};
    const void *row;
    vg_table *table;
    uint64_t until;

    create(b, "c", LARGE, VG_DOT);
    upsert(b, "c", &point, 1, NULL);
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    row = vg_dense_row(table->dense[0], 0);
    drop(b, "c", NULL);
    drop(b, "nothing", NULL); /* the writer turns, and keeps what is held */
    for (int i = 0; i < 10000; i++)
        sched_yield(); /* it has nothing more to do, most likely */
    assert_true(is_mapped(row));
    assert_int_equal(atomic_load(&table->holders), 2); /* never the last one: that is the writer */
    vg_table_let(table);
    until = vg_clock_now_ns() + patience_ns;
    while (is_mapped(row)) { /* nothing is posted: it looks by itself */
        assert_true(vg_clock_now_ns() < until);
        sched_yield();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_see_whole_states_only, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(dropping_does_not_pull_the_floor_away, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(the_writer_frees_what_readers_let_go_of_last, bench_up,
                                        bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
