/* The descriptor that log lines go to, or the file, which is opened again when it is told so: the
 * system's tools rename it and say so. A sink that takes nothing (a full disk, a pipe that nobody
 * reads) is no reason to stop serving: its lines are dropped, counted, and told of when it takes
 * lines again. One caller at a time (log_out.c sees to it) but where it says otherwise. */
#ifndef BASE_LOG_SINK_H
#define BASE_LOG_SINK_H

#include "vecgate/slice.h"

/* `fd` stays the caller's, and as it is: a pipe is opened once more, until another sink is set. */
void vg_log_sink_set(int fd);
/* A file, made with mode 0600 if it is not there; its descriptor, or -1 and errno (ENAMETOOLONG for
 * a path that has no room here). */
int vg_log_sink_open(const char *path);

/* Whole lines, each with its end. At most PIPE_BUF bytes go at once, whole lines of them, when the
 * sink says that it takes some, so that lines of several processes do not mix and nobody is stuck
 * inside write(). While it takes none the caller waits for as long as `waits` says (asked every
 * 100 ms); then, and on an error, the rest is lost. */
typedef bool vg_log_waits(int waited_ms);
void vg_log_sink_write(vg_slice lines, vg_log_waits *waits);

/* So many lines found no room on their way here. */
void vg_log_sink_lose(uint64_t lines);
/* A line that tells of what is lost, when there is something to tell. */
void vg_log_sink_tell(void);
/* Of another process (a fork's child): nothing to tell yet. */
void vg_log_sink_forget(void);

/* Any thread: the file is to be opened again, before the next line, or when due() is asked. */
void vg_log_sink_renew(void);
/* Is it to be, and is it a file at all? Any thread. */
bool vg_log_sink_is_stale(void);
void vg_log_sink_due(void);

/* Lines lost since this was asked last. Any thread. */
uint64_t vg_log_sink_take_lost(void);
/* Whoever is about to abort: now, in whatever state things are. */
void vg_log_sink_last_words(const char *at, size_t len);

#endif
