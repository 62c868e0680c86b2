/* The places that `vecgate check --connect` asks: each server of the backend, and the metadata
 * store; where they are, in words without a secret, and what is known before anything is asked. */
#ifndef CLI_CONNECT_PLACE_H
#define CLI_CONNECT_PLACE_H

#include "config/config.h"

enum { VG_CONNECT_PLACES = 40 };

typedef struct vg_connect_place {
    const char *role; /* "backend", "replica" … */
    vg_backend backend;
    vg_slice only_url; /* as vg_parts_make_one() takes it. A secret: never shown */
    vg_slice at;       /* to show */
    vg_slice tls;      /* what keeps others from reading along; empty: it is no server */
    vg_slice folder;   /* of a store of files; empty: it has none */
} vg_connect_place;

/* Answers how many there are. 0: `status` says what of the configuration cannot be used. */
uint32_t vg_connect_places(const vg_config *config, const void *metadata_conf, vg_arena *arena,
                           vg_connect_place *out, vg_status *status);

#endif
