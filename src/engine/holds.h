/* A whole filter as one function inside SQLite, for what is too much to be said in SQL (where.h):
 *
 *     vg_holds(filter, id, payload, held)     0 or 1, as filter/eval.h means it
 *
 * `held` has a digit, 0 or 1, for each vector that the filter asks for. The payload is read once
 * for a row. A stored payload that is no JSON, or an id that is no key, fails the statement. */
#ifndef ENGINE_HOLDS_H
#define ENGINE_HOLDS_H

#include "engine/documents.h"
#include "filter/ready.h"

struct sqlite3;
struct sqlite3_stmt;

typedef struct vg_holds {
    const vg_ready *filter;
    const vg_slice *names; /* of the vectors that it asks for, in the order of the digits */
    vg_slice *held;        /* room for as many: one statement at a time works in it */
    uint32_t count;
} vg_holds;

/* Makes it known to a connection, which holds the documents from now on. False: no memory. */
bool vg_holds_register(struct sqlite3 *db, vg_documents *documents);
/* `filter`, as a pointer: it must live as long as the statement. */
void vg_holds_bind(struct sqlite3_stmt *stmt, int place, vg_holds *holds);

#endif
