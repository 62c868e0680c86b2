/* See ask.h. */
#include "tests/unit/front/ask.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/say_filter.h"
#include "tests/support/say_query.h"

enum { ARENA_BYTES = 1 << 24 };

static const uint64_t began_ns = 5000000000, deadline_ns = 65000000000;

vg_slice ask_padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

const vg_front_row *ask_row(vg_arena *arena, vg_slice method, vg_slice path, vg_slice *params)
{
    vg_router *router =
        vg_router_new(vg_front_qdrant.rows, sizeof(vg_front_row), vg_front_qdrant.count);
    vg_match match = vg_router_find(router, method, path);

    for (int i = 0; match.row && i < VG_ROUTE_PARAMS && match.params[i].at; i++)
        assert_true(vg_path_segment(arena, match.params[i], &params[i]));
    vg_router_free(router);
    return match.row;
}

/* ---- an operation as text ---- */

static void put_id(vg_buf *to, vg_arena *arena, const vg_point_id *id)
{
    if (id->kind == VG_ID_NONE)
        vg_buf_put(to, VG_LIT("-"));
    else
        vg_buf_printf(to, "%s" VG_FMT, id->kind == VG_ID_TEXT ? "text:" : "",
                      VG_ARG(vg_point_id_text(arena, id)));
}

static void put_slices(vg_buf *to, const vg_slice *at, uint32_t count)
{
    vg_buf_put(to, VG_LIT("("));
    for (uint32_t i = 0; i < count; i++)
        vg_buf_printf(to, "%s" VG_FMT, i > 0 ? "," : "", VG_ARG(at[i]));
    vg_buf_put(to, VG_LIT(")"));
}

static void put_selected(vg_buf *to, const vg_payload_selector *payload,
                         const vg_vector_selector *vectors)
{
    static const char *const payloads[] = {"none", "all", "include", "exclude"};
    static const char *const vectors_words[] = {"none", "all", "named"};

    vg_buf_printf(to, " payload=%s", payloads[payload->want]);
    if (payload->want >= VG_PAYLOAD_INCLUDE) {
        put_slices(to, payload->paths, payload->path_count);
        vg_buf_printf(to, "=" VG_FMT, VG_ARG(payload->raw));
    }
    vg_buf_printf(to, " vectors=%s", vectors_words[vectors->want]);
    if (vectors->want == VG_VECTORS_NAMED)
        put_slices(to, vectors->names, vectors->name_count);
}

static void put_filter(vg_buf *to, vg_arena *arena, const vg_filter *filter)
{
    if (!filter)
        return;
    vg_buf_put(to, VG_LIT(" filter="));
    say_filter(to, arena, filter);
}

static void put_ids(vg_buf *to, vg_arena *arena, const vg_point_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vg_buf_put(to, VG_LIT(" "));
        put_id(to, arena, &ids[i]);
    }
}

/* "[1]#1", "[[1],[2]]#2/2 of two rows, {"indices":[1],"values":[1.0]}#1 */
static void put_vector(vg_buf *to, const vg_vector *vector)
{
    vg_json_out json = {.buf = to};

    vg_vector_write(&json, vector);
    vg_buf_printf(to, "#%u", vector->count);
    if (vector->rows > 0)
        vg_buf_printf(to, "/%u", vector->rows);
}

/* "7:[1]#1:{}", "7:a=[1]#1,b=[2]#1:" */
static void put_point(vg_buf *to, vg_arena *arena, const vg_point *point)
{
    vg_buf_put(to, VG_LIT(" "));
    put_id(to, arena, &point->id);
    vg_buf_put(to, VG_LIT(":"));
    for (uint32_t i = 0; i < point->vector_count; i++) {
        const vg_vector *vector = &point->vectors[i];

        vg_buf_printf(to, "%s" VG_FMT "%s", i > 0 ? "," : "", VG_ARG(vector->name),
                      vector->name.len > 0 ? "=" : "");
        put_vector(to, vector);
    }
    vg_buf_put(to, VG_LIT(":"));
    vg_buf_put(to, point->payload);
}

static void put_update(vg_buf *to, vg_arena *arena, const vg_update *update)
{
    for (uint32_t i = 0; i < update->point_count; i++)
        put_point(to, arena, &update->points[i]);
    put_ids(to, arena, update->ids, update->id_count);
    put_filter(to, arena, update->filter);
    if (update->payload.len > 0)
        vg_buf_printf(to, " payload=" VG_FMT, VG_ARG(update->payload));
    if (update->key.len > 0)
        vg_buf_printf(to, " key=" VG_FMT, VG_ARG(update->key));
    if (update->names) {
        vg_buf_put(to, VG_LIT(" names="));
        put_slices(to, update->names, update->name_count);
    }
}

static void put_updates(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, "%s wait=%d", vg_op_describe(op->kind)->name, op->in.update.wait);
    for (uint32_t i = 0; i < op->in.update.count; i++) {
        if (op->kind == VG_OP_BATCH)
            vg_buf_printf(to, "; %s", vg_op_describe(op->in.update.at[i].kind)->name);
        put_update(to, op->arena, &op->in.update.at[i]);
    }
}

static void put_get(vg_buf *to, const vg_op *op)
{
    vg_buf_put(to, VG_LIT("get"));
    put_ids(to, op->arena, op->in.get.ids, op->in.get.count);
    put_selected(to, &op->in.get.with_payload, &op->in.get.with_vectors);
}

static void put_terms(vg_buf *to, vg_arena *arena, const vg_search *query)
{
    if (query->using_name.len > 0)
        vg_buf_printf(to, " using=" VG_FMT, VG_ARG(query->using_name));
    vg_buf_printf(to, " limit=%u offset=%u", query->limit, query->offset);
    if (query->has_threshold)
        vg_buf_printf(to, " threshold=%g", (double)query->threshold);
    if (query->exact)
        vg_buf_put(to, VG_LIT(" exact"));
    if (query->params.len > 0)
        vg_buf_printf(to, " params=" VG_FMT, VG_ARG(query->params));
    say_how(to, &query->how);
    put_filter(to, arena, query->filter);
    put_selected(to, &query->with_payload, &query->with_vectors);
}

static void put_search(vg_buf *to, const vg_op *op, const vg_search *query)
{
    say_sought(to, op->arena, query);
    put_terms(to, op->arena, query);
}

static void put_queries(vg_buf *to, const vg_op *op)
{
    vg_buf_put(to, VG_LIT("query"));
    for (uint32_t i = 0; i < op->in.query.count; i++)
        say_query(to, op->arena, &op->in.query.at[i], put_terms);
}

static void put_groups(vg_buf *to, const vg_op *op)
{
    const vg_grouping *grouping = &op->in.groups.grouping;

    vg_buf_printf(to, "groups " VG_FMT " %ux%u", VG_ARG(grouping->by), grouping->limit,
                  grouping->size);
    if (grouping->lookup_collection.len > 0) {
        vg_buf_printf(to, " with=" VG_FMT, VG_ARG(grouping->lookup_collection));
        put_selected(to, &grouping->lookup_payload, &grouping->lookup_vectors);
    }
    say_query(to, op->arena, &op->in.groups.query, put_terms);
}

static void put_matrix(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, "matrix sample=%u limit=%u using=" VG_FMT, op->in.matrix.sample,
                  op->in.matrix.limit, VG_ARG(op->in.matrix.using_name));
    put_filter(to, op->arena, op->in.matrix.filter);
}

static void put_params(vg_buf *to, const vg_vector_params *vector)
{
    vg_buf_printf(to, "%s" VG_FMT " size=%u distance=%s on_disk=%d",
                  vector->name.len > 0 ? " " : "", VG_ARG(vector->name), vector->size,
                  vg_distance_name(vector->distance), vector->on_disk);
    if (vector->hnsw_config.len > 0)
        vg_buf_printf(to, " hnsw=" VG_FMT, VG_ARG(vector->hnsw_config));
    if (vector->datatype.len > 0)
        vg_buf_printf(to, " datatype=" VG_FMT, VG_ARG(vector->datatype));
    if (vector->kind != VG_DENSE)
        vg_buf_printf(to, " %s%s", vg_vector_kind_word(vector->kind),
                      vector->has_idf        ? " idf"
                      : vector->names_no_idf ? " no idf"
                                             : "");
    if (vector->sparse_index.len > 0)
        vg_buf_printf(to, " " VG_FMT, VG_ARG(vector->sparse_index));
    if (vector->quantization_config.len > 0)
        vg_buf_printf(to, " quantization=" VG_FMT, VG_ARG(vector->quantization_config));
}

static void put_create(vg_buf *to, const vg_op *op)
{
    const vg_collection_spec *spec = &op->in.create.spec;

    vg_buf_printf(to, "create " VG_FMT, VG_ARG(op->name));
    for (uint32_t i = 0; i < spec->vector_count; i++)
        put_params(to, &spec->vectors[i]);
    if (spec->settings.len > 0)
        vg_buf_printf(to, " settings=" VG_FMT, VG_ARG(spec->settings));
}

static void put_scroll(vg_buf *to, const vg_op *op)
{
    const vg_order_by *order = &op->in.scroll.order;

    vg_buf_put(to, VG_LIT("scroll from="));
    put_id(to, op->arena, &op->in.scroll.from);
    vg_buf_printf(to, " limit=%u", op->in.scroll.limit);
    if (order->key.len > 0)
        vg_buf_printf(to, " order=" VG_FMT "%s", VG_ARG(order->key),
                      order->descends ? " desc" : "");
    if (order->has_start && order->start.is_integer)
        vg_buf_printf(to, " start=%" PRId64, order->start.integer);
    else if (order->has_start)
        vg_buf_printf(to, " start=real:%g", order->start.real);
    put_filter(to, op->arena, op->in.scroll.filter);
    put_selected(to, &op->in.scroll.with_payload, &op->in.scroll.with_vectors);
}

static void put_facet(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, "facet " VG_FMT " limit=%u exact=%d", VG_ARG(op->in.facet.key),
                  op->in.facet.limit, op->in.facet.exact);
    put_filter(to, op->arena, op->in.facet.filter);
}

static void put_index(vg_buf *to, const vg_op *op)
{
    const vg_index *index = &op->in.index.index;

    vg_buf_printf(to, "%s " VG_FMT " wait=%d", vg_op_describe(op->kind)->name, VG_ARG(index->key),
                  op->in.index.wait);
    if (op->kind == VG_OP_CREATE_INDEX)
        vg_buf_printf(to, " %s " VG_FMT, vg_index_kind_word(index->kind), VG_ARG(index->params));
}

static void put_aliases(vg_buf *to, const vg_op *op)
{
    static const char *const words[] = {"create", "delete", "rename"};

    vg_buf_put(to, VG_LIT("aliases"));
    for (uint32_t i = 0; i < op->in.aliases.count; i++) {
        const vg_alias_action *action = &op->in.aliases.at[i];

        vg_buf_printf(to, "; %s " VG_FMT, words[action->kind], VG_ARG(action->name));
        if (action->kind != VG_ALIAS_DELETE)
            vg_buf_printf(
                to, "->" VG_FMT,
                VG_ARG(action->kind == VG_ALIAS_CREATE ? action->collection : action->to));
    }
}

static void put_kind(vg_buf *to, const vg_op *op)
{
    if (vg_op_is_update(op->kind)) {
        put_updates(to, op);
        return;
    }
    switch (op->kind) {
    case VG_OP_GET:
        put_get(to, op);
        break;
    case VG_OP_SCROLL:
        put_scroll(to, op);
        break;
    case VG_OP_SEARCH:
        vg_buf_put(to, VG_LIT("search"));
        for (uint32_t i = 0; i < op->in.search.count; i++)
            put_search(to, op, &op->in.search.queries[i]);
        break;
    case VG_OP_QUERY:
        put_queries(to, op);
        break;
    case VG_OP_GROUPS:
        put_groups(to, op);
        break;
    case VG_OP_MATRIX:
        put_matrix(to, op);
        break;
    case VG_OP_COUNT:
        vg_buf_printf(to, "count exact=%d", op->in.count.exact);
        put_filter(to, op->arena, op->in.count.filter);
        break;
    case VG_OP_FACET:
        put_facet(to, op);
        break;
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
        put_index(to, op);
        break;
    case VG_OP_CHANGE_ALIASES:
        put_aliases(to, op);
        break;
    case VG_OP_UPDATE_COLLECTION:
        vg_buf_printf(to, "change " VG_FMT " " VG_FMT, VG_ARG(op->name),
                      VG_ARG(op->in.change.patch));
        break;
    case VG_OP_CREATE_COLLECTION:
        put_create(to, op);
        break;
    default:
        vg_buf_printf(to, "%s " VG_FMT, vg_op_describe(op->kind)->name, VG_ARG(op->name));
    }
}

static void put_op(vg_buf *to, const vg_op *op)
{
    put_kind(to, op);
    if (op->deadline_ns != deadline_ns)
        vg_buf_printf(to, " within=%" PRIu64 "ms", (op->deadline_ns - began_ns) / 1000000);
}

/* "400 Wrong input: …": the text of the envelope, which test_write.c holds to its shape. */
static void put_error(vg_buf *to, vg_arena *arena, const vg_status *status)
{
    vg_buf body;
    vg_front_out out = {.body = &body, .seconds = 0.25};
    const vg_json *json;

    vg_buf_init(&body, 0);
    vg_front_qdrant.write_error(arena, status, &out);
    json = vg_json_read(arena, ask_padded(arena, vg_buf_bytes(&body)), VG_JSON_DEPTH, NULL);
    assert_non_null(json);
    vg_buf_printf(to, "%d " VG_FMT, out.status,
                  VG_ARG(vg_json_get(vg_json_get(json, VG_LIT("status")), VG_LIT("error"))->text));
    vg_buf_fini(&body);
}

/* ---- asking ---- */

static bool read_with(const vg_front_row *row, vg_front_in *in, vg_op *op, const char *body)
{
    if (body) {
        in->body = vg_json_read(op->arena, ask_padded(op->arena, vg_slice_str(body)), VG_JSON_DEPTH,
                                &op->status);
        if (!in->body)
            return false;
    }
    return row->read(in, op, &op->status);
}

static void put_line(vg_buf *to, vg_arena *arena, const vg_request *request, const char *body)
{
    vg_front_in in = {.request = request};
    const vg_front_row *row = ask_row(arena, request->method, request->path, in.params);
    vg_op op = {.arena = arena, .deadline_ns = deadline_ns};

    if (!row) {
        vg_buf_put(to, VG_LIT("no row"));
        return;
    }
    op.kind = row->kind;
    op.name = in.params[0];
    if (row->refuses)
        vg_buf_printf(to, "refused: %s", row->refuses);
    else if (read_with(row, &in, &op, body))
        put_op(to, &op);
    else
        put_error(to, arena, &op.status);
}

const char *ask_line(const char *method, const char *target, const char *body)
{
    static char line[4096];
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_slice all = vg_slice_str(target);
    size_t mark = vg_slice_find(all, '?');
    vg_request request = {
        .method = vg_slice_str(method),
        .path = vg_slice_of(target, mark),
        .query = vg_slice_skip(all, mark + 1),
        .began_ns = began_ns,
    };
    vg_buf to;

    vg_buf_init(&to, sizeof line);
    put_line(&to, arena, &request, body);
    snprintf(line, sizeof line, VG_FMT, VG_ARG(vg_buf_bytes(&to)));
    vg_buf_fini(&to);
    vg_arena_free(arena);
    return line;
}

void ask_check(const struct asked *rows, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        const char *got = ask_line(rows[i].method, rows[i].target, rows[i].body);

        if (strcmp(got, rows[i].want) == 0)
            continue;
        print_error("%s:\n  want %s\n  got  %s\n", rows[i].says, rows[i].want, got);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}
