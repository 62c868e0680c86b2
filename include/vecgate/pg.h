/* What an adapter asks of PostgreSQL and what it gets: statements with bound values, rows of bytes.
 * Knows nothing of libpq; src/transport/pg carries it. Facts: PostgreSQL's manual, "Extended
 * Query" and "Error codes". */
#ifndef VECGATE_PG_H
#define VECGATE_PG_H

#include "vecgate/slice.h"

/* One value of $1, $2, …; `value.at` NULL is SQL's NULL. */
typedef struct vg_pg_param {
    vg_slice value; /* text form, or the type's binary form */
    uint32_t type;  /* oid; 0: PostgreSQL infers it, write $1::vector where it cannot */
    bool is_binary;
} vg_pg_param;

typedef struct vg_pg_statement {
    vg_slice sql; /* exactly one statement; no value is ever pasted into it */
    const vg_pg_param *params;
    uint32_t param_count;
    bool wants_binary; /* form of all result columns */
    /* Worth a prepared statement: its text comes again. The transport prepares it where the server
     * allows it, at most a bounded number of them on a connection, and else sends it unnamed. */
    bool comes_again;
} vg_pg_statement;

typedef enum vg_pg_kind {
    /* All statements under one sync: one round trip, one transaction, rolled back as a whole.
     * Settings that hold for it alone: SELECT set_config(name, value, true) as a first one. */
    VG_PG_TRANSACTION,
    /* One statement that must stand outside of a transaction (CREATE INDEX CONCURRENTLY), on a
     * direct connection of its own. No parameters. No statement_timeout is set for it. */
    VG_PG_ALONE,
    /* One COPY … FROM STDIN on a direct connection of its own; `copy` is all its data. */
    VG_PG_COPY,
} vg_pg_kind;

typedef enum vg_pg_isolation {
    VG_PG_DEFAULT,         /* the server's: nothing is wrapped around */
    VG_PG_REPEATABLE_READ, /* BEGIN ISOLATION LEVEL … and COMMIT in the same round trip */
    VG_PG_SERIALIZABLE,
} vg_pg_isolation;

typedef struct vg_pg_request {
    vg_pg_kind kind;
    vg_pg_isolation isolation;
    /* A read that may come from a replica, if there are some. Anything else goes to the primary. */
    bool may_lag;
    const vg_pg_statement *statements; /* one at least */
    uint32_t count;
    vg_slice copy;
} vg_pg_request;

/* What one statement gave. Row by row: cells[row * columns + column]; `at` NULL is SQL's NULL. */
typedef struct vg_pg_rows {
    const vg_slice *cells;
    uint32_t rows, columns;
    uint64_t affected; /* rows inserted, updated, deleted, copied */
} vg_pg_rows;

/* What the server answered instead; also when it refused the connection (too many, starting up,
 * wrong password), for an adapter has one table of SQLSTATEs for both. */
typedef struct vg_pg_error {
    char state[6]; /* SQLSTATE, "42P01" */
    vg_slice message;
    vg_slice detail; /* empty when none was sent; may quote stored values: never logged */
    vg_slice hint;
    vg_slice constraint; /* or table or column that it names; empty */
    uint32_t statement;  /* index of the one that failed; count: COMMIT, or the connection itself */
    bool on_connect;     /* no statement was sent */
} vg_pg_error;

typedef struct vg_pg_reply {
    const vg_pg_rows
        *results; /* one for each statement, in order; with an error: those before it */
    uint32_t count;
    const vg_pg_error *error; /* NULL: all went well and is committed */
} vg_pg_reply;

/* Are statements that come again prepared by name? A pooler that gives each transaction another
 * connection may lose the names, or may not: what is lost is noticed, and costs a round trip. */
typedef enum vg_pg_prepares {
    VG_PG_PREPARES_KNOWN, /* yes, but not through a host that is known to lose names */
    VG_PG_PREPARES_ALWAYS,
    VG_PG_PREPARES_NEVER,
} vg_pg_prepares;

enum { VG_PG_REPLICAS = 30 };

/* Where an adapter that speaks to PostgreSQL sends to; made of its configuration, whose life it
 * shares. URLs are libpq's ("postgresql://user:secret@host:5432/db?sslmode=verify-full"), with the
 * parameters that libpq 15 has; they are never logged whole. */
typedef struct vg_pg_endpoint {
    vg_slice url; /* the primary, perhaps through a pooler */
    vg_slice
        direct_url; /* for ALONE and COPY; empty: `url`, without "-pooler" where it is Neon's */
    const vg_slice *replica_urls;
    uint32_t replica_count;   /* VG_PG_REPLICAS at most */
    vg_slice password;        /* replaces the URL's; empty: none */
    vg_slice ca_file;         /* sslrootcert, when the URL has none */
    uint32_t min_connections; /* kept open; >= 0 */
    uint32_t max_connections; /* to the primary, and to each replica; 0: default */
    uint32_t max_queue;       /* 0: default, here and below where nothing else is said */
    uint64_t connect_ms;
    uint64_t idle_ms;     /* closed after so long without use, down to min_connections */
    uint64_t lifetime_ms; /* closed at the first rest after so long; jittered by a tenth */
    uint64_t max_lag_ms;  /* a replica further behind is left out; 0: whatever its lag */
    uint64_t max_reply_bytes;
    vg_pg_prepares prepares;
} vg_pg_endpoint;

#endif
