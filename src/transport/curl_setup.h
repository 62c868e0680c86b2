/* How an endpoint is spoken to with curl: what all of its handles have in common, and what makes
 * one request of an exchange. Inside src/transport only. */
#ifndef TRANSPORT_CURL_SETUP_H
#define TRANSPORT_CURL_SETUP_H

#include <curl/curl.h>

#include "vecgate/vector_backend.h"

#include "base/buf.h"
#include "base/loop.h"

typedef struct vg_curl_setup {
    const vg_endpoint *endpoint;
    const vg_loop *loop; /* for what is left of a deadline; the owner sets it */
    CURLU *url;          /* prepared once; curl copies it for each transfer */
    char *prefix;        /* what goes before an exchange's target */
    char *ca_file;       /* these end in a NUL; NULL: none */
    char *proxy;
    char *auth; /* "api-key: …" */
} vg_curl_setup;

/* `endpoint` must outlive it. False when the URL or the auth header cannot be used, or memory is
 * gone; fini is due all the same. */
bool vg_curl_setup_init(vg_curl_setup *setup, const vg_endpoint *endpoint);
void vg_curl_setup_fini(vg_curl_setup *setup);
/* What a handle has for its life. */
bool vg_curl_setup_handle(const vg_curl_setup *setup, CURL *easy);

/* Options one after the other; `good` falls when one is refused. */
typedef struct vg_curl_options {
    CURL *easy;
    bool good;
} vg_curl_options;
void vg_curl_set_long(vg_curl_options *o, CURLoption option, long value);
void vg_curl_set_size(vg_curl_options *o, CURLoption option, uint64_t value);
void vg_curl_set_text(vg_curl_options *o, CURLoption option, const char *value);
void vg_curl_set_pointer(vg_curl_options *o, CURLoption option, void *value);

/* ---- curl_request.c ---- */

/* What a request needs beside the exchange; used again for the next one. */
typedef struct vg_curl_request {
    struct curl_slist *lines; /* header lines: must live until the transfer has ended */
    vg_buf text;
} vg_curl_request;

/* Sets what differs between requests. False: it cannot be made; then clear is due as well. */
bool vg_curl_request_set(vg_curl_request *request, const vg_curl_setup *setup, CURL *easy,
                         const vg_exchange *x);
void vg_curl_request_clear(vg_curl_request *request);

#endif
