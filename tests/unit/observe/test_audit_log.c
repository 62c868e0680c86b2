/* Lines of the audit log as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "observe/audit_log.h"

enum { ROOM = 2048 };

static const vg_audit of_a_change = {
    .who = VG_LIT_INIT("key app"),
    .tenant = VG_LIT_INIT("acme"),
    .operation = "create_index",
    .backend = "embedded",
    .collection = VG_LIT_INIT("books"),
    .detail = VG_LIT_INIT("author"),
    .has_versions = true,
    .before = 2,
    .after = 3,
    .status = 200,
    .took_ns = 1234567,
    .request_id = VG_LIT_INIT("order-7"),
    .trace = {.trace_id = {0x0a, 0xf7, [15] = 0x9c}, .span_id = {0xb7, [7] = 0x31}},
};

/* What is written while only errors are; without the time. */
static const char *say(const vg_audit *audit)
{
    static char line[ROOM];
    int ends[2];
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], VG_ERROR, VG_LOG_JSON);
    vg_audit_log_write(audit);
    close(ends[1]);
    len = read(ends[0], line, ROOM - 1);
    close(ends[0]);
    assert_true(len > 0);
    line[len] = '\0';
    return strstr(line, "\"level\"");
}

static void a_change_says_who_what_and_which_versions_whatever_the_level(void **state)
{
    (void)state;
    assert_string_equal(
        say(&of_a_change),
        "\"level\":\"info\",\"what\":\"audit\",\"who\":\"key app\",\"tenant\":\"acme\","
        "\"operation\":\"create_index\",\"backend\":\"embedded\",\"collection\":\"books\","
        "\"detail\":\"author\",\"before\":2,\"after\":3,\"outcome\":\"ok\",\"status\":200,"
        "\"ms\":1.234,\"request_id\":\"order-7\","
        "\"trace_id\":\"0af7000000000000000000000000009c\",\"span_id\":\"b700000000000031\"}\n");
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    assert_string_equal(
        say(&(vg_audit){.who = VG_LIT("gateway"),
                        .operation = "repair_collection",
                        .backend = "qdrant",
                        .outcome = VG_UNAVAILABLE,
                        .why = VG_LIT("no")}),
        "\"level\":\"info\",\"what\":\"audit\",\"who\":\"gateway\",\"tenant\":\"-\","
        "\"operation\":\"repair_collection\",\"backend\":\"qdrant\","
        "\"outcome\":\"backend_down\",\"why\":\"no\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_says_who_what_and_which_versions_whatever_the_level),
        cmocka_unit_test(what_is_not_known_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
