/* Values of $1, $2, … in the forms that PostgreSQL takes: binary where a type has a fixed one, so
 * that nothing is escaped. Texts are views; the rest is made in the arena, and memory that is gone
 * shows in the arena. Inside this adapter only. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_PARAM_H
#define ADAPTERS_VECTOR_PGVECTOR_PARAM_H

#include "vecgate/pg.h"
#include "vecgate/point.h"

/* Types that are the same in all databases (pg_type.dat). */
enum {
    VG_PG_BOOL = 16,
    VG_PG_BYTEA = 17,
    VG_PG_INT8 = 20,
    VG_PG_TEXT = 25,
    VG_PG_FLOAT8 = 701,
    VG_PG_JSONB = 3802,
    VG_PG_JSONPATH = 4072,
    VG_PG_BYTEAS = 1001,
    VG_PG_TEXTS = 1009,
    VG_PG_INT8S = 1016,
    VG_PG_FLOAT8S = 1022,
};

/* A view as a value of a type that has a text form; {"", 0} when there are no bytes. */
vg_pg_param vg_pg_param_of(vg_slice text, uint32_t type);
vg_pg_param vg_pg_param_bytes(vg_slice bytes);
vg_pg_param vg_pg_param_bool(bool value);
vg_pg_param vg_pg_param_int(vg_arena *arena, int64_t number);
vg_pg_param vg_pg_param_float(vg_arena *arena, double number);
vg_pg_param vg_pg_param_id(vg_arena *arena, const vg_point_id *id);

/* Arrays. */
vg_pg_param vg_pg_param_texts(vg_arena *arena, const vg_slice *at, uint32_t count);
vg_pg_param vg_pg_param_bytes_array(vg_arena *arena, const vg_slice *at, uint32_t count);
vg_pg_param vg_pg_param_ints(vg_arena *arena, const int64_t *at, uint32_t count);
vg_pg_param vg_pg_param_floats(vg_arena *arena, const double *at, uint32_t count);
vg_pg_param vg_pg_param_ids(vg_arena *arena, const vg_point_id *at, uint32_t count);

/* The bytes of an id, at most VG_ID_KEY_MAX of them: 00 and 8 bytes, big-endian; 01 and a UUID's
 * 16; 02 and the text. They sort as vg_point_id_cmp says. Answers the length. */
size_t vg_pg_write_id(const vg_point_id *id, uint8_t *to);
/* Back again; a text is a view of the bytes. False: they are no id. */
bool vg_pg_read_id(vg_slice bytes, vg_point_id *out);

#endif
