/* The graph as words and back. */
#include <stdlib.h>
#include <string.h>

#include "graphs.h"

enum { POINTS = 600, WORDS = 400 };

typedef struct saved {
    uint32_t words[WORDS];
    size_t count;
} saved;

static saved nodes[POINTS * 2];

/* With levels, twins, what died before and what died after. */
static uint32_t save_world(world *w)
{
    make_world(w, 6, VG_EUCLID, 0);
    put_point(w, POINTS, draw(w));
    end_point(w, POINTS);
    fill_world(w, POINTS);
    for (uint64_t id = 0; id < POINTS; id += 3)
        put_point(w, id, vg_dense_row(w->dense, (uint32_t)id + 2));
    insert_all(w);
    assert_true(vg_hnsw_node_most(w->graph) <= WORDS);
    for (uint32_t slot = 0; slot < vg_hnsw_next(w->graph); slot++)
        nodes[slot].count = vg_hnsw_node_write(w->graph, slot, nodes[slot].words);
    return vg_hnsw_next(w->graph);
}

/* A second graph over the same vectors. */
static bool load(world *w, uint32_t slots)
{
    vg_hnsw_conf conf = *vg_hnsw_conf_of(w->graph);

    vg_hnsw_let(w->graph);
    w->graph = vg_hnsw_new(w->dense, &conf);
    assert_non_null(w->graph);
    for (uint32_t slot = 0; slot < slots; slot++)
        if (!vg_hnsw_node_read(w->graph, slots, nodes[slot].words, nodes[slot].count))
            return false;
    return vg_hnsw_nodes_end(w->graph);
}

static void ask(world *w, const float *query, vg_walk *walk, const vg_view *view)
{
    *walk = walk_for(w, view, query, 20);
    walk->ef = 30;
    assert_true(vg_hnsw_search(w->graph, walk));
}

static void what_was_written_is_read_as_the_same_graph(void **state)
{
    enum { QUERIES = 20 };
    vg_walk before[QUERIES], after;
    const float *queries[QUERIES];
    uint32_t slots, words[WORDS];
    vg_view view;
    world w;

    (void)state;
    slots = save_world(&w);
    view = view_now(&w);
    for (uint32_t i = 0; i < QUERIES; i++)
        ask(&w, queries[i] = draw(&w), &before[i], &view);
    assert_true(load(&w, slots));
    for (uint32_t i = 0; i < QUERIES; i++) {
        ask(&w, queries[i], &after, &view);
        assert_int_equal(after.count, before[i].count);
        assert_int_equal(after.compared, before[i].compared);
        assert_memory_equal(after.hits, before[i].hits, after.count * sizeof *after.hits);
    }
    for (uint32_t slot = 0; slot < slots; slot++) {
        assert_int_equal(vg_hnsw_node_write(w.graph, slot, words), nodes[slot].count);
        assert_memory_equal(words, nodes[slot].words, nodes[slot].count * sizeof *words);
    }
    end_world(&w);
}

static void a_graph_that_was_read_goes_on_growing(void **state)
{
    world w;

    (void)state;
    assert_true(load(&w, save_world(&w)));
    for (uint64_t id = 0; id < POINTS; id++)
        put_point(&w, 10000 + id, draw(&w));
    insert_all(&w);
    assert_true(recall(&w, 30, 10, 50, NULL) >= 0.95);
    end_world(&w);
}

static void the_same_seed_makes_the_same_graph(void **state)
{
    uint32_t words[WORDS], slots, differing = 0;
    world w, again;

    (void)state;
    slots = save_world(&w);
    end_world(&w);
    make_world(&again, 6, VG_EUCLID, 0);
    end_world(&again);
    for (int turn = 0; turn < 2; turn++) {
        static saved first[POINTS * 2];

        memcpy(first, nodes, sizeof first);
        assert_int_equal(save_world(&again), slots);
        for (uint32_t slot = 0; slot < slots; slot++) {
            size_t count = vg_hnsw_node_write(again.graph, slot, words);

            differing += count != first[slot].count ||
                         memcmp(words, first[slot].words, count * sizeof *words) != 0;
        }
        end_world(&again);
    }
    assert_int_equal(differing, 0);
}

/* ---- damage ---- */

/* A node with links, and one with a twin behind it. */
static uint32_t find(uint32_t slots, bool has_twin)
{
    for (uint32_t slot = 10; slot < slots; slot++)
        if (nodes[slot].count > 4 && nodes[slot].words[1] >= 2 &&
            (nodes[slot].words[0] != VG_SLOT_NONE) == has_twin)
            return slot;
    fail_msg("no such node");
    return 0;
}

static const struct {
    const char *says;
    bool has_twin;
    uint32_t word, value;
} damages[] = {
    {"a link to a slot that is not there", false, 2, 5000},
    {"a link that is none", false, 3, VG_SLOT_NONE},
    {"a link to a slot that was left out", false, 2, 0},
    {"more links than there are words", false, 1, 31},
    {"more links than there is room for", false, 1, 4000},
    {"fewer links than there are words", false, 1, 1},
    {"a twin that is not there", true, 0, 5000},
    {"a twin that is a node", true, 0, 20},
    {"a twin of one that has none", false, 0, 1},
};

static void damaged_words_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        world w;
        uint32_t slots = save_world(&w);

        nodes[find(slots, damages[i].has_twin)].words[damages[i].word] = damages[i].value;
        if (load(&w, slots))
            fail_msg("%s: taken", damages[i].says);
        end_world(&w);
    }
}

/* Whoever walked along it would not come back. */
static void a_chain_of_twins_without_an_end_is_refused(void **state)
{
    uint32_t slots, slot = 0;
    world w;

    (void)state;
    slots = save_world(&w);
    while (slot < slots && nodes[slot].count != 1)
        slot++;
    assert_true(slot < slots);
    nodes[slot].words[0] = slot;
    assert_false(load(&w, slots));
    end_world(&w);
}

/* Whatever is taken can be searched: every walk ends, and no link leads astray. */
static void damage_by_chance_is_refused_or_does_no_harm(void **state)
{
    uint64_t seed = seed_of_test();
    uint32_t taken = 0;

    (void)state;
    for (int turn = 0; turn < 40; turn++) {
        vg_view view;
        vg_walk walk;
        world w;
        uint32_t slots = save_world(&w), slot = (uint32_t)(next_random(&seed) % slots);
        saved *node = &nodes[slot];

        if (node->count == 0)
            node->count = 1;
        node->words[next_random(&seed) % node->count] = (uint32_t)(next_random(&seed) % slots);
        view = view_now(&w);
        if (load(&w, slots)) {
            taken++;
            ask(&w, draw(&w), &walk, &view);
            put_point(&w, 77777, draw(&w));
            insert_all(&w);
        }
        end_world(&w);
    }
    print_message("%u of 40 were taken\n", taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_as_the_same_graph),
        cmocka_unit_test(a_graph_that_was_read_goes_on_growing),
        cmocka_unit_test(the_same_seed_makes_the_same_graph),
        cmocka_unit_test(damaged_words_are_refused),
        cmocka_unit_test(a_chain_of_twins_without_an_end_is_refused),
        cmocka_unit_test(damage_by_chance_is_refused_or_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
