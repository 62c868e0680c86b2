/* A JWKS (RFC 7517, 5): {"keys": [{"kty": "RSA", "n": …, "e": …, "kid": …}, {"kty": "EC", …}]}. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "vecgate/json.h"

#include "gate/base64url.h"
#include "gate/jwt_keys.h"

enum { DEPTH = 8, FIELD_BYTES = 32, POINT_BYTES = 1 + 2 * FIELD_BYTES };

struct reading {
    vg_jwt_keys *keys;
    vg_arena *arena;
    vg_slice place; /* of the key that is read */
    vg_complaints *complaints;
};

static bool refuse(const struct reading *r, const char *says)
{
    vg_complain(r->complaints, r->place, "%s", says);
    return false;
}

static vg_slice text_of(const vg_json *key, const char *name)
{
    const vg_json *v = vg_json_get(key, vg_slice_str(name));

    return v != NULL && v->kind == VG_JSON_STRING ? v->text : (vg_slice){0};
}

static bool bytes_of(const struct reading *r, const vg_json *key, const char *name, vg_slice *out)
{
    vg_slice text = text_of(key, name);

    if (text.len > 0 && vg_base64url_read(r->arena, text, 0, out))
        return true;
    vg_complain(r->complaints, r->place, "%s: expected base64url without padding", name);
    return false;
}

static EVP_PKEY *make_key(const char *kind, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY *key = NULL;

    if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *make_rsa(vg_slice n, vg_slice e)
{
    BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.at, (int)n.len, NULL);
    BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.at, (int)e.len, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;

    if (modulus != NULL && exponent != NULL && build != NULL &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = make_key("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *make_ec(const unsigned char *point)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;

    if (build != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES) == 1)
        key = make_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static bool add(const struct reading *r, EVP_PKEY *key, vg_slice kid)
{
    if (key == NULL)
        return refuse(r, "its numbers make no key");
    return vg_jwt_keys_add(r->keys, key, kid, r->place, r->complaints);
}

static bool read_rsa(const struct reading *r, const vg_json *key)
{
    vg_slice n, e;

    if (!bytes_of(r, key, "n", &n) || !bytes_of(r, key, "e", &e))
        return false;
    if (n.len > VG_JWT_RSA_BITS_MOST / 8 || e.len > 8)
        return refuse(r, "an RSA key must have 2048 to 8192 bits");
    return add(r, make_rsa(n, e), text_of(key, "kid"));
}

static bool read_ec(const struct reading *r, const vg_json *key)
{
    unsigned char point[POINT_BYTES] = {4}; /* uncompressed (SEC 1, 2.3.3) */
    vg_slice x, y;

    if (!bytes_of(r, key, "x", &x) || !bytes_of(r, key, "y", &y))
        return false;
    if (x.len != FIELD_BYTES || y.len != FIELD_BYTES)
        return refuse(r, "x and y of P-256 are 32 bytes each");
    memcpy(point + 1, x.at, FIELD_BYTES);
    memcpy(point + 1 + FIELD_BYTES, y.at, FIELD_BYTES);
    return add(r, make_ec(point), text_of(key, "kid"));
}

/* Absent, or that word. */
static bool says(const vg_json *key, const char *name, const char *word)
{
    const vg_json *v = vg_json_get(key, vg_slice_str(name));

    return v == NULL || (v->kind == VG_JSON_STRING && vg_slice_is_str(v->text, word));
}

/* RFC 7517, 5: what is not understood is left out. */
static bool read_key(const struct reading *r, const vg_json *key)
{
    vg_slice kind = text_of(key, "kty");

    if (key->kind != VG_JSON_OBJECT || vg_json_repeated(key) != NULL)
        return refuse(r, "expected an object without repeated names");
    if (vg_slice_is_str(kind, "oct") || vg_json_get(key, VG_LIT("d")) != NULL)
        return refuse(r, "is a secret: only public keys belong here");
    if (!says(key, "use", "sig"))
        return true;
    if (vg_slice_is_str(kind, "RSA") && says(key, "alg", "RS256"))
        return read_rsa(r, key);
    if (vg_slice_is_str(kind, "EC") && says(key, "alg", "ES256") &&
        vg_slice_is_str(text_of(key, "crv"), "P-256"))
        return read_ec(r, key);
    return true;
}

static bool read_keys(struct reading *r, const vg_json *list, vg_slice place)
{
    bool is_good = true;
    int i = 1;

    for (const vg_json *key = list->first; key != NULL; key = key->next, i++) {
        r->place = vg_arena_printf(r->arena, VG_FMT ": key %d", VG_ARG(place), i);
        is_good = read_key(r, key) && is_good;
    }
    return is_good;
}

bool vg_jwks_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints)
{
    struct reading r = {keys, complaints->arena, place, complaints};
    char *padded = vg_arena_take_zero(r.arena, 1, text.len + VG_JSON_PAD);
    vg_status status = {0};
    const vg_json *root, *list;
    bool is_good;

    if (padded == NULL)
        return refuse(&r, "there is no memory to read it");
    memcpy(padded, text.at, text.len);
    root = vg_json_read(r.arena, vg_slice_of(padded, text.len), DEPTH, &status);
    if (root == NULL) {
        vg_complain(complaints, place, VG_FMT, VG_ARG(vg_status_what(&status)));
        return false;
    }
    list = vg_json_get(root, VG_LIT("keys"));
    if (list == NULL || list->kind != VG_JSON_ARRAY)
        return refuse(&r, "expected a JWKS: {\"keys\": [{\"kty\": …}]}");
    is_good = read_keys(&r, list, place);
    ERR_clear_error();
    return is_good;
}
