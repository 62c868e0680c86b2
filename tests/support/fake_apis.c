/* The two other APIs of the front, for tests that are not about them: without routes. */
#include "front/front.h"

static void write_error(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    (void)arena;
    out->status = vg_code_describe(status->code)->native_http;
}

const vg_front_api vg_front_native = {.id = VG_API_NATIVE, .write_error = write_error};
const vg_front_api vg_front_admin = {.id = VG_API_ADMIN, .write_error = write_error};
