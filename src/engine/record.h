/* A stored point as a reader gets it: which parts of it were asked for, and these parts copied. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "engine/sql.h"
#include "engine/table.h"
#include "filter/project.h"

typedef struct vg_record {
    bool payload;
    vg_projection projection;
    bool vectors; /* were they asked for? */
    bool unnamed; /* is the one that there is among them? */
} vg_record;

/* INVALID: a path that is none, or `Not existing vector name error: x`. */
bool vg_record_read(vg_arena *arena, const vg_payload_selector *payload,
                    const vg_vector_selector *vectors, vg_record *out, vg_status *status);

/* The parts from a row "version, payload, vector, …". False with TOO_LARGE or BACKEND_ERROR. */
bool vg_record_fill(const vg_record *record, struct sqlite3_stmt *row, vg_arena *arena,
                    vg_point *point, vg_status *status);
/* The same for the vector alone, from memory; floats NULL: it has none. */
bool vg_record_vector(const vg_record *record, const void *floats, uint32_t count, vg_arena *arena,
                      vg_point *point);
/* And the payload alone. */
bool vg_record_payload(const vg_record *record, vg_slice text, vg_arena *arena, vg_point *point,
                       vg_status *status);

#endif
