/* One SSL_CTX with the rules; the certificates are chosen for each handshake by the name that the
 * client asks for. The context is never changed once it is made, so that threads share it. */
#include "net/tls_set.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/tls_reason.h"
#include "net/tls_cert.h"
#include "net/tls_client.h"
#include "net/tls_tickets.h"

enum { ARENA_BYTES = 8 << 20, MOST_CERTS = 64, KEY_TYPES = 8 };

/* 112 bits: RSA from 2048, curves from 224, no SHA-1; whatever the system says. */
enum { SECURITY_LEVEL = 2 };

struct vg_tls_set {
    vg_arena *arena;
    SSL_CTX *ctx;
    vg_tls_cert *certs;
    uint32_t count;
    uint32_t held;
};

/* --- which certificate ----------------------------------------------------------------------- */

static bool has_type(const int types[], uint32_t count, int type)
{
    for (uint32_t i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* Those that match so well, one for each type of key: the library takes what the client can
 * verify. */
static bool install(SSL *ssl, const vg_tls_set *set, vg_slice name, int how_well)
{
    int types[KEY_TYPES];
    uint32_t count = 0;

    for (uint32_t i = 0; i < set->count && count < KEY_TYPES; i++) {
        const vg_tls_cert *cert = &set->certs[i];
        int type = EVP_PKEY_get_base_id(cert->key);

        if (vg_tls_cert_match(cert, name) != how_well || has_type(types, count, type))
            continue;
        if (count == 0)
            SSL_certs_clear(ssl);
        if (SSL_use_cert_and_key(ssl, cert->leaf, cert->key, cert->chain, 1) != 1)
            return false;
        types[count++] = type;
    }
    return true;
}

static int best_match(const vg_tls_set *set, vg_slice name)
{
    int best = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        int match = vg_tls_cert_match(&set->certs[i], name);

        best = match > best ? match : best;
    }
    return best;
}

/* Without a name, or with one that nobody has, the defaults of the context stay. */
static int on_certificate(SSL *ssl, void *arg)
{
    const vg_tls_set *set = arg;
    vg_slice name = vg_slice_str(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    int match = name.len > 0 ? best_match(set, name) : 0;

    return match == 0 || install(ssl, set, name, match) ? 1 : 0;
}

/* The first certificate, and of those for the same name one of each other type of key. */
static bool install_defaults(const vg_tls_set *set)
{
    const vg_tls_cert *first = &set->certs[0];
    int types[KEY_TYPES];
    uint32_t count = 0;

    for (uint32_t i = 0; i < set->count && count < KEY_TYPES; i++) {
        const vg_tls_cert *cert = &set->certs[i];
        int type = EVP_PKEY_get_base_id(cert->key);
        bool is_like_first =
            i == 0 || (first->name_count > 0 && vg_tls_cert_match(cert, first->names[0]) == 2);

        if (!is_like_first || has_type(types, count, type))
            continue;
        if (SSL_CTX_use_cert_and_key(set->ctx, cert->leaf, cert->key, cert->chain, 1) != 1)
            return false;
        types[count++] = type;
    }
    return true;
}

/* --- what else a handshake asks -------------------------------------------------------------- */

static int on_protocols(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                        const unsigned char *offered, unsigned offered_len, void *arg)
{
    const vg_slice *wanted = SSL_get_app_data(ssl);
    unsigned at = 0;

    (void)arg;
    while (at < offered_len) {
        vg_slice one = vg_slice_of((const char *)offered + at + 1, offered[at]);

        if (at + 1 + one.len > offered_len)
            break;
        if (vg_slice_is(one, *wanted)) {
            *out = offered + at + 1;
            *out_len = (unsigned char)one.len;
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1 + (unsigned)one.len;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static const vg_tls_cert *cert_of(const vg_tls_set *set, const X509 *leaf)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->certs[i].leaf == leaf)
            return &set->certs[i];
    return NULL;
}

static int on_status(SSL *ssl, void *arg)
{
    const vg_tls_cert *cert = cert_of(arg, SSL_get_certificate(ssl));
    unsigned char *copy;

    if (cert == NULL || cert->staple.len == 0 || cert->staple_until <= time(NULL))
        return SSL_TLSEXT_ERR_NOACK;
    copy = OPENSSL_memdup(cert->staple.at, cert->staple.len);
    if (copy == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)cert->staple.len);
    return SSL_TLSEXT_ERR_OK;
}

static bool use_ticket_key(const vg_ticket_key *key, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                           EVP_MAC_CTX *mac, int encrypts)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, encrypts) == 1 &&
           EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* Negative: a failure; 0: a ticket that nobody can open any more; 1; 2: and it gets a new one. */
static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                         EVP_MAC_CTX *mac, int encrypts)
{
    uint64_t now_ms = vg_clock_wall_ms();
    bool is_old = false, is_good;
    vg_ticket_key key;

    (void)ssl;
    if (encrypts == 0 && !vg_tls_tickets_find(now_ms, name, &key, &is_old))
        return 0;
    if (encrypts != 0 && (!vg_tls_tickets_current(now_ms, &key) ||
                          RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1))
        return -1;
    if (encrypts != 0)
        memcpy(name, key.name, sizeof key.name);
    is_good = use_ticket_key(&key, iv, cipher, mac, encrypts);
    vg_secret_wipe(&key, sizeof key);
    if (!is_good)
        return -1;
    return is_old ? 2 : 1;
}

/* --- the context ----------------------------------------------------------------------------- */

static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                              "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char suites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

static bool set_tickets(SSL_CTX *ctx, bool are_on)
{
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, 2 * VG_TICKET_HOUR_MS / 1000);
    if (!are_on)
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    return SSL_CTX_set_num_tickets(ctx, are_on ? 1 : 0) == 1 &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket_key) == 1;
}

static SSL_CTX *make_context(const vg_tls_conf *conf)
{
    int least = conf->min_version == VG_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL)
        return NULL;
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
    if (SSL_CTX_set_min_proto_version(ctx, least) == 1 &&
        SSL_CTX_set_cipher_list(ctx, ciphers) == 1 && SSL_CTX_set_ciphersuites(ctx, suites) == 1 &&
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1 && set_tickets(ctx, conf->tickets))
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

static void hang_on(vg_tls_set *set)
{
    SSL_CTX_set_cert_cb(set->ctx, on_certificate, set);
    SSL_CTX_set_alpn_select_cb(set->ctx, on_protocols, NULL);
    SSL_CTX_set_tlsext_status_cb(set->ctx, on_status);
    SSL_CTX_set_tlsext_status_arg(set->ctx, set);
}

/* --- reading --------------------------------------------------------------------------------- */

/* The next path of a list, with a NUL behind it. */
static vg_slice next_path(vg_slice *list, vg_arena *arena)
{
    size_t end = vg_slice_find(*list, ',');
    vg_slice path = vg_slice_trim(vg_slice_of(list->at, end));

    *list = vg_slice_skip(*list, end + 1);
    return vg_arena_copy(arena, path);
}

static uint32_t count_paths(vg_slice list)
{
    uint32_t count = list.len > 0;

    for (size_t i = 0; i < list.len; i++)
        count += list.at[i] == ',';
    return count;
}

/* One key and, if any, one OCSP answer for each certificate. */
static bool check_counts(const vg_tls_conf *conf, vg_arena *arena, vg_status *status)
{
    uint32_t certs = count_paths(conf->certificate);
    uint32_t keys = count_paths(conf->key), staples = count_paths(conf->ocsp);

    if (certs == 0 || certs > MOST_CERTS)
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("tls.certificate"),
                       "expected 1 to %d files, got %u", MOST_CERTS, certs);
    else if (keys != certs)
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("tls.key"),
                       "expected a key for each of %u certificates, got %u", certs, keys);
    else if (staples != 0 && staples != certs)
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("tls.ocsp"),
                       "expected an answer, or -, for each of %u certificates, got %u", certs,
                       staples);
    else
        return true;
    return false;
}

/* Also tells what the library will not serve with: keys that are too short, say. */
static bool try_cert(const vg_tls_set *set, const vg_tls_cert *cert, vg_slice path, vg_arena *arena,
                     vg_status *status)
{
    SSL *ssl = SSL_new(set->ctx);
    bool is_good =
        ssl != NULL && SSL_use_cert_and_key(ssl, cert->leaf, cert->key, cert->chain, 1) == 1;

    SSL_free(ssl);
    if (is_good)
        return true;
    vg_status_setf(status, arena, VG_INVALID, VG_LIT("tls.certificate"),
                   VG_FMT ": cannot be used (" VG_FMT ")", VG_ARG(path),
                   VG_ARG(vg_tls_reason_in(arena)));
    return false;
}

static bool read_certs(vg_tls_set *set, const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                       vg_status *status)
{
    vg_slice certs = conf->certificate, keys = conf->key, staples = conf->ocsp;
    uint32_t count = count_paths(certs);

    set->certs = VG_TAKE_N(set->arena, vg_tls_cert, count);
    while (set->certs != NULL && set->count < count) {
        vg_tls_cert *cert = &set->certs[set->count++];
        vg_tls_cert_files files = {.certificate = next_path(&certs, set->arena),
                                   .key = next_path(&keys, set->arena),
                                   .ocsp = next_path(&staples, set->arena),
                                   .passphrase = conf->passphrase};

        if (vg_slice_is(files.ocsp, VG_LIT("-")))
            files.ocsp = (vg_slice){NULL, 0};
        if (!vg_tls_cert_read(cert, &files, set->arena, warnings, status) ||
            !try_cert(set, cert, files.certificate, arena, status)) {
            /* the words may be in the set's arena, which ends now */
            status->what = vg_arena_copy(arena, status->what);
            return false;
        }
    }
    return set->certs != NULL && install_defaults(set);
}

static bool fill(vg_tls_set *set, const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                 vg_status *status)
{
    set->ctx = make_context(conf);
    if (set->ctx == NULL || !check_counts(conf, arena, status) ||
        !read_certs(set, conf, arena, warnings, status) ||
        !vg_tls_client_rules(set->ctx, conf, arena, warnings, status))
        return false;
    hang_on(set);
    ERR_clear_error();
    return !vg_arena_is_spent(set->arena);
}

vg_tls_set *vg_tls_set_read(const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                            vg_status *status)
{
    vg_arena *own = vg_arena_new(ARENA_BYTES);
    vg_tls_set *set = own != NULL ? VG_TAKE(own, vg_tls_set) : NULL;

    if (set == NULL) {
        vg_arena_free(own);
        vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory for TLS"), VG_LIT("tls"));
        return NULL;
    }
    set->arena = own;
    set->held = 1;
    if (fill(set, conf, arena, warnings, status))
        return set;
    vg_status_setf(status, arena, VG_OVERLOADED, VG_LIT("tls"), "TLS cannot be set up (" VG_FMT ")",
                   VG_ARG(vg_tls_reason_in(arena))); /* unless something better was told */
    vg_tls_set_drop(set);
    return NULL;
}

void vg_tls_set_hold(vg_tls_set *set)
{
    if (set != NULL)
        set->held++;
}

void vg_tls_set_drop(vg_tls_set *set)
{
    if (set == NULL || --set->held > 0)
        return;
    SSL_CTX_free(set->ctx);
    for (uint32_t i = 0; i < set->count; i++)
        vg_tls_cert_fini(&set->certs[i]);
    vg_arena_free(set->arena);
}

int64_t vg_tls_set_expiry(const vg_tls_set *set)
{
    int64_t first = INT64_MAX;

    for (uint32_t i = 0; i < set->count; i++) {
        int64_t at = vg_tls_time(X509_get0_notAfter(set->certs[i].leaf));

        first = at < first ? at : first;
    }
    return first;
}

SSL *vg_tls_set_accept(vg_tls_set *set, const vg_slice *protocol)
{
    SSL *ssl = SSL_new(set->ctx);

    if (ssl == NULL)
        return NULL;
    SSL_set_app_data(ssl, (void *)protocol);
    SSL_set_accept_state(ssl);
    return ssl;
}
