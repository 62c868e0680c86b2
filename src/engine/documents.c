/* See documents.h. */
#include "engine/documents.h"

#include <stdlib.h>

/* A row's payload, and an element for each nested object that is being looked into. */
enum { KEPT = 4 };

struct vg_documents {
    vg_document *kept[KEPT];
    unsigned next; /* the one to be forgotten */
    unsigned holds;
};

vg_documents *vg_documents_new(void)
{
    vg_documents *documents = calloc(1, sizeof *documents);

    if (documents)
        documents->holds = 1;
    return documents;
}

void vg_documents_hold(vg_documents *documents)
{
    documents->holds++;
}

void vg_documents_let(vg_documents *documents)
{
    if (--documents->holds > 0)
        return;
    for (size_t i = 0; i < KEPT; i++)
        vg_document_let(documents->kept[i]);
    free(documents);
}

void vg_document_let(vg_document *document)
{
    if (document && --document->holds == 0)
        vg_arena_free(document->arena);
}

static vg_document *read_into(vg_arena *arena, vg_slice text, bool *is_damaged)
{
    vg_document *document = VG_TAKE(arena, vg_document);
    char *copy = vg_arena_take(arena, text.len + VG_JSON_PAD);
    vg_status status = {0};

    if (!document || !copy)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    memset(copy + text.len, 0, VG_JSON_PAD);
    *document = (vg_document){.arena = arena, .text = vg_slice_of(copy, text.len), .holds = 1};
    if (text.len > 0)
        document->root = vg_json_read(arena, document->text, VG_JSON_DEPTH, &status);
    *is_damaged = status.code != VG_OK && status.code != VG_TOO_LARGE;
    return text.len > 0 && !document->root ? NULL : document;
}

static vg_document *find(vg_documents *documents, vg_slice text)
{
    for (size_t i = 0; i < KEPT; i++)
        if (documents->kept[i] && vg_slice_is(documents->kept[i]->text, text))
            return documents->kept[i];
    return NULL;
}

vg_document *vg_documents_read(vg_documents *documents, vg_slice text, bool *is_damaged)
{
    vg_document *document = find(documents, text);
    vg_arena *arena;

    *is_damaged = false;
    if (document) {
        document->holds++;
        return document;
    }
    arena = vg_arena_new(SIZE_MAX / 2); /* as much as the process may: the payload is in there */
    if (!arena)
        return NULL;
    document = read_into(arena, text, is_damaged);
    if (!document) {
        vg_arena_free(arena);
        return NULL;
    }
    vg_document_let(documents->kept[documents->next]);
    documents->kept[documents->next] = document;
    documents->next = (documents->next + 1) % KEPT;
    document->holds++;
    return document;
}
