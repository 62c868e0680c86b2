/* The values that a payload path leads to in a document (FACTS 7). A key leads into an object only:
 * an array on the way needs [] (all of its elements) or [n]. A path that leads nowhere has no
 * values: the field is missing. The one place that knows this: the evaluator, the functions that
 * SQL calls, and what fills indexes all ask here. */
#ifndef FILTER_VALUES_H
#define FILTER_VALUES_H

#include "vecgate/filter.h"
#include "vecgate/json.h"
#include "vecgate/payload_path.h"

/* A value where it was found; a view of the document. */
typedef struct vg_value {
    vg_json_kind kind;   /* ARRAY also for a VECTOR node */
    vg_slice raw;        /* its JSON */
    vg_slice text;       /* STRING: decoded */
    const vg_json *node; /* NULL: a number inside a VECTOR node */
} vg_value;

typedef enum vg_reach {
    VG_REACH_VALUES,   /* what the path leads to, arrays as they are */
    VG_REACH_ELEMENTS, /* an array at the end stands for its elements, one level deep */
} vg_reach;

/* True: seen enough. */
typedef bool vg_value_fn(const vg_value *value, void *arg);

/* Shows them in their order until one is enough; answers whether one was. `document` may be NULL,
 * or no object: no values. The value is valid during the call. */
bool vg_values_each(const vg_json *document, const vg_path *path, vg_reach reach, vg_value_fn *see,
                    void *arg);

/* A number as filters compare it. */
typedef struct vg_number {
    bool is_whole; /* written as an i64: without fraction and exponent, and within the type */
    int64_t whole;
    double real; /* in any case */
} vg_number;

/* False: it is no number. */
bool vg_value_number(const vg_value *value, vg_number *out);
/* null: 0, an array: its length, anything else: 1. */
uint32_t vg_value_count(const vg_value *value);
/* An object with numbers `lon` and `lat` within their ranges. Closer to 0 than this is 0, so that
 * no product of places gets smaller than a float64 can be: databases take that for an error. */
#define VG_GEO_NOTHING 1e-100
bool vg_value_geo(const vg_value *value, vg_geo *out);
/* A text that is a date-time, in microseconds since 1970, UTC. */
bool vg_value_datetime(const vg_value *value, int64_t *us);

#endif
