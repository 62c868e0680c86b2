/* See lookup.h. */
#include "plan/lookup.h"

#include <string.h>

#include "plan/check.h"

/* One query or prefetch that looks elsewhere. */
typedef struct vg_lookup_part {
    vg_query *query; /* of the copies */
    const vg_op *found;
    vg_fill fill;
    vg_points ids; /* its examples' */
} part;

static vg_arena *arena_of(const vg_lookup *l)
{
    return l->children->op->arena;
}

static uint32_t count_ids(const vg_search *search)
{
    uint32_t count = search->by_id.kind != VG_ID_NONE;

    for (uint32_t i = 0; i < search->positive_count; i++)
        count += search->positive[i].id.kind != VG_ID_NONE;
    for (uint32_t i = 0; i < search->negative_count; i++)
        count += search->negative[i].id.kind != VG_ID_NONE;
    return count;
}

static bool looks(const vg_query *query)
{
    return query->kind == VG_QUERY_SEARCH && count_ids(&query->search) > 0;
}

/* Those that say where to look, though they may have nothing to look for. */
static uint32_t count_looking(const vg_query *queries, uint32_t count)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++)
        found += (queries[i].lookup_collection.len > 0) +
                 count_looking(queries[i].prefetch, queries[i].prefetch_count);
    return found;
}

bool vg_lookup_is_needed(const vg_query *queries, uint32_t count)
{
    return count_looking(queries, count) > 0;
}

/* ---- copies ---- */

static vg_query *copy_list(vg_arena *arena, const vg_query *queries, uint32_t count)
{
    vg_query *copies = VG_TAKE_N(arena, vg_query, (size_t)count + 1);

    if (copies && count > 0)
        memcpy(copies, queries, count * sizeof *copies);
    return copies;
}

static vg_query *copy_queries(vg_arena *arena, const vg_query *queries, uint32_t count)
{
    vg_query *copies = copy_list(arena, queries, count);

    for (uint32_t i = 0; copies && i < count; i++) {
        if (copies[i].prefetch_count == 0)
            continue;
        copies[i].prefetch = copy_list(arena, copies[i].prefetch, copies[i].prefetch_count);
        if (!copies[i].prefetch)
            return NULL;
    }
    return copies;
}

/* ---- the collections ---- */

static const vg_op *found_before(const vg_lookup *l, vg_slice name)
{
    for (uint32_t i = 0; i < l->part_count; i++)
        if (l->parts[i].found && vg_slice_is(l->parts[i].query->lookup_collection, name))
            return l->parts[i].found;
    return NULL;
}

static bool find_one(vg_lookup *l, part *p)
{
    p->found = found_before(l, p->query->lookup_collection);
    if (!p->found)
        p->found = vg_children_add_finding(l->children, p->query->lookup_collection, "lookup_from");
    return p->found != NULL;
}

static bool find_all(vg_lookup *l, vg_query *queries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vg_query *query = &queries[i];
        part *p;

        if (!find_all(l, (vg_query *)(uintptr_t)query->prefetch, query->prefetch_count))
            return false;
        if (query->lookup_collection.len == 0)
            continue;
        p = &l->parts[l->part_count++];
        p->query = query;
        if (looks(query) && !find_one(l, p))
            return false;
    }
    return true;
}

/* ---- the points ---- */

static void put_id(vg_points *list, const vg_point_id *id)
{
    vg_point *points = (vg_point *)(uintptr_t)list->at;

    if (id->kind != VG_ID_NONE)
        points[list->count++].id = *id;
}

static bool gather_ids(const vg_lookup *l, part *p)
{
    const vg_search *search = &p->query->search;

    p->ids.at = VG_TAKE_N(arena_of(l), vg_point, count_ids(search));
    if (!p->ids.at)
        return false;
    put_id(&p->ids, &search->by_id);
    for (uint32_t i = 0; i < search->positive_count; i++)
        put_id(&p->ids, &search->positive[i].id);
    for (uint32_t i = 0; i < search->negative_count; i++)
        put_id(&p->ids, &search->negative[i].id);
    return true;
}

static const vg_slice *vector_of(const part *p)
{
    return p->query->lookup_vector.len > 0 ? &p->query->lookup_vector
                                           : &p->query->search.using_name;
}

static bool refuse_vector(vg_lookup *l, vg_slice name)
{
    vg_slice what =
        vg_arena_printf(arena_of(l), "Not existing vector name error: " VG_FMT, VG_ARG(name));

    vg_children_fail(l->children, VG_INVALID, what, VG_LIT("lookup_from.vector"));
    return false;
}

static bool ask_points(vg_lookup *l, part *p)
{
    const vg_slice *vector = vector_of(p);

    if (!vg_spec_vector(&p->found->collection->spec, *vector))
        return refuse_vector(l, *vector);
    if (!gather_ids(l, p)) {
        vg_children_no_memory(l->children);
        return false;
    }
    p->fill = (vg_fill){
        .lists = &p->ids,
        .list_count = 1,
        .collection = p->found->collection,
        .with_vectors = {.want = VG_VECTORS_NAMED, .names = vector, .name_count = 1},
    };
    return vg_fill_send(l->children, &p->fill);
}

/* ---- what they become ---- */

static bool no_point(vg_lookup *l, const vg_point_id *id)
{
    vg_slice text = vg_point_id_text(arena_of(l), id);

    vg_children_fail(
        l->children, VG_NOT_FOUND,
        vg_arena_printf(arena_of(l), "No point with id " VG_FMT " found", VG_ARG(text)),
        VG_LIT("point"));
    return false;
}

static bool no_vector(vg_lookup *l, vg_slice name)
{
    vg_children_fail(l->children, VG_NOT_FOUND,
                     vg_arena_printf(arena_of(l),
                                     "Vector with name \"" VG_FMT "\" for point not found",
                                     VG_ARG(name)),
                     VG_LIT("vector"));
    return false;
}

static const vg_vector *named(const vg_point *point, vg_slice name)
{
    for (uint32_t i = 0; i < point->vector_count; i++)
        if (vg_slice_is(point->vectors[i].name, name))
            return &point->vectors[i];
    return NULL;
}

/* An id and no vector become a vector and no id. */
static bool resolve(vg_lookup *l, const part *p, vg_point_id *id, vg_vector *vector)
{
    const vg_op *op = l->children->op;
    const vg_point *point;
    const vg_vector *found;

    if (id->kind == VG_ID_NONE)
        return true;
    point = vg_fill_find(&p->fill, id);
    if (!point)
        return no_point(l, id);
    found = named(point, *vector_of(p));
    if (!found)
        return no_vector(l, *vector_of(p));
    *vector = *found;
    vector->name = (vg_slice){0};
    *id = (vg_point_id){0};
    return vg_check_example(op, p->query->search.using_name, vector, &l->children->failure);
}

static bool resolve_list(vg_lookup *l, const part *p, const vg_example **list, uint32_t count)
{
    vg_example *copies = VG_TAKE_N(arena_of(l), vg_example, (size_t)count + 1);

    if (!copies) {
        vg_children_no_memory(l->children);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = (*list)[i];
        if (!resolve(l, p, &copies[i].id, &copies[i].vector))
            return false;
    }
    *list = copies;
    return true;
}

/* Points of this very collection are examples like any other: they are left out. It is told by the
 * tenant's name for it, no alias: several may share one of the backend's objects. */
static bool except_them(vg_lookup *l, const part *p)
{
    vg_search *search = &p->query->search;
    vg_slice here = l->children->op->collection->name;
    vg_point_id *ids;

    if (!vg_slice_is(p->found->collection->name, here))
        return true;
    ids = VG_TAKE_N(arena_of(l), vg_point_id, (size_t)search->except_count + p->ids.count);
    if (!ids) {
        vg_children_no_memory(l->children);
        return false;
    }
    if (search->except_count > 0)
        memcpy(ids, search->except, search->except_count * sizeof *ids);
    for (uint32_t i = 0; i < p->ids.count; i++)
        ids[search->except_count++] = p->ids.at[i].id;
    search->except = ids;
    return true;
}

static bool resolve_all(vg_lookup *l, const part *p)
{
    vg_search *search = &p->query->search;

    return resolve(l, p, &search->by_id, &search->vector) &&
           resolve_list(l, p, &search->positive, search->positive_count) &&
           resolve_list(l, p, &search->negative, search->negative_count) && except_them(l, p);
}

/* ---- the way ---- */

static void on_points(void *arg)
{
    vg_lookup *l = arg;

    for (uint32_t i = 0; i < l->part_count && !vg_children_failed(l->children); i++) {
        if (l->parts[i].found)
            resolve_all(l, &l->parts[i]);
        l->parts[i].query->lookup_collection = (vg_slice){0};
        l->parts[i].query->was_looked_up = true;
    }
    l->then(l->arg);
}

static void on_collections(void *arg)
{
    vg_lookup *l = arg;

    for (uint32_t i = 0; i < l->part_count && !vg_children_failed(l->children); i++)
        if (l->parts[i].found)
            ask_points(l, &l->parts[i]);
    if (vg_children_failed(l->children))
        l->then(l->arg);
    else
        vg_children_run(l->children, on_points, l);
}

void vg_lookup_run(vg_lookup *lookup, vg_children_fn *then, void *arg)
{
    vg_query *copies = copy_queries(arena_of(lookup), lookup->queries, lookup->count);
    uint32_t most = count_looking(lookup->queries, lookup->count);

    lookup->then = then;
    lookup->arg = arg;
    lookup->parts = VG_TAKE_N(arena_of(lookup), part, (size_t)most + 1);
    if (copies && lookup->parts && find_all(lookup, copies, lookup->count))
        lookup->queries = copies;
    else if (!vg_children_failed(lookup->children))
        vg_children_no_memory(lookup->children);
    vg_children_run(lookup->children, on_collections, lookup);
}
