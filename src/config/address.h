/* Addresses to listen on and URLs to send to, as a configuration writes them. */
#ifndef CONFIG_ADDRESS_H
#define CONFIG_ADDRESS_H

#include "vecgate/slice.h"

typedef struct vg_address {
    vg_slice host; /* a name, an IPv4 address, or an IPv6 address without its brackets */
    uint16_t port;
} vg_address;

/* HOST:PORT or [IPV6]:PORT, both parts written out. Port 0: the system chooses. */
bool vg_address_read(vg_slice text, vg_address *out);

typedef struct vg_url {
    vg_slice scheme;    /* http or https */
    vg_address address; /* the scheme's own port when none is written */
    bool has_port;
    vg_slice path; /* from its '/' on; may be empty */
} vg_url;

/* http or https, a host, perhaps a port, perhaps a path; no credentials, query or fragment. */
bool vg_url_read(vg_slice text, vg_url *out);
bool vg_url_has_credentials(vg_slice text);

bool vg_address_is_ip(vg_slice host);
/* 127.0.0.0/8, ::1, or the name localhost. */
bool vg_address_is_loopback(vg_slice host);
/* 0.0.0.0 or ::. */
bool vg_address_is_any(vg_slice host);
/* Would a connection to `to` reach who listens on `at`, as far as names tell without asking
 * anybody? */
bool vg_address_reaches(const vg_address *to, const vg_address *at);

#endif
