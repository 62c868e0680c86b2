/* From nodes to typed values, and the story when they do not fit: every mismatch names the value's
 * path and says what it was. */
#include <math.h>

#include "vecgate/json.h"

#include "base/json_numbers.h"
#include "base/number.h"

bool vg_json_mismatch(vg_arena *arena, const vg_json *v, const char *wanted, vg_status *status)
{
    vg_slice said;

    if (status == NULL || status->code != VG_OK)
        return false;
    said = vg_json_say(arena, v);
    vg_status_setf(status, arena, VG_FORMAT, vg_json_path(arena, v), "expected %s, got " VG_FMT,
                   wanted, VG_ARG(said));
    return false;
}

bool vg_json_read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status)
{
    if (v->kind != VG_JSON_TRUE && v->kind != VG_JSON_FALSE)
        return vg_json_mismatch(arena, v, "true or false", status);
    *out = v->kind == VG_JSON_TRUE;
    return true;
}

bool vg_json_read_u64(vg_arena *arena, const vg_json *v, uint64_t *out, vg_status *status)
{
    if (v->kind == VG_JSON_NUMBER && vg_number_u64(v->raw, out))
        return true;
    return vg_json_mismatch(arena, v, "a whole number from 0 to 18446744073709551615", status);
}

bool vg_json_read_i64(vg_arena *arena, const vg_json *v, int64_t *out, vg_status *status)
{
    if (v->kind == VG_JSON_NUMBER && vg_number_i64(v->raw, out))
        return true;
    return vg_json_mismatch(arena, v, "a whole number of 64 bits", status);
}

bool vg_json_read_f64(vg_arena *arena, const vg_json *v, double *out, vg_status *status)
{
    double value;

    if (v->kind != VG_JSON_NUMBER)
        return vg_json_mismatch(arena, v, "a number", status);
    value = vg_number_f64(v->raw);
    if (!isfinite(value))
        return vg_json_mismatch(arena, v, "a number that a 64-bit float can hold", status);
    *out = value;
    return true;
}

bool vg_json_read_text(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    if (v->kind != VG_JSON_STRING)
        return vg_json_mismatch(arena, v, "a string", status);
    *out = v->text;
    return true;
}

/* ---- vectors ---- */

bool vg_json_check_numbers(vg_slice raw, size_t *count, size_t *bad_at)
{
    vg_numbers numbers = {.stop = raw.at};
    const char *end = raw.at + raw.len;
    bool good = raw.len > 0 && raw.at[0] == '[' && vg_numbers_scan(raw.at + 1, end, &numbers);

    if (good && numbers.stop + 1 == end) {
        *count = numbers.count;
        return true;
    }
    *bad_at = (size_t)(numbers.stop - raw.at) + good;
    return false;
}

static bool begins_number(char byte)
{
    return byte == '-' || (byte >= '0' && byte <= '9');
}

/* To the next number of a checked array, or to its closing bracket. */
static inline const char *next_number(const char *at)
{
    while (!begins_number(*at) && *at != ']')
        at++;
    return at;
}

bool vg_json_read_floats(vg_arena *arena, const vg_json *v, float *out, vg_status *status)
{
    size_t bad = 0;
    vg_slice path;

    if (v->kind != VG_JSON_VECTOR)
        return vg_json_mismatch(arena, v, "an array of numbers", status);
    if (vg_json_floats(v->raw, out, v->count, &bad) == v->count)
        return true;
    path = vg_json_path(arena, v);
    vg_status_setf(status, arena, VG_RANGE,
                   vg_arena_printf(arena, VG_FMT "[%zu]", VG_ARG(path), bad),
                   "expected a number that a 32-bit float can hold, got " VG_FMT,
                   VG_ARG(vg_json_number_at(v, bad)));
    return false;
}

vg_slice vg_json_number_at(const vg_json *v, size_t i)
{
    const char *at = v->raw.at;
    const char *end = at + v->raw.len;
    const char *past = NULL;
    const char *bad;

    if (v->kind != VG_JSON_VECTOR || i >= v->count)
        return (vg_slice){0};
    for (size_t n = 0; n <= i; n++) {
        at = next_number(past != NULL ? past : at);
        past = vg_number_skip(at, end, &bad);
    }
    return vg_slice_of(at, (size_t)(past - at));
}
