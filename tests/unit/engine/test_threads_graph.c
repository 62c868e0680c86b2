/* Readers beside the writer and the builder: points are replaced and taken away while a graph is
 * built over them, and over the rebuilt vectors. A point that is never touched is found, but for
 * the few times when links to it are being written; none is found twice, and the scores are those
 * of a whole state. Meant for ThreadSanitizer as well. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

enum { POINTS = 2000, ROUNDS = 8, READERS = 2, FIXED = 1000000 };

typedef struct scene {
    crowd crowd;
    _Atomic bool is_over;
    _Atomic int broken;
    _Atomic uint64_t searches, missed;
} scene;

enum { READ_FAILED = 1, NOT_FOUND, TWICE, OUT_OF_ORDER };

static int check(const vg_points *points)
{
    if (points->count != 10 || points->at[0].id.num != FIXED)
        return NOT_FOUND;
    for (uint32_t i = 1; i < points->count; i++) {
        if (points->at[i].score < points->at[i - 1].score)
            return OUT_OF_ORDER;
        for (uint32_t k = 0; k < i; k++)
            if (points->at[i].id.num == points->at[k].id.num)
                return TWICE;
    }
    return 0;
}

static void search_once(scene *s, bool has_payload)
{
    const float *at = s->crowd.centers[0];
    vg_status status = {0};
    vg_arena *arena = vg_arena_new(1 << 24);
    vg_read read = {
        .store = s->crowd.b->store, .collection = VG_LIT("c"), .arena = arena, .status = &status};
    vg_search search = near_to(at, NULL);
    vg_op_input in = {0};
    vg_op_result out = {0};
    int broken = READ_FAILED;

    search.with_payload.want = has_payload ? VG_PAYLOAD_ALL : VG_PAYLOAD_NONE;
    in.search.queries = &search;
    in.search.count = 1;
    if (vg_read_search(&read, &in, &out))
        broken = check(&out.searches.at[0]);
    s->missed += broken == NOT_FOUND;
    if (broken != 0 && broken != NOT_FOUND)
        s->broken = broken;
    s->searches++;
    vg_arena_free(arena);
}

static void *keep_reading(void *arg)
{
    scene *s = arg;

    for (uint32_t turn = 0; !s->is_over; turn++)
        search_once(s, turn % 2 == 1);
    return NULL;
}

static void readers_find_what_nobody_touches(void **state)
{
    scene *s = calloc(1, sizeof *s);
    given fixed = {.id = FIXED, .vector = s->crowd.centers[0], .payload = "{}"};
    pthread_t readers[READERS];

    crowd_make(&s->crowd, *state, VG_EUCLID, NULL);
    assert_int_equal(upsert(*state, "c", &fixed, 1, NULL), VG_OK);
    crowd_put(&s->crowd, 1, POINTS);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, keep_reading, s), 0);
    for (int round = 0; round < ROUNDS && s->broken == 0; round++) {
        crowd_put(&s->crowd, 1, POINTS / 2);
        crowd_delete(&s->crowd, POINTS / 4, POINTS / 8);
        if (round % 4 == 3)
            vg_store_settle(s->crowd.b->store);
    }
    vg_store_settle(s->crowd.b->store);
    s->is_over = true;
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(s->broken, 0);
    printf("%u of %u searches missed it\n", (unsigned)s->missed, (unsigned)s->searches);
    assert_true(s->searches > 0 && s->missed <= s->searches / 100);
    expect_all_indexed(&s->crowd);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readers_find_what_nobody_touches, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
