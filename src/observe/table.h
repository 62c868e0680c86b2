/* metrics.def as data: what each metric is, how many cells it has and which labels a cell means.
 * Inside src/observe only. The cells of a metric are numbered with BACKEND varying slowest and
 * STATUS fastest. */
#ifndef OBSERVE_TABLE_H
#define OBSERVE_TABLE_H

#include "observe/metrics.h"
#include "observe/process.h"

typedef enum vg_metric_type {
    VG_METRIC_COUNTER,
    VG_METRIC_GAUGE,  /* its value is the sum over workers; a dead worker's part goes with it */
    VG_METRIC_COMMON, /* a gauge of something that workers share: one word for all of them */
    VG_METRIC_MOST,   /* a gauge: the largest over workers */
    VG_METRIC_PEAK,   /* a gauge: the largest over workers; nanoseconds inside, seconds printed */
    VG_METRIC_HISTOGRAM, /* nanoseconds inside, seconds printed */
} vg_metric_type;

typedef enum vg_label {
    VG_LABEL_BACKEND,
    VG_LABEL_OPERATION,
    VG_LABEL_CODE,
    VG_LABEL_API,
    VG_LABEL_POOL,
    VG_LABEL_FAULT,
    VG_LABEL_JOB,
    VG_LABEL_STATE,
    VG_LABEL_ENDPOINT,
    VG_LABEL_OUTCOME,
    VG_LABEL_ROUTE, /* shown as two: method and route */
    VG_LABEL_STATUS,
    VG_LABELS,
} vg_label;

typedef struct vg_metric_row {
    const char *name; /* without vecgate_ */
    vg_metric_type type;
    uint16_t labels; /* bit 1 << vg_label */
    const char *doc;
} vg_metric_row;

enum { VG_METRIC_BACKENDS = 8, VG_METRIC_BACKEND_TEXT = 32 }; /* place 0: none */

/* Upper bounds of all histograms, ascending; one more bucket behind them holds the rest. */
enum { VG_METRIC_BOUNDS = 16 };
extern const uint64_t vg_metric_bounds_ns[VG_METRIC_BOUNDS];
/* The same as Prometheus' `le` shows them. */
extern const char *const vg_metric_bounds_text[VG_METRIC_BOUNDS];

extern const vg_metric_row vg_metric_rows[VG_METRICS];

const char *vg_metric_type_word(vg_metric_type type); /* of the exposition format */
const char *vg_label_word(vg_label label);            /* "backend" */
const char *vg_job_kind_word(uint8_t job);            /* "repair" */
const char *vg_job_state_label(uint8_t state);        /* "waiting" */
const char *vg_handshake_word(uint8_t outcome);       /* "resumed" */
const char *vg_status_word(uint8_t status);           /* "404" */
bool vg_metric_has(vg_metric metric, vg_label label);

uint32_t vg_metric_cells(vg_metric metric);
/* Which of its cells is meant. A label out of range is our mistake: counted as 0. */
uint32_t vg_metric_index(vg_metric metric, vg_cell cell);
/* The way back. */
vg_cell vg_metric_cell(vg_metric metric, uint32_t index);
uint8_t vg_cell_label(vg_cell cell, vg_label label);

/* ---- what prometheus.c reads of the slab: sums over workers ---- */
bool vg_metrics_is_touched(const vg_metrics *metrics, vg_metric metric, uint32_t index);
int64_t vg_metrics_value(const vg_metrics *metrics, vg_metric metric, uint32_t index);
typedef struct vg_histogram {
    uint64_t buckets[VG_METRIC_BOUNDS + 1]; /* not cumulative */
    uint64_t sum_ns;
} vg_histogram;
void vg_metrics_histogram(const vg_metrics *metrics, vg_metric metric, uint32_t index,
                          vg_histogram *out);
const vg_processes *vg_metrics_processes(const vg_metrics *metrics);
/* "" for place 0 and places that nobody registered. */
const char *vg_metrics_backend_name(const vg_metrics *metrics, uint8_t backend);
/* "none", "none" for place 0 and those that nobody named. */
typedef struct vg_metric_route {
    const char *method;
    const char *path;
} vg_metric_route;
vg_metric_route vg_metrics_route_name(const vg_metrics *metrics, uint8_t route);

#endif
