/* The bounds that hold when nobody says otherwise (design 10), and how long a body waits for
 * memory. */
#include "net/listener.h"

enum { LEAST_PATIENCE_MS = 1000 };

void vg_bounds_default(vg_bounds *bounds)
{
    *bounds = (vg_bounds){
        .max_head_bytes = 32U << 10,
        .max_headers = 100,
        .max_connections = 16384,
        .head_ms = 10000,
        .body_ms = 30000,
        .keep_alive_ms = 75000,
        .handshake_ms = 10000,
        .max_expansion = 100,
        .max_expansion_free = 1U << 20,
        .write_high_bytes = 1U << 20,
    };
}

uint64_t vg_bounds_patience_ms(const vg_bounds *bounds, uint64_t have, uint64_t announced)
{
    uint64_t most = bounds->body_ms;
    double share;

    if (most <= LEAST_PATIENCE_MS || announced == UINT64_MAX || announced == 0)
        return most < LEAST_PATIENCE_MS ? most : LEAST_PATIENCE_MS;
    share = have < announced ? (double)have / (double)announced : 1.0;
    return LEAST_PATIENCE_MS + (uint64_t)((double)(most - LEAST_PATIENCE_MS) * share);
}
