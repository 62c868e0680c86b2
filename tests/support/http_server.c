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

enum { MOST_CONNECTIONS = 4096, REQUEST_ROOM = 1 << 20 };

struct line { /* one connection */
    http_server *server;
    pthread_t thread;
    int fd;
    SSL *ssl;
    char *bytes; /* read, not used yet */
    size_t len;
    size_t request_len;
    int served;
    char path[256];
};

struct http_server {
    http_server_parts parts;
    SSL_CTX *tls;
    int fd;
    int port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    http_server_counts counts;
    int open;
    bool is_let_go;
    struct line lines[MOST_CONNECTIONS];
};

/* --- bytes ----------------------------------------------------------------------------------- */

static bool put(struct line *line, const void *at, size_t len)
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

static bool say(struct line *line, const char *text)
{
    return put(line, text, strlen(text));
}

static bool fill(struct line *line)
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

static bool read_request(struct line *line)
{
    const char *end;

    while ((end = strstr(line->bytes, "\r\n\r\n")) == NULL) {
        if (!fill(line))
            return false;
    }
    line->request_len = (size_t)(end + 4 - line->bytes) + body_length(line->bytes);
    while (line->len < line->request_len) {
        if (!fill(line))
            return false;
    }
    return sscanf(line->bytes, "%*s %255s", line->path) == 1;
}

static void drop_request(struct line *line)
{
    line->len -= line->request_len;
    memmove(line->bytes, line->bytes + line->request_len, line->len + 1);
}

/* --- answers --------------------------------------------------------------------------------- */

static bool answer(struct line *line, int status, const char *fields, const void *body, size_t len)
{
    char head[512];

    snprintf(head, sizeof head, "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n", status,
             len, fields);
    return say(line, head) && put(line, body, len);
}

static bool answer_text(struct line *line, int status, const char *fields, const char *text)
{
    return answer(line, status, fields, text, strlen(text));
}

static bool answer_many(struct line *line, size_t len)
{
    char *bytes = malloc(len + 1);
    bool good;

    memset(bytes, 'x', len);
    good = answer(line, 200, "", bytes, len);
    free(bytes);
    return good;
}

static bool answer_chunks(struct line *line, size_t len)
{
    char chunk[1024];
    char size[16];
    bool good = say(line, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

    memset(chunk, 'x', sizeof chunk);
    while (good && len > 0) {
        size_t now = len < sizeof chunk ? len : sizeof chunk;

        snprintf(size, sizeof size, "%zx\r\n", now);
        good = say(line, size) && put(line, chunk, now) && say(line, "\r\n");
        len -= now;
    }
    return good && say(line, "0\r\n\r\n");
}

static bool answer_fields(struct line *line, int count)
{
    char field[64];
    bool good = say(line, "HTTP/1.1 200 OK\r\n");

    for (int i = 0; good && i < count; i++) {
        snprintf(field, sizeof field, "X-Field-%d: %d\r\n", i, i);
        good = say(line, field);
    }
    return good && say(line, "Content-Length: 2\r\n\r\n{}");
}

static bool answer_wide(struct line *line, size_t len)
{
    char *field = malloc(len + 1);
    bool good;

    memset(field, 'w', len);
    field[len] = '\0';
    good = say(line, "HTTP/1.1 200 OK\r\nX-Wide: ") && say(line, field) &&
           say(line, "\r\nContent-Length: 2\r\n\r\n{}");
    free(field);
    return good;
}

static bool answer_drip(struct line *line)
{
    const char *text = "{\"a\":\"drop by drop\"}";
    bool good = say(line, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");

    for (; good && *text != '\0'; text++)
        good = put(line, text, 1);
    return good;
}

static bool hang(struct line *line)
{
    http_server *server = line->server;

    pthread_mutex_lock(&server->lock);
    while (!server->is_let_go)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
    return false;
}

static bool reset(struct line *line)
{
    struct linger now = {1, 0};

    setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return false;
}

/* What is answered with a fixed text; the connection stays when `stays`. */
static const struct {
    const char *path;
    const char *text;
    bool stays;
} fixed[] = {
    {"/no-length", "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}", false},
    {"/interim",
     "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
     true},
    {"/trailer",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n",
     true},
    {"/bye", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false},
    {"/close", "", false},
    {"/truncated", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut", false},
    {"/garbage", "what is this\r\n\r\n", false},
};

static bool is_path(const struct line *line, const char *path)
{
    return strcmp(line->path, path) == 0;
}

static bool begins(const struct line *line, const char *path)
{
    return strncmp(line->path, path, strlen(path)) == 0;
}

static bool ends(const struct line *line, const char *path)
{
    size_t len = strlen(line->path);

    return len >= strlen(path) && strcmp(line->path + len - strlen(path), path) == 0;
}

static int number(const struct line *line)
{
    return (int)strtol(strrchr(line->path, '/') + 1, NULL, 10);
}

static bool serve_numbered(struct line *line)
{
    if (begins(line, "/status/"))
        return answer_text(line, number(line), "Retry-After: 7\r\n",
                           "{\"status\":{\"error\":\"Not found: x\"},\"time\":0}");
    if (begins(line, "/large/"))
        return answer_many(line, (size_t)number(line));
    if (begins(line, "/chunked/"))
        return answer_chunks(line, (size_t)number(line));
    if (begins(line, "/fields/"))
        return answer_fields(line, number(line));
    if (begins(line, "/wide/"))
        return answer_wide(line, (size_t)number(line));
    return answer_text(line, 404, "", "");
}

/* False: the connection is over. */
static bool serve(struct line *line)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (is_path(line, fixed[i].path))
            return say(line, fixed[i].text) && fixed[i].stays;
    }
    if (ends(line, "/echo") || strstr(line->path, "/echo?") != NULL)
        return answer(line, 200, "X-Echo:  spaced \t\r\n", line->bytes, line->request_len);
    if (is_path(line, "/ok"))
        return answer_text(line, 200, "", "{\"ok\":true}");
    if (is_path(line, "/redirect"))
        return answer_text(line, 302, "Location: /ok\r\n", "");
    if (is_path(line, "/drip"))
        return answer_drip(line);
    if (is_path(line, "/once"))
        return line->served == 0 && answer_text(line, 200, "", "{\"ok\":true}");
    if (is_path(line, "/reset"))
        return reset(line);
    if (is_path(line, "/hang"))
        return hang(line);
    if (is_path(line, "/half"))
        return say(line, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half") && hang(line);
    return serve_numbered(line);
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
    server->open++;
    server->counts.connections++;
    if (server->open > server->counts.most_at_once)
        server->counts.most_at_once = server->open;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* Under the lock, so that nobody shuts a descriptor that is another's by then. */
static void hang_up(struct line *line)
{
    http_server *server = line->server;

    pthread_mutex_lock(&server->lock);
    close(line->fd);
    line->fd = -1;
    server->open--;
    pthread_mutex_unlock(&server->lock);
}

static void cut(struct line *line)
{
    pthread_mutex_lock(&line->server->lock);
    if (line->fd >= 0)
        shutdown(line->fd, SHUT_RDWR);
    pthread_mutex_unlock(&line->server->lock);
}

static bool shake_hands(struct line *line)
{
    if (line->server->tls == NULL)
        return true;
    line->ssl = SSL_new(line->server->tls);
    SSL_set_fd(line->ssl, line->fd);
    return SSL_accept(line->ssl) == 1;
}

static void converse(struct line *line)
{
    bool goes_on = true;

    while (goes_on && read_request(line)) {
        note_request(line->server);
        goes_on = serve(line);
        line->served++;
        drop_request(line);
    }
}

static void *live(void *arg)
{
    struct line *line = arg;

    line->bytes = calloc(1, REQUEST_ROOM);
    if (line->server->parts.is_silent)
        hang(line);
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
        struct line *line = &server->lines[server->counts.connections];

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
