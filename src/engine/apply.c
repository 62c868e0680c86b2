/* See apply.h. A collection is a row of `collections` and an SQL table of its own, points_<number>,
 * so that loading reads one table from end to end and dropping needs no row touched: the
 * collection's rows go, its number joins `dropped`, and the writer empties the table in small steps
 * when it has nothing better to do (upkeep.c). Its payload indexes have tables of their own and go
 * the same way. */
#include "engine/apply.h"

#include "engine/field_rows.h"
#include "engine/fill.h"
#include "engine/rows.h"

/* ---- stories ---- */

vg_code vg_apply_trouble(vg_sql *sql, vg_write *write)
{
    return vg_sql_trouble(sql, "the write failed", write->arena, &write->status);
}

vg_code vg_apply_no_collection(vg_write *write, vg_slice name)
{
    return vg_status_setf(&write->status, write->arena, VG_NOT_FOUND, VG_LIT("collection"),
                          "Collection `" VG_FMT "` doesn't exist!", VG_ARG(name));
}

vg_code vg_apply_no_memory(vg_write *write)
{
    return vg_status_set(&write->status, VG_OVERLOADED,
                         VG_LIT("no memory is left to hold the collection's vectors"),
                         (vg_slice){0});
}

/* ---- shapes ---- */

const vg_shape *vg_apply_shape(const vg_table *table)
{
    return table->next_shape ? table->next_shape : table->shape;
}

vg_code vg_apply_reshape(vg_sql *sql, vg_write *write, const vg_collection_spec *spec,
                         const vg_fields *fields)
{
    uint64_t number;

    if (!vg_rows_reshape(sql, write->table->number, &number))
        return vg_apply_trouble(sql, write);
    if (number == 0)
        return vg_apply_no_collection(write, write->table->name);
    write->shape = vg_shape_new(number, spec, fields);
    if (!write->shape)
        return vg_apply_no_memory(write);
    write->table->next_shape = write->shape;
    return VG_OK;
}

/* ---- collections ---- */

/* There are no points yet: an empty index is a full one. */
static bool add_fields(vg_sql *sql, uint64_t number, const vg_indexes *indexes, vg_field *fields)
{
    for (uint32_t i = 0; i < indexes->count; i++) {
        fields[i] = (vg_field){.index = indexes->at[i], .is_ready = true};
        if (!vg_field_rows_add(sql, number, &fields[i]))
            return false;
    }
    return true;
}

static vg_code add(vg_sql *sql, vg_write *write)
{
    const vg_collection_spec *spec = write->spec;
    vg_field *fields = VG_TAKE_N(write->arena, vg_field, spec->indexes.count + 1U);
    vg_shape *shape;
    uint64_t number;

    if (!fields)
        return vg_apply_no_memory(write);
    if (!vg_rows_add(sql, write->name, spec, &number) ||
        !add_fields(sql, number, &spec->indexes, fields))
        return vg_apply_trouble(sql, write);
    shape = vg_shape_new(0, spec, &(vg_fields){fields, spec->indexes.count});
    write->table = shape ? vg_table_new(number, write->name, shape) : NULL;
    write->did = true;
    return write->table ? VG_OK : vg_apply_no_memory(write);
}

static vg_code create(vg_sql *sql, vg_write *write)
{
    uint64_t number;

    if (!vg_rows_find(sql, write->name, &number))
        return vg_apply_trouble(sql, write);
    if (number != 0)
        return vg_status_setf(&write->status, write->arena, VG_EXISTS, VG_LIT("collection"),
                              "Collection `" VG_FMT "` already exists!", VG_ARG(write->name));
    return add(sql, write);
}

/* The SQL table stays until the writer empties it (upkeep.c): its number is never given again. */
static vg_code drop(vg_sql *sql, vg_write *write)
{
    uint64_t number;

    if (!vg_rows_find(sql, write->name, &number))
        return vg_apply_trouble(sql, write);
    write->did = number != 0;
    if (number == 0 || vg_rows_drop(sql, number))
        return VG_OK;
    return vg_apply_trouble(sql, write);
}

/* The table's vectors with the words of `spec` where it has them. */
static bool mix(vg_arena *arena, const vg_collection_spec *old, const vg_collection_spec *spec,
                vg_collection_spec *out)
{
    vg_vector_params *vectors = VG_TAKE_N(arena, vg_vector_params, old->vector_count + 1U);

    for (uint32_t i = 0; vectors && i < old->vector_count; i++) {
        const vg_vector_params *given = vg_spec_vector(spec, old->vectors[i].name);

        vectors[i] = old->vectors[i];
        if (!given)
            continue;
        vectors[i].hnsw_config = given->hnsw_config;
        vectors[i].quantization_config = given->quantization_config;
        vectors[i].sparse_index = given->sparse_index;
        vectors[i].on_disk = given->on_disk;
    }
    *out = (vg_collection_spec){
        .vectors = vectors, .vector_count = old->vector_count, .settings = spec->settings};
    return vectors != NULL;
}

static vg_code change(vg_sql *sql, vg_write *write)
{
    const vg_shape *shape = vg_apply_shape(write->table);
    vg_collection_spec spec;

    if (!mix(write->arena, &shape->spec, write->spec, &spec))
        return vg_apply_no_memory(write);
    if (!vg_rows_change(sql, write->table->number, write->spec))
        return vg_apply_trouble(sql, write);
    write->did = true;
    return vg_apply_reshape(sql, write, &spec, &shape->fields);
}

/* ---- any write ---- */

void vg_apply_forget(vg_write *write)
{
    if (write->table && write->shape && write->table->next_shape == write->shape)
        write->table->next_shape = NULL;
    vg_shape_let(write->shape);
    vg_fill_free(write->fill);
    write->shape = NULL;
    write->fill = NULL;
    if (write->kind == VG_WRITE_CREATE) {
        vg_table_let(write->table);
        write->table = NULL;
    }
}

static void begin(vg_write *write)
{
    write->status = (vg_status){0};
    write->operation = 0;
    write->done = 0;
    write->did = write->stays = false;
    write->grown = 0;
    write->shape = NULL;
    write->fill = NULL;
    write->waits_for = write->dropped_field = 0;
    if (write->kind == VG_WRITE_CREATE)
        write->table = NULL;
}

static vg_code apply(vg_sql *sql, vg_write *write)
{
    switch (write->kind) {
    case VG_WRITE_CREATE:
        return create(sql, write);
    case VG_WRITE_DROP:
        return drop(sql, write);
    case VG_WRITE_CHANGE:
        return change(sql, write);
    case VG_WRITE_INDEX:
        return vg_apply_index(sql, write);
    case VG_WRITE_UNINDEX:
        return vg_apply_unindex(sql, write);
    case VG_WRITE_POINTS:
        return vg_apply_points(sql, write);
    }
    return vg_status_set(&write->status, VG_INTERNAL, VG_LIT("a write of no known kind"),
                         (vg_slice){0});
}

vg_code vg_apply(vg_sql *sql, vg_write *write)
{
    vg_code code;

    begin(write);
    code = apply(sql, write);
    write->stays = code == VG_OK;
    return code;
}
