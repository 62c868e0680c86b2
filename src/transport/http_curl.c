/* The curl carrier: every transfer is an easy handle from a free list, put into one multi on the
 * loop. What is the same for all requests is set once, when the handle is made; start() sets only
 * what differs. There are at most as many handles as http.c lets jobs through.
 *
 * Was a byte sent? CURLINFO_REQUEST_SIZE counts what was handed to the socket, so 0 means that
 * nothing left. A CONNECT to a proxy counts too: then the answer errs towards "sent". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "transport/curl_loop.h"
#include "transport/http_carrier.h"

struct carrier;

struct flight { /* an easy handle and what it points to */
    CURL *easy;
    struct carrier *carrier;
    struct flight *next; /* of those kept */
    vg_http_job *job;
    struct curl_slist *lines; /* header lines of this request */
    vg_buf target;
    char error[CURL_ERROR_SIZE];
};

struct carrier {
    vg_http_carrier table; /* first */
    vg_curl_loop *loop;
    const vg_endpoint *endpoint;
    CURLU *url;    /* prepared once; curl copies it for each transfer */
    char *prefix;  /* what goes before an exchange's target */
    char *ca_file; /* these end in a NUL; NULL: none */
    char *proxy;
    char *auth; /* "api-key: …" */
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
    static const char *const refusals[VG_FAULTS] = {
        [VG_FAULT_TOO_LARGE] = "the reply is larger than is allowed",
        [VG_FAULT_MEMORY] = "no memory for the reply",
        [VG_FAULT_PROTOCOL] = "the reply's head is not HTTP",
    };
    const char *words = refusals[job->in.fault];

    if (words == NULL)
        words = f->error[0] != '\0' ? f->error : curl_easy_strerror(result);
    snprintf(job->detail, sizeof job->detail, "%s", words);
}

static bool was_sent(const struct flight *f)
{
    long bytes = 0;

    return curl_easy_getinfo(f->easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0;
}

/* Out of the multi and back among those kept. */
static void give_flight(struct flight *f)
{
    struct carrier *carrier = f->carrier;

    vg_curl_loop_remove(carrier->loop, f->easy);
    curl_slist_free_all(f->lines);
    f->lines = NULL;
    f->job = NULL;
    f->next = carrier->kept;
    carrier->kept = f;
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
    if (fault != VG_FAULT_NONE)
        tell(job, f, result);
    give_flight(f);
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

/* One option after the other; false when any was refused. */
struct options {
    CURL *easy;
    bool good;
};

static void set_long(struct options *o, CURLoption option, long value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

static void set_text(struct options *o, CURLoption option, const char *value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

static void set_pointer(struct options *o, CURLoption option, void *value)
{
    o->good = curl_easy_setopt(o->easy, option, value) == CURLE_OK && o->good;
}

static void set_safety(struct options *o, const struct carrier *carrier)
{
    set_long(o, CURLOPT_SSL_VERIFYPEER, 1);
    set_long(o, CURLOPT_SSL_VERIFYHOST, 2);
    set_long(o, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (carrier->ca_file != NULL) { /* then nobody else's word counts */
        set_text(o, CURLOPT_CAINFO, carrier->ca_file);
        set_text(o, CURLOPT_CAPATH, NULL);
    }
    set_text(o, CURLOPT_PROXY, carrier->proxy != NULL ? carrier->proxy : "");
    set_text(o, CURLOPT_NOPROXY, ""); /* nor the environment's */
    set_long(o, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
    set_text(o, CURLOPT_PROTOCOLS_STR, "http,https");
    set_long(o, CURLOPT_FOLLOWLOCATION, 0);
}

/* QUICK_EXIT: a transfer that ends during a name look-up leaves the look-up's thread to end by
 * itself; without it curl would wait for that thread here, on the loop. */
static void set_manners(struct options *o, const struct carrier *carrier)
{
    set_long(o, CURLOPT_NOSIGNAL, 1);
    set_long(o, CURLOPT_QUICK_EXIT, 1);
    set_long(o, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(o, CURLOPT_PATH_AS_IS, 1);
    set_long(o, CURLOPT_TCP_KEEPALIVE, 1);
    set_long(o, CURLOPT_CONNECTTIMEOUT_MS, (long)carrier->endpoint->connect_ms);
    o->good =
        o->good && curl_easy_setopt(o->easy, CURLOPT_MAXFILESIZE_LARGE,
                                    (curl_off_t)carrier->endpoint->max_reply_bytes) == CURLE_OK;
    set_text(o, CURLOPT_USERAGENT, "vecgate/" VG_VERSION);
}

static bool set_up(struct flight *f)
{
    struct options o = {f->easy, true};

    set_safety(&o, f->carrier);
    set_manners(&o, f->carrier);
    set_pointer(&o, CURLOPT_CURLU, f->carrier->url);
    set_pointer(&o, CURLOPT_PRIVATE, f);
    set_pointer(&o, CURLOPT_HEADERDATA, f);
    set_pointer(&o, CURLOPT_WRITEDATA, f);
    set_text(&o, CURLOPT_ERRORBUFFER, f->error);
    return o.good && curl_easy_setopt(f->easy, CURLOPT_HEADERFUNCTION, on_line) == CURLE_OK &&
           curl_easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           vg_curl_loop_adopt(f->carrier->loop, f->easy);
}

static void free_flight(struct flight *f)
{
    if (f->easy != NULL)
        curl_easy_cleanup(f->easy);
    vg_buf_fini(&f->target);
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
    vg_buf_init(&f->target, 0);
    f->carrier = carrier;
    f->easy = curl_easy_init();
    if (f->easy != NULL && set_up(f))
        return f;
    free_flight(f);
    return NULL;
}

/* --- one request ----------------------------------------------------------------------------- */

static bool put_line(struct flight *f, const char *line)
{
    struct curl_slist *lines = curl_slist_append(f->lines, line);

    if (lines != NULL)
        f->lines = lines;
    return lines != NULL;
}

/* A line break in a value would begin a header of somebody else's choice. */
static bool is_one_line(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20 && text.at[i] != '\t')
            return false;
    }
    return true;
}

/* curl takes "Name;" for a header without a value; "Name:" would take one of its own away. */
static bool put_header(struct flight *f, const vg_header *header)
{
    vg_buf *line = &f->target; /* is rewritten before it is needed */
    const char *form = header->value.len > 0 ? VG_FMT ": " VG_FMT : VG_FMT ";" VG_FMT;

    if (!is_one_line(header->name) || !is_one_line(header->value))
        return false;
    vg_buf_clear(line);
    vg_buf_printf(line, form, VG_ARG(header->name), VG_ARG(header->value));
    vg_buf_put_byte(line, '\0');
    return !vg_buf_is_spent(line) && put_line(f, line->at);
}

static bool set_headers(struct flight *f, const vg_http_request *request)
{
    bool good = put_line(f, "Expect:"); /* no waiting for 100 Continue */
    bool is_typed = false;

    for (uint32_t i = 0; i < request->header_count; i++) {
        is_typed = is_typed || vg_slice_is_nocase(request->headers[i].name, VG_LIT("content-type"));
        good = good && put_header(f, &request->headers[i]);
    }
    if (!is_typed)
        good = good && put_line(f, "Content-Type:"); /* curl would call it a form */
    if (f->carrier->auth != NULL)
        good = good && put_line(f, f->carrier->auth);
    return good && curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->lines) == CURLE_OK;
}

static bool set_target(struct flight *f, vg_slice target)
{
    if (!is_one_line(target))
        return false;
    vg_buf_clear(&f->target);
    vg_buf_put(&f->target, vg_slice_str(f->carrier->prefix));
    vg_buf_put(&f->target, target);
    vg_buf_put_byte(&f->target, '\0');
    return !vg_buf_is_spent(&f->target) &&
           curl_easy_setopt(f->easy, CURLOPT_REQUEST_TARGET, f->target.at) == CURLE_OK;
}

static bool is_bodiless(const vg_http_request *request)
{
    return request->body.len == 0 &&
           (strcmp(request->method, "GET") == 0 || strcmp(request->method, "DELETE") == 0);
}

static bool set_method(struct flight *f, const vg_http_request *request)
{
    struct options o = {f->easy, true};

    if (strcmp(request->method, "HEAD") == 0) {
        set_long(&o, CURLOPT_NOBODY, 1);
    } else if (is_bodiless(request)) {
        set_long(&o, CURLOPT_HTTPGET, 1);
    } else {
        set_long(&o, CURLOPT_POST, 1);
        set_text(&o, CURLOPT_POSTFIELDS, request->body.len > 0 ? request->body.at : "");
        o.good = o.good && curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                            (curl_off_t)request->body.len) == CURLE_OK;
    }
    set_text(&o, CURLOPT_CUSTOMREQUEST, request->method);
    return o.good;
}

/* curl itself sends again when a used connection turns out dead; a new one rules that out. */
static bool set_freshness(struct flight *f, vg_repeat repeat)
{
    return curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, repeat == VG_REPEAT_ALWAYS ? 0L : 1L) ==
           CURLE_OK;
}

static void start(vg_http_carrier *self, vg_http_job *job)
{
    struct carrier *carrier = (struct carrier *)self;
    const vg_http_request *request = &job->x->as.http;
    struct flight *f = take_flight(carrier);

    if (f != NULL) {
        f->job = job;
        f->error[0] = '\0';
        job->carried = f;
        if (set_headers(f, request) && set_target(f, request->target) && set_method(f, request) &&
            set_freshness(f, job->x->repeat) && vg_curl_loop_add(carrier->loop, f->easy))
            return;
        curl_slist_free_all(f->lines);
        f->lines = NULL;
        f->next = carrier->kept;
        carrier->kept = f;
    }
    snprintf(job->detail, sizeof job->detail, "the request could not be made");
    vg_http_job_end(job, VG_FAULT_MEMORY);
}

static void stop(vg_http_carrier *self, vg_http_job *job)
{
    struct flight *f = job->carried;

    (void)self;
    job->was_sent = was_sent(f);
    give_flight(f);
}

/* --- its life -------------------------------------------------------------------------------- */

static void free_carrier(struct carrier *carrier)
{
    curl_url_cleanup(carrier->url);
    free(carrier->prefix);
    free(carrier->ca_file);
    free(carrier->proxy);
    if (carrier->auth != NULL)
        vg_secret_wipe(carrier->auth, strlen(carrier->auth));
    free(carrier->auth);
    free(carrier);
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
    free_carrier(carrier);
}

/* A copy that ends in a NUL; NULL for none. `good` falls when memory is gone or a NUL is inside. */
static char *copy(vg_slice text, bool *good)
{
    char *to = text.len > 0 ? strndup(text.at, text.len) : NULL;

    if (text.len > 0 && (to == NULL || strlen(to) != text.len))
        *good = false;
    return to;
}

static char *copy_auth(const vg_header *auth, bool *good)
{
    char *line = NULL;

    if (auth->name.len == 0)
        return NULL;
    *good = is_one_line(auth->name) && is_one_line(auth->value) &&
            asprintf(&line, VG_FMT ": " VG_FMT, VG_ARG(auth->name), VG_ARG(auth->value)) >= 0 &&
            *good;
    return line;
}

/* A proxy for plain HTTP wants the whole URL as the target; else it is only the path. */
static bool needs_whole_url(const struct carrier *carrier)
{
    return carrier->proxy != NULL && strncasecmp(carrier->proxy, "socks", 5) != 0 &&
           vg_slice_starts(carrier->endpoint->base_url, VG_LIT("http://"));
}

static char *make_prefix(const struct carrier *carrier)
{
    CURLUPart part = needs_whole_url(carrier) ? CURLUPART_URL : CURLUPART_PATH;
    CURLU *url = curl_url_dup(carrier->url);
    char *text = NULL;
    char *prefix = NULL;

    if (url != NULL && curl_url_set(url, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
        curl_url_get(url, part, &text, 0) == CURLUE_OK) {
        size_t len = strlen(text);

        prefix = strndup(text, len > 0 && text[len - 1] == '/' ? len - 1 : len);
    }
    curl_free(text);
    curl_url_cleanup(url);
    return prefix;
}

static bool prepare_url(struct carrier *carrier, bool *good)
{
    char *text = copy(carrier->endpoint->base_url, good);

    carrier->url = curl_url();
    *good = *good && text != NULL && carrier->url != NULL &&
            curl_url_set(carrier->url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK;
    free(text);
    return *good;
}

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

vg_http_carrier *vg_http_curl_new(const vg_http_parts *parts, const vg_endpoint *endpoint)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct carrier *carrier = calloc(1, sizeof *carrier);
    bool good = true;

    if (carrier == NULL)
        return NULL;
    pthread_once(&once, init_curl);
    carrier->table = (vg_http_carrier){.start = start, .stop = stop, .close = close_carrier};
    carrier->endpoint = endpoint;
    carrier->ca_file = copy(endpoint->ca_file, &good);
    carrier->proxy = copy(endpoint->proxy, &good);
    carrier->auth = copy_auth(&endpoint->auth, &good);
    if (prepare_url(carrier, &good))
        carrier->prefix = make_prefix(carrier);
    carrier->loop = vg_curl_loop_new(parts->uv, endpoint->max_connections, on_ended);
    if (good && carrier->prefix != NULL && carrier->loop != NULL)
        return &carrier->table;
    vg_log(VG_ERROR, "the endpoint of a backend cannot be used: its URL, auth header or CA file",
           VG_S("backend", parts->name));
    close_carrier(&carrier->table);
    return NULL;
}
