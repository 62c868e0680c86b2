/* One query of a search, made ready to be compared: which vector of the points is meant, what comes
 * back, what it is compared with, the rows that its filter admits. */
#ifndef ENGINE_QUESTION_H
#define ENGINE_QUESTION_H

#include "engine/look.h"
#include "engine/record.h"

typedef struct vg_question {
    const vg_search *query;
    uint32_t place;      /* of the vector that is compared */
    vg_record record;    /* what comes back … */
    vg_record row;       /* … and what of this only the disk can give: not the compared vector */
    vg_nearest *nearest; /* the caller's */
    vg_explain explain;  /* how its hits were found (method.h) */
} vg_question;

/* Needs the collection only. INVALID: a vector name or a path that is none, or examples that are
 * lacking. */
bool vg_question_read(const vg_look *look, const vg_search *query, vg_question *out);
/* For the hits: a row of each. */
bool vg_question_needs_rows(const vg_question *question);
/* Before the hits: the vectors of points, or a filter. */
bool vg_question_needs_disk(const vg_question *question);
/* Fills question->nearest for this view, all but rows and hits, with a state of the disk at the
 * view's operation if one is needed. INVALID, NOT_FOUND (a point, its vector), UNSUPPORTED,
 * TOO_LARGE, BACKEND_ERROR. */
bool vg_question_prepare(vg_look *look, const vg_view *view, vg_question *question);
/* Then the rows that its filter admits; `known`, if not NULL, are these. INVALID, TOO_LARGE,
 * CANCELLED, BACKEND_ERROR. */
bool vg_question_find_rows(vg_look *look, vg_question *question, const vg_rowset *known);
/* Then room for the hits. TOO_LARGE. */
bool vg_question_make_room(const vg_look *look, const vg_view *view, vg_question *question);

#endif
