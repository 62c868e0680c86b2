/* What the system says about this process, or about a group of workers and the parent that made
 * them, for the process_… families. */
#ifndef OBSERVE_PROCESS_H
#define OBSERVE_PROCESS_H

#include <stdatomic.h>

#include "base/buf.h"

/* Counts the open descriptors, for the next writes. With many connections that may take
 * milliseconds on kernels before 6.2: call it now and then, off the loop. Any thread. */
void vg_process_sample(void);
int64_t vg_process_descriptors(void); /* as last sampled; negative: not known */

enum { VG_PROCESSES_MOST = 65 };

/* In memory that all of them share. All zero: there is no group. */
typedef struct vg_processes {
    _Atomic int32_t parent; /* has waited for those who ended, and so has their CPU time */
    _Atomic int32_t pids[VG_PROCESSES_MOST];        /* of workers; 0: nobody */
    _Atomic int64_t descriptors[VG_PROCESSES_MOST]; /* that each of these counted of its own */
} vg_processes;

/* When the first of our certificates expires, in seconds since 1970; INT64_MAX: there is none. Any
 * thread. */
void vg_process_set_expiry(int64_t at);
/* process_resident_memory_bytes, _virtual_memory_bytes, _cpu_seconds_total, _open_fds (as last
 * sampled), _max_fds, _start_time_seconds: sums over the group, or of this process. A family that
 * the system does not tell is left out. */
void vg_process_write(const vg_processes *group, vg_buf *to);
/* Their rows for docs/metrics.md. */
void vg_process_write_docs(vg_buf *to);

#endif
