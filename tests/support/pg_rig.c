/* See pg_rig.h. */
#include "tests/support/pg_rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vecgate/arena.h"

#define PYTHON "build/test-env/postgres/bin/python"

enum { MOST_ARGUMENTS = 64 };

/* --- the server ------------------------------------------------------------------------------ */

static void run_program(int in, int out, const char *const *argv)
{
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execv(PYTHON, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s is missing: tests/api/setup.sh makes it\n", PYTHON);
    _exit(127);
}

static void read_line(pg_server *server, char *line, int room)
{
    if (fgets(line, room, server->from) == NULL)
        fail_msg("a server of the tests is not there: tests/api/setup.sh installs the PostgreSQL "
                 "with pgvector, deps/install.sh test the others");
    line[strcspn(line, "\n")] = '\0';
}

void pg_server_run(pg_server *server, const char *program, const char *const *arguments)
{
    const char *argv[MOST_ARGUMENTS + 4] = {PYTHON, "-B", program};
    int to[2], from[2];

    for (size_t i = 0; i < MOST_ARGUMENTS && arguments[i] != NULL; i++)
        argv[3 + i] = arguments[i];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    server->pid = fork();
    if (server->pid == 0)
        run_program(to[0], from[1], argv);
    close(to[0]);
    close(from[1]);
    server->to = fdopen(to[1], "w");
    server->from = fdopen(from[0], "r");
    read_line(server, server->url, sizeof server->url);
}

static void start(pg_server *server, const char *kind, const char *behind,
                  const char *const *settings)
{
    const char *arguments[MOST_ARGUMENTS] = {"--from", kind};
    size_t count = 2;

    if (behind != NULL) {
        arguments[count++] = "--behind";
        arguments[count++] = behind;
    }
    for (; settings != NULL && *settings != NULL && count < MOST_ARGUMENTS - 2; settings++) {
        arguments[count++] = "--set";
        arguments[count++] = *settings;
    }
    pg_server_run(server, "tests/support/postgres.py", arguments);
}

void pg_server_start(pg_server *server, const char *kind, const char *const *settings)
{
    start(server, kind, NULL, settings);
}

void pg_server_follow(pg_server *server, const pg_server *primary, const char *const *settings)
{
    start(server, "wheel", primary->url, settings);
}

void pg_server_tell(pg_server *server, const char *line)
{
    char answer[64];

    fprintf(server->to, "%s\n", line);
    fflush(server->to);
    read_line(server, answer, sizeof answer);
    assert_string_equal(answer, "ok");
}

void pg_server_end(pg_server *server)
{
    fclose(server->to);
    fclose(server->from);
    waitpid(server->pid, NULL, 0);
}

int pg_server_port(const pg_server *server)
{
    const char *named = strstr(server->url, "port=");

    return (int)strtol(named != NULL ? named + 5 : strrchr(server->url, ':') + 1, NULL, 10);
}

const char *pg_server_url(const pg_server *server, const char *behind)
{
    static char url[1024];

    snprintf(url, sizeof url, "%s%s", server->url, behind);
    return url;
}

/* --- the rig --------------------------------------------------------------------------------- */

static void on_guard(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("an exchange did not end within 50 s");
}

int pg_rig_open(void **state)
{
    static const vg_pool_size sizes[VG_POOLS] = {{1, 8}, {1, 8}, {1, 64}, {2, 64}, {1, 64}};
    pg_rig *rig = calloc(1, sizeof *rig);

    uv_loop_init(&rig->uv);
    rig->driver = vg_loop_uv_open(&rig->uv, NULL);
    rig->pools = vg_pools_new(sizes);
    rig->arena = vg_arena_new(1 << 20);
    rig->metrics = vg_metrics_new(1);
    uv_timer_init(&rig->uv, &rig->guard);
    uv_timer_start(&rig->guard, on_guard, 50000, 0);
    rig->endpoint.max_connections = 4;
    rig->endpoint.max_reply_bytes = 1000000;
    *state = rig;
    return 0;
}

int pg_rig_close(void **state)
{
    pg_rig *rig = *state;

    if (rig->pg != NULL) {
        assert_int_equal(rig->pg->in_flight(rig->pg), 0);
        rig->pg->close(rig->pg);
    }
    uv_close((uv_handle_t *)&rig->guard, NULL);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    vg_loop_uv_close(rig->driver);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    vg_pools_free(rig->pools);
    assert_int_equal(uv_loop_close(&rig->uv), 0);
    vg_metrics_free(rig->metrics);
    vg_arena_free(rig->arena);
    free(rig);
    return 0;
}

void pg_rig_set_url(pg_rig *rig, const char *url)
{
    rig->endpoint.url = vg_arena_copy(rig->arena, vg_slice_str(url));
}

void pg_rig_connect(pg_rig *rig)
{
    vg_pg_parts parts = {.loop = vg_loop_uv_loop(rig->driver),
                         .uv = &rig->uv,
                         .pools = rig->pools,
                         .endpoint = &rig->endpoint,
                         .name = VG_LIT("test"),
                         .arena = rig->arena,
                         .metrics = rig->metrics};

    rig->pg = vg_pg_new(&parts, &rig->status);
    if (rig->pg == NULL)
        fail_msg(VG_FMT, VG_ARG(rig->status.what));
}

void pg_rig_turn(pg_rig *rig)
{
    uv_run(&rig->uv, UV_RUN_NOWAIT);
}

uint64_t pg_rig_idle(const pg_rig *rig)
{
    return vg_metrics_read(rig->metrics, VG_M_backend_connections_idle,
                           (vg_cell){.backend = vg_metrics_backend(rig->metrics, VG_LIT("test"))});
}

/* --- one exchange ---------------------------------------------------------------------------- */

pg_trip *pg_trip_of(pg_trip *trip, pg_rig *rig, const char *const *statements)
{
    uint32_t count = 0;

    *trip = (pg_trip){.rig = rig};
    for (; statements[count] != NULL && count < PG_STATEMENTS; count++)
        trip->statements[count].sql = vg_slice_str(statements[count]);
    trip->x = (vg_exchange){.name = "test.pg", .via = VG_VIA_PG, .repeat = VG_REPEAT_NEVER};
    trip->x.as.pg = (vg_pg_request){.statements = trip->statements, .count = count};
    return trip;
}

pg_trip *pg_trip_one(pg_trip *trip, pg_rig *rig, const char *statement)
{
    return pg_trip_of(trip, rig, (const char *const[]){statement, NULL});
}

static void copy_cells(pg_trip *trip, const vg_pg_rows *rows)
{
    size_t cells = (size_t)rows->rows * rows->columns;

    for (size_t i = 0; i < cells && i < PG_CELLS; i++) {
        trip->lens[i] = rows->cells[i].len;
        if (rows->cells[i].at != NULL)
            trip->cells[i] = strndup(rows->cells[i].at, rows->cells[i].len);
    }
}

static void see_rows(pg_trip *trip, const vg_pg_reply *reply)
{
    trip->count = reply->count;
    for (uint32_t i = 0; i < reply->count; i++) {
        const vg_pg_rows *rows = &reply->results[i];

        trip->rows[i] = *rows;
        trip->rows[i].cells = NULL;
        for (size_t n = 0; n < (size_t)rows->rows * rows->columns; n++)
            trip->bytes += rows->cells[n].len;
    }
    if (reply->count > 0)
        copy_cells(trip, &reply->results[reply->count - 1]);
}

static void see_error(pg_trip *trip, const vg_pg_error *error)
{
    trip->has_error = true;
    trip->failed = error->statement;
    trip->on_connect = error->on_connect;
    snprintf(trip->state, sizeof trip->state, "%s", error->state);
    snprintf(trip->message, sizeof trip->message, VG_FMT, VG_ARG(error->message));
    snprintf(trip->hint, sizeof trip->hint, VG_FMT, VG_ARG(error->hint));
    snprintf(trip->about, sizeof trip->about, VG_FMT, VG_ARG(error->constraint));
}

static void ended(void *arg, const vg_ending *ending)
{
    pg_trip *trip = arg;

    trip->endings++;
    uv_stop(&trip->rig->uv); /* do not wait for more before the test has looked */
    trip->fault = ending->fault;
    trip->was_sent = ending->was_sent;
    trip->connect_ns = ending->connect_ns;
    trip->has_moved = ending->has_moved;
    snprintf(trip->detail, sizeof trip->detail, VG_FMT, VG_ARG(ending->detail));
    assert_true((ending->reply == NULL) == (ending->fault != VG_FAULT_NONE));
    trip->has_reply = ending->reply != NULL;
    if (ending->reply == NULL)
        return;
    assert_int_equal(ending->reply->via, VG_VIA_PG);
    see_rows(trip, &ending->reply->pg);
    if (ending->reply->pg.error != NULL)
        see_error(trip, ending->reply->pg.error);
}

void pg_trip_start(pg_trip *trip)
{
    trip->rig->pg->send(trip->rig->pg, &trip->x, ended, trip);
    assert_int_equal(trip->endings, 0); /* never from within */
}

void pg_trip_finish(pg_trip *trip)
{
    while (trip->endings == 0)
        uv_run(&trip->rig->uv, UV_RUN_ONCE);
    assert_int_equal(trip->endings, 1);
}

pg_trip *pg_trip_go(pg_trip *trip)
{
    pg_trip_start(trip);
    pg_trip_finish(trip);
    return trip;
}

void pg_trip_stop(pg_trip *trip)
{
    trip->rig->pg->stop(trip->rig->pg, trip);
    assert_int_equal(trip->endings, 0);
    pg_trip_finish(trip);
    assert_int_equal(trip->fault, VG_FAULT_STOPPED);
}

void pg_trip_fini(pg_trip *trip)
{
    for (size_t i = 0; i < PG_CELLS; i++) {
        free(trip->cells[i]);
        trip->cells[i] = NULL;
    }
}

const char *pg_rig_ask(pg_rig *rig, const char *statement)
{
    static char answer[256];
    pg_trip trip;

    pg_trip_go(pg_trip_one(&trip, rig, statement));
    if (!trip.has_reply || trip.has_error)
        fail_msg("%s: %s %s%s", statement, vg_fault_word(trip.fault), trip.detail, trip.message);
    snprintf(answer, sizeof answer, "%s", trip.cells[0] != NULL ? trip.cells[0] : "");
    pg_trip_fini(&trip);
    return answer;
}

long pg_rig_count(pg_rig *rig, const char *statement)
{
    return strtol(pg_rig_ask(rig, statement), NULL, 10);
}

void pg_rig_await(pg_rig *rig, const char *statement, const char *answer)
{
    while (strcmp(pg_rig_ask(rig, statement), answer) != 0)
        pg_rig_turn(rig);
}

void pg_rig_await_good(pg_rig *rig, const char *statement)
{
    for (bool is_good = false; !is_good;) {
        pg_trip trip;

        pg_trip_go(pg_trip_one(&trip, rig, statement));
        is_good = trip.has_reply && !trip.has_error;
        pg_trip_fini(&trip);
    }
}
