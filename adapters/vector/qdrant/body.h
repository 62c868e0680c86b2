/* The body and the path of a request while they are made. Inside this adapter only. */
#ifndef ADAPTERS_VECTOR_QDRANT_BODY_H
#define ADAPTERS_VECTOR_QDRANT_BODY_H

#include "adapters/vector/qdrant/qdrant.h"
#include "base/buf.h"

struct body {
    vg_buf buf;
    vg_json_out out; /* onto buf; inside of one open object */
};

/* NULL: the try has failed. `expected` is a guess that saves growing. */
struct body *vg_qdrant_open_body(vg_try *t, size_t expected);
/* Closes the object and puts the body into the request, whose target is set. */
bool vg_qdrant_close_body(struct body *body, vg_try *t, vg_http_request *out);
/* A request without a body so far; false, and the try has failed, when there is no target. */
bool vg_qdrant_ask(vg_try *t, vg_http_request *out, const char *method, vg_slice target);
/* "/collections/<escaped name><suffix>"; empty when memory is gone. */
vg_slice vg_qdrant_path(vg_arena *arena, vg_slice name, vg_slice suffix);
/* Fails the try; answers false. */
bool vg_qdrant_too_large(vg_try *t);

#endif
