/* Spans in protobuf. Field numbers: opentelemetry/proto/trace/v1/trace.proto, common.proto and
 * resource.proto. A batch is spans one behind the other, each as field 2 of ScopeSpans:
 *
 *     request 1 ─ ResourceSpans ┬ 1 Resource ─ 1 attributes
 *                               └ 2 ScopeSpans ┬ 1 scope ─ 1 name, 2 version
 *                                              └ 2 span, span, …                              */
#include "base/protobuf.h"
#include "base/utf8.h"
#include "observe/span_write.h"

enum { REQUEST_RESOURCE_SPANS = 1 };
enum { RESOURCE_SPANS_RESOURCE = 1, RESOURCE_SPANS_SCOPE_SPANS };
enum { RESOURCE_ATTRIBUTES = 1 };
enum { SCOPE_SPANS_SCOPE = 1, SCOPE_SPANS_SPANS };
enum { SCOPE_NAME = 1, SCOPE_VERSION };
enum { KEY_VALUE_KEY = 1, KEY_VALUE_VALUE };
enum { VALUE_STRING = 1, VALUE_INT = 3 };
enum { STATUS_CODE = 3, STATUS_IS_ERROR = 2 };
enum {
    SPAN_TRACE_ID = 1,
    SPAN_ID,
    SPAN_TRACE_STATE,
    SPAN_PARENT_ID,
    SPAN_NAME,
    SPAN_KIND,
    SPAN_BEGAN,
    SPAN_ENDED,
    SPAN_ATTRIBUTES,
    SPAN_STATUS = 15,
    SPAN_FLAGS,
};

/* "It is known whether the parent is remote", and "it is" (trace.proto, SpanFlags). */
enum { FLAG_HAS_REMOTE = 0x100, FLAG_IS_REMOTE = 0x200 };

static vg_slice bytes_of(const uint8_t *bytes, size_t n)
{
    return vg_slice_of((const char *)bytes, n);
}

static void put_text(vg_buf *buf, uint32_t field, vg_slice text)
{
    vg_pb_put_bytes(buf, field, vg_span_text(text));
}

static void put_attribute(vg_buf *buf, uint32_t field, const vg_attribute *attribute)
{
    size_t pair = vg_pb_open(buf, field), value;

    vg_pb_put_bytes(buf, KEY_VALUE_KEY, vg_slice_str(attribute->key));
    value = vg_pb_open(buf, KEY_VALUE_VALUE);
    if (attribute->text.at != NULL)
        put_text(buf, VALUE_STRING, attribute->text);
    else
        vg_pb_put_i64(buf, VALUE_INT, attribute->number);
    vg_pb_close(buf, value);
    vg_pb_close(buf, pair);
}

static bool is_zero(const uint8_t id[VG_SPAN_ID])
{
    static const uint8_t none[VG_SPAN_ID];

    return memcmp(id, none, sizeof none) == 0;
}

static void put_ids(vg_buf *buf, const vg_span *span)
{
    vg_pb_put_bytes(buf, SPAN_TRACE_ID, bytes_of(span->trace.trace_id, VG_TRACE_ID));
    vg_pb_put_bytes(buf, SPAN_ID, bytes_of(span->trace.span_id, VG_SPAN_ID));
    if (span->trace.state.len > 0)
        vg_pb_put_bytes(buf, SPAN_TRACE_STATE, span->trace.state);
    if (!is_zero(span->parent))
        vg_pb_put_bytes(buf, SPAN_PARENT_ID, bytes_of(span->parent, VG_SPAN_ID));
}

static void put_status(vg_buf *buf, const vg_span *span)
{
    const vg_attribute type = {.key = "error.type", .text = vg_slice_str(span->error)};
    size_t status;

    if (span->error == NULL)
        return;
    put_attribute(buf, SPAN_ATTRIBUTES, &type);
    status = vg_pb_open(buf, SPAN_STATUS);
    vg_pb_put_u64(buf, STATUS_CODE, STATUS_IS_ERROR);
    vg_pb_close(buf, status);
}

static void put_span(vg_buf *buf, const vg_span *span, uint64_t wall_less_ns)
{
    uint32_t remote = FLAG_HAS_REMOTE | (span->parent_is_remote ? FLAG_IS_REMOTE : 0);
    size_t opened = vg_pb_open(buf, SCOPE_SPANS_SPANS);

    put_ids(buf, span);
    put_text(buf, SPAN_NAME, span->name);
    vg_pb_put_u64(buf, SPAN_KIND, span->kind);
    vg_pb_put_fixed64(buf, SPAN_BEGAN, span->began_ns + wall_less_ns);
    vg_pb_put_fixed64(buf, SPAN_ENDED, span->ended_ns + wall_less_ns);
    for (uint32_t i = 0; i < span->attribute_count; i++)
        put_attribute(buf, SPAN_ATTRIBUTES, &span->attributes[i]);
    put_status(buf, span);
    vg_pb_put_fixed32(buf, SPAN_FLAGS, span->trace.flags | remote);
    vg_pb_close(buf, opened);
}

static void put_resource(vg_buf *buf, const vg_attribute *attributes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put_attribute(buf, RESOURCE_ATTRIBUTES, &attributes[i]);
}

static void put_scope(vg_buf *buf, const char *version)
{
    size_t scope = vg_pb_open(buf, SCOPE_SPANS_SCOPE);

    vg_pb_put_bytes(buf, SCOPE_NAME, VG_LIT("vecgate"));
    vg_pb_put_bytes(buf, SCOPE_VERSION, vg_slice_str(version));
    vg_pb_close(buf, scope);
}

static void put_body(vg_buf *buf, vg_slice resource, const char *version, vg_slice spans)
{
    size_t all = vg_pb_open(buf, REQUEST_RESOURCE_SPANS), scope_spans;

    vg_pb_put_bytes(buf, RESOURCE_SPANS_RESOURCE, resource);
    scope_spans = vg_pb_open(buf, RESOURCE_SPANS_SCOPE_SPANS);
    put_scope(buf, version);
    vg_buf_put(buf, spans);
    vg_pb_close(buf, scope_spans);
    vg_pb_close(buf, all);
}

const vg_span_form vg_span_protobuf = {put_span, put_resource, put_body};

/* ---- both forms ---- */

vg_slice vg_span_text(vg_slice text)
{
    if (text.len > VG_SPAN_TEXT_BYTES)
        text.len = VG_SPAN_TEXT_BYTES;
    text.len = vg_utf8_check(text);
    return text;
}
