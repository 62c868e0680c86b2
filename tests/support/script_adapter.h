/* An adapter that does what a list says, one move for each step, and a house for a runner around
 * it: fake loop, fake transport, metrics. For tests of the runner. */
#ifndef VG_TESTS_SUPPORT_SCRIPT_ADAPTER_H
#define VG_TESTS_SUPPORT_SCRIPT_ADAPTER_H

#include <pthread.h>

#include "call/call.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

typedef enum script_move {
    MOVE_END,         /* more was asked than the list has: ends the test */
    MOVE_READ,        /* send "read" */
    MOVE_WRITE,       /* send "write", which may be repeated */
    MOVE_WRITE_ONCE,  /* send "write", which may not */
    MOVE_REST,        /* wait for 100 ms */
    MOVE_DONE,        /* the last reply's body becomes the health title */
    MOVE_FAIL,        /* NOT_FOUND, "no such thing" */
    MOVE_FAIL_UNSURE, /* UNAVAILABLE, "half dead": a write may have been done */
    MOVE_STOPPED,     /* CANCELLED, "interrupted": what was sent ended when it was told to */
    MOVE_AGAIN,
    MOVE_LOSE,           /* begun again, too, with a reason */
    MOVE_SEND_NOTHING,   /* VG_SEND without an exchange */
    MOVE_SEND_ELSEWHERE, /* … for another kind of transport */
    MOVE_FAIL_SILENTLY,  /* VG_FAIL without a status */
    MOVE_TALK_NONSENSE,  /* no vg_next at all */
    MOVE_FILL,           /* takes scratch until it is spent, then fails as an adapter does */
} script_move;

typedef struct script {
    script_move moves[16];
    int at;
    int steps;            /* asked so far */
    int steps_with_reply; /* of these */
    pthread_t thread;     /* of the last step */
    size_t reply_len;     /* of the last one */
    bool saw_header;      /* the fake transport's, in the last reply */
} script;

typedef struct house {
    fake_loop *fake;
    vg_loop *loop;
    fake_transport *transport;
    vg_metrics *metrics;
    vg_backend backend;
    script script;
    vg_pools *pools; /* NULL unless the test makes them */
    size_t scratch_bytes;
    vg_runner *runner; /* made by house_start() or house_open_runner() */
} house;

/* One op in an arena of its own. */
typedef struct guest {
    house *house;
    vg_op *op;
    int endings;
} guest;

int house_open(void **state); /* cmocka setup and teardown */
int house_close(void **state);
void house_open_runner(house *h);

/* The list ends at the first MOVE_END. */
void house_script(house *h, const script_move *moves);
/* An op of that kind with 1 s to live; `arena_bytes` 0: plenty. */
void guest_init(guest *g, house *h, vg_op_kind kind, size_t arena_bytes);
void guest_start(guest *g); /* checks that nothing ends within */
/* Settles; the op must have ended, once. */
void guest_finish(guest *g);
void guest_free(guest *g);

#endif
