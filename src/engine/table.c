/* See table.h. Two kinds of sharing: the table and its vectors are counted, so that a drop or a
 * rebuild takes nothing from under a reader; what readers are shown (which vectors, how many slots,
 * which operation) changes under the lock, all of it at once. */
#include "engine/table.h"

#include <stdlib.h>

enum { ARENA_BYTES = 1 << 20 }; /* names and the like; what a client may make long comes on top */

static bool copy_spec(vg_table *table, vg_slice name, const vg_collection_spec *spec)
{
    vg_vector_params *vector = VG_TAKE(table->arena, vg_vector_params);

    table->name = vg_arena_copy(table->arena, name);
    if (!vector || !table->name.at)
        return false;
    *vector = spec->vectors[0];
    vector->name = (vg_slice){0};
    vector->hnsw_config = vg_arena_copy(table->arena, vector->hnsw_config);
    table->spec.vectors = vector;
    table->spec.vector_count = 1;
    table->spec.settings = vg_arena_copy(table->arena, spec->settings);
    return !vg_arena_is_spent(table->arena);
}

vg_table *vg_table_new(uint64_t number, vg_slice name, const vg_collection_spec *spec)
{
    vg_table *table = calloc(1, sizeof *table);

    if (!table)
        return NULL;
    atomic_init(&table->holders, 1);
    table->number = number;
    pthread_mutex_init(&table->lock, NULL);
    pthread_cond_init(&table->published, NULL);
    table->arena =
        vg_arena_new(ARENA_BYTES + spec->settings.len + spec->vectors[0].hnsw_config.len);
    table->dense = vg_dense_new(spec->vectors[0].size);
    if (!table->arena || !table->dense || !copy_spec(table, name, spec)) {
        vg_table_let(table);
        return NULL;
    }
    return table;
}

vg_table *vg_table_hold(vg_table *table)
{
    atomic_fetch_add_explicit(&table->holders, 1, memory_order_relaxed);
    return table;
}

void vg_table_let(vg_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->holders, 1, memory_order_acq_rel) > 1)
        return;
    vg_dense_let(table->dense);
    vg_dense_let(table->fresh);
    pthread_cond_destroy(&table->published);
    pthread_mutex_destroy(&table->lock);
    vg_arena_free(table->arena);
    free(table);
}

bool vg_table_is_last(const vg_table *table)
{
    /* acquire: what the others did with it has happened before it is freed */
    return atomic_load_explicit(&table->holders, memory_order_acquire) == 1;
}

uint32_t vg_table_dimension(const vg_table *table)
{
    return table->spec.vectors[0].size;
}

vg_distance vg_table_distance(const vg_table *table)
{
    return table->spec.vectors[0].distance;
}

/* Under the lock. A view holds the vectors, not the table. */
static void show(vg_table *table, uint64_t operation, vg_view *out)
{
    vg_dense_hold(table->dense);
    *out = (vg_view){table->dense, operation, table->used};
}

void vg_table_view(vg_table *table, vg_view *out)
{
    pthread_mutex_lock(&table->lock);
    show(table, table->operation, out);
    pthread_mutex_unlock(&table->lock);
}

bool vg_table_view_at(vg_table *table, uint64_t operation, vg_view *out)
{
    bool is_there;

    pthread_mutex_lock(&table->lock);
    /* The disk is at most one group ahead: the writer publishes right after its commit, and nothing
     * that it does in between can fail. */
    while (table->operation < operation)
        pthread_cond_wait(&table->published, &table->lock);
    is_there = operation >= table->floor;
    if (is_there)
        show(table, operation, out);
    pthread_mutex_unlock(&table->lock);
    return is_there;
}

void vg_table_view_give(vg_view *view)
{
    vg_dense_let(view->dense);
    view->dense = NULL;
}

uint64_t vg_table_points(vg_table *table)
{
    uint64_t points;

    pthread_mutex_lock(&table->lock);
    points = table->points;
    pthread_mutex_unlock(&table->lock);
    return points;
}

void vg_table_publish(vg_table *table, uint64_t operation, uint64_t points)
{
    pthread_mutex_lock(&table->lock);
    table->operation = operation;
    table->points = points;
    table->used = vg_dense_used(table->dense);
    pthread_cond_broadcast(&table->published);
    pthread_mutex_unlock(&table->lock);
}

void vg_table_replace(vg_table *table, vg_dense *fresh)
{
    vg_dense *old = table->dense;

    pthread_mutex_lock(&table->lock);
    table->dense = fresh; /* it holds what lives now, and nothing that died before */
    table->used = vg_dense_used(fresh);
    table->floor = table->operation;
    pthread_mutex_unlock(&table->lock);
    vg_dense_let(old);
}
