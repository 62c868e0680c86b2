/* See storable.h. */
#include "adapters/vector/pgvector/storable.h"

#include "vecgate/json.h"

#include "base/buf.h"

enum { DOUBTFUL_EXPONENT = 4, DOUBTFUL_DIGITS = 16000, SHOWN_BYTES = 40 };

typedef struct check {
    vg_arena *arena;
    vg_slice at;
    vg_status *status;
} check;

/* ---- at first sight ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* So many digits end here: too many, or are they of a large exponent? */
static bool are_doubtful(vg_slice text, size_t end, size_t digits)
{
    size_t before = end - digits;

    if (digits >= DOUBTFUL_DIGITS)
        return true;
    if (digits < DOUBTFUL_EXPONENT || before == 0)
        return false;
    if (before > 1 && (text.at[before - 1] == '+' || text.at[before - 1] == '-'))
        before--;
    return text.at[before - 1] == 'e' || text.at[before - 1] == 'E';
}

/* Also of texts that only look so. */
static bool is_doubtful(vg_slice text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            digits++;
            continue;
        }
        if (digits >= DOUBTFUL_EXPONENT && are_doubtful(text, i, digits))
            return true;
        digits = 0;
        if (text.at[i] == '\\' && vg_slice_starts(vg_slice_skip(text, i), VG_LIT("\\u0000")))
            return true;
    }
    return false;
}

/* ---- numbers ---- */

static uint64_t digits_of(vg_slice *text)
{
    uint64_t count = 0;

    for (; text->len > 0 && is_digit(text->at[0]); *text = vg_slice_skip(*text, 1))
        count++;
    return count;
}

/* Beyond 10 digits it makes no difference. */
static int64_t exponent_of(vg_slice text)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    int64_t number = 0;

    if (text.len > 0 && !is_digit(text.at[0]))
        text = vg_slice_skip(text, 1);
    for (size_t i = 0; i < text.len && number < INT32_MAX; i++)
        number = 10 * number + (text.at[i] - '0');
    return is_negative ? -number : number;
}

static bool is_number_storable(vg_slice text)
{
    int64_t whole, fraction = 0, exponent = 0;

    if (text.len > 0 && text.at[0] == '-')
        text = vg_slice_skip(text, 1);
    if (text.len > 0 && text.at[0] == '0')
        text = vg_slice_skip(text, 1); /* alone, as JSON has it */
    whole = (int64_t)digits_of(&text);
    if (text.len > 0 && text.at[0] == '.') {
        text = vg_slice_skip(text, 1);
        fraction = (int64_t)digits_of(&text);
    }
    if (text.len > 0)
        exponent = exponent_of(vg_slice_skip(text, 1));
    return whole + exponent <= VG_PG_MOST_WHOLE_DIGITS &&
           fraction - exponent <= VG_PG_MOST_FRACTION_DIGITS;
}

/* ---- what is told ---- */

static vg_slice where_of(const check *c, const vg_json *v)
{
    vg_slice path = vg_json_path(c->arena, v);
    bool is_named = c->at.len > 0 && path.len > 0 && path.at[0] != '[';

    return vg_arena_printf(c->arena, VG_FMT "%s" VG_FMT, VG_ARG(c->at), is_named ? "." : "",
                           VG_ARG(path));
}

static bool refuse_number(const check *c, const vg_json *v, vg_slice number)
{
    bool is_cut = number.len > SHOWN_BYTES;
    vg_slice shown = vg_slice_of(number.at, is_cut ? SHOWN_BYTES : number.len);

    vg_status_setf(c->status, c->arena, VG_INVALID, where_of(c, v),
                   "the number " VG_FMT "%s has more digits than PostgreSQL stores (%d before the "
                   "point, %d behind): write it as a string, or with fewer",
                   VG_ARG(shown), is_cut ? "…" : "", VG_PG_MOST_WHOLE_DIGITS,
                   VG_PG_MOST_FRACTION_DIGITS);
    return false;
}

static bool refuse_text(const check *c, const vg_json *v)
{
    vg_status_set(c->status, VG_UNSUPPORTED, VG_LIT(VG_PG_NO_NUL ": take it out"), where_of(c, v));
    return false;
}

/* Where it is would have the NUL in it: that is told of what holds it. */
static bool refuse_name(const check *c, const vg_json *v)
{
    vg_slice shown;
    vg_buf name;
    vg_json_out json = {.buf = &name};

    vg_buf_init(&name, 0);
    vg_json_put_text(&json, v->key);
    shown = vg_buf_bytes(&name);
    vg_status_setf(c->status, c->arena, VG_UNSUPPORTED, where_of(c, v->parent),
                   VG_PG_NO_NUL ", which the name %.*s%s has: take it out",
                   (int)(shown.len > SHOWN_BYTES ? SHOWN_BYTES : shown.len), shown.at,
                   shown.len > SHOWN_BYTES ? "…" : "");
    vg_buf_fini(&name);
    return false;
}

/* ---- at second sight ---- */

static bool has_nul(vg_slice text)
{
    return vg_slice_find(text, '\0') < text.len;
}

/* "[1, 2e9]": numbers and nothing else. */
static bool check_numbers(const check *c, const vg_json *v)
{
    vg_slice rest = vg_slice_skip(v->raw, 1);

    while (rest.len > 0) {
        size_t len = 0;

        while (len < rest.len && strchr("+-.eE0123456789", rest.at[len]) && rest.at[len] != '\0')
            len++;
        if (len > 0 && !is_number_storable(vg_slice_of(rest.at, len)))
            return refuse_number(c, v, vg_slice_of(rest.at, len));
        rest = vg_slice_skip(rest, len + 1);
    }
    return true;
}

static bool check_one(const check *c, const vg_json *v)
{
    if (has_nul(v->key))
        return refuse_name(c, v);
    if (v->kind == VG_JSON_STRING && has_nul(v->text))
        return refuse_text(c, v);
    if (v->kind == VG_JSON_NUMBER && !is_number_storable(v->raw))
        return refuse_number(c, v, v->raw);
    return v->kind != VG_JSON_VECTOR || check_numbers(c, v);
}

/* What comes after `v` in the document, from top to bottom; NULL: nothing. */
static const vg_json *next_of(const vg_json *v)
{
    if (v->first)
        return v->first;
    while (v && !v->next)
        v = v->parent;
    return v ? v->next : NULL;
}

bool vg_pg_check_storable(vg_arena *arena, vg_slice payload, vg_slice at, vg_status *status)
{
    const check c = {arena, at, status};
    char *padded;
    const vg_json *v;

    if (!is_doubtful(payload))
        return true;
    padded = vg_arena_take_zero(arena, 1, payload.len + VG_JSON_PAD);
    if (padded)
        memcpy(padded, payload.at, payload.len);
    v = padded ? vg_json_read(arena, vg_slice_of(padded, payload.len), VG_JSON_DEPTH, status)
               : NULL;
    if (!padded)
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("the payload is larger than one request may be"),
                      at);
    if (!v)
        return false;
    for (; v; v = next_of(v))
        if (!check_one(&c, v))
            return false;
    return true;
}
