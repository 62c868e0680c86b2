/* Bodies of Qdrant's routes for fuzzing: JSON, reader, and what must hold of an operation that was
 * accepted, or of the refusal. */
#ifndef VG_TESTS_SUPPORT_FUZZ_FRONT_H
#define VG_TESTS_SUPPORT_FUZZ_FRONT_H

#include "vecgate/json.h"

#include "front/front.h"

typedef struct fuzz_route {
    const char *method;
    const char *path;
} fuzz_route;

/* The first byte chooses one of `routes` ('0' is the first), the rest is the body. `check` sees the
 * body and the operation that was accepted. */
void fuzz_front(const uint8_t *data, size_t size, const fuzz_route *routes, size_t count,
                void (*check)(const vg_op *op, vg_slice body));

/* An id that this front takes; `may_be_text`: also one of the native API's. */
void fuzz_check_id(const vg_point_id *id, bool may_be_text);
/* As fuzz_check_vector(), and what stays JSON is a view of the body. */
void fuzz_check_vector_of(const vg_vector *vector, vg_slice body);
void fuzz_check_selectors(const vg_payload_selector *payload, const vg_vector_selector *vectors);
/* Within the body, whole, and JSON of its own. */
void fuzz_check_object(vg_slice raw, vg_slice body);
/* A document of its own. */
void fuzz_check_json(vg_arena *arena, vg_slice text);

#endif
