/* Payload indexes declared and taken back. See apply.h. A collection without points gets an index
 * that is ready; else it is filled later, in steps (fill.h), and no query uses it before. */
#include "engine/apply.h"
#include "engine/field_rows.h"
#include "engine/fill.h"
#include "engine/rows.h"

enum { OPERATIONS = 2 }; /* that an index takes (FACTS 5) */

static bool means_the_same(const vg_index *a, const vg_index *b)
{
    return a->kind == b->kind && a->no_lookup == b->no_lookup && a->no_range == b->no_range &&
           a->text.tokenizer == b->text.tokenizer &&
           a->text.min_token_len == b->text.min_token_len &&
           a->text.max_token_len == b->text.max_token_len &&
           a->text.keeps_case == b->text.keeps_case && a->text.has_phrases == b->text.has_phrases;
}

/* The collection's fields without `old` (NULL: all), with room for one more. NULL: no memory. */
static vg_field *copy_without(vg_write *write, const vg_fields *fields, const vg_field *old,
                              uint32_t *count)
{
    vg_field *at = VG_TAKE_N(write->arena, vg_field, fields->count + 1U);

    *count = 0;
    for (uint32_t i = 0; at && i < fields->count; i++)
        if (&fields->at[i] != old)
            at[(*count)++] = fields->at[i];
    return at;
}

static vg_code count_operations(vg_sql *sql, vg_write *write)
{
    if (!vg_rows_count(sql, write->table->number, OPERATIONS, &write->operation))
        return vg_apply_trouble(sql, write);
    return write->operation > 0 ? VG_OK : vg_apply_no_collection(write, write->table->name);
}

static void wait_for(vg_write *write, const vg_field *field)
{
    write->waits_for = write->wait && !field->is_ready ? field->number : 0;
}

/* The values are those that are there; the words of its declaration may be others. */
static vg_code keep(vg_sql *sql, vg_write *write, const vg_field *old)
{
    const vg_shape *shape = vg_apply_shape(write->table);
    uint32_t place = (uint32_t)(old - shape->fields.at), count;
    vg_field *at;

    wait_for(write, old);
    if (vg_slice_is(old->index.params, write->index.params))
        return VG_OK;
    at = copy_without(write, &shape->fields, NULL, &count);
    if (!at)
        return vg_apply_no_memory(write);
    at[place].index.params = write->index.params;
    if (!vg_field_rows_set_params(sql, old->number, write->index.params))
        return vg_apply_trouble(sql, write);
    return vg_apply_reshape(sql, write, &shape->spec, &(vg_fields){at, count});
}

static bool add_rows(vg_sql *sql, vg_write *write, const vg_field *old, vg_field *added)
{
    *added = (vg_field){.index = write->index};
    if (!vg_rows_is_empty(sql, write->table->number, &added->is_ready))
        return false;
    if (old && !vg_field_rows_drop(sql, old->number))
        return false;
    return vg_field_rows_add(sql, write->table->number, added);
}

static vg_code add(vg_sql *sql, vg_write *write, const vg_field *old)
{
    const vg_shape *shape = vg_apply_shape(write->table);
    uint32_t count;
    vg_field *at = copy_without(write, &shape->fields, old, &count), *added;

    if (!at)
        return vg_apply_no_memory(write);
    added = &at[count++];
    write->dropped_field = old ? old->number : 0;
    if (!add_rows(sql, write, old, added))
        return vg_apply_trouble(sql, write);
    wait_for(write, added);
    if (!added->is_ready) {
        write->fill = vg_fill_new(added->number, 0);
        if (!write->fill)
            return vg_apply_no_memory(write);
    }
    return vg_apply_reshape(sql, write, &shape->spec, &(vg_fields){at, count});
}

vg_code vg_apply_index(vg_sql *sql, vg_write *write)
{
    const vg_shape *shape = vg_apply_shape(write->table);
    const vg_field *old = vg_fields_find(&shape->fields, write->index.key);
    vg_code code = count_operations(sql, write);

    if (code != VG_OK)
        return code;
    if (old && means_the_same(&old->index, &write->index))
        return keep(sql, write, old);
    return add(sql, write, old);
}

vg_code vg_apply_unindex(vg_sql *sql, vg_write *write)
{
    const vg_shape *shape = vg_apply_shape(write->table);
    const vg_field *old = vg_fields_find(&shape->fields, write->index.key);
    vg_code code = count_operations(sql, write);
    uint32_t count;
    vg_field *at;

    if (code != VG_OK || !old)
        return code;
    at = copy_without(write, &shape->fields, old, &count);
    if (!at)
        return vg_apply_no_memory(write);
    write->did = true;
    write->dropped_field = old->number;
    if (!vg_field_rows_drop(sql, old->number))
        return vg_apply_trouble(sql, write);
    return vg_apply_reshape(sql, write, &shape->spec, &(vg_fields){at, count});
}
