/* See common.h. Nothing here may start a thread: a fork follows. */
#include "cli/common.h"

#include <unistd.h>

#include "cli/flags.h"
#include "cli/secure.h"
#include "net/bind.h"

enum { ARENA_BYTES = 1 << 20 };

static bool no_memory(vg_status *status)
{
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory to start with"), (vg_slice){0});
    return false;
}

/* Places of labels are given out here, before two could do so at once. */
static void name_backends(vg_common *common, const vg_config *config)
{
    vg_metrics_backend(common->metrics, vg_slice_str(vg_config_adapter(config)->name));
    vg_metrics_backend(common->metrics, vg_slice_str(vg_config_metadata(config)->name));
}

static bool make_memory_of_several(vg_common *common)
{
    common->generations = vg_generations_new();
    common->holds = vg_holds_new();
    common->crew = vg_crew_new(common->workers);
    common->fair = vg_fair_new(common->workers);
    common->handout = vg_handout_new();
    return common->generations != NULL && common->holds != NULL && common->crew != NULL &&
           common->fair != NULL && common->handout != NULL;
}

static bool make_memory(vg_common *common, vg_status *status)
{
    common->arena = vg_arena_new(ARENA_BYTES);
    common->metrics = vg_metrics_new(common->workers);
    common->shared = vg_shared_new(1);
    common->rates = vg_rates_new();
    if (common->arena != NULL && common->metrics != NULL && common->shared != NULL &&
        common->rates != NULL && (common->workers == 1 || make_memory_of_several(common)))
        return true;
    return no_memory(status);
}

/* Locks a local store for the workers, and tells of its trouble once. */
static bool hold_metadata(vg_common *common, const vg_config *config, vg_status *status)
{
    const vg_conf *conf = vg_config_values(config);

    common->metadata_conf = (vg_metadata_conf){conf->metadata, VG_METADATA_PARENT};
    common->metadata =
        (vg_backend){.adapter = vg_config_metadata(config), .conf = &common->metadata_conf};
    return common->metadata.adapter->open == NULL ||
           common->metadata.adapter->open(&common->metadata, conf->data, common->arena, status) ==
               VG_OK;
}

static bool listen_for_all(vg_common *common, const vg_config *config, vg_status *status)
{
    common->socket = vg_bind(vg_config_values(config)->listen, common->arena, status);
    return common->socket >= 0;
}

static bool read_credentials(vg_common *common, const vg_config *config, vg_status *status)
{
    common->credentials = vg_flags_credentials(config);
    if (common->credentials != NULL) {
        vg_flags_tell_expired(common->credentials);
        return true;
    }
    vg_status_set(status, VG_INVALID, VG_LIT("the credentials are wrong, as told above"),
                  (vg_slice){0});
    return false;
}

bool vg_common_make(vg_common *common, const vg_config *config, vg_status *status)
{
    *common = (vg_common){.workers = (uint32_t)vg_config_values(config)->workers, .socket = -1};
    if (!make_memory(common, status) || !read_credentials(common, config, status))
        return false;
    name_backends(common, config);
    return common->workers == 1 ||
           (hold_metadata(common, config, status) && listen_for_all(common, config, status));
}

bool vg_common_read_certificates(vg_common *common, const vg_config *config, vg_status *status)
{
    vg_buf warnings;

    if (!vg_secure_is_on(config))
        return true;
    vg_buf_init(&warnings, 0);
    common->tls = vg_secure_read(config, common->arena, &warnings, status);
    vg_secure_warn(&warnings);
    vg_buf_fini(&warnings);
    return common->tls != NULL;
}

void vg_common_stop_listening(vg_common *common)
{
    if (common->socket >= 0)
        close(common->socket);
    common->socket = -1;
}

void vg_common_free(vg_common *common)
{
    vg_common_stop_listening(common);
    if (common->metadata.store != NULL)
        common->metadata.adapter->close(&common->metadata);
    vg_credentials_let_go(common->credentials);
    vg_tls_set_drop(common->tls);
    vg_handout_free(common->handout);
    vg_fair_free(common->fair);
    vg_crew_free(common->crew);
    vg_holds_free(common->holds);
    vg_generations_free(common->generations);
    vg_rates_free(common->rates);
    vg_shared_free(common->shared);
    vg_metrics_free(common->metrics);
    vg_arena_free(common->arena);
}

void vg_common_bury(vg_common *common, uint32_t worker)
{
    vg_shared_bury(common->shared, worker);
    vg_metrics_bury(common->metrics, worker);
    vg_metrics_set_process(common->metrics, worker, 0);
    vg_crew_bury(common->crew, worker);
    vg_fair_leave(common->fair, worker);
    vg_generations_bury(common->generations);
    vg_holds_bury(common->holds, worker);
}
