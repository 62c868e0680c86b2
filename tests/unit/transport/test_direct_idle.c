/* What the direct carrier forgets with time. A connection that nobody uses: two minutes later a
 * server or a firewall on the way may have forgotten it. Addresses behind which somebody else was.
 * The loop's clock is turned by hand here, and getaddrinfo() is ours. */
#include <arpa/inet.h>
#include <netdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "tests/support/fake_loop.h"
#include "tests/support/http_server.h"
#include "transport/http.h"

#define SECOND_NS ((uint64_t)1000000000)

static atomic_int asked;

/* Every name is this machine's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    struct addrinfo *info = calloc(1, sizeof *info);
    struct sockaddr_in *in = calloc(1, sizeof *in);

    (void)node, (void)hints;
    asked++;
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)strtoul(service, NULL, 10));
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    info->ai_family = AF_INET;
    info->ai_addrlen = sizeof *in;
    info->ai_addr = (struct sockaddr *)in;
    *out = info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    free(info->ai_addr);
    free(info);
}

struct rig {
    uv_loop_t uv;
    fake_loop *fake;
    http_server *server;
    vg_endpoint endpoint;
    char url[64];
    vg_transport *http;
    vg_exchange x;
    vg_fault fault; /* how each ends */
    int open;
};

static void connect_to(struct rig *rig, const char *scheme, const char *host)
{
    vg_http_parts parts = {.uv = &rig->uv, .endpoint = &rig->endpoint, .name = VG_LIT("test")};

    snprintf(rig->url, sizeof rig->url, "%s://%s:%d", scheme, host, http_server_port(rig->server));
    rig->endpoint.base_url = vg_slice_str(rig->url);
    parts.loop = fake_loop_loop(rig->fake);
    rig->http = vg_http_new(&parts);
}

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    uv_loop_init(&rig->uv);
    rig->fake = fake_loop_new();
    rig->server = http_server_new(&(http_server_parts){0});
    rig->endpoint.carrier = VG_CARRIER_DIRECT;
    connect_to(rig, "http", "127.0.0.1");
    rig->x = (vg_exchange){.name = "test.get", .via = VG_VIA_HTTP, .repeat = VG_REPEAT_ALWAYS};
    rig->x.as.http = (vg_http_request){.method = "GET", .target = VG_LIT("/ok")};
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;

    rig->http->close(rig->http);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&rig->uv), 0);
    fake_loop_free(rig->fake);
    http_server_free(rig->server);
    free(rig);
    return 0;
}

static void ended(void *arg, const vg_ending *ending)
{
    struct rig *rig = arg;

    assert_int_equal(ending->fault, rig->fault);
    rig->open--;
}

static void ask(struct rig *rig, int at_once)
{
    rig->open = at_once;
    for (int i = 0; i < at_once; i++)
        rig->http->send(rig->http, &rig->x, ended, rig);
    while (rig->open > 0) {
        uv_run(&rig->uv, UV_RUN_NOWAIT);
        fake_loop_settle(rig->fake);
    }
}

static void a_connection_rests_for_two_minutes_at_most(void **state)
{
    struct rig *rig = *state;

    ask(rig, 1);
    fake_loop_advance(rig->fake, 117 * SECOND_NS);
    ask(rig, 1);
    assert_int_equal(http_server_count(rig->server).connections, 1);
    fake_loop_advance(rig->fake, 119 * SECOND_NS);
    ask(rig, 1);
    assert_int_equal(http_server_count(rig->server).connections, 2);
}

/* One stays in use; the others are closed when their time has come. */
static void those_behind_the_one_in_use_grow_old(void **state)
{
    struct rig *rig = *state;

    ask(rig, 5);
    assert_int_equal(http_server_count(rig->server).open, 5);
    for (int i = 0; i < 3; i++) {
        fake_loop_advance(rig->fake, 50 * SECOND_NS);
        ask(rig, 1);
    }
    while (http_server_count(rig->server).open > 1)
        uv_run(&rig->uv, UV_RUN_NOWAIT);
    assert_int_equal(http_server_count(rig->server).connections, 5);
}

/* The certificate is nobody's whom we trust: after a second the name is looked up again. */
static void addresses_of_somebody_else_are_doubted(void **state)
{
    struct rig *rig = *state;
    char cert[64];

    rig->http->close(rig->http);
    http_server_free(rig->server);
    http_server_make_cert(cert, "DNS:name.invalid");
    rig->server = http_server_new(&(http_server_parts){.cert_file = cert});
    unlink(cert);
    connect_to(rig, "https", "name.invalid");
    rig->fault = VG_FAULT_TLS;
    ask(rig, 1);
    ask(rig, 1);
    assert_int_equal(asked, 1);
    fake_loop_advance(rig->fake, SECOND_NS);
    ask(rig, 1);
    assert_int_equal(asked, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_rests_for_two_minutes_at_most),
        TEST(those_behind_the_one_in_use_grow_old),
        TEST(addresses_of_somebody_else_are_doubted),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
