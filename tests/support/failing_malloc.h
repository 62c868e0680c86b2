/* Makes the n-th allocation fail. For tests linked with --wrap for malloc, calloc and realloc
 * (the function fail_allocations() in tests/unit/base/CMakeLists.txt). */
#ifndef VG_TESTS_SUPPORT_FAILING_MALLOC_H
#define VG_TESTS_SUPPORT_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, counted from 1; 0: none does. Only that one. */
void failing_malloc_set(size_t n);
/* Did it come to that? */
bool failing_malloc_hit(void);

#endif
