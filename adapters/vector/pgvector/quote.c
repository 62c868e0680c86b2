/* See quote.h. */
#include "adapters/vector/pgvector/quote.h"

#include <openssl/evp.h>

#include "base/id.h"
#include "base/utf8.h"

enum {
    HASH_BYTES = 16, /* of the 32: nobody finds two names with the same 128 bits */
    DIGITS = 2 * HASH_BYTES,
    SHA256_BYTES = 32,
};

static const char mark = '~';

/* Is it short enough, printable, and free of the mark? */
static bool is_plain(vg_slice name, size_t room)
{
    if (name.len > room || vg_utf8_check(name) != name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] < ' ' || name.at[i] == 0x7f || name.at[i] == mark)
            return false;
    return true;
}

/* How much of a name stays readable: only what needs no thought. */
static size_t readable(vg_slice name, size_t room)
{
    size_t len = 0;

    while (len < name.len && len < room &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
                  name.at[len]) != NULL &&
           name.at[len] != '\0')
        len++;
    return len;
}

/* Each part behind its length, so that no two lists of parts are the same bytes. */
static bool hash(const vg_slice *parts, uint32_t count, uint8_t out[SHA256_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

    for (uint32_t i = 0; good && i < count; i++) {
        uint64_t len = parts[i].len;
        uint8_t bytes[8];

        for (int at = 0; at < 8; at++)
            bytes[at] = (uint8_t)(len >> (8 * at));
        good = EVP_DigestUpdate(context, bytes, sizeof bytes) &&
               EVP_DigestUpdate(context, parts[i].at, parts[i].len);
    }
    good = good && EVP_DigestFinal_ex(context, out, NULL);
    EVP_MD_CTX_free(context);
    return good;
}

vg_slice vg_pg_name(vg_arena *arena, const char *prefix, const vg_slice *parts, uint32_t count)
{
    size_t room = VG_PG_NAME_BYTES - strlen(prefix);
    uint8_t bytes[SHA256_BYTES];
    char digits[DIGITS];

    if (count == 1 && is_plain(parts[0], room))
        return vg_arena_printf(arena, "%s" VG_FMT, prefix, VG_ARG(parts[0]));
    if (!hash(parts, count, bytes))
        return (vg_slice){0};
    vg_hex_write(bytes, HASH_BYTES, digits);
    return vg_arena_printf(arena, "%s%.*s%c%.*s", prefix,
                           (int)readable(parts[0], room - 1 - DIGITS), parts[0].at, mark, DIGITS,
                           digits);
}

vg_slice vg_pg_schema_name(vg_arena *arena, vg_slice tenant)
{
    return vg_pg_name(arena, "vg_", &tenant, 1);
}

vg_slice vg_pg_table_name(vg_arena *arena, vg_slice collection)
{
    return vg_pg_name(arena, "c_", &collection, 1);
}

vg_slice vg_pg_column_name(vg_arena *arena, vg_slice vector)
{
    return vg_pg_name(arena, "v_", &vector, 1);
}

vg_slice vg_pg_index_name(vg_arena *arena, vg_slice collection, vg_slice kind, vg_slice key)
{
    const vg_slice parts[] = {collection, kind, key};

    return vg_pg_name(arena, "i_", parts, 3);
}

vg_slice vg_pg_field_index_name(vg_arena *arena, vg_slice collection, vg_slice kind, vg_slice key)
{
    const vg_slice parts[] = {collection, kind, key};

    return vg_pg_name(arena, VG_PG_FIELD_PREFIX, parts, 3);
}

bool vg_pg_is_field_index_name(vg_slice name)
{
    return vg_slice_starts(name, VG_LIT(VG_PG_FIELD_PREFIX)) &&
           vg_slice_find(name, mark) < name.len;
}

vg_slice vg_pg_literal(vg_arena *arena, vg_slice text)
{
    char *to = vg_arena_take(arena, 2 * text.len + 3);
    size_t len = 0;

    if (!to)
        return (vg_slice){0};
    to[len++] = 'E';
    to[len++] = '\'';
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\'' || text.at[i] == '\\')
            to[len++] = text.at[i];
        to[len++] = text.at[i];
    }
    to[len++] = '\'';
    return vg_slice_of(to, len);
}

vg_slice vg_pg_quote(vg_arena *arena, vg_slice name)
{
    char *text = vg_arena_take(arena, 2 * name.len + 2);
    size_t len = 0;

    if (!text)
        return (vg_slice){0};
    text[len++] = '"';
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '"')
            text[len++] = '"';
        text[len++] = name.at[i];
    }
    text[len++] = '"';
    return vg_slice_of(text, len);
}
