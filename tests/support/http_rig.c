/* See http_rig.h. */
#include "tests/support/http_rig.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the rig --------------------------------------------------------------------------------- */

vg_http_carrier_word http_rig_carrier;
int http_rig_failures;

void http_rig_with(vg_http_carrier_word carrier)
{
    http_rig_carrier = carrier;
}

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("an exchange did not end within 30 s");
}

int http_rig_open(void **state)
{
    http_rig *rig = calloc(1, sizeof *rig);

    uv_loop_init(&rig->uv);
    rig->driver = vg_loop_uv_open(&rig->uv, NULL);
    uv_timer_init(&rig->uv, &rig->guard);
    uv_timer_start(&rig->guard, on_guard, 30000, 0);
    rig->endpoint.base_url = vg_slice_str(rig->url);
    rig->endpoint.carrier = http_rig_carrier;
    rig->endpoint.max_connections = 4;
    rig->endpoint.max_reply_bytes = 100000;
    *state = rig;
    return 0;
}

int http_rig_close(void **state)
{
    http_rig *rig = *state;

    if (rig->http != NULL) {
        assert_int_equal(rig->http->in_flight(rig->http), 0);
        rig->http->close(rig->http);
    }
    if (rig->server != NULL)
        http_server_free(rig->server);
    uv_close((uv_handle_t *)&rig->guard, NULL);
    vg_loop_uv_close(rig->driver);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&rig->uv), 0);
    assert_int_equal(vg_arena_total_bytes(), 0);
    free(rig);
    return 0;
}

void http_rig_set_url(http_rig *rig, const char *scheme, int port, const char *prefix)
{
    snprintf(rig->url, sizeof rig->url, "%s://127.0.0.1:%d%s", scheme, port, prefix);
    rig->endpoint.base_url = vg_slice_str(rig->url);
}

void http_rig_connect(http_rig *rig)
{
    vg_http_parts parts = {.loop = vg_loop_uv_loop(rig->driver),
                           .uv = &rig->uv,
                           .endpoint = &rig->endpoint,
                           .name = VG_LIT("test")};

    rig->http = vg_http_new(&parts);
    assert_non_null(rig->http);
}

/* A plain server and a transport to it. */
http_rig *http_rig_serve(void **state)
{
    http_rig *rig = *state;

    rig->server = http_server_new(&(http_server_parts){0});
    http_rig_set_url(rig, "http", http_server_port(rig->server), "");
    http_rig_connect(rig);
    return rig;
}

/* --- one exchange ---------------------------------------------------------------------------- */

static void find_header(http_trip *t, const vg_http_reply *reply)
{
    for (uint32_t i = 0; t->look_for != NULL && i < reply->header_count; i++) {
        if (vg_slice_is_str(reply->headers[i].name, t->look_for))
            snprintf(t->header, sizeof t->header, VG_FMT, VG_ARG(reply->headers[i].value));
    }
}

static void ended(void *arg, const vg_ending *ending)
{
    http_trip *t = arg;

    t->endings++;
    uv_stop(&t->rig->uv); /* do not wait for more before the test has looked */
    t->fault = ending->fault;
    t->was_sent = ending->was_sent;
    t->connect_ns = ending->connect_ns;
    snprintf(t->detail, sizeof t->detail, VG_FMT, VG_ARG(ending->detail));
    assert_true((ending->reply == NULL) == (ending->fault != VG_FAULT_NONE));
    if (ending->reply == NULL)
        return;
    t->status = ending->reply->http.status;
    t->body_len = ending->reply->http.body.len;
    for (size_t i = 0; i < 64; i++) /* readable, as JSON wants it */
        assert_int_equal(ending->reply->http.body.at[t->body_len + i], 0);
    snprintf(t->body, sizeof t->body, VG_FMT, VG_ARG(ending->reply->http.body));
    find_header(t, &ending->reply->http);
}

http_trip *http_trip_get(http_trip *t, http_rig *rig, const char *target)
{
    *t = (http_trip){.rig = rig};
    snprintf(t->target, sizeof t->target, "%s", target);
    t->x = (vg_exchange){.name = "test.get", .via = VG_VIA_HTTP, .repeat = VG_REPEAT_ALWAYS};
    t->x.as.http = (vg_http_request){.method = "GET", .target = vg_slice_str(t->target)};
    return t;
}

void http_trip_start(http_trip *t)
{
    t->rig->http->send(t->rig->http, &t->x, ended, t);
    assert_int_equal(t->endings, 0); /* never from within */
}

void http_trip_finish(http_trip *t)
{
    while (t->endings == 0)
        uv_run(&t->rig->uv, UV_RUN_ONCE);
    assert_int_equal(t->endings, 1);
}

http_trip *http_trip_go(http_trip *t)
{
    http_trip_start(t);
    http_trip_finish(t);
    return t;
}

void http_rig_turn(http_rig *rig)
{
    uv_run(&rig->uv, UV_RUN_NOWAIT);
}

void http_trip_stop(http_trip *t)
{
    t->rig->http->stop(t->rig->http, t);
    assert_int_equal(t->endings, 0);
    http_trip_finish(t);
    assert_int_equal(t->fault, VG_FAULT_STOPPED);
}
