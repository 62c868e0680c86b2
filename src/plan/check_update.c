/* Changes of points: each update by itself, alone or in a batch. See check.h. */
#include <inttypes.h>

#include "plan/check_parts.h"

static bool refuse_name(const vg_checking *c, vg_slice name, vg_slice where)
{
    vg_status_setf(c->status, c->op->arena, VG_INVALID, where,
                   "Not existing vector name error: " VG_FMT, VG_ARG(name));
    return false;
}

static vg_slice place_of_vector(const vg_checking *c, uint32_t point, vg_slice name)
{
    if (name.len == 0)
        return vg_check_place(c, "points[%" PRIu32 "].vector", point);
    return vg_check_place(c, "points[%" PRIu32 "].vectors." VG_FMT, point, VG_ARG(name));
}

/* Its place is written only when it is told. */
static bool misfits(const vg_checking *c, vg_slice where)
{
    c->status->where = where;
    return false;
}

static bool check_vector(const vg_checking *c, uint32_t point, const vg_vector *vector)
{
    const vg_vector_params *params = vg_spec_vector(&c->op->collection->spec, vector->name);

    if (!params)
        return refuse_name(c, vector->name, place_of_vector(c, point, vector->name));
    return vg_check_fits(c, params, vector) || misfits(c, place_of_vector(c, point, vector->name));
}

static bool check_point(const vg_checking *c, uint32_t i, const vg_point *point)
{
    if (!vg_check_id(c, &point->id, "points", i))
        return false;
    for (uint32_t k = 0; k < point->vector_count; k++)
        if (!check_vector(c, i, &point->vectors[k]))
            return false;
    return true;
}

static bool check_points(const vg_checking *c, const vg_update *update)
{
    for (uint32_t i = 0; i < update->point_count; i++)
        if (!check_point(c, i, &update->points[i]))
            return false;
    return true;
}

/* Ids go before a filter (vg_update). */
static bool check_selection(const vg_checking *c, const vg_update *update)
{
    return vg_check_ids(c, update->ids, update->id_count) && vg_check_filter(c, update->filter);
}

static bool check_update(const vg_checking *c, const vg_update *update)
{
    switch (update->kind) {
    case VG_OP_UPSERT:
    case VG_OP_UPDATE_VECTORS:
        return check_points(c, update);
    case VG_OP_DELETE_VECTORS:
        return check_selection(c, update) &&
               vg_check_names(c, update->names, update->name_count, "vectors");
    default:
        return check_selection(c, update);
    }
}

static bool check_part(const vg_checking *whole, uint32_t i)
{
    const vg_update *update = &whole->op->in.update.at[i];
    vg_checking c = *whole;

    const char *kind = vg_op_describe(update->kind)->name;

    c.at = vg_arena_printf(c.op->arena, "operations[%" PRIu32 "].%s.", i, kind);
    if (c.adapter->ops[update->kind])
        return check_update(&c, update);
    c.at.len--; /* the dot */
    vg_status_setf(c.status, c.op->arena, VG_UNSUPPORTED, c.at,
                   "%s: this backend does not have that operation", kind);
    return false;
}

bool vg_check_updates(const vg_checking *c)
{
    if (c->op->kind != VG_OP_BATCH)
        return check_update(c, c->op->in.update.at);
    for (uint32_t i = 0; i < c->op->in.update.count; i++)
        if (!check_part(c, i))
            return false;
    return true;
}
