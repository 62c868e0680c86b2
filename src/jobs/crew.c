/* A name is 64 bits of chance; none is 0. */
#include "jobs/crew.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/id.h"

struct vg_crew {
    _Atomic uint64_t *words;
    uint32_t workers;
};

vg_crew *vg_crew_new(uint32_t workers)
{
    vg_crew *crew = calloc(1, sizeof *crew);
    void *slab;

    if (!crew)
        return NULL;
    slab = mmap(NULL, workers * sizeof *crew->words, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        free(crew);
        return NULL;
    }
    crew->words = slab;
    crew->workers = workers;
    return crew;
}

void vg_crew_free(vg_crew *crew)
{
    if (!crew)
        return;
    munmap((void *)crew->words, crew->workers * sizeof *crew->words);
    free(crew);
}

/* 0: nobody's name. */
static uint64_t word_of(vg_slice holder)
{
    uint64_t word = 0;

    if (holder.len != 2 * sizeof word || !vg_hex_read(holder, (char *)&word, sizeof word))
        return 0;
    return word;
}

void vg_crew_join(vg_crew *crew, uint32_t worker, vg_slice holder)
{
    VG_CHECK(worker < crew->workers);
    atomic_store(&crew->words[worker], word_of(holder));
}

void vg_crew_bury(vg_crew *crew, uint32_t worker)
{
    VG_CHECK(worker < crew->workers);
    atomic_store(&crew->words[worker], 0);
}

bool vg_crew_has(const vg_crew *crew, vg_slice holder)
{
    uint64_t word = word_of(holder);

    for (uint32_t i = 0; word != 0 && i < crew->workers; i++)
        if (atomic_load(&crew->words[i]) == word)
            return true;
    return false;
}
