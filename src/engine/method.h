/* How the nearest are found: by the graph (hnsw.h) and a scan of what it lacks, or by scanning all
 * that comes into question (exact.h). What pays is decided for each query, from what it asks for,
 * how many vectors there are, and how many points pass its filter, as far as that is known:
 *
 *     exact                 few vectors, `exact` is wanted, examples are scored, or so many hits
 *                           are wanted that a walk would meet most of the vectors
 *     graph                 no filter
 *     traverse_then_check   many points pass: the nearest are walked to without the filter, and
 *                           SQL is asked about one after the other
 *     filter_then_exact     few pass: SQL says which, and these are scanned
 *     filtered_traversal    SQL says which, and they are many: the walk finds only these
 *
 * Each gives way to a surer one when it finds too few, and the scan is the last: nobody gets fewer
 * hits than there are. */
#ifndef ENGINE_METHOD_H
#define ENGINE_METHOD_H

#include "engine/question.h"

/* Fills the hits and the `explain` of questions that were prepared with this view of their place;
 * there is one at least. Their `nearest` stand together, in this order. INVALID (a filter),
 * TOO_LARGE, CANCELLED, BACKEND_ERROR. */
bool vg_method_search(vg_look *look, const vg_view *view, vg_question *const *asked,
                      uint32_t count);

#endif
