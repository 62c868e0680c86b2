/* See case_op.h. */
#include "tests/support/case_op.h"

#include <stdio.h>

#include "tests/support/case_parts.h"

static vg_index read_index(vg_arena *arena, const vg_json *from)
{
    return (vg_index){.key = case_text(from, "key"),
                      .kind = vg_index_kind_of(case_text(from, "kind")),
                      .no_lookup = case_flag(from, "no_lookup"),
                      .no_range = case_flag(from, "no_range"),
                      .params = case_raw(from, "params"),
                      .text = {.keeps_case = case_flag(from, "keeps_case"),
                               .has_phrases = case_flag(from, "has_phrases"),
                               .min_token_len = case_number(arena, from, "min_token_len", 0),
                               .max_token_len = case_number(arena, from, "max_token_len", 0)}};
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
        to[i].name = case_text(at, "name");
        to[i].size = case_number(arena, at, "size", 4);
        to[i].distance = vg_distance_of(case_text(at, "distance"), false);
        to[i].hnsw_config = case_raw(at, "hnsw_config");
        to[i].datatype = case_text(at, "datatype");
        to[i].quantization_config = case_raw(at, "quantization_config");
        to[i].sparse_index = case_raw(at, "sparse_index");
        to[i].has_idf = case_flag(at, "idf");
        to[i].names_no_idf = case_flag(at, "no_idf");
        if (case_get(at, "kind") != NULL)
            to[i].kind = vg_vector_kind_of(case_text(at, "kind"));
        to[i].on_disk = -1;
        if (case_get(at, "on_disk") != NULL)
            to[i].on_disk = case_flag(at, "on_disk");
    }
    spec->vectors = to;
    spec->vector_count = i;
}

static vg_collection_spec read_spec(vg_arena *arena, const vg_json *from)
{
    static const vg_vector_params usual = {.size = 4, .distance = VG_COSINE, .on_disk = -1};
    const vg_json *list = case_get(from, "vectors");
    vg_collection_spec spec = {.vectors = &usual, .vector_count = 1};

    if (list != NULL)
        read_vectors(arena, list, &spec);
    spec.settings = case_raw(from, "settings");
    spec.indexes = read_indexes(arena, case_get(from, "indexes"));
    return spec;
}

/* --- inputs ---------------------------------------------------------------------------------- */

static void read_create(vg_op *op, const vg_json *from)
{
    op->in.create.physical = op->collection->physical;
    op->in.create.raw_ids = op->collection->raw_ids;
    op->in.create.spec = read_spec(op->arena, from);
}

static void read_collection(vg_op *op, const vg_json *from)
{
    (void)from;
    op->in.collection.physical = op->collection->physical;
    op->in.collection.raw_ids = op->collection->raw_ids;
}

static void read_nothing(vg_op *op, const vg_json *from)
{
    (void)op;
    (void)from;
}

static void read_index_op(vg_op *op, const vg_json *from)
{
    op->in.index.index = read_index(op->arena, from);
    op->in.index.wait = case_flag(from, "wait");
}

static void read_change(vg_op *op, const vg_json *from)
{
    op->in.change.physical = op->collection->physical;
    op->in.change.raw = case_raw(from, "raw");
}

static void read_build(vg_op *op, const vg_json *from)
{
    op->in.build.physical = op->collection->physical;
    op->in.build.spec = op->collection->spec;
    op->in.build.looks = case_flag(from, "looks");
    op->in.build.cursor = case_text(from, "cursor");
}

/* A list is the unnamed vector; so is {"f32":[…]}. Another object is a map. */
static void read_point(vg_arena *arena, const vg_json *from, vg_point *to)
{
    const vg_json *v = case_get(from, "vector");
    bool is_map = v != NULL && v->kind == VG_JSON_OBJECT && case_get(v, "f32") == NULL;
    vg_vector *vectors = VG_TAKE_N(arena, vg_vector, is_map ? v->count + 1 : 1);

    to->id = case_id(arena, case_get(from, "id"));
    to->payload = case_raw(from, "payload");
    to->vectors = vectors;
    for (const vg_json *at = is_map ? v->first : NULL; at != NULL; at = at->next, vectors++) {
        *vectors = case_vector(arena, at);
        vectors->name = at->key;
        to->vector_count++;
    }
    if (!is_map) {
        *vectors = case_vector(arena, v);
        to->vector_count = vectors->form != VG_VECTOR_NONE;
    }
}

static void read_update(vg_arena *arena, const vg_json *from, vg_update *to)
{
    const vg_json *list = case_get(from, "points");
    const vg_json *names = case_get(from, "names");
    vg_point *points = VG_TAKE_N(arena, vg_point, list != NULL ? list->count + 1 : 1);

    to->points = points;
    for (const vg_json *at = list != NULL ? list->first : NULL; at != NULL; at = at->next)
        read_point(arena, at, &points[to->point_count++]);
    to->id_count = case_ids(arena, case_get(from, "ids"), &to->ids);
    to->filter = case_filter(arena, from);
    to->payload = case_raw(from, "payload");
    to->key = case_text(from, "key");
    to->name_count = case_texts(arena, names, &to->names);
}

static void read_one_update(vg_op *op, const vg_json *from)
{
    read_update(op->arena, from, vg_op_update(op));
    op->in.update.wait = case_flag(from, "wait");
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
    const vg_json *list = case_get(from, "operations");
    vg_update *updates = VG_TAKE_N(op->arena, vg_update, list->count + 1);
    uint32_t i = 0;

    for (const vg_json *at = list->first; at != NULL; at = at->next, i++) {
        updates[i].kind = kind_of(case_text(at, "do"));
        read_update(op->arena, at, &updates[i]);
    }
    op->in.update.at = updates;
    op->in.update.count = i;
    op->in.update.wait = case_flag(from, "wait");
}

static void read_get(vg_op *op, const vg_json *from)
{
    op->in.get.count = case_ids(op->arena, case_get(from, "ids"), &op->in.get.ids);
    op->in.get.with_payload = case_payload_selector(op->arena, from);
    op->in.get.with_vectors = case_vector_selector(op->arena, from);
}

static void read_scroll(vg_op *op, const vg_json *from)
{
    op->in.scroll.from = case_id(op->arena, case_get(from, "from"));
    op->in.scroll.limit = case_number(op->arena, from, "limit", 10);
    case_order(op->arena, case_get(from, "order_by"), &op->in.scroll.order);
    op->in.scroll.is_random = case_flag(from, "is_random");
    op->in.scroll.filter = case_filter(op->arena, from);
    op->in.scroll.with_payload = case_payload_selector(op->arena, from);
    op->in.scroll.with_vectors = case_vector_selector(op->arena, from);
}

static void read_count(vg_op *op, const vg_json *from)
{
    op->in.count.filter = case_filter(op->arena, from);
    op->in.count.exact = case_flag(from, "exact");
}

static void read_facet(vg_op *op, const vg_json *from)
{
    op->in.facet.key = case_text(from, "key");
    op->in.facet.filter = case_filter(op->arena, from);
    op->in.facet.limit = case_number(op->arena, from, "limit", 10);
    op->in.facet.exact = case_flag(from, "exact");
}

static void (*const readers[VG_OP_KINDS])(vg_op *op, const vg_json *from) = {
    [VG_OP_HEALTH] = read_nothing,
    [VG_OP_LIST] = read_nothing,
    [VG_OP_DROP_TENANT] = read_nothing,
    [VG_OP_CREATE_COLLECTION] = read_create,
    [VG_OP_DROP_COLLECTION] = read_collection,
    [VG_OP_DESCRIBE] = read_collection,
    [VG_OP_UPDATE_COLLECTION] = read_change,
    [VG_OP_CREATE_INDEX] = read_index_op,
    [VG_OP_DROP_INDEX] = read_index_op,
    [VG_OP_BUILD_INDEX] = read_build,
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
    [VG_OP_SEARCH] = case_searches,
    [VG_OP_QUERY] = case_queries,
    [VG_OP_GROUPS] = case_groups,
    [VG_OP_MATRIX] = case_matrix,
    [VG_OP_SCROLL] = read_scroll,
    [VG_OP_COUNT] = read_count,
    [VG_OP_FACET] = read_facet,
};

/* Without "tenant": the only one there is, whose collections are its own. */
static const vg_tenant *read_tenant(vg_arena *arena, const vg_json *from)
{
    static const vg_tenant sole = {.name = VG_LIT_INIT("default"), .is_sole = true};
    vg_tenant *who;

    if (case_get(from, "tenant") == NULL)
        return &sole;
    who = VG_TAKE(arena, vg_tenant);
    who->name = case_text(from, "tenant");
    return who;
}

vg_op *case_op_read(vg_arena *arena, vg_slice json)
{
    vg_status fault = {0};
    const vg_json *from = vg_json_read(arena, json, VG_JSON_DEPTH, &fault);
    vg_op_kind kind = kind_of(case_text(from, "do"));
    vg_collection *collection = VG_TAKE(arena, vg_collection);
    vg_op *op = VG_TAKE(arena, vg_op);

    if (from == NULL || kind == VG_OP_KINDS || readers[kind] == NULL) {
        fprintf(stderr, "no operation: " VG_FMT "\n", VG_ARG(fault.what));
        return NULL;
    }
    collection->name = case_text(from, "collection");
    collection->physical = case_text(from, "physical");
    if (collection->physical.len == 0)
        collection->physical = collection->name;
    collection->raw_ids = !case_flag(from, "shared");
    collection->spec = read_spec(arena, from);
    op->who = read_tenant(arena, from);
    op->magic = VG_OP_MAGIC;
    op->kind = kind;
    op->arena = arena;
    op->name = case_get(from, "alias") != NULL ? case_text(from, "alias") : collection->name;
    op->collection = collection;
    readers[kind](op, from);
    if (case_flag(from, "unknown"))
        op->collection = NULL;
    return op;
}
