/* A map to find them and a list in the order of use. */
#include "gate/tokens.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/list.h"
#include "base/map.h"

struct entry {
    vg_token token; /* first: what others hold */
    uint32_t holders;
    size_t bytes;
    vg_list link;
};

struct vg_tokens {
    vg_map *map;  /* digest to entry */
    vg_list used; /* the newest last */
    uint32_t most;
    size_t most_bytes, bytes;
};

static struct entry *entry_of(vg_token *token)
{
    return vg_container_of(token, struct entry, token);
}

static vg_slice key_of(const vg_digest *digest)
{
    return vg_slice_of((const char *)digest->at, sizeof digest->at);
}

/* ---- one ---- */

vg_token *vg_token_new(const vg_digest *digest)
{
    vg_arena *arena = vg_arena_new(VG_TOKEN_BYTES);
    struct entry *entry = arena != NULL ? VG_TAKE(arena, struct entry) : NULL;

    if (entry == NULL) {
        vg_arena_free(arena);
        return NULL;
    }
    entry->holders = 1;
    entry->token.digest = *digest;
    entry->token.arena = arena;
    return &entry->token;
}

void vg_token_let_go(vg_token *token)
{
    if (--entry_of(token)->holders == 0)
        vg_arena_free(token->arena);
}

static void let_go(void *token)
{
    vg_token_let_go(token);
}

bool vg_token_hold(vg_token *token, vg_arena *arena)
{
    if (!vg_arena_defer(arena, let_go, token))
        return false;
    entry_of(token)->holders++;
    return true;
}

/* ---- all ---- */

vg_tokens *vg_tokens_new(uint32_t most, size_t most_bytes)
{
    vg_tokens *tokens = calloc(1, sizeof *tokens);

    if (tokens == NULL)
        return NULL;
    tokens->most = most;
    tokens->most_bytes = most_bytes;
    vg_list_init(&tokens->used);
    tokens->map = vg_map_new();
    if (tokens->map != NULL)
        return tokens;
    free(tokens);
    return NULL;
}

static void drop(vg_tokens *tokens, struct entry *entry)
{
    vg_map_remove(tokens->map, key_of(&entry->token.digest));
    vg_list_remove(&entry->link);
    tokens->bytes -= entry->bytes;
    vg_token_let_go(&entry->token);
}

void vg_tokens_forget(vg_tokens *tokens)
{
    while (!vg_list_is_empty(&tokens->used))
        drop(tokens, vg_container_of(tokens->used.next, struct entry, link));
}

void vg_tokens_free(vg_tokens *tokens)
{
    if (tokens == NULL)
        return;
    vg_tokens_forget(tokens);
    vg_map_free(tokens->map);
    free(tokens);
}

uint32_t vg_tokens_count(const vg_tokens *tokens)
{
    return (uint32_t)vg_map_count(tokens->map);
}

vg_token *vg_tokens_find(vg_tokens *tokens, const vg_digest *digest)
{
    struct entry *entry = vg_map_get(tokens->map, key_of(digest));

    if (entry == NULL)
        return NULL;
    vg_list_remove(&entry->link);
    vg_list_push(&tokens->used, &entry->link);
    return &entry->token;
}

void vg_tokens_put(vg_tokens *tokens, vg_token *token)
{
    struct entry *entry = entry_of(token);

    entry->bytes = vg_arena_bytes(token->arena);
    while (!vg_list_is_empty(&tokens->used) && (vg_map_count(tokens->map) >= tokens->most ||
                                                tokens->bytes + entry->bytes > tokens->most_bytes))
        drop(tokens, vg_container_of(tokens->used.next, struct entry, link));
    if (entry->bytes > tokens->most_bytes ||
        !vg_map_put(tokens->map, key_of(&token->digest), entry))
        return;
    entry->holders++;
    tokens->bytes += entry->bytes;
    vg_list_push(&tokens->used, &entry->link);
}
