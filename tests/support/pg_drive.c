/* See pg_drive.h. */
#include "tests/support/pg_drive.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#define PYTHON "build/test-env/postgres/bin/python"

enum { MOST_AGAIN = 5 };

struct pg_drive {
    int pid;
    FILE *to, *from;
    PGconn *conn;
    unsigned exchanges;
};

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

/* ---- the server ---- */

static void run_server(int in, int out)
{
    const char *argv[] = {PYTHON, "-B", "tests/support/postgres.py", NULL};

    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execv(PYTHON, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s is missing: tests/api/setup.sh makes it\n", PYTHON);
    _exit(127);
}

static void say_nothing(void *arg, const char *notice)
{
    (void)arg;
    (void)notice;
}

pg_drive *pg_drive_open(void)
{
    pg_drive *drive = calloc(1, sizeof *drive);
    char url[512] = "";
    int to[2], from[2];

    if (!drive || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        give_up("pg_drive", "no memory, or no pipes");
    drive->pid = fork();
    if (drive->pid == 0)
        run_server(to[0], from[1]);
    close(to[0]);
    close(from[1]);
    drive->to = fdopen(to[1], "w");
    drive->from = fdopen(from[0], "r");
    if (!fgets(url, sizeof url, drive->from))
        give_up("the PostgreSQL of the tests", "it is not there: tests/api/setup.sh installs it");
    url[strcspn(url, "\n")] = '\0';
    drive->conn = PQconnectdb(url);
    if (PQstatus(drive->conn) != CONNECTION_OK)
        give_up("connecting", PQerrorMessage(drive->conn));
    PQsetNoticeProcessor(drive->conn, say_nothing, NULL);
    return drive;
}

void pg_drive_close(pg_drive *drive)
{
    PQfinish(drive->conn);
    fclose(drive->to);
    fclose(drive->from);
    waitpid(drive->pid, NULL, 0);
    free(drive);
}

void pg_drive_run(pg_drive *drive, const char *sql)
{
    PGresult *result = PQexec(drive->conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up(sql, PQerrorMessage(drive->conn));
    PQclear(result);
}

void pg_drive_become(pg_drive *drive, const char *role)
{
    char sql[128];

    snprintf(sql, sizeof sql, role ? "SET ROLE %s" : "RESET ROLE", role);
    pg_drive_run(drive, sql);
}

unsigned pg_drive_exchanges(const pg_drive *drive)
{
    return drive->exchanges;
}

/* ---- one statement ---- */

/* Not by strndup(), which may look behind what is no string. */
static char *text_of(vg_slice slice)
{
    char *text = calloc(1, slice.len + 1);

    if (text && slice.len > 0)
        memcpy(text, slice.at, slice.len);
    return text;
}

static PGresult *ask(pg_drive *drive, const vg_pg_statement *s);

void pg_drive_ask(pg_drive *drive, const char *sql, vg_buf *answer)
{
    PGresult *result = PQexec(drive->conn, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        give_up(sql, PQerrorMessage(drive->conn));
    if (PQntuples(result) > 0)
        vg_buf_put(answer, vg_slice_str(PQgetvalue(result, 0, 0)));
    PQclear(result);
}

void pg_drive_explain(pg_drive *drive, const vg_backend *backend, const vg_op *op, vg_try *t,
                      vg_buf *plan)
{
    vg_exchange x = {0};
    PGresult *result = NULL;

    if (backend->adapter->ops[op->kind](backend, op, t, NULL, &x) != VG_SEND)
        give_up("explaining", "there is no exchange");
    pg_drive_run(drive, "BEGIN");
    for (uint32_t i = 0; i < x.as.pg.count; i++) {
        vg_pg_statement s = x.as.pg.statements[i];
        bool is_last = i + 1 == x.as.pg.count;

        if (is_last) {
            s.sql = vg_arena_printf(t->scratch, "EXPLAIN " VG_FMT, VG_ARG(s.sql));
            s.wants_binary = false;
        }
        PQclear(result);
        result = ask(drive, &s);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
            give_up("explaining", PQerrorMessage(drive->conn));
    }
    for (int row = 0; row < PQntuples(result); row++)
        vg_buf_printf(plan, "%s\n", PQgetvalue(result, row, 0));
    PQclear(result);
    vg_buf_put(plan, VG_LIT("jit: "));
    pg_drive_ask(drive, "SELECT current_setting('jit')", plan);
    vg_buf_put_byte(plan, '\n');
    pg_drive_run(drive, "ROLLBACK");
}

static PGresult *ask(pg_drive *drive, const vg_pg_statement *s)
{
    size_t count = s->param_count + 1;
    const char **values = calloc(count, sizeof *values);
    int *lengths = calloc(count, sizeof *lengths), *formats = calloc(count, sizeof *formats);
    Oid *types = calloc(count, sizeof *types);
    char *sql = text_of(s->sql);
    PGresult *result;

    for (uint32_t i = 0; i < s->param_count; i++) {
        const vg_pg_param *param = &s->params[i];

        values[i] = param->value.at ? text_of(param->value) : NULL;
        lengths[i] = (int)param->value.len;
        formats[i] = param->is_binary;
        types[i] = param->type;
    }
    result = PQexecParams(drive->conn, sql, (int)s->param_count, types, values, lengths, formats,
                          s->wants_binary);
    for (uint32_t i = 0; i < s->param_count; i++)
        free((void *)(uintptr_t)values[i]);
    free(values);
    free(lengths);
    free(formats);
    free(types);
    free(sql);
    return result;
}

static vg_slice copied(const char *at, size_t len)
{
    char *copy = malloc(len + 1);

    if (len > 0)
        memcpy(copy, at, len);
    return vg_slice_of(copy, len);
}

static void take_rows(const PGresult *result, vg_pg_rows *rows)
{
    int count = PQntuples(result), columns = PQnfields(result);
    vg_slice *cells = calloc((size_t)count * (size_t)columns + 1, sizeof *cells);

    for (int row = 0; row < count; row++)
        for (int column = 0; column < columns; column++)
            if (!PQgetisnull(result, row, column))
                cells[row * columns + column] = copied(PQgetvalue(result, row, column),
                                                       (size_t)PQgetlength(result, row, column));
    *rows = (vg_pg_rows){
        .cells = cells,
        .rows = (uint32_t)count,
        .columns = (uint32_t)columns,
        .affected = strtoull(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10),
    };
}

static void take_error(const PGresult *result, uint32_t statement, vg_pg_error *error)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    *error = (vg_pg_error){.statement = statement};
    snprintf(error->state, sizeof error->state, "%s", state ? state : "08006");
    error->message = copied(message ? message : "", message ? strlen(message) : 0);
}

/* ---- one exchange ---- */

static void run_exchange(pg_drive *drive, const vg_exchange *x, vg_reply *reply)
{
    bool is_alone = x->as.pg.kind == VG_PG_ALONE;
    vg_pg_rows *results = calloc(x->as.pg.count + 1, sizeof *results);
    vg_pg_error *error = NULL;

    if (x->via != VG_VIA_PG || !x->name || x->as.pg.count == 0 || x->as.pg.kind == VG_PG_COPY)
        give_up("an exchange", "it is none for PostgreSQL");
    drive->exchanges++;
    reply->via = VG_VIA_PG;
    reply->pg.results = results;
    if (!is_alone)
        pg_drive_run(drive, "BEGIN");
    for (uint32_t i = 0; i < x->as.pg.count && !error; i++) {
        PGresult *result = ask(drive, &x->as.pg.statements[i]);
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            take_rows(result, &results[reply->pg.count++]);
        } else {
            error = calloc(1, sizeof *error);
            take_error(result, i, error);
            if (getenv("PG_DRIVE_SHOWS"))
                fprintf(stderr, "%s\n%.*s\n", PQresultErrorMessage(result),
                        VG_ARG(x->as.pg.statements[i].sql));
        }
        PQclear(result);
    }
    if (!is_alone)
        pg_drive_run(drive, error ? "ROLLBACK" : "COMMIT");
    reply->pg.error = error;
}

static void forget_reply(vg_reply *reply)
{
    for (uint32_t i = 0; i < reply->pg.count; i++) {
        const vg_pg_rows *rows = &reply->pg.results[i];

        for (size_t k = 0; k < (size_t)rows->rows * rows->columns; k++)
            free((void *)(uintptr_t)rows->cells[k].at);
        free((void *)(uintptr_t)rows->cells);
    }
    free((void *)(uintptr_t)reply->pg.results);
    if (reply->pg.error)
        free((void *)(uintptr_t)reply->pg.error->message.at);
    free((void *)(uintptr_t)reply->pg.error);
    *reply = (vg_reply){.via = VG_VIA_PG};
}

vg_next pg_drive_steps(pg_drive *drive, const vg_backend *backend, const vg_op *op, vg_try *t)
{
    vg_step_fn *step = backend->adapter->ops[op->kind];
    vg_exchange x = {0};
    vg_reply reply = {.via = VG_VIA_PG};
    vg_next next = step(backend, op, t, NULL, &x);

    for (int again = 0; next == VG_SEND || (next == VG_AGAIN && again < MOST_AGAIN);) {
        if (next == VG_AGAIN) {
            again++;
            t->stage = 0;
            t->state = NULL;
            x = (vg_exchange){0};
            next = step(backend, op, t, NULL, &x);
            continue;
        }
        run_exchange(drive, &x, &reply);
        x = (vg_exchange){0};
        next = step(backend, op, t, &reply, &x);
        forget_reply(&reply);
    }
    return next;
}
