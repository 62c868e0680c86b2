/* See table.h. Two kinds of sharing: the table and its vectors are counted, so that a drop or a
 * rebuild takes nothing from under a reader; what readers are shown (which vectors, how many slots,
 * which operation) changes under the lock, all of it at once. */
#include "engine/table.h"

#include <stdlib.h>

#include "engine/fill.h"

enum { ARENA_BYTES = 65536 }; /* for the structs; what a client may make long comes on top */

/* ---- life ---- */

static bool copy_names(vg_table *table, vg_slice name, const vg_collection_spec *spec)
{
    vg_vector_params *vectors = VG_TAKE_N(table->arena, vg_vector_params, spec->vector_count + 1U);

    table->name = vg_arena_copy(table->arena, name);
    for (uint32_t i = 0; vectors && i < spec->vector_count; i++)
        vectors[i] = (vg_vector_params){
            .name = vg_arena_copy(table->arena, spec->vectors[i].name),
            .kind = spec->vectors[i].kind,
            .size = spec->vectors[i].size,
            .distance = spec->vectors[i].distance,
            .has_idf = spec->vectors[i].has_idf,
            .datatype = vg_arena_copy(table->arena, spec->vectors[i].datatype),
        };
    table->vectors = vectors;
    table->vector_count = spec->vector_count;
    return vg_columns_make(table->arena, table->number, table->vector_count, &table->columns);
}

static bool make_places(vg_table *table)
{
    size_t room = table->vector_count + 1U; /* none is no special case */

    table->dense = calloc(room, sizeof(vg_dense *));
    table->used = calloc(room, sizeof *table->used);
    table->live = calloc(room, sizeof *table->live);
    table->graphs = calloc(room, sizeof(vg_hnsw *));
    table->codes = calloc(room, sizeof(vg_codes *));
    table->asked = calloc(room, sizeof *table->asked);
    table->builds = calloc(room, sizeof *table->builds);
    if (!table->dense || !table->used || !table->live || !table->graphs || !table->codes ||
        !table->asked || !table->builds)
        return false;
    for (uint32_t i = 0; i < table->vector_count; i++) {
        vg_form form = vg_form_of(&table->vectors[i]);

        table->dense[i] = vg_dense_make(&form);
        if (!table->dense[i])
            return false;
    }
    return true;
}

static size_t arena_bytes(vg_slice name, const vg_collection_spec *spec)
{
    size_t bytes = ARENA_BYTES + name.len + vg_columns_bytes(spec->vector_count);

    for (uint32_t i = 0; i < spec->vector_count; i++)
        bytes += 2 * (spec->vectors[i].name.len + spec->vectors[i].datatype.len +
                      sizeof(vg_vector_params));
    return bytes;
}

vg_table *vg_table_new(uint64_t number, vg_slice name, vg_shape *shape)
{
    vg_table *table = calloc(1, sizeof *table);

    if (!table) {
        vg_shape_let(shape);
        return NULL;
    }
    atomic_init(&table->holders, 1);
    table->number = number;
    table->shape = shape;
    pthread_mutex_init(&table->lock, NULL);
    pthread_cond_init(&table->published, NULL);
    table->arena = vg_arena_new(arena_bytes(name, &shape->spec));
    if (!table->arena || !copy_names(table, name, &shape->spec) || !make_places(table)) {
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

/* Of a table that was perhaps not made whole. */
static void let_vectors(vg_table *table)
{
    for (uint32_t i = 0; table->graphs && i < table->vector_count; i++)
        vg_hnsw_let(table->graphs[i]);
    for (uint32_t i = 0; table->codes && i < table->vector_count; i++)
        vg_codes_let(table->codes[i]);
    for (uint32_t i = 0; table->builds && i < table->vector_count; i++)
        vg_hnsw_let(table->builds[i].coming);
    vg_hnsw_let(table->offered_graph);
    for (uint32_t i = 0; table->dense && i < table->vector_count; i++)
        vg_dense_let(table->dense[i]);
    vg_dense_let(table->fresh);
}

void vg_table_let(vg_table *table)
{
    if (!table || atomic_fetch_sub_explicit(&table->holders, 1, memory_order_acq_rel) > 1)
        return;
    let_vectors(table);
    for (vg_fill *next, *fill = table->fills; fill; fill = next) {
        next = fill->next;
        vg_fill_free(fill);
    }
    vg_shape_let(table->shape);
    free(table->dense);
    free(table->used);
    free(table->live);
    free(table->graphs);
    free(table->codes);
    free(table->asked);
    free(table->builds);
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

int vg_table_place(const vg_table *table, vg_slice name)
{
    for (uint32_t i = 0; i < table->vector_count; i++)
        if (vg_slice_is(table->vectors[i].name, name))
            return (int)i;
    return VG_NO_PLACE;
}

/* ---- what readers see ---- */

/* Under the lock. A view holds the vectors, not the table. */
static void show(vg_table *table, uint32_t place, uint64_t operation, vg_view *out)
{
    vg_dense_hold(table->dense[place]);
    out->dense = table->dense[place];
    out->operation = operation;
    out->used = table->used[place];
    out->live = table->live[place];
    out->tuning = table->shape->tunings[place];
    out->codes = table->codes[place];
    if (out->codes)
        vg_codes_hold(out->codes);
}

/* Under the lock. */
static void show_graph(vg_table *table, uint32_t place, vg_view *out)
{
    *out = (vg_view){.graph = table->graphs[place]};
    if (!out->graph)
        return;
    vg_hnsw_hold(out->graph);
    out->indexed = vg_hnsw_next(out->graph);
}

void vg_table_view(vg_table *table, uint32_t place, vg_view *out)
{
    pthread_mutex_lock(&table->lock);
    show_graph(table, place, out);
    show(table, place, table->operation, out);
    pthread_mutex_unlock(&table->lock);
}

void vg_table_view_begin(vg_table *table, uint32_t place, vg_view *out)
{
    pthread_mutex_lock(&table->lock);
    show_graph(table, place, out);
    pthread_mutex_unlock(&table->lock);
}

bool vg_table_view_at(vg_table *table, uint32_t place, uint64_t operation, vg_view *view)
{
    bool is_there;

    pthread_mutex_lock(&table->lock);
    /* The disk is at most one group ahead: the writer publishes right after its commit, and nothing
     * that it does in between can fail. */
    while (table->operation < operation)
        pthread_cond_wait(&table->published, &table->lock);
    is_there = operation >= table->floor &&
               (!view->graph || vg_hnsw_dense(view->graph) == table->dense[place]);
    if (is_there)
        show(table, place, operation, view);
    pthread_mutex_unlock(&table->lock);
    return is_there;
}

void vg_table_view_give(vg_view *view)
{
    vg_codes_let(view->codes);
    vg_hnsw_let(view->graph);
    vg_dense_let(view->dense);
    *view = (vg_view){0};
}

uint64_t vg_table_points(vg_table *table)
{
    uint64_t points;

    pthread_mutex_lock(&table->lock);
    points = table->points;
    pthread_mutex_unlock(&table->lock);
    return points;
}

uint64_t vg_table_operation(vg_table *table)
{
    uint64_t operation;

    pthread_mutex_lock(&table->lock);
    operation = table->operation;
    pthread_mutex_unlock(&table->lock);
    return operation;
}

vg_shape *vg_table_shape(vg_table *table)
{
    vg_shape *shape;

    pthread_mutex_lock(&table->lock);
    shape = vg_shape_hold(table->shape);
    pthread_mutex_unlock(&table->lock);
    return shape;
}

vg_shape *vg_table_shape_at(vg_table *table, uint64_t number)
{
    vg_shape *shape = NULL;

    pthread_mutex_lock(&table->lock);
    while (table->shape->number < number)
        pthread_cond_wait(&table->published, &table->lock);
    if (table->shape->number == number)
        shape = vg_shape_hold(table->shape);
    pthread_mutex_unlock(&table->lock);
    return shape;
}

/* ---- the writer ---- */

void vg_table_publish(vg_table *table, uint64_t operation, uint64_t points)
{
    pthread_mutex_lock(&table->lock);
    table->operation = operation;
    table->points = points;
    for (uint32_t i = 0; i < table->vector_count; i++) {
        table->used[i] = vg_dense_used(table->dense[i]);
        table->live[i] = vg_dense_live(table->dense[i]);
    }
    pthread_cond_broadcast(&table->published);
    pthread_mutex_unlock(&table->lock);
}

void vg_table_replace(vg_table *table, uint32_t place, vg_dense *fresh, vg_hnsw *graph)
{
    vg_dense *old = table->dense[place];
    vg_hnsw *old_graph;
    vg_codes *old_codes;

    pthread_mutex_lock(&table->lock);
    table->dense[place] = fresh; /* it holds what lives now, and nothing that died before */
    table->used[place] = vg_dense_used(fresh);
    table->live[place] = vg_dense_live(fresh);
    table->floor = table->operation;
    old_graph = table->graphs[place];
    table->graphs[place] = graph;
    old_codes = table->codes[place];
    table->codes[place] = NULL;
    table->offered = NULL;
    pthread_mutex_unlock(&table->lock);
    vg_codes_let(old_codes);
    vg_hnsw_let(old_graph);
    vg_dense_let(old);
}

bool vg_table_offer(vg_table *table, vg_dense *fresh)
{
    vg_hnsw *stale = NULL;
    bool is_given_up;

    pthread_mutex_lock(&table->lock);
    if (table->offered != fresh) {
        stale = table->offered_graph;
        table->offered_graph = NULL;
        table->is_given_up = false;
    }
    table->offered = fresh;
    table->offered_used = fresh ? vg_dense_used(fresh) : 0;
    is_given_up = table->is_given_up;
    pthread_mutex_unlock(&table->lock);
    vg_hnsw_let(stale);
    return !is_given_up;
}

vg_hnsw *vg_table_take_offered(vg_table *table)
{
    vg_hnsw *graph;

    pthread_mutex_lock(&table->lock);
    graph = table->offered_graph;
    table->offered_graph = NULL;
    pthread_mutex_unlock(&table->lock);
    return graph;
}

void vg_table_reshape(vg_table *table, vg_shape *shape)
{
    vg_shape *old = table->shape;

    pthread_mutex_lock(&table->lock);
    table->shape = shape;
    pthread_cond_broadcast(&table->published);
    pthread_mutex_unlock(&table->lock);
    vg_shape_let(old);
}

/* ---- the builder ---- */

void vg_table_site(vg_table *table, uint32_t place, vg_site *out)
{
    *out = (vg_site){0};
    pthread_mutex_lock(&table->lock);
    show_graph(table, place, &out->view);
    show(table, place, table->operation, &out->view);
    if (table->offered && table->fresh_for == place) {
        out->fresh = table->offered;
        out->fresh_used = table->offered_used;
        out->is_awaited = table->offered_graph || table->is_given_up;
        vg_dense_hold(out->fresh);
    }
    pthread_mutex_unlock(&table->lock);
}

void vg_table_site_give(vg_site *site)
{
    vg_dense_let(site->fresh);
    vg_table_view_give(&site->view);
}

void vg_table_show(vg_table *table, uint32_t place, vg_hnsw *graph)
{
    vg_hnsw *old = graph;

    pthread_mutex_lock(&table->lock);
    /* the writer may have replaced the vectors since the site was taken */
    if (!graph || vg_hnsw_dense(graph) == table->dense[place]) {
        old = table->graphs[place];
        table->graphs[place] = graph;
    }
    pthread_mutex_unlock(&table->lock);
    vg_hnsw_let(old);
}

void vg_table_show_codes(vg_table *table, uint32_t place, vg_codes *codes)
{
    vg_codes *old = codes;

    pthread_mutex_lock(&table->lock);
    /* the writer may have replaced the vectors since the site was taken */
    if (!codes || vg_codes_dense(codes) == table->dense[place]) {
        old = table->codes[place];
        table->codes[place] = codes;
    }
    pthread_mutex_unlock(&table->lock);
    vg_codes_let(old);
}

void vg_table_answer(vg_table *table, vg_hnsw *graph)
{
    pthread_mutex_lock(&table->lock);
    if (table->offered && !table->offered_graph) { /* else nobody waits for it any more */
        table->offered_graph = graph;
        table->is_given_up = !graph;
        graph = NULL;
    }
    pthread_mutex_unlock(&table->lock);
    vg_hnsw_let(graph);
}

bool vg_table_has_graph(vg_table *table, uint32_t place)
{
    bool has;

    pthread_mutex_lock(&table->lock);
    has = table->graphs[place] != NULL;
    pthread_mutex_unlock(&table->lock);
    return has;
}

/* Under the lock. */
static bool wants_graph(const vg_table *table, uint32_t place)
{
    uint64_t bytes = vg_dense_bytes_of(table->dense[place], table->live[place]);

    return table->graphs[place] || vg_tuning_wants(&table->shape->tunings[place], bytes);
}

bool vg_table_needs_builder(vg_table *table)
{
    bool needs = atomic_load(&table->is_dropped);

    pthread_mutex_lock(&table->lock);
    for (uint32_t i = 0; !needs && i < table->vector_count; i++)
        needs = wants_graph(table, i);
    pthread_mutex_unlock(&table->lock);
    return needs;
}
