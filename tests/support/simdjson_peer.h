/* simdjson's DOM behind a C interface: the oracle of the JSON fuzz target, and the peer of the JSON
 * benchmark. Tests only; the product links no C++. */
#ifndef VG_TESTS_SUPPORT_SIMDJSON_PEER_H
#define VG_TESTS_SUPPORT_SIMDJSON_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct simdjson_peer simdjson_peer;

typedef enum peer_kind {
    PEER_NULL,
    PEER_BOOL,
    PEER_REAL,
    PEER_UNSIGNED, /* whole, 0 and above */
    PEER_SIGNED,   /* whole, below 0 */
    PEER_STRING,
    PEER_KEY,
    PEER_ARRAY,
    PEER_OBJECT,
    PEER_END, /* of an array or object */
} peer_kind;

/* One step of the walk over a document, in the order of its text. */
typedef struct peer_event {
    peer_kind kind;
    double real;
    uint64_t whole; /* of PEER_SIGNED as two's complement; of PEER_BOOL 0 or 1 */
    const char *text;
    size_t len;
} peer_event;

typedef void peer_event_fn(const peer_event *event, void *arg);

simdjson_peer *simdjson_peer_new(size_t max_depth);
void simdjson_peer_free(simdjson_peer *peer);
/* Parses; 32 bytes behind the text must be readable. NULL: accepted; else what it said. */
const char *simdjson_peer_read(simdjson_peer *peer, const char *text, size_t len);
/* Walks the document that was read last. */
void simdjson_peer_walk(simdjson_peer *peer, peer_event_fn *on_event, void *arg);
/* All numbers of the document that was read last, in order, as float32. Answers how many. */
size_t simdjson_peer_floats(simdjson_peer *peer, float *out, size_t room);
/* Which instruction set it chose. */
const char *simdjson_peer_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
