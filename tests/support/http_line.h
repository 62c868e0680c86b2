/* Between the server of http_server.h and its answers: one connection, on a thread of its own. */
#ifndef VG_TESTS_SUPPORT_HTTP_LINE_H
#define VG_TESTS_SUPPORT_HTTP_LINE_H

#include <pthread.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "tests/support/http_server.h"

struct http_line { /* one connection */
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

/* False: the other side is gone. */
bool http_line_put(struct http_line *line, const void *at, size_t len);
/* Until the server is let go; false. */
bool http_line_hang(struct http_line *line);

/* Answers the request that was read. False: the connection is over. */
bool http_line_serve(struct http_line *line);

#endif
