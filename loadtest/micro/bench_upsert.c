/* Durable points a second through the store's writer, beside what the disk does by itself: a write
 * of the same bytes and fdatasync. In a directory under TMPDIR, which should be on the disk that is
 * meant.
 *
 *     bench_upsert           batches of 1, 100 and 1 000 points of 100 floats; 1 and 16 clients */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/read.h"

enum { SIZE = 100, MOST_CLIENTS = 16 };
#define RUN_NS 2000000000U

typedef struct client {
    pthread_t thread;
    vg_store *store;
    uint64_t first_id, points;
    uint32_t batch;
    uint64_t until_ns;
} client;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench_upsert: %s\n", what);
    exit(1);
}

static void end(vg_work *work)
{
    sem_post(work->carrier);
}

static void write_one(client *c, sem_t *ended)
{
    vg_arena *arena = vg_arena_new(64 << 20);
    vg_write write = {.arena = arena, .work = {.finished = end, .carrier = ended}};
    vg_table *table = vg_store_find(c->store, VG_LIT("c"), arena, &write.status);
    vg_point *points = VG_TAKE_N(arena, vg_point, c->batch);
    vg_vector *vectors = VG_TAKE_N(arena, vg_vector, c->batch);
    float *floats = VG_TAKE_N(arena, float, SIZE * c->batch);
    const vg_update upsert = {.kind = VG_OP_UPSERT, .points = points, .point_count = c->batch};
    vg_queue *queue = vg_store_queue(c->store);

    for (uint32_t i = 0; i < c->batch; i++) {
        uint64_t id = c->first_id + c->points + i;

        for (uint32_t k = 0; k < SIZE; k++)
            floats[i * SIZE + k] = (float)(id * (k + 1) % 1000);
        vectors[i] = (vg_vector){.form = VG_VECTOR_F32,
                                 .bytes = {(char *)&floats[i * SIZE], SIZE * sizeof(float)},
                                 .count = SIZE};
        points[i] = (vg_point){.id = {.kind = VG_ID_NUM, .num = id},
                               .vectors = &vectors[i],
                               .vector_count = 1,
                               .payload = VG_LIT("{\"city\":\"Berlin\",\"count\":42}")};
    }
    if (!table || !vg_write_prepare_updates(&write, table, &upsert, 1, true) ||
        !queue->post(queue, &write.work))
        give_up("a write was refused");
    while (sem_wait(ended) != 0)
        continue;
    if (write.status.code != VG_OK)
        give_up("a write failed");
    c->points += c->batch;
    vg_table_let(table);
    vg_arena_free(arena);
}

static void *be_client(void *arg)
{
    client *c = arg;
    sem_t ended;

    sem_init(&ended, 0, 0);
    while (vg_clock_now_ns() < c->until_ns)
        write_one(c, &ended);
    sem_destroy(&ended);
    return NULL;
}

static double run_clients(vg_store *store, uint32_t clients, uint32_t batch)
{
    static client all[MOST_CLIENTS];
    static uint64_t round;
    uint64_t begin = vg_clock_now_ns(), points = 0;

    for (uint32_t i = 0; i < clients; i++) {
        all[i] = (client){.store = store,
                          .first_id = (round * MOST_CLIENTS + i) << 32,
                          .batch = batch,
                          .until_ns = begin + RUN_NS};
        if (pthread_create(&all[i].thread, NULL, be_client, &all[i]) != 0)
            give_up("no thread");
    }
    for (uint32_t i = 0; i < clients; i++) {
        pthread_join(all[i].thread, NULL);
        points += all[i].points;
    }
    round++;
    return (double)points * 1e9 / (double)(vg_clock_now_ns() - begin);
}

/* Syncs a second of `bytes` that are appended to a file. */
static double bare_rate(const char *dir, size_t bytes)
{
    char path[160];
    char *data = calloc(1, bytes);
    uint64_t begin, syncs = 0;
    int fd;

    snprintf(path, sizeof path, "%s/bare", dir);
    fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (fd < 0 || !data)
        give_up("no file");
    begin = vg_clock_now_ns();
    while (vg_clock_now_ns() < begin + RUN_NS / 4) {
        if (write(fd, data, bytes) != (ssize_t)bytes || fdatasync(fd) != 0)
            give_up("the disk fails");
        syncs++;
    }
    close(fd);
    free(data);
    return (double)syncs * 1e9 / (double)(vg_clock_now_ns() - begin);
}

static void create(vg_store *store)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_vector_params vector = {.size = SIZE, .distance = VG_COSINE};
    vg_collection_spec spec = {.vectors = &vector, .vector_count = 1};
    sem_t ended;
    vg_write write = {.kind = VG_WRITE_CREATE,
                      .arena = arena,
                      .name = VG_LIT("c"),
                      .spec = &spec,
                      .work = {.finished = end, .carrier = &ended}};

    sem_init(&ended, 0, 0);
    if (!vg_store_queue(store)->post(vg_store_queue(store), &write.work))
        give_up("no queue");
    while (sem_wait(&ended) != 0)
        continue;
    sem_destroy(&ended);
    vg_arena_free(arena);
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int main(void)
{
    static const uint32_t batches[] = {1, 100, 1000}, clients[] = {1, MOST_CLIENTS};
    const char *tmp = getenv("TMPDIR");
    char dir[128];
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_status status = {0};
    vg_store *store;

    snprintf(dir, sizeof dir, "%s/vg-upsert-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        give_up("no directory");
    store = vg_store_open(
        &(vg_store_conf){.directory = vg_slice_str(dir), .queue_max = 1024, .wal_bytes = 64 << 20},
        arena, &status);
    if (!store)
        give_up("no store");
    create(store);
    for (int b = 0; b < 3; b++) {
        double bare = bare_rate(dir, batches[b] * (SIZE * sizeof(float) + 64));

        for (int c = 0; c < 2; c++)
            printf("batches of %4" PRIu32 ", %2" PRIu32 " clients: %8.0f points/s; bare fdatasync "
                   "of one batch: %7.0f/s = %8.0f points/s\n",
                   batches[b], clients[c], run_clients(store, clients[c], batches[b]), bare,
                   bare * batches[b]);
    }
    vg_store_close(store);
    vg_arena_free(arena);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
