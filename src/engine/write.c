/* What is checked and noted of a write before it is posted, but for updates of points (prepare.c).
 * See write.h. */
#include "engine/write.h"

#include <inttypes.h>

static bool refuse(vg_status *status, vg_slice what, vg_slice where)
{
    vg_status_set(status, VG_INVALID, what, where);
    return false;
}

static void begin(vg_write *write, vg_write_kind kind, vg_table *table)
{
    write->kind = kind;
    write->table = table;
    write->status = (vg_status){0};
}

/* ---- specs ---- */

static bool check_sparse(const vg_vector_params *vector, vg_status *status)
{
    if (vector->name.len == 0)
        return refuse(status, VG_LIT("a sparse vector needs a name"), VG_LIT("sparse_vectors"));
    return (vector->size == 0 && vector->distance == VG_DOT) ||
           refuse(status, VG_LIT("a sparse vector has no size, and its distance is Dot"),
                  VG_LIT("sparse_vectors"));
}

static bool check_vector(const vg_vector_params *vector, vg_arena *arena, vg_status *status)
{
    if (vector->kind >= VG_VECTOR_KINDS || vg_datatype_of(vector->datatype) == VG_DATATYPES)
        return refuse(status, VG_LIT("a vector is of a kind or datatype that is not known"),
                      VG_LIT("vectors.datatype"));
    if (vector->kind == VG_SPARSE)
        return check_sparse(vector, status);
    if (vector->size < 1 || vector->size > VG_MAX_DIMENSION) {
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("vectors.size"),
                       "value %" PRIu32 " invalid, must be from 1 to %d", vector->size,
                       VG_MAX_DIMENSION);
        return false;
    }
    if (vector->distance > VG_DISTANCE_NONE && vector->distance < VG_DISTANCES)
        return true;
    return refuse(status, VG_LIT("a distance is needed: Cosine, Euclid, Dot or Manhattan"),
                  VG_LIT("vectors.distance"));
}

static bool check_name(const vg_collection_spec *spec, uint32_t i, vg_arena *arena,
                       vg_status *status)
{
    vg_slice name = spec->vectors[i].name;

    if (vg_spec_vector(spec, name) == &spec->vectors[i])
        return true;
    vg_status_setf(status, arena, VG_INVALID, VG_LIT("vectors"),
                   "two vectors have the name `" VG_FMT "`", VG_ARG(name));
    return false;
}

static bool check_index(const vg_index *index, vg_arena *arena, vg_status *status)
{
    if (index->key.len == 0 || !vg_path_is(index->key)) {
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("field_name"),
                       "Invalid json path: '" VG_FMT "'", VG_ARG(index->key));
        return false;
    }
    if (index->kind > VG_INDEX_NONE && index->kind < VG_INDEX_KINDS &&
        index->text.tokenizer < VG_TOKENIZERS)
        return true;
    return refuse(status, VG_LIT("a payload index is of a kind that is not known"),
                  VG_LIT("field_schema"));
}

static bool check_indexes(const vg_indexes *indexes, vg_arena *arena, vg_status *status)
{
    for (uint32_t i = 0; i < indexes->count; i++) {
        const vg_index *index = &indexes->at[i];

        if (!check_index(index, arena, status))
            return false;
        if (vg_index_find(indexes, index->key) == index)
            continue;
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("fields"),
                       "two indexes have the key `" VG_FMT "`", VG_ARG(index->key));
        return false;
    }
    return true;
}

bool vg_write_check_spec(const vg_collection_spec *spec, vg_arena *arena, vg_status *status)
{
    if (spec->vector_count > VG_MAX_VECTORS) {
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("vectors"),
                       "%" PRIu32 " vectors are too many: a collection has %d at most",
                       spec->vector_count, VG_MAX_VECTORS);
        return false;
    }
    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (!check_vector(&spec->vectors[i], arena, status) || !check_name(spec, i, arena, status))
            return false;
    return check_indexes(&spec->indexes, arena, status);
}

/* ---- changes of what a collection is ---- */

bool vg_write_prepare_change(vg_write *write, vg_table *table, const vg_collection_spec *spec)
{
    begin(write, VG_WRITE_CHANGE, table);
    write->spec = spec;
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (vg_table_place(table, spec->vectors[i].name) != VG_NO_PLACE)
            continue;
        vg_status_setf(&write->status, write->arena, VG_INVALID, VG_LIT("vectors"),
                       "Not existing vector name error: " VG_FMT, VG_ARG(spec->vectors[i].name));
        return false;
    }
    return true;
}

bool vg_write_prepare_index(vg_write *write, vg_table *table, const vg_index *index, bool wait)
{
    begin(write, VG_WRITE_INDEX, table);
    write->index = *index;
    write->wait = wait;
    return check_index(index, write->arena, &write->status);
}

void vg_write_prepare_unindex(vg_write *write, vg_table *table, vg_slice key)
{
    begin(write, VG_WRITE_UNINDEX, table);
    write->index = (vg_index){.key = key};
}
