/* See cache.h. An entry lives in an arena of its own, so that one free ends it. */
#include "catalog/cache.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"
#include "base/spec.h"
#include "catalog/catalog.h"

enum { ENTRY_BYTES = 4 << 20, KEY_BYTES = 4096 };

typedef struct entry entry;
struct entry {
    vg_collection collection; /* first: an op holds it as a vg_collection */
    vg_arena *arena;
    uint32_t holders;
    uint64_t epoch;
    vg_slice key;
    entry *next; /* of those that a tenant leaves behind */
};

struct vg_cache {
    vg_map *map; /* key to entry */
};

static entry *entry_of(const vg_collection *collection)
{
    return vg_container_of((vg_collection *)(uintptr_t)collection, entry, collection);
}

static void let_go(void *arg)
{
    entry *e = arg;

    if (--e->holders == 0)
        vg_arena_free(e->arena);
}

/* tenant, NUL, name: a tenant's name holds no NUL. Empty: too long for any entry. */
static vg_slice write_key(char to[KEY_BYTES], vg_slice tenant, vg_slice name)
{
    if (tenant.len >= KEY_BYTES || name.len >= KEY_BYTES - tenant.len)
        return (vg_slice){0};
    memcpy(to, tenant.at, tenant.len);
    to[tenant.len] = '\0';
    if (name.len > 0)
        memcpy(to + tenant.len + 1, name.at, name.len);
    return vg_slice_of(to, tenant.len + 1 + name.len);
}

vg_cache *vg_cache_new(void)
{
    vg_cache *cache = calloc(1, sizeof *cache);

    if (cache && !(cache->map = vg_map_new())) {
        free(cache);
        return NULL;
    }
    return cache;
}

static void let_go_of_value(vg_slice key, void *value, void *arg)
{
    (void)key;
    (void)arg;
    let_go(value);
}

void vg_cache_free(vg_cache *cache)
{
    if (!cache)
        return;
    vg_map_each(cache->map, let_go_of_value, NULL);
    vg_map_free(cache->map);
    free(cache);
}

size_t vg_cache_count(const vg_cache *cache)
{
    return vg_map_count(cache->map);
}

static entry *find(const vg_cache *cache, vg_slice tenant, vg_slice name)
{
    char text[KEY_BYTES];
    vg_slice key = write_key(text, tenant, name);

    return key.len > 0 ? vg_map_get(cache->map, key) : NULL;
}

const vg_collection *vg_cache_find(const vg_cache *cache, vg_slice tenant, vg_slice name)
{
    entry *e = find(cache, tenant, name);

    return e ? &e->collection : NULL;
}

static void *no_memory(vg_arena *arena, vg_status *status)
{
    vg_status_set(status, VG_OVERLOADED,
                  VG_LIT("no memory is left for the catalog, try again soon"), (vg_slice){0});
    vg_arena_free(arena);
    return NULL;
}

static entry *make_entry(const vg_meta_row *row, vg_status *status)
{
    vg_arena *arena = vg_arena_new(ENTRY_BYTES);
    entry *e = arena ? VG_TAKE(arena, entry) : NULL;
    char key[KEY_BYTES];

    if (!e)
        return no_memory(arena, status);
    e->arena = arena;
    e->holders = 1;
    e->key = vg_arena_copy(arena, write_key(key, row->tenant, row->name));
    e->collection = (vg_collection){.name = vg_arena_copy(arena, row->name),
                                    .physical = vg_arena_copy(arena, row->physical),
                                    .raw_ids = row->raw_ids,
                                    .created_ms = row->created_ms,
                                    .version = row->version};
    if (!vg_spec_read(arena, row->spec, &e->collection.spec, status) || e->key.len == 0 ||
        vg_arena_is_spent(arena))
        return no_memory(arena, status);
    return e;
}

const vg_collection *vg_cache_put(vg_cache *cache, const vg_meta_row *row, vg_status *status)
{
    entry *e = make_entry(row, status);

    vg_cache_drop(cache, row->tenant, row->name);
    if (!e)
        return NULL;
    if (!vg_map_put(cache->map, e->key, e))
        return no_memory(e->arena, status);
    return &e->collection;
}

void vg_cache_set_epoch(const vg_collection *collection, uint64_t epoch)
{
    entry_of(collection)->epoch = epoch;
}

uint64_t vg_cache_epoch(const vg_collection *collection)
{
    return entry_of(collection)->epoch;
}

void vg_cache_drop(vg_cache *cache, vg_slice tenant, vg_slice name)
{
    entry *e = find(cache, tenant, name);

    if (!e)
        return;
    vg_map_remove(cache->map, e->key);
    let_go(e);
}

struct leavers {
    vg_slice prefix;
    entry *first;
};

static void note_leaver(vg_slice key, void *value, void *arg)
{
    struct leavers *leavers = arg;
    entry *e = value;

    if (!vg_slice_starts(key, leavers->prefix))
        return;
    e->next = leavers->first;
    leavers->first = e;
}

void vg_cache_drop_tenant(vg_cache *cache, vg_slice tenant)
{
    char text[KEY_BYTES];
    struct leavers leavers = {.prefix = write_key(text, tenant, (vg_slice){0})};

    if (leavers.prefix.len > 0)
        vg_map_each(cache->map, note_leaver, &leavers);
    while (leavers.first) {
        entry *e = leavers.first;

        leavers.first = e->next;
        vg_map_remove(cache->map, e->key);
        let_go(e);
    }
}

bool vg_collection_hold(const vg_collection *collection, vg_arena *arena)
{
    entry *e = entry_of(collection);

    if (!vg_arena_defer(arena, let_go, e))
        return false;
    e->holders++;
    return true;
}
