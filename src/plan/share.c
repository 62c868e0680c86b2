/* See share.h; queries.c and leaf.c do what is said here. A filter goes with every read that a
 * query is made of: no part of one is evaluated here. */
#include "plan/share.h"

static const char *const words[VG_PARTS] = {
    [VG_PART_SEARCH] = "search",      [VG_PART_ORDER_BY] = "order_by",
    [VG_PART_SAMPLE] = "sample",      [VG_PART_SCROLL] = "scroll",
    [VG_PART_FILTER] = "filter",      [VG_PART_PREFETCH] = "prefetch",
    [VG_PART_FUSION] = "fusion",      [VG_PART_UNION] = "union",
    [VG_PART_LOOKUP] = "lookup_from", [VG_PART_THRESHOLD] = "score_threshold",
    [VG_PART_LIMIT] = "limit",        [VG_PART_OFFSET] = "offset",
};

const char *vg_query_part_word(vg_query_part part)
{
    return words[part];
}

static uint32_t bit(vg_query_part part, bool is_there)
{
    return is_there ? 1u << part : 0;
}

static bool is_fused(const vg_query *query)
{
    return query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;
}

static bool has_filter(const vg_query *query)
{
    bool has = query->search.filter != NULL;

    for (uint32_t i = 0; i < query->prefetch_count; i++)
        has = has || query->prefetch[i].search.filter != NULL;
    return has;
}

static bool is_elsewhere(const vg_query *query)
{
    return query->was_looked_up || query->lookup_collection.len > 0;
}

static bool has_lookup(const vg_query *query)
{
    bool has = is_elsewhere(query);

    for (uint32_t i = 0; i < query->prefetch_count; i++)
        has = has || is_elsewhere(&query->prefetch[i]);
    return has;
}

static uint32_t parts_of(const vg_query *query)
{
    bool has_prefetch = query->prefetch_count > 0;

    return bit(VG_PART_SEARCH, query->kind == VG_QUERY_SEARCH) |
           bit(VG_PART_ORDER_BY, query->kind == VG_QUERY_ORDER_BY) |
           bit(VG_PART_SAMPLE, query->kind == VG_QUERY_SAMPLE) |
           bit(VG_PART_SCROLL, query->kind == VG_QUERY_SCROLL) |
           bit(VG_PART_FILTER, has_filter(query)) | bit(VG_PART_PREFETCH, has_prefetch) |
           bit(VG_PART_FUSION, is_fused(query)) |
           bit(VG_PART_UNION, has_prefetch && !is_fused(query)) |
           bit(VG_PART_LOOKUP, has_lookup(query)) |
           bit(VG_PART_THRESHOLD, query->search.has_threshold) | bit(VG_PART_LIMIT, true) |
           bit(VG_PART_OFFSET, query->search.offset > 0);
}

/* Fused lists are cut where they are fused; of points in an order, or random ones, those before the
 * offset are read and left out. */
static uint32_t made_here(const vg_query *query)
{
    const uint32_t cut = 1u << VG_PART_THRESHOLD | 1u << VG_PART_LIMIT | 1u << VG_PART_OFFSET;

    if (is_fused(query))
        return cut | 1u << VG_PART_FUSION;
    return 1u << VG_PART_UNION | bit(VG_PART_OFFSET, query->kind != VG_QUERY_SEARCH);
}

vg_share vg_share_of(const vg_query *query, bool is_made)
{
    uint32_t parts = parts_of(query), here = 1u << VG_PART_LOOKUP;

    if (is_made)
        here |= made_here(query);
    return (vg_share){.pushed_down = parts & ~here, .remainder = parts & here};
}
