/* Public keys from PEM (RFC 7468): SubjectPublicKeyInfo, RSAPublicKey, and certificates, of which
 * only the key is used: whether it is still valid is for whoever put it there. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "gate/jwt_keys.h"

static EVP_PKEY *key_of_certificate(const unsigned char *der, long len)
{
    X509 *certificate = d2i_X509(NULL, &der, len);
    EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    return key;
}

static EVP_PKEY *read_block(const char *name, const unsigned char *der, long len,
                            const char **reason)
{
    *reason = "is not what its name says";
    if (strcmp(name, PEM_STRING_PUBLIC) == 0)
        return d2i_PUBKEY(NULL, &der, len);
    if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0)
        return d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, len);
    if (strcmp(name, PEM_STRING_X509) == 0)
        return key_of_certificate(der, len);
    *reason = strstr(name, "PRIVATE") != NULL ? "is a private key: only the public one belongs here"
                                              : "is neither a public key nor a certificate";
    return NULL;
}

/* What stands between BEGIN and END; of OpenSSL. */
struct block {
    char *name, *header;
    unsigned char *der;
    long len;
};

static bool take_block(vg_jwt_keys *keys, const struct block *block, vg_slice place,
                       vg_complaints *complaints)
{
    const char *reason;
    EVP_PKEY *key = read_block(block->name, block->der, block->len, &reason);

    if (key != NULL)
        return vg_jwt_keys_add(keys, key, (vg_slice){0}, place, complaints);
    vg_complain(complaints, place, VG_FMT " %s",
                VG_ARG(vg_complain_quote(complaints->arena, vg_slice_str(block->name))), reason);
    return false;
}

static bool next_block(BIO *bio, struct block *to)
{
    *to = (struct block){0};
    return PEM_read_bio(bio, &to->name, &to->header, &to->der, &to->len) == 1;
}

static void free_block(struct block *block)
{
    OPENSSL_free(block->name);
    OPENSSL_free(block->header);
    OPENSSL_clear_free(block->der, (size_t)block->len);
}

bool vg_pem_read(vg_jwt_keys *keys, vg_slice text, vg_slice place, vg_complaints *complaints)
{
    BIO *bio = BIO_new_mem_buf(text.at, (int)text.len);
    struct block block;
    bool is_good = true;

    for (int i = 1; bio != NULL && next_block(bio, &block); i++) {
        vg_slice at = vg_arena_printf(complaints->arena, VG_FMT ": block %d", VG_ARG(place), i);

        is_good = take_block(keys, &block, at, complaints) && is_good;
        free_block(&block);
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        vg_complain(complaints, place, "is PEM that is damaged");
        is_good = false;
    }
    ERR_clear_error();
    BIO_free(bio);
    return is_good;
}
