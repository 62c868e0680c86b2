/* Puts every row of a file as a point, in batches over kept connections, and tells how long that
 * took. All bodies are made before the clock starts.
 *
 *     put_points ROWS DIMENSIONS PAYLOADS BATCH CONNECTIONS HOST PORT PATH
 *
 * ROWS holds rows of float32, little-endian, no header; row i becomes the point of id i + 1.
 * PAYLOADS holds one JSON object a line for each row. PATH is that of the request, `wait` and all.
 * A connection is a thread; each takes the next batch when its last one was answered. Prints one
 * line of JSON:
 *     {"points":…,"began":…,"ended":…,"p50_us":…,"p99_us":…,"failures":…}
 * where points are those acknowledged with a 200, began and ended are seconds of CLOCK_MONOTONIC,
 * and a failure is any answer but a 200, or none. */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 256, HEAD_MOST = 4096, ANSWER_MOST = 1 << 16 };

typedef struct batch {
    char *request;
    size_t bytes;
    size_t points;
    double taken_us; /* below 0: it failed */
} batch;

typedef struct job {
    const char *host, *port, *path;
    batch *batches;
    size_t count;
    atomic_size_t next;
} job;

static void fail(const char *what)
{
    fprintf(stderr, "put_points: %s\n", what);
    exit(EXIT_FAILURE);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the requests ---- */

/* The next point of the files into `out`; false when there is none. Nine digits give a float32
 * back. */
static bool write_point(FILE *out, FILE *rows, FILE *payloads, size_t dimensions, size_t id)
{
    static char line[1 << 16];
    static float row[1 << 16];

    if (fread(row, sizeof *row, dimensions, rows) != dimensions)
        return false;
    if (fgets(line, sizeof line, payloads) == NULL)
        fail("there are fewer payloads than rows");
    line[strcspn(line, "\n")] = '\0';
    fprintf(out, "{\"id\":%zu,\"payload\":%s,\"vector\":[", id, line);
    for (size_t i = 0; i < dimensions; i++)
        fprintf(out, i > 0 ? ",%.9g" : "%.9g", (double)row[i]);
    fprintf(out, "]}");
    return true;
}

static batch with_head(const job *j, const char *body, size_t bytes, size_t points)
{
    batch one = {.points = points};
    FILE *out = open_memstream(&one.request, &one.bytes);

    if (out == NULL)
        fail("no memory");
    fprintf(out,
            "PUT %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\n\r\n",
            j->path, j->host, j->port, bytes);
    fwrite(body, 1, bytes, out);
    if (fclose(out) != 0)
        fail("no memory");
    return one;
}

/* One request of up to `most` points from `id` on; of 0 points when there are no more. */
static batch make_batch(const job *j, FILE *files[2], size_t dimensions, size_t most, size_t id)
{
    char *body = NULL;
    size_t bytes = 0, points = 0;
    FILE *out = open_memstream(&body, &bytes);
    batch made;

    if (out == NULL)
        fail("no memory");
    fputs("{\"points\":[", out);
    while (points < most) {
        long before = ftell(out);

        if (points > 0)
            fputc(',', out);
        if (!write_point(out, files[0], files[1], dimensions, id + points)) {
            fseek(out, before, SEEK_SET);
            break;
        }
        points++;
    }
    fputs("]}", out);
    if (fclose(out) != 0)
        fail("no memory");
    made = with_head(j, body, bytes, points);
    free(body);
    return made;
}

static void make_batches(job *j, FILE *files[2], size_t dimensions, size_t most)
{
    size_t room = 0, id = 1;

    for (;;) {
        batch one = make_batch(j, files, dimensions, most, id);

        if (one.points == 0) {
            free(one.request);
            return;
        }
        if (j->count == room) {
            room = room > 0 ? 2 * room : 64;
            j->batches = realloc(j->batches, room * sizeof *j->batches);
        }
        if (j->batches == NULL)
            fail("no memory");
        j->batches[j->count++] = one;
        id += one.points;
    }
}

/* ---- one connection ---- */

static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int one = 1, fd = -1;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    fd = socket(found->ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static bool send_all(int fd, const char *at, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent = send(fd, at, bytes, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        bytes -= (size_t)sent;
    }
    return true;
}

/* How many bytes the answer will have, from its head; 0 if that cannot be told. */
static size_t answer_bytes(char *text, const char *body)
{
    for (char *line = strstr(text, "\r\n"); line != NULL && line < body;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "content-length:", 15) == 0)
            return (size_t)(body - text) + strtoul(line + 17, NULL, 10);
    return 0;
}

/* Reads one answer whole: is it a 200? An answer without a length, or longer than any to an upsert,
 * is none. */
static bool read_answer(int fd)
{
    static _Thread_local char text[ANSWER_MOST + 1];
    size_t have = 0, need = 0;

    while (need == 0 || have < need) {
        ssize_t got = need > ANSWER_MOST ? 0 : recv(fd, text + have, ANSWER_MOST - have, 0);
        char *end;

        if (got <= 0)
            return false;
        have += (size_t)got;
        text[have] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (need == 0 && end != NULL && (need = answer_bytes(text, end + 4)) == 0)
            return false;
    }
    return strncmp(text, "HTTP/1.1 200", 12) == 0;
}

static void *run(void *arg)
{
    job *j = arg;
    int fd = connect_to(j->host, j->port);
    size_t at;

    while ((at = atomic_fetch_add(&j->next, 1)) < j->count) {
        batch *one = &j->batches[at];
        double began = now_s();
        bool good = fd >= 0 && send_all(fd, one->request, one->bytes) && read_answer(fd);

        one->taken_us = good ? 1e6 * (now_s() - began) : -1;
        if (!good) { /* what is left in the socket belongs to nobody */
            if (fd >= 0)
                close(fd);
            fd = connect_to(j->host, j->port);
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* ---- all of them ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void tell(const job *j, double began, double ended)
{
    double *taken = malloc((j->count + 1) * sizeof *taken);
    size_t points = 0, good = 0;

    if (taken == NULL)
        fail("no memory");
    for (size_t i = 0; i < j->count; i++) {
        if (j->batches[i].taken_us < 0)
            continue;
        taken[good++] = j->batches[i].taken_us;
        points += j->batches[i].points;
    }
    taken[good] = 0;
    qsort(taken, good, sizeof *taken, by_value);
    printf("{\"points\":%zu,\"began\":%.6f,\"ended\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
           "\"failures\":%zu}\n",
           points, began, ended, taken[good / 2], taken[good * 99 / 100], j->count - good);
    free(taken);
}

static void run_all(job *j, size_t connections)
{
    pthread_t threads[CONNECTIONS_MOST];

    for (size_t i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, run, j) != 0)
            fail("no thread");
    for (size_t i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    size_t dimensions = argc == 9 ? strtoul(argv[2], NULL, 10) : 0;
    size_t most = argc == 9 ? strtoul(argv[4], NULL, 10) : 0;
    size_t connections = argc == 9 ? strtoul(argv[5], NULL, 10) : 0;
    double began;
    job j = {0};
    FILE *files[2];

    if (dimensions == 0 || dimensions > 1 << 16 || most == 0 || connections == 0 ||
        connections > CONNECTIONS_MOST)
        fail("ROWS DIMENSIONS PAYLOADS BATCH CONNECTIONS HOST PORT PATH");
    files[0] = fopen(argv[1], "rb");
    files[1] = fopen(argv[3], "rb");
    if (files[0] == NULL || files[1] == NULL)
        fail("cannot open a file");
    j.host = argv[6];
    j.port = argv[7];
    j.path = argv[8];
    make_batches(&j, files, dimensions, most);
    began = now_s();
    run_all(&j, connections);
    tell(&j, began, now_s());
    for (size_t i = 0; i < j.count; i++)
        free(j.batches[i].request);
    free(j.batches);
    fclose(files[0]);
    fclose(files[1]);
    return EXIT_SUCCESS;
}
