/* Clients that speak HTTP on the socket itself. See door.h. */
#include <sys/socket.h>

#include "tests/unit/net/door.h"

void wire_serve(door *self)
{
    self->tls = NULL;
}

void wire_unserve(door *self)
{
    (void)self;
}

void wire_open(client *self)
{
    self->session = NULL;
}

void wire_close(client *self)
{
    (void)self;
}

ssize_t wire_send(client *self, vg_slice bytes)
{
    return send(self->fd, bytes.at, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t wire_receive(client *self, char *to, size_t room)
{
    return recv(self->fd, to, room, MSG_DONTWAIT);
}

void wire_shut(client *self)
{
    shutdown(self->fd, SHUT_WR);
}
