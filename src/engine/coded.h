/* A walk by codes (codes.h), and what comes after it: the candidates are measured again by their
 * numbers, so that scores and order are those of an exact search. Who asks for no rescoring gets
 * the scores that the codes give. */
#ifndef ENGINE_CODED_H
#define ENGINE_CODED_H

#include "engine/codes.h"

typedef struct vg_coded {
    const vg_codes *codes; /* borrowed of the view; NULL: the numbers are walked by */
    const void *query;     /* for its measure */
    bool rescores;
} vg_coded;

/* Does a search with these params walk by the view's codes? They must cover all that it shows: what
 * the graph takes in later is coded first (builder.h). */
bool vg_coded_walks(const vg_view *view, const vg_search_params *how);
/* Candidates among which `wanted` hits are looked for, when it does. */
uint32_t vg_coded_candidates(const vg_search_params *how, uint32_t wanted);

/* False: the arena is spent. */
bool vg_coded_begin(vg_arena *arena, const vg_view *view, const vg_search_params *how,
                    const vg_nearest *nearest, vg_coded *out);
/* Offers what the walk found, rescored or not. */
void vg_coded_offer(const vg_view *view, const vg_coded *coded, vg_nearest *nearest,
                    const vg_hit *hits, uint32_t count);
/* Scans the slots from `first` on: by their numbers, or by codes if nothing is rescored, since the
 * two do not compare. Answers how many vectors were compared. */
uint64_t vg_coded_scan(const vg_view *view, const vg_coded *coded, uint32_t first,
                       vg_nearest *nearest);

#endif
