/* See case_filters.h. */
#include "tests/support/case_filters.h"

#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "front/read_filter.h"

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    if (v->kind == VG_JSON_NUMBER) {
        out->kind = VG_ID_NUM;
        return vg_json_read_u64(arena, v, &out->num, status);
    }
    if (vg_point_id_read_uuid(v->text, out))
        return true;
    *out = (vg_point_id){.kind = VG_ID_TEXT, .text = v->text};
    return true;
}

static void read_filter(vg_arena *arena, const vg_filter **filter)
{
    vg_status status = {0};
    const vg_filter_reader reader = {.arena = arena, .status = &status, .read_id = read_id};

    if (*filter &&
        !vg_filter_read(&reader, vg_json_read(arena, (*filter)->raw, VG_JSON_DEPTH, &status),
                        filter)) {
        fprintf(stderr, "no filter: " VG_FMT "\n", VG_ARG(vg_status_what(&status)));
        exit(1);
    }
}

static void read_queries(vg_arena *arena, const vg_query *queries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        read_filter(arena, &((vg_query *)(uintptr_t)&queries[i])->search.filter);
        read_queries(arena, queries[i].prefetch, queries[i].prefetch_count);
    }
}

static void read_searches(vg_op *op)
{
    for (uint32_t i = 0; i < op->in.search.count; i++)
        read_filter(op->arena, &((vg_search *)(uintptr_t)&op->in.search.queries[i])->filter);
}

static void read_updates(vg_op *op)
{
    for (uint32_t i = 0; i < op->in.update.count; i++)
        read_filter(op->arena, &((vg_update *)(uintptr_t)&op->in.update.at[i])->filter);
}

void case_filters_read(vg_op *op)
{
    if (vg_op_is_update(op->kind))
        read_updates(op);
    else if (op->kind == VG_OP_SEARCH)
        read_searches(op);
    else if (op->kind == VG_OP_QUERY)
        read_queries(op->arena, op->in.query.at, op->in.query.count);
    else if (op->kind == VG_OP_GROUPS)
        read_queries(op->arena, &op->in.groups.query, 1);
    else if (op->kind == VG_OP_MATRIX)
        read_filter(op->arena, &op->in.matrix.filter);
    else if (op->kind == VG_OP_SCROLL)
        read_filter(op->arena, &op->in.scroll.filter);
    else if (op->kind == VG_OP_COUNT)
        read_filter(op->arena, &op->in.count.filter);
    else if (op->kind == VG_OP_FACET)
        read_filter(op->arena, &op->in.facet.filter);
}
