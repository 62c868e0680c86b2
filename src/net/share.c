/* See share.h. The socket is asked again with every turn as long as it has connections; where the
 * process has no descriptors left, that rests. */
#include "net/share.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

#define MS ((uint64_t)1000000)

enum { LEAVE_MS = 1, REST_MS = 100 };

/* False: there is none. */
static bool take_one(vg_share *share)
{
    int fd = accept4(share->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
        return false;
    share->on_connection(share->arg, fd >= 0 ? fd : uv_translate_sys_error(errno));
    return fd >= 0;
}

static void rest(vg_share *share, uint64_t ms)
{
    uv_poll_stop(&share->poll);
    vg_timer_start(share->loop, &share->timer, vg_loop_now_ns(share->loop) + ms * MS);
}

static bool has_no_room(void)
{
    return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    vg_share *share = vg_container_of(poll, vg_share, poll);

    (void)status;
    (void)events;
    if (!vg_fair_may_take(share->fair, share->worker))
        rest(share, LEAVE_MS);
    else if (!take_one(share) && has_no_room())
        rest(share, REST_MS);
}

static void on_rested(vg_timer *timer)
{
    vg_share *share = vg_container_of(timer, vg_share, timer);

    take_one(share);
    uv_poll_start(&share->poll, UV_READABLE, on_ready);
}

int vg_share_open(vg_share *share, uv_loop_t *uv)
{
    int error = uv_poll_init(uv, &share->poll, share->fd);

    share->timer.on_timer = on_rested;
    if (error != 0)
        return error;
    vg_fair_set(share->fair, share->worker, 0);
    VG_CHECK(uv_poll_start(&share->poll, UV_READABLE, on_ready) == 0);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    vg_share *share = vg_container_of((uv_poll_t *)(void *)handle, vg_share, poll);

    close(share->fd);
    share->on_closed(share->arg);
}

void vg_share_close(vg_share *share)
{
    vg_fair_leave(share->fair, share->worker);
    vg_timer_stop(share->loop, &share->timer);
    uv_close((uv_handle_t *)&share->poll, on_closed);
}

bool vg_share_is_closing(const vg_share *share)
{
    return uv_is_closing((const uv_handle_t *)&share->poll) != 0;
}
