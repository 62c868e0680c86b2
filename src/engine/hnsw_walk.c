/* Walks over one level of the graph (hnsw_graph.h). From the nearest node that was not walked from
 * yet: gather the neighbours that no mark says were met before, fetch and measure them together,
 * keep the nearest; until there is none left that is nearer than the worst kept. */
#include <stdlib.h>
#include <string.h>

#include "engine/hnsw_graph.h"

#define WALKED ((uint32_t)1 << 31)
enum { LINE_BYTES = 64, SOON = 3, KEPT_ROOM = 1 << 16 };

/* ---- what a walk needs ---- */

void vg_visit_free(vg_visit *v)
{
    free(v->marks);
    free(v->marked);
    free(v->pool);
    free(v->heap);
    free(v->fresh);
    free(v->far);
    free(v->chosen);
    free(v);
}

static vg_visit *new_visit(const vg_hnsw *h)
{
    vg_visit *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->fresh = malloc(VG_MEASURE_MOST * sizeof *v->fresh);
    v->far = malloc((VG_MEASURE_MOST + 1) * sizeof *v->far);
    v->chosen = malloc((size_t)VG_HNSW_LEVELS * h->conf.m * sizeof *v->chosen);
    if (v->fresh && v->far && v->chosen)
        return v;
    vg_visit_free(v);
    return NULL;
}

static bool can_mark(vg_visit *v, uint32_t slots)
{
    uint64_t *marks;

    if (v->slots >= slots)
        return true;
    marks = calloc(((size_t)slots + 63) / 64, sizeof *marks);
    if (!marks)
        return false;
    free(v->marks);
    v->marks = marks;
    v->slots = slots;
    return true;
}

vg_visit *vg_visit_take(vg_hnsw *h)
{
    uint32_t slots = atomic_load_explicit(&h->room, memory_order_acquire);
    vg_visit *v;

    pthread_mutex_lock(&h->lock);
    v = h->idle;
    if (v)
        h->idle = v->next;
    pthread_mutex_unlock(&h->lock);
    if (!v)
        v = new_visit(h);
    if (v && !can_mark(v, slots)) {
        vg_visit_free(v);
        return NULL;
    }
    return v;
}

static void unmark(vg_visit *v)
{
    for (uint32_t i = 0; i < v->marked_count; i++)
        v->marks[v->marked[i] / 64] = 0;
    v->marked_count = 0;
}

/* One that was made large by a rare question is not kept. */
void vg_visit_give(vg_hnsw *h, vg_visit *v)
{
    if (v->pool_room > KEPT_ROOM || v->heap_room > KEPT_ROOM) {
        vg_visit_free(v);
        return;
    }
    unmark(v);
    pthread_mutex_lock(&h->lock);
    v->next = h->idle;
    h->idle = v;
    pthread_mutex_unlock(&h->lock);
}

/* The array with room for `count` things of `size` bytes, perhaps moved. NULL: there is none, and
 * it stays as it is. */
static void *grown(void *array, uint32_t *room, uint64_t count, size_t size)
{
    uint64_t more = *room < 1024 ? 1024 : *room;

    if (count <= *room)
        return array;
    while (more < count)
        more *= 2;
    array = more <= UINT32_MAX ? realloc(array, more * size) : NULL;
    if (array)
        *room = (uint32_t)more;
    return array;
}

bool vg_visit_begin(vg_visit *v, uint32_t ef)
{
    vg_hit *pool = grown(v->pool, &v->pool_room, ef, sizeof *pool);

    unmark(v);
    v->pool_count = v->heap_count = 0;
    v->is_spent = false;
    if (pool)
        v->pool = pool;
    return pool != NULL;
}

/* ---- marks ---- */

static void room_for_marks(vg_visit *v, uint32_t more)
{
    uint64_t count = (uint64_t)v->marked_count + more;
    uint32_t *marked = grown(v->marked, &v->marked_room, count, sizeof *marked);

    if (marked)
        v->marked = marked;
    else
        v->is_spent = true;
}

/* False: it had been marked, or it came into the graph after this walk began. */
static inline bool mark(vg_visit *v, uint32_t slot)
{
    uint64_t bit = (uint64_t)1 << slot % 64;

    if (slot >= v->slots || (v->marks[slot / 64] & bit) != 0)
        return false;
    v->marks[slot / 64] |= bit;
    v->marked[v->marked_count++] = slot;
    return true;
}

/* ---- the pool ---- */

uint32_t vg_visit_put(vg_visit *v, uint32_t ef, vg_hit hit)
{
    uint32_t low = 0;

    if (v->pool_count == ef && !(hit.far < v->pool[ef - 1].far))
        return ef;
    /* The half to go on with is chosen without a branch: none could be foreseen. */
    for (uint32_t left = v->pool_count; left > 0;) {
        uint32_t half = (left + 1) / 2;
        bool is_behind = v->pool[low + half - 1].far <= hit.far;

        low += is_behind ? half : 0;
        left = is_behind ? left - half : half - 1;
    }
    if (v->pool_count < ef)
        v->pool_count++;
    memmove(v->pool + low + 1, v->pool + low, (v->pool_count - 1 - low) * sizeof hit);
    v->pool[low] = hit;
    return low;
}

static void take_out(vg_visit *v, uint32_t at)
{
    v->pool_count--;
    memmove(v->pool + at, v->pool + at + 1, (v->pool_count - at) * sizeof *v->pool);
}

/* ---- what is found ---- */

static inline bool is_found(const vg_walk *walk, uint32_t slot)
{
    vg_place p;

    if (slot >= walk->before)
        return false;
    p = vg_dense_place(walk->view->dense, slot);
    return vg_place_is_seen(p, walk->view->operation) &&
           (!walk->rows || vg_rowset_has(walk->rows, p.chunk->rows[p.at]));
}

/* The links of a node that will be walked from soon, and what is_found() will ask for. */
static inline void fetch_node(const vg_asking *a, uint32_t slot)
{
    const char *links = (const char *)(const void *)vg_list_of(a->graph, slot, 0);
    vg_place p;

    for (size_t i = 0; i < 2 * (size_t)a->graph->conf.m * sizeof(uint32_t); i += LINE_BYTES)
        __builtin_prefetch(links + i);
    if (!a->walk)
        return;
    p = vg_dense_place(a->graph->dense, slot);
    __builtin_prefetch(&p.chunk->born[p.at]);
    __builtin_prefetch((const void *)&p.chunk->died[p.at]);
}

/* ---- steps ---- */

static uint32_t gather(vg_asking *a, uint32_t slot, uint32_t level)
{
    const _Atomic uint32_t *list = vg_list_of(a->graph, slot, level);
    uint32_t room = vg_list_room(a->graph, level), count = 0;
    vg_visit *v = a->visit;
    uint64_t bit;
    bool is_new;

    room_for_marks(v, room);
    if (v->is_spent)
        return 0;
    for (uint32_t i = 0; i < room; i++) {
        uint32_t next = atomic_load_explicit(&list[i], memory_order_acquire);

        if (next == VG_SLOT_NONE)
            break;
        if (next >= v->slots)
            continue;
        /* Whether it was met before nobody can foresee: written each time, kept by the count. */
        bit = (uint64_t)1 << next % 64;
        is_new = (v->marks[next / 64] & bit) == 0;
        v->marks[next / 64] |= bit;
        v->fresh[count] = next;
        count += is_new;
    }
    memcpy(v->marked + v->marked_count, v->fresh, count * sizeof *v->fresh);
    v->marked_count += count;
    return count;
}

static void measure(vg_asking *a, uint32_t count)
{
    if (count > 0)
        a->measure->far(a->measure, a->query, a->visit->fresh, count, a->visit->far);
    a->compared += count;
}

/* Twins are found with their first, and have no links to walk. */
static void put_twins(vg_asking *a, vg_hit first, uint32_t ef)
{
    vg_visit *v = a->visit;
    uint32_t slot = first.slot;

    while (v->pool_count < ef || first.far < v->pool[ef - 1].far) {
        slot = atomic_load_explicit(vg_twin_of(a->graph, slot), memory_order_acquire);
        if (slot == VG_SLOT_NONE)
            return;
        room_for_marks(v, 1);
        if (v->is_spent)
            return;
        if (mark(v, slot) && is_found(a->walk, slot))
            vg_visit_put(v, ef, (vg_hit){slot | WALKED, first.far});
    }
}

static void begin_at(vg_asking *a, vg_hit entry)
{
    room_for_marks(a->visit, 1);
    if (!a->visit->is_spent)
        mark(a->visit, entry.slot);
}

/* ---- a walk where nearly all that is met is found ---- */

/* Answers the first place that something new took, at most `at`. */
static uint32_t put_fresh(vg_asking *a, uint32_t count, uint32_t ef, uint32_t at)
{
    vg_visit *v = a->visit;
    uint32_t first = at;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = vg_visit_put(v, ef, (vg_hit){v->fresh[i], v->far[i]});

        if (place < at + SOON)
            fetch_node(a, v->fresh[i]);
        if (place < first)
            first = place;
    }
    return first;
}

void vg_walk_level(vg_asking *a, uint32_t level, vg_hit entry, uint32_t ef)
{
    vg_visit *v = a->visit;
    uint32_t at = 0, count;

    begin_at(a, entry);
    vg_visit_put(v, ef, entry);
    while (at < v->pool_count && !v->is_spent) {
        vg_hit hit = v->pool[at];

        if (hit.slot & WALKED) {
            at++;
            continue;
        }
        v->pool[at].slot |= WALKED;
        if (a->walk && !is_found(a->walk, hit.slot))
            take_out(v, at);
        count = gather(a, hit.slot, level);
        measure(a, count);
        at = put_fresh(a, count, ef, at);
        if (a->walk)
            put_twins(a, hit, ef);
    }
    for (uint32_t i = 0; i < v->pool_count; i++)
        v->pool[i].slot &= ~WALKED;
}

/* ---- a walk that finds only some of what it meets ---- */

static bool push(vg_visit *v, vg_hit hit)
{
    vg_hit *heap = grown(v->heap, &v->heap_room, (uint64_t)v->heap_count + 1, sizeof hit);
    uint32_t at = v->heap_count;

    if (!heap)
        return false;
    v->heap = heap;
    for (v->heap_count++; at > 0 && hit.far < v->heap[(at - 1) / 2].far; at = (at - 1) / 2)
        v->heap[at] = v->heap[(at - 1) / 2];
    v->heap[at] = hit;
    return true;
}

static vg_hit pop(vg_visit *v)
{
    vg_hit top = v->heap[0], last = v->heap[--v->heap_count];
    uint32_t at = 0;

    for (uint32_t child; (child = 2 * at + 1) < v->heap_count; at = child) {
        if (child + 1 < v->heap_count && v->heap[child + 1].far < v->heap[child].far)
            child++;
        if (last.far <= v->heap[child].far)
            break;
        v->heap[at] = v->heap[child];
    }
    v->heap[at] = last;
    return top;
}

static bool is_worth(const vg_visit *v, uint32_t ef, float far)
{
    return v->pool_count < ef || far < v->pool[ef - 1].far;
}

static void meet(vg_asking *a, vg_hit hit, uint32_t ef)
{
    vg_visit *v = a->visit;

    if (!is_worth(v, ef, hit.far))
        return;
    if (!push(v, hit))
        v->is_spent = true;
    else if (is_found(a->walk, hit.slot))
        vg_visit_put(v, ef, hit);
}

void vg_walk_filtered(vg_asking *a, vg_hit entry, uint32_t ef)
{
    vg_visit *v = a->visit;

    begin_at(a, entry);
    meet(a, entry, ef);
    while (v->heap_count > 0 && !v->is_spent) {
        vg_hit hit = pop(v);
        uint32_t count;

        if (!is_worth(v, ef, hit.far))
            break;
        count = gather(a, hit.slot, 0);
        measure(a, count);
        for (uint32_t i = 0; i < count; i++)
            meet(a, (vg_hit){v->fresh[i], v->far[i]}, ef);
        put_twins(a, hit, ef);
    }
    for (uint32_t i = 0; i < v->pool_count; i++)
        v->pool[i].slot &= ~WALKED;
}

/* ---- down to a level ---- */

static uint32_t all_links(vg_asking *a, uint32_t slot, uint32_t level)
{
    const _Atomic uint32_t *list = vg_list_of(a->graph, slot, level);
    uint32_t room = vg_list_room(a->graph, level), count = 0;

    for (uint32_t i = 0; i < room; i++) {
        uint32_t next = atomic_load_explicit(&list[i], memory_order_acquire);

        if (next == VG_SLOT_NONE)
            break;
        if (next < a->visit->slots)
            a->visit->fresh[count++] = next;
    }
    return count;
}

static bool step_nearer(vg_asking *a, uint32_t level, vg_hit *at)
{
    uint32_t count = all_links(a, at->slot, level);
    vg_visit *v = a->visit;
    float before = at->far;

    measure(a, count);
    for (uint32_t i = 0; i < count; i++)
        if (v->far[i] < at->far)
            *at = (vg_hit){v->fresh[i], v->far[i]};
    return at->far < before;
}

vg_hit vg_walk_down(vg_asking *a, uint32_t slot, uint32_t from, uint32_t to)
{
    vg_hit at = {.slot = slot};

    a->visit->fresh[0] = slot;
    measure(a, 1);
    at.far = a->visit->far[0];
    for (uint32_t level = from; level > to; level--)
        while (step_nearer(a, level, &at))
            continue;
    return at;
}
