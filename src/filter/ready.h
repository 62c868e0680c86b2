/* A filter made ready: paths read, lists sorted, texts cut into tokens, and for each condition what
 * it means under the payload indexes that are declared (FACTS 7, payload_index.h). What is decided
 * here is decided once for the evaluator and for SQL. In the arena, read-only once made. */
#ifndef FILTER_READY_H
#define FILTER_READY_H

#include "vecgate/filter.h"
#include "vecgate/payload_index.h"
#include "vecgate/payload_path.h"

#include "filter/token.h"

typedef struct vg_ready vg_ready;

/* The values of a list, by kind, in order. */
typedef struct vg_match_set {
    const vg_slice *texts; /* as vg_slice_cmp orders */
    const int64_t *wholes;
    uint32_t text_count, whole_count;
    bool has_bool[2];
} vg_match_set;

/* Which values an EXCEPT looks at. */
typedef enum vg_among { VG_AMONG_ALL, VG_AMONG_TEXTS, VG_AMONG_WHOLES } vg_among;

/* One condition. */
typedef struct vg_ask {
    const vg_condition *condition;
    vg_path path;          /* NESTED_OBJECT: it ends in []. Of HAS_ID, …: nothing */
    const vg_index *index; /* declared for this path, counted from the payload; NULL: none */
    bool in_object;        /* the path begins at an element of a NESTED_OBJECT */
    vg_match_set set;      /* MATCH_ANY, EXCEPT */
    vg_among among;        /* MATCH_EXCEPT */
    bool sees_inside;      /* IS_NULL */
    bool is_whole;         /* RANGE: its bounds are the i64 of range.…_us */
    vg_range range;        /* RANGE, DATETIME_RANGE, VALUES_COUNT */
    bool by_tokens; /* MATCH_TEXT: all in one field. MATCH_PHRASE: side by side in one text */
    vg_tokens tokens;
    const vg_ready *filter; /* NESTED_FILTER, NESTED_OBJECT */
    uint32_t depth;         /* of filters below */
} vg_ask;

typedef struct vg_asks {
    const vg_ask *at; /* the deepest first: their order means nothing */
    uint32_t count;
} vg_asks;

struct vg_ready {
    vg_asks must, should, must_not, min_should;
    uint32_t min_count;
    uint32_t depth;
};

/* `filter` and `indexes` must outlive it; either may be NULL. NULL: INVALID (`Invalid json path:
 * 'x'`) or TOO_LARGE. */
const vg_ready *vg_ready_make(vg_arena *arena, const vg_filter *filter, const vg_indexes *indexes,
                              vg_status *status);

bool vg_match_set_has_text(const vg_match_set *set, vg_slice text);
bool vg_match_set_has_whole(const vg_match_set *set, int64_t whole);

#endif
