/* A uv loop, a transport on it, a server that misbehaves, and exchanges between the two: what the
 * tests of the HTTP transport share. */
#ifndef VG_TESTS_SUPPORT_HTTP_RIG_H
#define VG_TESTS_SUPPORT_HTTP_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include "net/loop_uv.h"
#include "tests/support/http_server.h"
#include "transport/http.h"

typedef struct http_rig {
    uv_loop_t uv;
    vg_loop_uv *driver;
    uv_timer_t guard; /* keeps uv_run() going, and ends a test that hangs */
    vg_endpoint endpoint;
    char url[128];
    vg_transport *http;
    http_server *server;
} http_rig;

typedef struct http_trip { /* one exchange */
    http_rig *rig;
    vg_exchange x;
    char target[64];
    int endings;
    int status;
    vg_fault fault;
    bool was_sent;
    uint64_t connect_ns;
    char body[4096];
    size_t body_len;
    char header[64]; /* the value of `look_for` */
    const char *look_for;
    char detail[256];
} http_trip;

/* Setup and teardown: a rig without server and transport, bounds of 4 connections and 100 000
 * bytes. Teardown checks that nothing is left. */
int http_rig_open(void **state);
int http_rig_close(void **state);
#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, http_rig_open, http_rig_close)

/* Which carrier rigs have, and a group of tests with the one and then with the other; the failures
 * of both. */
extern vg_http_carrier_word http_rig_carrier;
extern int http_rig_failures; /* of the first */
#define HTTP_RUN(tests)                                                          \
    (http_rig_with(VG_CARRIER_CURL),                                             \
     http_rig_failures = cmocka_run_group_tests_name("curl", tests, NULL, NULL), \
     http_rig_with(VG_CARRIER_DIRECT),                                           \
     http_rig_failures + cmocka_run_group_tests_name("direct", tests, NULL, NULL))
void http_rig_with(vg_http_carrier_word carrier);

void http_rig_set_url(http_rig *rig, const char *scheme, int port, const char *prefix);
void http_rig_connect(http_rig *rig);
/* A plain server, and a transport to it. */
http_rig *http_rig_serve(void **state);
void http_rig_turn(http_rig *rig); /* once, without waiting */

/* An exchange to be started; may be changed before. */
http_trip *http_trip_get(http_trip *trip, http_rig *rig, const char *target);
void http_trip_start(http_trip *trip);
void http_trip_finish(http_trip *trip); /* runs the loop until it has ended */
http_trip *http_trip_go(http_trip *trip);
/* Stops it: it must end so, and not at once. */
void http_trip_stop(http_trip *trip);

#endif
