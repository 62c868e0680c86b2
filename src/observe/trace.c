/* The tracer. Spans wait encoded, in batches: the open one takes the next span, full ones wait to
 * be taken, and those that were taken hold their places until they are settled. */
#include "observe/trace.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/list.h"
#include "observe/span_write.h"

#define JUMP_NS ((uint64_t)1000000)

struct batch {
    vg_list link;
    vg_buf spans;
    uint32_t count;
};

struct vg_tracer {
    vg_tracer_parts parts;
    const vg_span_form *form;
    vg_buf resource;
    vg_list batches;       /* oldest first; the last may be open */
    uint32_t waiting;      /* spans in them */
    uint32_t taken;        /* spans that were taken and are not settled */
    uint64_t ratio_of;     /* a trace whose last 63 bits are below this is recorded */
    uint64_t state;        /* of span ids */
    uint64_t wall_less_ns; /* vg_clock_wall_less_ns() */
    void (*full)(void *arg);
    void *full_arg;
};

/* ---- its life ---- */

/* 2^63 at least: all of them. */
static uint64_t threshold(double ratio)
{
    if (!(ratio > 0))
        return 0;
    return ratio < 1 ? (uint64_t)(ratio * 9223372036854775808.0) : UINT64_MAX;
}

vg_tracer *vg_tracer_new(const vg_tracer_parts *parts)
{
    vg_tracer *tracer = calloc(1, sizeof *tracer);

    if (tracer == NULL)
        return NULL;
    VG_CHECK(parts->batch > 0 && parts->queue >= parts->batch);
    tracer->parts = *parts;
    tracer->form = parts->is_json ? &vg_span_json : &vg_span_protobuf;
    tracer->ratio_of = threshold(parts->ratio);
    tracer->state = parts->seed;
    vg_list_init(&tracer->batches);
    vg_buf_init(&tracer->resource, 0);
    tracer->form->put_resource(&tracer->resource, parts->resource, parts->resource_count);
    if (!vg_buf_is_spent(&tracer->resource))
        return tracer;
    vg_tracer_free(tracer);
    return NULL;
}

static struct batch *batch_of(vg_list *link)
{
    return vg_container_of(link, struct batch, link);
}

static void free_batch(struct batch *batch)
{
    vg_buf_fini(&batch->spans);
    free(batch);
}

void vg_tracer_free(vg_tracer *tracer)
{
    vg_list *link;

    if (tracer == NULL)
        return;
    while ((link = vg_list_shift(&tracer->batches)) != NULL)
        free_batch(batch_of(link));
    vg_buf_fini(&tracer->resource);
    free(tracer);
}

/* ---- ids, and what is recorded ---- */

/* SplitMix64 (Steele, Lea and Flood, 2014): a counter, well mixed; it comes by a number once. */
static uint64_t next_number(vg_tracer *tracer)
{
    uint64_t z = tracer->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void vg_tracer_new_id(vg_tracer *tracer, uint8_t id[VG_SPAN_ID])
{
    uint64_t number;

    do
        number = next_number(tracer);
    while (number == 0);
    memcpy(id, &number, VG_SPAN_ID);
}

/* By the id alone, so that whoever else has that ratio records the same traces. */
static bool is_drawn(const vg_tracer *tracer, const vg_trace *trace)
{
    uint64_t last = 0;

    for (int i = VG_TRACE_ID - 8; i < VG_TRACE_ID; i++)
        last = last << 8 | trace->trace_id[i];
    return (last & INT64_MAX) < tracer->ratio_of;
}

static bool samples(const vg_tracer *tracer, const vg_trace *trace, bool has_parent)
{
    vg_sampler sampler = tracer->parts.sampler;

    if (has_parent && sampler >= VG_SAMPLE_PARENT_ALL)
        return (trace->flags & VG_TRACE_SAMPLED) != 0;
    if (sampler == VG_SAMPLE_RATIO || sampler == VG_SAMPLE_PARENT_RATIO)
        return is_drawn(tracer, trace);
    return sampler == VG_SAMPLE_ALL || sampler == VG_SAMPLE_PARENT_ALL;
}

void vg_tracer_begin(vg_tracer *tracer, const uint8_t chance[VG_TRACE_ID], vg_trace *trace,
                     uint8_t parent[VG_SPAN_ID])
{
    bool has_parent = vg_trace_is_set(trace);

    memset(parent, 0, VG_SPAN_ID);
    if (tracer == NULL)
        return;
    if (has_parent) {
        memcpy(parent, trace->span_id, VG_SPAN_ID);
    } else {
        *trace = (vg_trace){.flags = VG_TRACE_RANDOM};
        memcpy(trace->trace_id, chance, VG_TRACE_ID);
        trace->trace_id[0] |= trace->trace_id[0] == 0; /* all zero would be none */
    }
    trace->is_recorded = samples(tracer, trace, has_parent);
    if (trace->is_recorded) /* else it is the caller's word, beside his own span */
        trace->flags |= VG_TRACE_SAMPLED;
    if (trace->is_recorded || !has_parent)
        vg_tracer_new_id(tracer, trace->span_id);
}

/* ---- a span ---- */

static void put(vg_span *span, vg_attribute attribute)
{
    VG_CHECK(span->attribute_count < VG_SPAN_ATTRIBUTES);
    span->attributes[span->attribute_count++] = attribute;
}

void vg_span_put_text(vg_span *span, const char *key, vg_slice text)
{
    if (text.len > 0)
        put(span, (vg_attribute){.key = key, .text = text});
}

void vg_span_put_number(vg_span *span, const char *key, int64_t number)
{
    put(span, (vg_attribute){.key = key, .number = number});
}

const char *vg_span_system(const char *adapter)
{
    static const struct {
        const char *adapter, *system;
    } rows[] = {
        {"pgvector", "postgresql"}, {"postgres", "postgresql"}, {"embedded", "sqlite"},
        {"sqlite", "sqlite"},       {"mongodb", "mongodb"},     {"dynamodb", "aws.dynamodb"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].adapter, adapter) == 0)
            return rows[i].system;
    return adapter;
}

static void count(const vg_tracer *tracer, vg_metric metric, uint64_t n)
{
    vg_metrics_add(tracer->parts.metrics, metric, (vg_cell){0}, n);
}

static void set_waiting(const vg_tracer *tracer)
{
    vg_metrics_set(tracer->parts.metrics, VG_M_trace_spans_waiting, (vg_cell){0},
                   tracer->waiting + tracer->taken);
}

/* The wall clock may be set. Less than that is chance: a trace's spans are of several batches, and
 * none is to begin before its parent. */
static void look_at_clock(vg_tracer *tracer)
{
    uint64_t is = vg_clock_wall_less_ns(), was = tracer->wall_less_ns;

    if (is - was > JUMP_NS && was - is > JUMP_NS)
        tracer->wall_less_ns = is;
}

/* NULL: memory is gone. */
static struct batch *open_batch(vg_tracer *tracer)
{
    struct batch *batch;

    if (!vg_list_is_empty(&tracer->batches)) {
        batch = batch_of(tracer->batches.prev);
        if (batch->count < tracer->parts.batch)
            return batch;
    }
    batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    vg_buf_init(&batch->spans, 0);
    look_at_clock(tracer);
    vg_list_push(&tracer->batches, &batch->link);
    return batch;
}

/* A half one would spoil the batch: it is taken back. */
static bool add(vg_tracer *tracer, struct batch *batch, const vg_span *span)
{
    size_t len = batch->spans.len;

    tracer->form->put_span(&batch->spans, span, tracer->wall_less_ns);
    if (!vg_buf_is_spent(&batch->spans)) {
        batch->count++;
        return true;
    }
    batch->spans.len = len;
    batch->spans.spent = false;
    return false;
}

void vg_tracer_end(vg_tracer *tracer, const vg_span *span)
{
    struct batch *batch;

    if (tracer == NULL || !span->trace.is_recorded)
        return;
    batch = tracer->waiting + tracer->taken < tracer->parts.queue ? open_batch(tracer) : NULL;
    if (batch == NULL || !add(tracer, batch, span)) {
        count(tracer, VG_M_trace_spans_dropped_total, 1);
        return;
    }
    tracer->waiting++;
    count(tracer, VG_M_trace_spans_total, 1);
    set_waiting(tracer);
    if (batch->count == tracer->parts.batch && tracer->full != NULL)
        tracer->full(tracer->full_arg);
}

/* ---- batches ---- */

void vg_tracer_on_full(vg_tracer *tracer, void (*full)(void *arg), void *arg)
{
    tracer->full = full;
    tracer->full_arg = arg;
}

uint32_t vg_tracer_take(vg_tracer *tracer, vg_buf *body)
{
    vg_list *link = vg_list_shift(&tracer->batches);
    struct batch *batch;
    uint32_t spans;

    vg_buf_init(body, 0);
    if (link == NULL)
        return 0;
    batch = batch_of(link);
    spans = batch->count;
    tracer->form->put_body(body, vg_buf_bytes(&tracer->resource), tracer->parts.version,
                           vg_buf_bytes(&batch->spans));
    free_batch(batch);
    tracer->waiting -= spans;
    tracer->taken += spans;
    return spans;
}

void vg_tracer_settle(vg_tracer *tracer, uint32_t spans)
{
    VG_CHECK(spans <= tracer->taken);
    tracer->taken -= spans;
    set_waiting(tracer);
}

bool vg_tracer_has_full(const vg_tracer *tracer)
{
    const vg_list *first = tracer->batches.next;

    return first != &tracer->batches &&
           batch_of((vg_list *)(uintptr_t)first)->count == tracer->parts.batch;
}

uint32_t vg_tracer_waiting(const vg_tracer *tracer)
{
    return tracer->waiting;
}
