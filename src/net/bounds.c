/* The bounds that hold when nobody says otherwise (design 10). */
#include "net/listener.h"

void vg_bounds_default(vg_bounds *bounds)
{
    *bounds = (vg_bounds){
        .max_head_bytes = 32 * 1024,
        .max_headers = 100,
        .max_connections = 16384,
        .head_ms = 10 * 1000,
        .body_ms = 30 * 1000,
        .keep_alive_ms = 75 * 1000,
        .max_expansion = 100,
        .max_expansion_free = 1024 * 1024,
        .write_high_bytes = 1024 * 1024,
    };
}
