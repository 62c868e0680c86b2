/* See tls_conn.h. */
#include "net/tls_conn.h"

#include <stdlib.h>

#include <openssl/err.h>

#include "base/check.h"
#include "base/tls_bio.h"
#include "base/tls_reason.h"
#include "net/tls_client.h"
#include "net/tls_set.h"

enum {
    RECORD_BYTES = 16 * 1024, /* of content, RFC 8446 5.1 */
    HEAD_BYTES = 5,
    MOST_RECORD_BYTES = RECORD_BYTES + 2048,
    HANDSHAKE_RECORD = 22,
    SEALED_BYTES = 96 * 1024,  /* what is sealed at once, or for one read, and its overhead */
    CONTROL_BYTES = 16 * 1024, /* what the protocol says by itself to a client that does not read */
};

/* What the work gets, and leaves, while it is with the pool. */
typedef struct shake {
    vg_tls_conn *conn;
    vg_work work;
    vg_task task;
    vg_buf in, out;
    vg_tls_state result;
    char reason[VG_TLS_REASON_BYTES];
} shake;

struct vg_tls_conn {
    vg_tls_conn_parts parts;
    vg_tls_set *set;
    SSL *ssl;
    vg_tls_wire wire;
    shake *step; /* NULL when the handshake is over and what came behind it was read */
    char *peer;
    vg_tls_state state;
    bool has_begun;
    bool is_broken; /* nothing may be asked of the session any more */
    bool is_ended;  /* the client was told so */
    uv_write_t write;
    char *flying;           /* with the system; NULL: nothing is */
    vg_buf late;            /* what the protocol said meanwhile */
    uint64_t given, sealed; /* bytes */
};

bool vg_tls_room_init(vg_tls_room *room)
{
    room->plain = malloc(VG_TLS_PLAIN_BYTES);
    room->stage = malloc(RECORD_BYTES);
    vg_buf_init(&room->sealed, 0);
    return room->plain != NULL && room->stage != NULL &&
           vg_buf_reserve(&room->sealed, SEALED_BYTES) != NULL;
}

void vg_tls_room_fini(vg_tls_room *room)
{
    free(room->plain);
    free(room->stage);
    vg_buf_fini(&room->sealed);
}

/* --- writing --------------------------------------------------------------------------------- */

static void fly(vg_tls_conn *self, vg_slice bytes);

static void on_written(uv_write_t *request, int status)
{
    vg_tls_conn *self = vg_container_of(request, vg_tls_conn, write);

    free(self->flying);
    self->flying = NULL;
    if (status == 0 && self->late.len > 0)
        fly(self, vg_buf_bytes(&self->late));
    vg_buf_fini(&self->late);
    if (self->flying == NULL)
        self->parts.on_sealed(self->parts.arg, status == 0 && !self->is_broken);
}

/* Not counted with other memory: what is on its way must not depend on what others hold. */
static void fly(vg_tls_conn *self, vg_slice bytes)
{
    uv_buf_t all;

    self->flying = malloc(bytes.len);
    if (self->flying != NULL) {
        memcpy(self->flying, bytes.at, bytes.len);
        all = uv_buf_init(self->flying, (unsigned)bytes.len);
        if (uv_write(&self->write, self->parts.stream, &all, 1, on_written) == 0)
            return;
    }
    free(self->flying);
    self->flying = NULL;
    self->is_broken = true;
}

/* Past what is on its way nothing may go. */
static void write_bytes(vg_tls_conn *self, vg_slice bytes, bool later)
{
    uv_buf_t all = uv_buf_init((char *)bytes.at, (unsigned)bytes.len);
    int sent = 0;

    if (self->flying != NULL) {
        vg_buf_put(&self->late, bytes);
        return;
    }
    if (!later)
        sent = uv_try_write(self->parts.stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        self->is_broken = true;
    else if (sent != (int)bytes.len)
        fly(self, vg_slice_skip(bytes, sent > 0 ? (size_t)sent : 0));
}

static void write_out(vg_tls_conn *self, vg_buf *out, bool later)
{
    self->is_broken = self->is_broken || vg_buf_is_spent(out);
    self->sealed += out->len;
    if (out->len > 0 && !uv_is_closing((uv_handle_t *)self->parts.stream))
        write_bytes(self, vg_buf_bytes(out), later);
    vg_buf_clear(out);
}

/* What the session is called for on the loop is sealed here. */
static void begin_call(vg_tls_conn *self)
{
    ERR_clear_error();
    vg_buf_clear(&self->parts.room->sealed);
    self->wire.out = &self->parts.room->sealed;
}

static void end_call(vg_tls_conn *self, bool later)
{
    ERR_clear_error();
    self->wire.in = (vg_slice){NULL, 0};
    write_out(self, &self->parts.room->sealed, later);
}

/* A client that makes the protocol answer and does not read what it says. */
static bool is_flooded(const vg_tls_conn *self)
{
    return self->late.len > CONTROL_BYTES || vg_buf_is_spent(&self->late);
}

/* --- the handshake, on a pool's thread ------------------------------------------------------- */

/* The name of a certificate that was verified, now or when the session began. */
static bool take_peer(vg_tls_conn *self)
{
    const X509 *cert = SSL_get0_peer_certificate(self->ssl);
    char name[VG_TLS_PEER_BYTES + 1];

    if (cert == NULL || SSL_get_verify_result(self->ssl) != X509_V_OK ||
        vg_tls_client_name(cert, name) == 0)
        return true;
    self->peer = strdup(name);
    return self->peer != NULL;
}

static vg_tls_state judge(vg_tls_conn *self, int result)
{
    if (result == 1)
        return take_peer(self) ? VG_TLS_OPEN : VG_TLS_NO_ROOM;
    if (SSL_get_error(self->ssl, result) == SSL_ERROR_WANT_READ)
        return VG_TLS_WAITS;
    vg_tls_reason(self->step->reason);
    return VG_TLS_FAILED;
}

static bool open_session(vg_tls_conn *self)
{
    BIO *bio = vg_tls_bio_new(&self->wire);

    if (bio == NULL)
        return false;
    self->ssl = vg_tls_set_accept(self->set, self->parts.protocol);
    if (self->ssl == NULL) {
        BIO_free(bio);
        return false;
    }
    SSL_set_bio(self->ssl, bio, bio);
    return true;
}

/* How many bytes of `in` are whole records; all of it when one is too long, and is to be refused.
 */
static size_t whole_records(vg_slice in)
{
    const unsigned char *at = (const unsigned char *)in.at;
    size_t whole = 0, record;

    while (in.len - whole >= HEAD_BYTES) {
        record = HEAD_BYTES + ((size_t)at[whole + 3] << 8 | at[whole + 4]);
        if (record > HEAD_BYTES + MOST_RECORD_BYTES)
            return in.len;
        if (record > in.len - whole)
            break;
        whole += record;
    }
    return whole;
}

/* The session is made when the client has said something. It gets whole records only, so that what
 * is left always begins with one. */
static void run_step(vg_work *work)
{
    shake *step = vg_container_of(work, shake, work);
    vg_tls_conn *self = step->conn;
    size_t whole = whole_records(vg_buf_bytes(&step->in));

    ERR_clear_error();
    self->wire = (vg_tls_wire){vg_slice_of(step->in.at, whole), &step->out};
    if (self->ssl != NULL || open_session(self))
        step->result = judge(self, SSL_do_handshake(self->ssl));
    else
        step->result = VG_TLS_NO_ROOM;
    vg_buf_drop(&step->in, whole - self->wire.in.len);
    self->wire.in = (vg_slice){NULL, 0};
    ERR_clear_error();
}

static void on_run(vg_work *work)
{
    shake *step = vg_container_of(work, shake, work);

    vg_loop_wake(step->conn->parts.loop, &step->task);
}

/* --- the same, on the loop ------------------------------------------------------------------- */

static void on_step(vg_task *task)
{
    shake *step = vg_container_of(task, shake, task);
    vg_tls_conn *self = step->conn;

    self->state = step->result;
    if (vg_buf_is_spent(&step->out) || vg_buf_is_spent(&step->in))
        self->state = VG_TLS_NO_ROOM;
    write_out(self, &step->out, false);
    vg_buf_fini(&step->out);
    self->parts.on_step(self->parts.arg);
}

/* Every session begins with the same byte, which begins nothing of HTTP. */
static vg_tls_state look(const vg_tls_conn *self)
{
    vg_slice in = vg_buf_bytes(&self->step->in);

    if (self->has_begun || in.len == 0 || in.at[0] == HANDSHAKE_RECORD)
        return VG_TLS_WAITS;
    return in.at[0] >= 'A' && in.at[0] <= 'Z' ? VG_TLS_IS_HTTP : VG_TLS_NOT_TLS;
}

void vg_tls_conn_give(vg_tls_conn *self, vg_slice bytes)
{
    vg_buf_put(&self->step->in, bytes);
}

vg_tls_state vg_tls_conn_shake(vg_tls_conn *self)
{
    if (self->state != VG_TLS_WAITS)
        return self->state;
    self->state = look(self);
    self->has_begun = self->has_begun || self->step->in.len > 0;
    if (vg_buf_is_spent(&self->step->in))
        self->state = VG_TLS_NO_ROOM;
    /* a step costs a way to another thread: it is for a whole record at least */
    if (self->state != VG_TLS_WAITS || whole_records(vg_buf_bytes(&self->step->in)) == 0)
        return self->state;
    self->state = VG_TLS_BUSY;
    if (!vg_tls_post(self->parts.tls, &self->step->work))
        self->state = VG_TLS_NO_ROOM;
    return self->state;
}

/* --- reading --------------------------------------------------------------------------------- */

static vg_tls_end end_of(vg_tls_conn *self, int result)
{
    int error = SSL_get_error(self->ssl, result);

    if (error == SSL_ERROR_WANT_READ)
        return VG_TLS_GOES_ON;
    if (error == SSL_ERROR_ZERO_RETURN)
        return VG_TLS_CLOSED;
    self->is_broken = true;
    return VG_TLS_BROKEN;
}

vg_tls_end vg_tls_conn_read(vg_tls_conn *self, vg_slice bytes, vg_slice *plain)
{
    char *to = self->parts.room->plain;
    size_t len = 0, piece = 0;
    vg_tls_end end;
    int result;

    *plain = (vg_slice){NULL, 0};
    if (self->is_broken)
        return VG_TLS_BROKEN;
    begin_call(self);
    self->wire.in = bytes;
    while ((result = SSL_read_ex(self->ssl, to + len, VG_TLS_PLAIN_BYTES - len, &piece)) == 1)
        len += piece;
    end = end_of(self, result);
    end_call(self, false); /* with an alert, or an answer to new keys */
    *plain = vg_slice_of(to, len);
    return is_flooded(self) ? VG_TLS_BROKEN : end;
}

vg_tls_end vg_tls_conn_read_rest(vg_tls_conn *self, vg_slice *plain)
{
    vg_tls_end end = vg_tls_conn_read(self, vg_buf_bytes(&self->step->in), plain);

    vg_buf_fini(&self->step->in);
    free(self->step);
    self->step = NULL;
    return end;
}

/* --- sending --------------------------------------------------------------------------------- */

static bool seal(vg_tls_conn *self, const char *at, size_t len)
{
    size_t written;

    self->given += len;
    return len == 0 || SSL_write_ex(self->ssl, at, len, &written) == 1;
}

/* A large part goes as it is, small ones together, so that head and body of a small answer are one
 * record. */
static bool seal_all(vg_tls_conn *self, const uv_buf_t *parts, unsigned count)
{
    char *stage = self->parts.room->stage;
    size_t staged = 0;
    bool is_good = true;

    for (unsigned i = 0; i < count && is_good; i++) {
        const char *at = parts[i].base;
        size_t left = parts[i].len;

        while (left > 0 && is_good && (staged > 0 || left < RECORD_BYTES)) {
            size_t n = RECORD_BYTES - staged < left ? RECORD_BYTES - staged : left;

            memcpy(stage + staged, at, n);
            staged += n;
            at += n;
            left -= n;
            if (staged < RECORD_BYTES)
                break;
            is_good = seal(self, stage, staged);
            staged = 0;
        }
        if (left >= RECORD_BYTES && is_good)
            is_good = seal(self, at, left);
    }
    return is_good && seal(self, stage, staged);
}

ssize_t vg_tls_conn_send(vg_tls_conn *self, const uv_buf_t *parts, unsigned count, bool later)
{
    size_t total = 0;

    if (self->is_broken || self->state != VG_TLS_OPEN || self->is_ended)
        return UV_EPIPE;
    if (vg_tls_conn_waiting(self) > 0)
        return UV_EAGAIN;
    for (unsigned i = 0; i < count; i++)
        total += parts[i].len;
    begin_call(self);
    self->is_broken = !seal_all(self, parts, count);
    end_call(self, later);
    return self->is_broken ? UV_EPIPE : (ssize_t)total;
}

size_t vg_tls_conn_waiting(const vg_tls_conn *self)
{
    size_t unsure = self->flying != NULL; /* gone perhaps, and not known to be */

    return unsure + self->late.len + uv_stream_get_write_queue_size(self->parts.stream);
}

uint64_t vg_tls_conn_extra(const vg_tls_conn *self)
{
    return self->sealed - self->given;
}

void vg_tls_conn_end(vg_tls_conn *self)
{
    if (self->state != VG_TLS_OPEN || self->is_broken || self->is_ended || self->flying != NULL)
        return;
    self->is_ended = true;
    begin_call(self);
    SSL_shutdown(self->ssl);
    end_call(self, false);
}

/* --- life ------------------------------------------------------------------------------------ */

vg_tls_conn *vg_tls_conn_new(const vg_tls_conn_parts *parts)
{
    vg_tls_conn *self = calloc(1, sizeof *self);
    shake *step = calloc(1, sizeof *step);

    if (self == NULL || step == NULL) {
        free(self);
        free(step);
        return NULL;
    }
    *step = (shake){
        .conn = self, .work = {.run = run_step, .finished = on_run}, .task = {.run = on_step}};
    self->parts = *parts;
    self->step = step;
    self->set = vg_tls_current(parts->tls);
    vg_tls_set_hold(self->set);
    return self;
}

void vg_tls_conn_free(vg_tls_conn *self)
{
    if (self == NULL)
        return;
    VG_CHECK(self->state != VG_TLS_BUSY);
    SSL_free(self->ssl);
    vg_tls_set_drop(self->set);
    if (self->step != NULL) {
        vg_buf_fini(&self->step->in);
        vg_buf_fini(&self->step->out);
    }
    free(self->step);
    free(self->flying);
    vg_buf_fini(&self->late);
    free(self->peer);
    free(self);
}

vg_tls_state vg_tls_conn_state(const vg_tls_conn *self)
{
    return self->state;
}

bool vg_tls_conn_has_begun(const vg_tls_conn *self)
{
    return self->has_begun;
}

bool vg_tls_conn_is_resumed(const vg_tls_conn *self)
{
    return SSL_session_reused(self->ssl) == 1;
}

const char *vg_tls_conn_version(const vg_tls_conn *self)
{
    return SSL_get_version(self->ssl);
}

const char *vg_tls_conn_reason(const vg_tls_conn *self)
{
    return self->step != NULL ? self->step->reason : "";
}

vg_slice vg_tls_conn_peer(const vg_tls_conn *self)
{
    return vg_slice_str(self->peer);
}
