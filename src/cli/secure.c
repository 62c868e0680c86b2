/* See secure.h. */
#include "cli/secure.h"

#include "base/log.h"
#include "config/address.h"
#include "observe/process.h"

enum { READ_BYTES = 1 << 20 };

bool vg_secure_is_on(const vg_config *config)
{
    return vg_config_values(config)->tls_certificate.len > 0;
}

vg_tls_set *vg_secure_read(const vg_config *config, vg_arena *arena, vg_buf *warnings,
                           vg_status *status)
{
    const vg_conf *conf = vg_config_values(config);
    vg_tls_conf tls = {.certificate = conf->tls_certificate,
                       .key = conf->tls_key,
                       .passphrase = conf->tls_passphrase,
                       .ocsp = conf->tls_ocsp,
                       .client_ca = conf->tls_client_ca,
                       .client_crl = conf->tls_client_crl,
                       .client_auth = (vg_tls_auth)conf->tls_client_auth,
                       .min_version = (vg_tls_version)conf->tls_min_version,
                       .tickets = conf->tls_tickets};
    vg_tls_set *set = vg_tls_set_read(&tls, arena, warnings, status);

    if (set == NULL)
        status->where =
            vg_arena_printf(arena, VG_FMT ": " VG_FMT,
                            VG_ARG(vg_config_place(config, status->where)), VG_ARG(status->where));
    return set;
}

void vg_secure_warn(const vg_buf *warnings)
{
    vg_slice lines = vg_buf_bytes(warnings);

    while (lines.len > 0) {
        size_t end = vg_slice_find(lines, '\n');

        vg_log(VG_WARN, "TLS works, but should not stay as it is",
               VG_S("option", vg_slice_of(lines.at, end)));
        lines = vg_slice_skip(lines, end + 1);
    }
}

/* A listener that speaks HTTP to everybody cannot begin with TLS in between, or the other way. */
static bool can_change(const vg_config *next, bool is_on, vg_status *status)
{
    if (vg_secure_is_on(next) == is_on)
        return true;
    vg_status_set(status, VG_INVALID, VG_LIT("TLS begins and ends with a restart"),
                  VG_LIT("tls.certificate"));
    return false;
}

/* The certificates, also when their names are the same as before. */
bool vg_secure_read_again(const vg_config *config, bool is_on, vg_tls_set **set)
{
    vg_arena *arena = vg_arena_new(READ_BYTES);
    vg_status status = {0};
    bool is_good = arena != NULL && can_change(config, is_on, &status);
    vg_buf warnings;

    vg_buf_init(&warnings, 0);
    if (is_good && is_on) {
        *set = vg_secure_read(config, arena, &warnings, &status);
        is_good = *set != NULL;
    }
    vg_secure_warn(&warnings);
    if (!is_good)
        vg_log(VG_ERROR, "TLS cannot be as it is configured", VG_S("option", status.where),
               VG_S("reason", vg_status_what(&status)));
    vg_buf_fini(&warnings);
    vg_arena_free(arena);
    return is_good;
}

void vg_secure_warn_of_exposure(const vg_conf *conf)
{
    vg_address listen;

    if (conf->tls_certificate.len > 0 || !vg_address_read(conf->listen, &listen) ||
        vg_address_is_loopback(listen.host))
        return;
    vg_log(VG_WARN, "requests travel in the clear: other machines reach this address without TLS",
           VG_S("listen", conf->listen));
}

void vg_secure_note(const vg_tls_set *set)
{
    vg_process_set_expiry(vg_tls_set_expiry(set));
}
