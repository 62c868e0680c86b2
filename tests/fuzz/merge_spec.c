/* What a collection is and a change of it, each a line of JSON; the rest is a table of aliases.
 * What is read is written and read again as the same; what is merged can be kept, unless it is
 * nested deeper than the row takes. */
#include "base/check.h"
#include "base/spec.h"
#include "catalog/alias.h"
#include "catalog/catalog.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 32 << 20 };

static bool is_told(const vg_status *status)
{
    return status->code == VG_INTERNAL || status->code == VG_OVERLOADED ||
           status->code == VG_INVALID || status->code == VG_UNSUPPORTED ||
           status->code == VG_TOO_LARGE;
}

static void keep(vg_arena *arena, const vg_collection_spec *spec)
{
    vg_slice text = vg_spec_write(arena, spec);
    vg_collection_spec again;
    vg_status status = {0};

    if (!vg_spec_read(arena, text, &again, &status))
        VG_CHECK(is_told(&status));
    else
        VG_CHECK(vg_slice_is(vg_spec_write(arena, &again), text));
}

static void read_aliases(vg_arena *arena, vg_slice text)
{
    vg_alias_list list, again;
    vg_status status = {0};
    vg_slice once;

    if (!vg_alias_read(arena, text, &list, &status)) {
        VG_CHECK(is_told(&status));
        return;
    }
    once = vg_alias_write(arena, &list, &status);
    if (once.len == 0)
        return;
    VG_CHECK(vg_alias_read(arena, once, &again, &status) || status.code == VG_OVERLOADED);
    VG_CHECK(again.count == list.count || status.code == VG_OVERLOADED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_slice text = vg_slice_of((const char *)data, size);
    size_t line = vg_slice_find(text, '\n');
    vg_slice rest = vg_slice_skip(text, line + 1);
    size_t second = vg_slice_find(rest, '\n');
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_collection_spec spec, changed;
    vg_status status = {0};

    if (!vg_spec_read(arena, vg_slice_of(text.at, line), &spec, &status)) {
        VG_CHECK(is_told(&status));
    } else {
        keep(arena, &spec);
        if (vg_spec_merge(arena, &spec, vg_slice_of(rest.at, second), &changed, &status))
            keep(arena, &changed);
        else
            VG_CHECK(is_told(&status));
    }
    read_aliases(arena, vg_slice_skip(rest, second + 1));
    vg_arena_free(arena);
    return 0;
}
