/* What filters match, answered six ways: by the evaluator and by SQL, without payload indexes and
 * with some, these as lists, for each point and behind a filter too large for SQL. Test-only;
 * test_filters.py holds the answers equal and compares them with Qdrant's client.
 *
 * stdin, a line each:  {"points": [{"id", "payload", "vectors": [names]}],
 *                       "indexes": [{"field_name", "field_schema"}], "filters": [filter]}
 * stdout, a line each: [["eval", "sql", "indexed eval", "indexed sql", "for each point", "large"]],
 * for each filter; an answer is a text of 0 and 1 for the points, or what was wrong.
 *
 * Vectors are named "", "a" and "b". The database is FILE (the argument), in one transaction a line
 * that is never committed. */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "engine/where.h"
#include "filter/eval.h"
#include "front/read_filter.h"
#include "front/read_index.h"

enum { VECTORS = 3, MANY = 300 };

static const vg_vector_params vectors[VECTORS] = {
    {.size = 1}, {.name = VG_LIT_INIT("a"), .size = 1}, {.name = VG_LIT_INIT("b"), .size = 1}};
static const vg_collection_spec spec = {.vectors = vectors, .vector_count = VECTORS};

typedef struct round {
    vg_arena *arena;
    vg_sql *sql;
    vg_status status;
    vg_subject *points;
    uint32_t point_count;
    vg_field *fields;
    vg_index *indexes;
    uint32_t field_count;
    vg_json_out *out;
} round;

_Noreturn static void give_up(const round *r, const char *about)
{
    vg_slice what = vg_status_what(&r->status);

    fprintf(stderr, "%s: " VG_FMT "; %s\n", about, VG_ARG(what), sqlite3_errmsg(vg_sql_db(r->sql)));
    exit(2);
}

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (v->kind == VG_JSON_STRING)
        return vg_point_id_read_uuid(v->text, out);
    return vg_json_read_u64(arena, v, &out->num, status);
}

/* ---- points ---- */

static void put_point(round *r, uint32_t place, const vg_json *payload)
{
    const vg_subject *point = &r->points[place];
    struct sqlite3_stmt *stmt =
        vg_sql_use(r->sql, "INSERT INTO points_%llu VALUES(?1,?2,0,?3,?4,?5,?6)", 1);
    uint8_t key[VG_ID_KEY_MAX];

    if (!stmt)
        give_up(r, "a point");
    vg_sql_put_u64(stmt, 1, place);
    vg_sql_put_blob(stmt, 2, vg_slice_of((char *)key, vg_point_id_key(&point->id, key)));
    vg_sql_put_text(stmt, 3, payload ? payload->raw : VG_LIT(""));
    for (int i = 0; i < VECTORS; i++) {
        vg_sql_put_null(stmt, 4 + i);
        for (uint32_t held = 0; held < point->vector_count; held++)
            if (vg_slice_is(point->vectors[held], vectors[i].name))
                vg_sql_put_blob(stmt, 4 + i, VG_LIT("1234"));
    }
    if (!vg_sql_finish(stmt))
        give_up(r, "a point");
}

static void read_points(round *r, const vg_json *list)
{
    r->points = VG_TAKE_N(r->arena, vg_subject, (size_t)list->count + 1);
    for (const vg_json *v = list->first; v; v = v->next) {
        const vg_json *names = vg_json_get(v, VG_LIT("vectors"));
        const vg_json *payload = vg_json_get(v, VG_LIT("payload"));
        vg_slice *held = VG_TAKE_N(r->arena, vg_slice, VECTORS);
        vg_subject *point = &r->points[r->point_count];

        *point = (vg_subject){.payload = payload, .vectors = held};
        read_id(r->arena, vg_json_get(v, VG_LIT("id")), &point->id, &r->status);
        for (const vg_json *name = names->first; name; name = name->next)
            held[point->vector_count++] = name->text;
        put_point(r, r->point_count++, payload);
    }
}

static void read_fields(round *r, const vg_json *list)
{
    const vg_index_reader reader = {.arena = r->arena, .status = &r->status};

    r->fields = VG_TAKE_N(r->arena, vg_field, (size_t)list->count + 1);
    r->indexes = VG_TAKE_N(r->arena, vg_index, (size_t)list->count + 1);
    for (const vg_json *v = list->first; v; v = v->next) {
        vg_field *field = &r->fields[r->field_count];

        *field = (vg_field){.number = r->field_count + 1, .is_ready = true};
        if (!vg_index_read(&reader, vg_json_get(v, VG_LIT("field_schema")), &field->index))
            give_up(r, "an index");
        field->index.key = vg_json_get(v, VG_LIT("field_name"))->text;
        if (!vg_field_make(r->sql, field))
            give_up(r, "an index");
        for (uint32_t i = 0; i < r->point_count; i++)
            if (!vg_field_put(r->sql, field, i, r->points[i].payload, r->arena))
                give_up(r, "values of an index");
        r->indexes[r->field_count++] = field->index;
    }
}

/* ---- answers ---- */

static void put_wrong(round *r)
{
    vg_json_put_text(r->out, vg_status_what(&r->status));
    r->status = (vg_status){0};
}

static void by_eval(round *r, const vg_filter *filter, const vg_indexes *indexes)
{
    const vg_ready *ready = vg_ready_make(r->arena, filter, indexes, &r->status);
    char *bits = vg_arena_take(r->arena, r->point_count + 1);

    if (!ready) {
        put_wrong(r);
        return;
    }
    for (uint32_t i = 0; i < r->point_count; i++)
        bits[i] = vg_eval(ready, &r->points[i]) ? '1' : '0';
    vg_json_put_text(r->out, vg_slice_of(bits, r->point_count));
}

static void by_sql(round *r, const vg_filter *filter, const vg_fields *fields, bool walks)
{
    char *bits = memset(vg_arena_take(r->arena, r->point_count + 1), '0', r->point_count);
    struct sqlite3_stmt *stmt;
    vg_sql_step step;
    const vg_where_over over = {&spec, fields, 1};
    vg_where where;

    if (!vg_where_make(r->arena, filter, &over, &where, &r->status)) {
        put_wrong(r);
        return;
    }
    stmt = vg_sql_prepare(r->sql,
                          vg_arena_printf(r->arena, "SELECT p.row FROM points_1 p WHERE " VG_FMT,
                                          VG_ARG(walks ? where.each : where.text)));
    if (!stmt)
        give_up(r, "a statement");
    vg_where_bind(&where, stmt);
    while ((step = vg_sql_next(stmt)) == VG_SQL_ROW)
        bits[vg_sql_u64(stmt, 0)] = '1';
    if (step == VG_SQL_FAILED)
        give_up(r, "a statement");
    vg_sql_drop(stmt);
    vg_json_put_text(r->out, vg_slice_of(bits, r->point_count));
}

/* The same, and what is true of all, at great length. */
static const vg_filter *enlarge(round *r, const vg_filter *filter)
{
    uint32_t count = filter ? filter->must.count : 0;
    vg_filter *large = VG_TAKE(r->arena, vg_filter), *either = VG_TAKE(r->arena, vg_filter);
    vg_condition *must = VG_TAKE_N(r->arena, vg_condition, (size_t)count + 1);
    vg_condition *many = VG_TAKE_N(r->arena, vg_condition, MANY);

    for (size_t i = 0; i < MANY; i++)
        many[i] = (vg_condition){VG_TEST_IS_EMPTY, VG_LIT("x"), .as = {.is = {.wanted = i % 2}}};
    *either = (vg_filter){.should = {many, MANY}};
    *large = filter ? *filter : (vg_filter){.min_count = 0};
    for (uint32_t i = 0; i < count; i++)
        must[i] = filter->must.at[i];
    must[count] = (vg_condition){.test = VG_TEST_NESTED_FILTER, .as.filter = either};
    large->must = (vg_clause){must, count + 1};
    return large;
}

static void answer_filter(round *r, const vg_json *v)
{
    const vg_filter_reader reader = {
        .arena = r->arena, .status = &r->status, .read_id = read_id, .refuses_unknown = true};
    const vg_indexes indexes = {r->indexes, r->field_count};
    const vg_fields fields = {r->fields, r->field_count};
    const vg_filter *filter;

    vg_json_open_array(r->out);
    if (vg_filter_read(&reader, v, &filter)) {
        by_eval(r, filter, NULL);
        by_sql(r, filter, NULL, false);
        by_eval(r, filter, &indexes);
        by_sql(r, filter, &fields, false);
        by_sql(r, filter, &fields, true);
        by_sql(r, enlarge(r, filter), &fields, false);
    } else {
        put_wrong(r);
    }
    vg_json_close_array(r->out);
}

static void answer_line(vg_sql *sql, vg_slice line, vg_buf *buf)
{
    vg_json_out out = {.buf = buf};
    round r = {.arena = vg_arena_new((size_t)1 << 30), .sql = sql, .out = &out};
    const vg_json *root = vg_json_read(r.arena, line, VG_JSON_DEPTH, &r.status);

    if (!root || !vg_sql_run(sql, "BEGIN;CREATE TABLE points_1(row INTEGER PRIMARY KEY,"
                                  "id BLOB NOT NULL UNIQUE,version,payload TEXT NOT NULL,"
                                  "vector BLOB,vector_1 BLOB,vector_2 BLOB)"))
        give_up(&r, "a line");
    read_points(&r, vg_json_get(root, VG_LIT("points")));
    read_fields(&r, vg_json_get(root, VG_LIT("indexes")));
    vg_json_open_array(&out);
    for (const vg_json *v = vg_json_get(root, VG_LIT("filters"))->first; v; v = v->next)
        answer_filter(&r, v);
    vg_json_close_array(&out);
    if (!vg_sql_run(sql, "ROLLBACK"))
        give_up(&r, "the end of a line");
    vg_arena_free(r.arena);
}

int main(int argc, char **argv)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_status status = {0};
    vg_sql *sql = argc == 2 ? vg_sql_open_writer(argv[1], arena, &status) : NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (!sql) {
        fprintf(stderr, "filters FILE: " VG_FMT "\n", VG_ARG(status.what));
        return 2;
    }
    while ((len = getline(&line, &room, stdin)) > 0) {
        vg_buf buf;

        if (room < (size_t)len + VG_JSON_PAD)
            line = realloc(line, room = (size_t)len + VG_JSON_PAD);
        vg_buf_init(&buf, 0);
        answer_line(sql, vg_slice_of(line, (size_t)len), &buf);
        printf(VG_FMT "\n", VG_ARG(vg_buf_bytes(&buf)));
        fflush(stdout);
        vg_buf_fini(&buf);
    }
    free(line);
    vg_sql_close(sql);
    vg_arena_free(arena);
    return 0;
}
