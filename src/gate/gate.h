/* The gate: from the headers of a request to who sends it. Credentials come from the configuration
 * (keys, JWT secret and key sets, names of client certificates); the gate compares, verifies,
 * remembers tokens that it verified, and knows nothing of routes. What an identity may do is
 * rights.h's, how much limits.h's.
 *
 *     api-key: K          ┐                     ┌ a key         ─▶ the row of that key
 *     Authorization:      ├─ one of these ─▶ is ┤ a token       ─▶ its claims, when it is good
 *       Bearer K          ┘   (the first)       └ neither       ─▶ UNAUTHENTICATED
 *     client certificate     when neither is sent ─▶ the row of its name
 *
 * Texts are Qdrant's (FACTS 12). Loop's thread only; nothing here blocks: files were read when the
 * configuration was. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "gate/identity.h"

typedef struct vg_gate vg_gate;
typedef struct vg_credentials vg_credentials; /* credential.h: what is configured, ready to use */

typedef struct vg_gate_ask {
    vg_slice api_key;       /* header `api-key`; NULL: not sent */
    vg_slice authorization; /* header `authorization`; NULL: not sent */
    vg_slice tenant;        /* header `x-vecgate-tenant`; NULL: not sent */
    vg_slice certificate;   /* name of the client's verified certificate; empty: none */
    uint64_t now_ms;        /* wall clock */
} vg_gate_ask;

/* `credentials` are counted, and held until others are set or the gate is freed. */
vg_gate *vg_gate_new(const vg_credentials *credentials); /* NULL: no memory */
void vg_gate_free(vg_gate *gate);                        /* NULL is fine */
/* On reload: holds from the next request on; remembered tokens are forgotten. */
void vg_gate_set(vg_gate *gate, const vg_credentials *credentials);
/* No credential is configured: everybody is the sole default tenant and may do everything. */
bool vg_gate_is_keyless(const vg_gate *gate);
/* Who it is, valid as long as `arena`. NULL: UNAUTHENTICATED or FORBIDDEN, with the text that
 * Qdrant's front answers as it is; FORBIDDEN when it may not choose the tenant that it asks for. */
const vg_identity *vg_gate_admit(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena,
                                 vg_status *status);
/* Whose key or certificate that was until it expired; NULL: it is none of these. For the audit
 * alone: nobody is let in by it. Valid as long as `arena`. */
const vg_identity *vg_gate_expired(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena);

#endif
