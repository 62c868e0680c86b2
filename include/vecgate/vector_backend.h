/* An adapter: one table, and steps without I/O. No sockets, no callbacks, no retries, no clocks, no
 * chance: what it needs of these is in the op. What a backend cannot do is a row left out.
 * Metadata stores are adapters too; they fill the META_ rows. */
#ifndef VECGATE_VECTOR_BACKEND_H
#define VECGATE_VECTOR_BACKEND_H

#include "vecgate/capabilities.h"
#include "vecgate/exchange.h"
#include "vecgate/op.h"
#include "vecgate/option.h"

/* One attempt at an op; a hedge is a second one. Owned by the call. */
struct vg_try {
    int stage;         /* the adapter's enum; 0 when the try begins */
    vg_arena *scratch; /* this try's own; the winner's lives as long as the op */
    void *state;       /* the adapter's, in scratch; NULL when the try begins */
    vg_op_result result;
    vg_status status;
};

typedef enum vg_next {
    VG_SEND, /* `out` is the next exchange */
    VG_WAIT, /* ask again, with no reply, after out->wait_ms (seconds at most) */
    VG_DONE, /* try->result is complete */
    VG_FAIL, /* try->status says why. Stage and exchange are as they were: it can be sent again */
    /* The operation must restart at stage 0 (a lost race, a moved shard); bounded. try->status, if
     * it is set, says why: that is how the last of them fails. */
    VG_AGAIN,
} vg_next;

/* Called first with reply == NULL, then once for every reply to an exchange that it asked for, and
 * with reply == NULL again when a wait that it asked for is over. `out` comes cleared and stays
 * valid, with all it points to (scratch), until the reply. Transport failures never come here: the
 * runner classifies them. Everything that may take longer than 100 µs belongs into a local work.
 *
 * A collection that the backend does not have is NOT_FOUND with "collection" in status.where: the
 * catalog then forgets it. Any other missing thing (a point) has another word there, or none. */
typedef vg_next vg_step_fn(const vg_backend *self, const vg_op *op, vg_try *try,
                           const vg_reply *reply, vg_exchange *out);

/* What carries HTTP. */
typedef enum vg_http_carrier_word {
    VG_CARRIER_AUTO,   /* DIRECT, but where there is a proxy */
    VG_CARRIER_CURL,   /* libcurl */
    VG_CARRIER_DIRECT, /* sockets of our own; no proxy */
} vg_http_carrier_word;

/* Where an adapter that speaks HTTP sends to; made of its configuration, whose life it shares. */
typedef struct vg_endpoint {
    vg_slice base_url; /* "https://host:6333/prefix", no slash at the end */
    vg_header auth;    /* sent with every request; empty name: none. Never logged */
    vg_slice ca_file;  /* PEM; empty: the system's */
    vg_slice proxy;    /* empty: none, whatever the environment says */
    uint64_t connect_ms;
    uint32_t max_connections;
    uint32_t max_queue;
    uint64_t max_reply_bytes;
    vg_http_carrier_word carrier;
    uint64_t max_left_s; /* as much as a request's left_param may say; 0: no bound */
} vg_endpoint;

/* Which of the backend's objects a new collection is, or shares. */
typedef struct vg_placement {
    vg_slice physical;
    bool raw_ids; /* nobody else's points are in it, so ids and payloads go as they are. Else stored
                     ids are made of tenant, collection and id, and the original lies beside */
} vg_placement;

/* What a local store counts of itself. */
typedef struct vg_store_counts {
    uint32_t tenants_open;   /* stores of tenants that are open, beside that of `default` */
    uint64_t tenants_opened; /* since the start; … */
    uint64_t tenants_closed; /* … to make room, or to be dropped */
    uint64_t tenants_failed; /* … to open */
} vg_store_counts;

struct vg_adapter {
    const char *name;    /* the word in the configuration */
    const char *summary; /* one line for docs */
    vg_via via;
    const vg_option *options; /* its section's rows; offsets into its conf struct */
    size_t conf_size;
    vg_capabilities can;
    vg_step_fn *ops[VG_OP_KINDS];

    /* Local stores: opens what is under `data_dir` (made if need be) and fills backend->store. May
     * block: called before the loop runs. Locks the directory: a second process gets CONFLICT with
     * the pid of the first in the status. NULL for remote backends. */
    vg_code (*open)(vg_backend *backend, vg_slice data_dir, vg_arena *arena, vg_status *status);
    /* All work is finished before. May block: flushes and closes. */
    void (*close)(vg_backend *backend);
    /* For metrics. On the loop. NULL: it counts nothing. */
    void (*count)(const vg_backend *self, vg_store_counts *out);
    /* Points in all that is open of a local store. Any thread; it looks at each collection. NULL:
     * it does not know. */
    uint64_t (*count_points)(const vg_backend *self);
    /* Remote backends: where to, by the one for their `via`. False with a status when the
     * configuration cannot be right. */
    bool (*endpoint)(const void *conf, vg_arena *arena, vg_endpoint *out, vg_status *status);
    bool (*pg_endpoint)(const void *conf, vg_arena *arena, vg_pg_endpoint *out, vg_status *status);
    /* Where a new collection's points go, by the configured isolation. What it answers is kept in
     * the catalog's row. Pure, and the same for equal input. NULL: the object has the collection's
     * own name and ids stay raw, because steps keep tenants apart by op->who (a directory, a schema
     * for each). With it, only a sole tenant adopts what exists. False: it cannot be, or the arena
     * is spent. */
    bool (*place)(const vg_backend *self, const vg_tenant *who, vg_slice name,
                  const vg_collection_spec *spec, vg_arena *arena, vg_placement *out,
                  vg_status *status);
};

/* An adapter as it is configured. Outlives every op. Steps read it and no more of the process. */
struct vg_backend {
    const vg_adapter *adapter;
    const void *conf; /* the adapter's own struct */
    void *store;      /* what open() made; NULL for remote backends */
};

/* Fails the try with a story; answers VG_FAIL. */
vg_next vg_try_fail(vg_try *try, vg_code code, vg_slice what);
vg_next vg_try_failf(vg_try *try, vg_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The lists of what is built in, in the order the docs show it; NULL at the end. */
extern const vg_adapter *const vg_adapters[];          /* adapters/vector/registry.c */
extern const vg_adapter *const vg_metadata_adapters[]; /* adapters/metadata/registry.c */

#endif
