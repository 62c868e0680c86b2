/* JSON reading against simdjson's DOM, and number text against the C library, in one run: the ways
 * take turns, each figure is the median of its rounds.
 *
 *     bench_json [rounds]            (51)
 *
 * `read` is what a request costs that passes its vectors on as text. `floats` is reading plus a
 * float32 of every number, for a store that computes with them. An arena is made and freed each
 * time, as for a request; simdjson keeps its parser, as it advises. */
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json_numbers.h"
#include "tests/support/simdjson_peer.h"

enum { MOST_ROUNDS = 501, ROUND_BYTES = 4 << 20, ARENA_BYTES = 64 << 20, FLOATS = 100 * 1024 };

struct body {
    const char *name;
    vg_buf text; /* VG_JSON_PAD bytes behind it */
};

static simdjson_peer *peer;
static float floats[FLOATS];
static uint64_t chance = 88172645463325252;

static uint64_t next_chance(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

static float next_float(void)
{
    return ((float)(int64_t)next_chance() / 9.3e18f) * 0.2f;
}

/* ---- bodies ---- */

static void put_vector(vg_json_out *out, size_t dimension)
{
    vg_json_open_array(out);
    for (size_t i = 0; i < dimension; i++)
        vg_json_put_f32(out, next_float());
    vg_json_close_array(out);
}

static void make_search(vg_json_out *out, size_t dimension)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("vector"));
    put_vector(out, dimension);
    vg_json_put_key(out, VG_LIT("filter"));
    vg_json_put_raw(out, VG_LIT("{\"must\":[{\"key\":\"city\",\"match\":{\"value\":\"Berlin\"}},"
                                "{\"key\":\"price\",\"range\":{\"gte\":1.5,\"lt\":100}}]}"));
    vg_json_put_key(out, VG_LIT("limit"));
    vg_json_put_u64(out, 10);
    vg_json_put_key(out, VG_LIT("with_payload"));
    vg_json_put_bool(out, true);
    vg_json_close_object(out);
}

static void make_point(vg_json_out *out, uint64_t id)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("id"));
    vg_json_put_u64(out, id);
    vg_json_put_key(out, VG_LIT("vector"));
    put_vector(out, 768);
    vg_json_put_key(out, VG_LIT("payload"));
    vg_json_put_raw(out, VG_LIT("{\"title\":\"On the way to Köln\",\"year\":1999,\"tags\":[\"a\","
                                "\"bc\"],\"price\":12.5,\"open\":true}"));
    vg_json_close_object(out);
}

static void make_upsert(vg_json_out *out)
{
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("points"));
    vg_json_open_array(out);
    for (uint64_t id = 1; id <= 100; id++)
        make_point(out, id);
    vg_json_close_array(out);
    vg_json_close_object(out);
}

static void make_payloads(vg_json_out *out)
{
    vg_json_open_array(out);
    for (uint64_t id = 1; id <= 200; id++) {
        vg_json_open_object(out);
        vg_json_put_key(out, VG_LIT("id"));
        vg_json_put_u64(out, id);
        vg_json_put_key(out, VG_LIT("payload"));
        vg_json_put_raw(out, VG_LIT("{\"title\":\"On the \\\"way\\\" to Köln\",\"year\":1999,"
                                    "\"tags\":[\"a\",\"bc\",\"def\"],\"price\":12.5,\"open\":true,"
                                    "\"where\":{\"lat\":50.94,\"lon\":6.96},\"note\":null}"));
        vg_json_close_object(out);
    }
    vg_json_close_array(out);
}

static void make_bodies(struct body bodies[4])
{
    vg_json_out out;

    for (int i = 0; i < 4; i++) {
        vg_buf_init(&bodies[i].text, 0);
        out = (vg_json_out){.buf = &bodies[i].text};
        if (i == 0)
            make_search(&out, 4);
        else if (i == 1)
            make_search(&out, 1536);
        else if (i == 2)
            make_upsert(&out);
        else
            make_payloads(&out);
        VG_CHECK(vg_buf_reserve(&bodies[i].text, VG_JSON_PAD) != NULL);
    }
    bodies[0].name = "small search body";
    bodies[1].name = "search body, 1536-d";
    bodies[2].name = "upsert body, 100 x 768-d";
    bodies[3].name = "200 payloads, no vectors";
}

/* ---- the ways ---- */

static void read_ours(vg_slice text)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);

    VG_CHECK(vg_json_read(arena, text, VG_JSON_DEPTH, NULL) != NULL);
    vg_arena_free(arena);
}

static void read_theirs(vg_slice text)
{
    VG_CHECK(simdjson_peer_read(peer, text.at, text.len) == NULL);
}

/* Depth first, without recursion: down, along, or up and along. */
static const vg_json *next_node(const vg_json *v)
{
    if (v->first != NULL)
        return v->first;
    while (v != NULL && v->next == NULL)
        v = v->parent;
    return v == NULL ? NULL : v->next;
}

static void floats_ours(vg_slice text)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    const vg_json *v = vg_json_read(arena, text, VG_JSON_DEPTH, NULL);
    size_t n = 0;
    double real;

    for (; v != NULL; v = next_node(v)) {
        if (v->kind == VG_JSON_VECTOR && vg_json_read_floats(arena, v, floats + n, NULL))
            n += v->count;
        else if (v->kind == VG_JSON_NUMBER && vg_json_read_f64(arena, v, &real, NULL))
            floats[n++] = (float)real;
    }
    vg_arena_free(arena);
}

static void floats_theirs(vg_slice text)
{
    read_theirs(text);
    simdjson_peer_floats(peer, floats, FLOATS);
}

/* ---- measuring ---- */

typedef void way_fn(vg_slice text);

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *figures, int n)
{
    qsort(figures, (size_t)n, sizeof(*figures), by_size);
    return figures[n / 2];
}

/* Nanoseconds for one call. */
static double time_round(way_fn *way, vg_slice text)
{
    size_t times = ROUND_BYTES / text.len + 1;
    uint64_t began = vg_clock_now_ns();

    for (size_t i = 0; i < times; i++)
        way(text);
    return (double)(vg_clock_now_ns() - began) / (double)times;
}

static void compare(const char *what, const struct body *body, way_fn *ways[2], int rounds)
{
    static double figures[2][MOST_ROUNDS];
    vg_slice text = vg_buf_bytes(&body->text);
    double ours, theirs;

    for (int i = 0; i < rounds; i++)
        for (int w = 0; w < 2; w++)
            figures[w][i] = time_round(ways[w], text);
    ours = median(figures[0], rounds);
    theirs = median(figures[1], rounds);
    printf("%-7s %-26s %8zu B  ours %6.2f GB/s %9.0f ns   simdjson %6.2f GB/s %9.0f ns   %5.2f x\n",
           what, body->name, text.len, (double)text.len / ours, ours, (double)text.len / theirs,
           theirs, theirs / ours);
}

static void bench_reading(int rounds)
{
    struct body bodies[4];

    make_bodies(bodies);
    for (int i = 0; i < 4; i++)
        compare("read", &bodies[i], (way_fn *[2]){read_ours, read_theirs}, rounds);
    for (int i = 0; i < 4; i++)
        compare("floats", &bodies[i], (way_fn *[2]){floats_ours, floats_theirs}, rounds);
    for (int i = 0; i < 4; i++)
        vg_buf_fini(&bodies[i].text);
}

/* ---- checking number arrays ---- */

static vg_numbers_fn *scan_at_hand;

static void scan(vg_slice text)
{
    vg_numbers numbers;

    VG_CHECK(scan_at_hand(text.at + 1, text.at + text.len, &numbers));
}

static void bench_scans(int rounds)
{
    static double figures[4][MOST_ROUNDS];
    const vg_numbers_way *way;
    vg_buf text;
    vg_json_out out = {.buf = &text};

    vg_buf_init(&text, 0);
    put_vector(&out, 1536);
    VG_CHECK(vg_buf_reserve(&text, VG_JSON_PAD) != NULL);
    for (int i = 0; i < rounds; i++) {
        for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++) {
            scan_at_hand = way->scan;
            figures[w][i] = time_round(scan, vg_buf_bytes(&text));
        }
    }
    for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++)
        printf("check   %-26s %8zu B  %6.2f GB/s\n", way->name, text.len,
               (double)text.len / median(figures[w], rounds));
    vg_buf_fini(&text);
}

/* ---- writing and reading single floats ---- */

enum { SAMPLE = 20000 };

static float sample[SAMPLE];
static double real_sample[SAMPLE];
static char sample_text[SAMPLE][VG_FLOAT_TEXT];
static size_t sink;

static void write_ours(void)
{
    char text[VG_FLOAT_TEXT];

    for (int i = 0; i < SAMPLE; i++)
        sink += vg_float_write(sample[i], text);
}

static void write_library(void)
{
    char text[VG_FLOAT_TEXT];

    for (int i = 0; i < SAMPLE; i++)
        sink += (size_t)snprintf(text, sizeof(text), "%.9g", (double)sample[i]);
}

static void write_doubles_ours(void)
{
    char text[VG_FLOAT_TEXT];

    for (int i = 0; i < SAMPLE; i++)
        sink += vg_double_write(real_sample[i], text);
}

static void write_doubles_library(void)
{
    char text[VG_FLOAT_TEXT];

    for (int i = 0; i < SAMPLE; i++)
        sink += (size_t)snprintf(text, sizeof(text), "%.17g", real_sample[i]);
}

static void read_floats_ours(void)
{
    size_t bad;

    for (int i = 0; i < SAMPLE; i++)
        sink += vg_json_floats(vg_slice_of(sample_text[i], VG_FLOAT_TEXT), floats, 1, &bad);
}

static void read_floats_library(void)
{
    for (int i = 0; i < SAMPLE; i++)
        sink += strtof(sample_text[i] + 1, NULL) > 0;
}

static void make_sample(void)
{
    for (int i = 0; i < SAMPLE; i++) {
        char *text = sample_text[i];

        sample[i] = next_float();
        real_sample[i] = (double)(int64_t)next_chance() / 9.3e18;
        text[0] = '[';
        memcpy(text + 1 + vg_float_write(sample[i], text + 1), "]", 2);
    }
}

static void bench_floats(int rounds)
{
    static const struct {
        const char *what;
        void (*ours)(void), (*library)(void);
    } rows[] = {
        {"float32 to text, snprintf %.9g", write_ours, write_library},
        {"float64 to text, snprintf %.17g", write_doubles_ours, write_doubles_library},
        {"text to float32, strtof", read_floats_ours, read_floats_library},
    };
    static double figures[2][MOST_ROUNDS];

    make_sample();
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        for (int i = 0; i < rounds; i++) {
            uint64_t began = vg_clock_now_ns();
            uint64_t between;

            rows[r].ours();
            between = vg_clock_now_ns();
            rows[r].library();
            figures[0][i] = (double)(between - began) / SAMPLE;
            figures[1][i] = (double)(vg_clock_now_ns() - between) / SAMPLE;
        }
        printf("number  %-34s ours %6.1f ns   library %6.1f ns   %5.2f x\n", rows[r].what,
               median(figures[0], rounds), figures[1][rounds / 2],
               median(figures[1], rounds) / figures[0][rounds / 2]);
    }
}

int main(int argc, char **argv)
{
    uint64_t rounds = 51;

    if (argc > 1 &&
        (!vg_slice_u64(vg_slice_str(argv[1]), &rounds) || rounds == 0 || rounds > MOST_ROUNDS)) {
        fprintf(stderr, "bench_json [rounds, 1 to %d]\n", MOST_ROUNDS);
        return EXIT_FAILURE;
    }
    peer = simdjson_peer_new(VG_JSON_DEPTH);
    VG_CHECK(peer != NULL);
    printf("simdjson's kernel: %s; medians of %d rounds\n", simdjson_peer_kernel(), (int)rounds);
    bench_reading((int)rounds);
    bench_scans((int)rounds);
    bench_floats((int)rounds);
    simdjson_peer_free(peer);
    return sink == 0;
}
