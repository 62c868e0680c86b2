/* Name look-ups that take long: the loop waits for none of them, neither to stop an exchange, nor
 * when the time to connect is over, nor to close. getaddrinfo() is ours here and answers when it is
 * told to; whoever waited for it would wait for ever. */
#include <arpa/inet.h>
#include <netdb.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "net/loop_uv.h"
#include "tests/support/http_server.h"
#include "transport/http.h"

static vg_http_carrier_word carrier = VG_CARRIER_CURL;
static sem_t begun;
static sem_t gate;
static sem_t over;

/* "many.invalid" has three addresses, of which only the last answers; the first of the two of
 * "stuck.invalid" says nothing. Others take their time. */
static struct addrinfo *make_address(const char *service, uint32_t address, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof *info);
    struct sockaddr_in *in = calloc(1, sizeof *in);

    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)strtoul(service, NULL, 10));
    in->sin_addr.s_addr = htonl(address);
    *info = (struct addrinfo){.ai_family = AF_INET,
                              .ai_socktype = SOCK_STREAM,
                              .ai_addrlen = sizeof *in,
                              .ai_addr = (struct sockaddr *)in,
                              .ai_next = next};
    return info;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)hints;
    if (strcmp(node, "many.invalid") == 0) {
        *out = make_address(service, INADDR_LOOPBACK, NULL);
        *out = make_address(service, INADDR_LOOPBACK + 2, *out);
        *out = make_address(service, INADDR_LOOPBACK + 1, *out);
        sem_post(&begun);
        return 0;
    }
    if (strcmp(node, "stuck.invalid") == 0) {
        *out = make_address(service, INADDR_LOOPBACK, NULL);
        *out = make_address(service, INADDR_LOOPBACK + 1, *out);
        sem_post(&begun);
        return 0;
    }
    sem_post(&begun);
    sem_wait(&gate);
    sem_post(&over);
    return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info != NULL) {
        struct addrinfo *next = info->ai_next;

        free(info->ai_addr);
        free(info);
        info = next;
    }
}

struct rig {
    uv_loop_t uv;
    vg_loop_uv *driver;
    uv_timer_t alive;
    vg_endpoint endpoint;
    vg_transport *http;
    vg_exchange x;
    int endings;
    vg_fault fault;
    bool was_sent;
    int status;
};

static void on_alive(uv_timer_t *timer)
{
    (void)timer;
}

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    vg_http_parts parts = {.uv = &rig->uv, .endpoint = &rig->endpoint};

    sem_init(&begun, 0, 0);
    sem_init(&gate, 0, 0);
    sem_init(&over, 0, 0);
    uv_loop_init(&rig->uv);
    uv_timer_init(&rig->uv, &rig->alive);
    uv_timer_start(&rig->alive, on_alive, 5, 5);
    rig->driver = vg_loop_uv_open(&rig->uv, NULL);
    rig->endpoint.base_url = VG_LIT("http://slow.invalid:6333");
    rig->endpoint.carrier = carrier;
    rig->endpoint.connect_ms = 60000;
    parts.loop = vg_loop_uv_loop(rig->driver);
    rig->http = vg_http_new(&parts);
    rig->x = (vg_exchange){.name = "test.get", .via = VG_VIA_HTTP, .repeat = VG_REPEAT_ALWAYS};
    rig->x.as.http = (vg_http_request){.method = "GET", .target = VG_LIT("/")};
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;

    rig->http->close(rig->http);
    uv_close((uv_handle_t *)&rig->alive, NULL);
    vg_loop_uv_close(rig->driver);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&rig->uv), 0);
    free(rig);
    return 0;
}

static void ended(void *arg, const vg_ending *ending)
{
    struct rig *rig = arg;

    rig->endings++;
    rig->fault = ending->fault;
    rig->was_sent = ending->was_sent;
    rig->status = ending->reply != NULL ? ending->reply->http.status : 0;
}

static void start(struct rig *rig)
{
    rig->http->send(rig->http, &rig->x, ended, rig);
    while (sem_trywait(&begun) != 0)
        uv_run(&rig->uv, UV_RUN_ONCE);
}

static void finish(struct rig *rig)
{
    while (rig->endings == 0)
        uv_run(&rig->uv, UV_RUN_ONCE);
    assert_int_equal(rig->endings, 1);
}

/* The look-up's thread ends by itself, after everything else. */
static void let_go(void)
{
    sem_post(&gate);
    sem_wait(&over);
}

static void stopping_does_not_wait_for_a_look_up(void **state)
{
    struct rig *rig = *state;

    start(rig);
    rig->http->stop(rig->http, rig);
    finish(rig);
    assert_int_equal(rig->fault, VG_FAULT_STOPPED);
    assert_false(rig->was_sent);
    let_go();
}

static void renew(struct rig *rig)
{
    vg_http_parts parts = {
        .loop = vg_loop_uv_loop(rig->driver), .uv = &rig->uv, .endpoint = &rig->endpoint};

    rig->http->close(rig->http);
    rig->http = vg_http_new(&parts);
}

static void the_time_to_connect_holds_for_look_ups(void **state)
{
    struct rig *rig = *state;

    rig->endpoint.connect_ms = 20;
    renew(rig);
    start(rig);
    finish(rig);
    assert_int_equal(rig->fault, VG_FAULT_CONNECT);
    assert_false(rig->was_sent);
    let_go();
}

static void a_look_up_that_fails_is_told(void **state)
{
    struct rig *rig = *state;

    start(rig);
    assert_int_equal(rig->endings, 0);
    let_go();
    finish(rig);
    assert_int_equal(rig->fault, VG_FAULT_DNS);
}

static void the_next_address_is_tried_when_one_refuses(void **state)
{
    struct rig *rig = *state;
    http_server *server = http_server_new(&(http_server_parts){0});
    char url[64];

    snprintf(url, sizeof url, "http://many.invalid:%d", http_server_port(server));
    rig->endpoint.base_url = vg_slice_str(url);
    rig->x.as.http.target = VG_LIT("/ok");
    renew(rig);
    start(rig);
    finish(rig);
    assert_int_equal(rig->fault, VG_FAULT_NONE);
    assert_int_equal(rig->status, 200);
    http_server_free(server);
}

/* A listener whose queue is full: connecting to it neither succeeds nor fails. */
static void jam(int port, int fds[9])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    for (int i = 1; i < 9; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
}

static void an_address_that_says_nothing_does_not_hold_up_the_next(void **state)
{
    struct rig *rig = *state;
    http_server *server = http_server_new(&(http_server_parts){0});
    int fds[9];
    char url[64];

    jam(http_server_port(server), fds);
    snprintf(url, sizeof url, "http://stuck.invalid:%d", http_server_port(server));
    rig->endpoint.base_url = vg_slice_str(url);
    rig->x.as.http.target = VG_LIT("/ok");
    renew(rig);
    start(rig);
    finish(rig);
    assert_int_equal(rig->fault, VG_FAULT_NONE);
    assert_int_equal(rig->status, 200);
    for (int i = 0; i < 9; i++)
        close(fds[i]);
    http_server_free(server);
}

static void addresses_are_remembered(void **state)
{
    struct rig *rig = *state;
    http_server *server = http_server_new(&(http_server_parts){0});
    char url[64];

    snprintf(url, sizeof url, "http://many.invalid:%d", http_server_port(server));
    rig->endpoint.base_url = vg_slice_str(url);
    rig->x.as.http.target = VG_LIT("/ok");
    rig->x.repeat = VG_REPEAT_NEVER; /* each has a connection of its own */
    renew(rig);
    start(rig);
    finish(rig);
    for (int i = 0; i < 3; i++) {
        rig->endings = 0;
        rig->http->send(rig->http, &rig->x, ended, rig);
        finish(rig);
        assert_int_equal(rig->status, 200);
    }
    assert_int_not_equal(sem_trywait(&begun), 0);
    assert_int_equal(http_server_count(server).connections, 4);
    http_server_free(server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stopping_does_not_wait_for_a_look_up),
        TEST(the_time_to_connect_holds_for_look_ups),
        TEST(a_look_up_that_fails_is_told),
        TEST(the_next_address_is_tried_when_one_refuses),
        TEST(addresses_are_remembered),
    };

    /* curl would give such an address half of the time to connect */
    const struct CMUnitTest impatient[] = {
        TEST(an_address_that_says_nothing_does_not_hold_up_the_next),
    };
    int failed = cmocka_run_group_tests_name("curl", tests, NULL, NULL);

    carrier = VG_CARRIER_DIRECT;
    failed += cmocka_run_group_tests_name("direct", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("direct", impatient, NULL, NULL);
}
