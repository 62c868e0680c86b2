/* A listening address: text to a socket that listens. */
#ifndef NET_BIND_H
#define NET_BIND_H

#include <sys/socket.h>

#include "vecgate/status.h"

enum { VG_BACKLOG = 1024 };

/* "127.0.0.1:6333", "[::1]:6333", "localhost:6333". False: INVALID, with what would be right. */
bool vg_bind_read(vg_slice address, struct sockaddr_storage *out, vg_arena *arena,
                  vg_status *status);
/* Binds and listens, for processes that are forked later and accept each for itself: connections
 * wait in one queue, whoever of them is alive. Answers the descriptor, the caller's; -1 with a
 * status that names the address and the system's reason. */
int vg_bind(vg_slice address, vg_arena *arena, vg_status *status);
/* The port that a socket is bound to; 0: none. */
int vg_bind_port(int fd);
/* "cannot listen on 127.0.0.1:6333: address already in use" */
void vg_bind_fail(vg_slice address, const char *reason, vg_arena *arena, vg_status *status);

#endif
