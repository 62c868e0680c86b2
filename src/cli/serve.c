/* `vecgate serve`: one process that makes the parts, runs the loop, and ends in order; or several
 * workers that do so (supervisor.h):
 *
 *     SIGTERM ─▶ not ready, no new connections ─▶ all answered, or `drain` has passed
 *             ─▶ connections cut ─▶ nothing under way ─▶ stores flushed ─▶ exit 0              */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/beat.h"
#include "cli/commands.h"
#include "cli/herald.h"
#include "cli/reload.h"
#include "cli/secure.h"
#include "cli/signals.h"
#include "cli/supervisor.h"
#include "net/tls_tickets.h"

enum { LOOK_MS = 10, ARENAS = 2 };

#define MS ((uint64_t)1000000)

/* What was made before any worker. */
struct house {
    const vg_flags *flags;
    vg_config *config;
    vg_common common;
    vg_notify *notify;
    uint64_t began_ns;
};

struct server {
    const struct house *house;
    vg_parts parts;
    vg_signals signals;
    vg_beat *beat;
    vg_reload *reload;
    vg_herald herald;
    vg_tls_set *next_tls; /* read again, and not in effect yet */
    vg_timer ending;      /* looks whether all is answered */
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

/* The path has a NUL behind it. */
static bool open_log(const vg_conf *conf)
{
    vg_log_level level = (vg_log_level)conf->log_level;
    vg_log_form form = (vg_log_form)conf->log_form;
    int why;

    if (conf->log_file.len == 0) {
        vg_log_init(STDERR_FILENO, level, form);
        return true;
    }
    why = vg_log_init_file(conf->log_file.at, level, form);
    if (why != 0)
        fprintf(stderr, "vecgate serve: log.file: " VG_FMT " cannot be written: %s\n",
                VG_ARG(conf->log_file), strerrordesc_np(why));
    return why == 0;
}

static void prepare_process(const vg_conf *conf)
{
    mallopt(M_ARENA_MAX, ARENAS);
    signal(SIGPIPE, SIG_IGN);
    vg_signals_hold();
    raise_descriptors();
    vg_arena_set_total_cap(conf->memory_bytes);
    vg_tls_tickets_prepare(vg_clock_wall_ms()); /* workers share it: before they are forked */
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

    if (server->is_cut && parts->listener == NULL && is_quiet(server) &&
        vg_tracing_has_ended(&parts->tracing)) {
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

    vg_herald_ending(&server->herald);
    vg_log(VG_INFO, "ending", VG_N("connections", vg_listener_connections(parts->listener)));
    vg_beat_stop(server->beat);
    vg_jobs_stop(parts->jobs);
    vg_listener_drain(parts->listener);
    server->cut_ns = vg_loop_now_ns(parts->loop) + parts->conf->drain_ms * MS;
    server->ending.on_timer = on_look;
    vg_timer_start(parts->loop, &server->ending, vg_loop_now_ns(parts->loop));
}

static bool on_prepare(void *arg, const vg_config *next)
{
    struct server *server = arg;

    vg_tls_set_drop(server->next_tls); /* of one that was read and refused all the same */
    server->next_tls = NULL;
    return vg_secure_read_again(next, server->parts.tls != NULL, &server->next_tls);
}

static void on_applied(void *arg)
{
    struct server *server = arg;

    if (server->next_tls != NULL) {
        vg_secure_note(server->next_tls);
        vg_tls_change(server->parts.tls, server->next_tls);
        server->next_tls = NULL;
        vg_log_phrase(VG_INFO, "certificates were read again");
    }
    vg_runner_reconsider(server->parts.vector.runner);
    server->parts.tenant.is_sole = server->parts.conf->credentials.has_one_tenant;
}

static void on_reloaded(void *arg)
{
    struct server *server = arg;

    vg_herald_reloaded(&server->herald);
}

static void on_reload(void *arg)
{
    struct server *server = arg;

    vg_herald_reloading(&server->herald);
    vg_reload_begin(server->reload);
}

/* ---- the beginning ---- */

static void tell_ready(const struct server *server)
{
    const vg_conf *conf = server->parts.conf;
    const struct house *house = server->house;
    uint64_t took_ms = (vg_clock_now_ns() - house->began_ns) / MS;
    size_t colon = conf->listen.len;

    while (conf->listen.at[colon - 1] != ':')
        colon--;
    printf("vecgate %s serves %s://" VG_FMT "%d, backend %s, data in " VG_FMT ", after %llu ms",
           VG_VERSION, server->parts.tls != NULL ? "https" : "http", (int)colon, conf->listen.at,
           vg_listener_port(server->parts.listener), server->parts.vector.backend.adapter->name,
           VG_ARG(conf->data), (unsigned long long)took_ms);
    if (house->common.workers > 1)
        printf(", %u workers", (unsigned)house->common.workers);
    printf("\n");
    fflush(stdout);
}

static bool make_helpers(struct server *server, vg_status *status)
{
    bool is_group = server->house->common.workers > 1;
    vg_reload_parts reload = {.flags = server->house->flags,
                              .config = server->house->config,
                              .gate = server->parts.gate,
                              .loop = server->parts.loop,
                              .pools = server->parts.pools,
                              .handout = server->house->common.handout,
                              .prepare = on_prepare,
                              .applied = on_applied,
                              .ended = on_reloaded,
                              .arg = server};

    server->signals = (vg_signals){
        .on_end = on_end, .on_reload = on_reload, .arg = server, .is_patient = is_group};
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
    vg_herald_stop(&server->herald);
    vg_parts_free(&server->parts);
    vg_beat_free(server->beat);
    vg_reload_free(server->reload);
    vg_tls_set_drop(server->next_tls);
}

/* To whoever started the gateway, and to the parent that waits for its first worker. */
static void tell_start(const struct server *server, const vg_worker *worker)
{
    if (worker->told_fd < 0 && server->house->common.workers > 1)
        return; /* it takes another one's place */
    vg_secure_warn_of_exposure(server->parts.conf);
    tell_ready(server);
    if (worker->told_fd >= 0 && write(worker->told_fd, "!", 1) == 1)
        close(worker->told_fd);
}

static int work(void *arg, const vg_worker *worker)
{
    struct house *house = arg;
    struct server server = {
        .house = house,
        .herald = {.notify = house->notify, .fd = worker->pulse_fd, .number = worker->number}};
    vg_status status = {0};
    bool is_started;

    vg_log_start();
    is_started =
        vg_parts_make(&server.parts, house->config, &house->common, worker->number, &status) &&
        make_helpers(&server, &status);
    if (is_started) {
        vg_metrics_set(server.parts.metrics, VG_M_workers, (vg_cell){0}, 1);
        vg_jobs_start(server.parts.jobs);
        tell_start(&server, worker);
        vg_herald_start(&server.herald, server.parts.loop);
        uv_run(&server.parts.uv, UV_RUN_DEFAULT);
    } else {
        vg_flags_tell("serve", &status);
    }
    end(&server);
    vg_log_stop();
    return is_started ? 0 : 1;
}

/* ---- the house ---- */

static int run(struct house *house)
{
    vg_supervisor_parts supervisor = {.flags = house->flags,
                                      .config = house->config,
                                      .common = &house->common,
                                      .notify = house->notify,
                                      .work = work,
                                      .arg = house};

    if (house->common.workers > 1)
        return vg_supervise(&supervisor);
    return work(house, &(vg_worker){.told_fd = -1, .pulse_fd = -1});
}

int vg_serve_run(const vg_flags *flags)
{
    struct house house = {.flags = flags, .began_ns = vg_clock_now_ns()};
    vg_status status = {0};
    int ended = 1;

    house.config = vg_flags_config(flags);
    if (house.config == NULL)
        return 1;
    if (!open_log(vg_config_values(house.config))) {
        vg_config_free(house.config);
        return 1;
    }
    prepare_process(vg_config_values(house.config));
    house.notify = vg_notify_new();
    if (house.notify == NULL) {
        vg_config_free(house.config);
        return 1;
    }
    if (vg_common_make(&house.common, house.config, &status) &&
        vg_common_read_certificates(&house.common, house.config, &status))
        ended = run(&house);
    else
        vg_flags_tell("serve", &status);
    vg_notify_free(house.notify);
    vg_common_free(&house.common);
    vg_config_free(house.config);
    return ended;
}
