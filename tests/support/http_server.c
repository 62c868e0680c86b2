/* See http_server.h. Reading is strict enough for what our own transport sends. */
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/check.h"
#include "tests/support/http_line.h"

enum { MOST_CONNECTIONS = 4096, REQUEST_ROOM = 16 << 20 };

struct http_server {
    http_server_parts parts;
    SSL_CTX *tls;
    int fd;
    int port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    http_server_counts counts;
    bool is_let_go;
    struct http_line lines[MOST_CONNECTIONS];
};

/* --- bytes ----------------------------------------------------------------------------------- */

bool http_line_put(struct http_line *line, const void *at, size_t len)
{
    const char *from = at;

    while (len > 0) {
        ssize_t n = line->ssl != NULL ? SSL_write(line->ssl, from, (int)len)
                                      : send(line->fd, from, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        from += n;
        len -= (size_t)n;
    }
    return true;
}

static bool fill(struct http_line *line)
{
    size_t room = REQUEST_ROOM - line->len - 1;
    ssize_t n = line->ssl != NULL ? SSL_read(line->ssl, line->bytes + line->len, (int)room)
                                  : recv(line->fd, line->bytes + line->len, room, 0);

    if (n <= 0)
        return false;
    line->len += (size_t)n;
    line->bytes[line->len] = '\0';
    return true;
}

static size_t body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");

    return at != NULL ? strtoul(at + 17, NULL, 10) : 0;
}

static bool read_request(struct http_line *line)
{
    const char *end;

    while ((end = strstr(line->bytes, "\r\n\r\n")) == NULL) {
        if (!fill(line))
            return false;
    }
    line->request_len = (size_t)(end + 4 - line->bytes);
    if (sscanf(line->bytes, "%*s %255s", line->path) != 1)
        return false;
    if (strcmp(line->path, "/early") == 0 || strcmp(line->path, "/deaf") == 0)
        return true;
    line->request_len += body_length(line->bytes);
    while (line->len < line->request_len) {
        if (!fill(line))
            return false;
    }
    return true;
}

static void drop_request(struct http_line *line)
{
    line->len -= line->request_len;
    memmove(line->bytes, line->bytes + line->request_len, line->len + 1);
}

/* --- waiting --------------------------------------------------------------------------------- */

bool http_line_hang(struct http_line *line)
{
    http_server *server = line->server;

    pthread_mutex_lock(&server->lock);
    while (!server->is_let_go)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
    return false;
}

/* --- connections ----------------------------------------------------------------------------- */

static void note_request(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->counts.requests++;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static void note_connection(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->counts.open++;
    server->counts.connections++;
    if (server->counts.open > server->counts.most_at_once)
        server->counts.most_at_once = server->counts.open;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* Under the lock, so that nobody shuts a descriptor that is another's by then. */
static void hang_up(struct http_line *line)
{
    http_server *server = line->server;

    pthread_mutex_lock(&server->lock);
    close(line->fd);
    line->fd = -1;
    server->counts.open--;
    pthread_mutex_unlock(&server->lock);
}

static void cut(struct http_line *line)
{
    pthread_mutex_lock(&line->server->lock);
    if (line->fd >= 0)
        shutdown(line->fd, SHUT_RDWR);
    pthread_mutex_unlock(&line->server->lock);
}

static bool shake_hands(struct http_line *line)
{
    if (line->server->tls == NULL)
        return true;
    line->ssl = SSL_new(line->server->tls);
    SSL_set_fd(line->ssl, line->fd);
    if (SSL_accept(line->ssl) != 1)
        return false;
    pthread_mutex_lock(&line->server->lock);
    line->server->counts.resumed += SSL_session_reused(line->ssl);
    pthread_mutex_unlock(&line->server->lock);
    return true;
}

static void converse(struct http_line *line)
{
    bool goes_on = true;

    while (goes_on && read_request(line)) {
        note_request(line->server);
        goes_on = http_line_serve(line);
        line->served++;
        drop_request(line);
    }
}

static void *live(void *arg)
{
    struct http_line *line = arg;

    line->bytes = calloc(1, REQUEST_ROOM);
    if (line->server->parts.is_silent)
        http_line_hang(line);
    else if (shake_hands(line))
        converse(line);
    if (line->ssl != NULL)
        SSL_free(line->ssl);
    free(line->bytes);
    hang_up(line);
    return NULL;
}

static void *accept_all(void *arg)
{
    http_server *server = arg;
    int one = 1;
    int fd;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        struct http_line *line = &server->lines[server->counts.connections];

        VG_CHECK(server->counts.connections < MOST_CONNECTIONS);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        line->server = server;
        line->fd = fd;
        note_connection(server);
        VG_CHECK(pthread_create(&line->thread, NULL, live, line) == 0);
    }
    return NULL;
}

/* --- its life -------------------------------------------------------------------------------- */

static void open_socket(http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    VG_CHECK(bind(server->fd, (struct sockaddr *)&address, len) == 0);
    VG_CHECK(listen(server->fd, 1024) == 0);
    VG_CHECK(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0);
    server->port = ntohs(address.sin_port);
}

static void open_tls(http_server *server)
{
    const char *file = server->parts.cert_file;

    if (file == NULL)
        return;
    server->tls = SSL_CTX_new(TLS_server_method());
    VG_CHECK(SSL_CTX_set_max_proto_version(server->tls, server->parts.tls_most) == 1);
    VG_CHECK(SSL_CTX_use_certificate_file(server->tls, file, SSL_FILETYPE_PEM) == 1);
    VG_CHECK(SSL_CTX_use_PrivateKey_file(server->tls, file, SSL_FILETYPE_PEM) == 1);
}

http_server *http_server_new(const http_server_parts *parts)
{
    http_server *server = calloc(1, sizeof *server);

    server->parts = *parts;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    open_tls(server);
    open_socket(server);
    VG_CHECK(pthread_create(&server->thread, NULL, accept_all, server) == 0);
    return server;
}

int http_server_port(const http_server *server)
{
    return server->port;
}

http_server_counts http_server_count(http_server *server)
{
    http_server_counts counts;

    pthread_mutex_lock(&server->lock);
    counts = server->counts;
    pthread_mutex_unlock(&server->lock);
    return counts;
}

void http_server_await(http_server *server, int requests)
{
    pthread_mutex_lock(&server->lock);
    while (server->counts.requests < requests)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

void http_server_await_connections(http_server *server, int connections)
{
    pthread_mutex_lock(&server->lock);
    while (server->counts.connections < connections)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

void http_server_let_go(http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->is_let_go = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

void http_server_hush(http_server *server)
{
    if (server->fd < 0)
        return;
    shutdown(server->fd, SHUT_RDWR); /* accept() ends */
    pthread_join(server->thread, NULL);
    close(server->fd);
    server->fd = -1;
}

void http_server_free(http_server *server)
{
    http_server_let_go(server);
    http_server_hush(server);
    for (int i = 0; i < server->counts.connections; i++) {
        cut(&server->lines[i]);
        pthread_join(server->lines[i].thread, NULL);
    }
    SSL_CTX_free(server->tls);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
