/* Names of ours as identifiers of PostgreSQL, which keeps 63 bytes of them and forgets the rest.
 * Every identifier of this adapter is made here: a prefix that says what it is, and the name.
 * Inside this adapter only.
 *
 *     tenant "acme"         acme is plain: vg_acme
 *     vector ""             v_
 *     collection "a~b"      c_a~<32 hex digits of the name's SHA-256>
 *     a name of 300 bytes   c_<its beginning>~<32 hex digits>
 *
 * Two different names never give one identifier, nor do names of different prefixes: no prefix
 * begins another, plain names hold no `~`, and what is hashed has one. Identifiers are always
 * quoted, so case and any character mean themselves. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_QUOTE_H
#define ADAPTERS_VECTOR_PGVECTOR_QUOTE_H

#include "vecgate/arena.h"

enum { VG_PG_NAME_BYTES = 63, VG_PG_PREFIX_BYTES = 16 };

/* An identifier, not quoted yet, of a name in `parts`: one part stays readable where it can,
 * several are always hashed together. `prefix` has VG_PG_PREFIX_BYTES at most. {NULL}: no memory.
 */
vg_slice vg_pg_name(vg_arena *arena, const char *prefix, const vg_slice *parts, uint32_t count);

/* What this adapter names so. All in the arena; {NULL}: no memory. */
vg_slice vg_pg_schema_name(vg_arena *arena, vg_slice tenant);    /* vg_… */
vg_slice vg_pg_table_name(vg_arena *arena, vg_slice collection); /* c_… */
vg_slice vg_pg_column_name(vg_arena *arena, vg_slice vector);    /* v_…, of any kind of vector */
/* Of one of the table's indexes: `kind` is a word of ours, `key` what it is over. i_… */
vg_slice vg_pg_index_name(vg_arena *arena, vg_slice collection, vg_slice kind, vg_slice key);

/* The same of a payload field's: f_…. Which of a table's indexes are such ones shows, so that those
 * of fields that are not declared any more are known. */
#define VG_PG_FIELD_PREFIX "f_"
vg_slice vg_pg_field_index_name(vg_arena *arena, vg_slice collection, vg_slice kind, vg_slice key);
bool vg_pg_is_field_index_name(vg_slice name);

/* E'text', where no parameter can stand (extract.h): the same whatever the session's
 * standard_conforming_strings. UTF-8 without NUL. {NULL}: no memory. */
vg_slice vg_pg_literal(vg_arena *arena, vg_slice text);

/* "name" with its quotes, as it stands in a statement. {NULL}: no memory. The name has no NUL, as
 * those made here. */
vg_slice vg_pg_quote(vg_arena *arena, vg_slice name);

#endif
