/* Facets beside counts that the test keeps. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "asking.h"

enum { THINGS = 500, CITIES = 12, PAYLOAD = 160 };

typedef struct world {
    bench *bench;
    uint64_t seed;
    bool has[THINGS][CITIES];
    bool is_even[THINGS];
    char payload[PAYLOAD];
} world;

static uint32_t below(world *w, uint32_t bound)
{
    return (uint32_t)(next_random(&w->seed) % bound);
}

/* Cities come once, twice, many times; as a value or in an array, some of them twice. */
static void choose(world *w, uint32_t i)
{
    uint32_t count = below(w, 4);
    char cities[PAYLOAD / 2] = "";

    w->is_even[i] = below(w, 2);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t city = below(w, 1 + below(w, CITIES));

        w->has[i][city] = true;
        snprintf(cities + strlen(cities), sizeof cities - strlen(cities),
                 ",\"c%" PRIu32 "\",\"c%" PRIu32 "\"", city, city);
    }
    if (count == 0)
        snprintf(w->payload, PAYLOAD, "{\"even\":%d}", w->is_even[i]);
    else
        snprintf(w->payload, PAYLOAD, "{\"even\":%d,\"city\":[7%s]}", w->is_even[i], cities);
}

static uint64_t points_of(const world *w, uint64_t city, bool even_only)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < THINGS; i++)
        count += w->has[i][city] && (!even_only || w->is_even[i]);
    return count;
}

/* Every hit is right, in order, and nobody who was left out has more. */
static void check(const world *w, const vg_filter *filter, uint32_t limit)
{
    vg_op_result got = facet_of(w->bench, "city", filter, limit);
    bool is_there[CITIES] = {false};
    uint32_t cities = 0;
    uint64_t city;

    for (uint32_t i = 0; i < got.facet.count; i++) {
        const vg_facet_hit *hit = &got.facet.at[i];

        assert_int_equal(hit->value.kind, VG_MATCH_TEXT);
        assert_true(vg_slice_u64(vg_slice_skip(hit->value.text, 1), &city));
        is_there[city] = true;
        assert_int_equal(hit->count, points_of(w, city, filter != NULL));
        assert_true(
            i == 0 || hit[-1].count > hit->count ||
            (hit[-1].count == hit->count && vg_slice_cmp(hit[-1].value.text, hit->value.text) < 0));
    }
    for (city = 0; city < CITIES; city++) {
        uint64_t count = points_of(w, city, filter != NULL);

        cities += count > 0;
        assert_true(is_there[city] || count == 0 || got.facet.count == limit);
        if (!is_there[city] && got.facet.count > 0)
            assert_true(count <= got.facet.at[got.facet.count - 1].count);
    }
    assert_int_equal(got.facet.count, cities < limit ? cities : limit);
}

static void facets_are_what_the_points_have(void **state)
{
    world *w = calloc(1, sizeof *w);
    vg_condition even = has_integer("even", 1);
    vg_filter filter = only(&even);

    w->bench = *state;
    w->seed = seed_of_test();
    make_plain(w->bench, 1, VG_DOT);
    assert_int_equal(declare(w->bench, "city", VG_INDEX_KEYWORD), VG_OK);
    for (uint32_t i = 0; i < THINGS; i++) {
        choose(w, i);
        assert_int_equal(put(w->bench, i, NULL, 0, w->payload), VG_OK);
    }
    for (uint32_t limit = 1; limit <= CITIES + 1; limit++) {
        check(w, NULL, limit);
        check(w, &filter, limit);
    }
    for (uint32_t i = 0; i < THINGS; i += 3) { /* the field's table follows its points */
        memset(w->has[i], 0, sizeof w->has[i]);
        choose(w, i);
        assert_int_equal(put(w->bench, i, NULL, 0, w->payload), VG_OK);
    }
    check(w, NULL, CITIES);
    check(w, &filter, CITIES);
    free(w);
}

/* ---- kinds ---- */

static void integers_and_booleans_keep_their_kinds(void **state)
{
    bench *b = *state;
    vg_op_result got;

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0, "{\"n\":[10,2,2,1.5],\"on\":true}");
    put(b, 2, NULL, 0, "{\"n\":[-3,2.0],\"on\":[true,false]}");
    put(b, 3, NULL, 0, "{\"n\":\"2\",\"on\":1}");
    put(b, 4, NULL, 0, "{\"n\":10,\"on\":true}");
    declare(b, "n", VG_INDEX_INTEGER);
    declare(b, "on", VG_INDEX_BOOL);
    got = facet_of(b, "n", NULL, 10);
    assert_int_equal(got.facet.count, 3);
    assert_int_equal(got.facet.at[0].value.kind, VG_MATCH_INTEGER);
    assert_int_equal(got.facet.at[0].value.integer, 10);
    assert_int_equal(got.facet.at[0].count, 2);
    assert_int_equal(got.facet.at[1].value.integer, -3); /* values ascend where counts are equal */
    assert_int_equal(got.facet.at[2].value.integer, 2);
    got = facet_of(b, "on", NULL, 10);
    assert_int_equal(got.facet.count, 2);
    assert_int_equal(got.facet.at[0].value.kind, VG_MATCH_BOOL);
    assert_int_equal(got.facet.at[0].value.integer, 1);
    assert_int_equal(got.facet.at[0].count, 3);
    assert_int_equal(got.facet.at[1].value.integer, 0);
}

/* However a UUID is written, it is one value, and a point has it once. */
static void uuids_are_told_in_one_form(void **state)
{
    bench *b = *state;
    vg_op_result got;

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0,
        "{\"u\":[\"550E8400-E29B-41D4-A716-446655440000\","
        "\"550e8400e29b41d4a716446655440000\"]}");
    put(b, 2, NULL, 0, "{\"u\":\"{550e8400-e29b-41d4-a716-446655440000}\"}");
    put(b, 3, NULL, 0, "{\"u\":[\"no uuid\",\"00000000-0000-0000-0000-000000000001\"]}");
    declare(b, "u", VG_INDEX_UUID);
    got = facet_of(b, "u", NULL, 10);
    assert_int_equal(got.facet.count, 2);
    must_be(got.facet.at[0].value.text, "550e8400-e29b-41d4-a716-446655440000");
    assert_int_equal(got.facet.at[0].count, 2);
    must_be(got.facet.at[1].value.text, "00000000-0000-0000-0000-000000000001");
}

static void what_has_no_facets_is_told(void **state)
{
    static const struct {
        const char *key;
        vg_index_kind kind;
    } rows[] = {{"f", VG_INDEX_FLOAT}, {"t", VG_INDEX_TEXT}, {"absent", VG_INDEX_NONE}};
    bench *b = *state;
    vg_op_input in = {.facet = {.limit = 10}};
    vg_op_result out = {0};
    vg_read read;

    make_plain(b, 1, VG_DOT);
    declare_as(b, (vg_index){.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER, .no_lookup = true},
               true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].kind != VG_INDEX_NONE)
            declare(b, rows[i].key, rows[i].kind);
        in.facet.key = vg_slice_str(rows[i].key);
        read = reading(b, "c");
        assert_false(vg_read_facet(&read, &in, &out));
        assert_int_equal(b->status.code, VG_INVALID);
        must_say(b, "No appropriate index for faceting: `");
        must_say(b, "Please create one to facet on this field");
    }
    in.facet.key = VG_LIT("n");
    read = reading(b, "c");
    assert_false(vg_read_facet(&read, &in, &out));
    must_say(b, "No appropriate index for faceting: `n`.");
}

/* ---- an index that is being filled ---- */

typedef struct pause {
    sem_t declared, go_on;
} pause;

/* On the writer's thread: it fills nothing before it comes back. */
static void hold_writer(vg_work *work)
{
    pause *p = work->carrier;

    sem_post(&p->declared);
    while (sem_wait(&p->go_on) != 0)
        continue;
}

static void must_be_unready(bench *b)
{
    vg_condition two = has_integer("n", 2);
    vg_filter filter = only(&two);
    vg_op_input facet = {.facet = {.key = VG_LIT("n"), .limit = 10}};
    vg_op_input page = {.scroll = {.limit = 10, .order = {.key = VG_LIT("n")}}};
    vg_collection_info info = describe(b);
    vg_op_result out = {0};
    vg_read read;

    assert_int_equal(info.color, VG_YELLOW);
    must_be(info.trouble, "the payload index of `n` is being filled");
    assert_int_equal(info.spec.indexes.count, 1);
    assert_int_equal(count_matching(b, &filter), 2); /* without it, as well as with it */
    read = reading(b, "c");
    assert_false(vg_read_facet(&read, &facet, &out));
    must_say(b, "No appropriate index for faceting: `n`. The one that was created is still being");
    read = reading(b, "c");
    assert_false(vg_read_scroll(&read, &page, &out));
    must_say(b, "No range index for `order_by` key: `n`. The one that was created is still being");
}

static void what_is_being_filled_is_told_and_not_used(void **state)
{
    bench *b = *state;
    vg_index index = {.key = VG_LIT("n"), .kind = VG_INDEX_INTEGER};
    vg_write write = {.arena = b->arena};
    vg_queue *queue = vg_store_queue(b->store);
    vg_table *table;
    pause p;

    make_plain(b, 1, VG_DOT);
    put(b, 1, NULL, 0, "{\"n\":[1,2]}");
    put(b, 2, NULL, 0, "{\"n\":2}");
    table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    sem_init(&p.declared, 0, 0);
    sem_init(&p.go_on, 0, 0);
    assert_true(vg_write_prepare_index(&write, table, &index, false));
    write.work.finished = hold_writer;
    write.work.carrier = &p;
    assert_true(queue->post(queue, &write.work));
    while (sem_wait(&p.declared) != 0)
        continue;
    must_be_unready(b);
    sem_post(&p.go_on);
    assert_int_equal(declare_as(b, index, true),
                     VG_OK); /* the same one: waits until it is filled */
    assert_int_equal(describe(b).color, VG_GREEN);
    assert_int_equal(facet_of(b, "n", NULL, 10).facet.at[0].count, 2);
    vg_table_let(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facets_are_what_the_points_have, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(integers_and_booleans_keep_their_kinds, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(uuids_are_told_in_one_form, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_has_no_facets_is_told, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_is_being_filled_is_told_and_not_used, bench_up,
                                        bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
