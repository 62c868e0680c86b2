/* The configuration: option tables to values. Sources, later ones win: a row's default, the YAML
 * file, the environment, the command line. Everything wrong is told at once, each complaint with
 * its place
 * ("vecgate.yaml:12", "VECTOR_BACKEND", "--listen"), the reason, and the nearest valid word. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "vecgate/option.h"
#include "vecgate/resilience.h"
#include "vecgate/vector_backend.h"

#include "base/buf.h"
#include "config/bounds.h"
#include "config/keys.h"
#include "config/traces.h"

/* The process's own options; rows in config/options.c. */
typedef struct vg_conf {
    vg_slice listen; /* 127.0.0.1:6333 */
    vg_slice data;   /* ./vecgate-data */
    int auth;        /* vg_auth */
    vg_credential_conf credentials;
    int log_level;
    int log_form;
    bool log_access, log_audit;
    uint64_t log_slow_ms; /* 0: off */
    vg_slice log_file;    /* path; empty: stderr */
    uint64_t workers;
    uint64_t drain_ms;
    uint64_t deadline_ms; /* when a client names none */
    uint64_t health_ms;   /* 0: those that are well are left alone */
    uint64_t max_body_bytes;
    uint64_t max_head_bytes;
    uint64_t max_headers;
    uint64_t max_connections;
    uint64_t head_ms, body_ms, keep_alive_ms;
    vg_slice tls_certificate, tls_key; /* paths, commas between them; empty: plain HTTP */
    vg_slice tls_passphrase, tls_ocsp, tls_client_ca, tls_client_crl;
    int tls_client_auth, tls_min_version; /* places among their words */
    bool tls_tickets;
    uint64_t tls_handshake_ms;
    uint64_t max_expansion;
    vg_tenant_quota quota;  /* of tenants */
    uint64_t memory_bytes;  /* all arenas and bodies together */
    uint64_t request_bytes; /* one request's arena */
    uint64_t scratch_bytes; /* one try's arena */
    uint64_t search_threads, search_queue, codec_threads, codec_queue, misc_threads, misc_queue,
        connect_threads, connect_queue, cancel_threads, cancel_queue, handshake_threads,
        handshake_queue;
    uint64_t jobs_lease_ms, jobs_keep_ms, jobs_most;
    vg_traces_conf traces;
    vg_slice qdrant_version; /* announced to Qdrant clients: 1.14.1 */
    vg_slice backend_name;   /* embedded */
    int backend;             /* place in vg_adapters, found by its name */
    vg_slice metadata;       /* connection string; empty: sqlite in the data directory */
} vg_conf;

/* Without credentials only loopback may listen, unless `auth: none` is written out. */
typedef enum vg_auth { VG_AUTH_REQUIRED, VG_AUTH_NONE } vg_auth;

typedef struct vg_config vg_config;

/* NULL members: none. */
typedef struct vg_config_source {
    const char *file;
    vg_slice text;              /* of the file, where somebody has read it already */
    const char *const *environ; /* "NAME=value", NULL-terminated */
    const char *const *sets;    /* "listen=127.0.0.1:7000" from the command line, NULL-terminated */
} vg_config_source;

/* The file's text, for vg_config_source: several who are given the same read the same. False: it
 * cannot be read, or is larger than any may be; vg_config_read() says which. */
bool vg_config_load(const char *file, vg_buf *to);
enum { VG_CONFIG_BYTES = 1 << 20 };
/* Reads and checks everything. NULL when anything is wrong: `complaints` (one a line) says what. */
vg_config *vg_config_read(const vg_config_source *source, vg_buf *complaints);
void vg_config_free(vg_config *config);

const vg_conf *vg_config_values(const vg_config *config);
/* The chosen backend's adapter and its own filled struct. */
const vg_adapter *vg_config_adapter(const vg_config *config);
const void *vg_config_adapter_conf(const vg_config *config);
/* Where the value of the process's option came from: "vecgate.yaml:12", "VECGATE_LISTEN". */
vg_slice vg_config_place(const vg_config *config, vg_slice name);
/* How that backend's troubles are met. */
const vg_resilience *vg_config_resilience(const vg_config *config);
/* The metadata store that the connection string means; what stands in the string is for it to read.
 */
const vg_adapter *vg_config_metadata(const vg_config *config);

/* What differs between two configurations, one option a line ("log.level: info -> debug", secrets
 * masked): those that may change while serving, and those that need a restart. False: nothing
 * differs. */
bool vg_config_differences(const vg_config *was, const vg_config *is, vg_buf *live,
                           vg_buf *restart);
/* Takes over what may change while serving; all else stays. */
void vg_config_take_live(vg_config *config, const vg_config *from);

/* `vecgate config`: YAML with every value, where it came from as a comment, secrets masked. */
void vg_config_show(const vg_config *config, vg_buf *to);
/* conf/vecgate.yaml and docs/options.md, from the tables. */
void vg_config_write_yaml(vg_buf *to);
void vg_config_write_docs(vg_buf *to);
/* The options part of --help. */
void vg_config_write_help(vg_buf *to);

#endif
