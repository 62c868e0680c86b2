/* Nodes as words (hnsw.h): what a snapshot of the graph is made of. Words that come back are taken
 * for nothing: every link is checked before it can be followed. */
#include "engine/hnsw_graph.h"

size_t vg_hnsw_node_most(const vg_hnsw *h)
{
    return 1 + VG_HNSW_LEVELS + (VG_HNSW_LEVELS + 1) * (size_t)h->conf.m;
}

static size_t write_list(const vg_hnsw *h, uint32_t slot, uint32_t level, uint32_t *to)
{
    const _Atomic uint32_t *list = vg_list_of(h, slot, level);
    uint32_t room = vg_list_room(h, level), count = 0;

    for (; count < room; count++) {
        to[1 + count] = atomic_load_explicit(&list[count], memory_order_acquire);
        if (to[1 + count] == VG_SLOT_NONE)
            break;
    }
    to[0] = count;
    return 1 + (size_t)count;
}

size_t vg_hnsw_node_write(const vg_hnsw *h, uint32_t slot, uint32_t *to)
{
    uint8_t kind = vg_kind_of(h, slot);
    size_t words = 1;

    if (kind == VG_KIND_NONE)
        return 0;
    to[0] = atomic_load_explicit(vg_twin_of(h, slot), memory_order_relaxed);
    if (kind == VG_KIND_TWIN)
        return words;
    for (uint32_t level = 0; level < kind; level++)
        words += write_list(h, slot, level, to + words);
    return words;
}

/* ---- back ---- */

/* How many levels the words have; false: they are no node. */
static bool count_levels(const vg_hnsw *h, const uint32_t *from, size_t count, uint32_t *levels)
{
    size_t at = 1;

    for (*levels = 0; at < count; ++*levels) {
        if (*levels == VG_HNSW_LEVELS || from[at] > vg_list_room(h, *levels) ||
            from[at] >= count - at)
            return false;
        at += 1 + (size_t)from[at];
    }
    return true;
}

static bool are_below(const uint32_t *slots, uint32_t count, uint32_t end)
{
    for (uint32_t i = 0; i < count; i++)
        if (slots[i] >= end)
            return false;
    return true;
}

static bool read_list(vg_hnsw *h, uint32_t slot, uint32_t level, const uint32_t *from, uint32_t end)
{
    _Atomic uint32_t *list = vg_list_of(h, slot, level);
    uint32_t count = from[0];

    if (!are_below(from + 1, count, end))
        return false;
    for (uint32_t i = 0; i < count; i++)
        atomic_store_explicit(&list[i], from[1 + i], memory_order_relaxed);
    if (count < vg_list_room(h, level))
        atomic_store_explicit(&list[count], VG_SLOT_NONE, memory_order_relaxed);
    return true;
}

static bool read_node(vg_hnsw *h, uint32_t levels, uint32_t slots, const uint32_t *from)
{
    uint32_t slot = vg_hnsw_next(h);

    vg_hnsw_begin_node(h, slot, levels - 1);
    atomic_store_explicit(vg_twin_of(h, slot), from[0], memory_order_relaxed);
    from++;
    for (uint32_t level = 0; level < levels; level++) {
        if (!read_list(h, slot, level, from, slots))
            return false;
        from += 1 + from[0];
    }
    vg_hnsw_offer_entry(h, slot, levels - 1);
    return true;
}

static void read_twin(vg_hnsw *h, uint32_t next)
{
    uint32_t at, tier = vg_tier_of(vg_hnsw_next(h), &at);

    h->tiers[tier].kinds[at] = VG_KIND_TWIN;
    atomic_store_explicit(&h->tiers[tier].twins[at], next, memory_order_relaxed);
}

bool vg_hnsw_node_read(vg_hnsw *h, uint32_t slots, const uint32_t *from, size_t count)
{
    uint32_t levels;

    if (vg_hnsw_next(h) >= slots || !count_levels(h, from, count, &levels))
        return false;
    if (!vg_hnsw_make_room(h, levels > 0 ? levels - 1 : 0))
        return false;
    if (count > 0 && from[0] != VG_SLOT_NONE && from[0] >= slots)
        return false;
    if (levels > 0 && !read_node(h, levels, slots, from))
        return false;
    if (levels == 0 && count > 0)
        read_twin(h, from[0]);
    vg_hnsw_step(h);
    return true;
}

/* ---- the whole ---- */

static bool has_level(const vg_hnsw *h, uint32_t slot, uint32_t level)
{
    uint8_t kind = slot < vg_hnsw_next(h) ? vg_kind_of(h, slot) : VG_KIND_NONE;

    return kind != VG_KIND_TWIN && kind > level;
}

static bool are_nodes(const vg_hnsw *h, uint32_t slot, uint32_t level)
{
    const _Atomic uint32_t *list = vg_list_of(h, slot, level);

    for (uint32_t i = 0; i < vg_list_room(h, level); i++) {
        uint32_t next = atomic_load_explicit(&list[i], memory_order_relaxed);

        if (next == VG_SLOT_NONE)
            break;
        if (!has_level(h, next, level))
            return false;
    }
    return true;
}

/* Behind a node younger twins, the youngest first, so that every chain ends. */
static bool is_chained(const vg_hnsw *h, uint32_t slot)
{
    uint32_t next = atomic_load_explicit(vg_twin_of(h, slot), memory_order_relaxed);
    bool is_twin = vg_kind_of(h, slot) == VG_KIND_TWIN;

    if (next == VG_SLOT_NONE)
        return true;
    return next < vg_hnsw_next(h) && vg_kind_of(h, next) == VG_KIND_TWIN &&
           (is_twin ? next < slot : next > slot);
}

static bool is_whole(const vg_hnsw *h, uint32_t slot)
{
    uint8_t kind = vg_kind_of(h, slot);

    if (kind == VG_KIND_NONE)
        return true;
    if (!is_chained(h, slot))
        return false;
    for (uint32_t level = 0; kind != VG_KIND_TWIN && level < kind; level++)
        if (!are_nodes(h, slot, level))
            return false;
    return true;
}

bool vg_hnsw_nodes_end(vg_hnsw *h)
{
    for (uint32_t slot = 0; slot < vg_hnsw_next(h); slot++)
        if (!is_whole(h, slot))
            return false;
    return true;
}
