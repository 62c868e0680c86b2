/* What happens on a connection besides a request and its reply: bodies that do not fit into the
 * system at once, answers before the end of a request and bytes behind a reply, TLS that ends well
 * or not, sessions that go on. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/http_rig.h"

/* The second is more than the system takes at once, the third more than the server reads. */
enum { LARGE = 900 * 1000, LARGER = 15 << 20, VERY_LARGE = 32 << 20 };

/* Certificates are few: one for all tests. */
static char cert[64];

static http_rig *serve_tls(void **state)
{
    http_rig *rig = *state;

    rig->server = http_server_new(&(http_server_parts){.cert_file = cert});
    http_rig_set_url(rig, "https", http_server_port(rig->server), "");
    rig->endpoint.ca_file = vg_slice_str(cert);
    http_rig_connect(rig);
    return rig;
}

static char *make_body(size_t len)
{
    char *body = malloc(len);
    unsigned x = 1;

    for (size_t i = 0; i < len; i++) {
        x = x * 1103515245 + 12345;
        body[i] = (char)(x >> 16);
    }
    return body;
}

/* What nobody reads. */
static char *make_very_large(void)
{
    char *body = malloc(VERY_LARGE);

    memset(body, 'x', VERY_LARGE);
    return body;
}

static http_trip *put(http_trip *t, http_rig *rig, const char *target, vg_slice body)
{
    http_trip_get(t, rig, target)->x.as.http.method = "PUT";
    t->x.as.http.body = body;
    return t;
}

/* --- bodies ---------------------------------------------------------------------------------- */

static void put_all_sizes(http_rig *rig)
{
    static const size_t sizes[] = {0,     1,     200,    16000, 16300, 16384,
                                   17500, 70000, 200000, LARGE, LARGER};
    char *body = make_body(LARGER);
    char expect[64];
    http_trip t;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned sum = 0;

        for (size_t k = 0; k < sizes[i]; k++)
            sum = sum * 31 + (unsigned char)body[k];
        snprintf(expect, sizeof expect, "%zu %u", sizes[i], sum);
        http_trip_go(put(&t, rig, "/sum", vg_slice_of(body, sizes[i])));
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_string_equal(t.body, expect);
    }
    assert_int_equal(http_server_count(rig->server).connections, 1);
    free(body);
}

static void bodies_of_all_sizes_arrive_whole(void **state)
{
    put_all_sizes(http_rig_serve(state));
}

static void so_they_do_with_tls(void **state)
{
    put_all_sizes(serve_tls(state));
}

static void stop_while_writing(http_rig *rig)
{
    char *body = make_very_large();
    http_trip t;

    http_trip_start(put(&t, rig, "/deaf", vg_slice_of(body, VERY_LARGE)));
    while (http_server_count(rig->server).requests == 0)
        http_rig_turn(rig);
    for (int i = 0; i < 20; i++)
        http_rig_turn(rig);
    http_trip_stop(&t);
    free(body); /* nobody reads it any more */
    assert_true(t.was_sent);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.status, 200);
}

static void writing_can_be_stopped(void **state)
{
    stop_while_writing(http_rig_serve(state));
}

static void so_it_can_with_tls(void **state)
{
    stop_while_writing(serve_tls(state));
}

/* --- answers at the wrong time --------------------------------------------------------------- */

static void answer_early(http_rig *rig)
{
    char *body = make_very_large();
    http_trip t;

    http_trip_go(put(&t, rig, "/early", vg_slice_of(body, VERY_LARGE)));
    free(body);
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_int_equal(t.status, 413);
    assert_string_equal(t.body, "too much");
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.status, 200);
    assert_int_equal(http_server_count(rig->server).connections, 2);
}

static void an_answer_before_the_body_was_read_is_delivered(void **state)
{
    answer_early(http_rig_serve(state));
}

static void so_it_is_with_tls(void **state)
{
    answer_early(serve_tls(state));
}

static void ask_after_extra(http_rig *rig)
{
    http_trip t;

    for (int i = 0; i < 3; i++) {
        http_trip_go(http_trip_get(&t, rig, "/extra"));
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_string_equal(t.body, "{}");
        http_trip_go(http_trip_get(&t, rig, "/ok"));
        assert_string_equal(t.body, "{\"ok\":true}");
    }
    assert_int_equal(http_server_count(rig->server).connections, 4);
}

static void what_stands_behind_a_reply_is_nobodys(void **state)
{
    ask_after_extra(http_rig_serve(state));
}

static void so_it_is_nobodys_with_tls(void **state)
{
    ask_after_extra(serve_tls(state));
}

static void an_idle_connection_that_speaks_is_closed(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/unasked"));
    assert_int_equal(t.status, 200);
    assert_int_equal(http_server_count(rig->server).open, 1);
    http_server_let_go(rig->server);
    while (http_server_count(rig->server).open > 0)
        http_rig_turn(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_string_equal(t.body, "{\"ok\":true}");
    assert_int_equal(http_server_count(rig->server).connections, 2);
}

static void a_head_has_no_body(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_get(&t, rig, "/large/100")->x.as.http.method = "HEAD";
    http_trip_go(&t);
    assert_int_equal(t.status, 200);
    assert_int_equal(t.body_len, 0);
}

/* --- connections ----------------------------------------------------------------------------- */

/* Three at once, then one after the other: the others may rest, and grow old. */
static void the_one_used_last_is_used_next(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip trips[3], t;
    char expect[16];

    for (int i = 0; i < 3; i++)
        http_trip_start(http_trip_get(&trips[i], rig, "/ok"));
    for (int i = 0; i < 3; i++)
        http_trip_finish(&trips[i]);
    assert_int_equal(http_server_count(rig->server).connections, 3);
    for (int i = 1; i < 6; i++) {
        snprintf(expect, sizeof expect, "%d", i);
        http_trip_go(http_trip_get(&t, rig, "/served"));
        assert_string_equal(t.body, expect);
    }
}

/* Each that may not be repeated has a new one; the idle ones make room. */
static void idle_connections_count_under_the_bound(void **state)
{
    http_rig *rig = http_rig_serve(state); /* 4 at once */
    http_trip t;

    for (int i = 0; i < 20; i++) {
        http_trip_get(&t, rig, "/ok")->x.repeat = VG_REPEAT_NEVER;
        http_trip_go(&t);
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(http_server_count(rig->server).connections, 20);
    while (http_server_count(rig->server).open > 4)
        http_rig_turn(rig);
}

static void a_used_connection_that_breaks_fails_what_must_not_be_repeated(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/ok"));
    http_trip_go(http_trip_get(&t, rig, "/reset"));
    assert_int_equal(t.fault, VG_FAULT_RESET); /* on the used one, and on the new one */
    assert_true(t.was_sent);
    assert_int_equal(http_server_count(rig->server).requests, 3);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    http_trip_go(http_trip_get(&t, rig, "/truncated"));
    assert_int_equal(t.fault, VG_FAULT_RESET); /* a byte had come: not again */
    assert_int_equal(http_server_count(rig->server).requests, 5);
}

/* The first try left bytes with a server that is gone by the second. */
static void what_was_sent_once_was_sent(void **state)
{
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/once"));
    http_server_hush(rig->server);
    http_trip_go(http_trip_get(&t, rig, "/once"));
    assert_int_equal(t.fault, VG_FAULT_CONNECT);
    assert_true(t.was_sent);
}

/* --- TLS ------------------------------------------------------------------------------------- */

/* Whoever cuts a connection could else say where a body ends. */
static void a_body_without_a_length_needs_a_farewell(void **state)
{
    http_rig *rig = serve_tls(state);
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/farewell"));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    assert_string_equal(t.body, "{\"a\":1}");
    http_trip_go(http_trip_get(&t, rig, "/no-length"));
    assert_int_equal(t.fault, VG_FAULT_RESET);
    http_trip_go(http_trip_get(&t, rig, "/bye")); /* this one says where it ends */
    assert_int_equal(t.fault, VG_FAULT_NONE);
}

static void sessions_go_on(void **state)
{
    http_rig *rig = serve_tls(state);
    http_trip t;

    for (int i = 0; i < 5; i++) {
        http_trip_get(&t, rig, "/ok")->x.repeat = VG_REPEAT_NEVER;
        http_trip_go(&t);
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(http_server_count(rig->server).connections, 5);
    assert_int_equal(http_server_count(rig->server).resumed, 4);
}

/* Who trusts another authority does not go on with what was agreed under this one. */
static void a_session_is_no_trust(void **state)
{
    http_rig *rig = serve_tls(state);
    char other[64];
    http_trip t;

    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.status, 200);
    rig->http->close(rig->http);
    http_server_make_cert(other, "IP:127.0.0.1");
    rig->endpoint.ca_file = vg_slice_str(other);
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    unlink(other);
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_int_equal(http_server_count(rig->server).resumed, 0);
}

int main(void)
{
    const struct CMUnitTest both[] = {
        HTTP_TEST(bodies_of_all_sizes_arrive_whole),
        HTTP_TEST(so_they_do_with_tls),
        HTTP_TEST(writing_can_be_stopped),
        HTTP_TEST(so_it_can_with_tls),
        HTTP_TEST(an_answer_before_the_body_was_read_is_delivered),
        HTTP_TEST(so_it_is_with_tls),
        HTTP_TEST(what_stands_behind_a_reply_is_nobodys),
        HTTP_TEST(so_it_is_nobodys_with_tls),
        HTTP_TEST(a_head_has_no_body),
        HTTP_TEST(the_one_used_last_is_used_next),
        HTTP_TEST(idle_connections_count_under_the_bound),
        HTTP_TEST(a_used_connection_that_breaks_fails_what_must_not_be_repeated),
        HTTP_TEST(what_was_sent_once_was_sent),
        HTTP_TEST(sessions_go_on),
        HTTP_TEST(a_session_is_no_trust),
    };

    /* curl looks at an idle connection when it takes it, and needs no farewell */
    const struct CMUnitTest strict[] = {
        HTTP_TEST(an_idle_connection_that_speaks_is_closed),
        HTTP_TEST(a_body_without_a_length_needs_a_farewell),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    http_server_make_cert(cert, "IP:127.0.0.1");
    failed = HTTP_RUN(both);
    http_rig_with(VG_CARRIER_DIRECT);
    failed += cmocka_run_group_tests_name("direct", strict, NULL, NULL);
    unlink(cert);
    return failed;
}
