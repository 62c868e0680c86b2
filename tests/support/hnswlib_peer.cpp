/* See hnswlib_peer.h. */
#include "tests/support/hnswlib_peer.h"

#include <hnswlib/hnswlib.h>
#include <memory>
#include <new>

struct hnswlib_peer {
    std::unique_ptr<hnswlib::SpaceInterface<float>> space;
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph;
};

hnswlib_peer *hnswlib_peer_new(const hnswlib_conf *conf)
{
    std::unique_ptr<hnswlib_peer> peer(new (std::nothrow) hnswlib_peer);

    if (peer == nullptr)
        return nullptr;
    if (conf->is_l2)
        peer->space.reset(new hnswlib::L2Space(conf->size));
    else
        peer->space.reset(new hnswlib::InnerProductSpace(conf->size));
    peer->graph.reset(new hnswlib::HierarchicalNSW<float>(peer->space.get(), conf->most, conf->m,
                                                          conf->ef_construct));
    return peer.release();
}

void hnswlib_peer_free(hnswlib_peer *peer)
{
    delete peer;
}

void hnswlib_peer_add(hnswlib_peer *peer, const float *vector, size_t label)
{
    peer->graph->addPoint(vector, label);
}

void hnswlib_peer_set_ef(hnswlib_peer *peer, size_t ef)
{
    peer->graph->setEf(ef);
}

size_t hnswlib_peer_search(hnswlib_peer *peer, const float *query, size_t limit, size_t *labels)
{
    auto found = peer->graph->searchKnn(query, limit);
    size_t count = 0;

    for (; !found.empty(); found.pop())
        labels[count++] = found.top().second;
    return count;
}

const char *hnswlib_peer_kernel(void)
{
#if defined(USE_AVX512)
    return "avx512";
#elif defined(USE_AVX)
    return "avx";
#else
    return "sse";
#endif
}
