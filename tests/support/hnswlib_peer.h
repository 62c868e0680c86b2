/* hnswlib behind a C interface: the peer of the graph's benchmark. Tests only; the product links no
 * C++. */
#ifndef VG_TESTS_SUPPORT_HNSWLIB_PEER_H
#define VG_TESTS_SUPPORT_HNSWLIB_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hnswlib_peer hnswlib_peer;

typedef struct hnswlib_conf {
    size_t size; /* floats of a vector */
    size_t most; /* vectors */
    size_t m, ef_construct;
    bool is_l2; /* or inner product */
} hnswlib_conf;

/* NULL: no memory. */
hnswlib_peer *hnswlib_peer_new(const hnswlib_conf *conf);
void hnswlib_peer_free(hnswlib_peer *peer);
void hnswlib_peer_add(hnswlib_peer *peer, const float *vector, size_t label);
void hnswlib_peer_set_ef(hnswlib_peer *peer, size_t ef);
/* The labels of the nearest `limit`, in no order; answers how many. */
size_t hnswlib_peer_search(hnswlib_peer *peer, const float *query, size_t limit, size_t *labels);
/* "avx512", "avx", "sse": what it was compiled to use. */
const char *hnswlib_peer_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
