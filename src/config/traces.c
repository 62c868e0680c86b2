/* Rows, OpenTelemetry's variables, and what no row can see. The variables are everybody's on a
 * machine or in a pod: they fill what nobody has said to us, and count only where there is an
 * endpoint, theirs or ours; so a word that we do not know does no harm to who does not trace. */
#include "config/traces.h"

#include <stddef.h>

#include "base/id.h"
#include "base/number.h"
#include "base/utf8.h"
#include "config/address.h"
#include "config/entries.h"
#include "config/expand.h"

#define AT(field) offsetof(vg_conf, traces.field)

#define SECOND ((uint64_t)1000)

/* Places as vg_traces_protocol and vg_sampler (observe/trace.h) have them. */
static const char *const protocols[] = {"http/protobuf", "http/json", NULL};
static const char *const samplers[] = {"always_on",
                                       "always_off",
                                       "traceidratio",
                                       "parentbased_always_on",
                                       "parentbased_always_off",
                                       "parentbased_traceidratio",
                                       NULL};

/* clang-format off */
const vg_option vg_traces_options[] = {
    {"traces.enabled", VG_OPT_BOOL, AT(is_enabled), .def = "true",
     .doc = "whether requests are recorded, where there is an endpoint; OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none say `false`"},
    {"traces.endpoint", VG_OPT_URL, AT(endpoint), .def = "",
     .doc = "where spans are sent by OTLP/HTTP: http://collector:4318, to which /v1/traces is added when it has no path; empty: as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT say, and with neither nothing is recorded"},
    {"traces.protocol", VG_OPT_WORD, AT(protocol), .def = "http/protobuf", .words = protocols,
     .doc = "the form of what is sent; else OTEL_EXPORTER_OTLP_(TRACES_)PROTOCOL"},
    {"traces.headers", VG_OPT_SECRET, AT(headers),
     .doc = "headers that go with it, such as a key: name=value,name2=value2, values percent-encoded; else OTEL_EXPORTER_OTLP_(TRACES_)HEADERS"},
    {"traces.ca_file", VG_OPT_TEXT, AT(ca_file), .def = "",
     .doc = "a file with the CAs in PEM that the endpoint is verified with; empty: the system's; else OTEL_EXPORTER_OTLP_(TRACES_)CERTIFICATE"},
    {"traces.timeout", VG_OPT_DURATION, AT(timeout_ms), .def = "10s", .min = 10, .max = 600 * SECOND,
     .doc = "how long the endpoint may take for a batch; else OTEL_EXPORTER_OTLP_(TRACES_)TIMEOUT"},
    {"traces.sampler", VG_OPT_WORD, AT(sampler), .def = "parentbased_always_on", .words = samplers,
     .doc = "which requests are recorded; with `parentbased_` those whose caller says so, and of others as the word goes on; else OTEL_TRACES_SAMPLER"},
    {"traces.ratio", VG_OPT_TEXT, AT(ratio), .def = "1",
     .doc = "the share that `traceidratio` records, from 0 to 1; else OTEL_TRACES_SAMPLER_ARG"},
    {"traces.service", VG_OPT_TEXT, AT(service), .def = "vecgate",
     .doc = "service.name of all spans; else OTEL_SERVICE_NAME"},
    {"traces.attributes", VG_OPT_TEXT, AT(attributes), .def = "",
     .doc = "more attributes of the resource: name=value,name2=value2, values percent-encoded; else OTEL_RESOURCE_ATTRIBUTES"},
    {"traces.batch", VG_OPT_COUNT, AT(batch), .def = "512", .min = 1, .max = 4096,
     .doc = "most spans that are sent at once; else OTEL_BSP_MAX_EXPORT_BATCH_SIZE"},
    {"traces.delay", VG_OPT_DURATION, AT(delay_ms), .def = "5s", .min = 10, .max = 600 * SECOND,
     .doc = "how long spans wait for a batch to become full; else OTEL_BSP_SCHEDULE_DELAY"},
    {"traces.queue", VG_OPT_COUNT, AT(queue), .def = "2048", .min = 1, .max = 1000000,
     .doc = "most spans that have not left, per worker; more are dropped, and counted; else OTEL_BSP_MAX_QUEUE_SIZE"},
    {"traces.sql_comment", VG_OPT_BOOL, AT(has_sql_comment), .def = "false",
     .doc = "whether statements of recorded requests end in a comment with their traceparent; PostgreSQL must then parse and plan each of them anew, as none is prepared"},
    {0},
};
/* clang-format on */

/* ---- OpenTelemetry's variables ---- */

enum reading { AS_IT_IS, A_BASE, A_PLACE, MILLISECONDS, OFF_IF_TRUE, OFF_IF_NONE, A_SERVICE };

/* What is for all signals stands before what is for traces, which then wins. */
static const struct variable {
    const char *name;
    const char *option;
    enum reading reading;
} variables_of_otel[] = {
    {"OTEL_EXPORTER_OTLP_ENDPOINT", "traces.endpoint", A_BASE},
    {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "traces.endpoint", A_PLACE},
    {"OTEL_EXPORTER_OTLP_PROTOCOL", "traces.protocol", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "traces.protocol", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_HEADERS", "traces.headers", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "traces.headers", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE", "traces.ca_file", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "traces.ca_file", AS_IT_IS},
    {"OTEL_EXPORTER_OTLP_TIMEOUT", "traces.timeout", MILLISECONDS},
    {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "traces.timeout", MILLISECONDS},
    {"OTEL_TRACES_SAMPLER", "traces.sampler", AS_IT_IS},
    {"OTEL_TRACES_SAMPLER_ARG", "traces.ratio", AS_IT_IS},
    {"OTEL_RESOURCE_ATTRIBUTES", "traces.attributes", AS_IT_IS},
    {"OTEL_RESOURCE_ATTRIBUTES", "traces.service", A_SERVICE},
    {"OTEL_SERVICE_NAME", "traces.service", AS_IT_IS},
    {"OTEL_BSP_SCHEDULE_DELAY", "traces.delay", MILLISECONDS},
    {"OTEL_BSP_MAX_QUEUE_SIZE", "traces.queue", AS_IT_IS},
    {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "traces.batch", AS_IT_IS},
    {"OTEL_SDK_DISABLED", "traces.enabled", OFF_IF_TRUE},
    {"OTEL_TRACES_EXPORTER", "traces.enabled", OFF_IF_NONE},
};

/* Empty: it says nothing. */
static vg_slice service_of(vg_slice text, vg_arena *arena)
{
    vg_header pairs[VG_TRACES_PAIRS];
    vg_slice service = {0};
    uint32_t count;

    if (!vg_traces_pairs(text, arena, pairs, &count))
        return service; /* told as traces.attributes */
    for (uint32_t i = 0; i < count; i++)
        if (vg_slice_is(pairs[i].name, VG_LIT("service.name")))
            service = pairs[i].value;
    return service;
}

/* As it is: where no path is written there is none to add but the root. */
static vg_slice place_of(vg_slice value, vg_arena *arena)
{
    vg_url url;

    if (!vg_url_read(value, &url) || url.path.len > 0)
        return value; /* what is no URL is told as traces.endpoint */
    return vg_arena_printf(arena, VG_FMT "/", VG_ARG(value));
}

static vg_slice meaning(vg_slice value, enum reading how, vg_arena *arena)
{
    const char *slash = vg_slice_ends(value, VG_LIT("/")) ? "" : "/";

    switch (how) {
    case A_BASE:
        return vg_arena_printf(arena, VG_FMT "%sv1/traces", VG_ARG(value), slash);
    case A_PLACE:
        return place_of(value, arena);
    case MILLISECONDS:
        return vg_arena_printf(arena, VG_FMT "ms", VG_ARG(value));
    case OFF_IF_TRUE:
        return vg_slice_is_nocase(value, VG_LIT("true")) ? VG_LIT("false") : (vg_slice){0};
    case OFF_IF_NONE:
        return vg_slice_is_nocase(value, VG_LIT("none")) ? VG_LIT("false") : (vg_slice){0};
    case A_SERVICE:
        return service_of(value, arena);
    default:
        return value;
    }
}

static vg_slice value_of(const char *name, const char *const *environ)
{
    return vg_slice_trim(vg_expand_variable(environ, vg_slice_str(name)));
}

static bool has_endpoint(const vg_entries *entries, const char *const *environ)
{
    return vg_entries_find(entries, VG_LIT("traces.endpoint"))->rank > VG_FROM_DEFAULT ||
           value_of("OTEL_EXPORTER_OTLP_ENDPOINT", environ).len > 0 ||
           value_of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", environ).len > 0;
}

void vg_traces_read_otel(const char *const *environ, vg_entries *entries, vg_arena *arena)
{
    size_t count = sizeof variables_of_otel / sizeof variables_of_otel[0];

    if (!has_endpoint(entries, environ))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct variable *v = &variables_of_otel[i];
        vg_slice value = value_of(v->name, environ);

        if (value.len > 0)
            value = meaning(value, v->reading, arena);
        if (value.len > 0)
            vg_entry_give(vg_entries_find(entries, vg_slice_str(v->option)), VG_FROM_OTEL, value,
                          vg_slice_str(v->name));
    }
}

/* ---- pairs ---- */

static bool decode(vg_slice text, vg_arena *arena, vg_slice *out)
{
    char *to = vg_arena_take(arena, text.len + 1);
    size_t len = 0;

    if (to == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '%') {
            to[len++] = text.at[i];
            continue;
        }
        if (i + 2 >= text.len || !vg_hex_read(vg_slice_of(text.at + i + 1, 2), &to[len], 1))
            return false;
        len++;
        i += 2;
    }
    *out = vg_slice_of(to, len);
    return vg_utf8_check(*out) == len && vg_slice_find(*out, '\0') == len;
}

static bool add_pair(vg_slice text, vg_arena *arena, vg_header *pairs, uint32_t *count)
{
    size_t equals = vg_slice_find(text, '=');
    vg_header *pair = &pairs[*count];

    if (text.len == 0)
        return true;
    pair->name = vg_slice_trim(vg_slice_of(text.at, equals));
    if (equals == text.len || pair->name.len == 0 || *count == VG_TRACES_PAIRS ||
        vg_utf8_check(pair->name) < pair->name.len ||
        !decode(vg_slice_trim(vg_slice_skip(text, equals + 1)), arena, &pair->value))
        return false;
    ++*count;
    return true;
}

bool vg_traces_pairs(vg_slice text, vg_arena *arena, vg_header *pairs, uint32_t *count)
{
    *count = 0;
    while (text.len > 0) {
        size_t len = vg_slice_find(text, ',');

        if (!add_pair(vg_slice_trim(vg_slice_of(text.at, len)), arena, pairs, count))
            return false;
        text = vg_slice_skip(text, len + 1);
    }
    return true;
}

bool vg_traces_ratio(vg_slice text, double *out)
{
    const char *end = text.at + text.len, *bad;

    if (text.len == 0 || vg_number_skip(text.at, end, &bad) != end)
        return false;
    *out = vg_number_f64(text);
    return *out >= 0 && *out <= 1;
}

/* ---- what no row can see ---- */

static void refuse(const vg_config *config, const char *name, const char *reason,
                   vg_complaints *complaints)
{
    vg_complain(complaints, vg_entries_place(&config->entries, name), "%s: %s", name, reason);
}

/* A name that HTTP has (RFC 9110, 5.1), and a value of one line. */
static bool is_header(const vg_header *header)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < header->name.len; i++) {
        char c = header->name.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!is_word && memchr(marks, c, sizeof marks - 1) == NULL)
            return false;
    }
    for (size_t i = 0; i < header->value.len; i++)
        if ((unsigned char)header->value.at[i] < ' ' || header->value.at[i] == 0x7f)
            return false;
    return true;
}

static void check_headers(const vg_config *config, vg_complaints *complaints)
{
    vg_header pairs[VG_TRACES_PAIRS];
    uint32_t count;
    bool good = vg_traces_pairs(config->conf.traces.headers, config->arena, pairs, &count);

    for (uint32_t i = 0; good && i < count; i++)
        good = is_header(&pairs[i]);
    if (!good)
        refuse(config, "traces.headers",
               "expected name=value,name2=value2 with names as HTTP has them and percent-encoded "
               "values, 32 at most",
               complaints);
}

void vg_traces_check(const vg_config *config, vg_complaints *complaints)
{
    const vg_traces_conf *traces = &config->conf.traces;
    vg_header pairs[VG_TRACES_PAIRS];
    uint32_t count;
    double ratio;

    if (!vg_traces_ratio(traces->ratio, &ratio))
        refuse(config, "traces.ratio", "expected a number from 0 to 1, such as 0.05", complaints);
    if (traces->queue < traces->batch)
        refuse(config, "traces.queue", "must be traces.batch at least", complaints);
    if (!vg_traces_pairs(traces->attributes, config->arena, pairs, &count))
        refuse(config, "traces.attributes",
               "expected name=value,name2=value2 with percent-encoded values, 32 at most",
               complaints);
    check_headers(config, complaints);
}
