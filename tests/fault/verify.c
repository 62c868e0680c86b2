/* Opens stores and says what is in them, without a server: reads data directories from stdin, one a
 * line, and answers one line of JSON for each.
 *
 *     {"opens":true,"collections":{"a":{"count":1,"points":[{"id":1,"payload":{},"vectors":{"":[1.0]}}]}},
 *      "rows":{"a":"ready"}}
 *     {"opens":false,"why":"…"}
 *
 * `count` is what the loaded collection believes, `rows` the catalog. Opening recovers, migrates
 * and loads as serving does; what is left at the end is closed as a server would. */
#include <stdio.h>
#include <string.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "engine/catalog_rows.h"
#include "engine/read.h"

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
    in = (vg_op_input){.scroll = {.limit = ALL,
                                  .with_payload = {.want = VG_PAYLOAD_ALL},
                                  .with_vectors = {.want = VG_VECTORS_ALL}}};
    if (!vg_read_scroll(read, &in, &result) || !write_points(out, &result.page.points))
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

    vg_json_put_key(out, VG_LIT("rows"));
    vg_json_open_object(out);
    for (uint32_t i = 0; good && i < result.rows.count; i++) {
        vg_json_put_key(out, result.rows.at[i].name);
        vg_json_put_text(out, vg_slice_str(word_of(result.rows.at[i].state)));
    }
    vg_json_close_object(out);
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
    if (!write_collections(store, arena, &out, &status) || !write_rows(dir, arena, &out, &status))
        write_failure(buf, &status);
    else
        vg_json_close_object(&out);
    vg_arena_free(arena);
}

static void answer(vg_slice dir)
{
    vg_store_conf conf = {.data_dir = dir, .queue_max = QUEUE, .wal_bytes = 1 << 20};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    vg_store *store = vg_store_open(&conf, arena, &status);
    vg_buf buf;

    vg_buf_init(&buf, ARENA_BYTES);
    if (store)
        write_store(dir, store, &buf);
    else
        write_failure(&buf, &status);
    vg_store_close(store);
    vg_arena_free(arena);
    printf(VG_FMT "\n", VG_ARG(vg_buf_bytes(&buf)));
    fflush(stdout);
    vg_buf_fini(&buf);
}

int main(void)
{
    char dir[PATH_ROOM];

    vg_arena_set_total_cap((size_t)1 << 30);
    while (fgets(dir, sizeof dir, stdin)) {
        dir[strcspn(dir, "\n")] = '\0';
        answer(vg_slice_str(dir));
    }
    return 0;
}
