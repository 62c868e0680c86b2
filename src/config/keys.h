/* Who is let in, as the configuration says it: options `credentials.*`, `tenants` and `jwt.*`. Keys
 * stand here as their SHA-256 alone: the texts were wiped when they were read. The gate makes
 * credentials of it (gate/credential.h). */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "vecgate/slice.h"

enum {
    VG_KEY_DIGEST = 32,
    VG_KEY_BYTES_LEAST = 16, /* a shorter key can be guessed: refused */
    VG_KEY_BYTES_MOST = 4096,
    VG_JWT_SECRET_LEAST = 32, /* RFC 7518, 3.2: as long as the hash */
};

typedef enum vg_key_rights { VG_KEY_READ, VG_KEY_WRITE, VG_KEY_MANAGE } vg_key_rights;

/* One key, or one client certificate. An entry of the file that has several keys is as many rows.
 */
typedef struct vg_key_row {
    vg_slice name;        /* of the entry: several rows may have it */
    vg_slice certificate; /* the certificate's name; empty: a key */
    uint8_t sha256[VG_KEY_DIGEST];
    vg_key_rights rights;
    const vg_slice *collections; /* only these */
    uint32_t collection_count;   /* 0: all */
    vg_slice tenant;             /* "default" when none was given */
    bool may_choose_tenant;
    uint64_t expires_ms; /* 0: never */
    vg_slice from;       /* "vecgate.yaml:12" */
} vg_key_row;

typedef struct vg_key_list {
    const vg_key_row *at;
    uint32_t count;
    uint8_t digest[VG_KEY_DIGEST]; /* of all that the rows say: the same means the same list */
} vg_key_list;

typedef enum vg_tenants { VG_TENANTS_AUTO, VG_TENANTS_ONE, VG_TENANTS_MANY } vg_tenants;

typedef struct vg_credential_conf {
    vg_slice api_key, read_only_key; /* 64 hex digits of their SHA-256; empty: none */
    vg_key_list keys;                /* `credentials.keys` */
    vg_slice file;                   /* `credentials.file` */
    vg_key_list all; /* all of these and of the file: what the gate is made of. While serving, the
                      * configuration in effect keeps no rows: what was made of them lives there */
    int tenants;     /* vg_tenants, as it was given */
    bool has_one_tenant;               /* what that comes to */
    vg_slice jwt_secret;               /* empty: no HS256 */
    vg_slice jwt_keys;                 /* a file; empty: neither RS256 nor ES256 */
    vg_slice jwt_audience, jwt_issuer; /* empty: not looked at */
    uint64_t jwt_leeway_ms;
    bool jwt_tenants; /* may the claim `tenant` name one? */
} vg_credential_conf;

/* Is nobody asked for anything? */
static inline bool vg_credential_conf_is_empty(const vg_credential_conf *conf)
{
    return conf->all.count == 0 && conf->jwt_secret.len == 0 && conf->jwt_keys.len == 0;
}

#endif
