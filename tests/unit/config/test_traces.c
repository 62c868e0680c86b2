/* The options of traces: what OpenTelemetry's variables say, and what ours say instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vecgate/arena.h"

#include "fakes.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define ENDPOINT    "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318"
#define COLLECTOR   "traces: {endpoint: 'http://c'"

enum { VARIABLES = 6 };

/* What the options come to, as one text. */
static void show(const vg_traces_conf *c, char *to, size_t room)
{
    snprintf(to, room,
             "%d " VG_FMT " %d " VG_FMT " %d " VG_FMT " " VG_FMT " " VG_FMT " %d %d %d %d",
             c->is_enabled, VG_ARG(c->endpoint), c->protocol, VG_ARG(c->headers), c->sampler,
             VG_ARG(c->ratio), VG_ARG(c->service), VG_ARG(c->attributes), (int)c->batch,
             (int)c->delay_ms, (int)c->queue, (int)c->timeout_ms);
}

static const struct source {
    const char *says, *yaml;
    const char *variables[VARIABLES];
    const char *comes_to;
} sources[] = {
    {"nothing said", NULL, {NULL}, "1  0  3 1 vecgate  512 5000 2048 10000"},
    {"a base gets the path",
     NULL,
     {ENDPOINT},
     "1 http://c:4318/v1/traces 0  3 1 vecgate  512 5000 2048 10000"},
    {"behind its own",
     NULL,
     {"OTEL_EXPORTER_OTLP_ENDPOINT=http://c/otlp/"},
     "1 http://c/otlp/v1/traces 0  3 1 vecgate  512 5000 2048 10000"},
    {"one for traces is as it is",
     NULL,
     {ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://t/x"},
     "1 http://t/x 0  3 1 vecgate  512 5000 2048 10000"},
    {"one for traces without a path is the root",
     NULL,
     {ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://t:4318"},
     "1 http://t:4318/ 0  3 1 vecgate  512 5000 2048 10000"},
    {"ours wins",
     "traces: {endpoint: 'http://ours'}",
     {ENDPOINT},
     "1 http://ours 0  3 1 vecgate  512 5000 2048 10000"},
    {"ours by variable wins",
     NULL,
     {ENDPOINT, "VECGATE_TRACES_ENDPOINT=http://ours"},
     "1 http://ours 0  3 1 vecgate  512 5000 2048 10000"},
    {"what is for all, and for traces",
     NULL,
     {ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
      "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_HEADERS=a=1",
      "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=250"},
     "1 http://c:4318/v1/traces 1 a=1 3 1 vecgate  512 5000 2048 250"},
    {"the sampler",
     NULL,
     {ENDPOINT, "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25"},
     "1 http://c:4318/v1/traces 0  5 0.25 vecgate  512 5000 2048 10000"},
    {"our sampler wins",
     COLLECTOR ", sampler: always_off}",
     {"OTEL_TRACES_SAMPLER=always_on"},
     "1 http://c 0  1 1 vecgate  512 5000 2048 10000"},
    {"the service among attributes",
     NULL,
     {ENDPOINT, "OTEL_RESOURCE_ATTRIBUTES=service.name=a%20b,x=y"},
     "1 http://c:4318/v1/traces 0  3 1 a b service.name=a%20b,x=y 512 5000 2048 10000"},
    {"the service by itself",
     NULL,
     {ENDPOINT, "OTEL_RESOURCE_ATTRIBUTES=service.name=a", "OTEL_SERVICE_NAME=b"},
     "1 http://c:4318/v1/traces 0  3 1 b service.name=a 512 5000 2048 10000"},
    {"batches",
     NULL,
     {ENDPOINT, "OTEL_BSP_SCHEDULE_DELAY=100", "OTEL_BSP_MAX_QUEUE_SIZE=20",
      "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=10"},
     "1 http://c:4318/v1/traces 0  3 1 vecgate  10 100 20 10000"},
    {"switched off for all",
     NULL,
     {ENDPOINT, "OTEL_SDK_DISABLED=True"},
     "0 http://c:4318/v1/traces 0  3 1 vecgate  512 5000 2048 10000"},
    {"and on here",
     COLLECTOR ", enabled: true}",
     {"OTEL_SDK_DISABLED=true"},
     "1 http://c 0  3 1 vecgate  512 5000 2048 10000"},
    {"no exporter",
     NULL,
     {ENDPOINT, "OTEL_TRACES_EXPORTER=none"},
     "0 http://c:4318/v1/traces 0  3 1 vecgate  512 5000 2048 10000"},
    {"another word that switches nothing off",
     NULL,
     {ENDPOINT, "OTEL_SDK_DISABLED=false", "OTEL_TRACES_EXPORTER=otlp"},
     "1 http://c:4318/v1/traces 0  3 1 vecgate  512 5000 2048 10000"},
    {"without an endpoint theirs do not count, not even wrong ones",
     NULL,
     {"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_TRACES_SAMPLER=jaeger_remote",
      "OTEL_SERVICE_NAME=b"},
     "1  0  3 1 vecgate  512 5000 2048 10000"},
};

static void each_source_says_its_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(sources); i++) {
        vg_config *config = fakes_read_good(sources[i].yaml, sources[i].variables, NULL);
        char text[256];

        print_message("%s\n", sources[i].says);
        show(&vg_config_values(config)->traces, text, sizeof text);
        assert_string_equal(text, sources[i].comes_to);
        vg_config_free(config);
    }
}

#define PAIRS "expected name=value,name2=value2 with percent-encoded values, 32 at most\n"
#define HEADERS                                                                                    \
    "expected name=value,name2=value2 with names as HTTP has them and percent-encoded values, 32 " \
    "at most\n"

static const struct refused {
    const char *says, *yaml;
    const char *variables[VARIABLES];
    const char *complaint;
} refused[] = {
    {"a protocol that is not spoken",
     NULL,
     {ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"},
     "OTEL_EXPORTER_OTLP_PROTOCOL: traces.protocol: must be one of http/protobuf, http/json, got "
     "\"grpc\"\n"},
    {"a share of more than all",
     COLLECTOR ", ratio: '1.5'}",
     {NULL},
     "vecgate.yaml:1: traces.ratio: expected a number from 0 to 1, such as 0.05\n"},
    {"a share that is no number",
     COLLECTOR ", ratio: half}",
     {NULL},
     "vecgate.yaml:1: traces.ratio: expected a number from 0 to 1, such as 0.05\n"},
    {"a queue that holds no batch",
     COLLECTOR ", queue: 100}",
     {NULL},
     "vecgate.yaml:1: traces.queue: must be traces.batch at least\n"},
    {"attributes without values",
     COLLECTOR ", attributes: 'a,b'}",
     {NULL},
     "vecgate.yaml:1: traces.attributes: " PAIRS},
    {"attributes without names",
     COLLECTOR ", attributes: '=b'}",
     {NULL},
     "vecgate.yaml:1: traces.attributes: " PAIRS},
    {"half a percent",
     COLLECTOR ", attributes: 'a=%4'}",
     {NULL},
     "vecgate.yaml:1: traces.attributes: " PAIRS},
    {"a percent that is not UTF-8",
     COLLECTOR ", attributes: 'a=%ff'}",
     {NULL},
     "vecgate.yaml:1: traces.attributes: " PAIRS},
    {"a byte that ends a text",
     COLLECTOR ", attributes: 'a=x%00'}",
     {NULL},
     "vecgate.yaml:1: traces.attributes: " PAIRS},
    {"a header with a blank in its name",
     COLLECTOR ", headers: 'a b=1'}",
     {NULL},
     "vecgate.yaml:1: traces.headers: " HEADERS},
    {"a header of two lines",
     NULL,
     {ENDPOINT, "OTEL_EXPORTER_OTLP_HEADERS=a=1%0ab"},
     "OTEL_EXPORTER_OTLP_HEADERS: traces.headers: " HEADERS},
};

static void what_cannot_be_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(refused); i++)
        fakes_assert_refused(refused[i].says, refused[i].yaml, refused[i].variables, NULL,
                             refused[i].complaint);
}

static void pairs_are_read_as_baggage_has_them(void **state)
{
    static const char text[] = " a = 1 ,, b=x%3Dy%2c , c=d=e,f=";
    vg_arena *arena = vg_arena_new(4096);
    vg_header pairs[VG_TRACES_PAIRS];
    uint32_t count;

    (void)state;
    assert_true(vg_traces_pairs(vg_slice_str(text), arena, pairs, &count));
    assert_int_equal(count, 4);
    assert_true(vg_slice_is_str(pairs[0].name, "a") && vg_slice_is_str(pairs[0].value, "1"));
    assert_true(vg_slice_is_str(pairs[1].name, "b") && vg_slice_is_str(pairs[1].value, "x=y,"));
    assert_true(vg_slice_is_str(pairs[2].value, "d=e"));
    assert_int_equal(pairs[3].value.len, 0);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_says_its_part),
        cmocka_unit_test(what_cannot_be_is_refused_with_its_place),
        cmocka_unit_test(pairs_are_read_as_baggage_has_them),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
