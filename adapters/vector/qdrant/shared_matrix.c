/* See shared.h. A matrix comes as ids alone, which are those that are stored: a second request asks
 * what the clients call them.
 *
 *     ASK ─► READ_MATRIX ─► READ_NAMES ─► done
 *                              └─(a point has gone meanwhile)─► once more */
#include <stdlib.h>

#include "adapters/vector/qdrant/shared.h"

struct name {
    vg_point_id stored, own;
};

static int by_stored(const void *left, const void *right)
{
    return vg_point_id_cmp(&((const struct name *)left)->stored,
                           &((const struct name *)right)->stored);
}

/* Each list begins with its row's own point: all ids there are. */
static vg_point_id *rows_of(vg_try *t)
{
    uint32_t count = t->result.searches.count;
    vg_point_id *ids = VG_TAKE_N(t->scratch, vg_point_id, (size_t)count + 1);

    for (uint32_t i = 0; ids != NULL && i < count; i++)
        ids[i] = t->result.searches.at[i].at[0].id;
    return ids;
}

static vg_next ask_names(vg_qdrant_share *share, const vg_op *op, vg_http_request *out)
{
    vg_try *t = share->t;
    vg_op *child = VG_TAKE(t->scratch, vg_op);
    vg_slice *keys = VG_TAKE_N(t->scratch, vg_slice, 2);

    if (child == NULL || keys == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    keys[0] = VG_LIT(VG_QDRANT_COLLECTION_KEY);
    keys[1] = VG_LIT(VG_QDRANT_ID_KEY);
    *child = *op;
    child->kind = VG_OP_GET;
    child->in = (vg_op_input){0};
    child->in.get.ids = rows_of(t);
    child->in.get.count = t->result.searches.count;
    child->in.get.with_payload =
        (vg_payload_selector){.want = VG_PAYLOAD_INCLUDE, .paths = keys, .path_count = 2};
    if (child->in.get.ids == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    return vg_qdrant_encode_get(child, t, out) ? VG_SEND : VG_FAIL;
}

static bool read_name(vg_qdrant_share *share, const vg_json *from, struct name *to)
{
    vg_point point = {0};

    if (!vg_qdrant_read_id(share->t, vg_json_get(from, VG_LIT("id")), &to->stored) ||
        !vg_qdrant_own_point(share, vg_json_get(from, VG_LIT("payload")), false, &point))
        return false;
    to->own = point.id;
    return true;
}

/* False: one has no name. */
static bool rename_points(const struct name *names, uint32_t count, vg_points list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        vg_point *point = (vg_point *)(uintptr_t)&list.at[i];
        struct name wanted = {.stored = point->id};
        const struct name *found = bsearch(&wanted, names, count, sizeof *names, by_stored);

        if (found == NULL)
            return false;
        point->id = found->own;
    }
    return true;
}

static int by_first_id(const void *left, const void *right)
{
    return vg_point_id_cmp(&((const vg_points *)left)->at[0].id,
                           &((const vg_points *)right)->at[0].id);
}

static vg_next read_names(vg_qdrant_share *share, const vg_op *op, const vg_http_reply *reply)
{
    vg_try *t = share->t;
    vg_points *lists = (vg_points *)(uintptr_t)share->so_far.searches.at;
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    struct name *names;
    uint32_t count = 0;

    if (result == NULL)
        return VG_FAIL;
    names = VG_TAKE_N(t->scratch, struct name, (size_t)result->count + 1);
    if (names == NULL)
        return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    for (const vg_json *at = result->first; at != NULL; at = at->next) {
        if (!read_name(share, at, &names[count++]))
            return vg_qdrant_misread(t, "one of its points is not of the form it should have");
    }
    qsort(names, count, sizeof *names, by_stored);
    for (uint32_t i = 0; i < share->so_far.searches.count; i++) {
        if (rename_points(names, count, lists[i]))
            continue;
        vg_try_fail(t, VG_CONFLICT, VG_LIT("points went away while they were compared"));
        return VG_AGAIN;
    }
    qsort(lists, share->so_far.searches.count, sizeof *lists, by_first_id);
    t->result = share->so_far;
    return VG_DONE;
}

static vg_next send(vg_try *t, vg_exchange *out, const char *name, int stage)
{
    out->name = name;
    out->via = VG_VIA_HTTP;
    out->repeat = VG_REPEAT_ALWAYS;
    out->as.http.left_param = VG_QDRANT_TIMEOUT;
    t->stage = stage;
    return VG_SEND;
}

enum stage { ASK, READ_MATRIX, READ_NAMES };

static vg_next read_matrix(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                           vg_exchange *out)
{
    vg_try *t = share->t;

    if (vg_qdrant_decode_matrix(op, t, &reply->http) == VG_FAIL)
        return VG_FAIL;
    if (t->result.searches.count == 0)
        return VG_DONE;
    share->so_far = t->result;
    if (ask_names(share, op, &out->as.http) == VG_FAIL)
        return VG_FAIL;
    return send(t, out, "qdrant.get", READ_NAMES);
}

static vg_next ask_matrix(vg_qdrant_share *share, const vg_op *op, vg_exchange *out)
{
    const vg_op *there = vg_qdrant_share_op(share, op);

    if (there == NULL || !vg_qdrant_encode_matrix(there, share->t, &out->as.http))
        return VG_FAIL;
    return send(share->t, out, "qdrant.search_matrix", READ_MATRIX);
}

static vg_next step(vg_qdrant_share *share, const vg_op *op, const vg_reply *reply,
                    vg_exchange *out)
{
    switch ((enum stage)share->t->stage) {
    case ASK:
        return ask_matrix(share, op, out);
    case READ_MATRIX:
        return read_matrix(share, op, reply, out);
    case READ_NAMES:
        return read_names(share, op, &reply->http);
    }
    return vg_try_fail(share->t, VG_INTERNAL, VG_LIT("qdrant: unknown stage"));
}

vg_next vg_qdrant_matrix_shared(const vg_backend *self, const vg_op *op, vg_try *t,
                                const vg_reply *reply, vg_exchange *out)
{
    vg_next next;

    (void)self;
    if (t->state == NULL)
        t->state = vg_qdrant_share_of(op, t);
    if (t->state == NULL)
        return VG_FAIL;
    next = step(t->state, op, reply, out);
    if (next == VG_FAIL)
        vg_qdrant_own_words(t->state, op);
    return next;
}
