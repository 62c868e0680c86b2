/* Whom a browser may speak for. A gateway on loopback without credentials is open to every program
 * of its machine, and a browser there runs programs of strangers: a page can send requests to
 * 127.0.0.1 (its Origin tells), and a name of its owner's can be made to point there (the Host
 * tells; DNS rebinding). So, while no credential exists:
 *
 *     Origin   a loopback one, or none: what is no browser sends none
 *     Host     the same, where the gateway listens on loopback
 *
 * With credentials every origin and host is admitted: a page does not know the key.
 * Pure functions; any thread. */
#ifndef GATE_ORIGIN_H
#define GATE_ORIGIN_H

#include "vecgate/slice.h"

typedef struct vg_origin_rule {
    bool any_host;
    bool any_origin;
} vg_origin_rule;

/* `listen`: the address that is listened on, "127.0.0.1:6333". `keyless`: no credential exists. */
vg_origin_rule vg_origin_rule_of(vg_slice listen, bool keyless);

/* localhost, 127.0.0.0/8 or [::1], with a port or without. Nothing else: "127.a.example" is
 * somebody's. */
bool vg_origin_is_loopback(vg_slice host);

/* `host` is a Host header's value, `origin` an Origin header's; empty when there was none. */
bool vg_origin_admits_host(vg_origin_rule rule, vg_slice host);
bool vg_origin_admits(vg_origin_rule rule, vg_slice origin);

#endif
