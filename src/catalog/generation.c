/* Two arrays of the same length: the counters that all workers see, and for each what one catalog
 * saw of it last.
 *
 * Counting up answers what the counter was. When that is what was seen, nobody else was there in
 * between, and the new number is seen as well; else the next look finds that it has moved. */
#include "catalog/generation.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { SLOTS = 4096 };

struct vg_generations {
    _Atomic uint64_t *slots;
};

typedef struct seen {
    uint64_t generation;
    uint64_t epoch;
} seen;

struct vg_epochs {
    vg_generations *shared;
    seen *slots;
};

vg_generations *vg_generations_new(void)
{
    vg_generations *generations = calloc(1, sizeof *generations);
    void *slab;

    if (!generations)
        return NULL;
    slab = mmap(NULL, SLOTS * sizeof *generations->slots, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        free(generations);
        return NULL;
    }
    generations->slots = slab;
    return generations;
}

void vg_generations_free(vg_generations *generations)
{
    if (!generations)
        return;
    munmap((void *)generations->slots, SLOTS * sizeof *generations->slots);
    free(generations);
}

void vg_generations_bury(vg_generations *generations)
{
    for (int slot = 0; slot < SLOTS; slot++)
        atomic_fetch_add_explicit(&generations->slots[slot], 1, memory_order_acq_rel);
}

/* FNV-1a: the same in every worker. */
static size_t slot_of(vg_slice tenant)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < tenant.len; i++)
        hash = (hash ^ (uint8_t)tenant.at[i]) * 1099511628211u;
    return (size_t)((hash ^ hash >> 32) % SLOTS);
}

vg_epochs *vg_epochs_new(vg_generations *shared)
{
    vg_epochs *epochs = calloc(1, sizeof *epochs);

    if (!epochs)
        return NULL;
    epochs->shared = shared;
    epochs->slots = shared ? calloc(SLOTS, sizeof *epochs->slots) : NULL;
    if (!shared || epochs->slots)
        return epochs;
    free(epochs);
    return NULL;
}

void vg_epochs_free(vg_epochs *epochs)
{
    if (!epochs)
        return;
    free(epochs->slots);
    free(epochs);
}

uint64_t vg_epochs_now(vg_epochs *epochs, vg_slice tenant)
{
    uint64_t now;
    seen *at;
    size_t slot;

    if (!epochs->shared)
        return 0;
    slot = slot_of(tenant);
    at = &epochs->slots[slot];
    now = atomic_load_explicit(&epochs->shared->slots[slot], memory_order_acquire);
    if (now != at->generation) {
        at->generation = now;
        at->epoch++;
    }
    return at->epoch;
}

void vg_epochs_changed(vg_epochs *epochs, vg_slice tenant)
{
    uint64_t was;
    size_t slot;

    if (!epochs->shared)
        return;
    slot = slot_of(tenant);
    was = atomic_fetch_add_explicit(&epochs->shared->slots[slot], 1, memory_order_acq_rel);
    if (was == epochs->slots[slot].generation)
        epochs->slots[slot].generation = was + 1;
}
