/* What wire_tls.c serves with, for tests of TLS itself: changed before door_open(). */
#ifndef VG_TESTS_UNIT_NET_WIRE_TLS_H
#define VG_TESTS_UNIT_NET_WIRE_TLS_H

#include "tests/unit/net/door.h"

typedef struct wire_rules {
    const char *names; /* of the certificate, which is the client's as well when it shows one */
    bool asks;         /* for certificates of clients */
    bool shows;        /* the client has one */
    bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work); /* NULL: vg_pools_post() */
} wire_rules;

extern wire_rules wire_rule;

#endif
