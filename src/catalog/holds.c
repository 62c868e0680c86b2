/* A word is the worker's number and 1; 0: free. */
#include "catalog/holds.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

struct vg_holds {
    _Atomic uint32_t *words;
};

vg_holds *vg_holds_new(void)
{
    vg_holds *holds = calloc(1, sizeof *holds);
    void *slab;

    if (!holds)
        return NULL;
    slab = mmap(NULL, VG_HOLDS_SLOTS * sizeof *holds->words, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        free(holds);
        return NULL;
    }
    holds->words = slab;
    return holds;
}

void vg_holds_free(vg_holds *holds)
{
    if (!holds)
        return;
    munmap((void *)holds->words, VG_HOLDS_SLOTS * sizeof *holds->words);
    free(holds);
}

/* FNV-1a: the same in every worker. */
static uint64_t add(uint64_t hash, vg_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.at[i]) * 1099511628211u;
    return hash;
}

uint16_t vg_holds_slot(vg_slice tenant, vg_slice name)
{
    uint64_t hash = add(14695981039346656037u, tenant);

    hash = add(hash * 1099511628211u, name); /* a NUL between them */
    return (uint16_t)((hash ^ hash >> 32) % VG_HOLDS_SLOTS);
}

bool vg_holds_take(vg_holds *holds, uint32_t worker, uint16_t slot)
{
    uint32_t nobody = 0;

    return atomic_compare_exchange_strong(&holds->words[slot], &nobody, worker + 1);
}

void vg_holds_give(vg_holds *holds, uint16_t slot)
{
    atomic_store(&holds->words[slot], 0);
}

void vg_holds_bury(vg_holds *holds, uint32_t worker)
{
    for (int slot = 0; slot < VG_HOLDS_SLOTS; slot++) {
        uint32_t dead = worker + 1;

        atomic_compare_exchange_strong(&holds->words[slot], &dead, 0);
    }
}
