/* See bind.h. Options of the socket are those that libuv gives one which it binds itself. */
#include "net/bind.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include <uv.h>

static bool read_host(vg_slice host, int port, struct sockaddr_storage *out)
{
    char text[64];

    if (vg_slice_is(host, VG_LIT("localhost")))
        host = VG_LIT("127.0.0.1");
    if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']')
        host = vg_slice_of(host.at + 1, host.len - 2);
    if (host.len >= sizeof(text))
        return false;
    memcpy(text, host.at, host.len);
    text[host.len] = '\0';
    return uv_ip4_addr(text, port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(text, port, (struct sockaddr_in6 *)out) == 0;
}

bool vg_bind_read(vg_slice address, struct sockaddr_storage *out, vg_arena *arena,
                  vg_status *status)
{
    size_t colon = address.len;
    uint64_t port;

    while (colon > 0 && address.at[colon - 1] != ':')
        colon--;
    if (colon > 0 && vg_slice_u64(vg_slice_skip(address, colon), &port) && port <= 65535 &&
        read_host(vg_slice_of(address.at, colon - 1), (int)port, out))
        return true;
    vg_status_setf(status, arena, VG_INVALID, address,
                   "the address must be like 127.0.0.1:6333 or [::1]:6333");
    return false;
}

void vg_bind_fail(vg_slice address, const char *reason, vg_arena *arena, vg_status *status)
{
    vg_status_setf(status, arena, VG_UNAVAILABLE, address, "cannot listen on " VG_FMT ": %s",
                   VG_ARG(address), reason);
}

static socklen_t length_of(const struct sockaddr_storage *at)
{
    return at->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int listen_at(const struct sockaddr_storage *at)
{
    const int on = 1;
    int fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, (const struct sockaddr *)at, length_of(at)) == 0 && listen(fd, VG_BACKLOG) == 0)
        return fd;
    if (fd >= 0) {
        int error = errno;

        close(fd);
        errno = error;
    }
    return -1;
}

int vg_bind(vg_slice address, vg_arena *arena, vg_status *status)
{
    struct sockaddr_storage at;
    int fd;

    if (!vg_bind_read(address, &at, arena, status))
        return -1;
    fd = listen_at(&at);
    if (fd < 0)
        vg_bind_fail(address, uv_strerror(uv_translate_sys_error(errno)), arena, status);
    return fd;
}

int vg_bind_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {0};
    socklen_t len = sizeof(name);

    if (getsockname(fd, &name.any, &len) != 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}
