/* See fake_stream.h. */
#include "tests/support/fake_stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "base/check.h"

enum { HEADERS = 16 };

struct vg_stream {
    vg_request request;
    vg_header headers[HEADERS];
    const vg_stream_user *user;
    void *data;
    vg_buf body;
    uint64_t max_bytes;
    bool is_accepted;
    bool has_body;
    bool is_gone;
    bool is_done;
};

static fake_answer answer;
static vg_buf answer_body;

vg_stream *fake_stream_new(const vg_stream_user *user, const char *method, const char *target,
                           const char *const *headers)
{
    vg_stream *stream = calloc(1, sizeof *stream);
    vg_slice all = vg_slice_str(target);
    size_t mark = vg_slice_find(all, '?');
    vg_request *request = &stream->request;

    stream->user = user;
    for (; headers && headers[0]; headers += 2)
        stream->headers[request->header_count++] =
            (vg_header){vg_slice_str(headers[0]), vg_slice_str(headers[1])};
    request->method = vg_slice_str(method);
    request->is_head = strcmp(method, "HEAD") == 0;
    request->target = all;
    request->path = vg_slice_of(target, mark);
    request->query = vg_slice_skip(all, mark + 1);
    request->host = VG_LIT("localhost");
    request->headers = stream->headers;
    request->began_ns = 1000000000;
    vg_buf_fini(&answer_body);
    answer = (fake_answer){0};
    return stream;
}

void fake_stream_set_host(vg_stream *stream, const char *host)
{
    stream->request.host = vg_slice_str(host);
}

void fake_stream_announce(vg_stream *stream, uint64_t length)
{
    stream->request.has_body = true;
    stream->request.content_length = length;
}

void fake_stream_head(vg_stream *stream)
{
    stream->user->on_request(stream->user->arg, stream);
}

void fake_stream_body(vg_stream *stream, vg_slice body)
{
    VG_CHECK(stream->is_accepted && !stream->has_body && body.len <= stream->max_bytes);
    vg_buf_init(&stream->body, 0);
    vg_buf_put(&stream->body, body);
    memset(vg_buf_reserve(&stream->body, VG_JSON_PAD), 0, VG_JSON_PAD);
    stream->request.body = vg_slice_of(stream->body.at, body.len);
    stream->has_body = true;
    stream->user->on_body(stream->user->arg, stream);
}

void fake_stream_leave(vg_stream *stream)
{
    VG_CHECK(!stream->is_gone);
    stream->is_gone = true;
    stream->user->on_gone(stream->user->arg, stream);
}

void fake_stream_end(vg_stream *stream)
{
    VG_CHECK(stream->is_done || !fake_stream_owes(stream));
    stream->user->on_end(stream->user->arg, stream);
    vg_buf_fini(&stream->body);
    free(stream);
}

bool fake_stream_is_accepted(const vg_stream *stream)
{
    return stream->is_accepted;
}

/* A body that is being read when the client goes is nobody's. */
bool fake_stream_owes(const vg_stream *stream)
{
    return !stream->is_done && (!stream->is_accepted || stream->has_body);
}

const fake_answer *fake_stream_answer(void)
{
    return &answer;
}

/* ---- what the user calls ---- */

vg_slice vg_request_header(const vg_request *request, vg_slice name)
{
    for (uint32_t i = 0; i < request->header_count; i++)
        if (vg_slice_is(request->headers[i].name, name))
            return request->headers[i].value;
    return (vg_slice){NULL, 0};
}

const vg_request *vg_stream_request(const vg_stream *stream)
{
    return &stream->request;
}

void vg_stream_set_data(vg_stream *stream, void *data)
{
    stream->data = data;
}

void *vg_stream_data(const vg_stream *stream)
{
    return stream->data;
}

void vg_stream_accept(vg_stream *stream, uint64_t max_bytes)
{
    VG_CHECK(!stream->is_accepted && !stream->is_done);
    stream->is_accepted = true;
    stream->max_bytes = max_bytes;
}

void vg_stream_take_body(vg_stream *stream, vg_buf *to)
{
    VG_CHECK(stream->has_body);
    *to = stream->body;
    vg_buf_init(&stream->body, 0);
}

static void put_head(const vg_answer *head)
{
    size_t n = (size_t)snprintf(answer.head, sizeof answer.head, "content-type: " VG_FMT "\n",
                                VG_ARG(head->content_type));

    for (uint32_t i = 0; i < head->header_count && n < sizeof answer.head; i++)
        n += (size_t)snprintf(answer.head + n, sizeof answer.head - n, VG_FMT ": " VG_FMT "\n",
                              VG_ARG(head->headers[i].name), VG_ARG(head->headers[i].value));
}

void vg_stream_answer_static(vg_stream *stream, const vg_answer *head, vg_slice body)
{
    VG_CHECK(!stream->is_done && !stream->is_gone);
    stream->is_done = true;
    answer.status = head->status;
    put_head(head);
    vg_buf_put(&answer_body, body);
    vg_buf_put_byte(&answer_body, '\0');
    answer.body = vg_slice_of(answer_body.at, answer_body.len - 1);
}

void vg_stream_answer(vg_stream *stream, const vg_answer *head, vg_buf *body)
{
    VG_CHECK(!vg_buf_is_spent(body));
    vg_stream_answer_static(stream, head, vg_buf_bytes(body));
    vg_buf_fini(body);
}

void vg_stream_abort(vg_stream *stream)
{
    VG_CHECK(!stream->is_done);
    stream->is_done = true;
    answer.is_aborted = true;
}
