/* Which parts of a payload come back (FACTS 6). `include` keeps a value when its path begins with a
 * listed path or a listed path begins with its; `exclude` drops a value when its path begins with a
 * listed one. Every element of an array has the step `[]`, so a listed `a[0]` meets nothing but the
 * array around it. Nesting, the order of names and the text of numbers stay. */
#ifndef FILTER_PROJECT_H
#define FILTER_PROJECT_H

#include "vecgate/payload_path.h"
#include "vecgate/point.h"

/* A selector that was read: once for a request, used for every payload of it. */
typedef struct vg_projection {
    bool is_whole; /* nothing to cut */
    bool excludes;
    const vg_path *paths;
    uint32_t count;
} vg_projection;

/* False with INVALID ("Invalid json path: …") or TOO_LARGE. */
bool vg_project_read(vg_arena *arena, const vg_payload_selector *selector, vg_projection *out,
                     vg_status *status);

/* `payload` is a JSON object as text, or empty for {}; VG_JSON_PAD readable bytes follow it. The
 * answer is in the arena, or `payload` itself. {NULL, 0} with BACKEND_ERROR (it is no JSON object)
 * or TOO_LARGE. */
vg_slice vg_project(vg_arena *arena, const vg_projection *projection, vg_slice payload,
                    vg_status *status);

#endif
