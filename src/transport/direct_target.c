/* See direct_target.h. What is said is what curl says, so that a backend sees no difference. */
#include "transport/direct_target.h"

#include <stdlib.h>

#include <curl/curl.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "transport/http_request.h"

enum { MOST_WORD = 1024 }; /* of a user and a password in a URL */

/* --- the URL --------------------------------------------------------------------------------- */

/* NULL when the URL has no such part, or memory is gone. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    char *copy = NULL;

    if (curl_url_get(url, part, &text, flags) == CURLUE_OK)
        copy = strdup(text);
    curl_free(text);
    return copy;
}

static bool is_v6(const char *host)
{
    return strchr(host, ':') != NULL;
}

/* curl gives "[::1]", and what is behind the % of a scope by itself. */
static char *host_of(CURLU *url)
{
    char *host = part_of(url, CURLUPART_HOST, 0);
    char *zone = part_of(url, CURLUPART_ZONEID, 0);
    char *bare = NULL;
    size_t len = host != NULL ? strlen(host) : 0;

    if (len > 2 && host[0] == '[') {
        host[len - 1] = '\0';
        memmove(host, host + 1, len - 1);
    }
    if (host != NULL && zone != NULL && asprintf(&bare, "%s%%%s", host, zone) >= 0) {
        free(host);
        host = bare;
    }
    free(zone);
    return host;
}

static void put_host(vg_direct_target *target, CURLU *url)
{
    char *port = part_of(url, CURLUPART_PORT, 0); /* as it was written; none: the scheme's */
    size_t len = strcspn(target->host, "%");

    vg_buf_printf(&target->lines, is_v6(target->host) ? "Host: [%.*s]" : "Host: %.*s", (int)len,
                  target->host);
    if (port != NULL)
        vg_buf_printf(&target->lines, ":%s", port);
    vg_buf_put(&target->lines, VG_LIT("\r\n"));
    free(port);
}

/* A user in the URL becomes Basic authentication, RFC 7617. */
static bool put_user(vg_direct_target *target, CURLU *url)
{
    char *user = part_of(url, CURLUPART_USER, CURLU_URLDECODE);
    char *word = part_of(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
    char both[2 * MOST_WORD + 2], coded[4 * sizeof both / 3 + 8];
    bool fits = true;
    int len = 0;

    if (user != NULL || word != NULL) {
        const char *name = user != NULL ? user : "", *secret = word != NULL ? word : "";

        fits = strlen(name) <= MOST_WORD && strlen(secret) <= MOST_WORD;
        if (fits)
            len = snprintf(both, sizeof both, "%s:%s", name, secret);
        EVP_EncodeBlock((unsigned char *)coded, (const unsigned char *)both, len);
        vg_buf_printf(&target->lines, "Authorization: Basic %s\r\n", coded);
        vg_secret_wipe(both, sizeof both);
        vg_secret_wipe(coded, sizeof coded);
    }
    if (word != NULL)
        vg_secret_wipe(word, strlen(word));
    free(user);
    free(word);
    return fits;
}

static void put_prefix(vg_direct_target *target, CURLU *url)
{
    char *path = part_of(url, CURLUPART_PATH, 0);
    size_t len = path != NULL ? strlen(path) : 0;

    if (len > 0 && path[len - 1] == '/')
        len--;
    vg_buf_put(&target->prefix, vg_slice_of(path, len));
    free(path);
}

static bool put_auth(vg_direct_target *target)
{
    const vg_header *auth = &target->endpoint->auth;

    if (auth->name.len == 0)
        return true;
    vg_buf_put(&target->lines, auth->name);
    vg_buf_put(&target->lines, VG_LIT(": "));
    vg_buf_put(&target->lines, auth->value);
    vg_buf_put(&target->lines, VG_LIT("\r\n"));
    return vg_http_is_one_line(auth->name) && vg_http_is_one_line(auth->value);
}

static bool read_url(vg_direct_target *target, CURLU *url)
{
    char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    bool good;

    target->is_tls = scheme != NULL && strcmp(scheme, "https") == 0;
    good = target->is_tls || (scheme != NULL && strcmp(scheme, "http") == 0);
    free(scheme);
    target->host = host_of(url);
    target->port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!good || target->host == NULL || target->port == NULL)
        return false;
    put_host(target, url);
    good = put_user(target, url);
    vg_buf_put(&target->lines, VG_LIT("User-Agent: vecgate/" VG_VERSION "\r\nAccept: */*\r\n"));
    put_prefix(target, url);
    return put_auth(target) && good && !vg_buf_is_spent(&target->lines) &&
           !vg_buf_is_spent(&target->prefix);
}

bool vg_direct_target_init(vg_direct_target *target, const vg_endpoint *endpoint)
{
    vg_slice base = endpoint->base_url;
    CURLU *url = curl_url();
    char *text = malloc(base.len + 1);
    bool good = false;

    *target = (vg_direct_target){.endpoint = endpoint};
    vg_buf_init(&target->prefix, 0);
    vg_buf_init(&target->lines, 0);
    if (url != NULL && text != NULL && vg_slice_find(base, '\0') == base.len) {
        memcpy(text, base.at, base.len);
        text[base.len] = '\0';
        good = curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK &&
               read_url(target, url);
    }
    free(text);
    curl_url_cleanup(url);
    return good;
}

void vg_direct_target_fini(vg_direct_target *target)
{
    if (target->lines.len > 0)
        vg_secret_wipe(target->lines.at, target->lines.len);
    vg_buf_fini(&target->lines);
    vg_buf_fini(&target->prefix);
    free(target->host);
    free(target->port);
}

/* --- a head ---------------------------------------------------------------------------------- */

/* A name must be one: what is not may begin a line of its own, or a body. */
static bool put_header(vg_buf *to, const vg_header *header)
{
    vg_buf_put(to, header->name);
    vg_buf_put(to, header->value.len > 0 ? VG_LIT(": ") : VG_LIT(":"));
    vg_buf_put(to, header->value);
    vg_buf_put(to, VG_LIT("\r\n"));
    return vg_http_is_one_line(header->name) && vg_http_is_one_line(header->value);
}

bool vg_direct_put_head(const vg_direct_target *target, const vg_loop *loop, const vg_exchange *x,
                        vg_buf *to)
{
    const vg_http_request *http = &x->as.http;
    bool good;

    vg_buf_put(to, vg_slice_str(http->method));
    vg_buf_put_byte(to, ' ');
    vg_buf_put(to, vg_buf_bytes(&target->prefix));
    good = vg_http_put_target(to, x, target->endpoint, loop);
    vg_buf_put(to, VG_LIT(" HTTP/1.1\r\n"));
    vg_buf_put(to, vg_buf_bytes(&target->lines));
    for (uint32_t i = 0; i < http->header_count; i++)
        good = put_header(to, &http->headers[i]) && good;
    if (!vg_http_is_bodiless(http)) {
        vg_buf_put(to, VG_LIT("Content-Length: "));
        vg_buf_put_u64(to, http->body.len);
        vg_buf_put(to, VG_LIT("\r\n"));
    }
    vg_buf_put(to, VG_LIT("\r\n"));
    return good && !vg_buf_is_spent(to);
}
