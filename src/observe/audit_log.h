/* For whoever has to account for it: who may not do what and did try, one line for each denial; and
 * who changed what collections, aliases, indexes and tenants are, one line for each such operation,
 * whether it succeeded or not. Names of credentials, tenants and collections stand in it, and what
 * was asked for as the route's pattern; never a secret, nor what a client claimed to be. */
#ifndef OBSERVE_AUDIT_LOG_H
#define OBSERVE_AUDIT_LOG_H

#include "vecgate/status.h"
#include "vecgate/trace.h"

typedef struct vg_denial {
    vg_slice who;        /* the credential's name; empty: nobody who is known */
    vg_slice tenant;     /* empty: the same */
    vg_slice method;     /* "PUT" */
    const char *route;   /* the row's pattern; NULL: no row */
    vg_code code;        /* UNAUTHENTICATED or FORBIDDEN */
    vg_slice why;        /* what was answered */
    vg_slice request_id; /* as the answer carries it */
    vg_trace trace;
} vg_denial;

/* At warning level. Any thread. */
void vg_audit_log_denied(const vg_denial *denial);

typedef struct vg_audit {
    vg_slice who;          /* the credential's name; "gateway": nobody asked, it was due */
    vg_slice tenant;       /* whose it is */
    const char *operation; /* a name of op.def, or what the gateway calls it */
    const char *backend;
    vg_slice collection; /* empty: it is about none */
    vg_slice detail;     /* the field, the aliases, the job, the tenant; empty: no more to tell */
    /* Versions of the catalog's entry; 0: there was, or is, none. */
    bool has_versions;
    uint64_t before, after;
    vg_code outcome;
    vg_slice why; /* it failed: what was answered */
    int status;   /* as sent; 0: nothing was, and for the gateway's own */
    uint64_t took_ns;
    vg_slice request_id; /* empty: there was no request */
    vg_trace trace;
} vg_audit;

/* Written whatever the log's least level is. Any thread. */
void vg_audit_log_write(const vg_audit *audit);

#endif
