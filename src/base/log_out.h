/* Where finished log lines go: to the sink at once, or, once started, to a thread of the log's own,
 * so that a slow reader of the log stops nobody. Any thread. Used by log.c; the process starts and
 * stops it through log.h. */
#ifndef BASE_LOG_OUT_H
#define BASE_LOG_OUT_H

#include "vecgate/slice.h"

/* Whole lines, each with its end. Never blocks while the thread runs: what does not fit is dropped.
 */
void vg_log_out_put(vg_slice lines);
/* The file is opened again: by the thread, at once, or else here. */
void vg_log_out_renew(void);
/* What waits, written now by whoever calls, if nobody else is at it: the process is about to abort.
 */
void vg_log_out_last_words(void);

#endif
