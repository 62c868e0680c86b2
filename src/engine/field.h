/* Payload indexes as the engine holds them. */
#ifndef ENGINE_FIELD_H
#define ENGINE_FIELD_H

#include "vecgate/payload_index.h"

typedef struct vg_field {
    vg_index index;
    uint64_t number; /* its tables are field_<number>…; never given again */
    bool is_ready;   /* false: it is being filled, and no query may use it */
} vg_field;

typedef struct vg_fields {
    const vg_field *at;
    uint32_t count;
} vg_fields;

#endif
