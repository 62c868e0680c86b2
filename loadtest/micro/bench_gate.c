/* What it costs to find out who sends a request: a key among few and many, and a token of each
 * algorithm, verified and remembered. The ways take turns; each figure is the median of its rounds.
 *
 *     bench_gate [rounds]            (21)
 *
 * CPU time of one request. An arena is made and freed each time, as for a request: `nothing` is
 * that alone, with a gate that has no credentials. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/secret.h"
#include "gate/credential.h"
#include "tests/unit/gate/tokens.h"

enum { MOST_ROUNDS = 501, MANY = 1000, ARENA_BYTES = 1 << 20, TIMES = 2000, TIMES_VERIFIED = 200 };

static vg_key_row rows[MANY];
static char key[] = "key number 500 of the many keys";

struct way {
    const char *name;
    vg_credentials *credentials;
    const char *sent;
    bool is_verified; /* each time: what is remembered is forgotten before */
    double figures[MOST_ROUNDS];
};

static vg_credentials *make(const vg_credential_conf *conf)
{
    vg_credentials *credentials;
    vg_buf told;

    vg_buf_init(&told, 0);
    credentials = vg_credentials_new(conf, &told);
    VG_CHECK(credentials != NULL);
    vg_buf_fini(&told);
    return credentials;
}

/* The rows from `first` on. */
static vg_credentials *make_keys(uint32_t first, uint32_t count)
{
    const vg_credential_conf conf = {.has_one_tenant = true,
                                     .all = {.at = rows + first, .count = count}};

    return make(&conf);
}

static void make_rows(void)
{
    char text[64];

    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "key number %d of the many keys", i);
        rows[i] = (vg_key_row){.name = VG_LIT("app"),
                               .rights = VG_KEY_WRITE,
                               .tenant = VG_LIT("default"),
                               .from = VG_LIT("here")};
        VG_CHECK(vg_secret_sha256(vg_slice_str(text), rows[i].sha256));
    }
}

static vg_credentials *make_jwt(void)
{
    char path[] = "/tmp/bench-gate-XXXXXX";
    const char *text = text_named("JWKS");
    int fd = mkstemp(path);
    vg_credential_conf conf = {.has_one_tenant = true, .jwt_keys = vg_slice_str(path)};
    vg_credentials *credentials;

    VG_CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    conf.jwt_secret = vg_slice_str(text_named("SECRET"));
    credentials = make(&conf);
    close(fd);
    unlink(path);
    return credentials;
}

/* Of this process: others on the machine do not count. */
static uint64_t cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Nanoseconds for one request. */
static double time_round(vg_gate *gate, const struct way *way)
{
    int times = way->is_verified ? TIMES_VERIFIED : TIMES;
    const vg_gate_ask ask = {.api_key = vg_slice_str(way->sent), .now_ms = 1700000000000};
    uint64_t began;

    vg_gate_set(gate, way->credentials);
    began = cpu_ns();
    for (int i = 0; i < times; i++) {
        vg_arena *arena = vg_arena_new(ARENA_BYTES);
        vg_status status = {0};

        if (way->is_verified)
            vg_gate_set(gate, way->credentials);
        VG_CHECK(vg_gate_admit(gate, &ask, arena, &status) != NULL);
        vg_arena_free(arena);
    }
    return (double)(cpu_ns() - began) / times;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void bench(struct way *ways, int count, int rounds)
{
    vg_gate *gate = vg_gate_new(ways[0].credentials);

    for (int i = 0; i < rounds; i++)
        for (int w = 0; w < count; w++)
            ways[w].figures[i] = time_round(gate, &ways[w]);
    for (int w = 0; w < count; w++) {
        qsort(ways[w].figures, (size_t)rounds, sizeof(double), by_size);
        printf("%-34s %9.0f ns\n", ways[w].name, ways[w].figures[rounds / 2]);
    }
    vg_gate_free(gate);
}

int main(int argc, char **argv)
{
    static struct way ways[] = {
        {.name = "nothing (no credentials)"},
        {.name = "a key, 1 configured"},
        {.name = "a key, 1000 configured"},
        {.name = "a token, HS256, verified", .is_verified = true},
        {.name = "a token, HS256, remembered"},
        {.name = "a token, RS256, verified", .is_verified = true},
        {.name = "a token, RS256, remembered"},
        {.name = "a token, ES256, verified", .is_verified = true},
        {.name = "a token, ES256, remembered"},
    };
    enum { WAYS = sizeof ways / sizeof ways[0] };
    static const char *const tokens[] = {"FULL", "RS_A_KID", "ES_A_KID"};
    uint64_t rounds = 21;

    if (argc > 1 &&
        (!vg_slice_u64(vg_slice_str(argv[1]), &rounds) || rounds == 0 || rounds > MOST_ROUNDS)) {
        fprintf(stderr, "bench_gate [rounds, 1 to %d]\n", MOST_ROUNDS);
        return EXIT_FAILURE;
    }
    make_rows();
    for (int w = 0; w < WAYS; w++)
        ways[w].sent = w < 3 ? key : text_named(tokens[(w - 3) / 2]);
    ways[0].credentials = make_keys(0, 0);
    ways[1].credentials = make_keys(500, 1);
    ways[2].credentials = make_keys(0, MANY);
    for (int w = 3; w < WAYS; w++)
        ways[w].credentials = make_jwt();
    printf("CPU of one request, medians of %d rounds\n", (int)rounds);
    bench(ways, WAYS, (int)rounds);
    for (int w = 0; w < WAYS; w++)
        vg_credentials_let_go(ways[w].credentials);
    return EXIT_SUCCESS;
}
