/* An entry for each tenant that writes while it is bounded. One that is no longer fresh, and that
 * nobody needs, says nothing: such ones make room for others. */
#include "plan/tally.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"

enum { SWEEP_LEAST = 1024 }; /* fewer entries are left alone */

typedef struct entry {
    vg_slice tenant;
    uint64_t known;      /* points that it has */
    uint64_t counted_ns; /* when they were counted; 0: never */
    uint64_t refused_ns; /* when a count left no room; 0: never */
    uint64_t flying;     /* points of writes that were let through and have not ended */
    uint64_t written;    /* points of all writes that were let through */
    uint32_t counting;   /* counts under way */
    struct entry *next_swept;
    char name[];
} entry;

struct vg_tally {
    vg_map *entries;
    size_t sweep_at;
    uint64_t now_ns;
    entry *swept;
};

vg_tally *vg_tally_new(void)
{
    vg_tally *tally = calloc(1, sizeof *tally);

    if (tally == NULL)
        return NULL;
    tally->sweep_at = SWEEP_LEAST;
    tally->entries = vg_map_new();
    if (tally->entries != NULL)
        return tally;
    free(tally);
    return NULL;
}

static void free_entry(vg_slice key, void *value, void *arg)
{
    (void)key;
    (void)arg;
    free(value);
}

void vg_tally_free(vg_tally *tally)
{
    if (tally == NULL)
        return;
    vg_map_each(tally->entries, free_entry, NULL);
    vg_map_free(tally->entries);
    free(tally);
}

/* ---- entries ---- */

static bool is_fresh(const entry *e, uint64_t now_ns)
{
    return e->counted_ns > 0 && now_ns - e->counted_ns < vg_tally_fresh_ns;
}

static void look(vg_slice key, void *value, void *arg)
{
    vg_tally *tally = arg;
    entry *e = value;

    (void)key;
    if (e->flying > 0 || e->counting > 0 || is_fresh(e, tally->now_ns))
        return;
    e->next_swept = tally->swept;
    tally->swept = e;
}

/* So that as many entries come before the next sweep as are left of this one. */
static void sweep(vg_tally *tally)
{
    size_t left;

    if (vg_map_count(tally->entries) < tally->sweep_at)
        return;
    vg_map_each(tally->entries, look, tally);
    while (tally->swept != NULL) {
        entry *e = tally->swept;

        tally->swept = e->next_swept;
        vg_map_remove(tally->entries, e->tenant);
        free(e);
    }
    left = vg_map_count(tally->entries);
    tally->sweep_at = 2 * left > SWEEP_LEAST ? 2 * left : SWEEP_LEAST;
}

static entry *make(vg_tally *tally, vg_slice tenant)
{
    entry *e;

    sweep(tally);
    e = calloc(1, sizeof *e + tenant.len);
    if (e == NULL)
        return NULL;
    if (tenant.len > 0)
        memcpy(e->name, tenant.at, tenant.len);
    e->tenant = vg_slice_of(e->name, tenant.len);
    if (vg_map_put(tally->entries, e->tenant, e))
        return e;
    free(e);
    return NULL;
}

/* ---- what is let through ---- */

static bool has_room(const entry *e, const vg_tally_ask *ask)
{
    return e->known <= ask->most && ask->points <= ask->most - e->known;
}

static vg_tally_word let_through(entry *e, const vg_tally_ask *ask)
{
    e->known += ask->points;
    e->written += ask->points;
    e->flying += ask->points;
    return VG_TALLY_GO;
}

vg_tally_word vg_tally_admit(vg_tally *tally, const vg_tally_ask *ask, uint64_t *known)
{
    entry *e = vg_map_get(tally->entries, ask->tenant);

    tally->now_ns = ask->now_ns;
    if (e == NULL || e->counted_ns == 0)
        return VG_TALLY_COUNT;
    /* While somebody counts, what was known before is good enough for those that it has room for.
     */
    if (has_room(e, ask) && (is_fresh(e, ask->now_ns) || e->counting > 0))
        return let_through(e, ask);
    if (e->refused_ns == 0 || ask->now_ns - e->refused_ns >= vg_tally_rest_ns)
        return VG_TALLY_COUNT;
    *known = e->known;
    return VG_TALLY_FULL;
}

bool vg_tally_begin(vg_tally *tally, vg_slice tenant, vg_tally_count *count)
{
    entry *e = vg_map_get(tally->entries, tenant);

    if (e == NULL)
        e = make(tally, tenant);
    if (e == NULL)
        return false;
    e->counting++;
    *count = (vg_tally_count){.flying = e->flying, .written = e->written};
    return true;
}

/* What flew when the count began, and what was let through since, may be in it or not. */
vg_tally_word vg_tally_end(vg_tally *tally, const vg_tally_count *count, const uint64_t *counted,
                           const vg_tally_ask *ask, uint64_t *known)
{
    entry *e = vg_map_get(tally->entries, ask->tenant);

    VG_CHECK(e != NULL && e->counting > 0);
    e->counting--;
    if (counted == NULL)
        return VG_TALLY_FULL;
    e->known = *counted + count->flying + (e->written - count->written);
    e->counted_ns = ask->now_ns;
    if (has_room(e, ask))
        return let_through(e, ask);
    e->refused_ns = ask->now_ns;
    *known = e->known;
    return VG_TALLY_FULL;
}

void vg_tally_leave(vg_tally *tally, vg_slice tenant, uint64_t points)
{
    entry *e = vg_map_get(tally->entries, tenant);

    VG_CHECK(e != NULL && e->flying >= points);
    e->flying -= points;
}
