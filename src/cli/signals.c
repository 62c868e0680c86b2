/* The handles keep the loop alive: a server without work waits for one of them. */
#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include "base/log.h"

enum { SIGNAL_STATUS = 128 };

static const int numbers[VG_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

void vg_signals_hold(void)
{
    sigset_t renewal;

    sigemptyset(&renewal);
    sigaddset(&renewal, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &renewal, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    vg_signals *signals = handle->data;

    if (number == SIGHUP) {
        signals->on_reload(signals->arg);
        return;
    }
    if (number == SIGUSR1) {
        vg_log_renew();
        return;
    }
    if (signals->is_ending && signals->is_patient)
        return;
    if (signals->is_ending)
        _exit(SIGNAL_STATUS + number); /* asked twice: what waits is given up */
    signals->is_ending = true;
    signals->on_end(signals->arg);
}

/* Those that came before there was a handler come now (supervisor.c). */
static bool let_them_come(void)
{
    sigset_t all;

    sigemptyset(&all);
    for (int i = 0; i < VG_SIGNALS; i++)
        sigaddset(&all, numbers[i]);
    return pthread_sigmask(SIG_UNBLOCK, &all, NULL) == 0;
}

bool vg_signals_open(vg_signals *signals, uv_loop_t *uv)
{
    signal(SIGPIPE, SIG_IGN);
    for (signals->open = 0; signals->open < VG_SIGNALS; signals->open++) {
        uv_signal_t *handle = &signals->handles[signals->open];

        if (uv_signal_init(uv, handle) != 0)
            return false;
        handle->data = signals;
        if (uv_signal_start(handle, on_signal, numbers[signals->open]) != 0) {
            signals->open++;
            return false;
        }
    }
    return let_them_come();
}

void vg_signals_close(vg_signals *signals)
{
    while (signals->open > 0)
        uv_close((uv_handle_t *)&signals->handles[--signals->open], NULL);
}
