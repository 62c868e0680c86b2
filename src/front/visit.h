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
    vg_status status; /* why there will be no op */
    uint64_t request_id;
    vg_slice request_id_text; /* as the answer says it */
    vg_slice origin;          /* as it was sent; empty: none */
    vg_slice allow;           /* methods of a path that was asked by another one */
    vg_code code;             /* how it ended, for metrics */
    uint64_t answer_bytes;
    bool is_lent;
    bool is_planned; /* it is the plan that has it */
    bool is_gone;
    bool is_answered;
    vg_work work; /* what a pool does with it … */
    vg_task task; /* … and how it comes back */
    vg_visit_step_fn *next;
};

struct vg_front {
    vg_front_parts parts;
    vg_stream_user user;
    vg_router *routers[VG_APIS]; /* by place in `apis` of front.c */
    vg_origin_rule rule;
    bool is_ready;
};

/* ---- front.c ---- */
const vg_front_api *vg_front_api_of(vg_slice path);
const vg_router *vg_front_router_of(const vg_front *front, const vg_front_api *api);

/* ---- door.c: what the head of a request decides ---- */
typedef enum vg_door {
    VG_DOOR_OPEN,    /* there is a row for it */
    VG_DOOR_WRONG,   /* visit->status says why not, in the API's words */
    VG_DOOR_SHUT,    /* host or origin: 403 in plain text, and nothing else */
    VG_DOOR_ALLOWED, /* a preflight request: its answer is its headers */
} vg_door;
vg_door vg_door_pass(vg_visit *visit);
/* The headers of every answer: identity, origin, and what the outcome adds. Answers how many, at
 * most VG_DOOR_HEADERS; their text is in the arena. */
enum { VG_DOOR_HEADERS = 16 };
uint32_t vg_door_headers(const vg_visit *visit, vg_header *to);

/* ---- visit.c: from body to answer ---- */
void vg_visit_serve(vg_visit *visit);                         /* the body is whole */
void vg_visit_fail(vg_visit *visit, const vg_status *status); /* answers in the API's words */
void vg_visit_leave(vg_visit *visit);                         /* the client has gone */
/* Since the request began, by the clock as it is: the loop's stands still during a turn. */
uint64_t vg_visit_took_ns(const vg_visit *visit);

/* ---- answer.c ---- */
/* Sends visit->out with visit->answer as its body. */
void vg_answer_send(vg_visit *visit);
/* Text without an API: for what is turned away at the door. */
void vg_answer_plain(vg_visit *visit, int status, vg_slice text);

#endif
