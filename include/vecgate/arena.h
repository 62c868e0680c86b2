/* The memory of one request. Everything that a request reaches lives in its arena, so one free
 * ends it and an early return cannot leak. An arena has a cap of its own, and all arenas of the
 * process share one (design: 512 MiB by default); when either is reached, or the system has no
 * memory, taking answers NULL and the operation ends as VG_TOO_LARGE or VG_OVERLOADED.
 *
 * An arena is used by one thread at a time; it may be handed from thread to thread whole.
 * Nothing in it needs a destructor, except what was given to vg_arena_defer(). */
#ifndef VECGATE_ARENA_H
#define VECGATE_ARENA_H

#include <stdarg.h>

#include "vecgate/slice.h"

/* NULL when there is no memory or the process-wide cap is reached. `cap_bytes` bounds this one. */
vg_arena *vg_arena_new(size_t cap_bytes);
/* Runs what was deferred, last first, and frees everything. NULL is fine. */
void vg_arena_free(vg_arena *arena);

/* `size` bytes, aligned for any type, not cleared. NULL: cap or memory gone (sticky, see below). */
void *vg_arena_take(vg_arena *arena, size_t size);
/* The same, cleared; NULL also when count * size overflows. */
void *vg_arena_take_zero(vg_arena *arena, size_t count, size_t size);
/* Another size for what was taken: the newest taking shrinks or grows in place if it can, else it
 * is a copy. NULL: as above; what was taken stays. */
void *vg_arena_resize(vg_arena *arena, void *at, size_t old_size, size_t new_size);

#define VG_TAKE(arena, type)      ((type *)vg_arena_take_zero((arena), 1, sizeof(type)))
#define VG_TAKE_N(arena, type, n) ((type *)vg_arena_take_zero((arena), (n), sizeof(type)))

/* A copy, with one NUL behind it that is not counted. {NULL, 0} when memory is gone. */
vg_slice vg_arena_copy(vg_arena *arena, vg_slice bytes);
vg_slice vg_arena_printf(vg_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
vg_slice vg_arena_vprintf(vg_arena *arena, const char *format, va_list args);

/* `run(arg)` is called when the arena is freed. False: memory is gone, and you must call it. */
bool vg_arena_defer(vg_arena *arena, void (*run)(void *arg), void *arg);

/* True once any taking failed: a builder may check once, at its end. */
bool vg_arena_is_spent(const vg_arena *arena);
/* True when it was not its own cap that was reached but the process's, or the system's memory: the
 * request is not too large, there are too many (VG_OVERLOADED). */
bool vg_arena_is_starved(const vg_arena *arena);
size_t vg_arena_bytes(const vg_arena *arena); /* held from the system */

/* The process-wide cap and what is held now; any thread. The cap is set once, at start. */
void vg_arena_set_total_cap(size_t bytes);
size_t vg_arena_total_bytes(void);
size_t vg_arena_total_cap(void);
/* Counts memory that is not an arena's (connection buffers, bodies) under the same cap.
 * False: it would go over; then nothing was counted. */
bool vg_arena_total_take(size_t bytes);
void vg_arena_total_give(size_t bytes);

#endif
