/* See pg_flight.h. Each thing sent is a step; results come in the order of steps. */
#include "transport/pg_flight.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

enum { MOST_PARAMS = 65535, MOST_FIELD_BYTES = 1 << 30, MOST_LESS_MS = 25 };

struct vg_pg_step {
    enum { AROUND, PREPARE, STATEMENT } kind; /* AROUND: ours, and none of the adapter's */
    uint32_t statement;                       /* its index, or that of the one it is for */
    vg_pg_name *name;
};

/* --- what can only be refused ---------------------------------------------------------------- */

static bool has_nul(vg_slice text)
{
    return text.len > 0 && memchr(text.at, '\0', text.len) != NULL;
}

/* As the server would answer; libpq cannot even send these. */
static bool is_sendable(vg_pg_incoming *in, const vg_pg_statement *statement, uint32_t index)
{
    if (has_nul(statement->sql)) {
        vg_pg_incoming_error(in, "42601", "the statement holds a NUL byte", index);
        return false;
    }
    if (statement->param_count > MOST_PARAMS) {
        vg_pg_incoming_error(in, "54023", "the statement has too many parameters", index);
        return false;
    }
    for (uint32_t i = 0; i < statement->param_count; i++) {
        const vg_pg_param *param = &statement->params[i];

        if (param->value.len > MOST_FIELD_BYTES) {
            vg_pg_incoming_error(in, "54000", "a value is longer than 1 GiB", index);
            return false;
        }
        if (!param->is_binary && has_nul(param->value)) {
            vg_pg_incoming_error(in, "22021", "a text holds a NUL byte", index);
            return false;
        }
    }
    return true;
}

static bool are_sendable(vg_pg_incoming *in, const vg_pg_request *request)
{
    for (uint32_t i = 0; i < request->count; i++) {
        if (!is_sendable(in, &request->statements[i], i))
            return false;
    }
    return true;
}

/* --- sending --------------------------------------------------------------------------------- */

static bool crash(vg_pg_flight *flight, vg_fault fault, const char *detail)
{
    flight->fault = fault;
    flight->detail = detail;
    return false;
}

static bool add_step(vg_pg_flight *flight, int kind, uint32_t statement, vg_pg_name *name)
{
    if (flight->count == flight->room)
        return false;
    flight->steps[flight->count++] =
        (struct vg_pg_step){.kind = kind, .statement = statement, .name = name};
    return true;
}

/* One statement as libpq wants it: text ends in NUL. */
struct bound {
    char *sql;
    Oid *types;
    const char **values;
    int *lengths;
    int *formats;
    char *next; /* where the next text goes */
};

static size_t text_bytes(const vg_pg_statement *statement)
{
    size_t bytes = statement->sql.len + 1;

    for (uint32_t i = 0; i < statement->param_count; i++)
        bytes += statement->params[i].is_binary ? 0 : statement->params[i].value.len + 1;
    return bytes;
}

static char *put_text(struct bound *bound, vg_slice text)
{
    char *at = bound->next;

    if (text.len > 0)
        memcpy(at, text.at, text.len);
    at[text.len] = '\0';
    bound->next += text.len + 1;
    return at;
}

static void bind_param(struct bound *bound, uint32_t i, const vg_pg_param *param)
{
    bound->types[i] = param->type;
    bound->formats[i] = param->is_binary;
    bound->lengths[i] = (int)param->value.len;
    if (param->value.at == NULL)
        bound->values[i] = NULL;
    else if (param->is_binary)
        bound->values[i] = param->value.at;
    else
        bound->values[i] = put_text(bound, param->value);
}

/* In one piece of memory, which is `values`. */
static bool bind(struct bound *bound, const vg_pg_statement *statement)
{
    size_t n = statement->param_count;
    char *memory =
        malloc(n * (sizeof(char *) + 2 * sizeof(int) + sizeof(Oid)) + text_bytes(statement));

    if (memory == NULL)
        return false;
    bound->values = (const char **)(void *)memory;
    bound->lengths = (int *)(void *)(memory + n * sizeof(char *));
    bound->formats = bound->lengths + n;
    bound->types = (Oid *)(bound->formats + n);
    bound->next = (char *)(bound->types + n);
    bound->sql = put_text(bound, statement->sql);
    for (uint32_t i = 0; i < n; i++)
        bind_param(bound, i, &statement->params[i]);
    return true;
}

static bool send_plain(vg_pg_flight *flight, const char *sql, uint32_t statement)
{
    return add_step(flight, AROUND, statement, NULL) &&
           PQsendQueryParams(vg_pg_link_conn(flight->link), sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool send_forget(vg_pg_flight *flight, const char *name, uint32_t index)
{
    char sql[48];

    snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
    return send_plain(flight, sql, index);
}

static bool send_prepare(vg_pg_flight *flight, const struct bound *bound,
                         const vg_pg_statement *statement, uint32_t index, vg_pg_name *name)
{
    return add_step(flight, PREPARE, index, name) &&
           PQsendPrepare(vg_pg_link_conn(flight->link), name->text, bound->sql,
                         (int)statement->param_count, bound->types) == 1;
}

/* Its name, known to the server once this is through. NULL with *good: it goes without. */
static vg_pg_name *name_it(vg_pg_flight *flight, const struct bound *bound,
                           const vg_pg_statement *statement, uint32_t index, bool *good)
{
    char gone[24];
    vg_pg_name *name;

    if (flight->named == NULL || !statement->comes_again)
        return NULL;
    name = vg_pg_named_take(flight->named, statement, gone);
    if (gone[0] != '\0')
        *good = send_forget(flight, gone, index);
    if (name == NULL || name->is_known)
        return name;
    if (name->is_stale)
        *good = *good && send_forget(flight, name->text, index);
    *good = *good && send_prepare(flight, bound, statement, index, name);
    name->is_stale = false;
    name->is_known = true; /* for the statements behind it; taken back if it comes otherwise */
    return name;
}

static bool send_statement(vg_pg_flight *flight, const vg_pg_statement *statement, int kind,
                           uint32_t index)
{
    PGconn *pg = vg_pg_link_conn(flight->link);
    int params = (int)statement->param_count;
    bool good = true;
    struct bound bound;
    vg_pg_name *name;

    if (!bind(&bound, statement))
        return false;
    name = name_it(flight, &bound, statement, index, &good);
    good = good && add_step(flight, kind, index, name);
    if (good && name != NULL)
        good = PQsendQueryPrepared(pg, name->text, params, bound.values, bound.lengths,
                                   bound.formats, statement->wants_binary) == 1;
    else if (good)
        good = PQsendQueryParams(pg, bound.sql, params, bound.types, bound.values, bound.lengths,
                                 bound.formats, statement->wants_binary) == 1;
    free(bound.values);
    return good;
}

/* It goes before every transaction, so it is worth a name as much as any of them. */
static bool send_timeout(vg_pg_flight *flight, uint64_t timeout_ms)
{
    char number[24];
    int len = snprintf(number, sizeof number, "%llu",
                       (unsigned long long)(timeout_ms < INT_MAX ? timeout_ms : INT_MAX));
    vg_pg_param value = {.value = vg_slice_of(number, (size_t)len)};
    vg_pg_statement statement = {
        .sql = VG_LIT("SELECT set_config('statement_timeout',$1,true)"),
        .params = &value,
        .param_count = 1,
        .comes_again = true,
    };

    return send_statement(flight, &statement, AROUND, 0);
}

static const char *begin_of(vg_pg_isolation isolation)
{
    return isolation == VG_PG_SERIALIZABLE ? "BEGIN ISOLATION LEVEL SERIALIZABLE"
                                           : "BEGIN ISOLATION LEVEL REPEATABLE READ";
}

static bool send_all(vg_pg_flight *flight, const vg_pg_request *request, uint64_t timeout_ms)
{
    bool is_wrapped = request->isolation != VG_PG_DEFAULT;

    if (is_wrapped && !send_plain(flight, begin_of(request->isolation), 0))
        return false;
    if (timeout_ms > 0 && !send_timeout(flight, timeout_ms))
        return false;
    for (uint32_t i = 0; i < request->count; i++) {
        if (!send_statement(flight, &request->statements[i], STATEMENT, i))
            return false;
    }
    return (!is_wrapped || send_plain(flight, "COMMIT", request->count)) &&
           PQpipelineSync(vg_pg_link_conn(flight->link)) == 1;
}

/* The server may have none of them; one that it has is found out when it is prepared again. */
static void forget_names(vg_pg_flight *flight)
{
    if (flight->named != NULL)
        vg_pg_named_drop_all(flight->named);
    flight->named = NULL; /* the steps' pointers are gone with them */
}

static bool open_flight(vg_pg_flight *flight, vg_pg_link *link, uint32_t statements)
{
    uint32_t room = 2 + 4 * (1 + statements); /* BEGIN, COMMIT; each may forget two, prepare, run */

    *flight = (vg_pg_flight){.link = link, .statements = statements, .room = room};
    flight->steps = calloc(room, sizeof *flight->steps);
    flight->received_before = vg_pg_link_received(link);
    return flight->steps != NULL || crash(flight, VG_FAULT_MEMORY, "there is no memory to send");
}

bool vg_pg_flight_start(vg_pg_flight *flight, const vg_pg_flight_parts *parts, bool *was_sent)
{
    const vg_pg_request *request = parts->request;

    if (!open_flight(flight, parts->link, request->count))
        return false;
    flight->named = parts->named;
    flight->in = parts->in;
    flight->max_reply_bytes = parts->max_reply_bytes;
    if (!are_sendable(parts->in, request))
        return false;
    if (parts->named != NULL)
        vg_pg_named_begin(parts->named);
    *was_sent = true;
    if (!send_all(flight, request, parts->timeout_ms)) {
        forget_names(flight);
        return crash(flight, VG_FAULT_MEMORY, "the statements could not be made");
    }
    vg_pg_link_flush(parts->link);
    return true;
}

bool vg_pg_flight_tidy(vg_pg_flight *flight, vg_pg_link *link)
{
    PGconn *pg = vg_pg_link_conn(link);

    if (!open_flight(flight, link, 0))
        return false;
    if (PQtransactionStatus(pg) != PQTRANS_IDLE && !send_plain(flight, "ROLLBACK", 0))
        return crash(flight, VG_FAULT_MEMORY, "the statements could not be made");
    if (PQpipelineSync(pg) != 1)
        return crash(flight, VG_FAULT_MEMORY, "the statements could not be made");
    vg_pg_link_flush(link);
    return true;
}

uint64_t vg_pg_flight_timeout_ms(uint64_t left_ns)
{
    uint64_t left_ms = left_ns / 1000000;
    uint64_t less_ms = left_ms / 20;

    if (less_ms > MOST_LESS_MS)
        less_ms = MOST_LESS_MS;
    return left_ms > 1 ? left_ms - less_ms : 1;
}

/* --- receiving ------------------------------------------------------------------------------- */

/* A connection that has ended does not tell any more. */
static bool is_too_large(const vg_pg_flight *flight)
{
    uint64_t received = vg_pg_link_received(flight->link);

    return flight->max_reply_bytes > 0 && received > flight->received_before &&
           received - flight->received_before > flight->max_reply_bytes;
}

static bool has_state(const PGresult *result, const char *state)
{
    const char *is = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return is != NULL && strcmp(is, state) == 0;
}

/* The field is not translated, unlike the other one. */
static bool ends_connection(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

static bool is_outdated(const PGresult *result)
{
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

    return has_state(result, "0A000") && function != NULL &&
           strcmp(function, "RevalidateCachedQuery") == 0;
}

/* Was it only the name that was refused? The names are as the server has them then. */
static void look_at_names(vg_pg_flight *flight, const struct vg_pg_step *step,
                          const PGresult *result)
{
    if (step->kind == PREPARE) {
        flight->lost_names = has_state(result, "42P05"); /* it has it: of the same text */
        if (!flight->lost_names)
            vg_pg_named_drop(flight->named, step->name);
    } else if (step->name != NULL && is_outdated(result)) {
        flight->lost_names = true;
        flight->is_outdated = true;
        step->name->is_stale = true;
        step->name->is_known = false;
    } else if ((step->kind == AROUND || step->name != NULL) && has_state(result, "26000")) {
        flight->lost_names = true;
        forget_names(flight);
    }
}

/* An error of libpq's own, which has no code: it could not read what came, had no memory for it, or
 * the connection ended. It tells only by its words, which are English here (no setlocale). */
static bool take_trouble(vg_pg_flight *flight, PGresult *result)
{
    PGconn *pg = vg_pg_link_conn(flight->link);
    const char *says = PQresultErrorMessage(result);
    bool is_short = strstr(says, "memory") != NULL;
    bool is_noise =
        PQstatus(pg) == CONNECTION_OK || strstr(says, "lost synchronization with server") != NULL;

    PQclear(result);
    if (is_short)
        return crash(flight, VG_FAULT_MEMORY, "there is no memory for the reply");
    if (is_noise)
        return crash(flight, VG_FAULT_PROTOCOL, "it is not PostgreSQL's protocol");
    return crash(flight, VG_FAULT_RESET, "the server ended the connection");
}

/* True while there is more to come. */
static bool take_refusal(vg_pg_flight *flight, PGresult *result)
{
    const struct vg_pg_step *step =
        flight->at < flight->count ? &flight->steps[flight->at] : NULL; /* NULL: the sync */
    bool is_last = ends_connection(result);

    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL)
        return take_trouble(flight, result);
    if (step == NULL && is_last) {
        PQclear(result);
        return crash(flight, VG_FAULT_RESET, "the server ended the connection");
    }
    flight->was_refused = true;
    if (step != NULL && flight->named != NULL)
        look_at_names(flight, step, result);
    if (flight->in != NULL)
        vg_pg_incoming_refuse(flight->in, result,
                              step != NULL ? step->statement : flight->statements);
    else
        PQclear(result);
    flight->was_ended = is_last;
    return !is_last || crash(flight, VG_FAULT_RESET, "the server ended the connection");
}

/* Where the bytes that come are not counted well, the result as it is held has the last word. */
static bool outgrows(vg_pg_flight *flight, const PGresult *result)
{
    if (vg_pg_link_is_counted(flight->link) || flight->max_reply_bytes == 0)
        return false;
    flight->result_bytes += PQresultMemorySize(result);
    return flight->result_bytes > flight->max_reply_bytes;
}

static bool take_good(vg_pg_flight *flight, PGresult *result)
{
    flight->has_answered = true;
    if (flight->at == flight->count) {
        PQclear(result);
        return crash(flight, VG_FAULT_PROTOCOL, "there are more results than statements");
    }
    if (outgrows(flight, result)) {
        PQclear(result);
        return crash(flight, VG_FAULT_TOO_LARGE, "");
    }
    if (flight->steps[flight->at].kind != STATEMENT || flight->in == NULL) {
        PQclear(result);
        return true;
    }
    return vg_pg_incoming_add(flight->in, result) ||
           crash(flight, VG_FAULT_MEMORY, "there is no memory for the reply");
}

/* Not reached: what it would have prepared is not there. */
static void take_left_out(vg_pg_flight *flight)
{
    const struct vg_pg_step *step = &flight->steps[flight->at];

    if (flight->at < flight->count && step->kind == PREPARE && flight->named != NULL)
        vg_pg_named_drop(flight->named, step->name);
}

/* True while there is more to come. */
static bool take(vg_pg_flight *flight, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        return take_good(flight, result);
    case PGRES_FATAL_ERROR:
        return take_refusal(flight, result);
    case PGRES_PIPELINE_ABORTED:
        take_left_out(flight);
        PQclear(result);
        return true;
    case PGRES_PIPELINE_SYNC:
        PQclear(result);
        return flight->at != flight->count &&
               crash(flight, VG_FAULT_PROTOCOL, "there are fewer results than statements");
    default: /* a COPY, for which there is a way of its own */
        PQclear(result);
        return crash(flight, VG_FAULT_PROTOCOL, "a statement asked for a COPY");
    }
}

vg_pg_flown vg_pg_flight_read(vg_pg_flight *flight)
{
    PGconn *pg = vg_pg_link_conn(flight->link);
    bool is_alive = vg_pg_link_read(flight->link);
    bool is_large = is_too_large(flight); /* asked once: nothing more is read below */

    while (!is_large && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);

        if (result != NULL && !take(flight, result))
            return flight->fault == VG_FAULT_NONE ? VG_PG_LANDED : VG_PG_CRASHED;
        if (result == NULL && flight->at < flight->count)
            flight->at++;
        else if (result == NULL && !is_alive)
            break;
    }
    if (is_large)
        crash(flight, VG_FAULT_TOO_LARGE, "");
    else if (!is_alive)
        crash(flight, VG_FAULT_RESET, "the connection ended");
    return flight->fault == VG_FAULT_NONE ? VG_PG_FLYING : VG_PG_CRASHED;
}

bool vg_pg_flight_leaves_open(const vg_pg_flight *flight)
{
    return PQtransactionStatus(vg_pg_link_conn(flight->link)) != PQTRANS_IDLE;
}

void vg_pg_flight_fini(vg_pg_flight *flight)
{
    free(flight->steps);
    *flight = (vg_pg_flight){0};
}
