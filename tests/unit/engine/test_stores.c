/* The set of stores: each tenant's own, opened when it is used, closed when others need the place,
 * dropped whole; and one that is broken breaks no other. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests.h"

enum { CROWD = 16 };

static const float east[] = {1, 0};

static void put(bench *b, uint64_t id, const char *payload)
{
    const given point = {id, east, payload};

    assert_int_equal(upsert(b, "c", &point, 1, NULL), VG_OK);
}

/* A tenant with the collection "c" and one point in it. */
static void settle_in(const bench *home, const char *tenant, uint64_t id)
{
    guest g;

    if (!guest_enter(&g, home, tenant, VG_AIM_MAKE))
        fail_msg("%s: " VG_FMT, tenant, VG_ARG(vg_status_what(&g.b.status)));
    assert_int_equal(create(&g.b, "c", 2, VG_DOT), VG_OK);
    put(&g.b, id, "{}");
    guest_leave(&g);
}

static void expect_one(const bench *home, const char *tenant, uint64_t id)
{
    guest g;

    if (!guest_enter(&g, home, tenant, VG_AIM_USE))
        fail_msg("%s: " VG_FMT, tenant, VG_ARG(vg_status_what(&g.b.status)));
    assert_int_equal(count_points(&g.b, "c"), 1);
    assert_int_equal(get(&g.b, "c", &id, 1).count, 1);
    guest_leave(&g);
}

static void expect_absent(const bench *home, const char *tenant)
{
    guest g;

    assert_false(guest_enter(&g, home, tenant, VG_AIM_USE));
    assert_int_equal(g.b.status.code, VG_OK);
    guest_leave(&g);
}

static int two_up(void **state)
{
    bench *b;

    bench_up(state);
    b = *state;
    bench_close(b);
    b->open_max = 2;
    bench_open(b);
    return 0;
}

/* ---- apart ---- */

static void tenants_with_the_same_names_and_ids_never_meet(void **state)
{
    bench *b = *state;
    const char *const tenants[] = {"a", "A", "LOCK", "..", "Default", "\xc3\xa9", "e\xcc\x81"};
    enum { TENANTS = sizeof tenants / sizeof *tenants };

    create(b, "c", 2, VG_DOT);
    put(b, 100, "{}");
    for (uint64_t i = 0; i < TENANTS; i++)
        settle_in(b, tenants[i], i);
    for (int turn = 0; turn < 2; turn++) {
        for (uint64_t i = 0; i < TENANTS; i++)
            expect_one(b, tenants[i], i);
        assert_int_equal(count_points(b, "c"), 1);
        bench_close(b);
        bench_open(b);
    }
    assert_true(is_in_tenants(b, "%4c%4f%43%4b"));
}

static void the_default_s_store_is_at_hand_and_is_no_guest(void **state)
{
    bench *b = *state;
    guest g;

    assert_true(guest_enter(&g, b, "default", VG_AIM_USE));
    assert_ptr_equal(g.b.store, b->store);
    guest_leave(&g);
    assert_int_equal(vg_stores_counted(b->stores).open, 0);
    assert_false(is_in_tenants(b, ""));
}

static void who_only_reads_makes_nothing(void **state)
{
    bench *b = *state;

    expect_absent(b, "nobody");
    assert_false(is_in_tenants(b, ""));
    settle_in(b, "a", 1);
    expect_absent(b, "nobody");
    assert_false(is_in_tenants(b, "nobody"));
}

static void directories_are_their_owner_s_alone(void **state)
{
    bench *b = *state;
    const char *const names[] = {"tenants", "tenants/a"};
    mode_t before = umask(0);
    char path[512];
    struct stat found;

    settle_in(b, "a", 1);
    umask(before);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", b->dir, names[i]);
        assert_int_equal(stat(path, &found), 0);
        assert_int_equal(found.st_mode & 0777, 0700);
    }
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    char name[VG_TENANT_NAME_BYTES + 2] = "";
    guest g;

    memset(name, 'a', sizeof name - 1);
    assert_false(guest_enter(&g, *state, name, VG_AIM_MAKE));
    assert_int_equal(g.b.status.code, VG_INVALID);
    guest_leave(&g);
}

/* ---- few at once ---- */

static void the_longest_unused_makes_room(void **state)
{
    bench *b = *state;
    vg_stores_count count;
    guest g;

    settle_in(b, "a", 1);
    settle_in(b, "b", 2);
    expect_one(b, "a", 1);
    settle_in(b, "c", 3);
    count = vg_stores_counted(b->stores);
    assert_int_equal(count.open, 2);
    assert_int_equal(count.opened, 3);
    assert_int_equal(count.closed, 1);
    /* it was b: a is still open */
    g.visit = (vg_visit){.stores = b->stores, .tenant = VG_LIT("a")};
    assert_true(vg_stores_enter(&g.visit));
    vg_stores_leave(&g.visit);
    expect_one(b, "b", 2);
    expect_one(b, "c", 3);
}

static void a_store_with_visitors_is_never_closed(void **state)
{
    bench *b = *state;
    guest a, a_too, other, third;

    settle_in(b, "a", 1);
    settle_in(b, "b", 2);
    assert_true(guest_enter(&a, b, "a", VG_AIM_USE));
    assert_true(guest_enter(&a_too, b, "a", VG_AIM_USE));
    assert_true(guest_enter(&other, b, "b", VG_AIM_USE));
    assert_false(guest_enter(&third, b, "c", VG_AIM_MAKE));
    assert_int_equal(third.b.status.code, VG_OVERLOADED);
    must_say(&third.b, "2 tenants' stores are in use");
    guest_leave(&third);
    assert_false(is_in_tenants(b, "c"));
    guest_leave(&a);
    assert_false(guest_enter(&third, b, "c", VG_AIM_MAKE));
    guest_leave(&third);
    guest_leave(&other);
    settle_in(b, "c", 3);
    assert_int_equal(count_points(&a_too.b, "c"), 1);
    guest_leave(&a_too);
}

/* Nothing is closed for a tenant that has nothing. */
static void who_is_not_there_needs_no_room(void **state)
{
    bench *b = *state;

    settle_in(b, "a", 1);
    settle_in(b, "b", 2);
    expect_absent(b, "c");
    assert_int_equal(vg_stores_counted(b->stores).closed, 0);
}

static void many_who_come_at_once_open_it_once(void **state)
{
    bench *b = *state;
    guest guests[CROWD];

    settle_in(b, "a", 1);
    bench_close(b);
    bench_open(b);
    for (int i = 0; i < CROWD; i++)
        guest_post(&guests[i], b, "a", i % 2 ? VG_AIM_USE : VG_AIM_MAKE);
    for (int i = 0; i < CROWD; i++) {
        assert_true(guest_wait(&guests[i]));
        assert_ptr_equal(guests[i].b.store, guests[0].b.store);
    }
    for (int i = 0; i < CROWD; i++)
        guest_leave(&guests[i]);
    assert_int_equal(vg_stores_counted(b->stores).opened, 1);
}

/* ---- broken ones ---- */

static void write_over(const bench *b, const char *tenant, const char *bytes, size_t count)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/tenants/%s/points.db", b->dir, tenant);
    file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void expect_broken(const bench *b, const char *tenant)
{
    guest g;

    assert_false(guest_enter(&g, b, tenant, VG_AIM_USE));
    assert_int_equal(g.b.status.code, VG_BACKEND_ERROR);
    must_say(&g.b, "the tenant's store does not open: tenants/bad/points.db: ");
    guest_leave(&g);
}

static void a_broken_store_breaks_no_other_and_is_tried_again(void **state)
{
    static const char head[] = "SQLite format 3\0\x10\0\x02"; /* as it was */
    bench *b = *state;

    settle_in(b, "a", 1);
    settle_in(b, "bad", 2);
    bench_close(b);
    write_over(b, "bad", "this is no database", 19);
    bench_open(b);
    for (int i = 0; i < 3; i++) {
        expect_broken(b, "bad");
        expect_one(b, "a", 1);
    }
    write_over(b, "bad", head, 19);
    expect_one(b, "bad", 2);
    assert_int_equal(vg_stores_counted(b->stores).open, 2);
}

static void all_who_wait_for_a_broken_store_are_told(void **state)
{
    bench *b = *state;
    guest guests[CROWD];

    settle_in(b, "bad", 2);
    bench_close(b);
    write_over(b, "bad", "this is no database", 19);
    bench_open(b);
    for (int i = 0; i < CROWD; i++)
        guest_post(&guests[i], b, "bad", VG_AIM_USE);
    for (int i = 0; i < CROWD; i++) {
        assert_false(guest_wait(&guests[i]));
        assert_int_equal(guests[i].b.status.code, VG_BACKEND_ERROR);
        must_say(&guests[i].b, "does not open");
        guest_leave(&guests[i]);
    }
    assert_in_range(vg_stores_counted(b->stores).failed, 1, CROWD / 2); /* not one by one */
    settle_in(b, "a", 1);                                               /* the places are free */
    settle_in(b, "b", 1);
}

static void a_directory_that_cannot_be_made_is_told(void **state)
{
    bench *b = *state;
    char path[512];
    guest g;
    FILE *file;

    snprintf(path, sizeof path, "%s/tenants", b->dir);
    file = fopen(path, "w");
    fclose(file);
    assert_false(guest_enter(&g, b, "a", VG_AIM_MAKE));
    assert_int_equal(g.b.status.code, VG_BACKEND_ERROR);
    must_be(g.b.status.what, "the tenant's store does not open: tenants: the directory cannot be "
                             "made: Not a directory");
    must_be(g.b.status.where, "tenant");
    guest_leave(&g);
    assert_int_equal(remove(path), 0);
    settle_in(b, "a", 1);
}

/* ---- dropping ---- */

static bool drop_tenant(const bench *home, const char *tenant)
{
    guest g;
    bool did;

    assert_false(guest_enter(&g, home, tenant, VG_AIM_DROP));
    assert_int_equal(g.b.status.code, VG_OK);
    did = g.visit.did;
    guest_leave(&g);
    return did;
}

static void dropping_leaves_nothing_of_one_and_all_of_the_others(void **state)
{
    bench *b = *state;

    settle_in(b, "a", 1);
    settle_in(b, "b", 2);
    create(b, "c", 2, VG_DOT);
    assert_true(drop_tenant(b, "a"));
    assert_false(is_in_tenants(b, "a"));
    assert_false(is_in_tenants(b, ".dropped-1"));
    expect_absent(b, "a");
    assert_false(drop_tenant(b, "a"));
    assert_false(drop_tenant(b, "nobody"));
    expect_one(b, "b", 2);
    assert_int_equal(count_points(b, "c"), 0);
    settle_in(b, "a", 3);
    expect_one(b, "a", 3);
    assert_int_equal(vg_stores_counted(b->stores).open, 2);
}

static void a_drop_waits_for_visitors_and_later_ones_wait_for_it(void **state)
{
    bench *b = *state;
    guest early, drop, late, maker;

    settle_in(b, "a", 1);
    assert_true(guest_enter(&early, b, "a", VG_AIM_USE));
    guest_post(&drop, b, "a", VG_AIM_DROP);
    guest_post(&late, b, "a", VG_AIM_USE);
    guest_post(&maker, b, "a", VG_AIM_MAKE);
    settle_in(b, "b", 2); /* a keeper has had time for all of it */
    assert_false(guest_has_answer(&drop) || guest_has_answer(&late) || guest_has_answer(&maker));
    assert_false(vg_stores_enter(&(vg_visit){.stores = b->stores, .tenant = VG_LIT("a")}));
    assert_int_equal(count_points(&early.b, "c"), 1);
    guest_leave(&early);
    assert_false(guest_wait(&drop));
    assert_true(drop.visit.did);
    assert_false(guest_wait(&late));
    assert_int_equal(late.b.status.code, VG_OK);
    assert_true(guest_wait(&maker));
    assert_int_equal(create(&maker.b, "c", 2, VG_DOT), VG_OK);
    guest_leave(&drop);
    guest_leave(&late);
    guest_leave(&maker);
}

static void leave_behind(const bench *b, const char *name)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/tenants", b->dir);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    snprintf(path, sizeof path, "%s/tenants/%s", b->dir, name);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/tenants/%s/points.db", b->dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void what_a_crash_left_of_a_drop_is_deleted_at_start(void **state)
{
    bench *b = *state;

    settle_in(b, "a", 1);
    bench_close(b);
    leave_behind(b, ".dropped-1");
    leave_behind(b, ".dropped-77");
    bench_open(b);
    assert_int_equal(vg_stores_counted(b->stores).open, 0); /* and nothing is opened for it */
    bench_close(b);
    assert_false(is_in_tenants(b, ".dropped-1") || is_in_tenants(b, ".dropped-77"));
    bench_open(b);
    expect_one(b, "a", 1);
}

static void a_drop_takes_no_name_that_is_in_use(void **state)
{
    bench *b = *state;

    settle_in(b, "a", 1);
    leave_behind(b, ".dropped-1");
    assert_true(drop_tenant(b, "a"));
    expect_absent(b, "a");
    assert_false(is_in_tenants(b, ".dropped-1") || is_in_tenants(b, ".dropped-2"));
}

int main(void)
{
#define WITH_STORES(test) cmocka_unit_test_setup_teardown(test, bench_up, bench_down)
#define WITH_TWO(test)    cmocka_unit_test_setup_teardown(test, two_up, bench_down)
    const struct CMUnitTest tests[] = {
        WITH_STORES(tenants_with_the_same_names_and_ids_never_meet),
        WITH_STORES(the_default_s_store_is_at_hand_and_is_no_guest),
        WITH_STORES(who_only_reads_makes_nothing),
        WITH_STORES(directories_are_their_owner_s_alone),
        WITH_STORES(a_name_that_is_too_long_is_refused),
        WITH_TWO(the_longest_unused_makes_room),
        WITH_TWO(a_store_with_visitors_is_never_closed),
        WITH_TWO(who_is_not_there_needs_no_room),
        WITH_TWO(many_who_come_at_once_open_it_once),
        WITH_TWO(a_broken_store_breaks_no_other_and_is_tried_again),
        WITH_TWO(all_who_wait_for_a_broken_store_are_told),
        WITH_TWO(a_directory_that_cannot_be_made_is_told),
        WITH_TWO(dropping_leaves_nothing_of_one_and_all_of_the_others),
        WITH_TWO(a_drop_waits_for_visitors_and_later_ones_wait_for_it),
        WITH_STORES(what_a_crash_left_of_a_drop_is_deleted_at_start),
        WITH_STORES(a_drop_takes_no_name_that_is_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
