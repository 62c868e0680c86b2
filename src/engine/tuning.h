/* What a collection's settings (FACTS 10) say of the graph of one of its vectors: hnsw_config and
 * optimizers_config, and over these the vector's own hnsw_config. Pure.
 *
 *     {"hnsw_config":{"m":16,"ef_construct":100,"full_scan_threshold":10000},
 *      "optimizers_config":{"indexing_threshold":20000}}
 *
 * Thresholds are KiB of vectors there, and bytes here: of what is stored, so that one of float16
 * has half as many as one of float32, and a multivector those of all its rows. What is quantised is
 * said by the vector's quantization_config or, if it has none, by the collection's, of which there
 * is one kind each:
 *
 *     {"scalar":{"type":"int8","quantile":0.99}}   {"binary":{}}   {"bfloat16":{}}
 *
 * Only dense vectors of float32 have codes. */
#ifndef ENGINE_TUNING_H
#define ENGINE_TUNING_H

#include "vecgate/op.h"

/* What codes (codes.h) a place's vectors have beside their numbers. */
typedef enum vg_code_kind {
    VG_CODE_NONE,
    VG_CODE_BFLOAT16,
    VG_CODE_INT8,
    VG_CODE_BINARY,
    VG_CODE_KINDS
} vg_code_kind;

typedef struct vg_coding {
    vg_code_kind kind;
    float quantile; /* int8: this share of the numbers has a code of its own; 0.5 to 1 */
} vg_coding;

typedef struct vg_tuning {
    uint32_t m;               /* 0: there is to be no graph */
    uint32_t ef_construct;    /* candidates of an insertion; of a search: vg_tuning_ef() */
    uint64_t full_scan_bytes; /* fewer vectors are scanned, graph or not */
    uint64_t least_bytes;     /* fewer vectors get no graph */
    vg_coding coding;         /* of what is in the graph */
} vg_tuning;

/* Bounds within which the settings are taken: beyond them more costs memory and finds no better. */
enum { VG_TUNING_M_MOST = 512, VG_TUNING_EF_MOST = 65536 };

/* Of the vector at a place of the spec. What is not given, or is none that a front lets through,
 * has its default; an indexing_threshold of 0 means no graph, as m = 0 does, and sparse vectors
 * have none: theirs is an inverted index. False: no memory. */
bool vg_tuning_read(const vg_collection_spec *spec, uint32_t place, vg_tuning *out);

/* Do so many bytes of vectors deserve a graph? */
static inline bool vg_tuning_wants(const vg_tuning *tuning, uint64_t bytes)
{
    return tuning->m > 0 && bytes > 0 && bytes >= tuning->least_bytes;
}

/* Candidates of a search that names no ef, among so many vectors. The more there are, the less
 * often a walk of one width is right; behind a filter, where the answer is to be as good as without
 * one, it is widened by the vectors over 50 000, to 2 000 at most: measured with 100 000 and 341
 * 479 words, whose recall@10 stays over 0.95 so. */
uint32_t vg_tuning_ef(const vg_tuning *tuning, uint64_t vectors, bool is_filtered);

#endif
