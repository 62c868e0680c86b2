/* See direct_tls.h. Sessions: a stack of the newest few. One of TLS 1.3 is good for one connection
 * (RFC 8446 C.4), so taking one takes it out; one of TLS 1.2 is put back by its next use. */
#include "transport/direct_tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/tls_bio.h"
#include "base/tls_reason.h"

enum { MOST_SESSIONS = 16 };

struct vg_direct_tls {
    SSL_CTX *ctx;
    const char *host;
    const vg_endpoint *endpoint;
    bool trusts; /* the authorities have been read */
    SSL_SESSION *sessions[MOST_SESSIONS];
    uint32_t session_count;
};

struct vg_direct_link {
    SSL *ssl;
    vg_tls_wire wire;
    bool is_broken; /* nothing may be asked of the session any more */
};

/* --- sessions -------------------------------------------------------------------------------- */

/* 1: it is ours now. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    vg_direct_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    if (tls->session_count == MOST_SESSIONS) {
        SSL_SESSION_free(tls->sessions[0]);
        tls->session_count--;
        for (uint32_t i = 0; i < tls->session_count; i++)
            tls->sessions[i] = tls->sessions[i + 1];
    }
    tls->sessions[tls->session_count++] = session;
    return 1;
}

static void resume(vg_direct_tls *tls, SSL *ssl)
{
    SSL_SESSION *session;

    if (tls->session_count == 0)
        return;
    session = tls->sessions[--tls->session_count];
    if (SSL_SESSION_is_resumable(session))
        SSL_set_session(ssl, session);
    if (SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION &&
        SSL_SESSION_is_resumable(session))
        tls->session_count++; /* good for more */
    else
        SSL_SESSION_free(session);
}

/* --- whom it trusts -------------------------------------------------------------------------- */

/* The system's authorities where OpenSSL was built to find them, whatever the environment says. */
static bool trust_system(SSL_CTX *ctx)
{
    bool has_dir = SSL_CTX_load_verify_dir(ctx, X509_get_default_cert_dir()) == 1;
    bool has_file = SSL_CTX_load_verify_file(ctx, X509_get_default_cert_file()) == 1;

    return has_dir || has_file;
}

static bool trust_file(SSL_CTX *ctx, vg_slice file)
{
    char *path = malloc(file.len + 1);
    bool good = false;

    if (path != NULL) {
        memcpy(path, file.at, file.len);
        path[file.len] = '\0';
        good = SSL_CTX_load_verify_file(ctx, path) == 1;
    }
    free(path);
    return good;
}

static bool read_trust(vg_direct_tls *tls)
{
    vg_slice file = tls->endpoint->ca_file;

    ERR_clear_error();
    if (!tls->trusts)
        tls->trusts = file.len > 0 ? trust_file(tls->ctx, file) : trust_system(tls->ctx);
    return tls->trusts;
}

/* --- the endpoint ---------------------------------------------------------------------------- */

static bool set_up(vg_direct_tls *tls)
{
    static const unsigned char protocol[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX *ctx = tls->ctx;

    SSL_CTX_set_app_data(ctx, tls);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_alpn_protos(ctx, protocol, sizeof protocol) == 0;
}

vg_direct_tls *vg_direct_tls_new(const vg_endpoint *endpoint, const char *host)
{
    vg_direct_tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->endpoint = endpoint;
    tls->host = host;
    tls->ctx = SSL_CTX_new(TLS_client_method());
    if (tls->ctx != NULL && set_up(tls)) {
        read_trust(tls); /* if not, each connection says so */
        return tls;
    }
    vg_direct_tls_free(tls);
    return NULL;
}

void vg_direct_tls_free(vg_direct_tls *tls)
{
    if (tls == NULL)
        return;
    while (tls->session_count > 0)
        SSL_SESSION_free(tls->sessions[--tls->session_count]);
    SSL_CTX_free(tls->ctx);
    free(tls);
}

/* --- a link ---------------------------------------------------------------------------------- */

static bool is_number(const char *host)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* An address is compared as an address and not announced (RFC 6066 3); a name is, without the dot
 * that may end it. */
static bool expect_host(SSL *ssl, const char *host)
{
    X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
    char name[256];
    size_t len = strlen(host);

    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN); /* as curl: who is in the file is
                                                                      trusted, root or not */
    if (is_number(host))
        return X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1;
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof name)
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static bool open_session(vg_direct_tls *tls, vg_direct_link *link)
{
    BIO *bio;

    link->ssl = SSL_new(tls->ctx);
    bio = link->ssl != NULL ? vg_tls_bio_new(&link->wire) : NULL;
    if (bio == NULL)
        return false;
    SSL_set_bio(link->ssl, bio, bio);
    SSL_set_connect_state(link->ssl);
    return expect_host(link->ssl, tls->host);
}

static void say(char reason[VG_DIRECT_REASON], const char *what)
{
    char why[VG_TLS_REASON_BYTES];

    vg_tls_reason(why);
    snprintf(reason, VG_DIRECT_REASON, "%s: %s", what, why);
}

vg_direct_link *vg_direct_link_new(vg_direct_tls *tls, char reason[VG_DIRECT_REASON])
{
    vg_direct_link *link;

    if (!read_trust(tls)) {
        say(reason, "the authorities to trust cannot be read");
        return NULL;
    }
    link = calloc(1, sizeof *link);
    if (link != NULL && open_session(tls, link)) {
        resume(tls, link->ssl);
        return link;
    }
    say(reason, "no TLS session can be begun");
    if (link != NULL)
        vg_direct_link_free(link);
    return NULL;
}

void vg_direct_link_free(vg_direct_link *link)
{
    SSL_free(link->ssl);
    free(link);
}

/* --- calls ----------------------------------------------------------------------------------- */

static void begin_call(vg_direct_link *link, vg_slice in, vg_buf *out)
{
    ERR_clear_error();
    link->wire = (vg_tls_wire){in, out};
}

static void end_call(vg_direct_link *link)
{
    ERR_clear_error();
    link->wire = (vg_tls_wire){{NULL, 0}, NULL};
}

/* What is wrong with the certificate says more than that it was refused. */
static void say_failure(const vg_direct_link *link, char reason[VG_DIRECT_REASON])
{
    long verified = SSL_get_verify_result(link->ssl);

    if (verified != X509_V_OK)
        snprintf(reason, VG_DIRECT_REASON, "the certificate cannot be trusted: %s",
                 X509_verify_cert_error_string(verified));
    else
        vg_tls_reason(reason);
}

static bool is_http1(const SSL *ssl)
{
    const unsigned char *protocol;
    unsigned len;

    SSL_get0_alpn_selected(ssl, &protocol, &len);
    return len == 0 || vg_slice_is(vg_slice_of((const char *)protocol, len), VG_LIT("http/1.1"));
}

static vg_direct_shake judge(vg_direct_link *link, int result, char reason[VG_DIRECT_REASON])
{
    if (result == 1 && is_http1(link->ssl))
        return VG_DIRECT_OPEN;
    if (result != 1 && SSL_get_error(link->ssl, result) == SSL_ERROR_WANT_READ)
        return VG_DIRECT_WAITS;
    link->is_broken = true;
    if (result == 1)
        snprintf(reason, VG_DIRECT_REASON, "the server chose a protocol that was not offered");
    else
        say_failure(link, reason);
    return VG_DIRECT_FAILED;
}

vg_direct_shake vg_direct_link_shake(vg_direct_link *link, vg_slice in, vg_buf *out, vg_slice *rest,
                                     char reason[VG_DIRECT_REASON])
{
    vg_direct_shake state;

    begin_call(link, in, out);
    state = judge(link, SSL_do_handshake(link->ssl), reason);
    *rest = link->wire.in;
    end_call(link);
    return state;
}

bool vg_direct_link_is_resumed(const vg_direct_link *link)
{
    return SSL_session_reused(link->ssl) == 1;
}

static vg_direct_end end_of(vg_direct_link *link, int result, char reason[VG_DIRECT_REASON])
{
    int error = SSL_get_error(link->ssl, result);

    if (error == SSL_ERROR_WANT_READ)
        return VG_DIRECT_GOES_ON;
    if (error == SSL_ERROR_ZERO_RETURN)
        return VG_DIRECT_SAID_SO;
    link->is_broken = true;
    vg_tls_reason(reason);
    return VG_DIRECT_BROKEN;
}

vg_direct_end vg_direct_link_read(vg_direct_link *link, vg_slice in, vg_buf *plain, vg_buf *out,
                                  char reason[VG_DIRECT_REASON])
{
    enum { RECORD = 16 * 1024 };
    vg_direct_end end = VG_DIRECT_BROKEN;
    size_t len = 0;
    int result = 1;

    if (link->is_broken)
        return VG_DIRECT_BROKEN;
    begin_call(link, in, out);
    while (result == 1) {
        char *to = vg_buf_reserve(plain, RECORD);

        if (to == NULL) {
            snprintf(reason, VG_DIRECT_REASON, "no memory for what came");
            link->is_broken = true;
            break;
        }
        result = SSL_read_ex(link->ssl, to, RECORD, &len);
        if (result == 1)
            plain->len += len;
        else
            end = end_of(link, result, reason);
    }
    end_call(link);
    return end;
}

bool vg_direct_link_write(vg_direct_link *link, vg_slice plain, vg_buf *out)
{
    size_t written;
    bool good;

    if (link->is_broken)
        return false;
    begin_call(link, (vg_slice){NULL, 0}, out);
    good = plain.len == 0 || SSL_write_ex(link->ssl, plain.at, plain.len, &written) == 1;
    end_call(link);
    link->is_broken = !good;
    return good && !vg_buf_is_spent(out);
}

bool vg_direct_link_is_ended(const vg_direct_link *link)
{
    return (SSL_get_shutdown(link->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

void vg_direct_link_end(vg_direct_link *link, vg_buf *out)
{
    if (link->is_broken || !SSL_is_init_finished(link->ssl))
        return;
    begin_call(link, (vg_slice){NULL, 0}, out);
    SSL_shutdown(link->ssl);
    end_call(link);
}
