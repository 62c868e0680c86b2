/* The process's own options, in the order in which docs and files show them. */
#include <stddef.h>

#include "config/entries.h"

#define AT(field) offsetof(vg_conf, field)

#define KIB    ((uint64_t)1 << 10)
#define MIB    ((uint64_t)1 << 20)
#define GIB    ((uint64_t)1 << 30)
#define SECOND ((uint64_t)1000)
#define HOUR   (3600 * SECOND)

/* Places as vg_auth, vg_log_level and vg_log_form have them. */
static const char *const auths[] = {"loopback", "none", NULL};
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const forms[] = {"auto", "text", "json", NULL};

/* clang-format off */
const vg_option vg_process_options[] = {
    {"listen", VG_OPT_ADDRESS, AT(listen), .def = "127.0.0.1:6333",
     .doc = "where REST is served, both APIs on one port; port 0: the system chooses one"},
    {"data", VG_OPT_TEXT, AT(data), .def = "./vecgate-data",
     .doc = "directory of everything that is stored here; made if it is not there"},
    {"auth", VG_OPT_WORD, AT(auth), .def = "loopback", .words = auths,
     .doc = "who is let in: programs of this machine only, or with `none` everybody who can reach the address; this build has no credentials"},
    {"log.level", VG_OPT_WORD, AT(log_level), .def = "info", .words = levels, .live = true,
     .doc = "the least that is logged"},
    {"log.form", VG_OPT_WORD, AT(log_form), .def = "auto", .words = forms,
     .doc = "lines for people or for programs; `auto` is text on a terminal, JSON elsewhere"},
    {"log.access", VG_OPT_BOOL, AT(log_access), .def = "true", .live = true,
     .doc = "whether each request is a line: of `info`, for health and metrics of `debug`"},
    {"workers", VG_OPT_COUNT, AT(workers), .def = "1", .min = 1, .max = 64,
     .doc = "processes that serve; this build runs one"},
    {"drain", VG_OPT_DURATION, AT(drain_ms), .def = "30s", .max = HOUR, .live = true,
     .doc = "how long requests may take to finish after SIGTERM"},
    {"deadline", VG_OPT_DURATION, AT(deadline_ms), .def = "30s", .min = 1, .max = HOUR,
     .doc = "how long a request may take; a client may ask for less"},
    {"health.interval", VG_OPT_DURATION, AT(health_ms), .def = "5s", .max = 24 * HOUR, .live = true,
     .doc = "how often the stores are asked how they are, which /readyz then says; 0s: only until they are well, so that a database that sleeps when idle can"},
    {"limits.body", VG_OPT_BYTES, AT(max_body_bytes), .def = "32MiB", .min = KIB, .max = 2 * GIB,
     .doc = "largest body of a request, after decompression"},
    {"limits.expansion", VG_OPT_COUNT, AT(max_expansion), .def = "100", .min = 1, .max = 100000,
     .doc = "how many times its size a compressed body may grow to"},
    {"limits.head", VG_OPT_BYTES, AT(max_head_bytes), .def = "32KiB", .min = KIB, .max = MIB,
     .doc = "largest request line and headers together"},
    {"limits.headers", VG_OPT_COUNT, AT(max_headers), .def = "100", .min = 8, .max = 1000,
     .doc = "most headers of a request"},
    {"limits.connections", VG_OPT_COUNT, AT(max_connections), .def = "16384", .min = 1, .max = 1000000,
     .doc = "most client connections open at once"},
    {"limits.head_time", VG_OPT_DURATION, AT(head_ms), .def = "10s", .min = 100, .max = HOUR,
     .doc = "how long request line and headers may take to arrive"},
    {"limits.body_time", VG_OPT_DURATION, AT(body_ms), .def = "30s", .min = 100, .max = HOUR,
     .doc = "how long a client may pause while sending a body or taking an answer"},
    {"limits.keep_alive", VG_OPT_DURATION, AT(keep_alive_ms), .def = "75s", .min = 100, .max = HOUR,
     .doc = "how long an idle connection is kept"},
    {"memory.total", VG_OPT_BYTES, AT(memory_bytes), .def = "512MiB", .min = 16 * MIB, .max = 1024 * GIB,
     .doc = "most memory of all requests together; past it new ones get 503"},
    {"memory.request", VG_OPT_BYTES, AT(request_bytes), .def = "256MiB", .min = MIB, .max = 1024 * GIB,
     .doc = "most memory of one request beside its body"},
    {"memory.scratch", VG_OPT_BYTES, AT(scratch_bytes), .def = "256MiB", .min = MIB, .max = 1024 * GIB,
     .doc = "most memory of one attempt at an operation"},
    {"pools.search.threads", VG_OPT_COUNT, AT(search_threads), .def = "0", .max = 256,
     .doc = "threads that search; 0: one for each CPU, 16 at most"},
    {"pools.search.queue", VG_OPT_COUNT, AT(search_queue), .def = "1024", .min = 1, .max = 1000000,
     .doc = "searches that may wait for a thread; more are refused"},
    {"pools.codec.threads", VG_OPT_COUNT, AT(codec_threads), .def = "2", .min = 1, .max = 256,
     .doc = "threads that read and write large bodies"},
    {"pools.codec.queue", VG_OPT_COUNT, AT(codec_queue), .def = "256", .min = 1, .max = 1000000,
     .doc = "large bodies that may wait for a thread; more are refused"},
    {"pools.misc.threads", VG_OPT_COUNT, AT(misc_threads), .def = "2", .min = 1, .max = 256,
     .doc = "threads for metadata and everything rare"},
    {"pools.misc.queue", VG_OPT_COUNT, AT(misc_queue), .def = "256", .min = 1, .max = 1000000,
     .doc = "such works that may wait for a thread; more are refused"},
    {"pools.connect.threads", VG_OPT_COUNT, AT(connect_threads), .def = "2", .min = 1, .max = 256,
     .doc = "threads that log in to PostgreSQL: TLS, passwords, Kerberos tickets"},
    {"pools.connect.queue", VG_OPT_COUNT, AT(connect_queue), .def = "1024", .min = 1, .max = 1000000,
     .doc = "steps of that which may wait for a thread; more are refused"},
    {"pools.cancel.threads", VG_OPT_COUNT, AT(cancel_threads), .def = "2", .min = 1, .max = 256,
     .doc = "threads that tell PostgreSQL to give up what nobody waits for any more"},
    {"pools.cancel.queue", VG_OPT_COUNT, AT(cancel_queue), .def = "64", .min = 1, .max = 1000000,
     .doc = "of that, how much may wait for a thread; for more the connection is closed instead"},
    {"jobs.at_once", VG_OPT_COUNT, AT(jobs_most), .def = "4", .min = 1, .max = 64,
     .doc = "most jobs (what takes longer than a request) that are worked on at once"},
    {"jobs.lease", VG_OPT_DURATION, AT(jobs_lease_ms), .def = "30s", .min = SECOND, .max = HOUR,
     .doc = "how long after a gateway has died another one on the same metadata store takes up its jobs"},
    {"jobs.keep", VG_OPT_DURATION, AT(jobs_keep_ms), .def = "168h", .min = SECOND, .max = 8760 * HOUR,
     .doc = "how long jobs that have ended can be looked at; the newest 200 at most"},
    {"qdrant.version", VG_OPT_TEXT, AT(qdrant_version), .def = "1.14.1",
     .doc = "the version that is announced to Qdrant's clients"},
    {"metadata.store", VG_OPT_TEXT, AT(metadata), .def = "",
     .doc = "where it is kept what each collection is: `memory://`, `sqlite:///path/to/file`; empty: SQLite in the data directory"},
    {0},
};

const vg_option vg_vector_options[] = {
    {"vector.backend", VG_OPT_TEXT, AT(backend_name), .def = "embedded", .env = "VECTOR_BACKEND",
     .doc = "the vector database behind this gateway; each has a section of its own under `vector`"},
    {0},
};
/* clang-format on */
