/* The n-th allocation fails, for each n: credentials, a gate and a request are made whole or not at
 * all, and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rig.h"
#include "tests/support/failing_malloc.h"
#include "tokens.h"

enum { MOST = 10000 };

static void begin(rig *r)
{
    static const vg_slice names[] = {VG_LIT_INIT("docs")};
    vg_key_row *row;

    rig_begin(r);
    row = rig_add(r, "app", "a key of some length", VG_KEY_WRITE);
    row->collections = names;
    row->collection_count = 1;
    row->may_choose_tenant = true;
    rig_add(r, "mesh", "", VG_KEY_READ)->certificate = VG_LIT("mesh");
    rig_jwt(r, text_named("SECRET"), text_named("JWKS"));
}

static void credentials_are_whole_or_told(void **state)
{
    bool hit = true;
    rig r;

    (void)state;
    begin(&r);
    for (size_t n = 1; hit && n < MOST; n++) {
        vg_credentials *credentials;
        vg_buf told;

        vg_buf_init(&told, 0);
        failing_malloc_set(n);
        credentials = vg_credentials_new(&r.conf, &told);
        hit = failing_malloc_hit();
        failing_malloc_set(0);
        assert_true(credentials != NULL || hit);
        if (credentials != NULL)
            assert_int_equal(vg_credentials_count(credentials), 6);
        vg_credentials_let_go(credentials);
        vg_buf_fini(&told);
    }
    assert_false(hit);
    rig_end(&r);
}

static void a_gate_is_whole_or_none(void **state)
{
    bool hit = true;
    rig r;

    (void)state;
    begin(&r);
    rig_set(&r);
    for (size_t n = 1; hit && n < MOST; n++) {
        vg_credentials *credentials;
        vg_gate *gate;
        vg_buf told;

        vg_buf_init(&told, 0);
        credentials = vg_credentials_new(&r.conf, &told);
        failing_malloc_set(n);
        gate = vg_gate_new(credentials);
        hit = failing_malloc_hit();
        failing_malloc_set(0);
        assert_true(gate != NULL || hit);
        vg_credentials_let_go(credentials);
        vg_gate_free(gate);
        vg_buf_fini(&told);
    }
    assert_false(hit);
    rig_end(&r);
}

/* Answers whether an allocation failed. */
static bool ask(rig *r, const vg_gate_ask *ask, size_t n)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    const vg_identity *who;
    vg_status status = {0};
    bool hit;

    failing_malloc_set(n);
    who = vg_gate_admit(r->gate, ask, arena, &status);
    hit = failing_malloc_hit();
    failing_malloc_set(0);
    if (who == NULL) {
        assert_true(hit);
        assert_int_equal(status.code, VG_OVERLOADED);
    }
    vg_arena_free(arena);
    return hit;
}

static void a_request_is_let_in_or_told(void **state)
{
    static const char *const names[] = {"FULL", "LISTED", "EXISTS", "RS_A_KID", "ES_A_KID"};
    vg_gate_ask with = {.api_key = VG_LIT("a key of some length"), .tenant = VG_LIT("acme")};
    rig r;

    (void)state;
    begin(&r);
    r.conf.has_one_tenant = false;
    rig_set(&r);
    with.now_ms = r.now_ms;
    for (size_t n = 1; ask(&r, &with, n) && n < MOST; n++)
        ;
    with.tenant = (vg_slice){0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        with.api_key = vg_slice_str(text_named(names[i]));
        for (size_t n = 1; n < MOST; n++) {
            bool hit = ask(&r, &with, n);

            rig_set(&r); /* forget it */
            if (!hit)
                break;
        }
    }
    rig_end(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials_are_whole_or_told),
        cmocka_unit_test(a_gate_is_whole_or_none),
        cmocka_unit_test(a_request_is_let_in_or_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
