/* See snapshot.h: reading. The file is mapped; what it says is checked before it is used, sum or
 * not. Its nodes have numbers, the slots that they will have are others:
 *
 *     row in SQL ── order ──▶ node ── slot_of ──▶ slot, or none: it has gone
 *
 * A node that has gone is left by those that were linked to it for its own neighbours. Of a chain
 * of twins (hnsw.h) any may have gone: those that are left make up the chain anew, the first of
 * them with the links of the chain's head. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/snapshot.h"

enum { PATH_ROOM = 4096, WORD = sizeof(uint32_t), KNOWN = 2 * sizeof(uint64_t) + WORD };

struct vg_snapshot {
    const uint8_t *at; /* of the head */
    size_t mapped;     /* bytes that are to be given back; 0: they are not ours */
    vg_snapshot_head head;
    vg_form form;
    vg_hnsw_conf conf;
    const uint8_t *order;
    uint64_t *nodes;   /* where each begins */
    uint32_t *slot_of; /* of each node; VG_SLOT_NONE: it has gone */
    uint32_t slots;    /* that were given */
    uint32_t cursor;   /* in the order */
    uint32_t *leads;   /* for each slot, the node whose links it has; VG_SLOT_NONE: a twin's */
    uint32_t *twins;   /* the slot of its next twin */
    uint32_t *stands;  /* for each node at the head of a chain, the slot that stands for it */
};

/* ---- words ---- */

static uint32_t word_at(const uint8_t *at)
{
    uint32_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

static const uint8_t *node_at(const vg_snapshot *s, uint32_t node)
{
    return s->at + s->nodes[node];
}

static uint64_t row_of(const vg_snapshot *s, uint32_t node)
{
    uint64_t row;

    memcpy(&row, node_at(s, node), sizeof row);
    return row;
}

static uint64_t sum_of(const vg_snapshot *s, uint32_t node)
{
    uint64_t sum;

    memcpy(&sum, node_at(s, node) + sizeof(uint64_t), sizeof sum);
    return sum;
}

static uint32_t count_of(const vg_snapshot *s, uint32_t node)
{
    return word_at(node_at(s, node) + 2 * sizeof(uint64_t));
}

static uint32_t word_of(const vg_snapshot *s, uint32_t node, uint32_t i)
{
    return word_at(node_at(s, node) + KNOWN + (size_t)i * WORD);
}

/* Where the list of a level begins among the node's words: its count. 0: it has no such level. */
static uint32_t list_of(const vg_snapshot *s, uint32_t node, uint32_t level)
{
    uint32_t at = 1, count = count_of(s, node);

    for (; level > 0 && at < count; level--)
        at += 1 + word_of(s, node, at);
    return at < count ? at : 0;
}

/* ---- is it one? ---- */

/* The words of a node: its next twin, then lists that end where the words do, of nodes. */
static bool are_words(const vg_snapshot *s, uint32_t node)
{
    uint32_t count = count_of(s, node), twin = count > 0 ? word_of(s, node, 0) : VG_SLOT_NONE;
    uint64_t at = 1;

    while (at < count) {
        uint32_t links = word_of(s, node, (uint32_t)at);

        if (links >= count - at)
            return false;
        for (uint32_t i = 1; i <= links; i++)
            if (word_of(s, node, (uint32_t)at + i) >= s->head.nodes)
                return false;
        at += 1 + (uint64_t)links;
    }
    return twin == VG_SLOT_NONE || twin < s->head.nodes;
}

static bool find_nodes(vg_snapshot *s, uint64_t end)
{
    uint64_t at = sizeof s->head;

    for (uint32_t i = 0; i < s->head.nodes; i++) {
        s->nodes[i] = at;
        s->slot_of[i] = s->stands[i] = VG_SLOT_NONE;
        if (end - at < KNOWN || count_of(s, i) > (end - at - KNOWN) / WORD)
            return false;
        at += KNOWN + (uint64_t)count_of(s, i) * WORD;
    }
    s->order = s->at + at;
    return at == end;
}

static bool is_ordered(const vg_snapshot *s)
{
    uint64_t before = 0;

    for (uint32_t i = 0; i < s->head.rows; i++) {
        uint32_t node = word_at(s->order + (size_t)i * WORD);

        if (node >= s->head.nodes || row_of(s, node) <= before)
            return false;
        before = row_of(s, node);
    }
    return true;
}

static bool is_body(vg_snapshot *s)
{
    uint64_t order = (uint64_t)s->head.rows * WORD;

    if (order > s->head.body_bytes || !find_nodes(s, sizeof s->head + s->head.body_bytes - order))
        return false;
    for (uint32_t i = 0; i < s->head.nodes; i++)
        if (!are_words(s, i))
            return false;
    return is_ordered(s);
}

static bool is_summed(const vg_snapshot *s)
{
    vg_snapshot_head head = s->head;
    uint64_t body = vg_snapshot_sum(s->at + sizeof head, head.body_bytes, 0);

    head.sum = 0;
    return s->head.sum == (body ^ vg_snapshot_sum(&head, sizeof head, 0));
}

static bool is_form(const vg_snapshot_head *h, const vg_snapshot_want *want)
{
    return h->size == want->form.size && h->kind == (uint32_t)want->form.kind &&
           h->datatype == (uint32_t)want->form.datatype &&
           h->distance == (uint32_t)want->conf.distance;
}

/* Why it is of no use; NULL: nothing speaks against it. */
static const char *complaint(const vg_snapshot *s, size_t len, const vg_snapshot_want *want)
{
    const vg_snapshot_head *h = &s->head;

    if (memcmp(h->magic, "vg-index", sizeof h->magic) != 0 || h->byte_order != 0x01020304)
        return "is none of ours";
    if (h->format != VG_SNAPSHOT_FORMAT)
        return "has another format";
    if (h->body_bytes != len - sizeof *h || h->nodes > h->body_bytes / KNOWN || !is_summed(s))
        return "is damaged";
    if (h->collection != want->collection || h->place != want->place || !is_form(h, want))
        return "is of another vector";
    if (h->m != want->conf.m || h->ef_construct != want->conf.ef_construct)
        return "is of other settings";
    return NULL;
}

static bool make_room(vg_snapshot *s)
{
    size_t nodes = (size_t)s->head.nodes + 1;

    s->nodes = malloc(nodes * sizeof *s->nodes);
    s->slot_of = malloc(nodes * sizeof *s->slot_of);
    s->stands = malloc(nodes * sizeof *s->stands);
    s->leads = malloc(nodes * sizeof *s->leads);
    s->twins = malloc(nodes * sizeof *s->twins);
    return s->nodes && s->slot_of && s->stands && s->leads && s->twins;
}

vg_snapshot *vg_snapshot_read(const void *bytes, size_t len, const vg_snapshot_want *want,
                              const char **why)
{
    vg_snapshot *s = calloc(1, sizeof *s);

    *why = s ? NULL : "finds no memory";
    if (!s)
        return NULL;
    s->at = bytes;
    s->form = want->form;
    s->conf = want->conf;
    if (len < sizeof s->head)
        *why = "is damaged";
    else
        memcpy(&s->head, bytes, sizeof s->head);
    if (!*why)
        *why = complaint(s, len, want);
    if (!*why && !make_room(s))
        *why = "finds no memory";
    if (!*why && !is_body(s))
        *why = "is damaged";
    if (!*why)
        return s;
    vg_snapshot_close(s);
    return NULL;
}

/* ---- the file ---- */

static void tell(const vg_snapshot_want *want, const char *why)
{
    vg_log(VG_WARN, "the snapshot of an index is not used, and the index is built again",
           VG_N("collection", want->collection), VG_N("place", want->place), VG_Z("it", why));
}

/* NULL: errno says why. */
static const void *map(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *at = MAP_FAILED;
    struct stat found;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &found) == 0 && found.st_size > 0)
        at = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    else
        errno = EIO;
    *len = (size_t)found.st_size;
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

vg_snapshot *vg_snapshot_open(const char *directory, const vg_snapshot_want *want)
{
    char path[PATH_ROOM];
    const char *why = NULL;
    vg_snapshot *s = NULL;
    const void *at;
    size_t len;

    snprintf(path, sizeof path, "%s/index-%" PRIu64 "-%" PRIu32, directory, want->collection,
             want->place);
    at = map(path, &len);
    if (at)
        s = vg_snapshot_read(at, len, want, &why);
    else if (errno != ENOENT)
        why = "cannot be read";
    if (s)
        s->mapped = len;
    else if (at)
        munmap((void *)at, len);
    if (why)
        tell(want, why);
    return s;
}

void vg_snapshot_close(vg_snapshot *s)
{
    if (!s)
        return;
    if (s->mapped > 0)
        munmap((void *)s->at, s->mapped);
    free(s->nodes);
    free(s->slot_of);
    free(s->stands);
    free(s->leads);
    free(s->twins);
    free(s);
}

uint64_t vg_snapshot_operation(const vg_snapshot *s)
{
    return s->head.operation;
}

/* ---- which of its nodes are still there ---- */

bool vg_snapshot_has(vg_snapshot *s, uint64_t row, const void *vector)
{
    uint32_t node = VG_SLOT_NONE;

    for (; s->cursor < s->head.rows; s->cursor++) {
        node = word_at(s->order + (size_t)s->cursor * WORD);
        if (row_of(s, node) >= row)
            break;
    }
    if (s->cursor == s->head.rows || row_of(s, node) != row ||
        sum_of(s, node) != vg_snapshot_sum(vector, vg_form_bytes(&s->form, vector), 0))
        return false;
    s->slot_of[node] = s->slots++;
    return true;
}

/* ---- chains ---- */

static int ascending(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return one < other ? -1 : one > other;
}

/* The slots of those of a chain that are left; false: it does not end. */
static bool collect(const vg_snapshot *s, uint32_t head, uint32_t *members, uint32_t *count)
{
    uint32_t steps = 0;

    *count = 0;
    for (uint32_t node = head; node != VG_SLOT_NONE; node = word_of(s, node, 0)) {
        if (steps++ == s->head.nodes || count_of(s, node) == 0)
            return false;
        if (s->slot_of[node] != VG_SLOT_NONE && *count < s->slots)
            members[(*count)++] = s->slot_of[node];
    }
    return true;
}

/* hnsw.h wants the oldest first, and behind it the others from the youngest on. */
static void chain(vg_snapshot *s, uint32_t head, uint32_t *members, uint32_t count)
{
    if (count == 0)
        return;
    qsort(members, count, sizeof *members, ascending);
    s->stands[head] = members[0];
    s->leads[members[0]] = head;
    s->twins[members[0]] = count > 1 ? members[count - 1] : VG_SLOT_NONE;
    for (uint32_t i = 1; i < count; i++)
        s->twins[members[i]] = i > 1 ? members[i - 1] : VG_SLOT_NONE;
}

static bool chain_all(vg_snapshot *s)
{
    uint32_t *members = malloc(((size_t)s->slots + 1) * sizeof *members), count;
    uint64_t reached = 0;
    bool good = members != NULL;

    for (uint32_t i = 0; i < s->slots; i++)
        s->leads[i] = s->twins[i] = VG_SLOT_NONE;
    for (uint32_t node = 0; good && node < s->head.nodes; node++) {
        if (count_of(s, node) < 2)
            continue; /* left out, or a twin behind another */
        good = collect(s, node, members, &count);
        if (good)
            chain(s, node, members, count);
        reached += count;
    }
    free(members);
    return good && reached == s->slots;
}

/* ---- links ---- */

typedef struct list {
    uint32_t *at; /* slots */
    uint32_t count, room;
    uint32_t self;
} list;

static void add(list *l, uint32_t slot)
{
    if (slot == VG_SLOT_NONE || slot == l->self || l->count == l->room)
        return;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->at[i] == slot)
            return;
    l->at[l->count++] = slot;
}

/* Those of a node's links that are left. */
static void add_links(const vg_snapshot *s, uint32_t node, uint32_t level, list *l)
{
    uint32_t at = list_of(s, node, level), links = at > 0 ? word_of(s, node, at) : 0;

    for (uint32_t i = 1; i <= links; i++)
        add(l, s->stands[word_of(s, node, at + i)]);
}

static void add_links_of_gone(const vg_snapshot *s, uint32_t node, uint32_t level, list *l)
{
    uint32_t at = list_of(s, node, level), links = word_of(s, node, at);

    for (uint32_t i = 1; i <= links; i++) {
        uint32_t other = word_of(s, node, at + i);

        if (s->stands[other] == VG_SLOT_NONE)
            add_links(s, other, level, l);
    }
}

/* The words of a slot, in the numbers of the new graph. */
static size_t words_of(const vg_snapshot *s, uint32_t slot, uint32_t *to)
{
    uint32_t node = s->leads[slot];
    size_t words = 0;

    to[words++] = s->twins[slot];
    if (node == VG_SLOT_NONE)
        return words;
    for (uint32_t level = 0; level < VG_HNSW_LEVELS && list_of(s, node, level) > 0; level++) {
        list l = {
            .at = to + words + 1, .room = level == 0 ? 2 * s->head.m : s->head.m, .self = slot};

        add_links(s, node, level, &l);
        add_links_of_gone(s, node, level, &l);
        to[words] = l.count;
        words += 1 + (size_t)l.count;
    }
    return words;
}

static bool read_nodes(const vg_snapshot *s, vg_hnsw *graph)
{
    uint32_t *words = malloc((vg_hnsw_node_most(graph) + 1) * sizeof *words);
    bool good = words != NULL;

    for (uint32_t slot = 0; good && slot < s->slots; slot++)
        good = vg_hnsw_node_read(graph, s->slots, words, words_of(s, slot, words));
    free(words);
    return good && vg_hnsw_nodes_end(graph);
}

vg_hnsw *vg_snapshot_graph(vg_snapshot *s, vg_dense *dense)
{
    const vg_snapshot_want want = {.collection = s->head.collection, .place = s->head.place};
    vg_hnsw *graph = vg_hnsw_new(dense, &s->conf);

    if (graph && chain_all(s) && read_nodes(s, graph))
        return graph;
    tell(&want, "is damaged");
    vg_hnsw_let(graph);
    return NULL;
}
