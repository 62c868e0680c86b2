/* Native searches whose points come in groups, and matrices of distances. Pure: any thread. */
#include "front/bounds.h"
#include "front/native/native.h"

enum { DEFAULT_GROUP = 3, DEFAULT_SAMPLE = 10, DEFAULT_NEIGHBOURS = 3 };

static const bounds at_least_one = {1, UINT32_MAX}, of_samples = {2, VG_BOUND_SAMPLE};

/* ---- groups ---- */

static bool read_record(vg_arena *arena, const vg_json *v, vg_grouping *to, vg_status *status)
{
    const vg_json *collection = NULL, *payload = NULL, *vector = NULL;
    const field fields[] = {{"collection", &collection, true},
                            {"with_payload", &payload, false},
                            {"with_vector", &vector, false}};

    if (!v)
        return true;
    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_read_text(arena, collection, &to->lookup_collection, status))
        return false;
    if (to->lookup_collection.len == 0)
        return vg_native_wrong(arena, collection, "a collection's name is needed", status);
    return vg_native_read_with_payload(arena, payload, &to->lookup_payload, status) &&
           vg_native_read_with_vector(arena, vector, &to->lookup_vectors, status);
}

bool vg_native_read_groups(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_grouping *grouping = &op->in.groups.grouping;
    vg_query *query = &op->in.groups.query;
    searched of = {0};

    grouping->size = DEFAULT_GROUP;
    if (!vg_native_read_query(in, op, status) ||
        !vg_native_read_one_search(op->arena, in->body, &of, query, status))
        return false;
    grouping->limit = query->search.limit;
    return vg_native_read_path(op->arena, of.group_by, &grouping->by, status) &&
           vg_native_read_count(op->arena, of.group_size, at_least_one, &grouping->size, status) &&
           read_record(op->arena, of.with_lookup, grouping, status);
}

/* ---- matrices ---- */

bool vg_native_read_matrix(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *sample = NULL, *limit = NULL, *using = NULL, *filter = NULL;
    const field fields[] = {{"sample", &sample, false},
                            {"limit", &limit, false},
                            {"using", &using, false},
                            {"filter", &filter, false}};

    op->in.matrix.sample = DEFAULT_SAMPLE;
    op->in.matrix.limit = DEFAULT_NEIGHBOURS;
    return vg_native_read_query(in, op, status) &&
           (!in->body || READ_FIELDS(op->arena, in->body, fields, status)) &&
           vg_native_read_count(op->arena, sample, of_samples, &op->in.matrix.sample, status) &&
           vg_native_read_count(op->arena, limit, at_least_one, &op->in.matrix.limit, status) &&
           vg_native_read_text(op->arena, using, &op->in.matrix.using_name, status) &&
           vg_native_read_filter(op->arena, filter, &op->in.matrix.filter, status);
}
