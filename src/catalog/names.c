/* Names of collections: which are allowed. The characters that Qdrant refuses are refused on every
 * backend, so that a collection can move between them. */
#include "catalog/catalog.h"

enum { NAME_CHARS = 255 };

static bool is_forbidden(char c)
{
    return c == '\0' || c == 0x1F || strchr("<>:\"/\\|?*", c) != NULL;
}

/* Characters, not bytes: continuation bytes of UTF-8 do not count. */
static size_t count_chars(vg_slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (text.at[i] & 0xC0) != 0x80;
    return n;
}

bool vg_collection_name_check(vg_arena *arena, vg_slice name, vg_status *status)
{
    size_t chars = count_chars(name);

    if (chars < 1 || chars > NAME_CHARS) {
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "value \"" VG_FMT "\" invalid, must be from 1 to %d characters",
                       (int)(name.len < 300 ? name.len : 300), name.at, NAME_CHARS);
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!is_forbidden(name.at[i]))
            continue;
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "collection name cannot contain \"%c\" char",
                       name.at[i] >= ' ' ? name.at[i] : '?');
        return false;
    }
    return true;
}
