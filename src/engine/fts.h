/* The tokenizer of text indexes inside SQLite's FTS5: filter/token.h under the name `vg`, with the
 * options as its arguments:
 *
 *     CREATE VIRTUAL TABLE … USING fts5(text, tokenize='vg word 2 20 0 …')
 *                                       tokenizer, min_token_len, max_token_len, keeps_case
 *
 * Texts of one field are one text here, with VG_FTS_GAP between them: a token of its own that no
 * client can write, so that no phrase goes from one text into the next. */
#ifndef ENGINE_FTS_H
#define ENGINE_FTS_H

#include "filter/token.h"

struct sqlite3;

/* A byte that is in no UTF-8. */
#define VG_FTS_GAP '\xff'

/* False: no memory. */
bool vg_fts_register(struct sqlite3 *db);
/* What stands behind `tokenize=`, without quotes, in `to`. */
enum { VG_FTS_ARGUMENTS = 64 };
void vg_fts_arguments(const vg_text_options *options, char to[VG_FTS_ARGUMENTS]);
/* An expression for MATCH: all of them, or one phrase of them; one at least. NUL-free and in the
 * arena; {NULL, 0}: it is spent. */
vg_slice vg_fts_query(vg_arena *arena, const vg_tokens *tokens, bool is_phrase);

#endif
