/* Payloads edited as they come. The first line is what is done: a path and `=` and a patch (no
 * path: the payload itself), or `-` and paths between semicolons; the rest is the payload. The
 * answer is JSON again, as deep as may be read; editing it again changes nothing; what is deleted
 * by a path of keys is gone, what is merged at one is there. */
#include "base/check.h"
#include "base/utf8.h"
#include "filter/edit.h"
#include "tests/support/fuzz.h"

enum { MOST_PATHS = 16, ARENA_BYTES = 8 << 20 };

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    if (at && text.len > 0)
        memcpy(at, text.at, text.len);
    return vg_slice_of(at, at ? text.len : 0);
}

/* The value at a path of keys alone; NULL: there is none, or it has other steps. */
static const vg_json *value_at(const vg_json *value, const vg_path *path)
{
    for (uint32_t i = 0; value && i < path->count; i++)
        value = path->steps[i].kind == VG_PATH_KEY ? vg_json_get(value, path->steps[i].key) : NULL;
    return value;
}

static bool has_keys_alone(const vg_path *path)
{
    for (uint32_t i = 0; i < path->count; i++)
        if (path->steps[i].kind != VG_PATH_KEY)
            return false;
    return true;
}

/* NULL: memory is gone. */
static const vg_json *read_again(vg_arena *arena, vg_slice text)
{
    const vg_json *document = vg_json_read(arena, padded(arena, text), VG_JSON_DEPTH, NULL);

    VG_CHECK(vg_arena_is_spent(arena) || (document && document->kind == VG_JSON_OBJECT));
    return vg_arena_is_spent(arena) ? NULL : document;
}

static bool is_told(vg_slice got, const vg_status *status)
{
    VG_CHECK((got.at == NULL) == (status->code != VG_OK));
    VG_CHECK(got.at || status->code == VG_INVALID || status->code == VG_TOO_LARGE ||
             status->code == VG_BACKEND_ERROR);
    return got.at != NULL;
}

/* ---- deleting ---- */

static void delete_keys(vg_arena *arena, vg_slice line, vg_slice payload)
{
    vg_slice texts[MOST_PATHS], once, twice;
    vg_status status = {0};
    vg_removal removal;
    uint32_t count = 0;
    const vg_json *document;

    while (line.len > 0 && count < MOST_PATHS) {
        texts[count] = vg_slice_of(line.at, vg_slice_find(line, ';'));
        line = vg_slice_skip(line, texts[count++].len + 1);
    }
    if (!vg_removal_read(arena, texts, count, &removal, &status))
        return;
    once = vg_edit_delete(arena, payload, &removal, &status);
    document = is_told(once, &status) ? read_again(arena, once) : NULL;
    for (uint32_t i = 0; document && i < count; i++)
        VG_CHECK(!value_at(document, &removal.paths[i]));
    twice = document ? vg_edit_delete(arena, once, &removal, &status) : once;
    VG_CHECK(!twice.at || vg_slice_is(once, twice));
}

/* ---- merging ---- */

static void check_merged(const vg_json *object, const vg_patch *patch)
{
    VG_CHECK(object && object->kind == VG_JSON_OBJECT);
    for (uint32_t i = 0; i < patch->count; i++) {
        const vg_json *wanted = patch->members[i].value;
        const vg_json *got = vg_json_get(object, patch->members[i].key);

        if (wanted->kind == VG_JSON_NULL)
            VG_CHECK(!got);
        else
            VG_CHECK(got && vg_slice_is(got->raw, wanted->raw));
    }
}

static vg_slice merge_once(vg_arena *arena, vg_slice payload, const vg_path *path,
                           const vg_patch *patch, vg_status *status)
{
    if (path->count == 0)
        return vg_edit_merge(arena, payload, patch, status);
    return vg_edit_merge_at(arena, payload, path, patch, status);
}

static void merge(vg_arena *arena, vg_slice line, vg_slice payload)
{
    size_t equals = vg_slice_find(line, '=');
    vg_path path = {0};
    vg_patch patch;
    vg_status status = {0};
    vg_slice once, twice;
    const vg_json *document;

    if (!vg_patch_read(arena, padded(arena, vg_slice_skip(line, equals + 1)), &patch, &status))
        return;
    line.len = equals;
    if (equals > 0 && !vg_edit_path(arena, line, VG_LIT("key"), &path, &status))
        return;
    once = merge_once(arena, payload, &path, &patch, &status);
    document = is_told(once, &status) ? read_again(arena, once) : NULL;
    if (!document)
        return;
    if (has_keys_alone(&path))
        check_merged(value_at(document, &path), &patch);
    twice = merge_once(arena, once, &path, &patch, &status);
    VG_CHECK(!twice.at || vg_slice_is(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_slice text = vg_slice_of((const char *)data, size), line, payload;
    vg_arena *arena = vg_arena_new(ARENA_BYTES);

    line = vg_slice_of(text.at, vg_slice_find(text, '\n'));
    payload = padded(arena, vg_slice_skip(text, line.len + 1));
    line.len = vg_utf8_check(line); /* paths come out of JSON */
    if (vg_slice_starts(line, VG_LIT("-")))
        delete_keys(arena, vg_slice_skip(line, 1), payload);
    else
        merge(arena, line, payload);
    vg_arena_free(arena);
    return 0;
}
