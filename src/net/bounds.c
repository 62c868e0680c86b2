/* The bounds that hold when nobody says otherwise (design 10). */
#include "net/listener.h"

void vg_bounds_default(vg_bounds *bounds)
{
    *bounds = (vg_bounds){
        .max_head_bytes = 32U << 10,
        .max_headers = 100,
        .max_connections = 16384,
        .head_ms = 10000,
        .body_ms = 30000,
        .keep_alive_ms = 75000,
        .max_expansion = 100,
        .max_expansion_free = 1U << 20,
        .write_high_bytes = 1U << 20,
    };
}
