/* Declarations of payload indexes; the first byte says whether unknown options are refused ('1') or
 * passed over ('0'). The params that are kept declare the same index. */
#include "front/read_index.h"

#include "base/check.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 16 << 20 };

static bool read(vg_arena *arena, vg_slice text, bool strict, vg_index *out)
{
    vg_status status = {0};
    const vg_index_reader r = {arena, &status, strict};
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);
    const vg_json *json;

    VG_CHECK(at);
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    json = vg_json_read(arena, vg_slice_of(at, text.len), VG_JSON_DEPTH, &status);
    if (json && vg_index_read(&r, json, out))
        return true;
    VG_CHECK(status.code == VG_FORMAT || status.code == VG_RANGE || status.code == VG_UNSUPPORTED ||
             status.code == VG_TOO_LARGE);
    return false;
}

static void check_same(const vg_index *a, const vg_index *b)
{
    VG_CHECK(a->kind == b->kind && a->no_lookup == b->no_lookup && a->no_range == b->no_range);
    VG_CHECK(a->text.tokenizer == b->text.tokenizer && a->text.keeps_case == b->text.keeps_case &&
             a->text.has_phrases == b->text.has_phrases &&
             a->text.min_token_len == b->text.min_token_len &&
             a->text.max_token_len == b->text.max_token_len);
    VG_CHECK(vg_slice_is(a->params, b->params));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_index index = {0}, again = {0};

    VG_CHECK(arena);
    if (size > 0 && size < ARENA_BYTES / 64 &&
        read(arena, vg_slice_of((const char *)data + 1, size - 1), data[0] == '1', &index)) {
        VG_CHECK(index.kind > VG_INDEX_NONE && index.kind < VG_INDEX_KINDS);
        VG_CHECK(!index.no_lookup || !index.no_range);
        if (index.params.len > 0) {
            VG_CHECK(read(arena, index.params, true, &again));
            check_same(&index, &again);
        }
    }
    vg_arena_free(arena);
    return 0;
}
