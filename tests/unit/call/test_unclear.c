/* Whether a write that failed may have been done all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/sick.h"

#define RESET                                     \
    {                                             \
        .fault = VG_FAULT_RESET, .was_sent = true \
    }
#define NO_CONNECTION             \
    {                             \
        .fault = VG_FAULT_CONNECT \
    }
#define SAYS(number)     \
    {                    \
        .status = number \
    }

static const struct {
    const char *says;
    vg_op_kind kind;
    sick_fate fates[4];
    int count;
    vg_code code;
    bool is_unclear;
} rows[] = {
    {"what was refused is not done", VG_OP_UPSERT, {SAYS(404)}, 1, VG_NOT_FOUND, false},
    {"what never left is not",
     VG_OP_UPSERT,
     {NO_CONNECTION, NO_CONNECTION, NO_CONNECTION},
     3,
     VG_UNAVAILABLE,
     false},
    {"a backend that fails may have done it",
     VG_OP_UPSERT,
     {SAYS(500), SAYS(500), SAYS(500)},
     3,
     VG_BACKEND_ERROR,
     true},
    {"one that is unavailable too",
     VG_OP_UPSERT,
     {SAYS(503), SAYS(503), SAYS(503)},
     3,
     VG_UNAVAILABLE,
     true},
    {"one that is busy has not",
     VG_OP_CREATE_COLLECTION,
     {SAYS(429), SAYS(429), SAYS(429), SAYS(429)},
     4,
     VG_THROTTLED,
     false},
    {"a refusal says nothing of what was sent before",
     VG_OP_UPSERT,
     {RESET, SAYS(404)},
     2,
     VG_NOT_FOUND,
     true},
    {"nor does a connection that fails",
     VG_OP_UPSERT,
     {RESET, NO_CONNECTION, NO_CONNECTION},
     3,
     VG_UNAVAILABLE,
     true},
    {"a write that was done, and then a failure",
     VG_OP_UPSERT,
     {SAYS(200), NO_CONNECTION, NO_CONNECTION, NO_CONNECTION},
     4,
     VG_UNAVAILABLE,
     true},
    {"a read does nothing",
     VG_OP_GET,
     {SAYS(500), SAYS(500), SAYS(500)},
     3,
     VG_BACKEND_ERROR,
     false},
};

static void a_failure_says_whether_the_write_may_have_been_done(void **state)
{
    sick *house = *state;
    sick_guest guest;

    house->conf.breaker.is_on = false;
    house->conf.retry.least = 1000;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        sick_fates_are(house, rows[i].fates, rows[i].count);
        sick_start(&guest, house, rows[i].kind, "a");
        sick_finish(&guest);
        assert_int_equal(guest.op->status.code, rows[i].code);
        assert_int_equal(guest.op->status.is_unclear, rows[i].is_unclear);
        sick_free(&guest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failure_says_whether_the_write_may_have_been_done,
                                        sick_open, sick_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
