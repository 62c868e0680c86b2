/* Bounds of single tenants: what is read and from where, what holds for whom, what is refused, and
 * what a reload makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/entries.h"
#include "fakes.h"

#define LIST "quota:\n  rate: 10\n  burst: 20\n  body: 1MiB\n  collections: 3\n  tenants:\n"

/* "rate burst body collections" */
static const char *limits_of(const vg_config *config, const char *tenant)
{
    static char text[128];
    vg_tenant_limits limits =
        vg_tenant_limits_of(&vg_config_values(config)->quota, vg_slice_str(tenant));

    snprintf(text, sizeof text, "%llu %llu %llu %llu", (unsigned long long)limits.rate,
             (unsigned long long)limits.burst, (unsigned long long)limits.body_bytes,
             (unsigned long long)limits.collections);
    return text;
}

static uint64_t points_of(const vg_config *config, const char *tenant)
{
    return vg_tenant_limits_of(&vg_config_values(config)->quota, vg_slice_str(tenant)).points;
}

static void what_a_tenant_has_not_is_as_for_each(void **state)
{
    static const char *const variables[] = {"RATE=77", NULL};
    vg_config *config =
        fakes_read_good(LIST "    - {tenant: mint, rate: 0, burst: 7}\n"
                             "    - tenant: \"acme \\\"& sons\\\"\"\n"
                             "      body: 64KiB\n"
                             "      rate: ${RATE}\n"
                             "    - {tenant: default, collections: 0, points: 1000}\n",
                        variables, NULL);

    (void)state;
    assert_int_equal(vg_config_values(config)->quota.tenants.count, 3);
    assert_string_equal(limits_of(config, "mint"), "0 7 1048576 3");
    assert_string_equal(limits_of(config, "acme \"& sons\""), "77 20 65536 3");
    assert_string_equal(limits_of(config, "default"), "10 20 1048576 0");
    assert_int_equal(points_of(config, "default"), 1000);
    assert_int_equal(points_of(config, "mint"), 0);
    assert_string_equal(limits_of(config, "acme"), "10 20 1048576 3");
    assert_string_equal(limits_of(config, ""), "10 20 1048576 3");
    vg_config_free(config);
}

static const struct {
    const char *says;
    const char *yaml;
    const char *variables[2];
    const char *limits;
} sources[] = {
    {"the file", LIST "    - {tenant: a, rate: 1}\n", {0}, "1 20 1048576 3"},
    {"a variable over the file",
     LIST "    - {tenant: a, rate: 1}\n    - {tenant: b, rate: 1}\n",
     {"VECGATE_QUOTA_TENANTS=[{\"tenant\": \"\\u0061\", \"rate\": 2, \"body\": \"1KiB\"}]"},
     "2 20 1024 3"},
    {"a file that a variable names", NULL, {"VECGATE_QUOTA_TENANTS_FILE=bounds.json"}, "5 100 0 0"},
    {"a file that the value names", "quota:\n  tenants: ${file:bounds.json}\n", {0}, "5 100 0 0"},
    {"an empty list", "quota:\n  tenants: []\n", {0}, "0 100 0 0"},
    {"nothing", "quota:\n  tenants:\n", {0}, "0 100 0 0"},
};

static void a_list_comes_from_everywhere(void **state)
{
    (void)state;
    fakes_write("bounds.json", "[{\"tenant\": \"a\", \"rate\": 5}]");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        vg_config *config = fakes_read_good(sources[i].yaml, sources[i].variables, NULL);

        if (strcmp(limits_of(config, "a"), sources[i].limits) != 0)
            fail_msg("%s: %s", sources[i].says, limits_of(config, "a"));
        vg_config_free(config);
    }
}

#define AT "vecgate.yaml:7: "

/* clang-format off */
static const struct {
    const char *says;
    const char *yaml;
    const char *complaints;
} refused[] = {
    {"no list", "quota:\n  tenants: {a: b}\n", "vecgate.yaml:2: quota.tenants: expected a list, got a mapping\n"},
    {"a text that is no list", "quota:\n  tenants: abc\n", "vecgate.yaml:2:1: expected a list of tenants, each with some bounds\n"},
    {"an entry that is a text", LIST "    - acme\n", AT "expected an entry such as {tenant: acme, rate: 1000}\n"},
    {"a field with a slip", LIST "    - tenant: a\n      ratte: 5\n",
     "vecgate.yaml:8: bounds of a tenant have no field \"ratte\"; did you mean rate?\n"},
    {"a field that is nothing", LIST "    - {tenant: a, xyzzy: 5}\n",
     AT "bounds of a tenant have no field \"xyzzy\": they have tenant, rate, burst, body, collections, points\n"},
    {"the list itself is no field of it", LIST "    - {tenant: a, tenants: 5}\n",
     AT "bounds of a tenant have no field \"tenants\"; did you mean tenant?\n"},
    {"nobody", LIST "    - {rate: 5}\n", AT "needs a tenant: whose bounds these are\n"},
    {"nothing", LIST "    - {tenant: a}\n", AT "says no bound of the tenant\n"},
    {"a tenant that cannot be", LIST "    - {tenant: /a, rate: 5}\n",
     AT "tenant: a tenant's name is UTF-8 of 1 to 128 bytes without control characters, does not begin with a slash, and is neither \".\" nor \"..\"\n"},
    {"an empty name", LIST "    - {tenant: '', rate: 5}\n", AT "tenant: must not be empty\n"},
    {"a tenant twice", LIST "    - {tenant: a, rate: 5}\n    - {tenant: b, rate: 5}\n    - {tenant: a, body: 5}\n",
     "vecgate.yaml:9: tenant: \"a\" has bounds already, in " "vecgate.yaml:7\n"},
    {"no number", LIST "    - {tenant: a, rate: many}\n", AT "rate: expected a whole number, got \"many\"\n"},
    {"a number that is too large", LIST "    - {tenant: a, rate: 1000001}\n", AT "rate: must be 0 to 1000000, got \"1000001\"\n"},
    {"a number that is too small", LIST "    - {tenant: a, burst: 0}\n", AT "burst: must be 1 to 1000000, got \"0\"\n"},
    {"a size that is none", LIST "    - {tenant: a, body: 5MB}\n", AT "body: expected a size such as 512, 64KiB, 32MiB or 1GiB, got \"5MB\"\n"},
    {"a list for a number", LIST "    - {tenant: a, rate: [5]}\n", AT "rate: expected one value\n"},
    {"a variable that is not set", LIST "    - {tenant: a, rate: '${NONE}'}\n",
     AT "rate: the variable NONE is not set: set it, or write ${NONE:-default}\n"},
    {"all at once", LIST "    - {tenant: a, rate: x}\n    - {tenant: b, burst: 0}\n",
     AT "rate: expected a whole number, got \"x\"\nvecgate.yaml:8: burst: must be 1 to 1000000, got \"0\"\n"},
};
/* clang-format on */

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        fakes_assert_refused(refused[i].says, refused[i].yaml, NULL, NULL, refused[i].complaints);
}

static void a_variable_is_told_by_its_name(void **state)
{
    static const char *const variables[] = {"VECGATE_QUOTA_TENANTS=[{\"tenant\": \"a\"}]", NULL};

    (void)state;
    fakes_assert_refused("no bound", NULL, variables, NULL,
                         "VECGATE_QUOTA_TENANTS:1: says no bound of the tenant\n");
}

static void what_is_shown_can_be_read_again(void **state)
{
    vg_config *first = fakes_read_good(LIST "    - {tenant: \"b \\\"\\\\\", body: 5MiB, rate: 0}\n"
                                            "    - {tenant: a, collections: 5}\n",
                                       NULL, NULL),
              *second;
    vg_buf shown, live, restart;

    (void)state;
    vg_buf_init(&shown, 0);
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    vg_config_show(first, &shown);
    vg_buf_put_byte(&shown, '\0');
    second = fakes_read_good(shown.at, NULL, NULL);
    assert_false(vg_config_differences(first, second, &live, &restart));
    assert_string_equal(limits_of(second, "b \"\\"), "0 20 5242880 3");
    vg_buf_fini(&shown);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(first);
    vg_config_free(second);
}

static const struct {
    const char *says;
    const char *yaml;
    const char *live;
    const char *of_a, *of_b;
} reloads[] = {
    {"one more", LIST "    - {tenant: a, rate: 1}\n    - {tenant: b, rate: 2}\n",
     "quota.tenants: [{\"tenant\":\"a\",\"rate\":1}] -> "
     "[{\"tenant\":\"a\",\"rate\":1},{\"tenant\":\"b\",\"rate\":2}]\n",
     "1 20 1048576 3", "2 20 1048576 3"},
    {"as before, in another order", LIST "    - {tenant: b, rate: 2}\n    - {rate: 1, tenant: a}\n",
     "", "1 20 1048576 3", "2 20 1048576 3"},
    {"another number", LIST "    - {tenant: a, rate: 9}\n    - {tenant: b, rate: 2}\n",
     "quota.tenants: [{\"tenant\":\"a\",\"rate\":1},{\"tenant\":\"b\",\"rate\":2}] -> "
     "[{\"tenant\":\"a\",\"rate\":9},{\"tenant\":\"b\",\"rate\":2}]\n",
     "9 20 1048576 3", "2 20 1048576 3"},
    {"what holds for each", "quota:\n  rate: 11\n  tenants: [{tenant: a, body: 1KiB}]\n",
     "quota.rate: 10 -> 11\nquota.burst: 20 -> 100\nquota.body: 1MiB -> 0\n"
     "quota.collections: 3 -> 0\n"
     "quota.tenants: [{\"tenant\":\"a\",\"rate\":9},{\"tenant\":\"b\",\"rate\":2}] -> "
     "[{\"tenant\":\"a\",\"body\":\"1KiB\"}]\n",
     "11 100 1024 0", "11 100 0 0"},
    {"none", "quota:\n  rate: 11\n", "quota.tenants: [{\"tenant\":\"a\",\"body\":\"1KiB\"}] -> \n",
     "11 100 0 0", "11 100 0 0"},
};

static void they_change_while_serving(void **state)
{
    vg_config *config = fakes_read_good(LIST "    - {tenant: a, rate: 1}\n", NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof reloads / sizeof reloads[0]; i++) {
        vg_config *next = fakes_read_good(reloads[i].yaml, NULL, NULL);
        vg_buf live, restart;

        vg_buf_init(&live, 0);
        vg_buf_init(&restart, 0);
        vg_config_differences(config, next, &live, &restart);
        if (!vg_slice_is_str(vg_buf_bytes(&live), reloads[i].live) || restart.len > 0)
            fail_msg("%s: " VG_FMT, reloads[i].says, VG_ARG(vg_buf_bytes(&live)));
        vg_config_take_live(config, next);
        vg_config_free(next);
        if (strcmp(limits_of(config, "a"), reloads[i].of_a) != 0)
            fail_msg("%s: a has %s", reloads[i].says, limits_of(config, "a"));
        if (strcmp(limits_of(config, "b"), reloads[i].of_b) != 0)
            fail_msg("%s: b has %s", reloads[i].says, limits_of(config, "b"));
        vg_buf_fini(&live);
        vg_buf_fini(&restart);
    }
    vg_config_free(config);
}

/* A list that changes all the time needs no more room than it had. */
static void reloads_take_no_more_room(void **state)
{
    vg_config *config = fakes_read_good(LIST "    - {tenant: a, rate: 1}\n", NULL, NULL);
    vg_config *one = fakes_read_good(LIST "    - {tenant: acme, rate: 2}\n", NULL, NULL);
    vg_config *two = fakes_read_good(
        LIST "    - {tenant: b, rate: 3}\n    - {tenant: c, rate: 4}\n", NULL, NULL);
    const char *block;

    (void)state;
    vg_config_take_live(config, two);
    block = vg_config_values(config)->quota.tenants.block;
    for (int i = 0; i < 100; i++) {
        vg_config_take_live(config, one);
        assert_string_equal(limits_of(config, "acme"), "2 20 1048576 3");
        assert_string_equal(limits_of(config, "b"), "10 20 1048576 3");
        vg_config_take_live(config, two);
        assert_string_equal(limits_of(config, "c"), "4 20 1048576 3");
    }
    assert_ptr_equal(vg_config_values(config)->quota.tenants.block, block);
    vg_config_free(config);
    vg_config_free(one);
    vg_config_free(two);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_tenant_has_not_is_as_for_each),
        cmocka_unit_test(a_list_comes_from_everywhere),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(a_variable_is_told_by_its_name),
        cmocka_unit_test(what_is_shown_can_be_read_again),
        cmocka_unit_test(they_change_while_serving),
        cmocka_unit_test(reloads_take_no_more_room),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
