/* The part of a write that needs no order: floats, normalisation, keys. See write.h. */
#include "engine/write.h"

#include <inttypes.h>
#include <math.h>

#include "engine/keys.h"

static bool spent(vg_write *write)
{
    vg_status_set(&write->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one request may use"), (vg_slice){0});
    return false;
}

static vg_slice place_of(vg_write *write, uint32_t point)
{
    return vg_arena_printf(write->arena, "points[%" PRIu32 "].vector", point);
}

/* Without a branch in the loop: vectors are long, and nearly all are fine. */
static bool are_finite(const float *vector, uint32_t count)
{
    float nothing = 0;

    for (uint32_t i = 0; i < count; i++)
        nothing += vector[i] * 0.0F; /* infinity and NaN make NaN of it */
    return !isnan(nothing);
}

/* The plan has checked the dimension; a second look costs nothing and guards the rows. */
static bool check_vector(vg_write *write, const vg_point *point, uint32_t place)
{
    uint32_t size = write->table->vectors[0].size;

    if (point->vector_count > 1 || point->vectors[0].name.len > 0) {
        vg_status_setf(&write->status, write->arena, VG_INVALID, place_of(write, place),
                       "Not existing vector name error: " VG_FMT, VG_ARG(point->vectors[0].name));
        return false;
    }
    if (point->vectors[0].count == size)
        return true;
    vg_status_setf(&write->status, write->arena, VG_INVALID, place_of(write, place),
                   "Vector dimension error: expected dim: %" PRIu32 ", got %" PRIu32, size,
                   point->vectors[0].count);
    return false;
}

static const float *make_vector(vg_write *write, const vg_point *point, uint32_t place)
{
    float *floats;

    if (!check_vector(write, point, place))
        return NULL;
    floats = vg_vector_floats(write->arena, &point->vectors[0], &write->status);
    if (!floats)
        return NULL;
    if (!are_finite(floats, point->vectors[0].count)) {
        vg_status_set(&write->status, VG_INVALID,
                      VG_LIT("a vector holds NaN or infinity: its numbers must be finite"),
                      place_of(write, place));
        return NULL;
    }
    if (write->table->vectors[0].distance == VG_COSINE)
        vg_exact_normalise(floats, point->vectors[0].count);
    return floats;
}

static bool make_put(vg_write *write, const vg_point *point, uint32_t place, vg_put *put)
{
    if (point->vector_count == 0)
        return true;
    put->vector = make_vector(write, point, place);
    return put->vector != NULL;
}

static void begin(vg_write *write, vg_write_kind kind, vg_table *table)
{
    write->kind = kind;
    write->table = table;
    write->status = (vg_status){0};
}

bool vg_write_prepare_upsert(vg_write *write, vg_table *table, const vg_point *points,
                             uint32_t count)
{
    vg_put *puts = VG_TAKE_N(write->arena, vg_put, (size_t)count + 1);
    vg_keys keys;

    begin(write, VG_WRITE_UPSERT, table);
    if (!puts || !vg_keys_init(write->arena, &keys, count))
        return spent(write);
    /* Of a repeated id the last one wins, and only that one's vector is made. */
    for (uint32_t i = 0; i < count; i++)
        keys.at[i] = vg_keys_of(write->arena, &points[i].id);
    if (!vg_keys_once(write->arena, &keys, VG_KEEP_LAST))
        return spent(write);
    for (uint32_t i = 0; i < keys.once_count; i++) {
        uint32_t place = keys.once[i];

        puts[i] = (vg_put){.key = keys.at[place], .payload = points[place].payload};
        if (!make_put(write, &points[place], place, &puts[i]))
            return false;
    }
    write->puts = puts;
    write->count = keys.once_count;
    return true;
}

bool vg_write_prepare_delete(vg_write *write, vg_table *table, const vg_point_id *ids,
                             uint32_t count)
{
    vg_put *puts = VG_TAKE_N(write->arena, vg_put, (size_t)count + 1);

    begin(write, VG_WRITE_DELETE, table);
    for (uint32_t i = 0; puts && i < count; i++)
        puts[i].key = vg_keys_of(write->arena, &ids[i]);
    if (!puts || vg_arena_is_spent(write->arena))
        return spent(write);
    write->puts = puts;
    write->count = count;
    return true;
}

bool vg_write_check_spec(const vg_collection_spec *spec, vg_arena *arena, vg_status *status)
{
    const vg_vector_params *vector = spec->vectors;

    if (spec->vector_count != 1 || vector->name.len > 0) {
        vg_status_set(status, VG_UNSUPPORTED,
                      VG_LIT("only a single unnamed dense vector is supported"), VG_LIT("vectors"));
        return false;
    }
    if (vector->size < 1 || vector->size > VG_MAX_DIMENSION) {
        vg_status_setf(status, arena, VG_INVALID, VG_LIT("vectors.size"),
                       "value %" PRIu32 " invalid, must be from 1 to %d", vector->size,
                       VG_MAX_DIMENSION);
        return false;
    }
    if (vector->distance > VG_DISTANCE_NONE && vector->distance < VG_DISTANCES)
        return true;
    vg_status_set(status, VG_INVALID,
                  VG_LIT("a distance is needed: Cosine, Euclid, Dot or Manhattan"),
                  VG_LIT("vectors.distance"));
    return false;
}
