/* A backend's reply as the direct carrier reads it from the wire. The first byte says what was
 * asked and how the rest is cut; it must mean the same as in one piece, stay within its bounds, and
 * what is whole must be readable to the end. */
#include "transport/direct_reply.h"

#include <stdlib.h>

#include "vecgate/json.h"

#include "base/check.h"
#include "tests/support/fuzz.h"

enum { MOST_BODY = 4096 };

static uint32_t sum; /* so that reading is not optimised away */

struct outcome {
    vg_direct_state state;
    size_t used;
    vg_http_incoming in;
    bool keeps_alive;
};

static void read_all(vg_slice bytes, size_t behind)
{
    for (size_t i = 0; i < bytes.len + behind; i++)
        sum += (unsigned char)bytes.at[i];
}

/* Each part ends where its memory does. */
static vg_direct_state feed_part(vg_direct_reader *reader, vg_slice part, size_t *used)
{
    char *copy = malloc(part.len);
    vg_direct_state state;

    memcpy(copy, part.at, part.len);
    state = vg_direct_read(reader, vg_slice_of(copy, part.len), used);
    free(copy);
    VG_CHECK(*used == part.len || state != VG_DIRECT_MORE);
    return state;
}

static void feed(struct outcome *o, vg_slice bytes, size_t most, bool is_head)
{
    vg_direct_reader reader;

    *o = (struct outcome){.state = VG_DIRECT_MORE};
    vg_direct_reader_init(&reader);
    vg_http_reply_init(&o->in, MOST_BODY);
    vg_direct_reader_begin(&reader, &o->in, is_head ? "HEAD" : "POST");
    while (o->state == VG_DIRECT_MORE && o->used < bytes.len) {
        vg_slice part = vg_slice_skip(bytes, o->used);
        size_t used;

        if (part.len > most)
            part.len = most;
        o->state = feed_part(&reader, part, &used);
        o->used += used;
    }
    VG_CHECK((o->state == VG_DIRECT_REFUSED) == (o->in.fault != VG_FAULT_NONE));
    if (o->state == VG_DIRECT_MORE)
        o->state = vg_direct_read_end(&reader, true);
    o->keeps_alive = reader.keeps_alive;
    vg_direct_reader_fini(&reader);
}

static void read_reply(struct outcome *o)
{
    vg_reply reply;

    if (o->state != VG_DIRECT_WHOLE)
        return;
    VG_CHECK(vg_http_reply_finish(&o->in, &reply));
    VG_CHECK(reply.http.body.len <= MOST_BODY && reply.http.status >= 200);
    VG_CHECK(reply.http.header_count <= VG_HTTP_FIELDS_MAX);
    read_all(reply.http.body, VG_JSON_PAD);
    for (uint32_t i = 0; i < reply.http.header_count; i++) {
        read_all(reply.http.headers[i].name, 0);
        read_all(reply.http.headers[i].value, 0);
    }
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    VG_CHECK(a->state == b->state && a->in.fault == b->in.fault);
    if (a->state != VG_DIRECT_WHOLE)
        return;
    VG_CHECK(a->used == b->used && a->keeps_alive == b->keeps_alive);
    VG_CHECK(a->in.status == b->in.status && a->in.field_count == b->in.field_count);
    VG_CHECK(vg_slice_is(vg_buf_bytes(&a->in.body), vg_buf_bytes(&b->in.body)));
    VG_CHECK(vg_slice_is(vg_buf_bytes(&a->in.text), vg_buf_bytes(&b->in.text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, parts;
    vg_slice bytes;

    if (size == 0)
        return 0;
    bytes = vg_slice_of((const char *)data + 1, size - 1);
    feed(&whole, bytes, SIZE_MAX, data[0] & 1);
    feed(&parts, bytes, 1 + (data[0] >> 1) % 40, data[0] & 1);
    compare(&whole, &parts);
    read_reply(&whole);
    read_reply(&parts);
    vg_http_reply_fini(&whole.in);
    vg_http_reply_fini(&parts.in);
    return 0;
}
