/* Stands for a Qdrant that needs no time: one thread on epoll that reads each request whole and
 * answers it from memory, by its method and path alone. Cheaper than any proxy that is measured
 * before it.
 *
 *     stub PORT ANSWERS
 *
 * ANSWERS has a line `METHOD PATH BODY` for each answer, of JSON and with 200; all else gets 404.
 * What is behind a '?' does not matter. GET /counted answers how many requests with a body were
 * read whole. Listens on loopback only. Chunked bodies and heads over 8 KiB end the connection: no
 * peer sends them here. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWERS_MOST = 64, HEAD_MOST = 8192, READ_MOST = 1 << 18, EVENTS_MOST = 256 };

typedef struct answer {
    char *wanted; /* "METHOD PATH" */
    char *text;   /* head and body */
    size_t bytes;
} answer;

typedef struct conn {
    int fd;
    size_t body_left;     /* of the request that is being read */
    const answer *answer; /* to it; NULL: its head is not here yet */
    size_t have;          /* bytes of an unfinished head */
    char head[HEAD_MOST];
} conn;

static answer answers[ANSWERS_MOST + 1]; /* the last stands for all that is not there */
static size_t answers_count;
static unsigned long counted;
static char buffer[HEAD_MOST + READ_MOST];

static void fail(const char *what)
{
    fprintf(stderr, "stub: ");
    perror(what);
    exit(EXIT_FAILURE);
}

/* ---- answers ---- */

static void make_answer(answer *a, const char *status, const char *body)
{
    size_t room = strlen(body) + 256;
    int length;

    free(a->text);
    a->text = malloc(room);
    if (!a->text)
        fail("memory");
    length =
        snprintf(a->text, room,
                 "HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
                 status, strlen(body), body);
    a->bytes = (size_t)length;
}

static void read_answers(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;

    if (!file)
        fail(path);
    while (answers_count < ANSWERS_MOST && getline(&line, &room, file) > 0) {
        char *body;

        line[strcspn(line, "\n")] = '\0';
        body = strchr(line, ' ');
        body = body ? strchr(body + 1, ' ') : NULL;
        if (!body)
            continue;
        *body = '\0';
        answers[answers_count].wanted = strdup(line);
        make_answer(&answers[answers_count++], "200 OK", body + 1);
    }
    free(line);
    fclose(file);
    make_answer(&answers[answers_count], "404 Not Found", "");
}

/* `head` begins with "METHOD PATH", which ends where `wanted` does. */
static const answer *find_answer(const char *head)
{
    static answer count;

    for (size_t i = 0; i < answers_count; i++) {
        size_t length = strlen(answers[i].wanted);

        if (strncmp(head, answers[i].wanted, length) == 0 && strchr(" ?", head[length]))
            return &answers[i];
    }
    if (strncmp(head, "GET /counted ", 13) == 0) {
        char text[32];

        snprintf(text, sizeof text, "%lu", counted);
        make_answer(&count, "200 OK", text);
        return &count;
    }
    return &answers[answers_count];
}

/* ---- requests ---- */

/* Of a head that ends with a zero; false: it has none that we read. */
static bool read_length(const char *head, size_t *length)
{
    *length = 0;
    for (const char *line = strchr(head, '\n'); line; line = strchr(line, '\n')) {
        line++;
        if (strncasecmp(line, "content-length:", 15) == 0)
            *length = strtoul(line + 15, NULL, 10);
        else if (strncasecmp(line, "transfer-encoding:", 18) == 0)
            return false;
    }
    return true;
}

/* Takes a head from the front of `text`. Answers how many bytes that are; 0: more are needed, or it
 * is no good, which `bad` says. */
static size_t take_head(conn *c, char *text, size_t bytes, bool *bad)
{
    char *end = memmem(text, bytes, "\r\n\r\n", 4);

    if (!end) {
        *bad = bytes > HEAD_MOST;
        return 0;
    }
    end[2] = '\0';
    c->answer = find_answer(text);
    *bad = !read_length(text, &c->body_left);
    counted += c->body_left > 0;
    return *bad ? 0 : (size_t)(end - text) + 4;
}

/* All that was read, a part of a head before it. False: the connection is to end. */
static bool feed(conn *c, char *text, size_t bytes)
{
    bool bad = false;

    for (;;) {
        size_t taken;

        if (!c->answer) {
            taken = take_head(c, text, bytes, &bad);
            if (!taken)
                break;
        } else {
            taken = c->body_left < bytes ? c->body_left : bytes;
            c->body_left -= taken;
        }
        text += taken;
        bytes -= taken;
        if (c->body_left && bytes)
            continue;
        if (c->body_left)
            return true;
        if (send(c->fd, c->answer->text, c->answer->bytes, MSG_NOSIGNAL) !=
            (ssize_t)c->answer->bytes)
            return false;
        c->answer = NULL;
    }
    if (!bad)
        memcpy(c->head, text, c->have = bytes);
    return !bad;
}

static void on_readable(conn *c)
{
    ssize_t got;

    memcpy(buffer, c->head, c->have);
    got = recv(c->fd, buffer + c->have, READ_MOST, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got > 0) {
        size_t bytes = c->have + (size_t)got;

        c->have = 0;
        if (feed(c, buffer, bytes))
            return;
    }
    close(c->fd);
    free(c);
}

/* ---- connections ---- */

static int listen_at(unsigned long port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0)
        fail("listen");
    return fd;
}

static void on_connection(int poll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
    conn *c = fd < 0 ? NULL : calloc(1, sizeof *c);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    if (!c)
        return;
    c->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

int main(int count, char **arguments)
{
    struct epoll_event events[EVENTS_MOST], first = {.events = EPOLLIN};
    int poll = epoll_create1(0), listener;

    if (count != 3) {
        fprintf(stderr, "usage: stub PORT ANSWERS\n");
        return EXIT_FAILURE;
    }
    read_answers(arguments[2]);
    listener = listen_at(strtoul(arguments[1], NULL, 10));
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &first);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS_MOST, -1);

        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                on_readable(events[i].data.ptr);
            else
                on_connection(poll, listener);
        }
    }
}
