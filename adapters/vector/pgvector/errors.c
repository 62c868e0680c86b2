/* What PostgreSQL's SQLSTATEs mean here ("PostgreSQL Error Codes", appendix A). Its message is told
 * where it speaks of the request's own vectors; else a sentence of ours, with the code beside it.
 * Details are never told: they may quote what is stored. */
#include "adapters/vector/pgvector/pgvector.h"

enum { MESSAGE_BYTES = 300 };

/* The first that a SQLSTATE begins with. `says` NULL: the server's own message. */
static const struct {
    const char *state;
    vg_code code;
    const char *says;
} states[] = {
    {"08P01", VG_UNAVAILABLE, NULL}, /* a pooler's own words: it says all by this one */
    {"08", VG_UNAVAILABLE, "the connection to PostgreSQL failed"},
    {"0A", VG_UNSUPPORTED, NULL},
    {"21", VG_INTERNAL, "a statement for PostgreSQL was wrong"},
    {"22P05", VG_UNSUPPORTED,
     "supports_nul_in_texts: this backend stores no text with a NUL character (\\u0000): take it "
     "out "
     "of the payload"},
    {"22", VG_INVALID, NULL},
    {"23", VG_CONFLICT, NULL},
    {"25006", VG_READ_ONLY,
     "this PostgreSQL is read-only (a replica, or default_transaction_read_only): "
     "vector.pgvector.connection_string must lead to the primary"},
    {"28", VG_BACKEND_AUTH, "PostgreSQL refused the user or its password"},
    {"3D000", VG_BACKEND_AUTH, "PostgreSQL has no database of that name"},
    {"40", VG_OVERLOADED, "PostgreSQL ended the transaction, which met another one"},
    {"42501", VG_BACKEND_AUTH, NULL},
    {"42704", VG_UNSUPPORTED, NULL},
    {"42", VG_BACKEND_ERROR, NULL},
    {"53100", VG_NO_SPACE, "the disk of PostgreSQL is full"},
    {"53300", VG_THROTTLED, "PostgreSQL has no connection left"},
    {"53", VG_THROTTLED, "PostgreSQL has no memory or another resource left"},
    {"54", VG_UNSUPPORTED, NULL},
    {"55P03", VG_OVERLOADED, "a lock was not free in time"},
    {"57014", VG_DEADLINE, "PostgreSQL ended a statement that took too long"},
    {"57", VG_UNAVAILABLE, "PostgreSQL is starting or shutting down"},
    {"58", VG_BACKEND_ERROR, NULL},
    {"F0", VG_BACKEND_ERROR, NULL},
    {"VG001", VG_UNSUPPORTED, NULL},
    {"XX", VG_BACKEND_ERROR, NULL},
    {"", VG_BACKEND_ERROR, NULL},
};

static bool begins(const char *state, const char *with)
{
    return strncmp(state, with, strlen(with)) == 0;
}

static size_t row_of(const char *state)
{
    size_t i = 0, last = sizeof states / sizeof states[0] - 1;

    while (i < last && !begins(state, states[i].state))
        i++;
    return i;
}

vg_code vg_pgvector_code_of(const char *state)
{
    return states[row_of(state)].code;
}

bool vg_pgvector_is_state(const vg_pg_error *error, const char *state)
{
    return error && begins(error->state, state);
}

static bool names_nothing(const vg_pg_error *error)
{
    return !error->on_connect && (begins(error->state, "42P01") || begins(error->state, "3F000"));
}

bool vg_pgvector_is_absent(const vg_pg_error *error)
{
    return error && names_nothing(error);
}

vg_next vg_pgvector_no_collection(const vg_op *op, vg_try *t)
{
    vg_status_setf(&t->status, t->scratch, VG_NOT_FOUND, VG_LIT("collection"),
                   "Collection `" VG_FMT "` doesn't exist!", VG_ARG(op->name));
    return VG_FAIL;
}

/* A time-out and an administrator (pg_cancel_backend) have one code; the message tells them apart,
 * in English: in another language of lc_messages both are time-outs. */
static bool was_cancelled(const vg_pg_error *error)
{
    static const char word[] = "user request";
    vg_slice says = error->message;

    if (!begins(error->state, "57014"))
        return false;
    for (; says.len >= sizeof word - 1; says = vg_slice_of(says.at + 1, says.len - 1))
        if (memcmp(says.at, word, sizeof word - 1) == 0)
            return true;
    return false;
}

/* A text for somebody else than the server's log: its first line, cut, without what is no text. */
static vg_slice shown(vg_arena *arena, vg_slice message)
{
    size_t len = vg_slice_find(message, '\n');

    len = len < MESSAGE_BYTES ? len : MESSAGE_BYTES;
    while (len < message.len && len > 0 && ((unsigned char)message.at[len] & 0xC0) == 0x80)
        len--;
    return vg_arena_copy(arena, vg_slice_of(message.at, len));
}

/* Whose right it is that is lacking, the server does not say. */
static vg_slice own_words(vg_arena *arena, const vg_pg_error *error)
{
    vg_slice says = shown(arena, error->message);

    if (!begins(error->state, "42501"))
        return says;
    return vg_arena_printf(arena, "PostgreSQL's role lacks a right: " VG_FMT, VG_ARG(says));
}

vg_next vg_pgvector_fail(const vg_op *op, vg_try *t, const vg_pg_error *error)
{
    size_t row = row_of(error->state);
    vg_slice says = vg_slice_str(states[row].says);

    if (names_nothing(error))
        return vg_pgvector_no_collection(op, t);
    if (!says.at)
        says = own_words(t->scratch, error);
    t->status.upstream = vg_arena_copy(t->scratch, vg_slice_str(error->state));
    if (was_cancelled(error))
        vg_status_set(&t->status, VG_CANCELLED,
                      VG_LIT("PostgreSQL was told to cancel the statement (SQLSTATE 57014)"),
                      VG_LIT("pgvector"));
    vg_status_setf(&t->status, t->scratch, states[row].code, VG_LIT("pgvector"),
                   VG_FMT " (SQLSTATE %.5s)", VG_ARG(says), error->state);
    return begins(error->state, "40") || begins(error->state, "55P03") ? VG_AGAIN : VG_FAIL;
}

vg_next vg_pgvector_misread(vg_try *t, const char *what)
{
    vg_try_failf(t, VG_BACKEND_REPLY, "PostgreSQL's answer could not be understood: %s", what);
    t->status.is_unclear = true; /* what was asked for may be done all the same */
    return VG_FAIL;
}

bool vg_pgvector_spent(vg_try *t)
{
    bool is_starved = vg_arena_is_starved(t->scratch);

    vg_status_set(&t->status, is_starved ? VG_OVERLOADED : VG_TOO_LARGE,
                  is_starved ? VG_LIT(VG_STARVED)
                             : VG_LIT("the request needs more memory than one request may use"),
                  (vg_slice){0});
    return false;
}
