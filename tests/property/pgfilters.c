/* What filters match by the evaluator, and the conditions that PostgreSQL is to answer the same
 * with. Test-only; test_pgfilters.py runs the conditions and holds the answers equal.
 *
 * stdin, a line each:  {"points": [{"id", "payload", "vectors": [names]}],
 *                       "indexes": [{"field_name", "field_schema"}], "filters": [filter]}
 * stdout, a line each: for each filter a list of two, without the indexes and with them:
 *                      {"eval": "0101…", "sql", "params": [[hex or null, type, is binary]]},
 * or {"wrong": what}; last what the indexes are made of: ["btree ((…))"]. Vectors are named "",
 * "a", "b" and one that needs its quotes. */
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "adapters/vector/pgvector/extract.h"
#include "adapters/vector/pgvector/filter.h"
#include "base/buf.h"
#include "base/id.h"
#include "filter/eval.h"
#include "front/read_filter.h"
#include "front/read_index.h"

enum { VECTORS = 4 };

static const vg_vector_params vectors[VECTORS] = {{.size = 1},
                                                  {.name = VG_LIT_INIT("a"), .size = 1},
                                                  {.name = VG_LIT_INIT("b"), .size = 1},
                                                  {.name = VG_LIT_INIT("%p\" %d"), .size = 1}};

typedef struct round {
    vg_arena *arena;
    vg_status status;
    vg_subject *points;
    uint32_t point_count;
    vg_index *indexes;
    uint32_t index_count;
    vg_json_out *out;
} round;

_Noreturn static void give_up(const round *r, const char *about)
{
    vg_slice what = vg_status_what(&r->status);

    fprintf(stderr, "%s: " VG_FMT "\n", about, VG_ARG(what));
    exit(2);
}

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    *out = (vg_point_id){.kind = VG_ID_NUM};
    if (v->kind == VG_JSON_STRING)
        return vg_point_id_read_uuid(v->text, out);
    return vg_json_read_u64(arena, v, &out->num, status);
}

static void read_points(round *r, const vg_json *list)
{
    r->points = VG_TAKE_N(r->arena, vg_subject, (size_t)list->count + 1);
    for (const vg_json *v = list->first; v; v = v->next) {
        const vg_json *names = vg_json_get(v, VG_LIT("vectors"));
        vg_slice *held = VG_TAKE_N(r->arena, vg_slice, (size_t)names->count + 1);
        vg_subject *point = &r->points[r->point_count++];

        *point = (vg_subject){.payload = vg_json_get(v, VG_LIT("payload")), .vectors = held};
        if (!read_id(r->arena, vg_json_get(v, VG_LIT("id")), &point->id, &r->status))
            give_up(r, "an id");
        for (const vg_json *name = names->first; name; name = name->next)
            held[point->vector_count++] = name->text;
    }
}

static void read_indexes(round *r, const vg_json *list)
{
    const vg_index_reader reader = {.arena = r->arena, .status = &r->status};

    r->indexes = VG_TAKE_N(r->arena, vg_index, (size_t)list->count + 1);
    for (const vg_json *v = list->first; v; v = v->next) {
        vg_index *index = &r->indexes[r->index_count++];

        if (!vg_index_read(&reader, vg_json_get(v, VG_LIT("field_schema")), index))
            give_up(r, "an index");
        index->key = vg_json_get(v, VG_LIT("field_name"))->text;
    }
}

/* ---- answers ---- */

static void put_eval(round *r, const vg_filter *filter, const vg_indexes *indexes)
{
    const vg_ready *ready = vg_ready_make(r->arena, filter, indexes, &r->status);
    char *bits = vg_arena_take(r->arena, r->point_count + 1);

    if (!ready || !bits)
        give_up(r, "the evaluator");
    for (uint32_t i = 0; i < r->point_count; i++)
        bits[i] = vg_eval(ready, &r->points[i]) ? '1' : '0';
    vg_json_put_key(r->out, VG_LIT("eval"));
    vg_json_put_text(r->out, vg_slice_of(bits, r->point_count));
}

static void put_param(round *r, const vg_pg_param *param)
{
    char *hex = vg_arena_take(r->arena, 2 * param->value.len + 1);

    vg_json_open_array(r->out);
    if (param->value.at && hex) {
        vg_hex_write(param->value.at, param->value.len, hex);
        vg_json_put_text(r->out, vg_slice_of(hex, 2 * param->value.len));
    } else {
        vg_json_put_null(r->out);
    }
    vg_json_put_u64(r->out, param->type);
    vg_json_put_bool(r->out, param->is_binary);
    vg_json_close_array(r->out);
}

static void put_answer(round *r, const vg_filter *filter, const vg_indexes *indexes)
{
    const vg_collection_spec spec = {
        .vectors = vectors, .vector_count = VECTORS, .indexes = *indexes};
    vg_pg_sql sql = {.arena = r->arena};
    vg_pg_statement statement = {.comes_again = false};

    vg_json_open_object(r->out);
    put_eval(r, filter, indexes);
    if (!vg_pg_write_filter(&sql, filter, &spec, &r->status) ||
        !vg_pg_sql_end(&sql, &statement, &r->status))
        give_up(r, "a condition");
    vg_json_put_key(r->out, VG_LIT("sql"));
    vg_json_put_text(r->out, statement.sql);
    vg_json_put_key(r->out, VG_LIT("params"));
    vg_json_open_array(r->out);
    for (uint32_t i = 0; i < statement.param_count; i++)
        put_param(r, &statement.params[i]);
    vg_json_close_array(r->out);
    vg_json_close_object(r->out);
}

static void answer_filter(round *r, const vg_json *v)
{
    const vg_filter_reader reader = {
        .arena = r->arena, .status = &r->status, .read_id = read_id, .refuses_unknown = true};
    const vg_indexes none = {NULL, 0}, indexes = {r->indexes, r->index_count};
    const vg_filter *filter;

    vg_json_open_array(r->out);
    if (vg_filter_read(&reader, v, &filter)) {
        put_answer(r, filter, &none);
        put_answer(r, filter, &indexes);
    } else {
        vg_json_put_text(r->out, vg_status_what(&r->status));
        r->status = (vg_status){0};
    }
    vg_json_close_array(r->out);
}

static void put_index(round *r, const vg_index *index)
{
    vg_pg_extract what;
    vg_slice expression;
    vg_path path;

    if (vg_path_read(r->arena, index->key, &path) != VG_PATH_OK)
        give_up(r, "a path");
    what = vg_pg_extract_of(index, &path);
    if (what == VG_PG_EXTRACT_NONE)
        return;
    expression = vg_pg_extract_write(r->arena, what, "payload", &path);
    vg_json_put_text(r->out, vg_arena_printf(r->arena, "%s (" VG_FMT ")",
                                             vg_pg_extract_method(what), VG_ARG(expression)));
}

static void answer_line(vg_slice line, vg_buf *buf)
{
    vg_json_out out = {.buf = buf};
    round r = {.arena = vg_arena_new((size_t)1 << 30), .out = &out};
    const vg_json *root = vg_json_read(r.arena, line, VG_JSON_DEPTH, &r.status);

    if (!root)
        give_up(&r, "a line");
    read_points(&r, vg_json_get(root, VG_LIT("points")));
    read_indexes(&r, vg_json_get(root, VG_LIT("indexes")));
    vg_json_open_array(&out);
    for (const vg_json *v = vg_json_get(root, VG_LIT("filters"))->first; v; v = v->next)
        answer_filter(&r, v);
    vg_json_open_array(&out);
    for (uint32_t i = 0; i < r.index_count; i++)
        put_index(&r, &r.indexes[i]);
    vg_json_close_array(&out);
    vg_json_close_array(&out);
    vg_arena_free(r.arena);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    while ((len = getline(&line, &room, stdin)) > 0) {
        vg_buf buf;

        if (room < (size_t)len + VG_JSON_PAD)
            line = realloc(line, room = (size_t)len + VG_JSON_PAD);
        vg_buf_init(&buf, 0);
        answer_line(vg_slice_of(line, (size_t)len), &buf);
        printf(VG_FMT "\n", VG_ARG(vg_buf_bytes(&buf)));
        fflush(stdout);
        vg_buf_fini(&buf);
    }
    free(line);
    return 0;
}
