/* Whom the gate lets in by a key, a certificate, or nothing at all; and for which tenant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rig.h"

#define NOTHING_SENT "Must provide an API key or an Authorization bearer token"
#define WRONG        "Invalid API key or JWT"

static const char key[] = "a key of some length";
static const char other[] = "another key of a length";

static void assert_who(const vg_identity *who, const char *name, const char *tenant,
                       vg_access global)
{
    assert_non_null(who);
    if (!vg_slice_is_str(who->name, name))
        fail_msg("it is " VG_FMT ", not %s", VG_ARG(who->name), name);
    assert_true(vg_slice_is_str(who->tenant.name, tenant));
    assert_int_equal(who->global, global);
}

static void without_credentials_everybody_is_the_sole_tenant(void **state)
{
    static const vg_gate_ask asks[] = {
        {.now_ms = 0}, {.api_key = VG_LIT_INIT("x")}, {.tenant = VG_LIT_INIT("default")}};
    rig r;

    (void)state;
    rig_begin(&r);
    rig_set(&r);
    assert_true(vg_gate_is_keyless(r.gate));
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        const vg_identity *who = rig_ask(&r, &asks[i]);

        assert_who(who, "-", "default", VG_ACCESS_MANAGE);
        assert_true(who->tenant.is_sole);
    }
    assert_null(rig_ask(&r, &(vg_gate_ask){.tenant = VG_LIT("acme")}));
    rig_assert_refused(&r, "there is nothing to choose", VG_FORBIDDEN,
                       "X-Vecgate-Tenant: there is no tenant but default while no credential is "
                       "configured");
    rig_end(&r);
}

/* clang-format off */
static const struct {
    const char *says;
    vg_slice api_key, authorization;
    const char *refusal; /* NULL: let in */
} ways[] = {
    {"a key in its header", VG_LIT_INIT("a key of some length"), {0}, NULL},
    {"a key as bearer", {0}, VG_LIT_INIT("Bearer a key of some length"), NULL},
    {"the scheme in small letters", {0}, VG_LIT_INIT("bearer a key of some length"), NULL},
    {"the scheme in capitals and two blanks", {0}, VG_LIT_INIT("BEARER  a key of some length"), NULL},
    {"the first wins, and is good", VG_LIT_INIT("a key of some length"), VG_LIT_INIT("Bearer x"), NULL},
    {"the first wins, and is wrong", VG_LIT_INIT("x"), VG_LIT_INIT("Bearer a key of some length"), WRONG},
    {"nothing", {0}, {0}, NOTHING_SENT},
    {"another scheme", {0}, VG_LIT_INIT("Basic a key of some length"), NOTHING_SENT},
    {"a scheme that begins as bearer", {0}, VG_LIT_INIT("Bearers a key of some length"), NOTHING_SENT},
    {"a scheme alone", {0}, VG_LIT_INIT("Bearer"), NOTHING_SENT},
    {"a key without its scheme", {0}, VG_LIT_INIT("akeyofsomelength"), NOTHING_SENT},
    {"an empty header", VG_LIT_INIT(""), {0}, WRONG},
    {"an empty bearer", {0}, VG_LIT_INIT("Bearer "), WRONG},
    {"a key cut short", VG_LIT_INIT("a key of some lengt"), {0}, WRONG},
    {"a key with more behind", VG_LIT_INIT("a key of some lengthy"), {0}, WRONG},
    {"a key in capitals", VG_LIT_INIT("A KEY OF SOME LENGTH"), {0}, WRONG},
    {"its digest instead of it", VG_LIT_INIT("6a1ea0b7b1b4c8b0"), {0}, WRONG},
};
/* clang-format on */

static void a_key_is_taken_from_either_header(void **state)
{
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "app", key, VG_KEY_WRITE);
    rig_set(&r);
    assert_false(vg_gate_is_keyless(r.gate));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const vg_gate_ask ask = {.api_key = ways[i].api_key,
                                 .authorization = ways[i].authorization};
        const vg_identity *who = rig_ask(&r, &ask);

        if ((who != NULL) != (ways[i].refusal == NULL))
            fail_msg("%s", ways[i].says);
        if (who == NULL)
            rig_assert_refused(&r, ways[i].says, VG_UNAUTHENTICATED, ways[i].refusal);
        else
            assert_who(who, "key app", "default", VG_ACCESS_WRITE);
    }
    rig_end(&r);
}

static void a_key_may_do_what_its_row_says(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("docs"), VG_LIT_INIT("images")};
    const vg_identity *who;
    vg_key_row *row;
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "reader", key, VG_KEY_READ);
    row = rig_add(&r, "some", other, VG_KEY_MANAGE);
    row->collections = names;
    row->collection_count = 2;
    row->tenant = VG_LIT("acme");
    r.conf.has_one_tenant = false;
    rig_set(&r);
    who = rig_api_key(&r, key);
    assert_who(who, "key reader", "default", VG_ACCESS_READ);
    assert_false(who->tenant.is_sole);
    assert_int_equal(who->collection_count, 0);
    who = rig_api_key(&r, other);
    assert_who(who, "key some", "acme", VG_ACCESS_NONE);
    assert_int_equal(who->collection_count, 2);
    assert_true(vg_slice_is_str(who->collections[1].collection, "images"));
    assert_int_equal(who->collections[1].access, VG_ACCESS_MANAGE);
    assert_null(who->collections[1].only);
    rig_end(&r);
}

static void each_of_many_keys_is_found_and_no_other(void **state)
{
    enum { KEYS = 1000 };
    char text[32];
    rig *r = test_calloc(1, sizeof *r);

    (void)state;
    rig_begin(r);
    for (int i = 0; i < KEYS; i++) {
        snprintf(text, sizeof text, "key number %d", i);
        rig_add(r, "many", text, VG_KEY_READ)->expires_ms = r->now_ms + 1 + (uint64_t)i;
    }
    rig_set(r);
    for (int i = 0; i < KEYS; i++) {
        const vg_identity *who;

        snprintf(text, sizeof text, "key number %d", i);
        who = rig_api_key(r, text);
        assert_non_null(who);
        assert_int_equal(who->expires_ms, r->now_ms + 1 + (uint64_t)i);
    }
    assert_null(rig_api_key(r, "key number 1000"));
    rig_end(r);
    test_free(r);
}

/* Digests that differ in one byte only, wherever it is. */
static void all_of_a_digest_counts(void **state)
{
    rig r;

    (void)state;
    for (int i = 0; i < VG_KEY_DIGEST; i++) {
        rig_begin(&r);
        rig_add(&r, "near", key, VG_KEY_READ)->sha256[i] ^= 0x80;
        rig_set(&r);
        assert_null(rig_api_key(&r, key));
        rig_add(&r, "app", key, VG_KEY_WRITE);
        rig_add(&r, "other", other, VG_KEY_READ);
        rig_set(&r);
        assert_who(rig_api_key(&r, key), "key app", "default", VG_ACCESS_WRITE);
        rig_end(&r);
    }
}

static void a_key_ends_at_its_time(void **state)
{
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "app", key, VG_KEY_READ)->expires_ms = r.now_ms;
    rig_add(&r, "app", other, VG_KEY_READ)->expires_ms = r.now_ms + 1;
    rig_set(&r);
    assert_non_null(rig_api_key(&r, other));
    r.now_ms--;
    assert_non_null(rig_api_key(&r, key));
    r.now_ms++;
    assert_null(rig_api_key(&r, key));
    rig_assert_refused(&r, "expired", VG_UNAUTHENTICATED,
                       "Invalid API key or JWT: this credential has expired");
    rig_end(&r);
}

static const vg_identity *ask_expired(const rig *r, const char *sent)
{
    vg_gate_ask ask = {.api_key = vg_slice_str(sent), .now_ms = r->now_ms};

    return vg_gate_expired(r->gate, &ask, r->arena);
}

/* For the audit: of all that is refused, only that is known by name. */
static void whose_key_expired_is_known(void **state)
{
    const vg_identity *who;
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "app", key, VG_KEY_READ)->expires_ms = r.now_ms;
    rig_add(&r, "young", other, VG_KEY_READ)->expires_ms = r.now_ms + 1;
    rig_set(&r);
    assert_null(rig_api_key(&r, key));
    who = ask_expired(&r, key);
    assert_non_null(who);
    assert_true(vg_slice_is_str(who->name, "key app"));
    assert_null(ask_expired(&r, other));
    assert_null(ask_expired(&r, "a-key-of-nobody-at-all"));
    assert_null(vg_gate_expired(r.gate, &(vg_gate_ask){.now_ms = r.now_ms}, r.arena));
    rig_end(&r);
}

static void a_certificate_is_a_credential_when_nothing_is_sent(void **state)
{
    vg_gate_ask ask = {.certificate = VG_LIT("mesh.internal")};
    vg_key_row *row;
    rig r;

    (void)state;
    rig_begin(&r);
    row = rig_add(&r, "mesh", key, VG_KEY_WRITE);
    row->certificate = VG_LIT("mesh.internal");
    rig_add(&r, "app", other, VG_KEY_READ);
    rig_set(&r);
    assert_who(rig_ask(&r, &ask), "certificate mesh", "default", VG_ACCESS_WRITE);
    ask.api_key = vg_slice_str(other);
    assert_who(rig_ask(&r, &ask), "key app", "default", VG_ACCESS_READ);
    ask.api_key = VG_LIT("wrong");
    assert_null(rig_ask(&r, &ask));
    assert_null(rig_ask(&r, &(vg_gate_ask){.certificate = VG_LIT("mesh.interna")}));
    rig_assert_refused(&r, "an unknown name", VG_UNAUTHENTICATED, NOTHING_SENT);
    assert_null(rig_api_key(&r, key)); /* the row's digest is no key */
    rig_end(&r);
}

/* clang-format off */
static const struct {
    const char *says;
    bool may_choose;
    vg_slice tenant;
    bool is_let_in;
} choices[] = {
    {"none is asked for", false, {0}, true},
    {"its own", false, VG_LIT_INIT("acme"), true},
    {"another", false, VG_LIT_INIT("other"), false},
    {"an empty one", false, VG_LIT_INIT(""), false},
    {"its own in capitals", false, VG_LIT_INIT("Acme"), false},
    {"another, by who may", true, VG_LIT_INIT("other"), true},
    {"the default one, by who may", true, VG_LIT_INIT("default"), true},
    {"its own, by who may", true, VG_LIT_INIT("acme"), true},
    {"an empty one, by who may", true, VG_LIT_INIT(""), false},
    {"one that begins with a slash", true, VG_LIT_INIT("/x"), false},
    {"one with a control byte", true, VG_LIT_INIT("a\tb"), false},
    {"one that is no UTF-8", true, VG_LIT_INIT("a\xff"), false},
};
/* clang-format on */

static void a_tenant_is_chosen_only_by_who_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const vg_gate_ask ask = {.api_key = VG_LIT("a key of some length"),
                                 .tenant = choices[i].tenant};
        const vg_identity *who;
        vg_key_row *row;
        rig r;

        rig_begin(&r);
        row = rig_add(&r, "app", key, VG_KEY_WRITE);
        row->tenant = VG_LIT("acme");
        row->may_choose_tenant = choices[i].may_choose;
        r.conf.has_one_tenant = false;
        rig_set(&r);
        who = rig_ask(&r, &ask);
        if ((who != NULL) != choices[i].is_let_in)
            fail_msg("%s", choices[i].says);
        if (who == NULL)
            assert_int_equal(r.status.code, VG_FORBIDDEN);
        else
            assert_who(who, "key app", ask.tenant.at != NULL ? ask.tenant.at : "acme",
                       VG_ACCESS_WRITE);
        if (who != NULL)
            assert_false(who->tenant.is_sole);
        rig_end(&r);
    }
}

static void who_was_let_in_stays_who_it_was(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    const vg_gate_ask ask = {.api_key = vg_slice_str(key), .now_ms = 1};
    const vg_identity *before;
    vg_status status = {0};
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "app", key, VG_KEY_WRITE);
    rig_set(&r);
    before = vg_gate_admit(r.gate, &ask, arena, &status);
    r.conf.all.count = 0;
    rig_add(&r, "app", other, VG_KEY_WRITE);
    rig_set(&r);
    assert_null(rig_api_key(&r, key));
    assert_non_null(rig_api_key(&r, other));
    rig_end(&r);
    assert_who(before, "key app", "default", VG_ACCESS_WRITE);
    vg_arena_free(arena);
}

static int expired;

static void count_expired(const vg_identity *who, vg_slice from)
{
    assert_true(vg_slice_is_str(who->name, "key old"));
    assert_true(vg_slice_is_str(from, "a test"));
    expired++;
}

static void what_has_expired_is_told(void **state)
{
    vg_credentials *credentials;
    vg_buf told;
    rig r;

    (void)state;
    rig_begin(&r);
    rig_add(&r, "old", key, VG_KEY_WRITE)->expires_ms = 10;
    rig_add(&r, "young", other, VG_KEY_WRITE)->expires_ms = 11;
    rig_add(&r, "eternal", "a third key of some length", VG_KEY_WRITE);
    vg_buf_init(&told, 0);
    credentials = vg_credentials_new(&r.conf, &told);
    vg_credentials_each_expired(credentials, 10, count_expired);
    assert_int_equal(expired, 1);
    vg_credentials_let_go(credentials);
    vg_buf_fini(&told);
    rig_end(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_credentials_everybody_is_the_sole_tenant),
        cmocka_unit_test(a_key_is_taken_from_either_header),
        cmocka_unit_test(a_key_may_do_what_its_row_says),
        cmocka_unit_test(each_of_many_keys_is_found_and_no_other),
        cmocka_unit_test(all_of_a_digest_counts),
        cmocka_unit_test(a_key_ends_at_its_time),
        cmocka_unit_test(whose_key_expired_is_known),
        cmocka_unit_test(a_certificate_is_a_credential_when_nothing_is_sent),
        cmocka_unit_test(a_tenant_is_chosen_only_by_who_may),
        cmocka_unit_test(who_was_let_in_stays_who_it_was),
        cmocka_unit_test(what_has_expired_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
