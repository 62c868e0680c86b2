/* docs/resilience.md says what the options' defaults are, and so do the tests of the policies. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/entries.h"
#include "config/option.h"
#include "tests/support/sick.h"

static const char page[] = "docs/resilience.md"; /* tests run in the root of the source tree */

/* {name} is the default of an option, {name#} without its unit, {2*name} twice as much. */
static const char *const sentences[] = {
    "It trips at {breaker.failures} % failures of at least {breaker.least} exchanges within "
    "{breaker.window}, or at {breaker.connects} failures to connect in a row.",
    "It stays open for {breaker.open}, then {2*breaker.open#}, {4*breaker.open#}, … up to "
    "{breaker.open_most}, each less a fifth at most by chance.",
    "and closes after {breaker.probes} that succeed in a row.",
    "| out of time after less than {breaker.slow} |",
    "| out of time after {breaker.slow} or more |",
    "| {retry.most} times | by chance within {retry.wait}, then {2*retry.wait};",
    "| {retry.throttled_most} times | after {retry.throttled_wait#}, {2*retry.throttled_wait#}, "
    "{4*retry.throttled_wait} and up to a tenth more;",
    "All together may be {retry.budget} % of the exchanges of the last {retry.budget_window}, and "
    "{retry.budget_least} in any case:",
    "After a rest a bucket holds {quota.burst} tokens",
    "After a rest a bucket holds {quota.tenant_burst} tokens",
    "A backend's own 429 leaves {quota.slow} % of the rate for all, once in a second",
    "each second that ends with a success gives {quota.recover} % of it back.",
    "At most {in_flight.most} operations are under way at a backend, of all workers together; "
    "{in_flight.waiting} more may wait at each worker.",
    "and no more than {hedge.most} % of the reads were.",
};

/* Switches, and what the page says because they are so. */
static const struct {
    const char *name, *def, *says;
} switches[] = {
    {"breaker.enabled", "true", "## Breaker "},
    {"quota.rate", "0", "`quota.rate` for all together; both are off."},
    {"quota.tenant_rate", "0", "`quota.tenant_rate` for each tenant,"},
    {"hedge.enabled", "false", "## A second try (off) "},
};

enum { SENTENCES = sizeof sentences / sizeof sentences[0], MOST_OPTIONS = 64 };

static const vg_option *options(void)
{
    static const vg_adapter remote = {.name = "far", .via = VG_VIA_HTTP};

    return vg_resilience_options(&remote);
}

static const vg_option *find(const char *name, size_t len)
{
    for (const vg_option *row = options(); row->name != NULL; row++)
        if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
            return row;
    fail_msg("there is no option %.*s", (int)len, name);
    return NULL;
}

/* The page in one line, with single blanks. */
static char *read_page(void)
{
    FILE *file = fopen(page, "r");
    char *text = calloc(1, 1 << 20), *to = text;
    int c;

    assert_non_null(file);
    while ((c = fgetc(file)) != EOF && to < text + (1 << 20) - 1) {
        if (!isspace(c))
            *to++ = (char)c;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    fclose(file);
    return text;
}

/* What stands between the braces; notes that the option was named. */
static void put_default(vg_buf *to, const char *inside, size_t len, bool *named)
{
    const char *star = memchr(inside, '*', len);
    uint64_t times = star != NULL ? strtoull(inside, NULL, 10) : 1;
    const char *name = star != NULL ? star + 1 : inside;
    size_t name_len = len - (size_t)(name - inside);
    bool is_bare = name[name_len - 1] == '#';
    const vg_option *row = find(name, name_len - is_bare);
    char *unit;
    uint64_t value = strtoull(row->def, &unit, 10) * times;

    named[row - options()] = true;
    vg_buf_printf(to, "%llu%s%s", (unsigned long long)value, *unit != '\0' && !is_bare ? " " : "",
                  is_bare ? "" : unit);
}

static void expand(vg_buf *to, const char *sentence, bool *named)
{
    vg_buf_clear(to);
    for (const char *at = sentence; *at != '\0'; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;

        if (end == NULL) {
            vg_buf_put_byte(to, *at);
            continue;
        }
        put_default(to, at + 1, (size_t)(end - at - 1), named);
        at = end;
    }
    vg_buf_put_byte(to, '\0');
}

static void the_page_has_the_default_of_every_option(void **state)
{
    bool named[MOST_OPTIONS] = {false};
    char *text = read_page();
    vg_buf wanted;

    (void)state;
    vg_buf_init(&wanted, 0);
    for (int i = 0; i < SENTENCES; i++) {
        expand(&wanted, sentences[i], named);
        if (strstr(text, wanted.at) == NULL)
            fail_msg("%s does not say: %s", page, wanted.at);
    }
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        const vg_option *row = find(switches[i].name, strlen(switches[i].name));

        named[row - options()] = true;
        assert_string_equal(row->def, switches[i].def);
        if (strstr(text, switches[i].says) == NULL)
            fail_msg("%s does not say: %s", page, switches[i].says);
    }
    for (const vg_option *row = options(); row->name != NULL; row++)
        if (!named[row - options()])
            fail_msg("no sentence of %s has %s", page, row->name);
    vg_buf_fini(&wanted);
    free(text);
}

static void what_the_policies_are_tested_with_are_the_defaults(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_resilience values = {0};

    (void)state;
    for (const vg_option *row = options(); row->name != NULL; row++) {
        vg_slice reason;

        assert_true(vg_option_read(row, vg_slice_str(row->def), arena, &values, &reason));
        if (!vg_option_is_same(row, &values, &sick_defaults))
            fail_msg("%s is another in tests/support/sick.c", row->name);
    }
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_has_the_default_of_every_option),
        cmocka_unit_test(what_the_policies_are_tested_with_are_the_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
