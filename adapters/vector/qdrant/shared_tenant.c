/* All that Qdrant keeps of a tenant beyond what the catalog knows: collections of its own whose
 * names say that they are, and points that a write left behind in a shared object when it raced
 * with the deletion of their collection.
 *
 *     which are the gateway's? ─► each: the tenant's own goes; of a shared one ─► points? ─► they
 * go
 *
 * A name that was too long to say whose it is (physical_name.h) is known to the catalog alone. */
#include "adapters/vector/qdrant/body.h"
#include "adapters/vector/qdrant/shared.h"
#include "base/physical_name.h"

enum stage { ASK_NAMES, READ_NAMES, READ_COUNT, READ_GONE };

struct erasing {
    vg_qdrant_share *share; /* of no collection: its tenant counts */
    vg_slice prefix;        /* of the tenant's own */
    const vg_slice *names;
    uint32_t count, at; /* the one that is looked at */
    bool did;
};

static vg_next send(vg_try *t, vg_exchange *out, const char *name, bool writes, int stage)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = VG_REPEAT_ALWAYS;
    out->writes = writes;
    out->as.http.left_param = stage == READ_NAMES ? NULL : VG_QDRANT_TIMEOUT;
    t->stage = stage;
    return VG_SEND;
}

static struct erasing *begin(const vg_op *op, vg_try *t)
{
    struct erasing *e = VG_TAKE(t->scratch, struct erasing);

    if (e == NULL)
        return NULL;
    e->share = vg_qdrant_share_of(op, t);
    e->prefix = vg_physical_own_prefix(t->scratch, op->who->name);
    return e->share != NULL && e->prefix.len > 0 ? e : NULL;
}

static vg_op *op_there(struct erasing *e, const vg_op *op, vg_op_kind kind)
{
    return vg_qdrant_op_there(e->share, op, kind, e->names[e->at]);
}

/* The next that may hold something of the tenant's. */
static vg_next look(struct erasing *e, const vg_op *op, vg_exchange *out)
{
    vg_try *t = e->share->t;
    vg_http_request *request = &out->as.http;

    for (; e->at < e->count; e->at++) {
        vg_slice name = e->names[e->at];

        if (vg_slice_starts(name, e->prefix)) {
            if (!vg_qdrant_ask(t, request, "DELETE",
                               vg_qdrant_path(t->scratch, name, (vg_slice){0})))
                return VG_FAIL;
            return send(t, out, "qdrant.drop_collection", true, READ_GONE);
        }
        if (!vg_physical_is_shared(name))
            continue;
        if (!vg_qdrant_ask_count(e->share, op_there(e, op, VG_OP_COUNT),
                                 vg_qdrant_tenant_filter(e->share), request))
            return VG_FAIL;
        return send(t, out, "qdrant.count", false, READ_COUNT);
    }
    t->result = (vg_op_result){.did = e->did};
    return VG_DONE;
}

static vg_next look_at_next(struct erasing *e, const vg_op *op, vg_exchange *out)
{
    e->at++;
    return look(e, op, out);
}

static vg_next read_names(struct erasing *e, const vg_op *op, const vg_reply *reply,
                          vg_exchange *out)
{
    vg_try *t = e->share->t;

    if (vg_qdrant_decode_derived(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    e->names = t->result.names.at;
    e->count = t->result.names.count;
    return look(e, op, out);
}

static vg_next read_count(struct erasing *e, const vg_op *op, const vg_reply *reply,
                          vg_exchange *out)
{
    vg_try *t = e->share->t;

    if (vg_qdrant_is_absent(t, &reply->http))
        return look_at_next(e, op, out);
    if (vg_qdrant_decode_count(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    if (t->result.count == 0)
        return look_at_next(e, op, out);
    if (!vg_qdrant_ask_clear(e->share, op_there(e, op, VG_OP_DELETE),
                             vg_qdrant_tenant_filter(e->share), &out->as.http))
        return VG_FAIL;
    return send(t, out, "qdrant.delete", true, READ_GONE);
}

/* A collection that went says true, or false when it was gone; points say what became of them. */
static vg_next read_gone(struct erasing *e, const vg_op *op, const vg_reply *reply,
                         vg_exchange *out)
{
    vg_try *t = e->share->t;
    bool is_own = vg_slice_starts(e->names[e->at], e->prefix);
    vg_qdrant_decode_fn *decode = is_own ? vg_qdrant_decode_drop : vg_qdrant_decode_written;

    if (!vg_qdrant_is_absent(t, &reply->http)) {
        if (decode(op, t, &reply->http) == VG_FAIL)
            return VG_FAIL;
        e->did = e->did || !is_own || t->result.did;
    }
    return look_at_next(e, op, out);
}

vg_next vg_qdrant_drop_tenant(const vg_backend *self, const vg_op *op, vg_try *t,
                              const vg_reply *reply, vg_exchange *out)
{
    (void)self;
    if (t->state == NULL)
        t->state = begin(op, t);
    if (t->state == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    switch ((enum stage)t->stage) {
    case ASK_NAMES:
        if (!vg_qdrant_encode_list(op, t, &out->as.http))
            return VG_FAIL;
        return send(t, out, "qdrant.list", false, READ_NAMES);
    case READ_NAMES:
        return read_names(t->state, op, reply, out);
    case READ_COUNT:
        return read_count(t->state, op, reply, out);
    case READ_GONE:
        return read_gone(t->state, op, reply, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}
