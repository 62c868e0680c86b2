/* Who of several workers may take the next connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/fair.h"

enum { WORKERS = 3, NOBODY = -1 };

static const struct row {
    const char *says;
    int connections[WORKERS]; /* NOBODY: it does not accept */
    bool may[WORKERS];
} rows[] = {
    {"all are empty", {0, 0, 0}, {true, true, true}},
    {"one is ahead", {1, 0, 0}, {false, true, true}},
    {"one is behind", {1, 1, 0}, {false, false, true}},
    {"all have as many", {7, 7, 7}, {true, true, true}},
    {"few more are more", {8, 7, 7}, {true, true, true}},
    {"yet more are clearly more", {9, 7, 7}, {false, true, true}},
    {"of many an eighth is no difference", {899, 799, 850}, {true, true, true}},
    {"and more is", {900, 799, 850}, {false, true, true}},
    {"who is alone takes all", {100, NOBODY, NOBODY}, {true, false, false}},
    {"who does not accept does not count", {5, NOBODY, 5}, {true, false, true}},
};

static void who_has_more_leaves_it_to_others(void **state)
{
    vg_fair *fair = vg_fair_new(WORKERS);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint32_t w = 0; w < WORKERS; w++) {
            vg_fair_leave(fair, w);
            if (rows[i].connections[w] != NOBODY)
                vg_fair_set(fair, w, (uint32_t)rows[i].connections[w]);
        }
        for (uint32_t w = 0; w < WORKERS; w++)
            if (rows[i].connections[w] != NOBODY && vg_fair_may_take(fair, w) != rows[i].may[w])
                fail_msg("%s: worker %u", rows[i].says, (unsigned)w);
    }
    vg_fair_free(fair);
}

static void workers_see_each_other(void **state)
{
    vg_fair *fair = vg_fair_new(2);
    int status;

    (void)state;
    vg_fair_set(fair, 0, 5);
    assert_true(vg_fair_may_take(fair, 0));
    if (fork() == 0) {
        vg_fair_set(fair, 1, 0);
        _exit(0);
    }
    assert_true(wait(&status) > 0);
    assert_false(vg_fair_may_take(fair, 0));
    vg_fair_free(fair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_more_leaves_it_to_others),
        cmocka_unit_test(workers_see_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
