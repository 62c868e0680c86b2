/* What is remembered of tenants' points: timelines of writes, counts and refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan/tally.h"
#include "tests/support/chance.h"

#define MS ((uint64_t)1000000)
#define T0 (1000 * MS)

enum { MOST = 100 };

static int set_up(void **state)
{
    *state = vg_tally_new();
    return *state == NULL;
}

static int tear_down(void **state)
{
    vg_tally_free(*state);
    return 0;
}

static vg_tally_ask ask_at(const char *tenant, uint64_t points, uint64_t at_ms)
{
    return (vg_tally_ask){
        .tenant = vg_slice_str(tenant), .points = points, .most = MOST, .now_ns = T0 + at_ms * MS};
}

static vg_tally_word admit(vg_tally *tally, uint64_t points, uint64_t at_ms, uint64_t *known)
{
    const vg_tally_ask ask = ask_at("a", points, at_ms);

    return vg_tally_admit(tally, &ask, known);
}

static vg_tally_word count(vg_tally *tally, uint64_t there, uint64_t points, uint64_t at_ms)
{
    const vg_tally_ask ask = ask_at("a", points, at_ms);
    vg_tally_count begun;
    uint64_t known;

    assert_true(vg_tally_begin(tally, ask.tenant, &begun));
    return vg_tally_end(tally, &begun, &there, &ask, &known);
}

enum { ADMIT, LEAVE, COUNTED };

static const struct {
    const char *says;
    int deed;
    uint64_t at_ms, points, there;
    vg_tally_word word;
    uint64_t known;
} rows[] = {
    {"nothing is known at first", ADMIT, 0, 10, 0, VG_TALLY_COUNT, 0},
    {"forty are there", COUNTED, 0, 10, 40, VG_TALLY_GO, 0},
    {"that is remembered", ADMIT, 100, 10, 0, VG_TALLY_GO, 0},
    {"they end", LEAVE, 110, 20, 0, VG_TALLY_GO, 0},
    {"up to the bound", ADMIT, 200, 40, 0, VG_TALLY_GO, 0},
    {"that one ends", LEAVE, 200, 40, 0, VG_TALLY_GO, 0},
    {"before it is refused it is counted", ADMIT, 300, 1, 0, VG_TALLY_COUNT, 0},
    {"some were there already", COUNTED, 310, 1, 90, VG_TALLY_GO, 0},
    {"nine more", ADMIT, 320, 9, 0, VG_TALLY_GO, 0},
    {"all of them end", LEAVE, 330, 10, 0, VG_TALLY_GO, 0},
    {"again it is counted", ADMIT, 400, 1, 0, VG_TALLY_COUNT, 0},
    {"and is full", COUNTED, 400, 1, 100, VG_TALLY_FULL, 100},
    {"so it is a moment later", ADMIT, 500, 1, 0, VG_TALLY_FULL, 100},
    {"and just before a second", ADMIT, 1399, 1, 0, VG_TALLY_FULL, 100},
    {"then it is counted again", ADMIT, 1400, 1, 0, VG_TALLY_COUNT, 0},
    {"some were deleted", COUNTED, 1400, 1, 50, VG_TALLY_GO, 0},
    {"that one ends", LEAVE, 1400, 1, 0, VG_TALLY_GO, 0},
    {"good for five seconds", ADMIT, 6399, 1, 0, VG_TALLY_GO, 0},
    {"it ends", LEAVE, 6399, 1, 0, VG_TALLY_GO, 0},
    {"no longer", ADMIT, 6400, 1, 0, VG_TALLY_COUNT, 0},
    {"more than may be", COUNTED, 6400, 1, 1000, VG_TALLY_FULL, 1000},
    {"all of them go, and as many come as may be", COUNTED, 7400, 100, 0, VG_TALLY_GO, 0},
    {"one more may be one too many", ADMIT, 7400, 1, 0, VG_TALLY_COUNT, 0},
};

static void a_tenant_writes_up_to_its_bound(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vg_tally_ask ask = ask_at("a", rows[i].points, rows[i].at_ms);
        uint64_t known = 0;
        vg_tally_count begun;
        vg_tally_word word = VG_TALLY_GO;

        print_message("%s\n", rows[i].says);
        if (rows[i].deed == ADMIT) {
            word = vg_tally_admit(*state, &ask, &known);
        } else if (rows[i].deed == LEAVE) {
            vg_tally_leave(*state, ask.tenant, ask.points);
        } else {
            assert_true(vg_tally_begin(*state, ask.tenant, &begun));
            word = vg_tally_end(*state, &begun, &rows[i].there, &ask, &known);
        }
        assert_int_equal(word, rows[i].word);
        assert_int_equal(known, rows[i].known);
    }
}

static void tenants_are_counted_apart(void **state)
{
    const vg_tally_ask other = ask_at("b", 1, 0);
    uint64_t known;

    assert_int_equal(count(*state, 99, 1, 0), VG_TALLY_GO);
    assert_int_equal(vg_tally_admit(*state, &other, &known), VG_TALLY_COUNT);
}

/* What is under way may be in the count or not. */
static void what_flies_while_it_is_counted_is_not_forgotten(void **state)
{
    const vg_tally_ask ask = ask_at("a", 1, 10);
    uint64_t known = 0, there = 40;
    vg_tally_count begun;

    assert_int_equal(count(*state, 40, 10, 0), VG_TALLY_GO); /* flies until the end */
    assert_true(vg_tally_begin(*state, ask.tenant, &begun));
    assert_int_equal(admit(*state, 20, 5, &known), VG_TALLY_GO);
    vg_tally_leave(*state, ask.tenant, 20);
    assert_int_equal(vg_tally_end(*state, &begun, &there, &ask, &known), VG_TALLY_GO);
    assert_int_equal(admit(*state, 29, 10, &known), VG_TALLY_GO);
    assert_int_equal(admit(*state, 1, 10, &known), VG_TALLY_COUNT);
}

static void while_it_is_counted_others_need_not(void **state)
{
    vg_tally_count begun;
    uint64_t known;

    assert_int_equal(count(*state, 40, 1, 0), VG_TALLY_GO);
    assert_int_equal(admit(*state, 1, 6000, &known), VG_TALLY_COUNT);
    assert_true(vg_tally_begin(*state, VG_LIT("a"), &begun));
    assert_int_equal(admit(*state, 1, 6000, &known), VG_TALLY_GO);
    assert_int_equal(admit(*state, 100, 6000, &known), VG_TALLY_COUNT);
    /* It failed: the next one has to. */
    vg_tally_end(*state, &begun, NULL, &(vg_tally_ask){.tenant = VG_LIT("a")}, &known);
    assert_int_equal(admit(*state, 1, 6001, &known), VG_TALLY_COUNT);
}

static void numbers_do_not_run_over(void **state)
{
    vg_tally_ask ask = {VG_LIT("a"), UINT64_MAX, UINT64_MAX, T0};
    vg_tally_count begun;
    uint64_t known, there = UINT64_MAX;

    assert_true(vg_tally_begin(*state, ask.tenant, &begun));
    assert_int_equal(vg_tally_end(*state, &begun, &there, &ask, &known), VG_TALLY_FULL);
    assert_true(known == UINT64_MAX);
}

/* Tenants that rest leave no memory behind; what flies stays. */
static void there_is_no_end_of_tenants(void **state)
{
    uint64_t known = 0;
    char name[32];

    assert_int_equal(count(*state, 40, 10, 0), VG_TALLY_GO);
    for (uint64_t i = 0; i < 20000; i++) {
        vg_tally_ask ask = ask_at("", 1, i);
        vg_tally_count begun;

        snprintf(name, sizeof name, "tenant-%llu", (unsigned long long)i);
        known = 0;
        ask.tenant = vg_slice_str(name);
        assert_int_equal(vg_tally_admit(*state, &ask, &known), VG_TALLY_COUNT);
        assert_true(vg_tally_begin(*state, ask.tenant, &begun));
        assert_int_equal(vg_tally_end(*state, &begun, &known, &ask, &known), VG_TALLY_GO);
        vg_tally_leave(*state, ask.tenant, 1);
    }
    vg_tally_leave(*state, VG_LIT("a"), 10);
}

/* One worker alone: whatever overlaps, there are never more than may be. A count sees what is there
 * at some moment while it lasts; a write is applied some time before it is told. */
enum { WRITES = 8, STEPS = 100000 };

struct writing {
    uint64_t points; /* 0: none */
    bool counts, is_applied;
    uint64_t counted;
    vg_tally_count begun;
};

static void end_count(vg_tally *tally, struct writing *w, uint64_t at_ms)
{
    const vg_tally_ask ask = ask_at("a", w->points, at_ms);
    uint64_t known = 0;

    w->counts = false;
    if (vg_tally_end(tally, &w->begun, &w->counted, &ask, &known) == VG_TALLY_FULL)
        w->points = 0;
}

static void begin_write(vg_tally *tally, struct writing *w, uint64_t there, uint64_t at_ms)
{
    uint64_t known = 0;
    vg_tally_word word;

    w->points = 1 + chance_below(30);
    word = admit(tally, w->points, at_ms, &known);
    w->counts = word == VG_TALLY_COUNT;
    if (word == VG_TALLY_FULL)
        w->points = 0;
    if (!w->counts)
        return;
    assert_true(vg_tally_begin(tally, VG_LIT("a"), &w->begun));
    w->counted = there;
}

static void the_bound_holds_whatever_overlaps(void **state)
{
    struct writing writes[WRITES] = {{0}};
    uint64_t there = 0, full = 0, at_ms = 0;

    chance_begin("the_bound_holds_whatever_overlaps");
    for (int i = 0; i < STEPS; i++) {
        struct writing *w = &writes[chance_below(WRITES)];

        at_ms += chance_below(50);
        if (w->points == 0) {
            begin_write(*state, w, there, at_ms);
        } else if (w->counts && chance_below(2)) {
            w->counted = there; /* it is seen now */
        } else if (w->counts) {
            end_count(*state, w, at_ms);
        } else if (!w->is_applied) {
            there += w->points;
            w->is_applied = true;
        } else {
            vg_tally_leave(*state, VG_LIT("a"), w->points);
            *w = (struct writing){0};
        }
        assert_true(there <= MOST);
        full += there > MOST - 5;
        if (chance_below(20) == 0)
            there -= chance_below(there + 1); /* deleted */
    }
    assert_true(full > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tenant_writes_up_to_its_bound),
        TEST(tenants_are_counted_apart),
        TEST(what_flies_while_it_is_counted_is_not_forgotten),
        TEST(while_it_is_counted_others_need_not),
        TEST(numbers_do_not_run_over),
        TEST(there_is_no_end_of_tenants),
        TEST(the_bound_holds_whatever_overlaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
