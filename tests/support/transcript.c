/* Feeds http1_read by pieces and writes its events down. */
#include "tests/support/transcript.h"

#include "base/check.h"
#include "net/http1_read.h"

static void write_head(const vg_http1 *reader, const vg_request *request, vg_buf *to)
{
    vg_buf_printf(to, VG_FMT " " VG_FMT "?" VG_FMT " host=" VG_FMT, VG_ARG(request->method),
                  VG_ARG(request->path), VG_ARG(request->query), VG_ARG(request->host));
    if (request->content_length == UINT64_MAX)
        vg_buf_put(to, VG_LIT(" chunked"));
    else
        vg_buf_printf(to, " len=%llu", (unsigned long long)request->content_length);
    vg_buf_printf(to, "%s%s%s%s", reader->keeps_alive ? " keep" : "", reader->is_1_0 ? " 1.0" : "",
                  reader->expects_continue ? " expects" : "",
                  reader->coding == VG_CODING_GZIP      ? " gzip"
                  : reader->coding == VG_CODING_DEFLATE ? " deflate"
                                                        : "");
    for (uint32_t i = 0; i < request->header_count; i++)
        vg_buf_printf(to, " [" VG_FMT ": " VG_FMT "]", VG_ARG(request->headers[i].name),
                      VG_ARG(request->headers[i].value));
    vg_buf_put(to, VG_LIT(" {"));
}

static void write_event(const vg_http1 *reader, const vg_request *request, vg_http1_event event,
                        vg_buf *to)
{
    if (event == VG_HTTP1_HEAD)
        write_head(reader, request, to);
    else if (event == VG_HTTP1_BODY)
        vg_buf_put(to, reader->span);
    else if (event == VG_HTTP1_END)
        vg_buf_put(to, VG_LIT("} "));
    else if (event == VG_HTTP1_REFUSED)
        vg_buf_printf(to, "!%d %s", reader->refusal.http_status, reader->refusal.what);
}

/* One call, checked: it uses no more than it got, and all of it when it asks for more. */
static size_t step(vg_http1 *reader, vg_slice in, vg_http1_event *event)
{
    size_t used = vg_http1_read(reader, in, event);

    VG_CHECK(used <= in.len);
    VG_CHECK(*event != VG_HTTP1_MORE || used == in.len);
    VG_CHECK(*event != VG_HTTP1_BODY || (reader->span.len > 0 && reader->span.at >= in.at &&
                                         reader->span.at + reader->span.len <= in.at + used));
    return used;
}

static vg_slice next_piece(const vg_transcript *how, vg_slice bytes)
{
    size_t most = how->cut != NULL ? how->cut(how->arg) : bytes.len;

    return vg_slice_of(bytes.at, most < bytes.len ? most : bytes.len);
}

/* One message, beginning in `in` and going on in what is left. False: nothing more is to be read.
 */
static bool read_message(vg_http1 *reader, const vg_transcript *how, vg_slice *bytes, vg_buf *to)
{
    const vg_request *request = reader->request;
    vg_slice in = next_piece(how, *bytes);
    vg_http1_event event = VG_HTTP1_MORE;

    while (event != VG_HTTP1_END && event != VG_HTTP1_REFUSED) {
        size_t used = step(reader, in, &event);

        write_event(reader, request, event, to);
        in = vg_slice_skip(in, used);
        *bytes = vg_slice_skip(*bytes, used);
        if (event == VG_HTTP1_MORE && bytes->len == 0) {
            vg_buf_put(to, VG_LIT("…"));
            return false;
        }
        if (in.len == 0 && event != VG_HTTP1_END)
            in = next_piece(how, *bytes);
    }
    return event == VG_HTTP1_END;
}

void vg_transcript_write(const vg_transcript *how, vg_slice bytes, vg_buf *to)
{
    vg_head *head = vg_head_new();
    vg_request request;
    vg_http1 reader;

    VG_CHECK(head != NULL);
    vg_http1_init(&reader, how->max_head_bytes, how->max_headers);
    do {
        vg_head_clear(head);
        vg_http1_begin(&reader, head, &request);
    } while (bytes.len > 0 && read_message(&reader, how, &bytes, to));
    vg_head_free(head);
}
