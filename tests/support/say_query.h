/* Queries as one line of text. How the terms of a search are said (limit, filter, what comes back)
 * is each API's own. */
#ifndef VG_TESTS_SUPPORT_SAY_QUERY_H
#define VG_TESTS_SUPPORT_SAY_QUERY_H

#include "vecgate/op.h"

#include "base/buf.h"

typedef void say_terms_fn(vg_buf *to, vg_arena *arena, const vg_search *search);

/* ` 7`, ` [1,2]#2`, ` average +7 -[1]#1`, ` discovery 7 (1,[2]#1)`. */
void say_sought(vg_buf *to, vg_arena *arena, const vg_search *search);
/* ` ef=64 indexed_only ignores rescores over=2`; nothing for what was not given. */
void say_how(vg_buf *to, const vg_search_params *how);
/* ` rrf limit=2 offset=0 of{ [1]#1 limit=10; 7 limit=10} lookup=c/v`. */
void say_query(vg_buf *to, vg_arena *arena, const vg_query *query, say_terms_fn *terms);

#endif
