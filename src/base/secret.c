/* See secret.h. */
#include "base/secret.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

struct vg_secret {
    size_t len;
    char bytes[];
};

vg_secret *vg_secret_new(vg_slice bytes)
{
    vg_secret *secret = malloc(sizeof(*secret) + bytes.len + 1);

    if (secret == NULL)
        return NULL;
    secret->len = bytes.len;
    if (bytes.len > 0)
        memcpy(secret->bytes, bytes.at, bytes.len);
    secret->bytes[bytes.len] = '\0';
    return secret;
}

void vg_secret_free(vg_secret *secret)
{
    if (secret == NULL)
        return;
    vg_secret_wipe(secret, sizeof(*secret) + secret->len);
    free(secret);
}

bool vg_secret_is(const vg_secret *secret, vg_slice guess)
{
    if (secret == NULL || secret->len != guess.len)
        return false;
    return guess.len == 0 || CRYPTO_memcmp(secret->bytes, guess.at, guess.len) == 0;
}

vg_slice vg_secret_reveal(const vg_secret *secret)
{
    return vg_slice_of(secret->bytes, secret->len);
}

bool vg_secret_sha256(vg_slice bytes, uint8_t to[32])
{
    return EVP_Digest(bytes.at, bytes.len, to, NULL, EVP_sha256(), NULL) == 1;
}

void vg_secret_wipe(void *at, size_t n)
{
    if (n > 0)
        explicit_bzero(at, n);
}
