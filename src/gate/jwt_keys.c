/* The set of keys, and what OpenSSL is asked. */
#include "gate/jwt_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum { HASH_BYTES = 32, ES256_BYTES = 64, DER_BYTES = 80 };

struct key {
    vg_jwt_alg alg;
    vg_slice kid;     /* empty: it has none */
    EVP_PKEY *pkey;   /* RS256, ES256 */
    EVP_MAC_CTX *mac; /* HS256: with its secret set, copied for each token */
};

struct vg_jwt_keys {
    vg_arena *arena;
    EVP_MAC *hmac; /* fetched once */
    EVP_MD *sha256;
    struct key at[VG_JWT_KEYS];
    uint32_t count;
};

static void free_all(void *arg)
{
    vg_jwt_keys *keys = arg;

    for (uint32_t i = 0; i < keys->count; i++) {
        EVP_PKEY_free(keys->at[i].pkey);
        EVP_MAC_CTX_free(keys->at[i].mac);
    }
    EVP_MAC_free(keys->hmac);
    EVP_MD_free(keys->sha256);
}

vg_jwt_keys *vg_jwt_keys_new(vg_arena *arena)
{
    vg_jwt_keys *keys = VG_TAKE(arena, vg_jwt_keys);

    if (keys == NULL || !vg_arena_defer(arena, free_all, keys))
        return NULL;
    keys->arena = arena;
    keys->hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    keys->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return keys->hmac != NULL && keys->sha256 != NULL ? keys : NULL;
}

uint32_t vg_jwt_keys_count(const vg_jwt_keys *keys)
{
    return keys->count;
}

/* ---- filling ---- */

static bool refuse(vg_complaints *complaints, vg_slice place, const char *says)
{
    vg_complain(complaints, place, "%s", says);
    return false;
}

static struct key *next(vg_jwt_keys *keys, vg_slice place, vg_complaints *complaints)
{
    if (keys->count == VG_JWT_KEYS) {
        vg_complain(complaints, place, "has more than %d keys for tokens", VG_JWT_KEYS);
        return NULL;
    }
    return &keys->at[keys->count];
}

bool vg_jwt_keys_add_secret(vg_jwt_keys *keys, vg_slice secret, vg_slice place,
                            vg_complaints *complaints)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    struct key *key = next(keys, place, complaints);

    if (key == NULL)
        return false;
    *key = (struct key){.alg = VG_JWT_HS256, .mac = EVP_MAC_CTX_new(keys->hmac)};
    if (key->mac == NULL ||
        EVP_MAC_init(key->mac, (const unsigned char *)secret.at, secret.len, params) != 1) {
        EVP_MAC_CTX_free(key->mac);
        return refuse(complaints, place, "could not be made a key of");
    }
    keys->count++;
    return true;
}

/* UNKNOWN: tokens cannot be verified with it. */
static vg_jwt_alg alg_of(const EVP_PKEY *pkey, const char **reason)
{
    char group[32] = "";
    int bits = EVP_PKEY_get_bits(pkey);

    if (EVP_PKEY_is_a(pkey, "RSA")) {
        *reason = "an RSA key must have 2048 to 8192 bits";
        return bits >= VG_JWT_RSA_BITS_LEAST && bits <= VG_JWT_RSA_BITS_MOST ? VG_JWT_RS256
                                                                             : VG_JWT_UNKNOWN;
    }
    *reason = "expected an RSA key (RS256), or one of the curve P-256 (ES256)";
    if (EVP_PKEY_is_a(pkey, "EC") &&
        EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return VG_JWT_ES256;
    return VG_JWT_UNKNOWN;
}

bool vg_jwt_keys_add(vg_jwt_keys *keys, EVP_PKEY *pkey, vg_slice kid, vg_slice place,
                     vg_complaints *complaints)
{
    const char *reason = NULL;
    vg_jwt_alg alg = alg_of(pkey, &reason);
    struct key *key = next(keys, place, complaints);

    if (alg == VG_JWT_UNKNOWN)
        vg_complain(complaints, place, "%s", reason);
    if (key == NULL || alg == VG_JWT_UNKNOWN) {
        EVP_PKEY_free(pkey);
        return false;
    }
    *key = (struct key){.alg = alg, .kid = vg_arena_copy(keys->arena, kid), .pkey = pkey};
    keys->count++;
    return true;
}

bool vg_jwt_keys_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints)
{
    uint32_t before = keys->count, told = complaints->count;
    size_t at = 0;
    bool is_good;

    while (at < text.len && strchr(" \t\r\n", text.at[at]) != NULL)
        at++;
    is_good = at < text.len && text.at[at] == '{' ? vg_jwks_read(keys, text, place, complaints)
                                                  : vg_pem_read(keys, text, place, complaints);
    if (keys->count == before && complaints->count == told)
        is_good =
            refuse(complaints, place,
                   "holds no key for tokens: expected PEM (PUBLIC KEY, CERTIFICATE) or a JWKS "
                   "with keys for RS256 or ES256");
    return is_good;
}

/* ---- verifying ---- */

static bool is_hmac(const struct key *key, vg_slice text, vg_slice signature)
{
    EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(key->mac);
    unsigned char hash[HASH_BYTES];
    size_t len = 0;
    bool is_good = mac != NULL && signature.len == sizeof hash &&
                   EVP_MAC_update(mac, (const unsigned char *)text.at, text.len) == 1 &&
                   EVP_MAC_final(mac, hash, &len, sizeof hash) == 1 && len == sizeof hash &&
                   CRYPTO_memcmp(hash, signature.at, sizeof hash) == 0;

    EVP_MAC_CTX_free(mac);
    return is_good;
}

static bool is_signature(const vg_jwt_keys *keys, const struct key *key, vg_slice text,
                         const unsigned char *signature, size_t len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_good =
        ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, keys->sha256, NULL, key->pkey) == 1 &&
        EVP_DigestVerify(ctx, signature, len, (const unsigned char *)text.at, text.len) == 1;

    EVP_MD_CTX_free(ctx);
    return is_good;
}

/* r and s, 32 bytes each (RFC 7518, 3.4), as the DER that OpenSSL reads. 0: it is none. */
static size_t to_der(vg_slice signature, unsigned char *der)
{
    const unsigned char *at = (const unsigned char *)signature.at;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r, *s;
    int len = 0;

    if (sig == NULL || signature.len != ES256_BYTES) {
        ECDSA_SIG_free(sig);
        return 0;
    }
    r = BN_bin2bn(at, ES256_BYTES / 2, NULL);
    s = BN_bin2bn(at + ES256_BYTES / 2, ES256_BYTES / 2, NULL);
    if (r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        len = i2d_ECDSA_SIG(sig, &der);
    }
    ECDSA_SIG_free(sig);
    return len > 0 ? (size_t)len : 0;
}

static bool is_signed_by(const vg_jwt_keys *keys, const struct key *key, vg_slice text,
                         vg_slice signature)
{
    unsigned char der[DER_BYTES];
    size_t len;

    switch (key->alg) {
    case VG_JWT_HS256:
        return is_hmac(key, text, signature);
    case VG_JWT_RS256:
        return is_signature(keys, key, text, (const unsigned char *)signature.at, signature.len);
    case VG_JWT_ES256:
        len = to_der(signature, der);
        return len > 0 && is_signature(keys, key, text, der, len);
    case VG_JWT_UNKNOWN:
        break;
    }
    return false;
}

vg_jwt_verdict vg_jwt_keys_verify(const vg_jwt_keys *keys, vg_jwt_alg alg, vg_slice kid,
                                  vg_slice text, vg_slice signature)
{
    vg_jwt_verdict verdict = VG_JWT_HAS_NO_KEY;

    for (uint32_t i = 0; i < keys->count && verdict != VG_JWT_IS_GOOD; i++) {
        const struct key *key = &keys->at[i];

        if (key->alg != alg)
            continue;
        verdict = VG_JWT_IS_BAD;
        if (kid.len > 0 && key->kid.len > 0 && !vg_slice_is(kid, key->kid))
            continue;
        if (is_signed_by(keys, key, text, signature))
            verdict = VG_JWT_IS_GOOD;
    }
    ERR_clear_error(); /* what a bad signature left behind is not to be found by others */
    return verdict;
}
