/* The prepared statements of one connection: which texts have a name there. Bounded; what was not
 * used for longest makes room. A name is made of the text by a hash that is seeded by chance, so a
 * name that a pooler's server knows from another connection of ours stands for the same text, and
 * nobody can have two texts meet. Knows nothing of libpq. Inside src/transport only. */
#ifndef TRANSPORT_PG_NAMED_H
#define TRANSPORT_PG_NAMED_H

#include "vecgate/pg.h"

#include "base/list.h"

enum { VG_PG_NAMED = 64, VG_PG_NAMED_BYTES = 16384 };

typedef struct vg_pg_named vg_pg_named;

typedef struct vg_pg_name {
    char text[24]; /* "vg_0123456789abcdef" */
    bool is_known; /* to the server; else it is being prepared */
    bool is_stale; /* the server must forget it before it is used again */

    /* pg_named.c's */
    vg_list place;
    vg_slice key;
    uint64_t used_by;
} vg_pg_name;

vg_pg_named *vg_pg_named_new(uint32_t most); /* NULL: no memory */
void vg_pg_named_free(vg_pg_named *named);

/* Before the statements of one exchange: the names that these use stay until the next call. */
void vg_pg_named_begin(vg_pg_named *named);
/* The statement's name, new (not known, not stale) or not. When `out` is full, the name that made
 * room is written there, "" else. NULL: it goes without (too long, no room, no memory). */
vg_pg_name *vg_pg_named_take(vg_pg_named *named, const vg_pg_statement *statement, char out[24]);
/* The server does not have it. Frees it. */
void vg_pg_named_drop(vg_pg_named *named, vg_pg_name *name);
/* The server has none any more. */
void vg_pg_named_drop_all(vg_pg_named *named);
uint32_t vg_pg_named_count(const vg_pg_named *named);

#endif
