/* A token bucket that several processes share. Pure: time is given. Its words are atomics; all zero
 * is a full bucket at full pace.
 *
 * A bucket is one word: when it will be full again (the virtual scheduling algorithm of ITU-T
 * I.371, annex A). Taking a token moves that time; what lies further ahead than the burst is
 * refused. A second word slows it, where somebody else says that it gives too much.
 *
 * Races: each word changes by compare and swap, so no token is given twice. Two workers that are
 * both told 429 slow it once: a pace that was slowed in this second stays. A pace that is read
 * while it changes is the old or the new one. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdatomic.h>
#include <stdint.h>

#include "vecgate/slice.h"

typedef struct vg_bucket {
    _Atomic uint64_t full_at_ns;
    _Atomic uint64_t pace; /* permille taken away : 16, when it changed in ms : 48 */
} vg_bucket;

/* One token at `rate` per second (0: always), `burst` (1 at least) at once; both may change between
 * calls. Answers 0 when it is taken, else in how many ms there may be one. */
uint32_t vg_bucket_take(vg_bucket *bucket, uint64_t rate, uint64_t burst, uint64_t now_ns);
/* A token that was taken and not used. */
void vg_bucket_give(vg_bucket *bucket, uint64_t rate);
/* `percent` of the pace stays, 1 % of the rate at least; once in a second. */
void vg_bucket_slow(vg_bucket *bucket, uint64_t percent, uint64_t now_ms);
/* A success: `percent` of the rate comes back for each second since the pace last changed. */
void vg_bucket_quicken(vg_bucket *bucket, uint64_t percent, uint64_t now_ms);
uint32_t vg_bucket_permille(const vg_bucket *bucket); /* of the rate: 10 to 1000 */

/* What is in it now: whole tokens, and in how many ms it will be full. Without a rate it is full of
 * `burst`. */
typedef struct vg_bucket_level {
    uint64_t tokens;
    uint64_t full_ms;
} vg_bucket_level;
vg_bucket_level vg_bucket_look(const vg_bucket *bucket, uint64_t rate, uint64_t burst,
                               uint64_t now_ns);

/* ---- a bucket for each of many ---- */

/* All zero: nobody's. */
typedef struct vg_bucket_place {
    _Atomic uint64_t key;
    vg_bucket bucket;
} vg_bucket_place;

/* A name as a key, the same in every process; never 0. */
uint64_t vg_bucket_key(vg_slice name);
/* The bucket of `key` among `count` places. A full bucket says no more than a new one, so that the
 * place of one that rests is given to whoever needs it: there is an end of places only for those
 * that spend at the same time. Who finds none shares one: limits then hold for the two together.
 *
 * Races: two that come for the same place at once agree by compare and swap; one whose place is
 * given away just as it comes back leaves a token with the new owner, which that one then lacks. */
vg_bucket *vg_bucket_at(vg_bucket_place *places, uint32_t count, uint64_t key, uint64_t now_ns);

#endif
