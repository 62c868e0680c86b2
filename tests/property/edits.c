/* Edits one payload a line, for test_edits.py. In: {"payload": {…}, "patch": {…}} to merge, with
 * "key": "a.b" at a path; {"payload": {…}, "keys": ["a.b", …]} to delete. Out: the payload as it is
 * then, or {"failed": "INVALID", "what": "…"}; always one line. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "filter/edit.h"

enum { ARENA_BYTES = 64 << 20 };

static vg_slice merge(vg_arena *arena, const vg_json *line, vg_status *status)
{
    vg_slice payload = vg_json_get(line, VG_LIT("payload"))->raw;
    const vg_json *key = vg_json_get(line, VG_LIT("key"));
    vg_patch patch;
    vg_path path;

    if (!vg_patch_read(arena, vg_json_get(line, VG_LIT("patch"))->raw, &patch, status))
        return (vg_slice){0};
    if (!key)
        return vg_edit_merge(arena, payload, &patch, status);
    if (!vg_edit_path(arena, key->text, VG_LIT("key"), &path, status))
        return (vg_slice){0};
    return vg_edit_merge_at(arena, payload, &path, &patch, status);
}

static vg_slice delete_keys(vg_arena *arena, const vg_json *line, vg_status *status)
{
    const vg_json *keys = vg_json_get(line, VG_LIT("keys"));
    vg_slice *texts = VG_TAKE_N(arena, vg_slice, (size_t)keys->count + 1);
    uint32_t count = 0;
    vg_removal removal;

    if (!texts)
        return (vg_slice){0};
    for (const vg_json *key = keys->first; key; key = key->next)
        texts[count++] = key->text;
    if (!vg_removal_read(arena, texts, count, &removal, status))
        return (vg_slice){0};
    return vg_edit_delete(arena, vg_json_get(line, VG_LIT("payload"))->raw, &removal, status);
}

static void tell(const vg_status *status)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("failed"));
    vg_json_put_text(&out, vg_slice_str(vg_code_describe(status->code)->name));
    vg_json_put_key(&out, VG_LIT("what"));
    vg_json_put_text(&out, vg_status_what(status));
    vg_json_close_object(&out);
    printf(VG_FMT "\n", VG_ARG(vg_buf_bytes(&buf)));
    vg_buf_fini(&buf);
}

/* False: the line is no case. */
static bool answer(char *text, size_t len)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_slice padded = vg_slice_of(vg_arena_take_zero(arena, 1, len + VG_JSON_PAD), len), got;
    const vg_json *line;
    vg_status status = {0};

    memcpy((char *)(uintptr_t)padded.at, text, len);
    line = vg_json_read(arena, padded, VG_JSON_DEPTH, &status);
    if (!line || !vg_json_get(line, VG_LIT("payload")))
        return false;
    if (vg_json_get(line, VG_LIT("patch")))
        got = merge(arena, line, &status);
    else
        got = delete_keys(arena, line, &status);
    if (got.at)
        printf(VG_FMT "\n", VG_ARG(got));
    else
        tell(&status);
    vg_arena_free(arena);
    return true;
}

int main(void)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_well = true;

    while (is_well && (len = getline(&text, &room, stdin)) > 0)
        is_well = answer(text, (size_t)len);
    free(text);
    if (!is_well)
        fputs("a line is no case\n", stderr);
    return is_well ? 0 : 1;
}
