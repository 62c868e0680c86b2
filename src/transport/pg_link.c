/* See pg_link.h. While it connects, libpq may change its socket at each step, so each step has a
 * poll of its own, which ends before libpq can close what it watches. */
#include "transport/pg_link.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <uv.h>

#include "base/check.h"
#include "transport/pg_greet.h"

enum {
    MOST_READS = 16,         /* in one go, of what is said to a connection at rest */
    LEAST_READ_BYTES = 8192, /* libpq always has room for */
};

struct watch { /* freed once libuv has closed it */
    uv_poll_t poll;
    vg_pg_link *link;
};

struct vg_pg_link {
    vg_pg_link_parts parts;
    vg_pg_names *names; /* NULL: not looking up */
    PGconn *pg;
    vg_pg_greet *greet; /* of connecting, off the loop: until it is through `pg` is not ours */
    struct watch *watch;
    int events;                /* watched for */
    vg_pg_addresses addresses; /* a copy */
    uint32_t tried;            /* of these, and given up */
    vg_timer timer;
    uint64_t due_ns;
    uint64_t read_bytes;  /* counted here, where the system does not */
    ConnStatusType phase; /* of connecting, when it was last looked at */
    bool is_open;
    bool is_counted; /* the system tells how many bytes came */
    bool is_ending;  /* the server said so */
};

/* --- the socket ------------------------------------------------------------------------------ */

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void unwatch(vg_pg_link *link)
{
    struct watch *watch = link->watch;

    link->watch = NULL;
    link->events = 0;
    if (watch == NULL)
        return;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static bool make_watch(vg_pg_link *link)
{
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL || uv_poll_init(link->parts.uv, &watch->poll, PQsocket(link->pg)) != 0) {
        free(watch);
        return false;
    }
    watch->poll.data = watch;
    watch->link = link;
    link->watch = watch;
    return true;
}

static bool watch_for(vg_pg_link *link, int events)
{
    if (link->watch != NULL && link->events == events)
        return true;
    if (link->watch == NULL && !make_watch(link))
        return false;
    link->events = events;
    return uv_poll_start(&link->watch->poll, events, on_poll) == 0;
}

/* --- failing to connect ---------------------------------------------------------------------- */

static void fail(vg_pg_link *link, const vg_pg_failure *failure)
{
    unwatch(link);
    vg_timer_stop(link->parts.loop, &link->timer);
    link->parts.user->failed(link->parts.arg, failure);
}

static void fail_with(vg_pg_link *link, vg_fault fault, const char *says)
{
    vg_pg_failure failure;

    vg_pg_failure_say(&failure, fault, says);
    fail(link, &failure);
}

static void fail_connecting(vg_pg_link *link)
{
    vg_pg_failure failure;

    vg_pg_failure_read(&failure, link->pg, link->phase == CONNECTION_SSL_STARTUP);
    fail(link, &failure);
}

/* --- connecting ------------------------------------------------------------------------------ */

/* Notices may quote what is stored, so they are not logged. */
static void ignore_notice(void *arg, const PGresult *notice)
{
    (void)arg;
    (void)notice;
}

/* libpq makes a notice of what an idle connection is told as an error: its last words. */
static void on_notice(void *arg, const PGresult *notice)
{
    vg_pg_link *link = arg;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        link->is_ending = true;
}

/* The kernel's struct goes on where glibc's ends. */
struct longer_info {
    struct tcp_info info;
    uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
};

static bool ask_received(const vg_pg_link *link, uint64_t *bytes)
{
    struct longer_info info;
    socklen_t len = sizeof info;

    if (getsockopt(PQsocket(link->pg), IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < sizeof info)
        return false;
    *bytes = info.bytes_received;
    return true;
}

static void open_link(vg_pg_link *link)
{
    uint64_t bytes;

    PQsetNoticeReceiver(link->pg, on_notice, link);
    link->is_counted = ask_received(link, &bytes);
    vg_timer_stop(link->parts.loop, &link->timer);
    link->is_open = PQsetnonblocking(link->pg, 1) == 0 && PQenterPipelineMode(link->pg) == 1 &&
                    watch_for(link, UV_READABLE);
    if (link->is_open)
        link->parts.user->opened(link->parts.arg);
    else
        fail_with(link, VG_FAULT_MEMORY, "the connection could not be set up");
}

static bool is_reached(const vg_pg_link *link)
{
    return link->phase != CONNECTION_NEEDED && link->phase != CONNECTION_STARTED;
}

static void on_step(void *arg, int next)
{
    vg_pg_link *link = arg;

    link->greet = NULL;
    if (next == PGRES_POLLING_FAILED) {
        fail_connecting(link);
        return;
    }
    link->phase = PQstatus(link->pg);
    if (next == PGRES_POLLING_OK)
        open_link(link);
    else if (!watch_for(link, next == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE))
        fail_with(link, VG_FAULT_MEMORY, "the socket cannot be watched");
}

static void step(vg_pg_link *link)
{
    vg_pg_greet_parts parts = {.pg = link->pg,
                               .pools = link->parts.pools,
                               .loop = link->parts.loop,
                               .done = on_step,
                               .arg = link};

    unwatch(link);
    if (!is_reached(link) || link->parts.pools == NULL) {
        on_step(link, (int)PQconnectPoll(link->pg));
        return;
    }
    link->greet = vg_pg_greet_start(&parts);
    if (link->greet == NULL)
        fail_with(link, VG_FAULT_FULL, "too many connections are being made at once");
}

static void drop_pg(vg_pg_link *link)
{
    if (link->greet != NULL)
        vg_pg_greet_drop(link->greet);
    else
        PQfinish(link->pg);
    link->greet = NULL;
    link->pg = NULL;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    vg_pg_link *link = ((struct watch *)poll->data)->link;

    if (!link->is_open) {
        step(link);
        return;
    }
    if (status < 0) { /* libuv watches it no more; reading finds out what it is, after what came */
        link->events = 0;
        watch_for(link, UV_READABLE);
        events = UV_READABLE;
    }
    if (!(events & UV_WRITABLE) || vg_pg_link_flush(link) || (events & UV_READABLE))
        link->parts.user->moved(link->parts.arg);
}

/* --- addresses ------------------------------------------------------------------------------- */

/* Each has a part of the time to answer, so that the last is tried before all of it has passed. */
static void start_timer(vg_pg_link *link)
{
    uint64_t now = vg_loop_now_ns(link->parts.loop);
    uint32_t left = link->addresses.count - link->tried;
    uint64_t part = link->due_ns > now && left > 1 ? (link->due_ns - now) / left : 0;

    vg_timer_start(link->parts.loop, &link->timer, part > 0 ? now + part : link->due_ns);
}

struct words { /* for libpq */
    const char *keywords[VG_PG_OPTIONS + 4];
    const char *values[VG_PG_OPTIONS + 4];
    size_t count;
};

static void add_word(struct words *words, const char *keyword, const char *value)
{
    words->keywords[words->count] = keyword;
    words->values[words->count++] = value;
}

/* From the n-th on. */
static const char *skip_words(const char *list, uint32_t n)
{
    while (n-- > 0)
        list = strchr(list, ',') + 1;
    return list;
}

static PGconn *start(const vg_pg_link *link)
{
    const vg_pg_url *url = link->parts.url;
    struct words words = {.count = 0};

    for (uint32_t i = 0; i < url->option_count; i++)
        add_word(&words, url->options[i].keyword, url->options[i].value);
    add_word(&words, "host", skip_words(link->addresses.hosts, link->tried));
    add_word(&words, "hostaddr", skip_words(link->addresses.addresses, link->tried));
    add_word(&words, "port", skip_words(link->addresses.ports, link->tried));
    return PQconnectStartParams(words.keywords, words.values, 0);
}

static void try_addresses(vg_pg_link *link)
{
    link->pg = start(link);
    if (link->pg == NULL) {
        fail_with(link, VG_FAULT_MEMORY, "there is no memory to connect");
        return;
    }
    PQsetErrorVerbosity(link->pg, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(link->pg, ignore_notice, NULL);
    link->phase = PQstatus(link->pg);
    if (link->phase == CONNECTION_BAD)
        fail_connecting(link);
    else if (!watch_for(link, UV_WRITABLE))
        fail_with(link, VG_FAULT_MEMORY, "the socket cannot be watched");
    else
        start_timer(link);
}

/* One that was reached has all the time that is left: it may have to wake up first. */
static void on_late(vg_timer *timer)
{
    vg_pg_link *link = vg_container_of(timer, vg_pg_link, timer);

    if (vg_loop_now_ns(link->parts.loop) >= link->due_ns) {
        fail_with(link, VG_FAULT_CONNECT, "the time to connect has passed");
    } else if (is_reached(link)) {
        vg_timer_start(link->parts.loop, timer, link->due_ns);
    } else {
        unwatch(link);
        drop_pg(link);
        link->tried++;
        try_addresses(link);
    }
}

static void on_named(void *arg, const vg_pg_addresses *found, const char *detail)
{
    vg_pg_link *link = arg;

    link->names = NULL;
    if (found == NULL)
        fail_with(link, VG_FAULT_DNS, detail);
    else if (!vg_pg_addresses_copy(&link->addresses, found))
        fail_with(link, VG_FAULT_MEMORY, "there is no memory to connect");
    else
        try_addresses(link);
}

/* A key with a passphrase must not have OpenSSL ask for it on the terminal: libpq's own hook gives
 * `sslpassword`, or nothing. */
static void init_libpq(void)
{
    PQsetSSLKeyPassHook_OpenSSL(PQdefaultSSLKeyPassHook_OpenSSL);
}

vg_pg_link *vg_pg_link_new(const vg_pg_link_parts *parts)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    vg_pg_link *link = calloc(1, sizeof *link);

    pthread_once(&once, init_libpq);
    if (link == NULL)
        return NULL;
    link->parts = *parts;
    link->timer.on_timer = on_late;
    link->names = vg_pg_names_start(parts->uv, parts->loop, parts->url, on_named, link);
    if (link->names == NULL) {
        free(link);
        return NULL;
    }
    link->due_ns = vg_loop_now_ns(parts->loop) + parts->connect_ms * 1000000;
    vg_timer_start(parts->loop, &link->timer, link->due_ns);
    return link;
}

void vg_pg_link_close(vg_pg_link *link)
{
    unwatch(link);
    vg_timer_stop(link->parts.loop, &link->timer);
    if (link->names != NULL)
        vg_pg_names_drop(link->names);
    drop_pg(link);
    vg_pg_addresses_fini(&link->addresses);
    free(link);
}

/* --- an open link ---------------------------------------------------------------------------- */

PGconn *vg_pg_link_conn(const vg_pg_link *link)
{
    return link->pg;
}

/* What cannot be sent because the other side has gone is found by reading, where its last words
 * are. */
bool vg_pg_link_flush(vg_pg_link *link)
{
    bool is_out = PQflush(link->pg) != 1;

    if (link->watch != NULL)
        watch_for(link, is_out ? UV_READABLE : UV_READABLE | UV_WRITABLE);
    return is_out;
}

void vg_pg_link_go_on(vg_pg_link *link)
{
    watch_for(link, UV_READABLE | UV_WRITABLE);
}

static int waiting_bytes(const vg_pg_link *link)
{
    int bytes = 0;

    return ioctl(PQsocket(link->pg), FIONREAD, &bytes) == 0 ? bytes : 0;
}

/* What libpq takes at least when so much is there, and what is gone from there; what came meanwhile
 * is missed. */
static void count_read(vg_pg_link *link, int before)
{
    int gone = before - waiting_bytes(link);
    int least = before < LEAST_READ_BYTES ? before : LEAST_READ_BYTES;

    link->read_bytes += (uint64_t)(gone > least ? gone : least);
}

static bool consume(vg_pg_link *link)
{
    int before = link->is_counted ? 0 : waiting_bytes(link);
    bool is_good = PQconsumeInput(link->pg) == 1 && PQstatus(link->pg) == CONNECTION_OK;

    if (!link->is_counted)
        count_read(link, before);
    return is_good;
}

/* What was taken from the system since the link was opened. Bytes that come meanwhile make it more.
 */
static uint64_t taken_bytes(const vg_pg_link *link)
{
    uint64_t waiting = (uint64_t)waiting_bytes(link);
    uint64_t received = 0;

    ask_received(link, &received);
    return received - waiting;
}

/* What has been decrypted already does not make the socket readable. OpenSSL tells how much that
 * is; of GSSAPI's part libpq takes what it has room for, 8 KiB at least, which newer servers'
 * packets (16 KiB) may pass: when nothing new was taken for it, nothing is left. */
static bool is_more_decrypted(const vg_pg_link *link, uint64_t taken_before)
{
    SSL *ssl = PQsslInUse(link->pg) ? PQsslStruct(link->pg, "OpenSSL") : NULL;

    if (PQgssEncInUse(link->pg))
        return taken_bytes(link) != taken_before;
    return ssl != NULL && SSL_pending(ssl) > 0;
}

bool vg_pg_link_read(vg_pg_link *link)
{
    uint64_t before;
    bool is_good;

    do {
        before = PQgssEncInUse(link->pg) ? taken_bytes(link) : 0;
        is_good = consume(link);
    } while (is_good && is_more_decrypted(link, before));
    return is_good;
}

bool vg_pg_link_is_alive(vg_pg_link *link)
{
    struct pollfd look = {.fd = PQsocket(link->pg), .events = POLLIN};
    PGnotify *notice;

    for (int i = 0; i < MOST_READS && poll(&look, 1, 0) != 0; i++) {
        if (!vg_pg_link_read(link))
            return false;
        while ((notice = PQnotifies(link->pg)) != NULL)
            PQfreemem(notice);
    }
    return PQstatus(link->pg) == CONNECTION_OK && !link->is_ending;
}

uint64_t vg_pg_link_received(const vg_pg_link *link)
{
    uint64_t bytes;

    return link->is_counted && ask_received(link, &bytes) ? bytes : link->read_bytes;
}

bool vg_pg_link_is_counted(const vg_pg_link *link)
{
    return link->is_counted;
}
