/* See look.h. */
#include "look.h"

#include <stdio.h>

#include <sqlite3.h>

#include "engine/payload.h"

typedef struct look {
    bench *b;
    vg_table *table;
    vg_sql *sql;
} look;

static look begin(bench *b, const char *name)
{
    vg_status status = {0};
    look l = {b, vg_store_find(b->store, vg_slice_str(name), b->arena, &status), NULL};

    assert_non_null(l.table);
    l.sql = vg_store_take_reader(b->store, b->arena, &status);
    assert_non_null(l.sql);
    return l;
}

static void end(look *l)
{
    vg_store_give_reader(l->b->store, l->sql);
    vg_table_let(l->table);
}

static struct sqlite3_stmt *prepare(const look *l, const char *format, ...)
{
    struct sqlite3_stmt *stmt;
    vg_slice text;
    va_list args;

    va_start(args, format);
    text = vg_arena_vprintf(l->b->arena, format, args);
    va_end(args);
    stmt = vg_sql_prepare(l->sql, text);
    if (!stmt)
        fail_msg("%s: " VG_FMT, sqlite3_errmsg(vg_sql_db(l->sql)), VG_ARG(text));
    return stmt;
}

uint64_t ask_store(bench *b, const char *format, ...)
{
    vg_status status = {0};
    vg_sql *sql = vg_store_take_reader(b->store, b->arena, &status);
    uint64_t answer = 0;
    vg_slice text;
    va_list args;

    va_start(args, format);
    text = vg_arena_vprintf(b->arena, format, args);
    va_end(args);
    assert_true(vg_sql_ask_u64(sql, text.at, &answer));
    vg_store_give_reader(b->store, sql);
    return answer;
}

/* ---- points ---- */

/* The slot that a view shows of a point; VG_SLOTS when none. */
static uint32_t slot_of(const vg_view *view, const vg_point_id *id)
{
    uint32_t found = UINT32_MAX;

    for (uint32_t slot = 0; slot < view->used; slot++) {
        vg_point_id one = vg_dense_id(view->dense, slot);

        if (!vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation) ||
            vg_point_id_cmp(&one, id) != 0)
            continue;
        assert_int_equal(found, UINT32_MAX); /* a point is shown once */
        found = slot;
    }
    return found;
}

/* `row`: its SQL row, version and the vector. */
static const float *compare(const look *l, const vg_point_id *id, uint32_t place,
                            struct sqlite3_stmt *row)
{
    vg_slice vector = vg_sql_blob(row, 2);
    size_t bytes = l->table->vectors[place].size * sizeof(float);
    vg_view view;
    uint32_t slot;

    vg_table_view(l->table, place, &view);
    slot = slot_of(&view, id);
    assert_true((vector.at != NULL) == (slot != UINT32_MAX));
    if (vector.at) {
        assert_int_equal(vector.len, bytes);
        assert_memory_equal(vector.at, vg_dense_row(view.dense, slot), bytes);
        assert_int_equal(vg_dense_row_of(view.dense, slot), vg_sql_u64(row, 0));
        assert_int_equal(vg_dense_version(view.dense, slot), vg_sql_u64(row, 1));
        assert_true(vg_dense_born(view.dense, slot) <= vg_sql_u64(row, 1));
        vector = vg_arena_copy(l->b->arena, vector);
    }
    vg_table_view_give(&view);
    return (const float *)(const void *)vector.at;
}

static vg_slice key_of(const look *l, const vg_point_id *id)
{
    uint8_t key[VG_ID_KEY_MAX];
    size_t len = vg_point_id_key(id, key);

    return vg_arena_copy(l->b->arena, vg_slice_of((const char *)key, len));
}

const float *look_at_vector(bench *b, const char *name, const vg_point_id *id, uint32_t place)
{
    look l = begin(b, name);
    char column[VG_COLUMN];
    struct sqlite3_stmt *stmt =
        prepare(&l, "SELECT row,version,%s FROM points_%llu WHERE id=?1", vg_column(place, column),
                (unsigned long long)l.table->number);
    const float *vector = NULL;

    vg_sql_put_blob(stmt, 1, key_of(&l, id));
    if (vg_sql_next(stmt) == VG_SQL_ROW)
        vector = compare(&l, id, place, stmt);
    vg_sql_drop(stmt);
    end(&l);
    return vector;
}

bool look_at_point(bench *b, const char *name, const vg_point_id *id, vg_slice *payload,
                   uint64_t *version)
{
    look l = begin(b, name);
    struct sqlite3_stmt *stmt = prepare(&l, "SELECT version,payload FROM points_%llu WHERE id=?1",
                                        (unsigned long long)l.table->number);
    bool is_there;

    vg_sql_put_blob(stmt, 1, key_of(&l, id));
    is_there = vg_sql_next(stmt) == VG_SQL_ROW;
    if (is_there) {
        *version = vg_sql_u64(stmt, 0);
        *payload = vg_arena_copy(b->arena, vg_sql_text(stmt, 1));
    }
    vg_sql_drop(stmt);
    end(&l);
    return is_there;
}

static void compare_place(const look *l, uint32_t place)
{
    char column[VG_COLUMN];
    struct sqlite3_stmt *stmt =
        prepare(l, "SELECT row,version,%s,id FROM points_%llu", vg_column(place, column),
                (unsigned long long)l->table->number);
    uint32_t live = 0;

    while (vg_sql_next(stmt) == VG_SQL_ROW) {
        vg_slice key = vg_sql_blob(stmt, 3);
        vg_point_id id;

        assert_true(vg_point_id_of_key((const uint8_t *)key.at, key.len, &id));
        live += compare(l, &id, place, stmt) != NULL;
    }
    vg_sql_drop(stmt);
    assert_int_equal(vg_dense_live(l->table->dense[place]), live);
}

void expect_memory_to_be_the_disk(bench *b, const char *name)
{
    look l = begin(b, name);

    for (uint32_t place = 0; place < l.table->vector_count; place++)
        compare_place(&l, place);
    assert_int_equal(vg_table_points(l.table), ask_store(b, "SELECT count(*) FROM points_%llu",
                                                         (unsigned long long)l.table->number));
    end(&l);
}

/* ---- payload indexes ---- */

/* In a database of the test's own: the values as they are when all are put anew. */
static void put_anew(const look *l, vg_sql *fresh, const vg_field *field)
{
    struct sqlite3_stmt *stmt =
        prepare(l, "SELECT row,payload FROM points_%llu", (unsigned long long)l->table->number);
    vg_status status = {0};
    const vg_json *json;

    assert_true(vg_field_make(fresh, field));
    while (vg_sql_next(stmt) == VG_SQL_ROW) {
        assert_true(vg_payload_read(l->b->arena, vg_sql_text(stmt, 1), &json, &status));
        assert_true(vg_field_put(fresh, field, vg_sql_u64(stmt, 0), json, l->b->arena));
    }
    vg_sql_drop(stmt);
}

static vg_slice all_values(vg_arena *arena, vg_sql *sql, const vg_field *field)
{
    const char *what = field->index.kind == VG_INDEX_GEO    ? "lat||' '||lon||' '||row"
                       : field->index.kind == VG_INDEX_TEXT ? "rowid||' '||text"
                                                            : "quote(value)||' '||row";
    vg_slice text = vg_arena_printf(arena,
                                    "SELECT group_concat(x,char(10)) FROM (SELECT %s x FROM "
                                    "field_%llu ORDER BY 1)",
                                    what, (unsigned long long)field->number);
    struct sqlite3_stmt *stmt = vg_sql_prepare(sql, text);
    vg_slice values;

    assert_non_null(stmt);
    assert_int_equal(vg_sql_next(stmt), VG_SQL_ROW);
    values = vg_arena_copy(arena, vg_sql_text(stmt, 0));
    vg_sql_drop(stmt);
    return values;
}

void expect_indexes_to_be_right(bench *b, const char *name)
{
    look l = begin(b, name);
    vg_shape *shape = vg_table_shape(l.table);
    vg_slice path = vg_arena_printf(b->arena, "%s/look.db", b->dir);
    vg_status status = {0};
    vg_sql *fresh = vg_sql_open_writer(path.at, b->arena, &status);

    assert_non_null(fresh);
    assert_true(vg_sql_run(fresh, "PRAGMA synchronous=OFF"));
    for (uint32_t i = 0; i < shape->fields.count; i++) {
        const vg_field *field = &shape->fields.at[i];
        vg_slice is, wanted;

        if (!field->is_ready)
            continue;
        put_anew(&l, fresh, field);
        is = all_values(b->arena, l.sql, field);
        wanted = all_values(b->arena, fresh, field);
        if (!vg_slice_is(is, wanted))
            fail_msg("index `" VG_FMT "` holds\n" VG_FMT "\ninstead of\n" VG_FMT,
                     VG_ARG(field->index.key), VG_ARG(is), VG_ARG(wanted));
    }
    vg_sql_close(fresh);
    remove(path.at);
    vg_shape_let(shape);
    end(&l);
}
