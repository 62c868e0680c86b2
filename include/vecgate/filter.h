/* The filter tree: one tree for the whole grammar (FACTS 7), made by a reader per API, compiled by
 * backends, evaluated where they cannot. Lives in the op's arena, read-only once made.
 * NULL stands for "no filter" everywhere; an empty clause counts as absent. */
#ifndef VECGATE_FILTER_H
#define VECGATE_FILTER_H

#include "vecgate/point.h"

/* What a condition asks. A backend's capabilities hold one bit for each (capabilities.h). */
typedef enum vg_test {
    VG_TEST_NESTED_FILTER, /* a whole filter as a condition */
    VG_TEST_MATCH_VALUE,
    VG_TEST_MATCH_ANY,
    VG_TEST_MATCH_EXCEPT,
    VG_TEST_MATCH_TEXT,
    VG_TEST_MATCH_PHRASE,
    VG_TEST_RANGE,
    VG_TEST_DATETIME_RANGE,
    VG_TEST_GEO_BOX,
    VG_TEST_GEO_RADIUS,
    VG_TEST_GEO_POLYGON,
    VG_TEST_VALUES_COUNT,
    VG_TEST_IS_EMPTY,
    VG_TEST_IS_NULL,
    VG_TEST_HAS_ID,
    VG_TEST_HAS_VECTOR,
    VG_TEST_NESTED_OBJECT,
    VG_TESTS,
} vg_test;

/* A payload value that a match compares with. Integers are i64; no stored float equals one. */
typedef struct vg_match_value {
    enum { VG_MATCH_TEXT, VG_MATCH_INTEGER, VG_MATCH_BOOL } kind;
    vg_slice text;
    int64_t integer; /* BOOL: 0 or 1 */
} vg_match_value;

/* A bound that was not given is absent, not infinite. Date-times: microseconds since 1970, UTC. */
typedef struct vg_range {
    bool has_lt, has_gt, has_lte, has_gte;
    double lt, gt, lte, gte;              /* RANGE, VALUES_COUNT */
    int64_t lt_us, gt_us, lte_us, gte_us; /* DATETIME_RANGE */
} vg_range;

typedef struct vg_geo {
    double lon, lat; /* degrees: [-180, 180], [-90, 90] */
} vg_geo;

typedef struct vg_geo_ring {
    const vg_geo *points; /* closed: the last is the first, four at least */
    uint32_t count;
} vg_geo_ring;

typedef struct vg_condition {
    vg_test test;
    vg_slice key; /* payload path as it was written; empty for HAS_ID, HAS_VECTOR, NESTED_FILTER */
    /* clang-format off */
    union {
        vg_match_value value; /* MATCH_VALUE */
        struct { const vg_match_value *at; uint32_t count; } list; /* MATCH_ANY, MATCH_EXCEPT */
        vg_slice text;        /* MATCH_TEXT, MATCH_PHRASE; HAS_VECTOR: its name */
        vg_range range;       /* RANGE, DATETIME_RANGE, VALUES_COUNT */
        struct { vg_geo top_left, bottom_right; } box; /* GEO_BOX; the others alike */
        struct { vg_geo center; double radius_m; } radius;
        struct { vg_geo_ring exterior; const vg_geo_ring *interiors; uint32_t count; } polygon;
        struct {
            bool wanted;     /* is it to be so, or not? */
            bool sees_inside; /* IS_NULL as a field's condition: also null inside an array counts */
        } is;                 /* IS_EMPTY, IS_NULL */
        struct { const vg_point_id *at; uint32_t count; } ids; /* HAS_ID */
        const vg_filter *filter; /* NESTED_FILTER, NESTED_OBJECT */
    } as;
    /* clang-format on */
} vg_condition;

typedef struct vg_clause {
    const vg_condition *at;
    uint32_t count;
} vg_clause;

/* The four clauses are ANDed. */
struct vg_filter {
    vg_clause must, should, must_not;
    vg_clause min_should;
    uint32_t min_count;
    vg_slice raw; /* the JSON it was read from, when it was JSON of FACTS' grammar; else empty */
};

#endif
