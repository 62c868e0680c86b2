/* The settings of a collection that have no effect on answers (FACTS 10): what a creation may say,
 * checked, kept in the request's own words, and told by the description together with the defaults.
 * One table knows all of them. Any thread. */
#ifndef FRONT_QDRANT_REST_SETTINGS_H
#define FRONT_QDRANT_REST_SETTINGS_H

#include "vecgate/op.h"

#include "front/member.h"

/* Checks what `body` of a creation says and collects it into one JSON object in the arena; empty
 * when it says nothing. The vector's `datatype` is among it, as `datatype`; it was checked before.
 * False: FORMAT or RANGE at the value, or TOO_LARGE. */
bool vg_settings_read(vg_reader r, const vg_json *body, vg_slice *out);
/* Checks an hnsw_config that is given for one vector. */
bool vg_settings_check_hnsw(vg_reader r, const vg_json *v);

/* The object `config` of a collection's description. */
void vg_settings_write(vg_arena *arena, vg_json_out *json, const vg_collection_spec *spec);

#endif
