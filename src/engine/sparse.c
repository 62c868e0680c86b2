/* See sparse.h. Lists are found by open addressing with linear steps, in a table that is at most
 * three quarters full. What a reader meets half made he does not use: a list is in the table, a
 * block in its list, and an entry within the count only when it is whole. */
#include "engine/sparse.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_LISTS = 64, FIRST_ENTRIES = 2, MOST_ENTRIES = 1024, WORD = 64 };

typedef struct entry {
    uint32_t slot;
    float value;
} entry;

typedef struct block block;
struct block {
    _Atomic(block *) next;
    _Atomic uint32_t count;
    uint32_t room;
    entry at[];
};

typedef struct list {
    uint32_t index;
    _Atomic(block *) first;
    block *last; /* of the thread that adds */
} list;

typedef struct lists lists;
struct lists {
    lists *older; /* too small by now */
    size_t room;  /* a power of two */
    _Atomic(list *) at[];
};

struct vg_sparse {
    _Atomic(lists *) lists;
    size_t count; /* of lists; of the thread that adds */
    _Atomic bool is_partial;
};

/* ---- life ---- */

static lists *make_lists(size_t room, lists *older)
{
    lists *made = calloc(1, sizeof *made + room * sizeof made->at[0]);

    if (!made)
        return NULL;
    made->older = older;
    made->room = room;
    return made;
}

vg_sparse *vg_sparse_new(void)
{
    vg_sparse *sparse = calloc(1, sizeof *sparse);
    lists *first = sparse ? make_lists(FIRST_LISTS, NULL) : NULL;

    if (!first) {
        free(sparse);
        return NULL;
    }
    atomic_init(&sparse->lists, first);
    return sparse;
}

static void free_list(list *l)
{
    block *next;

    for (block *b = l ? atomic_load_explicit(&l->first, memory_order_relaxed) : NULL; b; b = next) {
        next = atomic_load_explicit(&b->next, memory_order_relaxed);
        free(b);
    }
    free(l);
}

void vg_sparse_free(vg_sparse *sparse)
{
    lists *all, *older;

    if (!sparse)
        return;
    all = atomic_load_explicit(&sparse->lists, memory_order_relaxed);
    for (size_t i = 0; i < all->room; i++)
        free_list(atomic_load_explicit(&all->at[i], memory_order_relaxed));
    for (; all; all = older) {
        older = all->older;
        free(all);
    }
    free(sparse);
}

/* ---- the table of lists ---- */

static size_t place_of(const lists *all, uint32_t index)
{
    return (size_t)((index * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (all->room - 1);
}

/* That of an index, or the free place for it. */
static size_t find_place(const lists *all, uint32_t index)
{
    size_t at = place_of(all, index);
    const list *l;

    while ((l = atomic_load_explicit(&all->at[at], memory_order_acquire)) && l->index != index)
        at = (at + 1) & (all->room - 1);
    return at;
}

static const list *find(const vg_sparse *sparse, uint32_t index)
{
    const lists *all = atomic_load_explicit(&sparse->lists, memory_order_acquire);

    return atomic_load_explicit(&all->at[find_place(all, index)], memory_order_acquire);
}

static bool grow(vg_sparse *sparse)
{
    lists *old = atomic_load_explicit(&sparse->lists, memory_order_relaxed), *all;

    if ((sparse->count + 1) * 4 <= old->room * 3)
        return true;
    all = make_lists(old->room * 2, old);
    if (!all)
        return false;
    for (size_t i = 0; i < old->room; i++) {
        list *l = atomic_load_explicit(&old->at[i], memory_order_relaxed);

        if (l)
            atomic_store_explicit(&all->at[find_place(all, l->index)], l, memory_order_relaxed);
    }
    atomic_store_explicit(&sparse->lists, all, memory_order_release);
    return true;
}

/* NULL: no memory. */
static list *reach(vg_sparse *sparse, uint32_t index)
{
    lists *all = atomic_load_explicit(&sparse->lists, memory_order_relaxed);
    list *l = atomic_load_explicit(&all->at[find_place(all, index)], memory_order_relaxed);

    if (l)
        return l;
    l = grow(sparse) ? calloc(1, sizeof *l) : NULL;
    if (!l)
        return NULL;
    l->index = index;
    all = atomic_load_explicit(&sparse->lists, memory_order_relaxed);
    atomic_store_explicit(&all->at[find_place(all, index)], l, memory_order_release);
    sparse->count++;
    return l;
}

/* ---- adding ---- */

static bool add_block(list *l)
{
    uint32_t room = l->last ? l->last->room * 2 : FIRST_ENTRIES;
    block *b;

    if (room > MOST_ENTRIES)
        room = MOST_ENTRIES;
    b = calloc(1, sizeof *b + room * sizeof b->at[0]);
    if (!b)
        return false;
    b->room = room;
    atomic_store_explicit(l->last ? &l->last->next : &l->first, b, memory_order_release);
    l->last = b;
    return true;
}

static bool add(vg_sparse *sparse, uint32_t index, entry e)
{
    list *l = reach(sparse, index);
    uint32_t count;

    if (!l)
        return false;
    count = l->last ? atomic_load_explicit(&l->last->count, memory_order_relaxed) : 0;
    if (!l->last || count == l->last->room) {
        if (!add_block(l))
            return false;
        count = 0;
    }
    l->last->at[count] = e;
    atomic_store_explicit(&l->last->count, count + 1, memory_order_release);
    return true;
}

void vg_sparse_add(vg_sparse *sparse, uint32_t slot, const void *stored)
{
    vg_sparse_view v = vg_form_sparse(stored);

    for (uint32_t i = 0; i < v.count && vg_sparse_is_whole(sparse); i++)
        if (!add(sparse, v.indices[i], (entry){slot, v.values[i]}))
            atomic_store_explicit(&sparse->is_partial, true, memory_order_release);
}

/* ---- reading ---- */

bool vg_sparse_is_whole(const vg_sparse *sparse)
{
    return !atomic_load_explicit(&sparse->is_partial, memory_order_acquire);
}

/* Where a reader is in a list. */
typedef struct walk {
    const block *block; /* NULL: the end */
    uint32_t at, count;
    float weight;
} walk;

static void enter(walk *w, const block *b)
{
    w->block = b;
    w->at = 0;
    w->count = b ? atomic_load_explicit(&b->count, memory_order_acquire) : 0;
}

static walk begin(const vg_sparse *sparse, uint32_t index, float weight)
{
    const list *l = find(sparse, index);
    walk w = {.weight = weight};

    enter(&w, l ? atomic_load_explicit(&l->first, memory_order_acquire) : NULL);
    return w;
}

/* The entry that it stands at, of a slot below `end`; NULL: there is none. */
static const entry *look(walk *w, uint32_t end)
{
    const entry *e;

    if (w->block && w->at == w->count && w->count == w->block->room)
        enter(w, atomic_load_explicit(&w->block->next, memory_order_acquire));
    if (!w->block || w->at == w->count)
        return NULL;
    e = &w->block->at[w->at];
    return e->slot < end ? e : NULL;
}

uint32_t vg_sparse_count(const vg_sparse *sparse, const vg_view *view, uint32_t index)
{
    walk w = begin(sparse, index, 0);
    uint32_t count = 0;
    const entry *e;

    for (; (e = look(&w, view->used)); w.at++)
        count += vg_place_is_seen(vg_dense_place(view->dense, e->slot), view->operation);
    return count;
}

/* ---- passes ---- */

struct vg_sparse_cursor {
    uint32_t count; /* of walks */
    uint32_t first; /* slot of the block */
    uint64_t mask[VG_SPARSE_BLOCK / WORD];
    float sums[VG_SPARSE_BLOCK];
    walk walks[];
};

vg_sparse_cursor *vg_sparse_begin(vg_arena *arena, const vg_sparse *sparse, const void *query)
{
    vg_sparse_view v = vg_form_sparse(query);
    vg_sparse_cursor *c = vg_arena_take(arena, sizeof *c + v.count * sizeof c->walks[0]);

    if (!c)
        return NULL;
    c->count = v.count;
    for (uint32_t i = 0; i < v.count; i++)
        c->walks[i] = begin(sparse, v.indices[i], v.values[i]);
    return c;
}

static void add_entries(vg_sparse_cursor *c, walk *w, uint32_t end)
{
    for (const entry *e; (e = look(w, end)); w->at++) {
        uint32_t at = e->slot - c->first;

        c->sums[at] += w->weight * e->value;
        c->mask[at / WORD] |= UINT64_C(1) << at % WORD;
    }
}

bool vg_sparse_next(vg_sparse_cursor *c, uint32_t used, uint32_t *first)
{
    uint32_t least = used;
    const entry *e;

    for (uint32_t i = 0; i < c->count; i++)
        if ((e = look(&c->walks[i], least)))
            least = e->slot;
    if (least == used)
        return false;
    c->first = *first = least - least % VG_SPARSE_BLOCK;
    memset(c->mask, 0, sizeof c->mask);
    memset(c->sums, 0, sizeof c->sums);
    if (used - c->first > VG_SPARSE_BLOCK)
        used = c->first + VG_SPARSE_BLOCK;
    for (uint32_t i = 0; i < c->count; i++)
        add_entries(c, &c->walks[i], used);
    return true;
}

float vg_sparse_sum(const vg_sparse_cursor *c, uint32_t slot)
{
    float sum = c->sums[slot - c->first];

    return isnan(sum) ? -INFINITY : sum;
}

uint64_t vg_sparse_mask(const vg_sparse_cursor *c, uint32_t word)
{
    return c->mask[word];
}
