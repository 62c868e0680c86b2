/* Signals as callbacks of the loop: SIGTERM and SIGINT end, SIGHUP reads the configuration again.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

#include <uv.h>

enum { VG_SIGNALS = 3 };

typedef struct vg_signals {
    uv_signal_t handles[VG_SIGNALS];
    int open;
    void (*on_end)(void *arg); /* once; the second time the process ends on the spot */
    void (*on_reload)(void *arg);
    void *arg;
    bool is_ending;
} vg_signals;

/* on_end, on_reload and arg are set. False: the system has none to give. */
bool vg_signals_open(vg_signals *signals, uv_loop_t *uv);
/* The loop must run once more before they are freed. */
void vg_signals_close(vg_signals *signals);

#endif
