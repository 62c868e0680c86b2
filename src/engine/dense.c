/* See dense.h. Chunks are mapped, not allocated: they come zeroed (the ends of rows must be), take
 * no memory until touched, and huge pages halve the time of a long scan. */
#include "engine/dense.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/map.h"
#include "engine/rowmap.h"
#include "engine/sparse.h"

enum {
    LINE_BYTES = 64,
    TEXT_BLOCK = 65536,
    BLOB_BLOCK = 1 << 20,
    BLOB_ALIGN = 16,
    HUGE_PAGE = 2 << 20
};

/* Copies of text ids and of blobs: blocks that are filled one after the other and freed together.
 */
typedef struct texts texts;
struct texts {
    texts *next;
    size_t used, room;
    char at[];
};

struct vg_dense {
    _Atomic uint32_t holders;
    vg_form form;
    size_t stride, row_bytes; /* of rows: in numbers, in bytes */
    vg_chunk chunks[VG_DENSE_CHUNKS];
    uint32_t chunk_count;
    uint32_t used, live;                /* the changing thread's */
    _Atomic uint64_t blob_bytes, blobs; /* that came, and how many */
    vg_slotmap map;
    vg_rowmap rows;
    texts *texts;
    vg_sparse *sparse; /* NULL: they are not */
};

static size_t chunk_room(uint32_t chunk)
{
    return (size_t)VG_DENSE_FIRST << chunk;
}

static size_t slots_before(uint32_t chunk)
{
    return (size_t)VG_DENSE_FIRST * (((size_t)1 << chunk) - 1);
}

static size_t chunk_bytes(const vg_dense *dense, uint32_t chunk)
{
    size_t slot =
        dense->row_bytes + sizeof(vg_slot_id) + 4 * sizeof(uint64_t) + sizeof(uint32_t) + 1;

    return chunk_room(chunk) * slot;
}

vg_place vg_dense_place(const vg_dense *dense, uint32_t slot)
{
    uint64_t which = (uint64_t)slot / VG_DENSE_FIRST + 1;
    uint32_t chunk = 63U - (uint32_t)__builtin_clzll(which);

    return (vg_place){&dense->chunks[chunk], slot - (uint32_t)slots_before(chunk)};
}

/* ---- ids ---- */

static vg_slice key_of(const vg_dense *dense, uint32_t slot, uint8_t room[VG_ID_KEY_MAX])
{
    vg_point_id id = vg_dense_id(dense, slot);

    return vg_slice_of((const char *)room, vg_point_id_key(&id, room));
}

static uint64_t hash_of_slot(const void *owner, uint32_t slot)
{
    uint8_t room[VG_ID_KEY_MAX];

    return vg_map_hash(key_of(owner, slot, room));
}

static bool slot_is(const void *owner, uint32_t slot, vg_slice key)
{
    uint8_t room[VG_ID_KEY_MAX];

    return vg_slice_is(key_of(owner, slot, room), key);
}

/* What is left of the block before is given up: most texts and blobs are short and blocks are not.
 */
static bool reserve_texts(vg_dense *dense, size_t bytes)
{
    size_t least = vg_form_is_row(&dense->form) ? TEXT_BLOCK : BLOB_BLOCK;
    size_t room = bytes > least ? bytes : least;
    texts *block;

    if (bytes == 0 || (dense->texts && dense->texts->room - dense->texts->used >= bytes))
        return true;
    block = malloc(sizeof *block + room);
    if (!block)
        return false;
    *block = (texts){.next = dense->texts, .room = room};
    dense->texts = block;
    return true;
}

/* On an address that is a multiple of `align`. */
static char *keep(vg_dense *dense, const void *bytes, size_t len, size_t align)
{
    texts *block = dense->texts;
    char *to = block->at + block->used;
    size_t skip = (align - (uintptr_t)to % align) % align;

    VG_CHECK(block->room - block->used >= skip + len);
    memcpy(to + skip, bytes, len);
    block->used += skip + len;
    return to + skip;
}

size_t vg_dense_text_bytes(vg_slice key)
{
    return key.len > 0 && (uint8_t)key.at[0] == VG_ID_TEXT ? key.len : 0;
}

size_t vg_dense_blob_bytes(const vg_dense *dense, const void *vector)
{
    if (vg_form_is_row(&dense->form))
        return 0;
    return vg_form_bytes(&dense->form, vector) + BLOB_ALIGN - 1;
}

static void set_id(vg_dense *dense, vg_place p, vg_slice key)
{
    vg_slot_id *to = &p.chunk->ids[p.at];
    vg_point_id id = {0};

    VG_CHECK(vg_point_id_of_key((const uint8_t *)key.at, key.len, &id));
    p.chunk->kinds[p.at] = (uint8_t)id.kind;
    if (id.kind == VG_ID_NUM)
        *to = (vg_slot_id){id.num, 0};
    else if (id.kind == VG_ID_UUID)
        memcpy(to, id.uuid, sizeof id.uuid);
    else
        *to =
            (vg_slot_id){(uint64_t)(uintptr_t)keep(dense, id.text.at, id.text.len, 1), id.text.len};
}

vg_point_id vg_dense_id(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);
    vg_slot_id from = p.chunk->ids[p.at];
    vg_point_id id = {.kind = (vg_id_kind)p.chunk->kinds[p.at]};

    if (id.kind == VG_ID_NUM)
        id.num = from.a;
    else if (id.kind == VG_ID_UUID)
        memcpy(id.uuid, &from, sizeof id.uuid);
    else
        id.text = vg_slice_of((const char *)(uintptr_t)from.a, from.b);
    return id;
}

/* ---- life ---- */

static bool set_form(vg_dense *dense, const vg_form *form)
{
    size_t width = vg_form_width(form), line = LINE_BYTES / width;

    dense->form = *form;
    dense->stride = (form->size + line - 1) / line * line;
    dense->row_bytes = vg_form_is_row(form) ? dense->stride * width : sizeof(char *);
    if (form->kind == VG_SPARSE)
        dense->sparse = vg_sparse_new();
    return form->kind != VG_SPARSE || dense->sparse;
}

vg_dense *vg_dense_make(const vg_form *form)
{
    vg_dense *dense = calloc(1, sizeof *dense);

    if (!dense)
        return NULL;
    atomic_init(&dense->holders, 1);
    dense->map = (vg_slotmap){.hash = hash_of_slot, .is = slot_is, .owner = dense};
    if (set_form(dense, form))
        return dense;
    vg_dense_let(dense);
    return NULL;
}

vg_dense *vg_dense_new(uint32_t dimension)
{
    return vg_dense_make(&(vg_form){.size = dimension});
}

void vg_dense_hold(vg_dense *dense)
{
    atomic_fetch_add_explicit(&dense->holders, 1, memory_order_relaxed);
}

void vg_dense_let(vg_dense *dense)
{
    if (!dense || atomic_fetch_sub_explicit(&dense->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (uint32_t i = 0; i < dense->chunk_count; i++)
        munmap(dense->chunks[i].data, chunk_bytes(dense, i));
    for (texts *next, *block = dense->texts; block; block = next) {
        next = block->next;
        free(block);
    }
    vg_slotmap_fini(&dense->map);
    vg_rowmap_fini(&dense->rows);
    vg_sparse_free(dense->sparse);
    free(dense);
}

const vg_form *vg_dense_form(const vg_dense *dense)
{
    return &dense->form;
}

const vg_sparse *vg_dense_sparse(const vg_dense *dense)
{
    return dense->sparse;
}

uint32_t vg_dense_dimension(const vg_dense *dense)
{
    return dense->form.size;
}

size_t vg_dense_stride(const vg_dense *dense)
{
    return dense->stride;
}

uint32_t vg_dense_used(const vg_dense *dense)
{
    return dense->used;
}

uint32_t vg_dense_live(const vg_dense *dense)
{
    return dense->live;
}

/* Between the two loads more may have come: of many, one more or less is nothing. */
uint64_t vg_dense_bytes_of(const vg_dense *dense, uint64_t count)
{
    uint64_t blobs;

    if (vg_form_is_row(&dense->form))
        return count * dense->form.size * vg_form_width(&dense->form);
    blobs = atomic_load_explicit(&dense->blobs, memory_order_relaxed);
    return blobs == 0
               ? 0
               : count * (atomic_load_explicit(&dense->blob_bytes, memory_order_relaxed) / blobs);
}

/* ---- changes ---- */

/* Published to readers by vg_table_publish() with the `used` that reaches into it. */
static bool add_chunk(vg_dense *dense)
{
    uint32_t i = dense->chunk_count;
    size_t room = chunk_room(i), bytes = chunk_bytes(dense, i);
    vg_chunk *c = &dense->chunks[i];
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return false;
    if (bytes >= HUGE_PAGE)
        madvise(at, bytes, MADV_HUGEPAGE);
    c->data = at;
    at += room * dense->row_bytes;
    c->ids = (vg_slot_id *)(void *)at;
    at += room * sizeof *c->ids;
    c->born = (uint64_t *)(void *)at;
    at += room * sizeof *c->born;
    c->died = (_Atomic uint64_t *)(void *)at;
    at += room * sizeof *c->died;
    c->versions = (_Atomic uint64_t *)(void *)at;
    at += room * sizeof *c->versions;
    c->rows = (uint64_t *)(void *)at;
    at += room * sizeof *c->rows;
    c->before = (uint32_t *)(void *)at;
    c->kinds = (uint8_t *)at + room * sizeof *c->before;
    dense->chunk_count++;
    return true;
}

bool vg_dense_reserve(vg_dense *dense, size_t slots, size_t text_bytes)
{
    if (slots > slots_before(VG_DENSE_CHUNKS) - dense->used)
        return false;
    while (slots_before(dense->chunk_count) < dense->used + slots)
        if (!add_chunk(dense))
            return false;
    return vg_slotmap_reserve(&dense->map, slots) && reserve_texts(dense, text_bytes);
}

static void end_slot(vg_dense *dense, uint32_t slot, uint64_t operation)
{
    vg_place p = vg_dense_place(dense, slot);

    /* A reader at an older operation sees the slot whether it reads this or NEVER; one at this
     * operation or later got it by the table's lock, which orders this before. */
    atomic_store_explicit(&p.chunk->died[p.at], operation, memory_order_relaxed);
    dense->live--;
}

static void set_vector(vg_dense *dense, vg_place p, uint32_t slot, const void *vector)
{
    size_t bytes = vg_form_bytes(&dense->form, vector);
    char *row = p.chunk->data + p.at * dense->row_bytes, *blob;

    if (vg_form_is_row(&dense->form)) {
        memcpy(row, vector, bytes);
        return;
    }
    atomic_fetch_add_explicit(&dense->blob_bytes, bytes - VG_FORM_HEAD, memory_order_relaxed);
    atomic_fetch_add_explicit(&dense->blobs, 1, memory_order_relaxed);
    blob = keep(dense, vector, bytes, BLOB_ALIGN);
    memcpy(row, &blob, sizeof blob);
    if (dense->sparse)
        vg_sparse_add(dense->sparse, slot, blob);
}

void vg_dense_put(vg_dense *dense, vg_slice key, uint64_t row, const void *vector,
                  uint64_t operation)
{
    uint32_t slot = dense->used, before;
    vg_place p = vg_dense_place(dense, slot);

    VG_CHECK(slot < slots_before(dense->chunk_count));
    set_vector(dense, p, slot, vector);
    p.chunk->born[p.at] = operation;
    p.chunk->rows[p.at] = row;
    atomic_store_explicit(&p.chunk->versions[p.at], operation, memory_order_relaxed);
    atomic_store_explicit(&p.chunk->died[p.at], VG_DENSE_NEVER, memory_order_relaxed);
    set_id(dense, p, key);
    p.chunk->before[p.at] = vg_rowmap_find(&dense->rows, row);
    vg_rowmap_put(&dense->rows, row, slot); /* readers may look at it from here on */
    dense->used++;
    dense->live++;
    before = vg_slotmap_put(&dense->map, key, slot);
    if (before != VG_SLOT_NONE)
        end_slot(dense, before, operation);
}

void vg_dense_end(vg_dense *dense, vg_slice key, uint64_t operation)
{
    uint32_t slot = vg_slotmap_take(&dense->map, key);

    if (slot != VG_SLOT_NONE)
        end_slot(dense, slot, operation);
}

void vg_dense_touch(vg_dense *dense, vg_slice key, uint64_t operation)
{
    uint32_t slot = vg_slotmap_find(&dense->map, key);
    vg_place p;

    if (slot == VG_SLOT_NONE)
        return;
    p = vg_dense_place(dense, slot);
    atomic_store_explicit(&p.chunk->versions[p.at], operation, memory_order_relaxed);
}

static bool copy_slot(vg_dense *dense, const vg_dense *old, uint32_t slot)
{
    const void *vector = vg_dense_stored(old, slot);
    uint8_t room[VG_ID_KEY_MAX];
    vg_slice key = key_of(old, slot, room);

    if (!vg_dense_reserve(dense, 1, vg_dense_text_bytes(key) + vg_dense_blob_bytes(dense, vector)))
        return false;
    vg_dense_put(dense, key, vg_dense_row_of(old, slot), vector, vg_dense_born(old, slot));
    vg_dense_touch(dense, key, vg_dense_version(old, slot));
    return true;
}

static bool lives(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);

    return atomic_load_explicit(&p.chunk->died[p.at], memory_order_relaxed) == VG_DENSE_NEVER;
}

bool vg_dense_copy(vg_dense *dense, const vg_dense *old, uint32_t *from, size_t bytes)
{
    for (size_t done = 0; *from < old->used && done <= bytes; ++*from) {
        done += old->row_bytes + 1;
        if (!lives(old, *from))
            continue;
        done += vg_dense_blob_bytes(old, vg_dense_stored(old, *from));
        if (!copy_slot(dense, old, *from))
            return false;
    }
    return true;
}

/* ---- looks ---- */

const void *vg_dense_stored(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);
    const char *row = p.chunk->data + p.at * dense->row_bytes, *blob;

    if (vg_form_is_row(&dense->form))
        return row;
    memcpy(&blob, row, sizeof blob);
    return blob;
}

const float *vg_dense_row(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);

    return p.chunk->floats + p.at * dense->stride;
}

uint64_t vg_dense_born(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);

    return p.chunk->born[p.at];
}

uint64_t vg_dense_row_of(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);

    return p.chunk->rows[p.at];
}

bool vg_dense_knows_rows(const vg_dense *dense)
{
    return !atomic_load_explicit(&dense->rows.is_partial, memory_order_acquire);
}

/* Slots that are newer than what the reader sees were born later, published or not; what it sees is
 * the newest of the others, unless that has ended. */
uint32_t vg_dense_slot_of(const vg_dense *dense, uint64_t row, uint64_t operation)
{
    uint32_t slot = vg_rowmap_find(&dense->rows, row);

    while (slot != VG_SLOT_NONE) {
        vg_place p = vg_dense_place(dense, slot);

        if (p.chunk->born[p.at] <= operation)
            return vg_place_is_seen(p, operation) ? slot : VG_SLOT_NONE;
        slot = p.chunk->before[p.at];
    }
    return VG_SLOT_NONE;
}

uint64_t vg_dense_version(const vg_dense *dense, uint32_t slot)
{
    vg_place p = vg_dense_place(dense, slot);

    return atomic_load_explicit(&p.chunk->versions[p.at], memory_order_relaxed);
}
