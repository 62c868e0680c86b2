/* Who comes in and to what: what is asked of the gate, what strangers get, what is judged before a
 * body is read and what after, what of an answer is seen, and that every denial is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/unit/front/flow.h"

#define NEEDED "Must provide an API key or an Authorization bearer token"
#define WRONG  "Invalid API key or JWT"

static const vg_filter mine, there;
static const vg_collection_access listed[] = {
    {VG_LIT_INIT("a"), VG_ACCESS_WRITE, NULL},
    {VG_LIT_INIT("b"), VG_ACCESS_WRITE, &mine},
    {VG_LIT_INIT("m"), VG_ACCESS_MANAGE, NULL},
};
static const vg_identity lister = {.name = VG_LIT_INIT("token alice"),
                                   .tenant = {.name = VG_LIT_INIT("alice")},
                                   .collections = listed,
                                   .collection_count = 3};
static const vg_identity reader = {.name = VG_LIT_INIT("key dashboards"),
                                   .tenant = {.name = VG_LIT_INIT("alice")},
                                   .global = VG_ACCESS_READ};
static const vg_identity proven = {.name = VG_LIT_INIT("token bob"),
                                   .tenant = {.name = VG_LIT_INIT("default")},
                                   .global = VG_ACCESS_READ,
                                   .exists_in = VG_LIT_INIT("users"),
                                   .exists = &there};

static void let_in(const vg_identity *who)
{
    fake_gate_is.is_keyed = true;
    fake_gate_is.who = who;
}

static void keep_out(vg_code code, const char *text)
{
    fake_gate_is.is_keyed = true;
    fake_gate_is.who = NULL;
    fake_gate_is.refusal = (vg_status){.code = code, .what = vg_slice_str(text)};
}

static uint64_t denials(vg_api api, vg_code code)
{
    return vg_metrics_read(flow.metrics, VG_M_denials_total,
                           (vg_cell){.api = (uint8_t)api, .code = (uint8_t)code});
}

/* Its head, and its body if that is wanted. */
static vg_stream *ask(const char *method, const char *target, const char *const *headers,
                      const char *body)
{
    vg_stream *stream = flow_ask(method, target, headers);

    if (body)
        fake_stream_announce(stream, strlen(body));
    fake_stream_head(stream);
    if (fake_stream_is_accepted(stream))
        fake_stream_body(stream, vg_slice_str(body));
    return stream;
}

/* ---- what the gate is asked ---- */

struct sent {
    const char *says;
    const char *headers[9];
    const char *key, *authorization, *tenant; /* NULL: not sent */
};

/* clang-format off */
static const struct sent sent[] = {
    {"nothing", {NULL}, NULL, NULL, NULL},
    {"a key", {"api-key", "k", NULL}, "k", NULL, NULL},
    {"a bearer", {"authorization", "Bearer k", NULL}, NULL, "Bearer k", NULL},
    {"both", {"authorization", "Bearer k", "api-key", "j", NULL}, "j", "Bearer k", NULL},
    {"a tenant", {"x-vecgate-tenant", "t", NULL}, NULL, NULL, "t"},
    {"empty ones were sent all the same", {"api-key", "", "authorization", "", "x-vecgate-tenant", "", NULL}, "", "", ""},
    {"the same twice is the same", {"api-key", "k", "api-key", "k", NULL}, "k", NULL, NULL},
};
/* clang-format on */

static bool is_sent(vg_slice got, const char *want)
{
    return want ? got.at && vg_slice_is_str(got, want) : !got.at;
}

static void the_gate_is_asked_by_headers(void **state)
{
    (void)state;
    let_in(&reader);
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        vg_stream *stream = ask("GET", "/v1/any?api-key=q", sent[i].headers, NULL);
        const vg_gate_ask *asked = &fake_gate_is.asked;

        print_message("%s\n", sent[i].says);
        assert_true(is_sent(asked->api_key, sent[i].key));
        assert_true(is_sent(asked->authorization, sent[i].authorization));
        assert_true(is_sent(asked->tenant, sent[i].tenant));
        assert_true(asked->now_ms > 0);
        fake_plan_finish();
        fake_stream_end(stream);
    }
    assert_int_equal(fake_gate_is.asks, sizeof sent / sizeof sent[0]);
}

static void two_that_differ_are_asked_of_nobody(void **state)
{
    static const char *const names[] = {"api-key", "authorization", "x-vecgate-tenant"};

    (void)state;
    let_in(&reader);
    for (int i = 0; i < 3; i++)
        for (int empty = 0; empty < 2; empty++) {
            const char *headers[] = {names[i], "k", names[i], empty ? "" : "j", NULL};
            vg_stream *stream = ask("GET", "/collections", headers, NULL);

            flow_check_answer(401, WRONG ": a header that says who asks was sent twice");
            fake_stream_end(stream);
        }
    assert_int_equal(fake_gate_is.asks, 0);
}

/* ---- strangers ---- */

struct stranger {
    const char *says;
    vg_code code;
    const char *method;
    const char *target;
    int http;
    const char *body;
};

/* clang-format off */
static const struct stranger strangers[] = {
    {"Qdrant: text alone", VG_UNAUTHENTICATED, "GET", "/collections", 401, "why"},
    {"Qdrant: a bad signature too", VG_FORBIDDEN, "GET", "/collections", 403, "why"},
    {"Qdrant: a path that is not there", VG_UNAUTHENTICATED, "GET", "/nothing", 401, "why"},
    {"Qdrant: another method", VG_UNAUTHENTICATED, "PUT", "/collections", 401, "why"},
    {"Qdrant: what is not built", VG_UNAUTHENTICATED, "GET", "/telemetry", 401, "why"},
    {"admin: metrics", VG_UNAUTHENTICATED, "GET", "/metrics", 401, "why"},
    {"native: in its own words", VG_UNAUTHENTICATED, "GET", "/v1/any", 401, "UNAUTHENTICATED: why"},
    {"native: a path that is not there", VG_UNAUTHENTICATED, "GET", "/v1/nothing", 401, "UNAUTHENTICATED: why"},
    {"native: another method", VG_UNAUTHENTICATED, "PUT", "/v1/any", 401, "UNAUTHENTICATED: why"},
    {"native: a bad signature", VG_FORBIDDEN, "GET", "/v1/any", 403, "FORBIDDEN: why"},
    {"a gate without memory refuses nobody", VG_OVERLOADED, "GET", "/collections", 503,
     "{\"status\":{\"error\":\"Shard temporarily unavailable: why\"},\"time\":0.0}"},
    {"like a free path, and is not", VG_UNAUTHENTICATED, "GET", "/healthz/x", 401, "why"},
    {"like a free path, and is not", VG_UNAUTHENTICATED, "GET", "/healthzx", 401, "why"},
};
/* clang-format on */

static void strangers_are_turned_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        const struct stranger *row = &strangers[i];
        vg_stream *stream;

        print_message("%s\n", row->says);
        keep_out(row->code, "why");
        stream = ask(row->method, row->target, NULL, NULL);
        flow_check_answer(row->http, row->body);
        assert_false(fake_stream_is_accepted(stream));
        assert_int_equal(flow_has_header("www-authenticate: Bearer\n"),
                         row->http == 401 && !strncmp(row->target, "/v1", 3));
        assert_false(flow_has_header("allow: "));
        fake_stream_end(stream);
    }
    assert_int_equal(fake_plan_started(), 0);
}

static void no_body_of_a_strangers_is_read(void **state)
{
    vg_stream *stream;

    (void)state;
    keep_out(VG_UNAUTHENTICATED, NEEDED);
    stream = flow_ask("POST", "/v1/any", NULL);
    fake_stream_announce(stream, 2);
    fake_stream_head(stream);
    assert_false(fake_stream_is_accepted(stream));
    flow_check_answer(401, "UNAUTHENTICATED: " NEEDED);
    fake_stream_end(stream);
}

/* Nor where a stranger may come, or would lead nowhere. */
static void no_body_is_read_for_what_is_everybodys(void **state)
{
    static const char *const targets[] = {"/", "/livez/x"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        vg_stream *stream = flow_ask("GET", targets[i], NULL);

        fake_stream_announce(stream, 2);
        fake_stream_head(stream);
        assert_false(fake_stream_is_accepted(stream));
        assert_int_equal(fake_stream_answer()->status, i == 0 ? 200 : 404);
        fake_stream_end(stream);
    }
}

static void liveness_is_everybodys(void **state)
{
    static const char *const paths[] = {"/",      "/healthz", "/readyz",
                                        "/livez", "/readyzx", "/livez/x"};

    (void)state;
    keep_out(VG_UNAUTHENTICATED, "why");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        vg_stream *stream = ask("GET", paths[i], NULL, NULL);

        assert_int_not_equal(fake_stream_answer()->status, 401);
        fake_stream_end(stream);
    }
    assert_int_equal(fake_gate_is.asks, 0);
    assert_int_equal(fake_plan_started(), 0);
}

static void a_page_may_ask_first_without_a_key(void **state)
{
    static const char *const headers[] = {"origin", "http://app.example",
                                          "access-control-request-method", "PUT", NULL};
    static const char *const later[] = {"origin", "http://app.example", NULL};
    vg_stream *stream;

    (void)state;
    keep_out(VG_UNAUTHENTICATED, "why");
    stream = ask("OPTIONS", "/collections/a", headers, NULL);
    flow_check_answer(204, "");
    fake_stream_end(stream);
    stream = ask("GET", "/collections/a", later, NULL); /* and can read why not */
    flow_check_answer(401, "why");
    assert_true(flow_has_header("access-control-allow-origin: *\n"));
    fake_stream_end(stream);
}

/* ---- rights ---- */

#define FORBIDDEN(text) "{\"status\":{\"error\":\"Forbidden: " text "\"},\"time\":0.0}"

struct judged {
    const char *says;
    const vg_identity *who;
    const char *method, *target;
    const char *body; /* NULL: there is none */
    const char *text;
    bool is_early; /* no body is waited for: it announces more than is read in vain */
};

/* clang-format off */
static const struct judged judged[] = {
    {"before it exists", &lister, "GET", "/collections/x", NULL, FORBIDDEN("Access to collection x is required"), true},
    {"before what is not built", &reader, "POST", "/locks", NULL, FORBIDDEN("Global manage access is required"), true},
    {"before a body", &reader, "PUT", "/collections/x/points", NULL, FORBIDDEN("Global manage access is required"), true},
    {"an escape is its letter", &lister, "GET", "/collections/%78", NULL, FORBIDDEN("Access to collection x is required"), true},
    {"restricted", &lister, "GET", "/collections/b", NULL, FORBIDDEN("This operation is not allowed when \\\"payload\\\" restriction is present for collection b"), true},
    {"a collection in the body", &lister, "POST", "/collections/a/points/query", "{\"query\":1,\"lookup_from\":{\"collection\":\"x\"}}",
     FORBIDDEN("Access to collection x is required"), false},
    {"… of groups", &lister, "POST", "/collections/a/points/query/groups", "{\"query\":1,\"group_by\":\"g\",\"with_lookup\":\"b\"}",
     FORBIDDEN("This operation is not allowed when \\\"payload\\\" restriction is present for collection b"), false},
    {"aliases in the body", &lister, "POST", "/collections/aliases",
     "{\"actions\":[{\"create_alias\":{\"collection_name\":\"a\",\"alias_name\":\"m\"}}]}", FORBIDDEN("Global access is required"), false},
};
/* clang-format on */

static void rights_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
        const struct judged *row = &judged[i];
        vg_stream *stream;

        print_message("%s\n", row->says);
        let_in(row->who);
        stream = flow_ask(row->method, row->target, NULL);
        if (row->is_early)
            fake_stream_announce(stream, 1 << 20);
        else
            fake_stream_announce(stream, strlen(row->body));
        fake_stream_head(stream);
        assert_int_equal(fake_stream_is_accepted(stream), !row->is_early);
        if (!row->is_early)
            fake_stream_body(stream, vg_slice_str(row->body));
        flow_check_answer(403, row->text);
        fake_stream_end(stream);
    }
    assert_int_equal(fake_plan_started(), 0);
}

static void what_is_asked_of_the_plan_is_asked(void **state)
{
    vg_stream *stream;

    (void)state;
    let_in(&lister);
    stream = ask("POST", "/collections/b/points/count", NULL, "{}");
    assert_ptr_equal(fake_plan_op()->claims->only, &mine);
    assert_true(vg_slice_is_str(fake_plan_op()->who->name, "alice"));
    fake_plan_finish();
    fake_stream_end(stream);
    stream = ask("POST", "/collections/a/points/count", NULL, "{}");
    assert_null(fake_plan_op()->claims);
    fake_plan_finish();
    fake_stream_end(stream);
    let_in(&proven);
    stream = ask("GET", "/collections", NULL, NULL);
    assert_ptr_equal(fake_plan_op()->claims->exists, &there);
    fake_plan_finish();
    fake_stream_end(stream);
}

static void lists_are_cut(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("a"), VG_LIT_INIT("x")};
    vg_stream *stream;

    (void)state;
    let_in(&lister);
    stream = ask("GET", "/collections", NULL, NULL);
    fake_plan_op()->out.names.at = names;
    fake_plan_op()->out.names.count = 2;
    fake_plan_finish();
    flow_check_answer(
        200, "{\"result\":{\"collections\":[{\"name\":\"a\"}]},\"status\":\"ok\",\"time\":0.0}");
    fake_stream_end(stream);
}

/* What tells at once has no operation that the plan could look before. */
static void a_row_that_tells_waits_for_the_proof(void **state)
{
    vg_stream *stream;

    (void)state;
    let_in(&proven);
    stream = ask("GET", "/v1/name/x", NULL, NULL);
    assert_true(vg_slice_is_str(fake_plan_op()->name, "users"));
    assert_int_equal(fake_plan_op()->kind, VG_OP_COUNT);
    assert_ptr_equal(fake_plan_op()->claims->exists, &there);
    fake_plan_finish();
    flow_check_answer(200, "x");
    fake_stream_end(stream);
    stream = ask("GET", "/v1/name/x", NULL, NULL);
    vg_status_set(&fake_plan_op()->status, VG_UNAUTHENTICATED, VG_LIT(WRONG), (vg_slice){0});
    fake_plan_finish();
    flow_check_answer(401, "UNAUTHENTICATED: " WRONG);
    fake_stream_end(stream);
    stream = ask("GET", "/v1/failed", NULL, NULL); /* nor is it an answer of a row that has one */
    vg_status_set(&fake_plan_op()->status, VG_UNAUTHENTICATED, VG_LIT(WRONG), (vg_slice){0});
    fake_plan_finish();
    flow_check_answer(401, "UNAUTHENTICATED: " WRONG);
    fake_stream_end(stream);
    stream = ask("GET", "/", NULL, NULL); /* a free path: nobody asks who it is */
    assert_null(fake_plan_op());
    fake_stream_end(stream);
}

/* ---- on reload ---- */

static void credentials_may_come_while_it_runs(void **state)
{
    static const char *const headers[] = {"origin", "http://app.example", NULL};
    vg_stream *stream = ask("GET", "/v1/any", headers, NULL);

    (void)state;
    assert_int_equal(fake_stream_answer()->status, 403);
    fake_stream_end(stream);
    fake_gate_is.is_keyed = true;
    stream = ask("GET", "/v1/any", headers, NULL);
    fake_gate_is.is_keyed = false; /* what was let in is answered by the rule that let it in */
    fake_plan_finish();
    flow_check_answer(200, "done");
    assert_true(flow_has_header("access-control-allow-origin: *\n"));
    fake_stream_end(stream);
}

/* ---- denials ---- */

static void denials_are_counted(void **state)
{
    (void)state;
    keep_out(VG_UNAUTHENTICATED, WRONG);
    fake_stream_end(ask("GET", "/collections", NULL, NULL));
    fake_stream_end(ask("GET", "/v1/any", NULL, NULL));
    fake_stream_end(ask("GET", "/metrics", NULL, NULL));
    let_in(&lister);
    fake_stream_end(ask("GET", "/collections/x", NULL, NULL));
    fake_stream_end(ask("GET", "/collections/nothing/at/all", NULL, NULL));
    assert_int_equal(denials(VG_API_QDRANT, VG_UNAUTHENTICATED), 1);
    assert_int_equal(denials(VG_API_NATIVE, VG_UNAUTHENTICATED), 1);
    assert_int_equal(denials(VG_API_ADMIN, VG_UNAUTHENTICATED), 1);
    assert_int_equal(denials(VG_API_QDRANT, VG_FORBIDDEN), 1);
    assert_int_equal(denials(VG_API_QDRANT, VG_NO_ROUTE), 0);
}

static void audit(const char *target, const char *const *headers, char *line, size_t room)
{
    int ends[2];
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], VG_WARN, VG_LOG_JSON);
    fake_stream_end(ask("GET", target, headers, NULL));
    vg_log_init(STDERR_FILENO, VG_ERROR, VG_LOG_AUTO);
    close(ends[1]);
    len = read(ends[0], line, room - 1);
    close(ends[0]);
    line[len > 0 ? len : 0] = '\0';
}

static void denials_are_audited(void **state)
{
    static const char *const headers[] = {
        "api-key", "s3cret", "authorization", "Bearer s3cret2", "x-request-id", "order-7", NULL};
    static const char *const parts[] = {"\"access denied\"",
                                        "\"who\":\"token alice\"",
                                        "\"tenant\":\"alice\"",
                                        "\"method\":\"GET\"",
                                        "\"route\":\"/collections/{collection}\"",
                                        "\"code\":\"forbidden\"",
                                        "\"why\":\"Access to collection x is required\"",
                                        "\"request_id\":\"order-7\""};
    char line[1024];

    (void)state;
    let_in(&lister);
    audit("/collections/x", headers, line, sizeof line);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(line, parts[i]))
            fail_msg("%s is not in %s", parts[i], line);
    keep_out(VG_UNAUTHENTICATED, WRONG);
    audit("/collections/x?api-key=s3cret", headers, line, sizeof line);
    assert_non_null(strstr(line, "\"who\":\"-\",\"tenant\":\"-\""));
    assert_non_null(strstr(line, "\"route\":\"/collections/{collection}\""));
    assert_non_null(strstr(line, "\"code\":\"unauthenticated\""));
    assert_null(strstr(line, "s3cret"));
    let_in(&reader);
    audit("/collections/nothing/at/all", headers, line, sizeof line);
    assert_string_equal(line, "");
}

int main(void)
{
#define FLOW(test) cmocka_unit_test_setup_teardown(test, flow_begin, flow_end)
    const struct CMUnitTest tests[] = {
        FLOW(the_gate_is_asked_by_headers),
        FLOW(two_that_differ_are_asked_of_nobody),
        FLOW(strangers_are_turned_away),
        FLOW(no_body_of_a_strangers_is_read),
        FLOW(no_body_is_read_for_what_is_everybodys),
        FLOW(liveness_is_everybodys),
        FLOW(a_page_may_ask_first_without_a_key),
        FLOW(rights_are_judged),
        FLOW(what_is_asked_of_the_plan_is_asked),
        FLOW(lists_are_cut),
        FLOW(a_row_that_tells_waits_for_the_proof),
        FLOW(credentials_may_come_while_it_runs),
        FLOW(denials_are_counted),
        FLOW(denials_are_audited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
