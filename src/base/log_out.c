/* Two halves of memory: lines are put into one while the thread writes the other.
 *
 *     put() ─▶ filling ──(swap)──▶ writing ─▶ descriptor
 *
 * A pipe takes PIPE_BUF bytes at once when it says that it is writable, so the thread asks first
 * and gives at most that much, whole lines only: it is never stuck inside write(), lines of several
 * processes do not mix, and the end of the process waits a second for a reader, not for ever. */
#include "base/log_out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

enum { HALF_BYTES = 1 << 20, GATHER_US = 2000, LOOK_MS = 100, PATIENCE_MS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static char *filling, *writing;
static size_t filled_bytes;
static uint64_t dropped;
static int out_fd = STDERR_FILENO;
static bool is_running, is_stopping, is_waiting;
static _Thread_local bool is_writer; /* this is the thread: what it logs itself cannot wait */

void vg_log_out_set(int fd)
{
    out_fd = fd;
}

/* A log that cannot be written is no reason to stop serving: what fails is dropped. */
static void write_all(const char *at, size_t len)
{
    while (len > 0) {
        ssize_t n = write(out_fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}

static void fill(vg_slice lines)
{
    if (lines.len > HALF_BYTES - filled_bytes) {
        dropped++;
        return;
    }
    memcpy(filling + filled_bytes, lines.at, lines.len);
    filled_bytes += lines.len;
    if (is_waiting)
        pthread_cond_signal(&filled);
}

static uint64_t take_dropped(void)
{
    uint64_t n = dropped;

    dropped = 0;
    return n;
}

/* ---- the thread ---- */

/* As many whole lines as a pipe takes at once; a longer line goes as it is. */
static size_t first_lines(const char *at, size_t len)
{
    const char *end;

    if (len <= PIPE_BUF)
        return len;
    end = memrchr(at, '\n', PIPE_BUF);
    return end != NULL ? (size_t)(end - at) + 1 : PIPE_BUF;
}

static bool stops(void)
{
    bool stopping;

    pthread_mutex_lock(&lock);
    stopping = is_stopping;
    pthread_mutex_unlock(&lock);
    return stopping;
}

/* False when the process ends and nobody reads. */
static bool wait_for_reader(void)
{
    struct pollfd ready = {.fd = out_fd, .events = POLLOUT};
    int waited_ms = 0;

    while (poll(&ready, 1, LOOK_MS) == 0) {
        waited_ms = stops() ? waited_ms + LOOK_MS : 0;
        if (waited_ms >= PATIENCE_MS)
            return false;
    }
    return true;
}

static void write_lines(const char *at, size_t len)
{
    while (len > 0 && wait_for_reader()) {
        size_t part = first_lines(at, len);

        write_all(at, part);
        at += part;
        len -= part;
    }
}

void vg_log_out_put(vg_slice lines)
{
    if (is_writer) {
        write_lines(lines.at, lines.len);
        return;
    }
    pthread_mutex_lock(&lock);
    if (is_running)
        fill(lines);
    else
        write_all(lines.at, lines.len);
    pthread_mutex_unlock(&lock);
}

static void tell_loss(uint64_t lines)
{
    if (lines > 0)
        vg_log(VG_WARN, "log lines were dropped, the log is not read fast enough",
               VG_N("lines", lines));
}

/* Waits for lines and takes them, and the count of those that found no room behind them; 0 when the
 * end has come and none are left. */
static size_t take(uint64_t *lost)
{
    char *taken;
    size_t len;

    pthread_mutex_lock(&lock);
    is_waiting = true;
    while (filled_bytes == 0 && !is_stopping)
        pthread_cond_wait(&filled, &lock);
    is_waiting = false;
    taken = filling;
    filling = writing;
    writing = taken;
    len = filled_bytes;
    filled_bytes = 0;
    *lost = take_dropped();
    pthread_mutex_unlock(&lock);
    return len;
}

static void *live(void *arg)
{
    uint64_t lost;
    size_t len;

    is_writer = true;
    while ((len = take(&lost)) > 0) {
        write_lines(writing, len);
        tell_loss(lost);
        if (!stops())
            usleep(GATHER_US); /* so that a busy gateway costs one wake-up for many lines */
    }
    return arg;
}

static void free_halves(void)
{
    free(filling);
    free(writing);
    filling = writing = NULL;
}

bool vg_log_start(void)
{
    filling = malloc(HALF_BYTES);
    writing = malloc(HALF_BYTES);
    is_stopping = false;
    filled_bytes = 0;
    is_running = filling != NULL && writing != NULL;
    if (is_running && pthread_create(&thread, NULL, live, NULL) == 0)
        return true;
    is_running = false;
    free_halves();
    return false;
}

void vg_log_stop(void)
{
    uint64_t lost;

    pthread_mutex_lock(&lock);
    if (!is_running) {
        pthread_mutex_unlock(&lock);
        return;
    }
    is_stopping = true;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&lock);
    is_running = false;
    write_all(filling, filled_bytes); /* what came after its last look */
    lost = take_dropped();
    pthread_mutex_unlock(&lock);
    tell_loss(lost);
    free_halves();
}

void vg_log_out_last_words(void)
{
    if (pthread_mutex_trylock(&lock) != 0)
        return;
    if (is_running)
        write_all(filling, filled_bytes);
    filled_bytes = 0;
    pthread_mutex_unlock(&lock);
}
