/* See publish.h. */
#include "engine/publish.h"

#include "engine/fill.h"

/* ---- points ---- */

static void put(vg_table *table, uint32_t place, const vg_put *point, uint64_t operation)
{
    vg_upkeep_ended(table, place, point->key, operation);
    vg_dense_put(table->dense[place], point->key, point->row, point->vectors[place], operation);
}

static void end(vg_table *table, uint32_t place, const vg_put *point, uint64_t operation)
{
    vg_upkeep_ended(table, place, point->key, operation);
    vg_dense_end(table->dense[place], point->key, operation);
}

static void touch(vg_table *table, uint32_t place, const vg_put *point, uint64_t operation)
{
    vg_upkeep_touched(table, place, point->key, operation);
    vg_dense_touch(table->dense[place], point->key, operation);
}

/* What becomes of the point's vector at this place. */
static void publish_vector(vg_table *table, uint32_t place, const vg_change *change,
                           const vg_put *point)
{
    bool is_given = point->vectors && point->vectors[place];
    bool is_cut = change->cuts && change->cuts[place];

    if (is_given)
        put(table, place, point, change->operation);
    else if (is_cut || change->kind == VG_OP_UPSERT || change->kind == VG_OP_DELETE)
        end(table, place, point, change->operation);
    else
        touch(table, place, point, change->operation);
}

static void publish_change(vg_table *table, const vg_change *change)
{
    for (uint32_t i = 0; i < change->count; i++)
        for (uint32_t place = 0; change->puts[i].row > 0 && place < table->vector_count; place++)
            publish_vector(table, place, change, &change->puts[i]);
}

static void publish_points(vg_upkeep *upkeep, vg_write *write)
{
    vg_table *table = write->table;
    uint64_t points = table->points + (uint64_t)write->grown; /* only this thread changes it */

    for (uint32_t i = 0; i < write->done; i++)
        publish_change(table, &write->changes[i]);
    if (write->done > 0)
        vg_table_publish(table, write->operation, points);
    vg_builder_tell(upkeep->builder, table);
    vg_upkeep_changed(upkeep, table);
}

/* ---- collections ---- */

static void publish_drop(vg_shelf *shelf, vg_upkeep *upkeep, const vg_write *write)
{
    vg_table *gone = vg_shelf_find(shelf, write->name);

    vg_shelf_drop(shelf, write->name);
    if (gone)
        vg_upkeep_dropped(upkeep, gone);
}

static void publish_shape(vg_upkeep *upkeep, vg_write *write)
{
    vg_table *table = write->table;

    if (write->shape) {
        if (table->next_shape == write->shape)
            table->next_shape = NULL;
        vg_table_reshape(table, write->shape);
        write->shape = NULL;
        vg_builder_tell(upkeep->builder, table); /* a graph of other numbers, perhaps, or none */
    }
    if (write->dropped_field) {
        vg_fill_end(table, write->dropped_field, NULL);
        vg_upkeep_dropped_field(upkeep);
    }
    if (write->fill)
        vg_fill_add(table, write->fill);
    write->fill = NULL;
    if (table->fills)
        vg_upkeep_filling(upkeep, table);
    if (write->operation > 0)
        vg_table_publish(table, write->operation, table->points);
}

void vg_publish(vg_shelf *shelf, vg_upkeep *upkeep, vg_write *write)
{
    switch (write->kind) {
    case VG_WRITE_CREATE:
        vg_shelf_add(shelf, write->table);
        write->table = NULL;
        break;
    case VG_WRITE_DROP:
        publish_drop(shelf, upkeep, write);
        break;
    case VG_WRITE_CHANGE:
    case VG_WRITE_INDEX:
    case VG_WRITE_UNINDEX:
        publish_shape(upkeep, write);
        break;
    case VG_WRITE_POINTS:
        publish_points(upkeep, write);
        break;
    }
}
