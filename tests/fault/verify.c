/* Opens stores and says what is in them, without a server: reads data directories from stdin, one a
 * line, and answers one line of JSON for each. Behind a tab may be a tenant: then it is that one's
 * collections that are told, and nothing of the catalog.
 *
 *     {"opens":true,
 *      "collections":{"a":{"count":1,
 *                          "vectors":[{"name":"","size":2,"hnsw_config":{}}],
 *                          "settings":{},
 *                          "fields":{"city":["keyword",null]},
 *                          "points":[{"id":1,"payload":{},"vectors":{"":[1.0,2.0]}}]}},
 *      "rows":{"a":"ready"},
 *      "aliases":[{"name":"b","collection":"a"}]}
 *     {"opens":false,"why":"…"}
 *
 * `count` is what the loaded collection believes, `rows` and `aliases` the catalog. Opening
 * recovers, migrates and loads as serving does; what is left at the end is closed as a server
 * would. `why` is also what contradicts itself: vectors in memory that are not those on disk,
 * payload indexes that are not what the payloads say (verify_fields.h). */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "engine/catalog_rows.h"
#include "engine/read.h"
#include "engine/stores.h"
#include "verify_fields.h"

enum { ARENA_BYTES = 256 << 20, QUEUE = 16, ALL = 1000000, PATH_ROOM = 4096 };

static bool write_points(vg_json_out *out, const vg_points *points)
{
    vg_json_put_key(out, VG_LIT("points"));
    vg_json_open_array(out);
    for (const vg_point *p = points->at; p < points->at + points->count; p++) {
        vg_json_open_object(out);
        vg_json_put_key(out, VG_LIT("id"));
        vg_point_id_write(out, &p->id);
        vg_json_put_key(out, VG_LIT("payload"));
        vg_json_put_raw(out, p->payload.len > 0 ? p->payload : VG_LIT("{}"));
        vg_json_put_key(out, VG_LIT("vectors"));
        vg_json_open_object(out);
        for (uint32_t i = 0; i < p->vector_count; i++) {
            vg_json_put_key(out, p->vectors[i].name);
            vg_vector_write(out, &p->vectors[i]);
        }
        vg_json_close_object(out);
        vg_json_close_object(out);
    }
    vg_json_close_array(out);
    return true;
}

static void write_vectors(const vg_collection_spec *spec, vg_json_out *out)
{
    vg_json_put_key(out, VG_LIT("vectors"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *v = &spec->vectors[i];

        vg_json_open_object(out);
        vg_json_put_key(out, VG_LIT("name"));
        vg_json_put_text(out, v->name);
        vg_json_put_key(out, VG_LIT("size"));
        vg_json_put_u64(out, v->size);
        vg_json_put_key(out, VG_LIT("hnsw_config"));
        vg_json_put_raw(out, v->hnsw_config.len > 0 ? v->hnsw_config : VG_LIT("{}"));
        vg_json_close_object(out);
    }
    vg_json_close_array(out);
}

static void write_fields(const vg_collection_spec *spec, vg_json_out *out)
{
    vg_json_put_key(out, VG_LIT("fields"));
    vg_json_open_object(out);
    for (uint32_t i = 0; i < spec->indexes.count; i++) {
        const vg_index *index = &spec->indexes.at[i];

        vg_json_put_key(out, index->key);
        vg_json_open_array(out);
        vg_json_put_text(out, vg_slice_str(vg_index_kind_word(index->kind)));
        vg_json_put_raw(out, index->params.len > 0 ? index->params : VG_LIT("null"));
        vg_json_close_array(out);
    }
    vg_json_close_object(out);
}

static bool write_spec(const vg_read *read, vg_json_out *out)
{
    vg_op_input in = {0};
    vg_op_result result = {0};
    const vg_collection_spec *spec = &result.info.spec;

    if (!vg_read_describe(read, &in, &result))
        return false;
    write_vectors(spec, out);
    vg_json_put_key(out, VG_LIT("settings"));
    vg_json_put_raw(out, spec->settings.len > 0 ? spec->settings : VG_LIT("{}"));
    write_fields(spec, out);
    return true;
}

static uint32_t count_on_disk(const vg_points *points, vg_slice name)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < points->count; i++)
        for (uint32_t k = 0; k < points->at[i].vector_count; k++)
            count += vg_slice_is(points->at[i].vectors[k].name, name);
    return count;
}

/* Is each place in memory what its column is? Nobody writes now. */
static bool check_memory(const vg_read *read, const vg_points *points)
{
    const vg_table *table = vg_read_table(read);

    if (!table)
        return false;
    for (uint32_t place = 0; place < table->vector_count; place++) {
        vg_slice name = table->vectors[place].name;
        uint32_t there = vg_dense_live(table->dense[place]), on_disk = count_on_disk(points, name);

        if (there == on_disk)
            continue;
        vg_status_setf(read->status, read->arena, VG_INTERNAL, read->collection,
                       "vector `" VG_FMT "` of `" VG_FMT "`: %u in memory, %u on disk",
                       VG_ARG(name), VG_ARG(read->collection), there, on_disk);
        return false;
    }
    return true;
}

static bool write_collection(const vg_read *read, vg_json_out *out)
{
    vg_op_input in = {.count = {.exact = true}};
    vg_op_result result = {0};

    if (!vg_read_count(read, &in, &result))
        return false;
    vg_json_put_key(out, read->collection);
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("count"));
    vg_json_put_u64(out, result.count);
    if (!write_spec(read, out))
        return false;
    in = (vg_op_input){.scroll = {.limit = ALL,
                                  .with_payload = {.want = VG_PAYLOAD_ALL},
                                  .with_vectors = {.want = VG_VECTORS_ALL}}};
    if (!vg_read_scroll(read, &in, &result) || !check_memory(read, &result.page.points) ||
        !write_points(out, &result.page.points))
        return false;
    vg_json_close_object(out);
    return true;
}

static bool write_collections(vg_store *store, vg_arena *arena, vg_json_out *out, vg_status *status)
{
    vg_read read = {.store = store, .arena = arena, .status = status};
    vg_op_input in = {0};
    vg_op_result names = {0};

    if (!vg_read_list(&read, &in, &names))
        return false;
    vg_json_put_key(out, VG_LIT("collections"));
    vg_json_open_object(out);
    for (uint32_t i = 0; i < names.names.count; i++) {
        read.collection = names.names.at[i];
        if (!write_collection(&read, out))
            return false;
    }
    vg_json_close_object(out);
    return true;
}

static const char *word_of(vg_meta_state state)
{
    return state == VG_META_READY ? "ready" : state == VG_META_CREATING ? "creating" : "deleting";
}

/* The row of aliases holds {"aliases":[…]}: its value is told as it is. */
static void write_aliases(vg_slice spec, vg_json_out *out)
{
    const vg_slice head = VG_LIT("{\"aliases\":");

    vg_json_put_key(out, VG_LIT("aliases"));
    if (spec.len > head.len)
        vg_json_put_raw(out, vg_slice_of(spec.at + head.len, spec.len - head.len - 1));
    else
        vg_json_put_raw(out, VG_LIT("[]"));
}

static void write_states(const vg_op_result *result, vg_json_out *out)
{
    vg_slice aliases = {0};

    vg_json_put_key(out, VG_LIT("rows"));
    vg_json_open_object(out);
    for (uint32_t i = 0; i < result->rows.count; i++) {
        const vg_meta_row *row = &result->rows.at[i];

        if (vg_slice_is(row->name, VG_META_ALIASES))
            aliases = row->spec;
        if (vg_meta_is_reserved(row->name)) /* jobs have rows, too */
            continue;
        vg_json_put_key(out, row->name);
        vg_json_put_text(out, vg_slice_str(word_of(row->state)));
    }
    vg_json_close_object(out);
    write_aliases(aliases, out);
}

static bool write_rows(vg_slice dir, vg_arena *arena, vg_json_out *out, vg_status *status)
{
    vg_slice path = vg_arena_printf(arena, VG_FMT "/catalog.db", VG_ARG(dir));
    vg_op_input in = {.list = {.tenant = VG_LIT("default"), .limit = ALL}};
    vg_op_result result = {0};
    vg_catalog_call call = {
        .rows = vg_catalog_rows_open(path, arena, status),
        .in = &in,
        .out = &result,
        .arena = arena,
        .status = status,
    };
    bool good = call.rows && vg_catalog_rows_list(&call) == VG_OK;

    if (good)
        write_states(&result, out);
    vg_catalog_rows_close(call.rows);
    return good;
}

static void write_failure(vg_buf *buf, const vg_status *status)
{
    vg_json_out out = {.buf = buf};

    vg_buf_clear(buf);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("opens"));
    vg_json_put_bool(&out, false);
    vg_json_put_key(&out, VG_LIT("why"));
    vg_json_put_text(&out, vg_status_what(status));
    vg_json_close_object(&out);
}

/* What was read holds collections until its arena goes, which must be before the store does. */
static void write_store(vg_slice dir, vg_store *store, vg_buf *buf)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_json_out out = {.buf = buf};
    vg_status status = {0};

    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("opens"));
    vg_json_put_bool(&out, true);
    if (!verify_fields(&(vg_read){.store = store, .arena = arena, .status = &status}, dir) ||
        !write_collections(store, arena, &out, &status) || !write_rows(dir, arena, &out, &status))
        write_failure(buf, &status);
    else
        vg_json_close_object(&out);
    vg_arena_free(arena);
}

/* ---- a tenant ---- */

static void on_finished(vg_work *work)
{
    sem_post(work->carrier);
}

static bool enter(vg_visit *visit)
{
    vg_queue *queue = vg_stores_queue(visit->stores);
    sem_t ended;

    if (vg_stores_enter(visit))
        return true;
    sem_init(&ended, 0, 0);
    visit->work.finished = on_finished;
    visit->work.carrier = &ended;
    if (queue->post(queue, &visit->work))
        while (sem_wait(&ended) != 0)
            continue;
    sem_destroy(&ended);
    return visit->store != NULL;
}

/* One that has no directory has no collections. */
static void write_tenant(vg_stores *stores, const char *tenant, vg_buf *buf)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_visit visit = {.stores = stores, .tenant = vg_slice_str(tenant), .arena = arena};
    vg_json_out out = {.buf = buf};
    bool enters = enter(&visit);

    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("opens"));
    vg_json_put_bool(&out, true);
    if (visit.status.code != VG_OK ||
        (enters && !write_collections(visit.store, arena, &out, &visit.status)))
        write_failure(buf, &visit.status);
    else
        vg_json_close_object(&out);
    vg_arena_free(arena);
    vg_stores_leave(&visit);
}

static void answer(vg_slice dir, const char *tenant)
{
    vg_stores_conf conf = {
        .data_dir = dir, .queue_max = QUEUE, .wal_bytes = 1 << 20, .open_max = 1};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    vg_stores *stores = vg_stores_open(&conf, arena, &status);
    vg_buf buf;

    vg_buf_init(&buf, ARENA_BYTES);
    if (stores && tenant)
        write_tenant(stores, tenant, &buf);
    else if (stores)
        write_store(dir, vg_stores_default(stores), &buf);
    else
        write_failure(&buf, &status);
    vg_stores_close(stores);
    vg_arena_free(arena);
    printf(VG_FMT "\n", VG_ARG(vg_buf_bytes(&buf)));
    fflush(stdout);
    vg_buf_fini(&buf);
}

int main(void)
{
    char dir[PATH_ROOM], *tenant;

    vg_arena_set_total_cap((size_t)1 << 30);
    while (fgets(dir, sizeof dir, stdin)) {
        dir[strcspn(dir, "\n")] = '\0';
        tenant = strchr(dir, '\t');
        if (tenant)
            *tenant++ = '\0';
        answer(vg_slice_str(dir), tenant);
    }
    return 0;
}
