/* read_again() on a pool's thread, apply() on the loop. */
#include "cli/reload.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"

struct vg_reload {
    vg_reload_parts parts;
    vg_work work;
    vg_task task;
    vg_config *next;
    vg_credentials *credentials; /* of `next`; NULL when that is */
    bool is_busy;
    bool is_wanted_again;
};

/* What the parent read, or the file. */
static void read_config(struct vg_reload *reload)
{
    const vg_reload_parts *parts = &reload->parts;
    vg_buf text;

    vg_buf_init(&text, 2 * (size_t)VG_CONFIG_BYTES);
    if (parts->handout != NULL && vg_handout_take(parts->handout, &text))
        reload->next = vg_flags_config_of(parts->flags, vg_buf_bytes(&text));
    else
        reload->next = vg_flags_config(parts->flags);
    vg_buf_fini(&text);
}

static void read_again(vg_work *work)
{
    vg_reload *reload = vg_container_of(work, vg_reload, work);

    read_config(reload);
    reload->credentials = reload->next != NULL ? vg_flags_credentials(reload->next) : NULL;
    if (reload->credentials != NULL && reload->parts.prepare(reload->parts.arg, reload->next))
        return;
    vg_credentials_let_go(reload->credentials);
    reload->credentials = NULL;
    vg_config_free(reload->next);
    reload->next = NULL;
}

static void on_read(vg_work *work)
{
    vg_reload *reload = vg_container_of(work, vg_reload, work);

    vg_loop_wake(reload->parts.loop, &reload->task);
}

static void log_lines(vg_log_level level, const char *phrase, vg_slice lines)
{
    while (lines.len > 0) {
        size_t end = vg_slice_find(lines, '\n');

        vg_log(level, phrase, VG_S("option", vg_slice_of(lines.at, end)));
        lines = vg_slice_skip(lines, end + 1);
    }
}

static void tell(const vg_config *config, const vg_config *next, const vg_credentials *credentials)
{
    vg_buf live, restart;

    vg_buf_init(&live, 1 << 20);
    vg_buf_init(&restart, 1 << 20);
    if (!vg_config_differences(config, next, &live, &restart))
        vg_log_phrase(VG_INFO, "the configuration is as it was");
    if (!vg_credentials_are_none(credentials))
        vg_log(VG_INFO, "credentials were read",
               VG_N("credentials", vg_credentials_count(credentials)));
    vg_flags_tell_expired(credentials);
    log_lines(VG_INFO, "an option changed", vg_buf_bytes(&live));
    log_lines(VG_WARN, "an option needs a restart to change", vg_buf_bytes(&restart));
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
}

static void take(vg_config *config, const vg_config *next)
{
    vg_config_take_live(config, next);
    vg_log_set_level((vg_log_level)vg_config_values(config)->log_level);
}

/* What has no credentials any more is open to everybody, and the address it listens on stays. */
static bool has_lost_all(bool is_keyless, const vg_credentials *credentials)
{
    if (is_keyless || !vg_credentials_are_none(credentials))
        return false;
    vg_log_phrase(VG_ERROR, "to have no credentials at all needs a restart: all stays as it was");
    return true;
}

bool vg_reload_take_over(vg_config *config, bool is_keyless, const vg_config *next,
                         const vg_credentials *credentials)
{
    if (credentials == NULL) {
        vg_log_phrase(VG_ERROR, "the configuration is wrong, as told above: the old one stays");
        return false;
    }
    if (has_lost_all(is_keyless, credentials))
        return false;
    tell(config, next, credentials);
    take(config, next);
    return true;
}

/* A worker says nothing of what its parent has told. But it reads files of keys by itself, and may
 * have been told by somebody else. */
static bool may_take(const vg_reload_parts *parts, const vg_config *next,
                     const vg_credentials *credentials)
{
    bool is_keyless = vg_gate_is_keyless(parts->gate);

    if (parts->handout == NULL || credentials == NULL)
        return vg_reload_take_over(parts->config, is_keyless, next, credentials);
    if (has_lost_all(is_keyless, credentials))
        return false;
    take(parts->config, next);
    return true;
}

static void take_over(const vg_reload_parts *parts, const vg_config *next,
                      const vg_credentials *credentials)
{
    if (!may_take(parts, next, credentials))
        return;
    vg_gate_set(parts->gate, credentials);
    parts->applied(parts->arg);
}

static void apply(vg_task *task)
{
    vg_reload *reload = vg_container_of(task, vg_reload, task);

    take_over(&reload->parts, reload->next, reload->credentials);
    vg_credentials_let_go(reload->credentials);
    vg_config_free(reload->next);
    reload->credentials = NULL;
    reload->next = NULL;
    reload->is_busy = false;
    if (reload->is_wanted_again)
        vg_reload_begin(reload);
    else
        reload->parts.ended(reload->parts.arg);
}

vg_reload *vg_reload_new(const vg_reload_parts *parts)
{
    vg_reload *reload = calloc(1, sizeof *reload);

    if (reload == NULL)
        return NULL;
    reload->parts = *parts;
    reload->work = (vg_work){.run = read_again, .finished = on_read};
    reload->task.run = apply;
    return reload;
}

void vg_reload_begin(vg_reload *reload)
{
    reload->is_wanted_again = reload->is_busy;
    if (reload->is_busy)
        return;
    reload->is_busy = vg_pools_post(reload->parts.pools, VG_POOL_MISC, &reload->work);
    if (reload->is_busy)
        return;
    vg_log_phrase(VG_ERROR, "too busy to read the configuration again: ask later");
    reload->parts.ended(reload->parts.arg);
}

bool vg_reload_is_busy(const vg_reload *reload)
{
    return reload->is_busy;
}

void vg_reload_free(vg_reload *reload)
{
    free(reload);
}
