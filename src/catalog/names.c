/* Names of collections: which are allowed. The characters that Qdrant refuses are refused on every
 * backend, so that a collection can move between them. */
#include "catalog/catalog.h"

enum { NAME_CHARS = 255, NAME_BYTES = 4 * NAME_CHARS };

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

/* Four bytes a character at most; what has more is no UTF-8. */
static bool has_length(vg_slice name)
{
    size_t chars = count_chars(name);

    return chars >= 1 && chars <= NAME_CHARS && name.len <= NAME_BYTES;
}

static bool is_dots(vg_slice name)
{
    return vg_slice_is(name, VG_LIT(".")) || vg_slice_is(name, VG_LIT(".."));
}

bool vg_collection_name_can_be(vg_slice name)
{
    return has_length(name) && !is_dots(name) && vg_slice_find(name, '/') == name.len &&
           vg_slice_find(name, '\0') == name.len;
}

static bool refuse_char(vg_arena *arena, char c, vg_status *status)
{
    if (c >= ' ')
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "collection name cannot contain \"%c\" char", c);
    else
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "collection name cannot contain \"\\u{%x}\" char", (unsigned)c);
    return false;
}

bool vg_collection_name_check(vg_arena *arena, vg_slice name, vg_status *status)
{
    vg_slice shown = {name.at, name.len < NAME_CHARS ? name.len : NAME_CHARS};

    if (!has_length(name)) {
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "value \"" VG_FMT "%s\" invalid, must be from 1 to %d characters",
                       VG_ARG(shown), shown.len < name.len ? "…" : "", NAME_CHARS);
        return false;
    }
    if (is_dots(name)) {
        vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                       "collection name cannot be \"" VG_FMT "\"", VG_ARG(name));
        return false;
    }
    for (size_t i = 0; i < name.len; i++)
        if (is_forbidden(name.at[i]))
            return refuse_char(arena, name.at[i], status);
    return true;
}
