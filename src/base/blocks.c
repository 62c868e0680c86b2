/* See blocks.h, and the process's part of vecgate/arena.h. What a thread keeps is not counted as
 * held: it is KEPT_BYTES at most, and given back when the thread ends. */
#include "base/blocks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "vecgate/arena.h"

/* ---- the cap of the process ---- */

static const size_t default_total_cap = (size_t)512 << 20;
static atomic_size_t total_bytes;
static atomic_size_t total_cap; /* 0: not set, the default holds */

void vg_arena_set_total_cap(size_t bytes)
{
    atomic_store(&total_cap, bytes);
}

size_t vg_arena_total_cap(void)
{
    size_t cap = atomic_load_explicit(&total_cap, memory_order_relaxed);

    return cap != 0 ? cap : default_total_cap;
}

size_t vg_arena_total_bytes(void)
{
    return atomic_load_explicit(&total_bytes, memory_order_relaxed);
}

bool vg_arena_total_take(size_t bytes)
{
    size_t before = atomic_fetch_add_explicit(&total_bytes, bytes, memory_order_relaxed);
    size_t cap = vg_arena_total_cap();

    if (bytes <= cap && before <= cap - bytes)
        return true;
    vg_arena_total_give(bytes);
    return false;
}

void vg_arena_total_give(size_t bytes)
{
    atomic_fetch_sub_explicit(&total_bytes, bytes, memory_order_relaxed);
}

/* ---- what a thread keeps ---- */

/* The address sanitizer must see every free. */
#if defined(__SANITIZE_ADDRESS__)
enum { KEPT_BYTES = 0 };
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
enum { KEPT_BYTES = 0 };
#    else
enum { KEPT_BYTES = 1024 * 1024 };
#    endif
#else
enum { KEPT_BYTES = 1024 * 1024 };
#endif

enum { SIZES = 7 }; /* 4 KiB to 256 KiB */

struct kept {
    struct kept *next;
};

static _Thread_local struct kept *kept[SIZES];
static _Thread_local size_t kept_bytes;
static _Thread_local bool is_known; /* will free_kept() be called for this thread? */
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_kept(void *arg)
{
    struct kept *next;

    (void)arg;
    for (int i = 0; i < SIZES; i++) {
        for (struct kept *block = kept[i]; block != NULL; block = next) {
            next = block->next;
            free(block);
        }
        kept[i] = NULL;
    }
    kept_bytes = 0;
    is_known = false;
}

static void make_key(void)
{
    pthread_key_create(&at_thread_end, free_kept);
}

/* The list for blocks of that size; NULL: they are not kept. */
static struct kept **list_of(size_t size)
{
    if (size < VG_BLOCK_LEAST || size > VG_BLOCK_MOST || (size & (size - 1)) != 0)
        return NULL;
    return &kept[__builtin_ctzll(size / VG_BLOCK_LEAST)];
}

static void *take_kept(size_t size)
{
    struct kept **list = list_of(size);
    struct kept *block = list != NULL ? *list : NULL;

    if (block == NULL)
        return NULL;
    *list = block->next;
    kept_bytes -= size;
    return block;
}

/* The key's value only has to be there for its destructor to run. */
static bool make_known(void)
{
    if (!is_known) {
        pthread_once(&once, make_key);
        is_known = pthread_setspecific(at_thread_end, &kept) == 0;
    }
    return is_known;
}

static bool keep(struct kept *block, size_t size)
{
    struct kept **list = list_of(size);

    if (list == NULL || kept_bytes + size > KEPT_BYTES || !make_known())
        return false;
    block->next = *list;
    *list = block;
    kept_bytes += size;
    return true;
}

/* ---- blocks ---- */

void *vg_block_new(size_t size)
{
    void *block;

    if (!vg_arena_total_take(size))
        return NULL;
    block = take_kept(size);
    if (block == NULL)
        block = malloc(size);
    if (block == NULL)
        vg_arena_total_give(size);
    return block;
}

void vg_block_free(void *block, size_t size)
{
    vg_arena_total_give(size);
    if (!keep(block, size))
        free(block);
}
