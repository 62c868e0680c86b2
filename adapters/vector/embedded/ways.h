/* What is done in a store once it is at hand: the stages behind VISIT (adapter.c), for each kind of
 * operation a way through them. */
#ifndef EMBEDDED_WAYS_H
#define EMBEDDED_WAYS_H

#include "vecgate/vector_backend.h"

#include "engine/read.h"
#include "engine/stores.h"

typedef enum embedded_stage {
    EMBEDDED_BEGIN,
    EMBEDDED_VISIT, /* the tenant's store is asked for */
    EMBEDDED_ASK,
    EMBEDDED_COMMIT,
    EMBEDDED_ANSWER,
} embedded_stage;

typedef bool embedded_reader(const vg_read *read, const vg_op_input *in, vg_op_result *out);

/* What a try works on: in its scratch, touched by one thread at a time. */
typedef struct embedded_job {
    vg_visit visit;
    vg_work work; /* of ASK */
    vg_read read;
    vg_op_result *out;
    const vg_op *op;
    embedded_reader *reader;
    vg_write write;
    uint32_t dropped; /* DROP_TENANT: how many of the collections that were listed */
} embedded_job;

/* From ASK on. */
typedef vg_next embedded_way(embedded_job *j, vg_try *try, vg_exchange *out);
embedded_way *embedded_way_of(vg_op_kind kind);

vg_next embedded_too_large(vg_try *try);

#endif
