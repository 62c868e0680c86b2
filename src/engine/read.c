/* See read.h. */
#include "engine/read.h"

#include "engine/keys.h"
#include "engine/record.h"
#include "engine/session.h"

static const char get_sql[] = "SELECT version,payload,vector FROM points_%llu WHERE id=?1";
static const char scroll_sql[] =
    "SELECT version,payload,vector,id FROM points_%llu WHERE id>=?1 ORDER BY id LIMIT ?2";

bool vg_read_too_large(const vg_read *read)
{
    vg_status_set(read->status, VG_TOO_LARGE,
                  VG_LIT("the answer is larger than one request may hold: ask for less at a time"),
                  (vg_slice){0});
    return false;
}

static void let(void *table)
{
    vg_table_let(table);
}

/* The hold ends with the arena: specs and texts of the table may be in the answer. */
vg_table *vg_read_table(const vg_read *read)
{
    vg_table *table = vg_store_find(read->store, read->collection, read->arena, read->status);

    if (!table || vg_arena_defer(read->arena, let, table))
        return table;
    vg_table_let(table);
    vg_read_too_large(read);
    return NULL;
}

static bool trouble(const vg_read *read, const vg_session *session)
{
    vg_sql_trouble(session->sql, "the store cannot be read", read->arena, read->status);
    return false;
}

static bool open_session(const vg_read *read, vg_session *session)
{
    *session = (vg_session){.store = read->store, .table = vg_read_table(read)};
    return session->table && vg_session_open(session, read->arena, read->status);
}

/* ---- by id ---- */

typedef struct getting {
    const vg_read *read;
    vg_session session;
    vg_record record;
    vg_point *points;
    uint32_t count;
} getting;

/* A point that is not there is no error: the answer just lacks it. */
static bool get_one(getting *g, const vg_point_id *id, vg_slice key)
{
    struct sqlite3_stmt *stmt = vg_sql_use(g->session.sql, get_sql, g->session.table->number);
    vg_sql_step step;
    vg_point *point = &g->points[g->count];
    bool good = true;

    if (!stmt)
        return trouble(g->read, &g->session);
    vg_sql_put_blob(stmt, 1, key);
    step = vg_sql_next(stmt);
    if (step == VG_SQL_ROW) {
        point->id = *id;
        good = vg_record_fill(&g->record, stmt, g->read->arena, point, g->read->status);
        g->count++;
    } else if (step == VG_SQL_FAILED) {
        good = trouble(g->read, &g->session);
    }
    vg_sql_done(stmt);
    return good;
}

static bool get_all(getting *g, const vg_op_input *in)
{
    vg_arena *arena = g->read->arena;
    vg_keys keys;

    if (!vg_keys_init(arena, &keys, in->get.count))
        return vg_read_too_large(g->read);
    for (uint32_t i = 0; i < keys.count; i++)
        keys.at[i] = vg_keys_of(arena, &in->get.ids[i]);
    if (!vg_keys_once(arena, &keys, VG_KEEP_FIRST))
        return vg_read_too_large(g->read);
    g->points = VG_TAKE_N(arena, vg_point, (size_t)keys.once_count + 1);
    if (!g->points)
        return vg_read_too_large(g->read);
    for (uint32_t i = 0; i < keys.once_count; i++)
        if (!get_one(g, &in->get.ids[keys.once[i]], keys.at[keys.once[i]]))
            return false;
    return true;
}

bool vg_read_get(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    getting g = {.read = read};
    bool good;

    if (!vg_record_read(read->arena, &in->get.with_payload, &in->get.with_vectors, &g.record,
                        read->status) ||
        !open_session(read, &g.session))
        return false;
    good = get_all(&g, in);
    vg_session_close(&g.session);
    if (good)
        out->points = (vg_points){g.points, g.count};
    return good;
}

/* ---- in the order of ids ---- */

typedef struct scrolling {
    const vg_read *read;
    vg_session session;
    vg_record record;
    vg_point *points;
    uint32_t count, room, limit;
    vg_point_id next;
} scrolling;

static bool read_id(const scrolling *s, struct sqlite3_stmt *row, vg_point_id *id)
{
    vg_slice key = vg_arena_copy(s->read->arena, vg_sql_blob(row, 3));

    if (!key.at)
        return vg_read_too_large(s->read);
    if (vg_point_id_of_key((const uint8_t *)key.at, key.len, id))
        return true;
    vg_status_set(s->read->status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a point's id has no known form"),
                  VG_LIT("points.db"));
    return false;
}

/* By what comes, not by the limit: that is the client's number. */
static bool make_room(scrolling *s)
{
    uint32_t room = s->room ? s->room * 2 : 16;
    vg_point *points;

    if (s->count < s->room)
        return true;
    points =
        vg_arena_resize(s->read->arena, s->points, s->room * sizeof *points, room * sizeof *points);
    if (!points)
        return vg_read_too_large(s->read);
    s->points = points;
    s->room = room;
    return true;
}

/* One row more than the page holds was asked for: it is where the next page begins. */
static bool take_row(scrolling *s, struct sqlite3_stmt *row)
{
    vg_point_id id;
    vg_point *point;

    if (!read_id(s, row, &id))
        return false;
    if (s->count == s->limit) {
        s->next = id;
        return true;
    }
    if (!make_room(s))
        return false;
    point = &s->points[s->count++];
    *point = (vg_point){.id = id};
    return vg_record_fill(&s->record, row, s->read->arena, point, s->read->status);
}

/* An empty key is smaller than all: NONE begins at the first. */
static bool scroll(scrolling *s, const vg_point_id *from)
{
    struct sqlite3_stmt *stmt = vg_sql_use(s->session.sql, scroll_sql, s->session.table->number);
    uint8_t key[VG_ID_KEY_MAX];
    size_t len = from->kind == VG_ID_NONE ? 0 : vg_point_id_key(from, key);
    vg_sql_step step = VG_SQL_FAILED;
    bool good = true;

    if (stmt) {
        vg_sql_put_blob(stmt, 1, vg_slice_of((const char *)key, len));
        vg_sql_put_u64(stmt, 2, (uint64_t)s->limit + 1);
    }
    while (stmt && good && (step = vg_sql_next(stmt)) == VG_SQL_ROW)
        good = take_row(s, stmt);
    if (good && step == VG_SQL_FAILED)
        good = trouble(s->read, &s->session);
    vg_sql_done(stmt);
    return good;
}

bool vg_read_scroll(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    scrolling s = {.read = read, .limit = in->scroll.limit};
    bool good;

    if (!vg_record_read(read->arena, &in->scroll.with_payload, &in->scroll.with_vectors, &s.record,
                        read->status) ||
        !open_session(read, &s.session))
        return false;
    good = scroll(&s, &in->scroll.from);
    vg_session_close(&s.session);
    if (!good)
        return false;
    out->page.points = (vg_points){s.points, s.count};
    out->page.next = s.next;
    return true;
}

/* ---- collections ---- */

bool vg_read_count(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    vg_table *table = vg_read_table(read);

    (void)in; /* exact or not: it is known exactly */
    if (!table)
        return false;
    out->count = vg_table_points(table);
    return true;
}

static void find_color(const vg_read *read, vg_collection_info *info)
{
    vg_status stuck = {0};

    info->color = VG_GREEN;
    if (!vg_store_is_stuck(read->store, read->arena, &stuck))
        return;
    info->color = VG_YELLOW;
    info->trouble = stuck.what;
}

static void let_shape(void *shape)
{
    vg_shape_let(shape);
}

/* Held until the arena is freed: texts of it are in the answer. */
static vg_shape *hold_shape(const vg_read *read, vg_table *table)
{
    vg_shape *shape = vg_table_shape(table);

    if (vg_arena_defer(read->arena, let_shape, shape))
        return shape;
    vg_shape_let(shape);
    vg_read_too_large(read);
    return NULL;
}

bool vg_read_describe(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    vg_collection_info *info = &out->info;
    vg_status missing = {0};
    vg_read quiet = *read;
    vg_table *table;
    vg_shape *shape;

    (void)in;
    quiet.status = &missing; /* that there is none is an answer here */
    table = vg_read_table(&quiet);
    *info = (vg_collection_info){.exists = table != NULL};
    if (!table && missing.code != VG_NOT_FOUND) {
        *read->status = missing;
        return false;
    }
    if (!table)
        return true;
    shape = hold_shape(read, table);
    if (!shape)
        return false;
    info->spec = shape->spec;
    info->points_count = vg_table_points(table);
    info->segments_count = 1;
    find_color(read, info);
    return true;
}

bool vg_read_list(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    (void)in;
    if (vg_shelf_names(vg_store_shelf(read->store), read->arena, &out->names.at, &out->names.count))
        return true;
    return vg_read_too_large(read);
}
