/* See asking.h. */
#include "asking.h"

#include "vecgate/json.h"

vg_point_id number(uint64_t num)
{
    return (vg_point_id){.kind = VG_ID_NUM, .num = num};
}

vg_vector floats(vg_slice name, const float *at, uint32_t count)
{
    return (vg_vector){.name = name,
                       .form = VG_VECTOR_F32,
                       .bytes = vg_slice_of((const char *)at, count * sizeof(float)),
                       .count = count};
}

vg_slice padded(bench *b, const char *text)
{
    size_t len = strlen(text);
    char *copy = vg_arena_take_zero(b->arena, 1, len + VG_JSON_PAD);

    assert_non_null(copy);
    memcpy(copy, text, len);
    return vg_slice_of(copy, len);
}

/* ---- writes ---- */

vg_code make(bench *b, const vg_collection_spec *spec)
{
    vg_write write = {
        .kind = VG_WRITE_CREATE, .arena = b->arena, .name = VG_LIT("c"), .spec = spec};

    assert_true(vg_write_check_spec(spec, b->arena, &b->status));
    return finish(b, &write);
}

vg_code make_plain(bench *b, uint32_t size, vg_distance distance)
{
    vg_vector_params vector = {.size = size, .distance = distance, .on_disk = -1};
    vg_collection_spec spec = {.vectors = &vector, .vector_count = 1};

    return make(b, &spec);
}

static vg_table *hold(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);

    assert_non_null(table);
    return table;
}

vg_code put(bench *b, uint64_t id, const vg_vector *vectors, uint32_t count, const char *payload)
{
    vg_point point = {
        .id = number(id), .vectors = vectors, .vector_count = count, .payload = padded(b, payload)};
    vg_update upsert = {.kind = VG_OP_UPSERT, .points = &point, .point_count = 1};

    return update(b, "c", &upsert, 1, NULL);
}

vg_code declare_as(bench *b, vg_index index, bool wait)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = hold(b);
    vg_code code;

    assert_true(vg_write_prepare_index(&write, table, &index, wait));
    code = finish(b, &write);
    vg_table_let(table);
    return code;
}

vg_code declare(bench *b, const char *key, vg_index_kind kind)
{
    return declare_as(b, (vg_index){.key = vg_slice_str(key), .kind = kind}, true);
}

/* ---- reads ---- */

static void must(const bench *b, bool good)
{
    if (!good)
        fail_msg("a read failed: " VG_FMT, VG_ARG(vg_status_what(&b->status)));
}

uint64_t count_matching(bench *b, const vg_filter *filter)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {.count = {.filter = filter}};
    vg_op_result out = {0};

    must(b, vg_read_count(&read, &in, &out));
    return out.count;
}

vg_points scroll_by(bench *b, const vg_order_by *order, const vg_filter *filter, uint32_t limit)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {.scroll = {.limit = limit, .order = *order, .filter = filter}};
    vg_op_result out = {0};

    in.scroll.with_payload.want = VG_PAYLOAD_ALL;
    must(b, vg_read_scroll(&read, &in, &out));
    assert_int_equal(out.page.next.kind, VG_ID_NONE);
    return out.page.points;
}

vg_op_result facet_of(bench *b, const char *key, const vg_filter *filter, uint32_t limit)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {.facet = {.key = vg_slice_str(key), .filter = filter, .limit = limit}};
    vg_op_result out = {0};

    must(b, vg_read_facet(&read, &in, &out));
    return out;
}

vg_collection_info describe(bench *b)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {0};
    vg_op_result out = {0};

    must(b, vg_read_describe(&read, &in, &out));
    return out.info;
}

vg_code search(bench *b, const vg_search *queries, uint32_t count, const vg_points **lists)
{
    vg_read read = reading(b, "c");
    vg_op_input in = {.search = {queries, count}};
    vg_op_result out = {0};

    if (!vg_read_search(&read, &in, &out)) {
        assert_int_not_equal(b->status.code, VG_OK);
        return b->status.code;
    }
    assert_int_equal(out.searches.count, count);
    *lists = out.searches.at;
    return VG_OK;
}

/* ---- filters ---- */

vg_condition has_text(const char *key, const char *text)
{
    vg_condition c = {.test = VG_TEST_MATCH_VALUE, .key = vg_slice_str(key)};

    c.as.value = (vg_match_value){.kind = VG_MATCH_TEXT, .text = vg_slice_str(text)};
    return c;
}

vg_condition has_integer(const char *key, int64_t value)
{
    vg_condition c = {.test = VG_TEST_MATCH_VALUE, .key = vg_slice_str(key)};

    c.as.value = (vg_match_value){.kind = VG_MATCH_INTEGER, .integer = value};
    return c;
}

vg_filter only(const vg_condition *condition)
{
    return (vg_filter){.must = {condition, 1}};
}
