/* From rows to slots: the map by itself, and what readers at any operation find through it. */
#include <stdlib.h>

#include "engine/dense.h"
#include "engine/rowmap.h"
#include "support.h"

static void the_newest_slot_of_a_row_is_found(void **state)
{
    static vg_rowmap map;
    static const uint64_t rows[] = {0, 1, 1023, 1024, 3071, 3072, 1000000, 123456789};
    enum { ROWS = sizeof rows / sizeof *rows };

    (void)state;
    assert_int_equal(vg_rowmap_find(&map, 5), VG_SLOT_NONE);
    for (uint32_t i = 0; i < ROWS; i++)
        vg_rowmap_put(&map, rows[i], 100 + i);
    vg_rowmap_put(&map, rows[3], 7);
    for (uint32_t i = 0; i < ROWS; i++)
        assert_int_equal(vg_rowmap_find(&map, rows[i]), i == 3 ? 7 : 100 + i);
    assert_int_equal(vg_rowmap_find(&map, 2), VG_SLOT_NONE);
    assert_false(atomic_load(&map.is_partial));
    vg_rowmap_put(&map, UINT64_MAX, 1); /* no table has such a row */
    assert_true(atomic_load(&map.is_partial));
    assert_int_equal(vg_rowmap_find(&map, UINT64_MAX), VG_SLOT_NONE);
    vg_rowmap_fini(&map);
}

/* ---- versions ---- */

enum { POINTS = 40, OPERATIONS = 600 };

typedef struct history {
    vg_dense *dense;
    uint64_t row_of[POINTS]; /* 0: the point is not there */
    bool is_taken[POINTS + 1];
} history;

/* As SQLite gives them: a row of a point that has gone may be another's. */
static uint64_t free_row(const history *h, uint64_t *seed)
{
    uint64_t row = 1 + next_random(seed) % POINTS;

    while (h->is_taken[row])
        row = 1 + row % POINTS;
    return row;
}

static void change(history *h, uint64_t id, uint64_t operation, uint64_t *seed)
{
    vg_point_id point = {.kind = VG_ID_NUM, .num = id};
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = vg_slice_of((const char *)room, vg_point_id_key(&point, room));
    float value = (float)operation;

    if (h->row_of[id] != 0 && next_random(seed) % 3 == 0) {
        vg_dense_end(h->dense, key, operation);
        h->is_taken[h->row_of[id]] = false;
        h->row_of[id] = 0;
        return;
    }
    if (h->row_of[id] == 0)
        h->row_of[id] = free_row(h, seed);
    h->is_taken[h->row_of[id]] = true;
    assert_true(vg_dense_reserve(h->dense, 1, 0));
    vg_dense_put(h->dense, key, h->row_of[id], &value, operation);
}

static uint32_t look_at_all(const vg_dense *dense, uint64_t row, uint64_t operation)
{
    for (uint32_t slot = 0; slot < vg_dense_used(dense); slot++)
        if (vg_dense_row_of(dense, slot) == row &&
            vg_place_is_seen(vg_dense_place(dense, slot), operation))
            return slot;
    return VG_SLOT_NONE;
}

static void a_row_leads_every_reader_to_its_own_version(void **state)
{
    history *h = calloc(1, sizeof *h);
    uint64_t seed = seed_of_test();

    (void)state;
    h->dense = vg_dense_new(1);
    for (uint64_t operation = 1; operation <= OPERATIONS; operation++)
        change(h, next_random(&seed) % POINTS, operation, &seed);
    assert_true(vg_dense_knows_rows(h->dense));
    for (uint64_t operation = 0; operation <= OPERATIONS; operation += 7)
        for (uint64_t row = 0; row <= POINTS; row++)
            assert_int_equal(vg_dense_slot_of(h->dense, row, operation),
                             look_at_all(h->dense, row, operation));
    vg_dense_let(h->dense);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_slot_of_a_row_is_found),
        cmocka_unit_test(a_row_leads_every_reader_to_its_own_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
