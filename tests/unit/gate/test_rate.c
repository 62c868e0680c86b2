/* How fast tenants may ask: timelines, and one slab for several processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate/rate.h"

#define MS ((uint64_t)1000000)
#define T0 ((uint64_t)1000000 * MS)

static const vg_tenant_limits five = {.rate = 2, .burst = 5};

static int open_rates(void **state)
{
    *state = vg_rates_new();
    return *state == NULL;
}

static int close_rates(void **state)
{
    vg_rates_free(*state);
    return 0;
}

static vg_rate_verdict take(vg_rates *rates, const char *tenant, uint64_t at_ms)
{
    return vg_rate_take(rates, &five, vg_slice_str(tenant), T0 + at_ms * MS);
}

static const struct {
    const char *says;
    const char *tenant;
    uint64_t at_ms, left, reset_s;
    uint32_t wait_ms;
} rows[] = {
    {"the first of five", "a", 0, 4, 1, 0},
    {"the second", "a", 0, 3, 1, 0},
    {"the third takes more than a second to come back", "a", 0, 2, 2, 0},
    {"another tenant has its own", "b", 0, 4, 1, 0},
    {"the fourth", "a", 0, 1, 2, 0},
    {"the last", "a", 0, 0, 3, 0},
    {"none is left", "a", 0, 0, 3, 500},
    {"asking does not put it off", "a", 400, 0, 3, 100},
    {"half a second brings one", "a", 500, 0, 3, 0},
    {"the other one is let in", "b", 500, 4, 1, 0},
    {"a rest brings all", "a", 10000, 4, 1, 0},
};

static void a_tenant_asks_at_its_rate(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_rate_verdict verdict = take(*state, rows[i].tenant, rows[i].at_ms);

        print_message("%s\n", rows[i].says);
        assert_int_equal(verdict.most, 5);
        assert_int_equal(verdict.left, rows[i].left);
        assert_int_equal(verdict.reset_s, rows[i].reset_s);
        assert_int_equal(verdict.wait_ms, rows[i].wait_ms);
    }
}

static void without_a_rate_nothing_is_said(void **state)
{
    const vg_tenant_limits none = {.burst = 1};

    for (int i = 0; i < 100; i++) {
        vg_rate_verdict verdict = vg_rate_take(*state, &none, VG_LIT("a"), T0);

        assert_int_equal(verdict.wait_ms, 0);
        assert_int_equal(verdict.most, 0);
    }
}

static void a_refusal_says_the_rate_and_when(void **state)
{
    vg_arena *arena = vg_arena_new(4096);
    vg_status status = {0};

    (void)state;
    vg_rate_refuse(&(vg_rate_verdict){.most = 5, .wait_ms = 1001}, &five, arena, &status);
    assert_int_equal(status.code, VG_THROTTLED);
    assert_int_equal(status.retry_after_ms, 1001);
    assert_true(vg_slice_is_str(status.what, "Request rate limit exceeded: 2 requests per second, "
                                             "5 at once. Retry after 2s"));
    vg_arena_free(arena);
}

/* More tenants than places, each of which asks and then rests. */
static void there_is_no_end_of_tenants(void **state)
{
    char name[32];

    for (uint64_t i = 0; i < 5 * VG_RATED_TENANTS; i++) {
        snprintf(name, sizeof name, "tenant-%llu", (unsigned long long)i);
        assert_int_equal(take(*state, name, i * 10).wait_ms, 0);
    }
}

enum { WORKERS = 4 };

static int take_many(vg_rates *rates)
{
    static const vg_tenant_limits conf = {.rate = 1, .burst = 100};
    int taken = 0;

    for (int i = 0; i < 1000; i++)
        taken += vg_rate_take(rates, &conf, VG_LIT("a"), T0).wait_ms == 0;
    return taken;
}

static void workers_spend_from_one_bucket(void **state)
{
    pid_t pids[WORKERS];
    int taken = 0;

    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(take_many(*state));
        assert_true(pids[i] > 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        taken += WEXITSTATUS(status);
    }
    assert_int_equal(taken, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rates, close_rates)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tenant_asks_at_its_rate),        TEST(without_a_rate_nothing_is_said),
        TEST(a_refusal_says_the_rate_and_when), TEST(there_is_no_end_of_tenants),
        TEST(workers_spend_from_one_bucket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
