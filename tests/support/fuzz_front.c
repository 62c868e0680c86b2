/* See fuzz_front.h. */
#include "tests/support/fuzz_front.h"

#include "base/check.h"
#include "tests/support/fuzz_vector.h"

enum { ARENA_BYTES = 16 << 20 };

static const vg_front_row *find_row(const fuzz_route *route)
{
    for (size_t i = 0; i < vg_front_qdrant.count; i++) {
        const vg_front_row *row = &vg_front_qdrant.rows[i];

        if (strcmp(row->route.method, route->method) == 0 &&
            strcmp(row->route.path, route->path) == 0)
            return row;
    }
    VG_CHECK(!"a route of the table");
    return NULL;
}

/* The bytes, and behind them what a reader may touch but must not heed. */
static vg_slice pad(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take(arena, text.len + VG_JSON_PAD);

    VG_CHECK(at);
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    memset(at + text.len, '7', VG_JSON_PAD);
    return vg_slice_of(at, text.len);
}

static void check_refusal(vg_arena *arena, const vg_status *status)
{
    vg_buf body;
    vg_front_out out = {.body = &body};
    vg_status fault = {0};

    VG_CHECK(status->code != VG_OK);
    vg_buf_init(&body, 0);
    vg_front_qdrant.write_error(arena, status, &out);
    VG_CHECK(out.status == 400 || out.status == 422 || out.status == 500);
    VG_CHECK(vg_json_read(arena, pad(arena, vg_buf_bytes(&body)), VG_JSON_DEPTH, &fault));
    vg_buf_fini(&body);
}

void fuzz_front(const uint8_t *data, size_t size, const fuzz_route *routes, size_t count,
                void (*check)(const vg_op *op, vg_slice body))
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_request request = {.began_ns = 1};
    vg_front_in in = {.request = &request, .params = {VG_LIT("c")}};
    const vg_front_row *row;
    vg_status status = {0};
    vg_op op = {.arena = arena, .name = VG_LIT("c"), .deadline_ns = UINT64_MAX};

    VG_CHECK(arena);
    if (size > 0 && data[0] >= '0' && data[0] - '0' < (int)count) {
        row = find_row(&routes[data[0] - '0']);
        op.kind = row->kind;
        request.body = pad(arena, vg_slice_of((const char *)data + 1, size - 1));
        in.body = vg_json_read(arena, request.body, VG_JSON_DEPTH, &status);
        if (in.body && row->read(&in, &op, &status))
            check(&op, request.body);
        else
            check_refusal(arena, &status);
    }
    vg_arena_free(arena);
}

void fuzz_check_id(const vg_point_id *id, bool may_be_text)
{
    VG_CHECK(id->kind == VG_ID_NUM || id->kind == VG_ID_UUID ||
             (may_be_text && id->kind == VG_ID_TEXT && id->text.len > 0 &&
              id->text.len <= VG_ID_TEXT_MAX));
}

static void check_within(vg_slice part, vg_slice whole)
{
    VG_CHECK(part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

void fuzz_check_vector_of(const vg_vector *vector, vg_slice body)
{
    fuzz_check_vector(vector);
    if (vector->form == VG_VECTOR_JSON)
        check_within(vector->bytes, body);
}

void fuzz_check_selectors(const vg_payload_selector *payload, const vg_vector_selector *vectors)
{
    for (uint32_t i = 0; i < payload->path_count; i++)
        VG_CHECK(payload->paths[i].len > 0);
    VG_CHECK(payload->want >= VG_PAYLOAD_INCLUDE || payload->path_count == 0);
    VG_CHECK(vectors->want == VG_VECTORS_NAMED || vectors->name_count == 0);
}

void fuzz_check_json(vg_arena *arena, vg_slice text)
{
    vg_status status = {0};

    VG_CHECK(vg_json_read(arena, pad(arena, text), VG_JSON_DEPTH, &status) ||
             vg_arena_is_spent(arena));
}

void fuzz_check_object(vg_slice raw, vg_slice body)
{
    if (raw.len == 0)
        return;
    check_within(raw, body);
    VG_CHECK(raw.at[0] == '{' && raw.at[raw.len - 1] == '}');
}
