/* SQLite's files with faults: the n-th write, sync, truncation or lock of any file fails once, or
 * (but for locks) from then on. Registered as the default, so that whatever opens a store gets
 * it. */
#ifndef TESTS_ENGINE_FAULTY_VFS_H
#define TESTS_ENGINE_FAULTY_VFS_H

#include <stdbool.h>
#include <stdint.h>

/* Once for a program, before anything is opened. */
void faulty_install(void);
/* The n-th call from now on fails (0: none), and all behind it if `for_good`. */
void faulty_arm(uint64_t n, bool for_good);
/* Calls since then that could have failed; did one? */
uint64_t faulty_calls(void);
bool faulty_has_failed(void);

#endif
