/* One mapping; a backend's part begins on a cache line of its own. */
#include "call/shared.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"

enum { LINE = 64 };

struct vg_shared {
    char *slab;
    size_t bytes;
    uint32_t backends;
};

static size_t stride(void)
{
    return (sizeof(vg_shared_backend) + LINE - 1) / LINE * LINE;
}

vg_shared *vg_shared_new(uint32_t backends)
{
    vg_shared *shared = calloc(1, sizeof *shared);

    if (shared == NULL)
        return NULL;
    shared->backends = backends;
    shared->bytes = backends * stride();
    shared->slab =
        mmap(NULL, shared->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared->slab == MAP_FAILED) {
        free(shared);
        return NULL;
    }
    return shared;
}

void vg_shared_free(vg_shared *shared)
{
    if (shared == NULL)
        return;
    munmap(shared->slab, shared->bytes);
    free(shared);
}

vg_shared_backend *vg_shared_at(const vg_shared *shared, uint32_t backend)
{
    VG_CHECK(backend < shared->backends);
    return (vg_shared_backend *)(void *)(shared->slab + backend * stride());
}

void vg_shared_bury(vg_shared *shared, uint32_t worker)
{
    for (uint32_t i = 0; i < shared->backends; i++)
        vg_places_clear(&vg_shared_at(shared, i)->places, worker);
}
