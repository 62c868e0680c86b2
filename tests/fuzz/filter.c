/* Filters and payloads as clients send them: the first line is a filter, the rest a payload.
 * Whatever can be read means the same to the evaluator and to SQLite, without indexes, and with a
 * text index and an integer index declared for the fields "t" and "n". */
#include <sqlite3.h>

#include "vecgate/json.h"

#include "base/check.h"
#include "engine/where.h"
#include "filter/eval.h"
#include "front/read_filter.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 32 << 20 };

static const vg_vector_params vectors[] = {{.size = 1}, {.name = VG_LIT_INIT("a"), .size = 1}};
static const vg_collection_spec spec = {.vectors = vectors, .vector_count = 2};
static const vg_field declared[] = {
    {.index = {.key = VG_LIT_INIT("t"), .kind = VG_INDEX_TEXT, .text = {.has_phrases = true}}},
    {.index = {.key = VG_LIT_INIT("n"), .kind = VG_INDEX_INTEGER}},
};
static sqlite3 *db; /* one row, whose payload is ?1 */

static void open_db(void)
{
    if (db)
        return;
    vg_arena_set_total_cap((size_t)1 << 30);
    VG_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK && vg_where_functions(db));
    VG_CHECK(sqlite3_exec(db,
                          "CREATE TABLE points_1(row INTEGER PRIMARY KEY,id BLOB,payload,"
                          "vector,vector_1);INSERT INTO points_1 VALUES(0,x'01"
                          "0000000000000007','','1',NULL)",
                          NULL, NULL, NULL) == SQLITE_OK);
}

static vg_slice padded(vg_arena *arena, vg_slice text)
{
    char *at = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    if (at && text.len > 0)
        memcpy(at, text.at, text.len);
    return vg_slice_of(at, text.len);
}

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    out->kind = VG_ID_NUM;
    if (v->kind == VG_JSON_STRING)
        return vg_point_id_read_uuid(v->text, out);
    return vg_json_read_u64(arena, v, &out->num, status);
}

static const vg_filter *read_filter(vg_arena *arena, vg_slice text)
{
    vg_status status = {0};
    const vg_filter_reader reader = {.arena = arena, .status = &status, .read_id = read_id};
    const vg_json *root = vg_json_read(arena, padded(arena, text), VG_JSON_DEPTH, &status);
    const vg_filter *filter = NULL;

    return root && vg_filter_read(&reader, root, &filter) ? filter : NULL;
}

static int by_sql(vg_slice text, const vg_where *where)
{
    sqlite3_stmt *stmt = NULL;
    int answer;

    VG_CHECK(sqlite3_prepare_v2(db, text.at, (int)text.len, &stmt, NULL) == SQLITE_OK);
    vg_where_bind(where, stmt);
    VG_CHECK(sqlite3_step(stmt) == SQLITE_ROW);
    VG_CHECK(sqlite3_column_type(stmt, 0) == SQLITE_INTEGER); /* never NULL */
    answer = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return answer;
}

static void compare(vg_arena *arena, const vg_filter *filter, const vg_json *payload,
                    const vg_fields *fields)
{
    const vg_index own[] = {declared[0].index, declared[1].index};
    const vg_indexes indexes = {own, fields->count};
    const vg_slice held[] = {VG_LIT("")};
    const vg_subject subject = {{.kind = VG_ID_NUM, .num = 7}, payload, held, 1};
    const vg_where_over over = {&spec, fields, 1};
    vg_status status = {0};
    const vg_ready *ready = vg_ready_make(arena, filter, &indexes, &status);
    vg_where where;

    if (!ready || !vg_where_make(arena, filter, &over, &where, &status)) {
        VG_CHECK(status.code == VG_INVALID || status.code == VG_TOO_LARGE);
        return;
    }
    VG_CHECK(by_sql(vg_arena_printf(arena, "SELECT " VG_FMT " FROM points_1 p", VG_ARG(where.text)),
                    &where) == vg_eval(ready, &subject));
}

static void put_payload(vg_slice text)
{
    sqlite3_stmt *stmt = NULL;

    VG_CHECK(sqlite3_prepare_v2(db, "UPDATE points_1 SET payload=?1", -1, &stmt, NULL) ==
             SQLITE_OK);
    sqlite3_bind_text64(stmt, 1, text.at, text.len, SQLITE_STATIC, SQLITE_UTF8);
    VG_CHECK(sqlite3_step(stmt) == SQLITE_DONE);
    sqlite3_finalize(stmt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_slice text = vg_slice_of((const char *)data, size), rest;
    size_t line = vg_slice_find(text, '\n');
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    const vg_filter *filter = read_filter(arena, vg_slice_of(text.at, line));
    const vg_json *payload;

    open_db();
    rest = padded(arena, vg_slice_skip(text, line + 1));
    payload = rest.at ? vg_json_read(arena, rest, VG_JSON_DEPTH, NULL) : NULL;
    if (filter && payload && payload->kind == VG_JSON_OBJECT) {
        put_payload(rest);
        compare(arena, filter, payload, &(vg_fields){declared, 0});
        compare(arena, filter, payload, &(vg_fields){declared, 2});
    }
    vg_arena_free(arena);
    return 0;
}
