/* See tls_client.h. Certificates are verified by OpenSSL with the CAs given and no others; of a
 * resumed session by whom it was begun, as long as the rules are the same and it has not expired.
 */
#include "net/tls_client.h"

#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/tls_reason.h"
#include "net/tls_cert.h"

enum { DEPTH = 8, LIST_BYTES = 32 * 1024 };

#define CA  "tls.client_ca"
#define CRL "tls.client_crl"

/* --- what sessions are bound to -------------------------------------------------------------- */

typedef struct rules {
    SSL_CTX *ctx;
    EVP_MD_CTX *digest;
} rules;

static void note_bytes(rules *self, const void *at, size_t len)
{
    EVP_DigestUpdate(self->digest, at, len);
}

/* --- CAs and revocations --------------------------------------------------------------------- */

static bool add_ca(rules *self, X509 *ca)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (X509_digest(ca, EVP_sha256(), hash, &len) != 1)
        return false;
    note_bytes(self, hash, len);
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(self->ctx), ca) == 1 &&
           SSL_CTX_add_client_CA(self->ctx, ca) == 1;
}

static bool read_cas(rules *self, vg_slice path, vg_arena *arena, vg_status *status)
{
    STACK_OF(X509) *cas = vg_tls_file_certs(CA, path, arena, status);
    bool is_good = cas != NULL;

    for (int i = 0; is_good && i < sk_X509_num(cas); i++)
        is_good = add_ca(self, sk_X509_value(cas, i));
    if (cas != NULL && !is_good)
        vg_status_setf(status, arena, VG_INVALID, VG_LIT(CA),
                       VG_FMT ": cannot be used (" VG_FMT ")", VG_ARG(path),
                       VG_ARG(vg_tls_reason_in(arena)));
    sk_X509_pop_free(cas, X509_free);
    return is_good;
}

static bool add_crl(rules *self, X509_CRL *crl, vg_slice path, vg_buf *warnings)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (X509_CRL_digest(crl, EVP_sha256(), hash, &len) != 1)
        return false;
    note_bytes(self, hash, len);
    if (vg_tls_time(X509_CRL_get0_nextUpdate(crl)) < time(NULL))
        vg_buf_printf(warnings,
                      CRL ": " VG_FMT ": a list has expired: clients of its CA are refused\n",
                      VG_ARG(path));
    return X509_STORE_add_crl(SSL_CTX_get_cert_store(self->ctx), crl) == 1;
}

/* A file may hold the lists of several CAs. */
static bool read_crls(rules *self, vg_slice path, vg_arena *arena, vg_buf *warnings,
                      vg_status *status)
{
    BIO *file = vg_tls_file_open(CRL, path, arena, status);
    bool is_good = file != NULL;
    X509_CRL *crl;
    int count = 0;

    while (is_good && (crl = PEM_read_bio_X509_CRL(file, NULL, NULL, NULL)) != NULL) {
        is_good = add_crl(self, crl, path, warnings);
        X509_CRL_free(crl);
        count++;
    }
    is_good = is_good && count > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (file != NULL && !is_good)
        vg_status_setf(status, arena, VG_INVALID, VG_LIT(CRL),
                       VG_FMT ": has no list of revoked certificates in PEM, or a broken one",
                       VG_ARG(path));
    BIO_free(file);
    ERR_clear_error();
    X509_STORE_set_flags(SSL_CTX_get_cert_store(self->ctx), X509_V_FLAG_CRL_CHECK);
    return is_good;
}

/* --- resumed sessions ------------------------------------------------------------------------ */

/* OpenSSL verifies a certificate when the session begins, and never again. */
static SSL_TICKET_RETURN on_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_len, SSL_TICKET_STATUS was, void *arg)
{
    const X509 *peer;

    (void)ssl, (void)name, (void)name_len, (void)arg;
    if (was != SSL_TICKET_SUCCESS && was != SSL_TICKET_SUCCESS_RENEW)
        return was == SSL_TICKET_FATAL_ERR_MALLOC || was == SSL_TICKET_FATAL_ERR_OTHER
                   ? SSL_TICKET_RETURN_ABORT
                   : SSL_TICKET_RETURN_IGNORE_RENEW;
    peer = SSL_SESSION_get0_peer(session);
    if (peer != NULL && vg_tls_time(X509_get0_notAfter(peer)) < time(NULL))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return was == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

/* --- the rules ------------------------------------------------------------------------------- */

static bool check(const vg_tls_conf *conf, vg_buf *warnings, vg_status *status)
{
    bool asks = conf->client_auth != VG_TLS_AUTH_NONE;

    if (asks && conf->client_ca.len == 0) {
        vg_status_set(status, VG_INVALID,
                      VG_LIT("is needed where tls.client_auth asks for certificates: the CAs that "
                             "may have signed them"),
                      VG_LIT(CA));
        return false;
    }
    if (!asks && conf->client_ca.len > 0)
        vg_buf_printf(warnings, CA ": is not used while tls.client_auth is none\n");
    if (!asks && conf->client_crl.len > 0)
        vg_buf_printf(warnings, CRL ": is not used while tls.client_auth is none\n");
    return true;
}

static bool read_rules(rules *self, const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                       vg_status *status)
{
    bool is_needed = conf->client_auth == VG_TLS_AUTH_REQUIRED;

    note_bytes(self, &conf->client_auth, sizeof conf->client_auth);
    if (conf->client_auth == VG_TLS_AUTH_NONE)
        return true;
    if (!read_cas(self, conf->client_ca, arena, status) ||
        (conf->client_crl.len > 0 && !read_crls(self, conf->client_crl, arena, warnings, status)))
        return false;
    /* who is named is trusted, also when it is not the root of its own CAs */
    X509_STORE_set_flags(SSL_CTX_get_cert_store(self->ctx), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(self->ctx,
                       SSL_VERIFY_PEER | (is_needed ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    SSL_CTX_set_verify_depth(self->ctx, DEPTH);
    SSL_CTX_set_max_cert_list(self->ctx, LIST_BYTES);
    return true;
}

bool vg_tls_client_rules(SSL_CTX *ctx, const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                         vg_status *status)
{
    rules self = {.ctx = ctx, .digest = EVP_MD_CTX_new()};
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    bool is_good = self.digest != NULL && EVP_DigestInit_ex(self.digest, EVP_sha256(), NULL) == 1 &&
                   check(conf, warnings, status) &&
                   read_rules(&self, conf, arena, warnings, status) &&
                   EVP_DigestFinal_ex(self.digest, hash, &len) == 1 &&
                   SSL_CTX_set_session_id_context(ctx, hash, len) == 1 &&
                   SSL_CTX_set_session_ticket_cb(ctx, NULL, on_ticket, NULL) == 1;

    EVP_MD_CTX_free(self.digest);
    return is_good;
}

/* --- whom one names -------------------------------------------------------------------------- */

static size_t take_name(const ASN1_STRING *text, char to[VG_TLS_PEER_BYTES + 1])
{
    int len = text != NULL ? ASN1_STRING_length(text) : 0;
    const unsigned char *at = text != NULL ? ASN1_STRING_get0_data(text) : NULL;

    if (len <= 0 || len > VG_TLS_PEER_BYTES)
        return 0;
    for (int i = 0; i < len; i++)
        if (at[i] < 0x20 || at[i] > 0x7e)
            return 0;
    memcpy(to, at, (size_t)len);
    to[len] = '\0';
    return (size_t)len;
}

/* The first alternative name of that type. */
static size_t find_name(const GENERAL_NAMES *all, int type, char to[VG_TLS_PEER_BYTES + 1])
{
    for (int i = 0; all != NULL && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);

        if (one->type == type)
            return take_name(one->d.ia5, to);
    }
    return 0;
}

size_t vg_tls_client_name(const X509 *cert, char to[VG_TLS_PEER_BYTES + 1])
{
    GENERAL_NAMES *all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    const X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    size_t len = find_name(all, GEN_URI, to);

    if (len == 0)
        len = find_name(all, GEN_DNS, to);
    if (len == 0 && at >= 0)
        len = take_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), to);
    GENERAL_NAMES_free(all);
    ERR_clear_error();
    return len;
}
