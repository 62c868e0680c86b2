/* The inverted index of sparse vectors read while it grows: a reader finds all that was published
 * to it, and nothing else. */
#include <pthread.h>
#include <stdlib.h>

#include "engine/compare.h"
#include "engine/sparse.h"
#include "support.h"

enum { ARENA = 64 << 20, SLOTS = 20000, LISTS = 3000, READERS = 2, PASSES = 40 };

typedef struct shared {
    vg_dense *dense;
    _Atomic uint32_t published;
} shared;

/* Slot n holds index 0, and one of its own kind. */
static void make(uint32_t slot, uint32_t stored[5])
{
    const float values[2] = {1, 2};

    stored[0] = 2;
    stored[1] = 0;
    stored[2] = 1 + slot % LISTS;
    memcpy(&stored[3], values, sizeof values);
}

static void *add(void *arg)
{
    shared *s = arg;
    uint8_t room[VG_ID_KEY_MAX];
    uint32_t stored[5];

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        vg_point_id id = {.kind = VG_ID_NUM, .num = slot};

        make(slot, stored);
        vg_dense_put(s->dense, vg_slice_of((const char *)room, vg_point_id_key(&id, room)),
                     slot + 1, stored, slot + 1);
        atomic_store_explicit(&s->published, slot + 1, memory_order_release);
    }
    return NULL;
}

static uint32_t count_hits(vg_arena *arena, const vg_dense *dense, uint32_t used, uint32_t index)
{
    const uint32_t query[3] = {1, index, 0x3f800000}; /* 1.0 */
    vg_sparse_cursor *cursor = vg_sparse_begin(arena, vg_dense_sparse(dense), query);
    uint32_t first, count = 0;

    while (vg_sparse_next(cursor, used, &first))
        for (uint32_t word = 0; word < VG_SPARSE_BLOCK / 64; word++)
            count += (uint32_t)__builtin_popcountll(vg_sparse_mask(cursor, word));
    return count;
}

static void *look(void *arg)
{
    shared *s = arg;
    uintptr_t wrong = 0;

    for (uint32_t pass = 0; pass < PASSES; pass++) {
        vg_arena *arena = vg_arena_new(ARENA);
        uint32_t used = atomic_load_explicit(&s->published, memory_order_acquire);
        uint32_t list = pass * 71 % LISTS;
        uint32_t wanted = used > list ? (used - list - 1) / LISTS + 1 : 0;

        wrong += count_hits(arena, s->dense, used, 0) != used;
        wrong += count_hits(arena, s->dense, used, 1 + list) != wanted;
        wrong += count_hits(arena, s->dense, used, 1 + LISTS) != 0;
        vg_arena_free(arena);
    }
    return (void *)wrong; /* NOLINT(performance-no-int-to-ptr): how many */
}

static void readers_find_what_was_published_while_lists_grow(void **state)
{
    shared s = {.dense = vg_dense_make(&(vg_form){.kind = VG_SPARSE, .distance = VG_DOT})};
    pthread_t adder, readers[READERS];
    void *wrong;

    (void)state;
    /* the room that a put takes, blob and all */
    assert_true(vg_dense_reserve(s.dense, SLOTS, (size_t)SLOTS * 64));
    assert_int_equal(pthread_create(&adder, NULL, add, &s), 0);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, look, &s), 0);
    pthread_join(adder, NULL);
    for (int i = 0; i < READERS; i++) {
        pthread_join(readers[i], &wrong);
        assert_null(wrong);
    }
    assert_null(look(&s));
    vg_dense_let(s.dense);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_find_what_was_published_while_lists_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
