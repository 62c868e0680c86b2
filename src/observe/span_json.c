/* Spans in JSON as OTLP has it: ids in hex, numbers of 64 bits as texts, enums as numbers
 * (docs/specification.md, "JSON Protobuf Encoding"). A batch is spans with commas between them. */
#include <inttypes.h>
#include <stdio.h>

#include "vecgate/json.h"

#include "base/id.h"
#include "observe/span_write.h"

enum { STATUS_IS_ERROR = 2, FLAG_HAS_REMOTE = 0x100, FLAG_IS_REMOTE = 0x200 };

static void put_number(vg_json_out *out, const char *key, uint64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, number);

    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, vg_slice_of(text, (size_t)len));
}

static void put_hex(vg_json_out *out, const char *key, const uint8_t *bytes, size_t n)
{
    char text[2 * VG_TRACE_ID];

    vg_hex_write(bytes, n, text);
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, vg_slice_of(text, 2 * n));
}

static void put_text(vg_json_out *out, const char *key, vg_slice text)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, vg_span_text(text));
}

static void put_value(vg_json_out *out, const vg_attribute *attribute)
{
    char text[24];
    int len;

    if (attribute->text.at != NULL) {
        put_text(out, "stringValue", attribute->text);
        return;
    }
    len = snprintf(text, sizeof text, "%" PRId64, attribute->number);
    vg_json_put_key(out, VG_LIT("intValue"));
    vg_json_put_text(out, vg_slice_of(text, (size_t)len));
}

static void put_attribute(vg_json_out *out, const vg_attribute *attribute)
{
    vg_json_open_object(out);
    put_text(out, "key", vg_slice_str(attribute->key));
    vg_json_put_key(out, VG_LIT("value"));
    vg_json_open_object(out);
    put_value(out, attribute);
    vg_json_close_object(out);
    vg_json_close_object(out);
}

static void put_attributes(vg_json_out *out, const vg_attribute *attributes, uint32_t count,
                           const char *error)
{
    vg_json_put_key(out, VG_LIT("attributes"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < count; i++)
        put_attribute(out, &attributes[i]);
    if (error != NULL)
        put_attribute(out, &(vg_attribute){.key = "error.type", .text = vg_slice_str(error)});
    vg_json_close_array(out);
}

static void put_ids(vg_json_out *out, const vg_span *span)
{
    static const uint8_t none[VG_SPAN_ID];

    put_hex(out, "traceId", span->trace.trace_id, VG_TRACE_ID);
    put_hex(out, "spanId", span->trace.span_id, VG_SPAN_ID);
    if (span->trace.state.len > 0) {
        vg_json_put_key(out, VG_LIT("traceState"));
        vg_json_put_text(out, span->trace.state);
    }
    if (memcmp(span->parent, none, sizeof none) != 0)
        put_hex(out, "parentSpanId", span->parent, VG_SPAN_ID);
}

static void put_status(vg_json_out *out, const vg_span *span)
{
    vg_json_put_key(out, VG_LIT("status"));
    vg_json_open_object(out);
    if (span->error != NULL) {
        vg_json_put_key(out, VG_LIT("code"));
        vg_json_put_u64(out, STATUS_IS_ERROR);
    }
    vg_json_close_object(out);
}

static void put_span(vg_buf *buf, const vg_span *span, uint64_t wall_less_ns)
{
    vg_json_out out = {.buf = buf, .comma = buf->len > 0};
    uint32_t remote = FLAG_HAS_REMOTE | (span->parent_is_remote ? FLAG_IS_REMOTE : 0);

    vg_json_open_object(&out);
    put_ids(&out, span);
    put_text(&out, "name", span->name);
    vg_json_put_key(&out, VG_LIT("kind"));
    vg_json_put_u64(&out, span->kind);
    put_number(&out, "startTimeUnixNano", span->began_ns + wall_less_ns);
    put_number(&out, "endTimeUnixNano", span->ended_ns + wall_less_ns);
    put_attributes(&out, span->attributes, span->attribute_count, span->error);
    put_status(&out, span);
    vg_json_put_key(&out, VG_LIT("flags"));
    vg_json_put_u64(&out, span->trace.flags | remote);
    vg_json_close_object(&out);
}

/* The members of the object. */
static void put_resource(vg_buf *buf, const vg_attribute *attributes, uint32_t count)
{
    vg_json_out out = {.buf = buf};

    vg_json_open_object(&out);
    put_attributes(&out, attributes, count, NULL);
    vg_json_close_object(&out);
}

static void open_scope(vg_json_out *out, const char *version)
{
    vg_json_put_key(out, VG_LIT("scopeSpans"));
    vg_json_open_array(out);
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("scope"));
    vg_json_open_object(out);
    put_text(out, "name", VG_LIT("vecgate"));
    put_text(out, "version", vg_slice_str(version));
    vg_json_close_object(out);
}

static void put_body(vg_buf *buf, vg_slice resource, const char *version, vg_slice spans)
{
    vg_json_out out = {.buf = buf};

    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("resourceSpans"));
    vg_json_open_array(&out);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("resource"));
    vg_json_put_raw(&out, resource);
    open_scope(&out, version);
    vg_json_put_key(&out, VG_LIT("spans"));
    vg_json_open_array(&out);
    vg_json_put_raw(&out, spans);
    vg_json_close_array(&out);
    vg_json_close_object(&out);
    vg_json_close_array(&out);
    vg_json_close_object(&out);
    vg_json_close_array(&out);
    vg_json_close_object(&out);
}

const vg_span_form vg_span_json = {put_span, put_resource, put_body};
