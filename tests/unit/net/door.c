/* The test's listener and clients. See door.h. */
#include "tests/unit/net/door.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static const uint64_t patience_ns = 20ull * 1000 * 1000 * 1000;

/* --- the user -------------------------------------------------------------------------------- */

static bool is_path(const vg_stream *stream, const char *path)
{
    return vg_slice_is_str(vg_stream_request(stream)->path, path);
}

static void say(door *self, const char *word)
{
    vg_buf_put(&self->log, vg_slice_str(word));
    vg_buf_put_byte(&self->log, ' ');
}

static const vg_answer plain = {.status = 200, .content_type = VG_LIT_INIT("text/plain")};

static void answer_text(vg_stream *stream, int status, const char *text)
{
    vg_answer answer = {.status = status};

    vg_stream_answer_static(stream, &answer, vg_slice_str(text));
}

static void echo(vg_stream *stream)
{
    vg_buf body;

    vg_buf_init(&body, 0);
    vg_buf_put(&body, vg_stream_request(stream)->body);
    vg_stream_answer(stream, &plain, &body);
}

static void answer_who(vg_stream *stream)
{
    vg_buf body;

    vg_buf_init(&body, 0);
    vg_buf_put(&body, vg_stream_request(stream)->certificate);
    vg_stream_answer(stream, &plain, &body);
}

static void stream_on(door *self, vg_stream *stream)
{
    bool has_room = true;

    while (has_room && self->pieces > 0) {
        vg_buf piece;

        vg_buf_init(&piece, 0);
        for (uint64_t i = 0; i < self->piece_bytes; i++)
            vg_buf_put_byte(&piece, (char)('a' + self->pieces % 26));
        self->pieces--;
        has_room = vg_stream_write(stream, &piece);
    }
    if (self->pieces == 0)
        vg_stream_end(stream);
}

static void abort_half_way(vg_stream *stream)
{
    vg_buf piece;

    vg_stream_begin(stream, &plain);
    vg_buf_init(&piece, 0);
    vg_buf_put(&piece, VG_LIT("half"));
    vg_stream_write(stream, &piece);
    vg_stream_abort(stream);
}

static void answer_split(door *self, vg_stream *stream)
{
    vg_header header = {VG_LIT("x-a"), {NULL, 0}};
    vg_answer answer = {.status = 200, .headers = &header, .header_count = 1};

    vg_buf_clear(&self->kept);
    vg_buf_put(&self->kept, vg_request_header(vg_stream_request(stream), VG_LIT("x-agent")));
    vg_buf_put(&self->kept, VG_LIT("\r\nx: y"));
    header.value = vg_buf_bytes(&self->kept);
    vg_stream_answer_static(stream, &answer, VG_LIT("ok"));
}

static void on_request(void *arg, vg_stream *stream)
{
    door *self = arg;

    say(self, "request");
    self->began++;
    vg_stream_set_data(stream, self);
    if (is_path(stream, "/early"))
        answer_text(stream, 403, "no");
    else if (is_path(stream, "/ask"))
        self->held = stream;
    else
        vg_stream_accept(stream, self->max_body);
}

static void on_body(void *arg, vg_stream *stream)
{
    door *self = arg;

    say(self, "body");
    if (is_path(stream, "/echo") || is_path(stream, "/ask")) {
        echo(stream);
    } else if (is_path(stream, "/late")) {
        self->held = stream;
    } else if (is_path(stream, "/kept")) {
        vg_stream_take_body(stream, &self->kept);
        self->held = stream;
    } else if (is_path(stream, "/stream")) {
        vg_stream_begin(stream, &plain);
        stream_on(self, stream);
    } else if (is_path(stream, "/abort")) {
        abort_half_way(stream);
    } else if (is_path(stream, "/split")) {
        answer_split(self, stream);
    } else if (is_path(stream, "/who")) {
        answer_who(stream);
    } else if (is_path(stream, "/empty")) {
        answer_text(stream, 204, "");
    } else {
        answer_text(stream, 404, "");
    }
}

static void on_gone(void *arg, vg_stream *stream)
{
    door *self = arg;

    say(self, "gone");
    if (is_path(stream, "/stream"))
        vg_stream_abort(stream);
}

static void on_drain(void *arg, vg_stream *stream)
{
    stream_on(arg, stream);
}

static void on_end(void *arg, vg_stream *stream)
{
    door *self = arg;

    assert_ptr_equal(vg_stream_data(stream), self);
    say(self, "end");
    self->ended++;
    if (self->held == stream)
        self->held = NULL;
}

static vg_slice on_refusal(void *arg, vg_arena *arena, const vg_refused *refused, vg_answer *answer)
{
    say(arg, "refusal");
    if (refused->stream != NULL)
        assert_ptr_equal(vg_stream_data(refused->stream), arg);
    if (answer->status == 0)
        answer->status = vg_code_describe(refused->status->code)->qdrant_http;
    answer->content_type = VG_LIT("text/plain");
    return vg_arena_printf(arena, VG_FMT ": " VG_FMT, VG_ARG(refused->path),
                           VG_ARG(vg_status_what(refused->status)));
}

/* --- the door -------------------------------------------------------------------------------- */

static vg_stream_user user = {.on_request = on_request,
                              .on_body = on_body,
                              .on_gone = on_gone,
                              .on_drain = on_drain,
                              .on_end = on_end,
                              .on_refusal = on_refusal};

void door_open(door *self)
{
    vg_arena *arena = vg_arena_new(4096);
    vg_status status = {0};

    signal(SIGPIPE, SIG_IGN);
    *self = (door){.max_body = 1 << 20};
    vg_bounds_default(&self->bounds);
    user.arg = self;
    assert_int_equal(uv_loop_init(&self->uv), 0);
    self->metrics = vg_metrics_new(1);
    self->driver = vg_loop_uv_open(&self->uv, self->metrics);
    assert_non_null(self->driver);
    wire_serve(self);
    self->listener =
        vg_listener_open(&(vg_listener_parts){&self->uv, vg_loop_uv_loop(self->driver),
                                              self->metrics, &self->bounds, &user, self->tls},
                         VG_LIT("127.0.0.1:0"), arena, &status);
    assert_non_null(self->listener);
    vg_arena_free(arena);
}

static void note_closed(void *arg)
{
    ((door *)arg)->closed = true;
}

static bool is_closed(const door *self)
{
    return self->closed;
}

void door_close(door *self)
{
    vg_listener_close(self->listener, note_closed, self);
    assert_false(self->closed);
    while (!self->closed && self->held == NULL)
        door_turn(self);
    if (self->held != NULL)
        vg_stream_abort(self->held);
    door_wait(self, is_closed);
    assert_int_equal(self->began, self->ended);
    assert_int_equal(door_count(self, VG_M_connections), 0);
    wire_unserve(self);
    vg_loop_uv_close(self->driver);
    while (uv_loop_close(&self->uv) == UV_EBUSY)
        uv_run(&self->uv, UV_RUN_NOWAIT);
    vg_metrics_free(self->metrics);
    vg_buf_fini(&self->log);
    vg_buf_fini(&self->kept);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

void door_turn(door *self)
{
    uv_run(&self->uv, UV_RUN_NOWAIT);
}

void door_accept(door *self)
{
    assert_non_null(self->held);
    vg_stream_accept(self->held, self->max_body);
}

void door_answer(door *self)
{
    assert_non_null(self->held);
    answer_text(self->held, 200, "at last");
}

void door_wait(door *self, bool (*holds)(const door *self))
{
    uint64_t until = vg_clock_now_ns() + patience_ns;

    while (!holds(self)) {
        if (vg_clock_now_ns() > until)
            fail_msg("waited in vain; log: " VG_FMT, VG_ARG(vg_buf_bytes(&self->log)));
        door_turn(self);
    }
}

void door_expect_log(door *self, const char *wanted)
{
    uint64_t until = vg_clock_now_ns() + patience_ns;

    while (!vg_slice_is_str(vg_buf_bytes(&self->log), wanted)) {
        if (vg_clock_now_ns() > until || self->log.len > strlen(wanted))
            fail_msg("log: \"" VG_FMT "\", wanted \"%s\"", VG_ARG(vg_buf_bytes(&self->log)),
                     wanted);
        door_turn(self);
    }
    vg_buf_clear(&self->log);
}

uint64_t door_count(const door *self, vg_metric metric)
{
    return vg_metrics_read(self->metrics, metric, (vg_cell){0});
}

/* --- clients --------------------------------------------------------------------------------- */

void client_connect(client *self, door *of)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)vg_listener_port(of->listener))};
    int on = 1;

    *self = (client){.door = of, .says = ""};
    self->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(self->fd >= 0);
    setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    assert_int_equal(connect(self->fd, (struct sockaddr *)&at, sizeof(at)), 0);
}

void client_open(client *self, door *of)
{
    client_connect(self, of);
    wire_open(self);
}

void client_close(client *self)
{
    wire_close(self);
    close(self->fd);
    vg_buf_fini(&self->got);
}

void client_send(client *self, vg_slice bytes)
{
    uint64_t until = vg_clock_now_ns() + patience_ns;

    while (bytes.len > 0) {
        ssize_t n = wire_send(self, bytes);

        if (n < 0 && errno != EAGAIN) {
            self->was_reset = true;
            return;
        }
        if (vg_clock_now_ns() > until)
            fail_msg("the gateway reads no more");
        bytes = vg_slice_skip(bytes, n > 0 ? (size_t)n : 0);
        door_turn(self->door);
    }
}

void client_push(client *self, vg_slice bytes)
{
    assert_int_equal(wire_send(self, bytes), bytes.len);
}

void client_shut(client *self)
{
    wire_shut(self);
}

/* Takes out "date: …\r\n" where it is whole. */
static void drop_dates(vg_buf *text)
{
    static const char mark[] = "\r\ndate: ";
    char *at;

    while (text->len > 0 && (at = memmem(text->at, text->len, mark, sizeof(mark) - 1)) != NULL) {
        size_t behind = text->len - (size_t)(at - text->at);
        char *end = memmem(at + 2, behind - 2, "\r\n", 2);

        if (end == NULL)
            return;
        memmove(at, end, text->len - (size_t)(end - text->at));
        text->len -= (size_t)(end - at);
    }
}

void client_receive(client *self)
{
    char *to = vg_buf_reserve(&self->got, 256 * 1024);
    ssize_t n = wire_receive(self, to, 256 * 1024);

    if (n > 0)
        self->got.len += (size_t)n;
    self->has_ended = n == 0 || (n < 0 && errno != EAGAIN);
    self->was_reset = self->was_reset || (n < 0 && errno == ECONNRESET);
}

/* '#' stands for the length of the last body. */
static void write_wanted(vg_buf *to, const char *wanted)
{
    const char *mark = strchr(wanted, '#');
    const char *body = wanted;

    for (const char *at = wanted; (at = strstr(at, "\r\n\r\n")) != NULL; at += 4)
        body = at + 4;
    if (mark == NULL)
        vg_buf_put(to, vg_slice_str(wanted));
    else
        vg_buf_printf(to, "%.*s%zu%s", (int)(mark - wanted), wanted, strlen(body), mark + 1);
}

void client_expect(client *self, const char *wanted)
{
    uint64_t until = vg_clock_now_ns() + patience_ns;
    vg_buf text;

    vg_buf_init(&text, 0);
    write_wanted(&text, wanted);
    for (;;) {
        drop_dates(&self->got);
        if (vg_slice_is(vg_buf_bytes(&self->got), vg_buf_bytes(&text)))
            break;
        if (self->has_ended || vg_clock_now_ns() > until)
            fail_msg("%s: got%s: \"" VG_FMT "\"\nwanted: \"" VG_FMT "\"", self->says,
                     self->has_ended ? ", then the end" : "", VG_ARG(vg_buf_bytes(&self->got)),
                     VG_ARG(vg_buf_bytes(&text)));
        door_turn(self->door);
        client_receive(self);
    }
    vg_buf_fini(&text);
    vg_buf_clear(&self->got);
}

void client_expect_end(client *self)
{
    uint64_t until = vg_clock_now_ns() + patience_ns;

    while (!self->has_ended) {
        if (vg_clock_now_ns() > until)
            fail_msg("%s: the connection did not end", self->says);
        door_turn(self->door);
        client_receive(self);
    }
    if (self->got.len > 0)
        fail_msg("%s: before the end came: \"" VG_FMT "\"", self->says,
                 VG_ARG(vg_buf_bytes(&self->got)));
}
