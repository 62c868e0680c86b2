/* Two halves of memory: lines are put into one while the thread writes the other.
 *
 *     put() ─▶ filling ──(swap)──▶ writing ─▶ sink (log_sink.h)
 *
 * The thread waits for a reader as long as the process lives; the end of the process waits a second
 * for one, not for ever. Where there is no thread whoever logs waits so long, and then no more
 * until somebody reads again. */
#include "base/log_out.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_sink.h"

enum { HALF_BYTES = 1 << 20, GATHER_US = 2000, PATIENCE_MS = 1000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_t thread;
static char *filling, *writing;
static size_t filled_bytes;
static uint64_t dropped;
static bool is_running, is_stopping, is_waiting;
static _Thread_local bool is_writer; /* has the sink: what it logs itself cannot wait */

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

/* ---- who has the sink ---- */

static bool stops(void)
{
    bool stopping;

    pthread_mutex_lock(&lock);
    stopping = is_stopping;
    pthread_mutex_unlock(&lock);
    return stopping;
}

static bool thread_waits(int waited_ms)
{
    return waited_ms < PATIENCE_MS || !stops();
}

static bool caller_waits(int waited_ms)
{
    return waited_ms < PATIENCE_MS;
}

/* Whoever logs, with the lock. */
static void write_now(vg_slice lines)
{
    is_writer = true;
    vg_log_sink_due();
    vg_log_sink_write(lines, caller_waits);
    vg_log_sink_tell();
    is_writer = false;
}

void vg_log_out_put(vg_slice lines)
{
    if (is_writer) { /* about the sink itself */
        vg_log_sink_write(lines, caller_waits);
        return;
    }
    pthread_mutex_lock(&lock);
    if (is_running)
        fill(lines);
    else
        write_now(lines);
    pthread_mutex_unlock(&lock);
}

void vg_log_out_renew(void)
{
    pthread_mutex_lock(&lock);
    vg_log_sink_renew();
    is_writer = !is_running;
    if (is_running)
        pthread_cond_signal(&filled);
    else
        vg_log_sink_due();
    is_writer = false;
    pthread_mutex_unlock(&lock);
}

/* ---- the thread ---- */

/* Waits for lines and takes them, and the count of those that found no room behind them. False when
 * the end has come and none are left. */
static bool take(size_t *len, uint64_t *lost)
{
    bool goes_on;
    char *taken;

    pthread_mutex_lock(&lock);
    is_waiting = true;
    while (filled_bytes == 0 && !is_stopping && !vg_log_sink_is_stale())
        pthread_cond_wait(&filled, &lock);
    is_waiting = false;
    taken = filling;
    filling = writing;
    writing = taken;
    *len = filled_bytes;
    filled_bytes = 0;
    *lost = take_dropped();
    goes_on = *len > 0 || !is_stopping;
    pthread_mutex_unlock(&lock);
    return goes_on;
}

static void *live(void *arg)
{
    uint64_t lost;
    size_t len;

    is_writer = true;
    while (take(&len, &lost)) {
        vg_log_sink_due();
        vg_log_sink_write(vg_slice_of(writing, len), thread_waits);
        vg_log_sink_lose(lost);
        vg_log_sink_tell();
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
    vg_log_sink_forget();
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
    vg_log_sink_lose(take_dropped());
    write_now(vg_slice_of(filling, filled_bytes)); /* what came after its last look */
    pthread_mutex_unlock(&lock);
    free_halves();
}

void vg_log_out_last_words(void)
{
    if (pthread_mutex_trylock(&lock) != 0)
        return;
    if (is_running)
        vg_log_sink_last_words(filling, filled_bytes);
    filled_bytes = 0;
    pthread_mutex_unlock(&lock);
}
