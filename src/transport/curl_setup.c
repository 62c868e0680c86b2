/* What all handles of an endpoint have in common. Trust, proxies and protocols are said in full:
 * what is left out would come from the environment. */
#include "transport/curl_setup.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "transport/http_request.h"

/* --- options --------------------------------------------------------------------------------- */

void vg_curl_set_long(vg_curl_options *o, CURLoption option, long value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

void vg_curl_set_size(vg_curl_options *o, CURLoption option, uint64_t value)
{
    o->good = curl_easy_setopt(o->easy, option, (curl_off_t)value) == CURLE_OK && o->good;
}

void vg_curl_set_text(vg_curl_options *o, CURLoption option, const char *value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

void vg_curl_set_pointer(vg_curl_options *o, CURLoption option, void *value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

static void set_safety(vg_curl_options *o, const vg_curl_setup *setup)
{
    vg_curl_set_long(o, CURLOPT_SSL_VERIFYPEER, 1);
    vg_curl_set_long(o, CURLOPT_SSL_VERIFYHOST, 2);
    vg_curl_set_long(o, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (setup->ca_file != NULL) { /* then nobody else's word counts */
        vg_curl_set_text(o, CURLOPT_CAINFO, setup->ca_file);
        vg_curl_set_text(o, CURLOPT_CAPATH, NULL);
    }
    vg_curl_set_text(o, CURLOPT_PROXY, setup->proxy != NULL ? setup->proxy : "");
    vg_curl_set_text(o, CURLOPT_NOPROXY, ""); /* nor the environment's */
    vg_curl_set_long(o, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    vg_curl_set_text(o, CURLOPT_PROTOCOLS_STR, "http,https");
    vg_curl_set_long(o, CURLOPT_FOLLOWLOCATION, 0);
}

/* QUICK_EXIT: a transfer that ends during a name look-up leaves the look-up's thread to end by
 * itself; without it curl would wait for that thread here, on the loop. */
static void set_manners(vg_curl_options *o, const vg_curl_setup *setup)
{
    vg_curl_set_long(o, CURLOPT_NOSIGNAL, 1);
    vg_curl_set_long(o, CURLOPT_QUICK_EXIT, 1);
    vg_curl_set_long(o, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    vg_curl_set_long(o, CURLOPT_PATH_AS_IS, 1);
    vg_curl_set_long(o, CURLOPT_TCP_KEEPALIVE, 1);
    vg_curl_set_long(o, CURLOPT_CONNECTTIMEOUT_MS, (long)setup->endpoint->connect_ms);
    vg_curl_set_size(o, CURLOPT_MAXFILESIZE_LARGE, setup->endpoint->max_reply_bytes);
    vg_curl_set_text(o, CURLOPT_USERAGENT, "vecgate/" VG_VERSION);
}

bool vg_curl_setup_handle(const vg_curl_setup *setup, CURL *easy)
{
    vg_curl_options o = {easy, true};

    set_safety(&o, setup);
    set_manners(&o, setup);
    vg_curl_set_pointer(&o, CURLOPT_CURLU, setup->url);
    return o.good;
}

/* --- from the endpoint ----------------------------------------------------------------------- */

/* A copy that ends in a NUL; NULL for none. `good` falls when memory is gone or a NUL is inside. */
static char *copy(vg_slice text, bool *good)
{
    char *to = text.len > 0 ? strndup(text.at, text.len) : NULL;

    if (text.len > 0 && (to == NULL || strlen(to) != text.len))
        *good = false;
    return to;
}

static char *copy_auth(const vg_header *auth, bool *good)
{
    char *line = NULL;

    if (auth->name.len == 0)
        return NULL;
    *good = vg_http_is_one_line(auth->name) && vg_http_is_one_line(auth->value) &&
            asprintf(&line, VG_FMT ": " VG_FMT, VG_ARG(auth->name), VG_ARG(auth->value)) >= 0 &&
            *good;
    return line;
}

/* A proxy for plain HTTP wants the whole URL as the target; else it is only the path. */
static bool needs_whole_url(const vg_curl_setup *setup)
{
    return setup->proxy != NULL && strncasecmp(setup->proxy, "socks", 5) != 0 &&
           vg_slice_starts(setup->endpoint->base_url, VG_LIT("http://"));
}

static char *make_prefix(const vg_curl_setup *setup)
{
    CURLUPart part = needs_whole_url(setup) ? CURLUPART_URL : CURLUPART_PATH;
    CURLU *url = curl_url_dup(setup->url);
    char *text = NULL;
    char *prefix = NULL;

    if (url != NULL && curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
        curl_url_get(url, part, &text, 0) == CURLUE_OK) {
        size_t len = strlen(text);

        prefix = strndup(text, len > 0 && text[len - 1] == '/' ? len - 1 : len);
    }
    curl_free(text);
    curl_url_cleanup(url);
    return prefix;
}

static bool read_url(vg_curl_setup *setup, bool *good)
{
    char *text = copy(setup->endpoint->base_url, good);

    setup->url = curl_url();
    *good = *good && text != NULL && setup->url != NULL &&
            curl_url_set(setup->url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK;
    free(text);
    return *good;
}

bool vg_curl_setup_init(vg_curl_setup *setup, const vg_endpoint *endpoint)
{
    bool good = true;

    *setup = (vg_curl_setup){.endpoint = endpoint};
    setup->ca_file = copy(endpoint->ca_file, &good);
    setup->proxy = copy(endpoint->proxy, &good);
    setup->auth = copy_auth(&endpoint->auth, &good);
    if (read_url(setup, &good))
        setup->prefix = make_prefix(setup);
    return good && setup->prefix != NULL;
}

void vg_curl_setup_fini(vg_curl_setup *setup)
{
    curl_url_cleanup(setup->url);
    free(setup->prefix);
    free(setup->ca_file);
    free(setup->proxy);
    if (setup->auth != NULL)
        vg_secret_wipe(setup->auth, strlen(setup->auth));
    free(setup->auth);
}
