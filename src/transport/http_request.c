/* See http_request.h. */
#include "transport/http_request.h"

#define SECOND_NS ((uint64_t)1000000000)

bool vg_http_is_one_line(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20 && text.at[i] != '\t')
            return false;
    }
    return true;
}

/* A blank would end it: what is behind that would be the version. */
static bool is_one_word(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];

        if (c <= ' ' || c == 0x7f)
            return false;
    }
    return true;
}

bool vg_http_is_bodiless(const vg_http_request *http)
{
    return http->body.len == 0 &&
           (strcmp(http->method, "GET") == 0 || strcmp(http->method, "DELETE") == 0 ||
            strcmp(http->method, "HEAD") == 0);
}

/* Whole seconds, rounded up: the backend must not give up before the client does. */
static uint64_t seconds_left(const vg_loop *loop, uint64_t deadline_ns, uint64_t most)
{
    uint64_t now_ns = vg_loop_now_ns(loop);
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1;
    uint64_t seconds = (left_ns + SECOND_NS - 1) / SECOND_NS;

    return most > 0 && seconds > most ? most : seconds;
}

bool vg_http_put_target(vg_buf *to, const vg_exchange *x, const vg_endpoint *endpoint,
                        const vg_loop *loop)
{
    vg_slice target = x->as.http.target;

    vg_buf_put(to, target);
    if (x->as.http.left_param != NULL && x->deadline_ns != 0) {
        vg_buf_put_byte(to, vg_slice_find(target, '?') < target.len ? '&' : '?');
        vg_buf_put(to, vg_slice_str(x->as.http.left_param));
        vg_buf_put_byte(to, '=');
        vg_buf_put_u64(to, seconds_left(loop, x->deadline_ns, endpoint->max_left_s));
    }
    return is_one_word(target);
}
