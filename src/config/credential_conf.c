/* The options that say who is let in, and what they come to together. */
#include <stddef.h>

#include "base/secret.h"
#include "config/address.h"
#include "config/entries.h"
#include "config/read_keys.h"

#define AT(field) offsetof(vg_conf, credentials.field)

#define SECOND ((uint64_t)1000)

/* Places as vg_tenants. */
static const char *const tenants[] = {"auto", "one", "many", NULL};

/* clang-format off */
const vg_option vg_credential_options[] = {
    {"credentials.api_key", VG_OPT_SECRET, AT(api_key), .live = true,
     .doc = "a key that may do everything, as the tenant `default`; 16 bytes at least"},
    {"credentials.read_only_key", VG_OPT_SECRET, AT(read_only_key), .live = true,
     .doc = "a key that may read everything of the tenant `default`; 16 bytes at least"},
    {"credentials.keys", VG_OPT_KEYS, AT(keys), .live = true,
     .doc = "keys and client certificates, each with its rights; as a variable the same list in JSON"},
    {"credentials.file", VG_OPT_TEXT, AT(file), .live = true,
     .doc = "a YAML file with more of that list, read again on SIGHUP"},
    {"jwt.secret", VG_OPT_SECRET, AT(jwt_secret), .live = true,
     .doc = "what tokens are signed with by HS256; 32 bytes at least, and no key of `credentials`"},
    {"jwt.keys", VG_OPT_TEXT, AT(jwt_keys), .live = true,
     .doc = "a file of public keys that sign tokens by RS256 and ES256: PEM or a JWKS, read again on SIGHUP"},
    {"jwt.leeway", VG_OPT_DURATION, AT(jwt_leeway_ms), .def = "30s", .max = 3600 * SECOND, .live = true,
     .doc = "how far clocks may differ when a token begins and ends"},
    {"jwt.audience", VG_OPT_TEXT, AT(jwt_audience), .live = true,
     .doc = "what a token's `aud` must name; empty: it is not looked at"},
    {"jwt.issuer", VG_OPT_TEXT, AT(jwt_issuer), .live = true,
     .doc = "what a token's `iss` must be; empty: it is not looked at"},
    {"jwt.tenants", VG_OPT_BOOL, AT(jwt_tenants), .def = "false", .live = true,
     .doc = "whether a token's claim `tenant` may name another tenant than `default`; a token that does is refused otherwise"},
    {"tenants", VG_OPT_WORD, AT(tenants), .def = "auto", .words = tenants, .live = true,
     .doc = "whether there are tenants beside `default`, which alone keeps ids and names raw; `auto`: `many` when a credential names another one or may choose one"},
    {0},
};
/* clang-format on */

static bool has_one_tenant(const vg_credential_conf *conf)
{
    if (conf->tenants != VG_TENANTS_AUTO)
        return conf->tenants == VG_TENANTS_ONE;
    if (conf->jwt_tenants && (conf->jwt_secret.len > 0 || conf->jwt_keys.len > 0))
        return false;
    for (uint32_t i = 0; i < conf->all.count; i++)
        if (conf->all.at[i].may_choose_tenant ||
            !vg_slice_is_str(conf->all.at[i].tenant, "default"))
            return false;
    return true;
}

/* ---- gathering ---- */

/* The text becomes its SHA-256, so that two configurations can still be compared. */
static bool seal(vg_slice *text, const vg_config *config, const char *name, vg_key_row *row,
                 vg_complaints *complaints)
{
    vg_slice place = vg_entries_place(&config->entries, name);
    vg_slice hex = {0};

    if (text->len == 0 || !vg_key_hash(*text, place, name, row->sha256, complaints))
        return false;
    for (int i = 0; i < VG_KEY_DIGEST; i++)
        hex = vg_arena_printf(complaints->arena, VG_FMT "%02x", VG_ARG(hex), row->sha256[i]);
    *text = hex;
    row->from = place;
    return true;
}

/* What the file said, which nobody reads any more; another source's texts are not ours. */
static void wipe_text(const vg_config *config, const char *name)
{
    const vg_entry *entry = vg_entries_find(&config->entries, vg_slice_str(name));

    if (entry->rank == VG_FROM_FILE)
        vg_secret_wipe((char *)(uintptr_t)entry->text.at, entry->text.len);
}

static void add_rows(vg_key_list *to, const vg_key_list *from)
{
    if (from->count > 0)
        memcpy((vg_key_row *)(uintptr_t)to->at + to->count, from->at,
               from->count * sizeof *from->at);
    to->count += from->count;
}

static void add_single(vg_config *config, const char *name, vg_slice *text, vg_key_rights rights,
                       vg_complaints *complaints)
{
    vg_key_row row = {.name = vg_slice_str(strrchr(name, '.') + 1),
                      .rights = rights,
                      .tenant = VG_LIT("default")};

    if (seal(text, config, name, &row, complaints))
        add_rows(&config->conf.credentials.all, &(vg_key_list){.at = &row, .count = 1});
    wipe_text(config, name);
}

static void check_repeated(const vg_key_row *row, const vg_key_row *before,
                           vg_complaints *complaints)
{
    bool is_certificate = row->certificate.len > 0;

    if (!vg_slice_is(row->certificate, before->certificate) ||
        (!is_certificate && memcmp(row->sha256, before->sha256, VG_KEY_DIGEST) != 0))
        return;
    vg_complain(complaints, row->from, VG_FMT " has the same %s as " VG_FMT " in " VG_FMT,
                VG_ARG(row->name), is_certificate ? "certificate" : "key", VG_ARG(before->name),
                VG_ARG(before->from));
}

void vg_credential_conf_gather(vg_config *config, const char *const *variables,
                               vg_complaints *complaints)
{
    vg_credential_conf *conf = &config->conf.credentials;
    vg_key_list of_file = {0};

    if (conf->file.len > 0)
        of_file = vg_keys_read_file(conf->file.at, variables, complaints);
    conf->all.at =
        VG_TAKE_N(complaints->arena, vg_key_row, 2 + (size_t)conf->keys.count + of_file.count);
    if (conf->all.at == NULL)
        return;
    add_single(config, "credentials.api_key", &conf->api_key, VG_KEY_MANAGE, complaints);
    add_single(config, "credentials.read_only_key", &conf->read_only_key, VG_KEY_READ, complaints);
    wipe_text(config, "jwt.secret");
    add_rows(&conf->all, &conf->keys);
    add_rows(&conf->all, &of_file);
    for (uint32_t i = 1; i < conf->all.count; i++)
        for (uint32_t k = 0; k < i; k++)
            check_repeated(&conf->all.at[i], &conf->all.at[k], complaints);
    vg_keys_seal(&conf->all);
    conf->has_one_tenant = has_one_tenant(conf);
}

/* ---- what they say about each other ---- */

static void check_exposure(const vg_config *config, vg_complaints *complaints)
{
    vg_address listen;

    if (!vg_credential_conf_is_empty(&config->conf.credentials) ||
        config->conf.auth == VG_AUTH_NONE || !vg_address_read(config->conf.listen, &listen) ||
        vg_address_is_loopback(listen.host) || !vg_address_is_ip(listen.host))
        return;
    vg_complain(complaints, vg_entries_place(&config->entries, "listen"),
                "listen: " VG_FMT " can be reached from other machines and no credential is "
                "configured: give credentials.api_key, listen on 127.0.0.1, or write `auth: none` "
                "to let everybody in",
                VG_ARG(config->conf.listen));
}

static void check_auth(const vg_config *config, vg_complaints *complaints)
{
    if (config->conf.auth == VG_AUTH_NONE &&
        !vg_credential_conf_is_empty(&config->conf.credentials))
        vg_complain(complaints, vg_entries_place(&config->entries, "auth"),
                    "auth: none lets everybody in, yet credentials are configured: leave out one "
                    "of the two");
}

/* `tenants: one` is a promise that raw ids and names rest on. */
static void check_tenants(const vg_config *config, vg_complaints *complaints)
{
    const vg_credential_conf *conf = &config->conf.credentials;

    if (conf->tenants != VG_TENANTS_ONE)
        return;
    if (conf->jwt_tenants)
        vg_complain(complaints, vg_entries_place(&config->entries, "jwt.tenants"),
                    "jwt.tenants: no token can name another tenant with `tenants: one`");
    for (uint32_t i = 0; i < conf->all.count; i++) {
        const vg_key_row *row = &conf->all.at[i];

        if (!vg_slice_is_str(row->tenant, "default"))
            vg_complain(complaints, row->from,
                        VG_FMT ": tenant " VG_FMT " cannot be: `tenants: one` allows the tenant "
                               "default alone",
                        VG_ARG(row->name), VG_ARG(vg_complain_quote(config->arena, row->tenant)));
        if (row->may_choose_tenant)
            vg_complain(complaints, row->from,
                        VG_FMT ": may_choose_tenant: there is nothing to choose with "
                               "`tenants: one`",
                        VG_ARG(row->name));
    }
}

/* A secret that is a key too would let everybody who holds the key make tokens. */
static void check_secret(const vg_config *config, vg_complaints *complaints)
{
    const vg_credential_conf *conf = &config->conf.credentials;
    vg_slice place = vg_entries_place(&config->entries, "jwt.secret");
    uint8_t sha256[VG_KEY_DIGEST];

    if (conf->jwt_secret.len == 0)
        return;
    if (conf->jwt_secret.len < VG_JWT_SECRET_LEAST)
        vg_complain(complaints, place,
                    "jwt.secret: must be at least %d bytes, as long as the hash (RFC 7518, 3.2); "
                    "`openssl rand -hex 32` makes a good one",
                    VG_JWT_SECRET_LEAST);
    if (!vg_secret_sha256(conf->jwt_secret, sha256))
        return;
    for (uint32_t i = 0; i < conf->all.count; i++)
        if (conf->all.at[i].certificate.len == 0 &&
            memcmp(conf->all.at[i].sha256, sha256, VG_KEY_DIGEST) == 0)
            vg_complain(complaints, place,
                        "jwt.secret: is the key of " VG_FMT " in " VG_FMT
                        " too: who has that could make tokens",
                        VG_ARG(conf->all.at[i].name), VG_ARG(conf->all.at[i].from));
}

void vg_credential_conf_check(const vg_config *config, vg_complaints *complaints)
{
    check_exposure(config, complaints);
    check_auth(config, complaints);
    check_tenants(config, complaints);
    check_secret(config, complaints);
}

void vg_credential_conf_wipe(vg_config *config)
{
    vg_slice secret = config->conf.credentials.jwt_secret;

    vg_secret_wipe((char *)(uintptr_t)secret.at, secret.len);
}
