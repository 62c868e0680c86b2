/* Tokens that another library made (make_tokens.py): which are let in and as whom, which are
 * refused and how, and that no byte of one can be changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/jwt.h"
#include "rig.h"
#include "tokens.h"

#define WRONG  "Invalid API key or JWT"
#define BADLY  "InvalidSignature: no key that is configured here signed this token"
#define IS_OLD "ExpiredSignature: this token has expired"

/* What the gate has: the secret, a file of keys, or both. */
struct setting {
    bool secret;
    const char *keys;
};

static void begin(rig *r, struct setting with)
{
    rig_begin(r);
    rig_jwt(r, with.secret ? text_named("SECRET") : NULL,
            with.keys != NULL ? text_named(with.keys) : NULL);
    rig_set(r);
}

/* clang-format off */
static const struct {
    const char *token;
    struct setting with;
    vg_code code; /* OK: let in */
    const char *what;
} verdicts[] = {
    {"FULL",              {true, NULL},    VG_OK, NULL},
    {"FULL",              {true, "JWKS"},  VG_OK, NULL},
    {"FULL",              {false, "JWKS"}, VG_UNAUTHENTICATED, WRONG},
    {"WITH_KID",          {true, "JWKS"},  VG_OK, NULL},
    {"OTHER_SECRET",      {true, NULL},    VG_FORBIDDEN, BADLY},
    {"RS_A",              {false, "PEM"},  VG_OK, NULL},
    {"RS_A",              {false, "JWKS"}, VG_OK, NULL},
    {"RS_A",              {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"RS_A",              {false, "PEM_CERTIFICATE_B"}, VG_FORBIDDEN, BADLY},
    {"RS_A_KID",          {false, "JWKS"}, VG_OK, NULL},
    {"RS_A_KID",          {false, "PEM"},  VG_OK, NULL}, /* PEM has no names */
    {"RS_B",              {false, "PEM"},  VG_FORBIDDEN, BADLY},
    {"RS_B",              {false, "JWKS"}, VG_OK, NULL}, /* the second that is tried */
    {"RS_B",              {false, "PEM_CERTIFICATE_B"}, VG_OK, NULL},
    {"RS_B",              {false, "PEM_PKCS1_B"}, VG_OK, NULL},
    {"RS_B_KID",          {false, "JWKS"}, VG_OK, NULL},
    {"RS_B_AS_A",         {false, "JWKS"}, VG_FORBIDDEN, BADLY}, /* a good key under another's name */
    {"RS_B_FOR_ENCRYPTION", {false, "JWKS"}, VG_FORBIDDEN, BADLY},
    {"ES_A",              {false, "PEM"},  VG_OK, NULL},
    {"ES_A",              {false, "JWKS"}, VG_OK, NULL},
    {"ES_A",              {false, "PEM_RSA_A"}, VG_UNAUTHENTICATED, WRONG},
    {"ES_A_KID",          {false, "JWKS"}, VG_OK, NULL},
    {"ES_B",              {false, "JWKS"}, VG_FORBIDDEN, BADLY},
    {"ES_AS_DER",         {false, "JWKS"}, VG_FORBIDDEN, BADLY},
    {"ES_OF_ZEROES",      {false, "JWKS"}, VG_FORBIDDEN, BADLY},
    /* who chooses how it is verified */
    {"NONE",              {true, "JWKS"},  VG_UNAUTHENTICATED, WRONG},
    {"NONE_IN_CAPITALS",  {true, "JWKS"},  VG_UNAUTHENTICATED, WRONG},
    {"HS384",             {true, "JWKS"},  VG_UNAUTHENTICATED, WRONG},
    {"HS512",             {true, "JWKS"},  VG_UNAUTHENTICATED, WRONG},
    {"PS256",             {true, "JWKS"},  VG_UNAUTHENTICATED, WRONG},
    {"HS_BY_PUBLIC_KEY",  {false, "PEM_RSA_A"}, VG_UNAUTHENTICATED, WRONG},
    {"HS_BY_PUBLIC_KEY",  {true, "PEM_RSA_A"}, VG_FORBIDDEN, BADLY},
    {"HS_BY_NOTHING",     {false, "PEM_RSA_A"}, VG_UNAUTHENTICATED, WRONG},
    {"HS_BY_NOTHING",     {true, NULL},    VG_FORBIDDEN, BADLY},
    {"RS_HEADER_HS_SIGNED", {true, "JWKS"}, VG_FORBIDDEN, BADLY},
    {"RS_HEADER_HS_SIGNED", {true, NULL},  VG_UNAUTHENTICATED, WRONG},
    {"HS_HEADER_RS_SIGNED", {true, "JWKS"}, VG_FORBIDDEN, BADLY},
    /* headers */
    {"CRIT",              {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"ALG_TWICE",         {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"NO_ALG",            {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"ALG_IS_NUMBER",     {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"KID_IS_NUMBER",     {true, NULL},    VG_UNAUTHENTICATED, WRONG},
    {"HEADER_IS_LIST",    {true, NULL},    VG_UNAUTHENTICATED, WRONG},
};
/* clang-format on */

static void a_token_is_good_only_by_a_key_of_its_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        const char *token = text_named(verdicts[i].token);
        const vg_identity *who;
        rig r;

        assert_non_null(token);
        begin(&r, verdicts[i].with);
        who = rig_bearer(&r, token);
        if ((who != NULL) != (verdicts[i].code == VG_OK))
            fail_msg("row %zu: %s, " VG_FMT, i, verdicts[i].token, VG_ARG(r.status.what));
        if (who == NULL)
            rig_assert_refused(&r, verdicts[i].token, verdicts[i].code, verdicts[i].what);
        else
            assert_true(vg_slice_is_str(who->name, "token alice"));
        rig_end(&r);
    }
}

/* Each letter of each part becomes another one of the alphabet. */
static void no_letter_of_a_token_can_be_changed(void **state)
{
    static const char *const names[] = {"FULL", "RS_A_KID", "ES_A_KID"};
    char token[2048];
    rig r;

    (void)state;
    begin(&r, (struct setting){true, "JWKS"});
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        size_t len = strlen(text_named(names[n]));

        for (size_t i = 0; i <= len; i++) {
            snprintf(token, sizeof token, "%s", text_named(names[n]));
            if (i == len)
                token[i - 1] = '\0'; /* cut short */
            else
                token[i] = token[i] == 'A' ? 'B' : 'A';
            if (rig_bearer(&r, token) != NULL)
                fail_msg("%s with another letter at %zu is let in", names[n], i);
        }
        assert_non_null(rig_bearer(&r, text_named(names[n])));
    }
    rig_end(&r);
}

/* clang-format off */
static const struct {
    const char *says;
    const char *front, *behind;
    vg_code code;
} frames[] = {
    {"a dot in front", ".", "", VG_UNAUTHENTICATED},
    {"a dot behind", "", ".", VG_UNAUTHENTICATED},
    {"a fourth part", "", ".e30", VG_UNAUTHENTICATED},
    {"padding", "", "=", VG_UNAUTHENTICATED},
    {"a blank inside", "e30 ", "", VG_UNAUTHENTICATED},
    {"a byte more", "", "A", VG_FORBIDDEN},
    {"standard base64", "", "+", VG_UNAUTHENTICATED},
};
/* clang-format on */

/* Each signature has one length: bytes behind it are not left unread. */
static void a_signature_has_its_length(void **state)
{
    static const char *const names[] = {"FULL", "RS_A_KID", "ES_A_KID"};
    static const char *const tails[] = {"A", "AA", "AAA", "AAAA", "AAAAAAAA"};
    char token[2048];
    rig r;

    (void)state;
    begin(&r, (struct setting){true, "JWKS"});
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
            snprintf(token, sizeof token, "%s%s", text_named(names[n]), tails[i]);
            if (rig_bearer(&r, token) != NULL)
                fail_msg("%s with %s behind it is let in", names[n], tails[i]);
        }
    rig_end(&r);
}

static void a_token_has_three_parts_of_clean_base64url(void **state)
{
    char token[1024];
    rig r;

    (void)state;
    begin(&r, (struct setting){true, NULL});
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        snprintf(token, sizeof token, "%s%s%s", frames[i].front, text_named("FULL"),
                 frames[i].behind);
        if (rig_api_key(&r, token) != NULL)
            fail_msg("%s", frames[i].says);
        rig_assert_refused(&r, frames[i].says, frames[i].code,
                           frames[i].code == VG_FORBIDDEN ? BADLY : WRONG);
    }
    for (const char *const *bad =
             (const char *const[]){".", "..", "a.b", "a.b.c", "e30.e30.", NULL};
         *bad != NULL; bad++) {
        assert_null(rig_api_key(&r, *bad));
        rig_assert_refused(&r, *bad, VG_UNAUTHENTICATED, WRONG);
    }
    rig_end(&r);
}

static void a_large_token_is_no_token(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    const char *full = text_named("FULL");
    size_t len = strlen(full), room = VG_JWT_BYTES + 1;
    char *text = vg_arena_take_zero(arena, 1, room + 1);
    vg_jwt jwt;

    (void)state;
    memset(text, 'A', room); /* zero bytes in base64url, all spare bits zero */
    memcpy(text, full, len);
    assert_true(vg_jwt_read(arena, vg_slice_of(text, VG_JWT_BYTES), &jwt) ||
                vg_jwt_read(arena, vg_slice_of(text, VG_JWT_BYTES - 1), &jwt));
    assert_false(vg_jwt_read(arena, vg_slice_of(text, VG_JWT_BYTES + 1), &jwt));
    vg_arena_free(arena);
}

/* clang-format off */
static const struct {
    const char *says;
    const char *token;
    int64_t ahead_ms; /* of rig's clock, with 30 s of leeway */
    const char *refusal; /* NULL: let in */
} times[] = {
    {"long before its end", "EXPIRES", -1000000, NULL},
    {"at its end", "EXPIRES", 0, NULL},
    {"at the end of the leeway", "EXPIRES", 29999, NULL},
    {"behind the leeway", "EXPIRES", 30000, IS_OLD},
    {"a fraction counts", "EXPIRES_WITH_FRACTION", 30499, NULL},
    {"and ends", "EXPIRES_WITH_FRACTION", 30500, IS_OLD},
    {"before its beginning and the leeway", "NOT_BEFORE", 29999, "ImmatureSignature: this token is not valid yet"},
    {"from the leeway on", "NOT_BEFORE", 30000, NULL},
    {"an end beyond all clocks", "EXPIRES_LATE", 1000000000000, NULL},
    {"an end before all clocks", "EXPIRED_EARLY", 0, IS_OLD},
};
/* clang-format on */

static void a_token_begins_and_ends_with_leeway(void **state)
{
    rig r;

    (void)state;
    begin(&r, (struct setting){true, NULL});
    for (int round = 0; round < 2; round++) /* the second time some are remembered */
        for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
            vg_gate_ask ask = {.api_key = vg_slice_str(text_named(times[i].token)),
                               .now_ms = (uint64_t)((int64_t)r.now_ms + times[i].ahead_ms)};

            if ((rig_ask(&r, &ask) != NULL) != (times[i].refusal == NULL))
                fail_msg("%s", times[i].says);
            if (times[i].refusal != NULL)
                rig_assert_refused(&r, times[i].says, VG_FORBIDDEN, times[i].refusal);
        }
    rig_end(&r);
}

static void a_verified_token_is_remembered_until_credentials_change(void **state)
{
    rig r;

    (void)state;
    begin(&r, (struct setting){true, "PEM_RSA_A"});
    assert_non_null(rig_bearer(&r, text_named("RS_A")));
    assert_non_null(rig_bearer(&r, text_named("RS_A")));
    rig_jwt(&r, text_named("SECRET"), text_named("PEM_CERTIFICATE_B"));
    assert_non_null(rig_bearer(&r, text_named("RS_A"))); /* nothing was set yet */
    rig_set(&r);
    assert_null(rig_bearer(&r, text_named("RS_A")));
    assert_non_null(rig_bearer(&r, text_named("RS_B")));
    rig_end(&r);
}

static void who_came_by_a_token_stays_who_it_was(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_gate_ask ask = {.api_key = vg_slice_str(text_named("LISTED"))};
    const vg_identity *before;
    vg_status status = {0};
    rig r;

    (void)state;
    begin(&r, (struct setting){true, NULL});
    ask.now_ms = r.now_ms;
    before = vg_gate_admit(r.gate, &ask, arena, &status);
    rig_end(&r);
    assert_non_null(before);
    assert_true(vg_slice_is_str(before->collections[2].collection, "points"));
    vg_arena_free(arena);
}

/* clang-format off */
static const struct {
    const char *name;
    const char *says; /* NULL: good */
} files[] = {
    {"PEM", NULL},
    {"JWKS", NULL},
    {"PEM_SMALL", "F: block 1: an RSA key must have 2048 to 8192 bits\n"},
    {"PEM_P384", "F: block 1: expected an RSA key (RS256), or one of the curve P-256 (ES256)\n"},
    {"PEM_ED", "F: block 1: expected an RSA key (RS256), or one of the curve P-256 (ES256)\n"},
    {"PEM_PRIVATE", "F: block 1: \"PRIVATE KEY\" is a private key: only the public one belongs here\n"},
    {"JWKS_OF_NONE", "F: holds no key for tokens: expected PEM (PUBLIC KEY, CERTIFICATE) or a JWKS with keys for RS256 or ES256\n"},
    {"JWKS_SECRET", "F: key 1: is a secret: only public keys belong here\n"},
    {"JWKS_PRIVATE", "F: key 1: is a secret: only public keys belong here\n"},
    {"JWKS_SMALL", "F: key 1: an RSA key must have 2048 to 8192 bits\n"},
    {"JWKS_OFF_CURVE", "F: key 1: its numbers make no key\n"},
    {"SECRET", "F: holds no key for tokens: expected PEM (PUBLIC KEY, CERTIFICATE) or a JWKS with keys for RS256 or ES256\n"},
};

static const struct {
    const char *text;
    const char *says;
} damaged[] = {
    {"", "F: holds no key for tokens: expected PEM (PUBLIC KEY, CERTIFICATE) or a JWKS with keys for RS256 or ES256\n"},
    {"{\"keys\": []}", "F: holds no key for tokens: expected PEM (PUBLIC KEY, CERTIFICATE) or a JWKS with keys for RS256 or ES256\n"},
    {"{\"keys\": {}}", "F: expected a JWKS: {\"keys\": [{\"kty\": …}]}\n"},
    {"{\"keys\": [{\"kty\":\"RSA\",\"kty\":\"EC\"}]}", "F: key 1: expected an object without repeated names\n"},
    {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"AQAB\"}]}", "F: key 1: e: expected base64url without padding\n"},
    {"{\"keys\": [{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":\"AQAB\"}]}", "F: key 1: n: expected base64url without padding\n"},
    {"{\"keys\": [{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}]}", "F: key 1: x and y of P-256 are 32 bytes each\n"},
    {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "F: block 1: \"PUBLIC KEY\" is not what its name says\n"},
    {"-----BEGIN PUBLIC KEY-----\nAAAA\n", "F: is PEM that is damaged\n"},
};
/* clang-format on */

static void assert_file(const char *name, const char *text, const char *says)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_jwt_keys *keys = vg_jwt_keys_new(arena);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    bool is_good;

    vg_buf_init(&told, 0);
    is_good = vg_jwt_keys_read(keys, vg_slice_str(text), VG_LIT("F"), &complaints);
    if (!vg_slice_is(vg_buf_bytes(&told), vg_slice_str(says)))
        fail_msg("%s: " VG_FMT, name, VG_ARG(vg_buf_bytes(&told)));
    assert_int_equal(is_good, says == NULL);
    vg_buf_fini(&told);
    vg_arena_free(arena);
}

static void a_file_of_keys_is_read_or_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_file(files[i].name, text_named(files[i].name), files[i].says);
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++)
        assert_file(damaged[i].text, damaged[i].text, damaged[i].says);
}

static void too_many_keys_are_told(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_slice text = {0};

    (void)state;
    for (int i = 0; i <= VG_JWT_KEYS; i++)
        text = vg_arena_printf(arena, VG_FMT "%s", VG_ARG(text), text_named("PEM_PKCS1_B"));
    assert_file("many", text.at, "F: block 33: has more than 32 keys for tokens\n");
    vg_arena_free(arena);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    vg_credentials *credentials;
    vg_buf told;
    rig r;

    (void)state;
    rig_begin(&r);
    r.conf.jwt_keys = VG_LIT("/nonexistent/keys.pem");
    vg_buf_init(&told, 0);
    credentials = vg_credentials_new(&r.conf, &told);
    assert_null(credentials);
    assert_true(vg_slice_is_str(vg_buf_bytes(&told), "jwt.keys: /nonexistent/keys.pem cannot be "
                                                     "read: No such file or directory\n"));
    vg_buf_fini(&told);
    rig_end(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_good_only_by_a_key_of_its_algorithm),
        cmocka_unit_test(no_letter_of_a_token_can_be_changed),
        cmocka_unit_test(a_signature_has_its_length),
        cmocka_unit_test(a_token_has_three_parts_of_clean_base64url),
        cmocka_unit_test(a_large_token_is_no_token),
        cmocka_unit_test(a_token_begins_and_ends_with_leeway),
        cmocka_unit_test(a_verified_token_is_remembered_until_credentials_change),
        cmocka_unit_test(who_came_by_a_token_stays_who_it_was),
        cmocka_unit_test(a_file_of_keys_is_read_or_told),
        cmocka_unit_test(too_many_keys_are_told),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
