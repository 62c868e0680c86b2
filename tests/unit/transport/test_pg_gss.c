/* Kerberos: who has a ticket is let in, and what is said may be encrypted by it. The realm is real
 * (tests/support/kerberos.py), and so is its silence. */
#include <stdlib.h>

#include "vecgate/arena.h"

#include "tests/support/pg_rig.h"

static pg_server server, realm;

static void close_pg(pg_rig *rig)
{
    rig->pg->close(rig->pg);
    rig->pg = NULL;
}

static void connect_as(pg_rig *rig, const char *user, const char *behind)
{
    rig->endpoint.url = vg_arena_printf(rig->arena, "postgresql://%s@localhost:%d/postgres?%s",
                                        user, pg_server_port(&server), behind);
    pg_rig_connect(rig);
}

#define GATE "gate:s3cret%20pass"
#define WHO                                                                                    \
    "SELECT coalesce(principal, '-') || CASE WHEN encrypted THEN ' encrypted' ELSE '' END || " \
    "(SELECT CASE WHEN ssl THEN ' tls' ELSE '' END FROM pg_stat_ssl WHERE pid = "              \
    "pg_backend_pid()) FROM pg_stat_gssapi WHERE pid = pg_backend_pid()"

static const struct row {
    const char *user, *behind;
    const char *who;   /* NULL: it is refused … */
    const char *state; /* … by the server, "": on the way to it … */
    const char *says;  /* … in these words */
} rows[] = {
    {"ticket", "", "ticket@TEST", NULL, NULL},
    {"ticket", "gssencmode=prefer", "ticket@TEST encrypted", NULL, NULL},
    {"ticket", "gssencmode=require", "ticket@TEST encrypted", NULL, NULL},
    {GATE, "gssencmode=require", " encrypted", NULL, NULL},
    {GATE, "", "-", NULL, NULL},
    {"ticket", "krbsrvname=other", NULL, "", "not found in Kerberos database"},
    {"ticket", "gssencmode=require&krbsrvname=other", NULL, "", "could not initiate GSSAPI"},
    {"another", "", NULL, "28000", "another"},
};

static void a_ticket_lets_in(void **state)
{
    pg_rig *rig = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pg_trip t;

        connect_as(rig, rows[i].user, rows[i].behind);
        pg_trip_go(pg_trip_one(&t, rig, WHO));
        print_message("%s %s: %s%s%s\n", rows[i].user, rows[i].behind, t.state, t.message,
                      t.detail);
        if (rows[i].who != NULL) {
            assert_string_equal(t.message, "");
            assert_int_equal(t.fault, VG_FAULT_NONE);
            assert_string_equal(t.cells[0], rows[i].who);
        } else {
            assert_string_equal(t.state, rows[i].state);
            assert_non_null(strstr(t.has_error ? t.message : t.detail, rows[i].says));
        }
        pg_trip_fini(&t);
        close_pg(rig);
    }
}

/* Sizes around those of packets, buffers and turns. */
static void large_ones_go_through(void **state)
{
    static char text[3 * 1024 * 1024];
    vg_pg_param param = {.value = {text, sizeof text}};
    pg_rig *rig = *state;
    pg_trip t;

    memset(text, 'x', sizeof text);
    rig->endpoint.max_reply_bytes = 20000000;
    connect_as(rig, "ticket", "gssencmode=require");
    for (size_t len = 7900; len < sizeof text; len += len < 40000 ? 97 : len / 2 + 1) {
        param.value.len = len;
        pg_trip_one(&t, rig, "SELECT $1::text");
        t.statements[0].params = &param;
        t.statements[0].param_count = 1;
        pg_trip_go(&t);
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_int_equal(t.bytes, len);
        pg_trip_fini(&t);
    }
    pg_trip_go(pg_trip_one(&t, rig, "SELECT n, repeat('y', 90) FROM generate_series(1, 50000) n"));
    assert_int_equal(t.rows[0].rows, 50000);
    pg_trip_fini(&t);
    pg_trip_start(pg_trip_one(&t, rig, "SELECT pg_sleep(40)"));
    for (int i = 0; i < 20; i++)
        pg_rig_turn(rig);
    pg_trip_stop(&t); /* told without it, as libpq does */
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
}

/* --- a realm that is away -------------------------------------------------------------------- */

static void without_one_there_is_a_fault_or_another_way(void **state)
{
    pg_rig *rig = *state;
    pg_trip t;

    pg_server_tell(&realm, "stop");
    pg_server_tell(&realm, "forget");
    connect_as(rig, "ticket", "gssencmode=require");
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    print_message("%s\n", t.detail);
    assert_false(t.was_sent);
    close_pg(rig);
    connect_as(rig, GATE, "gssencmode=prefer");
    assert_string_equal(pg_rig_ask(rig, WHO), "-");
    pg_server_tell(&realm, "start");
}

/* The loop goes on, others too, and who waited for it is told when its time has passed. */
static void one_that_is_silent_keeps_nobody_waiting(void **state)
{
    static const char *const ways[] = {"gssencmode=disable", "gssencmode=require"};
    pg_rig *rig = *state;
    void *second;
    pg_rig *other;

    pg_rig_open(&second);
    other = second;
    connect_as(other, GATE, "");
    assert_string_equal(pg_rig_ask(other, "SELECT 'fine'"), "fine");
    for (int i = 0; i < 2; i++) {
        pg_trip t;

        pg_server_tell(&realm, "forget");
        pg_server_tell(&realm, "freeze");
        rig->endpoint.connect_ms = 600;
        connect_as(rig, "ticket", ways[i]);
        pg_trip_start(pg_trip_one(&t, rig, "SELECT 1"));
        for (int n = 0; t.endings == 0; n++) {
            pg_rig_turn(rig); /* or a turn would last until the realm has answered */
            assert_string_equal(pg_rig_ask(other, "SELECT 'fine'"), "fine");
        }
        assert_int_equal(t.fault, VG_FAULT_CONNECT);
        assert_string_equal(t.detail, "the time to connect has passed");
        pg_server_tell(&realm, "thaw");
        pg_rig_await_good(rig, "SELECT 'back'");
        close_pg(rig);
    }
    pg_rig_close(&second);
}

static void start_servers(void)
{
    char line[640], path[600];

    pg_server_run(&realm, "tests/support/kerberos.py", (const char *const[]){NULL});
    snprintf(path, sizeof path, "%s/krb5.conf", realm.url);
    setenv("KRB5_CONFIG", path, 1);
    pg_server_start(&server, "debian", NULL);
    snprintf(line, sizeof line, "give server.keytab %s/server.keytab", realm.url);
    pg_server_tell(&server, line);
    pg_server_tell(&server, "set krb_server_keyfile FILE:server.keytab");
    pg_server_tell(&server, "allow host all ticket,another all gss include_realm=0");
    pg_server_tell(&server, "stop");
    pg_server_tell(&server, "start");
}

static void make_roles(void)
{
    void *state;
    pg_rig *rig;

    pg_rig_open(&state);
    rig = state;
    connect_as(rig, GATE, "");
    pg_rig_ask(rig, "CREATE ROLE ticket LOGIN");
    pg_rig_ask(rig, "CREATE ROLE another LOGIN");
    pg_rig_close(&state);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(a_ticket_lets_in),
        PG_TEST(large_ones_go_through),
        PG_TEST(without_one_there_is_a_fault_or_another_way),
        PG_TEST(one_that_is_silent_keeps_nobody_waiting),
    };
    int failed;

    start_servers();
    make_roles();
    failed = cmocka_run_group_tests_name("transport/pg_gss", tests, NULL, NULL);
    pg_server_end(&server);
    pg_server_end(&realm);
    return failed;
}
