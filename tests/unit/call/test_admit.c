/* Places in flight, and whose turn is next. Waiters are letters: the tenant's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "call/admit.h"
#include "tests/support/chance.h"

struct guest {
    vg_waiter waiter;
    char name[4]; /* "a1" */
};

struct hall {
    vg_places places;
    vg_admit admit;
    vg_admit_conf conf;
    struct guest guests[256];
    char log[1024];
    int count;
};

static void note(struct hall *hall, const char *what, const struct guest *guest)
{
    size_t used = strlen(hall->log);

    snprintf(hall->log + used, sizeof hall->log - used, "%s%s%s", used > 0 ? " " : "", what,
             guest->name);
}

static struct guest *guest_of(vg_waiter *waiter)
{
    return vg_container_of(waiter, struct guest, waiter);
}

static void come(struct hall *hall, const char *name)
{
    static const char *const words[] = {
        [VG_ADMIT_IN] = "+", [VG_ADMIT_WAITS] = "~", [VG_ADMIT_REFUSED] = "!"};
    struct guest *guest = &hall->guests[hall->count++];
    vg_waiter *ousted;
    vg_admission admission;

    snprintf(guest->name, sizeof guest->name, "%s", name);
    guest->waiter.tenant = (uint64_t)name[0];
    admission = vg_admit_enter(&hall->admit, &hall->conf, &guest->waiter, &ousted);
    if (ousted != NULL)
        note(hall, "x", guest_of(ousted));
    note(hall, words[admission], guest);
}

static void leave(struct hall *hall)
{
    vg_waiter *next;

    vg_admit_leave(&hall->admit);
    while ((next = vg_admit_next(&hall->admit, &hall->conf)) != NULL)
        note(hall, ">", guest_of(next));
}

static void go_away(struct hall *hall, const char *name)
{
    for (int i = 0; i < hall->count; i++)
        if (strcmp(hall->guests[i].name, name) == 0)
            vg_admit_withdraw(&hall->admit, &hall->guests[i].waiter);
}

/* Words: a name comes, "<" somebody in flight leaves, "-name" goes away. */
static const struct {
    const char *says;
    uint64_t most, waiting;
    const char *does;
    const char *log;
} rows[] = {
    {"no bound", 0, 4, "a1 a2 a3 <", "+a1 +a2 +a3"},
    {"one place, first come first served", 1, 4, "a1 a2 a3 < < <", "+a1 ~a2 ~a3 >a2 >a3"},
    {"tenants in turn", 1, 9, "a1 a2 a3 a4 b1 b2 c1 < < < < < <",
     "+a1 ~a2 ~a3 ~a4 ~b1 ~b2 ~c1 >a2 >b1 >c1 >a3 >b2 >a4"},
    {"no queue", 1, 0, "a1 a2 < a3", "+a1 !a2 +a3"},
    {"a full queue of one tenant", 1, 2, "a1 a2 a3 a4", "+a1 ~a2 ~a3 !a4"},
    {"who has most gives way", 1, 3, "a1 a2 a3 a4 b1 < <", "+a1 ~a2 ~a3 ~a4 xa4 ~b1 >a2 >b1"},
    {"but not for one that has as many", 1, 4, "a1 a2 a3 b1 b2 a4 b3",
     "+a1 ~a2 ~a3 ~b1 ~b2 !a4 !b3"},
    {"nor for one that would then have more", 1, 3, "a1 a2 a3 b1 b2", "+a1 ~a2 ~a3 ~b1 !b2"},
    {"the first goes away", 1, 9, "a1 a2 a3 b1 -a2 < < <", "+a1 ~a2 ~a3 ~b1 >a3 >b1"},
    {"one in the middle", 1, 9, "a1 a2 a3 a4 b1 -a3 < < <", "+a1 ~a2 ~a3 ~a4 ~b1 >a2 >b1 >a4"},
    {"the only one of its tenant", 1, 9, "a1 a2 b1 c1 -b1 < < <", "+a1 ~a2 ~b1 ~c1 >a2 >c1"},
    {"twice, and one that is in", 1, 9, "a1 a2 b1 -a2 -a2 -a1 < <", "+a1 ~a2 ~b1 >b1"},
    {"all", 1, 9, "a1 a2 b1 -a2 -b1 < a3", "+a1 ~a2 ~b1 +a3"},
};

static void act(struct hall *hall, const char *word)
{
    if (word[0] == '<')
        leave(hall);
    else if (word[0] == '-')
        go_away(hall, word + 1);
    else
        come(hall, word);
}

static void places_go_round_over_the_tenants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hall hall = {.conf = {rows[i].most, rows[i].waiting}};
        char words[128], *rest = words;

        print_message("%s\n", rows[i].says);
        vg_admit_init(&hall.admit, &hall.places, 0);
        snprintf(words, sizeof words, "%s", rows[i].does);
        for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " "))
            act(&hall, word);
        assert_string_equal(hall.log, rows[i].log);
    }
}

/* --- chance ---------------------------------------------------------------------------------- */

struct crowd {
    vg_places places;
    vg_admit admit;
    vg_admit_conf conf;
    vg_waiter waiters[64];
    enum { AWAY, WAITS, IN } is[64];
};

static uint32_t crowd_count(const struct crowd *crowd, int what)
{
    uint32_t count = 0;

    for (int i = 0; i < 64; i++)
        count += (int)crowd->is[i] == what;
    return count;
}

static void enter_one(struct crowd *crowd, size_t i)
{
    vg_waiter *ousted;
    vg_admission admission;

    crowd->waiters[i].tenant = chance_below(5);
    admission = vg_admit_enter(&crowd->admit, &crowd->conf, &crowd->waiters[i], &ousted);
    if (ousted != NULL)
        crowd->is[ousted - crowd->waiters] = AWAY;
    crowd->is[i] = admission == VG_ADMIT_IN ? IN : admission == VG_ADMIT_WAITS ? WAITS : AWAY;
}

static void move_one(struct crowd *crowd)
{
    size_t i = chance_below(64);
    vg_waiter *next;

    if (crowd->is[i] == AWAY) {
        enter_one(crowd, i);
    } else if (crowd->is[i] == WAITS) {
        vg_admit_withdraw(&crowd->admit, &crowd->waiters[i]);
        crowd->is[i] = AWAY;
    } else {
        crowd->is[i] = AWAY;
        vg_admit_leave(&crowd->admit);
    }
    while ((next = vg_admit_next(&crowd->admit, &crowd->conf)) != NULL) {
        assert_int_equal(crowd->is[next - crowd->waiters], WAITS);
        crowd->is[next - crowd->waiters] = IN;
    }
}

/* As a reload does: what was let in before stays in, and who waits goes on waiting. */
static void change_bounds(struct crowd *crowd)
{
    vg_waiter *next;

    crowd->conf = (vg_admit_conf){1 + chance_below(8), chance_below(12)};
    while ((next = vg_admit_next(&crowd->admit, &crowd->conf)) != NULL)
        crowd->is[next - crowd->waiters] = IN;
}

/* Nobody waits while there is a place, nobody is lost, and both bounds hold. */
static void whatever_happens_the_bounds_hold_and_nobody_is_lost(void **state)
{
    (void)state;
    chance_begin(__func__);
    for (int round = 0; round < 200; round++) {
        struct crowd crowd = {.conf = {1 + chance_below(8), chance_below(12)}};
        uint32_t in_before = 0, waiting_before = 0;

        vg_admit_init(&crowd.admit, &crowd.places, 3);
        for (int i = 0; i < 1000; i++) {
            if (chance_below(100) == 0)
                change_bounds(&crowd);
            move_one(&crowd);
            assert_int_equal(crowd.admit.in_flight, crowd_count(&crowd, IN));
            assert_int_equal(vg_places_sum(&crowd.places), crowd.admit.in_flight);
            assert_int_equal(crowd.admit.waiting, crowd_count(&crowd, WAITS));
            assert_true(crowd.admit.in_flight <= crowd.conf.most ||
                        crowd.admit.in_flight <= in_before);
            assert_true(crowd.admit.waiting <= crowd.conf.waiting ||
                        crowd.admit.waiting <= waiting_before);
            assert_true(crowd.admit.waiting == 0 || crowd.admit.in_flight >= crowd.conf.most);
            in_before = crowd.admit.in_flight;
            waiting_before = crowd.admit.waiting;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_go_round_over_the_tenants),
        cmocka_unit_test(whatever_happens_the_bounds_hold_and_nobody_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
