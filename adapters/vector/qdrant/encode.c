/* From an op to a request. Vectors, payloads, filters, selectors and parameters that came as JSON
 * go through as they came: no float is made. Packed floats are printed. */
#include "adapters/vector/qdrant/body.h"

static vg_slice points_path(const vg_op *op, vg_try *t, vg_slice suffix)
{
    return vg_qdrant_path(t->scratch, op->collection->physical, suffix);
}

/* --- parts ----------------------------------------------------------------------------------- */

/* One of a collection's settings; NULL when it has none of that name, or the scratch is spent. */
static const vg_json *find_setting(vg_slice settings, vg_slice name, vg_try *t)
{
    const vg_json *read;
    char *padded;

    if (settings.len == 0 || memmem(settings.at, settings.len, name.at, name.len) == NULL)
        return NULL;
    padded = vg_arena_take_zero(t->scratch, settings.len + VG_JSON_PAD, 1);
    if (padded == NULL)
        return NULL;
    memcpy(padded, settings.at, settings.len);
    read = vg_json_read(t->scratch, vg_slice_of(padded, settings.len), VG_JSON_DEPTH, NULL);
    return vg_json_get(read, name);
}

/* Does the collection have an unnamed multivector? Then the `settings` it was adopted with say so
 * (describe.c). */
static bool has_multivector(const vg_op *op, vg_try *t)
{
    return find_setting(op->collection->spec.settings, VG_LIT("multivector_config"), t) != NULL;
}

/* Points are written and read by one unnamed dense vector; a point that has more would lose them.
 */
static bool check_use(const vg_op *op, vg_try *t)
{
    const vg_collection_spec *spec = &op->collection->spec;

    if (spec->vector_count != 1 || spec->vectors[0].name.len > 0 || has_multivector(op, t)) {
        vg_try_failf(t, VG_UNSUPPORTED,
                     "collection `" VG_FMT "` has named, sparse or multi vectors (or none): only "
                     "collections with one unnamed dense vector can be used through the gateway",
                     VG_ARG(op->name));
        return false;
    }
    return !vg_arena_is_spent(t->scratch) || vg_qdrant_too_large(t);
}

static bool check_id(const vg_point_id *id, vg_try *t)
{
    if (id->kind == VG_ID_NUM || id->kind == VG_ID_UUID)
        return true;
    vg_try_failf(t, VG_UNSUPPORTED,
                 "point id \"" VG_FMT "\": Qdrant takes unsigned integers and UUIDs "
                 "(supports_text_ids is false)",
                 (int)(id->text.len < 80 ? id->text.len : 80), id->text.at);
    return false;
}

static bool put_ids(struct body *body, vg_slice key, const vg_point_id *ids, uint32_t count,
                    vg_try *t)
{
    vg_json_put_key(&body->out, key);
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++) {
        if (!check_id(&ids[i], t))
            return false;
        vg_point_id_write(&body->out, &ids[i]);
    }
    vg_json_close_array(&body->out);
    return true;
}

static bool put_filter(struct body *body, const vg_filter *filter, vg_try *t)
{
    if (filter == NULL)
        return true;
    vg_json_put_key(&body->out, VG_LIT("filter"));
    if (vg_qdrant_write_filter(&body->out, filter))
        return true;
    vg_try_fail(t, VG_UNSUPPORTED,
                VG_LIT("the filter holds an id that is neither an unsigned "
                       "integer nor a UUID, which Qdrant does not know"));
    return false;
}

static void put_texts(struct body *body, const vg_slice *at, uint32_t count)
{
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++)
        vg_json_put_text(&body->out, at[i]);
    vg_json_close_array(&body->out);
}

static void put_payload_selector(struct body *body, const vg_payload_selector *want)
{
    vg_json_put_key(&body->out, VG_LIT("with_payload"));
    if (want->want == VG_PAYLOAD_NONE || want->want == VG_PAYLOAD_ALL) {
        vg_json_put_bool(&body->out, want->want == VG_PAYLOAD_ALL);
        return;
    }
    if (want->raw.len > 0) {
        vg_json_put_raw(&body->out, want->raw);
        return;
    }
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out,
                    want->want == VG_PAYLOAD_INCLUDE ? VG_LIT("include") : VG_LIT("exclude"));
    put_texts(body, want->paths, want->path_count);
    vg_json_close_object(&body->out);
}

static void put_vector_selector(struct body *body, const vg_vector_selector *want)
{
    vg_json_put_key(&body->out, VG_LIT("with_vector"));
    if (want->want == VG_VECTORS_NAMED)
        put_texts(body, want->names, want->name_count);
    else
        vg_json_put_bool(&body->out, want->want == VG_VECTORS_ALL);
}

static void put_u64(struct body *body, vg_slice key, uint64_t value)
{
    vg_json_put_key(&body->out, key);
    vg_json_put_u64(&body->out, value);
}

/* --- collections ----------------------------------------------------------------------------- */

/* The members of a raw object, without its braces. */
static vg_slice members_of(vg_slice object)
{
    while (object.len > 0 && object.at[0] != '{')
        object = vg_slice_skip(object, 1);
    object = vg_slice_skip(object, 1);
    while (object.len > 0 && object.at[object.len - 1] != '}')
        object.len--;
    if (object.len > 0)
        object.len--;
    for (size_t i = 0; i < object.len; i++) {
        if (memchr(" \t\r\n", object.at[i], 4) == NULL)
            return object;
    }
    return (vg_slice){0};
}

/* `datatype` came with the vector, and is kept with the settings; as one of these Qdrant passes
 * over it. */
static void put_vector_params(struct body *body, const vg_vector_params *vector,
                              const vg_json *datatype)
{
    vg_json_put_key(&body->out, VG_LIT("vectors"));
    vg_json_open_object(&body->out);
    put_u64(body, VG_LIT("size"), vector->size);
    vg_json_put_key(&body->out, VG_LIT("distance"));
    vg_json_put_text(&body->out, vg_slice_str(vg_distance_name(vector->distance)));
    if (vector->hnsw_config.len > 0) {
        vg_json_put_key(&body->out, VG_LIT("hnsw_config"));
        vg_json_put_raw(&body->out, vector->hnsw_config);
    }
    if (vector->on_disk >= 0) {
        vg_json_put_key(&body->out, VG_LIT("on_disk"));
        vg_json_put_bool(&body->out, vector->on_disk == 1);
    }
    if (datatype != NULL) {
        vg_json_put_key(&body->out, VG_LIT("datatype"));
        vg_json_put_raw(&body->out, datatype->raw);
    }
    vg_json_close_object(&body->out);
}

bool vg_qdrant_encode_create(const vg_op *op, vg_try *t, vg_http_request *out)
{
    const vg_collection_spec *spec = &op->in.create.spec;
    vg_slice settings = members_of(spec->settings);
    const vg_json *datatype;
    struct body *body;

    if (spec->vector_count != 1 || spec->vectors[0].name.len > 0) {
        vg_try_fail(t, VG_UNSUPPORTED,
                    VG_LIT("a collection has one unnamed dense vector for now; named vectors "
                           "(supports_named_vectors) are not supported"));
        return false;
    }
    if (!vg_qdrant_ask(t, out, "PUT",
                       vg_qdrant_path(t->scratch, op->in.create.physical, (vg_slice){0})) ||
        (body = vg_qdrant_open_body(t, settings.len + 256)) == NULL)
        return false;
    datatype = find_setting(spec->settings, VG_LIT("datatype"), t);
    if (vg_arena_is_spent(t->scratch))
        return vg_qdrant_too_large(t);
    put_vector_params(body, &spec->vectors[0], datatype);
    if (settings.len > 0) {
        vg_buf_put_byte(&body->buf, ',');
        vg_buf_put(&body->buf, settings);
    }
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_drop(const vg_op *op, vg_try *t, vg_http_request *out)
{
    return vg_qdrant_ask(t, out, "DELETE",
                         vg_qdrant_path(t->scratch, op->in.collection.physical, (vg_slice){0}));
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

/* --- writing points -------------------------------------------------------------------------- */

static void put_vectors(struct body *body, const vg_point *point)
{
    vg_json_put_key(&body->out, VG_LIT("vector"));
    if (point->vector_count > 0 && point->vectors[0].form != VG_VECTOR_NONE) {
        vg_vector_write(&body->out, &point->vectors[0]);
        return;
    }
    vg_json_open_object(&body->out); /* a point without vectors */
    vg_json_close_object(&body->out);
}

static void put_point(struct body *body, const vg_point *point)
{
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out, VG_LIT("id"));
    vg_point_id_write(&body->out, &point->id);
    put_vectors(body, point);
    if (point->payload.len > 0) {
        vg_json_put_key(&body->out, VG_LIT("payload"));
        vg_json_put_raw(&body->out, point->payload);
    }
    vg_json_close_object(&body->out);
}

/* A guess: text as it is, a packed float as 12 characters. */
static size_t guess(const vg_op *op)
{
    size_t bytes = 64;

    for (uint32_t i = 0; i < op->in.update.at->point_count; i++) {
        const vg_point *point = &op->in.update.at->points[i];

        bytes += point->payload.len + 96;
        if (point->vector_count > 0)
            bytes +=
                point->vectors[0].bytes.len * (point->vectors[0].form == VG_VECTOR_F32 ? 3u : 1u);
    }
    return bytes < VG_QDRANT_REQUEST_BYTES ? bytes : VG_QDRANT_REQUEST_BYTES;
}

bool vg_qdrant_encode_upsert(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice suffix =
        op->in.update.wait ? VG_LIT("/points?wait=true") : VG_LIT("/points?wait=false");
    struct body *body;

    if (!check_use(op, t) || !vg_qdrant_ask(t, out, "PUT", points_path(op, t, suffix)) ||
        (body = vg_qdrant_open_body(t, guess(op))) == NULL)
        return false;
    vg_json_put_key(&body->out, VG_LIT("points"));
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < op->in.update.at->point_count; i++) {
        if (!check_id(&op->in.update.at->points[i].id, t))
            return false;
        put_point(body, &op->in.update.at->points[i]);
    }
    vg_json_close_array(&body->out);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_delete(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice suffix = op->in.update.wait ? VG_LIT("/points/delete?wait=true")
                                         : VG_LIT("/points/delete?wait=false");
    const vg_update *update = op->in.update.at;
    bool by_filter = update->id_count == 0 && update->filter != NULL;
    struct body *body;

    if (!check_use(op, t) || !vg_qdrant_ask(t, out, "POST", points_path(op, t, suffix)) ||
        (body = vg_qdrant_open_body(t, 64 + 40 * (size_t)update->id_count)) == NULL)
        return false;
    if (by_filter ? !put_filter(body, update->filter, t)
                  : !put_ids(body, VG_LIT("points"), update->ids, update->id_count, t))
        return false;
    return vg_qdrant_close_body(body, t, out);
}

/* --- reading points -------------------------------------------------------------------------- */

bool vg_qdrant_encode_get(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!check_use(op, t) ||
        !vg_qdrant_ask(t, out, "POST", points_path(op, t, VG_LIT("/points"))) ||
        (body = vg_qdrant_open_body(t, 128 + 40 * (size_t)op->in.get.count)) == NULL ||
        !put_ids(body, VG_LIT("ids"), op->in.get.ids, op->in.get.count, t))
        return false;
    put_payload_selector(body, &op->in.get.with_payload);
    put_vector_selector(body, &op->in.get.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

/* `exact` joins the parameters unless they name it themselves. */
static void put_params(struct body *body, const vg_search *search)
{
    vg_slice members = members_of(search->params);
    bool names_exact = members.len > 0 && memmem(members.at, members.len, "\"exact\"", 7) != NULL;

    if (members.len == 0 && !search->exact)
        return;
    vg_json_put_key(&body->out, VG_LIT("params"));
    if (!search->exact || names_exact) {
        vg_json_put_raw(&body->out, search->params);
        return;
    }
    vg_json_open_object(&body->out);
    vg_json_put_key(&body->out, VG_LIT("exact"));
    vg_json_put_bool(&body->out, true);
    if (members.len > 0) {
        vg_buf_put_byte(&body->buf, ',');
        vg_buf_put(&body->buf, members);
    }
    vg_json_close_object(&body->out);
}

static bool put_query(struct body *body, const vg_search *search, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("query"));
    if (search->by_id.kind == VG_ID_NONE)
        vg_vector_write(&body->out, &search->vector);
    else if (check_id(&search->by_id, t))
        vg_point_id_write(&body->out, &search->by_id);
    else
        return false;
    if (search->using_name.len > 0) {
        vg_json_put_key(&body->out, VG_LIT("using"));
        vg_json_put_text(&body->out, search->using_name);
    }
    if (!put_filter(body, search->filter, t))
        return false;
    put_params(body, search);
    if (search->has_threshold) {
        vg_json_put_key(&body->out, VG_LIT("score_threshold"));
        vg_json_put_f32(&body->out, search->threshold);
    }
    put_u64(body, VG_LIT("limit"), search->limit);
    if (search->offset > 0)
        put_u64(body, VG_LIT("offset"), search->offset);
    put_payload_selector(body, &search->with_payload);
    put_vector_selector(body, &search->with_vectors);
    return true;
}

static bool put_queries(struct body *body, const vg_op *op, vg_try *t)
{
    vg_json_put_key(&body->out, VG_LIT("searches"));
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < op->in.search.count; i++) {
        vg_json_open_object(&body->out);
        if (!put_query(body, &op->in.search.queries[i], t))
            return false;
        vg_json_close_object(&body->out);
    }
    vg_json_close_array(&body->out);
    return true;
}

bool vg_qdrant_encode_search(const vg_op *op, vg_try *t, vg_http_request *out)
{
    bool is_one = op->in.search.count == 1;
    vg_slice suffix = is_one ? VG_LIT("/points/query") : VG_LIT("/points/query/batch");
    struct body *body;

    if (!check_use(op, t) || !vg_qdrant_ask(t, out, "POST", points_path(op, t, suffix)) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL)
        return false;
    if (is_one ? !put_query(body, op->in.search.queries, t) : !put_queries(body, op, t))
        return false;
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_scroll(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!check_use(op, t) ||
        !vg_qdrant_ask(t, out, "POST", points_path(op, t, VG_LIT("/points/scroll"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL || !put_filter(body, op->in.scroll.filter, t))
        return false;
    put_u64(body, VG_LIT("limit"), op->in.scroll.limit);
    if (op->in.scroll.from.kind != VG_ID_NONE) {
        if (!check_id(&op->in.scroll.from, t))
            return false;
        vg_json_put_key(&body->out, VG_LIT("offset"));
        vg_point_id_write(&body->out, &op->in.scroll.from);
    }
    put_payload_selector(body, &op->in.scroll.with_payload);
    put_vector_selector(body, &op->in.scroll.with_vectors);
    return vg_qdrant_close_body(body, t, out);
}

bool vg_qdrant_encode_count(const vg_op *op, vg_try *t, vg_http_request *out)
{
    struct body *body;

    if (!check_use(op, t) ||
        !vg_qdrant_ask(t, out, "POST", points_path(op, t, VG_LIT("/points/count"))) ||
        (body = vg_qdrant_open_body(t, 0)) == NULL || !put_filter(body, op->in.count.filter, t))
        return false;
    vg_json_put_key(&body->out, VG_LIT("exact"));
    vg_json_put_bool(&body->out, op->in.count.exact);
    return vg_qdrant_close_body(body, t, out);
}
