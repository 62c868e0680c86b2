/* Groups of a query's points by a payload field, and matrices of distances (FACTS 6). */
#include "front/bounds.h"
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/read_query.h"
#include "front/qdrant_rest/read_select.h"

/* ---- groups ---- */

static bool read_name(vg_reader r, const vg_json *v, vg_slice *out)
{
    return vg_json_read_text(r.arena, v, out, r.status) &&
           (out->len > 0 ||
            vg_member_wrong(r, v, VG_RANGE,
                            "value \"\" invalid, must be from 1 to 255 characters"));
}

/* A collection's name, or {"collection", "with_payload", "with_vectors"}. */
static bool read_lookup(vg_reader r, const vg_json *v, vg_grouping *out)
{
    const vg_json *collection = v;

    if (!v)
        return true;
    out->lookup_payload.want = VG_PAYLOAD_ALL;
    if (v->kind == VG_JSON_OBJECT)
        collection = vg_member_need(r, v, "collection", NULL);
    else if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(r.arena, v, "a collection's name, or an object with `collection`",
                                r.status);
    if (!collection || !read_name(r, collection, &out->lookup_collection))
        return false;
    return collection == v || (vg_read_select_payload(r, v, &out->lookup_payload) &&
                               vg_read_select_vectors(r, v, &out->lookup_vectors));
}

static bool read_grouping(vg_reader r, const vg_json *v, vg_grouping *out)
{
    const vg_json *by = vg_member_need(r, v, "group_by", NULL);

    return by && vg_member_path(r, by, &out->by) &&
           vg_member_count(r, vg_member_get(v, "limit", NULL), 1, &out->limit) &&
           vg_member_count(r, vg_member_get(v, "group_size", NULL), 1, &out->size) &&
           read_lookup(r, vg_member_get(v, "with_lookup", NULL), out);
}

/* There is no offset of groups. */
static bool read_groups(const vg_front_in *in, vg_op *op, vg_read_query_fn *read, vg_status *status)
{
    vg_reader r = {op->arena, status};
    vg_grouping *grouping = &op->in.groups.grouping;

    grouping->limit = 10;
    grouping->size = 3;
    if (!vg_read_query_begin(in, op, status) || !read_grouping(r, in->body, grouping) ||
        !read(r, in->body, &op->in.groups.query))
        return false;
    op->in.groups.query.search.offset = 0;
    return true;
}

bool vg_read_groups_query(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return read_groups(in, op, vg_read_query, status);
}

/* The older forms need to be told how large a group is. */
static bool read_older(vg_reader r, const vg_json *v, vg_query *out, vg_read_query_fn *read)
{
    return vg_member_need(r, v, "limit", NULL) && vg_member_need(r, v, "group_size", NULL) &&
           read(r, v, out);
}

static bool read_search(vg_reader r, const vg_json *v, vg_query *out)
{
    return read_older(r, v, out, vg_read_older_search);
}

static bool read_recommend(vg_reader r, const vg_json *v, vg_query *out)
{
    return read_older(r, v, out, vg_read_older_recommend);
}

bool vg_read_groups_search(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return read_groups(in, op, read_search, status);
}

bool vg_read_groups_recommend(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return read_groups(in, op, read_recommend, status);
}

/* ---- matrices ---- */

static const vg_unbuilt unbuilt_of_matrix[] = {
    {"shard_key", NULL, "shard keys are"},
    {0},
};

bool vg_read_groups_matrix(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    const vg_json *sample, *using;

    op->in.matrix.sample = 10;
    op->in.matrix.limit = 3;
    if (!vg_read_query_begin(in, op, status) || !vg_member_refuse(r, in->body, unbuilt_of_matrix))
        return false;
    sample = vg_member_get(in->body, "sample", NULL);
    using = vg_member_get(in->body, "using", NULL);
    return vg_member_count(r, sample, 2, &op->in.matrix.sample) &&
           vg_member_bounded(r, sample, op->in.matrix.sample, VG_BOUND_SAMPLE, "points") &&
           vg_member_count(r, vg_member_get(in->body, "limit", NULL), 1, &op->in.matrix.limit) &&
           vg_read_select_filter(r, in->body, &op->in.matrix.filter) &&
           (!using || vg_json_read_text(r.arena, using, &op->in.matrix.using_name, status));
}
