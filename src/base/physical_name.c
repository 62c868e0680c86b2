/* See physical_name.h. That the three forms cannot be mistaken for each other is their second word;
 * that two of the first form differ is that `~` and `.` stand for themselves in neither part. */
#include "base/physical_name.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/id.h"

#define PREFIX "vg~"
#define OWN    PREFIX "own."
#define LONG   PREFIX "long."
#define SHARED PREFIX "shared."

enum { HEX_BYTES = 2 * VG_SHA256_BYTES, COUNT_BYTES = 8 };

_Static_assert(sizeof SHARED - 1 + HEX_BYTES <= VG_PHYSICAL_LEAST, "the longest hashed form");

bool vg_physical_is_derived(vg_slice name)
{
    return vg_slice_starts(name, VG_LIT(PREFIX));
}

bool vg_physical_is_shared(vg_slice name)
{
    return vg_slice_starts(name, VG_LIT(SHARED));
}

/* ---- hashes ---- */

static EVP_MD *sha256; /* fetched once: to look it up costs more than to use it */

static void fetch_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void put_count(uint64_t count, uint8_t to[COUNT_BYTES])
{
    for (int i = COUNT_BYTES - 1; i >= 0; i--, count >>= 8)
        to[i] = (uint8_t)count;
}

static bool add_text(EVP_MD_CTX *ctx, vg_slice text)
{
    uint8_t count[COUNT_BYTES];

    put_count(text.len, count);
    return EVP_DigestUpdate(ctx, count, sizeof count) == 1 &&
           (text.len == 0 || EVP_DigestUpdate(ctx, text.at, text.len) == 1);
}

bool vg_digest_texts(const vg_slice *texts, uint32_t count, uint8_t digest[VG_SHA256_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    EVP_MD_CTX *ctx;
    bool good;

    pthread_once(&once, fetch_sha256);
    ctx = sha256 != NULL ? EVP_MD_CTX_new() : NULL;
    good = ctx != NULL && EVP_DigestInit_ex2(ctx, sha256, NULL) == 1;
    for (uint32_t i = 0; good && i < count; i++)
        good = add_text(ctx, texts[i]);
    good = good && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static vg_slice name_of_hash(vg_arena *arena, const char *prefix, const vg_slice *texts,
                             uint32_t count)
{
    uint8_t digest[VG_SHA256_BYTES];
    char hex[HEX_BYTES];

    if (!vg_digest_texts(texts, count, digest))
        return (vg_slice){0};
    vg_hex_write(digest, sizeof digest, hex);
    return vg_arena_printf(arena, "%s%.*s", prefix, HEX_BYTES, hex);
}

vg_slice vg_physical_shared(vg_arena *arena, vg_slice common)
{
    return name_of_hash(arena, SHARED, &common, 1);
}

/* ---- escapes ---- */

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static size_t escaped_len(vg_slice text)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        len += is_plain((unsigned char)text.at[i]) ? 1 : 3;
    return len;
}

static char *put_escaped(char *to, vg_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_plain((unsigned char)text.at[i])) {
            *to++ = text.at[i];
            continue;
        }
        *to++ = '~';
        vg_hex_write(&text.at[i], 1, to);
        to += 2;
    }
    return to;
}

/* An empty collection: the prefix of the tenant's. */
static vg_slice name_of_parts(vg_arena *arena, vg_slice tenant, vg_slice collection, size_t len)
{
    char *name = vg_arena_take(arena, len), *to;

    if (name == NULL)
        return (vg_slice){0};
    memcpy(name, OWN, sizeof OWN - 1);
    to = put_escaped(name + sizeof OWN - 1, tenant);
    *to++ = '.';
    put_escaped(to, collection);
    return vg_slice_of(name, len);
}

vg_slice vg_physical_own_prefix(vg_arena *arena, vg_slice tenant)
{
    return name_of_parts(arena, tenant, (vg_slice){0}, sizeof OWN - 1 + escaped_len(tenant) + 1);
}

vg_slice vg_physical_own(vg_arena *arena, vg_slice tenant, vg_slice collection, size_t most)
{
    const vg_slice both[] = {tenant, collection};
    size_t len = sizeof OWN - 1 + escaped_len(tenant) + 1 + escaped_len(collection);

    return len <= most ? name_of_parts(arena, tenant, collection, len)
                       : name_of_hash(arena, LONG, both, 2);
}
