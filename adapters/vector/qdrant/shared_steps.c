/* See shared.h. Here: what takes several requests in a shared object.
 *
 * Creating makes the object if nobody has, declares what tenants are told apart by, and clears away
 * what a write that raced with an earlier deletion may have left:
 *
 *     object ─► (it is there: fine) ─► vg-collection, vg-tenant ─► old points ─► fields ─► done
 *                                                        (one is refused) ─► those before go ─►
 * failed
 *
 * Dropping deletes points and fields, and leaves the object to the others:
 *
 *     points ─► which fields? ─► each ─► done
 *
 * Describing counts the points; a matrix, which comes without payloads, asks whose ids these are.
 */
#include "adapters/vector/qdrant/body.h"
#include "adapters/vector/qdrant/shared.h"

/* ---- ops of one's own ---- */

vg_op *vg_qdrant_op_there(vg_qdrant_share *share, const vg_op *op, vg_op_kind kind,
                          vg_slice physical)
{
    vg_op *to = VG_TAKE(share->t->scratch, vg_op);

    if (to == NULL)
        return NULL;
    *to = *op;
    share->there = (vg_collection){.name = vg_qdrant_collection_of(op), .physical = physical};
    to->kind = kind;
    to->collection = &share->there;
    to->in = (vg_op_input){0};
    return to;
}

static vg_op *op_there(vg_qdrant_share *share, const vg_op *op, vg_op_kind kind)
{
    return vg_qdrant_op_there(share, op, kind, vg_qdrant_physical_of(op));
}

static bool no_memory(vg_try *t)
{
    return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0}) == VG_DONE;
}

static bool ask_index(vg_qdrant_share *share, const vg_op *op, const vg_index *index,
                      vg_http_request *out)
{
    vg_op *child = op_there(share, op, VG_OP_CREATE_INDEX);

    if (child == NULL)
        return no_memory(share->t);
    child->in.index.index = *index;
    child->in.index.wait = true;
    return vg_qdrant_encode_create_index(child, share->t, out);
}

static bool ask_drop_index(vg_qdrant_share *share, const vg_op *op, vg_slice key,
                           vg_http_request *out)
{
    vg_op *child = op_there(share, op, VG_OP_DROP_INDEX);

    if (child == NULL)
        return no_memory(share->t);
    child->in.index.index.key = key;
    child->in.index.wait = true;
    return vg_qdrant_encode_drop_index(child, share->t, out);
}

bool vg_qdrant_ask_clear(vg_qdrant_share *share, vg_op *there, const vg_filter *filter,
                         vg_http_request *out)
{
    vg_update *update = there != NULL ? VG_TAKE(share->t->scratch, vg_update) : NULL;

    if (update == NULL || filter == NULL)
        return no_memory(share->t);
    update->kind = there->kind = VG_OP_DELETE;
    update->filter = filter;
    there->in.update.at = update;
    there->in.update.count = 1;
    there->in.update.wait = true;
    return vg_qdrant_encode_change(there, share->t, out);
}

bool vg_qdrant_ask_count(vg_qdrant_share *share, vg_op *there, const vg_filter *filter,
                         vg_http_request *out)
{
    if (there == NULL || filter == NULL)
        return no_memory(share->t);
    there->in.count.filter = filter;
    there->in.count.exact = true;
    return vg_qdrant_encode_count(there, share->t, out);
}

static bool ask_clear(vg_qdrant_share *share, const vg_op *op, vg_http_request *out)
{
    return vg_qdrant_ask_clear(share, op_there(share, op, VG_OP_DELETE),
                               vg_qdrant_share_filter(share, NULL), out);
}

static bool ask_count(vg_qdrant_share *share, const vg_op *op, vg_http_request *out)
{
    return vg_qdrant_ask_count(share, op_there(share, op, VG_OP_COUNT),
                               vg_qdrant_share_filter(share, NULL), out);
}

static bool ask_info(const vg_op *op, vg_try *t, vg_http_request *out)
{
    vg_slice physical = vg_qdrant_physical_of(op);

    return vg_qdrant_ask(t, out, "GET", vg_qdrant_path(t->scratch, physical, (vg_slice){0}));
}

/* ---- the way of an exchange ---- */

static vg_next send(vg_try *t, vg_exchange *out, const char *name, bool writes, int stage)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = VG_REPEAT_ALWAYS;
    out->writes = writes;
    if (writes)
        out->as.http.left_param = VG_QDRANT_TIMEOUT;
    t->stage = stage;
    return VG_SEND;
}

static vg_qdrant_share *share_of(const vg_op *op, vg_try *t)
{
    if (t->state == NULL)
        t->state = vg_qdrant_share_of(op, t);
    return t->state;
}

static vg_next done_with(vg_try *t, bool did)
{
    t->result = (vg_op_result){.did = did};
    return VG_DONE;
}

/* In the client's words. */
static vg_next told(vg_next next, vg_try *t, const vg_op *op)
{
    if (next == VG_FAIL && t->state != NULL)
        vg_qdrant_own_words(t->state, op);
    return next;
}

/* ---- creating ---- */

enum { COLLECTION_INDEX, TENANT_INDEX, OLD_POINTS, FIRST_FIELD };

static const vg_index reserved[] = {
    [COLLECTION_INDEX] = {.key = VG_LIT_INIT(VG_QDRANT_COLLECTION_KEY),
                          .kind = VG_INDEX_KEYWORD,
                          .params = VG_LIT_INIT("{\"type\":\"keyword\",\"is_tenant\":true}")},
    [TENANT_INDEX] = {.key = VG_LIT_INIT(VG_QDRANT_TENANT_KEY), .kind = VG_INDEX_KEYWORD},
};

enum create_stage { ASK_OBJECT, READ_OBJECT, READ_PART, READ_UNDONE };

static vg_slice field_key(vg_qdrant_share *share, const vg_op *op, uint32_t at)
{
    return vg_qdrant_share_key(share, op->in.create.spec.indexes.at[at - FIRST_FIELD].key);
}

static vg_next ask_field(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    vg_index index;

    if (share->at == FIRST_FIELD + op->in.create.spec.indexes.count)
        return done_with(share->t, true);
    index = op->in.create.spec.indexes.at[share->at - FIRST_FIELD];
    index.key = field_key(share, op, share->at);
    if (!ask_index(share, op, &index, &out->as.http))
        return VG_FAIL;
    return send(share->t, out, "qdrant.create_index", true, READ_PART);
}

static vg_next ask_part(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    if (share->at >= FIRST_FIELD)
        return ask_field(share, op, out);
    if (share->at == OLD_POINTS) {
        if (!ask_clear(share, op, &out->as.http))
            return VG_FAIL;
        return send(share->t, out, "qdrant.delete", true, READ_PART);
    }
    if (!ask_index(share, op, &reserved[share->at], &out->as.http))
        return VG_FAIL;
    return send(share->t, out, "qdrant.create_index", true, READ_PART);
}

/* The fields before the one that was refused, the last first. */
static vg_next undo(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    if (share->at <= FIRST_FIELD) {
        share->t->status = share->refusal;
        return VG_FAIL;
    }
    share->at--;
    if (!ask_drop_index(share, op, field_key(share, op, share->at), &out->as.http))
        return VG_FAIL;
    return send(share->t, out, "qdrant.drop_index", true, READ_UNDONE);
}

static vg_next read_part(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                         vg_exchange *out)
{
    if (vg_qdrant_decode_written(op, share->t, &reply->http) == VG_DONE) {
        share->at++;
        return ask_part(share, op, out);
    }
    if (share->at < FIRST_FIELD || !vg_qdrant_is_refusal(share->t->status.code))
        return VG_FAIL;
    share->refusal = share->t->status;
    share->t->status = (vg_status){0};
    return undo(share, op, out);
}

static vg_next ask_object(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    const vg_op *there = vg_qdrant_share_op(share, op);

    if (there == NULL || !vg_qdrant_encode_create(there, share->t, &out->as.http))
        return VG_FAIL;
    return send(share->t, out, "qdrant.create_collection", true, READ_OBJECT);
}

static vg_next read_object(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                           vg_exchange *out)
{
    vg_try *t = share->t;

    if (vg_qdrant_decode_did(op, t, &reply->http) == VG_FAIL && t->status.code != VG_EXISTS)
        return VG_FAIL;
    t->status = (vg_status){0};
    return ask_part(share, op, out);
}

static vg_next create(const vg_op *op, vg_try *t, const vg_reply *reply, vg_exchange *out)
{
    vg_qdrant_share *share = share_of(op, t);

    if (share == NULL)
        return VG_FAIL;
    switch ((enum create_stage)t->stage) {
    case ASK_OBJECT:
        return ask_object(share, op, out);
    case READ_OBJECT:
        return read_object(share, op, reply, out);
    case READ_PART:
        return read_part(share, op, reply, out);
    case READ_UNDONE:
        return undo(share, op, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

vg_next vg_qdrant_create_shared(const vg_backend *self, const vg_op *op, vg_try *t,
                                const vg_reply *reply, vg_exchange *out)
{
    (void)self;
    return told(create(op, t, reply, out), t, op);
}

/* ---- dropping ---- */

enum drop_stage { ASK_DELETE, READ_DELETED, READ_FIELDS, READ_FIELD_DROPPED };

/* Each field of the collection, one after another. */
static vg_next drop_field(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    const vg_indexes *all = &share->so_far.info.spec.indexes;
    vg_slice key;

    for (; share->at < all->count; share->at++) {
        key = all->at[share->at].key;
        if (!vg_qdrant_own_key(share, &key))
            continue;
        if (!ask_drop_index(share, op, all->at[share->at++].key, &out->as.http))
            return VG_FAIL;
        return send(share->t, out, "qdrant.drop_index", true, READ_FIELD_DROPPED);
    }
    return done_with(share->t, true);
}

static vg_next read_fields(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                           vg_exchange *out)
{
    vg_try *t = share->t;

    if (vg_qdrant_decode_describe(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    share->so_far = t->result;
    return drop_field(share, op, out);
}

static vg_next drop(const vg_op *op, vg_try *t, const vg_reply *reply, vg_exchange *out)
{
    vg_qdrant_share *share = share_of(op, t);

    if (share == NULL)
        return VG_FAIL;
    switch ((enum drop_stage)t->stage) {
    case ASK_DELETE:
        if (!ask_clear(share, op, &out->as.http))
            return VG_FAIL;
        return send(t, out, "qdrant.delete", true, READ_DELETED);
    case READ_DELETED:
        if (vg_qdrant_is_absent(t, &reply->http))
            return done_with(t, false);
        if (vg_qdrant_decode_written(op, t, &reply->http) == VG_FAIL ||
            !ask_info(op, t, &out->as.http))
            return VG_FAIL;
        return send(t, out, "qdrant.describe", false, READ_FIELDS);
    case READ_FIELDS:
        return read_fields(share, op, reply, out);
    case READ_FIELD_DROPPED:
        if (vg_qdrant_decode_written(op, t, &reply->http) == VG_FAIL)
            return VG_FAIL;
        return drop_field(share, op, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

vg_next vg_qdrant_drop_shared(const vg_backend *self, const vg_op *op, vg_try *t,
                              const vg_reply *reply, vg_exchange *out)
{
    (void)self;
    return told(drop(op, t, reply, out), t, op);
}

/* ---- describing ---- */

enum describe_stage { ASK_INFO, READ_INFO, READ_COUNT };

/* So many of the object's vectors are indexed; of ours no more than there are. */
static void set_counts(vg_collection_info *info, uint64_t points)
{
    uint64_t vectors = points * info->spec.vector_count;

    info->points_count = points;
    if (info->indexed_vectors_count > vectors)
        info->indexed_vectors_count = vectors;
}

static vg_next read_info(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                         vg_exchange *out)
{
    vg_try *t = share->t;

    if (vg_qdrant_decode_describe(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    if (!t->result.info.exists)
        return VG_DONE;
    if (!vg_qdrant_own_info(share, op, &t->result.info))
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    if (op->in.collection.is_brief) {
        set_counts(&t->result.info, 0);
        return VG_DONE;
    }
    share->so_far = t->result;
    if (!ask_count(share, op, &out->as.http))
        return VG_FAIL;
    out->as.http.left_param = VG_QDRANT_TIMEOUT;
    return send(t, out, "qdrant.count", false, READ_COUNT);
}

static vg_next read_count(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply)
{
    vg_try *t = share->t;
    uint64_t points;

    if (vg_qdrant_decode_count(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    points = t->result.count;
    t->result = share->so_far;
    set_counts(&t->result.info, points);
    return VG_DONE;
}

vg_next vg_qdrant_describe_shared(const vg_backend *self, const vg_op *op, vg_try *t,
                                  const vg_reply *reply, vg_exchange *out)
{
    vg_qdrant_share *share = share_of(op, t);

    (void)self;
    if (share == NULL)
        return VG_FAIL;
    switch ((enum describe_stage)t->stage) {
    case ASK_INFO:
        if (!ask_info(op, t, &out->as.http))
            return VG_FAIL;
        return send(t, out, "qdrant.describe", false, READ_INFO);
    case READ_INFO:
        return told(read_info(share, op, reply, out), t, op);
    case READ_COUNT:
        return told(read_count(share, op, reply), t, op);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}
