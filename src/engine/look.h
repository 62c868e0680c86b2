/* What the reads share: a request, the collection it is about, one state of this on disk, and the
 * shape that the collection had then: an index of another shape may not be filled yet, or may be
 * gone. A pool's thread. */
#ifndef ENGINE_LOOK_H
#define ENGINE_LOOK_H

#include "engine/read.h"
#include "engine/session.h"
#include "engine/where.h"

typedef struct vg_look {
    const vg_read *read;
    vg_session session;
    const vg_shape *shape; /* of that state; held until the arena is freed */
} vg_look;

enum { VG_LOOK_TURNS = 16 }; /* each one means that a change of the collection went by meanwhile */

/* All answer false, or NULL, with the story in read->status. */

/* Finds and holds the collection (vg_read_table()), nothing more. */
bool vg_look_find(vg_look *look, const vg_read *read);
/* And takes a state of the disk. When that was false there is nothing to close. */
bool vg_look_open(vg_look *look);
void vg_look_close(vg_look *look);

/* The filter (NULL: none) as a condition; its parameters are numbered from `first_place` on. */
bool vg_look_where(vg_look *look, const vg_filter *filter, int first_place, vg_where *out);
/* A statement for this request alone, its condition bound (NULL: it has none). `text` may be empty:
 * the arena was spent. Drop it. */
struct sqlite3_stmt *vg_look_prepare(vg_look *look, vg_slice text, const vg_where *where);
/* True, with CANCELLED: nobody waits for this read any more. For what SQLite does not watch over.
 */
bool vg_look_is_stopped(const vg_look *look);
/* Stories: the last call of SQLite failed; no turn was quick enough. */
bool vg_look_trouble(vg_look *look);
bool vg_look_overrun(vg_look *look);

#endif
