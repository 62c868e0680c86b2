/* The HTTP transport: a queue in front of a carrier, and bounds on both.
 *
 *     send() ─▶ QUEUED ─▶ CARRIED ─▶ ENDED ─(a turn of the loop)─▶ ended()
 *        └─ full ──────────────────▶ ENDED
 *
 * A job is in the list of its place. stop() ends a queued job at once and takes a carried one from
 * its carrier. Jobs, with the small part of their buffers, are kept for the next exchange. */
#include "transport/http.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "transport/http_carrier.h"

struct http {
    vg_transport transport; /* first: vg_transport * is a struct http * */
    vg_loop *loop;
    vg_endpoint endpoint; /* with its defaults in place */
    vg_http_carrier *carrier;
    vg_list queued;
    vg_list carried;
    vg_list ended;
    vg_list kept;
    uint32_t queued_count;
    uint32_t carried_count;
    uint32_t in_flight; /* sent, and ended() not called yet */
    vg_metrics *metrics;
    vg_cell label;
    bool is_pumping;
};

static vg_http_job *job_of(vg_list *link)
{
    return vg_container_of(link, vg_http_job, link);
}

/* An exchange has a connection to itself. */
static void show_counts(const struct http *http)
{
    vg_metrics_set(http->metrics, VG_M_backend_connections_busy, http->label, http->carried_count);
    vg_metrics_set(http->metrics, VG_M_exchanges_waiting, http->label, http->queued_count);
}

/* --- ending ---------------------------------------------------------------------------------- */

static void free_job(vg_http_job *job)
{
    vg_http_reply_fini(&job->in);
    free(job);
}

static void give_job(struct http *http, vg_http_job *job)
{
    vg_list_remove(&job->link);
    vg_http_reply_clear(&job->in);
    vg_list_push_front(&http->kept, &job->link);
    http->in_flight--;
}

/* On the loop, a turn after it was over. */
static void on_ending(vg_task *task)
{
    vg_http_job *job = vg_container_of(task, vg_http_job, ending);
    struct http *http = job->http;
    vg_ending ending = {.was_sent = job->was_sent,
                        .body = &job->in.body,
                        .connect_ns = job->queued_ns + job->connect_ns};
    vg_reply reply;

    ending.fault = job->fault;
    if (ending.fault == VG_FAULT_NONE && !vg_http_reply_finish(&job->in, &reply))
        ending.fault = job->in.fault;
    if (ending.fault == VG_FAULT_NONE)
        ending.reply = &reply;
    else
        ending.detail = vg_slice_str(job->detail);
    job->ended(job->arg, &ending);
    give_job(http, job);
}

static void end_job(struct http *http, vg_http_job *job, vg_fault fault)
{
    vg_list_remove(&job->link);
    vg_list_push(&http->ended, &job->link);
    job->place = VG_HTTP_ENDED;
    job->fault = fault;
    vg_loop_post(http->loop, &job->ending);
}

/* --- the queue ------------------------------------------------------------------------------- */

static void carry(struct http *http, vg_http_job *job)
{
    vg_list_remove(&job->link);
    vg_list_push(&http->carried, &job->link);
    job->place = VG_HTTP_CARRIED;
    job->queued_ns = vg_loop_now_ns(http->loop) - job->since_ns;
    http->queued_count--;
    http->carried_count++;
    http->carrier->start(http->carrier, job);
}

/* Lets jobs through while there is room. A job that ends within start() leaves room for the next
 * one: that is seen by this loop, not by another pump inside. */
static void pump(struct http *http)
{
    if (http->is_pumping)
        return;
    http->is_pumping = true;
    while (http->queued_count > 0 && http->carried_count < http->endpoint.max_connections)
        carry(http, job_of(http->queued.next));
    http->is_pumping = false;
    show_counts(http);
}

void vg_http_job_end(vg_http_job *job, vg_fault fault)
{
    struct http *http = job->http;

    http->carried_count--;
    end_job(http, job, fault);
    pump(http);
}

/* --- the transport --------------------------------------------------------------------------- */

static vg_http_job *take_job(struct http *http)
{
    vg_list *link = vg_list_shift(&http->kept);
    vg_http_job *job = link != NULL ? job_of(link) : malloc(sizeof *job);

    VG_CHECK(job != NULL); /* an ending is owed, and not even this much is left to bring it */
    if (link == NULL) {
        vg_http_reply_init(&job->in, http->endpoint.max_reply_bytes);
        vg_list_init(&job->link);
    }
    return job;
}

static void send_http(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    struct http *http = (struct http *)self;
    vg_http_job *job = take_job(http);

    job->ending = (vg_task){.run = on_ending};
    job->http = http;
    job->x = x;
    job->ended = ended;
    job->arg = arg;
    job->carried = NULL;
    job->since_ns = vg_loop_now_ns(http->loop);
    job->queued_ns = job->connect_ns = 0;
    job->was_sent = false;
    job->detail[0] = '\0';
    http->in_flight++;
    if (http->queued_count >= http->endpoint.max_queue &&
        http->carried_count >= http->endpoint.max_connections) {
        snprintf(job->detail, sizeof job->detail, "the queue in front of the backend is full");
        end_job(http, job, VG_FAULT_FULL);
        return;
    }
    job->place = VG_HTTP_QUEUED;
    vg_list_push(&http->queued, &job->link);
    http->queued_count++;
    pump(http);
}

static vg_http_job *find(vg_list *list, const void *arg)
{
    for (vg_list *at = list->next; at != list; at = at->next) {
        if (job_of(at)->arg == arg)
            return job_of(at);
    }
    return NULL;
}

/* Stopping is rare: the lists are walked. What has ended already ends as it did. */
static void stop_http(vg_transport *self, void *arg)
{
    struct http *http = (struct http *)self;
    vg_http_job *job = find(&http->carried, arg);

    if (job != NULL) {
        http->carrier->stop(http->carrier, job);
        vg_http_job_end(job, VG_FAULT_STOPPED);
        return;
    }
    job = find(&http->queued, arg);
    if (job != NULL) {
        http->queued_count--;
        job->queued_ns = vg_loop_now_ns(http->loop) - job->since_ns;
        show_counts(http);
        end_job(http, job, VG_FAULT_STOPPED);
    }
}

static uint32_t count_http(const vg_transport *self)
{
    return ((const struct http *)self)->in_flight;
}

static void close_http(vg_transport *self)
{
    struct http *http = (struct http *)self;
    vg_list *link;

    VG_CHECK(http->in_flight == 0);
    while ((link = vg_list_shift(&http->kept)) != NULL)
        free_job(job_of(link));
    if (http->carrier != NULL)
        http->carrier->close(http->carrier);
    free(http);
}

static vg_endpoint with_defaults(const vg_endpoint *from)
{
    vg_endpoint to = *from;

    if (to.connect_ms == 0)
        to.connect_ms = VG_HTTP_CONNECT_MS;
    if (to.max_connections == 0)
        to.max_connections = VG_HTTP_CONNECTIONS;
    if (to.max_queue == 0)
        to.max_queue = VG_HTTP_QUEUE;
    if (to.max_reply_bytes == 0)
        to.max_reply_bytes = VG_HTTP_REPLY_BYTES;
    return to;
}

static vg_http_carrier *make_carrier(const vg_http_parts *parts, const vg_endpoint *endpoint)
{
    bool has_proxy = endpoint->proxy.len > 0;

    if (endpoint->carrier == VG_CARRIER_DIRECT && has_proxy) {
        vg_log(VG_ERROR, "the direct carrier knows no proxies: take auto or curl",
               VG_S("backend", parts->name));
        return NULL;
    }
    if (endpoint->carrier == VG_CARRIER_CURL || has_proxy)
        return vg_http_curl_new(parts, endpoint);
    return vg_http_direct_new(parts, endpoint);
}

vg_transport *vg_http_new(const vg_http_parts *parts)
{
    struct http *http = calloc(1, sizeof *http);

    if (http == NULL)
        return NULL;
    http->transport = (vg_transport){
        .send = send_http, .stop = stop_http, .close = close_http, .in_flight = count_http};
    http->loop = parts->loop;
    http->endpoint = with_defaults(parts->endpoint);
    http->metrics = parts->metrics;
    if (http->metrics != NULL)
        http->label.backend = vg_metrics_backend(http->metrics, parts->name);
    vg_metrics_set(http->metrics, VG_M_backend_connections_most, http->label,
                   http->endpoint.max_connections);
    show_counts(http);
    vg_list_init(&http->queued);
    vg_list_init(&http->carried);
    vg_list_init(&http->ended);
    vg_list_init(&http->kept);
    http->carrier = make_carrier(parts, &http->endpoint);
    if (http->carrier != NULL)
        return &http->transport;
    close_http(&http->transport);
    return NULL;
}
