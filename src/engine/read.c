/* See read.h: what needs no order and no comparing. */
#include "engine/read.h"

#include <inttypes.h>

#include "engine/keys.h"
#include "engine/look.h"
#include "engine/record.h"

/* For most requests; those that want other vectors get a statement of their own. */
static const char bare_sql[] = "SELECT version,payload FROM points_%llu WHERE id=?1";
static const char first_sql[] = "SELECT version,payload,vector FROM points_%llu WHERE id=?1";

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

/* The hold ends with the arena: names of the table may be in the answer. */
vg_table *vg_read_table(const vg_read *read)
{
    vg_table *table = vg_store_find(read->store, read->collection, read->arena, read->status);

    if (!table || vg_arena_defer(read->arena, let, table))
        return table;
    vg_table_let(table);
    vg_read_too_large(read);
    return NULL;
}

/* ---- by id ---- */

typedef struct getting {
    const vg_read *read;
    vg_look look;
    vg_record record;
    struct sqlite3_stmt *stmt;
    vg_point *points;
    uint32_t count;
} getting;

/* A point that is not there is no error: the answer just lacks it. */
static bool get_one(getting *g, const vg_point_id *id, vg_slice key)
{
    vg_point *point = &g->points[g->count];
    vg_sql_step step;
    bool good = true;

    vg_sql_put_blob(g->stmt, 1, key);
    step = vg_sql_next(g->stmt);
    if (step == VG_SQL_ROW) {
        point->id = *id;
        good = vg_record_fill(&g->record, g->stmt, g->read->arena, point, g->read->status);
        g->count++;
    } else if (step == VG_SQL_FAILED) {
        good = vg_look_trouble(&g->look);
    }
    vg_sql_done(g->stmt);
    return good;
}

static bool get_each(getting *g, const vg_op_input *in)
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

static bool get_all(getting *g, const vg_op_input *in)
{
    vg_arena *arena = g->read->arena;
    uint64_t number = g->look.session.table->number;
    vg_slice columns;
    bool good;

    if (vg_record_is_within(&g->record, 0)) {
        g->stmt =
            vg_sql_use(g->look.session.sql, g->record.place_count ? first_sql : bare_sql, number);
        return g->stmt ? get_each(g, in) : vg_look_trouble(&g->look);
    }
    columns = vg_record_columns(&g->record, arena);
    g->stmt = vg_look_prepare(
        &g->look,
        vg_arena_printf(arena, "SELECT " VG_FMT " FROM points_%" PRIu64 " AS p WHERE p.id=?1",
                        VG_ARG(columns), number),
        NULL);
    good = g->stmt && get_each(g, in);
    vg_sql_drop(g->stmt);
    return good;
}

bool vg_read_get(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    getting g = {.read = read};
    vg_record_ask ask = {&in->get.with_payload, &in->get.with_vectors};
    bool good;

    if (!vg_look_find(&g.look, read) ||
        !vg_record_read(read->arena, g.look.session.table, ask, &g.record, read->status) ||
        !vg_look_open(&g.look))
        return false;
    good = get_all(&g, in);
    vg_look_close(&g.look);
    if (good)
        out->points = (vg_points){g.points, g.count};
    return good;
}

/* ---- counting ---- */

/* The first column of the one row that a statement answers. */
static bool ask_count(vg_look *look, struct sqlite3_stmt *stmt, uint64_t *count)
{
    bool good = vg_sql_next(stmt) == VG_SQL_ROW;

    if (good)
        *count = vg_sql_u64(stmt, 0);
    else
        vg_look_trouble(look);
    return good;
}

static bool count_matching(vg_look *look, const vg_filter *filter, uint64_t *count)
{
    struct sqlite3_stmt *stmt;
    vg_where where;
    vg_slice text;
    bool good;

    if (!vg_look_where(look, filter, 1, &where))
        return false;
    text =
        where.rows.len > 0
            ? vg_arena_printf(look->read->arena, "SELECT count(*) FROM " VG_FMT, VG_ARG(where.rows))
            : vg_arena_printf(look->read->arena,
                              "SELECT count(*) FROM points_%" PRIu64 " AS p WHERE " VG_FMT,
                              look->session.table->number, VG_ARG(where.text));
    stmt = vg_look_prepare(look, text, &where);
    good = stmt && ask_count(look, stmt, count);
    vg_sql_drop(stmt);
    return good;
}

bool vg_read_count(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    vg_look look;
    bool good;

    if (!vg_look_find(&look, read)) /* exact or not: it is counted exactly */
        return false;
    if (!in->count.filter) {
        out->count = vg_table_points(look.session.table);
        return true;
    }
    if (!vg_look_open(&look))
        return false;
    good = count_matching(&look, in->count.filter, &out->count);
    vg_look_close(&look);
    return good;
}

/* ---- collections ---- */

static bool count_values(vg_look *look, vg_collection_info *info)
{
    const vg_fields *fields = &look->shape->fields;
    uint64_t *points = VG_TAKE_N(look->read->arena, uint64_t, (size_t)fields->count + 1);

    if (!points)
        return vg_read_too_large(look->read);
    for (uint32_t i = 0; i < fields->count; i++)
        if (!vg_field_points(look->session.sql, &fields->at[i], &points[i]))
            return vg_look_trouble(look);
    info->index_points = points;
    return true;
}

static const vg_field *unfilled(const vg_fields *fields)
{
    for (uint32_t i = 0; i < fields->count; i++)
        if (!fields->at[i].is_ready)
            return &fields->at[i];
    return NULL;
}

/* ---- graphs ---- */

typedef struct indexed {
    uint64_t vectors, all;            /* in graphs, and those that live */
    const vg_vector_params *building; /* one whose graph lacks much; NULL: none does */
} indexed;

static uint64_t count_unindexed(const vg_view *view)
{
    uint64_t count = 0;

    if (!view->graph)
        return view->live;
    for (uint32_t slot = view->indexed; slot < view->used; slot++)
        count += vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation);
    return count;
}

/* As much as would deserve a graph by itself, or all of it: another one is being made. */
static bool lacks_much(const vg_view *view, uint64_t bytes)
{
    const vg_hnsw_conf *conf = view->graph ? vg_hnsw_conf_of(view->graph) : NULL;

    return vg_tuning_wants(&view->tuning, bytes) ||
           (conf && view->tuning.m > 0 &&
            (conf->m != view->tuning.m || conf->ef_construct != view->tuning.ef_construct));
}

static indexed look_at_graphs(vg_table *table)
{
    indexed found = {0};

    for (uint32_t i = 0; i < table->vector_count; i++) {
        uint64_t unindexed;
        vg_view view;

        vg_table_view(table, i, &view);
        unindexed = count_unindexed(&view);
        found.all += view.live;
        found.vectors += view.live > unindexed ? view.live - unindexed : 0;
        if (lacks_much(&view, vg_dense_bytes_of(view.dense, unindexed)))
            found.building = &table->vectors[i];
        vg_table_view_give(&view);
    }
    return found;
}

static vg_slice say_building(vg_arena *arena, const indexed *found)
{
    return vg_arena_printf(arena,
                           "the index of vector `" VG_FMT "` is being built; %" PRIu64
                           " of %" PRIu64 " vectors are indexed",
                           VG_ARG(found->building->name), found->vectors, found->all);
}

static void find_color(const vg_look *look, const indexed *found, vg_collection_info *info)
{
    const vg_field *field = unfilled(&look->shape->fields);
    const vg_read *read = look->read;
    vg_status stuck = {0};

    info->color = VG_GREEN;
    if (vg_store_is_stuck(read->store, read->arena, &stuck))
        info->trouble = stuck.what;
    else if (field)
        info->trouble =
            vg_arena_printf(read->arena, "the payload index of `" VG_FMT "` is being filled",
                            VG_ARG(field->index.key));
    else if (found->building)
        info->trouble = say_building(read->arena, found);
    else
        return;
    info->color = VG_YELLOW;
}

static bool describe(vg_look *look, bool is_brief, vg_collection_info *info)
{
    indexed found;
    bool good;

    if (!vg_look_open(look))
        return false;
    info->exists = true;
    info->spec = look->shape->spec;
    info->points_count = vg_table_points(look->session.table);
    info->segments_count = 1;
    good = is_brief || count_values(look, info);
    vg_look_close(look);
    found = look_at_graphs(look->session.table);
    info->indexed_vectors_count = found.vectors;
    find_color(look, &found, info);
    return good;
}

/* That there is none, or none any more, is an answer here. */
bool vg_read_describe(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    vg_status missing = {0};
    vg_read quiet = *read;
    vg_look look;

    quiet.status = &missing;
    out->info = (vg_collection_info){0};
    if (vg_look_find(&look, &quiet) && describe(&look, in->collection.is_brief, &out->info))
        return true;
    out->info = (vg_collection_info){0};
    if (missing.code == VG_NOT_FOUND)
        return true;
    *read->status = missing;
    return false;
}

bool vg_read_list(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    (void)in;
    if (vg_shelf_names(vg_store_shelf(read->store), read->arena, &out->names.at, &out->names.count))
        return true;
    return vg_read_too_large(read);
}
