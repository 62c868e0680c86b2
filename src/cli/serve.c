/* `vecgate serve`: makes the parts, runs the loop, and ends in order:
 *
 *     SIGTERM ─▶ not ready, no new connections ─▶ all answered, or `drain` has passed
 *             ─▶ connections cut ─▶ nothing under way ─▶ stores flushed ─▶ exit 0              */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/beat.h"
#include "cli/commands.h"
#include "cli/reload.h"
#include "cli/signals.h"

enum { LOOK_MS = 10, ARENAS = 2 };

#define MS ((uint64_t)1000000)

struct server {
    const vg_flags *flags;
    vg_config *config;
    vg_parts parts;
    vg_signals signals;
    vg_beat *beat;
    vg_reload *reload;
    vg_timer ending; /* looks whether all is answered */
    uint64_t cut_ns;
    bool is_cut;
};

/* ---- the process ---- */

/* Every connection is a descriptor; the soft limit of a shell is often 1024. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void prepare_process(const vg_conf *conf)
{
    mallopt(M_ARENA_MAX, ARENAS);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptors();
    vg_log_init(2, (vg_log_level)conf->log_level, (vg_log_form)conf->log_form);
    vg_arena_set_total_cap(conf->memory_bytes);
}

/* ---- the end ---- */

static bool is_quiet(const struct server *server)
{
    return !vg_parts_are_busy(&server->parts) && !vg_beat_is_busy(server->beat) &&
           !vg_reload_is_busy(server->reload);
}

static void on_listener_closed(void *arg)
{
    struct server *server = arg;

    server->parts.listener = NULL;
}

static void cut(struct server *server)
{
    uint32_t left = vg_listener_connections(server->parts.listener);

    if (left > 0)
        vg_log(VG_WARN, "connections are cut", VG_N("connections", left));
    server->is_cut = true;
    vg_listener_close(server->parts.listener, on_listener_closed, server);
}

/* Cuts when everybody has an answer or the time is over; then waits for what runs on without a
 * client: each operation has a deadline. */
static void on_look(vg_timer *timer)
{
    struct server *server = vg_container_of(timer, struct server, ending);
    vg_parts *parts = &server->parts;
    uint64_t now_ns = vg_loop_now_ns(parts->loop);

    if (server->is_cut && parts->listener == NULL && is_quiet(server)) {
        uv_stop(&parts->uv);
        return;
    }
    if (!server->is_cut && (now_ns >= server->cut_ns ||
                            (vg_listener_connections(parts->listener) == 0 && is_quiet(server))))
        cut(server);
    vg_timer_start(parts->loop, timer, now_ns + LOOK_MS * MS);
}

static void on_end(void *arg)
{
    struct server *server = arg;
    vg_parts *parts = &server->parts;

    vg_log(VG_INFO, "ending", VG_N("connections", vg_listener_connections(parts->listener)));
    vg_beat_stop(server->beat);
    vg_jobs_stop(parts->jobs);
    vg_listener_drain(parts->listener);
    server->cut_ns = vg_loop_now_ns(parts->loop) + parts->conf->drain_ms * MS;
    server->ending.on_timer = on_look;
    vg_timer_start(parts->loop, &server->ending, vg_loop_now_ns(parts->loop));
}

static void on_applied(void *arg)
{
    struct server *server = arg;

    vg_runner_reconsider(server->parts.vector.runner);
}

static void on_reload(void *arg)
{
    struct server *server = arg;

    vg_reload_begin(server->reload);
}

/* ---- the beginning ---- */

static void tell_ready(const struct server *server, uint64_t began_ns)
{
    const vg_conf *conf = server->parts.conf;
    size_t colon = conf->listen.len;

    while (conf->listen.at[colon - 1] != ':')
        colon--;
    printf("vecgate %s serves http://" VG_FMT "%d, backend %s, data in " VG_FMT ", after %llu ms\n",
           VG_VERSION, (int)colon, conf->listen.at, vg_listener_port(server->parts.listener),
           server->parts.vector.backend.adapter->name, VG_ARG(conf->data),
           (unsigned long long)((vg_clock_now_ns() - began_ns) / MS));
    fflush(stdout);
}

static bool make_helpers(struct server *server, vg_status *status)
{
    vg_reload_parts reload = {.flags = server->flags,
                              .config = server->config,
                              .loop = server->parts.loop,
                              .pools = server->parts.pools,
                              .applied = on_applied,
                              .arg = server};

    server->signals = (vg_signals){.on_end = on_end, .on_reload = on_reload, .arg = server};
    server->reload = vg_reload_new(&reload);
    server->beat = vg_beat_new(&server->parts);
    if (server->reload != NULL && server->beat != NULL &&
        vg_signals_open(&server->signals, &server->parts.uv))
        return true;
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory to start with"), (vg_slice){0});
    return false;
}

static void end(struct server *server)
{
    vg_signals_close(&server->signals);
    vg_parts_free(&server->parts);
    vg_beat_free(server->beat);
    vg_reload_free(server->reload);
    vg_config_free(server->config);
}

int vg_serve_run(const vg_flags *flags)
{
    uint64_t began_ns = vg_clock_now_ns();
    struct server server = {.flags = flags, .config = vg_flags_config(flags)};
    vg_status status = {0};
    bool is_started;

    if (server.config == NULL)
        return 1;
    prepare_process(vg_config_values(server.config));
    vg_log_start();
    is_started =
        vg_parts_make(&server.parts, server.config, &status) && make_helpers(&server, &status);
    if (is_started) {
        vg_jobs_start(server.parts.jobs);
        tell_ready(&server, began_ns);
        uv_run(&server.parts.uv, UV_RUN_DEFAULT);
    } else {
        vg_flags_tell("serve", &status);
    }
    end(&server);
    vg_log_stop();
    return is_started ? 0 : 1;
}
