/* Payloads that were read lately, of one connection: several conditions over one row read it once.
 * They are found by their bytes, so that what is found is always right. One thread. */
#ifndef ENGINE_DOCUMENTS_H
#define ENGINE_DOCUMENTS_H

#include "vecgate/json.h"

typedef struct vg_documents vg_documents;

/* A payload, read; counted. */
typedef struct vg_document {
    const vg_json *root; /* NULL: it is empty, {} */
    vg_arena *arena;     /* holds all of it */
    vg_slice text;
    unsigned holds;
} vg_document;

vg_documents *vg_documents_new(void); /* held once; NULL: no memory */
void vg_documents_hold(vg_documents *documents);
void vg_documents_let(vg_documents *documents);

/* Held until vg_document_let(). NULL: no JSON (`is_damaged`), or no memory. */
vg_document *vg_documents_read(vg_documents *documents, vg_slice text, bool *is_damaged);
void vg_document_let(vg_document *document); /* NULL is fine */

#endif
