/* Answers of queries of all forms: hits, groups of them, matrices (FACTS 6 and 8). */
#include "front/member.h"
#include "front/qdrant_rest/qdrant.h"

static void put_key(vg_json_out *json, const char *key)
{
    vg_json_put_key(json, vg_slice_str(key));
}

static void put_hits(vg_json_out *json, vg_points list)
{
    vg_json_open_array(json);
    for (uint32_t i = 0; i < list.count; i++)
        vg_write_points_put_hit(json, &list.at[i]);
    vg_json_close_array(json);
}

/* {"points": […]} */
static void put_answer(vg_json_out *json, vg_points list)
{
    vg_json_open_object(json);
    put_key(json, "points");
    put_hits(json, list);
    vg_json_close_object(json);
}

/* ---- queries ---- */

/* The page of a query without `query` begins with what its `offset` leaves out. */
static vg_points behind_offset(const vg_op *op, const vg_front_in *in)
{
    vg_points page = op->out.page.points;
    vg_status ignored = {0};
    vg_reader r = {op->arena, &ignored};
    uint32_t offset = 0;

    vg_member_count(r, vg_member_get(in->body, "offset", NULL), 0, &offset);
    if (offset > page.count)
        offset = page.count;
    return (vg_points){page.at + offset, page.count - offset};
}

void vg_write_query_one(const vg_op *op, vg_front_out *out)
{
    bool is_scroll = op->kind == VG_OP_SCROLL;
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_answer(&json, is_scroll ? behind_offset(op, out->in) : op->out.searches.at[0]);
    vg_envelope_close(&json, out);
}

void vg_write_query_hits(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_hits(&json, op->out.searches.at[0]);
    vg_envelope_close(&json, out);
}

static void write_many(const vg_op *op, vg_front_out *out,
                       void (*put)(vg_json_out *json, vg_points list))
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        put(&json, op->out.searches.at[i]);
    vg_json_close_array(&json);
    vg_envelope_close(&json, out);
}

void vg_write_query_many(const vg_op *op, vg_front_out *out)
{
    write_many(op, out, put_answer);
}

void vg_write_query_many_hits(const vg_op *op, vg_front_out *out)
{
    write_many(op, out, put_hits);
}

/* ---- groups ---- */

static void put_group(vg_json_out *json, const vg_group *group)
{
    vg_json_open_object(json);
    put_key(json, "hits");
    put_hits(json, group->hits);
    put_key(json, "id");
    vg_write_points_put_value(json, &group->id);
    if (group->lookup) {
        put_key(json, "lookup");
        vg_write_points_put_record(json, group->lookup);
    }
    vg_json_close_object(json);
}

void vg_write_query_groups(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    put_key(&json, "groups");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.groups.count; i++)
        put_group(&json, &op->out.groups.at[i]);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* ---- matrices: each list is a point of the sample, then its neighbours ---- */

static void put_pair(vg_json_out *json, const vg_point *a, const vg_point *b)
{
    vg_json_open_object(json);
    put_key(json, "a");
    vg_point_id_write(json, &a->id);
    put_key(json, "b");
    vg_point_id_write(json, &b->id);
    put_key(json, "score");
    vg_json_put_f32(json, b->score);
    vg_json_close_object(json);
}

void vg_write_query_pairs(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    put_key(&json, "pairs");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++) {
        const vg_points *row = &op->out.searches.at[i];

        for (uint32_t k = 1; k < row->count; k++)
            put_pair(&json, row->at, &row->at[k]);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* Where the id is in the sample, which is in the order of ids. */
static uint32_t place_of(const vg_op *op, const vg_point_id *id)
{
    uint32_t low = 0, high = op->out.searches.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (vg_point_id_cmp(&op->out.searches.at[middle].at[0].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One list of the answer: a member of each element of the matrix, row by row. */
static void put_elements(vg_json_out *json, const vg_op *op, const char *key,
                         void (*put)(vg_json_out *json, const vg_op *op, uint32_t row, uint32_t k))
{
    put_key(json, key);
    vg_json_open_array(json);
    for (uint32_t row = 0; row < op->out.searches.count; row++)
        for (uint32_t k = 1; k < op->out.searches.at[row].count; k++)
            put(json, op, row, k);
    vg_json_close_array(json);
}

static void put_row(vg_json_out *json, const vg_op *op, uint32_t row, uint32_t k)
{
    (void)op;
    (void)k;
    vg_json_put_u64(json, row);
}

static void put_column(vg_json_out *json, const vg_op *op, uint32_t row, uint32_t k)
{
    vg_json_put_u64(json, place_of(op, &op->out.searches.at[row].at[k].id));
}

static void put_score(vg_json_out *json, const vg_op *op, uint32_t row, uint32_t k)
{
    vg_json_put_f32(json, op->out.searches.at[row].at[k].score);
}

void vg_write_query_offsets(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    put_elements(&json, op, "offsets_row", put_row);
    put_elements(&json, op, "offsets_col", put_column);
    put_elements(&json, op, "scores", put_score);
    put_key(&json, "ids");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.searches.count; i++)
        vg_point_id_write(&json, &op->out.searches.at[i].at[0].id);
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}
