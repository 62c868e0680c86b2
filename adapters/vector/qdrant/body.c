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

vg_slice vg_qdrant_path(vg_arena *arena, vg_slice name, vg_slice suffix)
{
    static const vg_slice root = VG_LIT_INIT("/collections/");
    char *at = vg_arena_take(arena, root.len + 3 * name.len + suffix.len);
    char *to = at;

    if (at == NULL)
        return (vg_slice){0};
    memcpy(to, root.at, root.len);
    to = put_escaped(to + root.len, name);
    if (suffix.len > 0)
        memcpy(to, suffix.at, suffix.len);
    return vg_slice_of(at, (size_t)(to - at) + suffix.len);
}

bool vg_qdrant_ask(vg_try *t, vg_http_request *out, const char *method, vg_slice target)
{
    *out = (vg_http_request){.method = method, .target = target};
    return target.len > 0 || vg_qdrant_too_large(t);
}
