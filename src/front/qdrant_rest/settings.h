/* The settings of a collection that have no effect on answers (FACTS 10): what a creation or a
 * change may say, checked, kept in the request's own words, and told by the description together
 * with the defaults. One table knows all of them. Any thread. */
#ifndef FRONT_QDRANT_REST_SETTINGS_H
#define FRONT_QDRANT_REST_SETTINGS_H

#include "vecgate/op.h"

#include "front/member.h"

/* Checks what `body` of a creation says and collects it into one JSON object in the arena; empty
 * when it says nothing. What it says of vectors is not among it. False: FORMAT or RANGE at the
 * value, UNSUPPORTED or TOO_LARGE. */
bool vg_settings_read(vg_reader r, const vg_json *body, vg_slice *out);
/* The same for the body of a change, as vg_op_input.change.patch: what is null is left out, and so
 * is what Qdrant passes over. What cannot be changed, or is not built, is UNSUPPORTED by name. */
bool vg_settings_read_change(vg_reader r, const vg_json *body, vg_slice *out);
/* Check what is given for one vector: an hnsw_config, a datatype, a sparse vector's index; and a
 * quantization_config, which may be the whole collection's. */
bool vg_settings_check_hnsw(vg_reader r, const vg_json *v);
bool vg_settings_check_datatype(vg_reader r, const vg_json *v);
bool vg_settings_check_sparse(vg_reader r, const vg_json *v);
bool vg_settings_check_quantization(vg_reader r, const vg_json *v);

/* The object `config` of a collection's description: settings_write.c. */
void vg_settings_write(vg_arena *arena, vg_json_out *json, const vg_collection_spec *spec);

#endif
