/* TLS, proxies, and what must not get through. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/http_rig.h"

/* --- TLS ------------------------------------------------------------------------------------- */

static http_rig *serve_tls_as(void **state, char cert[64], const char *names)
{
    http_rig *rig = *state;

    http_server_make_cert(cert, names);
    rig->server = http_server_new(&(http_server_parts){.cert_file = cert});
    http_rig_set_url(rig, "https", http_server_port(rig->server), "");
    return rig;
}

static http_rig *serve_tls(void **state, char cert[64])
{
    return serve_tls_as(state, cert, "IP:127.0.0.1");
}

static void a_certificate_that_nobody_vouches_for_is_refused(void **state)
{
    char cert[64];
    http_rig *rig = serve_tls(state, cert);
    http_trip t;

    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_false(t.was_sent);
    assert_non_null(strstr(t.detail, "self-signed"));
    unlink(cert);
}

static void a_certificate_of_the_configured_authority_is_taken(void **state)
{
    char cert[64];
    http_rig *rig = serve_tls(state, cert);
    http_trip t;

    rig->endpoint.ca_file = vg_slice_str(cert);
    http_rig_connect(rig);
    for (int i = 0; i < 3; i++) {
        http_trip_go(http_trip_get(&t, rig, "/ok"));
        assert_int_equal(t.status, 200);
        assert_true(t.was_sent);
    }
    assert_int_equal(http_server_count(rig->server).connections, 1);
    unlink(cert);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    char cert[64];
    http_rig *rig = serve_tls_as(state, cert, "IP:127.0.0.9,DNS:localhost");
    http_trip t;

    rig->endpoint.ca_file = vg_slice_str(cert);
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_false(t.was_sent);
    unlink(cert);
}

/* By its name, which is looked up as any other; by its address it is somebody else. */
static void a_certificate_is_for_a_name_or_an_address(void **state)
{
    static const struct {
        const char *says;
        const char *names;
        const char *host;
        vg_fault fault;
    } rows[] = {
        {"a name for the name", "DNS:localhost", "localhost", VG_FAULT_NONE},
        {"a name for the address", "DNS:localhost", "127.0.0.1", VG_FAULT_TLS},
        {"another name", "DNS:elsewhere", "localhost", VG_FAULT_TLS},
        {"an address for the name", "IP:127.0.0.1", "localhost", VG_FAULT_TLS},
        {"an address written as a name", "DNS:127.0.0.1", "127.0.0.1", VG_FAULT_TLS},
    };
    http_rig *rig = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char cert[64];
        http_trip t;

        print_message("%s\n", rows[i].says);
        serve_tls_as(state, cert, rows[i].names);
        rig->endpoint.ca_file = vg_slice_str(cert);
        snprintf(rig->url, sizeof rig->url, "https://%s:%d", rows[i].host,
                 http_server_port(rig->server));
        rig->endpoint.base_url = vg_slice_str(rig->url);
        http_rig_connect(rig);
        http_trip_go(http_trip_get(&t, rig, "/ok"));
        assert_int_equal(t.fault, rows[i].fault);
        rig->http->close(rig->http);
        rig->http = NULL;
        http_server_free(rig->server);
        rig->server = NULL;
        unlink(cert);
    }
}

static void a_ca_file_that_comes_later_is_read(void **state)
{
    char cert[64], later[80];
    http_rig *rig = serve_tls(state, cert);
    http_trip t;

    snprintf(later, sizeof later, "%s.later", cert);
    rig->endpoint.ca_file = vg_slice_str(later);
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_int_equal(rename(cert, later), 0);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_NONE);
    unlink(later);
}

static void a_ca_file_that_is_not_there_is_a_tls_fault(void **state)
{
    char cert[64];
    http_rig *rig = serve_tls(state, cert);
    http_trip t;

    rig->endpoint.ca_file = VG_LIT("/nonexistent/ca.pem");
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    unlink(cert);
}

/* --- proxies, and what the environment says -------------------------------------------------- */

static void a_proxy_gets_the_whole_url(void **state)
{
    http_rig *rig = *state;
    http_trip t;
    char proxy[64];

    rig->server = http_server_new(&(http_server_parts){0});
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", http_server_port(rig->server));
    rig->endpoint.proxy = vg_slice_str(proxy);
    rig->endpoint.base_url = VG_LIT("http://user:word@name.invalid:6333/base");
    http_rig_connect(rig);
    http_trip_go(http_trip_get(&t, rig, "/echo"));
    assert_int_equal(t.fault, VG_FAULT_NONE); /* the name is the proxy's to look up */
    assert_non_null(strstr(t.body, "GET http://name.invalid:6333/base/echo HTTP/1.1\r\n"));
    assert_non_null(strstr(t.body, "\r\nHost: name.invalid:6333\r\n"));
}

static void the_direct_carrier_refuses_a_proxy(void **state)
{
    http_rig *rig = *state;
    vg_http_parts parts = {
        .loop = vg_loop_uv_loop(rig->driver), .uv = &rig->uv, .endpoint = &rig->endpoint};

    rig->endpoint.base_url = VG_LIT("http://127.0.0.1:1");
    rig->endpoint.proxy = VG_LIT("http://127.0.0.1:2");
    rig->endpoint.carrier = VG_CARRIER_DIRECT;
    assert_null(vg_http_new(&parts));
}

static void the_environments_proxy_is_not_used(void **state)
{
    http_rig *rig;
    http_trip t;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    rig = http_rig_serve(state);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.status, 200);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void a_line_break_makes_no_header(void **state)
{
    http_rig *rig = http_rig_serve(state);
    const vg_header evil = {VG_LIT("x-a"), VG_LIT("1\r\nx-b: 2")};
    http_trip t;

    http_trip_get(&t, rig, "/echo")->x.as.http.headers = &evil;
    t.x.as.http.header_count = 1;
    http_trip_go(&t);
    assert_int_not_equal(t.fault, VG_FAULT_NONE);
    assert_false(t.was_sent);
    http_trip_get(&t, rig, "/ec\r\nho");
    http_trip_go(&t);
    assert_int_not_equal(t.fault, VG_FAULT_NONE);
    assert_int_equal(http_server_count(rig->server).requests, 0);
}

static void a_target_is_one_word(void **state)
{
    static const char *const rows[] = {"/ec ho", "/ec\tho", "/echo HTTP/1.0", "/ec\x7fho"};
    http_rig *rig = http_rig_serve(state);
    http_trip t;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        http_trip_go(http_trip_get(&t, rig, rows[i]));
        assert_int_not_equal(t.fault, VG_FAULT_NONE);
        assert_false(t.was_sent);
    }
    assert_int_equal(http_server_count(rig->server).requests, 0);
}

static void an_endpoint_that_cannot_be_used_is_refused(void **state)
{
    http_rig *rig = *state;
    vg_http_parts parts = {
        .loop = vg_loop_uv_loop(rig->driver), .uv = &rig->uv, .endpoint = &rig->endpoint};

    rig->endpoint.base_url = VG_LIT("http://");
    assert_null(vg_http_new(&parts));
    rig->endpoint.base_url = VG_LIT("http://127.0.0.1:1");
    rig->endpoint.auth = (vg_header){VG_LIT("api-key"), VG_LIT("a\nb")};
    assert_null(vg_http_new(&parts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(a_certificate_that_nobody_vouches_for_is_refused),
        HTTP_TEST(a_certificate_of_the_configured_authority_is_taken),
        HTTP_TEST(a_certificate_for_another_name_is_refused),
        HTTP_TEST(a_certificate_is_for_a_name_or_an_address),
        HTTP_TEST(a_ca_file_that_comes_later_is_read),
        HTTP_TEST(a_ca_file_that_is_not_there_is_a_tls_fault),
        HTTP_TEST(the_environments_proxy_is_not_used),
        HTTP_TEST(a_line_break_makes_no_header),
        HTTP_TEST(a_target_is_one_word),
        HTTP_TEST(an_endpoint_that_cannot_be_used_is_refused),
    };

    const struct CMUnitTest proxies[] = {
        HTTP_TEST(a_proxy_gets_the_whole_url),
        HTTP_TEST(the_direct_carrier_refuses_a_proxy),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    failed = HTTP_RUN(tests);
    http_rig_with(VG_CARRIER_AUTO);
    return failed + cmocka_run_group_tests(proxies, NULL, NULL);
}
