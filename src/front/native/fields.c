/* Reading an object whose fields are all known: the native API refuses what it does not know,
 * because a misspelt limit that is silently ignored is worse than an error. */
#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "base/check.h"
#include "base/nearest.h"
#include "front/native/native.h"

enum { FIELDS = VG_NATIVE_FIELDS, TIMEOUT_S = 3600 };

bool vg_native_no_memory(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, VG_LIT("the request needs more memory than one may have"),
                  (vg_slice){0});
    return false;
}

/* ---- objects ---- */

/* "name, dimension, metric" */
static vg_slice list_names(vg_arena *arena, const field *fields, size_t count)
{
    vg_slice list = VG_LIT("");

    for (size_t i = 0; i < count; i++)
        list =
            vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(list), i > 0 ? ", " : "", fields[i].name);
    return list;
}

static bool unknown_field(vg_arena *arena, const vg_json *member, const field *fields, size_t count,
                          vg_status *status)
{
    vg_slice known = list_names(arena, fields, count);
    const char *names[FIELDS];
    const char *near;

    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    near = vg_nearest(member->key, names, count);
    if (near)
        vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, member),
                       "unknown field; did you mean \"%s\"?", near);
    else
        vg_status_setf(status, arena, VG_INVALID, vg_json_path(arena, member),
                       "unknown field; known are " VG_FMT, VG_ARG(known));
    return false;
}

static const field *find_field(const field *fields, size_t count, vg_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (vg_slice_is_str(name, fields[i].name))
            return &fields[i];
    return NULL;
}

vg_slice vg_native_place(vg_arena *arena, const vg_json *object, const char *name)
{
    vg_slice path = vg_json_path(arena, object);

    return vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(path), path.len > 0 ? "." : "", name);
}

bool vg_native_missing(vg_arena *arena, const vg_json *object, const char *name, vg_status *status)
{
    vg_status_set(status, VG_INVALID, VG_LIT("this field is required"),
                  vg_native_place(arena, object, name));
    return false;
}

bool vg_native_wrong(vg_arena *arena, const vg_json *v, const char *what, vg_status *status)
{
    vg_status_set(status, VG_INVALID, vg_slice_str(what), vg_json_path(arena, v));
    return false;
}

bool vg_native_is_one(vg_arena *arena, const vg_json *object, either of, vg_status *status)
{
    if (!of.at_one != !of.at_other)
        return true;
    vg_status_setf(status, arena, VG_INVALID, vg_native_place(arena, object, of.one),
                   "give one of \"%s\" and \"%s\"", of.one, of.other);
    return false;
}

static bool has_needed(vg_arena *arena, const vg_json *object, const field *f, vg_status *status)
{
    return !f->need || *f->at || vg_native_missing(arena, object, f->name, status);
}

static bool is_plain_object(vg_arena *arena, const vg_json *v, vg_status *status)
{
    const vg_json *twice;

    if (!v) {
        vg_status_set(status, VG_FORMAT, VG_LIT("a JSON body is required"), (vg_slice){0});
        return false;
    }
    if (v->kind != VG_JSON_OBJECT)
        return vg_json_mismatch(arena, v, "an object", status);
    twice = vg_json_repeated(v);
    if (twice)
        vg_status_set(status, VG_INVALID, VG_LIT("this field comes twice"),
                      vg_json_path(arena, twice));
    return !twice;
}

bool vg_native_read_fields(vg_arena *arena, const vg_json *object, const field *fields,
                           size_t count, vg_status *status)
{
    VG_CHECK(count <= FIELDS);
    if (!is_plain_object(arena, object, status))
        return false;
    for (const vg_json *member = object->first; member; member = member->next) {
        const field *f = find_field(fields, count, member->key);

        if (!f)
            return unknown_field(arena, member, fields, count, status);
        *f->at = vg_json_is_null(member) ? NULL : member;
    }
    for (size_t i = 0; i < count; i++)
        if (!has_needed(arena, object, &fields[i], status))
            return false;
    return true;
}

/* ---- values ---- */

bool vg_native_read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status)
{
    return !v || vg_json_read_bool(arena, v, out, status);
}

bool vg_native_read_count(vg_arena *arena, const vg_json *v, bounds within, uint32_t *out,
                          vg_status *status)
{
    uint64_t value = 0;

    if (!v)
        return true;
    if (!vg_json_read_u64(arena, v, &value, status))
        return false;
    if (value < within.least || value > within.most) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "must be from %" PRIu32 " to %" PRIu32 ", got %" PRIu64, within.least,
                       within.most, value);
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool vg_native_read_float(vg_arena *arena, const vg_json *v, float *out, vg_status *status)
{
    double value = 0;

    if (!v)
        return true;
    if (!vg_json_read_f64(arena, v, &value, status))
        return false;
    if (fabs(value) > (double)FLT_MAX) {
        vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                       "expected a number that a 32-bit float can hold, got " VG_FMT,
                       VG_ARG(v->raw));
        return false;
    }
    *out = (float)value;
    return true;
}

/* ---- the query ---- */

static bool read_timeout(const vg_front_in *in, vg_op *op, vg_slice value, vg_status *status)
{
    uint64_t seconds = 0;

    if (!vg_slice_u64(value, &seconds) || seconds < 1 || seconds > TIMEOUT_S) {
        vg_status_setf(status, op->arena, VG_RANGE_QUERY, VG_LIT("timeout"),
                       "must be whole seconds from 1 to %d", TIMEOUT_S);
        return false;
    }
    vg_front_deadline(op, in, seconds * 1000);
    return true;
}

static bool read_explain(vg_slice value, bool *explains, vg_status *status)
{
    *explains = vg_slice_is(value, VG_LIT("true"));
    if (*explains || vg_slice_is(value, VG_LIT("false")))
        return true;
    vg_status_set(status, VG_QUERY, VG_LIT("must be true or false"), VG_LIT("explain"));
    return false;
}

/* `arg`: where `explain` goes; NULL: it is not known here. */
static bool read_parameter(void *arg, vg_op *op, const vg_native_parameter *of, vg_status *status)
{
    bool *explains = arg;

    (void)op;
    if (explains && vg_slice_is(of->name, VG_LIT("explain")))
        return read_explain(of->value, explains, status);
    vg_status_set(status, VG_QUERY,
                  explains ? VG_LIT("unknown parameter; this path takes \"timeout\", \"explain\"")
                           : VG_LIT("unknown parameter; this path takes \"timeout\""),
                  of->name);
    return false;
}

bool vg_native_read_search_query(const vg_front_in *in, vg_op *op, bool *explains,
                                 vg_status *status)
{
    const vg_native_parameters known = {.read = read_parameter, .arg = explains};

    return vg_native_read_parameters(in, op, &known, status);
}

static bool read_one(const vg_front_in *in, vg_op *op, const vg_native_parameter *of,
                     const vg_native_parameters *known, vg_status *status)
{
    if (vg_slice_is(of->name, VG_LIT("timeout")))
        return read_timeout(in, op, of->value, status);
    return known->read(known->arg, op, of, status);
}

bool vg_native_read_parameters(const vg_front_in *in, vg_op *op, const vg_native_parameters *known,
                               vg_status *status)
{
    vg_slice rest = in->request->query;
    vg_native_parameter of;
    bool bad = false;

    while (vg_query_next(op->arena, &rest, &of.name, &of.value, &bad))
        if (!read_one(in, op, &of, known, status))
            return false;
    if (!bad)
        return true;
    if (vg_arena_is_spent(op->arena))
        return vg_native_no_memory(status);
    vg_status_set(status, VG_QUERY, VG_LIT("a percent sign must be followed by two hex digits"),
                  in->request->query);
    return false;
}

bool vg_native_read_query(const vg_front_in *in, vg_op *op, vg_status *status)
{
    return vg_native_read_search_query(in, op, NULL, status);
}

bool vg_native_is_bare(const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    vg_status status = {.code = VG_QUERY, .what = VG_LIT("this path takes no parameters")};

    if (in->request->query.len == 0)
        return true;
    vg_native_write_problem(arena, &status, out);
    return false;
}
