/* A word is the number of connections and 1; 0: nobody accepts there. Each has a cache line of its
 * own, as it changes with every connection. */
#include "net/fair.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64, SLACK_SHARE = 8 };

typedef struct row {
    _Alignas(LINE) _Atomic uint32_t word;
} row;

struct vg_fair {
    row *rows;
    uint32_t workers;
};

vg_fair *vg_fair_new(uint32_t workers)
{
    vg_fair *fair = calloc(1, sizeof(*fair));
    void *slab;

    if (fair == NULL)
        return NULL;
    slab = mmap(NULL, workers * sizeof(row), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                0);
    if (slab == MAP_FAILED) {
        free(fair);
        return NULL;
    }
    fair->rows = slab;
    fair->workers = workers;
    return fair;
}

void vg_fair_free(vg_fair *fair)
{
    if (fair == NULL)
        return;
    munmap(fair->rows, fair->workers * sizeof(row));
    free(fair);
}

void vg_fair_set(vg_fair *fair, uint32_t worker, uint32_t connections)
{
    atomic_store_explicit(&fair->rows[worker].word, connections + 1, memory_order_relaxed);
}

void vg_fair_leave(vg_fair *fair, uint32_t worker)
{
    atomic_store_explicit(&fair->rows[worker].word, 0, memory_order_relaxed);
}

bool vg_fair_may_take(const vg_fair *fair, uint32_t worker)
{
    uint32_t own = atomic_load_explicit(&fair->rows[worker].word, memory_order_relaxed);

    for (uint32_t i = 0; i < fair->workers; i++) {
        uint32_t other = atomic_load_explicit(&fair->rows[i].word, memory_order_relaxed);

        if (other > 0 && own > other + other / SLACK_SHARE)
            return false;
    }
    return true;
}
