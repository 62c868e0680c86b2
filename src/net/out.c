/* uv_try_write() first; a job for what is left, of which one piece is with the system at a time. A
 * job whose connection is closed meanwhile still gets its callback, before the close callback. */
#include "net/out.h"

#include <stdlib.h>

#include "base/check.h"

enum { PARTS = 4, DROP_BYTES = 1024 * 1024 };

struct vg_out_job {
    uv_write_t request;
    vg_out *out;
    vg_out_job *next;
    vg_buf body;
    size_t released;  /* bytes of the body whose memory has gone */
    size_t in_flight; /* bytes of the piece that the system has */
    uint32_t count;
    uv_buf_t parts[PARTS]; /* what did not go */
    char head[];           /* the part of it that did not go */
};

void vg_out_init(vg_out *out, uv_stream_t *stream, void (*on_sent)(void *arg), void *arg)
{
    *out = (vg_out){.stream = stream, .on_sent = on_sent, .arg = arg};
}

/* --- parts ----------------------------------------------------------------------------------- */

static uint32_t add_part(uv_buf_t bufs[PARTS], uint32_t count, vg_slice part)
{
    if (part.len > 0)
        bufs[count++] = uv_buf_init((char *)part.at, (unsigned)part.len);
    return count;
}

/* The parts without their first n bytes. */
static uint32_t skip_parts(uv_buf_t bufs[PARTS], uint32_t count, size_t n)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        size_t skipped = n < bufs[i].len ? n : bufs[i].len;

        n -= skipped;
        if (skipped < bufs[i].len)
            bufs[at++] = uv_buf_init(bufs[i].base + skipped, (unsigned)(bufs[i].len - skipped));
    }
    return at;
}

/* The first of the parts, as many bytes as one turn may give to the system. */
static uint32_t take_piece(const vg_out *out, uv_buf_t to[PARTS], const uv_buf_t from[PARTS],
                           uint32_t count, size_t *bytes)
{
    size_t most = out->tls != NULL ? VG_OUT_SEALED_BYTES : VG_OUT_PIECE_BYTES;
    uint32_t taken = 0;

    *bytes = 0;
    while (taken < count && *bytes < most) {
        size_t room = most - *bytes;
        size_t len = from[taken].len < room ? from[taken].len : room;

        to[taken] = uv_buf_init(from[taken].base, (unsigned)len);
        *bytes += len;
        taken++;
    }
    return taken;
}

/* --- jobs ------------------------------------------------------------------------------------ */

static void append(vg_out *out, vg_out_job *job)
{
    if (out->first == NULL)
        out->first = job;
    else
        out->last->next = job;
    out->last = job;
}

static void free_first(vg_out *out)
{
    vg_out_job *job = out->first;

    out->first = job->next;
    vg_buf_fini(&job->body);
    free(job);
}

static vg_out_job *new_job(vg_out *out, vg_buf *body, size_t head_bytes)
{
    vg_out_job *job = malloc(sizeof(*job) + head_bytes);

    if (job == NULL)
        return NULL;
    job->out = out;
    job->next = NULL;
    job->released = job->in_flight = 0;
    job->count = 0;
    vg_buf_init(&job->body, 0);
    if (body != NULL) {
        job->body = *body;
        vg_buf_init(body, body->cap_bytes);
    }
    return job;
}

static void release_to(vg_out_job *job, size_t end)
{
    vg_buf_release(&job->body, job->released, end);
    job->released = end;
}

/* How much of the body is before all that did not go. */
static size_t body_gone(const vg_out_job *job)
{
    const vg_buf *body = &job->body;

    for (uint32_t i = 0; i < job->count; i++)
        if (job->parts[i].base >= body->at && job->parts[i].base < body->at + body->len)
            return (size_t)(job->parts[i].base - body->at);
    return body->len;
}

static void note_piece(vg_out *out, vg_out_job *job)
{
    out->kept -= job->in_flight;
    job->count = skip_parts(job->parts, job->count, job->in_flight);
    job->in_flight = 0;
    release_to(job, body_gone(job));
    if (job->count == 0)
        free_first(out);
}

static void end_piece(vg_out *out, vg_out_job *job, bool is_sent)
{
    if (is_sent) {
        note_piece(out, job);
    } else { /* also of a connection that is being closed */
        job->in_flight = 0;
        out->broken = true;
    }
    out->on_sent(out->arg);
}

static void on_written(uv_write_t *request, int status)
{
    vg_out_job *job = vg_container_of(request, vg_out_job, request);

    end_piece(job->out, job, status == 0);
}

/* Perhaps of what no job is for: the end of an answer that the system took but for some bytes. */
void vg_out_sealed(vg_out *out, bool is_sent)
{
    if (out->first != NULL && out->first->in_flight > 0) {
        end_piece(out, out->first, is_sent);
        return;
    }
    out->broken = out->broken || !is_sent;
    out->on_sent(out->arg);
}

/* False: nothing can be sent any more. */
static bool give_piece(vg_out *out, vg_out_job *job, const uv_buf_t piece[PARTS], uint32_t count)
{
    if (out->tls != NULL)
        return vg_tls_conn_send(out->tls, piece, count, true) >= 0;
    return uv_write(&job->request, out->stream, piece, count, on_written) == 0;
}

size_t vg_out_next(vg_out *out)
{
    vg_out_job *job = out->first;
    uv_buf_t piece[PARTS];
    uint32_t count;
    size_t bytes;

    if (job == NULL || job->in_flight > 0 || out->broken ||
        (out->tls != NULL && vg_tls_conn_waiting(out->tls) > 0))
        return 0;
    count = take_piece(out, piece, job->parts, job->count, &bytes);
    if (!give_piece(out, job, piece, count)) {
        out->broken = true;
        return 0;
    }
    job->in_flight = bytes;
    return bytes;
}

/* What the system did not take. The head is often in a buffer that others use next, so its rest is
 * copied; the body is taken over; the others live for ever. */
static void send_later(vg_out *out, const vg_parcel *parcel, uv_buf_t bufs[PARTS], uint32_t count)
{
    const char *head_end = parcel->head.at + parcel->head.len;
    bool has_head = bufs[0].base >= parcel->head.at && bufs[0].base < head_end;
    size_t head_bytes = has_head ? bufs[0].len : 0;
    vg_out_job *job = new_job(out, parcel->body, head_bytes);

    if (job == NULL) {
        out->broken = true;
        return;
    }
    if (has_head) {
        memcpy(job->head, bufs[0].base, head_bytes);
        bufs[0].base = job->head;
    }
    job->count = count;
    memcpy(job->parts, bufs, count * sizeof(*bufs));
    for (uint32_t i = 0; i < count; i++)
        out->kept += bufs[i].len;
    append(out, job);
    release_to(job, body_gone(job));
    vg_out_next(out);
}

/* Past what waits nothing may go: it would come first. */
static size_t send_now(vg_out *out, const uv_buf_t bufs[PARTS], uint32_t count)
{
    uv_buf_t piece[PARTS];
    size_t bytes;
    ssize_t sent;

    if (out->first != NULL)
        return 0;
    count = take_piece(out, piece, bufs, count, &bytes);
    if (out->tls != NULL)
        sent = vg_tls_conn_send(out->tls, piece, count, false);
    else
        sent = uv_try_write(out->stream, piece, count);
    out->broken = sent < 0 && sent != UV_EAGAIN;
    return sent < 0 ? 0 : (size_t)sent;
}

void vg_out_send(vg_out *out, const vg_parcel *parcel)
{
    uv_buf_t bufs[PARTS];
    uint32_t count = add_part(bufs, 0, parcel->head);
    size_t total = parcel->head.len + parcel->still.len + parcel->tail.len;
    size_t sent;

    if (parcel->body != NULL) {
        count = add_part(bufs, count, vg_buf_bytes(parcel->body));
        total += parcel->body->len;
    }
    count = add_part(bufs, count, parcel->still);
    count = add_part(bufs, count, parcel->tail);
    if (!out->broken && count > 0) {
        sent = send_now(out, bufs, count);
        out->given += total;
        if (!out->broken && sent < total)
            send_later(out, parcel, bufs, skip_parts(bufs, count, sent));
    }
    if (parcel->body != NULL && out->broken)
        vg_out_discard(out, parcel->body);
    else if (parcel->body != NULL)
        vg_buf_fini(parcel->body);
}

/* --- what nobody reads ----------------------------------------------------------------------- */

void vg_out_discard(vg_out *out, vg_buf *body)
{
    vg_out_job *job = body->len > DROP_BYTES ? new_job(out, body, 0) : NULL;

    out->broken = true;
    if (job == NULL)
        vg_buf_fini(body);
    else
        append(out, job);
}

bool vg_out_drop(vg_out *out)
{
    size_t left = DROP_BYTES;

    while (out->first != NULL) {
        vg_out_job *job = out->first;
        size_t bytes = job->body.len - job->released;

        if (bytes > left) {
            release_to(job, job->released + left);
            return false;
        }
        left -= bytes;
        release_to(job, job->body.len);
        free_first(out);
    }
    return true;
}

/* --- counts ---------------------------------------------------------------------------------- */

size_t vg_out_waiting(const vg_out *out)
{
    size_t in_flight = out->first != NULL ? out->first->in_flight : 0;

    if (out->tls != NULL)
        return out->kept - in_flight + vg_tls_conn_waiting(out->tls);
    if (out->kept == 0)
        return 0;
    return out->kept - in_flight + uv_stream_get_write_queue_size(out->stream);
}

uint64_t vg_out_gone(const vg_out *out)
{
    uint64_t extra = out->tls != NULL ? vg_tls_conn_extra(out->tls) : 0;

    return out->given + extra - vg_out_waiting(out);
}
