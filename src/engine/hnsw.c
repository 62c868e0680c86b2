/* See hnsw.h: the graph's life and memory. Chunks are mapped, so that what nobody touched is not
 * there. */
#include "engine/hnsw.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "engine/hnsw_graph.h"

enum { HUGE_PAGE = 2 << 20 };

static size_t chunk_room(uint32_t chunk)
{
    return (size_t)VG_DENSE_FIRST << chunk;
}

static size_t room_of(uint32_t chunks)
{
    return (size_t)VG_DENSE_FIRST * (((size_t)1 << chunks) - 1);
}

static size_t tier_bytes(const vg_hnsw *h, uint32_t tier)
{
    return chunk_room(tier) * ((2 * (size_t)h->conf.m + 2) * sizeof(uint32_t) + 1);
}

static size_t list_bytes(const vg_hnsw *h, uint32_t chunk)
{
    return chunk_room(chunk) * h->conf.m * sizeof(uint32_t);
}

/* ---- life ---- */

vg_hnsw *vg_hnsw_new(vg_dense *dense, const vg_hnsw_conf *conf)
{
    vg_hnsw *h = calloc(1, sizeof *h);

    VG_CHECK(conf->m >= VG_HNSW_M_LEAST && conf->m <= VG_HNSW_M_MOST && conf->ef_construct > 0);
    if (!h)
        return NULL;
    if (pthread_mutex_init(&h->lock, NULL) != 0) {
        free(h);
        return NULL;
    }
    atomic_init(&h->holders, 1);
    h->conf = *conf;
    h->level_factor = 1 / log(conf->m);
    h->dense = dense;
    vg_dense_hold(dense);
    vg_stored_measure_init(&h->own, dense, conf->distance, false);
    vg_stored_measure_init(&h->between, dense, conf->distance, true);
    h->measure = conf->measure ? conf->measure : &h->between.measure;
    return h;
}

void vg_hnsw_hold(vg_hnsw *h)
{
    atomic_fetch_add_explicit(&h->holders, 1, memory_order_relaxed);
}

void vg_hnsw_let(vg_hnsw *h)
{
    if (!h || atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (uint32_t i = 0; i < h->tier_count; i++)
        munmap((void *)h->tiers[i].links, tier_bytes(h, i));
    for (uint32_t i = 0; i < h->list_chunks; i++)
        munmap((void *)h->lists[i], list_bytes(h, i));
    for (vg_visit *next, *visit = h->idle; visit; visit = next) {
        next = visit->next;
        vg_visit_free(visit);
    }
    pthread_mutex_destroy(&h->lock);
    vg_dense_let(h->dense);
    free(h);
}

const vg_hnsw_conf *vg_hnsw_conf_of(const vg_hnsw *h)
{
    return &h->conf;
}

vg_dense *vg_hnsw_dense(const vg_hnsw *h)
{
    return h->dense;
}

uint64_t vg_hnsw_bytes(const vg_hnsw *h)
{
    return sizeof *h + atomic_load_explicit(&h->bytes, memory_order_relaxed);
}

uint32_t vg_hnsw_next(const vg_hnsw *h)
{
    return atomic_load_explicit(&h->next, memory_order_acquire);
}

/* ---- memory ---- */

static void *map_chunk(vg_hnsw *h, size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    if (bytes >= HUGE_PAGE)
        madvise(at, bytes, MADV_HUGEPAGE);
    atomic_fetch_add_explicit(&h->bytes, bytes, memory_order_relaxed);
    return at;
}

static bool add_tier(vg_hnsw *h)
{
    uint32_t i = h->tier_count;
    size_t room = chunk_room(i);
    vg_tier *tier = &h->tiers[i];
    char *at = map_chunk(h, tier_bytes(h, i));

    if (!at)
        return false;
    tier->links = (_Atomic uint32_t *)(void *)at;
    at += room * 2 * h->conf.m * sizeof(uint32_t);
    tier->twins = (_Atomic uint32_t *)(void *)at;
    at += room * sizeof(uint32_t);
    tier->upper = (uint32_t *)(void *)at;
    at += room * sizeof(uint32_t);
    tier->kinds = (uint8_t *)at;
    h->tier_count++;
    atomic_store_explicit(&h->room, (uint32_t)room_of(h->tier_count), memory_order_release);
    return true;
}

static bool add_lists(vg_hnsw *h)
{
    _Atomic uint32_t *at = map_chunk(h, list_bytes(h, h->list_chunks));

    if (!at)
        return false;
    h->lists[h->list_chunks++] = at;
    return true;
}

bool vg_hnsw_make_room(vg_hnsw *h, uint32_t upper_levels)
{
    uint32_t slot = vg_hnsw_next(h);

    if (slot >= VG_HNSW_SLOTS_MOST)
        return false;
    while (room_of(h->tier_count) <= slot)
        if (!add_tier(h))
            return false;
    while (room_of(h->list_chunks) < (size_t)h->list_count + upper_levels)
        if (!add_lists(h))
            return false;
    return true;
}

/* ---- nodes ---- */

void vg_hnsw_begin_node(vg_hnsw *h, uint32_t slot, uint32_t level)
{
    uint32_t at, tier = vg_tier_of(slot, &at);

    h->tiers[tier].kinds[at] = (uint8_t)(1 + level);
    h->tiers[tier].upper[at] = h->list_count;
    h->list_count += level;
    atomic_store_explicit(&h->tiers[tier].twins[at], VG_SLOT_NONE, memory_order_relaxed);
    for (uint32_t l = 0; l <= level; l++)
        atomic_store_explicit(vg_list_of(h, slot, l), VG_SLOT_NONE, memory_order_relaxed);
}

void vg_hnsw_offer_entry(vg_hnsw *h, uint32_t slot, uint32_t level)
{
    uint64_t highest = atomic_load_explicit(&h->entry, memory_order_relaxed) >> 32;

    if (level + 1 > highest)
        atomic_store_explicit(&h->entry, (uint64_t)(level + 1) << 32 | slot, memory_order_release);
}

void vg_hnsw_step(vg_hnsw *h)
{
    uint32_t next = atomic_load_explicit(&h->next, memory_order_relaxed);

    atomic_store_explicit(&h->next, next + 1, memory_order_release);
}
