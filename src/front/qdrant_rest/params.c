/* See params.h. */
#include "front/qdrant_rest/params.h"

enum { NAME_CHARS = 255 };

/* What may be asked by parameters; a slice without bytes was not given. */
struct given {
    vg_slice wait, ordering, consistency, timeout;
};

static bool wrong(vg_arena *arena, vg_status *status, const char *name, const char *format,
                  vg_slice value)
{
    vg_slice shown = {value.at, value.len < 80 ? value.len : 80};
    vg_slice what = vg_arena_printf(arena, format, VG_ARG(shown));

    vg_status_setf(status, arena, VG_QUERY, vg_slice_str(name), "%s: " VG_FMT, name, VG_ARG(what));
    return false;
}

static void note(struct given *given, vg_slice name, vg_slice value)
{
    if (vg_slice_is(name, VG_LIT("wait")))
        given->wait = value;
    else if (vg_slice_is(name, VG_LIT("ordering")))
        given->ordering = value;
    else if (vg_slice_is(name, VG_LIT("consistency")))
        given->consistency = value;
    else if (vg_slice_is(name, VG_LIT("timeout")))
        given->timeout = value;
}

/* Characters, not bytes: continuation bytes of UTF-8 do not count. */
static bool check_name(vg_arena *arena, vg_slice name, vg_status *status)
{
    size_t chars = 0;

    for (size_t i = 0; i < name.len; i++)
        chars += (name.at[i] & 0xC0) != 0x80;
    if (chars <= NAME_CHARS)
        return true;
    vg_status_setf(status, arena, VG_RANGE_PATH, VG_LIT("name"),
                   "value \"" VG_FMT "\" invalid, must be from 1 to %d characters",
                   (int)(name.len < 1024 ? name.len : 1024), name.at, NAME_CHARS);
    return false;
}

static bool collect(const vg_front_in *in, const vg_op *op, struct given *given, vg_status *status)
{
    vg_slice rest = in->request->query, name, value;
    bool bad = false;

    *given = (struct given){0};
    while (vg_query_next(op->arena, &rest, &name, &value, &bad))
        note(given, name, value);
    if (!bad)
        return check_name(op->arena, op->name, status);
    vg_status_set(status, VG_QUERY, VG_LIT("a percent escape is not well formed"), (vg_slice){0});
    return false;
}

static bool read_wait(const vg_op *op, vg_slice text, bool *wait, vg_status *status)
{
    *wait = vg_slice_is(text, VG_LIT("true"));
    return *wait || !text.at || vg_slice_is(text, VG_LIT("false")) ||
           wrong(op->arena, status, "wait", "provided string was not `true` or `false`: " VG_FMT,
                 text);
}

static bool read_ordering(const vg_op *op, vg_slice text, vg_status *status)
{
    return !text.at || vg_slice_is(text, VG_LIT("weak")) || vg_slice_is(text, VG_LIT("medium")) ||
           vg_slice_is(text, VG_LIT("strong")) ||
           wrong(op->arena, status, "ordering",
                 "unknown variant `" VG_FMT "`, expected one of `weak`, `medium`, `strong`", text);
}

/* Every read sees what was acknowledged, which is more than any of these asks. */
static bool read_consistency(const vg_op *op, vg_slice text, vg_status *status)
{
    uint64_t factor;

    return text.len == 0 || vg_slice_is(text, VG_LIT("majority")) ||
           vg_slice_is(text, VG_LIT("quorum")) || vg_slice_is(text, VG_LIT("all")) ||
           (vg_slice_u64(text, &factor) && factor >= 1) ||
           wrong(op->arena, status, "consistency",
                 "`" VG_FMT "` is neither `majority`, `quorum`, `all` nor an integer of 1 or more",
                 text);
}

static bool read_timeout(const vg_op *op, vg_slice text, uint64_t *seconds, vg_status *status)
{
    return vg_slice_u64(text, seconds) ||
           wrong(op->arena, status, "timeout", "invalid digit found in string: `" VG_FMT "`", text);
}

static void set_deadline(const vg_front_in *in, vg_op *op, uint64_t seconds)
{
    vg_front_deadline(op, in, seconds < UINT64_MAX / 1000 ? seconds * 1000 : UINT64_MAX);
}

/* `timeout` of what is done with points. */
static bool take_timeout(const vg_front_in *in, vg_op *op, vg_slice text, vg_status *status)
{
    uint64_t seconds = 0;

    if (!text.at)
        return true;
    if (!read_timeout(op, text, &seconds, status))
        return false;
    if (seconds == 0)
        return wrong(op->arena, status, "timeout",
                     "invalid value: integer `" VG_FMT "`, expected a nonzero u64", VG_LIT("0"));
    set_deadline(in, op, seconds);
    return true;
}

bool vg_params_write(const vg_front_in *in, vg_op *op, bool *wait, vg_status *status)
{
    struct given given;

    return collect(in, op, &given, status) && read_wait(op, given.wait, wait, status) &&
           read_ordering(op, given.ordering, status) && take_timeout(in, op, given.timeout, status);
}

bool vg_params_read(const vg_front_in *in, vg_op *op, vg_status *status)
{
    struct given given;

    return collect(in, op, &given, status) && read_consistency(op, given.consistency, status) &&
           take_timeout(in, op, given.timeout, status);
}

bool vg_params_change(const vg_front_in *in, vg_op *op, vg_status *status)
{
    struct given given;
    uint64_t seconds = 0;

    if (!collect(in, op, &given, status))
        return false;
    if (!given.timeout.at)
        return true;
    if (!read_timeout(op, given.timeout, &seconds, status))
        return false;
    if (seconds == 0) {
        vg_status_set(status, VG_RANGE_QUERY, VG_LIT("value 0 invalid, must be 1 or larger"),
                      VG_LIT("timeout"));
        return false;
    }
    set_deadline(in, op, seconds);
    return true;
}

bool vg_params_id(vg_arena *arena, vg_slice text, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (vg_slice_u64(text, &out->num) || vg_point_id_read_uuid(text, out))
        return true;
    vg_status_setf(status, arena, VG_INVALID, VG_LIT("id"),
                   "Can not recognize \"" VG_FMT "\" as point id",
                   (int)(text.len < 80 ? text.len : 80), text.at);
    return false;
}
