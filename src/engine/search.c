/* Search, exactly (read.h): by vector, and by stored point, which is left out of its own answer.
 *
 * Vectors, ids and versions of hits come from memory; payloads from disk. When the disk is needed,
 * it is asked first for the number of its state and memory is then seen at that number (table.h): a
 * hit's payload belongs to the version that was found, and none is missing, however busy the writer
 * is. */
#include <inttypes.h>

#include "engine/keys.h"
#include "engine/read.h"
#include "engine/record.h"
#include "engine/session.h"

enum { MOST_TURNS = 16 }; /* each one means that a whole rebuild went by meanwhile */

static const char payload_sql[] = "SELECT version,payload FROM points_%llu WHERE id=?1";
static const char vector_sql[] = "SELECT vector FROM points_%llu WHERE id=?1";

typedef struct searching {
    const vg_read *read;
    const vg_search *queries;
    uint32_t count;
    vg_record *records;
    vg_nearest *nearest;
    vg_session session; /* closed when the disk is not needed */
    vg_view view;
} searching;

static bool needs_disk(const searching *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->records[i].payload || s->queries[i].by_id.kind != VG_ID_NONE)
            return true;
    return false;
}

/* ---- the state that is looked at ---- */

static bool open_view(searching *s)
{
    if (!needs_disk(s)) {
        vg_table_view(s->session.table, 0, &s->view);
        return true;
    }
    /* First the disk's state, then memory's at the same operation: the other way round a commit in
     * between would make hits that the disk has no longer. */
    for (int turn = 0; turn < MOST_TURNS; turn++) {
        if (!vg_session_open(&s->session, s->read->arena, s->read->status))
            return false;
        if (vg_table_view_at(s->session.table, 0, s->session.operation, &s->view))
            return true;
        vg_session_close(&s->session);
    }
    vg_status_set(s->read->status, VG_OVERLOADED,
                  VG_LIT("the collection changes faster than it can be searched"), (vg_slice){0});
    return false;
}

/* ---- what is asked ---- */

static bool no_point(const searching *s, const vg_point_id *id)
{
    vg_slice text = vg_point_id_text(s->read->arena, id);

    vg_status_setf(s->read->status, s->read->arena, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found", VG_ARG(text));
    return false;
}

static bool no_vector(const searching *s, const vg_search *query)
{
    vg_status_setf(s->read->status, s->read->arena, VG_NOT_FOUND, VG_LIT("vector"),
                   "Vector with name \"" VG_FMT "\" for point not found",
                   VG_ARG(query->using_name));
    return false;
}

static bool unread(const searching *s)
{
    vg_sql_trouble(s->session.sql, "the store cannot be read", s->read->arena, s->read->status);
    return false;
}

static float *copy_stored(const searching *s, vg_slice vector)
{
    float *copy = vg_arena_take(s->read->arena, vector.len + 1);

    if (copy)
        memcpy(copy, vector.at, vector.len);
    else
        vg_read_too_large(s->read);
    return copy;
}

/* Of a row that was found; NULL with a status: it has none, or none that can be used. */
static float *take_stored(const searching *s, const vg_search *query, struct sqlite3_stmt *row)
{
    vg_slice vector = vg_sql_blob(row, 0);

    if (!vector.at)
        no_vector(s, query);
    else if (vector.len != s->session.table->vectors[0].size * sizeof(float))
        vg_status_set(s->read->status, VG_BACKEND_ERROR,
                      VG_LIT("the store is damaged: a vector has another length"),
                      VG_LIT("points.db"));
    else
        return copy_stored(s, vector);
    return NULL;
}

static float *stored_vector(searching *s, const vg_search *query)
{
    uint8_t key[VG_ID_KEY_MAX];
    size_t len = vg_point_id_key(&query->by_id, key);
    struct sqlite3_stmt *stmt = vg_sql_use(s->session.sql, vector_sql, s->session.table->number);
    vg_sql_step step = VG_SQL_FAILED;
    float *vector = NULL;

    if (stmt) {
        vg_sql_put_blob(stmt, 1, vg_slice_of((const char *)key, len));
        step = vg_sql_next(stmt);
    }
    if (step == VG_SQL_FAILED)
        unread(s);
    else if (step == VG_SQL_END)
        no_point(s, &query->by_id);
    else
        vector = take_stored(s, query, stmt);
    vg_sql_done(stmt);
    return vector;
}

static float *given_vector(const searching *s, const vg_search *query)
{
    uint32_t size = s->session.table->vectors[0].size;

    if (query->vector.count == size)
        return vg_vector_floats(s->read->arena, &query->vector, s->read->status);
    vg_status_setf(s->read->status, s->read->arena, VG_INVALID, VG_LIT("vector"),
                   "Vector dimension error: expected dim: %" PRIu32 ", got %" PRIu32, size,
                   query->vector.count);
    return NULL;
}

static bool check_name(const searching *s, const vg_search *query)
{
    if (query->using_name.len == 0)
        return true;
    vg_status_setf(s->read->status, s->read->arena, VG_INVALID, VG_LIT("using"),
                   "Vector with name " VG_FMT " is not configured in this collection",
                   VG_ARG(query->using_name));
    return false;
}

static bool ask(searching *s, const vg_search *query, vg_nearest *nearest)
{
    vg_arena *arena = s->read->arena;
    uint64_t wanted = (uint64_t)query->limit + query->offset;
    bool by_id = query->by_id.kind != VG_ID_NONE;
    const float *vector;

    if (!check_name(s, query))
        return false;
    vector = by_id ? stored_vector(s, query) : given_vector(s, query);
    if (!vector)
        return false;
    *nearest = (vg_nearest){
        .distance = s->session.table->vectors[0].distance,
        .has_threshold = query->has_threshold,
        .threshold = query->threshold,
        .except = query->by_id,
        /* no more room than there are slots, whatever the client asks for */
        .limit = wanted < s->view.used ? (uint32_t)wanted : s->view.used,
    };
    nearest->query = vg_exact_query(arena, vector, s->view.dense, nearest->distance);
    nearest->hits = VG_TAKE_N(arena, vg_hit, (size_t)nearest->limit + 1);
    return (nearest->query && nearest->hits) || vg_read_too_large(s->read);
}

/* ---- what is answered ---- */

/* Ids of hits are views of the vectors' memory: texts are copied. */
static bool keep_id(const searching *s, uint32_t slot, vg_point_id *id)
{
    *id = vg_dense_id(s->view.dense, slot);
    if (id->kind == VG_ID_TEXT)
        id->text = vg_arena_copy(s->read->arena, id->text);
    return id->kind != VG_ID_TEXT || id->text.at || vg_read_too_large(s->read);
}

static bool differ(const searching *s, const vg_point *point)
{
    vg_slice id = vg_point_id_text(s->read->arena, &point->id);

    vg_status_setf(s->read->status, s->read->arena, VG_INTERNAL, VG_LIT("points.db"),
                   "disk and memory differ about point " VG_FMT ", version %" PRIu64, VG_ARG(id),
                   point->version);
    return false;
}

static bool take_payload(const searching *s, const vg_record *record, struct sqlite3_stmt *row,
                         vg_point *point)
{
    vg_slice text = vg_sql_text(row, 1);

    uint64_t version = vg_sql_u64(row, 0);

    if (version < point->version) /* of its vector: what changed other parts is no earlier */
        return differ(s, point);
    point->version = version;
    return vg_record_payload(record, text, s->read->arena, point, s->read->status);
}

static bool fill_payload(searching *s, const vg_record *record, vg_point *point)
{
    uint8_t key[VG_ID_KEY_MAX];
    size_t len = vg_point_id_key(&point->id, key);
    struct sqlite3_stmt *stmt = vg_sql_use(s->session.sql, payload_sql, s->session.table->number);
    vg_sql_step step;
    bool good;

    if (!stmt)
        return unread(s);
    vg_sql_put_blob(stmt, 1, vg_slice_of((const char *)key, len));
    step = vg_sql_next(stmt);
    if (step == VG_SQL_FAILED)
        good = unread(s);
    else
        good = step == VG_SQL_ROW ? take_payload(s, record, stmt, point) : differ(s, point);
    vg_sql_done(stmt);
    return good;
}

static bool fill(searching *s, const vg_record *record, const vg_nearest *nearest, vg_hit hit,
                 vg_point *point)
{
    const vg_dense *dense = s->view.dense;

    if (!keep_id(s, hit.slot, &point->id))
        return false;
    point->version =
        record->payload ? vg_dense_born(dense, hit.slot) : vg_dense_version(dense, hit.slot);
    point->score = vg_exact_score(nearest->distance, hit.far);
    point->has_score = true;
    if (!vg_record_vector(record, vg_dense_row(dense, hit.slot), vg_dense_dimension(dense),
                          s->read->arena, point))
        return vg_read_too_large(s->read);
    return !record->payload || fill_payload(s, record, point);
}

static bool answer(searching *s, uint32_t i, vg_points *out)
{
    const vg_nearest *nearest = &s->nearest[i];
    uint32_t skip = s->queries[i].offset;
    uint32_t count = nearest->count > skip ? nearest->count - skip : 0;
    vg_point *points = VG_TAKE_N(s->read->arena, vg_point, (size_t)count + 1);

    if (!points)
        return vg_read_too_large(s->read);
    for (uint32_t k = 0; k < count; k++)
        if (!fill(s, &s->records[i], nearest, nearest->hits[skip + k], &points[k]))
            return false;
    *out = (vg_points){points, count};
    return true;
}

static bool search(searching *s, vg_points *out)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (!ask(s, &s->queries[i], &s->nearest[i]))
            return false;
    vg_exact_search(&s->view, s->nearest, s->count); /* one pass for all */
    for (uint32_t i = 0; i < s->count; i++)
        if (!answer(s, i, &out[i]))
            return false;
    return true;
}

static bool read_records(searching *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (!vg_record_read(s->read->arena, &s->queries[i].with_payload,
                            &s->queries[i].with_vectors, &s->records[i], s->read->status))
            return false;
    return true;
}

bool vg_read_search(const vg_read *read, const vg_op_input *in, vg_op_result *out)
{
    searching s = {.read = read, .queries = in->search.queries, .count = in->search.count};
    vg_points *lists = VG_TAKE_N(read->arena, vg_points, (size_t)s.count + 1);
    bool good;

    s.records = VG_TAKE_N(read->arena, vg_record, (size_t)s.count + 1);
    s.nearest = VG_TAKE_N(read->arena, vg_nearest, (size_t)s.count + 1);
    if (!lists || !s.records || !s.nearest)
        return vg_read_too_large(read);
    s.session = (vg_session){.store = read->store, .table = vg_read_table(read)};
    if (!s.session.table || !read_records(&s) || !open_view(&s))
        return false;
    good = search(&s, lists);
    vg_table_view_give(&s.view);
    vg_session_close(&s.session);
    if (!good)
        return false;
    out->searches.at = lists;
    out->searches.count = s.count;
    return true;
}
