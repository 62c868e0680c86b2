/* Signals as callbacks of the loop: SIGTERM and SIGINT end, SIGHUP reads the configuration again,
 * SIGUSR1 opens the log again. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

#include <uv.h>

enum { VG_SIGNALS = 4 };

typedef struct vg_signals {
    uv_signal_t handles[VG_SIGNALS];
    int open;
    void (*on_end)(void *arg); /* once; the second time the process ends on the spot */
    void (*on_reload)(void *arg);
    void *arg;
    bool is_patient; /* ends once however often it is asked: the parent decides when it is enough */
    bool is_ending;
} vg_signals;

/* Until vg_signals_open() a SIGUSR1 waits instead of ending the process; before threads are made
 * and before a fork. */
void vg_signals_hold(void);
/* on_end, on_reload and arg are set. False: the system has none to give. */
bool vg_signals_open(vg_signals *signals, uv_loop_t *uv);
/* The loop must run once more before they are freed. */
void vg_signals_close(vg_signals *signals);

#endif
