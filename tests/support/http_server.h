/* A server that misbehaves when asked to: HTTP/1.1 on loopback, a thread for each connection. The
 * path says what happens:
 *
 *     …/echo              200, the request as it came (head and body) as the body
 *     /ok                 200, {"ok":true}
 *     /status/404         that status, with {"status":{"error":"Not found: x"}}
 *     /large/1000         200, that many bytes, with their length
 *     /chunked/1000       200, that many bytes in chunks
 *     /no-length          200, a body that ends with the connection
 *     /farewell           the same, and TLS says that this is the end
 *     /extra              200, and a second reply that nobody asked for
 *     /unasked            200, and something more when the server is let go
 *     /sum                200, how many bytes the request's body has, and their sum
 *     /served             200, how many requests came before on this connection
 *     /early              413 before the body is read, then nothing, until the server is let go
 *     /deaf               the body is not read, until the server is let go
 *     /drip               200, a body written byte by byte
 *     /interim            100, then 200
 *     /trailer            200, chunks and a trailer field
 *     /fields/200         200, that many header fields
 *     /wide/40000         200, a header field with that many bytes
 *     /redirect           302 to /ok
 *     /bye                200, and the connection is closed without a word about it
 *     /once               the first request on a connection is answered, at the second it is closed
 *     /close              closed before the first byte
 *     /reset              reset before the first byte
 *     /truncated          the connection ends in the middle of the body
 *     /garbage            something that is not HTTP
 *     /hang               nothing, until the server is let go
 *     /half               half a reply, then nothing, until the server is let go */
#ifndef VG_TESTS_SUPPORT_HTTP_SERVER_H
#define VG_TESTS_SUPPORT_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct http_server http_server;

typedef struct http_server_parts {
    const char *cert_file; /* PEM with certificate and key: TLS. NULL: plain */
    bool is_silent;        /* accepts and then says nothing, until it is let go */
    int tls_most;          /* the newest version that it speaks; 0: the newest there is */
} http_server_parts;

typedef struct http_server_counts {
    int connections;  /* accepted */
    int requests;     /* read whole */
    int most_at_once; /* connections open at the same time */
    int open;         /* now */
    int resumed;      /* handshakes that went on with an earlier session */
} http_server_counts;

http_server *http_server_new(const http_server_parts *parts);
int http_server_port(const http_server *server);
http_server_counts http_server_count(http_server *server);
/* Waits until so many requests were read. */
void http_server_await(http_server *server, int requests);
void http_server_await_connections(http_server *server, int connections);
/* Those that hang end. */
void http_server_let_go(http_server *server);
/* Stops listening; connections stay. */
void http_server_hush(http_server *server);
/* Lets go, closes everything and waits for the threads. */
void http_server_free(http_server *server);

/* A self-signed certificate for `names` ("IP:127.0.0.1"), with its key, in one new PEM file. */
void http_server_make_cert(char path[64], const char *names);

#endif
