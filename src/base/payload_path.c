/* See vecgate/payload_path.h. One pass, no nesting: a path is a row of steps, each told by its
 * first byte. */
#include "vecgate/payload_path.h"

/* Bytes from 0x80 on belong to letters of other scripts: the text is UTF-8 already. */
static bool is_bare(char c)
{
    unsigned char byte = (unsigned char)c;

    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-' || byte >= 0x80;
}

static bool read_key(vg_slice *left, vg_path_step *step)
{
    size_t len = 0;

    step->kind = VG_PATH_KEY;
    if (left->len > 0 && left->at[0] == '"') {
        *left = vg_slice_skip(*left, 1);
        len = vg_slice_find(*left, '"');
        step->key = vg_slice_of(left->at, len);
        if (len == left->len)
            return false;
        *left = vg_slice_skip(*left, len + 1);
        return true;
    }
    while (len < left->len && is_bare(left->at[len]))
        len++;
    step->key = vg_slice_of(left->at, len);
    *left = vg_slice_skip(*left, len);
    return len > 0;
}

static bool read_brackets(vg_slice *left, vg_path_step *step)
{
    size_t len = vg_slice_find(*left, ']');

    if (len == left->len)
        return false;
    step->kind = len == 0 ? VG_PATH_ALL : VG_PATH_INDEX;
    if (len > 0 && !vg_slice_u64(vg_slice_of(left->at, len), &step->index))
        return false;
    *left = vg_slice_skip(*left, len + 1);
    return true;
}

static bool read_step(vg_slice *left, vg_path_step *step)
{
    char first = left->at[0];

    *left = vg_slice_skip(*left, 1);
    if (first == '.')
        return read_key(left, step);
    return first == '[' && read_brackets(left, step);
}

vg_path_end vg_path_read(vg_arena *arena, vg_slice text, vg_path *out)
{
    size_t most = 1; /* each step but the first begins with one of these bytes */
    vg_path_step *steps;

    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == '.' || text.at[i] == '[';
    steps = VG_TAKE_N(arena, vg_path_step, most);
    if (!steps)
        return VG_PATH_NO_MEMORY;
    *out = (vg_path){.steps = steps};
    if (!read_key(&text, &steps[out->count++]))
        return VG_PATH_WRONG;
    while (text.len > 0)
        if (!read_step(&text, &steps[out->count++]))
            return VG_PATH_WRONG;
    return VG_PATH_OK;
}

bool vg_path_is(vg_slice text)
{
    vg_path_step step;

    if (!read_key(&text, &step))
        return false;
    while (text.len > 0)
        if (!read_step(&text, &step))
            return false;
    return true;
}
