/* See case_op.h. */
#include "tests/support/case_op.h"

#include <stdio.h>

#include "base/vector_json.h"

static const vg_json *get(const vg_json *from, const char *key)
{
    return vg_json_get(from, vg_slice_str(key));
}

static vg_slice text_at(const vg_json *from, const char *key)
{
    const vg_json *v = get(from, key);

    return v != NULL ? v->text : (vg_slice){0};
}

static vg_slice raw_at(const vg_json *from, const char *key)
{
    const vg_json *v = get(from, key);

    return v != NULL ? v->raw : (vg_slice){0};
}

static bool flag_at(const vg_json *from, const char *key)
{
    const vg_json *v = get(from, key);

    return v != NULL && v->kind == VG_JSON_TRUE;
}

static uint32_t number_at(vg_arena *arena, const vg_json *from, const char *key, uint32_t otherwise)
{
    const vg_json *v = get(from, key);
    uint64_t number = otherwise;

    if (v != NULL)
        vg_json_read_u64(arena, v, &number, NULL);
    return (uint32_t)number;
}

static vg_point_id read_id(vg_arena *arena, const vg_json *from)
{
    vg_point_id id = {0};

    if (from == NULL)
        return id;
    if (from->kind == VG_JSON_NUMBER) {
        id.kind = VG_ID_NUM;
        vg_json_read_u64(arena, from, &id.num, NULL);
    } else if (!vg_point_id_read_uuid(from->text, &id)) {
        id = (vg_point_id){.kind = VG_ID_TEXT, .text = from->text};
    }
    return id;
}

static vg_vector read_vector(vg_arena *arena, const vg_json *from)
{
    const vg_json *packed = get(from, "f32");
    vg_vector vector = {0};

    if (packed != NULL) {
        float *floats = VG_TAKE_N(arena, float, packed->count);

        vg_json_read_floats(arena, packed, floats, NULL);
        vector.form = VG_VECTOR_F32;
        vector.bytes = vg_slice_of((const char *)floats, packed->count * sizeof *floats);
        vector.count = packed->count;
    } else if (get(from, "indices") != NULL) {
        vg_vector_read_sparse(arena, from, &vector, NULL);
    } else if (from != NULL && from->kind == VG_JSON_ARRAY && from->first != NULL) {
        vg_vector_read_rows(arena, from, &vector, NULL);
    } else if (from != NULL && from->kind == VG_JSON_VECTOR) {
        vector = (vg_vector){.form = VG_VECTOR_JSON, .bytes = from->raw, .count = from->count};
    }
    return vector;
}

static uint32_t read_texts(vg_arena *arena, const vg_json *list, const vg_slice **out)
{
    vg_slice *texts = VG_TAKE_N(arena, vg_slice, list != NULL ? list->count + 1 : 1);
    uint32_t i = 0;

    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        texts[i++] = at->text;
    *out = texts;
    return i;
}

static const vg_filter *read_filter(vg_arena *arena, const vg_json *from)
{
    const vg_json *v = get(from, "filter");
    vg_filter *filter = NULL;

    if (v != NULL) {
        filter = VG_TAKE(arena, vg_filter);
        filter->raw = v->raw;
    }
    return filter;
}

static vg_payload_selector read_payload_selector(const vg_json *from)
{
    const vg_json *v = get(from, "with_payload");
    vg_payload_selector selector = {0};

    if (v == NULL || v->kind == VG_JSON_FALSE)
        return selector;
    selector.want = v->kind == VG_JSON_TRUE     ? VG_PAYLOAD_ALL
                    : get(v, "exclude") != NULL ? VG_PAYLOAD_EXCLUDE
                                                : VG_PAYLOAD_INCLUDE;
    selector.raw = v->raw;
    return selector;
}

static vg_vector_selector read_vector_selector(vg_arena *arena, const vg_json *from)
{
    const vg_json *v = get(from, "with_vector");
    vg_vector_selector selector = {0};

    if (v == NULL || v->kind == VG_JSON_FALSE)
        return selector;
    selector.want = v->kind == VG_JSON_TRUE ? VG_VECTORS_ALL : VG_VECTORS_NAMED;
    selector.name_count = read_texts(arena, v, &selector.names);
    return selector;
}

static vg_index read_index(vg_arena *arena, const vg_json *from)
{
    return (vg_index){.key = text_at(from, "key"),
                      .kind = vg_index_kind_of(text_at(from, "kind")),
                      .no_lookup = flag_at(from, "no_lookup"),
                      .no_range = flag_at(from, "no_range"),
                      .params = raw_at(from, "params"),
                      .text = {.keeps_case = flag_at(from, "keeps_case"),
                               .has_phrases = flag_at(from, "has_phrases"),
                               .min_token_len = number_at(arena, from, "min_token_len", 0),
                               .max_token_len = number_at(arena, from, "max_token_len", 0)}};
}

static vg_indexes read_indexes(vg_arena *arena, const vg_json *list)
{
    vg_index *to = VG_TAKE_N(arena, vg_index, list != NULL ? list->count + 1 : 1);
    uint32_t i = 0;

    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        to[i++] = read_index(arena, at);
    return (vg_indexes){to, i};
}

static void read_vectors(vg_arena *arena, const vg_json *list, vg_collection_spec *spec)
{
    vg_vector_params *to = VG_TAKE_N(arena, vg_vector_params, list->count + 1);
    uint32_t i = 0;

    for (const vg_json *at = list->first; at != NULL; at = at->next, i++) {
        to[i].name = text_at(at, "name");
        to[i].size = number_at(arena, at, "size", 4);
        to[i].distance = vg_distance_of(text_at(at, "distance"), false);
        to[i].hnsw_config = raw_at(at, "hnsw_config");
        to[i].datatype = text_at(at, "datatype");
        to[i].quantization_config = raw_at(at, "quantization_config");
        to[i].sparse_index = raw_at(at, "sparse_index");
        to[i].has_idf = flag_at(at, "idf");
        if (get(at, "kind") != NULL)
            to[i].kind = vg_vector_kind_of(text_at(at, "kind"));
        to[i].on_disk = -1;
        if (get(at, "on_disk") != NULL)
            to[i].on_disk = flag_at(at, "on_disk");
    }
    spec->vectors = to;
    spec->vector_count = i;
}

static vg_collection_spec read_spec(vg_arena *arena, const vg_json *from)
{
    static const vg_vector_params usual = {.size = 4, .distance = VG_COSINE, .on_disk = -1};
    const vg_json *list = get(from, "vectors");
    vg_collection_spec spec = {.vectors = &usual, .vector_count = 1};

    if (list != NULL)
        read_vectors(arena, list, &spec);
    spec.settings = raw_at(from, "settings");
    spec.indexes = read_indexes(arena, get(from, "indexes"));
    return spec;
}

/* --- inputs ---------------------------------------------------------------------------------- */

static void read_create(vg_op *op, const vg_json *from)
{
    op->in.create.physical = op->collection->physical;
    op->in.create.spec = read_spec(op->arena, from);
}

static void read_collection(vg_op *op, const vg_json *from)
{
    (void)from;
    op->in.collection.physical = op->collection->physical;
}

static void read_nothing(vg_op *op, const vg_json *from)
{
    (void)op;
    (void)from;
}

static void read_index_op(vg_op *op, const vg_json *from)
{
    op->in.index.index = read_index(op->arena, from);
    op->in.index.wait = flag_at(from, "wait");
}

static void read_change(vg_op *op, const vg_json *from)
{
    op->in.change.physical = op->collection->physical;
    op->in.change.raw = raw_at(from, "raw");
}

/* A list is the unnamed vector; so is {"f32":[…]}. Another object is a map. */
static void read_point(vg_arena *arena, const vg_json *from, vg_point *to)
{
    const vg_json *v = get(from, "vector");
    bool is_map = v != NULL && v->kind == VG_JSON_OBJECT && get(v, "f32") == NULL;
    vg_vector *vectors = VG_TAKE_N(arena, vg_vector, is_map ? v->count + 1 : 1);

    to->id = read_id(arena, get(from, "id"));
    to->payload = raw_at(from, "payload");
    to->vectors = vectors;
    for (const vg_json *at = is_map ? v->first : NULL; at != NULL; at = at->next, vectors++) {
        *vectors = read_vector(arena, at);
        vectors->name = at->key;
        to->vector_count++;
    }
    if (!is_map) {
        *vectors = read_vector(arena, v);
        to->vector_count = vectors->form != VG_VECTOR_NONE;
    }
}

/* A list of numbers only is one vector to the reader. */
static uint32_t read_ids(vg_arena *arena, const vg_json *list, const vg_point_id **out)
{
    uint32_t count = list != NULL ? list->count : 0;
    vg_point_id *ids = VG_TAKE_N(arena, vg_point_id, count + 1);
    uint32_t i = 0;

    for (; list != NULL && list->kind == VG_JSON_VECTOR && i < count; i++) {
        ids[i].kind = VG_ID_NUM;
        vg_slice_u64(vg_json_number_at(list, i), &ids[i].num);
    }
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        ids[i++] = read_id(arena, at);
    *out = ids;
    return i;
}

static void read_update(vg_arena *arena, const vg_json *from, vg_update *to)
{
    const vg_json *list = get(from, "points");
    const vg_json *names = get(from, "names");
    vg_point *points = VG_TAKE_N(arena, vg_point, list != NULL ? list->count + 1 : 1);

    to->points = points;
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        read_point(arena, at, &points[to->point_count++]);
    to->id_count = read_ids(arena, get(from, "ids"), &to->ids);
    to->filter = read_filter(arena, from);
    to->payload = raw_at(from, "payload");
    to->key = text_at(from, "key");
    to->name_count = read_texts(arena, names, &to->names);
}

static void read_one_update(vg_op *op, const vg_json *from)
{
    read_update(op->arena, from, vg_op_update(op));
    op->in.update.wait = flag_at(from, "wait");
}

static vg_op_kind kind_of(vg_slice word)
{
    int kind = 0;

    while (kind < VG_OP_KINDS && !vg_slice_is_str(word, vg_op_describe((vg_op_kind)kind)->name))
        kind++;
    return (vg_op_kind)kind;
}

static void read_batch(vg_op *op, const vg_json *from)
{
    const vg_json *list = get(from, "operations");
    vg_update *updates = VG_TAKE_N(op->arena, vg_update, list->count + 1);
    uint32_t i = 0;

    for (const vg_json *at = list->first; at != NULL; at = at->next, i++) {
        updates[i].kind = kind_of(text_at(at, "do"));
        read_update(op->arena, at, &updates[i]);
    }
    op->in.update.at = updates;
    op->in.update.count = i;
    op->in.update.wait = flag_at(from, "wait");
}

static void read_get(vg_op *op, const vg_json *from)
{
    op->in.get.count = read_ids(op->arena, get(from, "ids"), &op->in.get.ids);
    op->in.get.with_payload = read_payload_selector(from);
    op->in.get.with_vectors = read_vector_selector(op->arena, from);
}

static void read_search(vg_arena *arena, const vg_json *from, vg_search *to)
{
    const vg_json *threshold = get(from, "score_threshold");
    double number = 0;

    to->vector = read_vector(arena, get(from, "vector"));
    to->by_id = read_id(arena, get(from, "id"));
    to->filter = read_filter(arena, from);
    to->limit = number_at(arena, from, "limit", 10);
    to->offset = number_at(arena, from, "offset", 0);
    to->has_threshold = threshold != NULL && vg_json_read_f64(arena, threshold, &number, NULL);
    to->threshold = (float)number;
    to->exact = flag_at(from, "exact");
    to->params = raw_at(from, "params");
    to->using_name = text_at(from, "using");
    to->with_payload = read_payload_selector(from);
    to->with_vectors = read_vector_selector(arena, from);
}

static void read_searches(vg_op *op, const vg_json *from)
{
    const vg_json *list = get(from, "searches");
    vg_search *queries = VG_TAKE_N(op->arena, vg_search, list->count + 1);
    uint32_t i = 0;

    for (const vg_json *at = list->first; at != NULL; at = at->next)
        read_search(op->arena, at, &queries[i++]);
    op->in.search.queries = queries;
    op->in.search.count = i;
}

static void read_order(vg_arena *arena, const vg_json *from, vg_order_by *to)
{
    const vg_json *start = get(from, "start");

    to->key = text_at(from, "key");
    to->descends = flag_at(from, "descends");
    to->has_start = start != NULL;
    if (start == NULL)
        return;
    to->start.is_integer = vg_json_read_i64(arena, start, &to->start.integer, NULL);
    vg_json_read_f64(arena, start, &to->start.real, NULL);
}

static void read_scroll(vg_op *op, const vg_json *from)
{
    op->in.scroll.from = read_id(op->arena, get(from, "from"));
    op->in.scroll.limit = number_at(op->arena, from, "limit", 10);
    read_order(op->arena, get(from, "order_by"), &op->in.scroll.order);
    op->in.scroll.filter = read_filter(op->arena, from);
    op->in.scroll.with_payload = read_payload_selector(from);
    op->in.scroll.with_vectors = read_vector_selector(op->arena, from);
}

static void read_count(vg_op *op, const vg_json *from)
{
    op->in.count.filter = read_filter(op->arena, from);
    op->in.count.exact = flag_at(from, "exact");
}

static void read_facet(vg_op *op, const vg_json *from)
{
    op->in.facet.key = text_at(from, "key");
    op->in.facet.filter = read_filter(op->arena, from);
    op->in.facet.limit = number_at(op->arena, from, "limit", 10);
    op->in.facet.exact = flag_at(from, "exact");
}

static void (*const readers[VG_OP_KINDS])(vg_op *op, const vg_json *from) = {
    [VG_OP_HEALTH] = read_nothing,
    [VG_OP_LIST] = read_nothing,
    [VG_OP_CREATE_COLLECTION] = read_create,
    [VG_OP_DROP_COLLECTION] = read_collection,
    [VG_OP_DESCRIBE] = read_collection,
    [VG_OP_UPDATE_COLLECTION] = read_change,
    [VG_OP_CREATE_INDEX] = read_index_op,
    [VG_OP_DROP_INDEX] = read_index_op,
    [VG_OP_UPSERT] = read_one_update,
    [VG_OP_DELETE] = read_one_update,
    [VG_OP_SET_PAYLOAD] = read_one_update,
    [VG_OP_OVERWRITE_PAYLOAD] = read_one_update,
    [VG_OP_DELETE_PAYLOAD] = read_one_update,
    [VG_OP_CLEAR_PAYLOAD] = read_one_update,
    [VG_OP_UPDATE_VECTORS] = read_one_update,
    [VG_OP_DELETE_VECTORS] = read_one_update,
    [VG_OP_BATCH] = read_batch,
    [VG_OP_GET] = read_get,
    [VG_OP_SEARCH] = read_searches,
    [VG_OP_SCROLL] = read_scroll,
    [VG_OP_COUNT] = read_count,
    [VG_OP_FACET] = read_facet,
};

vg_op *case_op_read(vg_arena *arena, vg_slice json)
{
    vg_status fault = {0};
    const vg_json *from = vg_json_read(arena, json, VG_JSON_DEPTH, &fault);
    vg_op_kind kind = kind_of(text_at(from, "do"));
    vg_collection *collection = VG_TAKE(arena, vg_collection);
    vg_op *op = VG_TAKE(arena, vg_op);

    if (from == NULL || kind == VG_OP_KINDS || readers[kind] == NULL) {
        fprintf(stderr, "no operation: " VG_FMT "\n", VG_ARG(fault.what));
        return NULL;
    }
    collection->name = text_at(from, "collection");
    collection->physical = text_at(from, "physical");
    if (collection->physical.len == 0)
        collection->physical = collection->name;
    collection->spec = read_spec(arena, from);
    op->magic = VG_OP_MAGIC;
    op->kind = kind;
    op->arena = arena;
    op->name = collection->name;
    op->collection = collection;
    readers[kind](op, from);
    return op;
}
