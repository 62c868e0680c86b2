/* The slab: counting. One mapping shared by all workers of a group:
 *
 *     | names of backends, processes | touched: a byte a cell | worker 0: words | worker 1: words |
 * …
 *
 * A cell is one word; a histogram's cell is its buckets and the sum. Each worker adds to words of
 * its own, so that no cache line is fought over; readers sum. Pages that nobody counted on stay
 * untouched and take no memory. */
#include "observe/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "observe/process.h"
#include "observe/table.h"

enum { PAGE = 4096, HISTOGRAM_WORDS = VG_METRIC_BOUNDS + 2 };

struct head {
    _Atomic uint32_t backends; /* registered; the names before are whole */
    char names[VG_METRIC_BACKENDS][VG_METRIC_BACKEND_TEXT];
    vg_processes processes;
};

struct vg_metrics {
    struct head *head;
    _Atomic uint8_t *touched;
    _Atomic uint64_t *words;
    size_t worker_words;
    size_t bytes;
    uint32_t workers;
    uint32_t worker; /* this process's */
    uint32_t first_cell[VG_METRICS];
    uint32_t first_word[VG_METRICS];
    vg_metric_route routes[VG_METRIC_ROUTES]; /* of this process; the same in all */
};

static size_t to_pages(size_t bytes)
{
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static uint32_t words_of(vg_metric metric)
{
    return vg_metric_rows[metric].type == VG_METRIC_HISTOGRAM ? HISTOGRAM_WORDS : 1;
}

/* Places every metric; answers how many cells there are. */
static uint32_t lay_out(vg_metrics *metrics)
{
    uint32_t cells = 0, words = 0;

    for (int m = 0; m < VG_METRICS; m++) {
        metrics->first_cell[m] = cells;
        metrics->first_word[m] = words;
        cells += vg_metric_cells((vg_metric)m);
        words += vg_metric_cells((vg_metric)m) * words_of((vg_metric)m);
    }
    metrics->worker_words = to_pages(words * sizeof(uint64_t)) / sizeof(uint64_t);
    return cells;
}

vg_metrics *vg_metrics_new(uint32_t workers)
{
    vg_metrics *metrics = calloc(1, sizeof *metrics);
    size_t names, touched;
    char *slab;

    if (metrics == NULL)
        return NULL;
    names = to_pages(sizeof(struct head));
    touched = to_pages(lay_out(metrics));
    metrics->workers = workers > 0 ? workers : 1;
    metrics->bytes = names + touched + metrics->workers * metrics->worker_words * sizeof(uint64_t);
    slab = mmap(NULL, metrics->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab == MAP_FAILED) {
        free(metrics);
        return NULL;
    }
    metrics->head = (struct head *)slab;
    metrics->touched = (_Atomic uint8_t *)(slab + names);
    metrics->words = (_Atomic uint64_t *)(slab + names + touched);
    vg_process_sample();
    return metrics;
}

void vg_metrics_free(vg_metrics *metrics)
{
    if (metrics == NULL)
        return;
    munmap(metrics->head, metrics->bytes);
    free(metrics);
}

void vg_metrics_set_worker(vg_metrics *metrics, uint32_t worker)
{
    metrics->worker = worker < metrics->workers ? worker : 0;
}

void vg_metrics_set_process(vg_metrics *metrics, uint32_t worker, int pid)
{
    vg_processes *processes = &metrics->head->processes;

    if (worker < metrics->workers && worker < VG_PROCESSES_MOST)
        atomic_store(&processes->pids[worker], pid);
    else
        atomic_store(&processes->parent, pid);
}

uint8_t vg_metrics_backend(vg_metrics *metrics, vg_slice name)
{
    struct head *head = metrics->head;
    uint32_t count = atomic_load_explicit(&head->backends, memory_order_acquire);
    size_t len = name.len < VG_METRIC_BACKEND_TEXT ? name.len : VG_METRIC_BACKEND_TEXT - 1;

    if (name.at == NULL)
        return 0;
    for (uint32_t i = 1; i <= count; i++)
        if (strncmp(head->names[i], name.at, len) == 0 && head->names[i][len] == '\0')
            return (uint8_t)i;
    if (count + 1 >= VG_METRIC_BACKENDS)
        return 0;
    memcpy(head->names[count + 1], name.at, len);
    atomic_store_explicit(&head->backends, count + 1, memory_order_release);
    return (uint8_t)(count + 1);
}

const char *vg_metrics_backend_name(const vg_metrics *metrics, uint8_t backend)
{
    uint32_t count = atomic_load_explicit(&metrics->head->backends, memory_order_acquire);

    return backend >= 1 && backend <= count ? metrics->head->names[backend] : "";
}

void vg_metrics_name_route(vg_metrics *metrics, uint8_t route, const char *method, const char *path)
{
    if (metrics != NULL && route < VG_METRIC_ROUTES)
        metrics->routes[route] = (vg_metric_route){method, path};
}

vg_metric_route vg_metrics_route_name(const vg_metrics *metrics, uint8_t route)
{
    if (route < VG_METRIC_ROUTES && metrics->routes[route].path != NULL)
        return metrics->routes[route];
    return (vg_metric_route){"none", "none"};
}

/* The words of a cell for one worker. */
static _Atomic uint64_t *words_at(const vg_metrics *metrics, uint32_t worker, vg_metric metric,
                                  uint32_t index)
{
    return metrics->words + worker * metrics->worker_words + metrics->first_word[metric] +
           (size_t)index * words_of(metric);
}

/* Whose words are counted on here: what is common to all has one place. */
static uint32_t owner_of(const vg_metrics *metrics, vg_metric metric)
{
    return vg_metric_rows[metric].type == VG_METRIC_COMMON ? 0 : metrics->worker;
}

/* The words of a cell that is about to be counted on. */
static _Atomic uint64_t *touch(vg_metrics *metrics, vg_metric metric, vg_cell cell)
{
    uint32_t index = vg_metric_index(metric, cell);
    _Atomic uint8_t *touched = &metrics->touched[metrics->first_cell[metric] + index];

    if (atomic_load_explicit(touched, memory_order_relaxed) == 0)
        atomic_store_explicit(touched, 1, memory_order_relaxed);
    return words_at(metrics, owner_of(metrics, metric), metric, index);
}

void vg_metrics_add(vg_metrics *metrics, vg_metric metric, vg_cell cell, uint64_t n)
{
    if (metrics != NULL)
        atomic_fetch_add_explicit(touch(metrics, metric, cell), n, memory_order_relaxed);
}

void vg_metrics_set(vg_metrics *metrics, vg_metric metric, vg_cell cell, int64_t n)
{
    if (metrics != NULL)
        atomic_store_explicit(touch(metrics, metric, cell), (uint64_t)n, memory_order_relaxed);
}

void vg_metrics_move(vg_metrics *metrics, vg_metric metric, vg_cell cell, int64_t by)
{
    vg_metrics_add(metrics, metric, cell, (uint64_t)by);
}

void vg_metrics_max(vg_metrics *metrics, vg_metric metric, vg_cell cell, int64_t n)
{
    _Atomic uint64_t *word;
    uint64_t seen;

    if (metrics == NULL)
        return;
    word = touch(metrics, metric, cell);
    seen = atomic_load_explicit(word, memory_order_relaxed);
    while ((int64_t)seen < n &&
           !atomic_compare_exchange_weak_explicit(word, &seen, (uint64_t)n, memory_order_relaxed,
                                                  memory_order_relaxed))
        continue;
}

void vg_metrics_observe(vg_metrics *metrics, vg_metric metric, vg_cell cell, uint64_t ns)
{
    _Atomic uint64_t *words;
    int bucket = 0;

    if (metrics == NULL)
        return;
    words = touch(metrics, metric, cell);
    while (bucket < VG_METRIC_BOUNDS && ns > vg_metric_bounds_ns[bucket])
        bucket++;
    atomic_fetch_add_explicit(&words[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&words[VG_METRIC_BOUNDS + 1], ns, memory_order_relaxed);
}

static void bury_cells(const vg_metrics *metrics, uint32_t worker, vg_metric metric)
{
    for (uint32_t i = 0; i < vg_metric_cells(metric); i++)
        if (vg_metrics_is_touched(metrics, metric, i))
            atomic_store_explicit(words_at(metrics, worker, metric, i), 0, memory_order_relaxed);
}

void vg_metrics_bury(vg_metrics *metrics, uint32_t worker)
{
    if (metrics == NULL || worker >= metrics->workers)
        return;
    for (int m = 0; m < VG_METRICS; m++)
        if (vg_metric_rows[m].type == VG_METRIC_GAUGE || vg_metric_rows[m].type == VG_METRIC_MOST)
            bury_cells(metrics, worker, (vg_metric)m);
}

void vg_metrics_refresh(vg_metrics *metrics)
{
    if (metrics == NULL)
        return;
    vg_metrics_set(metrics, VG_M_arena_bytes, (vg_cell){0}, (int64_t)vg_arena_total_bytes());
    if (metrics->worker < VG_PROCESSES_MOST)
        atomic_store(&metrics->head->processes.descriptors[metrics->worker],
                     vg_process_descriptors());
}

const vg_processes *vg_metrics_processes(const vg_metrics *metrics)
{
    return &metrics->head->processes;
}

bool vg_metrics_is_touched(const vg_metrics *metrics, vg_metric metric, uint32_t index)
{
    return atomic_load_explicit(&metrics->touched[metrics->first_cell[metric] + index],
                                memory_order_relaxed) != 0;
}

int64_t vg_metrics_value(const vg_metrics *metrics, vg_metric metric, uint32_t index)
{
    vg_metric_type type = vg_metric_rows[metric].type;
    bool is_largest = type == VG_METRIC_PEAK || type == VG_METRIC_MOST;
    uint64_t sum = 0;

    for (uint32_t w = 0; w < metrics->workers; w++) {
        uint64_t n =
            atomic_load_explicit(words_at(metrics, w, metric, index), memory_order_relaxed);

        if (!is_largest)
            sum += n;
        else if ((int64_t)n > (int64_t)sum)
            sum = n;
    }
    return (int64_t)sum;
}

void vg_metrics_histogram(const vg_metrics *metrics, vg_metric metric, uint32_t index,
                          vg_histogram *out)
{
    *out = (vg_histogram){0};
    for (uint32_t w = 0; w < metrics->workers; w++) {
        const _Atomic uint64_t *words = words_at(metrics, w, metric, index);

        for (int b = 0; b <= VG_METRIC_BOUNDS; b++)
            out->buckets[b] += atomic_load_explicit(&words[b], memory_order_relaxed);
        out->sum_ns += atomic_load_explicit(&words[VG_METRIC_BOUNDS + 1], memory_order_relaxed);
    }
}

uint64_t vg_metrics_read(const vg_metrics *metrics, vg_metric metric, vg_cell cell)
{
    uint32_t index = vg_metric_index(metric, cell);
    vg_histogram histogram;
    uint64_t count = 0;

    if (vg_metric_rows[metric].type != VG_METRIC_HISTOGRAM)
        return (uint64_t)vg_metrics_value(metrics, metric, index);
    vg_metrics_histogram(metrics, metric, index, &histogram);
    for (int b = 0; b <= VG_METRIC_BOUNDS; b++)
        count += histogram.buckets[b];
    return count;
}
