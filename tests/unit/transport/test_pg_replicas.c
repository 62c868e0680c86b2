/* Reads that may lag, and replicas that come and go. Two servers of their own stand for a primary
 * and a replica; that one of them lags is said by a function in front of the system's. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server primary, replica;

/* Which of the two answered. */
static bool came_from_replica(pg_rig *rig, bool may_lag)
{
    bool is_replica;
    pg_trip t;

    pg_trip_one(&t, rig, "SHOW cluster_name");
    t.x.as.pg.may_lag = may_lag;
    pg_trip_go(&t);
    assert_int_equal(t.fault, VG_FAULT_NONE); /* whatever happens to the replica */
    assert_string_equal(t.message, "");
    is_replica = strcmp(t.cells[0], "replica") == 0;
    pg_trip_fini(&t);
    return is_replica;
}

static void await_replica(pg_rig *rig, bool is_used)
{
    while (came_from_replica(rig, true) != is_used)
        uv_run(&rig->uv, UV_RUN_NOWAIT);
}

static pg_rig *connect_rig(void **state, uint64_t max_lag_ms, const char *behind)
{
    pg_rig *rig = *state;
    vg_slice *urls = VG_TAKE_N(rig->arena, vg_slice, 2);

    urls[0] = vg_arena_copy(rig->arena, vg_slice_str(pg_server_url(&replica, behind)));
    rig->endpoint.replica_urls = urls;
    rig->endpoint.replica_count = 1;
    rig->endpoint.max_lag_ms = max_lag_ms;
    pg_rig_set_url(rig, primary.url);
    pg_rig_connect(rig);
    return rig;
}

static void what_may_lag_goes_to_a_replica(void **state)
{
    pg_rig *rig = connect_rig(state, 1000, "");

    await_replica(rig, true); /* once it is known to be good */
    for (int i = 0; i < 4; i++) {
        assert_true(came_from_replica(rig, true));
        assert_false(came_from_replica(rig, false));
    }
}

static void several_are_asked_in_turn(void **state)
{
    static const char names[2][8] = {"one", "two"};
    pg_rig *rig = *state;
    vg_slice *urls = VG_TAKE_N(rig->arena, vg_slice, 2);
    int seen[2] = {0, 0};

    for (int i = 0; i < 2; i++)
        urls[i] = vg_arena_printf(rig->arena, "%s?application_name=%s", replica.url, names[i]);
    rig->endpoint.replica_urls = urls;
    rig->endpoint.replica_count = 2;
    pg_rig_set_url(rig, primary.url);
    pg_rig_connect(rig);
    while (seen[0] < 3 || seen[1] < 3) {
        pg_trip t;

        pg_trip_one(&t, rig, "SHOW application_name");
        t.x.as.pg.may_lag = true;
        pg_trip_go(&t);
        for (int i = 0; i < 2; i++)
            seen[i] += strcmp(t.cells[0], names[i]) == 0;
        pg_trip_fini(&t);
    }
}

static void one_that_goes_is_left_out_and_comes_back(void **state)
{
    pg_rig *rig = connect_rig(state, 1000, "");
    pg_trip t;

    await_replica(rig, true);
    pg_server_tell(&replica, "kill");
    for (int i = 0; i < 5; i++) { /* none of them notices */
        pg_trip_one(&t, rig, "SHOW cluster_name");
        t.x.as.pg.may_lag = true;
        t.x.repeat = VG_REPEAT_ALWAYS;
        pg_trip_go(&t);
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_string_equal(t.cells[0], "primary");
        pg_trip_fini(&t);
    }
    pg_server_tell(&replica, "start");
    await_replica(rig, true);
}

static uint64_t shown(const pg_rig *rig, vg_metric metric, uint8_t endpoint)
{
    vg_cell cell = {.backend = vg_metrics_backend(rig->metrics, VG_LIT("test")),
                    .endpoint = endpoint};

    return vg_metrics_read(rig->metrics, metric, cell);
}

/* Whoever is told that connections run out looks at one pool; the others have their own. */
static void a_full_pool_does_not_hide_behind_idle_ones(void **state)
{
    enum { MOST = 4 };
    pg_trip trips[MOST];
    pg_rig *rig = *state;

    rig->endpoint.min_connections = MOST;
    connect_rig(state, 1000, "");
    while (pg_rig_idle(rig) < MOST)
        pg_rig_turn(rig);
    for (int i = 0; i < MOST; i++)
        pg_trip_start(pg_trip_one(&trips[i], rig, "SHOW cluster_name"));
    assert_int_equal(shown(rig, VG_M_backend_connections_busy, 0), MOST);
    assert_int_equal(shown(rig, VG_M_backend_connections_most, 0), MOST);
    assert_int_equal(shown(rig, VG_M_backend_connections_busy, 2), 0);
    assert_int_equal(shown(rig, VG_M_backend_connections_most, 2), MOST);
    assert_true(shown(rig, VG_M_backend_connections_most, 1) > 0);
    for (int i = 0; i < MOST; i++) {
        pg_trip_finish(&trips[i]);
        pg_trip_fini(&trips[i]);
    }
}

enum { TO_PRIMARY = 1, TO_REPLICA = 3 }; /* their places, plus one */

/* Where it went; "" when it came to nothing. */
static const char *ask_at(pg_trip *t, pg_rig *rig, uint8_t endpoint, bool stays)
{
    pg_trip_one(t, rig, "SHOW cluster_name");
    t->x.as.pg.may_lag = true;
    t->x.repeat = VG_REPEAT_ALWAYS;
    t->x.endpoint = endpoint;
    t->x.stays = stays;
    pg_trip_go(t);
    return t->fault == VG_FAULT_NONE && t->count == 1 ? t->cells[0] : "";
}

static void whoever_sends_may_choose(void **state)
{
    pg_rig *rig = connect_rig(state, 1000, "");
    vg_transport *pg = rig->pg;
    vg_exchange x = {.as.pg = {.may_lag = true}};
    pg_trip t;

    await_replica(rig, true);
    assert_int_equal(pg->readers, 1 << 2);
    assert_int_equal(pg->choose(pg, &x, 0), 2);
    assert_int_equal(pg->choose(pg, &x, 1 << 2), 0);
    assert_int_equal(pg->choose(pg, &x, 1 << 2 | 1), VG_ENDPOINTS);
    x.as.pg.kind = VG_PG_COPY;
    assert_int_equal(pg->choose(pg, &x, 0), 1);
    assert_int_equal(pg->choose(pg, &x, 1 << 1), VG_ENDPOINTS);
    x.as.pg = (vg_pg_request){.may_lag = false};
    assert_int_equal(pg->choose(pg, &x, 0), 0);
    assert_string_equal(ask_at(&t, rig, TO_PRIMARY, true), "primary");
    pg_trip_fini(&t);
    assert_string_equal(ask_at(&t, rig, TO_REPLICA, true), "replica");
    assert_false(t.has_moved);
    pg_trip_fini(&t);
}

static void one_that_stays_fails_and_another_moves(void **state)
{
    for (int stays = 0; stays < 2; stays++) {
        pg_rig *rig = connect_rig(state, 1000, "");
        pg_trip t;

        await_replica(rig, true);
        pg_server_tell(&replica, "kill");
        assert_string_equal(ask_at(&t, rig, TO_REPLICA, stays), stays ? "" : "primary");
        assert_int_equal(t.has_moved, !stays);
        pg_trip_fini(&t);
        pg_server_tell(&replica, "start");
        if (!stays)
            rig->pg->close(rig->pg);
    }
}

/* A function of one's own stands before the system's when the path says so. */
static void one_that_lags_is_left_out(void **state)
{
    static const char *const fake[] = {
        "CREATE SCHEMA fake",
        "CREATE TABLE fake.lag AS SELECT interval '0' AS late",
        "CREATE FUNCTION fake.pg_is_in_recovery() RETURNS bool AS 'SELECT true' LANGUAGE sql",
        "CREATE FUNCTION fake.pg_last_wal_receive_lsn() RETURNS pg_lsn AS $$SELECT '0/2'::pg_lsn$$ "
        "LANGUAGE sql",
        "CREATE FUNCTION fake.pg_last_wal_replay_lsn() RETURNS pg_lsn AS $$SELECT '0/1'::pg_lsn$$ "
        "LANGUAGE sql",
        "CREATE FUNCTION fake.pg_last_xact_replay_timestamp() RETURNS timestamptz AS 'SELECT "
        "clock_timestamp() - late FROM fake.lag' LANGUAGE sql",
        NULL,
    };
    pg_rig *rig = *state;
    void *second;
    pg_rig *other;
    pg_trip t;

    pg_rig_open(&second);
    other = second;
    pg_rig_set_url(other, replica.url);
    pg_rig_connect(other);
    pg_trip_go(pg_trip_of(&t, other, fake));
    assert_string_equal(t.message, "");
    pg_trip_fini(&t);

    connect_rig(state, 60000, "?options=-csearch_path%3Dfake,pg_catalog");
    await_replica(rig, true);
    pg_rig_ask(other, "UPDATE fake.lag SET late = '2 minutes'");
    await_replica(rig, false);
    pg_rig_ask(other, "UPDATE fake.lag SET late = '2 seconds'");
    await_replica(rig, true);
    pg_rig_ask(other, "UPDATE fake.lag SET late = NULL"); /* it does not know */
    await_replica(rig, false);
    pg_rig_close(&second);
}

static void without_a_bound_any_lag_will_do(void **state)
{
    pg_rig *rig = connect_rig(state, 0, "?options=-csearch_path%3Dfake,pg_catalog");

    await_replica(rig, true);
}

int main(void)
{
    static const char *const first[] = {"cluster_name=primary", NULL};
    static const char *const second[] = {"cluster_name=replica", NULL};
    static const struct CMUnitTest tests[] = {
        PG_TEST(what_may_lag_goes_to_a_replica),
        PG_TEST(several_are_asked_in_turn),
        PG_TEST(one_that_goes_is_left_out_and_comes_back),
        PG_TEST(one_that_lags_is_left_out),
        PG_TEST(without_a_bound_any_lag_will_do),
        PG_TEST(whoever_sends_may_choose),
        PG_TEST(one_that_stays_fails_and_another_moves),
        PG_TEST(a_full_pool_does_not_hide_behind_idle_ones),
    };
    int failed;

    pg_server_start(&primary, "wheel", first);
    pg_server_start(&replica, "wheel", second);
    failed = cmocka_run_group_tests_name("transport/pg_replicas", tests, NULL, NULL);
    pg_server_end(&primary);
    pg_server_end(&replica);
    return failed;
}
