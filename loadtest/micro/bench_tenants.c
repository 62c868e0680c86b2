/* What a tenant's store costs while it is open and nobody uses it: memory, threads, descriptors;
 * and what its users wait for: making it, opening it, entering it. In a directory under TMPDIR,
 * which should be on the disk that is meant.
 *
 *     bench_tenants          1, 64 and 256 tenants with one collection of 100 points of 100 floats
 */
#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/read.h"
#include "engine/stores.h"

enum { SIZE = 100, POINTS = 100, MOST = 256, ENTERS = 1000000 };

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench_tenants: %s\n", what);
    exit(1);
}

static void end(vg_work *work)
{
    sem_post(work->carrier);
}

static void wait_for(vg_queue *queue, vg_work *work)
{
    sem_t ended;

    sem_init(&ended, 0, 0);
    work->finished = end;
    work->carrier = &ended;
    if (!queue->post(queue, work))
        give_up("a queue is full");
    while (sem_wait(&ended) != 0)
        continue;
    sem_destroy(&ended);
}

/* ---- what the process has ---- */

static uint64_t pss_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    unsigned long kib = 0;
    char line[256];

    while (file && fgets(line, sizeof line, file) && sscanf(line, "Pss: %lu", &kib) != 1)
        continue;
    if (file)
        fclose(file);
    return kib;
}

static uint32_t entries(const char *path)
{
    DIR *dir = opendir(path);
    uint32_t count = 0;

    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

/* ---- what is done in a tenant's store ---- */

static void fill(vg_store *store, vg_arena *arena)
{
    static float floats[POINTS * SIZE];
    const vg_vector_params params = {.size = SIZE, .distance = VG_DOT, .on_disk = -1};
    const vg_collection_spec spec = {.vectors = &params, .vector_count = 1};
    vg_write create = {.kind = VG_WRITE_CREATE, .arena = arena, .name = VG_LIT("c"), .spec = &spec};
    vg_write put = {.arena = arena};
    vg_point *points = VG_TAKE_N(arena, vg_point, POINTS);
    vg_vector *vectors = VG_TAKE_N(arena, vg_vector, POINTS);
    const vg_update upsert = {.kind = VG_OP_UPSERT, .points = points, .point_count = POINTS};
    vg_table *table;

    wait_for(vg_store_queue(store), &create.work);
    table = vg_store_find(store, VG_LIT("c"), arena, &put.status);
    for (uint32_t i = 0; i < POINTS; i++) {
        vectors[i] = (vg_vector){.form = VG_VECTOR_F32,
                                 .bytes = {(char *)&floats[i * SIZE], SIZE * sizeof(float)},
                                 .count = SIZE};
        points[i] = (vg_point){.id = {.kind = VG_ID_NUM, .num = i},
                               .vectors = &vectors[i],
                               .vector_count = 1,
                               .payload = VG_LIT("{\"n\":1}")};
    }
    if (!table || !vg_write_prepare_updates(&put, table, &upsert, 1, true))
        give_up("a write cannot be prepared");
    wait_for(vg_store_queue(store), &put.work);
    vg_table_let(table);
    if (put.status.code != VG_OK)
        give_up("a write failed");
}

static void look(vg_store *store, vg_arena *arena)
{
    const vg_point_id id = {.kind = VG_ID_NUM, .num = 7};
    vg_status status = {0};
    vg_read read = {.store = store, .collection = VG_LIT("c"), .arena = arena, .status = &status};
    vg_op_input in = {.get = {.ids = &id, .count = 1}};
    vg_op_result out;

    in.get.with_payload.want = VG_PAYLOAD_ALL;
    if (!vg_read_get(&read, &in, &out) || out.points.count != 1)
        give_up("a read failed");
}

/* Answers the nanoseconds until the store was there. */
static uint64_t visit(vg_stores *stores, uint32_t number, vg_aim aim)
{
    vg_arena *arena = vg_arena_new(16 << 20);
    vg_visit visit = {.stores = stores, .aim = aim, .arena = arena};
    uint64_t began = vg_clock_now_ns(), took;

    visit.tenant = vg_arena_printf(arena, "tenant-%" PRIu32, number);
    if (!vg_stores_enter(&visit))
        wait_for(vg_stores_queue(stores), &visit.work);
    took = vg_clock_now_ns() - began;
    if (!visit.store)
        give_up("a store does not open");
    if (aim == VG_AIM_MAKE)
        fill(visit.store, arena);
    look(visit.store, arena);
    vg_arena_free(arena);
    vg_stores_leave(&visit);
    return took;
}

static double visit_all(vg_stores *stores, uint32_t count, vg_aim aim)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += visit(stores, i, aim);
    return (double)sum / count / 1e6;
}

static double enter_ns(vg_stores *stores)
{
    uint64_t began = vg_clock_now_ns();

    for (int i = 0; i < ENTERS; i++) {
        vg_visit visit = {.stores = stores, .tenant = VG_LIT("tenant-0")};

        if (!vg_stores_enter(&visit))
            give_up("an open store cannot be entered");
        vg_stores_leave(&visit);
    }
    return (double)(vg_clock_now_ns() - began) / ENTERS;
}

static vg_stores *open_set(const char *dir, vg_arena *arena)
{
    const vg_stores_conf conf = {
        .data_dir = vg_slice_str(dir), .queue_max = 1024, .wal_bytes = 64 << 20, .open_max = MOST};
    vg_status status = {0};
    vg_stores *stores = vg_stores_open(&conf, arena, &status);

    if (!stores)
        give_up("no stores");
    return stores;
}

static void measure(const char *dir, uint32_t count, vg_arena *arena)
{
    vg_stores *stores = open_set(dir, arena);
    double made_ms = visit_all(stores, count, VG_AIM_MAKE), open_ms, closed_ms;
    uint64_t kib, began;
    uint32_t threads, files;

    vg_stores_close(stores);
    stores = open_set(dir, arena);
    kib = pss_kib();
    threads = entries("/proc/self/task");
    files = entries("/proc/self/fd");
    open_ms = visit_all(stores, count, VG_AIM_USE);
    printf("%3" PRIu32 " tenants: made in %6.2f ms each, opened in %6.2f ms; each holds %4.0f KiB, "
           "%.1f threads, %.1f files; entered and left in %3.0f ns",
           count, made_ms, open_ms, (double)(pss_kib() - kib) / count,
           (double)(entries("/proc/self/task") - threads) / count,
           (double)(entries("/proc/self/fd") - files) / count, enter_ns(stores));
    began = vg_clock_now_ns();
    vg_stores_close(stores);
    closed_ms = (double)(vg_clock_now_ns() - began) / 1e6;
    printf("; all closed in %.0f ms\n", closed_ms);
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
    static const uint32_t counts[] = {1, 64, MOST};
    const char *tmp = getenv("TMPDIR");
    vg_arena *arena = vg_arena_new(1 << 20);

    for (int i = 0; i < 3; i++) {
        char dir[128];

        snprintf(dir, sizeof dir, "%s/vg-tenants-XXXXXX", tmp ? tmp : "/tmp");
        if (!mkdtemp(dir))
            give_up("no directory");
        measure(dir, counts[i], arena);
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    vg_arena_free(arena);
    return 0;
}
