/* docs/resilience.md has the transitions that the breaker has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "call/breaker.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_transition_is_a_row_of_the_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
