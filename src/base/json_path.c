/* Where a value is, "points[3].vector", and what it is, `the string "x"`: for messages. */
#include "vecgate/json.h"

#include "base/check.h"

enum { SHOWN_BYTES = 40 };

static size_t place_of(const vg_json *v)
{
    size_t place = 0;

    for (const vg_json *at = v->parent->first; at != v; at = at->next)
        place++;
    return place;
}

/* At most SHOWN_BYTES, not cutting a character in two. */
static vg_slice cut(vg_slice text)
{
    if (text.len <= SHOWN_BYTES)
        return text;
    text.len = SHOWN_BYTES;
    while (text.len > 0 && ((unsigned char)text.at[text.len] & 0xc0) == 0x80)
        text.len--;
    return text;
}

static vg_slice add_step(vg_arena *arena, vg_slice path, const vg_json *v)
{
    vg_slice key = cut(v->key);

    if (v->parent->kind != VG_JSON_OBJECT)
        return vg_arena_printf(arena, VG_FMT "[%zu]", VG_ARG(path), place_of(v));
    return vg_arena_printf(arena, VG_FMT "%s" VG_FMT "%s", VG_ARG(path), path.len > 0 ? "." : "",
                           VG_ARG(key), key.len < v->key.len ? "…" : "");
}

vg_slice vg_json_path(vg_arena *arena, const vg_json *v)
{
    const vg_json *steps[VG_JSON_DEPTH + 1];
    size_t count = 0;
    vg_slice path = VG_LIT("");

    for (; v->parent != NULL; v = v->parent) {
        VG_CHECK(count < sizeof(steps) / sizeof(steps[0]));
        steps[count++] = v;
    }
    while (count > 0)
        path = add_step(arena, path, steps[--count]);
    return path;
}

static vg_slice say_shown(vg_arena *arena, const char *what, vg_slice shown, const char *quote)
{
    vg_slice part = cut(shown);

    return vg_arena_printf(arena, "%s %s" VG_FMT "%s%s", what, quote, VG_ARG(part),
                           part.len < shown.len ? "…" : "", quote);
}

vg_slice vg_json_say(vg_arena *arena, const vg_json *v)
{
    switch (v->kind) {
    case VG_JSON_NULL:
        return VG_LIT("null");
    case VG_JSON_FALSE:
        return VG_LIT("false");
    case VG_JSON_TRUE:
        return VG_LIT("true");
    case VG_JSON_NUMBER:
        return say_shown(arena, "the number", v->raw, "");
    case VG_JSON_STRING:
        return say_shown(arena, "the string", v->text, "\"");
    case VG_JSON_ARRAY:
        return v->count == 0 ? VG_LIT("an empty array") : VG_LIT("an array");
    case VG_JSON_VECTOR:
        return VG_LIT("an array of numbers");
    case VG_JSON_OBJECT:
        return VG_LIT("an object");
    }
    return VG_LIT("nothing");
}
