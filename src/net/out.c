/* uv_try_write() first; a job for what is left. A job whose connection is closed meanwhile still
 * gets its callback, before the close callback. */
#include "net/out.h"

#include <stdlib.h>

#include "base/check.h"

enum { PARTS = 4 };

struct job {
    uv_write_t request;
    vg_out *out;
    vg_buf body;
    char head[]; /* the part of it that did not go */
};

void vg_out_init(vg_out *out, uv_stream_t *stream, void (*on_sent)(void *arg), void *arg)
{
    *out = (vg_out){.stream = stream, .on_sent = on_sent, .arg = arg};
}

static void on_written(uv_write_t *request, int status)
{
    struct job *job = vg_container_of(request, struct job, request);
    vg_out *out = job->out;

    vg_buf_fini(&job->body);
    free(job);
    if (status < 0) /* also of a connection that is being closed */
        out->broken = true;
    out->on_sent(out->arg);
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

/* What the system did not take. The head is often in a buffer that others use next, so its rest is
 * copied; the body is taken over; the others live for ever. */
static void send_later(vg_out *out, const vg_parcel *parcel, uv_buf_t bufs[PARTS], uint32_t count)
{
    const char *head_end = parcel->head.at + parcel->head.len;
    bool has_head = bufs[0].base >= parcel->head.at && bufs[0].base < head_end;
    size_t head_bytes = has_head ? bufs[0].len : 0;
    struct job *job = malloc(sizeof(*job) + head_bytes);

    if (job == NULL) {
        out->broken = true;
        return;
    }
    job->out = out;
    vg_buf_init(&job->body, 0);
    if (has_head) {
        memcpy(job->head, bufs[0].base, head_bytes);
        bufs[0].base = job->head;
    }
    if (uv_write(&job->request, out->stream, bufs, count, on_written) != 0) {
        free(job);
        out->broken = true;
        return;
    }
    if (parcel->body != NULL) {
        job->body = *parcel->body;
        vg_buf_init(parcel->body, parcel->body->cap_bytes);
    }
}

static uint32_t add_part(uv_buf_t bufs[PARTS], uint32_t count, vg_slice part)
{
    if (part.len > 0)
        bufs[count++] = uv_buf_init((char *)part.at, (unsigned)part.len);
    return count;
}

void vg_out_send(vg_out *out, const vg_parcel *parcel)
{
    uv_buf_t bufs[PARTS];
    uint32_t count = add_part(bufs, 0, parcel->head);
    size_t total = parcel->head.len + parcel->still.len + parcel->tail.len;
    int sent = 0;

    if (parcel->body != NULL) {
        count = add_part(bufs, count, vg_buf_bytes(parcel->body));
        total += parcel->body->len;
    }
    count = add_part(bufs, count, parcel->still);
    count = add_part(bufs, count, parcel->tail);
    if (!out->broken && count > 0) {
        /* past what waits nothing may go: it would come first */
        sent = vg_out_waiting(out) == 0 ? uv_try_write(out->stream, bufs, count) : 0;
        out->broken = sent < 0 && sent != UV_EAGAIN;
        sent = sent < 0 ? 0 : sent;
        out->given += total;
        if (!out->broken && (size_t)sent < total)
            send_later(out, parcel, bufs, skip_parts(bufs, count, (size_t)sent));
    }
    if (parcel->body != NULL)
        vg_buf_fini(parcel->body);
}

size_t vg_out_waiting(const vg_out *out)
{
    return uv_stream_get_write_queue_size(out->stream);
}

uint64_t vg_out_gone(const vg_out *out)
{
    return out->given - vg_out_waiting(out);
}
