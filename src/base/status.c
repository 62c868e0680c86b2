/* The table of codes, and how a story is told once. */
#include "vecgate/status.h"

static const vg_code_row rows[VG_CODES] = {
#define STATUS(code, metric, native, qdrant, grpc, again, prefix, text) \
    [VG_##code] = {#code, metric, native, qdrant, grpc, again, prefix, text},
#include "vecgate/status.def"
#undef STATUS
};

const vg_code_row *vg_code_describe(vg_code code)
{
    return &rows[(unsigned)code < VG_CODES ? code : VG_INTERNAL];
}

vg_code vg_status_set(vg_status *status, vg_code code, vg_slice what, vg_slice where)
{
    if (status == NULL || status->code != VG_OK)
        return code;
    status->code = code;
    status->what = what;
    status->where = where;
    return code;
}

vg_code vg_status_setf(vg_status *status, vg_arena *arena, vg_code code, vg_slice where,
                       const char *format, ...)
{
    vg_slice what;
    va_list args;

    if (status == NULL || status->code != VG_OK)
        return code;
    va_start(args, format);
    what = vg_arena_vprintf(arena, format, args);
    va_end(args);
    return vg_status_set(status, code, what, where);
}

vg_slice vg_status_what(const vg_status *status)
{
    if (status->what.len > 0)
        return status->what;
    return vg_slice_str(vg_code_describe(status->code)->text);
}
