/* Tokens that were verified, by the SHA-256 of their bytes: what was found good once need not be
 * verified again. Bounded in number and bytes; the one that was used longest ago goes first.
 * Whether one still holds is asked at each use (token_claims.h). Loop's thread only. */
#ifndef GATE_TOKENS_H
#define GATE_TOKENS_H

#include "gate/credential.h"
#include "gate/token_claims.h"

enum { VG_TOKENS_MOST = 4096, VG_TOKENS_BYTES = 16 << 20, VG_TOKEN_BYTES = 512 * 1024 };

typedef struct vg_tokens vg_tokens;
/* Counted: lives on while a request holds it. */
typedef struct vg_token {
    vg_digest digest;
    vg_token_claims claims; /* in `arena` */
    vg_arena *arena;        /* holds the token too */
} vg_token;

vg_tokens *vg_tokens_new(uint32_t most, size_t most_bytes); /* NULL: no memory */
void vg_tokens_free(vg_tokens *tokens);                     /* NULL is fine */
void vg_tokens_forget(vg_tokens *tokens);
uint32_t vg_tokens_count(const vg_tokens *tokens);

/* NULL: it is not remembered. */
vg_token *vg_tokens_find(vg_tokens *tokens, const vg_digest *digest);
/* Remembers it, if memory allows. It must not be there yet. */
void vg_tokens_put(vg_tokens *tokens, vg_token *token);

/* Held once, by the caller. NULL: no memory. */
vg_token *vg_token_new(const vg_digest *digest);
void vg_token_let_go(vg_token *token);
/* As long as the arena. False: there is no memory; then it is not held. */
bool vg_token_hold(vg_token *token, vg_arena *arena);

#endif
