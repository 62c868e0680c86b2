/* The front with a stream, a pool and a plan that do what the test says; and an API to test with,
 * in the place of the native one. */
#ifndef VG_TESTS_UNIT_FRONT_FLOW_H
#define VG_TESTS_UNIT_FRONT_FLOW_H

#include "front/front.h"
#include "tests/support/fake_gate.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_plan.h"
#include "tests/support/fake_stream.h"

enum { FLOW_LARGE = 32 * 1024 + 1 }; /* too large for the loop */

/* The routes of the API to test with:
 *     POST, GET /v1/any       counts what is read and written, answers "done"
 *     GET /v1/list            the same for points
 *     GET /v1/missing         knows what to say when nothing was found
 *     GET /v1/failed          knows what to say about every failure
 *     GET /v1/name/{name}     answers its parameter, without an operation
 *     POST /v1/later          is not built
 * Errors are "CODE: words" with native numbers. */
struct flow {
    fake_loop *loop;
    vg_metrics *metrics;
    vg_front *front;
    uint64_t clock_ns; /* what the real clock says; a request begins at 1 s */
    uint32_t reads, writes;
    bool logs_access;
    bool refuses_silently; /* the reader says no, and not why */
    bool is_full;          /* the pool */
};
extern struct flow flow;

/* Setup and teardown: nothing is left behind, no request in flight. */
int flow_begin(void **state);
int flow_end(void **state);

/* A request whose head has not been given to the front yet. */
vg_stream *flow_ask(const char *method, const char *target, const char *const *headers);
/* A request up to where its body has come. */
vg_stream *flow_send_body(const char *method, const char *target, vg_slice body);
vg_stream *flow_send(const char *method, const char *target);
/* Does what the pool was given. */
void flow_run_pool(void);
/* JSON too large for the loop, and a result whose answer is. */
vg_slice flow_large_body(void);
void flow_give_large_answer(void);

void flow_check_answer(int status, const char *body);
bool flow_has_header(const char *line);
/* Requests of this API that ended so. */
uint64_t flow_ended(vg_api api, vg_code code);

#endif
