/* See errand.h. A child ends in on_child_done(), which runs the errand's next step; the step starts
 * another child or finishes. The child that ended is freed only after that step, which may read it. */
#include "catalog/errand.h"

#include "base/check.h"

static bool is_same_name(const errand *a, const errand *b)
{
    return vg_slice_is(a->row.name, b->row.name) && vg_slice_is(a->row.tenant, b->row.tenant);
}

static void init(errand *e, vg_catalog *catalog, vg_arena *arena, errand_step *begin)
{
    e->catalog = catalog;
    e->arena = arena;
    e->begin = begin;
    vg_list_init(&e->waiting);
    vg_list_push(&catalog->errands, &e->link);
    catalog->busy++;
}

static vg_slice backend_name(const vg_catalog *catalog)
{
    return vg_slice_str(vg_runner_backend(catalog->parts.backend)->adapter->name);
}

errand *vg_errand_new(vg_catalog *catalog, vg_op *parent, errand_step *begin)
{
    errand *e = VG_TAKE(parent->arena, errand);

    if (!e)
        return NULL;
    init(e, catalog, parent->arena, begin);
    e->parent = parent;
    e->row = (vg_meta_row){.tenant = parent->who->name,
                           .backend = backend_name(catalog),
                           .name = parent->name,
                           .physical = parent->name,
                           .raw_ids = true};
    return e;
}

/* What a child inherits when there is no parent to ask. */
static vg_op *make_stand_in(vg_arena *arena, const vg_op *like, vg_slice name)
{
    vg_op *op = VG_TAKE(arena, vg_op);

    if (!op)
        return NULL;
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .arena = arena,
                  .who = like->who,
                  .name = vg_arena_copy(arena, name),
                  .deadline_ns = like->deadline_ns,
                  .now_ms = like->now_ms,
                  .request_id = like->request_id};
    memcpy(op->chance, like->chance, sizeof op->chance);
    return op;
}

errand *vg_errand_new_alone(vg_catalog *catalog, const vg_op *like, vg_slice name,
                            errand_step *begin)
{
    vg_arena *arena = vg_arena_new(catalog->parts.op_bytes);
    vg_op *stand_in = arena ? make_stand_in(arena, like, name) : NULL;
    errand *e = stand_in ? vg_errand_new(catalog, stand_in, begin) : NULL;

    if (!e)
        vg_arena_free(arena);
    return e;
}

static errand *holder_of_name(errand *e)
{
    for (vg_list *at = e->catalog->errands.next; at != &e->catalog->errands; at = at->next) {
        errand *other = vg_container_of(at, errand, link);

        if (other != e && other->holds && is_same_name(other, e))
            return other;
    }
    return NULL;
}

void vg_errand_start(errand *e)
{
    errand *holder = e->locks ? holder_of_name(e) : NULL;

    if (holder) {
        vg_list_push(&holder->waiting, &e->waiting);
        return;
    }
    e->holds = e->locks;
    if (e->cancelled != VG_OK)
        vg_errand_fail(e, e->cancelled, (vg_slice){0}, (vg_slice){0});
    if (e->failure.code != VG_OK)
        vg_errand_finish_later(e);
    else
        e->begin(e);
}

static void on_child_done(vg_op *child)
{
    errand *e = child->done_arg;

    e->then(e);
    vg_arena_free(child->arena); /* `e` may be gone by now */
}

vg_op *vg_errand_child(errand *e, vg_op_kind kind, errand_step *then)
{
    vg_arena *arena = vg_arena_new(e->catalog->parts.op_bytes);
    vg_op *child = arena ? make_stand_in(arena, e->parent, e->row.name) : NULL;

    if (!child) {
        vg_arena_free(arena);
        vg_errand_fail(e, VG_OVERLOADED, (vg_slice){0}, (vg_slice){0});
        vg_errand_finish_later(e);
        return NULL;
    }
    child->kind = kind;
    child->done = on_child_done;
    child->done_arg = e;
    e->child = child;
    e->then = then;
    return child;
}

void vg_errand_run(errand *e)
{
    bool is_metadata = e->child->kind >= VG_OP_META_CREATE;

    vg_call_start(is_metadata ? e->catalog->parts.metadata : e->catalog->parts.backend, e->child);
}

/* The child's arena is about to go: the story is copied. */
static void copy_failure(errand *e, const vg_status *from)
{
    e->failure = (vg_status){.code = from->code,
                             .what = vg_arena_copy(e->arena, vg_status_what(from)),
                             .where = vg_arena_copy(e->arena, from->where),
                             .upstream = vg_arena_copy(e->arena, from->upstream),
                             .retry_after_ms = from->retry_after_ms};
}

bool vg_errand_child_is_ok(errand *e)
{
    if (e->child->status.code == VG_OK)
        return true;
    if (e->failure.code == VG_OK)
        copy_failure(e, &e->child->status);
    return false;
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
    vg_errand_fail(e, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
    return false;
}

void vg_errand_fail(errand *e, vg_code code, vg_slice what, vg_slice where)
{
    if (e->failure.code == VG_OK)
        vg_status_set(&e->failure, code, what, where);
}

/* Whoever waited for the name gets it, and takes the others that wait with it. */
static void pass_name_on(errand *e)
{
    errand *next;

    if (vg_list_is_empty(&e->waiting))
        return;
    next = vg_container_of(e->waiting.next, errand, waiting);
    /* `waiting` is a ring: without its head it is the next holder's ring. */
    vg_list_remove(&e->waiting);
    vg_errand_start(next);
}

void vg_errand_finish(errand *e)
{
    vg_catalog *catalog = e->catalog;
    vg_op *parent = e->parent;

    vg_list_remove(&e->link);
    e->holds = false;
    pass_name_on(e);
    catalog->busy--;
    if (!e->finished) {
        vg_arena_free(e->arena);
        return;
    }
    if (e->failure.code != VG_OK)
        parent->status = e->failure;
    e->finished(parent); /* frees the errand with the parent's arena, perhaps */
}

static void on_finish(vg_task *task)
{
    vg_errand_finish(vg_container_of(task, errand, task));
}

void vg_errand_finish_later(errand *e)
{
    e->child = NULL; /* it has ended, or never was */
    e->task.run = on_finish;
    vg_loop_post(e->catalog->parts.loop, &e->task);
}

void vg_errand_key(const errand *e, vg_op *child)
{
    child->in.row = (vg_meta_row){
        .tenant = e->row.tenant, .backend = e->row.backend, .name = e->row.name};
}

void vg_errand_no_such(errand *e)
{
    vg_slice what =
        vg_arena_printf(e->arena, "Collection `" VG_FMT "` doesn't exist!", VG_ARG(e->row.name));

    vg_errand_fail(e, VG_NOT_FOUND, what, VG_LIT("collection"));
}

void vg_catalog_count(vg_catalog *catalog)
{
    vg_metrics_set(catalog->parts.metrics, VG_M_collections, catalog->label,
                   (int64_t)vg_cache_count(catalog->cache));
}

bool vg_errand_publish(errand *e)
{
    vg_catalog *catalog = e->catalog;
    const vg_collection *collection = vg_cache_put(catalog->cache, &e->row, &e->failure);

    if (!collection)
        return false;
    vg_catalog_count(catalog);
    if (!vg_collection_hold(collection, e->arena)) {
        vg_errand_fail(e, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
        return false;
    }
    e->parent->collection = collection;
    return true;
}
