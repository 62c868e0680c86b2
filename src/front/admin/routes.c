/* What operators and orchestrators ask: is it alive, is it ready, what does it count. Bodies are
 * Qdrant's own (FACTS 1.1), because Qdrant's clients and probes read them. */
#include "front/front.h"

static void say(vg_front_out *out, vg_slice text)
{
    out->content_type = VG_LIT("text/plain; charset=utf-8");
    vg_buf_put(out->body, text);
}

static void tell_alive(vg_front *front, const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    (void)front;
    (void)in;
    (void)arena;
    say(out, VG_LIT("healthz check passed"));
}

static void tell_ready(vg_front *front, const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    bool is_ready = vg_front_is_ready(front);

    (void)in;
    (void)arena;
    out->status = is_ready ? 200 : 503;
    say(out, is_ready ? VG_LIT("all shards are ready") : VG_LIT("some shards are not ready"));
}

static void put_family(vg_buf *to, const char *name, const char *help)
{
    vg_buf_printf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Qdrant's families first (FACTS 1.1), as far as they mean something here; then vecgate's. */
static void tell_metrics(vg_front *front, const vg_front_in *in, vg_arena *arena, vg_front_out *out)
{
    const vg_front_parts *parts = vg_front_parts_of(front);

    (void)in;
    (void)arena;
    out->content_type = VG_LIT("text/plain; version=0.0.4; charset=utf-8");
    put_family(out->body, "app_info", "information about qdrant server");
    vg_buf_printf(out->body, "app_info{name=\"qdrant\",version=\"" VG_FMT "\"} 1\n",
                  VG_ARG(parts->qdrant_version));
    put_family(out->body, "cluster_enabled", "is cluster support enabled");
    vg_buf_put(out->body, VG_LIT("cluster_enabled 0\n"));
    vg_metrics_write(parts->metrics, out->body);
}

/* clang-format off */
static const vg_front_row rows[] = {
    {{"GET", "/healthz"}, VG_OP_HEALTH, .right = VG_RIGHT_NOTHING, .tell = tell_alive,   .doc = "is the process alive?"},
    {{"GET", "/livez"},   VG_OP_HEALTH, .right = VG_RIGHT_NOTHING, .tell = tell_alive,   .doc = "the same"},
    {{"GET", "/readyz"},  VG_OP_HEALTH, .right = VG_RIGHT_NOTHING, .tell = tell_ready,   .doc = "may requests be sent? 503 while starting and draining"},
    {{"GET", "/metrics"}, VG_OP_HEALTH, .right = VG_RIGHT_GATEWAY_READ, .tell = tell_metrics, .doc = "metrics as Prometheus reads them"},
};
/* clang-format on */

/* These are Qdrant's paths: another method is 404 with nothing (FACTS 1), and who may not is told
 * so in its words. */
static void write_error(vg_arena *arena, const vg_status *status, vg_front_out *out)
{
    if (status->code == VG_FORBIDDEN) {
        vg_front_qdrant.write_error(arena, status, out);
        return;
    }
    out->status = vg_code_describe(status->code)->qdrant_http;
    out->content_type = (vg_slice){0};
    vg_buf_clear(out->body);
    if (status->code != VG_NO_ROUTE && status->code != VG_NO_METHOD)
        say(out, vg_status_what(status));
}

const vg_front_api vg_front_admin = {
    .id = VG_API_ADMIN,
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .write_error = write_error,
};
