/* A sequence: odd while the text is being replaced. Whoever takes compares it before and after. */
#include "cli/handout.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "config/config.h"

/* The parent needs microseconds for a text; one that died meanwhile is not waited for. */
enum { MOST_TRIES = 1000 };

struct slab {
    _Atomic uint64_t sequence; /* 0: none was put */
    _Atomic size_t len;
    char text[VG_CONFIG_BYTES];
};

struct vg_handout {
    struct slab *slab;
};

vg_handout *vg_handout_new(void)
{
    vg_handout *handout = calloc(1, sizeof *handout);
    void *slab;

    if (handout == NULL)
        return NULL;
    slab =
        mmap(NULL, sizeof(struct slab), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        free(handout);
        return NULL;
    }
    handout->slab = slab;
    return handout;
}

void vg_handout_free(vg_handout *handout)
{
    if (handout == NULL)
        return;
    munmap(handout->slab, sizeof(struct slab));
    free(handout);
}

void vg_handout_put(vg_handout *handout, vg_slice text)
{
    struct slab *slab = handout->slab;

    VG_CHECK(text.len <= sizeof slab->text);
    atomic_fetch_add(&slab->sequence, 1);
    atomic_store(&slab->len, text.len);
    memcpy(slab->text, text.at, text.len);
    atomic_fetch_add(&slab->sequence, 1);
}

static bool take(const struct slab *slab, char *to, size_t *len)
{
    uint64_t before = atomic_load(&slab->sequence);

    if (before % 2 != 0)
        return false;
    *len = atomic_load(&slab->len);
    memcpy(to, slab->text, *len);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load(&slab->sequence) == before;
}

bool vg_handout_take(vg_handout *handout, vg_buf *to)
{
    char *at =
        atomic_load(&handout->slab->sequence) > 0 ? vg_buf_reserve(to, VG_CONFIG_BYTES) : NULL;
    size_t len;

    for (int i = 0; at != NULL && i < MOST_TRIES; i++) {
        if (take(handout->slab, at, &len)) {
            to->len += len;
            return true;
        }
        sched_yield();
    }
    return false;
}
