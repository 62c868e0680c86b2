/* Nodes of a graph as words, a byte a word: the number of slots, then for each a number of words
 * and the words. What is taken as a graph can be searched and added to, and is written as it was
 * read. */
#include "base/check.h"
#include "engine/hnsw.h"
#include "tests/support/fuzz.h"

enum { SLOTS = 48, SIZE = 2, WORDS = 256, M = 3, ADDED = 4 };

static vg_dense *make_vectors(void)
{
    vg_dense *dense = vg_dense_new(SIZE);
    uint8_t room[VG_ID_KEY_MAX];

    VG_CHECK(dense != NULL && vg_dense_reserve(dense, SLOTS + ADDED, 0));
    for (uint32_t i = 0; i < SLOTS + ADDED; i++) {
        vg_point_id id = {.kind = VG_ID_NUM, .num = i};
        float vector[SIZE] = {(float)(i * 7 % 24), (float)(i % 3)};

        vg_dense_put(dense, vg_slice_of((const char *)room, vg_point_id_key(&id, room)), i, vector,
                     1);
    }
    return dense;
}

/* A byte stands for a slot or a number; the largest stand for what 32 bits can hold besides. */
static uint32_t word_of(uint8_t byte)
{
    if (byte == UINT8_MAX)
        return VG_SLOT_NONE;
    return byte == UINT8_MAX - 1 ? (uint32_t)1 << 31 : byte;
}

static bool read_node(vg_hnsw *graph, uint32_t slots, const uint8_t **data, size_t *size)
{
    uint32_t words[WORDS] = {0}, written[WORDS], slot = vg_hnsw_next(graph);
    size_t count = *size > 0 ? **data : 0;

    *data += *size > 0;
    *size -= *size > 0;
    count = count < *size ? count : *size;
    for (size_t i = 0; i < count; i++)
        words[i] = word_of((*data)[i]);
    *data += count;
    *size -= count;
    if (!vg_hnsw_node_read(graph, slots, words, count))
        return false;
    VG_CHECK(vg_hnsw_node_most(graph) <= WORDS);
    VG_CHECK(vg_hnsw_node_write(graph, slot, written) == count);
    VG_CHECK(memcmp(words, written, count * sizeof *words) == 0);
    return true;
}

static void use(vg_hnsw *graph, vg_dense *dense)
{
    static _Alignas(64) const float query[16] = {3, 1};
    vg_view view = {.dense = dense, .operation = 1, .used = SLOTS + ADDED};
    vg_hit hits[SLOTS];
    vg_walk walk = {.view = &view, .query = query, .hits = hits, .limit = SLOTS};

    walk.before = vg_hnsw_next(graph);
    VG_CHECK(vg_hnsw_search(graph, &walk));
    for (uint32_t i = 0; i < walk.count; i++)
        VG_CHECK(hits[i].slot < walk.before && (i == 0 || hits[i - 1].far <= hits[i].far));
    for (int i = 0; i < ADDED; i++)
        VG_CHECK(vg_hnsw_insert(graph, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_hnsw_conf conf = {.distance = VG_EUCLID, .m = M, .ef_construct = 8};
    vg_dense *dense = make_vectors();
    vg_hnsw *graph = vg_hnsw_new(dense, &conf);
    uint32_t slots = size > 0 ? data[0] % (SLOTS + 1) : 0;
    bool is_good = true;

    VG_CHECK(graph != NULL);
    data += size > 0;
    size -= size > 0;
    for (uint32_t i = 0; i < slots && is_good; i++)
        is_good = read_node(graph, slots, &data, &size);
    if (is_good && vg_hnsw_nodes_end(graph))
        use(graph, dense);
    vg_hnsw_let(graph);
    vg_dense_let(dense);
    return 0;
}
