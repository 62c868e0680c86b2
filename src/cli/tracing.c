/* From options to a tracer and what sends for it. */
#include "cli/tracing.h"

#include <unistd.h>

#include "vecgate/arena.h"

#include "base/id.h"
#include "config/address.h"
#include "transport/http.h"
#include "transport/pg_url.h"

enum { OWN_ATTRIBUTES = 4, MOST_REPLY_BYTES = 4 << 20 };

static bool no_memory(vg_status *status)
{
    vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory to start with"),
                  VG_LIT("traces"));
    return false;
}

static const char *text_of(vg_arena *arena, vg_slice text)
{
    return vg_arena_copy(arena, text).at;
}

/* ---- who we are ---- */

static vg_slice instance(vg_arena *arena)
{
    uint8_t uuid[VG_UUID_BYTES];
    char text[VG_UUID_TEXT];

    vg_uuid_random(uuid);
    vg_uuid_write(uuid, text);
    return vg_arena_copy(arena, vg_slice_of(text, sizeof text));
}

static bool is_own(vg_slice name, const vg_attribute *own)
{
    for (int i = 0; i < OWN_ATTRIBUTES; i++)
        if (vg_slice_is_str(name, own[i].key))
            return true;
    return false;
}

/* Each once: ours, then the configured ones that are others. Those of the service may be said in
 * either way. */
static uint32_t make_resource(const vg_tracing_parts *parts, vg_attribute *to)
{
    vg_header pairs[VG_TRACES_PAIRS];
    uint32_t count = 0, all = OWN_ATTRIBUTES;

    to[0] = (vg_attribute){.key = "service.name", .text = parts->conf->service};
    to[1] = (vg_attribute){.key = "service.version", .text = VG_LIT(VG_VERSION)};
    to[2] = (vg_attribute){.key = "service.instance.id", .text = instance(parts->arena)};
    to[3] = (vg_attribute){.key = "process.pid", .number = getpid()};
    vg_traces_pairs(parts->conf->attributes, parts->arena, pairs, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!is_own(pairs[i].name, to))
            to[all++] =
                (vg_attribute){.key = text_of(parts->arena, pairs[i].name), .text = pairs[i].value};
    return all;
}

static bool make_tracer(vg_tracing *tracing, const vg_tracing_parts *parts)
{
    const vg_traces_conf *conf = parts->conf;
    vg_attribute resource[OWN_ATTRIBUTES + VG_TRACES_PAIRS];
    vg_tracer_parts tracer = {.metrics = parts->metrics,
                              .sampler = (vg_sampler)conf->sampler,
                              .is_json = conf->protocol == VG_TRACES_JSON,
                              .resource = resource,
                              .resource_count = make_resource(parts, resource),
                              .version = VG_VERSION,
                              .batch = (uint32_t)conf->batch,
                              .queue = (uint32_t)conf->queue};

    vg_traces_ratio(conf->ratio, &tracer.ratio);
    vg_random_bytes(&tracer.seed, sizeof tracer.seed);
    tracing->tracer = vg_arena_is_spent(parts->arena) ? NULL : vg_tracer_new(&tracer);
    return tracing->tracer != NULL;
}

/* ---- where to ---- */

/* The URL's origin for the transport; its path is the request's target. */
static vg_slice split(const vg_traces_conf *conf, vg_endpoint *endpoint)
{
    vg_url url = {0};

    vg_url_read(conf->endpoint, &url);
    endpoint->base_url = vg_slice_of(conf->endpoint.at, conf->endpoint.len - url.path.len);
    return url.path.len > 0 ? url.path : VG_LIT("/v1/traces");
}

static uint32_t make_headers(const vg_tracing_parts *parts, vg_header *headers)
{
    bool is_json = parts->conf->protocol == VG_TRACES_JSON;
    uint32_t count = 0;

    headers[0] = (vg_header){VG_LIT("content-type"), is_json ? VG_LIT("application/json")
                                                             : VG_LIT("application/x-protobuf")};
    vg_traces_pairs(parts->conf->headers, parts->arena, headers + 1, &count);
    return count + 1;
}

static bool make_sender(vg_tracing *tracing, const vg_tracing_parts *parts)
{
    const vg_traces_conf *conf = parts->conf;
    vg_header *headers = VG_TAKE_N(parts->arena, vg_header, VG_TRACES_PAIRS + 1);
    vg_trace_sender_parts sender = {.loop = parts->loop,
                                    .tracer = tracing->tracer,
                                    .metrics = parts->metrics,
                                    .headers = headers,
                                    .is_json = conf->protocol == VG_TRACES_JSON,
                                    .delay_ms = conf->delay_ms,
                                    .timeout_ms = conf->timeout_ms};
    vg_http_parts http = {.loop = parts->loop,
                          .uv = parts->uv,
                          .endpoint = &tracing->endpoint,
                          .name = VG_LIT("traces")};

    if (headers == NULL)
        return false;
    tracing->endpoint = (vg_endpoint){.ca_file = conf->ca_file,
                                      .connect_ms = conf->timeout_ms,
                                      .max_connections = 1,
                                      .max_queue = 1,
                                      .max_reply_bytes = MOST_REPLY_BYTES};
    sender.target = split(conf, &tracing->endpoint);
    sender.header_count = make_headers(parts, headers);
    vg_random_bytes(&sender.chance, sizeof sender.chance);
    sender.transport = vg_arena_is_spent(parts->arena) ? NULL : vg_http_new(&http);
    if (sender.transport == NULL)
        return false;
    tracing->sender = vg_trace_sender_new(&sender);
    if (tracing->sender == NULL)
        sender.transport->close(sender.transport);
    return tracing->sender != NULL;
}

/* ---- where backends are ---- */

/* A folder is that of a socket. */
static void set_pg_server(vg_runner_parts *runner, const vg_pg_endpoint *pg, vg_arena *arena)
{
    const vg_pg_url_parts parts = {
        .url = pg->url, .password = pg->password, .ca_file = pg->ca_file};
    char why[128];
    vg_pg_url url;
    uint64_t port;

    if (vg_pg_url_read(&url, &parts, why, sizeof why) && url.host_count == 1 &&
        url.hosts[0].name != NULL && url.hosts[0].name[0] != '/' &&
        vg_slice_u64(vg_slice_str(url.hosts[0].port), &port)) {
        runner->server = vg_arena_copy(arena, vg_slice_str(url.hosts[0].name));
        runner->server_port = (uint16_t)port;
    }
    vg_pg_url_fini(&url);
}

void vg_tracing_set_server(vg_runner_parts *runner, const vg_endpoint *http,
                           const vg_pg_endpoint *pg, vg_arena *arena)
{
    vg_url url;

    if (vg_url_read(http->base_url, &url)) {
        runner->server = url.address.host;
        runner->server_port = url.address.port;
    } else if (pg->url.len > 0 && pg->replica_count == 0) {
        set_pg_server(runner, pg, arena);
    }
}

/* ---- its life ---- */

bool vg_tracing_make(vg_tracing *tracing, const vg_tracing_parts *parts, vg_status *status)
{
    if (!parts->conf->is_enabled || parts->conf->endpoint.len == 0)
        return true;
    return (make_tracer(tracing, parts) && make_sender(tracing, parts)) || no_memory(status);
}

bool vg_tracing_has_ended(vg_tracing *tracing)
{
    if (tracing->sender == NULL)
        return true;
    vg_trace_sender_end(tracing->sender);
    return vg_trace_sender_has_ended(tracing->sender);
}

void vg_tracing_free(vg_tracing *tracing)
{
    vg_trace_sender_free(tracing->sender);
    vg_tracer_free(tracing->tracer);
}
