/* Looks up the hosts of a PostgreSQL URL off the loop. libpq would do so itself and block: it is
 * given the numbers as `hostaddr`, beside `host`, which it still needs for TLS. A host with several
 * addresses becomes several, tried in turn; one that is unknown is left out. */
#ifndef TRANSPORT_PG_NAMES_H
#define TRANSPORT_PG_NAMES_H

#include "base/loop.h"
#include "transport/pg_url.h"

struct uv_loop_s;
typedef struct vg_pg_names vg_pg_names; /* a look-up under way */

/* Lists with commas, of equal length, as libpq wants them. */
typedef struct vg_pg_addresses {
    char *hosts;
    char *addresses;
    char *ports;
    uint32_t count;
} vg_pg_addresses;

/* False: no memory. Ends in fini, either way. */
bool vg_pg_addresses_copy(vg_pg_addresses *to, const vg_pg_addresses *from);
void vg_pg_addresses_fini(vg_pg_addresses *addresses);

/* Once, later. `found` is NULL when no host has an address, then `detail` says why; both are valid
 * only during the call. */
typedef void vg_pg_named_fn(void *arg, const vg_pg_addresses *found, const char *detail);

/* `url` must live until the end. NULL: no memory. */
vg_pg_names *vg_pg_names_start(struct uv_loop_s *uv, vg_loop *loop, const vg_pg_url *url,
                               vg_pg_named_fn *named, void *arg);
/* Nobody wants to know any more: no call comes. It frees itself when the look-ups are over, for
 * which `uv` must run on; `loop` and `url` are not used any more. */
void vg_pg_names_drop(vg_pg_names *names);

#endif
