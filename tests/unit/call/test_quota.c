/* Token buckets as timelines, and the pace that a backend's 429 takes away. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "call/shared.h"

#define MS ((uint64_t)1000000)
#define T0 ((uint64_t)1000000 * MS)

static int take_all(vg_bucket *bucket, uint64_t rate, uint64_t burst, uint64_t now_ms)
{
    int taken = 0;

    while (vg_bucket_take(bucket, rate, burst, T0 + now_ms * MS) == 0)
        taken++;
    return taken;
}

static const struct {
    const char *says;
    uint64_t at_ms;
    int taken;        /* all there are */
    uint32_t wait_ms; /* then */
} rows[] = {
    {"the burst at once", 0, 5, 100},
    {"nothing in the same moment", 0, 0, 100},
    {"nor just before its time", 99, 0, 1},
    {"one after a tenth of a second", 100, 1, 100},
    {"three later", 450, 3, 50},
    {"a full one after a rest, no more", 60000, 5, 100},
};

static void a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        assert_int_equal(take_all(&bucket, 10, 5, rows[i].at_ms), rows[i].taken);
        assert_int_equal(vg_bucket_take(&bucket, 10, 5, T0 + rows[i].at_ms * MS), rows[i].wait_ms);
    }
}

static void without_a_rate_there_is_no_end(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(vg_bucket_take(&bucket, 0, 1, T0), 0);
}

static void a_token_that_was_not_used_can_be_given_back(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, 10, 1, 0), 1);
    vg_bucket_give(&bucket, 10);
    assert_int_equal(take_all(&bucket, 10, 1, 0), 1);
}

enum does { SLOWS, QUICKENS };
static const struct {
    const char *says;
    uint64_t at_ms;
    enum does does;
    uint32_t permille;
} paces[] = {
    {"a success has nothing to bring back", 0, QUICKENS, 1000},
    {"429 takes half", 1000, SLOWS, 500},
    {"once in a second", 1999, SLOWS, 500},
    {"a success is too early", 1999, QUICKENS, 500},
    {"429 takes half of the half", 2000, SLOWS, 250},
    {"a second brings a twentieth", 3000, QUICKENS, 300},
    {"once", 3001, QUICKENS, 300},
    {"and four seconds four", 7500, QUICKENS, 500},
    {"then 429 again", 8500, SLOWS, 250},
    {"a long rest alone brings nothing, a success all", 60000, QUICKENS, 1000},
};

static void a_429_slows_and_successes_speed_up(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++) {
        print_message("%s\n", paces[i].says);
        if (paces[i].does == SLOWS)
            vg_bucket_slow(&bucket, 50, 1000000 + paces[i].at_ms);
        else
            vg_bucket_quicken(&bucket, 5, 1000000 + paces[i].at_ms);
        assert_int_equal(vg_bucket_permille(&bucket), paces[i].permille);
    }
}

static void a_slowed_bucket_gives_less(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, 10, 1, 0), 1);
    vg_bucket_slow(&bucket, 50, T0 / MS);
    assert_int_equal(take_all(&bucket, 10, 1, 100), 1); /* the one already on its way */
    assert_int_equal(take_all(&bucket, 10, 1, 299), 0);
    assert_int_equal(take_all(&bucket, 10, 1, 300), 1);
    for (int i = 1; i < 40; i++)
        vg_bucket_slow(&bucket, 50, T0 / MS + (uint64_t)i * 1000);
    assert_int_equal(vg_bucket_permille(&bucket), 10); /* never to nothing */
}

/* What was owed at one token a second does not keep a faster one waiting. */
static void a_rate_that_is_raised_is_in_effect_at_once(void **state)
{
    vg_bucket bucket = {0};

    (void)state;
    assert_int_equal(take_all(&bucket, 1, 100, 0), 100);
    assert_int_equal(vg_bucket_take(&bucket, 1, 100, T0), 1000);
    assert_int_equal(take_all(&bucket, 1000, 100, 0), 0); /* still empty */
    assert_int_equal(vg_bucket_take(&bucket, 1000, 100, T0), 1);
    assert_int_equal(take_all(&bucket, 1000, 100, 20), 20);
    assert_int_equal(take_all(&bucket, 1000, 10, 120), 10); /* and a smaller burst holds, too */
    assert_int_equal(take_all(&bucket, 1, 10, 125), 9);     /* of what was owed little is left */
    assert_in_range(vg_bucket_take(&bucket, 1, 10, T0 + 125 * MS), 1, 1000);
}

static void a_tenant_pays_from_its_own_and_from_the_common_bucket(void **state)
{
    static const vg_quota_conf conf = {.rate = 10, .burst = 3, .tenant_rate = 1, .tenant_burst = 2};
    vg_shared *shared = vg_shared_new(2);
    vg_quota *quota = &vg_shared_at(shared, 1)->quota;

    (void)state;
    assert_int_equal(vg_quota_take(quota, &conf, 7, T0), 0);
    assert_int_equal(vg_quota_take(quota, &conf, 7, T0), 0);
    assert_int_equal(vg_quota_take(quota, &conf, 7, T0), 1000); /* its own is empty */
    assert_int_equal(vg_quota_take(quota, &conf, 8, T0), 0);
    assert_int_equal(vg_quota_take(quota, &conf, 8, T0), 100); /* the common one is */
    /* What the common one refused was not paid: its own still has one. */
    assert_int_equal(vg_quota_take(quota, &conf, 8, T0 + 100 * MS), 0);
    assert_int_equal(vg_quota_take(&vg_shared_at(shared, 0)->quota, &conf, 7, T0), 0);
    vg_shared_free(shared);
}

/* ---- a bucket for each of many ---- */

enum { PLACES = 64 };

static vg_bucket *spend(vg_bucket_place *places, uint64_t key, uint64_t now_ms)
{
    vg_bucket *bucket = vg_bucket_at(places, PLACES, key, T0 + now_ms * MS);

    take_all(bucket, 1, 2, now_ms);
    return bucket;
}

static void each_has_a_bucket_of_its_own(void **state)
{
    vg_bucket_place places[PLACES] = {{0}};

    (void)state;
    for (uint64_t key = 1; key <= PLACES; key++)
        spend(places, key, 0);
    for (uint64_t key = 1; key <= PLACES; key++)
        for (uint64_t other = 1; other < key; other++)
            assert_ptr_not_equal(vg_bucket_at(places, PLACES, key, T0),
                                 vg_bucket_at(places, PLACES, other, T0));
}

static void the_place_of_one_that_rests_is_given_to_others(void **state)
{
    vg_bucket_place places[PLACES] = {{0}};

    (void)state;
    for (uint64_t key = 1; key < 100000; key++) {
        vg_bucket *bucket = vg_bucket_at(places, PLACES, key, T0 + key * 2000 * MS);

        assert_int_equal(take_all(bucket, 1, 2, key * 2000), 2);
    }
}

static void who_spends_keeps_its_place(void **state)
{
    vg_bucket_place places[PLACES] = {{0}};
    vg_bucket *own = spend(places, 7, 0);

    (void)state;
    for (uint64_t key = 1000; key < 2000; key++)
        spend(places, key, 0);
    assert_ptr_equal(vg_bucket_at(places, PLACES, 7, T0), own);
    assert_int_equal(take_all(own, 1, 2, 0), 0);
}

static void without_a_place_a_bucket_is_shared(void **state)
{
    vg_bucket_place places[PLACES] = {{0}};

    (void)state;
    for (uint64_t key = 1; key <= PLACES; key++)
        spend(places, key * PLACES, 0);
    assert_int_equal(take_all(vg_bucket_at(places, PLACES, UINT64_C(1000) * PLACES, T0), 1, 2, 0),
                     0);
}

static void names_have_keys_of_their_own(void **state)
{
    (void)state;
    assert_int_not_equal(vg_bucket_key(VG_LIT("")), 0);
    assert_int_equal(vg_bucket_key(VG_LIT("acme")), vg_bucket_key(VG_LIT("acme")));
    assert_int_not_equal(vg_bucket_key(VG_LIT("acme")), vg_bucket_key(VG_LIT("Acme")));
    assert_int_not_equal(vg_bucket_key(VG_LIT("ab")), vg_bucket_key(VG_LIT("ba")));
}

static const struct {
    const char *says;
    int taken; /* before, at once */
    uint64_t at_ms, tokens, full_ms;
} levels[] = {
    {"full", 0, 0, 5, 0},
    {"two less", 2, 0, 3, 200},
    {"a part of a token is none", 2, 150, 4, 50},
    {"empty", 5, 0, 0, 500},
    {"full again, no more than that", 5, 9000, 5, 0},
};

static void a_bucket_says_what_is_in_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        vg_bucket bucket = {0};
        vg_bucket_level level;

        print_message("%s\n", levels[i].says);
        for (int k = 0; k < levels[i].taken; k++)
            vg_bucket_take(&bucket, 10, 5, T0);
        level = vg_bucket_look(&bucket, 10, 5, T0 + levels[i].at_ms * MS);
        assert_int_equal(level.tokens, levels[i].tokens);
        assert_int_equal(level.full_ms, levels[i].full_ms);
    }
    assert_int_equal(vg_bucket_look(&(vg_bucket){0}, 0, 5, T0).tokens, 5);
}

/* ---- threads ---- */

static vg_bucket common;
static _Atomic int given;

static void *work(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100000; i++)
        given += vg_bucket_take(&common, 1000, 500, T0) == 0;
    return NULL;
}

static void workers_never_get_a_token_twice(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(given, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_its_burst_and_then_its_rate),
        cmocka_unit_test(without_a_rate_there_is_no_end),
        cmocka_unit_test(a_token_that_was_not_used_can_be_given_back),
        cmocka_unit_test(a_429_slows_and_successes_speed_up),
        cmocka_unit_test(a_slowed_bucket_gives_less),
        cmocka_unit_test(a_rate_that_is_raised_is_in_effect_at_once),
        cmocka_unit_test(a_tenant_pays_from_its_own_and_from_the_common_bucket),
        cmocka_unit_test(each_has_a_bucket_of_its_own),
        cmocka_unit_test(the_place_of_one_that_rests_is_given_to_others),
        cmocka_unit_test(who_spends_keeps_its_place),
        cmocka_unit_test(without_a_place_a_bucket_is_shared),
        cmocka_unit_test(names_have_keys_of_their_own),
        cmocka_unit_test(a_bucket_says_what_is_in_it),
        cmocka_unit_test(workers_never_get_a_token_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
