/* Any reply to any of the Qdrant adapter's exchanges: the first byte chooses the operation, the
 * second the status, the rest is the body. Whatever comes, the step ends, and what it found can be
 * read after the reply is gone. */
#include <stdlib.h>

#include "base/check.h"
#include "tests/support/case_op.h"
#include "tests/support/case_result.h"
#include "tests/support/fuzz.h"

extern const vg_adapter vg_qdrant;

/* What comes back there is looked at once more: whose it is, and what it says of names. */
#define SHARED "\"collection\":\"c\",\"physical\":\"vg~shared.1\",\"tenant\":\"t\",\"shared\":true,"

static const char *const ops[] = {
    "{\"do\":\"health_check\"}",
    "{\"do\":\"create_collection\",\"collection\":\"c\"}",
    "{\"do\":\"drop_collection\",\"collection\":\"c\"}",
    "{\"do\":\"describe\",\"collection\":\"c\"}",
    "{\"do\":\"list_collections\"}",
    "{\"do\":\"upsert\",\"collection\":\"c\",\"points\":[{\"id\":1,\"vector\":[1]}]}",
    "{\"do\":\"get\",\"collection\":\"c\",\"ids\":[1],\"with_payload\":true,\"with_vector\":true}",
    "{\"do\":\"delete\",\"collection\":\"c\",\"ids\":[1]}",
    "{\"do\":\"search\",\"collection\":\"c\",\"searches\":[{\"vector\":[1]}]}",
    "{\"do\":\"search\",\"collection\":\"c\",\"searches\":[{\"id\":1},{\"vector\":[1]}]}",
    "{\"do\":\"scroll\",\"collection\":\"c\",\"with_payload\":true,\"with_vector\":true}",
    "{\"do\":\"count\",\"collection\":\"c\"}",
    "{\"do\":\"create_collection\",\"collection\":\"c\",\"indexes\":[{\"key\":\"a\",\"kind\":"
    "\"text\"}]}",
    "{\"do\":\"update_collection\",\"collection\":\"c\",\"raw\":{}}",
    "{\"do\":\"create_index\",\"collection\":\"c\",\"key\":\"a\",\"kind\":\"geo\"}",
    "{\"do\":\"set_payload\",\"collection\":\"c\",\"ids\":[1],\"payload\":{}}",
    "{\"do\":\"batch\",\"collection\":\"c\",\"operations\":[{\"do\":\"delete\",\"ids\":[1]},{"
    "\"do\":"
    "\"clear_payload\",\"ids\":[1]}]}",
    "{\"do\":\"scroll\",\"collection\":\"c\",\"order_by\":{\"key\":\"a\"}}",
    "{\"do\":\"facet\",\"collection\":\"c\",\"key\":\"a\"}",
    "{\"do\":\"query\",\"collection\":\"c\",\"queries\":[{\"kind\":\"sample\"},{\"kind\":"
    "\"rrf\"}]}",
    "{\"do\":\"query_groups\",\"collection\":\"c\",\"query\":{\"with_payload\":true},\"by\":"
    "\"a\"}",
    "{\"do\":\"search_matrix\",\"collection\":\"c\"}",
    "{\"do\":\"scroll\",\"collection\":\"c\",\"is_random\":true}",
    "{\"do\":\"create_collection\"," SHARED "\"indexes\":[{\"key\":\"a\",\"kind\":\"text\"}]}",
    "{\"do\":\"drop_collection\"," SHARED "\"wait\":true}",
    "{\"do\":\"describe\"," SHARED "\"settings\":{\"metadata\":{}}}",
    "{\"do\":\"get\"," SHARED "\"ids\":[1],\"with_payload\":true,\"with_vector\":true}",
    "{\"do\":\"search\"," SHARED "\"searches\":[{\"id\":1},{\"vector\":[1]}]}",
    "{\"do\":\"scroll\"," SHARED "\"limit\":1,\"with_payload\":[\"a\"]}",
    "{\"do\":\"query_groups\"," SHARED "\"query\":{\"with_payload\":true},\"by\":\"a\"}",
    "{\"do\":\"search_matrix\"," SHARED "\"limit\":2}",
    "{\"do\":\"set_payload\"," SHARED "\"ids\":[1],\"payload\":{}}",
    "{\"do\":\"drop_tenant\",\"tenant\":\"t\"}",
};
enum { MOST_EXCHANGES = 8 };

static const int statuses[] = {200, 200, 200, 200, 202, 400, 401, 403,
                               404, 409, 422, 429, 500, 503, 507, 301};

static vg_op *read_op(vg_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *padded = vg_arena_take_zero(arena, len + VG_JSON_PAD, 1);

    memcpy(padded, text, len);
    return case_op_read(arena, vg_slice_of(padded, len));
}

static vg_next answer(const vg_backend *backend, const vg_op *op, vg_try *t, int status,
                      vg_slice body)
{
    char *copy = calloc(1, body.len + VG_JSON_PAD);
    vg_reply reply = {.via = VG_VIA_HTTP,
                      .http = {.status = status, .body = vg_slice_of(copy, body.len)}};
    vg_exchange out = {0};
    vg_next next;

    if (body.len > 0)
        memcpy(copy, body.at, body.len);
    next = vg_qdrant.ops[op->kind](backend, op, t, &reply, &out);
    free(copy);
    return next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vg_backend backend = {.adapter = &vg_qdrant};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_try t = {.scratch = vg_arena_new(1 << 22)};
    vg_exchange out = {0};
    vg_next next;
    vg_op *op;
    vg_buf told;

    if (size >= 2) {
        op = read_op(arena, ops[data[0] % (sizeof ops / sizeof ops[0])]);
        next = vg_qdrant.ops[op->kind](&backend, op, &t, NULL, &out);
        for (int i = 0; next == VG_SEND && i < MOST_EXCHANGES; i++)
            next = answer(&backend, op, &t, statuses[data[1] % 16],
                          vg_slice_of((const char *)data + 2, size - 2));
        VG_CHECK(next == VG_DONE ||
                 ((next == VG_FAIL || next == VG_AGAIN) && t.status.code != VG_OK));
        VG_CHECK(vg_status_what(&t.status).len <= 1024);
        vg_buf_init(&told, 0);
        case_result_write(&told, op->kind, &t, next == VG_DONE);
        vg_buf_fini(&told);
    }
    vg_arena_free(t.scratch);
    vg_arena_free(arena);
    return 0;
}
