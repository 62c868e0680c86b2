/* See native_ask.h. */
#include "tests/unit/front/native/native_ask.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "vecgate/json.h"

enum { ARENA_BYTES = 1 << 20 };

static const uint64_t began_ns = 5000000000, deadline_ns = 65000000000;

/* ---- an operation as text ---- */

static void put_id(vg_buf *to, vg_arena *arena, const vg_point_id *id)
{
    static const char *const kinds[] = {"-", "", "uuid:", "text:"};

    vg_buf_printf(to, "%s" VG_FMT, kinds[id->kind],
                  VG_ARG(id->kind ? vg_point_id_text(arena, id) : VG_LIT("")));
}

static void put_wish(vg_buf *to, const vg_payload_selector *payload,
                     const vg_vector_selector *vectors)
{
    assert_true(payload->want == VG_PAYLOAD_ALL || payload->want == VG_PAYLOAD_NONE);
    assert_true(vg_slice_is_str(payload->raw, payload->want == VG_PAYLOAD_ALL ? "true" : "false"));
    vg_buf_printf(to, "%s%s", payload->want == VG_PAYLOAD_ALL ? " payload" : "",
                  vectors->want == VG_VECTORS_ALL ? " vector" : "");
}

static void put_vector(vg_buf *to, const vg_vector *vector)
{
    assert_int_equal(vector->form, VG_VECTOR_JSON);
    vg_buf_printf(to, VG_FMT "#%u", VG_ARG(vector->bytes), vector->count);
}

static void put_upsert(vg_buf *to, const vg_op *op)
{
    const vg_update *update = op->in.update.at;

    assert_true(op->in.update.wait);
    for (uint32_t i = 0; i < update->point_count; i++) {
        const vg_point *point = &update->points[i];

        vg_buf_put(to, VG_LIT(" "));
        put_id(to, op->arena, &point->id);
        assert_int_equal(point->vector_count, 1);
        put_vector(to, &point->vectors[0]);
        vg_buf_put(to, point->payload);
    }
}

static void put_ids(vg_buf *to, const vg_op *op)
{
    bool gets = op->kind == VG_OP_GET;
    const vg_point_id *ids = gets ? op->in.get.ids : op->in.update.at->ids;
    uint32_t count = gets ? op->in.get.count : op->in.update.at->id_count;

    for (uint32_t i = 0; i < count; i++) {
        vg_buf_put(to, VG_LIT(" "));
        put_id(to, op->arena, &ids[i]);
    }
    if (gets)
        put_wish(to, &op->in.get.with_payload, &op->in.get.with_vectors);
    else
        assert_true(op->in.update.wait);
}

static void put_search(vg_buf *to, const vg_op *op)
{
    const vg_search *query = op->in.search.queries;

    assert_int_equal(op->in.search.count, 1);
    vg_buf_put(to, VG_LIT(" "));
    if (query->by_id.kind != VG_ID_NONE)
        put_id(to, op->arena, &query->by_id);
    else
        put_vector(to, &query->vector);
    vg_buf_printf(to, " limit=%u offset=%u", query->limit, query->offset);
    if (query->has_threshold)
        vg_buf_printf(to, " threshold=%g", (double)query->threshold);
    if (query->exact)
        vg_buf_put(to, VG_LIT(" exact"));
    put_wish(to, &query->with_payload, &query->with_vectors);
}

static void put_create(vg_buf *to, const vg_op *op)
{
    const vg_collection_spec *spec = &op->in.create.spec;

    assert_int_equal(spec->vector_count, 1);
    assert_int_equal(spec->vectors[0].on_disk, -1);
    vg_buf_printf(to, " size=%u %s", spec->vectors[0].size,
                  vg_distance_name(spec->vectors[0].distance));
}

static void put_scroll(vg_buf *to, const vg_op *op)
{
    vg_buf_put(to, VG_LIT(" from="));
    put_id(to, op->arena, &op->in.scroll.from);
    vg_buf_printf(to, " limit=%u", op->in.scroll.limit);
    put_wish(to, &op->in.scroll.with_payload, &op->in.scroll.with_vectors);
}

static void put_input(vg_buf *to, const vg_op *op)
{
    switch (op->kind) {
    case VG_OP_UPSERT:
        put_upsert(to, op);
        break;
    case VG_OP_GET:
    case VG_OP_DELETE:
        put_ids(to, op);
        break;
    case VG_OP_SCROLL:
        put_scroll(to, op);
        break;
    case VG_OP_SEARCH:
        put_search(to, op);
        break;
    case VG_OP_COUNT:
        vg_buf_printf(to, "%s", op->in.count.exact ? " exact" : "");
        break;
    case VG_OP_CREATE_COLLECTION:
        put_create(to, op);
        break;
    default:
        break;
    }
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
    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = asked->row->kind,
                  .arena = arena,
                  .deadline_ns = deadline_ns,
                  .name = asked->in.params[0]};
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
