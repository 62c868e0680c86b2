/* What claims come to: rights, filters, tenants; and that whatever might have meant a restriction,
 * and is none, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vecgate/filter.h"

#include "rig.h"
#include "tokens.h"

static void begin(rig *r)
{
    rig_begin(r);
    rig_jwt(r, text_named("SECRET"), NULL);
}

static const vg_identity *ask(rig *r, const char *token)
{
    const char *text = text_named(token);

    assert_non_null(text);
    if (r->gate == NULL)
        rig_set(r);
    return rig_bearer(r, text);
}

static void assert_condition(const vg_filter *filter, uint32_t i, const char *key,
                             vg_match_value value)
{
    const vg_condition *condition = &filter->must.at[i];

    assert_int_equal(condition->test, VG_TEST_MATCH_VALUE);
    assert_true(vg_slice_is_str(condition->key, key));
    assert_int_equal(condition->as.value.kind, value.kind);
    assert_true(vg_slice_is(condition->as.value.text, value.text));
    assert_int_equal(condition->as.value.integer, value.integer);
}

static void access_of_everything(void **state)
{
    static const struct {
        const char *token;
        const char *name;
        vg_access global;
    } rows[] = {
        {"FULL", "token alice", VG_ACCESS_MANAGE},
        {"NOTHING", "token", VG_ACCESS_MANAGE},
        {"READ", "token", VG_ACCESS_READ},
        {"MANAGE", "token", VG_ACCESS_MANAGE},
    };
    rig r;

    (void)state;
    begin(&r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vg_identity *who = ask(&r, rows[i].token);

        assert_non_null(who);
        assert_true(vg_slice_is_str(who->name, rows[i].name));
        assert_int_equal(who->global, rows[i].global);
        assert_int_equal(who->collection_count, 0);
        assert_null(who->exists);
        assert_true(vg_slice_is_str(who->tenant.name, "default"));
        assert_true(who->tenant.is_sole);
        assert_false(who->may_choose_tenant);
    }
    rig_end(&r);
}

static void access_of_some_collections(void **state)
{
    const vg_identity *who;
    rig r;

    (void)state;
    begin(&r);
    who = ask(&r, "LISTED");
    assert_non_null(who);
    assert_int_equal(who->global, VG_ACCESS_NONE);
    assert_int_equal(who->collection_count, 3);
    assert_true(vg_slice_is_str(who->collections[0].collection, "docs"));
    assert_int_equal(who->collections[0].access, VG_ACCESS_READ);
    assert_null(who->collections[0].only);
    assert_int_equal(who->collections[1].access, VG_ACCESS_WRITE);
    assert_int_equal(who->collections[2].access, VG_ACCESS_POINTS);
    assert_int_equal(who->collections[2].only->must.count, 3);
    assert_condition(who->collections[2].only, 0, "user",
                     (vg_match_value){.kind = VG_MATCH_TEXT, .text = VG_LIT("alice")});
    assert_condition(who->collections[2].only, 1, "a.b[]",
                     (vg_match_value){.kind = VG_MATCH_INTEGER, .integer = 7});
    assert_condition(who->collections[2].only, 2, "ok",
                     (vg_match_value){.kind = VG_MATCH_BOOL, .integer = 1});
    assert_int_equal(who->collections[2].only->should.count, 0);
    assert_int_equal(who->collections[2].only->raw.len, 0);
    who = ask(&r, "LISTED_NONE");
    assert_non_null(who);
    assert_int_equal(who->global, VG_ACCESS_NONE);
    assert_int_equal(who->collection_count, 0);
    rig_end(&r);
}

static void a_point_that_must_exist(void **state)
{
    const vg_identity *who;
    rig r;

    (void)state;
    begin(&r);
    who = ask(&r, "EXISTS");
    assert_non_null(who);
    assert_int_equal(who->global, VG_ACCESS_READ);
    assert_true(vg_slice_is_str(who->exists_in, "users"));
    assert_int_equal(who->exists->must.count, 3);
    assert_condition(who->exists, 0, "name",
                     (vg_match_value){.kind = VG_MATCH_TEXT, .text = VG_LIT("alice")});
    assert_condition(who->exists, 1, "level",
                     (vg_match_value){.kind = VG_MATCH_INTEGER, .integer = -3});
    assert_condition(who->exists, 2, "off", (vg_match_value){.kind = VG_MATCH_BOOL, .integer = 0});
    rig_end(&r);
}

static void a_name_for_logs_is_cut_and_cleaned(void **state)
{
    const vg_identity *who;
    rig r;

    (void)state;
    begin(&r);
    who = ask(&r, "HOSTILE_NAME");
    assert_non_null(who);
    assert_true(vg_slice_starts(who->name, VG_LIT("token a?b?ü")));
    assert_int_equal(who->name.len, 6 + 128);
    rig_end(&r);
}

/* clang-format off */
static const struct {
    const char *token;
    bool may_name, has_one;
    const char *tenant;  /* NULL: refused */
    const char *refusal;
} tenants[] = {
    {"FULL", false, true, "default", NULL},
    {"TENANT_DEFAULT", false, true, "default", NULL},
    {"TENANT_DEFAULT", false, false, "default", NULL},
    {"TENANT_ACME", true, false, "acme", NULL},
    {"TENANT_ACME", false, false, NULL, "tokens may not name a tenant here: jwt.tenants is false"},
    {"TENANT_ACME", false, true, NULL, "tokens may not name a tenant here: jwt.tenants is false"},
    {"TENANT_ACME", true, true, NULL, "there is no tenant beside default here: `tenants` is one"},
};
/* clang-format on */

static void a_tenant_is_named_only_where_that_is_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tenants / sizeof tenants[0]; i++) {
        const vg_identity *who;
        rig r;

        begin(&r);
        r.conf.jwt_tenants = tenants[i].may_name;
        r.conf.has_one_tenant = tenants[i].has_one;
        who = ask(&r, tenants[i].token);
        if (tenants[i].tenant == NULL) {
            assert_null(who);
            rig_assert_refused(&r, tenants[i].token, VG_FORBIDDEN, tenants[i].refusal);
        } else {
            assert_non_null(who);
            assert_true(vg_slice_is_str(who->tenant.name, tenants[i].tenant));
            assert_int_equal(who->tenant.is_sole, tenants[i].has_one);
        }
        rig_end(&r);
    }
}

static void a_token_may_not_choose_by_the_header(void **state)
{
    vg_gate_ask own = {.api_key = vg_slice_str(text_named("TENANT_ACME")),
                       .tenant = VG_LIT("acme")};
    rig r;

    (void)state;
    begin(&r);
    r.conf.jwt_tenants = true;
    r.conf.has_one_tenant = false;
    rig_set(&r);
    assert_non_null(rig_ask(&r, &own));
    own.tenant = VG_LIT("default");
    assert_null(rig_ask(&r, &own));
    assert_int_equal(r.status.code, VG_FORBIDDEN);
    rig_end(&r);
}

#define AUD "Invalid API key or JWT: aud: InvalidAudience, this token is not for here"
#define ISS "Invalid API key or JWT: iss: InvalidIssuer, this token is not from there"

static void a_token_must_be_for_here_and_from_there(void **state)
{
    static const struct {
        const char *token;
        const char *refusal;
    } rows[] = {
        {"AUDIENCE", NULL},      {"AUDIENCES", NULL},   {"OTHER_AUDIENCE", AUD},
        {"AUDIENCE_ALONE", ISS}, {"OTHER_ISSUER", ISS}, {"FULL", AUD},
    };

    (void)state;
    for (int asks = 0; asks < 2; asks++)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            rig r;

            begin(&r);
            if (asks > 0) {
                r.conf.jwt_audience = VG_LIT("vecgate");
                r.conf.jwt_issuer = VG_LIT("idp");
            }
            if ((ask(&r, rows[i].token) != NULL) != (asks == 0 || rows[i].refusal == NULL))
                fail_msg("%s: " VG_FMT, rows[i].token, VG_ARG(r.status.what));
            if (asks > 0 && rows[i].refusal != NULL)
                rig_assert_refused(&r, rows[i].token, VG_UNAUTHENTICATED, rows[i].refusal);
            rig_end(&r);
        }
}

#define NOT    "Invalid API key or JWT: "
#define WORD   NOT "access: expected \"r\", \"m\" or a list of {collection, access}"
#define ONE    NOT "access[0].access: expected \"r\", \"rw\" or \"prw\""
#define VALUE  ": expected a text, a whole number, true or false"
#define TENANT NOT "tenant: expected a tenant's name, which is " VG_TENANT_NAME_RULE

/* clang-format off */
static const struct {
    const char *token;
    const char *refusal;
} refused[] = {
    {"CLAIMS_ARE_LIST", NOT "its claims are no JSON object without repeated names"},
    {"CLAIMS_ARE_NOT_JSON", NOT "its claims are no JSON object without repeated names"},
    {"CLAIM_TWICE", NOT "its claims are no JSON object without repeated names"},
    {"CLAIMS_TOO_DEEP", NOT "its claims are no JSON object without repeated names"},
    {"SUB_IS_NUMBER", NOT "sub: expected a text"},
    {"EXP_IS_TEXT", NOT "exp: expected a number of seconds since 1970"},
    {"NBF_IS_LIST", NOT "nbf: expected a number of seconds since 1970"},
    {"ACCESS_IS_WORD", WORD},
    {"ACCESS_IS_NULL", WORD},
    {"ACCESS_IS_OBJECT", WORD},
    {"ACCESS_OF_NUMBERS", WORD},
    {"ACCESS_IN_CAPITALS", WORD},
    {"ONE_ACCESS_IS_M", ONE},
    {"ONE_WITHOUT_ACCESS", NOT "access[0]: needs access"},
    {"ONE_WITHOUT_NAME", NOT "access[0]: needs collection"},
    {"ONE_WITH_EMPTY_NAME", NOT "access[0].collection: expected a text"},
    {"ONE_MISSPELT", NOT "access[0].paylod: is not known here, and might have meant a restriction"},
    {"ONE_TWICE", NOT "access[1]: names a collection that another one names too"},
    {"ACCESS_TWICE_IN_ONE", NOT "access[0]: expected an object without repeated names"},
    {"PAYLOAD_IS_LIST", NOT "access[0].payload: expected an object of paths and values, none twice"},
    {"PAYLOAD_OF_REAL", NOT "access[0].payload.a" VALUE},
    {"PAYLOAD_OF_NULL", NOT "access[0].payload.a" VALUE},
    {"PAYLOAD_OF_NO_PATH", NOT "access[0].payload.a[: expected the path of a payload field"},
    {"PAYLOAD_OF_HUGE", NOT "access[0].payload.a" VALUE},
    {"EXISTS_IS_LIST", NOT "value_exists: expected an object without repeated names"},
    {"EXISTS_WITHOUT_MATCHES", NOT "value_exists: needs matches"},
    {"EXISTS_MISSPELT", NOT "value_exists.match: is not known here, and might have meant a restriction"},
    {"EXISTS_OF_NO_KEY", NOT "value_exists.matches[0]: needs key"},
    {"EXISTS_OF_KEY_NUMBER", NOT "value_exists.matches[0].key: expected a text"},
    {"EXISTS_MATCHES_OBJECT", NOT "value_exists.matches: expected a list of {key, value}"},
    {"TENANT_IS_NUMBER", TENANT},
    {"TENANT_IS_EMPTY", TENANT},
    {"TENANT_WITH_SLASH", TENANT},
};
/* clang-format on */

static void what_might_restrict_and_does_not_is_refused(void **state)
{
    rig r;

    (void)state;
    begin(&r);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (ask(&r, refused[i].token) != NULL)
            fail_msg("%s is let in", refused[i].token);
        rig_assert_refused(&r, refused[i].token, VG_UNAUTHENTICATED, refused[i].refusal);
    }
    rig_end(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(access_of_everything),
        cmocka_unit_test(access_of_some_collections),
        cmocka_unit_test(a_point_that_must_exist),
        cmocka_unit_test(a_name_for_logs_is_cut_and_cleaned),
        cmocka_unit_test(a_tenant_is_named_only_where_that_is_allowed),
        cmocka_unit_test(a_token_may_not_choose_by_the_header),
        cmocka_unit_test(a_token_must_be_for_here_and_from_there),
        cmocka_unit_test(what_might_restrict_and_does_not_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
