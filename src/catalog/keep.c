/* What an errand keeps of what it learned: the row and its spec in its own arena, the entry in the
 * cache. */
#include "base/check.h"
#include "base/spec.h"
#include "catalog/errand.h"

/* An entry's memory is bounded (cache.c): a collection that would pass it must not come to be. */
enum { SPEC_BYTES = 256 * 1024 };

void vg_errand_no_such(errand *e)
{
    vg_slice what = vg_arena_printf(e->arena, "Collection `" VG_FMT "` doesn't exist!",
                                    VG_ARG(e->parent->name));

    vg_errand_fail(e, VG_NOT_FOUND, what, VG_LIT("collection"));
}

void vg_errand_exists(errand *e, vg_slice name)
{
    vg_slice what =
        vg_arena_printf(e->arena, "Collection `" VG_FMT "` already exists!", VG_ARG(name));

    vg_errand_fail(e, VG_EXISTS, what, VG_LIT("collection"));
}

bool vg_errand_is_sole(const errand *e)
{
    return vg_runner_backend(e->catalog->parts.backend)->adapter->open != NULL;
}

bool vg_errand_has_sole_rows(const errand *e)
{
    return vg_errand_is_sole(e) ||
           vg_runner_backend(e->catalog->parts.metadata)->adapter->open != NULL;
}

bool vg_errand_keep_row(errand *e, const vg_meta_row *row)
{
    e->row = *row;
    e->row.tenant = vg_arena_copy(e->arena, row->tenant);
    e->row.backend = vg_arena_copy(e->arena, row->backend);
    e->row.name = vg_arena_copy(e->arena, row->name);
    e->row.physical = vg_arena_copy(e->arena, row->physical);
    e->row.spec = vg_arena_copy(e->arena, row->spec);
    e->has_row = true;
    if (!vg_arena_is_spent(e->arena))
        return true;
    vg_errand_no_memory(e);
    return false;
}

/* What was written must be readable again: else the collection would be there and of no use. */
vg_slice vg_errand_spec(errand *e, const vg_collection_spec *spec)
{
    vg_slice text = vg_spec_write(e->arena, spec);
    vg_collection_spec again;

    if (text.len == 0) {
        vg_errand_no_memory(e);
    } else if (text.len > SPEC_BYTES) {
        vg_errand_fail(e, VG_TOO_LARGE,
                       VG_LIT("the settings of a collection may have 256 KiB at most"),
                       VG_LIT("collection"));
    } else if (!vg_spec_read(e->arena, text, &again, &e->failure)) {
        if (e->failure.code == VG_INTERNAL)
            e->failure = (vg_status){
                .code = VG_INVALID,
                .what = VG_LIT("the settings of this collection are nested too deep to be kept"),
                .where = VG_LIT("collection")};
    } else {
        return text;
    }
    return (vg_slice){0};
}

bool vg_errand_is_absent(const vg_op *child)
{
    return child->status.code == VG_NOT_FOUND ||
           (child->status.code == VG_OK && !child->out.info.exists);
}

/* ---- adopting ---- */

static void write_adopted(errand *e)
{
    vg_op *child =
        vg_errand_child(e, e->has_row ? VG_OP_META_UPDATE : VG_OP_META_CREATE, e->adopted);

    if (!child)
        return;
    child->in.row = e->row;
    child->in.row.state = VG_META_READY;
    child->in.row.updated_ms = child->now_ms;
    if (!e->has_row)
        child->in.row.created_ms = child->now_ms;
    vg_errand_run(e);
}

/* Whoever made it may have ended before its index was built. */
static void on_adopted_job(errand *e)
{
    if (e->child->status.code == VG_OK)
        write_adopted(e);
    else
        e->adopted(e); /* which sees the failure */
}

bool vg_errand_adopt(errand *e, errand_step *then)
{
    vg_slice spec = vg_errand_spec(e, &e->child->out.info.spec);

    if (spec.len == 0)
        return false;
    e->row.spec = spec;
    e->adopted = then;
    vg_errand_make_index_job(e, on_adopted_job);
    return true;
}

/* ---- jobs ---- */

static bool needs_index_job(const errand *e)
{
    return e->catalog->jobs.write_index_job &&
           vg_runner_backend(e->catalog->parts.backend)->adapter->ops[VG_OP_BUILD_INDEX];
}

void vg_errand_make_index_job(errand *e, errand_step *then)
{
    const vg_catalog_jobs *jobs = &e->catalog->jobs;
    vg_op *child;

    if (!needs_index_job(e)) {
        then(e);
        return;
    }
    child = vg_errand_child(e, VG_OP_META_CREATE, then);
    if (!child)
        return;
    if (!jobs->write_index_job(jobs->arg, child, e->name)) {
        vg_arena_free(child->arena);
        vg_errand_no_memory(e);
        vg_errand_finish_later(e);
        return;
    }
    e->wrote_job = true; /* or perhaps not: looking for it does no harm */
    vg_errand_run(e);
}

void vg_errand_update_spec(errand *e, vg_slice spec, errand_step *then)
{
    vg_op *child = vg_errand_child(e, VG_OP_META_UPDATE, then);

    if (!child)
        return;
    child->in.row = e->row;
    child->in.row.spec = spec;
    child->in.row.updated_ms = child->now_ms;
    vg_errand_run(e);
}

void vg_errand_delete_row(errand *e, errand_step *then)
{
    vg_op *child = vg_errand_row_child(e, VG_OP_META_DELETE, then);

    if (!child)
        return;
    child->in.row.version = e->row.version;
    vg_errand_run(e);
}

bool vg_errand_lost_race(vg_code code)
{
    return code == VG_EXISTS || code == VG_CONFLICT || code == VG_NOT_FOUND;
}

static void set_gauge(const vg_catalog *catalog)
{
    vg_metrics_set(catalog->parts.metrics, VG_M_collections, catalog->label,
                   (int64_t)vg_cache_count(catalog->cache));
}

/* What others have asked about this name may be answered with what it was before. */
static void mark_stale(const errand *e)
{
    for (vg_list *at = e->catalog->errands.next; at != &e->catalog->errands; at = at->next) {
        errand *other = vg_container_of(at, errand, link);

        if (other != e && vg_errand_has_name_of(other, e))
            other->is_stale = true;
    }
}

bool vg_errand_publish(errand *e)
{
    const vg_collection *collection = vg_cache_put(e->catalog->cache, &e->row, &e->failure);

    if (e->holds)
        mark_stale(e);
    set_gauge(e->catalog);
    if (!collection)
        return false;
    vg_cache_set_epoch(collection, e->epoch);
    if (!vg_collection_hold(collection, e->arena)) {
        vg_errand_no_memory(e);
        return false;
    }
    e->parent->collection = collection;
    return true;
}

const vg_collection *vg_catalog_known(const vg_catalog *catalog, vg_slice tenant, vg_slice name)
{
    const vg_collection *known = vg_cache_find(catalog->cache, tenant, name);

    return known && vg_cache_epoch(known) == vg_epochs_now(catalog->epochs, tenant) ? known : NULL;
}

void vg_errand_forget(errand *e)
{
    vg_cache_drop(e->catalog->cache, e->row.tenant, e->row.name);
    set_gauge(e->catalog);
    mark_stale(e);
}
