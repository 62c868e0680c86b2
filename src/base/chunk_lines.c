/* See chunk_lines.h. */
#include "base/chunk_lines.h"

static bool goes_behind(char last, char c)
{
    if (last == '\r' || c == '\n')
        return last == '\r' && c == '\n';
    return last != '\n' || (c != ' ' && c != '\t');
}

bool vg_chunk_lines_go_on(char *last, vg_slice part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (!goes_behind(*last, part.at[i]))
            return false;
        *last = part.at[i];
    }
    return true;
}
