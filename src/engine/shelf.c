/* See shelf.h. An array in order of names: it is read far more often than it changes, and listed
 * sorted. */
#include "engine/shelf.h"

#include <stdlib.h>

#include "base/check.h"

typedef struct slot {
    vg_table *table; /* held */
} slot;

struct vg_shelf {
    pthread_rwlock_t lock;
    slot *at;
    uint32_t count, room;
};

vg_shelf *vg_shelf_new(void)
{
    vg_shelf *shelf = calloc(1, sizeof *shelf);

    if (shelf)
        pthread_rwlock_init(&shelf->lock, NULL);
    return shelf;
}

void vg_shelf_free(vg_shelf *shelf)
{
    if (!shelf)
        return;
    for (uint32_t i = 0; i < shelf->count; i++)
        vg_table_let(shelf->at[i].table);
    pthread_rwlock_destroy(&shelf->lock);
    free(shelf->at);
    free(shelf);
}

/* The first place whose name is not smaller. */
static uint32_t place_of(const vg_shelf *shelf, vg_slice name)
{
    uint32_t low = 0, high = shelf->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (vg_slice_cmp(shelf->at[middle].table->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const vg_shelf *shelf, uint32_t place, vg_slice name)
{
    return place < shelf->count && vg_slice_is(shelf->at[place].table->name, name);
}

vg_table *vg_shelf_find(vg_shelf *shelf, vg_slice name)
{
    vg_table *found = NULL;
    uint32_t place;

    pthread_rwlock_rdlock(&shelf->lock);
    place = place_of(shelf, name);
    if (is_at(shelf, place, name))
        found = vg_table_hold(shelf->at[place].table);
    pthread_rwlock_unlock(&shelf->lock);
    return found;
}

/* Only the writer grows the array or changes the count, so it may read both without the lock. */
bool vg_shelf_reserve(vg_shelf *shelf, uint32_t more)
{
    uint32_t room = shelf->room ? shelf->room : 8;
    slot *at;

    while (room < shelf->count + more)
        room *= 2;
    if (room == shelf->room)
        return true;
    pthread_rwlock_wrlock(&shelf->lock);
    at = realloc(shelf->at, room * sizeof *at);
    if (at) {
        shelf->at = at;
        shelf->room = room;
    }
    pthread_rwlock_unlock(&shelf->lock);
    return at != NULL;
}

void vg_shelf_add(vg_shelf *shelf, vg_table *table)
{
    uint32_t place;

    pthread_rwlock_wrlock(&shelf->lock);
    VG_CHECK(shelf->count < shelf->room);
    place = place_of(shelf, table->name);
    VG_CHECK(!is_at(shelf, place, table->name));
    for (uint32_t i = shelf->count; i > place; i--)
        shelf->at[i] = shelf->at[i - 1];
    shelf->at[place] = (slot){table};
    shelf->count++;
    pthread_rwlock_unlock(&shelf->lock);
}

void vg_shelf_drop(vg_shelf *shelf, vg_slice name)
{
    vg_table *table = NULL;
    uint32_t place;

    pthread_rwlock_wrlock(&shelf->lock);
    place = place_of(shelf, name);
    if (is_at(shelf, place, name)) {
        table = shelf->at[place].table;
        shelf->count--;
        for (uint32_t i = place; i < shelf->count; i++)
            shelf->at[i] = shelf->at[i + 1];
    }
    pthread_rwlock_unlock(&shelf->lock);
    vg_table_let(table);
}

void vg_shelf_each(vg_shelf *shelf, void (*call)(vg_table *table, void *arg), void *arg)
{
    pthread_rwlock_rdlock(&shelf->lock);
    for (uint32_t i = 0; i < shelf->count; i++)
        call(shelf->at[i].table, arg);
    pthread_rwlock_unlock(&shelf->lock);
}

bool vg_shelf_names(vg_shelf *shelf, vg_arena *arena, const vg_slice **names, uint32_t *count)
{
    vg_slice *copies;

    pthread_rwlock_rdlock(&shelf->lock);
    copies = VG_TAKE_N(arena, vg_slice, shelf->count + 1);
    for (uint32_t i = 0; copies && i < shelf->count; i++)
        copies[i] = vg_arena_copy(arena, shelf->at[i].table->name);
    *count = shelf->count;
    pthread_rwlock_unlock(&shelf->lock);
    *names = copies;
    return copies && !vg_arena_is_spent(arena);
}
