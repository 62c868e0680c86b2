/* A backend that is sick in the way that a test says, and a runner before it with every policy: a
 * fake loop, a transport whose exchanges each have a fate, an adapter that judges replies by their
 * status. For tests of the policies as calls meet them.
 *
 * Reads are one exchange. UPSERT is a write and then a read, CREATE_COLLECTION a write that may be
 * repeated only when it was not sent. A reply's status: 200 well, 404 NOT_FOUND, 429 THROTTLED
 * (with what the fate asks for), 503 UNAVAILABLE, any other BACKEND_ERROR. The answer to a read is
 * the name of its exchange's number: "3". */
#ifndef VG_TESTS_SUPPORT_SICK_H
#define VG_TESTS_SUPPORT_SICK_H

#include "base/list.h"
#include "call/call.h"
#include "tests/support/fake_loop.h"

typedef struct sick_fate {
    uint64_t after_ms; /* it ends then; SICK_HANGS: only when it is stopped */
    int status;        /* 0: no reply, but … */
    vg_fault fault;    /* … this */
    bool was_sent;
    uint32_t retry_after_ms;
} sick_fate;
enum { SICK_HANGS = 1000000000, SICK_FATES = 64 };

typedef struct sick {
    fake_loop *fake;
    vg_loop *loop;
    vg_transport transport; /* not the first: found by container_of */
    vg_metrics *metrics;
    vg_shared *shared;
    vg_shared_backend *state;
    vg_resilience conf; /* the defaults of a remote backend, for the test to change */
    vg_backend backend;
    vg_runner *runner;           /* made by the first sick_start() */
    sick_fate fates[SICK_FATES]; /* of the exchanges to come; then `usual` */
    int fate_count, fate_at;
    sick_fate usual;
    sick_fate (*choose)(void); /* instead of these, if set */
    vg_list under_way;
    int sent, in_flight, most_in_flight;
    /* More than 1: reads go to all but the first in turn, and to that one when no other will do;
     * all else goes to it. Set before the first start, by sick_has_endpoints(). */
    uint32_t endpoints;
    uint32_t dead; /* those that cannot be reached, a bit for each */
    bool moves;    /* what was to go to one of these goes to the first, unseen, unless it stays */
    uint32_t turn;
    int sent_to[VG_ENDPOINTS];
} sick;

typedef struct sick_guest {
    sick *house;
    vg_op *op;
    vg_tenant tenant;
    int endings;
    int sent; /* exchanges */
    vg_timing timing;
    vg_timed timed[SICK_FATES]; /* its list */
} sick_guest;

/* What house->conf begins as: the options' defaults, which unit/config/resilience holds it to. */
extern const vg_resilience sick_defaults;

int sick_open(void **state); /* cmocka setup and teardown; checks that nothing is left */
int sick_close(void **state);

void sick_has_endpoints(sick *house, uint32_t count);
void sick_fates_are(sick *house, const sick_fate *fates, int count);
/* An op of the tenant's with 30 s to live; the latter starts it at once. */
void sick_prepare(sick_guest *guest, sick *house, vg_op_kind kind, const char *tenant);
void sick_start(sick_guest *guest, sick *house, vg_op_kind kind, const char *tenant);
void sick_advance(sick *house, uint64_t ms);
/* Until it has ended; must be within a minute. */
void sick_finish(sick_guest *guest);
void sick_free(sick_guest *guest);
/* All of them: starts, finishes, frees; answers how it ended. */
vg_code sick_ask(sick *house, vg_op_kind kind);
uint64_t sick_count(const sick *house, vg_metric metric, vg_op_kind kind);

#endif
