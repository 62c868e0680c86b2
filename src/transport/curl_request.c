/* One request: its header lines, target, method and body. curl copies the lines' text, the target
 * and the method; lines and body are read until the transfer has ended. */
#include "transport/curl_setup.h"
#include "transport/http_request.h"

static bool put_line(vg_curl_request *request, const char *line)
{
    struct curl_slist *lines = curl_slist_append(request->lines, line);

    if (lines != NULL)
        request->lines = lines;
    return lines != NULL;
}

/* curl takes "Name;" for a header without a value; "Name:" would take one of its own away. */
static bool put_header(vg_curl_request *request, const vg_header *header)
{
    const char *form = header->value.len > 0 ? VG_FMT ": " VG_FMT : VG_FMT ";" VG_FMT;

    if (!vg_http_is_one_line(header->name) || !vg_http_is_one_line(header->value))
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

static bool put_target(vg_curl_request *request, const vg_curl_setup *setup, const vg_exchange *x)
{
    bool good;

    vg_buf_clear(&request->text);
    vg_buf_put(&request->text, vg_slice_str(setup->prefix));
    good = vg_http_put_target(&request->text, x, setup->endpoint, setup->loop);
    vg_buf_put_byte(&request->text, '\0');
    return good && !vg_buf_is_spent(&request->text);
}

static void set_method(vg_curl_options *o, const vg_http_request *http)
{
    if (strcmp(http->method, "HEAD") == 0) {
        vg_curl_set_long(o, CURLOPT_NOBODY, 1);
    } else if (vg_http_is_bodiless(http)) {
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
