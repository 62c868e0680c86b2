/* `vecgate check` and `vecgate config`: what a configuration comes to, before anything starts. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/isolation.h"
#include "cli/secure.h"
#include "transport/pg.h"

enum { SHOWN_BYTES = 4 << 20, ARENA_BYTES = 1 << 20 };

/* What only the transport can tell: whether it can use where the backend is said to be. */
static bool check_endpoint(const vg_config *config, vg_arena *arena, vg_status *status)
{
    const vg_adapter *adapter = vg_config_adapter(config);
    vg_pg_endpoint endpoint = {0};
    vg_pg_parts pg = {.endpoint = &endpoint, .name = vg_slice_str(adapter->name), .arena = arena};

    return adapter->via != VG_VIA_PG ||
           (adapter->pg_endpoint(vg_config_adapter_conf(config), arena, &endpoint, status) &&
            vg_pg_check(&pg, status));
}

/* What only the files can tell; what works but should not stay so is a warning. */
static bool check_tls(const vg_config *config, vg_arena *arena, vg_status *status)
{
    vg_slice lines;
    vg_tls_set *set;
    vg_buf warnings;

    if (!vg_secure_is_on(config))
        return true;
    vg_buf_init(&warnings, 0);
    set = vg_secure_read(config, arena, &warnings, status);
    for (lines = vg_buf_bytes(&warnings); lines.len > 0;) {
        size_t end = vg_slice_find(lines, '\n');

        fprintf(stderr, "vecgate check: warning: " VG_FMT "\n", VG_ARG(vg_slice_of(lines.at, end)));
        lines = vg_slice_skip(lines, end + 1);
    }
    vg_buf_fini(&warnings);
    vg_tls_set_drop(set);
    return set != NULL;
}

static bool is_usable(const vg_config *config)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    bool is_good = arena != NULL && check_endpoint(config, arena, &status) &&
                   check_tls(config, arena, &status);

    if (!is_good)
        vg_flags_tell("check", &status);
    vg_arena_free(arena);
    return is_good;
}

/* Reads the files that they are in, too. */
static bool has_good_credentials(const vg_config *config)
{
    vg_credentials *credentials = vg_flags_credentials(config);

    if (credentials != NULL)
        vg_flags_tell_expired(credentials);
    vg_credentials_let_go(credentials);
    return credentials != NULL;
}

int vg_check_run(const vg_flags *flags)
{
    vg_config *config = vg_flags_config(flags);

    if (config == NULL)
        return 1;
    if (!is_usable(config) || !has_good_credentials(config)) {
        vg_config_free(config);
        return 1;
    }
    printf("the configuration is good: backend %s, metadata in %s, listening on " VG_FMT "\n",
           vg_config_adapter(config)->name, vg_config_metadata(config)->name,
           VG_ARG(vg_config_values(config)->listen));
    vg_config_free(config);
    if (flags->connect && vg_connect_run(flags) != 0)
        return 1;
    return flags->isolation ? vg_isolation_run(flags) : 0;
}

int vg_show_run(const vg_flags *flags)
{
    vg_config *config = vg_flags_config(flags);
    bool is_whole;
    vg_buf shown;

    if (config == NULL)
        return 1;
    vg_buf_init(&shown, SHOWN_BYTES);
    vg_config_show(config, &shown);
    is_whole = !vg_buf_is_spent(&shown) && fwrite(shown.at, 1, shown.len, stdout) == shown.len &&
               fflush(stdout) == 0;
    vg_buf_fini(&shown);
    vg_config_free(config);
    return is_whole ? 0 : 1;
}
