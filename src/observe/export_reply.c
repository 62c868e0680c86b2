/* partial_success is field 1 (trace_service.proto); in it 1 is rejected_spans, an int64, and 2
 * error_message. In JSON a number of 64 bits is a text, or a number. What else is there is passed
 * over, as a later version may have more. */
#include "observe/export_reply.h"

#include "vecgate/arena.h"
#include "vecgate/json.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
enum { ARENA_BYTES = 64 * 1024 };

/* ---- protobuf ---- */

struct field {
    uint64_t number;
    int wire;
    uint64_t value; /* VARINT */
    vg_slice bytes; /* BYTES */
};

static bool read_varint(vg_slice *rest, uint64_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < 10 && i < rest->len; i++) {
        uint64_t byte = (unsigned char)rest->at[i];

        *out |= (byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *rest = vg_slice_skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

static bool skip(vg_slice *rest, uint64_t n)
{
    if (n > rest->len)
        return false;
    *rest = vg_slice_skip(*rest, (size_t)n);
    return true;
}

static bool read_bytes(vg_slice *rest, vg_slice *out)
{
    uint64_t len;

    if (!read_varint(rest, &len))
        return false;
    *out = vg_slice_of(rest->at, (size_t)len);
    return skip(rest, len); /* else nobody looks at it */
}

/* False: there is no more, or it is none. */
static bool next_field(vg_slice *rest, struct field *field)
{
    uint64_t tag;

    if (!read_varint(rest, &tag))
        return false;
    *field = (struct field){.number = tag >> 3, .wire = (int)(tag & 7)};
    switch (field->wire) {
    case VARINT:
        return read_varint(rest, &field->value);
    case FIXED64:
        return skip(rest, 8);
    case BYTES:
        return read_bytes(rest, &field->bytes);
    case FIXED32:
        return skip(rest, 4);
    default:
        return false;
    }
}

/* A number below zero is nonsense. */
static uint64_t count_of(uint64_t value)
{
    return value <= INT64_MAX ? value : 0;
}

static void read_partial(vg_slice rest, vg_export_reply *reply)
{
    struct field field;

    while (next_field(&rest, &field)) {
        if (field.number == 1 && field.wire == VARINT)
            reply->rejected = count_of(field.value);
        if (field.number == 2 && field.wire == BYTES)
            reply->has_message = field.bytes.len > 0;
    }
}

static vg_export_reply read_protobuf(vg_slice rest)
{
    vg_export_reply reply = {0};
    struct field field;

    while (next_field(&rest, &field))
        if (field.number == 1 && field.wire == BYTES)
            read_partial(field.bytes, &reply);
    return reply;
}

/* ---- JSON ---- */

static uint64_t read_count(const vg_json *value)
{
    uint64_t count = 0;

    if (value != NULL && value->kind == VG_JSON_STRING)
        return vg_slice_u64(value->text, &count) ? count_of(count) : 0;
    if (value != NULL && value->kind == VG_JSON_NUMBER)
        return vg_slice_u64(value->raw, &count) ? count_of(count) : 0;
    return 0;
}

static vg_export_reply read_json(vg_arena *arena, vg_slice body)
{
    vg_status status = {0};
    const vg_json *all = vg_json_read(arena, body, VG_JSON_DEPTH, &status);
    const vg_json *partial = vg_json_get(all, VG_LIT("partialSuccess"));
    const vg_json *message = vg_json_get(partial, VG_LIT("errorMessage"));

    return (vg_export_reply){.rejected = read_count(vg_json_get(partial, VG_LIT("rejectedSpans"))),
                             .has_message = message != NULL && message->kind == VG_JSON_STRING &&
                                            message->text.len > 0};
}

vg_export_reply vg_export_reply_read(vg_slice body, bool is_json)
{
    vg_export_reply reply = {0};
    vg_arena *arena;

    if (!is_json)
        return read_protobuf(body);
    arena = body.len > 0 ? vg_arena_new(ARENA_BYTES) : NULL;
    if (arena != NULL)
        reply = read_json(arena, body);
    vg_arena_free(arena);
    return reply;
}
