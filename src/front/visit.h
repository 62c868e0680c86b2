/* One request on its way through the front, and what the front itself is. Private to src/front/.
 *
 *   on_request ─▶ door ─▶ on_body ─▶ READ ─▶ PLAN ─▶ WRITE ─▶ answer ─▶ on_end
 *                  │ wrong            │ wrong  │ failed ─▲         ▲
 *                  └──────────────────┴────────┴─ the API's error ─┘
 *
 * 1. A visit lives from on_request to on_end, in its own arena.
 * 2. Between READ and WRITE somebody else may have it (`is_lent`): a pool's thread, or the plan.
 * Then the loop's thread touches nothing of it but `is_gone`, and the arena is not its own.
 * 3. The stream gets exactly one of an answer and, when the client has gone, an abort; it stays,
 * with the request and its body, until then. */
#ifndef FRONT_VISIT_H
#define FRONT_VISIT_H

#include "base/loop.h"
#include "front/front.h"
#include "front/span.h"
#include "gate/origin.h"

typedef struct vg_visit vg_visit;
typedef void vg_visit_step_fn(vg_visit *visit);

struct vg_visit {
    vg_front *front;
    vg_stream *stream;
    const vg_request *request; /* the stream's */
    vg_arena *arena;
    const vg_front_api *api;
    const vg_front_row *row; /* NULL: no row was found */
    vg_front_in in;
    vg_front_out out;
    vg_buf answer;
    vg_op op;
    vg_status status;             /* why there will be no op */
    const vg_identity *who;       /* NULL: nobody was let in, or the path is everybody's */
    const vg_identity *pretender; /* known, and not let in; for the audit alone */
    vg_origin_rule rule;          /* of when it came: credentials may come and go meanwhile */
    vg_tenant_limits limits;      /* its tenant's … */
    vg_rate_verdict rate;         /* … and what that comes to now */
    uint64_t request_id;
    vg_timing timing;           /* where its time goes, … */
    bool is_timed;              /* … if that is kept */
    vg_trace trace;             /* of the request itself: its span, for log lines; not set: none */
    uint8_t caller[VG_SPAN_ID]; /* the span that it is a part of, … */
    bool has_caller;            /* … if there is one */
    vg_slice request_id_text;   /* as the answer says it */
    vg_slice origin;            /* as it was sent; empty: none */
    vg_slice allow;             /* methods of a path that was asked by another one */
    vg_code code;               /* how it ended, for metrics */
    uint64_t answer_bytes;
    bool is_lent;
    bool is_planned; /* it is the plan that has it */
    bool is_done;    /* … or had: the op has ended, whether the client is still there or not */
    bool is_gone;
    bool is_answered;
    vg_work work; /* what a pool does with it … */
    vg_task task; /* … and how it comes back */
    vg_visit_step_fn *next;
};

struct vg_front {
    vg_front_parts parts;
    vg_stream_user user;
    vg_router *routers[VG_APIS];   /* by place in `apis` of front.c */
    uint8_t first_routes[VG_APIS]; /* the label of the first row of each */
    vg_origin_rule keyless, keyed; /* while no credential exists, and while some do */
    bool is_ready;
};

/* ---- front.c ---- */
const vg_front_api *vg_front_api_of(vg_slice path);
const vg_router *vg_front_router_of(const vg_front *front, const vg_front_api *api);

/* ---- door.c: what the head of a request decides ---- */
typedef enum vg_door {
    VG_DOOR_OPEN,     /* there is a row for it */
    VG_DOOR_WRONG,    /* visit->status says why not, in the API's words */
    VG_DOOR_SHUT,     /* host or origin: 403 in plain text, and nothing else */
    VG_DOOR_STRANGER, /* no credential, or none that is good: visit->status */
    VG_DOOR_ALLOWED,  /* a preflight request: its answer is its headers */
} vg_door;
vg_door vg_door_pass(vg_visit *visit);
/* How large its body may be. */
uint64_t vg_door_body_bytes(const vg_visit *visit);
/* The headers of every answer: identity, origin, and what the outcome adds. Answers how many, at
 * most VG_DOOR_HEADERS; their text is in the arena. */
enum { VG_DOOR_HEADERS = 16 };
uint32_t vg_door_headers(const vg_visit *visit, vg_header *to);

/* ---- entry.c: who comes in, and to what ---- */
/* Sets visit->who, or false and visit->status. */
bool vg_entry_know(vg_visit *visit);
/* By the row alone; false: visit->status. */
bool vg_entry_judge(vg_visit *visit);
/* By the decoded op, which gets what the credential asks; false: visit->status. Any thread. */
bool vg_entry_judge_op(vg_visit *visit);
/* The collection in the path of the row; empty: it has none. */
vg_slice vg_entry_collection(const vg_visit *visit);
/* A row that has no operation, asked by whom the plan must look at before: the operation for that,
 * or visit->status. */
bool vg_entry_needs_proof(const vg_visit *visit);
void vg_entry_make_proof(vg_visit *visit);
/* Counts and logs it, if it was denied. */
void vg_entry_tell_denial(const vg_visit *visit);

/* ---- visit.c: from body to answer ---- */
void vg_visit_serve(vg_visit *visit);                         /* the body is whole */
void vg_visit_fail(vg_visit *visit, const vg_status *status); /* answers in the API's words */
void vg_visit_leave(vg_visit *visit);                         /* the client has gone */
/* Its time is spent in another phase from now on. Whoever has it. */
void vg_visit_time(vg_visit *visit, vg_time next);
/* Since the request began, by the clock as it is: the loop's stands still during a turn. */
uint64_t vg_visit_took_ns(const vg_visit *visit);

/* ---- tell.c: the log's lines of a request that has ended ---- */
void vg_tell_end(const vg_visit *visit, uint64_t took_ns);

/* ---- answer.c ---- */
/* Sends visit->out with visit->answer as its body. */
void vg_answer_send(vg_visit *visit);
/* Text without an API: for what is turned away at the door. */
void vg_answer_plain(vg_visit *visit, int status, vg_slice text);

#endif
