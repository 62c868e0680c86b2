/* What an adapter wants sent, and what came back: bytes for HTTP, statements for PostgreSQL, a
 * function for our own stores. A transport carries exchanges; it knows nothing of operations. */
#ifndef VECGATE_EXCHANGE_H
#define VECGATE_EXCHANGE_H

#include <stdatomic.h>

#include "vecgate/pg.h"
#include "vecgate/status.h"

typedef enum vg_via {
    VG_VIA_NONE,
    VG_VIA_LOCAL, /* a function on a named pool, or an item for a store's own queue */
    VG_VIA_HTTP,  /* one request, one whole reply */
    VG_VIA_PG,    /* a list of statements in one round trip */
} vg_via;

/* May this exchange be sent again when it is not known how it ended? */
typedef enum vg_repeat {
    VG_REPEAT_NEVER,
    VG_REPEAT_IF_UNSENT, /* only when no byte of it left */
    VG_REPEAT_ALWAYS,    /* reads, and writes that are idempotent */
} vg_repeat;

typedef enum vg_pool_name {
    VG_POOL_SEARCH,    /* computing and reading */
    VG_POOL_CODEC,     /* decoding and encoding of large bodies */
    VG_POOL_MISC,      /* metadata, opening, listing */
    VG_POOL_CONNECT,   /* greeting servers: handshakes, passwords, tickets */
    VG_POOL_CANCEL,    /* asking servers to give up, for as long as they like */
    VG_POOL_HANDSHAKE, /* greeting clients: the signatures of TLS */
    VG_POOLS,
} vg_pool_name;
const char *vg_pool_word(vg_pool_name pool); /* "search" */

/* One function on another thread. Embedded in what it works on; both live until it is finished.
 * Exactly one of the two, according to how it was given:
 *
 *     pool    the transport calls run() on a pool's thread; when it returns, it is finished
 *     queue   the queue's owner does what it means, then calls vg_work_finish(), on any thread */
struct vg_work {
    void (*run)(vg_work *work);
    vg_work *next;                   /* pool's or queue's while it waits */
    void (*finished)(vg_work *work); /* the transport's: set before it is given away */
    void *carrier;                   /* the transport's */
    /* The transport's, as `finished`: true when nobody waits for the end any more. Work that takes
     * long looks at it and ends unfinished, with CANCELLED. NULL: nobody says so. */
    const atomic_bool *is_stopped;
};
static inline void vg_work_finish(vg_work *work)
{
    work->finished(work);
}

/* A store's own thread. post() takes the work or, when the queue is full or closing, says false. */
struct vg_queue {
    bool (*post)(vg_queue *queue, vg_work *work);
};

/* How an exchange ended when no whole reply came. The runner says what that means for clients. */
typedef enum vg_fault {
    VG_FAULT_NONE,
    VG_FAULT_DNS,       /* the name has no address */
    VG_FAULT_CONNECT,   /* refused, unreachable, or the connect time passed */
    VG_FAULT_TLS,       /* handshake or verification */
    VG_FAULT_RESET,     /* the connection ended before the reply was whole */
    VG_FAULT_PROTOCOL,  /* what came is not HTTP, or is cut, or contradicts itself */
    VG_FAULT_TOO_LARGE, /* the reply passed max_reply_bytes */
    VG_FAULT_FULL,      /* the queue in front of it is full: nothing was sent */
    VG_FAULT_STOPPED,   /* vg_transport stop() was called */
    VG_FAULT_MEMORY,
    VG_FAULTS,
} vg_fault;
const char *vg_fault_word(vg_fault fault); /* "connect" */

typedef struct vg_header {
    vg_slice name; /* lower case */
    vg_slice value;
} vg_header;

typedef struct vg_http_request {
    const char *method;
    vg_slice target; /* behind the endpoint's base, escaped: "/collections/a%20b/points?limit=1" */
    const vg_header *headers;
    uint32_t header_count;
    vg_slice body; /* content-length is the transport's */
    /* A parameter of the query that takes how many seconds are left ("timeout"), which the
     * transport adds when it sends; NULL: there is none. */
    const char *left_param;
} vg_http_request;

/* Servers that one backend may be made of, each with a breaker of its own. */
enum { VG_ENDPOINTS = 32 };

struct vg_exchange {
    const char *name; /* of its span and metrics: "qdrant.upsert" */
    vg_via via;
    vg_repeat repeat;
    bool writes;      /* sent and unanswered means: outcome unknown */
    uint32_t wait_ms; /* with VG_WAIT: ask again after this */
    /* The runner's, on the loop's clock; 0: none. A transport that can tells the backend how long
     * it may take (statement_timeout); it ends nothing by itself. */
    uint64_t deadline_ns;
    /* The runner's, too: the place of the endpoint that it goes to, plus one; 0: as the transport
     * chooses. When it stays, it goes to no other, not even when that one cannot be reached. */
    uint8_t endpoint;
    bool stays;
    union {
        vg_http_request http;
        vg_pg_request pg;
        struct {
            vg_queue *queue; /* NULL: `pool` runs it */
            vg_pool_name pool;
            vg_work *work;
        } local;
    } as;
};

typedef struct vg_http_reply {
    int status;
    const vg_header *headers; /* names in lower case */
    uint32_t header_count;
    vg_slice body; /* whole; VG_JSON_PAD readable bytes behind it */
} vg_http_reply;

/* Valid only during the step (or callback) that it is given to: what is kept is copied to the try's
 * scratch. A local work has written its answer where its maker asked; its reply is empty. */
struct vg_reply {
    vg_via via;
    vg_http_reply http;
    vg_pg_reply pg;
};

#endif
