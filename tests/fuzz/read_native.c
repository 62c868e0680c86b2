/* A body to every reader of the native API; the same bytes also as a query and as an id in a path.
 * What is taken holds what its contract says, what is refused is told as a problem that is JSON. */
#include <string.h>

#include "vecgate/json.h"
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "front/bounds.h"
#include "front/front.h"
#include "tests/support/fuzz.h"
#include "tests/support/fuzz_vector.h"

enum { REQUEST_BYTES = 4 << 20 };

/* Behind the bytes is what a reader may touch but must not heed. */
static vg_slice padded(vg_arena *arena, const uint8_t *data, size_t size)
{
    char *at = vg_arena_take(arena, size + VG_JSON_PAD);

    VG_CHECK(at != NULL);
    if (size > 0)
        memcpy(at, data, size);
    memset(at + size, '7', VG_JSON_PAD);
    return vg_slice_of(at, size);
}

/* ---- what was taken ---- */

static void check_id(const vg_point_id *id)
{
    uint8_t key[VG_ID_KEY_MAX];
    vg_point_id again;

    VG_CHECK(id->kind != VG_ID_NONE);
    VG_CHECK(id->kind != VG_ID_TEXT || (id->text.len >= 1 && id->text.len <= VG_ID_TEXT_MAX));
    VG_CHECK(vg_point_id_of_key(key, vg_point_id_key(id, key), &again));
    VG_CHECK(vg_point_id_cmp(id, &again) == 0);
}

static void check_filter(const vg_filter *filter)
{
    VG_CHECK(filter == NULL || filter->raw.len == 0 || filter->raw.at[0] == '{');
}

static void check_ids(const vg_point_id *ids, uint32_t count)
{
    VG_CHECK(count >= 1);
    for (uint32_t i = 0; i < count; i++)
        check_id(&ids[i]);
}

static void check_points(const vg_update *update)
{
    VG_CHECK(update->point_count >= 1);
    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        check_id(&point->id);
        VG_CHECK(update->kind == VG_OP_UPSERT || point->vector_count > 0);
        for (uint32_t j = 0; j < point->vector_count; j++)
            fuzz_check_vector(&point->vectors[j]);
        VG_CHECK(point->payload.len == 0 || point->payload.at[0] == '{');
    }
}

/* Points, or a selection of them; never both, never neither. */
static void check_update(const vg_update *update)
{
    VG_CHECK(update->kind >= VG_OP_UPSERT && update->kind <= VG_OP_DELETE_VECTORS);
    if (update->kind == VG_OP_UPSERT || update->kind == VG_OP_UPDATE_VECTORS) {
        check_points(update);
        return;
    }
    VG_CHECK((update->id_count > 0) != (update->filter != NULL));
    if (update->id_count > 0)
        check_ids(update->ids, update->id_count);
    check_filter(update->filter);
    if (update->kind == VG_OP_DELETE_PAYLOAD || update->kind == VG_OP_DELETE_VECTORS)
        VG_CHECK(update->name_count > 0);
}

static void check_updates(const vg_op *op)
{
    VG_CHECK(op->in.update.count >= 1 && op->in.update.wait);
    for (uint32_t i = 0; i < op->in.update.count; i++)
        check_update(&op->in.update.at[i]);
}

static void check_example(const vg_point_id *id, const vg_vector *vector)
{
    if (id->kind != VG_ID_NONE)
        check_id(id);
    else
        fuzz_check_vector(vector);
}

static void check_sought(const vg_search *search)
{
    bool is_pairs = search->scoring >= VG_BY_DISCOVERY;
    uint32_t count = search->positive_count + search->negative_count;

    VG_CHECK(count <= VG_BOUND_EXAMPLES);
    VG_CHECK(!is_pairs || search->positive_count == search->negative_count);
    VG_CHECK(count > 0 || search->scoring == VG_BY_NEAREST || search->scoring == VG_BY_DISCOVERY);
    VG_CHECK(search->positive_count > 0 || search->scoring != VG_BY_AVERAGE);
    if (search->scoring == VG_BY_NEAREST || search->scoring == VG_BY_DISCOVERY)
        check_example(&search->by_id, &search->vector);
    for (uint32_t i = 0; i < search->positive_count; i++)
        check_example(&search->positive[i].id, &search->positive[i].vector);
    for (uint32_t i = 0; i < search->negative_count; i++)
        check_example(&search->negative[i].id, &search->negative[i].vector);
}

static void check_terms(const vg_search *search)
{
    VG_CHECK(search->limit >= 1 && search->params.len == 0);
    VG_CHECK(search->how.oversampling == 0 || search->how.oversampling >= 1);
    check_filter(search->filter);
}

static void check_query(const vg_query *query)
{
    bool is_fusion = query->kind == VG_QUERY_RRF || query->kind == VG_QUERY_DBSF;

    check_terms(&query->search);
    if (query->kind == VG_QUERY_SEARCH)
        check_sought(&query->search);
    VG_CHECK(query->kind != VG_QUERY_SCROLL);
    VG_CHECK(query->kind != VG_QUERY_ORDER_BY || vg_path_is(query->order.key));
    VG_CHECK(!is_fusion || query->prefetch_count > 0);
    VG_CHECK(query->prefetch_count <= VG_BOUND_PREFETCHES);
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        VG_CHECK(query->prefetch[i].prefetch_count == 0);
        check_query(&query->prefetch[i]);
    }
}

static void check_search(const vg_op *op)
{
    VG_CHECK(op->in.search.count >= 1 && op->in.search.count <= VG_BOUND_SEARCHES);
    for (uint32_t i = 0; i < op->in.search.count; i++) {
        check_terms(&op->in.search.queries[i]);
        check_sought(&op->in.search.queries[i]);
    }
}

static void check_groups(const vg_op *op)
{
    const vg_grouping *grouping = &op->in.groups.grouping;

    VG_CHECK(vg_path_is(grouping->by) && grouping->limit >= 1 && grouping->size >= 1);
    VG_CHECK(op->in.groups.query.search.offset == 0);
    check_query(&op->in.groups.query);
}

static void check_index(const vg_index *index)
{
    VG_CHECK(vg_path_is(index->key) && index->kind != VG_INDEX_NONE);
    VG_CHECK(index->params.len == 0 || index->params.at[0] == '{');
}

/* In Qdrant's grammar but for bfloat16. Numbers are as they came. */
static void check_quantization(const vg_vector_params *vector)
{
    static const char int8[] = "{\"scalar\":{\"type\":\"int8\"";
    vg_slice text = vector->quantization_config;

    VG_CHECK(text.len == 0 || vg_vector_is_bfloat16(vector) ||
             vg_slice_is(text, VG_LIT("{\"binary\":{}}")) ||
             vg_slice_starts(text, vg_slice_str(int8)));
}

static void check_settings(vg_arena *arena, const vg_vector_params *vector)
{
    const vg_json *index = NULL;
    uint64_t m = 0, ef = 0;

    check_quantization(vector);
    if (vector->hnsw_config.len == 0)
        return;
    index = vg_json_read(
        arena, padded(arena, (const uint8_t *)vector->hnsw_config.at, vector->hnsw_config.len), 2,
        NULL);
    VG_CHECK(index != NULL && index->kind == VG_JSON_OBJECT && index->count >= 1);
    if (vg_json_get(index, VG_LIT("m")))
        VG_CHECK(vg_json_read_u64(arena, vg_json_get(index, VG_LIT("m")), &m, NULL) && m != 1 &&
                 m <= 512);
    if (vg_json_get(index, VG_LIT("ef_construct")))
        VG_CHECK(vg_json_read_u64(arena, vg_json_get(index, VG_LIT("ef_construct")), &ef, NULL) &&
                 ef >= 4 && ef <= 65536);
}

static void check_spec(vg_arena *arena, const vg_collection_spec *spec)
{
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        fuzz_check_params(&spec->vectors[i]);
        check_settings(arena, &spec->vectors[i]);
        VG_CHECK(vg_spec_vector(spec, spec->vectors[i].name) == &spec->vectors[i]);
    }
    for (uint32_t i = 0; i < spec->indexes.count; i++) {
        check_index(&spec->indexes.at[i]);
        VG_CHECK(vg_index_find(&spec->indexes, spec->indexes.at[i].key) == &spec->indexes.at[i]);
    }
}

static void check_scroll(const vg_op *op)
{
    const vg_order_by *order = &op->in.scroll.order;

    VG_CHECK(op->in.scroll.limit >= 1);
    VG_CHECK(order->key.len == 0 ||
             (vg_path_is(order->key) && op->in.scroll.from.kind == VG_ID_NONE));
    check_filter(op->in.scroll.filter);
}

static void check_op(const vg_op *op)
{
    if (vg_op_is_update(op->kind)) {
        check_updates(op);
        return;
    }
    switch (op->kind) {
    case VG_OP_GET:
        check_ids(op->in.get.ids, op->in.get.count);
        return;
    case VG_OP_SEARCH:
        check_search(op);
        return;
    case VG_OP_QUERY:
        VG_CHECK(op->in.query.count >= 1 && op->in.query.count <= VG_BOUND_SEARCHES);
        for (uint32_t i = 0; i < op->in.query.count; i++)
            check_query(&op->in.query.at[i]);
        return;
    case VG_OP_GROUPS:
        check_groups(op);
        return;
    case VG_OP_MATRIX:
        VG_CHECK(op->in.matrix.sample >= 2 && op->in.matrix.sample <= VG_BOUND_SAMPLE);
        VG_CHECK(op->in.matrix.limit >= 1);
        return;
    case VG_OP_SCROLL:
        check_scroll(op);
        return;
    case VG_OP_FACET:
        VG_CHECK(op->in.facet.limit >= 1 && vg_path_is(op->in.facet.key));
        return;
    case VG_OP_CREATE_COLLECTION:
        check_spec(op->arena, &op->in.create.spec);
        return;
    case VG_OP_CREATE_INDEX:
        check_index(&op->in.index.index);
        return;
    case VG_OP_DROP_INDEX:
        VG_CHECK(vg_path_is(op->in.index.index.key));
        return;
    case VG_OP_CHANGE_ALIASES:
        VG_CHECK(op->in.aliases.count >= 1);
        return;
    default:
        return;
    }
}

/* A creation is told by its own words. */
static void check_told(const vg_front_row *row, const vg_front_in *in, const vg_op *op)
{
    vg_arena *arena = vg_arena_new(REQUEST_BYTES);
    vg_buf body;
    vg_front_out out = {.body = &body, .in = in};

    VG_CHECK(arena != NULL);
    vg_buf_init(&body, 0);
    row->write(op, &out);
    VG_CHECK(vg_arena_is_spent(op->arena) ||
             vg_json_read(arena, padded(arena, (const uint8_t *)body.at, body.len), VG_JSON_DEPTH,
                          NULL) != NULL);
    vg_buf_fini(&body);
    vg_arena_free(arena);
}

/* ---- what was refused ---- */

static void check_problem(vg_arena *arena, const vg_status *status)
{
    vg_buf body;
    vg_front_out out = {.body = &body};

    VG_CHECK(status->code != VG_OK && status->code != VG_INTERNAL);
    vg_buf_init(&body, 0);
    vg_front_native.write_error(arena, status, &out);
    VG_CHECK(out.status >= 400 && out.status < 500);
    VG_CHECK(vg_json_read(arena, padded(arena, (const uint8_t *)body.at, body.len), VG_JSON_DEPTH,
                          NULL) != NULL);
    vg_buf_fini(&body);
}

static void read_as(const vg_front_row *row, vg_request *request, vg_slice segment)
{
    vg_arena *arena = vg_arena_new(REQUEST_BYTES);
    vg_front_in in = {.request = request, .params = {VG_LIT("c"), segment}};
    vg_status status = {0};
    vg_op op = {.magic = VG_OP_MAGIC, .kind = row->kind, .arena = arena};

    VG_CHECK(arena != NULL);
    if (row->route.method[0] == 'P' && request->body.len > 0)
        in.body = vg_json_read(arena, request->body, VG_JSON_DEPTH, &status);
    if (status.code != VG_OK || !row->read(&in, &op, &status)) {
        check_problem(arena, &status);
    } else {
        check_op(&op);
        if (op.kind == VG_OP_CREATE_COLLECTION)
            check_told(row, &in, &op);
    }
    vg_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(size + 2 * VG_JSON_PAD + 4096);
    vg_request as_body = {0}, as_query = {0};
    vg_slice bytes;

    VG_CHECK(arena != NULL);
    bytes = padded(arena, data, size);
    as_body.body = as_query.query = bytes;
    for (size_t i = 0; i < vg_front_native.count; i++) {
        if (vg_front_native.rows[i].read == NULL)
            continue;
        read_as(&vg_front_native.rows[i], &as_body, bytes);
        read_as(&vg_front_native.rows[i], &as_body, VG_LIT("a.b[]"));
        read_as(&vg_front_native.rows[i], &as_query, VG_LIT("7"));
    }
    vg_arena_free(arena);
    return 0;
}
