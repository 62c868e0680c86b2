/* One SHA-256 of what was sent finds both: the key of that digest, or the token that was verified
 * before under it. */
#include "gate/gate.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "gate/credential.h"
#include "gate/jwt.h"
#include "gate/tokens.h"

struct vg_gate {
    const vg_credentials *credentials;
    EVP_MD *sha256; /* fetched once: each fetch takes a lock */
    EVP_MD_CTX *hashing;
    vg_tokens *tokens;
};

vg_gate *vg_gate_new(const vg_credentials *credentials)
{
    vg_gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return NULL;
    gate->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    gate->hashing = EVP_MD_CTX_new();
    gate->tokens = vg_tokens_new(VG_TOKENS_MOST, VG_TOKENS_BYTES);
    if (gate->sha256 == NULL || gate->hashing == NULL || gate->tokens == NULL) {
        vg_gate_free(gate);
        return NULL;
    }
    vg_gate_set(gate, credentials);
    return gate;
}

void vg_gate_free(vg_gate *gate)
{
    if (gate == NULL)
        return;
    vg_credentials_let_go(gate->credentials);
    vg_tokens_free(gate->tokens);
    EVP_MD_CTX_free(gate->hashing);
    EVP_MD_free(gate->sha256);
    free(gate);
}

void vg_gate_set(vg_gate *gate, const vg_credentials *credentials)
{
    const vg_credentials *before = gate->credentials;

    vg_credentials_hold(credentials);
    gate->credentials = credentials;
    vg_tokens_forget(gate->tokens);
    vg_credentials_let_go(before);
}

bool vg_gate_is_keyless(const vg_gate *gate)
{
    return vg_credentials_are_none(gate->credentials);
}

/* ---- refusals ---- */

#define WRONG "Invalid API key or JWT"

/* One request on its way through the gate. */
struct request {
    vg_gate *gate;
    const vg_gate_ask *ask;
    vg_slice sent; /* a key or a token; NULL: neither */
    vg_digest digest;
    vg_arena *arena;
    vg_status *status;
};

static const vg_identity *refuse(const struct request *r, vg_code code, vg_slice what)
{
    vg_status_set(r->status, code, what, (vg_slice){0});
    return NULL;
}

static const vg_identity *refuse_starved(const struct request *r)
{
    return refuse(r, VG_OVERLOADED, VG_LIT(VG_STARVED));
}

/* ---- keys and certificates ---- */

static void let_go(void *credentials)
{
    vg_credentials_let_go(credentials);
}

static bool has_expired(const struct request *r, const vg_identity *who)
{
    return who->expires_ms > 0 && r->ask->now_ms >= who->expires_ms;
}

/* A configured identity, as long as the request lasts. */
static const vg_identity *keep(const struct request *r, const vg_identity *who)
{
    const vg_credentials *credentials = r->gate->credentials;

    if (!vg_arena_defer(r->arena, let_go, (void *)(uintptr_t)credentials))
        return refuse_starved(r);
    vg_credentials_hold(credentials);
    return who;
}

static const vg_identity *hold(const struct request *r, const vg_identity *who)
{
    if (has_expired(r, who))
        return refuse(r, VG_UNAUTHENTICATED, VG_LIT(WRONG ": this credential has expired"));
    return keep(r, who);
}

/* ---- tokens ---- */

/* Neither a token nor its claims are wrong when there was no memory to read them. */
static const vg_json *refuse_token(const struct request *r, vg_code code, vg_slice what)
{
    if (vg_arena_is_spent(r->arena))
        refuse_starved(r);
    refuse(r, code, what);
    return NULL;
}

/* Takes the token apart, and looks at its claims only when it is well signed. */
static const vg_json *read_claims(const struct request *r)
{
    const vg_jwt_keys *keys = vg_credentials_jwt_keys(r->gate->credentials);
    const vg_json *claims;
    vg_jwt_verdict verdict = VG_JWT_HAS_NO_KEY;
    vg_jwt jwt;

    if (vg_jwt_read(r->arena, r->sent, &jwt))
        verdict = vg_jwt_keys_verify(keys, jwt.alg, jwt.kid, jwt.text, jwt.signature);
    if (verdict == VG_JWT_HAS_NO_KEY)
        return refuse_token(r, VG_UNAUTHENTICATED, VG_LIT(WRONG));
    if (verdict == VG_JWT_IS_BAD)
        return refuse_token(
            r, VG_FORBIDDEN,
            VG_LIT("InvalidSignature: no key that is configured here signed this token"));
    claims = vg_jwt_claims(r->arena, &jwt);
    if (claims != NULL)
        return claims;
    return refuse_token(r, VG_UNAUTHENTICATED,
                        VG_LIT(WRONG ": its claims are no JSON object without repeated names"));
}

static bool fill(const struct request *r, vg_token *token)
{
    const vg_json *claims = read_claims(r);
    const vg_token_reading with = {.rules = vg_credentials_rules(r->gate->credentials),
                                   .now_ms = r->ask->now_ms,
                                   .keep = token->arena,
                                   .arena = r->arena};

    return claims != NULL && vg_token_claims_read(&with, claims, &token->claims, r->status);
}

static const vg_identity *hold_token(const struct request *r, vg_token *token)
{
    return vg_token_hold(token, r->arena) ? &token->claims.who : refuse_starved(r);
}

static const vg_identity *find_token(const struct request *r)
{
    vg_tokens *tokens = r->gate->tokens;
    vg_token *token = vg_tokens_find(tokens, &r->digest);
    const vg_identity *who = NULL;

    if (token != NULL)
        return vg_token_claims_hold(&token->claims, r->ask->now_ms, r->status)
                   ? hold_token(r, token)
                   : NULL;
    token = vg_token_new(&r->digest);
    if (token == NULL)
        return refuse_starved(r);
    if (fill(r, token)) {
        vg_tokens_put(tokens, token);
        who = hold_token(r, token);
    }
    vg_token_let_go(token);
    return who;
}

/* ---- who is it? ---- */

/* "Bearer K", the scheme in either case (RFC 9110, 11.1); NULL: it is another scheme. */
static vg_slice bearer_of(vg_slice authorization)
{
    vg_slice scheme = vg_slice_of(authorization.at, vg_slice_find(authorization, ' '));

    if (authorization.at == NULL || scheme.len == authorization.len ||
        !vg_slice_is_nocase(scheme, VG_LIT("bearer")))
        return (vg_slice){0};
    return vg_slice_trim(vg_slice_skip(authorization, scheme.len));
}

static vg_slice sent_by(const vg_gate_ask *ask)
{
    return ask->api_key.at != NULL ? ask->api_key : bearer_of(ask->authorization);
}

static bool hash(struct request *r)
{
    EVP_MD_CTX *hashing = r->gate->hashing;

    return EVP_DigestInit_ex2(hashing, r->gate->sha256, NULL) == 1 &&
           EVP_DigestUpdate(hashing, r->sent.at, r->sent.len) == 1 &&
           EVP_DigestFinal_ex(hashing, (unsigned char *)r->digest.at, NULL) == 1;
}

/* A key, or a token: only that has dots. */
static const vg_identity *find_sent(struct request *r)
{
    const vg_credentials *credentials = r->gate->credentials;
    const vg_identity *who;

    if (!hash(r))
        return refuse_starved(r);
    who = vg_credentials_of_key(credentials, &r->digest);
    if (who != NULL)
        return hold(r, who);
    if (vg_jwt_keys_count(vg_credentials_jwt_keys(credentials)) == 0 ||
        vg_slice_find(r->sent, '.') == r->sent.len)
        return refuse(r, VG_UNAUTHENTICATED, VG_LIT(WRONG));
    return find_token(r);
}

static const vg_identity *find(struct request *r)
{
    const vg_credentials *credentials = r->gate->credentials;
    const vg_identity *who = NULL;

    if (vg_gate_is_keyless(r->gate))
        who = vg_credentials_anybody(credentials);
    else if (r->sent.at != NULL)
        return find_sent(r);
    else if (r->ask->certificate.len > 0)
        who = vg_credentials_of_certificate(credentials, r->ask->certificate);
    if (who == NULL)
        return refuse(r, VG_UNAUTHENTICATED,
                      VG_LIT("Must provide an API key or an Authorization bearer token"));
    return hold(r, who);
}

/* ---- for which tenant? ---- */

static const vg_identity *choose(const struct request *r, const vg_identity *who)
{
    vg_identity *chosen;

    if (vg_gate_is_keyless(r->gate))
        return refuse(r, VG_FORBIDDEN,
                      VG_LIT("X-Vecgate-Tenant: there is no tenant but default while no credential "
                             "is configured"));
    if (!who->may_choose_tenant)
        return refuse(r, VG_FORBIDDEN,
                      VG_LIT("this credential may not choose a tenant by X-Vecgate-Tenant"));
    if (!vg_tenant_name_can_be(r->ask->tenant))
        return refuse(r, VG_FORBIDDEN,
                      VG_LIT("X-Vecgate-Tenant: a tenant's name is " VG_TENANT_NAME_RULE));
    chosen = VG_TAKE(r->arena, vg_identity);
    if (chosen == NULL)
        return refuse_starved(r);
    *chosen = *who;
    chosen->tenant = (vg_tenant){.name = vg_arena_copy(r->arena, r->ask->tenant)};
    return chosen->tenant.name.at != NULL ? chosen : refuse_starved(r);
}

const vg_identity *vg_gate_admit(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena,
                                 vg_status *status)
{
    struct request r = {.gate = gate, .ask = ask, .arena = arena, .status = status};
    const vg_identity *who;

    r.sent = sent_by(ask);
    who = find(&r);
    if (who == NULL || ask->tenant.at == NULL || vg_slice_is(ask->tenant, who->tenant.name))
        return who;
    return choose(&r, who);
}

const vg_identity *vg_gate_expired(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena)
{
    vg_status unused = {0};
    struct request r = {.gate = gate, .ask = ask, .arena = arena, .status = &unused};
    const vg_identity *who = NULL;

    r.sent = sent_by(ask);
    if (r.sent.at == NULL && ask->certificate.len > 0)
        who = vg_credentials_of_certificate(gate->credentials, ask->certificate);
    else if (r.sent.at != NULL && hash(&r))
        who = vg_credentials_of_key(gate->credentials, &r.digest);
    return who != NULL && has_expired(&r, who) ? keep(&r, who) : NULL;
}
