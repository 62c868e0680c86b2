/* See snapshot.h: writing, and which files there are. */
#include "engine/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/clock.h"
#include "base/log.h"

enum { BUFFER = 1 << 20, PATH_ROOM = 4096, WHY_ROOM = 128 };

static const char name_form[] = "index-%" PRIu64 "-%" PRIu32;
static const char half_written[] = "index-new"; /* one at a time */

uint64_t vg_snapshot_sum(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

/* ---- the body ---- */

typedef struct entry {
    uint64_t row;
    uint32_t node;
} entry;

typedef struct writing {
    const vg_hnsw *graph;
    FILE *file;
    XXH3_state_t *sum;
    uint64_t bytes;
    entry *rows; /* of the nodes that have one */
    uint32_t row_count;
    uint32_t *words; /* of one node */
} writing;

static bool put(writing *w, const void *bytes, size_t len)
{
    XXH3_64bits_update(w->sum, bytes, len);
    w->bytes += len;
    return fwrite(bytes, 1, len, w->file) == len;
}

static bool put_node(writing *w, uint32_t slot)
{
    const vg_dense *dense = vg_hnsw_dense(w->graph);
    uint32_t count = (uint32_t)vg_hnsw_node_write(w->graph, slot, w->words);
    const void *stored = vg_dense_stored(dense, slot);
    uint64_t known[2] = {0};

    if (count > 0 && vg_place_is_seen(vg_dense_place(dense, slot), VG_DENSE_NEVER - 1)) {
        known[0] = vg_dense_row_of(dense, slot);
        known[1] = vg_snapshot_sum(stored, vg_form_bytes(vg_dense_form(dense), stored), 0);
        w->rows[w->row_count++] = (entry){known[0], slot};
    }
    return put(w, known, sizeof known) && put(w, &count, sizeof count) &&
           put(w, w->words, count * sizeof *w->words);
}

static int by_row(const void *a, const void *b)
{
    const entry *one = a, *other = b;

    return one->row < other->row ? -1 : one->row > other->row;
}

static bool put_order(writing *w)
{
    qsort(w->rows, w->row_count, sizeof *w->rows, by_row);
    for (uint32_t i = 0; i < w->row_count; i++)
        if (!put(w, &w->rows[i].node, sizeof w->rows[i].node))
            return false;
    return true;
}

static bool put_body(writing *w)
{
    for (uint32_t slot = 0; slot < vg_hnsw_next(w->graph); slot++)
        if (!put_node(w, slot))
            return false;
    return put_order(w);
}

/* ---- the file ---- */

static vg_snapshot_head head_of(const vg_snapshot_at *at, const vg_hnsw *graph, uint64_t operation)
{
    const vg_hnsw_conf *conf = vg_hnsw_conf_of(graph);
    const vg_form *form = vg_dense_form(vg_hnsw_dense(graph));

    return (vg_snapshot_head){
        .magic = {'v', 'g', '-', 'i', 'n', 'd', 'e', 'x'},
        .format = VG_SNAPSHOT_FORMAT,
        .byte_order = 0x01020304,
        .collection = at->collection,
        .place = at->place,
        .size = form->size,
        .distance = conf->distance,
        .m = conf->m,
        .ef_construct = conf->ef_construct,
        .nodes = vg_hnsw_next(graph),
        .operation = operation,
        .kind = (uint16_t)form->kind,
        .datatype = (uint16_t)form->datatype,
    };
}

/* The head is known when the body is written, and put in its place then. */
static bool put_all(writing *w, vg_snapshot_head *head)
{
    XXH3_64bits_reset(w->sum);
    if (fwrite(head, 1, sizeof *head, w->file) != sizeof *head || !put_body(w))
        return false;
    head->rows = w->row_count;
    head->body_bytes = w->bytes;
    head->sum = XXH3_64bits_digest(w->sum) ^ vg_snapshot_sum(head, sizeof *head, 0);
    return fseek(w->file, 0, SEEK_SET) == 0 &&
           fwrite(head, 1, sizeof *head, w->file) == sizeof *head && fflush(w->file) == 0 &&
           fsync(fileno(w->file)) == 0;
}

static bool has_room(writing *w)
{
    w->sum = XXH3_createState();
    w->rows = malloc(((size_t)vg_hnsw_next(w->graph) + 1) * sizeof *w->rows);
    w->words = malloc(vg_hnsw_node_most(w->graph) * sizeof *w->words);
    errno = ENOMEM;
    return w->sum && w->rows && w->words;
}

static bool write_file(int directory, const vg_snapshot_at *at, const vg_hnsw *graph,
                       uint64_t operation)
{
    vg_snapshot_head head = head_of(at, graph, operation);
    int fd = openat(directory, half_written, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    writing w = {.graph = graph, .file = fd >= 0 ? fdopen(fd, "w") : NULL};
    bool good;

    if (!w.file) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    setvbuf(w.file, NULL, _IOFBF, BUFFER);
    good = has_room(&w) && put_all(&w, &head);
    good = fclose(w.file) == 0 && good;
    XXH3_freeState(w.sum);
    free(w.rows);
    free(w.words);
    return good;
}

static bool write_and_rename(int directory, const vg_snapshot_at *at, const vg_hnsw *graph,
                             uint64_t operation)
{
    char name[VG_SNAPSHOT_NAME];

    snprintf(name, sizeof name, name_form, at->collection, at->place);
    return write_file(directory, at, graph, operation) &&
           renameat(directory, half_written, directory, name) == 0 && fsync(directory) == 0;
}

bool vg_snapshot_write(const vg_snapshot_at *at, const vg_hnsw *graph, uint64_t operation)
{
    int directory = open(at->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = directory >= 0 && write_and_rename(directory, at, graph, operation);
    char why[WHY_ROOM];

    if (!good)
        vg_log(VG_WARN, "an index cannot be saved", VG_N("collection", at->collection),
               VG_Z("why", strerror_r(errno, why, sizeof why)));
    if (directory >= 0 && !good)
        unlinkat(directory, half_written, 0);
    if (directory >= 0)
        close(directory);
    return good;
}

/* ---- which there are ---- */

void vg_snapshot_remove(const vg_snapshot_at *at)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s/", at->directory);

    if (len < 0 || (size_t)len + VG_SNAPSHOT_NAME > sizeof path)
        return;
    snprintf(path + len, sizeof path - (size_t)len, name_form, at->collection, at->place);
    unlink(path);
}

/* Is it the name of a snapshot, and of which? */
static bool is_name(const char *name, vg_snapshot_at *at)
{
    static const char begin[] = "index-";
    char again[VG_SNAPSHOT_NAME], *end;

    if (strncmp(name, begin, sizeof begin - 1) != 0)
        return false;
    at->collection = strtoull(name + sizeof begin - 1, &end, 10);
    at->place = *end == '-' ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
    snprintf(again, sizeof again, name_form, at->collection, at->place);
    return strcmp(name, again) == 0;
}

void vg_snapshot_sweep(const char *directory, bool (*is_kept)(const vg_snapshot_at *at, void *arg),
                       void *arg)
{
    DIR *list = opendir(directory);
    vg_snapshot_at at = {.directory = directory};

    for (struct dirent *found; list && (found = readdir(list));)
        if (strcmp(found->d_name, half_written) == 0 ||
            (is_name(found->d_name, &at) && !is_kept(&at, arg)))
            unlinkat(dirfd(list), found->d_name, 0);
    if (list)
        closedir(list);
}
