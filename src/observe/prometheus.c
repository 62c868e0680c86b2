/* The slab as Prometheus' text format 0.0.4, and as docs/metrics.md. Families are whole, in the
 * order of metrics.def; buckets are summed up here, so that `+Inf` always equals `_count`. */
#include <inttypes.h>
#include <stdio.h>

#include "vecgate/exchange.h"

#include "observe/metrics.h"
#include "observe/process.h"
#include "observe/table.h"

enum { LABELS_BYTES = 512 };

/* One label set on its way out: `backend="x",operation="y"`, without braces. */
struct labels {
    char at[LABELS_BYTES];
    size_t len;
};

static void put_u64(vg_buf *to, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    vg_buf_put(to, vg_slice_of(digits + at, sizeof digits - at));
}

static void put_i64(vg_buf *to, int64_t n)
{
    if (n < 0)
        vg_buf_put_byte(to, '-');
    put_u64(to, n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n);
}

/* Nanoseconds as seconds, exactly, without trailing zeros. */
static void put_seconds(vg_buf *to, uint64_t ns)
{
    char fraction[10];
    int len = snprintf(fraction, sizeof fraction, "%09" PRIu64, ns % 1000000000);

    put_u64(to, ns / 1000000000);
    while (len > 0 && fraction[len - 1] == '0')
        len--;
    if (len == 0)
        return;
    vg_buf_put_byte(to, '.');
    vg_buf_put(to, vg_slice_of(fraction, (size_t)len));
}

static void put_str(vg_buf *to, const char *text)
{
    vg_buf_put(to, vg_slice_str(text));
}

static void labels_put(struct labels *labels, char byte)
{
    if (labels->len < LABELS_BYTES)
        labels->at[labels->len++] = byte;
}

static void labels_put_str(struct labels *labels, const char *text)
{
    for (; *text != '\0'; text++)
        labels_put(labels, *text);
}

/* A label's value: backslash, quote and newline are escaped. */
static void labels_put_value(struct labels *labels, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n')
            labels_put(labels, '\\');
        labels_put(labels, *text == '\n' ? 'n' : *text);
    }
}

static const char *value_word(const vg_metrics *metrics, vg_label label, uint8_t value)
{
    static const char *const apis[VG_APIS] = {
        [VG_API_NATIVE] = "native", [VG_API_QDRANT] = "qdrant", [VG_API_ADMIN] = "admin"};

    static const char *const places[VG_ENDPOINTS] = {
        "0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10",
        "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21",
        "22", "23", "24", "25", "26", "27", "28", "29", "30", "31"};

    switch (label) {
    case VG_LABEL_BACKEND:
        return vg_metrics_backend_name(metrics, value);
    case VG_LABEL_OPERATION:
        return vg_op_describe((vg_op_kind)value)->name;
    case VG_LABEL_CODE:
        return vg_code_describe((vg_code)value)->metric;
    case VG_LABEL_API:
        return apis[value];
    case VG_LABEL_POOL:
        return vg_pool_word((vg_pool_name)value);
    case VG_LABEL_FAULT:
        return vg_fault_word((vg_fault)value);
    case VG_LABEL_JOB:
        return vg_job_kind_word(value);
    case VG_LABEL_STATE:
        return vg_job_state_label(value);
    case VG_LABEL_ENDPOINT:
        return places[value];
    case VG_LABEL_OUTCOME:
        return vg_handshake_word(value);
    case VG_LABEL_ROUTE:
        return vg_metrics_route_name(metrics, value).path;
    case VG_LABEL_STATUS:
        return vg_status_word(value);
    case VG_LABELS:
        break;
    }
    return "";
}

static void labels_add(struct labels *labels, const char *word, const char *value)
{
    if (labels->len > 0)
        labels_put(labels, ',');
    labels_put_str(labels, word);
    labels_put_str(labels, "=\"");
    labels_put_value(labels, value);
    labels_put(labels, '"');
}

static void write_labels(const vg_metrics *metrics, vg_metric metric, uint32_t index,
                         struct labels *out)
{
    vg_cell cell = vg_metric_cell(metric, index);

    out->len = 0;
    for (int label = 0; label < VG_LABELS; label++) {
        uint8_t value = vg_cell_label(cell, (vg_label)label);

        if (!vg_metric_has(metric, (vg_label)label))
            continue;
        if (label == VG_LABEL_ROUTE)
            labels_add(out, "method", vg_metrics_route_name(metrics, value).method);
        labels_add(out, vg_label_word((vg_label)label),
                   value_word(metrics, (vg_label)label, value));
    }
}

/* `vecgate_<name><suffix>{<labels>[,le="<le>"]} `: all of a sample but its value. */
static void put_sample(vg_buf *to, vg_metric metric, const char *suffix,
                       const struct labels *labels, const char *le)
{
    put_str(to, "vecgate_");
    put_str(to, vg_metric_rows[metric].name);
    put_str(to, suffix);
    if (labels->len > 0 || le != NULL) {
        vg_buf_put_byte(to, '{');
        vg_buf_put(to, vg_slice_of(labels->at, labels->len));
        if (le != NULL) {
            put_str(to, labels->len > 0 ? ",le=\"" : "le=\"");
            put_str(to, le);
            vg_buf_put_byte(to, '"');
        }
        vg_buf_put_byte(to, '}');
    }
    vg_buf_put_byte(to, ' ');
}

static void write_histogram(const vg_metrics *metrics, vg_metric metric, uint32_t index,
                            const struct labels *labels, vg_buf *to)
{
    vg_histogram histogram;
    uint64_t count = 0;

    vg_metrics_histogram(metrics, metric, index, &histogram);
    for (int b = 0; b <= VG_METRIC_BOUNDS; b++) {
        count += histogram.buckets[b];
        put_sample(to, metric, "_bucket", labels,
                   b < VG_METRIC_BOUNDS ? vg_metric_bounds_text[b] : "+Inf");
        put_u64(to, count);
        vg_buf_put_byte(to, '\n');
    }
    put_sample(to, metric, "_sum", labels, NULL);
    put_seconds(to, histogram.sum_ns);
    vg_buf_put_byte(to, '\n');
    put_sample(to, metric, "_count", labels, NULL);
    put_u64(to, count);
    vg_buf_put_byte(to, '\n');
}

static void write_value(const vg_metrics *metrics, vg_metric metric, uint32_t index,
                        const struct labels *labels, vg_buf *to)
{
    int64_t value = vg_metrics_value(metrics, metric, index);

    put_sample(to, metric, "", labels, NULL);
    if (vg_metric_rows[metric].type == VG_METRIC_PEAK)
        put_seconds(to, (uint64_t)value);
    else if (vg_metric_rows[metric].type == VG_METRIC_COUNTER)
        put_u64(to, (uint64_t)value);
    else
        put_i64(to, value);
    vg_buf_put_byte(to, '\n');
}

/* Few and always the same: shown from the start, so that a rate has a beginning. */
static bool is_always_shown(vg_metric metric)
{
    const int few = 1 << VG_LABEL_API | 1 << VG_LABEL_POOL | 1 << VG_LABEL_OUTCOME;

    return (vg_metric_rows[metric].labels & ~few) == 0;
}

static void write_family(const vg_metrics *metrics, vg_metric metric, vg_buf *to)
{
    const vg_metric_row *row = &vg_metric_rows[metric];
    uint32_t cells = vg_metric_cells(metric);
    struct labels labels;

    vg_buf_printf(to, "# HELP vecgate_%s %s\n# TYPE vecgate_%s %s\n", row->name, row->doc,
                  row->name, vg_metric_type_word(row->type));
    for (uint32_t i = 0; i < cells; i++) {
        if (!is_always_shown(metric) && !vg_metrics_is_touched(metrics, metric, i))
            continue;
        write_labels(metrics, metric, i, &labels);
        if (row->type == VG_METRIC_HISTOGRAM)
            write_histogram(metrics, metric, i, &labels, to);
        else
            write_value(metrics, metric, i, &labels, to);
    }
}

#define BUILD_DOC "1, with the version of this build"

void vg_metrics_write(vg_metrics *metrics, vg_buf *to)
{
    vg_metrics_refresh(metrics);
    vg_buf_printf(to,
                  "# HELP vecgate_build_info " BUILD_DOC "\n# TYPE vecgate_build_info gauge\n"
                  "vecgate_build_info{version=\"%s\"} 1\n",
                  VG_VERSION);
    for (int m = 0; m < VG_METRICS; m++)
        write_family(metrics, (vg_metric)m, to);
    vg_process_write(vg_metrics_processes(metrics), to);
}

static void write_docs_row(vg_metric metric, vg_buf *to)
{
    const vg_metric_row *row = &vg_metric_rows[metric];
    bool is_first = true;

    vg_buf_printf(to, "| `vecgate_%s` | %s | ", row->name, vg_metric_type_word(row->type));
    for (int label = 0; label < VG_LABELS; label++) {
        if (!vg_metric_has(metric, (vg_label)label))
            continue;
        vg_buf_printf(to, "%s%s`%s`", is_first ? "" : ", ",
                      label == VG_LABEL_ROUTE ? "`method`, " : "", vg_label_word((vg_label)label));
        is_first = false;
    }
    vg_buf_printf(to, "%s| %s |\n", is_first ? "" : " ", row->doc);
}

void vg_metrics_write_docs(vg_buf *to)
{
    put_str(to,
            "# Metrics\n\n"
            "<!-- Written by `vecgate docs` from the tables of the code. -->\n\n"
            "`GET /metrics` answers in Prometheus' text format 0.0.4. Every label takes its values "
            "from a closed list. A series with other labels than `api`, `pool` and `outcome` "
            "appears once it was counted on.\n\n"
            "| name | type | labels | what it is |\n|---|---|---|---|\n"
            "| `vecgate_build_info` | gauge | `version` | " BUILD_DOC " |\n");
    for (int m = 0; m < VG_METRICS; m++)
        write_docs_row((vg_metric)m, to);
    vg_process_write_docs(to);
    put_str(to, "\nHistograms count seconds up to ");
    for (int b = 0; b < VG_METRIC_BOUNDS; b++)
        vg_buf_printf(to, "%s%s", b == 0 ? "" : ", ", vg_metric_bounds_text[b]);
    put_str(to, " and `+Inf`.\n");
}
