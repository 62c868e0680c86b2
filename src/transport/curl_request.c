/* One request: its header lines, target, method and body. curl copies the lines' text, the target
 * and the method; lines and body are read until the transfer has ended. */
#include "transport/curl_setup.h"

#define SECOND_NS ((uint64_t)1000000000)

static bool put_line(vg_curl_request *request, const char *line)
{
    struct curl_slist *lines = curl_slist_append(request->lines, line);

    if (lines != NULL)
        request->lines = lines;
    return lines != NULL;
}

bool vg_curl_is_one_line(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20 && text.at[i] != '\t')
            return false;
    }
    return true;
}

/* curl takes "Name;" for a header without a value; "Name:" would take one of its own away. */
static bool put_header(vg_curl_request *request, const vg_header *header)
{
    const char *form = header->value.len > 0 ? VG_FMT ": " VG_FMT : VG_FMT ";" VG_FMT;

    if (!vg_curl_is_one_line(header->name) || !vg_curl_is_one_line(header->value))
        return false;
    vg_buf_clear(&request->text);
    vg_buf_printf(&request->text, form, VG_ARG(header->name), VG_ARG(header->value));
    vg_buf_put_byte(&request->text, '\0');
    return !vg_buf_is_spent(&request->text) && put_line(request, request->text.at);
}

static bool put_headers(vg_curl_request *request, const char *auth, const vg_http_request *http)
{
    bool good = put_line(request, "Expect:"); /* no waiting for 100 Continue */
    bool is_typed = false;

    for (uint32_t i = 0; i < http->header_count; i++) {
        is_typed = is_typed || vg_slice_is_nocase(http->headers[i].name, VG_LIT("content-type"));
        good = good && put_header(request, &http->headers[i]);
    }
    if (!is_typed)
        good = good && put_line(request, "Content-Type:"); /* curl would call it a form */
    return good && (auth == NULL || put_line(request, auth));
}

/* Whole seconds, rounded up: the backend must not give up before the client does. */
static uint64_t seconds_left(const vg_curl_setup *setup, uint64_t deadline_ns)
{
    uint64_t now_ns = vg_loop_now_ns(setup->loop), most = setup->endpoint->max_left_s;
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1;
    uint64_t seconds = (left_ns + SECOND_NS - 1) / SECOND_NS;

    return most > 0 && seconds > most ? most : seconds;
}

static void put_left(vg_curl_request *request, const vg_curl_setup *setup, const vg_exchange *x)
{
    vg_slice target = x->as.http.target;
    bool has_query = vg_slice_find(target, '?') < target.len;

    if (x->as.http.left_param == NULL || x->deadline_ns == 0)
        return;
    vg_buf_printf(&request->text, "%c%s=%llu", has_query ? '&' : '?', x->as.http.left_param,
                  (unsigned long long)seconds_left(setup, x->deadline_ns));
}

static bool put_target(vg_curl_request *request, const vg_curl_setup *setup, const vg_exchange *x)
{
    vg_slice target = x->as.http.target;

    vg_buf_clear(&request->text);
    vg_buf_put(&request->text, vg_slice_str(setup->prefix));
    vg_buf_put(&request->text, target);
    put_left(request, setup, x);
    vg_buf_put_byte(&request->text, '\0');
    return !vg_buf_is_spent(&request->text) && vg_curl_is_one_line(target);
}

static bool is_bodiless(const vg_http_request *http)
{
    return http->body.len == 0 &&
           (strcmp(http->method, "GET") == 0 || strcmp(http->method, "DELETE") == 0);
}

static void set_method(vg_curl_options *o, const vg_http_request *http)
{
    if (strcmp(http->method, "HEAD") == 0) {
        vg_curl_set_long(o, CURLOPT_NOBODY, 1);
    } else if (is_bodiless(http)) {
        vg_curl_set_long(o, CURLOPT_HTTPGET, 1);
    } else {
        vg_curl_set_long(o, CURLOPT_POST, 1);
        vg_curl_set_text(o, CURLOPT_POSTFIELDS, http->body.len > 0 ? http->body.at : "");
        vg_curl_set_size(o, CURLOPT_POSTFIELDSIZE_LARGE, http->body.len);
    }
    vg_curl_set_text(o, CURLOPT_CUSTOMREQUEST, http->method);
}

/* curl itself sends again when a used connection turns out dead; a new one rules that out. */
static void set_freshness(vg_curl_options *o, vg_repeat repeat)
{
    vg_curl_set_long(o, CURLOPT_FRESH_CONNECT, repeat == VG_REPEAT_ALWAYS ? 0 : 1);
}

bool vg_curl_request_set(vg_curl_request *request, const vg_curl_setup *setup, CURL *easy,
                         const vg_exchange *x)
{
    vg_curl_options o = {easy, put_headers(request, setup->auth, &x->as.http)};

    vg_curl_set_pointer(&o, CURLOPT_HTTPHEADER, request->lines);
    o.good = o.good && put_target(request, setup, x);
    if (!o.good)
        return false;
    vg_curl_set_text(&o, CURLOPT_REQUEST_TARGET, request->text.at);
    set_method(&o, &x->as.http);
    set_freshness(&o, x->repeat);
    return o.good;
}

void vg_curl_request_clear(vg_curl_request *request)
{
    curl_slist_free_all(request->lines);
    request->lines = NULL;
}
