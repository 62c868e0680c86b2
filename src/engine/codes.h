/* Codes of the vectors of one vg_dense of float32: fewer bytes that stand for the same numbers, so
 * that a walk through the graph (hnsw.h) fetches less memory. The numbers themselves stay: what
 * was found by codes is measured again by them (coded.h), and whatever is scanned never looks at
 * codes.
 *
 *     bfloat16   2 bytes a number   its upper half; the query keeps its float32
 *     int8       1 byte             x * 127 / scale, from -127 to 127; the scale is the quantile of
 *                                   what a sample of the vectors holds, larger ones are cut
 *     binary     1 bit              the sign: 1 for more than 0. The vector counts as one of +1s
 *                                   and -1s: dot d - 2h, Euclid 2 * sqrt(h), Manhattan 2h, of d
 *                                   numbers of which h differ
 *
 *     slots      0 ........... next ........ used
 *                coded         as far as can be
 *
 * One thread codes, any number of others measure meanwhile, without locks. */
#ifndef ENGINE_CODES_H
#define ENGINE_CODES_H

#include "engine/hnsw.h"

/* "bfloat16", "int8", "binary"; NULL for none. */
const char *vg_code_word(vg_code_kind kind);

/* Holds the vectors, of which so many slots are used by now: int8 takes its scale from these. Held
 * once. NULL: no memory. */
vg_codes *vg_codes_new(vg_dense *dense, vg_coding coding, uint32_t used);
void vg_codes_hold(vg_codes *codes); /* any thread */
void vg_codes_let(vg_codes *codes);  /* any thread; NULL is fine; the last one frees it */

vg_coding vg_codes_coding(const vg_codes *codes);
const vg_dense *vg_codes_dense(const vg_codes *codes);
size_t vg_codes_slot_bytes(const vg_codes *codes); /* what one slot takes */
/* Slots before this one are coded. Any thread. */
uint32_t vg_codes_next(const vg_codes *codes);

/* The thread that codes: at most `most` slots more, before `used`. False: no memory; those that are
 * coded stay. */
bool vg_codes_grow(vg_codes *codes, uint32_t used, uint32_t most);

/* ---- any thread, for slots that are coded ---- */

/* A query for the measure below, of one as vg_exact_query() made it; in the arena. NULL: it is
 * spent. */
const void *vg_codes_query(vg_arena *arena, const vg_codes *codes, const float *query);
/* Of slots by their codes, with such a query; in the numbers of vg_hit.far, or what codes know of
 * them. A slot that is not coded is infinitely far. It lives as long as the codes are held. */
const vg_measure *vg_codes_measure(const vg_codes *codes);

#endif
