/* See tls_reason.h. */
#include "base/tls_reason.h"

#include <stdio.h>

#include <openssl/err.h>

void vg_tls_reason(char to[VG_TLS_REASON_BYTES])
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    snprintf(to, VG_TLS_REASON_BYTES, "%s", text != NULL ? text : "no reason is known");
    ERR_clear_error();
}

vg_slice vg_tls_reason_in(vg_arena *arena)
{
    char text[VG_TLS_REASON_BYTES];

    vg_tls_reason(text);
    return vg_arena_copy(arena, vg_slice_str(text));
}
