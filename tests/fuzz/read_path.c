/* The target of a request: taken apart, normalised, its segments and its query decoded. What was
 * normalised stays as it is; what was decoded comes back when it is escaped and decoded again. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "net/path.h"
#include "net/router.h"
#include "tests/support/fuzz.h"

static void check_normal(vg_slice path)
{
    char *again = malloc(path.len + 1);
    size_t len = 0;

    VG_CHECK(path.len > 0 && path.at[0] == '/');
    VG_CHECK(memmem(path.at, path.len, "//", 2) == NULL);
    VG_CHECK(path.len == 1 || path.at[path.len - 1] != '/');
    VG_CHECK(again != NULL && vg_path_normalise(path, again, &len));
    VG_CHECK(vg_slice_is(path, vg_slice_of(again, len)));
    free(again);
}

static void check_segments(vg_arena *arena, vg_slice path)
{
    while (path.len > 0) {
        vg_slice raw = vg_slice_of(path.at + 1, vg_slice_find(vg_slice_skip(path, 1), '/'));
        vg_slice text, back;

        path = vg_slice_skip(path, raw.len + 1);
        if (!vg_path_segment(arena, raw, &text))
            continue;
        VG_CHECK(text.len <= raw.len && vg_slice_find(text, '\0') == text.len);
        VG_CHECK(vg_path_segment(arena, vg_path_escape(arena, text), &back));
        VG_CHECK(vg_slice_is(text, back));
    }
}

static void walk_query(vg_arena *arena, vg_slice query)
{
    vg_slice name, value;
    size_t before;
    bool bad;

    do
        before = query.len;
    while (vg_query_next(arena, &query, &name, &value, &bad) && query.len < before);
    VG_CHECK(bad || query.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(64 << 20);
    char *path = malloc(size + 1);
    vg_target target;
    size_t len;

    VG_CHECK(arena != NULL && path != NULL);
    if (vg_path_read_target(vg_slice_of((const char *)data, size), false, &target) == NULL) {
        walk_query(arena, target.query);
        if (vg_path_normalise(target.path, path, &len)) {
            check_normal(vg_slice_of(path, len));
            check_segments(arena, vg_slice_of(path, len));
        }
    }
    free(path);
    vg_arena_free(arena);
    return 0;
}
