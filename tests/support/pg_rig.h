/* A uv loop, pools, a PostgreSQL transport on it and a PostgreSQL that is real: what the tests of
 * the transport share. The server is started once in a test program, by tests/support/postgres.py,
 * and can be told to stop, to be killed and to start again. */
#ifndef VG_TESTS_SUPPORT_PG_RIG_H
#define VG_TESTS_SUPPORT_PG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <uv.h>

#include "net/loop_uv.h"
#include "transport/pg.h"
#include "transport/pools.h"

typedef struct pg_server {
    int pid;
    FILE *to, *from;
    char url[512]; /* of its own user and database */
} pg_server;

/* `kind` is postgres.py's "wheel" or "debian"; `settings` are NAME=VALUE, NULL at the end. A
 * failure says how to get what is missing. */
void pg_server_start(pg_server *server, const char *kind, const char *const *settings);
/* A replica that streams from a "wheel". */
void pg_server_follow(pg_server *server, const pg_server *primary, const char *const *settings);
/* Another program of tests/support that says a URL and obeys lines, with its arguments. */
void pg_server_run(pg_server *server, const char *program, const char *const *arguments);
/* "stop", "kill", "start", "set NAME VALUE", …; waits until it is done. */
void pg_server_tell(pg_server *server, const char *line);
void pg_server_end(pg_server *server);
int pg_server_port(const pg_server *server);
/* Its URL with something behind it: "?sslmode=require". */
const char *pg_server_url(const pg_server *server, const char *behind);

typedef struct pg_rig {
    uv_loop_t uv;
    vg_loop_uv *driver;
    vg_pools *pools;
    uv_timer_t guard; /* keeps uv_run() going, and ends a test that hangs */
    vg_pg_endpoint endpoint;
    vg_arena *arena;
    vg_status status;
    vg_transport *pg;
    vg_metrics *metrics;
} pg_rig;

enum { PG_STATEMENTS = 64, PG_CELLS = 64 };

typedef struct pg_trip { /* one exchange */
    pg_rig *rig;
    vg_exchange x;
    vg_pg_statement statements[PG_STATEMENTS];
    int endings;
    vg_fault fault;
    bool was_sent;
    bool has_moved;
    uint64_t connect_ns;
    char detail[256];
    /* of a reply */
    bool has_reply;
    bool has_error;
    char state[6];
    char message[256], hint[128], about[128];
    uint32_t failed; /* the statement that was refused */
    bool on_connect;
    uint32_t count;                 /* of results */
    vg_pg_rows rows[PG_STATEMENTS]; /* without cells */
    char *cells[PG_CELLS];          /* of the last result, from the first on; NULL for NULL */
    size_t lens[PG_CELLS];
    uint64_t bytes; /* of all cells of all results */
} pg_trip;

/* Setup and teardown of one test: a rig for `server`, 4 connections, no transport yet. Teardown
 * checks that nothing is left. */
int pg_rig_open(void **state);
int pg_rig_close(void **state);
#define PG_TEST(name) cmocka_unit_test_setup_teardown(name, pg_rig_open, pg_rig_close)

void pg_rig_set_url(pg_rig *rig, const char *url);
void pg_rig_connect(pg_rig *rig);
void pg_rig_turn(pg_rig *rig); /* once, without waiting */
/* Connections at rest, as the metrics have it. */
uint64_t pg_rig_idle(const pg_rig *rig);

/* An exchange of these statements (NULL at the end), in text form; may be changed before. */
pg_trip *pg_trip_of(pg_trip *trip, pg_rig *rig, const char *const *statements);
pg_trip *pg_trip_one(pg_trip *trip, pg_rig *rig, const char *statement);
void pg_trip_start(pg_trip *trip);
void pg_trip_finish(pg_trip *trip); /* runs the loop until it has ended */
pg_trip *pg_trip_go(pg_trip *trip);
/* Stops it: it must end so, and not at once. */
void pg_trip_stop(pg_trip *trip);
void pg_trip_fini(pg_trip *trip); /* its cells */

/* One statement that goes well, its first cell as text in a buffer of the rig's ("" for none). */
const char *pg_rig_ask(pg_rig *rig, const char *statement);
long pg_rig_count(pg_rig *rig, const char *statement); /* the same as a number */
/* Runs the loop until the statement, asked again and again, answers so. */
void pg_rig_await(pg_rig *rig, const char *statement, const char *answer);
/* The same until it goes well at all: a server is back, or there in time on a busy machine. */
void pg_rig_await_good(pg_rig *rig, const char *statement);

#endif
