/* Tenants with the same collections and the same ids, two stores open at once, and a model in
 * memory of what each of them has: whatever is done in whatever order, each sees its own and no
 * more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "guests.h"

enum { TENANTS = 6, COLLECTIONS = 3, IDS = 12, STEPS = 1000, OPEN = 2 };

static const char *const tenants[TENANTS] = {"default", "Default", "..", "a/b", "a%2fb", "LOCK"};
static const char *const collections[COLLECTIONS] = {"c", "C", "a collection"};

typedef struct kept {
    bool is_there;
    uint64_t points[IDS]; /* what was put last; 0: it is not there */
} kept;

typedef struct model {
    bench *b;
    uint64_t chance, stamp;
    bool has_directory[TENANTS];
    kept of[TENANTS][COLLECTIONS];
    guest held; /* somebody who stays */
    int holds;  /* whose store; -1: nobody's */
} model;

static uint32_t draw(model *m, uint32_t below)
{
    return (uint32_t)(next_random(&m->chance) % below);
}

static bool has_any(const model *m, uint32_t t)
{
    return t == 0 || m->has_directory[t];
}

/* False: it has no directory, as the model says. */
static bool enter(model *m, guest *g, uint32_t t, vg_aim aim)
{
    bool enters = guest_enter(g, m->b, tenants[t], aim);

    assert_int_equal(g->b.status.code, VG_OK);
    assert_int_equal(enters, has_any(m, t) || aim == VG_AIM_MAKE);
    if (!enters)
        guest_leave(g);
    return enters;
}

static void leave_held(model *m)
{
    if (m->holds >= 0)
        guest_leave(&m->held);
    m->holds = -1;
}

/* ---- what is done ---- */

static void make(model *m, uint32_t t, uint32_t c)
{
    kept *k = &m->of[t][c];
    guest g;
    vg_code code;

    enter(m, &g, t, VG_AIM_MAKE);
    m->has_directory[t] = true;
    code = create(&g.b, collections[c], 1, VG_DOT);
    assert_int_equal(code, k->is_there ? VG_EXISTS : VG_OK);
    k->is_there = true;
    guest_leave(&g);
}

static void put(model *m, uint32_t t, uint32_t c)
{
    kept *k = &m->of[t][c];
    uint64_t id = draw(m, IDS);
    const float vector[] = {(float)t};
    char payload[64];
    const given point = {id, vector, payload};
    guest g;

    if (!k->is_there || !enter(m, &g, t, VG_AIM_USE))
        return;
    snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", ++m->stamp);
    assert_int_equal(upsert(&g.b, collections[c], &point, 1, NULL), VG_OK);
    k->points[id] = m->stamp;
    guest_leave(&g);
}

static void take(model *m, uint32_t t, uint32_t c)
{
    uint64_t id = draw(m, IDS);
    guest g;

    if (!m->of[t][c].is_there || !enter(m, &g, t, VG_AIM_USE))
        return;
    assert_int_equal(delete_ids(&g.b, collections[c], &id, 1, NULL), VG_OK);
    m->of[t][c].points[id] = 0;
    guest_leave(&g);
}

static void unmake(model *m, uint32_t t, uint32_t c)
{
    bool did;
    guest g;

    if (!enter(m, &g, t, VG_AIM_USE))
        return;
    assert_int_equal(drop(&g.b, collections[c], &did), VG_OK);
    assert_int_equal(did, m->of[t][c].is_there);
    m->of[t][c] = (kept){false};
    guest_leave(&g);
}

static void drop_tenant(model *m, uint32_t t)
{
    guest g;

    if (t == 0)
        return;
    if (m->holds == (int)t)
        leave_held(m);
    assert_false(guest_enter(&g, m->b, tenants[t], VG_AIM_DROP));
    assert_int_equal(g.b.status.code, VG_OK);
    assert_int_equal(g.visit.did, m->has_directory[t]);
    m->has_directory[t] = false;
    memset(m->of[t], 0, sizeof m->of[t]);
    guest_leave(&g);
}

static void restart(model *m)
{
    leave_held(m);
    bench_close(m->b);
    bench_open(m->b);
}

/* One of two places is taken for a while. */
static void stay(model *m, uint32_t t)
{
    leave_held(m);
    if (enter(m, &m->held, t, VG_AIM_USE))
        m->holds = (int)t;
}

/* ---- what is seen ---- */

static void expect_points(guest *g, const char *name, const kept *k)
{
    uint64_t ids[IDS], count = 0;
    char payload[64];
    vg_points found;

    for (uint64_t id = 0; id < IDS; id++)
        if (k->points[id])
            ids[count++] = id;
    assert_int_equal(count_points(&g->b, name), count);
    found = get(&g->b, name, ids, (uint32_t)count);
    assert_int_equal(found.count, count);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(payload, sizeof payload, "{\"n\":%" PRIu64 "}", k->points[ids[i]]);
        must_be(found.at[i].payload, payload);
    }
}

static void look(model *m, uint32_t t)
{
    uint32_t there = 0;
    vg_op_result names;
    vg_read read;
    guest g;

    if (!enter(m, &g, t, VG_AIM_USE))
        return;
    for (uint32_t c = 0; c < COLLECTIONS; c++) {
        there += m->of[t][c].is_there;
        if (m->of[t][c].is_there)
            expect_points(&g, collections[c], &m->of[t][c]);
    }
    read = reading(&g.b, "");
    assert_true(vg_read_list(&read, NULL, &names));
    assert_int_equal(names.names.count, there);
    guest_leave(&g);
}

static void step(model *m)
{
    uint32_t what = draw(m, 100), t = draw(m, TENANTS), c = draw(m, COLLECTIONS);

    if (what < 15)
        make(m, t, c);
    else if (what < 50)
        put(m, t, c);
    else if (what < 60)
        take(m, t, c);
    else if (what < 66)
        unmake(m, t, c);
    else if (what < 70)
        drop_tenant(m, t);
    else if (what < 72)
        restart(m);
    else if (what < 80)
        stay(m, t);
    else
        look(m, t);
}

static void each_tenant_sees_its_own_and_no_more(void **state)
{
    model *m = calloc(1, sizeof *m);

    m->b = *state;
    m->holds = -1;
    bench_close(m->b);
    m->b->open_max = OPEN;
    bench_open(m->b);
    m->chance = seed_of_test();
    for (int i = 0; i < STEPS; i++)
        step(m);
    for (uint32_t t = 0; t < TENANTS; t++)
        look(m, t);
    restart(m);
    for (uint32_t t = 0; t < TENANTS; t++)
        look(m, t);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_tenant_sees_its_own_and_no_more, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
