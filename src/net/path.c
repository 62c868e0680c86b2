/* Paths and query strings: targets to paths, segments decoded, text escaped. */
#include "net/path.h"

#include "net/router.h"

/* --- targets --------------------------------------------------------------------------------- */

static bool has_scheme(vg_slice target, size_t *authority_at)
{
    if (vg_slice_is_nocase(vg_slice_of(target.at, target.len < 7 ? target.len : 7),
                           VG_LIT("http://")))
        *authority_at = 7;
    else if (vg_slice_is_nocase(vg_slice_of(target.at, target.len < 8 ? target.len : 8),
                                VG_LIT("https://")))
        *authority_at = 8;
    else
        return false;
    return true;
}

static size_t end_of_authority(vg_slice target)
{
    size_t at = 0;

    while (at < target.len && target.at[at] != '/' && target.at[at] != '?')
        at++;
    return at;
}

static const char *read_absolute(vg_slice *target, vg_target *out)
{
    size_t end = end_of_authority(*target);

    out->authority = vg_slice_of(target->at, end);
    *target = vg_slice_skip(*target, end);
    if (end == 0)
        return "the target names no host";
    if (vg_slice_find(out->authority, '@') != end)
        return "the target's host may not hold a user name";
    return NULL;
}

const char *vg_path_read_target(vg_slice target, bool may_be_asterisk, vg_target *out)
{
    size_t authority_at, mark;
    const char *wrong = NULL;

    *out = (vg_target){0};
    if (vg_slice_find(target, '#') != target.len)
        return "a fragment has no place in a request";
    if (vg_slice_is(target, VG_LIT("*"))) {
        out->path = target;
        return may_be_asterisk ? NULL : "the target * is for OPTIONS only";
    }
    if (has_scheme(target, &authority_at)) {
        target = vg_slice_skip(target, authority_at);
        wrong = read_absolute(&target, out);
    }
    mark = vg_slice_find(target, '?');
    out->path = vg_slice_of(target.at, mark);
    out->query = vg_slice_skip(target, mark + 1);
    if (wrong == NULL && out->path.len == 0 && out->authority.len > 0)
        out->path = VG_LIT("/");
    if (wrong == NULL && (out->path.len == 0 || out->path.at[0] != '/'))
        wrong = "the target must begin with '/', http:// or https://";
    return wrong;
}

/* --- normalising ----------------------------------------------------------------------------- */

/* "." or ".." where each point may be written %2e, as RFC 3986 6.2.2 makes them the same. */
static bool is_dots(vg_slice segment)
{
    int dots = 0;

    while (segment.len > 0) {
        if (segment.at[0] == '.')
            segment = vg_slice_skip(segment, 1);
        else if (segment.len >= 3 && vg_slice_is_nocase(vg_slice_of(segment.at, 3), VG_LIT("%2e")))
            segment = vg_slice_skip(segment, 3);
        else
            return false;
        dots++;
    }
    return dots == 1 || dots == 2;
}

bool vg_path_normalise(vg_slice path, char *out, size_t *len)
{
    size_t made = 0;

    while (path.len > 0) {
        size_t end = vg_slice_find(path, '/');

        if (is_dots(vg_slice_of(path.at, end)))
            return false;
        if (end > 0) {
            out[made++] = '/';
            memmove(out + made, path.at, end);
            made += end;
        }
        path = vg_slice_skip(path, end + 1);
    }
    if (made == 0)
        out[made++] = '/';
    *len = made;
    return true;
}

/* --- escapes --------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at the beginning of `at` stands for, or -1. */
static int read_escape(vg_slice at)
{
    int high = at.len >= 3 ? hex_digit(at.at[1]) : -1;
    int low = at.len >= 3 ? hex_digit(at.at[2]) : -1;

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* `out` has room for raw.len bytes. */
static bool decode(vg_slice raw, char space, char *out, size_t *len)
{
    size_t made = 0;

    for (size_t i = 0; i < raw.len; i++) {
        int byte = (unsigned char)raw.at[i];

        if (byte == '%') {
            byte = read_escape(vg_slice_skip(raw, i));
            i += 2;
        } else if (byte == space) {
            byte = ' ';
        }
        if (byte < 0)
            return false;
        out[made++] = (char)byte;
    }
    *len = made;
    return true;
}

static bool decode_into(vg_arena *arena, vg_slice raw, char space, vg_slice *out)
{
    char *at;
    size_t len;

    if (vg_slice_find(raw, '%') == raw.len && vg_slice_find(raw, space) == raw.len) {
        *out = raw;
        return true;
    }
    at = vg_arena_take(arena, raw.len);
    if (at == NULL || !decode(raw, space, at, &len))
        return false;
    *out = vg_slice_of(at, len);
    return true;
}

bool vg_path_segment(vg_arena *arena, vg_slice raw, vg_slice *out)
{
    return decode_into(arena, raw, '%', out) && vg_slice_find(*out, '\0') == out->len;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

vg_slice vg_path_escape(vg_arena *arena, vg_slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *at = vg_arena_take(arena, text.len * 3 + 1);
    size_t made = 0;

    if (at == NULL)
        return (vg_slice){NULL, 0};
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (is_unreserved(text.at[i])) {
            at[made++] = text.at[i];
            continue;
        }
        at[made++] = '%';
        at[made++] = digits[c >> 4];
        at[made++] = digits[c & 15];
    }
    return vg_slice_of(at, made);
}

/* --- queries --------------------------------------------------------------------------------- */

bool vg_query_next(vg_arena *arena, vg_slice *rest, vg_slice *name, vg_slice *value, bool *bad)
{
    vg_slice pair;
    size_t mark;

    *bad = false;
    while (rest->len > 0 && rest->at[0] == '&')
        *rest = vg_slice_skip(*rest, 1);
    if (rest->len == 0)
        return false;
    pair = vg_slice_of(rest->at, vg_slice_find(*rest, '&'));
    *rest = vg_slice_skip(*rest, pair.len);
    mark = vg_slice_find(pair, '=');
    *bad = !decode_into(arena, vg_slice_of(pair.at, mark), '+', name) ||
           !decode_into(arena, vg_slice_skip(pair, mark + 1), '+', value);
    return !*bad;
}
