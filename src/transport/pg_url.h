/* Reads where a PostgreSQL is: libpq's URL, with what is ours put in place.
 *
 *     postgresql://user:secret@one:5432,two/db?sslmode=verify-full
 *
 * Refused is what would block the loop (a `service` may ask LDAP) or change the protocol under us
 * (`replication`, another client_encoding), and a URL without host or user, for libpq would then
 * look around in the environment. What neither the URL nor this file says is libpq's own default.
 *
 *     TLS      a CA file without an sslmode means verify-full; verify-* without sslrootcert, and
 *              sslrootcert=system, mean the system's bundle
 *     GSS      gssencmode is `disable` unless it is said: else every connection would look for a
 *              ticket first
 *     Neon     TLS is a must; without SNI the endpoint's id goes into `options`; the name of a
 *              pooler is told by "-pooler", of the server behind it by leaving that out
 *     Supabase the shared pooler's port 6543 pools transactions, 5432 sessions */
#ifndef TRANSPORT_PG_URL_H
#define TRANSPORT_PG_URL_H

#include "vecgate/slice.h"

enum { VG_PG_HOSTS = 16, VG_PG_OPTIONS = 64 };

typedef struct vg_pg_host {
    char *name;    /* a name, a number, or the folder of a socket: "/…" */
    char *address; /* a number that the URL gives for it; NULL: it is to be looked up */
    char *port;
} vg_pg_host;

typedef struct vg_pg_option {
    const char *keyword; /* libpq's */
    char *value;
} vg_pg_option;

typedef struct vg_pg_url {
    vg_pg_host hosts[VG_PG_HOSTS]; /* in the order in which they are tried */
    uint32_t host_count;
    vg_pg_option options[VG_PG_OPTIONS]; /* all but host, hostaddr, port, connect_timeout */
    uint32_t option_count;
    uint64_t connect_ms; /* its connect_timeout; 0: none */
    bool loses_names;    /* a pooler that gives each transaction another connection */
} vg_pg_url;

typedef struct vg_pg_url_parts {
    vg_slice url;
    vg_slice password; /* replaces the URL's; empty: none */
    vg_slice ca_file;  /* sslrootcert, when the URL has none; empty: none */
    bool is_direct;    /* past a pooler, where its name tells how */
} vg_pg_url_parts;

/* False: `why` says what is wrong, without a secret. Either way the caller owes a fini. */
bool vg_pg_url_read(vg_pg_url *url, const vg_pg_url_parts *parts, char *why, size_t why_room);
/* Wipes the password. */
void vg_pg_url_fini(vg_pg_url *url);

/* A copy with a NUL behind it, for libpq; free() ends it. NULL: no memory. */
char *vg_pg_text(vg_slice bytes);

/* NULL: it is not given. */
const char *vg_pg_url_option(const vg_pg_url *url, const char *keyword);

#endif
