/* One thread writes vectors, one takes them into the graph, others search: under ThreadSanitizer
 * too. */
#include <pthread.h>
#include <stdatomic.h>

#include "graphs.h"

enum { POINTS = 2500, SEARCHERS = 3, SIZE = 12, MOST = 10 };

typedef struct scene {
    world w;
    const void *vectors[POINTS]; /* as they are stored */
    vg_compare queries[POINTS];
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

/* Every fourth point is written again later, every tenth ended. */
static void *write_all(void *arg)
{
    scene *s = arg;

    for (uint64_t i = 0; i < POINTS; i++) {
        put_point(&s->w, i, s->vectors[i]);
        if (i % 4 == 3)
            put_point(&s->w, i / 2, s->vectors[POINTS - 1 - i]);
        if (i % 10 == 9)
            end_point(&s->w, i - 5);
        pthread_mutex_lock(&s->lock);
        s->operation = s->w.operation;
        s->used = vg_dense_used(s->w.dense);
        pthread_mutex_unlock(&s->lock);
    }
    atomic_store(&s->is_written, true);
    return NULL;
}

static void *build_all(void *arg)
{
    scene *s = arg;
    bool is_last = false;

    while (!is_last) {
        is_last = atomic_load(&s->is_written);
        for (vg_view view = look(s); vg_hnsw_next(s->w.graph) < view.used;)
            assert_true(vg_hnsw_insert(s->w.graph, view.operation));
    }
    atomic_store(&s->is_built, true);
    return NULL;
}

/* The writer may be far ahead, so that most of the first slots have ended. */
static uint32_t count_seen(const vg_view *view, uint32_t before)
{
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < before; slot++)
        count += vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation);
    return count;
}

/* What the graph and its tail hold together is what the view shows, as far as it goes. */
static void search_once(scene *s, uint32_t turn)
{
    vg_hit hits[MOST];
    uint32_t before = vg_hnsw_next(s->w.graph);
    vg_view view = look(s);
    vg_walk walk = {.view = &view, .before = before, .hits = hits, .limit = MOST, .ef = 20};

    walk.query = s->queries[turn * 37 % POINTS].query;
    assert_true(vg_hnsw_search(s->w.graph, &walk));
    for (uint32_t i = 0; i < walk.count; i++) {
        assert_true(hits[i].slot < before && before <= view.used);
        assert_true(vg_place_is_seen(vg_dense_place(view.dense, hits[i].slot), view.operation));
        assert_true(i == 0 || hits[i - 1].far <= hits[i].far);
    }
    assert_true(walk.count == MOST || count_seen(&view, before) < 4 * MOST);
}

static void *search_all(void *arg)
{
    scene *s = arg;
    uint32_t turn = 0;

    do
        search_once(s, turn++);
    while (!atomic_load(&s->is_built));
    return NULL;
}

static void draw_all(scene *s)
{
    for (uint32_t i = 0; i < POINTS; i++) {
        vg_vector query = draw_vector(&s->w);

        s->vectors[i] = draw_stored(&s->w);
        assert_true(vg_compare_prepare(s->w.arena, s->w.dense, &query, &s->queries[i], NULL));
    }
}

static void search_meanwhile(const vg_form *form)
{
    static scene s;
    pthread_t threads[2 + SEARCHERS];

    memset(&s, 0, sizeof s);
    make_form_world(&s.w, form, 0);
    s.w.seed = seed_of_test();
    assert_int_equal(pthread_mutex_init(&s.lock, NULL), 0);
    draw_all(&s);
    assert_int_equal(pthread_create(&threads[0], NULL, write_all, &s), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, build_all, &s), 0);
    for (int i = 0; i < SEARCHERS; i++)
        assert_int_equal(pthread_create(&threads[2 + i], NULL, search_all, &s), 0);
    for (int i = 0; i < 2 + SEARCHERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(vg_hnsw_next(s.w.graph), vg_dense_used(s.w.dense));
    assert_true(recall(&s.w, 50, 10, form->kind == VG_MULTI ? 150 : 64, NULL) >= 0.95);
    pthread_mutex_destroy(&s.lock);
    end_world(&s.w);
}

static void searches_go_on_while_slots_go_in(void **state)
{
    (void)state;
    search_meanwhile(&(vg_form){.size = SIZE, .distance = VG_EUCLID});
}

static void those_of_bytes_and_multivectors_too(void **state)
{
    (void)state;
    search_meanwhile(&(vg_form){.datatype = VG_UINT8, .size = SIZE, .distance = VG_EUCLID});
    search_meanwhile(&(vg_form){.kind = VG_MULTI, .size = SIZE, .distance = VG_EUCLID});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_go_on_while_slots_go_in),
        cmocka_unit_test(those_of_bytes_and_multivectors_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
