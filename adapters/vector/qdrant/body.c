/* The body and the path of a request. A body is built in a buffer that ends with the try's scratch.
 */
#include "adapters/vector/qdrant/body.h"

static const vg_header json_headers[] = {
    {VG_LIT_INIT("content-type"), VG_LIT_INIT("application/json")},
};

static void free_body(void *arg)
{
    vg_buf_fini(arg);
}

bool vg_qdrant_too_large(vg_try *t)
{
    vg_try_failf(t, VG_TOO_LARGE,
                 "the request to Qdrant would be larger than %d MiB, or than there is memory: send "
                 "fewer points at once",
                 VG_QDRANT_REQUEST_BYTES / (1024 * 1024));
    return false;
}

struct body *vg_qdrant_open_body(vg_try *t, size_t expected)
{
    struct body *body = VG_TAKE(t->scratch, struct body);

    if (body != NULL)
        vg_buf_init(&body->buf, VG_QDRANT_REQUEST_BYTES);
    if (body == NULL || !vg_arena_defer(t->scratch, free_body, &body->buf)) {
        vg_qdrant_too_large(t);
        return NULL;
    }
    body->out.buf = &body->buf;
    vg_buf_reserve(&body->buf, expected);
    vg_json_open_object(&body->out);
    return body;
}

bool vg_qdrant_close_body(struct body *body, vg_try *t, vg_http_request *out)
{
    vg_json_close_object(&body->out);
    if (vg_buf_is_spent(&body->buf) || out->target.len == 0)
        return vg_qdrant_too_large(t);
    out->body = vg_buf_bytes(&body->buf);
    out->headers = json_headers;
    out->header_count = 1;
    return true;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static char *put_escaped(char *to, vg_slice name)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.at[i];

        if (is_plain(name.at[i])) {
            *to++ = name.at[i];
            continue;
        }
        *to++ = '%';
        *to++ = hex[byte >> 4];
        *to++ = hex[byte & 15];
    }
    return to;
}

vg_slice vg_qdrant_escape(vg_arena *arena, vg_slice name)
{
    char *at = vg_arena_take(arena, 3 * name.len + 1);

    return at != NULL ? vg_slice_of(at, (size_t)(put_escaped(at, name) - at)) : (vg_slice){0};
}

vg_slice vg_qdrant_path(vg_arena *arena, vg_slice name, vg_slice suffix)
{
    static const char before[] = "/collections/";
    size_t least = sizeof(before) - 1;
    char *at = vg_arena_take(arena, least + 3 * name.len + suffix.len);
    char *end;

    if (at == NULL)
        return (vg_slice){0};
    memcpy(at, before, least);
    end = put_escaped(at + least, name);
    if (suffix.len > 0)
        memcpy(end, suffix.at, suffix.len);
    return vg_slice_of(at, (size_t)(end - at) + suffix.len);
}

vg_slice vg_qdrant_points_path(const vg_op *op, vg_try *t, vg_slice suffix)
{
    return vg_qdrant_path(t->scratch, op->collection->physical, suffix);
}

vg_slice vg_qdrant_change_path(const vg_op *op, vg_try *t, const char *suffix, bool wait)
{
    vg_slice behind = vg_arena_printf(t->scratch, "%s?wait=%s", suffix, wait ? "true" : "false");

    return behind.len > 0 ? vg_qdrant_points_path(op, t, behind) : behind;
}

bool vg_qdrant_ask(vg_try *t, vg_http_request *out, const char *method, vg_slice target)
{
    *out = (vg_http_request){.method = method, .target = target};
    return target.len > 0 || vg_qdrant_too_large(t);
}

/* --- parts ----------------------------------------------------------------------------------- */

bool vg_qdrant_put_id(struct body *body, const vg_point_id *id, vg_try *t)
{
    if (id->kind != VG_ID_NUM && id->kind != VG_ID_UUID) {
        vg_try_failf(t, VG_UNSUPPORTED,
                     "point id \"" VG_FMT "\": Qdrant takes unsigned integers and UUIDs "
                     "(supports_text_ids is false)",
                     (int)(id->text.len < 80 ? id->text.len : 80), id->text.at);
        return false;
    }
    vg_point_id_write(&body->out, id);
    return true;
}

bool vg_qdrant_put_ids(struct body *body, vg_slice key, const vg_point_id *ids, uint32_t count,
                       vg_try *t)
{
    vg_json_put_key(&body->out, key);
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++) {
        if (!vg_qdrant_put_id(body, &ids[i], t))
            return false;
    }
    vg_json_close_array(&body->out);
    return true;
}

bool vg_qdrant_put_inner_filter(struct body *body, const vg_filter *filter, vg_try *t)
{
    if (vg_qdrant_write_filter(&body->out, filter))
        return true;
    vg_try_fail(t, VG_UNSUPPORTED,
                VG_LIT("the filter holds an id that is neither an unsigned "
                       "integer nor a UUID, which Qdrant does not know"));
    return false;
}

bool vg_qdrant_put_filter(struct body *body, const vg_filter *filter, vg_try *t)
{
    if (filter == NULL)
        return true;
    vg_json_put_key(&body->out, VG_LIT("filter"));
    return vg_qdrant_put_inner_filter(body, filter, t);
}

void vg_qdrant_put_texts(struct body *body, const vg_slice *at, uint32_t count)
{
    vg_json_open_array(&body->out);
    for (uint32_t i = 0; i < count; i++)
        vg_json_put_text(&body->out, at[i]);
    vg_json_close_array(&body->out);
}

void vg_qdrant_put_text(struct body *body, vg_slice key, vg_slice text)
{
    vg_json_put_key(&body->out, key);
    vg_json_put_text(&body->out, text);
}

void vg_qdrant_put_u64(struct body *body, vg_slice key, uint64_t value)
{
    vg_json_put_key(&body->out, key);
    vg_json_put_u64(&body->out, value);
}

void vg_qdrant_put_bool(struct body *body, vg_slice key, bool value)
{
    vg_json_put_key(&body->out, key);
    vg_json_put_bool(&body->out, value);
}

void vg_qdrant_put_raw(struct body *body, vg_slice key, vg_slice json)
{
    vg_json_put_key(&body->out, key);
    vg_json_put_raw(&body->out, json);
}

vg_slice vg_qdrant_members_of(vg_slice object)
{
    while (object.len > 0 && object.at[0] != '{')
        object = vg_slice_skip(object, 1);
    object = vg_slice_skip(object, 1);
    while (object.len > 0 && object.at[object.len - 1] != '}')
        object.len--;
    if (object.len > 0)
        object.len--;
    for (size_t i = 0; i < object.len; i++) {
        if (memchr(" \t\r\n", object.at[i], 4) == NULL)
            return object;
    }
    return (vg_slice){0};
}
