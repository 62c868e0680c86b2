/* One operation: the same object from the front to the backend and back. Made by a front in an
 * arena of its own, read-only once decoded, completed exactly once, freed by whoever made it.
 *
 *     front ── vg_plan_start(op) ──▶ plan ── vg_call_start(op) ──▶ runner ──▶ adapter
 *     front ◀──────────────── op->done(op), from the loop, never inside start ──────────┘ */
#ifndef VECGATE_OP_H
#define VECGATE_OP_H

#include "vecgate/filter.h"
#include "vecgate/metadata_store.h"
#include "vecgate/payload_index.h"
#include "vecgate/timing.h"
#include "vecgate/trace.h"

typedef enum vg_op_kind {
#define OP(kind, name, writes, repeats) VG_OP_##kind,
#include "vecgate/op.def"
#undef OP
    VG_OP_KINDS
} vg_op_kind;

typedef struct vg_op_row {
    const char *name;
    bool writes;
    bool repeats;
} vg_op_row;
const vg_op_row *vg_op_describe(vg_op_kind kind);

/* Who asks. Lives as long as the arena of the op that a front, or a job, made; an op that may
 * outlive the one it was made after has a copy of its own (vg_tenant_copy()). */
struct vg_tenant {
    vg_slice name; /* "default" */
    bool is_sole;  /* nobody else uses this gateway: ids and names stay raw (design 4) */
};
enum { VG_TENANT_NAME_BYTES = 128 };
/* For whoever gives another one. Line separators and what is no character are refused as control
 * characters are; "." and ".." could not be named in a path. */
#define VG_TENANT_NAME_RULE                                                                    \
    "UTF-8 of 1 to 128 bytes without control characters, does not begin with a slash, and is " \
    "neither \".\" nor \"..\""
bool vg_tenant_name_can_be(vg_slice name);
/* NULL: the arena is spent. */
const vg_tenant *vg_tenant_copy(vg_arena *arena, const vg_tenant *tenant);

/* What the credential asks beside the op itself; plan obeys. Lives as long as `who`. */
typedef struct vg_claims {
    /* A point that must be there: else the op ends UNAUTHENTICATED, or FORBIDDEN when there is no
     * such collection. NULL: none. */
    vg_slice exists_in;
    const vg_filter *exists;
    /* Of op->collection nothing but what matches this is there for the op: it is ANDed to each of
     * its filters. NULL: all of it. */
    const vg_filter *only;
} vg_claims;

/* ---- what a collection is ---- */

typedef struct vg_vector_params {
    vg_slice name; /* empty: the unnamed vector */
    vg_vector_kind kind;
    uint32_t size;                /* numbers; of a multivector: of one row. 0: sparse */
    vg_distance distance;         /* sparse: VG_DOT */
    bool has_idf;                 /* sparse: the modifier "idf" */
    bool names_no_idf;            /* sparse: the modifier "none" was given, which is the default */
    vg_slice hnsw_config;         /* raw JSON object given for this vector; empty when none */
    vg_slice quantization_config; /* the same */
    vg_slice sparse_index;        /* the same: `index` of a sparse vector */
    vg_slice datatype;            /* as it was given; empty when not. vg_datatype_of() */
    int8_t on_disk;               /* -1 not given, else 0 or 1 */
} vg_vector_params;

typedef struct vg_collection_spec {
    const vg_vector_params *vectors; /* each name once, in the order of the request */
    uint32_t vector_count;           /* 0: points have payloads only */
    vg_indexes indexes;              /* payload fields that were declared */
    /* A JSON object of the settings that were given at creation and have no effect on answers, in
     * the request's own words (FACTS 10): hnsw_config, optimizers_config, wal_config, shard_number,
     * replication_factor, write_consistency_factor, on_disk_payload, metadata, … Empty when none.
     * Backends that know them get them; the description gives them back. */
    vg_slice settings;
} vg_collection_spec;

/* Its own quantization_config when it is to be quantized to bfloat16, which no grammar of Qdrant's
 * can say: always just these bytes. */
#define VG_BFLOAT16_CONFIG "{\"bfloat16\":{}}"
bool vg_vector_is_bfloat16(const vg_vector_params *params);

/* The params of a vector's name, or NULL. */
const vg_vector_params *vg_spec_vector(const vg_collection_spec *spec, vg_slice name);
/* Is it of the kind and size that they say? A list of numbers is a multivector of one row, too.
 * False: INVALID in the words of FACTS 1.3, with an empty `where`. */
bool vg_vector_fits(vg_arena *arena, const vg_vector_params *params, const vg_vector *vector,
                    vg_status *status);

/* A catalog entry as an op sees it: immutable, counted, shared by the ops that use it. */
struct vg_collection {
    vg_slice name;     /* the tenant's */
    vg_slice physical; /* the backend object's */
    bool raw_ids;      /* the object is its own; else tenants may share it (vg_placement) */
    vg_collection_spec spec;
    uint64_t created_ms;
    uint64_t version; /* of the metadata row */
};

/* What DESCRIBE finds out. */
typedef struct vg_collection_info {
    bool exists;
    vg_collection_spec spec;
    enum { VG_GREEN, VG_YELLOW, VG_GREY, VG_RED } color;
    vg_slice trouble;  /* why it is not green, or what holds while it is; empty: nothing */
    bool tells_builds; /* the backend says itself how far its indexes are; no job knows better */
    uint64_t points_count;
    uint64_t indexed_vectors_count;
    uint64_t segments_count;
    const uint64_t *index_points; /* points with a value, for each of spec.indexes; NULL: unknown */
    /* From a backend that speaks Qdrant's own words, as it said them; else empty. */
    vg_slice config;
    vg_slice payload_schema;
} vg_collection_info;

/* What BUILD_INDEX says of the indexes that a collection's vectors are to have. */
typedef enum vg_build_state {
    VG_BUILD_DONE,     /* all are there and can be used */
    VG_BUILD_NEEDED,   /* something is to be built and nobody is at it: build */
    VG_BUILD_GOING_ON, /* the backend is at it, whoever asked it to: look again */
} vg_build_state;

typedef struct vg_index_build {
    vg_build_state state;
    vg_slice cursor;   /* what the adapter wants to be told next time; kept by the job */
    uint64_t done;     /* of … */
    uint64_t total;    /* 0: unknown; in the adapter's own unit (rows, blocks) */
    uint32_t again_ms; /* NEEDED, GOING_ON: not before; 0: whenever the job likes */
} vg_index_build;

enum { VG_BUILD_CURSOR_BYTES = 1024 }; /* UTF-8; a longer one fails the job */

/* What became of a collection that was left half-made or half-deleted. */
typedef enum vg_repair {
    VG_REPAIR_NOTHING,  /* it was whole, or is not there */
    VG_REPAIR_FINISHED, /* its creation */
    VG_REPAIR_UNDONE,   /* its creation; or its deletion is finished */
    VG_REPAIR_YOUNG,    /* another gateway may be at it: not before due_ms */
} vg_repair;

/* ---- inputs ---- */

/* One change of points (FACTS 5). `kind` is UPSERT to DELETE_VECTORS. Those that select take `ids`
 * when there are some, else every point that `filter` matches. Of a repeated id the last counts; of
 * UPDATE_VECTORS each, in their order.
 *
 * Ids that are not there: DELETE and DELETE_VECTORS pass them over. The others but UPSERT change
 * the points that are there and then, when the client waits, end with NOT_FOUND `No point with id 7
 * found`. */
typedef struct vg_update {
    vg_op_kind kind;
    const vg_point *points; /* UPSERT: whole points. UPDATE_VECTORS: ids and vectors */
    uint32_t point_count;
    const vg_point_id *ids; /* all others: these … */
    uint32_t id_count;
    const vg_filter *filter; /* … or, when there are none, those that match */
    vg_slice payload;        /* SET_, OVERWRITE_PAYLOAD: raw JSON object */
    vg_slice key;            /* SET_PAYLOAD: path of the object to merge into; empty: the payload */
    const vg_slice *names;   /* DELETE_PAYLOAD: paths. DELETE_VECTORS: names */
    uint32_t name_count;
} vg_update;

/* How SCROLL goes through a collection when it is not by id. */
typedef struct vg_order_by {
    vg_slice key; /* an indexed field; empty: by id */
    bool descends;
    bool has_start; /* values from `start` on, it included */
    vg_order_value start;
} vg_order_by;

typedef struct vg_alias {
    vg_slice name;
    vg_slice collection;
} vg_alias;

/* One of the actions of CHANGE_ALIASES, which happen all or not at all, in their order. */
typedef struct vg_alias_action {
    enum { VG_ALIAS_CREATE, VG_ALIAS_DELETE, VG_ALIAS_RENAME } kind;
    vg_slice name;       /* the alias that is made, deleted, renamed */
    vg_slice collection; /* CREATE: what it stands for */
    vg_slice to;         /* RENAME: its new name */
} vg_alias_action;

/* What points are compared with: a vector, or that of a stored point. */
typedef struct vg_example {
    vg_point_id id; /* NONE: */
    vg_vector vector;
} vg_example;

/* How points are scored (FACTS 9). */
typedef enum vg_scoring {
    VG_BY_NEAREST,    /* near to `vector` or `by_id` */
    VG_BY_AVERAGE,    /* near to the average of the examples; at least one positive */
    VG_BY_BEST_SCORE, /* by examples */
    VG_BY_SUM_SCORES,
    VG_BY_DISCOVERY, /* `vector` or `by_id` is the target; pairs positive[i], negative[i] */
    VG_BY_CONTEXT,   /* pairs alone */
    VG_SCORINGS,
} vg_scoring;

/* What of FACTS 8's `params` an inexact engine obeys; zero is the default of each. */
typedef struct vg_search_params {
    uint32_t hnsw_ef; /* 0: the index's own */
    bool indexed_only;
    bool ignores_quantization;
    enum { VG_RESCORE_DEFAULT, VG_RESCORE_YES, VG_RESCORE_NO } rescore;
    float oversampling; /* >= 1; 0: the index's own */
} vg_search_params;

/* Points that serve as examples (by_id, positive, negative) are left out of the answer. */
typedef struct vg_search {
    vg_scoring scoring;
    vg_vector vector;  /* what is near to this … */
    vg_point_id by_id; /* … or, when not NONE, to this point */
    const vg_example *positive, *negative;
    uint32_t positive_count, negative_count;
    const vg_point_id *except; /* more that are left out */
    uint32_t except_count;
    bool explains; /* it is to be told how this was done */
    const vg_filter *filter;
    uint32_t limit; /* >= 1 */
    uint32_t offset;
    bool has_threshold;
    float threshold; /* strict: vg_score_passes() */
    bool exact;
    vg_payload_selector with_payload;
    vg_vector_selector with_vectors;
    vg_slice params; /* FACTS 8's raw JSON object, validated; or empty. For backends that know it */
    vg_search_params how; /* what it says */
    vg_slice using_name;  /* the vector meant; empty: the unnamed one */
} vg_search;

/* What its examples lack for its scoring, as the text of an INVALID; NULL: nothing. */
const char *vg_search_lacks(const vg_search *search);

/* A query of FACTS 8: a search, or points in an order, or what becomes of the answers of others. */
typedef enum vg_query_kind {
    VG_QUERY_SCROLL, /* no query at all: by id */
    VG_QUERY_SEARCH,
    VG_QUERY_ORDER_BY,
    VG_QUERY_SAMPLE, /* random points */
    VG_QUERY_RRF,    /* needs prefetches */
    VG_QUERY_DBSF,   /* the same */
} vg_query_kind;

typedef struct vg_query {
    vg_query_kind kind;
    vg_search search;  /* SEARCH: all of it. Others: filter, limit, offset, threshold, selectors */
    vg_order_by order; /* ORDER_BY */
    /* Each cut to its own limit; then merged (RRF, DBSF), or the union of their points is what the
     * query looks at. One level: a prefetch has none. The filter holds for them too. */
    const struct vg_query *prefetch;
    uint32_t prefetch_count;
    /* Where the ids of this query's examples are looked for, and by which vector; then they are not
     * left out. Empty: here, by `using_name`. */
    vg_slice lookup_collection, lookup_vector;
    bool was_looked_up; /* plan's: they were, and stand here now; the collection is empty */
} vg_query;

/* Hits by the value of a payload field: the best `size` of each of the best `limit` groups. */
typedef struct vg_grouping {
    vg_slice by; /* payload path */
    uint32_t limit, size;
    /* The record whose id is a group's value, of this collection; empty: none is wanted. */
    vg_slice lookup_collection;
    vg_payload_selector lookup_payload;
    vg_vector_selector lookup_vectors;
} vg_grouping;

/* clang-format off */
typedef union vg_op_input {
    /* Of these `physical` and `raw_ids` are the row's (vg_placement), and op->who and op->name say
     * whose collection it is, so that of a shared object its part is meant: CREATE makes the object
     * if it is not there, DROP deletes the collection's points and leaves the object. */
    struct {
        vg_slice physical;
        bool raw_ids;
        vg_collection_spec spec;
        uint64_t most; /* collections that the tenant may have: plan's; 0: no bound */
    } create;          /* CREATE_COLLECTION */
    struct {
        vg_slice physical;
        bool raw_ids;
        bool is_brief; /* DESCRIBE: what it is; numbers that cost time may be left out */
    } collection;      /* DROP_COLLECTION, DESCRIBE */
    /* DROP_TENANT has no input. All that the backend keeps of op->who goes: collections that are
     * still there, and what belongs to none (a schema, a directory, rows). Asked by jobs alone, when
     * the catalog has dropped the tenant's collections; again after a failure. out.did: was there
     * anything? A backend that keeps nothing beyond collections has no steps for it. */
    struct {
        vg_slice physical;
        vg_slice raw;            /* the request's own JSON object, for backends of Qdrant's grammar */
        vg_slice patch;          /* {"settings": {…}, "vectors": {name: {"hnsw_config", "quantization_config",
                                    "sparse_index", "on_disk"}}} */
        vg_collection_spec spec; /* the catalog's: the whole as it is to be */
    } change;                    /* UPDATE_COLLECTION */
    struct { vg_index index; bool wait; } index; /* CREATE_INDEX; DROP_INDEX: its key alone */
    /* BUILD_INDEX, by jobs alone. To look is a read of seconds at most and changes nothing. To build
     * does what is missing, or its next part, and may last as long as that lasts: its deadline is
     * hours away, and looks at the same collection are asked meanwhile. It may be asked for what is
     * built, or being built, by somebody else: it then answers as a look does. What a build that was
     * cut short left behind (an index that is not valid) the next one clears away. The exchange that
     * lasts says `writes = false`, so that a gateway that ends need not wait for it. */
    struct {
        vg_slice physical;
        vg_collection_spec spec; /* the catalog's */
        bool looks;              /* false: build */
        bool waits; /* a look that answers when nothing is to be built any more, however long that
                       lasts: its deadline ends it. Not for what waits for points */
        vg_slice cursor;         /* of the last answer to this job; empty at first */
    } build;
    struct {
        const vg_update *at; /* one, but for BATCH: done in order, until one fails */
        uint32_t count;
        bool wait;           /* the client's wish; our own stores answer after the commit anyway */
        uint64_t most;       /* points that the tenant may have: plan's; 0: no bound */
    } update;                /* UPSERT to BATCH */
    struct {
        const vg_point_id *ids; /* answered in this order; missing and repeated ones left out */
        uint32_t count;
        vg_payload_selector with_payload;
        vg_vector_selector with_vectors;
    } get;                      /* GET */
    struct {
        const vg_search *queries; /* one answer for each, in order */
        uint32_t count;
        bool is_list; /* they came as a list: an error names the place in it */
    } search;
    struct { const vg_query *at; uint32_t count; bool is_list; } query; /* QUERY: the same */
    struct { vg_query query; vg_grouping grouping; } groups; /* GROUPS; query.search.limit: unused */
    struct {
        uint32_t sample; /* so many random points that have the vector, >= 2; by id in the answer */
        uint32_t limit;  /* neighbours of each among them, >= 1 */
        const vg_filter *filter;
        vg_slice using_name;
    } matrix; /* MATRIX */
    struct {
        vg_point_id from; /* first id included; NONE: from the beginning */
        uint32_t limit;   /* >= 1 */
        vg_order_by order; /* with a key: `from` is NONE */
        bool is_random;    /* in no order, by op->chance; `from` is NONE and there is no next page */
        const vg_filter *filter;
        vg_payload_selector with_payload;
        vg_vector_selector with_vectors;
    } scroll;
    struct { const vg_filter *filter; bool exact; } count;
    struct { vg_slice key; const vg_filter *filter; uint32_t limit; bool exact; } facet;
    struct { const vg_alias_action *at; uint32_t count; } aliases; /* CHANGE_ALIASES */
    /* REPAIR, by jobs alone: the row as it was left by who gave up, so that it is not somebody
     * else's work under way; version 0: nobody knows. */
    struct { uint64_t version; uint64_t updated_ms; } repair;
    struct {
        vg_slice id;                         /* GET_, CANCEL_JOB */
        vg_slice kind, state, collection;    /* LIST_JOBS: of these; empty: of any … */
        vg_slice after;                      /* … with greater ids … */
        uint32_t limit;                      /* … at most so many; >= 1 */
        bool any_tenant; /* who asks may be any tenant: every one's, not just op->who's */
    } jobs;
    struct {
        vg_slice tenant;
        bool any_tenant; /* who asks may be any; else only op->who may be erased */
    } erase;             /* ERASE_TENANT */
    vg_meta_row row;    /* META_CREATE, _UPDATE: all of it; META_GET, _DELETE: key (and version) */
    vg_meta_query list; /* META_LIST */
} vg_op_input;
/* clang-format on */

/* ---- results: in the op's arena, or in the scratch of the try that won ---- */

typedef struct vg_facet_hit {
    vg_match_value value;
    uint64_t count; /* points that have it */
} vg_facet_hit;

/* How a search was done, for whoever asks. */
typedef struct vg_explain {
    const char *method; /* "graph", "exact", "filter_then_exact", "filtered_traversal", … */
    bool has_estimate;
    uint64_t estimate;  /* points that pass the filter, as it was estimated */
    uint64_t points;    /* with that vector */
    uint64_t compared;  /* vectors */
    uint64_t unindexed; /* of these, scanned because the index does not have them yet */
    uint32_t ef;        /* 0: no graph was walked */
    const char *codes;  /* "int8", …: what was walked by instead of the numbers; NULL: nothing */
    bool is_rescored;   /* … and then measured by the numbers again */
} vg_explain;

typedef struct vg_points {
    const vg_point *at;
    uint32_t count;
} vg_points;

typedef struct vg_group {
    vg_match_value id; /* a keyword or an integer */
    vg_points hits;
    const vg_point *lookup; /* NULL: none was wanted, or there is no such point */
} vg_group;

/* clang-format off */
typedef union vg_op_result {
    struct { vg_slice version; vg_slice title; } health;
    bool did; /* CREATE, DROP, UPDATE_COLLECTION, DROP_TENANT, CHANGE_ALIASES: was there something to do? */
    struct { bool did, is_indexed; } made; /* CREATE says too: is nothing left to BUILD_INDEX? */
    vg_collection_info info; /* DESCRIBE */
    struct { const vg_slice *at; uint32_t count; } names; /* LIST: physical names */
    vg_index_build build;    /* BUILD_INDEX */
    struct {
        uint64_t operation_id;
        bool completed; /* false: accepted only (a remote backend, wait=false) */
    } written;          /* UPSERT to DELETE_VECTORS, CREATE_INDEX, DROP_INDEX */
    struct { const uint64_t *operation_ids; uint32_t count; bool completed; } batch; /* BATCH */
    vg_points points;   /* GET */
    /* SEARCH, QUERY: one list for each query. MATRIX: one for each of the sampled points, in the
     * order of their ids; they are the first hit of theirs (their score means nothing) and then
     * come the neighbours. */
    struct {
        const vg_points *at;
        uint32_t count;
        const vg_explain *explains; /* of each; NULL: not asked for, or not known */
        bool is_made; /* of a QUERY: the gateway made it of other reads */
    } searches;
    struct { const vg_group *at; uint32_t count; } groups; /* GROUPS: by their best hit */
    struct { vg_points points; vg_point_id next; } page;      /* SCROLL; next NONE: the end */
    uint64_t count;     /* COUNT */
    struct { const vg_facet_hit *at; uint32_t count; } facet; /* most first, then by value */
    /* LIST_ALIASES, by name: all of the tenant, or with op->name those of that collection. */
    struct { const vg_alias *at; uint32_t count; } aliases;
    struct { vg_repair what; uint64_t due_ms; } repair; /* REPAIR */
    /* LIST_JOBS, by id; `next`: give it as `after` for those that follow, empty: there are none.
     * GET_JOB: one. CANCEL_JOB: one, as it is now; cancelling, when somebody else has it.
     * ERASE_TENANT: the job that does it. */
    struct { const vg_job *at; uint32_t count; vg_slice next; } jobs;
    struct { bool found; vg_meta_row row; } row; /* META_… but LIST: as it is now */
    struct { const vg_meta_row *at; uint32_t count; } rows; /* META_LIST */
} vg_op_result;
/* clang-format on */

/* What became of the catalog's row that the op is about: versions, 0 for none. */
typedef struct vg_row_change {
    uint64_t before, after;
    bool is_read;     /* it was looked at: the versions are known */
    bool has_changed; /* … and something was written */
} vg_row_change;

typedef void vg_op_done_fn(vg_op *op);

#define VG_OP_MAGIC 0x76676f70u

struct vg_op {
    uint32_t magic; /* VG_OP_MAGIC until it is freed */
    vg_op_kind kind;
    vg_arena *arena;         /* holds this op and everything reachable from it */
    const vg_tenant *who;    /* borrowed */
    const vg_claims *claims; /* the same; NULL: none */
    vg_slice backend;        /* name of the backend meant; empty: the configured one */
    vg_slice name;           /* the collection as the client called it; empty for ops without one */
    const vg_collection *collection; /* plan's, held until the op is done; NULL: none is needed */
    uint64_t deadline_ns;            /* on the loop's clock; never moves later */
    uint64_t now_ms;                 /* wall clock and chance are inputs: the same over all tries */
    uint8_t chance[16];              /* also the idempotency key */
    uint64_t request_id;             /* for logs and answers */
    vg_timing *timing;               /* where its time goes; NULL: nobody asks. Outlives it */
    vg_trace trace;                  /* its spans, and what backends are told, belong to this */
    vg_op_input in;                  /* decoded once, read-only from here on */
    vg_op_result out;                /* the winning try's */
    vg_status status;
    vg_row_change change; /* the catalog's to set: of CREATE_COLLECTION and its like */
    vg_slice degraded; /* what is emulated, stale, truncated or short: a header's text; or empty */
    vg_op_done_fn *done; /* once, from the loop, never inside start */
    void *done_arg;
    vg_call *call; /* the runner's while it runs; NULL otherwise */
    bool is_paid;  /* a quota was charged for it already: as a part of an op that paid for all */
};

/* Does it change points: is op->in.update its input? */
static inline bool vg_op_is_update(vg_op_kind kind)
{
    return kind >= VG_OP_UPSERT && kind <= VG_OP_BATCH;
}

/* The one change of an op of kind UPSERT to DELETE_VECTORS, made in its arena and set as its input,
 * to be filled in. NULL: the arena is spent. */
vg_update *vg_op_update(vg_op *op);

#endif
