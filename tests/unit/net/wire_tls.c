/* Clients that speak HTTP through TLS, by OpenSSL, on the same thread as the listener. See door.h.
 */
#include "tests/unit/net/wire_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "tests/support/http_server.h"

static const uint64_t patience_ns = 20ull * 1000 * 1000 * 1000;

static SSL_CTX *context;
wire_rules wire_rule = {.names = "DNS:localhost"};

void wire_serve(door *self)
{
    static const vg_pool_size sizes[VG_POOLS] = {[VG_POOL_HANDSHAKE] = {2, 4096}};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_status status = {0};
    vg_tls_set *set;
    char path[64];
    vg_buf told;

    vg_buf_init(&told, 0);
    http_server_make_cert(path, wire_rule.names);
    set = vg_tls_set_read(
        &(vg_tls_conf){.certificate = vg_slice_str(path),
                       .key = vg_slice_str(path),
                       .client_ca = vg_slice_str(wire_rule.asks ? path : NULL),
                       .client_auth = wire_rule.asks ? VG_TLS_AUTH_OPTIONAL : VG_TLS_AUTH_NONE,
                       .tickets = true},
        arena, &told, &status);
    if (set == NULL)
        fail_msg(VG_FMT ": " VG_FMT, VG_ARG(status.where), VG_ARG(vg_status_what(&status)));
    assert_int_equal(told.len, 0);
    vg_buf_fini(&told);
    vg_arena_free(arena);
    self->pools = vg_pools_new(sizes);
    self->tls =
        vg_tls_new(self->pools, wire_rule.post != NULL ? wire_rule.post : vg_pools_post, set);
    context = SSL_CTX_new(TLS_client_method());
    if (wire_rule.shows)
        assert_true(SSL_CTX_use_certificate_file(context, path, SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1);
    unlink(path);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void wire_unserve(door *self)
{
    vg_pools_free(self->pools);
    vg_tls_free(self->tls);
    SSL_CTX_free(context);
}

/* As the calls of the system say it. */
static ssize_t answer_of(SSL *ssl, int result, size_t len)
{
    int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);

    if (error == SSL_ERROR_NONE)
        return (ssize_t)len;
    if (error == SSL_ERROR_ZERO_RETURN)
        return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        errno = EAGAIN;
    else if (error == SSL_ERROR_SSL || errno == 0)
        errno = ECONNRESET; /* the end without a word before it: the client was cut off */
    return -1;
}

static uint64_t handshakes(const door *self)
{
    vg_cell cell = {.outcome = VG_HANDSHAKE_NEW};

    return vg_metrics_read(self->metrics, VG_M_tls_handshakes_total, cell);
}

/* The client may have done its part before the gateway has. */
static void await_gateway(client *self, uint64_t before, uint64_t until)
{
    while (handshakes(self->door) == before && vg_clock_now_ns() < until)
        door_turn(self->door);
}

void wire_open(client *self)
{
    uint64_t before = handshakes(self->door);
    uint64_t until = vg_clock_now_ns() + patience_ns;
    SSL *ssl = SSL_new(context);
    int result = 1;

    self->session = ssl;
    fcntl(self->fd, F_SETFL, fcntl(self->fd, F_GETFL) | O_NONBLOCK);
    SSL_set_fd(ssl, self->fd);
    for (;;) {
        ERR_clear_error();
        result = SSL_connect(ssl);
        if (answer_of(ssl, result, 1) == 1) {
            await_gateway(self, before, until);
            return;
        }
        if (errno != EAGAIN) /* refused: whoever reads is told */
            return;
        if (vg_clock_now_ns() > until)
            fail_msg("the handshake does not end");
        door_turn(self->door);
    }
}

void wire_close(client *self)
{
    SSL_free(self->session);
    self->session = NULL;
}

ssize_t wire_send(client *self, vg_slice bytes)
{
    size_t all = 0, len = 0;
    int result = 1;

    ERR_clear_error();
    errno = 0;
    while (all < bytes.len &&
           (result = SSL_write_ex(self->session, bytes.at + all, bytes.len - all, &len)) == 1)
        all += len;
    return all > 0 ? (ssize_t)all : answer_of(self->session, result, 0);
}

ssize_t wire_receive(client *self, char *to, size_t room)
{
    size_t all = 0, len = 0;
    int result = 1;

    ERR_clear_error();
    errno = 0;
    while (all < room && (result = SSL_read_ex(self->session, to + all, room - all, &len)) == 1)
        all += len;
    return all > 0 ? (ssize_t)all : answer_of(self->session, result, 0);
}

void wire_shut(client *self)
{
    ERR_clear_error();
    SSL_shutdown(self->session);
}
