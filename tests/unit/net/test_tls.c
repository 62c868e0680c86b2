/* TLS itself: which certificate is for which name, which tickets are taken when, whom a client's
 * certificate names and that the request says so, and what a client gets whose handshake has no
 * place to run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "net/tls_cert.h"
#include "net/tls_client.h"
#include "net/tls_tickets.h"
#include "tests/support/http_server.h"
#include "tests/unit/net/wire_tls.h"

#define HOST      "Host: h\r\n"
#define GET(path) VG_LIT("GET " path " HTTP/1.1\r\n" HOST "\r\n")

/* --- names ----------------------------------------------------------------------------------- */

static void a_certificate_is_for_its_names(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("a.test"), VG_LIT_INIT("*.b.test"),
                                     VG_LIT_INIT("*"), VG_LIT_INIT("*.")};
    static const vg_tls_cert cert = {.names = names, .name_count = 4};
    static const struct {
        const char *name;
        int match;
    } rows[] = {
        {"a.test", 2},   {"A.TEST", 2},     {"x.b.test", 1}, {"X.B.test", 1}, {"b.test", 0},
        {".b.test", 0},  {"x.y.b.test", 0}, {"test", 0},     {"a.tes", 0},    {"xa.test", 0},
        {"*.b.test", 2}, {"", 0},           {"x.", 0},       {"anything", 0}, {"a.test.", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (vg_tls_cert_match(&cert, vg_slice_str(rows[i].name)) != rows[i].match)
            fail_msg("%s: not %d", rows[i].name, rows[i].match);
}

static size_t name_of(const char *names, char to[VG_TLS_PEER_BYTES + 1])
{
    char path[64];
    FILE *file;
    X509 *cert;
    size_t len;

    http_server_make_cert(path, names);
    file = fopen(path, "r");
    cert = PEM_read_X509(file, NULL, NULL, NULL);
    assert_non_null(cert);
    len = vg_tls_client_name(cert, to);
    X509_free(cert);
    fclose(file);
    unlink(path);
    return len;
}

static void a_client_has_the_most_telling_name_of_its_certificate(void **state)
{
    char long_name[400] = "DNS:";
    static const struct {
        const char *names, *name;
    } rows[] = {
        {"DNS:a.test,URI:spiffe://x/y,DNS:b.test", "spiffe://x/y"},
        {"email:a@b.test,DNS:a.test,DNS:b.test", "a.test"},
        {"IP:127.0.0.1", "vecgate test"}, /* the common name */
    };
    char name[VG_TLS_PEER_BYTES + 1];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(name_of(rows[i].names, name), strlen(rows[i].name));
        assert_string_equal(name, rows[i].name);
    }
    memset(long_name + 4, 'x', 300); /* one that does not fit is none, */
    assert_int_equal(name_of(long_name, name), strlen("vecgate test")); /* and the next is taken */
}

/* --- tickets --------------------------------------------------------------------------------- */

static const uint64_t hour = VG_TICKET_HOUR_MS;

static bool finds(uint64_t now_ms, const vg_ticket_key *given, bool *is_old)
{
    vg_ticket_key key;
    bool found = vg_tls_tickets_find(now_ms, given->name, &key, is_old);

    if (found)
        assert_memory_equal(&key, given, sizeof key);
    return found;
}

static void tickets_are_taken_for_the_hour_and_the_next(void **state)
{
    const uint64_t start = 500000 * hour;
    vg_ticket_key first, second, third;
    bool is_old;

    (void)state;
    vg_tls_tickets_forget();
    assert_true(vg_tls_tickets_prepare(start));
    assert_true(vg_tls_tickets_current(start, &first));
    assert_true(finds(start + hour - 1, &first, &is_old) && !is_old);
    assert_true(vg_tls_tickets_current(start + hour, &second));
    assert_memory_not_equal(&first, &second, sizeof first.name);
    assert_memory_not_equal(first.cipher, second.cipher, sizeof first.cipher);
    assert_memory_not_equal(first.mac, second.mac, sizeof first.mac);
    assert_memory_not_equal(first.mac, first.cipher, sizeof first.mac);
    assert_true(finds(start + hour, &first, &is_old) && is_old);
    assert_true(finds(start + hour, &second, &is_old) && !is_old);
    assert_true(vg_tls_tickets_current(start + 2 * hour, &third));
    assert_false(finds(start + 2 * hour, &first, &is_old));
    assert_true(finds(start + 2 * hour, &second, &is_old) && is_old);
    assert_true(finds(start, &third, &is_old)); /* a clock that was put back */
    assert_false(finds(start + 100 * hour, &third, &is_old));
}

/* As a worker does that was forked later, or did nothing for some hours. */
static void all_workers_come_to_the_same_keys(void **state)
{
    const uint64_t start = 500000 * hour;
    vg_ticket_key ours, theirs = {0};
    int pipes[2];

    (void)state;
    vg_tls_tickets_forget();
    assert_true(vg_tls_tickets_prepare(start));
    assert_int_equal(pipe(pipes), 0);
    if (fork() == 0) {
        for (int i = 1; i <= 3; i++)
            vg_tls_tickets_current(start + (uint64_t)i * hour, &ours);
        _exit(write(pipes[1], &ours, sizeof ours) != sizeof ours);
    }
    assert_int_equal(read(pipes[0], &theirs, sizeof theirs), sizeof theirs);
    assert_true(vg_tls_tickets_current(start + 3 * hour, &ours));
    assert_memory_equal(&ours, &theirs, sizeof ours);
    close(pipes[0]);
    close(pipes[1]);
    vg_tls_tickets_forget();
}

/* --- a listener ------------------------------------------------------------------------------ */

static door house;

static void expect_who(const char *name)
{
    client to;
    char wanted[256];

    door_open(&house);
    client_open(&to, &house);
    snprintf(wanted, sizeof wanted,
             "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\ncontent-type: text/plain\r\n\r\n%s",
             strlen(name), name);
    for (int i = 0; i < 2; i++) {
        client_send(&to, GET("/who"));
        client_expect(&to, wanted);
    }
    client_close(&to);
    door_close(&house);
}

static void the_request_says_whom_the_certificate_names(void **state)
{
    (void)state;
    wire_rule = (wire_rules){"URI:spiffe://x/y", true, true, NULL};
    expect_who("spiffe://x/y");
    wire_rule.shows = false;
    expect_who("");
    wire_rule = (wire_rules){"DNS:localhost", false, true, NULL};
    expect_who(""); /* nobody asked, so nobody looked */
}

static bool refuse(vg_pools *pools, vg_pool_name pool, vg_work *work)
{
    (void)pools, (void)work;
    assert_int_equal(pool, VG_POOL_HANDSHAKE);
    return false;
}

static uint64_t ended_so(vg_handshake outcome)
{
    return vg_metrics_read(house.metrics, VG_M_tls_handshakes_total,
                           (vg_cell){.outcome = (uint8_t)outcome});
}

static void a_handshake_without_a_place_is_refused(void **state)
{
    client to;

    (void)state;
    wire_rule = (wire_rules){"DNS:localhost", false, false, refuse};
    door_open(&house);
    client_open(&to, &house);
    client_expect_end(&to);
    assert_int_equal(ended_so(VG_HANDSHAKE_REFUSED), 1);
    client_close(&to);
    door_close(&house);
    wire_rule = (wire_rules){"DNS:localhost", false, false, NULL};
}

/* The work is with the pool when its client leaves and patience ends. */
static vg_work *kept;

static bool keep(vg_pools *pools, vg_pool_name pool, vg_work *work)
{
    (void)pools, (void)pool;
    kept = work;
    return true;
}

static bool is_kept(const door *self)
{
    (void)self;
    return kept != NULL;
}

static bool is_late(const door *self)
{
    return door_count(self, VG_M_timeouts_total) == 1;
}

static void a_connection_outlives_the_step_that_the_pool_has(void **state)
{
    static const char record[] = "\x16\x03\x01\x00\x05hello";
    client to;

    (void)state;
    wire_rule = (wire_rules){"DNS:localhost", false, false, keep};
    door_open(&house);
    house.bounds.handshake_ms = 100;
    client_connect(&to, &house);
    assert_int_equal(send(to.fd, record, sizeof record - 1, MSG_NOSIGNAL), sizeof record - 1);
    door_wait(&house, is_kept);
    close(to.fd);
    door_wait(&house, is_late);
    for (int i = 0; i < 50; i++)
        door_turn(&house);
    assert_int_equal(vg_listener_connections(house.listener), 1);
    kept->run(kept);
    vg_work_finish(kept);
    door_close(&house);
    wire_rule = (wire_rules){"DNS:localhost", false, false, NULL};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_for_its_names),
        cmocka_unit_test(a_client_has_the_most_telling_name_of_its_certificate),
        cmocka_unit_test(tickets_are_taken_for_the_hour_and_the_next),
        cmocka_unit_test(all_workers_come_to_the_same_keys),
        cmocka_unit_test(the_request_says_whom_the_certificate_names),
        cmocka_unit_test(a_handshake_without_a_place_is_refused),
        cmocka_unit_test(a_connection_outlives_the_step_that_the_pool_has),
    };

    return cmocka_run_group_tests_name("net/tls", tests, NULL, NULL);
}
