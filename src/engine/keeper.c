/* See keeper.h. Whatever is done to a tenant's files is done here: opening, closing to make room,
 * dropping, deleting what was dropped. */
#include "engine/keeper.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/log.h"
#include "engine/datadir.h"
#include "engine/dropped.h"
#include "engine/tenant_dir.h"

enum { READERS_KEPT = 2, STORY_BYTES = 64 << 10 };

/* One slot that is worked on. */
typedef struct job {
    vg_stores *stores;
    vg_slot *slot;
    vg_arena *arena; /* for stories */
    vg_status status;
    char dir[VG_TENANT_DIR_BYTES];
    vg_slice path;
    vg_ends done;
} job;

static vg_slice tenant_of(const job *j)
{
    return vg_slice_of(j->slot->tenant, j->slot->len);
}

static bool begin(job *j)
{
    if (!vg_tenant_dir(tenant_of(j), j->dir)) {
        vg_status_set(&j->status, VG_INVALID, VG_LIT("a tenant's name has 1 to 128 bytes"),
                      VG_LIT("tenant"));
        return false;
    }
    j->arena = vg_arena_new(STORY_BYTES);
    if (j->arena)
        j->path = vg_arena_printf(j->arena, "%s/%s", j->stores->root, j->dir);
    if (!j->path.at)
        vg_status_set(&j->status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    return j->path.at != NULL;
}

/* For clients: it is not their request that is wrong; and where the data directory is is for the
 * log alone. */
static void soften(job *j)
{
    vg_slice above = vg_slice_of(j->stores->root, strlen(j->stores->root) - strlen("tenants"));

    if (vg_slice_starts(j->status.what, above))
        j->status.what = vg_slice_skip(j->status.what, above.len);
    if (vg_slice_starts(j->status.where, above))
        j->status.where = VG_LIT("tenant");
    if (j->status.code == VG_INVALID || j->status.code == VG_CONFLICT)
        j->status.code = VG_BACKEND_ERROR;
}

static void tell(job *j)
{
    vg_visit *visit = vg_slot_take(j->stores, j->slot, &j->done);

    visit->status = (vg_status){
        .code = j->status.code,
        .what = vg_arena_copy(visit->arena, j->status.what),
        .where = vg_arena_copy(visit->arena, j->status.where),
        .upstream = vg_arena_copy(visit->arena, j->status.upstream),
    };
}

/* ---- closing and places; under the lock, which is given away meanwhile ---- */

static void close_store(vg_stores *stores, vg_slot *slot)
{
    vg_store *store = slot->store;

    slot->store = NULL;
    stores->closing++;
    stores->count.open--;
    pthread_mutex_unlock(&stores->lock);
    vg_store_close(store);
    pthread_mutex_lock(&stores->lock);
    stores->closing--;
    stores->places--;
    stores->count.closed++;
    pthread_cond_broadcast(&stores->changed);
}

/* Rather one that builds no index, since that would have to go on when it is opened again. */
static vg_slot *find_idle(const vg_stores *stores)
{
    for (vg_list *at = stores->idle.next; at != &stores->idle; at = at->next) {
        vg_slot *slot = vg_container_of(at, vg_slot, link);

        if (vg_store_is_at_rest(slot->store))
            return slot;
    }
    return vg_list_is_empty(&stores->idle) ? NULL
                                           : vg_container_of(stores->idle.next, vg_slot, link);
}

static void close_idle(job *j, vg_slot *idle)
{
    vg_list_remove(&idle->link);
    idle->is_busy = true;
    close_store(j->stores, idle);
    idle->is_busy = false;
    vg_slot_advance(j->stores, idle, &j->done);
}

/* False: all that may be open are in use. */
static bool take_place(job *j)
{
    vg_stores *stores = j->stores;

    while (stores->places >= stores->conf.open_max) {
        vg_slot *idle = find_idle(stores);

        if (idle) {
            close_idle(j, idle);
        } else if (stores->closing > 0) {
            pthread_cond_wait(&stores->changed, &stores->lock);
        } else {
            vg_status_setf(&j->status, j->arena, VG_OVERLOADED, VG_LIT("open_tenants"),
                           "%" PRIu32 " tenants' stores are in use, and no more may be open at "
                           "once: try again soon",
                           stores->conf.open_max);
            return false;
        }
    }
    stores->places++;
    return true;
}

/* ---- opening ---- */

static vg_store *open_store(job *j)
{
    vg_store_conf conf = {.directory = j->path,
                          .queue_max = j->stores->conf.queue_max,
                          .wal_bytes = j->stores->conf.wal_bytes,
                          .readers_kept = READERS_KEPT};
    vg_store *store = vg_store_open(&conf, j->arena, &j->status);

    if (store)
        return store;
    vg_log(VG_WARN, "a tenant's store does not open", VG_S("tenant", tenant_of(j)),
           VG_S("why", vg_status_what(&j->status)));
    soften(j);
    j->status.what = vg_arena_printf(j->arena, "the tenant's store does not open: " VG_FMT,
                                     VG_ARG(vg_status_what(&j->status)));
    return NULL;
}

/* Under the lock. */
static void open_in_place(job *j)
{
    vg_stores *stores = j->stores;
    vg_store *store;

    pthread_mutex_unlock(&stores->lock);
    store = open_store(j);
    pthread_mutex_lock(&stores->lock);
    j->slot->store = store;
    if (store) {
        stores->count.open++;
        stores->count.opened++;
    } else {
        stores->places--;
        stores->count.failed++;
        pthread_cond_broadcast(&stores->changed);
    }
}

/* Those behind a drop do not wait for what failed here. */
static void refuse_all(job *j)
{
    while (j->slot->first && j->slot->first->aim != VG_AIM_DROP)
        tell(j);
}

/* They only want what is there: no status, and no store. */
static void say_absent(job *j)
{
    while (j->slot->first && j->slot->first->aim == VG_AIM_USE)
        tell(j);
}

/* It may be left from a time that was killed before its entry was on disk. */
static bool make_root(job *j)
{
    const char *root = j->stores->root;

    if (vg_datadir_make(vg_slice_str(root), j->arena, &j->status) == VG_OK &&
        !vg_datadir_sync_parent(root))
        vg_datadir_fail(root, "the directory cannot be made", j->arena, &j->status);
    soften(j);
    return j->status.code == VG_OK;
}

/* Under the lock. */
static void open_slot(job *j)
{
    bool makes = j->slot->first->aim == VG_AIM_MAKE, is_there;

    pthread_mutex_unlock(&j->stores->lock);
    is_there = begin(j) && (vg_datadir_is_there(j->path.at) || (makes && make_root(j)));
    pthread_mutex_lock(&j->stores->lock);
    if (is_there && take_place(j))
        open_in_place(j);
    if (j->status.code != VG_OK)
        refuse_all(j);
    else if (!is_there)
        say_absent(j);
}

/* ---- dropping ---- */

static bool delete_all(job *j)
{
    bool did = false;

    if (begin(j) &&
        vg_dropped_put_aside(j->stores->root, j->dir, &did, j->arena, &j->status) == VG_OK)
        vg_dropped_sweep(j->stores->root, j->arena, &j->status);
    if (j->status.code != VG_OK)
        vg_log(VG_WARN, "a tenant's store cannot be dropped", VG_S("tenant", tenant_of(j)),
               VG_S("why", vg_status_what(&j->status)));
    soften(j);
    return did;
}

/* Under the lock. */
static void drop_slot(job *j)
{
    vg_visit *visit = j->slot->first;
    bool did;

    if (j->slot->store)
        close_store(j->stores, j->slot);
    pthread_mutex_unlock(&j->stores->lock);
    did = delete_all(j);
    pthread_mutex_lock(&j->stores->lock);
    visit->did = did;
    tell(j);
}

static void sweep(vg_stores *stores)
{
    vg_arena *arena = vg_arena_new(STORY_BYTES);
    vg_status status = {0};

    if (arena && vg_dropped_sweep(stores->root, arena, &status) != VG_OK)
        vg_log(VG_WARN, "a dropped tenant's files cannot be deleted",
               VG_S("why", vg_status_what(&status)));
    vg_arena_free(arena);
}

/* ---- the threads ---- */

/* Under the lock, which is given away meanwhile. */
static void serve(vg_stores *stores, vg_slot *slot)
{
    job j = {.stores = stores, .slot = slot};

    if (slot->first->aim == VG_AIM_DROP)
        drop_slot(&j);
    else
        open_slot(&j);
    slot->is_busy = false;
    vg_slot_advance(stores, slot, &j.done);
    pthread_mutex_unlock(&stores->lock);
    vg_arena_free(j.arena);
    vg_ends_finish(&j.done);
    pthread_mutex_lock(&stores->lock);
}

/* Under the lock. False: there is nothing to do now. */
static bool do_one(vg_stores *stores)
{
    vg_list *link = vg_list_shift(&stores->todo);

    if (link) {
        stores->todo_count--;
        serve(stores, vg_container_of(link, vg_slot, link));
    } else if (stores->sweeps) {
        stores->sweeps = false;
        pthread_mutex_unlock(&stores->lock);
        sweep(stores);
        pthread_mutex_lock(&stores->lock);
    } else {
        return false;
    }
    return true;
}

static void *work(void *arg)
{
    vg_stores *stores = arg;

    pthread_mutex_lock(&stores->lock);
    for (;;) {
        if (do_one(stores))
            continue;
        if (stores->is_closing)
            break;
        stores->keepers_free++;
        pthread_cond_wait(&stores->asked, &stores->lock);
        stores->keepers_free--;
    }
    pthread_mutex_unlock(&stores->lock);
    return NULL;
}

bool vg_keepers_want(vg_stores *stores)
{
    if (stores->keepers_free <= stores->todo_count && stores->keeper_count < VG_KEEPERS &&
        pthread_create(&stores->keepers[stores->keeper_count], NULL, work, stores) == 0)
        stores->keeper_count++;
    return stores->keeper_count > 0;
}

void vg_keepers_stop(vg_stores *stores)
{
    pthread_mutex_lock(&stores->lock);
    stores->is_closing = true;
    pthread_cond_broadcast(&stores->asked);
    pthread_mutex_unlock(&stores->lock);
    for (uint32_t i = 0; i < stores->keeper_count; i++)
        pthread_join(stores->keepers[i], NULL);
}
