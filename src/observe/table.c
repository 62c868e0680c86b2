/* The rows of metrics.def, and the arithmetic from labels to cells. */
#include "observe/table.h"

#include <assert.h>

#include "vecgate/exchange.h"

/* The words that metrics.def is written with. */
enum {
    NONE = 0,
    BACKEND = 1 << VG_LABEL_BACKEND,
    OPERATION = 1 << VG_LABEL_OPERATION,
    CODE = 1 << VG_LABEL_CODE,
    API = 1 << VG_LABEL_API,
    POOL = 1 << VG_LABEL_POOL,
    FAULT = 1 << VG_LABEL_FAULT,
    JOB = 1 << VG_LABEL_JOB,
    STATE = 1 << VG_LABEL_STATE,
    ENDPOINT = 1 << VG_LABEL_ENDPOINT,
    OUTCOME = 1 << VG_LABEL_OUTCOME,
    ROUTE = 1 << VG_LABEL_ROUTE,
    STATUS = 1 << VG_LABEL_STATUS,

    COUNTER = VG_METRIC_COUNTER,
    GAUGE = VG_METRIC_GAUGE,
    COMMON = VG_METRIC_COMMON,
    MOST = VG_METRIC_MOST,
    PEAK = VG_METRIC_PEAK,
    HISTOGRAM = VG_METRIC_HISTOGRAM,
};

const vg_metric_row vg_metric_rows[VG_METRICS] = {
#define METRIC(type, name, labels, doc) \
    [VG_M_##name] = {#name, (vg_metric_type)(type), (labels), (doc)},
#include "observe/metrics.def"
#undef METRIC
};

const uint64_t vg_metric_bounds_ns[VG_METRIC_BOUNDS] = {
    100000,   250000,    500000,    1000000,   2500000,    5000000,    10000000,   25000000,
    50000000, 100000000, 250000000, 500000000, 1000000000, 2500000000, 5000000000, 10000000000,
};
const char *const vg_metric_bounds_text[VG_METRIC_BOUNDS] = {
    "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
    "0.05",   "0.1",     "0.25",   "0.5",   "1",      "2.5",   "5",    "10",
};

static const char *const job_kinds[] = {
#define JOB_KIND(kind, name, doc) name,
#include "vecgate/job.def"
};

static const char *const job_states[] = {
#define JOB_STATE(state, name) name,
#include "vecgate/job.def"
};

enum {
    JOB_KINDS = sizeof job_kinds / sizeof job_kinds[0],
    JOB_STATES = sizeof job_states / sizeof job_states[0],
};

/* What a front may answer; anything else is counted as the last. A client that left before its
 * answer is the first. */
static const struct {
    int http;
    const char *word;
} statuses[] = {
    {0, "none"},  {200, "200"},  {201, "201"}, {202, "202"}, {204, "204"}, {304, "304"},
    {400, "400"}, {401, "401"},  {403, "403"}, {404, "404"}, {405, "405"}, {406, "406"},
    {408, "408"}, {409, "409"},  {411, "411"}, {412, "412"}, {413, "413"}, {414, "414"},
    {415, "415"}, {417, "417"},  {422, "422"}, {429, "429"}, {431, "431"}, {499, "499"},
    {500, "500"}, {501, "501"},  {502, "502"}, {503, "503"}, {504, "504"}, {505, "505"},
    {507, "507"}, {-1, "other"},
};

enum { STATUSES = sizeof statuses / sizeof statuses[0] };

uint8_t vg_metric_status(int http)
{
    uint8_t place = 0;

    while (place < STATUSES - 1 && statuses[place].http != http)
        place++;
    return place;
}

const char *vg_status_word(uint8_t status)
{
    return statuses[status < STATUSES ? status : STATUSES - 1].word;
}

/* No label is called job or instance: a scrape names its target by these. */
static const struct {
    const char *word;
    uint32_t values;
} labels[VG_LABELS] = {
    [VG_LABEL_BACKEND] = {"backend", VG_METRIC_BACKENDS},
    [VG_LABEL_OPERATION] = {"operation", VG_OP_KINDS},
    [VG_LABEL_CODE] = {"code", VG_CODES},
    [VG_LABEL_API] = {"api", VG_APIS},
    [VG_LABEL_POOL] = {"pool", VG_POOLS},
    [VG_LABEL_FAULT] = {"fault", VG_FAULTS},
    [VG_LABEL_JOB] = {"kind", JOB_KINDS},
    [VG_LABEL_STATE] = {"state", JOB_STATES},
    [VG_LABEL_ENDPOINT] = {"endpoint", VG_ENDPOINTS},
    [VG_LABEL_OUTCOME] = {"outcome", VG_HANDSHAKES},
    [VG_LABEL_ROUTE] = {"route", VG_METRIC_ROUTES},
    [VG_LABEL_STATUS] = {"status", STATUSES},
};

const char *vg_job_kind_word(uint8_t job)
{
    return job < JOB_KINDS ? job_kinds[job] : "unknown";
}

const char *vg_job_state_label(uint8_t state)
{
    return state < JOB_STATES ? job_states[state] : "unknown";
}

const char *vg_handshake_word(uint8_t outcome)
{
    static const char *const words[] = {
        [VG_HANDSHAKE_NEW] = "new",         [VG_HANDSHAKE_RESUMED] = "resumed",
        [VG_HANDSHAKE_FAILED] = "failed",   [VG_HANDSHAKE_LATE] = "late",
        [VG_HANDSHAKE_GONE] = "gone",       [VG_HANDSHAKE_NOT_TLS] = "not_tls",
        [VG_HANDSHAKE_REFUSED] = "refused",
    };

    return outcome < VG_HANDSHAKES ? words[outcome] : "unknown";
}

const char *vg_metric_type_word(vg_metric_type type)
{
    static const char *const words[] = {
        [VG_METRIC_COUNTER] = "counter", [VG_METRIC_GAUGE] = "gauge",
        [VG_METRIC_COMMON] = "gauge",    [VG_METRIC_MOST] = "gauge",
        [VG_METRIC_PEAK] = "gauge",      [VG_METRIC_HISTOGRAM] = "histogram",
    };

    return words[type];
}

const char *vg_label_word(vg_label label)
{
    return labels[label].word;
}

bool vg_metric_has(vg_metric metric, vg_label label)
{
    return (vg_metric_rows[metric].labels >> label & 1) != 0;
}

uint8_t vg_cell_label(vg_cell cell, vg_label label)
{
    const uint8_t values[VG_LABELS] = {
        [VG_LABEL_BACKEND] = cell.backend,   [VG_LABEL_OPERATION] = cell.operation,
        [VG_LABEL_CODE] = cell.code,         [VG_LABEL_API] = cell.api,
        [VG_LABEL_POOL] = cell.pool,         [VG_LABEL_FAULT] = cell.fault,
        [VG_LABEL_JOB] = cell.job,           [VG_LABEL_STATE] = cell.state,
        [VG_LABEL_ENDPOINT] = cell.endpoint, [VG_LABEL_OUTCOME] = cell.outcome,
        [VG_LABEL_ROUTE] = cell.route,       [VG_LABEL_STATUS] = cell.status,
    };

    return values[label];
}

uint32_t vg_metric_cells(vg_metric metric)
{
    uint32_t cells = 1;

    for (int label = 0; label < VG_LABELS; label++)
        cells *= vg_metric_has(metric, (vg_label)label) ? labels[label].values : 1;
    return cells;
}

uint32_t vg_metric_index(vg_metric metric, vg_cell cell)
{
    uint32_t index = 0;

    for (unsigned left = vg_metric_rows[metric].labels; left != 0; left &= left - 1) {
        int label = __builtin_ctz(left);
        uint32_t value = vg_cell_label(cell, (vg_label)label);

        assert(value < labels[label].values);
        index = index * labels[label].values + (value < labels[label].values ? value : 0);
    }
    return index;
}

vg_cell vg_metric_cell(vg_metric metric, uint32_t index)
{
    uint8_t values[VG_LABELS] = {0};

    for (int label = VG_LABELS - 1; label >= 0; label--) {
        if (!vg_metric_has(metric, (vg_label)label))
            continue;
        values[label] = (uint8_t)(index % labels[label].values);
        index /= labels[label].values;
    }
    return (vg_cell){
        .backend = values[VG_LABEL_BACKEND],
        .operation = values[VG_LABEL_OPERATION],
        .code = values[VG_LABEL_CODE],
        .api = values[VG_LABEL_API],
        .pool = values[VG_LABEL_POOL],
        .fault = values[VG_LABEL_FAULT],
        .job = values[VG_LABEL_JOB],
        .state = values[VG_LABEL_STATE],
        .endpoint = values[VG_LABEL_ENDPOINT],
        .outcome = values[VG_LABEL_OUTCOME],
        .route = values[VG_LABEL_ROUTE],
        .status = values[VG_LABEL_STATUS],
    };
}
