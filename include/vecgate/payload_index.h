/* A payload index: the declaration that a payload field is filtered, counted or ordered by, and how
 * its values are read (FACTS 10.1). A collection has at most one for each key. A backend makes of
 * it what it has: a real index, a field of its schema, or nothing but the declaration.
 *
 * Answers are the same with and without one, but for: text match (tokens instead of a substring),
 * `is_null` (sees null inside an array), `except` (values of other kinds do not count), ranges over
 * integers (bounds are cut to whole numbers). Facets and order_by need one. */
#ifndef VECGATE_PAYLOAD_INDEX_H
#define VECGATE_PAYLOAD_INDEX_H

#include "vecgate/slice.h"

typedef enum vg_index_kind {
    VG_INDEX_NONE,
    VG_INDEX_KEYWORD,
    VG_INDEX_INTEGER,
    VG_INDEX_FLOAT,
    VG_INDEX_GEO,
    VG_INDEX_TEXT,
    VG_INDEX_BOOL,
    VG_INDEX_DATETIME,
    VG_INDEX_UUID,
    VG_INDEX_KINDS, /* the numbers are those of PayloadSchemaType in Qdrant's gRPC API */
} vg_index_kind;

/* "keyword", …; the words of both REST APIs. */
const char *vg_index_kind_word(vg_index_kind kind);
vg_index_kind vg_index_kind_of(vg_slice word); /* NONE: unknown */

typedef enum vg_tokenizer {
    VG_TOKENIZER_WORD, /* splits at all that is neither letter nor digit */
    VG_TOKENIZER_WHITESPACE,
    VG_TOKENIZER_PREFIX,       /* all beginnings of words, of min_token_len characters up to max */
    VG_TOKENIZER_MULTILINGUAL, /* as WORD; each character of a script without blanks is a token */
    VG_TOKENIZERS,
} vg_tokenizer;
const char *vg_tokenizer_word(vg_tokenizer tokenizer); /* "word" */
vg_tokenizer vg_tokenizer_of(vg_slice word);           /* VG_TOKENIZERS: unknown */

/* Lengths are in characters; tokens outside are dropped. */
typedef struct vg_text_options {
    vg_tokenizer tokenizer;
    uint32_t min_token_len; /* 0: no bound */
    uint32_t max_token_len; /* 0: no bound */
    bool keeps_case;        /* false, the default: tokens are in lower case */
    bool has_phrases;       /* match phrase by adjacent tokens; else by substring */
} vg_text_options;

typedef struct vg_index {
    vg_slice key; /* the payload path as it was declared, never empty */
    vg_index_kind kind;
    bool no_lookup,
        no_range;         /* INTEGER: not for equality (and facets), not for ranges (and order) */
    vg_text_options text; /* TEXT */
    vg_slice params;      /* the JSON object that was given; empty: declared by the bare kind */
} vg_index;

typedef struct vg_indexes {
    const vg_index *at;
    uint32_t count;
} vg_indexes;

/* The index of that key, or NULL. Keys are compared as texts. `indexes` may be NULL: none. */
const vg_index *vg_index_find(const vg_indexes *indexes, vg_slice key);

#endif
