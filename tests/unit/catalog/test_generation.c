/* Generations and what catalogs see of them, also across processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/generation.h"

enum { WORKERS = 4, CHANGES = 5000 };

#define A VG_LIT("a tenant")
#define B VG_LIT("another tenant")

static void alone_nothing_ever_moves(void **state)
{
    vg_epochs *alone = vg_epochs_new(NULL);
    uint64_t was = vg_epochs_now(alone, A);

    (void)state;
    vg_epochs_changed(alone, A);
    assert_int_equal(vg_epochs_now(alone, A), was);
    vg_epochs_free(alone);
}

static void a_change_moves_the_others_and_not_who_made_it(void **state)
{
    vg_generations *shared = vg_generations_new();
    vg_epochs *one = vg_epochs_new(shared), *other = vg_epochs_new(shared);
    uint64_t one_was = vg_epochs_now(one, A), other_was = vg_epochs_now(other, A);

    (void)state;
    for (int i = 0; i < 3; i++)
        vg_epochs_changed(one, A);
    assert_int_equal(vg_epochs_now(one, A), one_was);
    assert_int_not_equal(vg_epochs_now(other, A), other_was);
    other_was = vg_epochs_now(other, A);
    assert_int_equal(vg_epochs_now(other, A), other_was);
    vg_epochs_free(one);
    vg_epochs_free(other);
    vg_generations_free(shared);
}

/* One's own change must not hide another's that came just before. */
static void a_change_of_ones_own_hides_no_other(void **state)
{
    vg_generations *shared = vg_generations_new();
    vg_epochs *one = vg_epochs_new(shared), *other = vg_epochs_new(shared);
    uint64_t was = vg_epochs_now(one, A);

    (void)state;
    vg_epochs_changed(other, A);
    vg_epochs_changed(one, A);
    assert_int_not_equal(vg_epochs_now(one, A), was);
    vg_epochs_free(one);
    vg_epochs_free(other);
    vg_generations_free(shared);
}

static void tenants_move_for_themselves(void **state)
{
    vg_generations *shared = vg_generations_new();
    vg_epochs *one = vg_epochs_new(shared), *other = vg_epochs_new(shared);
    uint64_t was = vg_epochs_now(other, B);

    (void)state;
    vg_epochs_changed(one, A);
    assert_int_equal(vg_epochs_now(other, B), was);
    vg_epochs_free(one);
    vg_epochs_free(other);
    vg_generations_free(shared);
}

/* All count up at once; whoever looks afterwards sees that the others did. */
static void change_much(vg_generations *shared)
{
    vg_epochs *mine = vg_epochs_new(shared);

    for (int i = 0; i < CHANGES; i++)
        vg_epochs_changed(mine, A);
    _exit(0);
}

static void workers_share_them(void **state)
{
    vg_generations *shared = vg_generations_new();
    vg_epochs *before = vg_epochs_new(shared);
    uint64_t was = vg_epochs_now(before, A);
    pid_t pids[WORKERS];
    int status;

    (void)state;
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            change_much(shared);
        assert_true(pids[i] > 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_not_equal(vg_epochs_now(before, A), was);
    vg_epochs_free(before);
    vg_generations_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_nothing_ever_moves),
        cmocka_unit_test(a_change_moves_the_others_and_not_who_made_it),
        cmocka_unit_test(a_change_of_ones_own_hides_no_other),
        cmocka_unit_test(tenants_move_for_themselves),
        cmocka_unit_test(workers_share_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
