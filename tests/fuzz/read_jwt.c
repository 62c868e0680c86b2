/* Any bytes as a token, and as the claims of one whose signature was good: an identity within its
 * bounds, or a refusal that says why. */
#include "vecgate/filter.h"
#include "vecgate/op.h"
#include "vecgate/payload_path.h"

#include "base/check.h"
#include "gate/jwt.h"
#include "gate/token_claims.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 8 << 20, NAME_BYTES = 6 + 128 };

static void check_filter(const vg_filter *filter)
{
    if (filter == NULL)
        return;
    VG_CHECK(filter->must.count <= VG_TOKEN_CONDITIONS);
    VG_CHECK(filter->should.count == 0 && filter->must_not.count == 0);
    for (uint32_t i = 0; i < filter->must.count; i++) {
        VG_CHECK(filter->must.at[i].test == VG_TEST_MATCH_VALUE);
        VG_CHECK(vg_path_is(filter->must.at[i].key));
    }
}

static void check_identity(const vg_token_claims *claims, uint64_t now_ms)
{
    const vg_identity *who = &claims->who;
    vg_status status = {0};

    VG_CHECK(vg_token_claims_hold(claims, now_ms, &status));
    VG_CHECK(vg_slice_starts(who->name, VG_LIT("token")) && who->name.len <= NAME_BYTES);
    for (size_t i = 0; i < who->name.len; i++)
        VG_CHECK((unsigned char)who->name.at[i] >= ' ' && who->name.at[i] != 0x7f);
    VG_CHECK(vg_tenant_name_can_be(who->tenant.name));
    VG_CHECK(who->collection_count <= VG_TOKEN_COLLECTIONS);
    VG_CHECK(who->global == VG_ACCESS_NONE || who->collection_count == 0);
    for (uint32_t i = 0; i < who->collection_count; i++) {
        VG_CHECK(who->collections[i].collection.len > 0);
        VG_CHECK(who->collections[i].access > VG_ACCESS_NONE);
        VG_CHECK(who->collections[i].access < VG_ACCESS_MANAGE);
        check_filter(who->collections[i].only);
    }
    VG_CHECK((who->exists == NULL) == (who->exists_in.len == 0));
    check_filter(who->exists);
}

static void read_claims(const vg_json *root, vg_arena *arena)
{
    const vg_token_rules rules = {.may_name_tenant = true, .leeway_ms = 30000};
    vg_arena *keep = vg_arena_new(ARENA_BYTES);
    const vg_token_reading with = {
        .rules = &rules, .now_ms = 1700000000000, .keep = keep, .arena = arena};
    vg_token_claims claims;
    vg_status status = {0};

    if (vg_token_claims_read(&with, root, &claims, &status))
        check_identity(&claims, with.now_ms);
    else
        VG_CHECK(status.code == VG_UNAUTHENTICATED || status.code == VG_FORBIDDEN ||
                 status.code == VG_OVERLOADED);
    vg_arena_free(keep);
}

static void read_token(vg_slice token, vg_arena *arena)
{
    const vg_json *claims = NULL;
    vg_jwt jwt;

    if (vg_jwt_read(arena, token, &jwt)) {
        VG_CHECK(token.len <= VG_JWT_BYTES && jwt.kid.len <= VG_JWT_KID_BYTES);
        VG_CHECK(jwt.text.at == token.at && jwt.text.len < token.len);
        claims = vg_jwt_claims(arena, &jwt);
    }
    if (claims != NULL)
        read_claims(claims, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    char *text = vg_arena_take_zero(arena, 1, size + VG_JSON_PAD);
    const vg_json *root = NULL;
    vg_status status = {0};

    if (text != NULL && size > 0)
        memcpy(text, data, size);
    read_token(vg_slice_of((const char *)data, size), arena);
    if (text != NULL)
        root = vg_json_read(arena, vg_slice_of(text, size), VG_JWT_DEPTH, &status);
    if (root != NULL && root->kind == VG_JSON_OBJECT && vg_json_repeated(root) == NULL)
        read_claims(root, arena);
    vg_arena_free(arena);
    return 0;
}
