/* A reply as it arrives from a carrier, line by line and piece by piece. What the peer can make us
 * hold is bounded here: VG_HTTP_HEAD_MAX bytes and VG_HTTP_FIELDS_MAX fields of head,
 * max_reply_bytes of body, and the process-wide cap above all. */
#include "transport/http_reply.h"

#include "vecgate/json.h"

enum { KEPT_BYTES = 64 * 1024 };

static bool refuse(vg_http_incoming *in, vg_fault fault)
{
    if (in->fault == VG_FAULT_NONE)
        in->fault = fault;
    return false;
}

const char *vg_http_reply_refusal(vg_fault fault)
{
    static const char *const refusals[VG_FAULTS] = {
        [VG_FAULT_TOO_LARGE] = "the reply is larger than is allowed",
        [VG_FAULT_MEMORY] = "no memory for the reply",
        [VG_FAULT_PROTOCOL] = "the reply is not well-formed HTTP/1.1",
    };

    return refusals[fault];
}

void vg_http_reply_init(vg_http_incoming *in, uint64_t max_body)
{
    *in = (vg_http_incoming){.max_body = max_body};
    vg_buf_init(&in->text, 0);
    vg_buf_init(&in->fields, 0);
    vg_buf_init(&in->body, 0);
}

void vg_http_reply_fini(vg_http_incoming *in)
{
    vg_buf_fini(&in->text);
    vg_buf_fini(&in->fields);
    vg_buf_fini(&in->body);
}

void vg_http_reply_clear(vg_http_incoming *in)
{
    vg_buf_clear(&in->text);
    vg_buf_clear(&in->fields);
    vg_buf_clear(&in->body);
    if (in->body.room > KEPT_BYTES) {
        vg_buf_fini(&in->body);
        vg_buf_init(&in->body, 0);
    }
    in->status = 0;
    in->head_done = false;
    in->field_count = 0;
    in->fault = VG_FAULT_NONE;
}

bool vg_http_reply_begin(vg_http_incoming *in, int status)
{
    if (status < 100 || status > 999)
        return refuse(in, VG_FAULT_PROTOCOL);
    vg_buf_clear(&in->text);
    vg_buf_clear(&in->fields);
    in->field_count = 0;
    in->head_done = false;
    in->status = status;
    return true;
}

/* "HTTP/1.1 200 OK" */
static bool read_status_line(vg_http_incoming *in, vg_slice line)
{
    vg_slice rest = vg_slice_skip(line, vg_slice_find(line, ' ') + 1);
    uint64_t status = 0;

    if (rest.len > 3)
        rest.len = 3;
    if (rest.len < 3 || !vg_slice_u64(rest, &status))
        return refuse(in, VG_FAULT_PROTOCOL);
    return vg_http_reply_begin(in, (int)status);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Appends to the text; answers the offset, which stands for a pointer until finish(). */
static const char *keep(vg_http_incoming *in, vg_slice bytes, bool lowered)
{
    size_t offset = in->text.len;

    vg_buf_put(&in->text, bytes);
    if (lowered && !vg_buf_is_spent(&in->text)) {
        for (size_t i = offset; i < in->text.len; i++)
            in->text.at[i] = lower(in->text.at[i]);
    }
    return (const char *)(uintptr_t)offset;
}

static bool read_field(vg_http_incoming *in, vg_slice line)
{
    size_t colon = vg_slice_find(line, ':');
    vg_slice name = vg_slice_of(line.at, colon);
    vg_slice value = vg_slice_trim(vg_slice_skip(line, colon + 1));
    vg_header field;

    if (colon == 0 || colon == line.len || line.at[0] == ' ' || line.at[0] == '\t')
        return refuse(in, VG_FAULT_PROTOCOL); /* no field, or a folded one */
    if (in->field_count == VG_HTTP_FIELDS_MAX || in->text.len + line.len > VG_HTTP_HEAD_MAX)
        return refuse(in, VG_FAULT_TOO_LARGE);
    field.name = (vg_slice){keep(in, name, true), name.len};
    field.value = (vg_slice){keep(in, value, false), value.len};
    vg_buf_put(&in->fields, vg_slice_of((const char *)&field, sizeof field));
    if (vg_buf_is_spent(&in->text) || vg_buf_is_spent(&in->fields))
        return refuse(in, VG_FAULT_MEMORY);
    in->field_count++;
    return true;
}

bool vg_http_reply_line(vg_http_incoming *in, vg_slice line)
{
    while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    if (vg_slice_starts(line, VG_LIT("HTTP/")) && (in->status < 200 || !in->head_done))
        return read_status_line(in, line);
    if (in->head_done)
        return true; /* a trailer */
    if (in->status == 0)
        return refuse(in, VG_FAULT_PROTOCOL);
    if (line.len == 0) {
        in->head_done = true;
        return true;
    }
    return read_field(in, line);
}

bool vg_http_reply_body(vg_http_incoming *in, vg_slice bytes)
{
    if (in->status == 0)
        return refuse(in, VG_FAULT_PROTOCOL);
    if (bytes.len > in->max_body - in->body.len)
        return refuse(in, VG_FAULT_TOO_LARGE);
    vg_buf_put(&in->body, bytes);
    return vg_buf_is_spent(&in->body) ? refuse(in, VG_FAULT_MEMORY) : true;
}

/* Offsets become pointers, once: the text does not move any more. */
static const vg_header *settle_fields(vg_http_incoming *in)
{
    vg_header *fields = (vg_header *)in->fields.at;

    for (uint32_t i = 0; i < in->field_count; i++) {
        fields[i].name.at = in->text.at + (uintptr_t)fields[i].name.at;
        fields[i].value.at = in->text.at + (uintptr_t)fields[i].value.at;
    }
    return fields;
}

bool vg_http_reply_finish(vg_http_incoming *in, vg_reply *out)
{
    char *behind = vg_buf_reserve(&in->body, VG_JSON_PAD);

    if (in->fault != VG_FAULT_NONE)
        return false;
    if (in->status < 200)
        return refuse(in, VG_FAULT_PROTOCOL);
    if (behind == NULL)
        return refuse(in, VG_FAULT_MEMORY);
    memset(behind, 0, VG_JSON_PAD);
    *out = (vg_reply){.via = VG_VIA_HTTP,
                      .http = {.status = in->status,
                               .headers = settle_fields(in),
                               .header_count = in->field_count,
                               .body = vg_buf_bytes(&in->body)}};
    return true;
}
