/* See log_sink.h. A file is renewed between two writes, and each write ends with a line's end: no
 * line is in two files. The descriptor keeps its number, whatever is behind it: who aborts
 * meanwhile writes to one that is open. A write that took a part (a disk that filled up) leaves a
 * torn line; the next one then begins with a line's end, so that this process spoils no other line
 * by it. */
#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { LOOK_MS = 100, OWNER_ONLY = 0600 };

static int out_fd = STDERR_FILENO;
static int pipe_fd = -1;    /* of our own, to a pipe that was given; -1: it is none */
static char file[PATH_MAX]; /* empty: it is a descriptor that was given */
static atomic_bool is_stale;
static atomic_ullong lost; /* since it was asked last */
static uint64_t untold;    /* lost, and nobody was told */
static int fault;          /* why the last ones were; 0: there was no room */
static bool is_torn, is_stuck, is_failing;

static void begin(int fd)
{
    if (pipe_fd >= 0)
        close(pipe_fd);
    pipe_fd = -1;
    out_fd = fd;
    file[0] = '\0';
    untold = 0;
    is_torn = is_stuck = is_failing = false;
}

/* Others who write to the same pipe may take the room that there was when we looked; then write()
 * holds who has a descriptor that blocks. Theirs is to stay as it is, so ours is another one, if
 * the system lets us have it. -1: it does not, or it is no pipe. */
static int open_pipe(int fd)
{
    char path[32];
    struct stat info;

    if (fstat(fd, &info) != 0 || !S_ISFIFO(info.st_mode))
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
}

void vg_log_sink_set(int fd)
{
    int own = open_pipe(fd);

    begin(own >= 0 ? own : fd);
    pipe_fd = own;
}

/* Not blocking: a pipe with a name may have no reader. */
static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                OWNER_ONLY);
}

int vg_log_sink_open(const char *path)
{
    size_t len = strlen(path);
    int fd;

    if (len >= sizeof file) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = open_file(path);
    if (fd < 0)
        return -1;
    begin(fd);
    memcpy(file, path, len + 1);
    return fd;
}

/* ---- what is lost ---- */

void vg_log_sink_lose(uint64_t lines)
{
    untold += lines;
    atomic_fetch_add_explicit(&lost, lines, memory_order_relaxed);
}

static void lose_rest(const char *at, size_t len, int why)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < len; i++)
        lines += at[i] == '\n';
    fault = why;
    vg_log_sink_lose(lines);
}

static void tell(uint64_t lines, int why)
{
    const char *name = why != 0 ? strerrorname_np(why) : NULL;

    if (why == 0)
        vg_log(VG_WARN, "log lines were dropped, the log is not read fast enough",
               VG_N("lines", lines));
    else
        vg_log(VG_WARN, "log lines were dropped, the log could not be written",
               VG_N("lines", lines), VG_Z("reason", name != NULL ? name : "unknown"));
}

/* A line that tells of others and is lost itself is nobody's: it does not count. */
void vg_log_sink_tell(void)
{
    uint64_t lines = untold;
    int why = fault;

    if (lines == 0 || is_failing)
        return;
    untold = 0;
    fault = 0;
    tell(lines, why);
    if (!is_failing)
        return;
    untold = lines;
    fault = why;
    atomic_fetch_sub_explicit(&lost, 1, memory_order_relaxed);
}

void vg_log_sink_forget(void)
{
    untold = 0;
    fault = 0;
    atomic_store(&lost, 0);
}

uint64_t vg_log_sink_take_lost(void)
{
    return atomic_exchange_explicit(&lost, 0, memory_order_relaxed);
}

/* ---- the file again ---- */

void vg_log_sink_renew(void)
{
    atomic_store(&is_stale, true);
}

bool vg_log_sink_is_stale(void)
{
    return atomic_load(&is_stale);
}

void vg_log_sink_due(void)
{
    int fd, why;

    if (!atomic_exchange(&is_stale, false) || file[0] == '\0')
        return;
    fd = open_file(file);
    if (fd >= 0 && dup3(fd, out_fd, O_CLOEXEC) >= 0) {
        close(fd);
        is_torn = is_stuck = is_failing = false;
        return;
    }
    why = errno;
    if (fd >= 0)
        close(fd);
    vg_log(VG_ERROR, "the log cannot be opened again and goes on where it was", VG_Z("file", file),
           VG_Z("reason", strerrorname_np(why)));
}

/* ---- writing ---- */

/* False: it takes nothing, and the patience is at its end. */
static bool is_taken(vg_log_waits *waits)
{
    struct pollfd ready = {.fd = out_fd, .events = POLLOUT};
    int waited_ms = 0;

    while (poll(&ready, 1, is_stuck ? 0 : LOOK_MS) == 0) {
        waited_ms += LOOK_MS;
        if (is_stuck || !waits(waited_ms)) {
            is_stuck = true; /* from now on nobody waits, until it takes some again */
            return false;
        }
    }
    is_stuck = false;
    return true;
}

/* As many whole lines as a pipe takes at once; a longer line goes as it is. */
static size_t first_lines(const char *at, size_t len)
{
    const char *end;

    if (len <= PIPE_BUF)
        return len;
    end = memrchr(at, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end - at) + 1 : PIPE_BUF;
}

/* 0, or why not; `len` becomes what is left. */
static int write_part(const char **at, size_t *len, vg_log_waits *waits)
{
    while (*len > 0) {
        ssize_t n = is_taken(waits) ? write(out_fd, *at, *len) : 0;

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return n < 0 ? errno : EAGAIN;
        is_torn = (*at)[n - 1] != '\n';
        *at += n;
        *len -= (size_t)n;
    }
    return 0;
}

static int mend(vg_log_waits *waits)
{
    const char *at = "\n";
    size_t len = 1;

    return is_torn ? write_part(&at, &len, waits) : 0;
}

void vg_log_sink_write(vg_slice lines, vg_log_waits *waits)
{
    while (lines.len > 0) {
        size_t part = first_lines(lines.at, lines.len), left = part;
        const char *at = lines.at;
        int why;

        vg_log_sink_due();
        why = mend(waits);
        if (why == 0)
            why = write_part(&at, &left, waits);
        is_failing = why != 0;
        if (is_failing)
            lose_rest(at, left, why == EAGAIN ? 0 : why);
        lines = vg_slice_skip(lines, part);
    }
}

void vg_log_sink_last_words(const char *at, size_t len)
{
    while (len > 0) {
        ssize_t n = write(out_fd, at, len);

        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}
