/* Collections that are large enough for a graph, for tests: points in clusters, and how much of the
 * truth searches of them find. "c" is the collection, as in asking.h. */
#ifndef TESTS_ENGINE_CROWD_H
#define TESTS_ENGINE_CROWD_H

#include "asking.h"

enum { CROWD_SIZE = 16, CROWD_CLUSTERS = 20, CROWD_PARTS = 1000 };

/* Settings under which some hundred vectors get a graph. */
extern const char crowd_settings[];

typedef struct crowd {
    bench *b;
    vg_vector_params params;
    uint32_t rows; /* of each multivector; 0: they are none */
    uint64_t chance;
    float centers[CROWD_CLUSTERS][CROWD_SIZE];
} crowd;

/* A collection of one unnamed vector; NULL: crowd_settings. */
void crowd_make(crowd *c, bench *b, vg_distance distance, const char *settings);
/* Of this kind and datatype. */
void crowd_make_of(crowd *c, bench *b, const vg_vector_params *params);
/* One collection of that shape as it is to be from now on. */
void crowd_change(crowd *c, const char *settings);
/* Puts points of new vectors, with ids from `from` on and the payload {"cluster": of the vector,
 * "part": 0 to CROWD_PARTS - 1, by chance}. */
void crowd_put(crowd *c, uint64_t from, uint32_t count);
void crowd_delete(crowd *c, uint64_t from, uint32_t count);
/* A vector near a cluster; valid until the bench's arena ends. */
const float *crowd_draw(crowd *c, uint32_t cluster);

/* Filters: points of parts below `below`; points of a cluster. */
vg_condition part_below(double below);
vg_condition of_cluster(int64_t cluster);

/* A search for the nearest 10, with this filter (NULL: none). */
vg_search near_to(const float *vector, const vg_filter *filter);
vg_points ask(crowd *c, const vg_search *search, vg_explain *explain);
/* The share of the exact answers that searches like this one give, for vectors near the cluster, or
 * near any (-1). `explain`: of the last. NULL is fine. All hits must have the scores of the exact
 * ones at least, be as many, and be in order. */
double crowd_recall(crowd *c, const vg_search *like, int cluster, vg_explain *explain);
/* Of a graph that has all there is. */
void expect_all_indexed(crowd *c);
vg_collection_info describe_crowd(crowd *c);

#endif
