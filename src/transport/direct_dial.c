/* See direct_dial.h. */
#include "transport/direct_dial.h"

#include <stdlib.h>

#include "base/check.h"

#define MS_NS ((uint64_t)1000000)

enum { KEEP_ALIVE_S = 60 };

/* --- sockets --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    vg_direct_socket *socket = (vg_direct_socket *)handle;

    if (socket->free_attached != NULL)
        socket->free_attached(socket->attached);
    free(socket);
}

void vg_direct_socket_close(vg_direct_socket *socket)
{
    socket->tcp.data = NULL;
    uv_close((uv_handle_t *)&socket->tcp, on_closed);
}

static void forget(vg_direct_socket *socket)
{
    vg_list_remove(&socket->link);
    socket->dial = NULL;
}

/* --- attempts -------------------------------------------------------------------------------- */

static void try_next(vg_direct_dial *dial);

static void finish(vg_direct_dial *dial, vg_direct_socket *socket, int error)
{
    vg_direct_dial_drop(dial);
    dial->dialed(dial, socket, error);
}

/* Nothing is under way and no address is left: that was all. */
static void give_up_if_done(vg_direct_dial *dial)
{
    if (vg_list_is_empty(&dial->attempts) && dial->at == dial->addresses.count)
        finish(dial, NULL, dial->error);
}

static void on_connected(uv_connect_t *connect, int status)
{
    vg_direct_socket *socket = vg_container_of(connect, vg_direct_socket, connect);
    vg_direct_dial *dial = socket->dial;

    if (dial == NULL) /* it was dropped */
        return;
    forget(socket);
    if (status == 0) {
        finish(dial, socket, 0);
        return;
    }
    dial->error = status;
    vg_direct_socket_close(socket);
    try_next(dial);
    give_up_if_done(dial);
}

static void on_next(vg_timer *timer)
{
    vg_direct_dial *dial = vg_container_of(timer, vg_direct_dial, next);

    try_next(dial);
    give_up_if_done(dial);
}

static int connect_socket(vg_direct_socket *socket, const struct sockaddr_storage *address)
{
    int error = uv_tcp_connect(&socket->connect, &socket->tcp, (const struct sockaddr *)address,
                               on_connected);

    if (error == 0) {
        uv_tcp_nodelay(&socket->tcp, 1);
        uv_tcp_keepalive(&socket->tcp, 1, KEEP_ALIVE_S);
    }
    return error;
}

static int attempt(vg_direct_dial *dial, const struct sockaddr_storage *address)
{
    vg_direct_socket *socket = calloc(1, sizeof *socket);
    int error = socket == NULL ? UV_ENOMEM : uv_tcp_init(dial->uv, &socket->tcp);

    if (error != 0) {
        free(socket);
        return error;
    }
    socket->dial = dial;
    vg_list_push(&dial->attempts, &socket->link);
    error = connect_socket(socket, address);
    if (error == 0)
        return 0;
    forget(socket);
    vg_direct_socket_close(socket);
    return error;
}

/* Some addresses fail at once: a network that is not there, a family that is not spoken. */
static void try_next(vg_direct_dial *dial)
{
    while (dial->at < dial->addresses.count) {
        int error = attempt(dial, &dial->addresses.at[dial->at++]);

        if (error != 0) {
            dial->error = error;
            continue;
        }
        if (dial->at < dial->addresses.count)
            vg_timer_start(dial->loop, &dial->next,
                           vg_loop_now_ns(dial->loop) + VG_DIRECT_NEXT_MS * MS_NS);
        return;
    }
}

/* --- the dial -------------------------------------------------------------------------------- */

void vg_direct_dial_start(vg_direct_dial *dial, const vg_direct_addresses *addresses)
{
    dial->next = (vg_timer){.on_timer = on_next};
    vg_list_init(&dial->attempts);
    dial->addresses = *addresses;
    dial->at = 0;
    dial->error = 0;
    try_next(dial);
    if (vg_list_is_empty(&dial->attempts)) /* told from the loop, as always */
        vg_timer_start(dial->loop, &dial->next, vg_loop_now_ns(dial->loop));
}

void vg_direct_dial_drop(vg_direct_dial *dial)
{
    vg_list *link;

    if (dial->attempts.next == NULL)
        return;
    vg_timer_stop(dial->loop, &dial->next);
    while ((link = dial->attempts.next) != &dial->attempts) {
        vg_direct_socket *socket = vg_container_of(link, vg_direct_socket, link);

        forget(socket);
        vg_direct_socket_close(socket);
    }
}
