/* See claims.h. */
#include "plan/claims.h"

#include <string.h>

#include "plan/check.h"
#include "plan/narrow.h"

/* ---- refusing ---- */

static bool refuse(vg_op *op)
{
    vg_status_setf(&op->status, op->arena, VG_FORBIDDEN, (vg_slice){0},
                   "This operation is not allowed when \"payload\" restriction is present for "
                   "collection " VG_FMT,
                   VG_ARG(op->name));
    return false;
}

static bool no_memory(vg_op *op)
{
    vg_status_set(&op->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    return false;
}

/* ---- narrowing ---- */

static void narrow(const vg_op *op, const vg_filter **filter)
{
    *filter = vg_narrow_by(op->arena, *filter, op->claims->only);
}

static void *copy_of(const vg_op *op, const void *list, size_t bytes)
{
    void *copy = vg_arena_take(op->arena, bytes + 1);

    if (copy && bytes > 0)
        memcpy(copy, list, bytes);
    return copy;
}

static bool has_ids(const vg_example *examples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (examples[i].id.kind != VG_ID_NONE)
            return true;
    return false;
}

/* A point of this collection as an example would tell where it lies. */
static bool is_by_id(const vg_search *search)
{
    return search->by_id.kind != VG_ID_NONE || has_ids(search->positive, search->positive_count) ||
           has_ids(search->negative, search->negative_count);
}

static bool narrow_search(vg_op *op, vg_search *search, bool looks_elsewhere)
{
    if (!looks_elsewhere && is_by_id(search))
        return refuse(op);
    narrow(op, &search->filter);
    return true;
}

static bool narrow_searches(vg_op *op)
{
    uint32_t count = op->in.search.count;
    vg_search *copies = copy_of(op, op->in.search.queries, count * sizeof *copies);

    if (!copies)
        return no_memory(op);
    op->in.search.queries = copies;
    for (uint32_t i = 0; i < count; i++)
        if (!narrow_search(op, &copies[i], false))
            return false;
    return true;
}

/* The filter of a query holds for its prefetches too. Each has it all the same: a backend that
 * takes the whole is not relied upon. */
static bool narrow_query(vg_op *op, vg_query *query)
{
    vg_query *copies =
        copy_of(op, query->prefetch, query->prefetch_count * sizeof *query->prefetch);

    if (!copies)
        return no_memory(op);
    query->prefetch = copies;
    for (uint32_t i = 0; i < query->prefetch_count; i++)
        if (!narrow_query(op, &copies[i]))
            return false;
    return narrow_search(op, &query->search, query->lookup_collection.len > 0);
}

static bool narrow_queries(vg_op *op)
{
    uint32_t count = op->in.query.count;
    vg_query *copies = copy_of(op, op->in.query.at, count * sizeof *copies);

    if (!copies)
        return no_memory(op);
    op->in.query.at = copies;
    for (uint32_t i = 0; i < count; i++)
        if (!narrow_query(op, &copies[i]))
            return false;
    return true;
}

/* ---- changes ---- */

/* Ids become a condition beside the claim's. */
static bool narrow_update(vg_op *op, vg_update *update)
{
    if (update->kind != VG_OP_DELETE && update->kind != VG_OP_DELETE_VECTORS)
        return refuse(op);
    if (update->id_count > 0 || !update->filter)
        update->filter = vg_narrow_to_ids(op->arena, NULL, update->ids, update->id_count);
    narrow(op, &update->filter);
    update->ids = NULL;
    update->id_count = 0;
    return true;
}

static bool narrow_updates(vg_op *op)
{
    uint32_t count = op->in.update.count;
    vg_update *copies = copy_of(op, op->in.update.at, count * sizeof *copies);

    if (!copies)
        return no_memory(op);
    op->in.update.at = copies;
    for (uint32_t i = 0; i < count; i++)
        if (!narrow_update(op, &copies[i]))
            return false;
    return true;
}

/* ---- ops ---- */

/* No kind is left out: the compiler says so. */
static bool narrow_op(vg_op *op)
{
    switch (op->kind) {
    case VG_OP_SEARCH:
        return narrow_searches(op);
    case VG_OP_QUERY:
        return narrow_queries(op);
    case VG_OP_GROUPS:
        return narrow_query(op, &op->in.groups.query);
    case VG_OP_MATRIX:
        narrow(op, &op->in.matrix.filter);
        return true;
    case VG_OP_SCROLL:
        narrow(op, &op->in.scroll.filter);
        return true;
    case VG_OP_COUNT:
        narrow(op, &op->in.count.filter);
        return true;
    case VG_OP_FACET:
        narrow(op, &op->in.facet.filter);
        return true;
    case VG_OP_DELETE:
    case VG_OP_DELETE_VECTORS:
    case VG_OP_BATCH:
        return narrow_updates(op);
    case VG_OP_DESCRIBE: /* whether it is there; the rest of it is the gate's to refuse */
    case VG_OP_HEALTH:   /* these tell of no points */
    case VG_OP_LIST:
    case VG_OP_LIST_ALIASES:
    case VG_OP_LIST_JOBS:
    case VG_OP_GET_JOB:
        return true;
    case VG_OP_CREATE_COLLECTION:
    case VG_OP_DROP_COLLECTION:
    case VG_OP_UPDATE_COLLECTION:
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
    case VG_OP_BUILD_INDEX:
    case VG_OP_DROP_TENANT:
    case VG_OP_ERASE_TENANT:
    case VG_OP_UPSERT:
    case VG_OP_SET_PAYLOAD:
    case VG_OP_OVERWRITE_PAYLOAD:
    case VG_OP_DELETE_PAYLOAD:
    case VG_OP_CLEAR_PAYLOAD:
    case VG_OP_UPDATE_VECTORS:
    case VG_OP_GET:
    case VG_OP_CHANGE_ALIASES:
    case VG_OP_REPAIR:
    case VG_OP_CANCEL_JOB:
    case VG_OP_META_CREATE:
    case VG_OP_META_GET:
    case VG_OP_META_UPDATE:
    case VG_OP_META_DELETE:
    case VG_OP_META_LIST:
    case VG_OP_KINDS:
        return refuse(op);
    }
    return refuse(op);
}

bool vg_claims_apply(vg_op *op)
{
    if (!op->claims || !op->claims->only)
        return true;
    if (!narrow_op(op))
        return false;
    return !vg_arena_is_spent(op->arena) || no_memory(op);
}

/* ---- the point that must be there ---- */

typedef struct proof {
    vg_children *children;
    const vg_backend *backend;
    const vg_op *found;
    const vg_op *look;
    vg_children_fn *then;
    void *arg;
} proof;

static const vg_claims *claims_of(const proof *p)
{
    return p->children->op->claims;
}

static void end(const proof *p)
{
    vg_children *children = p->children;

    if (children->failure.code == VG_NOT_FOUND)
        children->failure = (vg_status){.code = VG_FORBIDDEN,
                                        .what = vg_arena_printf(children->op->arena,
                                                                "Collection " VG_FMT " not found",
                                                                VG_ARG(claims_of(p)->exists_in))};
    p->then(p->arg);
}

static void on_looked(void *arg)
{
    const proof *p = arg;

    if (!vg_children_failed(p->children) && p->look->out.page.points.count == 0)
        vg_children_fail(p->children, VG_UNAUTHENTICATED, VG_LIT("Invalid API key or JWT"),
                         (vg_slice){0});
    end(p);
}

static bool look(proof *p)
{
    vg_op *child = vg_children_add(p->children, VG_OP_SCROLL);

    if (!child)
        return false;
    child->name = claims_of(p)->exists_in;
    child->collection = p->found->collection;
    child->in.scroll.filter = claims_of(p)->exists;
    child->in.scroll.limit = 1;
    p->look = child;
    return vg_check_points(child, p->backend->adapter, &p->children->failure);
}

static void on_found(void *arg)
{
    proof *p = arg;

    if (!vg_children_failed(p->children) && look(p))
        vg_children_run(p->children, on_looked, p);
    else
        end(p);
}

bool vg_claims_must_prove(const vg_op *op)
{
    return op->claims && op->claims->exists;
}

void vg_claims_prove(vg_children *children, const vg_backend *backend, vg_children_fn *then,
                     void *arg)
{
    proof *p = VG_TAKE(children->op->arena, proof);

    if (!p) {
        vg_children_no_memory(children);
        vg_children_run(children, then, arg);
        return;
    }
    *p = (proof){.children = children, .backend = backend, .then = then, .arg = arg};
    p->found = vg_children_add_finding(children, claims_of(p)->exists_in, "value_exists");
    vg_children_run(children, on_found, p);
}
