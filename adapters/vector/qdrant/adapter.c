/* Qdrant over REST: the table, and the steps. Every operation is one request and one reply
 *
 *     ASK ──► READ ──► done
 *
 * but health: is it ready, what is it, and may we use it?
 *
 *     ASK_READY ──► READ_READY ──► READ_VERSION ──► READ_RIGHTS ──► done
 *
 * and creating a collection with indexes, one request each. An index that Qdrant refuses leaves no
 * half-made collection behind:
 *
 *     ASK ──► READ_CREATED ──► READ_INDEX (as often as there are indexes) ──► done
 *                                  └─(refused)─► READ_UNDONE ──► failed              */
#include "adapters/vector/qdrant/body.h"
#include "adapters/vector/qdrant/shared.h"

enum isolation { BY_FILTER, BY_COLLECTION };
static const char *const isolations[] = {"filter", "collection", NULL};
static const char *const carriers[] = {"auto", "curl", "direct", NULL};

struct conf {
    vg_slice url;
    vg_slice api_key;
    vg_slice ca_file;
    vg_slice proxy;
    uint64_t connect_ms;
    uint64_t max_connections;
    uint64_t max_queue;
    uint64_t max_reply_bytes;
    uint64_t max_timeout_ms;
    int isolation; /* enum isolation */
    int carrier;   /* vg_http_carrier_word */
};

#define AT(field) offsetof(struct conf, field)

/* clang-format off */
static const vg_option options[] = {
    {.name = "url", .kind = VG_OPT_URL, .at = AT(url), .def = "http://localhost:6333", .env = "QDRANT_URL",
     .doc = "where Qdrant's REST API is"},
    {.name = "api_key", .kind = VG_OPT_SECRET, .at = AT(api_key), .env = "QDRANT_API_KEY",
     .doc = "the key sent with every request; none when empty"},
    {.name = "ca_file", .kind = VG_OPT_TEXT, .at = AT(ca_file),
     .doc = "PEM file with the only authorities to trust for https; the system's when empty"},
    {.name = "proxy", .kind = VG_OPT_SECRET, .at = AT(proxy),
     .doc = "URL of a proxy, which may hold a password; none when empty, whatever the environment says"},
    {.name = "connect_timeout", .kind = VG_OPT_DURATION, .at = AT(connect_ms), .def = "5s", .min = 1, .max = 300000,
     .doc = "longest time for name look-up, connection and TLS handshake together"},
    {.name = "max_connections", .kind = VG_OPT_COUNT, .at = AT(max_connections), .def = "64", .min = 1, .max = 4096,
     .doc = "most requests at Qdrant at once, per worker; each has a connection"},
    {.name = "max_queue", .kind = VG_OPT_COUNT, .at = AT(max_queue), .def = "1024", .min = 1, .max = 1000000,
     .doc = "most requests that wait for a connection, per worker; more are refused with 503"},
    {.name = "max_reply_bytes", .kind = VG_OPT_BYTES, .at = AT(max_reply_bytes), .def = "64MiB", .min = 65536,
     .max = (uint64_t)1 << 31, .doc = "largest reply that is taken"},
    {.name = "max_timeout", .kind = VG_OPT_DURATION, .at = AT(max_timeout_ms), .def = "0s", .max = 86400000,
     .doc = "most that Qdrant is told a request may take, in whole seconds: as much as `max_timeout` of its strict mode allows; 0: what is left of the deadline"},
    {.name = "http.carrier", .kind = VG_OPT_WORD, .at = AT(carrier), .def = "auto", .words = carriers,
     .doc = "what carries requests: `curl` is libcurl; `direct` are sockets of our own, for less work per request, and knows no `proxy`; `auto` takes `direct`, but `curl` where there is a `proxy`"},
    {.name = "isolation", .kind = VG_OPT_WORD, .at = AT(isolation), .def = "filter", .words = isolations,
     .doc = "how tenants are kept apart: those whose collections are alike share one of Qdrant's and are told apart by a `filter`, or each has a `collection` of its own; taken when a collection is made, and only where there are `tenants`"},
    {.kind = VG_OPT_END},
};

/* --- one request, one reply ------------------------------------------------------------------ */

/* Each may be sent again: it reads, or what it does is the same when it is done twice. */
static const struct task {
    const char *name;
    bool writes;
    bool is_untimed; /* takes no `timeout` */
    vg_qdrant_encode_fn *encode;
    vg_qdrant_decode_fn *decode;
} tasks[VG_OP_KINDS] = {
    [VG_OP_DROP_COLLECTION] = {"qdrant.drop_collection", true, false, vg_qdrant_encode_drop, vg_qdrant_decode_drop},
    [VG_OP_DESCRIBE] = {"qdrant.describe", false, true, vg_qdrant_encode_describe, vg_qdrant_decode_describe},
    [VG_OP_LIST] = {"qdrant.list", false, true, vg_qdrant_encode_list, vg_qdrant_decode_list},
    [VG_OP_UPDATE_COLLECTION] = {"qdrant.update_collection", true, false, vg_qdrant_encode_update_collection, vg_qdrant_decode_did},
    [VG_OP_CREATE_INDEX] = {"qdrant.create_index", true, false, vg_qdrant_encode_create_index, vg_qdrant_decode_written},
    [VG_OP_DROP_INDEX] = {"qdrant.drop_index", true, false, vg_qdrant_encode_drop_index, vg_qdrant_decode_written},
    [VG_OP_UPSERT] = {"qdrant.upsert", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_DELETE] = {"qdrant.delete", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_SET_PAYLOAD] = {"qdrant.set_payload", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_OVERWRITE_PAYLOAD] = {"qdrant.overwrite_payload", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_DELETE_PAYLOAD] = {"qdrant.delete_payload", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_CLEAR_PAYLOAD] = {"qdrant.clear_payload", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_UPDATE_VECTORS] = {"qdrant.update_vectors", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_DELETE_VECTORS] = {"qdrant.delete_vectors", true, false, vg_qdrant_encode_change, vg_qdrant_decode_written},
    [VG_OP_BATCH] = {"qdrant.batch", true, false, vg_qdrant_encode_batch, vg_qdrant_decode_batch},
    [VG_OP_GET] = {"qdrant.get", false, false, vg_qdrant_encode_get, vg_qdrant_decode_get},
    [VG_OP_SEARCH] = {"qdrant.search", false, false, vg_qdrant_encode_search, vg_qdrant_decode_search},
    [VG_OP_QUERY] = {"qdrant.query", false, false, vg_qdrant_encode_query, vg_qdrant_decode_query},
    [VG_OP_GROUPS] = {"qdrant.query_groups", false, false, vg_qdrant_encode_groups, vg_qdrant_decode_groups},
    [VG_OP_MATRIX] = {"qdrant.search_matrix", false, false, vg_qdrant_encode_matrix, vg_qdrant_decode_matrix},
    [VG_OP_SCROLL] = {"qdrant.scroll", false, false, vg_qdrant_encode_scroll, vg_qdrant_decode_scroll},
    [VG_OP_COUNT] = {"qdrant.count", false, false, vg_qdrant_encode_count, vg_qdrant_decode_count},
    [VG_OP_FACET] = {"qdrant.facet", false, false, vg_qdrant_encode_facet, vg_qdrant_decode_facet},
};
/* clang-format on */

/* What is asked: the op itself, or what it is in a shared object. NULL: the try has failed. */
static const vg_op *asked(const vg_op *op, vg_try *t)
{
    if (!vg_qdrant_is_shared(op))
        return op;
    t->state = vg_qdrant_share_of(op, t);
    return t->state != NULL ? vg_qdrant_share_op(t->state, op) : NULL;
}

static vg_next read_once(const vg_op *op, vg_try *t, const vg_reply *reply)
{
    vg_next next = tasks[op->kind].decode(op, t, &reply->http);

    if (next == VG_FAIL && t->state != NULL)
        vg_qdrant_own_words(t->state, op);
    return next;
}

static vg_next once(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                    vg_exchange *out)
{
    enum stage { ASK, READ };
    const struct task *task = &tasks[op->kind];
    const vg_op *there;

    (void)self;
    switch ((enum stage)t->stage) {
    case ASK:
        out->name = task->name;
        out->via = VG_VIA_HTTP;
        out->repeat = VG_REPEAT_ALWAYS;
        out->writes = task->writes;
        there = asked(op, t);
        if (there == NULL || !task->encode(there, t, &out->as.http))
            return VG_FAIL;
        out->as.http.left_param = task->is_untimed ? NULL : VG_QDRANT_TIMEOUT;
        t->stage = READ;
        return VG_SEND;
    case READ:
        return read_once(op, t, reply);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

/* --- a collection with its indexes ----------------------------------------------------------- */

struct creation {
    uint32_t index;    /* the one that was asked for last */
    vg_status refusal; /* why it is undone */
};

static vg_next send(vg_try *t, vg_exchange *out, const char *name, vg_repeat repeat, int stage)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = repeat;
    out->writes = true;
    out->as.http.left_param = VG_QDRANT_TIMEOUT;
    t->stage = stage;
    return VG_SEND;
}

enum create_stage { ASK_CREATE, READ_CREATED, READ_INDEX, READ_UNDONE };

static vg_next ask_index(const vg_op *op, vg_try *t, vg_exchange *out)
{
    const struct creation *creation = t->state;

    if (creation->index == op->in.create.spec.indexes.count)
        return VG_DONE;
    if (!vg_qdrant_encode_first_index(op, t, creation->index, &out->as.http))
        return VG_FAIL;
    return send(t, out, "qdrant.create_index", VG_REPEAT_ALWAYS, READ_INDEX);
}

static vg_next read_index(const vg_op *op, vg_try *t, const vg_reply *reply, vg_exchange *out)
{
    struct creation *creation = t->state;
    vg_op_result result = t->result;
    vg_next next = vg_qdrant_decode_written(op, t, &reply->http);

    t->result = result;
    if (next == VG_DONE) {
        creation->index++;
        return ask_index(op, t, out);
    }
    if (!vg_qdrant_is_refusal(t->status.code))
        return VG_FAIL;
    creation->refusal = t->status;
    t->status = (vg_status){0};
    if (!vg_qdrant_encode_drop(op, t, &out->as.http))
        return VG_FAIL;
    return send(t, out, "qdrant.drop_collection", VG_REPEAT_ALWAYS, READ_UNDONE);
}

static vg_next create(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                      vg_exchange *out)
{
    struct creation *creation = t->state;

    (void)self;
    switch ((enum create_stage)t->stage) {
    case ASK_CREATE:
        t->state = creation = VG_TAKE(t->scratch, struct creation);
        if (creation == NULL)
            return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
        if (!vg_qdrant_encode_create(op, t, &out->as.http))
            return VG_FAIL;
        return send(t, out, "qdrant.create_collection", VG_REPEAT_IF_UNSENT, READ_CREATED);
    case READ_CREATED:
        if (vg_qdrant_decode_did(op, t, &reply->http) == VG_FAIL)
            return VG_FAIL;
        return ask_index(op, t, out);
    case READ_INDEX:
        return read_index(op, t, reply, out);
    case READ_UNDONE:
        t->status = creation->refusal;
        return VG_FAIL;
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

/* --- what is another thing where an object is shared ----------------------------------------- */

static vg_next create_any(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                          vg_exchange *out)
{
    vg_step_fn *step = vg_qdrant_is_shared(op) ? vg_qdrant_create_shared : create;

    return step(self, op, t, reply, out);
}

static vg_next drop(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                    vg_exchange *out)
{
    vg_step_fn *step = vg_qdrant_is_shared(op) ? vg_qdrant_drop_shared : once;

    return vg_qdrant_is_hidden(op) ? VG_DONE : step(self, op, t, reply, out);
}

static vg_next describe(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                        vg_exchange *out)
{
    vg_step_fn *step = vg_qdrant_is_shared(op) ? vg_qdrant_describe_shared : once;

    return vg_qdrant_is_hidden(op) ? VG_DONE : step(self, op, t, reply, out);
}

static vg_next matrix(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                      vg_exchange *out)
{
    vg_step_fn *step = vg_qdrant_is_shared(op) ? vg_qdrant_matrix_shared : once;

    return step(self, op, t, reply, out);
}

/* Others would feel it, and the next collection like it would not share it. */
static vg_next update_collection(const vg_backend *self, const vg_op *op, vg_try *t,
                                 const vg_reply *reply, vg_exchange *out)
{
    vg_slice changes;

    if (!vg_qdrant_is_shared(op))
        return once(self, op, t, reply, out);
    changes = vg_qdrant_common_settings(t->scratch, op->in.change.raw);
    if (vg_arena_is_spent(t->scratch) || (changes.len == 0 && op->in.change.raw.len > 0))
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    if (vg_qdrant_members_of(changes).len == 0) {
        t->result.did = true; /* nothing, or what is the catalog's alone */
        return VG_DONE;
    }
    vg_try_fail(t, VG_UNSUPPORTED,
                VG_LIT("this collection shares one of Qdrant's with others "
                       "(vector.qdrant.isolation: filter), so its settings stay as they were when "
                       "it was created"));
    t->status.where = VG_LIT("qdrant");
    return VG_FAIL;
}

/* --- health ---------------------------------------------------------------------------------- */

static vg_next get(vg_try *t, vg_exchange *out, const char *name, vg_slice target, int stage)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = VG_REPEAT_ALWAYS;
    out->as.http = (vg_http_request){.method = "GET", .target = target};
    t->stage = stage;
    return VG_SEND;
}

static vg_next health(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                      vg_exchange *out)
{
    enum stage { ASK_READY, READ_READY, READ_VERSION, READ_RIGHTS };

    (void)self;
    switch ((enum stage)t->stage) {
    case ASK_READY:
        return get(t, out, "qdrant.ready", VG_LIT("/readyz"), READ_READY);
    case READ_READY:
        if (reply->http.status == 503)
            return vg_try_fail(t, VG_UNAVAILABLE,
                               VG_LIT("Qdrant is up but not ready: some shards are not loaded"));
        if (reply->http.status != 200)
            return vg_qdrant_fail(op, t, &reply->http);
        return get(t, out, "qdrant.version", VG_LIT("/"), READ_VERSION);
    case READ_VERSION:
        if (vg_qdrant_decode_version(op, t, &reply->http) == VG_FAIL)
            return VG_FAIL;
        return get(t, out, "qdrant.rights", VG_LIT("/collections"), READ_RIGHTS);
    case READ_RIGHTS: /* the others ask for no key */
        return reply->http.status == 200 ? VG_DONE : vg_qdrant_fail(op, t, &reply->http);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

/* --- the table ------------------------------------------------------------------------------- */

static bool endpoint(const void *values, vg_arena *arena, vg_endpoint *out, vg_status *status)
{
    const struct conf *conf = values;

    if (conf->carrier == VG_CARRIER_DIRECT && conf->proxy.len > 0) {
        vg_status_set(status, VG_INVALID,
                      VG_LIT("`direct` knows no proxies, and one is configured: take `auto` or "
                             "`curl`, or take the proxy out"),
                      VG_LIT("vector.qdrant.http.carrier"));
        return false;
    }
    for (size_t i = 0; i < conf->api_key.len; i++) {
        if ((unsigned char)conf->api_key.at[i] <= 0x20 || conf->api_key.at[i] == 0x7f) {
            vg_status_setf(status, arena, VG_INVALID, VG_LIT("vector.qdrant.api_key"),
                           "byte %zu is a blank or a control character (a line break at the end of "
                           "a file?), which no key can hold",
                           i + 1);
            return false;
        }
    }
    *out = (vg_endpoint){.base_url = conf->url,
                         .ca_file = conf->ca_file,
                         .proxy = conf->proxy,
                         .connect_ms = conf->connect_ms,
                         .max_connections = (uint32_t)conf->max_connections,
                         .max_queue = (uint32_t)conf->max_queue,
                         .max_reply_bytes = conf->max_reply_bytes,
                         .carrier = (vg_http_carrier_word)conf->carrier,
                         .max_left_s = conf->max_timeout_ms / 1000};
    if (conf->max_timeout_ms > 0 && out->max_left_s == 0)
        out->max_left_s = 1; /* there are no fractions */
    while (vg_slice_ends(out->base_url, VG_LIT("/")))
        out->base_url.len--;
    if (conf->api_key.len > 0)
        out->auth = (vg_header){VG_LIT("api-key"), conf->api_key};
    return true;
}

static bool place(const vg_backend *self, const vg_tenant *who, vg_slice name,
                  const vg_collection_spec *spec, vg_arena *arena, vg_placement *out,
                  vg_status *status)
{
    const struct conf *conf = self->conf;
    const vg_qdrant_newcomer it = {who, name, spec, conf->isolation == BY_FILTER};

    if (vg_qdrant_place(&it, arena, out))
        return true;
    vg_status_set(status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
    return false;
}

const vg_adapter vg_qdrant = {
    .name = "qdrant",
    .summary = "a Qdrant server or cluster, 1.10 or newer, over its REST API",
    .via = VG_VIA_HTTP,
    .options = options,
    .conf_size = sizeof(struct conf),
    .can =
        {
            .supports_metadata_filter = true,
            .supports_batch_upsert = true,
            .supports_batch_search = true,
            .supports_named_vectors = true,
            .supports_sparse_vectors = true,
            .supports_multivectors = true,
            .supports_nul_in_texts = true,
            .supports_search_by_id = true,
            .supports_examples = true,
            .supports_sampling = true,
            .supports_order_by = true,
            .supports_adoption = true,
            .is_durable = true,
            .max_vector_dimensions = VG_MAX_DIMENSION,
            .distances =
                {[VG_COSINE] = true, [VG_EUCLID] = true, [VG_DOT] = true, [VG_MANHATTAN] = true},
            .filter_tests = (1u << VG_TESTS) - 1,
            .max_bytes_per_call = VG_QDRANT_REQUEST_BYTES - VG_QDRANT_FRAME_BYTES,
            .consistency = VG_READ_AFTER_WRITE,
        },
    .ops =
        {
            [VG_OP_HEALTH] = health,
            [VG_OP_CREATE_COLLECTION] = create_any,
            [VG_OP_DROP_COLLECTION] = drop,
            [VG_OP_DROP_TENANT] = vg_qdrant_drop_tenant,
            [VG_OP_DESCRIBE] = describe,
            [VG_OP_LIST] = once,
            [VG_OP_UPDATE_COLLECTION] = update_collection,
            [VG_OP_CREATE_INDEX] = once,
            [VG_OP_DROP_INDEX] = once,
            [VG_OP_UPSERT] = once,
            [VG_OP_DELETE] = once,
            [VG_OP_SET_PAYLOAD] = once,
            [VG_OP_OVERWRITE_PAYLOAD] = once,
            [VG_OP_DELETE_PAYLOAD] = once,
            [VG_OP_CLEAR_PAYLOAD] = once,
            [VG_OP_UPDATE_VECTORS] = once,
            [VG_OP_DELETE_VECTORS] = once,
            [VG_OP_BATCH] = once,
            [VG_OP_GET] = once,
            [VG_OP_SEARCH] = once,
            [VG_OP_QUERY] = once,
            [VG_OP_GROUPS] = once,
            [VG_OP_MATRIX] = matrix,
            [VG_OP_SCROLL] = once,
            [VG_OP_COUNT] = once,
            [VG_OP_FACET] = once,
        },
    .endpoint = endpoint,
    .place = place,
};
