/* Arenas: a list of blocks, each a malloc of its own, the newest first. The arena itself lies at
 * the head of its first block, so that an arena costs one malloc until it has used that up.
 *
 *     arena ──► newest block ──► older ──► … ──► first block [header | vg_arena | takings …]
 *
 * Blocks double from 4 KiB to 256 KiB; a taking larger than the next block gets a block of its own.
 * Where blocks come from, and the cap of the process: blocks.c. */
#include "vecgate/arena.h"

#include <stdalign.h>
#include <stdio.h>

#include "base/blocks.h"

enum { ALIGN = 16 };

struct block {
    alignas(ALIGN) struct block *older;
    size_t used; /* counted from the block's own first byte */
    size_t size;
};

struct deferred {
    void (*run)(void *arg);
    void *arg;
    struct deferred *earlier;
};

struct vg_arena {
    struct block *newest;
    struct deferred *deferred;
    size_t bytes;
    size_t cap_bytes;
    size_t next_block;
    bool spent;
    bool starved; /* not its own cap, but the process's, or the system */
};

static struct block *new_block(size_t size)
{
    struct block *block = vg_block_new(size);

    if (block != NULL)
        *block = (struct block){.used = sizeof(*block), .size = size};
    return block;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

vg_arena *vg_arena_new(size_t cap_bytes)
{
    size_t head = sizeof(struct block) + sizeof(vg_arena);
    size_t size = least(VG_BLOCK_LEAST, cap_bytes > head ? cap_bytes : head);
    struct block *block = new_block(size);
    vg_arena *arena;

    if (block == NULL)
        return NULL;
    arena = (vg_arena *)(void *)(block + 1);
    block->used += (sizeof(*arena) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    *arena = (vg_arena){.newest = block,
                        .bytes = size,
                        .cap_bytes = cap_bytes,
                        .next_block = (size_t)2 * VG_BLOCK_LEAST};
    return arena;
}

void vg_arena_free(vg_arena *arena)
{
    struct block *older;

    if (arena == NULL)
        return;
    for (struct deferred *d = arena->deferred; d != NULL; d = d->earlier)
        d->run(d->arg);
    for (struct block *block = arena->newest; block != NULL; block = older) {
        older = block->older; /* the last one holds the arena itself */
        vg_block_free(block, block->size);
    }
}

static void *spend(vg_arena *arena)
{
    arena->spent = true;
    return NULL;
}

/* A block with room for `size` more bytes becomes the newest one. */
static bool grow(vg_arena *arena, size_t size)
{
    size_t need = size + sizeof(struct block);
    size_t left = arena->cap_bytes > arena->bytes ? arena->cap_bytes - arena->bytes : 0;
    size_t want = need > arena->next_block ? need : least(arena->next_block, left);
    struct block *block = need <= left ? new_block(want) : NULL;

    if (block == NULL) {
        arena->starved = need <= left;
        return false;
    }
    block->older = arena->newest;
    arena->newest = block;
    arena->bytes += want;
    arena->next_block = least(2 * arena->next_block, VG_BLOCK_MOST);
    return true;
}

void *vg_arena_take(vg_arena *arena, size_t size)
{
    struct block *block = arena->newest;
    size_t round;

    if (size > SIZE_MAX / 2)
        return spend(arena);
    round = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (block->used > block->size || round > block->size - block->used) {
        if (!grow(arena, round))
            return spend(arena);
        block = arena->newest;
    }
    block->used += round;
    return (char *)block + (block->used - round);
}

void *vg_arena_take_zero(vg_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    void *at;

    if (__builtin_mul_overflow(count, size, &bytes))
        return spend(arena);
    at = vg_arena_take(arena, bytes);
    return at == NULL ? NULL : memset(at, 0, bytes);
}

/* If `at` is the newest taking, its end moves to `new_size`. */
static bool move_end(vg_arena *arena, const void *at, size_t old_size, size_t new_size)
{
    struct block *block = arena->newest;
    size_t start = (size_t)((uintptr_t)at - (uintptr_t)block);
    size_t old_round = (old_size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    size_t new_round = (new_size + ALIGN - 1) & ~(size_t)(ALIGN - 1);

    if (start > block->used || start + old_round != block->used)
        return false;
    if (new_round > block->size - start)
        return false;
    block->used = start + new_round;
    return true;
}

void *vg_arena_resize(vg_arena *arena, void *at, size_t old_size, size_t new_size)
{
    void *moved;

    if (new_size > SIZE_MAX / 2)
        return spend(arena);
    if (at != NULL && (move_end(arena, at, old_size, new_size) || new_size <= old_size))
        return at;
    moved = vg_arena_take(arena, new_size);
    if (moved != NULL && at != NULL)
        memcpy(moved, at, old_size);
    return moved;
}

vg_slice vg_arena_copy(vg_arena *arena, vg_slice bytes)
{
    char *at = bytes.len < SIZE_MAX ? vg_arena_take(arena, bytes.len + 1) : NULL;

    if (at == NULL)
        return (vg_slice){0};
    if (bytes.len > 0)
        memcpy(at, bytes.at, bytes.len);
    at[bytes.len] = '\0';
    return vg_slice_of(at, bytes.len);
}

vg_slice vg_arena_printf(vg_arena *arena, const char *format, ...)
{
    vg_slice text;
    va_list args;

    va_start(args, format);
    text = vg_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

vg_slice vg_arena_vprintf(vg_arena *arena, const char *format, va_list args)
{
    enum { GUESS = 128 };
    char *at = vg_arena_take(arena, GUESS);
    va_list again;
    int len;

    if (at == NULL)
        return (vg_slice){0};
    va_copy(again, args);
    len = vsnprintf(at, GUESS, format, args);
    if (len >= GUESS) {
        at = vg_arena_resize(arena, at, GUESS, (size_t)len + 1);
        if (at != NULL)
            vsnprintf(at, (size_t)len + 1, format, again);
    } else if (len >= 0) {
        at = vg_arena_resize(arena, at, GUESS, (size_t)len + 1);
    }
    va_end(again);
    return at == NULL || len < 0 ? (vg_slice){0} : vg_slice_of(at, (size_t)len);
}

bool vg_arena_defer(vg_arena *arena, void (*run)(void *arg), void *arg)
{
    struct deferred *d = VG_TAKE(arena, struct deferred);

    if (d == NULL)
        return false;
    *d = (struct deferred){.run = run, .arg = arg, .earlier = arena->deferred};
    arena->deferred = d;
    return true;
}

bool vg_arena_is_spent(const vg_arena *arena)
{
    return arena->spent;
}

bool vg_arena_is_starved(const vg_arena *arena)
{
    return arena->starved;
}

size_t vg_arena_bytes(const vg_arena *arena)
{
    return arena->bytes;
}
