/* Payload selectors and payloads as they come: the first line is a list of paths between semicolons
 * (`!` before it: exclude), the rest is the payload. What is kept is JSON, and cutting it again
 * changes nothing. */
#include "filter/project.h"

#include "vecgate/json.h"

#include "base/check.h"
#include "tests/support/fuzz.h"

enum { MOST_PATHS = 16, ARENA_BYTES = 8 << 20 };

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    if (at && text.len > 0)
        memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

static void split(vg_slice line, vg_slice *paths, vg_payload_selector *selector)
{
    *selector = (vg_payload_selector){.want = VG_PAYLOAD_INCLUDE, .paths = paths};
    if (vg_slice_starts(line, VG_LIT("!"))) {
        selector->want = VG_PAYLOAD_EXCLUDE;
        line = vg_slice_skip(line, 1);
    }
    while (line.len > 0 && selector->path_count < MOST_PATHS) {
        size_t len = vg_slice_find(line, ';');

        paths[selector->path_count++] = vg_slice_of(line.at, len);
        line = vg_slice_skip(line, len + 1);
    }
}

static void cut(vg_arena *arena, const vg_projection *projection, vg_slice text)
{
    vg_status status = {0};
    vg_slice once = vg_project(arena, projection, padded(arena, text), &status), twice;

    VG_CHECK((once.at == NULL) == (status.code != VG_OK));
    if (!once.at)
        return;
    twice = vg_project(arena, projection, padded(arena, once), &status);
    VG_CHECK(!twice.at || vg_slice_is(once, twice));
    VG_CHECK(twice.at || status.code == VG_TOO_LARGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_slice text = vg_slice_of((const char *)data, size), paths[MOST_PATHS];
    size_t line = vg_slice_find(text, '\n');
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_payload_selector selector;
    vg_projection projection;
    vg_status status = {0};

    split(vg_slice_of(text.at, line), paths, &selector);
    if (vg_project_read(arena, &selector, &projection, &status))
        cut(arena, &projection, vg_slice_skip(text, line + 1));
    else
        VG_CHECK(status.code == VG_INVALID || status.code == VG_TOO_LARGE);
    vg_arena_free(arena);
    return 0;
}
