/* See query_op.h. */
#include "front/query_op.h"

static bool have_ids(const vg_example *examples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (examples[i].id.kind != VG_ID_NONE)
            return true;
    return false;
}

bool vg_query_op_has_ids(const vg_query *query)
{
    const vg_search *search = &query->search;

    return query->kind == VG_QUERY_SEARCH && (search->by_id.kind != VG_ID_NONE ||
                                              have_ids(search->positive, search->positive_count) ||
                                              have_ids(search->negative, search->negative_count));
}

static bool is_search(const vg_query *query)
{
    return query->kind == VG_QUERY_SEARCH && query->prefetch_count == 0 &&
           query->lookup_collection.len == 0;
}

static bool set_searches(vg_reader r, vg_op *op, const vg_query *list, uint32_t count)
{
    vg_search *to = VG_TAKE_N(r.arena, vg_search, (size_t)count + 1);

    if (!to) {
        vg_status_set(r.status, VG_TOO_LARGE, VG_LIT("no memory is left for the searches"),
                      (vg_slice){0});
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        to[i] = list[i].search;
    op->kind = VG_OP_SEARCH;
    op->in.search.queries = to;
    op->in.search.count = count;
    return true;
}

static bool set(vg_reader r, vg_op *op, const vg_query *list, uint32_t count)
{
    uint32_t searches = 0;

    while (searches < count && is_search(&list[searches]))
        searches++;
    if (searches == count)
        return set_searches(r, op, list, count);
    op->kind = VG_OP_QUERY;
    op->in.query.at = list;
    op->in.query.count = count;
    return true;
}

bool vg_query_op_set(vg_reader r, vg_op *op, const vg_query *query)
{
    return set(r, op, query, 1);
}

bool vg_query_op_set_list(vg_reader r, vg_op *op, const vg_query *list, uint32_t count)
{
    if (!set(r, op, list, count))
        return false;
    if (op->kind == VG_OP_SEARCH)
        op->in.search.is_list = true;
    else
        op->in.query.is_list = true;
    return true;
}
