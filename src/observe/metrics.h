/* Metrics in a MAP_SHARED slab: made before workers are forked, so that any worker answers for all.
 * Per-worker counters, single-word atomics, no locks. One table (metrics.def) defines every metric;
 * a metric is an array of cells by its labels, all of them enumerable, so that no label can grow
 * without bound. Any thread. */
#ifndef OBSERVE_METRICS_H
#define OBSERVE_METRICS_H

#include "vecgate/op.h"

#include "base/buf.h"

typedef enum vg_metric {
#define METRIC(type, name, labels, doc) VG_M_##name,
#include "observe/metrics.def"
#undef METRIC
    VG_METRICS
} vg_metric;

/* The cell meant, by the labels of metrics.def; those that a metric lacks are ignored. */
typedef struct vg_cell {
    uint8_t backend;   /* vg_metrics_backend(); 0: none */
    uint8_t operation; /* vg_op_kind */
    uint8_t code;      /* vg_code */
    uint8_t api;       /* vg_api */
    uint8_t pool;      /* vg_pool_name */
    uint8_t fault;     /* vg_fault */
    uint8_t job;       /* the kind's place in vecgate/job.def */
    uint8_t state;     /* the same of the state */
    uint8_t endpoint;  /* its place among those of a backend */
    uint8_t outcome;   /* vg_handshake */
    uint8_t route;     /* vg_metrics_name_route(); 0: none was found */
    uint8_t status;    /* vg_metric_status() */
} vg_cell;

/* How a handshake of TLS ended. */
typedef enum vg_handshake {
    VG_HANDSHAKE_NEW,
    VG_HANDSHAKE_RESUMED,
    VG_HANDSHAKE_FAILED,  /* the two had nothing in common, or a certificate was not good */
    VG_HANDSHAKE_LATE,    /* it took too long */
    VG_HANDSHAKE_GONE,    /* the client left before it was over */
    VG_HANDSHAKE_NOT_TLS, /* what came was something else */
    VG_HANDSHAKE_REFUSED, /* too many waited, or there was no memory */
    VG_HANDSHAKES
} vg_handshake;

typedef enum vg_api { VG_API_NATIVE, VG_API_QDRANT, VG_API_ADMIN, VG_APIS } vg_api;

/* All that counts takes NULL and counts nothing then.
 * Before the fork: room for `workers` workers. NULL when memory is gone. */
vg_metrics *vg_metrics_new(uint32_t workers);
void vg_metrics_free(vg_metrics *metrics);
/* After the fork: which worker counts here. */
void vg_metrics_set_worker(vg_metrics *metrics, uint32_t worker);
/* That worker is dead, and not yet replaced: its part of what is there now goes (gauges); what was
 * counted stays. By a process that counts for no worker or another one. */
void vg_metrics_bury(vg_metrics *metrics, uint32_t worker);
/* What a scrape shows of this worker and nobody counts: the bytes of arenas. Every few seconds, as
 * another worker may answer. */
void vg_metrics_refresh(vg_metrics *metrics);
/* Whose memory, CPU time and descriptors a scrape shows, as sums: of the worker with that number,
 * or, with the number behind the last, of the parent that waits for them. 0: nobody. With no parent
 * a scrape shows this process alone. */
void vg_metrics_set_process(vg_metrics *metrics, uint32_t worker, int pid);
/* The label value of a backend, registered once before the fork (name is copied); 1, 2, … */
uint8_t vg_metrics_backend(vg_metrics *metrics, vg_slice name);
/* The label values of a route, from 1 to VG_METRIC_ROUTES - 1. Each worker names all of them, in
 * the same order, before the first is counted on; the texts outlive the metrics. */
enum { VG_METRIC_ROUTES = 160 };
void vg_metrics_name_route(vg_metrics *metrics, uint8_t route, const char *method,
                           const char *path);
/* The place of a status of HTTP among those that are told apart; 0: no answer was sent. */
uint8_t vg_metric_status(int http);

void vg_metrics_add(vg_metrics *metrics, vg_metric metric, vg_cell cell, uint64_t n);  /* counter */
void vg_metrics_set(vg_metrics *metrics, vg_metric metric, vg_cell cell, int64_t n);   /* gauge */
void vg_metrics_move(vg_metrics *metrics, vg_metric metric, vg_cell cell, int64_t by); /* gauge */
void vg_metrics_max(vg_metrics *metrics, vg_metric metric, vg_cell cell,
                    int64_t n); /* gauge: the largest seen */
void vg_metrics_observe(vg_metrics *metrics, vg_metric metric, vg_cell cell,
                        uint64_t ns); /* histogram */
/* The sum over workers (histogram: how many). */
uint64_t vg_metrics_read(const vg_metrics *metrics, vg_metric metric, vg_cell cell);

/* Prometheus text 0.0.4 of all families: build, metrics.def, process. A metric whose only labels
 * are API, POOL or OUTCOME, or none, prints all its cells from the start; any other those that were
 * touched.
 */
void vg_metrics_write(vg_metrics *metrics, vg_buf *to);
/* docs/metrics.md */
void vg_metrics_write_docs(vg_buf *to);

#endif
