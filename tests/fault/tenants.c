/* Tenants' stores without a server, for tests that lose power or calls: does what lines of stdin
 * say to the data directory of the first argument, of which two stores are open at once, and
 * answers a line for each.
 *
 *     make <tenant>                        the collection "c"
 *     put <tenant> <first id> <mark>       20 points with the payload {"n":<mark>}, in one write
 *     drop <tenant>                        the tenant
 *
 * "ok", or "no " and why. What was answered is on the disk. */
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "engine/stores.h"

enum { ARENA_BYTES = 16 << 20, BATCH = 20, LINE = 512, OPEN = 2 };

static void on_finished(vg_work *work)
{
    sem_post(work->carrier);
}

static bool wait_for(vg_queue *queue, vg_work *work)
{
    sem_t ended;
    bool takes;

    sem_init(&ended, 0, 0);
    work->finished = on_finished;
    work->carrier = &ended;
    takes = queue->post(queue, work);
    while (takes && sem_wait(&ended) != 0)
        continue;
    sem_destroy(&ended);
    return takes;
}

static vg_status queue_is_full(void)
{
    return (vg_status){.code = VG_OVERLOADED, .what = VG_LIT("a queue is full")};
}

static vg_status write_one(vg_store *store, vg_write *write)
{
    return wait_for(vg_store_queue(store), &write->work) ? write->status : queue_is_full();
}

static vg_status make(vg_visit *visit)
{
    const vg_vector_params params = {.size = 2, .distance = VG_DOT, .on_disk = -1};
    const vg_collection_spec spec = {.vectors = &params, .vector_count = 1};
    vg_write write = {
        .kind = VG_WRITE_CREATE, .arena = visit->arena, .name = VG_LIT("c"), .spec = &spec};

    return write_one(visit->store, &write);
}

static vg_status put(vg_visit *visit, uint64_t first, uint64_t mark)
{
    static const float floats[] = {1, 2};
    const vg_vector vector = {
        .form = VG_VECTOR_F32, .bytes = {(const char *)floats, sizeof floats}, .count = 2};
    vg_point points[BATCH];
    const vg_update upsert = {.kind = VG_OP_UPSERT, .points = points, .point_count = BATCH};
    vg_write write = {.arena = visit->arena};
    vg_table *table = vg_store_find(visit->store, VG_LIT("c"), visit->arena, &write.status);

    if (!table)
        return write.status;
    for (uint32_t i = 0; i < BATCH; i++)
        points[i] = (vg_point){
            .id = {.kind = VG_ID_NUM, .num = first + i},
            .vectors = &vector,
            .vector_count = 1,
            .payload = vg_arena_printf(visit->arena, "{\"n\":%" PRIu64 "}", mark),
        };
    if (vg_write_prepare_updates(&write, table, &upsert, 1, true))
        write.status = write_one(visit->store, &write);
    vg_table_let(table);
    return write.status;
}

static vg_status do_in_store(vg_visit *visit, const char *what, uint64_t first, uint64_t mark)
{
    if (!vg_stores_enter(visit) && !wait_for(vg_stores_queue(visit->stores), &visit->work))
        return queue_is_full();
    if (!visit->store)
        return visit->status;
    return strcmp(what, "put") == 0 ? put(visit, first, mark) : make(visit);
}

static vg_aim aim_of(const char *what)
{
    if (strcmp(what, "drop") == 0)
        return VG_AIM_DROP;
    return strcmp(what, "make") == 0 ? VG_AIM_MAKE : VG_AIM_USE;
}

static void do_line(vg_stores *stores, char *line)
{
    char what[8] = "", tenant[LINE] = "";
    uint64_t first = 0, mark = 0;
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_visit visit = {.stores = stores, .arena = arena};
    vg_status status;

    sscanf(line, "%7s %511s %" SCNu64 " %" SCNu64, what, tenant, &first, &mark);
    visit.tenant = vg_slice_str(tenant);
    visit.aim = aim_of(what);
    status = do_in_store(&visit, what, first, mark);
    if (status.code == VG_OK)
        puts("ok");
    else
        printf("no " VG_FMT "\n", VG_ARG(vg_status_what(&status)));
    fflush(stdout);
    vg_arena_free(arena);
    vg_stores_leave(&visit);
}

int main(int argc, char **argv)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_stores_conf conf = {.data_dir = vg_slice_str(argc > 1 ? argv[1] : ""),
                           .queue_max = 64,
                           .wal_bytes = 1 << 20,
                           .open_max = OPEN};
    vg_status status = {0};
    vg_stores *stores = vg_stores_open(&conf, arena, &status);
    char line[LINE];

    if (stores)
        puts("ok");
    else
        printf("no " VG_FMT "\n", VG_ARG(vg_status_what(&status)));
    fflush(stdout);
    while (stores && fgets(line, sizeof line, stdin))
        do_line(stores, line);
    vg_stores_close(stores);
    vg_arena_free(arena);
    return 0;
}
