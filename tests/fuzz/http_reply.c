/* A backend's reply as a carrier hands it over: lines until the head ends, then the body in pieces.
 * What is taken stays within its bounds, and its headers and body are views that can be read to the
 * end. */
#include "transport/http_reply.h"

#include "vecgate/json.h"

#include "base/check.h"
#include "tests/support/fuzz.h"

enum { MOST_BODY = 4096 };

static uint32_t sum; /* so that reading is not optimised away */

static void read_all(vg_slice bytes, size_t behind)
{
    for (size_t i = 0; i < bytes.len + behind; i++)
        sum += (unsigned char)bytes.at[i];
}

static bool feed(vg_http_incoming *in, vg_slice rest)
{
    while (rest.len > 0 && !in->head_done) {
        size_t len = vg_slice_find(rest, '\n');

        if (!vg_http_reply_line(in, vg_slice_of(rest.at, len < rest.len ? len + 1 : len)))
            return false;
        rest = vg_slice_skip(rest, len + 1);
    }
    while (rest.len > 0) {
        size_t len = 1 + (unsigned char)rest.at[0];

        if (len > rest.len)
            len = rest.len;
        if (!vg_http_reply_body(in, vg_slice_of(rest.at, len)))
            return false;
        rest = vg_slice_skip(rest, len);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vg_http_incoming in;
    static bool is_made;
    vg_reply reply;
    bool taken;

    if (!is_made)
        vg_http_reply_init(&in, MOST_BODY);
    is_made = true;
    taken = feed(&in, vg_slice_of((const char *)data, size)) && vg_http_reply_finish(&in, &reply);
    VG_CHECK(taken == (in.fault == VG_FAULT_NONE));
    if (taken) {
        VG_CHECK(reply.http.body.len <= MOST_BODY && reply.http.status >= 200);
        VG_CHECK(reply.http.header_count <= VG_HTTP_FIELDS_MAX);
        read_all(reply.http.body, VG_JSON_PAD);
        for (uint32_t i = 0; i < reply.http.header_count; i++) {
            read_all(reply.http.headers[i].name, 0);
            read_all(reply.http.headers[i].value, 0);
        }
    }
    vg_http_reply_clear(&in);
    return 0;
}
