/* Queries of bodies (FACTS 8) as the tree of vecgate/op.h: what the readers of its routes share.
 * Private to this folder. Any thread.
 *
 *     read_query.c     the form of today: one, many, and what is in its `query`
 *     read_older.c     the older forms: search, recommend, discover
 *     read_groups.c    groups of all three, and matrices
 *     read_terms.c     what all of them have beside the thing looked for
 *     read_examples.c  vectors and points that others are compared with */
#ifndef FRONT_QDRANT_REST_READ_QUERY_H
#define FRONT_QDRANT_REST_READ_QUERY_H

#include "front/front.h"
#include "front/member.h"

/* ---- read_query.c ---- */

/* A query with its prefetches. Its `limit` and `offset` come as 10 and 0. */
bool vg_read_query(vg_reader r, const vg_json *v, vg_query *out);

/* How one of `searches`, or the body itself, becomes a query. */
typedef bool vg_read_query_fn(vg_reader r, const vg_json *v, vg_query *out);
/* The body, as a SEARCH, a QUERY or, when it asks for points by id, a SCROLL. */
bool vg_read_query_alone(const vg_front_in *in, vg_op *op, vg_read_query_fn *read,
                         vg_status *status);
/* Each of the body's `searches`. */
bool vg_read_query_all(const vg_front_in *in, vg_op *op, vg_read_query_fn *read, vg_status *status);
/* Parameters, and a body that is an object. */
bool vg_read_query_begin(const vg_front_in *in, vg_op *op, vg_status *status);

/* ---- read_older.c ---- */

/* `vector` and the terms of a search; `top` also spells `limit`, which is needed. */
vg_read_query_fn vg_read_older_search, vg_read_older_recommend, vg_read_older_discover;

/* ---- read_terms.c ---- */

/* What prefetches have too: limit, score_threshold, params, filter. `top`: another spelling of
 * `limit`, or NULL. */
bool vg_read_terms_sift(vg_reader r, const vg_json *v, const char *top, vg_search *out);
/* The same, and offset, with_payload, with_vector. */
bool vg_read_terms(vg_reader r, const vg_json *v, const char *top, vg_search *out);
/* `using`; when there is none the unnamed vector is meant. */
bool vg_read_terms_using(vg_reader r, const vg_json *v, vg_search *out);
/* `lookup_from`, when there are ids to look up. */
bool vg_read_terms_lookup(vg_reader r, const vg_json *v, vg_query *out);

/* ---- read_examples.c ---- */

/* A vector, or the id of a point that has it, as what is to be near. */
bool vg_read_examples_target(vg_reader r, const vg_json *v, vg_search *out);
/* `positive`, `negative` and `strategy` of an object. */
bool vg_read_examples_recommend(vg_reader r, const vg_json *v, vg_search *out);
/* A list of {"positive", "negative"}, or one; none when `v` is null. */
bool vg_read_examples_pairs(vg_reader r, const vg_json *v, vg_search *out);

#endif
