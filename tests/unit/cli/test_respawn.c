/* When a worker that died is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/respawn.h"

static const struct death {
    const char *says;
    uint64_t lived_ms, after_ms;
} timeline[] = {
    {"after a long life at once", 3600000, 0},
    {"so long a life is a long one", 10000, 0},
    {"after a short one a little later", 9999, 100},
    {"after the next one later", 0, 200},
    {"and later", 500, 400},
    {"and later", 0, 800},
    {"and later", 0, 1600},
    {"and later", 0, 3200},
    {"and later", 0, 6400},
    {"ten seconds at most", 0, 10000},
    {"however often", 0, 10000},
    {"a long life makes good", 10000, 0},
    {"then it begins again", 0, 100},
    {"and grows again", 0, 200},
};

static void pauses_grow_with_short_lives(void **state)
{
    vg_respawn respawn = {0};

    (void)state;
    for (size_t i = 0; i < sizeof timeline / sizeof timeline[0]; i++) {
        uint64_t after_ms = vg_respawn_after_ms(&respawn, timeline[i].lived_ms);

        if (after_ms != timeline[i].after_ms)
            fail_msg("%s: %d ms", timeline[i].says, (int)after_ms);
    }
}

/* The count of short lives has no end. */
static void it_never_overflows(void **state)
{
    vg_respawn respawn = {.streak = UINT32_MAX - 1};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(vg_respawn_after_ms(&respawn, 0), VG_RESPAWN_MOST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_with_short_lives),
        cmocka_unit_test(it_never_overflows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
