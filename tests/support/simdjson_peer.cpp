/* See simdjson_peer.h. */
#include "tests/support/simdjson_peer.h"

#include <new>
#include <simdjson.h>

namespace dom = simdjson::dom;

struct simdjson_peer {
    dom::parser parser;
    dom::element root;
};

namespace
{

struct walker {
    peer_event_fn *on_event;
    void *arg;

    void say(peer_event event) const
    {
        on_event(&event, arg);
    }
    void walk(dom::element element) const;
};

void walker::walk(dom::element element) const
{
    switch (element.type()) {
    case dom::element_type::ARRAY:
        say({PEER_ARRAY, 0, 0, nullptr, 0});
        for (dom::element child : dom::array(element))
            walk(child);
        say({PEER_END, 0, 0, nullptr, 0});
        break;
    case dom::element_type::OBJECT:
        say({PEER_OBJECT, 0, 0, nullptr, 0});
        for (dom::key_value_pair field : dom::object(element)) {
            say({PEER_KEY, 0, 0, field.key.data(), field.key.size()});
            walk(field.value);
        }
        say({PEER_END, 0, 0, nullptr, 0});
        break;
    case dom::element_type::INT64:
        if (int64_t(element) < 0)
            say({PEER_SIGNED, 0, uint64_t(int64_t(element)), nullptr, 0});
        else
            say({PEER_UNSIGNED, 0, uint64_t(int64_t(element)), nullptr, 0});
        break;
    case dom::element_type::UINT64:
        say({PEER_UNSIGNED, 0, uint64_t(element), nullptr, 0});
        break;
    case dom::element_type::DOUBLE:
        say({PEER_REAL, double(element), 0, nullptr, 0});
        break;
    case dom::element_type::STRING: {
        std::string_view text(element);
        say({PEER_STRING, 0, 0, text.data(), text.size()});
        break;
    }
    case dom::element_type::BOOL:
        say({PEER_BOOL, 0, uint64_t(bool(element)), nullptr, 0});
        break;
    case dom::element_type::NULL_VALUE:
        say({PEER_NULL, 0, 0, nullptr, 0});
        break;
    }
}

size_t gather(dom::element element, float *out, size_t room)
{
    size_t n = 0;

    if (element.is_array())
        for (dom::element child : dom::array(element))
            n += gather(child, out + n, room - n);
    else if (element.is_object())
        for (dom::key_value_pair field : dom::object(element))
            n += gather(field.value, out + n, room - n);
    else if (element.is_number() && room > 0)
        out[n++] = float(double(element));
    return n;
}

} // namespace

simdjson_peer *simdjson_peer_new(size_t max_depth)
{
    auto *peer = new (std::nothrow) simdjson_peer;

    if (peer != nullptr && peer->parser.allocate(1 << 16, max_depth) != simdjson::SUCCESS) {
        delete peer;
        return nullptr;
    }
    return peer;
}

void simdjson_peer_free(simdjson_peer *peer)
{
    delete peer;
}

const char *simdjson_peer_read(simdjson_peer *peer, const char *text, size_t len)
{
    auto error = peer->parser.parse(text, len, false).get(peer->root);

    return error == simdjson::SUCCESS ? nullptr : simdjson::error_message(error);
}

void simdjson_peer_walk(simdjson_peer *peer, peer_event_fn *on_event, void *arg)
{
    walker{on_event, arg}.walk(peer->root);
}

size_t simdjson_peer_floats(simdjson_peer *peer, float *out, size_t room)
{
    return gather(peer->root, out, room);
}

const char *simdjson_peer_kernel(void)
{
    static const std::string name(simdjson::get_active_implementation()->name());

    return name.c_str();
}
