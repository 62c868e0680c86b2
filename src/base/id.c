/* See id.h. SHA-1 is OpenSSL's, fetched once; it names things here and protects nothing. */
#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "base/check.h"

enum { SHA1_BYTES = 20, PLAIN_TEXT = 32, STOCK_BYTES = 1024 };

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

bool vg_hex_read(vg_slice text, void *bytes, size_t n)
{
    uint8_t *to = bytes;

    if (text.len != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(text.at[2 * i]);
        int low = hex_value(text.at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void vg_hex_write(const void *bytes, size_t n, char *to)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;

    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
}

static bool is_hyphen_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

/* 8-4-4-4-12 becomes 32 digits; false when a hyphen is not where it belongs. */
static bool drop_hyphens(vg_slice text, char plain[PLAIN_TEXT])
{
    size_t len = 0;

    for (size_t i = 0; i < VG_UUID_TEXT; i++) {
        if (!is_hyphen_place(i))
            plain[len++] = text.at[i];
        else if (text.at[i] != '-')
            return false;
    }
    return true;
}

bool vg_uuid_read(vg_slice text, uint8_t uuid[VG_UUID_BYTES])
{
    vg_slice urn = VG_LIT("urn:uuid:");
    char plain[PLAIN_TEXT];
    uint8_t bytes[VG_UUID_BYTES];

    if (text.len == VG_UUID_TEXT + urn.len && vg_slice_starts(text, urn))
        text = vg_slice_skip(text, urn.len);
    else if (text.len == VG_UUID_TEXT + 2 && text.at[0] == '{' && text.at[text.len - 1] == '}')
        text = vg_slice_of(text.at + 1, VG_UUID_TEXT);
    if (text.len == VG_UUID_TEXT) {
        if (!drop_hyphens(text, plain))
            return false;
        text = vg_slice_of(plain, PLAIN_TEXT);
    }
    if (!vg_hex_read(text, bytes, VG_UUID_BYTES))
        return false;
    memcpy(uuid, bytes, VG_UUID_BYTES);
    return true;
}

void vg_uuid_write(const uint8_t uuid[VG_UUID_BYTES], char to[VG_UUID_TEXT])
{
    char plain[PLAIN_TEXT];
    size_t from = 0;

    vg_hex_write(uuid, VG_UUID_BYTES, plain);
    for (size_t i = 0; i < VG_UUID_TEXT; i++)
        to[i] = is_hyphen_place(i) ? '-' : plain[from++];
}

static void set_version(uint8_t uuid[VG_UUID_BYTES], int version)
{
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | version << 4);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

static EVP_MD *sha1;

static void fetch_sha1(void)
{
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
}

bool vg_uuid_of_name(const uint8_t space[VG_UUID_BYTES], vg_slice name, uint8_t uuid[VG_UUID_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint8_t digest[SHA1_BYTES];
    EVP_MD_CTX *ctx;
    bool ok;

    pthread_once(&once, fetch_sha1);
    ctx = sha1 != NULL ? EVP_MD_CTX_new() : NULL;
    ok = ctx != NULL && EVP_DigestInit_ex2(ctx, sha1, NULL) == 1 &&
         EVP_DigestUpdate(ctx, space, VG_UUID_BYTES) == 1 &&
         EVP_DigestUpdate(ctx, name.at, name.len) == 1 &&
         EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return false;
    memcpy(uuid, digest, VG_UUID_BYTES);
    set_version(uuid, 5);
    return true;
}

void vg_uuid_random(uint8_t uuid[VG_UUID_BYTES])
{
    vg_random_bytes(uuid, VG_UUID_BYTES);
    set_version(uuid, 4);
}

static void draw(void *to, size_t n)
{
    char *at = to;

    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);

        VG_CHECK(got > 0 || errno == EINTR); /* every kernel that runs this has it */
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        }
    }
}

/* A system call brings bytes for many requests. A thread's own; a process that was forked must not
 * hand out again what its parent has. */
static _Thread_local struct {
    uint8_t bytes[STOCK_BYTES];
    size_t left; /* at the end of them */
} stock;

static void drop_stock(void)
{
    stock.left = 0;
}

static void watch_forks(void)
{
    VG_CHECK(pthread_atfork(NULL, NULL, drop_stock) == 0);
}

void vg_random_bytes(void *to, size_t n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint8_t *from;

    if (n > STOCK_BYTES / 8) {
        draw(to, n);
        return;
    }
    if (stock.left < n) {
        pthread_once(&once, watch_forks);
        draw(stock.bytes, STOCK_BYTES);
        stock.left = STOCK_BYTES;
    }
    from = stock.bytes + STOCK_BYTES - stock.left;
    memcpy(to, from, n);
    memset(from, 0, n);
    stock.left -= n;
}
