/* See native_ask.h. */
#include "tests/unit/front/native/native_ask.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "tests/support/say_query.h"

enum { ARENA_BYTES = 1 << 20 };

static const uint64_t began_ns = 5000000000, deadline_ns = 65000000000;

/* ---- an operation as text ---- */

static void put_id(vg_buf *to, vg_arena *arena, const vg_point_id *id)
{
    static const char *const kinds[] = {"-", "", "uuid:", "text:"};

    vg_buf_printf(to, "%s" VG_FMT, kinds[id->kind],
                  VG_ARG(id->kind ? vg_point_id_text(arena, id) : VG_LIT("")));
}

static void put_texts(vg_buf *to, const vg_slice *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        vg_buf_printf(to, "%s" VG_FMT, i > 0 ? "," : "", VG_ARG(at[i]));
}

static void put_wish(vg_buf *to, const vg_payload_selector *payload,
                     const vg_vector_selector *vectors)
{
    static const char *const wants[] = {"", " payload", " payload+", " payload-"};

    assert_true(payload->raw.len > 0);
    if (payload->path_count == 0)
        assert_true(
            vg_slice_is_str(payload->raw, payload->want == VG_PAYLOAD_ALL ? "true" : "false"));
    vg_buf_printf(to, "%s", wants[payload->want]);
    put_texts(to, payload->paths, payload->path_count);
    vg_buf_printf(to, "%s", vectors->want == VG_VECTORS_NONE ? "" : " vector");
    if (vectors->want == VG_VECTORS_NAMED)
        vg_buf_printf(to, "=");
    put_texts(to, vectors->names, vectors->name_count);
}

static void put_filter(vg_buf *to, const vg_filter *filter)
{
    if (filter)
        vg_buf_printf(to, " filter=" VG_FMT, VG_ARG(filter->raw.len ? filter->raw : VG_LIT("?")));
}

static void put_vector(vg_buf *to, const vg_vector *vector)
{
    assert_int_equal(vector->form, VG_VECTOR_JSON);
    vg_buf_printf(to, VG_FMT VG_FMT "#%u", VG_ARG(vector->name), VG_ARG(vector->bytes),
                  vector->count);
}

static void put_ids(vg_buf *to, vg_arena *arena, const vg_point_id *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vg_buf_put(to, VG_LIT(" "));
        put_id(to, arena, &ids[i]);
    }
}

static void put_update(vg_buf *to, vg_arena *arena, const vg_update *update)
{
    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        vg_buf_put(to, VG_LIT(" "));
        put_id(to, arena, &point->id);
        for (uint32_t j = 0; j < point->vector_count; j++)
            put_vector(to, &point->vectors[j]);
        vg_buf_put(to, point->payload);
    }
    put_ids(to, arena, update->ids, update->id_count);
    put_filter(to, update->filter);
    if (update->payload.len > 0)
        vg_buf_printf(to, " payload=" VG_FMT, VG_ARG(update->payload));
    if (update->key.len > 0)
        vg_buf_printf(to, " key=" VG_FMT, VG_ARG(update->key));
    if (update->name_count > 0)
        vg_buf_printf(to, " names=");
    put_texts(to, update->names, update->name_count);
}

static void put_updates(vg_buf *to, const vg_op *op)
{
    assert_true(op->in.update.wait);
    if (op->kind != VG_OP_BATCH) {
        assert_int_equal(op->in.update.count, 1);
        assert_int_equal(op->in.update.at->kind, op->kind);
        put_update(to, op->arena, op->in.update.at);
        return;
    }
    for (uint32_t i = 0; i < op->in.update.count; i++) {
        vg_buf_printf(to, " | %s", vg_op_describe(op->in.update.at[i].kind)->name);
        put_update(to, op->arena, &op->in.update.at[i]);
    }
}

static void put_get(vg_buf *to, const vg_op *op)
{
    put_ids(to, op->arena, op->in.get.ids, op->in.get.count);
    put_wish(to, &op->in.get.with_payload, &op->in.get.with_vectors);
}

static void put_terms(vg_buf *to, vg_arena *arena, const vg_search *search)
{
    (void)arena;
    assert_int_equal(search->params.len, 0); /* it is not Qdrant's */
    if (search->using_name.len > 0)
        vg_buf_printf(to, " using=" VG_FMT, VG_ARG(search->using_name));
    put_filter(to, search->filter);
    vg_buf_printf(to, " limit=%u offset=%u", search->limit, search->offset);
    if (search->has_threshold)
        vg_buf_printf(to, " threshold=%g", (double)search->threshold);
    if (search->exact)
        vg_buf_put(to, VG_LIT(" exact"));
    say_how(to, &search->how);
    put_wish(to, &search->with_payload, &search->with_vectors);
    if (search->explains)
        vg_buf_put(to, VG_LIT(" explains"));
}

static void put_search(vg_buf *to, const vg_op *op)
{
    for (uint32_t i = 0; i < op->in.search.count; i++) {
        say_sought(to, op->arena, &op->in.search.queries[i]);
        put_terms(to, op->arena, &op->in.search.queries[i]);
    }
}

static void put_query(vg_buf *to, const vg_op *op)
{
    for (uint32_t i = 0; i < op->in.query.count; i++)
        say_query(to, op->arena, &op->in.query.at[i], put_terms);
}

static void put_groups(vg_buf *to, const vg_op *op)
{
    const vg_grouping *grouping = &op->in.groups.grouping;

    vg_buf_printf(to, " " VG_FMT " %ux%u", VG_ARG(grouping->by), grouping->limit, grouping->size);
    if (grouping->lookup_collection.len > 0) {
        vg_buf_printf(to, " with=" VG_FMT, VG_ARG(grouping->lookup_collection));
        put_wish(to, &grouping->lookup_payload, &grouping->lookup_vectors);
    }
    say_query(to, op->arena, &op->in.groups.query, put_terms);
}

static void put_matrix(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, " sample=%u limit=%u", op->in.matrix.sample, op->in.matrix.limit);
    if (op->in.matrix.using_name.len > 0)
        vg_buf_printf(to, " using=" VG_FMT, VG_ARG(op->in.matrix.using_name));
    put_filter(to, op->in.matrix.filter);
}

static void put_index(vg_buf *to, const vg_index *index)
{
    vg_buf_printf(to, " " VG_FMT ":%s" VG_FMT, VG_ARG(index->key), vg_index_kind_word(index->kind),
                  VG_ARG(index->params));
}

static void put_create(vg_buf *to, const vg_op *op)
{
    const vg_collection_spec *spec = &op->in.create.spec;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *vector = &spec->vectors[i];

        assert_int_equal(vector->on_disk, -1);
        vg_buf_printf(to, " " VG_FMT "%ssize=%u %s", VG_ARG(vector->name),
                      vector->name.len > 0 ? ":" : "", vector->size,
                      vg_distance_name(vector->distance));
        if (vector->hnsw_config.len > 0)
            vg_buf_printf(to, " hnsw=" VG_FMT, VG_ARG(vector->hnsw_config));
        if (vector->quantization_config.len > 0)
            vg_buf_printf(to, " quantization=" VG_FMT, VG_ARG(vector->quantization_config));
    }
    for (uint32_t i = 0; i < spec->indexes.count; i++)
        put_index(to, &spec->indexes.at[i]);
}

static void put_scroll(vg_buf *to, const vg_op *op)
{
    const vg_order_by *order = &op->in.scroll.order;

    vg_buf_put(to, VG_LIT(" from="));
    put_id(to, op->arena, &op->in.scroll.from);
    if (order->key.len > 0)
        vg_buf_printf(to, " by=" VG_FMT "%s", VG_ARG(order->key), order->descends ? " desc" : "");
    if (order->has_start && order->start.is_integer)
        vg_buf_printf(to, " start=%" PRId64, order->start.integer);
    else if (order->has_start)
        vg_buf_printf(to, " start=%g", order->start.real);
    put_filter(to, op->in.scroll.filter);
    vg_buf_printf(to, " limit=%u", op->in.scroll.limit);
    put_wish(to, &op->in.scroll.with_payload, &op->in.scroll.with_vectors);
}

static void put_facet(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, " " VG_FMT " limit=%u%s", VG_ARG(op->in.facet.key), op->in.facet.limit,
                  op->in.facet.exact ? " exact" : "");
    put_filter(to, op->in.facet.filter);
}

static void put_count(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, "%s", op->in.count.exact ? " exact" : "");
    put_filter(to, op->in.count.filter);
}

static void put_index_op(vg_buf *to, const vg_op *op)
{
    assert_true(op->in.index.wait);
    put_index(to, &op->in.index.index);
}

static void put_aliases(vg_buf *to, const vg_op *op)
{
    static const char *const kinds[] = {"create", "delete", "rename"};

    for (uint32_t i = 0; i < op->in.aliases.count; i++) {
        const vg_alias_action *action = &op->in.aliases.at[i];

        vg_buf_printf(to, " | %s " VG_FMT " " VG_FMT VG_FMT, kinds[action->kind],
                      VG_ARG(action->name), VG_ARG(action->collection), VG_ARG(action->to));
    }
}

static void put_part(vg_buf *to, const char *name, vg_slice value)
{
    if (value.len > 0)
        vg_buf_printf(to, " %s=" VG_FMT, name, VG_ARG(value));
}

static void put_jobs(vg_buf *to, const vg_op *op)
{
    put_part(to, "id", op->in.jobs.id);
    put_part(to, "kind", op->in.jobs.kind);
    put_part(to, "state", op->in.jobs.state);
    put_part(to, "collection", op->in.jobs.collection);
    put_part(to, "after", op->in.jobs.after);
    if (op->in.jobs.limit > 0)
        vg_buf_printf(to, " limit=%u", op->in.jobs.limit);
}

static void put_erase(vg_buf *to, const vg_op *op)
{
    put_part(to, "tenant", op->in.erase.tenant);
}

static void (*const putters[VG_OP_KINDS])(vg_buf *to, const vg_op *op) = {
    [VG_OP_GET] = put_get,
    [VG_OP_SCROLL] = put_scroll,
    [VG_OP_SEARCH] = put_search,
    [VG_OP_QUERY] = put_query,
    [VG_OP_GROUPS] = put_groups,
    [VG_OP_MATRIX] = put_matrix,
    [VG_OP_COUNT] = put_count,
    [VG_OP_FACET] = put_facet,
    [VG_OP_CREATE_COLLECTION] = put_create,
    [VG_OP_CREATE_INDEX] = put_index_op,
    [VG_OP_DROP_INDEX] = put_index_op,
    [VG_OP_CHANGE_ALIASES] = put_aliases,
    [VG_OP_LIST_JOBS] = put_jobs,
    [VG_OP_GET_JOB] = put_jobs,
    [VG_OP_CANCEL_JOB] = put_jobs,
    [VG_OP_ERASE_TENANT] = put_erase,
};

static void put_input(vg_buf *to, const vg_op *op)
{
    if (vg_op_is_update(op->kind))
        put_updates(to, op);
    else if (putters[op->kind])
        putters[op->kind](to, op);
}

static void put_op(vg_buf *to, const vg_op *op)
{
    vg_buf_printf(to, "%s", vg_op_describe(op->kind)->name);
    if (op->name.len > 0)
        vg_buf_printf(to, " " VG_FMT, VG_ARG(op->name));
    put_input(to, op);
    if (op->deadline_ns != deadline_ns)
        vg_buf_printf(to, " within=%" PRIu64 "ms", (op->deadline_ns - began_ns) / 1000000);
}

/* ---- a request ---- */

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

static const vg_front_row *find_row(vg_arena *arena, vg_slice method, vg_slice path,
                                    vg_slice *params)
{
    vg_router *router =
        vg_router_new(vg_front_native.rows, sizeof(vg_front_row), vg_front_native.count);
    vg_match match = vg_router_find(router, method, path);

    for (int i = 0; match.row && i < VG_ROUTE_PARAMS && match.params[i].at; i++)
        assert_true(vg_path_segment(arena, match.params[i], &params[i]));
    vg_router_free(router);
    return match.row;
}

static void put_problem(vg_buf *to, vg_arena *arena, const vg_status *status)
{
    vg_front_out out = {.body = to};

    vg_front_native.write_error(arena, status, &out);
    assert_int_equal(out.status, vg_code_describe(status->code)->native_http);
    assert_true(vg_slice_is_str(out.content_type, "application/problem+json"));
}

struct asked {
    vg_arena *arena; /* of the request and its bytes */
    vg_request request;
    vg_front_in in;
    const vg_front_row *row;
};

static void ask(struct asked *asked, const char *method, const char *target, vg_slice body)
{
    vg_slice whole = vg_slice_str(target);

    *asked = (struct asked){.arena = vg_arena_new(ARENA_BYTES)};
    asked->request.path = vg_slice_of(target, vg_slice_find(whole, '?'));
    asked->request.query = vg_slice_skip(whole, asked->request.path.len + 1);
    asked->request.began_ns = began_ns;
    asked->in.request = &asked->request;
    if (body.at)
        asked->request.body = padded(asked->arena, body);
    asked->row =
        find_row(asked->arena, vg_slice_str(method), asked->request.path, asked->in.params);
    assert_non_null(asked->row);
    assert_non_null(asked->row->read);
}

/* As the front does it, in the memory of one request. */
static bool read_it(struct asked *asked, vg_arena *arena, vg_op *op, vg_status *status)
{
    bool has_name = strstr(asked->row->route.path, "/{collection") != NULL;

    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = asked->row->kind,
                  .arena = arena,
                  .deadline_ns = deadline_ns,
                  .name = has_name ? asked->in.params[0] : (vg_slice){0}};
    if (asked->request.body.at)
        asked->in.body = vg_json_read(arena, asked->request.body, VG_JSON_DEPTH, status);
    if (status->code == VG_OK && asked->row->read(&asked->in, op, status)) {
        assert_int_equal(status->code, VG_OK);
        return true;
    }
    assert_int_not_equal(status->code, VG_OK);
    return false;
}

const char *native_line(const char *method, const char *target, vg_slice body)
{
    static char text[8192];
    struct asked asked;
    vg_status status = {0};
    vg_op op;
    vg_buf buf;

    ask(&asked, method, target, body);
    vg_buf_init(&buf, 0);
    if (read_it(&asked, asked.arena, &op, &status))
        put_op(&buf, &op);
    else
        put_problem(&buf, asked.arena, &status);
    assert_true(buf.len < sizeof text);
    snprintf(text, sizeof text, VG_FMT, VG_ARG(vg_buf_bytes(&buf)));
    vg_buf_fini(&buf);
    vg_arena_free(asked.arena);
    return text;
}

size_t native_squeeze(const char *method, const char *target, vg_slice body)
{
    size_t least = 0;
    struct asked asked;

    ask(&asked, method, target, body);
    for (size_t bytes = 4096; bytes > 0; bytes -= 16) {
        vg_arena *arena = vg_arena_new(bytes);
        vg_status status = {0};
        vg_op op;

        if (read_it(&asked, arena, &op, &status)) {
            assert_false(vg_arena_is_spent(arena)); /* what it has is not half */
            least = bytes;
        }
        vg_arena_free(arena);
    }
    vg_arena_free(asked.arena);
    return least;
}

void native_check(const struct native_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = native_line(rows[i].method, rows[i].target, vg_slice_str(rows[i].body));

        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s:\n got %s\nwant %s", rows[i].says, got, rows[i].want);
    }
}
