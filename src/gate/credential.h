/* What is configured to let somebody in, ready to use: the digests of keys with the identity that
 * each stands for, names of client certificates, and what tokens are verified with. Made whenever
 * the configuration was read, never changed afterwards; counted, so that a request that was let in
 * keeps its identity when others take its place. Made on any thread; from then on the loop's alone.
 */
#ifndef GATE_CREDENTIAL_H
#define GATE_CREDENTIAL_H

#include "base/buf.h"
#include "config/keys.h"
#include "gate/gate.h"
#include "gate/jwt_keys.h"
#include "gate/token_claims.h"

/* A key's SHA-256, or a token's. */
typedef struct vg_digest {
    uint64_t at[VG_KEY_DIGEST / sizeof(uint64_t)];
} vg_digest;

/* Held once, by the caller. Blocks: reads files. NULL when anything is wrong: `complaints` (one a
 * line) says what. Needs `conf` no longer afterwards. */
vg_credentials *vg_credentials_new(const vg_credential_conf *conf, vg_buf *complaints);
/* In hands of one thread from now on; NULL is fine. */
void vg_credentials_hold(const vg_credentials *credentials);
void vg_credentials_let_go(const vg_credentials *credentials);
/* Nothing is configured. */
bool vg_credentials_are_none(const vg_credentials *credentials);
/* Keys and certificates, and what tokens are verified with: for people. */
uint32_t vg_credentials_count(const vg_credentials *credentials);
/* Calls `tell` for each key that has expired by then: it is refused, and should be taken out. */
void vg_credentials_each_expired(const vg_credentials *credentials, uint64_t now_ms,
                                 void (*tell)(const vg_identity *who, vg_slice from));

/* ---- for gate.c ---- */

/* Who everybody is while nothing is configured. */
const vg_identity *vg_credentials_anybody(const vg_credentials *credentials);
/* Whose key that is; NULL: nobody's. Takes the same time for every digest: all keys are looked at,
 * and nothing is decided before the last. */
const vg_identity *vg_credentials_of_key(const vg_credentials *credentials, const vg_digest *key);
/* NULL: no such name. */
const vg_identity *vg_credentials_of_certificate(const vg_credentials *credentials, vg_slice name);
const vg_jwt_keys *vg_credentials_jwt_keys(const vg_credentials *credentials);
const vg_token_rules *vg_credentials_rules(const vg_credentials *credentials);

#endif
