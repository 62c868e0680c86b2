/* Between http.c, which owns the queue and the bounds, and a carrier, which owns connections. A job
 * is in one place: in http.c's queue, with the carrier, or ended and waiting for its turn of the
 * loop. Two carriers stand behind the same table. Inside src/transport only. */
#ifndef TRANSPORT_HTTP_CARRIER_H
#define TRANSPORT_HTTP_CARRIER_H

#include "base/list.h"
#include "base/loop.h"
#include "transport/http.h"
#include "transport/http_reply.h"

typedef struct vg_http_job vg_http_job;
typedef struct vg_http_carrier vg_http_carrier;

enum { VG_HTTP_DETAIL = 256 };

struct vg_http_job {
    vg_task ending;
    vg_list link; /* http.c's: of the queue, of those carried or of those kept */
    void *http;   /* http.c's */
    enum { VG_HTTP_QUEUED, VG_HTTP_CARRIED, VG_HTTP_ENDED } place;
    const vg_exchange *x;
    vg_ended_fn *ended;
    void *arg;

    uint64_t since_ns;  /* when it was sent, on the loop's clock, … */
    uint64_t queued_ns; /* … and how long it was queued then */

    /* filled by the carrier */
    uint64_t connect_ns; /* what it waited for a connection after that; 0 unless it is set */
    void *carried;       /* its own */
    vg_http_incoming in;
    bool was_sent;               /* before vg_http_job_end() and when stop() returns */
    char detail[VG_HTTP_DETAIL]; /* its words about a fault; empty: none */
    vg_fault fault;
};

struct vg_http_carrier {
    /* Takes a job and fills job->in; vg_http_job_end() follows once, from here or later. */
    void (*start)(vg_http_carrier *self, vg_http_job *job);
    /* Gives up a job at once: nothing of `x` is touched any more, vg_http_job_end() is not called.
     */
    void (*stop)(vg_http_carrier *self, vg_http_job *job);
    /* No job is with it. Frees itself when its handles are closed. */
    void (*close)(vg_http_carrier *self);
};

/* The carrier's jobs ended so: with NONE and a whole reply in job->in, or with a fault. */
void vg_http_job_end(vg_http_job *job, vg_fault fault);

/* NULL as vg_http_new(). The bounds of `endpoint` are set (no 0). */
vg_http_carrier *vg_http_curl_new(const vg_http_parts *parts, const vg_endpoint *endpoint);
/* It has no proxy. */
vg_http_carrier *vg_http_direct_new(const vg_http_parts *parts, const vg_endpoint *endpoint);

#endif
