/* What the server of http_server.h answers, by the path that it is asked for. */
#include "tests/support/http_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool say(struct http_line *line, const char *text)
{
    return http_line_put(line, text, strlen(text));
}

static bool answer(struct http_line *line, int status, const char *fields, const void *body,
                   size_t len)
{
    char head[2048];
    size_t used =
        (size_t)snprintf(head, sizeof head, "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n%s\r\n",
                         status, len, fields);

    if (len > sizeof head - used)
        return http_line_put(line, head, used) && http_line_put(line, body, len);
    memcpy(head + used, body, len); /* a small one goes in one piece, as servers do */
    return http_line_put(line, head, used + len);
}

static bool answer_text(struct http_line *line, int status, const char *fields, const char *text)
{
    return answer(line, status, fields, text, strlen(text));
}

static bool answer_many(struct http_line *line, size_t len)
{
    char *bytes = malloc(len + 1);
    bool good;

    memset(bytes, 'x', len);
    good = answer(line, 200, "", bytes, len);
    free(bytes);
    return good;
}

static bool answer_chunks(struct http_line *line, size_t len)
{
    char chunk[1024];
    char size[16];
    bool good = say(line, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

    memset(chunk, 'x', sizeof chunk);
    while (good && len > 0) {
        size_t now = len < sizeof chunk ? len : sizeof chunk;

        snprintf(size, sizeof size, "%zx\r\n", now);
        good = say(line, size) && http_line_put(line, chunk, now) && say(line, "\r\n");
        len -= now;
    }
    return good && say(line, "0\r\n\r\n");
}

static bool answer_fields(struct http_line *line, int count)
{
    char field[64];
    bool good = say(line, "HTTP/1.1 200 OK\r\n");

    for (int i = 0; good && i < count; i++) {
        snprintf(field, sizeof field, "X-Field-%d: %d\r\n", i, i);
        good = say(line, field);
    }
    return good && say(line, "Content-Length: 2\r\n\r\n{}");
}

static bool answer_wide(struct http_line *line, size_t len)
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

static bool answer_drip(struct http_line *line)
{
    const char *text = "{\"a\":\"drop by drop\"}";
    bool good = say(line, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");

    for (; good && *text != '\0'; text++)
        good = http_line_put(line, text, 1);
    return good;
}

static bool reset(struct http_line *line)
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
    {"/extra",
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
     "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
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

static bool answer_sum(struct http_line *line)
{
    const char *body = strstr(line->bytes, "\r\n\r\n") + 4;
    size_t len = line->request_len - (size_t)(body - line->bytes);
    unsigned sum = 0;
    char text[64];

    for (size_t i = 0; i < len; i++)
        sum = sum * 31 + (unsigned char)body[i];
    snprintf(text, sizeof text, "%zu %u", len, sum);
    return answer_text(line, 200, "", text);
}

static bool answer_served(struct http_line *line)
{
    char text[16];

    snprintf(text, sizeof text, "%d", line->served);
    return answer_text(line, 200, "", text);
}

static bool bid_farewell(struct http_line *line)
{
    if (say(line, "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}") && line->ssl != NULL)
        SSL_shutdown(line->ssl);
    return false;
}

static bool say_unasked(struct http_line *line)
{
    if (answer_text(line, 200, "", "{}"))
        http_line_hang(line);
    return say(line, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
}

static bool is_path(const struct http_line *line, const char *path)
{
    return strcmp(line->path, path) == 0;
}

static bool begins(const struct http_line *line, const char *path)
{
    return strncmp(line->path, path, strlen(path)) == 0;
}

static bool ends(const struct http_line *line, const char *path)
{
    size_t len = strlen(line->path);

    return len >= strlen(path) && strcmp(line->path + len - strlen(path), path) == 0;
}

static int number(const struct http_line *line)
{
    return (int)strtol(strrchr(line->path, '/') + 1, NULL, 10);
}

static bool serve_numbered(struct http_line *line)
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

static bool serve_other(struct http_line *line)
{
    if (is_path(line, "/sum"))
        return answer_sum(line);
    if (is_path(line, "/served"))
        return answer_served(line);
    if (is_path(line, "/farewell"))
        return bid_farewell(line);
    if (is_path(line, "/unasked"))
        return say_unasked(line);
    if (is_path(line, "/early"))
        return answer_text(line, 413, "", "too much") && http_line_hang(line);
    if (is_path(line, "/deaf"))
        return http_line_hang(line);
    return serve_numbered(line);
}

bool http_line_serve(struct http_line *line)
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
        return http_line_hang(line);
    if (is_path(line, "/half"))
        return say(line, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half") &&
               http_line_hang(line);
    return serve_other(line);
}
