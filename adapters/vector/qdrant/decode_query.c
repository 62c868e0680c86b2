/* From the replies of Qdrant's query API to results: hits, groups of them, matrices. */
#include "adapters/vector/qdrant/qdrant.h"
#include "base/number.h"

static vg_next too_large(vg_try *t)
{
    return vg_try_fail(t, VG_TOO_LARGE, (vg_slice){0});
}

static struct wanted wanted_of(const vg_search *search, bool has_score)
{
    return (struct wanted){search->with_payload.want != VG_PAYLOAD_NONE,
                           search->with_vectors.want != VG_VECTORS_NONE, has_score};
}

static bool has_score(const vg_query *query)
{
    return query->kind == VG_QUERY_SEARCH || query->kind == VG_QUERY_RRF ||
           query->kind == VG_QUERY_DBSF;
}

/* --- lists of hits --------------------------------------------------------------------------- */

typedef struct wanted wanted_fn(const vg_op *op, uint32_t i);

/* One query is answered by an object, several by a list of such. */
static vg_next decode_many(const vg_op *op, vg_try *t, const vg_http_reply *reply, uint32_t count,
                           wanted_fn *wanted)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *answer = result;
    vg_points *lists;

    if (result == NULL)
        return VG_FAIL;
    if (count != 1) {
        if (result->kind != VG_JSON_ARRAY || result->count != count)
            return vg_qdrant_misread(t, "it has another number of lists than there were queries");
        answer = result->first;
    }
    lists = VG_TAKE_N(t->scratch, vg_points, count > 0 ? count : 1);
    if (lists == NULL)
        return too_large(t);
    for (uint32_t i = 0; i < count; i++, answer = answer->next) {
        if (!vg_qdrant_read_points(t, vg_json_get(answer, VG_LIT("points")), wanted(op, i),
                                   &lists[i]))
            return VG_FAIL;
    }
    t->result.searches.at = lists;
    t->result.searches.count = count;
    return VG_DONE;
}

static struct wanted wanted_of_search(const vg_op *op, uint32_t i)
{
    return wanted_of(&op->in.search.queries[i], true);
}

static struct wanted wanted_of_query(const vg_op *op, uint32_t i)
{
    return wanted_of(&op->in.query.at[i].search, has_score(&op->in.query.at[i]));
}

vg_next vg_qdrant_decode_search(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    return decode_many(op, t, reply, op->in.search.count, wanted_of_search);
}

vg_next vg_qdrant_decode_query(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    return decode_many(op, t, reply, op->in.query.count, wanted_of_query);
}

/* --- groups ---------------------------------------------------------------------------------- */

static bool read_group(vg_try *t, const vg_json *from, struct wanted wanted, vg_group *to)
{
    if (!vg_qdrant_read_value(t, vg_json_get(from, VG_LIT("id")), &to->id) ||
        to->id.kind == VG_MATCH_BOOL)
        return vg_qdrant_misread(t, "a group's id is neither a text nor an integer") == VG_DONE;
    return vg_qdrant_read_points(t, vg_json_get(from, VG_LIT("hits")), wanted, &to->hits);
}

vg_next vg_qdrant_decode_groups(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_query *query = &op->in.groups.query;
    struct wanted wanted = wanted_of(&query->search, has_score(query));
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    const vg_json *list = vg_json_get(result, VG_LIT("groups"));
    vg_group *groups;
    uint32_t i = 0;

    if (result == NULL)
        return VG_FAIL;
    if (list == NULL || list->kind != VG_JSON_ARRAY)
        return vg_qdrant_misread(t, "it has no groups");
    groups = VG_TAKE_N(t->scratch, vg_group, list->count > 0 ? list->count : 1);
    if (groups == NULL)
        return too_large(t);
    for (const vg_json *at = list->first; at != NULL; at = at->next) {
        if (!read_group(t, at, wanted, &groups[i++]))
            return VG_FAIL;
    }
    t->result.groups.at = groups;
    t->result.groups.count = i;
    return VG_DONE;
}

/* --- matrices -------------------------------------------------------------------------------- */

struct matrix {
    vg_point_id *ids;
    uint32_t id_count;
    float *rows, *columns, *scores; /* a float32 holds every offset exactly: samples are small */
    uint32_t count;
};

static bool misread_matrix(vg_try *t)
{
    return vg_qdrant_misread(t, "its matrix is not of the form it should have") == VG_DONE;
}

/* The next of a list that is known to hold numbers. */
static vg_slice take_number(const char **at, const char *end)
{
    const char *bad, *from;

    while (**at != '-' && (**at < '0' || **at > '9'))
        ++*at;
    from = *at;
    *at = vg_number_skip(from, end, &bad);
    return vg_slice_of(from, (size_t)(*at - from));
}

static bool read_ids(vg_try *t, const vg_json *list, struct matrix *to)
{
    uint32_t i = 0;

    if (!vg_json_is_array(list))
        return misread_matrix(t);
    to->id_count = list->count;
    to->ids = VG_TAKE_N(t->scratch, vg_point_id, (size_t)list->count + 1);
    if (to->ids == NULL)
        return too_large(t) == VG_DONE;
    for (const char *at = list->raw.at; list->kind == VG_JSON_VECTOR && i < list->count; i++) {
        to->ids[i].kind = VG_ID_NUM;
        if (!vg_number_u64(take_number(&at, list->raw.at + list->raw.len), &to->ids[i].num))
            return misread_matrix(t);
    }
    for (const vg_json *at = list->first; at != NULL; at = at->next) {
        if (!vg_qdrant_read_id(t, at, &to->ids[i++]))
            return misread_matrix(t);
    }
    return true;
}

/* As many numbers as the others have. */
static bool read_floats(vg_try *t, const vg_json *list, uint32_t count, float **out)
{
    if (!vg_json_is_array(list) || list->count != count ||
        (count > 0 && list->kind != VG_JSON_VECTOR))
        return misread_matrix(t);
    *out = VG_TAKE_N(t->scratch, float, (size_t)count + 1);
    if (*out == NULL)
        return too_large(t) == VG_DONE;
    return count == 0 || vg_json_read_floats(t->scratch, list, *out, NULL) || misread_matrix(t);
}

static bool is_offset(float number, uint32_t count)
{
    return number >= 0 && number < (float)count && number == (float)(uint32_t)number;
}

static bool check_offsets(const struct matrix *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (!is_offset(m->rows[i], m->id_count) || !is_offset(m->columns[i], m->id_count))
            return false;
    }
    return true;
}

static bool read_matrix(vg_try *t, const vg_json *result, struct matrix *m)
{
    const vg_json *rows = vg_json_get(result, VG_LIT("offsets_row"));

    *m = (struct matrix){.count = vg_json_is_array(rows) ? rows->count : 0};
    return read_ids(t, vg_json_get(result, VG_LIT("ids")), m) &&
           read_floats(t, rows, m->count, &m->rows) &&
           read_floats(t, vg_json_get(result, VG_LIT("offsets_col")), m->count, &m->columns) &&
           read_floats(t, vg_json_get(result, VG_LIT("scores")), m->count, &m->scores) &&
           (check_offsets(m) || misread_matrix(t));
}

/* A list for each row, which begins with the row's own point. `points` has room for all of them;
 * `next` comes as zeros and then says where the next neighbour of a row goes. */
static void fill_lists(const struct matrix *m, uint32_t *next, vg_points *lists, vg_point *points)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < m->count; i++)
        next[(uint32_t)m->rows[i]]++;
    for (uint32_t row = 0; row < m->id_count; row++) {
        lists[row] = (vg_points){&points[at], next[row] + 1};
        points[at].id = m->ids[row];
        next[row] = at + 1;
        at += lists[row].count;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        vg_point *to = &points[next[(uint32_t)m->rows[i]]++];

        to->id = m->ids[(uint32_t)m->columns[i]];
        to->has_score = true;
        to->score = m->scores[i];
    }
}

vg_next vg_qdrant_decode_matrix(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    const vg_json *result = vg_qdrant_read_result(op, t, reply);
    struct matrix m;
    vg_points *lists;
    vg_point *points;
    uint32_t *next;

    if (result == NULL || !read_matrix(t, result, &m))
        return VG_FAIL;
    lists = VG_TAKE_N(t->scratch, vg_points, (size_t)m.id_count + 1);
    points = VG_TAKE_N(t->scratch, vg_point, (size_t)m.id_count + m.count + 1);
    next = VG_TAKE_N(t->scratch, uint32_t, (size_t)m.id_count + 1);
    if (lists == NULL || points == NULL || next == NULL)
        return too_large(t);
    fill_lists(&m, next, lists, points);
    t->result.searches.at = lists;
    t->result.searches.count = m.id_count;
    return VG_DONE;
}
