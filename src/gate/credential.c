/* Digests stand apart from identities, one behind the other: looking at all of them is one pass
 * over 32 bytes a key. */
#include "gate/credential.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "config/expand.h"

enum { ARENA_BYTES = 32 << 20, WORDS = VG_KEY_DIGEST / sizeof(uint64_t) };

/* Keys, or certificates: row i has the i-th of each. */
struct table {
    vg_identity *who;
    vg_slice *from;
    uint32_t count;
};

struct vg_credentials {
    vg_arena *arena; /* holds this too */
    uint32_t holders;
    bool is_none;
    bool has_one_tenant;
    vg_identity anybody;
    struct table keys;
    vg_digest *digests;
    struct table certificates;
    vg_slice *certificate_names;
    vg_jwt_keys *jwt_keys;
    vg_token_rules rules;
};

/* ---- making ---- */

static vg_access access_of(vg_key_rights rights)
{
    static const vg_access access[] = {[VG_KEY_READ] = VG_ACCESS_READ,
                                       [VG_KEY_WRITE] = VG_ACCESS_WRITE,
                                       [VG_KEY_MANAGE] = VG_ACCESS_MANAGE};

    return access[rights];
}

static void list_collections(vg_arena *arena, const vg_key_row *row, vg_identity *who)
{
    vg_collection_access *at = VG_TAKE_N(arena, vg_collection_access, row->collection_count);

    for (uint32_t i = 0; at != NULL && i < row->collection_count; i++)
        at[i] = (vg_collection_access){.collection = vg_arena_copy(arena, row->collections[i]),
                                       .access = access_of(row->rights)};
    who->collections = at;
    who->collection_count = at != NULL ? row->collection_count : 0;
}

static vg_tenant make_tenant(const vg_credentials *credentials, vg_slice name)
{
    return (vg_tenant){.name = vg_arena_copy(credentials->arena, name),
                       .is_sole = credentials->has_one_tenant};
}

static void add_row(vg_credentials *credentials, struct table *to, const vg_key_row *row)
{
    vg_arena *arena = credentials->arena;
    const char *kind = row->certificate.len > 0 ? "certificate" : "key";
    vg_identity *who = &to->who[to->count];

    *who = (vg_identity){.name = vg_arena_printf(arena, "%s " VG_FMT, kind, VG_ARG(row->name)),
                         .tenant = make_tenant(credentials, row->tenant),
                         .may_choose_tenant = row->may_choose_tenant,
                         .expires_ms = row->expires_ms};
    if (row->collection_count > 0)
        list_collections(arena, row, who);
    else
        who->global = access_of(row->rights);
    to->from[to->count++] = vg_arena_copy(arena, row->from);
}

static bool make_table(vg_arena *arena, struct table *table, uint32_t rows)
{
    table->who = VG_TAKE_N(arena, vg_identity, rows + 1);
    table->from = VG_TAKE_N(arena, vg_slice, rows + 1);
    return table->who != NULL && table->from != NULL;
}

static bool make_rows(vg_credentials *credentials, const vg_key_list *list)
{
    vg_arena *arena = credentials->arena;

    credentials->digests = VG_TAKE_N(arena, vg_digest, list->count + 1);
    credentials->certificate_names = VG_TAKE_N(arena, vg_slice, list->count + 1);
    if (credentials->digests == NULL || credentials->certificate_names == NULL ||
        !make_table(arena, &credentials->keys, list->count) ||
        !make_table(arena, &credentials->certificates, list->count))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const vg_key_row *row = &list->at[i];

        if (row->certificate.len > 0) {
            credentials->certificate_names[credentials->certificates.count] =
                vg_arena_copy(arena, row->certificate);
            add_row(credentials, &credentials->certificates, row);
        } else {
            memcpy(&credentials->digests[credentials->keys.count], row->sha256, VG_KEY_DIGEST);
            add_row(credentials, &credentials->keys, row);
        }
    }
    return !vg_arena_is_spent(arena);
}

static bool read_key_file(vg_credentials *credentials, vg_slice path, vg_complaints *complaints)
{
    vg_slice text, reason = {0};

    if (vg_expand_file(credentials->arena, path, &text, &reason))
        return vg_jwt_keys_read(credentials->jwt_keys, text, path, complaints);
    vg_complain(complaints, VG_LIT("jwt.keys"), VG_FMT, VG_ARG(reason));
    return false;
}

static bool make_jwt(vg_credentials *credentials, const vg_credential_conf *conf,
                     vg_complaints *complaints)
{
    vg_arena *arena = credentials->arena;
    bool is_good = true;

    credentials->rules = (vg_token_rules){.may_name_tenant = conf->jwt_tenants,
                                          .has_one_tenant = conf->has_one_tenant,
                                          .audience = vg_arena_copy(arena, conf->jwt_audience),
                                          .issuer = vg_arena_copy(arena, conf->jwt_issuer),
                                          .leeway_ms = conf->jwt_leeway_ms};
    credentials->jwt_keys = vg_jwt_keys_new(arena);
    if (credentials->jwt_keys == NULL)
        return false;
    if (conf->jwt_secret.len > 0)
        is_good = vg_jwt_keys_add_secret(credentials->jwt_keys, conf->jwt_secret,
                                         VG_LIT("jwt.secret"), complaints);
    if (conf->jwt_keys.len > 0)
        is_good = read_key_file(credentials, conf->jwt_keys, complaints) && is_good;
    return is_good;
}

static bool make_all(vg_credentials *credentials, const vg_credential_conf *conf,
                     vg_complaints *complaints)
{
    credentials->holders = 1;
    credentials->is_none = vg_credential_conf_is_empty(conf);
    credentials->has_one_tenant = conf->has_one_tenant;
    credentials->anybody = (vg_identity){.name = VG_LIT("-"),
                                         .tenant = make_tenant(credentials, VG_LIT("default")),
                                         .global = VG_ACCESS_MANAGE};
    return make_rows(credentials, &conf->all) && make_jwt(credentials, conf, complaints);
}

vg_credentials *vg_credentials_new(const vg_credential_conf *conf, vg_buf *complaints)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_credentials *credentials = arena != NULL ? VG_TAKE(arena, vg_credentials) : NULL;
    vg_complaints told = {arena, complaints, 0};

    if (credentials != NULL)
        credentials->arena = arena;
    if (credentials != NULL && make_all(credentials, conf, &told))
        return credentials;
    if (told.count == 0)
        vg_buf_put(complaints, VG_LIT("there is no memory for the credentials\n"));
    vg_arena_free(arena);
    return NULL;
}

void vg_credentials_hold(const vg_credentials *credentials)
{
    ((vg_credentials *)(uintptr_t)credentials)->holders++;
}

void vg_credentials_let_go(const vg_credentials *credentials)
{
    if (credentials != NULL && --((vg_credentials *)(uintptr_t)credentials)->holders == 0)
        vg_arena_free(credentials->arena);
}

/* ---- using ---- */

bool vg_credentials_are_none(const vg_credentials *credentials)
{
    return credentials->is_none;
}

const vg_identity *vg_credentials_anybody(const vg_credentials *credentials)
{
    return &credentials->anybody;
}

/* All ones when both are the same, else 0; no branch. */
static uint64_t mask_of_same(const vg_digest *a, const vg_digest *b)
{
    uint64_t differs = 0;

    for (size_t i = 0; i < WORDS; i++)
        differs |= a->at[i] ^ b->at[i];
    return ((differs | (0 - differs)) >> 63) - 1;
}

const vg_identity *vg_credentials_of_key(const vg_credentials *credentials, const vg_digest *key)
{
    uint64_t found = 0; /* the place behind it; keys differ, so at most one is the same */

    for (uint32_t i = 0; i < credentials->keys.count; i++)
        found |= mask_of_same(&credentials->digests[i], key) & ((uint64_t)i + 1);
    if (found == 0 || CRYPTO_memcmp(&credentials->digests[found - 1], key, sizeof *key) != 0)
        return NULL;
    return &credentials->keys.who[found - 1];
}

const vg_identity *vg_credentials_of_certificate(const vg_credentials *credentials, vg_slice name)
{
    for (uint32_t i = 0; i < credentials->certificates.count; i++)
        if (vg_slice_is(credentials->certificate_names[i], name))
            return &credentials->certificates.who[i];
    return NULL;
}

const vg_jwt_keys *vg_credentials_jwt_keys(const vg_credentials *credentials)
{
    return credentials->jwt_keys;
}

const vg_token_rules *vg_credentials_rules(const vg_credentials *credentials)
{
    return &credentials->rules;
}

uint32_t vg_credentials_count(const vg_credentials *credentials)
{
    return credentials->keys.count + credentials->certificates.count +
           vg_jwt_keys_count(credentials->jwt_keys);
}

static void tell_expired(const struct table *table, uint64_t now_ms,
                         void (*tell)(const vg_identity *who, vg_slice from))
{
    for (uint32_t i = 0; i < table->count; i++)
        if (table->who[i].expires_ms > 0 && table->who[i].expires_ms <= now_ms)
            tell(&table->who[i], table->from[i]);
}

void vg_credentials_each_expired(const vg_credentials *credentials, uint64_t now_ms,
                                 void (*tell)(const vg_identity *who, vg_slice from))
{
    tell_expired(&credentials->keys, now_ms, tell);
    tell_expired(&credentials->certificates, now_ms, tell);
}
