/* What the files of this adapter share. adapter.c holds the options, the table and the steps.
 *
 *     job.c       the statements of one transaction while they are made, and their results
 *     schema.c    creating and dropping collections; tenant.c erasing a tenant; fields.c what
 * changes of them; migrate.c the gateway's own tables describe.c  what a collection is, and which
 * there are index.c     which indexes there are to be; build.c builds them; states.c how far they
 * are write.c     points in and out; payload.c their payloads; update.c one after the other read.c
 * points by id, in an order, counted; search.c points by their vectors decode.c    rows to points;
 * errors.c SQLSTATEs to codes numbers.c, cells.c   vectors in PostgreSQL's binary forms filter*.c,
 * sql.c, quote.c filters, statements, names
 *
 * A collection is a table of its own in its tenant's schema:
 *
 *     vg_<tenant>.c_<collection>  id bytea, doc json, payload jsonb, ver bigint, v_<vector> …,
 *                                 x_<vector> …
 *     vg_<tenant>.n_<collection>  the sequence of its operations' numbers
 *     vecgate.collections         what each is, as JSON
 *
 * Where tenants are kept apart by row-level security, collections of the same vectors share a
 * table:
 *
 *     vecgate_rows.s_<vectors>    tenant text, collection text, and the same columns
 *     vecgate_rows.n_<…>          the sequence, each collection's own
 *
 * Of these a policy shows the rows of the tenant that the transaction's first statement names.
 *
 * `doc` is a payload as it was written, with its order of keys and its numbers' digits, which comes
 * back; `payload`, generated of it, is what filters look at.
 *
 * Cosine vectors are stored normalised, so that their inner product is their cosine and a vector of
 * zeros has one, too. A sparse vector's indices stand beside it (x_…): which points share one with
 * a query, an index of them tells, and those of zeros are kept. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_H
#define ADAPTERS_VECTOR_PGVECTOR_H

#include "vecgate/vector_backend.h"

#include "adapters/vector/pgvector/cells.h"
#include "adapters/vector/pgvector/filter.h"
#include "adapters/vector/pgvector/sql.h"

/* ---- configuration ---- */

typedef struct vg_pgvector_conf {
    vg_slice url, direct_url, replicas, password, ca_file;
    uint64_t min_connections, max_connections, max_queue;
    uint64_t connect_ms, idle_ms, lifetime_ms, max_lag_ms;
    uint64_t max_reply_bytes;
    int prepares; /* vg_pg_prepares */
    enum { VG_PGVECTOR_BY_SCHEMA, VG_PGVECTOR_BY_ROWS } isolation;
    enum { VG_PGVECTOR_HNSW, VG_PGVECTOR_IVFFLAT, VG_PGVECTOR_NO_INDEX } index;
    uint64_t ivfflat_lists, ivfflat_probes; /* 0: by the formulas of index.c */
    uint64_t hnsw_m, hnsw_ef_construction, hnsw_ef_search, hnsw_max_scan_tuples,
        hnsw_full_scan_bytes;
} vg_pgvector_conf;

/* ---- adapter.c ---- */

extern const char *const vg_pgvector_names[VG_OP_KINDS]; /* of exchanges: "pgvector.upsert" */

/* ---- job.c ---- */

typedef struct vg_pgvector_job {
    const vg_pgvector_conf *conf;
    const vg_op *op;
    vg_try *t;
    bool is_shared;                  /* with other collections, of other tenants too: see above */
    vg_slice collection;             /* its physical name; empty: none is meant */
    vg_slice schema, table, numbers; /* identifiers, not quoted */
    vg_slice owner;                  /* what its indexes are named after */
    vg_pg_sql sql;                   /* the statement that is being written */
    vg_pg_statement *statements;
    uint32_t count, room;
    bool is_costly;     /* in PostgreSQL's eyes, who would compile it */
    bool has_settings;  /* what was sent begins with a statement of settings */
    bool lacks_vectors; /* an index of vectors that there is to be is not there */
    void *state;        /* the step's own, between exchanges */
} vg_pgvector_job;

/* In the scratch, and t->state; for the collection that the op is about, when there is one. NULL:
 * the try has failed. */
vg_pgvector_job *vg_pgvector_begin(const vg_backend *self, const vg_op *op, vg_try *t);
/* Forgets the statements: those of the next exchange follow. */
void vg_pgvector_anew(vg_pgvector_job *job);
/* Ends the one that job->sql holds. False: the try has failed. */
bool vg_pgvector_end_statement(vg_pgvector_job *job);
/* The same for a text without values. */
bool vg_pgvector_add(vg_pgvector_job *job, const char *text);
/* All statements, in one transaction. */
vg_next vg_pgvector_send(vg_pgvector_job *job, const char *name, vg_exchange *out);
/* The same, of an op that writes, for statements that only look. */
vg_next vg_pgvector_send_look(vg_pgvector_job *job, const char *name, vg_exchange *out);
/* The one statement, outside of a transaction, on a connection of its own. */
vg_next vg_pgvector_send_alone(vg_pgvector_job *job, const char *name, vg_exchange *out);

/* Sets the table of a collection of that spec, once it is known. */
void vg_pgvector_place(vg_pgvector_job *job, const vg_collection_spec *spec);
/* The collection's points as p, to be read; the table as p, to be changed, and then the condition
 * (" AND …") that keeps to the collection's. */
void vg_pgvector_put_table(vg_pgvector_job *job);
void vg_pgvector_put_target(vg_pgvector_job *job);
void vg_pgvector_put_own(vg_pgvector_job *job);
/* schema.name, quoted: where an identifier stands, and as a value. */
void vg_pgvector_put_name(vg_pgvector_job *job, vg_slice name);
void vg_pgvector_bind_name(vg_pgvector_job *job, vg_slice name);
/* The condition of a filter, and of ids when there are some. False: the try has failed. */
bool vg_pgvector_put_filter(vg_pgvector_job *job, const vg_filter *filter);

/* The rows of the i-th statement. They have that many columns, or the try has failed: NULL. */
const vg_pg_rows *vg_pgvector_rows(vg_try *t, const vg_reply *reply, uint32_t i, uint32_t columns);
/* How many rows it changed. */
uint64_t vg_pgvector_affected(const vg_try *t, const vg_reply *reply, uint32_t i);
static inline vg_slice vg_pgvector_cell(const vg_pg_rows *rows, uint32_t row, uint32_t column)
{
    return rows->cells[row * rows->columns + column];
}

/* ---- errors.c ---- */

vg_code vg_pgvector_code_of(const char *state);
/* Does its SQLSTATE begin so? `error` may be NULL. */
bool vg_pgvector_is_state(const vg_pg_error *error, const char *state);
/* Is it that a table or schema is not there? */
bool vg_pgvector_is_absent(const vg_pg_error *error);
/* Fails the try as the error says; VG_AGAIN where another transaction was in the way. What is
 * absent is the op's collection. */
vg_next vg_pgvector_fail(const vg_op *op, vg_try *t, const vg_pg_error *error);
vg_next vg_pgvector_no_collection(const vg_op *op, vg_try *t);
/* The answer is none of what was asked. */
vg_next vg_pgvector_misread(vg_try *t, const char *what);
/* Fails the try for lack of memory; answers false. */
bool vg_pgvector_spent(vg_try *t);

/* ---- schema.c ---- */

/* A column of a SELECT: does row-level security not hold for this role? And the failure. */
#define VG_PGVECTOR_BYPASSES \
    "(SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname=current_user)"
vg_next vg_pgvector_bypasses(vg_try *t);

/* ---- migrate.c ---- */

enum { VG_PGVECTOR_VERSION = 1 };
/* Statements that bring the gateway's own tables to this version, whatever they are now; under a
 * lock that others wait for. Changes nothing when they are. False: the try has failed. */
bool vg_pgvector_add_migration(vg_pgvector_job *job);

/* ---- columns: schema.c ---- */

/* "vector(384)", "halfvec(384)", "sparsevec", "vector[]". */
vg_slice vg_pgvector_type(vg_arena *arena, const vg_vector_params *params);
/* x_<vector>: the indices that stand beside a sparse vector. */
vg_slice vg_pgvector_indices_name(vg_arena *arena, vg_slice vector);
bool vg_pgvector_is_half(const vg_vector_params *params);

/* ---- index.c ---- */

/* How a dense vector is compared so that its index can be used. */
typedef struct vg_pgvector_index {
    bool is_there;     /* false: nothing but to scan */
    bool is_cast;      /* it is of fewer bits than the column: what it finds is put in order anew */
    bool cannot_be;    /* one is wanted, and pgvector has none of that form */
    bool is_overruled; /* what the collection says of it: the index is others', too */
    bool is_lists;     /* IVFFlat: built when there are points to make lists of */
    const char *operators;
    vg_slice expression; /* what is compared, of the column alone: "v_", ("v_"::halfvec(3000)) */
    vg_slice cast;       /* the type of what it is compared with: vector(3) */
    vg_slice options;    /* m=16,ef_construction=100; of lists empty, when their number is ours */
} vg_pgvector_index;
/* False: the try has failed. */
bool vg_pgvector_index_of(vg_pgvector_job *job, const vg_collection_spec *spec,
                          const vg_vector_params *params, vg_pgvector_index *out);
const char *vg_pgvector_operator(const vg_vector_params *params);
/* An index that a collection is to have. */
typedef struct vg_pgvector_wanted {
    enum {
        VG_PGVECTOR_GRAPH, /* or lists */
        VG_PGVECTOR_SPARSE,
        VG_PGVECTOR_PAYLOAD, /* one for all fields that are looked up by value */
        VG_PGVECTOR_FIELD,   /* one of its own (extract.h) */
    } kind;
    const vg_vector_params *params; /* of GRAPH and SPARSE */
    vg_pgvector_index graph;
    const vg_index *field;   /* of FIELD; of PAYLOAD the first of them */
    vg_slice expression;     /* of FIELD */
    const char *method;      /* of FIELD */
    vg_slice name, new_name; /* the second while another one of the name is still used */
} vg_pgvector_wanted;
typedef struct vg_pgvector_wanteds {
    vg_pgvector_wanted *at;
    uint32_t count;
} vg_pgvector_wanteds;
/* All of them. Of payloads, and of the indices of sparse vectors, a table that tenants share has
 * none: PostgreSQL lets no condition but a leakproof one come before a policy's, and neither JSON's
 * nor arrays' are, so nothing would ever look at them. False: the try has failed. */
bool vg_pgvector_list_wanted(vg_pgvector_job *job, const vg_collection_spec *spec,
                             vg_pgvector_wanteds *out);
/* Is this the name of an index of ours that is none of these? */
bool vg_pgvector_is_unwanted(vg_pgvector_job *job, const vg_collection_spec *spec,
                             const vg_pgvector_wanteds *wanted, vg_slice name);
/* IVFFlat: so many lists for so many points, and the least that are worth it. */
enum { VG_PGVECTOR_LEAST_LISTED = 1000 };
uint64_t vg_pgvector_lists(const vg_pgvector_conf *conf, uint64_t points);
/* "CREATE INDEX " and what follows, as `name`; `points`: what lists are made for. */
void vg_pgvector_put_index(vg_pgvector_job *job, const vg_pgvector_wanted *wanted,
                           const char *create, vg_slice name, uint64_t points);
/* Statements of a new, empty table; sets job->lacks_vectors when something is left to BUILD_INDEX.
 */
bool vg_pgvector_add_indexes(vg_pgvector_job *job, const vg_collection_spec *spec);

/* ---- states.c ---- */

typedef struct vg_pgvector_state {
    bool is_there, is_valid, is_built_now;
    vg_slice options;     /* a view of the reply: "m=16,ef_construction=100" */
    uint64_t done, total; /* blocks, while it is being built */
    uint64_t points; /* that the table is thought to have; also of an index that is not there */
} vg_pgvector_state;

enum { VG_PGVECTOR_STATE_COLUMNS = 7 };
/* The statement that asks for the states of all indexes of the job's table, of which there is one
 * at least, and one's state. */
void vg_pgvector_put_states(vg_pgvector_job *job);
bool vg_pgvector_find_state(vg_try *t, const vg_pg_rows *rows, vg_slice name,
                            vg_pgvector_state *out);
/* The color and trouble of a description. */
bool vg_pgvector_read_states(vg_pgvector_job *job, const vg_reply *reply, uint32_t statement,
                             vg_collection_info *info);

/* ---- decode.c ---- */

/* What comes with each point, behind its id and version. */
typedef struct vg_pgvector_reading {
    vg_try *t;
    const vg_collection_spec *spec;
    const vg_payload_selector *with_payload;
    const vg_vector_selector *with_vectors;
    const struct vg_projection *projection;
    uint32_t columns; /* in all */
} vg_pgvector_reading;
bool vg_pgvector_read_begin(vg_pgvector_reading *reading, vg_pgvector_job *job,
                            const vg_payload_selector *with_payload,
                            const vg_vector_selector *with_vectors);
/* "p.id,p.ver,…": the columns that vg_pgvector_read_point() expects. */
void vg_pgvector_put_columns(const vg_pgvector_reading *reading, vg_pg_sql *sql);
/* False: the try has failed. */
bool vg_pgvector_read_point(const vg_pgvector_reading *reading, const vg_pg_rows *rows,
                            uint32_t row, vg_point *out);

/* ---- describe.c ---- */

/* The statement for the collection's row, and its spec: untouched when there is none. False: the
 * try has failed. */
bool vg_pgvector_ask_spec(vg_pgvector_job *job);
bool vg_pgvector_read_spec(vg_pgvector_job *job, const vg_reply *reply, uint32_t statement,
                           vg_collection_spec *spec);

/* ---- order.c: a scroll by the values of a field ---- */

bool vg_pgvector_ask_order(vg_pgvector_job *job, const vg_pgvector_reading *reading);
/* The value of each point is the last column. */
bool vg_pgvector_read_order(vg_pgvector_job *job, const vg_pg_rows *rows, const vg_points *points);

/* ---- steps ---- */

vg_step_fn vg_pgvector_health, vg_pgvector_create, vg_pgvector_drop, vg_pgvector_drop_tenant,
    vg_pgvector_describe, vg_pgvector_list, vg_pgvector_update, vg_pgvector_get, vg_pgvector_scroll,
    vg_pgvector_count, vg_pgvector_search, vg_pgvector_facet, vg_pgvector_change_fields,
    vg_pgvector_update_collection, vg_pgvector_build;

#endif
