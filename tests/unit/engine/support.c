/* See support.h. */
#include "support.h"

#include <ftw.h>
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

enum { ARENA_BYTES = 1 << 30 };

/* ---- directories ---- */

void make_directory(char *dir)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(dir, 64, "%s/vg-engine-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void remove_directory(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the store ---- */

vg_code bench_try_open(bench *b)
{
    vg_stores_conf conf = {
        .data_dir = vg_slice_str(b->dir),
        .queue_max = b->queue_max,
        .wal_bytes = b->wal_bytes,
        .open_max = b->open_max,
    };

    b->status = (vg_status){0};
    b->stores = vg_stores_open(&conf, b->arena, &b->status);
    b->store = b->stores ? vg_stores_default(b->stores) : NULL;
    assert_true((b->store != NULL) == (b->status.code == VG_OK));
    return b->status.code;
}

void bench_open(bench *b)
{
    if (bench_try_open(b) != VG_OK)
        fail_msg("the store does not open: " VG_FMT, VG_ARG(vg_status_what(&b->status)));
}

/* What was read holds collections until its arena goes. */
void bench_close(bench *b)
{
    vg_arena_free(b->arena);
    vg_stores_close(b->stores);
    b->stores = NULL;
    b->store = NULL;
    b->arena = vg_arena_new(ARENA_BYTES);
    assert_non_null(b->arena);
}

int bench_up(void **state)
{
    bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    vg_arena_set_total_cap((size_t)2 << 30);
    b->arena = vg_arena_new(ARENA_BYTES);
    b->queue_max = 1024;
    b->wal_bytes = 8 << 20;
    b->open_max = 64;
    make_directory(b->dir);
    bench_open(b);
    *state = b;
    return 0;
}

int bench_down(void **state)
{
    bench *b = *state;

    bench_close(b);
    vg_arena_free(b->arena);
    remove_directory(b->dir);
    free(b);
    return 0;
}

/* ---- files ---- */

void change_file(bench *b, const char *sql)
{
    char path[128];
    vg_sql *file;

    bench_close(b);
    snprintf(path, sizeof path, "%s/default/points.db", b->dir);
    file = vg_sql_open_writer(path, b->arena, &b->status);
    assert_non_null(file);
    if (!vg_sql_run(file, sql)) {
        vg_sql_trouble(file, "the test's statements", b->arena, &b->status);
        fail_msg(VG_FMT, VG_ARG(b->status.what));
    }
    vg_sql_close(file);
}

static const char format_1[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE collections(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    "size INTEGER NOT NULL, distance TEXT NOT NULL, on_disk INTEGER NOT NULL,"
    "hnsw_config TEXT NOT NULL, settings TEXT NOT NULL, operation INTEGER NOT NULL) STRICT;"
    "CREATE TABLE dropped(number INTEGER PRIMARY KEY) STRICT;"
    "CREATE TABLE points_2(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    "version INTEGER NOT NULL, payload TEXT NOT NULL, vector BLOB) STRICT;"
    "CREATE TABLE points_3(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    "version INTEGER NOT NULL, payload TEXT NOT NULL, vector BLOB) STRICT;"
    "CREATE TABLE points_1(row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    "version INTEGER NOT NULL, payload TEXT NOT NULL, vector BLOB) STRICT;"
    "INSERT INTO dropped VALUES(1);"
    "INSERT INTO collections VALUES(2,'dot',2,'Dot',1,'{\"m\":8}','{\"shard_number\":1}',5),"
    "(3,'cosine',3,'Cosine',-1,'','',0);"
    "INSERT INTO points_2(id,version,payload,vector) VALUES"
    "(x'010000000000000007',4,'{\"n\": 1}',x'0000803f00000040'),"
    "(x'03612074657874',5,'',NULL);"
    "PRAGMA application_id=1986490484;PRAGMA user_version=1;"
    "INSERT INTO meta VALUES('format','1')";

void make_format_1(bench *b)
{
    char path[128];

    bench_close(b);
    snprintf(path, sizeof path, "%s/default/points.db", b->dir);
    assert_int_equal(remove(path), 0);
    change_file(b, format_1);
}

static void expect_words_of_format_1(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("dot"), b->arena, &b->status);
    vg_shape *shape = vg_table_shape(table);

    assert_int_equal(shape->spec.vector_count, 1);
    assert_int_equal(shape->spec.vectors[0].name.len, 0);
    assert_int_equal(shape->spec.vectors[0].size, 2);
    assert_int_equal(shape->spec.vectors[0].distance, VG_DOT);
    assert_int_equal(shape->spec.vectors[0].on_disk, 1);
    must_be(shape->spec.vectors[0].hnsw_config, "{\"m\":8}");
    must_be(shape->spec.settings, "{\"shard_number\":1}");
    assert_int_equal(table->operation, 5);
    vg_shape_let(shape);
    vg_table_let(table);
}

void expect_format_1(bench *b)
{
    const uint64_t seven = 7;
    const float vector[] = {1, 2};
    vg_points found = get(b, "dot", &seven, 1);

    expect_words_of_format_1(b);
    assert_int_equal(count_points(b, "dot"), 2);
    assert_int_equal(count_points(b, "cosine"), 0);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.at[0].version, 4);
    must_be(found.at[0].payload, "{\"n\": 1}");
    assert_memory_equal(found.at[0].vectors[0].bytes.at, vector, sizeof vector);
    found = nearest(b, "dot", vector, 2, 10);
    assert_int_equal(found.count, 1);
    assert_true(found.at[0].score == 5);
}

/* ---- writes ---- */

static void post_semaphore(vg_work *work)
{
    sem_post(work->carrier);
}

vg_code finish(bench *b, vg_write *write)
{
    vg_queue *queue = vg_store_queue(b->store);
    sem_t ended;

    sem_init(&ended, 0, 0);
    write->work.finished = post_semaphore;
    write->work.carrier = &ended;
    assert_true(queue->post(queue, &write->work));
    while (sem_wait(&ended) != 0)
        continue;
    sem_destroy(&ended);
    b->status = write->status;
    return write->status.code;
}

vg_code create(bench *b, const char *name, uint32_t size, vg_distance distance)
{
    vg_vector_params vector = {.size = size, .distance = distance, .on_disk = -1};
    vg_collection_spec spec = {.vectors = &vector, .vector_count = 1};

    return create_spec(b, name, &spec);
}

vg_code create_spec(bench *b, const char *name, const vg_collection_spec *spec)
{
    vg_write write = {
        .kind = VG_WRITE_CREATE, .arena = b->arena, .name = vg_slice_str(name), .spec = spec};

    assert_true(vg_write_check_spec(spec, b->arena, &b->status));
    return finish(b, &write);
}

vg_code drop(bench *b, const char *name, bool *did)
{
    vg_write write = {.kind = VG_WRITE_DROP, .arena = b->arena, .name = vg_slice_str(name)};
    vg_code code = finish(b, &write);

    if (did)
        *did = write.did;
    return code;
}

static vg_code run_updates(bench *b, vg_write *write, const char *name, const vg_update *updates,
                           uint32_t count)
{
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    vg_code code;

    if (!table)
        return b->status.code;
    write->arena = b->arena;
    if (vg_write_prepare_updates(write, table, updates, count, write->wait))
        code = finish(b, write);
    else
        code = write->status.code;
    b->status = write->status;
    vg_table_let(table);
    return code;
}

vg_code update(bench *b, const char *name, const vg_update *updates, uint32_t count,
               uint64_t *operation)
{
    vg_write write = {.wait = true};
    vg_code code = run_updates(b, &write, name, updates, count);

    if (operation)
        *operation = write.operation;
    return code;
}

vg_code update_without_waiting(bench *b, const char *name, const vg_update *updates, uint32_t count)
{
    vg_write write = {.wait = false};

    return run_updates(b, &write, name, updates, count);
}

vg_code upsert_points(bench *b, const char *name, const vg_point *points, uint32_t count,
                      uint64_t *operation)
{
    const vg_update one = {.kind = VG_OP_UPSERT, .points = points, .point_count = count};

    return update(b, name, &one, 1, operation);
}

vg_code upsert(bench *b, const char *name, const given *points, uint32_t count, uint64_t *operation)
{
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    uint32_t size = table && table->vector_count > 0 ? table->vectors[0].size : 0;
    vg_point *made = VG_TAKE_N(b->arena, vg_point, count + 1);
    vg_vector *vectors = VG_TAKE_N(b->arena, vg_vector, count + 1);

    vg_table_let(table);
    for (uint32_t i = 0; i < count; i++) {
        made[i].id = (vg_point_id){.kind = VG_ID_NUM, .num = points[i].id};
        made[i].payload = vg_slice_str(points[i].payload);
        vectors[i].form = VG_VECTOR_F32;
        vectors[i].bytes = vg_slice_of((const char *)points[i].vector, size * sizeof(float));
        vectors[i].count = size;
        made[i].vectors = &vectors[i];
        made[i].vector_count = points[i].vector != NULL;
    }
    return upsert_points(b, name, made, count, operation);
}

vg_code delete_ids(bench *b, const char *name, const uint64_t *ids, uint32_t count,
                   uint64_t *operation)
{
    vg_point_id *made = VG_TAKE_N(b->arena, vg_point_id, count + 1);
    const vg_update one = {.kind = VG_OP_DELETE, .ids = made, .id_count = count};

    for (uint32_t i = 0; i < count; i++)
        made[i] = (vg_point_id){.kind = VG_ID_NUM, .num = ids[i]};
    return update(b, name, &one, 1, operation);
}

/* ---- reads ---- */

vg_point_id number_id(uint64_t num)
{
    return (vg_point_id){.kind = VG_ID_NUM, .num = num};
}

vg_vector vector_of(const char *name, const float *floats, uint32_t count)
{
    return (vg_vector){.name = vg_slice_str(name),
                       .form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)floats, count * sizeof(float)),
                       .count = count};
}

vg_read reading(bench *b, const char *name)
{
    b->status = (vg_status){0};
    return (vg_read){.store = b->store,
                     .collection = vg_slice_str(name),
                     .arena = b->arena,
                     .status = &b->status};
}

static void must(bench *b, bool good)
{
    if (!good)
        fail_msg("a read failed: " VG_FMT, VG_ARG(vg_status_what(&b->status)));
}

vg_points get(bench *b, const char *name, const uint64_t *ids, uint32_t count)
{
    vg_read read = reading(b, name);
    vg_point_id *made = VG_TAKE_N(b->arena, vg_point_id, count + 1);
    vg_op_input in = {0};
    vg_op_result out = {0};

    for (uint32_t i = 0; i < count; i++)
        made[i] = (vg_point_id){.kind = VG_ID_NUM, .num = ids[i]};
    in.get.ids = made;
    in.get.count = count;
    in.get.with_payload.want = VG_PAYLOAD_ALL;
    in.get.with_vectors.want = VG_VECTORS_ALL;
    must(b, vg_read_get(&read, &in, &out));
    return out.points;
}

uint64_t count_points(bench *b, const char *name)
{
    vg_read read = reading(b, name);
    vg_op_input in = {0};
    vg_op_result out = {0};

    must(b, vg_read_count(&read, &in, &out));
    return out.count;
}

vg_points nearest(bench *b, const char *name, const float *vector, uint32_t size, uint32_t limit)
{
    vg_read read = reading(b, name);
    vg_search query = {
        .vector = {.form = VG_VECTOR_F32,
                   .bytes = vg_slice_of((const char *)vector, size * sizeof(float)),
                   .count = size},
        .limit = limit,
        .with_payload = {.want = VG_PAYLOAD_ALL},
        .with_vectors = {.want = VG_VECTORS_ALL},
    };
    vg_op_input in = {0};
    vg_op_result out = {0};

    in.search.queries = &query;
    in.search.count = 1;
    must(b, vg_read_search(&read, &in, &out));
    assert_int_equal(out.searches.count, 1);
    return out.searches.at[0];
}

void must_be(vg_slice got, const char *wanted)
{
    if (!vg_slice_is_str(got, wanted))
        fail_msg("\"" VG_FMT "\" instead of \"%s\"", VG_ARG(got), wanted);
}

void must_say(const bench *b, const char *words)
{
    vg_slice what = vg_status_what(&b->status);

    if (!memmem(what.at, what.len, words, strlen(words)))
        fail_msg("\"" VG_FMT "\" does not say \"%s\"", VG_ARG(what), words);
}

/* ---- chance ---- */

uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15U;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

float random_float(uint64_t *state)
{
    return (float)(next_random(state) >> 40) / (float)(1 << 23) - 1.0F;
}

uint64_t seed_of_test(void)
{
    const char *given_seed = getenv("VG_SEED");
    uint64_t seed = vg_clock_wall_ms();

    if (given_seed)
        VG_CHECK(vg_slice_u64(vg_slice_str(given_seed), &seed));
    print_message("seed: VG_SEED=%" PRIu64 "\n", seed);
    return seed;
}
