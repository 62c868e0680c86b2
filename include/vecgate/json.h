/* JSON (RFC 8259), read in one pass into arena nodes that are views of the text, and written.
 *
 * Reading checks everything: syntax, UTF-8, lone surrogates, depth, numbers (an integer outside 64
 * bits is a real number, as RFC 8259 allows; NaN and infinities do not exist). The text must live
 * as long as the nodes. VG_JSON_PAD readable bytes must follow the text (their value is ignored).
 *
 * An array of numbers only (one at least) becomes a VECTOR node: its raw slice and count are known,
 * its numbers are made only when somebody asks. So a 1536-d vector costs one node.
 *
 * A name that comes twice in an object: both members are kept, vg_json_get answers the last one
 * (what most readers do); vg_json_repeated() tells, for those who must refuse. */
#ifndef VECGATE_JSON_H
#define VECGATE_JSON_H

#include "vecgate/status.h"

enum { VG_JSON_PAD = 64, VG_JSON_DEPTH = 64 };

typedef enum vg_json_kind {
    VG_JSON_NULL,
    VG_JSON_FALSE,
    VG_JSON_TRUE,
    VG_JSON_NUMBER,
    VG_JSON_STRING,
    VG_JSON_ARRAY,  /* also the empty one */
    VG_JSON_VECTOR, /* an array that holds numbers and nothing else */
    VG_JSON_OBJECT,
} vg_json_kind;

/* Read-only for everybody but json_read.c. */
struct vg_json {
    vg_json_kind kind;
    uint32_t count;        /* members, elements or numbers */
    vg_slice raw;          /* the value's own text, from first to last byte */
    vg_slice text;         /* STRING: decoded (UTF-8, may hold NUL); else empty */
    vg_slice key;          /* decoded name, when the parent is an object */
    const vg_json *parent; /* NULL for the document */
    const vg_json *first;  /* first member or element of ARRAY and OBJECT */
    const vg_json *next;   /* next sibling */
};

/* Reads one document that fills the whole text (blanks around it allowed). NULL on a fault:
 * `status` is FORMAT with "… at line N column M" in its `what`, or TOO_LARGE when the arena is
 * spent. */
const vg_json *vg_json_read(vg_arena *arena, vg_slice text, int max_depth, vg_status *status);

/* The member of that name, the last one if repeated; NULL when absent. `object` may be NULL, or no
 * object: the same. */
const vg_json *vg_json_get(const vg_json *object, vg_slice key);
/* The first member whose name comes twice, or NULL. */
const vg_json *vg_json_repeated(const vg_json *object);
static inline bool vg_json_is_null(const vg_json *v) /* absent counts as null */
{
    return v == NULL || v->kind == VG_JSON_NULL;
}
static inline bool vg_json_is_array(const vg_json *v)
{
    return v != NULL && (v->kind == VG_JSON_ARRAY || v->kind == VG_JSON_VECTOR);
}

/* Typed reading. On a mismatch: false, and `status` gets VG_FORMAT with the value's path in `where`
 * ("points[3].vector[17]") and in `what` "expected a number, got \"x\"". `v` must not be NULL. */
bool vg_json_read_bool(vg_arena *arena, const vg_json *v, bool *out, vg_status *status);
bool vg_json_read_u64(vg_arena *arena, const vg_json *v, uint64_t *out, vg_status *status);
bool vg_json_read_i64(vg_arena *arena, const vg_json *v, int64_t *out, vg_status *status);
bool vg_json_read_f64(vg_arena *arena, const vg_json *v, double *out, vg_status *status);
bool vg_json_read_text(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status);
/* The numbers of a VECTOR node as f32, correctly rounded; out has room for v->count. False when
 * one of them is beyond float32 (status: RANGE with its path). */
bool vg_json_read_floats(vg_arena *arena, const vg_json *v, float *out, vg_status *status);
/* The same for a raw slice that came from a VECTOR node ("[0.1, …]"), in any thread, without nodes.
 * Answers how many numbers were made; 0 and `bad` = index when one is beyond float32. */
size_t vg_json_floats(vg_slice raw, float *out, size_t room, size_t *bad);
/* Checks that `raw` is an array of numbers, one at least, and nothing else, and counts them;
 * `raw.len` bytes and VG_JSON_PAD behind must be readable. False with `bad_at` = offset of the
 * first wrong byte. */
bool vg_json_check_numbers(vg_slice raw, size_t *count, size_t *bad_at);
/* An element of a VECTOR node as its own text; empty when i >= count. Linear. */
vg_slice vg_json_number_at(const vg_json *v, size_t i);

/* "points[3].vector", made in the arena; "" for the document. */
vg_slice vg_json_path(vg_arena *arena, const vg_json *v);
/* For messages: `null`, `true`, `the number 1.5`, `the string "x"` (cut at 40 bytes), … */
vg_slice vg_json_say(vg_arena *arena, const vg_json *v);
/* Tells a mismatch at v: "expected <wanted>, got <say>"; answers false. */
bool vg_json_mismatch(vg_arena *arena, const vg_json *v, const char *wanted, vg_status *status);

/* ---- writing ----
 * Onto a vg_buf (base/buf.h). Commas and colons are put by themselves. Never fails by itself: when
 * the buffer is spent, writing goes on into nothing and vg_buf_is_spent() tells. Strings are
 * escaped; floats are the shortest text that reads back as the same float32 / float64 (integral
 * values get ".0"); a number that JSON cannot say (NaN, infinity) becomes null. */
struct vg_json_out {
    vg_buf *buf;
    bool comma; /* is one needed before the next value? */
};

void vg_json_open_object(vg_json_out *out);
void vg_json_close_object(vg_json_out *out);
void vg_json_open_array(vg_json_out *out);
void vg_json_close_array(vg_json_out *out);
void vg_json_put_key(vg_json_out *out, vg_slice key);
/* As vg_json_put_key(), of a literal with nothing to escape, for what is written often:
 * vg_json_put_name(out, VG_JSON_NAME("id")). */
#define VG_JSON_NAME(text) VG_LIT("\"" text "\":")
void vg_json_put_name(vg_json_out *out, vg_slice name);
void vg_json_put_null(vg_json_out *out);
void vg_json_put_bool(vg_json_out *out, bool value);
void vg_json_put_u64(vg_json_out *out, uint64_t value);
void vg_json_put_i64(vg_json_out *out, int64_t value);
void vg_json_put_f32(vg_json_out *out, float value);
void vg_json_put_f64(vg_json_out *out, double value);
void vg_json_put_text(vg_json_out *out, vg_slice text); /* bytes that are not UTF-8 become U+FFFD */
void vg_json_put_raw(vg_json_out *out, vg_slice json);  /* as it is: it must be JSON already */
void vg_json_put_floats(vg_json_out *out, const float *values, size_t count);

/* One float as text into `to` (at least VG_FLOAT_TEXT bytes, no NUL); answers the length. */
enum { VG_FLOAT_TEXT = 32 };
size_t vg_float_write(float value, char *to);
size_t vg_double_write(double value, char *to);

#endif
