/* Open addressing with linear probing, at most three quarters full. Removing shifts the entries
 * behind back, so there are no tombstones and a look-up ends at the first empty slot. */
#include "base/map.h"

#include <pthread.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/id.h"

enum { FIRST_SLOTS = 16 };

struct slot {
    uint64_t hash;
    vg_slice key;
    void *value; /* NULL: the slot is empty */
};

struct vg_map {
    struct slot *slots;
    size_t mask; /* slots - 1; their number is a power of two */
    size_t count;
};

static uint64_t seed;

static void choose_seed(void)
{
    vg_random_bytes(&seed, sizeof(seed));
}

uint64_t vg_map_hash(vg_slice bytes)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose_seed);
    return XXH3_64bits_withSeed(bytes.at, bytes.len, seed);
}

vg_map *vg_map_new(void)
{
    vg_map *map = calloc(1, sizeof(*map));

    if (map == NULL)
        return NULL;
    map->slots = calloc(FIRST_SLOTS, sizeof(*map->slots));
    map->mask = FIRST_SLOTS - 1;
    if (map->slots == NULL) {
        free(map);
        return NULL;
    }
    return map;
}

void vg_map_free(vg_map *map)
{
    if (map == NULL)
        return;
    free(map->slots);
    free(map);
}

/* The key's slot, or the empty one where it would go. */
static struct slot *find(const vg_map *map, vg_slice key, uint64_t hash)
{
    for (size_t i = (size_t)hash & map->mask;; i = (i + 1) & map->mask) {
        struct slot *slot = &map->slots[i];

        if (slot->value == NULL || (slot->hash == hash && vg_slice_is(slot->key, key)))
            return slot;
    }
}

void *vg_map_get(const vg_map *map, vg_slice key)
{
    return find(map, key, vg_map_hash(key))->value;
}

static bool grow(vg_map *map)
{
    vg_map larger = {.mask = 2 * map->mask + 1, .count = map->count};

    larger.slots = calloc(larger.mask + 1, sizeof(*larger.slots));
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i <= map->mask; i++)
        if (map->slots[i].value != NULL)
            *find(&larger, map->slots[i].key, map->slots[i].hash) = map->slots[i];
    free(map->slots);
    *map = larger;
    return true;
}

bool vg_map_put(vg_map *map, vg_slice key, void *value)
{
    uint64_t hash = vg_map_hash(key);
    struct slot *slot = find(map, key, hash);

    if (slot->value == NULL) {
        if (map->count + 1 > (map->mask + 1) / 4 * 3) {
            if (!grow(map))
                return false;
            slot = find(map, key, hash);
        }
        map->count++;
    }
    *slot = (struct slot){.hash = hash, .key = key, .value = value};
    return true;
}

/* Moves back each entry behind the hole that would no longer be found across it. */
static void close_hole(vg_map *map, size_t hole)
{
    for (size_t i = (hole + 1) & map->mask; map->slots[i].value != NULL; i = (i + 1) & map->mask) {
        size_t home = (size_t)map->slots[i].hash & map->mask;

        if (((i - home) & map->mask) >= ((i - hole) & map->mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (struct slot){0};
}

void *vg_map_remove(vg_map *map, vg_slice key)
{
    struct slot *slot = find(map, key, vg_map_hash(key));
    void *value = slot->value;

    if (value == NULL)
        return NULL;
    close_hole(map, (size_t)(slot - map->slots));
    map->count--;
    return value;
}

size_t vg_map_count(const vg_map *map)
{
    return map->count;
}

void vg_map_each(const vg_map *map, void (*see)(vg_slice key, void *value, void *arg), void *arg)
{
    for (size_t i = 0; i <= map->mask; i++)
        if (map->slots[i].value != NULL)
            see(map->slots[i].key, map->slots[i].value, arg);
}
