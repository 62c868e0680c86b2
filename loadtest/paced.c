/* Requests at a fixed rate, whatever becomes of those before: an open loop, beside wrk's closed
 * one. Each is due at a time of its own, evenly apart over all connections, and its latency counts
 * from then on, so that a server that stands still is charged with all that it held up.
 *
 *     paced HOST_PORT RATE SECONDS CONNECTIONS IDLE REQUESTS NEEDLE
 *
 * HOST is an IPv4 address. Each of CONNECTIONS has one request under way at most; the one that has
 * rested longest gets the next. IDLE more have each had one answer of GET /healthz and then wait;
 * whether they were still open at the end is looked at. REQUESTS is a file of whole requests, taken
 * in turn, each behind a line with its bytes. An answer is right that has status 200, a
 * Content-Length, and NEEDLE in it. The first half second is sent, and not measured. Prints one
 * line of JSON:
 *     {"answered":…,"seconds":…,"p50_us":…,"p99_us":…,"p999_us":…,"max_us":…,"late_us":…,"failures":…,"lost_idle":…}
 * where late_us is the 99th percentile of how much after its time a request was sent: what the
 * connections, or this program, held up. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MOST = 1 << 16, EVENTS_MOST = 512, REQUESTS_MOST = 4096, SNDBUF = 1 << 18 };

static const double WARM_S = 0.5, PATIENCE_S = 10;
static const char ASK[] = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

typedef struct conn {
    int fd; /* below 0: it failed */
    struct conn *next;
    double due;
    bool busy;
    size_t have;
    char answer[ANSWER_MOST];
} conn;

typedef struct request {
    char *text;
    size_t bytes;
} request;

static struct {
    struct sockaddr_in to;
    const char *needle;
    int poll;
    conn *free_first, *free_last; /* longest rested first */
    request requests[REQUESTS_MOST];
    size_t requests_count, sent, failures, under_way;
    double begin, *took_us, *late_us;
    size_t took_count, late_count;
} run;

static void fail(const char *what)
{
    fprintf(stderr, "paced: ");
    perror(what);
    exit(EXIT_FAILURE);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- what is sent ---- */

static void read_requests(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t bytes;

    if (!file)
        fail(path);
    while (run.requests_count < REQUESTS_MOST && fscanf(file, "%zu", &bytes) == 1 &&
           fgetc(file) == '\n') {
        request *r = &run.requests[run.requests_count++];

        *r = (request){malloc(bytes + 1), bytes};
        if (!r->text || fread(r->text, 1, bytes, file) != bytes)
            fail("a request");
    }
    fclose(file);
    if (!run.requests_count)
        fail("no requests");
}

static void read_address(char *text)
{
    char *colon = strchr(text, ':');

    if (!colon)
        fail("no port");
    *colon = '\0';
    run.to.sin_family = AF_INET;
    run.to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, text, &run.to.sin_addr) != 1)
        fail(text);
}

/* ---- connections ---- */

static int open_one(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, bytes = SNDBUF;

    if (fd < 0)
        fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (connect(fd, (struct sockaddr *)&run.to, sizeof run.to) != 0)
        fail("connect");
    return fd;
}

static void rest(conn *c)
{
    c->next = NULL;
    if (run.free_last)
        run.free_last->next = c;
    else
        run.free_first = c;
    run.free_last = c;
}

static conn *take_rested(void)
{
    conn *c = run.free_first;

    if (c) {
        run.free_first = c->next;
        if (!c->next)
            run.free_last = NULL;
    }
    return c;
}

static void open_active(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        conn *c = calloc(1, sizeof *c);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

        if (!c)
            fail("memory");
        c->fd = open_one();
        if (epoll_ctl(run.poll, EPOLL_CTL_ADD, c->fd, &event) != 0)
            fail("epoll");
        rest(c);
    }
}

static int *open_idle(size_t count)
{
    int *idle = calloc(count + 1, sizeof *idle);
    char answer[4096];

    for (size_t i = 0; idle && i < count; i++) {
        idle[i] = open_one();
        if (send(idle[i], ASK, sizeof ASK - 1, MSG_NOSIGNAL) < 0 ||
            recv(idle[i], answer, sizeof answer, 0) < 12 || memcmp(answer, "HTTP/1.1 200", 12) != 0)
            fail("an idle connection got no 200");
    }
    return idle;
}

/* How many are not open any more. */
static size_t count_lost(const int *idle, size_t count)
{
    size_t lost = 0;
    char byte;

    for (size_t i = 0; i < count; i++) {
        ssize_t got = recv(idle[i], &byte, 1, MSG_DONTWAIT);

        lost += !(got < 0 && errno == EAGAIN);
    }
    return lost;
}

/* ---- requests and answers ---- */

static void lose(conn *c)
{
    run.failures++;
    run.under_way -= c->busy;
    close(c->fd);
    c->fd = -1;
}

static void send_next(conn *c, double due)
{
    const request *r = &run.requests[run.sent++ % run.requests_count];

    c->due = due;
    c->busy = true;
    c->have = 0;
    run.under_way++;
    if (due >= run.begin + WARM_S)
        run.late_us[run.late_count++] = 1e6 * (now_s() - due);
    if (send(c->fd, r->text, r->bytes, MSG_NOSIGNAL) != (ssize_t)r->bytes)
        lose(c);
}

/* 0: it is not whole yet. */
static size_t answer_bytes(const conn *c)
{
    const char *end = memmem(c->answer, c->have, "\r\n\r\n", 4), *length;

    if (!end)
        return 0;
    length = strcasestr(c->answer, "\r\ncontent-length:");
    if (!length || length > end)
        return SIZE_MAX;
    return (size_t)(end - c->answer) + 4 + strtoul(length + 17, NULL, 10);
}

static void end_answer(conn *c)
{
    double took = now_s() - c->due;

    c->answer[c->have] = '\0';
    if (memcmp(c->answer, "HTTP/1.1 200", 12) != 0 || !strstr(c->answer, run.needle))
        run.failures++;
    else if (c->due >= run.begin + WARM_S)
        run.took_us[run.took_count++] = 1e6 * took;
    c->busy = false;
    run.under_way--;
    rest(c);
}

static void on_readable(conn *c)
{
    ssize_t got = recv(c->fd, c->answer + c->have, ANSWER_MOST - 1 - c->have, MSG_DONTWAIT);
    size_t wanted;

    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0 || !c->busy) {
        lose(c);
        return;
    }
    c->have += (size_t)got;
    c->answer[c->have] = '\0';
    wanted = answer_bytes(c);
    if (wanted && c->have == wanted)
        end_answer(c);
    else if (wanted && c->have > wanted)
        lose(c); /* no length, or more than was asked for */
}

/* ---- the clock ---- */

static void wait_until(double when)
{
    struct epoll_event events[EVENTS_MOST];
    double left = when - now_s();
    struct timespec timeout = {0, 0};
    int ready;

    if (left > 0) {
        timeout.tv_sec = (time_t)left;
        timeout.tv_nsec = (long)(1e9 * (left - (double)timeout.tv_sec));
    }
    ready = epoll_pwait2(run.poll, events, EVENTS_MOST, &timeout, NULL);
    for (int i = 0; i < ready; i++)
        on_readable(events[i].data.ptr);
}

static void pace(double rate, double seconds)
{
    size_t total = (size_t)(rate * (seconds + WARM_S));
    double end;

    run.took_us = calloc(total + 1, sizeof *run.took_us);
    run.late_us = calloc(total + 1, sizeof *run.late_us);
    if (!run.took_us || !run.late_us)
        fail("memory");
    run.begin = now_s();
    while (run.sent < total && now_s() < run.begin + seconds + WARM_S + PATIENCE_S) {
        double due = run.begin + (double)run.sent / rate;
        bool is_due = now_s() >= due;
        conn *c = is_due ? take_rested() : NULL;

        if (c)
            send_next(c, due);
        else
            wait_until(is_due ? now_s() + 0.01 : due);
    }
    run.failures += total - run.sent;
    for (end = now_s() + PATIENCE_S; run.under_way && now_s() < end;)
        wait_until(end);
    run.failures += run.under_way;
}

static int is_larger(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double part(const double *sorted, size_t count, double share)
{
    return count ? sorted[(size_t)(share * (double)(count - 1))] : 0;
}

static void print(const char *seconds, size_t lost_idle)
{
    double *took = run.took_us;
    size_t many = run.took_count;

    qsort(took, many, sizeof *took, is_larger);
    qsort(run.late_us, run.late_count, sizeof *run.late_us, is_larger);
    printf("{\"answered\":%zu,\"seconds\":%s,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,"
           "\"max_us\":%.1f,",
           many, seconds, part(took, many, 0.5), part(took, many, 0.99), part(took, many, 0.999),
           part(took, many, 1));
    printf("\"late_us\":%.1f,\"failures\":%zu,\"lost_idle\":%zu}\n",
           part(run.late_us, run.late_count, 0.99), run.failures, lost_idle);
}

int main(int count, char **arguments)
{
    size_t idle_count;
    int *idle;

    if (count != 8) {
        fprintf(stderr, "usage: paced HOST_PORT RATE SECONDS CONNECTIONS IDLE REQUESTS NEEDLE\n");
        return EXIT_FAILURE;
    }
    prctl(PR_SET_TIMERSLACK, 1UL);
    run.poll = epoll_create1(0);
    run.needle = arguments[7];
    read_address(arguments[1]);
    read_requests(arguments[6]);
    idle_count = strtoul(arguments[5], NULL, 10);
    idle = open_idle(idle_count);
    open_active(strtoul(arguments[4], NULL, 10));
    pace(strtod(arguments[2], NULL), strtod(arguments[3], NULL));
    print(arguments[3], count_lost(idle, idle_count));
    return EXIT_SUCCESS;
}
