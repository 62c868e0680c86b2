/* One HTTP/1.1 connection, and the one stream that it carries at a time. Private to net.
 *
 *   SHAKE (over TLS)
 *     ▼
 *   READ_HEAD ─▶ ASK ─▶ READ_BODY ─▶ ANSWER ─▶ FLUSH ─┬▶ READ_HEAD (the next request)
 *       │         └──────────┴──────────────────▲     ├▶ LINGER ─▶ CLOSED
 *       └── refused ────────────────────────────┘     └▶ CLOSED
 *
 * Each phase is a function that goes on (true) or waits (false); vg_conn_run() walks them. A client
 * that is lost in any phase leads to GONE, where the stream waits for its user, and to CLOSED.
 *
 * 1. At most one request is read ahead of its answer; bytes behind it wait in `pending`.
 * 2. The user's callbacks are called by vg_conn_run() and nowhere else, and never by a call of the
 *    user's own: those note what they want and wait for their turn (vg_conn_kick).
 * 3. An idle connection holds no head, no body and no pending bytes.
 * 4. Memory goes when the handle is closed, the stream has ended and the connection is not ready.
 * 5. A turn does so much and no more, however many connections have something to do: those behind
 *    wait in `ready`, first come, first served. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/list.h"
#include "base/loop.h"
#include "net/body.h"
#include "net/http1_read.h"
#include "net/http1_write.h"
#include "net/listener.h"
#include "net/out.h"

typedef struct vg_conn vg_conn;

/* A run weighs 1, and what it answered, and 1 for each VG_WEIGHT_BYTES that it sends. */
enum { VG_READ_BYTES = 64 * 1024, VG_TURN_WEIGHT = 16, VG_WEIGHT_BYTES = 32 * 1024 };

struct vg_stream {
    vg_request request;
    void *data;
    uint64_t max_bytes;
    bool is_open; /* between on_request and on_end */
    bool is_accepted;
    bool is_read; /* on_body was called */
    bool is_begun;
    bool is_answered; /* nothing more will be written */
    bool is_gone;
    bool is_choked; /* write() said false */
    vg_framing framing;
};

typedef enum vg_phase {
    VG_SHAKE,
    VG_READ_HEAD,
    VG_ASK,
    VG_READ_BODY,
    VG_ANSWER,
    VG_FLUSH,
    VG_LINGER,
    VG_GONE,
    VG_CLOSED,
} vg_phase;

struct vg_conn {
    vg_stream stream; /* first */
    vg_listener *listener;
    vg_list link; /* in the listener's list */
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    vg_tls_conn *tls; /* NULL: plain */
    vg_out out;
    vg_http1 reader;
    vg_head *head;
    vg_body body;
    vg_inflate *inflate;
    vg_buf held;    /* the head of an answer that goes out with its first piece */
    vg_slice in;    /* bytes not read yet: of the shared buffer or of `pending`, while running */
    vg_buf pending; /* bytes not read yet, between two runs */
    size_t pending_at;
    vg_list ready;  /* in the listener's list, while is_ready */
    vg_timer timer; /* may be set for an earlier time than meant: it is moved when it fires */
    vg_phase phase;
    uint64_t since_ns; /* idle, the last byte of a body, progress of the answer, lingering: since */
    uint64_t paused_ns;
    uint64_t sent_bytes; /* when progress was seen last */
    uint64_t wire_bytes; /* of a compressed body, so far */
    uint64_t lingered_bytes;
    size_t inflated_bytes; /* in this run, */
    uint32_t answered;     /* and requests of a pipeline */
    bool has_begun;        /* a byte of the next request is here */
    bool is_inflating;     /* what was given to `inflate` is not used up */
    bool is_resting;       /* others have their turn; this goes on in the next */
    bool is_paused;        /* there is no memory for more of the body */
    bool is_reading;
    bool is_running;
    bool is_ready;      /* waits for its turn, */
    bool waits_to_read; /* to read, */
    bool may_read;      /* which it had */
    bool closes;        /* behind this answer */
    bool is_lost;       /* the client, or its connection, is of no use any more */
    bool is_aborted;    /* by us: the client must not take what it has for whole */
    bool says_end;      /* the client sends no more through TLS; what it sent is not all read */
    bool has_eof;       /* the client sends no more, but may still read */
    bool is_shutting;   /* a shutdown is under way */
    bool is_unsecured;  /* the handshake came to nothing: what comes is dropped */
    bool handle_closed;
};

/* What connections of one listener share. */
typedef struct vg_net {
    vg_listener_parts parts;
    vg_list conns;
    uint32_t count;
    vg_list ready; /* connections that wait for their turn; `turn` is posted while there are any */
    vg_task turn;
    uint64_t pass_ns; /* the time of the pass, */
    uint32_t weight;  /* and what ran in it */
    bool is_draining;
    char *read_buffer; /* VG_READ_BYTES */
    vg_tls_room tls_room;
    vg_buf scratch; /* heads of answers are made here */
    vg_date date;
    vg_body_stock bodies;
    vg_head *heads[64];
    uint32_t head_count;
} vg_net;

vg_net *vg_listener_net(vg_listener *listener);
/* The last word on a connection: its memory is about to go. */
void vg_listener_forget(vg_listener *listener, vg_conn *conn);

/* conn.c. A connection whose handle was made and accepted. */
void vg_conn_open(vg_conn *conn, vg_listener *listener);
void vg_conn_run(vg_conn *conn);
/* vg_conn_run() from a later turn of the loop. */
void vg_conn_kick(vg_conn *conn);
/* Runs what is ready, as much as a turn may. */
void vg_conn_turn(vg_net *net);
/* Cuts it, from a later turn. */
void vg_conn_cut(vg_conn *conn);
uint64_t vg_conn_now_ns(const vg_conn *conn);
static inline vg_net *vg_conn_net(const vg_conn *conn)
{
    return vg_listener_net(conn->listener);
}

/* phases.c */
bool vg_phase_run(vg_conn *conn);
/* Answers what never became a request, or whose body cannot be taken; the connection ends. */
void vg_phase_refuse(vg_conn *conn, const vg_refusal *refusal);
/* Says that no more comes, and reads until the client has understood. */
bool vg_phase_linger(vg_conn *conn);

/* shake.c: the phase SHAKE, what begins it, what ends it for good, and the end of patience. */
bool vg_shake_begin(vg_conn *conn);
bool vg_shake_run(vg_conn *conn);
void vg_shake_lose_patience(vg_conn *conn);
/* It ended before it was over: its client went. */
void vg_shake_note_gone(vg_conn *conn);

/* body_read.c: the phase READ_BODY, and its beginning. */
void vg_body_read_begin(vg_conn *conn);
bool vg_body_read(vg_conn *conn);

/* stream.c: the head and the body of an answer in one write. */
void vg_stream_send(vg_conn *conn, const vg_answer *answer, vg_buf *body, vg_slice still);

#endif
