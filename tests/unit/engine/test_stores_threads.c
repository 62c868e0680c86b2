/* Stores that are opened and closed under many users at once: nothing that was answered is missing,
 * nobody's store goes while it is in use, and a tenant that is dropped again and again troubles no
 * other. Run with the sanitizer for threads, too. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "guests.h"

enum { THREADS = 4, TENANTS = 5, TURNS = 60, OPEN = 3, DOOMED = TENANTS - 1 };

typedef struct scene {
    bench *b;
    _Atomic uint64_t put[TENANTS]; /* points that were answered */
    _Atomic uint64_t refused;
} scene;

typedef struct worker {
    scene *s;
    pthread_t thread;
    uint64_t number, chance;
} worker;

static const char *const names[TENANTS] = {"a", "A", "b/c", "\xc3\xa9", "doomed"};

/* cmocka's failures jump, which is for its own thread alone. */
#define EXPECT(condition)                                                   \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                        \
        }                                                                   \
    } while (0)

static void put_one(guest *g, uint32_t tenant, uint64_t id)
{
    const float east[] = {1, 0};
    char payload[32];
    const given point = {id, east, payload};
    vg_code made;

    snprintf(payload, sizeof payload, "{\"t\":%" PRIu32 "}", tenant);
    made = create(&g->b, "c", 2, VG_DOT);
    EXPECT(made == VG_OK || made == VG_EXISTS);
    EXPECT(upsert(&g->b, "c", &point, 1, NULL) == VG_OK);
}

static void expect_own(guest *g, uint32_t tenant, uint64_t id, uint64_t least)
{
    char payload[32];
    vg_points found = get(&g->b, "c", &id, 1);

    snprintf(payload, sizeof payload, "{\"t\":%" PRIu32 "}", tenant);
    EXPECT(found.count == 1 && vg_slice_is_str(found.at[0].payload, payload));
    EXPECT(tenant == DOOMED || count_points(&g->b, "c") >= least);
}

static void visit(worker *w, uint64_t turn)
{
    scene *s = w->s;
    uint32_t tenant = (uint32_t)(next_random(&w->chance) % TENANTS);
    uint64_t least = atomic_load(&s->put[tenant]), id = w->number * TURNS + turn;
    guest g;

    if (guest_enter(&g, s->b, names[tenant], VG_AIM_MAKE)) {
        put_one(&g, tenant, id);
        atomic_fetch_add(&s->put[tenant], 1);
        expect_own(&g, tenant, id, least + 1);
    } else {
        EXPECT(g.b.status.code == VG_OVERLOADED);
        atomic_fetch_add(&s->refused, 1);
    }
    guest_leave(&g);
}

static void drop_doomed(worker *w)
{
    guest g;

    EXPECT(!guest_enter(&g, w->s->b, names[DOOMED], VG_AIM_DROP));
    EXPECT(g.b.status.code == VG_OK);
    guest_leave(&g);
}

static void *be_worker(void *arg)
{
    worker *w = arg;

    for (uint64_t turn = 0; turn < TURNS; turn++) {
        if (next_random(&w->chance) % 20 == 0)
            drop_doomed(w);
        else
            visit(w, turn);
    }
    return NULL;
}

static void expect_all(scene *s)
{
    for (uint32_t i = 0; i < DOOMED; i++) {
        guest g;

        if (atomic_load(&s->put[i]) == 0)
            continue;
        assert_true(guest_enter(&g, s->b, names[i], VG_AIM_USE));
        assert_int_equal(count_points(&g.b, "c"), atomic_load(&s->put[i]));
        guest_leave(&g);
    }
}

static void users_at_once_lose_nothing(void **state)
{
    scene s = {.b = *state};
    worker workers[THREADS];
    vg_stores_count count;
    uint64_t chance;

    bench_close(s.b);
    s.b->open_max = OPEN;
    bench_open(s.b);
    chance = seed_of_test();
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.s = &s, .number = i, .chance = next_random(&chance)};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, be_worker, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    expect_all(&s);
    count = vg_stores_counted(s.b->stores);
    assert_in_range(count.open, 1, OPEN);
    assert_int_equal(count.opened - count.closed, count.open);
    assert_true(count.closed > 0);
    bench_close(s.b);
    bench_open(s.b);
    expect_all(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(users_at_once_lose_nothing, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
