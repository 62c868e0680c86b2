/* A query while it is asked: what search.c, examples.c and score.c share. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_SEARCH_H
#define ADAPTERS_VECTOR_PGVECTOR_SEARCH_H

#include "adapters/vector/pgvector/numbers.h"
#include "adapters/vector/pgvector/pgvector.h"

enum vg_pgvector_search_stage { VG_PGVECTOR_ASK, VG_PGVECTOR_EXAMPLES, VG_PGVECTOR_READ };

/* One of the vectors that points are compared with: given, or that of a stored point. */
typedef struct vg_pgvector_example {
    vg_point_id id; /* NONE: it was given */
    vg_vector vector;
    bool is_found;
    const float *floats; /* as they are compared */
} vg_pgvector_example;

typedef struct vg_pgvector_question {
    const vg_search *query;
    const vg_vector_params *params;
    vg_slice column; /* p."v_…" */
    vg_pgvector_index index;
    vg_pgvector_reading reading;
    bool is_near; /* one vector, that of examples[0], once they are made */
    /* Nearest: one. Average, best score, sum: the positives, then the negatives. Discovery,
     * context: pair by pair; then the target. */
    vg_pgvector_example *examples;
    uint32_t count, positive_count;
    const vg_point_id *except;
    uint32_t except_count;
    uint32_t look; /* the statement that finds stored ones; then that of weights */
    bool has_ids, has_weights;
    struct vg_pgvector_weights *weights;
    uint32_t statement; /* that asks */
    uint32_t asked;     /* its parameter that holds the vector */
    bool is_walked;     /* by an index */
} vg_pgvector_question;

typedef struct vg_pgvector_search_state {
    vg_pgvector_question *at;
    uint32_t count;
    bool is_exact; /* asked of all points */
} vg_pgvector_search_state;

/* ---- examples.c ---- */

/* Which vectors a query is about, and which points are left out for it. */
bool vg_pgvector_list_examples(vg_pgvector_job *job, vg_pgvector_question *q);
/* The statements that find what of it is stored; `looks` is set when there are some. */
bool vg_pgvector_add_look(vg_pgvector_job *job, vg_pgvector_question *q, bool *looks);
/* NOT_FOUND: a point, or its vector. */
bool vg_pgvector_read_look(vg_pgvector_job *job, const vg_reply *reply, vg_pgvector_question *q);
/* Their floats; of an average, the one vector. */
bool vg_pgvector_make_examples(vg_pgvector_job *job, vg_pgvector_question *q);

/* ---- score.c ---- */

/* A float8 that is larger for what comes first. Reported as it is, but for nearness to a
 * multivector by a distance, which is then negative, and squared for Euclid. */
void vg_pgvector_put_score(vg_pgvector_job *job, vg_pgvector_question *q);

#endif
