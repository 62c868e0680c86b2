/* Our own mistakes, and only these: what a peer, a backend or the system does wrong is a vg_status.
 * Checks stay in release builds; they cost a branch that is never taken. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* Prints "file:line: function: condition" and aborts, when `condition` does not hold. */
#define VG_CHECK(condition) \
    ((condition) ? (void)0 : vg_check_failed(__FILE__, __LINE__, __func__, #condition))

_Noreturn void vg_check_failed(const char *file, int line, const char *function,
                               const char *condition);

/* The struct that holds `pointer` as its `member`. */
#define vg_container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
