/* Any bytes as the snapshot of a graph (engine/snapshot.h): refused, or a graph over the vectors
 * that are there. The sum is put right first, so that what is behind it is reached. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/snapshot.h"
#include "tests/support/fuzz.h"

enum { SIZE = 4, ROWS = 64 };

static void put_rows(vg_snapshot *snapshot, vg_dense *dense)
{
    for (uint64_t row = 1; row <= ROWS; row++) {
        float vector[SIZE] = {(float)row};
        uint8_t key[VG_ID_KEY_MAX];
        vg_point_id id = {.kind = VG_ID_NUM, .num = row};

        if (!vg_snapshot_has(snapshot, row, vector) || !vg_dense_reserve(dense, 1, 0))
            continue;
        vg_dense_put(dense, vg_slice_of((const char *)key, vg_point_id_key(&id, key)), row, vector,
                     1);
    }
}

static void restore(vg_snapshot *snapshot)
{
    vg_dense *dense = vg_dense_new(SIZE);
    vg_hnsw *graph;

    put_rows(snapshot, dense);
    graph = vg_snapshot_graph(snapshot, dense);
    while (graph && vg_hnsw_next(graph) < vg_dense_used(dense))
        if (!vg_hnsw_insert(graph, 1))
            abort();
    vg_hnsw_let(graph);
    vg_dense_let(dense);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vg_snapshot_want want = {
        .collection = 1,
        .form = {.size = SIZE, .distance = VG_EUCLID},
        .conf = {.distance = VG_EUCLID, .m = 4, .ef_construct = 8, .seed = 1}};
    vg_snapshot_head head;
    uint8_t *bytes = malloc(size + 1);
    vg_snapshot *snapshot;
    const char *why;

    memcpy(bytes, data, size);
    if (size >= sizeof head) {
        memcpy(&head, bytes, sizeof head);
        head.body_bytes = size - sizeof head;
        head.sum = 0;
        head.sum = vg_snapshot_sum(bytes + sizeof head, size - sizeof head, 0) ^
                   vg_snapshot_sum(&head, sizeof head, 0);
        memcpy(bytes, &head, sizeof head);
    }
    snapshot = vg_snapshot_read(bytes, size, &want, &why);
    if (snapshot)
        restore(snapshot);
    vg_snapshot_close(snapshot);
    free(bytes);
    return 0;
}
