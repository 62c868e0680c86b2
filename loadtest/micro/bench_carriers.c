/* What a request to a backend costs with each carrier: libcurl and our own sockets, plain and with
 * TLS, with the body of a small search and with that of one of 1536 dimensions. The carriers take
 * turns; each figure is the median of its rounds.
 *
 *     bench_carriers [rounds]            (11)
 *
 * CPU time of the loop's thread for one exchange, from send() to ended(), the system's share
 * included; replies have 600 bytes. The backend answers from threads of its own, which do not
 * count. `new` is an exchange on a connection of its own. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"
#include "net/loop_uv.h"
#include "tests/support/http_server.h"
#include "transport/http.h"

enum { MOST_ROUNDS = 501, AT_ONCE = 16, TIMES = 4000, TIMES_NEW = 200, CARRIERS = 2 };

static const struct kind {
    const char *name;
    bool is_tls;
    bool is_new;
    size_t body_bytes;
} kinds[] = {
    {"plain, 200 B", false, false, 200},     {"plain, 17.5 kB", false, false, 17500},
    {"TLS, 200 B", true, false, 200},        {"TLS, 17.5 kB", true, false, 17500},
    {"plain, 200 B, new", false, true, 200}, {"TLS, 200 B, new", true, true, 200},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static double figures[KINDS][CARRIERS][MOST_ROUNDS];
static char body[17500];

struct bench {
    uv_loop_t uv;
    vg_loop_uv *driver;
    vg_transport *http;
    vg_exchange x;
    int left; /* to be sent */
    int open; /* under way */
};

static void ended(void *arg, const vg_ending *ending)
{
    struct bench *b = arg;

    VG_CHECK(ending->fault == VG_FAULT_NONE && ending->reply->http.body.len == 600);
    b->open--;
    if (b->left > 0) {
        b->left--;
        b->open++;
        b->http->send(b->http, &b->x, ended, b);
    } else if (b->open == 0) {
        uv_stop(&b->uv);
    }
}

static void run(struct bench *b, int times)
{
    int at_once = b->x.repeat == VG_REPEAT_NEVER ? 1 : AT_ONCE;

    b->left = times - at_once;
    b->open = at_once;
    for (int i = 0; i < at_once; i++)
        b->http->send(b->http, &b->x, ended, b);
    uv_run(&b->uv, UV_RUN_DEFAULT);
}

static double thread_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void on_alive(uv_timer_t *timer)
{
    (void)timer;
}

static double measure(const struct kind *kind, const vg_endpoint *endpoint)
{
    static const vg_header typed = {VG_LIT_INIT("content-type"), VG_LIT_INIT("application/json")};
    int times = kind->is_new ? TIMES_NEW : TIMES;
    struct bench b = {0};
    vg_http_parts parts = {.uv = &b.uv, .endpoint = endpoint, .name = VG_LIT("bench")};
    uv_timer_t alive;
    double before;

    uv_loop_init(&b.uv);
    uv_timer_init(&b.uv, &alive);
    uv_timer_start(&alive, on_alive, 1000000, 0);
    b.driver = vg_loop_uv_open(&b.uv, NULL);
    parts.loop = vg_loop_uv_loop(b.driver);
    b.http = vg_http_new(&parts);
    VG_CHECK(b.http != NULL);
    b.x = (vg_exchange){.name = "bench", .via = VG_VIA_HTTP};
    b.x.repeat = kind->is_new ? VG_REPEAT_NEVER : VG_REPEAT_ALWAYS;
    b.x.as.http = (vg_http_request){.method = "POST",
                                    .target = VG_LIT("/large/600"),
                                    .headers = &typed,
                                    .header_count = 1,
                                    .body = vg_slice_of(body, kind->body_bytes)};
    run(&b, AT_ONCE * 4); /* connections are there, and buffers */
    before = thread_us();
    run(&b, times);
    before = (thread_us() - before) / times;
    b.http->close(b.http);
    uv_close((uv_handle_t *)&alive, NULL);
    vg_loop_uv_close(b.driver);
    while (uv_run(&b.uv, UV_RUN_DEFAULT) != 0)
        continue;
    uv_loop_close(&b.uv);
    return before;
}

static void measure_all(int round)
{
    char cert[64], url[64];

    http_server_make_cert(cert, "IP:127.0.0.1");
    for (int k = 0; k < KINDS; k++) {
        http_server *server =
            http_server_new(&(http_server_parts){.cert_file = kinds[k].is_tls ? cert : NULL});
        vg_endpoint endpoint = {.base_url = {url, 0}, .ca_file = vg_slice_str(cert)};

        snprintf(url, sizeof url, "http%s://127.0.0.1:%d", kinds[k].is_tls ? "s" : "",
                 http_server_port(server));
        endpoint.base_url = vg_slice_str(url);
        for (int c = 0; c < CARRIERS; c++) {
            endpoint.carrier = c == 0 ? VG_CARRIER_CURL : VG_CARRIER_DIRECT;
            figures[k][c][round] = measure(&kinds[k], &endpoint);
        }
        http_server_free(server);
    }
    unlink(cert);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 11;

    VG_CHECK(rounds > 0 && rounds <= MOST_ROUNDS);
    signal(SIGPIPE, SIG_IGN);
    memset(body, '1', sizeof body);
    for (int round = 0; round < rounds; round++)
        measure_all(round);
    printf("%-20s %10s %10s %7s\n", "CPU us an exchange", "curl", "direct", "ratio");
    for (int k = 0; k < KINDS; k++) {
        double curl = median(figures[k][0], rounds), direct = median(figures[k][1], rounds);

        printf("%-20s %10.1f %10.1f %7.2f\n", kinds[k].name, curl, direct, direct / curl);
    }
    return 0;
}
