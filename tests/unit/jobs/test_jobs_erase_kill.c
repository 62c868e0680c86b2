/* Erasing a tenant when something goes wrong: whoever is at it is killed at every moment. */
#include <stdio.h>

#include "tests/unit/jobs/erase_rig.h"

/* What was left half-deleted may have become a repairing job of the tenant, which goes as well. */
static void assert_killed_receipt(struct rig *rig, const char *id)
{
    const vg_job *job = rig_job(rig, id);
    bool has_repair =
        job && vg_slice_is_str(job->receipt, RECEIPT("acme",
                                                     "\"collections\":3,\"points\":6,\"aliases\":2,"
                                                     "\"jobs\":2,\"rows\":7",
                                                     ""));

    if (!has_repair)
        assert_receipt(rig, id,
                       RECEIPT("acme",
                               "\"collections\":3,\"points\":6,\"aliases\":2,\"jobs\":1,\"rows\":6",
                               ""));
}

/* Whoever is at it is killed at its n-th exchange, which is done or not; the next one goes on.
 * False: there are not so many exchanges. */
static bool kill_at(struct rig *rig, unsigned n, toy_fate fate)
{
    char id[VG_JOB_ID_CHARS + 1];
    bool was_held;

    furnish(rig, NULL, 4);
    furnish(rig, "acme", 4);
    rig_put_job(rig, (vg_job){.kind = VG_LIT("index"),
                              .tenant = VG_LIT("acme"),
                              .collection = VG_LIT("a"),
                              .state = VG_JOB_DONE});
    rig_keep_id(id, rig_put_job(rig, (vg_job){.kind = VG_LIT("erase"), .tenant = VG_LIT("acme")}));
    toy_script(rig->toy, (toy_rule){TOY_ANY, n, 1, fate, VG_OK});
    rig_start(rig, 0);
    rig_pass(rig, 5000);
    was_held = toy_held(rig->toy) > 0;
    rig_kill(rig, 0);
    toy_unscript(rig->toy);
    rig_start(rig, 1);
    rig_pass(rig, 120 * 1000);
    assert_killed_receipt(rig, id);
    assert_int_equal(toy_rows_of(rig->toy, "acme"), 0);
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
    assert_string_equal(names_of(rig, NULL), "a b c");
    return was_held;
}

static void killed_at_any_moment_it_counts_nothing_twice(void **state)
{
    static const toy_fate fates[] = {TOY_HOLD_BEFORE, TOY_HOLD_AFTER};
    unsigned most = 0;

    (void)state;
    for (int fate = 0; fate < 2; fate++) {
        bool was_held = true;

        for (unsigned n = 0; was_held; n++) {
            void *made;

            rig_set_up(&made);
            was_held = kill_at(made, n, fates[fate]);
            rig_tear_down(&made);
            most = n > most ? n : most;
        }
    }
    assert_in_range(most, 40, 400);
}

static void what_fails_is_tried_again(void **state)
{
    struct rig *rig = *state;
    char id[VG_JOB_ID_CHARS + 1];

    furnish(rig, "acme", 4);
    rig_start(rig, 0);
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_COLLECTION, 1, 2, TOY_REFUSE, VG_BACKEND_AUTH});
    toy_script(rig->toy, (toy_rule){VG_OP_COUNT, 0, 3, TOY_FAULT_BEFORE, VG_OK});
    toy_script(rig->toy, (toy_rule){VG_OP_DROP_TENANT, 0, 1, TOY_FAULT_AFTER, VG_OK});
    assert_int_equal(erase(rig, 0, "acme", id), VG_OK);
    rig_pass(rig, 300 * 1000);
    assert_receipt(rig, id, RECEIPT("acme", ALL, ""));
    assert_int_equal(toy_objects_of(rig->toy, "acme"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_moment_it_counts_nothing_twice),
        WITH_RIG(what_fails_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
