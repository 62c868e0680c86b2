/* What a collection holds: points with an id, vectors and a payload. Vectors and payloads stay as
 * they came until somebody needs another form, so that a JSON body can become another JSON body
 * without one float being made. */
#ifndef VECGATE_POINT_H
#define VECGATE_POINT_H

#include "vecgate/status.h"

typedef enum vg_id_kind {
    VG_ID_NONE, /* zero: no id */
    VG_ID_NUM,  /* all 64 bits */
    VG_ID_UUID,
    VG_ID_TEXT, /* native API only: 1..VG_ID_TEXT_MAX bytes of UTF-8 */
} vg_id_kind;

enum { VG_ID_TEXT_MAX = 512, VG_UUID_BYTES = 16, VG_MAX_DIMENSION = 65536 };

struct vg_point_id {
    vg_id_kind kind;
    uint64_t num;
    uint8_t uuid[VG_UUID_BYTES];
    vg_slice text;
};

/* The order of scroll (FACTS 3): numbers ascending, then UUIDs, then texts, both by byte value. */
int vg_point_id_cmp(const vg_point_id *a, const vg_point_id *b);
/* A text holding a UUID in any of its four forms: hyphens, 32 hex digits, urn:uuid:, braces. */
bool vg_point_id_read_uuid(vg_slice text, vg_point_id *out);
/* "7", "550e8400-…" or the text itself, in the arena. */
vg_slice vg_point_id_text(vg_arena *arena, const vg_point_id *id);
/* As JSON: a bare number, or a string. */
void vg_point_id_write(vg_json_out *out, const vg_point_id *id);

/* A sort key: kind byte, then 8 bytes big-endian, 16 bytes, or the text. memcmp orders keys as
 * vg_point_id_cmp orders ids. Answers the length; `to` has room for VG_ID_KEY_MAX. */
enum { VG_ID_KEY_MAX = VG_ID_TEXT_MAX + 1 };
size_t vg_point_id_key(const vg_point_id *id, uint8_t *to);
/* Back again; a text is a view of the key. False when it is no key. */
bool vg_point_id_of_key(const uint8_t *key, size_t len, vg_point_id *out);

typedef enum vg_vector_form {
    VG_VECTOR_NONE,
    VG_VECTOR_JSON, /* "[0.1, 2, …]", checked: numbers, nothing else; VG_JSON_PAD readable behind */
    VG_VECTOR_F32, /* little-endian float32, perhaps unaligned: memcpy before SIMD use */
} vg_vector_form;

struct vg_vector {
    vg_slice name; /* empty: the unnamed one */
    vg_vector_form form;
    vg_slice bytes; /* as the form says */
    uint32_t count; /* numbers, of all rows */
    uint32_t rows;  /* a multivector's, each of count / rows numbers; 0: it is one list of numbers.
                       As JSON it is then a list of lists */
    /* Not NULL: it is sparse, VG_VECTOR_F32, with `count` indices that ascend, a value for each;
     * count may be 0. */
    const uint32_t *indices;
};

/* Its floats, aligned, in the arena; NULL: INVALID, a number is beyond float32; or TOO_LARGE. */
float *vg_vector_floats(vg_arena *arena, const vg_vector *vector, vg_status *status);
/* As JSON: a list, a list of lists, or {"indices", "values"}. A JSON form goes through as it is. */
void vg_vector_write(vg_json_out *out, const vg_vector *vector);

/* A value by which points are ordered. Date-times: microseconds since 1970, UTC, as an integer. */
typedef struct vg_order_value {
    bool is_integer;
    int64_t integer;
    double real;
} vg_order_value;

/* A point going in, or coming out of a read. */
struct vg_point {
    vg_point_id id;
    const vg_vector *vectors; /* each name once; the unnamed one has an empty name */
    uint32_t vector_count;
    bool has_vectors; /* going out: were they asked for? (then [] is written for none) */
    bool has_payload; /* going out: was it asked for? */
    bool has_score;   /* it is a hit */
    bool has_order;   /* it comes from a scroll by a field's values */
    vg_slice payload; /* raw JSON object; empty means {} */
    float score;      /* as FACTS 9 reports it */
    vg_order_value order;
    uint64_t version; /* number of the operation that changed it last */
};

typedef enum vg_distance {
    VG_DISTANCE_NONE,
    VG_COSINE,
    VG_EUCLID,
    VG_DOT,
    VG_MANHATTAN, /* the numbers are those of Qdrant's gRPC enum */
    VG_DISTANCES,
} vg_distance;

/* "Cosine", "Euclid", "Dot", "Manhattan"; the native API also takes them in lower case. */
const char *vg_distance_name(vg_distance distance);
vg_distance vg_distance_of(vg_slice name, bool any_case); /* VG_DISTANCE_NONE: unknown */
/* Do larger scores come first? (Cosine, Dot: yes. Euclid, Manhattan report distances.) */
static inline bool vg_distance_descends(vg_distance distance)
{
    return distance == VG_COSINE || distance == VG_DOT;
}
/* The strict threshold of FACTS 8: above it for Cosine and Dot, below it for the others. */
static inline bool vg_score_passes(vg_distance distance, float score, float threshold)
{
    return vg_distance_descends(distance) ? score > threshold : score < threshold;
}

/* What a vector's name holds, and in which form its numbers are kept (FACTS 4). */
typedef enum vg_vector_kind { VG_DENSE, VG_MULTI, VG_SPARSE, VG_VECTOR_KINDS } vg_vector_kind;
typedef enum vg_datatype { VG_FLOAT32, VG_FLOAT16, VG_UINT8, VG_DATATYPES } vg_datatype;

/* "dense", "multi", "sparse", and back; VG_VECTOR_KINDS: none of these. */
const char *vg_vector_kind_word(vg_vector_kind kind);
vg_vector_kind vg_vector_kind_of(vg_slice word);

/* "float32", "float16", "uint8"; VG_DATATYPES: none of these. Empty is float32. */
vg_datatype vg_datatype_of(vg_slice name);

/* Which parts of a payload come back. Paths are in the arena of the op. */
typedef struct vg_payload_selector {
    enum { VG_PAYLOAD_NONE, VG_PAYLOAD_ALL, VG_PAYLOAD_INCLUDE, VG_PAYLOAD_EXCLUDE } want;
    const vg_slice *paths;
    uint32_t path_count;
    vg_slice raw; /* as the client wrote it, for backends that speak the same grammar */
} vg_payload_selector;

typedef struct vg_vector_selector {
    enum { VG_VECTORS_NONE, VG_VECTORS_ALL, VG_VECTORS_NAMED } want;
    const vg_slice *names;
    uint32_t name_count;
} vg_vector_selector;

#endif
