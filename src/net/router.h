/* From method and path to a row of a route table. A table is an array of structs that begin with a
 * vg_route; patterns are "/collections/{collection}/points/{id}". A literal segment wins over a
 * parameter. */
#ifndef NET_ROUTER_H
#define NET_ROUTER_H

#include "vecgate/status.h"

enum { VG_ROUTE_PARAMS = 4 };

typedef struct vg_route {
    const char *method;
    const char *path;
} vg_route;

typedef struct vg_router vg_router;

typedef struct vg_match {
    const void *row; /* the caller's row, or NULL */
    bool path_known; /* some other method is taken there (then `allow` lists them: "GET, PUT") */
    vg_slice allow;
    vg_slice params[VG_ROUTE_PARAMS]; /* raw segments, in the order of the pattern;
                                         vg_path_segment() decodes */
} vg_match;

/* `rows` outlive the router; row_bytes is the size of one. NULL when memory is gone. */
vg_router *vg_router_new(const void *rows, size_t row_bytes, size_t count);
void vg_router_free(vg_router *router);
/* `path` is a normalised one (vg_request.path). */
vg_match vg_router_find(const vg_router *router, vg_slice method, vg_slice path);

/* One segment, percent-decoded into the arena. False: a bad escape, or an escaped NUL. */
bool vg_path_segment(vg_arena *arena, vg_slice raw, vg_slice *out);
/* Percent-encodes what may not stand in a segment. */
vg_slice vg_path_escape(vg_arena *arena, vg_slice text);
/* Walks "a=1&b=%20": decoded name and value; `rest` begins as the raw query. False at the end;
 * `bad` on an escape that is none. */
bool vg_query_next(vg_arena *arena, vg_slice *rest, vg_slice *name, vg_slice *value, bool *bad);

#endif
