/* What a verified token says about whoever sends it (Qdrant's claims, FACTS 12), as an identity.
 *
 *     sub            who it is, in logs only
 *     exp, nbf       from when and until when, in seconds since 1970
 *     access         "r" | "m" | [{collection, access: "r" | "rw" | "prw", payload: {path: value}}]
 *     value_exists   {collection, matches: [{key, value}]}
 *     tenant         where the configuration allows it
 *     aud, iss       where the configuration asks for them
 *
 * Other claims are left alone. Where a slip would widen what is allowed (in `access` and
 * `value_exists`) an unknown name or word is refused. */
#ifndef GATE_TOKEN_CLAIMS_H
#define GATE_TOKEN_CLAIMS_H

#include "vecgate/json.h"

#include "gate/identity.h"

enum { VG_TOKEN_COLLECTIONS = 512, VG_TOKEN_CONDITIONS = 64 };

typedef struct vg_token_rules {
    bool may_name_tenant; /* may the claim `tenant` name another than "default"? */
    bool has_one_tenant;
    vg_slice audience; /* must be (one of) `aud`; empty: not looked at */
    vg_slice issuer;   /* must be `iss`; empty: not looked at */
    uint64_t leeway_ms;
} vg_token_rules;

typedef struct vg_token_claims {
    vg_identity who; /* expires_ms: with the leeway */
    uint64_t not_before_ms;
} vg_token_claims;

/* What they are read with. */
typedef struct vg_token_reading {
    const vg_token_rules *rules;
    uint64_t now_ms;
    vg_arena *keep;  /* texts and filters of the identity are copied to it */
    vg_arena *arena; /* texts of a refusal live in it */
} vg_token_reading;

/* False: UNAUTHENTICATED (what is wrong with which claim), FORBIDDEN (ExpiredSignature,
 * ImmatureSignature, a tenant that may not be named), OVERLOADED. */
bool vg_token_claims_read(const vg_token_reading *with, const vg_json *claims, vg_token_claims *out,
                          vg_status *status);
/* Whether they hold now; what was read once is asked this again. */
bool vg_token_claims_hold(const vg_token_claims *claims, uint64_t now_ms, vg_status *status);

#endif
