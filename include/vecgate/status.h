/* Errors are values. A function answers with a vg_code, a bool or a pointer; the story is told
 * once, in a vg_status, where it is best known. One row of status.def decides what each protocol
 * says. */
#ifndef VECGATE_STATUS_H
#define VECGATE_STATUS_H

#include "vecgate/arena.h"

/* May the runner send the same exchange again after this code? */
typedef enum vg_again {
    VG_NEVER,     /* it would end the same way */
    VG_IF_SAFE,   /* a read, or a write that the exchange says may be repeated */
    VG_WHEN_TOLD, /* later, when the backend says so */
} vg_again;

typedef enum vg_code {
#define STATUS(code, metric, native, qdrant, grpc, again, prefix, text) VG_##code,
#include "vecgate/status.def"
#undef STATUS
    VG_CODES
} vg_code;

/* All slices are borrowed from an arena that outlives the status, or are literals. */
struct vg_status {
    vg_code code;
    vg_slice what;  /* one sentence: what was wrong, what would be right; empty: the row's text */
    vg_slice where; /* "points[3].vector", "conf.yaml:12 listen", "qdrant http://…"; or empty */
    vg_slice upstream; /* the backend's own code, "404" or a SQLSTATE; empty when there is none */
    uint32_t retry_after_ms; /* 0: nobody said */
    /* Of a write: it may have been done all the same. An adapter says so of a failure that it read,
     * the runner of what was sent before. */
    bool is_unclear;
};

typedef struct vg_code_row {
    const char *name;   /* "INVALID" */
    const char *metric; /* "invalid": in metrics, logs, problem types */
    uint16_t native_http;
    uint16_t qdrant_http;
    uint8_t grpc;
    vg_again again;
    const char *qdrant_prefix;
    const char *text;
} vg_code_row;

/* What an OVERLOADED status says when vg_arena_is_starved(). */
#define VG_STARVED "all requests together hold as much memory as they may, try again soon"

/* Never NULL; a code outside the table is answered with INTERNAL's row. */
const vg_code_row *vg_code_describe(vg_code code);

/* Writes the story unless one was told already (the first stands); answers `code`. `status` may be
 * NULL. `what` and `where` must live as long as the status. */
vg_code vg_status_set(vg_status *status, vg_code code, vg_slice what, vg_slice where);
/* The same with a sentence made in `arena`. */
vg_code vg_status_setf(vg_status *status, vg_arena *arena, vg_code code, vg_slice where,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));
/* status->what, or the row's text when it is empty. */
vg_slice vg_status_what(const vg_status *status);

#endif
