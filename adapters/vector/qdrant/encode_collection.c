/* Requests about collections: what they are, and the indexes of their payload fields. Settings come
 * in the client's own words and go on in them. */
#include "adapters/vector/qdrant/body.h"

/* --- creating -------------------------------------------------------------------------------- */

static void put_params(struct body *body, const vg_vector_params *vector)
{
    vg_json_open_object(&body->out);
    vg_qdrant_put_u64(body, VG_LIT("size"), vector->size);
    vg_qdrant_put_text(body, VG_LIT("distance"), vg_slice_str(vg_distance_name(vector->distance)));
    if (vector->hnsw_config.len > 0)
        vg_qdrant_put_raw(body, VG_LIT("hnsw_config"), vector->hnsw_config);
    if (vector->on_disk >= 0)
        vg_qdrant_put_bool(body, VG_LIT("on_disk"), vector->on_disk == 1);
    if (vector->datatype.len > 0)
        vg_qdrant_put_text(body, VG_LIT("datatype"), vector->datatype);
    if (vector->quantization_config.len > 0)
        vg_qdrant_put_raw(body, VG_LIT("quantization_config"), vector->quantization_config);
    if (vector->kind == VG_MULTI)
        vg_qdrant_put_raw(body, VG_LIT("multivector_config"),
                          VG_LIT("{\"comparator\":\"max_sim\"}"));
    vg_json_close_object(&body->out);
}

static uint32_t count_sparse(const vg_collection_spec *spec)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spec->vector_count; i++)
        count += spec->vectors[i].kind == VG_SPARSE;
    return count;
}

/* The params of the unnamed vector stand alone when there are no others that are dense. */
static void put_vectors(struct body *body, const vg_collection_spec *spec)
{
    const vg_vector_params *unnamed = vg_spec_vector(spec, (vg_slice){0});

    vg_json_put_key(&body->out, VG_LIT("vectors"));
    if (unnamed && spec->vector_count - count_sparse(spec) == 1) {
        put_params(body, unnamed);
        return;
    }
    vg_json_open_object(&body->out);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (spec->vectors[i].kind == VG_SPARSE)
            continue;
        vg_json_put_key(&body->out, spec->vectors[i].name);
        put_params(body, &spec->vectors[i]);
    }
    vg_json_close_object(&body->out);
}

static void put_sparse_params(struct body *body, const vg_vector_params *vector)
{
    vg_json_open_object(&body->out);
    if (vector->sparse_index.len > 0)
        vg_qdrant_put_raw(body, VG_LIT("index"), vector->sparse_index);
    if (vector->has_idf || vector->names_no_idf)
        vg_qdrant_put_text(body, VG_LIT("modifier"),
                           vector->has_idf ? VG_LIT("idf") : VG_LIT("none"));
    vg_json_close_object(&body->out);
}

static void put_sparse_vectors(struct body *body, const vg_collection_spec *spec)
{
    if (count_sparse(spec) == 0)
        return;
    vg_json_put_key(&body->out, VG_LIT("sparse_vectors"));
    vg_json_open_object(&body->out);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (spec->vectors[i].kind != VG_SPARSE)
            continue;
        vg_json_put_key(&body->out, spec->vectors[i].name);
        put_sparse_params(body, &spec->vectors[i]);
    }
    vg_json_close_object(&body->out);
}

bool vg_qdrant_encode_create(const vg_op *op, vg_try *t, vg_http_request *out)
{
    const vg_collection_spec *spec = &op->in.create.spec;
    vg_slice settings = vg_qdrant_members_of(spec->settings);
    struct body *body;

    if (!vg_qdrant_ask(t, out, "PUT",
                       vg_qdrant_path(t->scratch, op->in.create.physical, (vg_slice){0})) ||
        (body = vg_qdrant_open_body(t, settings.len + 256)) == NULL)
        return false;
    put_vectors(body, spec);
    put_sparse_vectors(body, spec);
    if (settings.len > 0) {
        vg_buf_put_byte(&body->buf, ',');
        vg_buf_put(&body->buf, settings);
    }
    return vg_qdrant_close_body(body, t, out);
}

/* --- indexes --------------------------------------------------------------------------------- */

static void put_text_options(struct body *body, const vg_text_options *text)
{
    vg_qdrant_put_text(body, VG_LIT("tokenizer"), vg_slice_str(vg_tokenizer_word(text->tokenizer)));
    vg_qdrant_put_bool(body, VG_LIT("lowercase"), !text->keeps_case);
    if (text->min_token_len > 0)
        vg_qdrant_put_u64(body, VG_LIT("min_token_len"), text->min_token_len);
    if (text->max_token_len > 0)
        vg_qdrant_put_u64(body, VG_LIT("max_token_len"), text->max_token_len);
    if (text->has_phrases) /* 1.15 and newer; older ones would pass over it */
        vg_qdrant_put_bool(body, VG_LIT("phrase_matching"), true);
}

static bool has_options(const vg_index *index)
{
    const vg_text_options *text = &index->text;

    if (index->kind == VG_INDEX_INTEGER)
        return index->no_lookup || index->no_range;
    return index->kind == VG_INDEX_TEXT &&
           (text->tokenizer != VG_TOKENIZER_WORD || text->min_token_len > 0 ||
            text->max_token_len > 0 || text->keeps_case || text->has_phrases);
}

/* As it was declared; what was not declared in Qdrant's words is written in them. */
static void put_schema(struct body *body, const vg_index *index)
{
    vg_slice kind = vg_slice_str(vg_index_kind_word(index->kind));

    if (index->params.len > 0) {
        vg_qdrant_put_raw(body, VG_LIT("field_schema"), index->params);
        return;
    }
    if (!has_options(index)) {
        vg_qdrant_put_text(body, VG_LIT("field_schema"), kind);
        return;
    }
    vg_json_put_key(&body->out, VG_LIT("field_schema"));
    vg_json_open_object(&body->out);
    vg_qdrant_put_text(body, VG_LIT("type"), kind);
    if (index->kind == VG_INDEX_TEXT) {
        put_text_options(body, &index->text);
    } else {
        vg_qdrant_put_bool(body, VG_LIT("lookup"), !index->no_lookup);
        vg_qdrant_put_bool(body, VG_LIT("range"), !index->no_range);
    }
    vg_json_close_object(&body->out);
}

static bool write_index(vg_try *t, const vg_index *index, vg_slice target, vg_http_request *out)
{
    struct body *body;

    if (!vg_qdrant_ask(t, out, "PUT", target) ||
        (body = vg_qdrant_open_body(t, index->params.len + 128)) == NULL)
        return false;
    vg_qdrant_put_text(body, VG_LIT("field_name"), index->key);
    put_schema(body, index);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_first_index(const vg_op *op, vg_try *t, uint32_t i, vg_http_request *out)
{
    return write_index(
        t, &op->in.create.spec.indexes.at[i],
        vg_qdrant_path(t->scratch, op->in.create.physical, VG_LIT("/index?wait=true")), out);
}

bool vg_qdrant_encode_create_index(const vg_op *op, vg_try *t, vg_http_request *out)
{
    return write_index(t, &op->in.index.index,
                       vg_qdrant_change_path(op, t, "/index", op->in.index.wait), out);
}

bool vg_qdrant_encode_drop_index(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice key = vg_qdrant_escape(t->scratch, op->in.index.index.key);
    vg_slice suffix = vg_arena_printf(t->scratch, "/index/" VG_FMT "?wait=%s", VG_ARG(key),
                                      op->in.index.wait ? "true" : "false");

    if (vg_arena_is_spent(t->scratch))
        return vg_qdrant_too_large(t);
    return vg_qdrant_ask(t, out, "DELETE", vg_qdrant_points_path(op, t, suffix));
}

/* --- the others ------------------------------------------------------------------------------ */

/* The client's own words: this is the API they were said in. */
bool vg_qdrant_encode_update_collection(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice members = vg_qdrant_members_of(op->in.change.raw);
    struct body *body;

    if (!vg_qdrant_ask(t, out, "PATCH",
                       vg_qdrant_path(t->scratch, op->in.change.physical, (vg_slice){0})) ||
        (body = vg_qdrant_open_body(t, members.len + 16)) == NULL)
        return false;
    vg_buf_put(&body->buf, members);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_drop(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice physical =
        op->kind == VG_OP_CREATE_COLLECTION ? op->in.create.physical : op->in.collection.physical;

    return vg_qdrant_ask(t, out, "DELETE", vg_qdrant_path(t->scratch, physical, (vg_slice){0}));
}

bool vg_qdrant_encode_describe(const vg_op *op, vg_try *t, vg_http_request *out)
{
    return vg_qdrant_ask(t, out, "GET",
                         vg_qdrant_path(t->scratch, op->in.collection.physical, (vg_slice){0}));
}

bool vg_qdrant_encode_list(const vg_op *op, vg_try *t, vg_http_request *out)
{
    (void)op;
    return vg_qdrant_ask(t, out, "GET", VG_LIT("/collections"));
}
