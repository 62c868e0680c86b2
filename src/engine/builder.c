/* See builder.h. A table is in the queue once at most. Whoever is taken from it is worked on for
 * one step, and goes to the end again while there is more to do. */
#include "engine/builder.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/build_log.h"
#include "engine/snapshot.h"

enum {
    STEP_SLOTS = 64,         /* of each graph in one step */
    CODE_SLOTS = 4096,       /* and of codes, which cost little */
    SAVE_SLOTS = 1000,       /* nor these a snapshot, when it is idle … */
    SAVE_BUSY_SLOTS = 100000 /* … and these when it is not */
};

struct vg_builder {
    pthread_t thread;
    char *directory;
    vg_shelf *shelf;

    pthread_mutex_t lock; /* over what follows, and the tables' next_told and is_told */
    pthread_cond_t told, settled;
    vg_table *first, **last; /* held */
    bool is_busy;
    _Atomic bool is_closing; /* set under the lock, read without */
};

/* One place in one step. */
typedef struct job {
    vg_builder *builder;
    vg_table *table;
    uint32_t place;
    vg_build *build;
    vg_site site;
} job;

/* ---- the queue ---- */

/* Under the lock. */
static void put(vg_builder *builder, vg_table *table)
{
    if (table->is_told)
        return;
    table->is_told = true;
    table->next_told = NULL;
    *builder->last = vg_table_hold(table);
    builder->last = &table->next_told;
    pthread_cond_signal(&builder->told);
}

void vg_builder_tell(vg_builder *builder, vg_table *table)
{
    if (!builder || !vg_table_needs_builder(table))
        return;
    pthread_mutex_lock(&builder->lock);
    put(builder, table);
    pthread_mutex_unlock(&builder->lock);
}

/* NULL: it is closing. */
static vg_table *take(vg_builder *builder)
{
    vg_table *table;

    pthread_mutex_lock(&builder->lock);
    builder->is_busy = false;
    if (!builder->first)
        pthread_cond_broadcast(&builder->settled);
    while (!builder->first && !builder->is_closing)
        pthread_cond_wait(&builder->told, &builder->lock);
    table = builder->is_closing ? NULL : builder->first;
    if (table) {
        builder->first = table->next_told;
        if (!builder->first)
            builder->last = &builder->first;
        table->is_told = false;
        builder->is_busy = true;
    }
    pthread_mutex_unlock(&builder->lock);
    return table;
}

void vg_builder_settle(vg_builder *builder)
{
    pthread_mutex_lock(&builder->lock);
    while (builder->first || builder->is_busy)
        pthread_cond_wait(&builder->settled, &builder->lock);
    pthread_mutex_unlock(&builder->lock);
}

bool vg_builder_is_at_rest(vg_builder *builder)
{
    bool rests;

    pthread_mutex_lock(&builder->lock);
    rests = !builder->first && !builder->is_busy;
    pthread_mutex_unlock(&builder->lock);
    return rests;
}

/* ---- memory ---- */

/* It is tried again when something is published. */
static bool no_memory(job *j)
{
    if (!j->build->is_refused)
        vg_log(VG_WARN, "no memory is left for an index", VG_S("collection", j->table->name),
               VG_S("vector", j->table->vectors[j->place].name));
    j->build->is_refused = true;
    return false;
}

/* ---- snapshots ---- */

static vg_snapshot_at snapshot_at(const vg_builder *builder, const vg_table *table, uint32_t place)
{
    return (vg_snapshot_at){builder->directory, table->number, place};
}

static void save(job *j)
{
    const vg_hnsw *graph = j->site.view.graph;
    vg_snapshot_at at = snapshot_at(j->builder, j->table, j->place);

    /* one that failed was told of, and has its turn again when more has changed */
    vg_snapshot_write(&at, graph, j->site.view.operation);
    j->build->saved = vg_build_number(graph);
    j->build->saved_next = vg_hnsw_next(graph);
}

/* How many slots more than the snapshot has. */
static uint32_t unsaved(const job *j)
{
    const vg_hnsw *graph = j->site.view.graph;

    if (!graph)
        return 0;
    if (vg_build_number(graph) != j->build->saved)
        return vg_hnsw_next(graph);
    return vg_hnsw_next(graph) - j->build->saved_next;
}

/* Each is a good part larger than the one before, so that all of them cost little. */
static void save_if_due(job *j, bool is_idle)
{
    uint32_t more = unsaved(j), least = is_idle ? SAVE_SLOTS : SAVE_BUSY_SLOTS;
    bool is_first = j->build->saved == 0;

    if (more > 0 && ((is_idle && is_first) || more > least + j->site.view.indexed / 8))
        save(j);
}

static void forget_snapshots(const vg_builder *builder, const vg_table *table)
{
    for (uint32_t i = 0; i < table->vector_count; i++) {
        vg_snapshot_at at = snapshot_at(builder, table, i);

        vg_snapshot_remove(&at);
    }
}

/* ---- building ---- */

static uint64_t bytes_of(const job *j)
{
    return vg_dense_bytes_of(j->site.view.dense, j->site.view.live);
}

static vg_hnsw *make(job *j, vg_dense *dense)
{
    const vg_tuning *tuning = &j->site.view.tuning;
    vg_hnsw_conf conf = {
        .distance = j->table->vectors[j->place].distance,
        .m = tuning->m,
        .ef_construct = tuning->ef_construct,
        .seed = vg_build_seed(j->table->number, j->place, ++j->build->made),
    };

    return vg_hnsw_new(dense, &conf);
}

/* Some slots before `used`; false: no memory. */
static bool insert(const job *j, vg_hnsw *graph, uint32_t used)
{
    for (int i = 0; i < STEP_SLOTS && vg_hnsw_next(graph) < used; i++)
        if (j->builder->is_closing || !vg_hnsw_insert(graph, j->site.view.operation))
            return j->builder->is_closing;
    return true;
}

static bool is_tuned(const job *j, const vg_hnsw *graph)
{
    const vg_hnsw_conf *conf = vg_hnsw_conf_of(graph);

    return conf->m == j->site.view.tuning.m &&
           conf->ef_construct == j->site.view.tuning.ef_construct;
}

/* There is to be none. */
static bool let_go(job *j)
{
    vg_snapshot_at at = snapshot_at(j->builder, j->table, j->place);

    vg_table_show_codes(j->table, j->place, NULL);
    vg_hnsw_let(j->build->coming);
    j->build->coming = NULL;
    if (j->site.view.graph) {
        vg_table_show(j->table, j->place, NULL);
        vg_snapshot_remove(&at);
        j->build->saved = 0;
    }
    return false;
}

/* It is shown empty: what it lacks is scanned anyway. */
static bool begin(job *j)
{
    vg_hnsw *graph = make(j, j->site.view.dense);

    if (!graph)
        return no_memory(j);
    vg_build_log_progress(j->table, j->place, graph, j->site.view.used);
    vg_table_show(j->table, j->place, graph);
    return true;
}

static bool are_tuned(const job *j, const vg_codes *codes)
{
    vg_coding has = codes ? vg_codes_coding(codes) : (vg_coding){.kind = VG_CODE_NONE};
    const vg_coding *wanted = &j->site.view.tuning.coding;

    return has.kind == wanted->kind && has.quantile == wanted->quantile;
}

/* They are shown empty: whoever searches looks how far they are. */
static bool begin_codes(job *j)
{
    const vg_view *view = &j->site.view;
    vg_codes *codes = NULL;

    if (view->tuning.coding.kind != VG_CODE_NONE) {
        codes = vg_codes_new(view->dense, view->tuning.coding, view->used);
        if (!codes)
            return no_memory(j);
    }
    vg_table_show_codes(j->table, j->place, codes);
    return true; /* also for none: the graph may have slots to take in */
}

/* Answers whether there is more to do; *before: the slots that may go into the graph, since whoever
 * walks through it by codes must find them all coded. */
static bool grow_codes(job *j, uint32_t *before)
{
    vg_codes *codes = j->site.view.codes;

    *before = j->site.view.used;
    if (!are_tuned(j, codes)) {
        *before = 0; /* the next step sees them */
        return begin_codes(j);
    }
    if (!codes)
        return false;
    if (!vg_codes_grow(codes, j->site.view.used, CODE_SLOTS))
        no_memory(j);
    *before = vg_codes_next(codes);
    return *before < j->site.view.used && !j->build->is_refused;
}

static bool grow_shown(job *j, uint32_t before)
{
    vg_hnsw *graph = j->site.view.graph;

    if (vg_hnsw_next(graph) >= before)
        return false;
    vg_build_log_progress(j->table, j->place, graph, j->site.view.used);
    if (!insert(j, graph, before))
        return no_memory(j);
    save_if_due(j, false);
    if (vg_hnsw_next(graph) >= j->site.view.used)
        vg_build_log_end(j->table, j->place, graph);
    return true;
}

static void show_coming(job *j)
{
    vg_hnsw *graph = j->build->coming;

    vg_build_log_end(j->table, j->place, graph);
    j->build->coming = NULL;
    if (j->site.fresh)
        vg_table_answer(j->table, graph);
    else
        vg_table_show(j->table, j->place, graph);
}

static bool give_up_coming(job *j)
{
    vg_hnsw_let(j->build->coming);
    j->build->coming = NULL;
    if (j->site.fresh)
        vg_table_answer(j->table, NULL);
    return no_memory(j);
}

/* Of other numbers, or over the vectors that are to take the place of the shown ones. */
static bool grow_coming(job *j)
{
    vg_dense *over = j->site.fresh ? j->site.fresh : j->site.view.dense;
    uint32_t used = j->site.fresh ? j->site.fresh_used : j->site.view.used;
    vg_build *build = j->build;

    if (j->site.is_awaited || (!j->site.fresh && is_tuned(j, j->site.view.graph)))
        return false;
    if (build->coming && (vg_hnsw_dense(build->coming) != over || !is_tuned(j, build->coming))) {
        vg_hnsw_let(build->coming);
        build->coming = NULL;
    }
    if (!build->coming)
        build->coming = make(j, over);
    if (!build->coming)
        return give_up_coming(j);
    vg_build_log_progress(j->table, j->place, build->coming, used);
    if (!insert(j, build->coming, used))
        return give_up_coming(j);
    if (vg_hnsw_next(build->coming) >= used)
        show_coming(j);
    return true;
}

static bool step_site(job *j)
{
    const vg_view *view = &j->site.view;
    uint32_t before;
    bool goes_on;

    if (view->tuning.m == 0 || (!view->graph && !vg_tuning_wants(&view->tuning, bytes_of(j))))
        return let_go(j);
    if (!view->graph)
        return begin(j);
    goes_on = grow_codes(j, &before);
    goes_on |= grow_shown(j, before);
    goes_on |= grow_coming(j);
    if (!goes_on)
        save_if_due(j, true);
    return goes_on;
}

static bool step_place(vg_builder *builder, vg_table *table, uint32_t place)
{
    job j = {builder, table, place, &table->builds[place], {.is_awaited = false}};
    bool goes_on;

    vg_table_site(table, place, &j.site);
    goes_on = step_site(&j);
    vg_table_site_give(&j.site);
    return goes_on;
}

static bool step(vg_builder *builder, vg_table *table)
{
    bool goes_on = false;

    if (atomic_load(&table->is_dropped)) {
        forget_snapshots(builder, table);
        return false;
    }
    for (uint32_t i = 0; i < table->vector_count; i++)
        goes_on |= step_place(builder, table, i);
    return goes_on;
}

/* ---- the thread ---- */

static void *work(void *arg)
{
    vg_builder *builder = arg;
    vg_table *table;

    while ((table = take(builder))) {
        if (step(builder, table)) {
            pthread_mutex_lock(&builder->lock);
            put(builder, table);
            pthread_mutex_unlock(&builder->lock);
        }
        vg_table_let(table);
    }
    return NULL;
}

typedef struct looking {
    const vg_snapshot_at *at;
    bool is_there;
} looking;

static void look_at(vg_table *table, void *arg)
{
    looking *l = arg;

    l->is_there |= table->number == l->at->collection && l->at->place < table->vector_count;
}

static bool is_kept(const vg_snapshot_at *at, void *shelf)
{
    looking l = {at, false};

    vg_shelf_each(shelf, look_at, &l);
    return l.is_there;
}

static void begin_with(vg_table *table, void *arg)
{
    vg_builder_tell(arg, table);
}

static void free_builder(vg_builder *builder)
{
    for (vg_table *next, *table = builder->first; table; table = next) {
        next = table->next_told;
        table->is_told = false;
        if (atomic_load(&table->is_dropped))
            forget_snapshots(builder, table);
        vg_table_let(table);
    }
    pthread_cond_destroy(&builder->told);
    pthread_cond_destroy(&builder->settled);
    pthread_mutex_destroy(&builder->lock);
    free(builder->directory);
    free(builder);
}

vg_builder *vg_builder_start(vg_shelf *shelf, const char *directory)
{
    vg_builder *builder = calloc(1, sizeof *builder);

    if (!builder)
        return NULL;
    builder->shelf = shelf;
    builder->last = &builder->first;
    pthread_mutex_init(&builder->lock, NULL);
    pthread_cond_init(&builder->told, NULL);
    pthread_cond_init(&builder->settled, NULL);
    builder->directory = strdup(directory);
    if (builder->directory) {
        vg_snapshot_sweep(directory, is_kept, shelf);
        vg_shelf_each(shelf, begin_with, builder);
    }
    if (builder->directory && pthread_create(&builder->thread, NULL, work, builder) == 0)
        return builder;
    free_builder(builder);
    return NULL;
}

static void save_table(vg_table *table, void *arg)
{
    for (uint32_t i = 0; i < table->vector_count; i++) {
        job j = {arg, table, i, &table->builds[i], {.is_awaited = false}};

        vg_table_site(table, i, &j.site);
        if (unsaved(&j) > 0)
            save(&j);
        vg_table_site_give(&j.site);
    }
}

void vg_builder_stop(vg_builder *builder)
{
    if (!builder)
        return;
    pthread_mutex_lock(&builder->lock);
    builder->is_closing = true;
    pthread_cond_signal(&builder->told);
    pthread_mutex_unlock(&builder->lock);
    pthread_join(builder->thread, NULL);
    vg_shelf_each(builder->shelf, save_table, builder);
    free_builder(builder);
}
