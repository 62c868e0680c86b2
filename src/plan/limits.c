/* See limits.h. */
#include "plan/limits.h"

#include "call/weigh.h"

enum { EXTRA = 256 }; /* whose a point is and which id it had; whose are sought */

static uint32_t bound(bool takes_many, uint32_t most)
{
    if (!takes_many)
        return 1;
    return most > 0 ? most : UINT32_MAX;
}

/* A quarter of the bytes is for what is added: EXTRA to each. */
static void make_room(vg_limits *limits)
{
    size_t most = limits->bytes / 4 / EXTRA;

    if (limits->bytes == SIZE_MAX)
        return;
    most = most > 0 ? most : 1;
    limits->bytes -= limits->bytes / 4;
    limits->points = limits->points < most ? limits->points : (uint32_t)most;
    limits->queries = limits->queries < most ? limits->queries : (uint32_t)most;
}

vg_limits vg_limits_of(const vg_adapter *adapter, const vg_collection *collection)
{
    const vg_capabilities *can = &adapter->can;
    vg_limits limits = {.points = bound(can->supports_batch_upsert, can->max_points_per_call),
                        .ids = bound(true, can->max_ids_per_call),
                        .queries = bound(can->supports_batch_search, can->max_queries_per_call),
                        .bytes = can->max_bytes_per_call > 0 ? can->max_bytes_per_call : SIZE_MAX};

    if (collection && !collection->raw_ids)
        make_room(&limits);
    return limits;
}

bool vg_limits_take(const vg_limits *limits, const vg_load *load)
{
    return load->points <= limits->points && load->ids <= limits->ids &&
           load->queries <= limits->queries && load->bytes <= limits->bytes;
}

static vg_load load_of(const vg_op *op)
{
    vg_load load = {0};

    for (uint32_t i = 0; vg_op_is_update(op->kind) && i < op->in.update.count; i++) {
        load.points += op->in.update.at[i].point_count;
        load.ids += op->in.update.at[i].id_count;
    }
    if (op->kind == VG_OP_GET)
        load.ids = op->in.get.count;
    if (op->kind == VG_OP_SEARCH)
        load.queries = op->in.search.count;
    if (op->kind == VG_OP_QUERY)
        load.queries = op->in.query.count;
    return load;
}

/* Bytes last, and only if there is a bound: they take a walk over everything. */
bool vg_limits_take_op(const vg_limits *limits, const vg_op *op)
{
    vg_load load = load_of(op);

    return vg_limits_take(limits, &load) &&
           (limits->bytes == SIZE_MAX || vg_weigh(op, limits->bytes + 1) <= limits->bytes);
}

/* Queries are as many as one request may have. */
uint64_t vg_limits_walk(const vg_limits *limits, const vg_op *op)
{
    vg_load load = load_of(op);

    if (limits->bytes == SIZE_MAX || !vg_limits_take(limits, &load))
        return 0;
    return load.points + load.ids + (vg_op_is_update(op->kind) ? op->in.update.count : 0);
}

/* ---- lists ---- */

typedef size_t weigh_nth(const void *list, uint32_t i);

static size_t weigh_point(const void *list, uint32_t i)
{
    return vg_weigh_point((const vg_point *)list + i);
}

static size_t weigh_id(const void *list, uint32_t i)
{
    return vg_weigh_id((const vg_point_id *)list + i);
}

static size_t weigh_search(const void *list, uint32_t i)
{
    return vg_weigh_search((const vg_search *)list + i);
}

static size_t weigh_query(const void *list, uint32_t i)
{
    return vg_weigh_query((const vg_query *)list + i);
}

static uint32_t fit(const void *list, uint32_t most, weigh_nth *weigh, size_t left)
{
    uint32_t taken = 0;

    while (taken < most) {
        size_t bytes = weigh(list, taken);

        if (bytes > left && taken > 0)
            break;
        left -= bytes < left ? bytes : left;
        taken++;
    }
    return taken;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static size_t beside(const vg_limits *limits, size_t bytes)
{
    return limits->bytes > bytes ? limits->bytes - bytes : 0;
}

uint32_t vg_limits_points(const vg_limits *limits, const vg_point *points, uint32_t count,
                          size_t bytes)
{
    return fit(points, least(count, limits->points), weigh_point, beside(limits, bytes));
}

uint32_t vg_limits_ids(const vg_limits *limits, const vg_point_id *ids, uint32_t count,
                       size_t bytes)
{
    return fit(ids, least(count, limits->ids), weigh_id, beside(limits, bytes));
}

uint32_t vg_limits_searches(const vg_limits *limits, const vg_search *searches, uint32_t count)
{
    return fit(searches, least(count, limits->queries), weigh_search, limits->bytes);
}

uint32_t vg_limits_queries(const vg_limits *limits, const vg_query *queries, uint32_t count)
{
    return fit(queries, least(count, limits->queries), weigh_query, limits->bytes);
}
