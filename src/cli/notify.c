/* See notify.h. A datagram that the manager's queue has no place for is lost, and logged: waiting
 * for it would stop the loop. */
#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LOOKS = 4, US_PER_MS = 1000, WORDS_BYTES = 96 };

struct vg_notify {
    int fd; /* -1: nobody asked */
    struct sockaddr_un to;
    socklen_t to_bytes;
    uint64_t look_ms;
};

/* A leading @ stands for the zero byte of an abstract name, whose length counts. */
static bool read_address(vg_notify *notify, const char *name)
{
    size_t len = strlen(name);

    if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof notify->to.sun_path)
        return false;
    notify->to.sun_family = AF_UNIX;
    memcpy(notify->to.sun_path, name, len);
    notify->to_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (*name == '@')
        notify->to.sun_path[0] = '\0';
    else
        notify->to_bytes++;
    return true;
}

/* All of it is a number. */
static bool read_number(const char *text, uint64_t *out)
{
    char *end;

    if (text == NULL || *text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static uint64_t read_look_ms(void)
{
    const char *pid_text = getenv("WATCHDOG_PID"), *us_text = getenv("WATCHDOG_USEC");
    uint64_t us = 0, pid = 0;

    if (us_text == NULL)
        return 0;
    if (!read_number(us_text, &us) || us < (uint64_t)LOOKS * US_PER_MS ||
        (pid_text != NULL && !read_number(pid_text, &pid))) {
        vg_log(VG_WARN, "the watchdog of the service manager cannot be served",
               VG_Z("WATCHDOG_USEC", us_text));
        return 0;
    }
    return pid_text == NULL || pid == (uint64_t)getpid() ? us / US_PER_MS / LOOKS : 0;
}

vg_notify *vg_notify_new(void)
{
    vg_notify *notify = calloc(1, sizeof *notify);
    const char *name = getenv("NOTIFY_SOCKET");

    if (notify == NULL)
        return NULL;
    notify->fd = -1;
    if (name == NULL || *name == '\0')
        return notify;
    if (read_address(notify, name))
        notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd < 0)
        vg_log(VG_WARN, "the service manager cannot be told: its socket has no usable name",
               VG_Z("NOTIFY_SOCKET", name));
    else
        notify->look_ms = read_look_ms();
    return notify;
}

void vg_notify_free(vg_notify *notify)
{
    if (notify != NULL && notify->fd >= 0)
        close(notify->fd);
    free(notify);
}

static void say(const vg_notify *notify, const char *words)
{
    size_t len = strlen(words);

    if (notify->fd < 0)
        return;
    if (sendto(notify->fd, words, len, MSG_NOSIGNAL, (const struct sockaddr *)&notify->to,
               notify->to_bytes) != (ssize_t)len)
        vg_log(VG_WARN, "the service manager was not told", VG_Z("words", words),
               VG_Z("reason", strerrorname_np(errno)));
}

void vg_notify_ready(const vg_notify *notify)
{
    say(notify, "READY=1\nSTATUS=serving");
}

void vg_notify_reloading(const vg_notify *notify)
{
    char words[WORDS_BYTES];

    snprintf(words, sizeof words,
             "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=reading the configuration again",
             (unsigned long long)(vg_clock_now_ns() / 1000));
    say(notify, words);
}

void vg_notify_stopping(const vg_notify *notify)
{
    say(notify, "STOPPING=1\nSTATUS=finishing what has begun");
}

void vg_notify_alive(const vg_notify *notify)
{
    say(notify, "WATCHDOG=1");
}

uint64_t vg_notify_look_ms(const vg_notify *notify)
{
    return notify->look_ms;
}
