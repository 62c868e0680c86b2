/* See fields.h. */
#include "fields.h"

vg_index index_of(const char *key, vg_index_kind kind)
{
    return (vg_index){.key = vg_slice_str(key), .kind = kind};
}

vg_code index_field(bench *b, const char *name, const vg_index *index, bool wait,
                    uint64_t *operation)
{
    vg_write write = {.arena = b->arena};
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    vg_code code = VG_INVALID;

    assert_non_null(table);
    if (vg_write_prepare_index(&write, table, index, wait))
        code = finish(b, &write);
    b->status = write.status;
    vg_table_let(table);
    if (operation)
        *operation = write.operation;
    return code;
}

vg_shape *shape_of(bench *b, const char *name)
{
    vg_table *table = vg_store_find(b->store, vg_slice_str(name), b->arena, &b->status);
    vg_shape *shape = vg_table_shape(table);

    vg_table_let(table);
    return shape;
}

/* Of how many fields there are, how many are ready; their keys in order. */
void expect_fields(bench *b, const char *name, const char *keys, uint32_t ready)
{
    vg_shape *shape = shape_of(b, name);
    vg_slice all = {0};
    uint32_t count = 0;

    for (uint32_t i = 0; i < shape->fields.count; i++) {
        all = vg_arena_printf(b->arena, VG_FMT "%s" VG_FMT, VG_ARG(all), i > 0 ? " " : "",
                              VG_ARG(shape->fields.at[i].index.key));
        count += shape->fields.at[i].is_ready;
        assert_true(vg_slice_is(shape->spec.indexes.at[i].key, shape->fields.at[i].index.key));
    }
    must_be(all, keys);
    assert_int_equal(count, ready);
    vg_shape_let(shape);
}

void put_payloads(bench *b, uint64_t from, uint64_t count)
{
    vg_point *points = VG_TAKE_N(b->arena, vg_point, count);

    for (uint64_t i = 0; i < count; i++)
        points[i] = (vg_point){.id = number_id(from + i),
                               .payload = vg_arena_printf(
                                   b->arena, "{\"n\":%d,\"s\":[\"a\",\"b%d\"],\"t\":\"the %d\"}",
                                   (int)(i % 7), (int)(i % 5), (int)i)};
    assert_int_equal(upsert_points(b, "c", points, (uint32_t)count, NULL), VG_OK);
}
