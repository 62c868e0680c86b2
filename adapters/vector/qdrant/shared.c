/* See shared.h. Here: who shares, what it is called there, and what comes back. */
#include "adapters/vector/qdrant/shared.h"

#include "base/buf.h"
#include "base/id.h"
#include "base/physical_name.h"

enum { COUNT_BYTES = 8, HASH_BYTES = VG_QDRANT_HASH_TEXT / 2 };

/* ---- who shares ---- */

vg_slice vg_qdrant_collection_of(const vg_op *op)
{
    return op->collection != NULL ? op->collection->name : op->name;
}

vg_slice vg_qdrant_physical_of(const vg_op *op)
{
    if (op->collection != NULL)
        return op->collection->physical;
    if (op->kind == VG_OP_CREATE_COLLECTION)
        return op->in.create.physical;
    if (op->kind == VG_OP_UPDATE_COLLECTION)
        return op->in.change.physical;
    if (op->kind == VG_OP_DROP_COLLECTION || op->kind == VG_OP_DESCRIBE)
        return op->in.collection.physical;
    return (vg_slice){0};
}

bool vg_qdrant_is_shared(const vg_op *op)
{
    if (op->collection != NULL)
        return !op->collection->raw_ids;
    if (op->kind == VG_OP_CREATE_COLLECTION)
        return !op->in.create.raw_ids;
    return (op->kind == VG_OP_DROP_COLLECTION || op->kind == VG_OP_DESCRIBE) &&
           !op->in.collection.raw_ids;
}

bool vg_qdrant_is_hidden(const vg_op *op)
{
    vg_slice physical = vg_qdrant_physical_of(op);

    return op->collection == NULL && vg_physical_is_derived(physical) &&
           vg_slice_is(physical, op->name);
}

/* ---- its names ---- */

static vg_slice hash_of(vg_arena *arena, const vg_slice *texts, uint32_t count)
{
    uint8_t digest[VG_SHA256_BYTES];
    char *text = vg_arena_take(arena, VG_QDRANT_HASH_TEXT);

    if (text == NULL || !vg_digest_texts(texts, count, digest))
        return (vg_slice){0};
    vg_hex_write(digest, HASH_BYTES, text);
    return vg_slice_of(text, VG_QDRANT_HASH_TEXT);
}

static char *put_part(char *to, vg_slice part)
{
    uint64_t count = part.len;

    for (int i = COUNT_BYTES - 1; i >= 0; i--, count >>= 8)
        to[i] = (char)count;
    if (part.len > 0)
        memcpy(to + COUNT_BYTES, part.at, part.len);
    return to + COUNT_BYTES + part.len;
}

/* Each with its length before it: no two pairs of texts are one. */
static vg_slice id_name_of(vg_arena *arena, vg_slice tenant, vg_slice collection)
{
    size_t len = tenant.len + collection.len + 2 * (size_t)COUNT_BYTES;
    char *at = vg_arena_take(arena, len + VG_ID_KEY_MAX);

    if (at == NULL)
        return (vg_slice){0};
    put_part(put_part(at, tenant), collection);
    return vg_slice_of(at, len);
}

vg_qdrant_share *vg_qdrant_share_of(const vg_op *op, vg_try *t)
{
    const vg_slice both[] = {op->who->name, vg_qdrant_collection_of(op)};
    vg_qdrant_share *share = VG_TAKE(t->scratch, vg_qdrant_share);

    if (share != NULL) {
        share->t = t;
        share->tenant = hash_of(t->scratch, both, 1);
        share->collection = hash_of(t->scratch, both, 2);
        share->payload =
            vg_arena_printf(t->scratch, VG_QDRANT_PAYLOAD_KEY VG_FMT, VG_ARG(share->collection));
        share->id_name = id_name_of(t->scratch, both[0], both[1]);
        if (share->tenant.len > 0 && share->collection.len > 0 && share->id_name.len > 0 &&
            !vg_arena_is_spent(t->scratch))
            return share;
    }
    vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
    return NULL;
}

vg_slice vg_qdrant_share_key(vg_qdrant_share *share, vg_slice key)
{
    return vg_arena_printf(share->t->scratch, VG_FMT "." VG_FMT, VG_ARG(share->payload),
                           VG_ARG(key));
}

/* An id that Qdrant cannot have stays what it is, and is refused as such. */
vg_point_id vg_qdrant_share_id(vg_qdrant_share *share, const vg_point_id *id)
{
    static const uint8_t space[VG_UUID_BYTES] = {0x1b, 0x6f, 0x0c, 0x5e, 0x2d, 0x57, 0x4b, 0x2a,
                                                 0x9c, 0x41, 0x7e, 0x0a, 0x55, 0xd3, 0x88, 0xf6};
    char *name = (char *)(uintptr_t)share->id_name.at;
    vg_point_id stored = {.kind = VG_ID_UUID};
    size_t len;

    if (id->kind != VG_ID_NUM && id->kind != VG_ID_UUID)
        return *id;
    len = vg_point_id_key(id, (uint8_t *)name + share->id_name.len);
    if (!vg_uuid_of_name(space, vg_slice_of(name, share->id_name.len + len), stored.uuid))
        share->is_broken = true;
    if (share->sought != NULL && memcmp(share->sought, stored.uuid, VG_UUID_BYTES) == 0)
        share->found = *id;
    return stored;
}

/* ---- what comes back ---- */

bool vg_qdrant_own_key(const vg_qdrant_share *share, vg_slice *key)
{
    if (!vg_slice_starts(*key, share->payload) || key->len <= share->payload.len + 1 ||
        key->at[share->payload.len] != '.')
        return false;
    *key = vg_slice_skip(*key, share->payload.len + 1);
    return true;
}

bool vg_qdrant_own_point(vg_qdrant_share *share, const vg_json *payload, bool wants_payload,
                         vg_point *to)
{
    const vg_json *collection = vg_json_get(payload, VG_LIT(VG_QDRANT_COLLECTION_KEY));
    const vg_json *id = vg_json_get(payload, VG_LIT(VG_QDRANT_ID_KEY));
    const vg_json *own = vg_json_get(payload, share->payload);

    if (collection == NULL || !vg_slice_is(collection->text, share->collection) ||
        !vg_qdrant_read_id(share->t, id, &to->id))
        return false;
    if (!wants_payload || vg_json_is_null(own))
        return true;
    to->payload = own->raw;
    return own->kind == VG_JSON_OBJECT;
}

void vg_qdrant_own_page(const vg_op *op, vg_points *points, vg_point_id *next)
{
    if (op->in.scroll.order.key.len > 0 || op->in.scroll.is_random ||
        points->count <= op->in.scroll.limit)
        return;
    points->count = op->in.scroll.limit;
    *next = points->at[points->count].id;
}

/* ---- what a collection is ---- */

static vg_slice keep(vg_arena *arena, vg_buf *buf)
{
    size_t len = buf->len;
    char *at = NULL;

    if (!vg_buf_is_spent(buf))
        at = vg_arena_take_zero(arena, 1, len + VG_JSON_PAD);
    if (at != NULL)
        memcpy(at, buf->at, len);
    vg_buf_fini(buf);
    return at != NULL ? vg_slice_of(at, len) : (vg_slice){0};
}

/* The collection's own fields, under the keys that the client gave them. */
static vg_slice own_schema(const vg_qdrant_share *share, vg_slice schema)
{
    vg_arena *arena = share->t->scratch;
    const vg_json *all = vg_json_read(arena, schema, VG_JSON_DEPTH, NULL);
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    for (const vg_json *at = all != NULL ? all->first : NULL; at != NULL; at = at->next) {
        vg_slice key = at->key;

        if (!vg_qdrant_own_key(share, &key))
            continue;
        vg_json_put_key(&out, key);
        vg_json_put_raw(&out, at->raw);
    }
    vg_json_close_object(&out);
    return keep(arena, &buf);
}

static void keep_own_indexes(const vg_qdrant_share *share, vg_collection_info *info)
{
    vg_index *indexes = (vg_index *)(uintptr_t)info->spec.indexes.at;
    uint64_t *points = (uint64_t *)(uintptr_t)info->index_points;
    uint32_t count = 0;

    for (uint32_t i = 0; i < info->spec.indexes.count; i++) {
        vg_index index = indexes[i];

        if (!vg_qdrant_own_key(share, &index.key))
            continue;
        points[count] = points[i];
        indexes[count++] = index;
    }
    info->spec.indexes.count = count;
}

/* Notes are the catalog's alone: the object has nobody's. */
static vg_slice own_config(const vg_qdrant_share *share, const vg_op *op, vg_slice config)
{
    vg_arena *arena = share->t->scratch;
    vg_slice settings = op->collection != NULL ? op->collection->spec.settings : (vg_slice){0};
    vg_slice notes = vg_qdrant_notes_of(arena, settings);

    if (notes.len == 0 || !vg_slice_ends(config, VG_LIT("}")))
        return config;
    return vg_arena_printf(arena, VG_FMT ",\"metadata\":" VG_FMT "}", (int)(config.len - 1),
                           config.at, VG_ARG(notes));
}

/* What troubles the object may be told in words about others. */
bool vg_qdrant_own_info(vg_qdrant_share *share, const vg_op *op, vg_collection_info *info)
{
    if (info->index_points != NULL)
        keep_own_indexes(share, info);
    if (info->payload_schema.len > 0)
        info->payload_schema = own_schema(share, info->payload_schema);
    info->config = own_config(share, op, info->config);
    if (info->color != VG_GREEN || info->trouble.len > 0)
        info->trouble = vg_slice_str(vg_qdrant_color_trouble(info->color));
    return !vg_arena_is_spent(share->t->scratch);
}

/* ---- what goes wrong ---- */

/* A name, key or id that only the gateway knows, at the beginning of a text: its length, and what
 * the client calls it. 0: there is none. */
typedef size_t secret_fn(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said);

static size_t find_physical(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said)
{
    vg_slice physical = vg_qdrant_physical_of(op);

    (void)share;
    *said = op->name;
    return vg_slice_starts(text, physical) ? physical.len : 0;
}

static size_t find_key(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said)
{
    (void)op;
    if (!vg_slice_starts(text, share->payload))
        return 0;
    text = vg_slice_skip(text, share->payload.len);
    *said = vg_slice_starts(text, VG_LIT(".")) ? (vg_slice){0} : VG_LIT("payload");
    return share->payload.len + vg_slice_starts(text, VG_LIT("."));
}

static size_t find_reserved(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said)
{
    static const vg_slice keys[] = {VG_LIT_INIT(VG_QDRANT_TENANT_KEY),
                                    VG_LIT_INIT(VG_QDRANT_COLLECTION_KEY),
                                    VG_LIT_INIT(VG_QDRANT_ID_KEY), VG_LIT_INIT("vg~shared.")};

    (void)share;
    (void)op;
    *said = VG_LIT("…");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (vg_slice_starts(text, keys[i]))
            return keys[i].len;
    }
    return 0;
}

/* The op is derived once more, to see which of its ids became this one. */
static size_t find_id(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said)
{
    uint8_t uuid[VG_UUID_BYTES];

    if (text.len < VG_UUID_TEXT || text.at[8] != '-' ||
        !vg_uuid_read(vg_slice_of(text.at, VG_UUID_TEXT), uuid) || uuid[6] >> 4 != 5)
        return 0;
    share->sought = uuid;
    share->found = (vg_point_id){0};
    vg_qdrant_share_op(share, op);
    share->sought = NULL;
    *said = share->found.kind != VG_ID_NONE ? vg_point_id_text(share->t->scratch, &share->found)
                                            : VG_LIT("…");
    return VG_UUID_TEXT;
}

static size_t find_secret(vg_qdrant_share *share, const vg_op *op, vg_slice text, vg_slice *said)
{
    static secret_fn *const all[] = {find_physical, find_key, find_reserved, find_id};
    size_t len = 0;

    for (size_t i = 0; len == 0 && i < sizeof all / sizeof all[0]; i++)
        len = all[i](share, op, text, said);
    return len;
}

void vg_qdrant_own_words(vg_qdrant_share *share, const vg_op *op)
{
    vg_status status = share->t->status;
    vg_slice text = status.what, own = {0}, said;

    for (size_t i = 0, from = 0, len; i <= text.len; i += len > 0 ? len : 1) {
        len = i < text.len ? find_secret(share, op, vg_slice_skip(text, i), &said) : 0;
        if (len == 0 && i < text.len)
            continue;
        own = vg_arena_printf(share->t->scratch, VG_FMT VG_FMT VG_FMT, VG_ARG(own), (int)(i - from),
                              text.at + from, len > 0 ? (int)said.len : 0, len > 0 ? said.at : "");
        from = i + len;
    }
    status.what = own; /* empty, when memory is gone: the code tells */
    share->t->status = status;
}
