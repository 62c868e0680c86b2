/* See errand.h. A child ends in on_child_done(), which runs the errand's next step; the step starts
 * another child or finishes. The child that ended is freed only after that step, which may read it.
 *
 *     start ─(names are free)─▶ begin ─▶ child ─▶ then ─▶ child … ─▶ finish ─▶ finished(parent)
 *       └─(one is not)─▶ waiting ─▲                                   └▶ those whose names are free
 */
#include "catalog/errand.h"

#include "base/check.h"

/* ---- its beginning ---- */

static void init(errand *e, vg_catalog *catalog, vg_op *parent, errand_step *begin)
{
    const vg_backend *backend = vg_runner_backend(catalog->parts.backend);

    e->catalog = catalog;
    e->arena = parent->arena;
    e->parent = parent;
    e->name = parent->name;
    e->begin = begin;
    e->row = (vg_meta_row){.tenant = parent->who->name,
                           .backend = vg_slice_str(backend->adapter->name),
                           .name = parent->name,
                           .physical = parent->name,
                           .raw_ids = true};
    vg_list_init(&e->place);
    vg_list_push(&catalog->errands, &e->link);
    catalog->busy++;
}

errand *vg_errand_new(vg_catalog *catalog, vg_op *parent, errand_step *begin)
{
    errand *e = VG_TAKE(parent->arena, errand);

    if (e)
        init(e, catalog, parent, begin);
    return e;
}

/* An op of our own that inherits from another what a child or a lonely errand needs. */
static vg_op *make_op(vg_arena *arena, const vg_op *like, vg_slice name)
{
    vg_op *op = VG_TAKE(arena, vg_op);

    if (!op)
        return NULL;
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .arena = arena,
                  .who = like->who,
                  .backend = like->backend,
                  .name = vg_arena_copy(arena, name),
                  .deadline_ns = like->deadline_ns,
                  .now_ms = like->now_ms,
                  .request_id = like->request_id,
                  .trace = like->trace};
    memcpy(op->chance, like->chance, sizeof op->chance);
    return vg_arena_is_spent(arena) ? NULL : op;
}

errand *vg_errand_new_alone(vg_catalog *catalog, const vg_op *like, errand_step *begin)
{
    vg_arena *arena = vg_arena_new(catalog->parts.op_bytes);
    vg_op *parent = arena ? make_op(arena, like, like->name) : NULL;
    errand *e = NULL;

    if (parent && (parent->who = vg_tenant_copy(arena, like->who))) { /* `like` ends before */
        parent->trace.state = vg_arena_copy(arena, like->trace.state);
        e = vg_errand_new(catalog, parent, begin);
    }

    if (!e)
        vg_arena_free(arena);
    return e;
}

/* ---- waiting for names ---- */

bool vg_errand_has_name_of(const errand *a, const errand *b)
{
    return vg_slice_is(a->name, b->name) && vg_slice_is(a->row.tenant, b->row.tenant);
}

static bool changes(const errand *e, vg_slice name)
{
    if (vg_slice_is(e->name, name))
        return true;
    for (uint32_t i = 0; i < e->name_count; i++)
        if (vg_slice_is(e->names[i], name))
            return true;
    return false;
}

static bool meets(const errand *a, const errand *b)
{
    if (!vg_slice_is(a->row.tenant, b->row.tenant))
        return false;
    for (uint32_t i = 0; i < a->name_count; i++)
        if (changes(b, a->names[i]))
            return true;
    return changes(b, a->name);
}

/* Does one of the list, up to `end`, want a name of this errand's? */
static bool is_in_use(const errand *e, const vg_list *list, const vg_list *end)
{
    for (const vg_list *at = list->next; at != end; at = at->next)
        if (meets(vg_container_of((vg_list *)(uintptr_t)at, errand, place), e))
            return true;
    return false;
}

/* Those who wait longer go first. */
static bool is_blocked(const errand *e)
{
    const vg_catalog *catalog = e->catalog;

    if (e->master)
        return false;
    return is_in_use(e, &catalog->waiting, e->waits ? &e->place : &catalog->waiting) ||
           is_in_use(e, &catalog->holding, &catalog->holding);
}

static void stop_waiting(errand *e)
{
    e->waits = false;
    vg_list_remove(&e->place);
    vg_timer_stop(e->catalog->parts.loop, &e->deadline);
}

static void on_deadline(vg_timer *timer)
{
    errand *e = vg_container_of(timer, errand, deadline);

    stop_waiting(e);
    vg_errand_fail(e, VG_DEADLINE, (vg_slice){0}, (vg_slice){0});
    vg_errand_finish(e);
}

static void wait_in_line(errand *e)
{
    e->waits = true;
    e->child = NULL; /* the one that led here is done */
    e->deadline.on_timer = on_deadline;
    vg_list_push(&e->catalog->waiting, &e->place);
    vg_timer_start(e->catalog->parts.loop, &e->deadline, e->parent->deadline_ns);
    vg_catalog_look_soon(e->catalog);
}

static void hold(errand *e)
{
    e->holds = true;
    vg_list_push(&e->catalog->holding, &e->place);
}

void vg_errand_start(errand *e)
{
    if (e->locks && (is_blocked(e) || !vg_errand_take_group(e))) {
        wait_in_line(e);
        return;
    }
    if (e->locks)
        hold(e);
    e->begin(e);
}

/* Nothing ends within `begin`, so nobody else leaves the line meanwhile. */
void vg_errand_wake(vg_catalog *catalog)
{
    for (vg_list *at = catalog->waiting.next, *next; at != &catalog->waiting; at = next) {
        errand *e = vg_container_of(at, errand, place);

        next = at->next;
        if (is_blocked(e) || !vg_errand_take_group(e))
            continue;
        stop_waiting(e);
        hold(e);
        e->begin(e);
    }
    if (!vg_list_is_empty(&catalog->waiting))
        vg_catalog_look_soon(catalog);
}

void vg_errand_let_names(errand *e)
{
    if (!e->locks)
        return;
    e->locks = e->holds = false;
    vg_list_remove(&e->place);
    vg_errand_give_group(e);
    vg_errand_wake(e->catalog);
}

void vg_errand_rename(errand *e, vg_slice name)
{
    e->name = e->row.name = e->row.physical = name;
    e->row.raw_ids = true;
    e->has_row = false;
}

/* ---- its children ---- */

/* Rows of jobs are nothing that a catalog remembers. */
static bool is_remembered(vg_slice name)
{
    return !vg_meta_is_reserved(name) || vg_slice_is(name, VG_META_ALIASES);
}

/* Of a write whose end is not known, too: others look again, and see. */
static void tell_others(const errand *e, const vg_op *child)
{
    if (child->kind >= VG_OP_META_CREATE && vg_op_describe(child->kind)->writes &&
        is_remembered(child->in.row.name))
        vg_epochs_changed(e->catalog->epochs, e->row.tenant);
}

/* What the row of the errand's name was before it, and is now. One that somebody else changed in
 * between is as it was read last. */
static void note_change(errand *e, const vg_op *child)
{
    vg_row_change *change = &e->parent->change;
    const vg_meta_row *row = &child->out.row.row;
    bool is_there =
        child->kind == VG_OP_META_GET ? child->out.row.found : child->kind != VG_OP_META_DELETE;

    if (child->kind < VG_OP_META_CREATE || child->kind == VG_OP_META_LIST ||
        child->status.code != VG_OK || !vg_slice_is(child->in.row.name, e->name))
        return;
    change->after = is_there ? row->version : 0;
    if (child->kind == VG_OP_META_GET && !change->has_changed)
        change->before = change->after;
    change->is_read = true;
    change->has_changed = change->has_changed || child->kind != VG_OP_META_GET;
}

static void on_child_done(vg_op *child)
{
    errand *e = child->done_arg;

    note_change(e, child);
    tell_others(e, child);
    e->then(e);
    vg_arena_free(child->arena); /* `e` may be gone by now */
}

vg_op *vg_errand_child(errand *e, vg_op_kind kind, errand_step *then)
{
    vg_arena *arena = vg_arena_new(e->catalog->parts.op_bytes);
    vg_op *child = arena ? make_op(arena, e->parent, e->name) : NULL;

    if (!child) {
        vg_arena_free(arena);
        vg_errand_no_memory(e);
        vg_errand_finish_later(e);
        return NULL;
    }
    child->kind = kind;
    child->timing = e->parent->timing; /* who has none waits for nothing, or is no request */
    child->done = on_child_done;
    child->done_arg = e;
    e->child = child;
    e->then = then;
    return child;
}

vg_op *vg_errand_row_child(errand *e, vg_op_kind kind, errand_step *then)
{
    vg_op *child = vg_errand_child(e, kind, then);

    if (child)
        child->in.row =
            (vg_meta_row){.tenant = e->row.tenant, .backend = e->row.backend, .name = e->row.name};
    return child;
}

/* False: the errand was cancelled, and ends. */
static bool may_run(errand *e)
{
    if (e->cancelled == VG_OK)
        return true;
    vg_arena_free(e->child->arena);
    vg_errand_fail(e, e->cancelled, (vg_slice){0}, (vg_slice){0});
    vg_errand_finish_later(e);
    return false;
}

void vg_errand_run(errand *e)
{
    const vg_catalog_parts *parts = &e->catalog->parts;
    vg_op *child = e->child;

    if (!may_run(e))
        return;
    e->is_stale = false;
    e->wrote = e->wrote || vg_op_describe(child->kind)->writes;
    if (child->kind >= VG_OP_META_CREATE)
        e->epoch = vg_epochs_now(e->catalog->epochs, e->row.tenant);
    vg_call_start(child->kind >= VG_OP_META_CREATE ? parts->metadata : parts->backend, child);
}

void vg_errand_ask_row(errand *e, errand_step *then)
{
    if (vg_errand_row_child(e, VG_OP_META_GET, then))
        vg_errand_run(e);
}

void vg_errand_ask_find(errand *e, vg_slice name, errand_step *then)
{
    vg_op *child = vg_errand_child(e, VG_OP_DESCRIBE, then);

    if (!child)
        return;
    child->name = vg_arena_copy(child->arena, name);
    if (may_run(e))
        vg_catalog_find_for(e, child);
}

/* The child's arena is about to go: its story is copied. */
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

void vg_errand_cancel(errand *e, vg_code why)
{
    if (e->wrote && why == VG_CANCELLED)
        return;
    if (e->cancelled == VG_OK)
        e->cancelled = why; /* the first reason stands */
    if (e->child) {
        vg_call_cancel(e->child, why);
        vg_catalog_cancel(e->catalog, e->child, why);
    }
    if (!e->waits)
        return;
    stop_waiting(e);
    vg_errand_fail(e, e->cancelled, (vg_slice){0}, (vg_slice){0});
    vg_errand_finish_later(e);
}

/* ---- its end ---- */

void vg_errand_fail(errand *e, vg_code code, vg_slice what, vg_slice where)
{
    if (e->failure.code == VG_OK)
        vg_status_set(&e->failure, code, what, where);
}

void vg_errand_no_memory(errand *e)
{
    vg_errand_fail(e, VG_OVERLOADED, VG_LIT("no memory is left for the catalog, try again soon"),
                   (vg_slice){0});
}

bool vg_errand_was_refused(vg_code code)
{
    switch (code) {
    case VG_INVALID:
    case VG_FORMAT:
    case VG_QUERY:
    case VG_PATH:
    case VG_RANGE:
    case VG_RANGE_QUERY:
    case VG_RANGE_PATH:
    case VG_UNSUPPORTED:
    case VG_EXISTS:
    case VG_CONFLICT:
    case VG_UNAUTHENTICATED:
    case VG_FORBIDDEN:
    case VG_BACKEND_AUTH:
    case VG_THROTTLED:
    case VG_READ_ONLY:
    case VG_NO_SPACE:
        return true;
    default:
        return false;
    }
}

static void tell_jobs(const errand *e)
{
    const vg_catalog_jobs *jobs = &e->catalog->jobs;
    vg_meta_row row = {.tenant = e->row.tenant, .name = e->name};

    if (e->rest == REST_AS_KNOWN)
        row = e->row;
    if (e->rest != REST_NONE && jobs->left)
        jobs->left(jobs->arg, &row);
    if (e->wrote_job && jobs->index_job)
        jobs->index_job(jobs->arg, e->row.tenant, e->name);
}

/* A row, or an object that no row told of. */
static bool has_changed(const vg_op *op)
{
    return op->change.has_changed ||
           (op->kind == VG_OP_DROP_COLLECTION && op->status.code == VG_OK && op->out.did);
}

static void tell_change(const errand *e)
{
    const vg_catalog_parts *parts = &e->catalog->parts;

    if (parts->changed && has_changed(e->parent))
        parts->changed(parts->changed_arg, e->parent, e->name);
}

void vg_errand_finish(errand *e)
{
    vg_op *parent = e->parent;
    void (*finished)(vg_op *) = e->finished;

    VG_CHECK(!e->waits);
    tell_jobs(e);
    if (e->failure.code != VG_OK)
        parent->status = e->failure;
    tell_change(e);
    vg_list_remove(&e->link);
    vg_errand_let_names(e);
    e->catalog->busy--;
    if (!finished) {
        vg_arena_free(e->arena);
        return;
    }
    finished(parent); /* frees the errand with the parent's arena, perhaps */
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
