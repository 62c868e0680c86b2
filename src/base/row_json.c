/* See row_json.h. */
#include "base/row_json.h"

#include "base/buf.h"

/* "[]," is a node. */
enum { NODES_BASE = 64 * 1024, NODES_PER_BYTE = sizeof(vg_json) };

bool vg_row_json_damaged(vg_status *status, const char *what)
{
    vg_status_set(status, VG_INTERNAL, vg_slice_str(what), VG_LIT("catalog"));
    return false;
}

bool vg_row_json_no_memory(vg_status *status)
{
    vg_status_set(status, VG_OVERLOADED,
                  VG_LIT("no memory is left for the catalog, try again soon"), (vg_slice){0});
    return false;
}

vg_arena *vg_row_json_nodes(vg_slice text, vg_status *status)
{
    vg_arena *nodes = vg_arena_new(NODES_BASE + text.len * NODES_PER_BYTE);

    if (!nodes)
        vg_row_json_no_memory(status);
    return nodes;
}

const vg_json *vg_row_json_read(vg_arena *nodes, vg_slice text, vg_status *status)
{
    char *padded = vg_arena_take_zero(nodes, text.len + VG_JSON_PAD, 1);
    vg_status story = {0};
    const vg_json *document = NULL;

    if (padded) {
        if (text.len > 0)
            memcpy(padded, text.at, text.len);
        document = vg_json_read(nodes, vg_slice_of(padded, text.len), VG_JSON_DEPTH, &story);
    }
    if (!document && story.code != VG_FORMAT)
        vg_row_json_no_memory(status);
    return document;
}

vg_slice vg_row_json_copy(vg_arena *arena, const vg_json *v)
{
    return v ? vg_arena_copy(arena, v->raw) : (vg_slice){0};
}

vg_slice vg_row_json_take(vg_arena *arena, const vg_buf *buf, vg_status *status)
{
    vg_slice text = vg_buf_is_spent(buf) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(buf));

    if (text.len == 0)
        vg_row_json_no_memory(status);
    return text;
}
