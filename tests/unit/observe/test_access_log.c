/* The access line as it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "observe/access_log.h"

static const vg_access_line access_of_a_search = {
    .method = VG_LIT_INIT("POST"),
    .route = "/collections/{collection}/points/query",
    .status = 200,
    .took_ns = 1234567,
    .request_bytes = 42,
    .answer_bytes = 4096,
    .request_id = VG_LIT_INIT("order-7"),
};

/* What one line says at that least level, into `to`; answers its length. */
static ssize_t say(const vg_access_line *access, vg_log_level least, char *to, size_t room)
{
    int ends[2];
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], least, VG_LOG_JSON);
    vg_access_log_write(access);
    vg_log_init(STDERR_FILENO, VG_ERROR, VG_LOG_JSON); /* lets go of the pipe */
    close(ends[1]);
    len = read(ends[0], to, room - 1);
    close(ends[0]);
    to[len > 0 ? len : 0] = '\0';
    return len;
}

static void a_line_names_the_pattern_and_the_figures(void **state)
{
    static const char *const parts[] = {"\"POST\"",
                                        "\"/collections/{collection}/points/query\"",
                                        "\"status\":200",
                                        "1.234",
                                        "\"request_bytes\":42",
                                        "\"answer_bytes\":4096",
                                        "\"request_id\":\"order-7\""};
    char line[1024];

    (void)state;
    assert_true(say(&access_of_a_search, VG_INFO, line, sizeof line) > 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr(line, parts[i]) == NULL)
            fail_msg("%s is not in %s", parts[i], line);
}

static void nothing_is_written_above_info(void **state)
{
    char line[1024];

    (void)state;
    assert_int_equal(say(&access_of_a_search, VG_WARN, line, sizeof line), 0);
}

static void what_is_routine_is_told_to_who_debugs(void **state)
{
    vg_access_line access = access_of_a_search;
    char line[1024];

    (void)state;
    access.is_routine = true;
    assert_int_equal(say(&access, VG_INFO, line, sizeof line), 0);
    assert_true(say(&access, VG_DEBUG, line, sizeof line) > 0);
    assert_non_null(strstr(line, "\"level\":\"debug\""));
}

static void a_request_without_a_route_is_told_too(void **state)
{
    vg_access_line access = {.method = VG_LIT("BREW"), .status = 404};
    char line[1024];

    (void)state;
    assert_true(say(&access, VG_INFO, line, sizeof line) > 0);
    assert_non_null(strstr(line, "\"route\":\"\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_names_the_pattern_and_the_figures),
        cmocka_unit_test(nothing_is_written_above_info),
        cmocka_unit_test(what_is_routine_is_told_to_who_debugs),
        cmocka_unit_test(a_request_without_a_route_is_told_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
