/* Answers leave here: the API has made status and body, the headers are the same for all. */
#include "base/check.h"
#include "front/visit.h"
#include "observe/trace_log.h"

/* What somebody may have to look after. Being at one's limit is not among it: that is what the
 * limit is for, and there would be a line for each request. Nor is "not ready", which is an answer
 * like any other: who makes it so has told why. */
static void log_failure(const vg_visit *visit, const vg_status *status)
{
    vg_trace_hex hex = vg_trace_hex_of(&visit->trace);

    if (visit->out.status < 500 || status->code == VG_OVERLOADED || status->code == VG_OK)
        return;
    vg_log(status->code == VG_INTERNAL ? VG_ERROR : VG_WARN, "a request failed",
           VG_Z("route", visit->row ? visit->row->route.path : ""),
           VG_Z("code", vg_code_describe(status->code)->metric),
           VG_S("why", vg_status_what(status)), VG_S("where", status->where),
           VG_S("upstream", status->upstream), VG_S("request_id", visit->request_id_text),
           VG_TRACED(hex));
}

/* Outcome for metrics. An operation may end well and its answer still be "there is none". */
static vg_code code_of(const vg_visit *visit)
{
    vg_code code = visit->status.code != VG_OK ? visit->status.code : visit->op.status.code;

    if (visit->out.status < 400)
        return VG_OK;
    if (code != VG_OK)
        return code;
    return visit->out.status == 404 ? VG_NOT_FOUND : VG_UNAVAILABLE;
}

enum { LARGE_BYTES = 64 * 1024 };

/* The body of the request is needed no more: a slow client shall not hold a large one. */
static void drop_body(vg_visit *visit)
{
    vg_buf body;

    if (visit->request->body.len < LARGE_BYTES)
        return;
    vg_stream_take_body(visit->stream, &body);
    vg_buf_fini(&body);
}

static void send(vg_visit *visit)
{
    vg_header headers[VG_DOOR_HEADERS];
    vg_answer answer = {
        .status = visit->out.status,
        .content_type = visit->out.content_type,
        .headers = headers,
        .header_count = vg_door_headers(visit, headers),
    };

    VG_CHECK(!visit->is_answered && !visit->is_lent);
    vg_visit_time(visit, VG_TIME_SEND);
    visit->is_answered = true;
    visit->answer_bytes = visit->answer.len;
    vg_metrics_add(visit->front->parts.metrics, VG_M_response_bytes_total,
                   (vg_cell){.api = (uint8_t)visit->api->id}, visit->answer.len);
    drop_body(visit);
    vg_stream_answer(visit->stream, &answer, &visit->answer);
}

void vg_answer_send(vg_visit *visit)
{
    const vg_status *status = visit->status.code != VG_OK ? &visit->status : &visit->op.status;

    visit->code = code_of(visit);
    log_failure(visit, status);
    if (status->code == VG_OK && visit->op.degraded.len > 0)
        vg_metrics_add(visit->front->parts.metrics, VG_M_degraded_total,
                       (vg_cell){.operation = (uint8_t)visit->op.kind}, 1);
    send(visit);
}

void vg_answer_plain(vg_visit *visit, int status, vg_slice text)
{
    visit->code = visit->status.code;
    visit->out.status = status;
    visit->out.content_type = text.len > 0 ? VG_LIT("text/plain; charset=utf-8") : (vg_slice){0};
    vg_buf_put(&visit->answer, text);
    send(visit);
}
