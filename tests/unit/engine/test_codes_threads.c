/* One thread writes vectors, one codes them and takes them into the graph, as the builder does, and
 * others walk by the codes: under ThreadSanitizer too. */
#include <pthread.h>
#include <stdatomic.h>

#include "engine/codes.h"
#include "graphs.h"

enum { FIRST = 50, POINTS = 1500, SEARCHERS = 2, SIZE = 40, MOST = 10, PART = 16 };

typedef struct scene {
    world w;
    vg_codes *codes;
    const float *vectors[POINTS];
    const void *queries[POINTS];
    pthread_mutex_t lock; /* over what is published: */
    uint64_t operation;
    uint32_t used;
    atomic_bool is_written, is_built;
} scene;

static vg_view look(scene *s)
{
    vg_view view = {.dense = s->w.dense};

    pthread_mutex_lock(&s->lock);
    view.operation = s->operation;
    view.used = s->used;
    pthread_mutex_unlock(&s->lock);
    return view;
}

static void publish(scene *s)
{
    pthread_mutex_lock(&s->lock);
    s->operation = s->w.operation;
    s->used = vg_dense_used(s->w.dense);
    pthread_mutex_unlock(&s->lock);
}

static void *write_all(void *arg)
{
    scene *s = arg;

    for (uint64_t i = FIRST; i < POINTS; i++) {
        put_point(&s->w, i, s->vectors[i]);
        if (i % 5 == 4)
            end_point(&s->w, i - 3);
        publish(s);
    }
    atomic_store(&s->is_written, true);
    return NULL;
}

static void *build_all(void *arg)
{
    scene *s = arg;
    bool is_last = false;

    while (!is_last) {
        vg_view view;

        is_last = atomic_load(&s->is_written);
        view = look(s);
        while (vg_codes_next(s->codes) < view.used) {
            assert_true(vg_codes_grow(s->codes, view.used, PART));
            while (vg_hnsw_next(s->w.graph) < vg_codes_next(s->codes))
                assert_true(vg_hnsw_insert(s->w.graph, view.operation));
        }
    }
    atomic_store(&s->is_built, true);
    return NULL;
}

/* What is in the graph is coded, and has the same code whoever asks again. */
static void walk_once(scene *s, uint32_t turn)
{
    const vg_measure *measure = vg_codes_measure(s->codes);
    vg_hit hits[MOST];
    uint32_t before = vg_hnsw_next(s->w.graph);
    vg_view view = look(s);
    vg_walk walk = {.view = &view, .before = before, .hits = hits, .limit = MOST, .ef = 30};

    assert_true(vg_codes_next(s->codes) >= before);
    walk.query = s->queries[turn * 37 % POINTS];
    walk.measure = measure;
    assert_true(vg_hnsw_search(s->w.graph, &walk));
    for (uint32_t i = 0; i < walk.count; i++) {
        float far;

        assert_true(hits[i].slot < before && before <= view.used);
        measure->far(measure, walk.query, &hits[i].slot, 1, &far);
        assert_true(far == hits[i].far);
        assert_true(i == 0 || hits[i - 1].far <= far);
    }
    assert_true(walk.count == MOST || before < 6 * MOST);
}

/* Which may be in nobody's graph yet. */
static void measure_the_last(scene *s)
{
    const vg_measure *measure = vg_codes_measure(s->codes);
    uint32_t next = vg_codes_next(s->codes), last = next - 1;
    float far;

    if (next == 0)
        return;
    measure->far(measure, s->queries[0], &last, 1, &far);
    assert_true(far >= 0);
}

static void *walk_all(void *arg)
{
    scene *s = arg;
    uint32_t turn = 0;

    do {
        measure_the_last(s);
        walk_once(s, turn++);
    } while (!atomic_load(&s->is_built));
    return NULL;
}

/* int8 takes its scale from the first. */
static void prepare(scene *s, vg_coding coding)
{
    for (uint32_t i = 0; i < POINTS; i++)
        s->vectors[i] = draw(&s->w);
    for (uint32_t i = 0; i < FIRST; i++)
        put_point(&s->w, i, s->vectors[i]);
    publish(s);
    s->codes = vg_codes_new(s->w.dense, coding, s->used);
    assert_non_null(s->codes);
    for (uint32_t i = 0; i < POINTS; i++) {
        const float *query = vg_exact_query(s->w.arena, s->vectors[i], s->w.dense, s->w.distance);

        s->queries[i] = vg_codes_query(s->w.arena, s->codes, query);
        assert_non_null(s->queries[i]);
    }
}

static void walk_meanwhile(vg_coding coding)
{
    static scene s;
    pthread_t threads[2 + SEARCHERS];

    memset(&s, 0, sizeof s);
    make_world(&s.w, SIZE, VG_EUCLID, 10);
    s.w.seed = seed_of_test();
    assert_int_equal(pthread_mutex_init(&s.lock, NULL), 0);
    prepare(&s, coding);
    assert_int_equal(pthread_create(&threads[0], NULL, write_all, &s), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, build_all, &s), 0);
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[2 + i], NULL, walk_all, &s), 0);
    for (int i = 0; i < 2 + SEARCHERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(vg_codes_next(s.codes), vg_dense_used(s.w.dense));
    assert_int_equal(vg_hnsw_next(s.w.graph), vg_dense_used(s.w.dense));
    pthread_mutex_destroy(&s.lock);
    vg_codes_let(s.codes);
    end_world(&s.w);
}

static void walks_go_on_while_slots_are_coded(void **state)
{
    (void)state;
    walk_meanwhile((vg_coding){VG_CODE_INT8, 0.99F});
    walk_meanwhile((vg_coding){.kind = VG_CODE_BFLOAT16});
    walk_meanwhile((vg_coding){.kind = VG_CODE_BINARY});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_go_on_while_slots_are_coded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
