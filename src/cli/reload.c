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
    bool is_busy;
    bool is_wanted_again;
};

static void read_again(vg_work *work)
{
    vg_reload *reload = vg_container_of(work, vg_reload, work);

    reload->next = vg_flags_config(reload->parts.flags);
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

static void take_over(const vg_reload_parts *parts, const vg_config *next)
{
    vg_config *config = parts->config;
    vg_buf live, restart;

    vg_buf_init(&live, 1 << 20);
    vg_buf_init(&restart, 1 << 20);
    if (!vg_config_differences(config, next, &live, &restart))
        vg_log_phrase(VG_INFO, "the configuration is as it was");
    vg_config_take_live(config, next);
    log_lines(VG_INFO, "an option changed", vg_buf_bytes(&live));
    log_lines(VG_WARN, "an option needs a restart to change", vg_buf_bytes(&restart));
    vg_log_set_level((vg_log_level)vg_config_values(config)->log_level);
    parts->applied(parts->arg);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
}

static void apply(vg_task *task)
{
    vg_reload *reload = vg_container_of(task, vg_reload, task);

    if (reload->next != NULL)
        take_over(&reload->parts, reload->next);
    else
        vg_log_phrase(VG_ERROR, "the configuration is wrong, as told above: the old one stays");
    vg_config_free(reload->next);
    reload->next = NULL;
    reload->is_busy = false;
    if (reload->is_wanted_again)
        vg_reload_begin(reload);
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
    if (!reload->is_busy)
        vg_log_phrase(VG_ERROR, "too busy to read the configuration again: ask later");
}

bool vg_reload_is_busy(const vg_reload *reload)
{
    return reload->is_busy;
}

void vg_reload_free(vg_reload *reload)
{
    free(reload);
}
