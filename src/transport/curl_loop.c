/* libcurl tells which sockets it wants watched and when it wants to be called; libuv does so.
 *
 *     a connection that has carried a whole transfer      watch ⇄ unwatch ─► close_socket
 *     all other sockets                                   watch ─► unwatch
 *
 * The former keeps its poll for its life: start and stop cost less than a new one each time. But a
 * poll must end before its descriptor does, or libuv would take another file's events away when it
 * closes; and curl closes only connections through close_socket, sockets that are still connecting
 * (and its resolver's) by itself. So all others end at CURL_POLL_REMOVE. */
#define CURL_DISABLE_DEPRECATION /* for curl_multi_socket_all(), see kick() */
#include "transport/curl_loop.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "base/check.h"

struct sock { /* a descriptor that is watched, or was */
    uv_poll_t poll;
    vg_curl_loop *owner;
    int fd;
    int events; /* watched now; 0: none */
};

struct slot {
    struct sock *sock; /* NULL: none */
    bool is_proven;    /* its connection has carried a whole transfer */
};

struct vg_curl_loop {
    uv_loop_t *uv;
    uv_timer_t timer;
    CURLM *multi;
    vg_curl_ended_fn *ended;
    struct slot *slots; /* by descriptor */
    size_t room;
    uint32_t open_handles; /* of libuv: the last one closed frees us */
    bool wants_kick;
};

/* --- what libuv tells curl ------------------------------------------------------------------- */

static struct slot *slot_of(const vg_curl_loop *self, int fd)
{
    return fd >= 0 && (size_t)fd < self->room ? &self->slots[fd] : NULL;
}

/* A transfer that opened a connection and went well proves it. */
static void prove(const vg_curl_loop *self, CURL *easy)
{
    long connects = 0;
    curl_socket_t fd = CURL_SOCKET_BAD;
    struct slot *slot;

    if (curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects) != CURLE_OK || connects == 0 ||
        curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
        return;
    slot = slot_of(self, fd);
    if (slot != NULL)
        slot->is_proven = true;
}

static void reap(vg_curl_loop *self)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(self->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        if (message->data.result == CURLE_OK)
            prove(self, message->easy_handle);
        self->ended(message->easy_handle, message->data.result);
    }
}

/* When an address refuses, libcurl 7.88 goes to the next one only when something else makes it look
 * at the transfer again: with many addresses that is half the time to connect later. */
static void kick(vg_curl_loop *self)
{
    int running;

    self->wants_kick = false;
    curl_multi_socket_all(self->multi, &running);
}

static void act(vg_curl_loop *self, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(self->multi, fd, events, &running);
    while (self->wants_kick)
        kick(self);
    reap(self);
}

/* An error on the socket stops its poll. curl is told that it may read and write: so it finds the
 * error itself, names it, and repeats what was lost with a connection that had died unnoticed. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct sock *sock = poll->data;

    if (status < 0) {
        sock->events = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    act(sock->owner, sock->fd,
        (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
            (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* --- sockets --------------------------------------------------------------------------------- */

static void free_loop(vg_curl_loop *self)
{
    free(self->slots);
    free(self);
}

static void on_handle_closed(vg_curl_loop *self)
{
    if (--self->open_handles == 0)
        free_loop(self);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct sock *sock = handle->data;

    on_handle_closed(sock->owner);
    free(sock);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_handle_closed(handle->data);
}

static bool make_room(vg_curl_loop *self, size_t fd)
{
    size_t room = self->room > 0 ? self->room : 64;
    struct slot *slots;

    if (self->slots != NULL && fd < self->room)
        return true;
    while (room <= fd)
        room *= 2;
    slots = realloc(self->slots, room * sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = self->room; i < room; i++)
        slots[i] = (struct slot){0};
    self->slots = slots;
    self->room = room;
    return true;
}

static struct sock *make_sock(vg_curl_loop *self, int fd)
{
    struct sock *sock = make_room(self, (size_t)fd) ? calloc(1, sizeof *sock) : NULL;

    if (sock == NULL || uv_poll_init(self->uv, &sock->poll, fd) != 0) {
        free(sock);
        return NULL;
    }
    sock->poll.data = sock;
    sock->owner = self;
    sock->fd = fd;
    self->slots[fd].sock = sock;
    self->open_handles++;
    return sock;
}

static void end_sock(struct slot *slot)
{
    struct sock *sock = slot->sock;

    slot->sock = NULL;
    if (sock != NULL)
        uv_close((uv_handle_t *)&sock->poll, on_poll_closed);
}

static void watch(struct sock *sock, int events)
{
    if (events == sock->events)
        return;
    sock->events = events;
    if (events == 0)
        uv_poll_stop(&sock->poll);
    else
        uv_poll_start(&sock->poll, events, on_poll);
}

/* --- what curl tells us ---------------------------------------------------------------------- */

/* curl may have closed a socket by itself and get the same number again before it says so: then it
 * takes the new one for watched, and it has to be. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    struct slot *slot = slot_of(arg, fd);

    (void)purpose;
    if (slot != NULL)
        slot->is_proven = false;
    if (slot != NULL && slot->sock != NULL) {
        int events = slot->sock->events;

        watch(slot->sock, 0);
        watch(slot->sock, events);
    }
    return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

static int close_socket(void *arg, curl_socket_t fd)
{
    struct slot *slot = slot_of(arg, fd);

    if (slot != NULL) {
        end_sock(slot);
        slot->is_proven = false;
    }
    return close(fd);
}

/* A socket that has no other side was an attempt that failed. */
static void end_unproven(struct slot *slot)
{
    struct sockaddr_storage other;
    socklen_t len = sizeof other;

    if (getpeername(slot->sock->fd, (struct sockaddr *)&other, &len) != 0)
        slot->sock->owner->wants_kick = true;
    end_sock(slot);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
    vg_curl_loop *self = arg;
    struct slot *slot = slot_of(self, fd);
    struct sock *sock = slot != NULL ? slot->sock : NULL;

    (void)easy;
    (void)unused;
    if (what != CURL_POLL_REMOVE) {
        if (sock == NULL)
            sock = make_sock(self, fd);
        if (sock == NULL)
            return -1;
        watch(sock,
              (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
    } else if (sock != NULL) {
        watch(sock, 0);
        if (!slot->is_proven)
            end_unproven(slot);
    }
    return 0;
}

static int on_timeout(CURLM *multi, long wait_ms, void *arg)
{
    vg_curl_loop *self = arg;

    (void)multi;
    if (wait_ms < 0)
        uv_timer_stop(&self->timer);
    else
        uv_timer_start(&self->timer, on_timer, (uint64_t)wait_ms, 0);
    return 0;
}

/* --- its life -------------------------------------------------------------------------------- */

vg_curl_loop *vg_curl_loop_new(struct uv_loop_s *uv, uint32_t max_idle, vg_curl_ended_fn *ended)
{
    vg_curl_loop *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->multi = curl_multi_init();
    if (self->multi == NULL) {
        free(self);
        return NULL;
    }
    self->uv = uv;
    self->ended = ended;
    self->open_handles = 1;
    uv_timer_init(uv, &self->timer);
    self->timer.data = self;
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);
    curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)max_idle);
    return self;
}

bool vg_curl_loop_adopt(vg_curl_loop *self, CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, self) == CURLE_OK;
}

bool vg_curl_loop_add(vg_curl_loop *self, CURL *easy)
{
    return curl_multi_add_handle(self->multi, easy) == CURLM_OK;
}

void vg_curl_loop_remove(vg_curl_loop *self, CURL *easy)
{
    CURLMcode removed = curl_multi_remove_handle(self->multi, easy);

    VG_CHECK(removed == CURLM_OK);
}

void vg_curl_loop_close(vg_curl_loop *self)
{
    curl_multi_cleanup(self->multi);
    uv_close((uv_handle_t *)&self->timer, on_timer_closed);
}
