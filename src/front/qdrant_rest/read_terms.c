/* What queries of all forms have beside the thing looked for. See read_query.h. */
#include <float.h>

#include "front/qdrant_rest/read_query.h"
#include "front/qdrant_rest/read_select.h"
#include "front/query_op.h"

static const vg_unbuilt unbuilt_of_request[] = {
    {"shard_key", NULL, "shard keys are"},
    {0},
};

static const vg_unbuilt unbuilt_of_params[] = {
    {"acorn", NULL, "acorn is"},
    {"idf", NULL, "parameters of idf are"},
    {0},
};

/* ---- params ---- */

static bool read_oversampling(vg_reader r, const vg_json *v, vg_search_params *out)
{
    double factor;

    if (!v)
        return true;
    if (!vg_json_read_f64(r.arena, v, &factor, r.status))
        return false;
    out->oversampling = factor < FLT_MAX ? (float)factor : FLT_MAX;
    return factor >= 1 ||
           vg_member_wrong(r, v, VG_RANGE, "value " VG_FMT " invalid, must be 1.0 or larger",
                           VG_ARG(v->raw));
}

static bool read_quantization(vg_reader r, const vg_json *v, vg_search_params *out)
{
    const vg_json *rescore = v ? vg_member_get(v, "rescore", NULL) : NULL;
    bool rescores = false;

    if (!v)
        return true;
    if (!vg_member_is_object(r, v) ||
        !vg_member_bool(r, vg_member_get(v, "ignore", NULL), &out->ignores_quantization) ||
        !vg_member_bool(r, rescore, &rescores))
        return false;
    if (rescore)
        out->rescore = rescores ? VG_RESCORE_YES : VG_RESCORE_NO;
    return read_oversampling(r, vg_member_get(v, "oversampling", NULL), out);
}

static bool read_params(vg_reader r, const vg_json *v, vg_search *out)
{
    vg_search_params *how = &out->how;

    if (!v)
        return true;
    out->params = v->raw;
    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_params) &&
           vg_member_count(r, vg_member_get(v, "hnsw_ef", NULL), 0, &how->hnsw_ef) &&
           vg_member_bool(r, vg_member_get(v, "exact", NULL), &out->exact) &&
           vg_member_bool(r, vg_member_get(v, "indexed_only", NULL), &how->indexed_only) &&
           read_quantization(r, vg_member_get(v, "quantization", NULL), how);
}

/* ---- the terms ---- */

/* What float32 cannot hold is beyond every score: so is the largest that it can. */
static bool read_threshold(vg_reader r, const vg_json *v, vg_search *out)
{
    double t;

    if (!v)
        return true;
    if (!vg_json_read_f64(r.arena, v, &t, r.status))
        return false;
    out->has_threshold = true;
    out->threshold = t > FLT_MAX ? FLT_MAX : t < -FLT_MAX ? -FLT_MAX : (float)t;
    return true;
}

bool vg_read_terms_sift(vg_reader r, const vg_json *v, const char *top, vg_search *out)
{
    out->limit = 10;
    return vg_member_is_object(r, v) && vg_member_refuse(r, v, unbuilt_of_request) &&
           read_params(r, vg_member_get(v, "params", NULL), out) &&
           read_threshold(r, vg_member_get(v, "score_threshold", NULL), out) &&
           vg_member_count(r, vg_member_get(v, "limit", top), 1, &out->limit) &&
           vg_read_select_filter(r, v, &out->filter);
}

bool vg_read_terms(vg_reader r, const vg_json *v, const char *top, vg_search *out)
{
    return vg_read_terms_sift(r, v, top, out) &&
           vg_member_count(r, vg_member_get(v, "offset", NULL), 0, &out->offset) &&
           vg_read_select_payload(r, v, &out->with_payload) &&
           vg_read_select_vectors(r, v, &out->with_vectors);
}

bool vg_read_terms_using(vg_reader r, const vg_json *v, vg_search *out)
{
    const vg_json *using = vg_member_get(v, "using", NULL);

    return !using || vg_json_read_text(r.arena, using, &out->using_name, r.status);
}

/* ---- where ids are looked up ---- */

bool vg_read_terms_lookup(vg_reader r, const vg_json *v, vg_query *out)
{
    const vg_json *from = vg_member_get(v, "lookup_from", NULL);
    const vg_json *collection, *vector;
    vg_slice name, of = {0};

    if (!from)
        return true;
    if (!vg_member_is_object(r, from) || !vg_member_refuse(r, from, unbuilt_of_request))
        return false;
    collection = vg_member_need(r, from, "collection", NULL);
    vector = vg_member_get(from, "vector", NULL);
    if (!collection || !vg_json_read_text(r.arena, collection, &name, r.status) ||
        (vector && !vg_json_read_text(r.arena, vector, &of, r.status)))
        return false;
    if (name.len == 0)
        return vg_member_wrong(r, collection, VG_RANGE,
                               "value \"\" invalid, must be from 1 to 255 characters");
    if (!vg_query_op_has_ids(out))
        return true;
    out->lookup_collection = name;
    out->lookup_vector = of;
    return true;
}
