/* docs/resilience.md has the transitions that the breaker has, and the numbers that are no options.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/retry_after.h"
#include "call/breaker.h"
#include "call/hedge.h"
#include "call/quota.h"
#include "call/retry.h"

static const char page[] = "docs/resilience.md"; /* tests run in the root of the source tree */

static void next_line(FILE *file, char *line, int size)
{
    if (fgets(line, size, file) == NULL)
        fail_msg("%s ends too early", page);
    line[strcspn(line, "\n")] = '\0';
}

static void each_transition_is_a_row_of_the_page(void **state)
{
    FILE *file = fopen(page, "r");
    char line[512] = "", expected[512];

    (void)state;
    assert_non_null(file);
    while (strncmp(line, "<!-- transitions", 16) != 0)
        next_line(file, line, sizeof line);
    next_line(file, line, sizeof line); /* heading */
    next_line(file, line, sizeof line);
    for (size_t i = 0; i < vg_breaker_row_count; i++) {
        const vg_breaker_row *row = &vg_breaker_rows[i];

        snprintf(expected, sizeof expected, "| %s | %s | %s |", vg_breaker_word(row->from),
                 vg_breaker_word(row->to), row->says);
        next_line(file, line, sizeof line);
        assert_string_equal(line, expected);
    }
    next_line(file, line, sizeof line);
    assert_string_equal(line, "<!-- end -->");
    fclose(file);
}

/* --- numbers --------------------------------------------------------------------------------- */

enum { PAGE_BYTES = 1 << 20, MANY = 100 };

/* Of a thousand, what is left or added when chance does its most. */
static uint32_t shortest_opening(void)
{
    static const vg_breaker_conf conf = {
        .window_ms = 1000, .least = 1, .percent = 1, .open_ms = 1000, .open_most_ms = 1000};
    vg_breaker breaker = {0};

    vg_breaker_learn(
        &breaker, &conf,
        &(vg_breaker_ending){.verdict = VG_VERDICT_SICK, .now_ms = 1, .chance = UINT32_MAX});
    return vg_breaker_wait_ms(&breaker, &conf, 1);
}

static uint32_t longest_wait(void)
{
    static const vg_retry_conf conf = {
        .throttled_most = 1, .throttled_wait_ms = 1000, .least = 1, .window_ms = 1000};
    static const vg_retry_case failed = {.code = VG_THROTTLED,
                                         .repeat = VG_REPEAT_ALWAYS,
                                         .deadline_ms = 5000,
                                         .chance = UINT32_MAX};
    vg_window budget = {{0}};

    return vg_retry_decide(&conf, &budget, &failed).wait_ms;
}

static uint32_t slowest_pace(void)
{
    vg_bucket bucket = {0};

    for (uint64_t i = 1; i < MANY; i++)
        vg_bucket_slow(&bucket, 50, i * 1000);
    return vg_bucket_permille(&bucket);
}

/* The page without its line breaks. */
static char *read_page(void)
{
    FILE *file = fopen(page, "r");
    char *text = calloc(1, PAGE_BYTES);

    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, PAGE_BYTES - 1, file) > 0);
    for (char *at = text; *at != '\0'; at++)
        *at = isspace(*at) ? ' ' : *at;
    fclose(file);
    return text;
}

static void what_is_no_option_is_as_the_page_says(void **state)
{
    const struct {
        const char *says;
        uint64_t is, wanted;
    } rows[] = {
        {"each less a fifth at most by chance", shortest_opening(), 800},
        {"and up to a tenth more", longest_wait(), 1100},
        {"never below 1 % of what is set", slowest_pace(), 10},
        {"more than a day counts as a day", VG_RETRY_AFTER_MOST_MS, 86400000},
        {"in the last minute", VG_HEDGE_WINDOW_MS, 60000},
        {"(100 of them at least)", VG_HEDGE_LEAST, 100},
    };
    char *text = read_page();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        assert_int_equal(rows[i].is, rows[i].wanted);
        assert_non_null(strstr(text, rows[i].says));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_transition_is_a_row_of_the_page),
        cmocka_unit_test(what_is_no_option_is_as_the_page_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
