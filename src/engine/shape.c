/* See shape.h. */
#include "engine/shape.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    ARENA_BYTES = 1 << 20
}; /* for structs and names; what a client may make long comes on top */

static size_t bytes_of(const vg_collection_spec *spec, const vg_fields *fields)
{
    size_t bytes = spec->settings.len;

    for (uint32_t i = 0; i < spec->vector_count; i++) {
        const vg_vector_params *vector = &spec->vectors[i];

        bytes += sizeof *vector + vector->name.len + vector->hnsw_config.len +
                 vector->quantization_config.len + vector->sparse_index.len + vector->datatype.len;
    }
    for (uint32_t i = 0; i < fields->count; i++)
        bytes += sizeof(vg_field) + sizeof(vg_index) + fields->at[i].index.key.len +
                 fields->at[i].index.params.len;
    return 2 * bytes;
}

static bool copy_vectors(vg_shape *shape, const vg_collection_spec *spec)
{
    vg_vector_params *vectors = VG_TAKE_N(shape->arena, vg_vector_params, spec->vector_count + 1U);

    for (uint32_t i = 0; vectors && i < spec->vector_count; i++) {
        vectors[i] = spec->vectors[i];
        vectors[i].name = vg_arena_copy(shape->arena, vectors[i].name);
        vectors[i].hnsw_config = vg_arena_copy(shape->arena, vectors[i].hnsw_config);
        vectors[i].quantization_config =
            vg_arena_copy(shape->arena, vectors[i].quantization_config);
        vectors[i].sparse_index = vg_arena_copy(shape->arena, vectors[i].sparse_index);
        vectors[i].datatype = vg_arena_copy(shape->arena, vectors[i].datatype);
    }
    shape->spec.vectors = vectors;
    shape->spec.vector_count = spec->vector_count;
    return vectors != NULL;
}

static bool read_tunings(vg_shape *shape)
{
    vg_tuning *tunings = VG_TAKE_N(shape->arena, vg_tuning, shape->spec.vector_count + 1U);

    for (uint32_t i = 0; tunings && i < shape->spec.vector_count; i++)
        if (!vg_tuning_read(&shape->spec, i, &tunings[i]))
            return false;
    shape->tunings = tunings;
    return tunings != NULL;
}

static bool copy_fields(vg_shape *shape, const vg_fields *fields)
{
    vg_field *at = VG_TAKE_N(shape->arena, vg_field, fields->count + 1U);
    vg_index *indexes = VG_TAKE_N(shape->arena, vg_index, fields->count + 1U);

    if (!at || !indexes)
        return false;
    for (uint32_t i = 0; i < fields->count; i++) {
        at[i] = fields->at[i];
        at[i].index.key = vg_arena_copy(shape->arena, at[i].index.key);
        at[i].index.params = vg_arena_copy(shape->arena, at[i].index.params);
        indexes[i] = at[i].index;
    }
    shape->fields = (vg_fields){at, fields->count};
    shape->spec.indexes = (vg_indexes){indexes, fields->count};
    return true;
}

vg_shape *vg_shape_new(uint64_t number, const vg_collection_spec *spec, const vg_fields *fields)
{
    vg_shape *shape = calloc(1, sizeof *shape);

    if (!shape)
        return NULL;
    atomic_init(&shape->holders, 1);
    shape->number = number;
    shape->arena = vg_arena_new(ARENA_BYTES + bytes_of(spec, fields));
    if (shape->arena && copy_vectors(shape, spec) && copy_fields(shape, fields)) {
        shape->spec.settings = vg_arena_copy(shape->arena, spec->settings);
        if (read_tunings(shape) && !vg_arena_is_spent(shape->arena))
            return shape;
    }
    vg_shape_let(shape);
    return NULL;
}

vg_shape *vg_shape_hold(vg_shape *shape)
{
    atomic_fetch_add_explicit(&shape->holders, 1, memory_order_relaxed);
    return shape;
}

void vg_shape_let(vg_shape *shape)
{
    if (!shape || atomic_fetch_sub_explicit(&shape->holders, 1, memory_order_acq_rel) > 1)
        return;
    vg_arena_free(shape->arena);
    free(shape);
}
