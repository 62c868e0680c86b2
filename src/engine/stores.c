/* See stores.h and keeper.h. vg_slot_advance() is the one place that decides: it goes on with the
 * first that waits for a tenant whenever something has changed. */
#include "engine/stores.h"

#include <stdlib.h>

#include "base/check.h"
#include "engine/datadir.h"
#include "engine/dropped.h"
#include "engine/keeper.h"

static bool is_default(vg_slice tenant)
{
    return vg_slice_is_str(tenant, "default");
}

void vg_ends_finish(vg_ends *ends)
{
    for (vg_visit *next, *visit = ends->first; visit; visit = next) {
        next = visit->next; /* from finish on it is its asker's again */
        vg_work_finish(&visit->work);
    }
    ends->first = NULL;
}

/* ---- slots; under the lock ---- */

static vg_slot *make_slot(vg_stores *stores, vg_slice tenant)
{
    vg_slot *slot = calloc(1, sizeof *slot + tenant.len);

    if (!slot)
        return NULL;
    vg_list_init(&slot->link);
    slot->last = &slot->first;
    slot->len = tenant.len;
    if (tenant.len > 0)
        memcpy(slot->tenant, tenant.at, tenant.len);
    if (vg_map_put(stores->slots, vg_slice_of(slot->tenant, slot->len), slot))
        return slot;
    free(slot);
    return NULL;
}

static void forget(vg_stores *stores, vg_slot *slot)
{
    vg_list_remove(&slot->link);
    vg_map_remove(stores->slots, vg_slice_of(slot->tenant, slot->len));
    free(slot);
}

vg_visit *vg_slot_take(vg_stores *stores, vg_slot *slot, vg_ends *done)
{
    vg_visit *visit = slot->first;

    slot->first = visit->next;
    if (!slot->first)
        slot->last = &slot->first;
    stores->waiting--;
    visit->next = done->first;
    done->first = visit;
    return visit;
}

static void admit(vg_slot *slot, vg_visit *visit)
{
    vg_list_remove(&slot->link); /* it is not idle any more */
    slot->visitors++;
    visit->slot = slot;
    visit->store = slot->store;
}

static void ask_keeper(vg_stores *stores, vg_slot *slot)
{
    slot->is_busy = true;
    vg_list_remove(&slot->link);
    vg_list_push(&stores->todo, &slot->link);
    stores->todo_count++;
    pthread_cond_signal(&stores->asked);
}

void vg_slot_advance(vg_stores *stores, vg_slot *slot, vg_ends *done)
{
    while (slot->first && !slot->is_busy) {
        bool drops = slot->first->aim == VG_AIM_DROP;

        if (drops && slot->visitors > 0)
            return; /* the last of them comes here again */
        if (drops || !slot->store)
            ask_keeper(stores, slot);
        else
            admit(slot, vg_slot_take(stores, slot, done));
    }
    if (slot->is_busy || slot->visitors > 0)
        return;
    if (slot->store)
        vg_list_push(&stores->idle, &slot->link);
    else
        forget(stores, slot);
}

/* ---- visits ---- */

static bool enter_home(vg_visit *visit)
{
    visit->store = visit->stores->home;
    return true;
}

bool vg_stores_enter(vg_visit *visit)
{
    vg_stores *stores = visit->stores;
    vg_slot *slot;
    bool enters;

    if (is_default(visit->tenant))
        return enter_home(visit);
    pthread_mutex_lock(&stores->lock);
    slot = vg_map_get(stores->slots, visit->tenant);
    enters = visit->aim != VG_AIM_DROP && slot && slot->store && !slot->first;
    if (enters)
        admit(slot, visit);
    pthread_mutex_unlock(&stores->lock);
    return enters;
}

void vg_stores_leave(vg_visit *visit)
{
    vg_stores *stores = visit->stores;
    vg_ends done = {NULL};

    visit->store = NULL;
    if (!visit->slot)
        return;
    pthread_mutex_lock(&stores->lock);
    if (--visit->slot->visitors == 0)
        vg_slot_advance(stores, visit->slot, &done);
    pthread_mutex_unlock(&stores->lock);
    visit->slot = NULL;
    vg_ends_finish(&done);
}

/* Under the lock. False: it is not taken. */
static bool take_visit(vg_stores *stores, vg_visit *visit, vg_ends *done)
{
    vg_slot *slot = vg_map_get(stores->slots, visit->tenant);

    if (stores->is_closing || stores->waiting >= stores->conf.queue_max)
        return false;
    if (!vg_keepers_want(stores))
        return false;
    if (!slot)
        slot = make_slot(stores, visit->tenant);
    if (!slot)
        return false;
    visit->next = NULL;
    *slot->last = visit;
    slot->last = &visit->next;
    stores->waiting++;
    vg_slot_advance(stores, slot, done);
    return true;
}

static bool post(vg_queue *queue, vg_work *work)
{
    vg_stores *stores = vg_container_of(queue, vg_stores, queue);
    vg_visit *visit = vg_container_of(work, vg_visit, work);
    vg_ends done = {NULL};
    bool takes;

    VG_CHECK(!is_default(visit->tenant)); /* it is entered at once, and never dropped */
    visit->store = NULL;
    visit->slot = NULL;
    visit->did = false;
    visit->status = (vg_status){0};
    pthread_mutex_lock(&stores->lock);
    takes = take_visit(stores, visit, &done);
    pthread_mutex_unlock(&stores->lock);
    vg_ends_finish(&done);
    return takes;
}

vg_queue *vg_stores_queue(vg_stores *stores)
{
    return &stores->queue;
}

/* ---- the set ---- */

vg_store *vg_stores_default(vg_stores *stores)
{
    return stores->home;
}

static void count_stuck(vg_slice tenant, void *value, void *arg)
{
    const vg_slot *slot = value;
    uint32_t *stuck = arg;

    (void)tenant;
    if (slot->store && !slot->is_busy)
        *stuck += vg_store_is_stuck(slot->store, NULL, NULL);
}

uint32_t vg_stores_stuck(vg_stores *stores)
{
    uint32_t stuck = 0;

    pthread_mutex_lock(&stores->lock);
    vg_map_each(stores->slots, count_stuck, &stuck);
    pthread_mutex_unlock(&stores->lock);
    return stuck;
}

static void count_points(vg_slice tenant, void *value, void *arg)
{
    const vg_slot *slot = value;
    uint64_t *points = arg;

    (void)tenant;
    if (slot->store && !slot->is_busy)
        *points += vg_store_points(slot->store);
}

uint64_t vg_stores_points(vg_stores *stores)
{
    uint64_t points = vg_store_points(stores->home);

    pthread_mutex_lock(&stores->lock);
    vg_map_each(stores->slots, count_points, &points);
    pthread_mutex_unlock(&stores->lock);
    return points;
}

vg_stores_count vg_stores_counted(vg_stores *stores)
{
    vg_stores_count count;

    pthread_mutex_lock(&stores->lock);
    count = stores->count;
    pthread_mutex_unlock(&stores->lock);
    return count;
}

static vg_code no_memory(vg_status *status)
{
    return vg_status_set(status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
}

static vg_store *open_home(const vg_stores *stores, vg_arena *arena, vg_status *status)
{
    const vg_stores_conf *conf = &stores->conf;
    vg_slice path = vg_arena_printf(arena, VG_FMT "/default", VG_ARG(conf->data_dir));
    vg_store_conf home = {.directory = path,
                          .queue_max = conf->queue_max,
                          .wal_bytes = conf->wal_bytes,
                          .readers_kept = VG_STORE_READERS};

    if (path.at)
        return vg_store_open(&home, arena, status);
    no_memory(status);
    return NULL;
}

static vg_code open_all(vg_stores *stores, vg_arena *arena, vg_status *status)
{
    vg_slice data = stores->conf.data_dir;
    vg_slice root = vg_arena_printf(arena, VG_FMT "/tenants", VG_ARG(data));

    stores->slots = vg_map_new();
    stores->root = root.at ? strdup(root.at) : NULL;
    if (!stores->slots || !stores->root)
        return no_memory(status);
    if (vg_datadir_make(data, arena, status) != VG_OK)
        return status->code;
    /* before anything in there is read: another process may be writing it */
    stores->lock_file = vg_datadir_lock(data, arena, status);
    if (stores->lock_file < 0)
        return status->code;
    stores->home = open_home(stores, arena, status);
    if (!stores->home)
        return status->code;
    stores->sweeps = vg_dropped_is_any(stores->root);
    /* who put it aside may have been killed before that was on the disk: from here on it is shown
     */
    if (stores->sweeps && !vg_datadir_sync(stores->root))
        return vg_datadir_fail(stores->root, "the directory cannot be synced", arena, status);
    pthread_mutex_lock(&stores->lock);
    if (stores->sweeps)
        vg_keepers_want(stores); /* without a thread the next that is made does it */
    pthread_mutex_unlock(&stores->lock);
    return VG_OK;
}

vg_stores *vg_stores_open(const vg_stores_conf *conf, vg_arena *arena, vg_status *status)
{
    vg_stores *stores = calloc(1, sizeof *stores);
    vg_status here = {0};

    if (!stores) {
        no_memory(status);
        return NULL;
    }
    stores->queue.post = post;
    stores->lock_file = -1;
    stores->conf = *conf;
    vg_list_init(&stores->todo);
    vg_list_init(&stores->idle);
    pthread_mutex_init(&stores->lock, NULL);
    pthread_cond_init(&stores->asked, NULL);
    pthread_cond_init(&stores->changed, NULL);
    if (open_all(stores, arena, &here) == VG_OK) {
        stores->conf.data_dir = (vg_slice){0}; /* its bytes are the caller's */
        return stores;
    }
    if (status)
        *status = here;
    vg_stores_close(stores);
    return NULL;
}

static void close_idle(vg_stores *stores)
{
    vg_list *link;

    while ((link = vg_list_shift(&stores->idle))) {
        vg_slot *slot = vg_container_of(link, vg_slot, link);

        vg_store_close(slot->store);
        forget(stores, slot);
    }
}

void vg_stores_close(vg_stores *stores)
{
    if (!stores)
        return;
    vg_keepers_stop(stores);
    close_idle(stores);
    VG_CHECK(!stores->slots || vg_map_count(stores->slots) == 0); /* somebody still visits */
    vg_store_close(stores->home);
    vg_datadir_unlock(stores->lock_file);
    vg_map_free(stores->slots);
    pthread_cond_destroy(&stores->changed);
    pthread_cond_destroy(&stores->asked);
    pthread_mutex_destroy(&stores->lock);
    free(stores->root);
    free(stores);
}
