/* See failing_malloc.h: the linker sends every allocation of the product here. */
#include "tests/support/failing_malloc.h"

#include <stdatomic.h>

static _Atomic size_t countdown; /* of all threads together */
static atomic_bool hit;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

void failing_malloc_set(size_t n)
{
    countdown = n;
    hit = false;
}

bool failing_malloc_hit(void)
{
    return hit;
}

static bool fails_now(void)
{
    size_t left = atomic_load(&countdown);

    while (left > 0 && !atomic_compare_exchange_weak(&countdown, &left, left - 1))
        continue;
    if (left != 1)
        return false;
    hit = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails_now() ? NULL : __real_realloc(at, size);
}
