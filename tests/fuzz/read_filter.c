/* Filters of a body, in both APIs' ways: the first byte says whether unknown names are refused
 * ('1') or passed over ('0'). What is read can be written in Qdrant's words, and reads back as the
 * same tree. */
#include "front/read_filter.h"

#include "vecgate/payload_path.h"

#include "adapters/vector/qdrant/qdrant.h"
#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/say_filter.h"

enum { ARENA_BYTES = 16 << 20 };

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    VG_CHECK(at);
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (v->kind == VG_JSON_NUMBER && vg_slice_u64(v->raw, &out->num))
        return true;
    if (v->kind != VG_JSON_STRING || v->text.len == 0)
        return vg_json_mismatch(arena, v, "an id", status);
    if (!vg_point_id_read_uuid(v->text, out))
        *out = (vg_point_id){.kind = VG_ID_TEXT, .text = v->text};
    return true;
}

static const vg_filter *read(vg_arena *arena, vg_slice text, bool strict, vg_status *status)
{
    const vg_filter_reader r = {arena, status, read_id, strict};
    const vg_json *json = vg_json_read(arena, padded(arena, text), VG_JSON_DEPTH, status);
    const vg_filter *filter = NULL;

    if (json && vg_filter_read(&r, json, &filter)) {
        VG_CHECK(status->code == VG_OK);
        VG_CHECK(!filter == (json->kind == VG_JSON_NULL));
        return filter;
    }
    VG_CHECK(status->code == VG_FORMAT || status->code == VG_RANGE ||
             status->code == VG_UNSUPPORTED || status->code == VG_TOO_LARGE);
    VG_CHECK(status->what.len > 0);
    return NULL;
}

static uint32_t check_filter(const vg_filter *filter);

static uint32_t check_clause(const vg_clause *clause)
{
    uint32_t count = clause->count;

    for (uint32_t i = 0; i < clause->count; i++) {
        const vg_condition *c = &clause->at[i];

        VG_CHECK((unsigned)c->test < VG_TESTS);
        VG_CHECK(c->key.len == 0 || vg_path_is(c->key));
        if (c->test == VG_TEST_NESTED_FILTER || c->test == VG_TEST_NESTED_OBJECT)
            count += check_filter(c->as.filter);
    }
    return count;
}

/* How many conditions it has. */
static uint32_t check_filter(const vg_filter *filter)
{
    return check_clause(&filter->must) + check_clause(&filter->should) +
           check_clause(&filter->must_not) + check_clause(&filter->min_should);
}

/* Written from the tree, not handed on as it came. */
static void check_again(vg_arena *arena, const vg_filter *filter)
{
    vg_filter bare = *filter;
    vg_status status = {0};
    vg_buf text, before, after;
    vg_json_out out = {.buf = &text};

    bare.raw = (vg_slice){0};
    vg_buf_init(&text, 0);
    vg_buf_init(&before, 0);
    vg_buf_init(&after, 0);
    say_filter(&before, arena, filter);
    if (vg_qdrant_write_filter(&out, &bare)) {
        filter = read(arena, vg_buf_bytes(&text), true, &status);
        VG_CHECK(filter || status.code == VG_TOO_LARGE);
        say_filter(&after, arena, filter);
        VG_CHECK(!filter || vg_slice_is(vg_buf_bytes(&before), vg_buf_bytes(&after)));
    }
    vg_buf_fini(&text);
    vg_buf_fini(&before);
    vg_buf_fini(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    const vg_filter *filter;

    VG_CHECK(arena);
    if (size > 0 && size < ARENA_BYTES / 64) {
        vg_slice text = vg_slice_of((const char *)data + 1, size - 1);

        filter = read(arena, text, data[0] == '1', &status);
        if (filter) {
            VG_CHECK(check_filter(filter) <= VG_FILTER_CONDITIONS);
            check_again(arena, filter);
        }
    }
    vg_arena_free(arena);
    return 0;
}
