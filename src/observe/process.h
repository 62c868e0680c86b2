/* What the system says about this process, for the process_… families. */
#ifndef OBSERVE_PROCESS_H
#define OBSERVE_PROCESS_H

#include "base/buf.h"

/* Counts the open descriptors, for the next writes. With many connections that may take
 * milliseconds on kernels before 6.2: call it now and then, off the loop. Any thread. */
void vg_process_sample(void);
/* process_resident_memory_bytes, _cpu_seconds_total, _open_fds (as last sampled),
 * _start_time_seconds. A family that the system does not tell is left out. */
void vg_process_write(vg_buf *to);
/* Their rows for docs/metrics.md. */
void vg_process_write_docs(vg_buf *to);

#endif
