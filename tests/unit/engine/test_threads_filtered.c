/* Filtered readers beside a writer that changes payloads, vectors and payload indexes: what is
 * found by a filter satisfies it in the answer, and every answer is one state. All points have one
 * of two colors at any time. Meant for ThreadSanitizer as well. */
#include <inttypes.h>
#include <stdio.h>

#include "asking.h"

enum { POINTS = 300, WRITES = 60, SOME = 80, READERS = 3, READS = 20 * READERS };

enum { OTHER_COLOR = 1, REPEATED, NOT_ALL, READ_FAILED };

typedef struct scene {
    bench *bench;
    _Atomic bool is_over;
    _Atomic int broken; /* what a reader found: 0 is nothing */
    _Atomic uint64_t reads, facets;
} scene;

/* ---- readers ---- */

static int check_colors(vg_points points, const char *color)
{
    bool is_there[POINTS] = {false};
    char words[32];

    snprintf(words, sizeof words, "\"color\":\"%s\"", color);
    for (uint32_t i = 0; i < points.count; i++) {
        vg_slice payload = points.at[i].payload;

        if (!memmem(payload.at, payload.len, words, strlen(words)))
            return OTHER_COLOR;
        if (is_there[points.at[i].id.num])
            return REPEATED;
        is_there[points.at[i].id.num] = true;
    }
    return 0;
}

static int look_for(const vg_read *read, const char *color)
{
    static const float query[] = {1, 0};
    vg_condition condition = has_text("color", color);
    vg_filter filter = only(&condition);
    vg_search search_for = {.vector = floats((vg_slice){0}, query, 2),
                            .limit = POINTS,
                            .filter = &filter,
                            .with_payload = {.want = VG_PAYLOAD_ALL}};
    vg_op_input in = {.search = {&search_for, 1}};
    vg_op_result out = {0};

    return vg_read_search(read, &in, &out) ? check_colors(out.searches.at[0], color) : READ_FAILED;
}

static int scroll_for(const vg_read *read, const char *color)
{
    vg_condition condition = has_text("color", color);
    vg_filter filter = only(&condition);
    vg_op_input in = {.scroll = {.limit = POINTS, .filter = &filter}};
    vg_op_result out = {0};

    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    return vg_read_scroll(read, &in, &out) ? check_colors(out.page.points, color) : READ_FAILED;
}

/* Both by one search each, but of one state. */
static int look_for_both(const vg_read *read)
{
    static const float query[] = {0, 1};
    vg_condition red = has_text("color", "red"), blue = has_text("color", "blue");
    vg_filter filters[] = {only(&red), only(&blue)};
    vg_search queries[2];
    vg_op_input in = {.search = {queries, 2}};
    vg_op_result out = {0};

    for (int i = 0; i < 2; i++)
        queries[i] = (vg_search){
            .vector = floats((vg_slice){0}, query, 2), .limit = POINTS, .filter = &filters[i]};
    if (!vg_read_search(read, &in, &out))
        return READ_FAILED;
    return out.searches.at[0].count + out.searches.at[1].count == POINTS ? 0 : NOT_ALL;
}

/* The index comes and goes: that there is none, or none yet, is told. */
static int count_colors(scene *s, const vg_read *read)
{
    vg_op_input in = {.facet = {.key = VG_LIT("color"), .limit = 10}};
    vg_op_result out = {0};
    uint64_t all = 0;

    if (!vg_read_facet(read, &in, &out))
        return read->status->code == VG_INVALID ? 0 : READ_FAILED;
    for (uint32_t i = 0; i < out.facet.count; i++)
        all += out.facet.at[i].count;
    atomic_fetch_add(&s->facets, 1);
    return all == POINTS ? 0 : NOT_ALL;
}

static int read_once(scene *s, const vg_read *read, int turn)
{
    const char *color = turn % 2 ? "red" : "blue";

    switch (turn % 5) {
    case 0:
        return count_colors(s, read);
    case 1:
        return scroll_for(read, color);
    case 2:
        return look_for_both(read);
    default:
        return look_for(read, color);
    }
}

static void *be_reader(void *arg)
{
    scene *s = arg;

    for (int turn = 0; !atomic_load(&s->is_over); turn++) {
        vg_arena *arena = vg_arena_new(64 << 20);
        vg_status status = {0};
        vg_read read = {
            .store = s->bench->store, .collection = VG_LIT("c"), .arena = arena, .status = &status};
        int broken = read_once(s, &read, turn);

        if (broken != 0)
            atomic_store(&s->broken, broken);
        atomic_fetch_add(&s->reads, 1);
        vg_arena_free(arena);
    }
    return NULL;
}

/* ---- the writer ---- */

static void paint(bench *b, uint64_t *seed)
{
    vg_point_id ids[SOME];
    vg_update set = {.kind = VG_OP_SET_PAYLOAD, .ids = ids, .id_count = SOME};

    for (int i = 0; i < SOME; i++)
        ids[i] = number(next_random(seed) % POINTS);
    set.payload = padded(b, next_random(seed) % 2 ? "{\"color\":\"red\"}" : "{\"color\":\"blue\"}");
    assert_int_equal(update(b, "c", &set, 1, NULL), VG_OK);
}

static void put_anew(bench *b, const float *vector, uint64_t from, uint64_t to)
{
    vg_vector made = floats((vg_slice){0}, vector, 2);
    vg_point points[POINTS];
    vg_update upsert = {.kind = VG_OP_UPSERT, .points = points};

    for (uint64_t id = from; id < to; id++)
        points[upsert.point_count++] = (vg_point){
            .id = number(id),
            .vectors = &made,
            .vector_count = 1,
            .payload = padded(b, id % 3 ? "{\"color\":\"red\"}" : "{\"color\":\"blue\",\"n\":1}")};
    assert_int_equal(update(b, "c", &upsert, 1, NULL), VG_OK);
}

static void undeclare(bench *b)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);

    vg_write_prepare_unindex(&write, table, VG_LIT("color"));
    assert_int_equal(finish(b, &write), VG_OK);
    vg_table_let(table);
}

static void write_all(bench *b, uint64_t *seed)
{
    static const float west[] = {-1, 0.5F};

    for (int n = 0; n < WRITES; n++) {
        paint(b, seed);
        if (n % 3 == 0)
            put_anew(b, west, next_random(seed) % POINTS, POINTS);
        if (n % 10 == 2)
            declare_as(b, (vg_index){.key = VG_LIT("color"), .kind = VG_INDEX_KEYWORD},
                       n % 20 == 2);
        if (n % 10 == 8)
            undeclare(b);
    }
}

static void what_a_filter_found_satisfies_it(void **state)
{
    static const float east[] = {1, 0.5F};
    scene s = {.bench = *state};
    uint64_t seed = seed_of_test();
    pthread_t readers[READERS];

    make_plain(s.bench, 2, VG_DOT);
    put_anew(s.bench, east, 0, POINTS);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, be_reader, &s), 0);
    write_all(s.bench, &seed);
    declare(s.bench, "color", VG_INDEX_KEYWORD);
    while (atomic_load(&s.facets) == 0 || atomic_load(&s.reads) < READS)
        sched_yield(); /* a slow machine gets its reads too */
    atomic_store(&s.is_over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(atomic_load(&s.broken), 0);
    print_message("%" PRIu64 " reads, %" PRIu64 " of them facets, beside %d writes\n",
                  atomic_load(&s.reads), atomic_load(&s.facets), WRITES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_filter_found_satisfies_it, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
