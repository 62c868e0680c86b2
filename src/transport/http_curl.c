/* The curl carrier: every transfer is an easy handle from a free list, put into one multi on the
 * loop. What is the same for all requests is set once, when the handle is made (curl_setup.c); for
 * each one only what differs (curl_request.c). There are at most as many handles as http.c lets
 * jobs through.
 *
 * Was a byte sent? CURLINFO_REQUEST_SIZE counts what was handed to the socket, so 0 means that
 * nothing left. A CONNECT to a proxy counts too: then the answer errs towards "sent". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/log.h"
#include "transport/curl_loop.h"
#include "transport/curl_setup.h"
#include "transport/http_carrier.h"

struct carrier;

struct flight { /* an easy handle and what it points to */
    CURL *easy;
    struct carrier *carrier;
    struct flight *next; /* of those kept */
    vg_http_job *job;
    vg_curl_request request;
    char error[CURL_ERROR_SIZE];
};

struct carrier {
    vg_http_carrier table; /* first */
    vg_curl_loop *loop;
    vg_curl_setup setup;
    struct flight *kept;
};

/* --- how a transfer ended -------------------------------------------------------------------- */

static const struct {
    CURLcode code;
    vg_fault fault;
} faults[] = {
    {CURLE_COULDNT_RESOLVE_HOST, VG_FAULT_DNS},
    {CURLE_COULDNT_RESOLVE_PROXY, VG_FAULT_DNS},
    {CURLE_COULDNT_CONNECT, VG_FAULT_CONNECT},
    {CURLE_PROXY, VG_FAULT_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, VG_FAULT_CONNECT}, /* connecting is all that is timed here */
    {CURLE_SSL_CONNECT_ERROR, VG_FAULT_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, VG_FAULT_TLS},
    {CURLE_SSL_CERTPROBLEM, VG_FAULT_TLS},
    {CURLE_SSL_CIPHER, VG_FAULT_TLS},
    {CURLE_SSL_CACERT_BADFILE, VG_FAULT_TLS},
    {CURLE_SSL_ISSUER_ERROR, VG_FAULT_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, VG_FAULT_TLS},
    {CURLE_USE_SSL_FAILED, VG_FAULT_TLS},
    {CURLE_GOT_NOTHING, VG_FAULT_RESET},
    {CURLE_SEND_ERROR, VG_FAULT_RESET},
    {CURLE_RECV_ERROR, VG_FAULT_RESET},
    {CURLE_PARTIAL_FILE, VG_FAULT_RESET},
    {CURLE_FILESIZE_EXCEEDED, VG_FAULT_TOO_LARGE},
    {CURLE_OUT_OF_MEMORY, VG_FAULT_MEMORY},
};

static vg_fault fault_of(const vg_http_job *job, CURLcode result)
{
    if (job->in.fault != VG_FAULT_NONE)
        return job->in.fault; /* our own refusal is why curl stopped */
    if (result == CURLE_OK)
        return VG_FAULT_NONE;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (faults[i].code == result)
            return faults[i].fault;
    }
    return VG_FAULT_PROTOCOL; /* what came is not what HTTP lets come */
}

static void tell(vg_http_job *job, const struct flight *f, CURLcode result)
{
    const char *words = vg_http_reply_refusal(job->in.fault);

    if (words == NULL)
        words = f->error[0] != '\0' ? f->error : curl_easy_strerror(result);
    snprintf(job->detail, sizeof job->detail, "%s", words);
}

static bool was_sent(const struct flight *f)
{
    long bytes = 0;

    return curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0;
}

/* Of a connection that is used again: next to nothing. */
static uint64_t connect_ns(const struct flight *f)
{
    curl_off_t plain_us = 0, tls_us = 0;

    curl_easy_getinfo(f->easy, CURLINFO_CONNECT_TIME_T, &plain_us);
    curl_easy_getinfo(f->easy, CURLINFO_APPCONNECT_TIME_T, &tls_us);
    return (uint64_t)(tls_us > plain_us ? tls_us : plain_us) * 1000;
}

static void keep_flight(struct flight *f)
{
    vg_curl_request_clear(&f->request);
    f->job = NULL;
    f->next = f->carrier->kept;
    f->carrier->kept = f;
}

static void on_ended(CURL *easy, CURLcode result)
{
    struct flight *f = NULL;
    vg_http_job *job;
    vg_fault fault;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&f);
    job = f->job;
    fault = fault_of(job, result);
    job->was_sent = was_sent(f);
    job->connect_ns = connect_ns(f);
    if (fault != VG_FAULT_NONE)
        tell(job, f, result);
    vg_curl_loop_remove(f->carrier->loop, easy);
    keep_flight(f);
    vg_http_job_end(job, fault);
}

/* --- what curl hands over -------------------------------------------------------------------- */

static size_t on_line(char *at, size_t size, size_t count, void *arg)
{
    struct flight *f = arg;

    return vg_http_reply_line(&f->job->in, vg_slice_of(at, size * count)) ? size * count : 0;
}

static size_t on_body(char *at, size_t size, size_t count, void *arg)
{
    struct flight *f = arg;

    return vg_http_reply_body(&f->job->in, vg_slice_of(at, size * count)) ? size * count : 0;
}

/* --- handles --------------------------------------------------------------------------------- */

static bool set_up(struct flight *f)
{
    vg_curl_options o = {f->easy, vg_curl_setup_handle(&f->carrier->setup, f->easy)};

    vg_curl_set_pointer(&o, CURLOPT_PRIVATE, f);
    vg_curl_set_pointer(&o, CURLOPT_HEADERDATA, f);
    vg_curl_set_pointer(&o, CURLOPT_WRITEDATA, f);
    vg_curl_set_pointer(&o, CURLOPT_ERRORBUFFER, f->error);
    return o.good && curl_easy_setopt(f->easy, CURLOPT_HEADERFUNCTION, on_line) == CURLE_OK &&
           curl_easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           vg_curl_loop_adopt(f->carrier->loop, f->easy);
}

static void free_flight(struct flight *f)
{
    if (f->easy != NULL)
        curl_easy_cleanup(f->easy);
    vg_buf_fini(&f->request.text);
    free(f);
}

static struct flight *take_flight(struct carrier *carrier)
{
    struct flight *f = carrier->kept;

    if (f != NULL) {
        carrier->kept = f->next;
        return f;
    }
    f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    vg_buf_init(&f->request.text, 0);
    f->carrier = carrier;
    f->easy = curl_easy_init();
    if (f->easy != NULL && set_up(f))
        return f;
    free_flight(f);
    return NULL;
}

/* --- the carrier ----------------------------------------------------------------------------- */

static void start(vg_http_carrier *self, vg_http_job *job)
{
    struct carrier *carrier = (struct carrier *)self;
    struct flight *f = take_flight(carrier);

    if (f != NULL) {
        f->job = job;
        f->error[0] = '\0';
        job->carried = f;
        if (vg_curl_request_set(&f->request, &carrier->setup, f->easy, job->x) &&
            vg_curl_loop_add(carrier->loop, f->easy))
            return;
        keep_flight(f);
    }
    snprintf(job->detail, sizeof job->detail, "the request could not be made");
    vg_http_job_end(job, VG_FAULT_MEMORY);
}

static void stop(vg_http_carrier *self, vg_http_job *job)
{
    struct carrier *carrier = (struct carrier *)self;
    struct flight *f = job->carried;

    job->was_sent = was_sent(f);
    vg_curl_loop_remove(carrier->loop, f->easy);
    keep_flight(f);
}

static void close_carrier(vg_http_carrier *self)
{
    struct carrier *carrier = (struct carrier *)self;

    while (carrier->kept != NULL) {
        struct flight *f = carrier->kept;

        carrier->kept = f->next;
        free_flight(f);
    }
    if (carrier->loop != NULL)
        vg_curl_loop_close(carrier->loop);
    vg_curl_setup_fini(&carrier->setup);
    free(carrier);
}

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

vg_http_carrier *vg_http_curl_new(const vg_http_parts *parts, const vg_endpoint *endpoint)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct carrier *carrier = calloc(1, sizeof *carrier);
    bool good;

    if (carrier == NULL)
        return NULL;
    pthread_once(&once, init_curl);
    carrier->table = (vg_http_carrier){.start = start, .stop = stop, .close = close_carrier};
    good = vg_curl_setup_init(&carrier->setup, endpoint);
    carrier->setup.loop = parts->loop;
    carrier->loop = vg_curl_loop_new(parts->uv, endpoint->max_connections, on_ended);
    if (good && carrier->loop != NULL)
        return &carrier->table;
    vg_log(VG_ERROR, "the URL or the auth header of a backend cannot be used",
           VG_S("backend", parts->name));
    close_carrier(&carrier->table);
    return NULL;
}
