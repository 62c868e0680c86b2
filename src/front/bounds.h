/* How much one request may ask of searches, in both APIs. The size of a body bounds none of this: a
 * search takes a few bytes to write and may take all vectors of a collection to answer. */
#ifndef FRONT_BOUNDS_H
#define FRONT_BOUNDS_H

enum {
    VG_BOUND_SEARCHES = 4096, /* of a batch: they share one deadline and hold one answer's memory */
    VG_BOUND_PREFETCHES = 64, /* of a query: each is a search, and all of their hits are held */
    VG_BOUND_EXAMPLES = 1024, /* of a search, a pair being two: every point is compared with each */
    VG_BOUND_SAMPLE = 4096,   /* of a matrix: each of its points is searched for among the others */
};

#endif
