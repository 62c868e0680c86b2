/* See fill.h. The ids are asked for in their order, and a GET answers in the order asked, so a
 * point is looked up by halving. */
#include "plan/fill.h"

#include <stdlib.h>

#include "plan/fusion.h"
#include "plan/limits.h"

bool vg_fill_is_needed(const vg_payload_selector *payload, const vg_vector_selector *vectors)
{
    return payload->want != VG_PAYLOAD_NONE || vectors->want != VG_VECTORS_NONE;
}

static bool send_some(vg_children *children, vg_fill *fill, uint32_t first, uint32_t count)
{
    vg_op *child = vg_children_add(children, VG_OP_GET);

    if (!child)
        return false;
    if (fill->collection) {
        child->collection = fill->collection;
        child->name = fill->collection->name;
    }
    child->in.get.ids = fill->ids + first;
    child->in.get.count = count;
    child->in.get.with_payload = fill->with_payload;
    child->in.get.with_vectors = fill->with_vectors;
    fill->children_of_it[fill->child_count++] = child;
    return true;
}

static size_t count_calls(const vg_fill *fill, const vg_limits *limits)
{
    size_t calls = 0;

    for (uint32_t at = 0; at < fill->id_count; calls++)
        at += vg_limits_ids(limits, fill->ids + at, fill->id_count - at, 0);
    return calls;
}

bool vg_fill_send(vg_children *children, vg_fill *fill)
{
    vg_arena *arena = children->op->arena;
    vg_limits limits = vg_limits_of(vg_runner_backend(children->parts->backend)->adapter,
                                    children->op->collection);

    fill->ids = vg_fusion_union(arena, fill->lists, fill->list_count, &fill->id_count);
    if (fill->ids)
        fill->children_of_it = VG_TAKE_N(arena, vg_op *, count_calls(fill, &limits) + 1);
    if (!fill->ids || !fill->children_of_it) {
        vg_children_no_memory(children);
        return false;
    }
    for (uint32_t first = 0, count; first < fill->id_count; first += count) {
        count = vg_limits_ids(&limits, fill->ids + first, fill->id_count - first, 0);
        if (!send_some(children, fill, first, count))
            return false;
    }
    return true;
}

static int by_id(const void *key, const void *element)
{
    const vg_point *point = element;

    return vg_point_id_cmp(key, &point->id);
}

const vg_point *vg_fill_find(const vg_fill *fill, const vg_point_id *id)
{
    for (uint32_t i = 0; i < fill->child_count; i++) {
        const vg_points *points = &fill->children_of_it[i]->out.points;
        const vg_point *found =
            points->count > 0 ? bsearch(id, points->at, points->count, sizeof *points->at, by_id)
                              : NULL;

        if (found)
            return found;
    }
    return NULL;
}

static void take_parts(vg_point *point, const vg_point *from)
{
    point->payload = from->payload;
    point->has_payload = from->has_payload;
    point->vectors = from->vectors;
    point->vector_count = from->vector_count;
    point->has_vectors = from->has_vectors;
    point->version = from->version; /* what is shown is that one's */
}

static bool take_list(vg_children *children, const vg_fill *fill, vg_points *list)
{
    vg_point *points = VG_TAKE_N(children->op->arena, vg_point, (size_t)list->count + 1);
    uint32_t used = 0;

    if (!points) {
        vg_children_no_memory(children);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const vg_point *found = vg_fill_find(fill, &list->at[i].id);

        if (!found)
            continue;
        points[used] = list->at[i];
        take_parts(&points[used++], found);
    }
    *list = (vg_points){points, used};
    return true;
}

bool vg_fill_take(vg_children *children, vg_fill *fill)
{
    for (uint32_t i = 0; i < fill->list_count; i++)
        if (!take_list(children, fill, &fill->lists[i]))
            return false;
    return true;
}
