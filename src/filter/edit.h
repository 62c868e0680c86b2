/* Payloads changed as text (FACTS 5): merged with an object, merged at a path, rid of paths. Pure:
 * no store, no clock; what is asked for is read once and used for any number of payloads.
 *
 * Texts. A payload is a JSON object as text, or empty for {}; VG_JSON_PAD readable bytes follow it.
 * So they follow each answer, which is in `arena`. Members stay where they are, new ones come last,
 * in the patch's order. What is not on a way goes through as it is: numbers keep their text, nested
 * values their blanks. A name that comes twice in an object on a way is one member, the first's
 * place with the last's value; the same holds for a patch.
 *
 * Merging. Each member of the patch takes the place of the member of that name, whole: an object in
 * it is not merged further. A null takes the member away, or does nothing. The patch {} changes
 * nothing, except that merging it at a path makes the way.
 *
 * Merging at a path. Each step says what the value there is to be, an object for a key and for the
 * end, an array for [n] and []. A value of another kind, null and a scalar too, gives way to an
 * empty one of the kind wanted, and so does a missing member of an object. An array never grows:
 * [n] beyond its end and [] of an empty one meet nothing, and there the way ends. [] goes on in
 * every element.
 *     {} at a.b: {"a":{"b":patch}}      {"a":5} at a.b: the same      {} at a[0].b: {"a":[]}
 *     {"a":[1,{"x":2}]} at a[]: {"a":[patch,{"x":2,…patch}]}
 *
 * Deleting. A path that ends with a key takes that member away, one that ends with [] empties the
 * array; one that ends with [n] does nothing, as doing it twice would not be doing it once. Where a
 * step meets nothing, or a value of another kind, nothing is done: a.b does not look into an array
 * a. In whatever order the paths are given, the answer is the same.
 *
 * A payload edited twice with the same answers what it answers once.
 *
 * Failures: {NULL, 0} or false, and `status` has
 *     INVALID        a path that is none, a patch that is no object, an answer nested deeper than
 *                    VG_JSON_DEPTH, which could not be read again; `where` has the field
 *     TOO_LARGE      the arena is spent (see vg_arena_is_starved()), or the answer would be larger
 *                    than VG_EDIT_MOST_BYTES and than the payload
 *     OVERLOADED     no memory is left to write into
 *     BACKEND_ERROR  the stored payload is no JSON object */
#ifndef FILTER_EDIT_H
#define FILTER_EDIT_H

#include "vecgate/json.h"
#include "vecgate/payload_path.h"

/* [] copies a patch as often as an array has elements; this ends it. */
enum { VG_EDIT_MOST_BYTES = 64 << 20 };

typedef struct vg_edit_member {
    vg_slice key;
    const vg_json *value;
    uint32_t place; /* among its object's members */
} vg_edit_member;

/* What is merged in. Read-only once read; any thread. */
typedef struct vg_patch {
    const vg_edit_member *members; /* in their order, each name once */
    const vg_edit_member *by_key;  /* the same by name; `place` is the index in `members` */
    uint32_t count;
    int depth; /* levels of nesting, itself included */
} vg_patch;

/* What is taken away. Read-only once read; any thread. */
typedef struct vg_removal {
    const vg_path *paths; /* sorted, by their steps */
    uint32_t count;
} vg_removal;

/* `text` is a JSON object, padded as above; it and the arena live as long as the patch. */
bool vg_patch_read(vg_arena *arena, vg_slice text, vg_patch *out, vg_status *status);
/* A path into the arena; a view of `text`, which is UTF-8. `field` is told as `where`: "key". */
bool vg_edit_path(vg_arena *arena, vg_slice text, vg_slice field, vg_path *out, vg_status *status);
/* The same for a list; `where` is "keys[3]". None at all take nothing away. */
bool vg_removal_read(vg_arena *arena, const vg_slice *texts, uint32_t count, vg_removal *out,
                     vg_status *status);

vg_slice vg_edit_merge(vg_arena *arena, vg_slice payload, const vg_patch *patch, vg_status *status);
vg_slice vg_edit_merge_at(vg_arena *arena, vg_slice payload, const vg_path *path,
                          const vg_patch *patch, vg_status *status);
vg_slice vg_edit_delete(vg_arena *arena, vg_slice payload, const vg_removal *removal,
                        vg_status *status);

#endif
