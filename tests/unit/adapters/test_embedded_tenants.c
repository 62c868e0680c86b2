/* Tenants of the embedded backend: each has a store of its own, which is asked for where it is not
 * open, and made where a collection is. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "embedded.h"

static void be(scene *s, const char *tenant)
{
    s->who.name = vg_slice_str(tenant);
}

/* What was read holds the store: let it go. */
static void let_go(scene *s)
{
    vg_arena_free(s->scratch);
    s->scratch = vg_arena_new(1 << 26);
}

static bool has_directory(const scene *s, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "%s/tenants/%s", s->dir, name);
    return access(path, F_OK) == 0;
}

static uint64_t count(scene *s)
{
    begin(s, VG_OP_COUNT);
    assert_int_equal(run(s), VG_OK);
    return s->op.out.count;
}

static void each_counts_its_own(void **state)
{
    scene *s = *state;
    const char *const tenants[] = {"default", "acme", "Acme"};

    for (uint64_t i = 0; i < 3; i++) {
        be(s, tenants[i]);
        assert_int_equal(create(s, 2, VG_DOT), VG_OK);
        for (uint64_t n = 0; n <= i; n++)
            assert_int_equal(upsert_one(s, number(n), "[1,1]", "{}"), VG_OK);
    }
    for (uint64_t i = 0; i < 3; i++) {
        be(s, tenants[i]);
        assert_int_equal(count(s), i + 1);
    }
    assert_true(has_directory(s, "acme") && has_directory(s, "%41cme"));
}

static void a_store_is_asked_for_once_and_the_default_s_never(void **state)
{
    scene *s = *state;
    trace seen;

    be(s, "acme");
    create(s, 2, VG_DOT);
    let_go(s);
    vg_embedded.close(&s->backend);
    assert_int_equal(vg_embedded.open(&s->backend, vg_slice_str(s->dir), s->arena, NULL), VG_OK);
    for (uint32_t turn = 0; turn < 2; turn++) {
        begin(s, VG_OP_COUNT);
        assert_int_equal(run_steps(&s->backend, &s->op, s->scratch, &seen), VG_OK);
        assert_int_equal(seen.count, 2 - turn);
        assert_string_equal(seen.asked[0].name, turn ? "embedded.count" : "embedded.open");
        assert_false(seen.asked[0].writes);
    }
    be(s, "default");
    create(s, 2, VG_DOT);
    begin(s, VG_OP_COUNT);
    run_steps(&s->backend, &s->op, s->scratch, &seen);
    assert_int_equal(seen.count, 1);
}

static void who_has_nothing_is_told_so_and_gets_no_directory(void **state)
{
    scene *s = *state;

    create(s, 2, VG_DOT); /* the default's */
    be(s, "nobody");
    begin(s, VG_OP_DESCRIBE)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    assert_false(s->op.out.info.exists);
    begin(s, VG_OP_LIST);
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.names.count, 0);
    begin(s, VG_OP_DROP_COLLECTION)->in.collection.physical = VG_LIT("c");
    assert_int_equal(run(s), VG_OK);
    assert_false(s->op.out.did);
    begin(s, VG_OP_COUNT);
    assert_int_equal(run(s), VG_NOT_FOUND);
    must_be(s->op.status.where, "collection");
    must_say(&s->op.status, "Collection `c` doesn't exist!");
    assert_int_equal(upsert_one(s, number(1), "[1,1]", "{}"), VG_NOT_FOUND);
    must_be(s->op.status.where, "collection");
    assert_false(has_directory(s, ""));
    assert_int_equal(create(s, 0, VG_DOT), VG_INVALID); /* nothing is made for what cannot be */
    assert_false(has_directory(s, ""));
    be(s, "default");
    assert_int_equal(count(s), 0);
}

static void the_engine_s_health_is_no_tenant_s(void **state)
{
    scene *s = *state;

    be(s, "nobody");
    begin(s, VG_OP_HEALTH);
    assert_int_equal(run(s), VG_OK);
    must_be(s->op.out.health.title, "vecgate embedded engine");
}

/* Two may be open here. */
static void too_many_at_once_are_refused(void **state)
{
    scene *s = *state;

    be(s, "a");
    create(s, 2, VG_DOT);
    be(s, "b");
    create(s, 2, VG_DOT);
    be(s, "c");
    assert_int_equal(create(s, 2, VG_DOT), VG_OVERLOADED);
    must_say(&s->op.status, "2 tenants' stores are in use");
    let_go(s); /* what was read */
    assert_int_equal(create(s, 2, VG_DOT), VG_OK);
    assert_int_equal(count(s), 0);
}

static void spoil(const scene *s, const char *tenant)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/tenants/%s/points.db", s->dir, tenant);
    file = fopen(path, "r+");
    assert_non_null(file);
    fputs("this is no database", file);
    fclose(file);
}

/* BACKEND_ERROR would count for the breaker, which is everybody's. */
static void a_broken_store_is_not_a_broken_backend(void **state)
{
    scene *s = *state;

    be(s, "bad");
    create(s, 2, VG_DOT);
    let_go(s);
    vg_embedded.close(&s->backend);
    spoil(s, "bad");
    assert_int_equal(vg_embedded.open(&s->backend, vg_slice_str(s->dir), s->arena, NULL), VG_OK);
    begin(s, VG_OP_COUNT);
    assert_int_equal(run(s), VG_BACKEND_REPLY);
    must_say(&s->op.status, "the tenant's store does not open: tenants/bad/points.db");
    be(s, "good");
    assert_int_equal(create(s, 2, VG_DOT), VG_OK);
}

/* ---- dropping ---- */

static bool drop_tenant(scene *s, const char *tenant)
{
    be(s, tenant);
    begin(s, VG_OP_DROP_TENANT);
    assert_int_equal(run(s), VG_OK);
    return s->op.out.did;
}

static void a_tenant_is_dropped_whole(void **state)
{
    scene *s = *state;

    create(s, 2, VG_DOT);
    be(s, "acme");
    create(s, 2, VG_DOT);
    upsert_one(s, number(1), "[1,1]", "{}");
    let_go(s);
    assert_true(drop_tenant(s, "acme"));
    assert_false(has_directory(s, "acme"));
    assert_false(drop_tenant(s, "acme"));
    be(s, "default");
    assert_int_equal(count(s), 0);
}

static void of_the_default_all_collections_go_and_nothing_else(void **state)
{
    scene *s = *state;

    be(s, "acme");
    create(s, 2, VG_DOT);
    be(s, "default");
    create(s, 2, VG_DOT);
    s->op.in.create.physical = VG_LIT("d");
    assert_int_equal(run(s), VG_OK);
    assert_true(drop_tenant(s, "default"));
    begin(s, VG_OP_LIST);
    assert_int_equal(run(s), VG_OK);
    assert_int_equal(s->op.out.names.count, 0);
    assert_false(drop_tenant(s, "default"));
    assert_int_equal(create(s, 2, VG_DOT), VG_OK);
    be(s, "acme");
    assert_int_equal(count(s), 0);
}

int main(void)
{
#define WITH_STORES(test) cmocka_unit_test_setup_teardown(test, up, down)
    const struct CMUnitTest tests[] = {
        WITH_STORES(each_counts_its_own),
        WITH_STORES(a_store_is_asked_for_once_and_the_default_s_never),
        WITH_STORES(who_has_nothing_is_told_so_and_gets_no_directory),
        WITH_STORES(the_engine_s_health_is_no_tenant_s),
        WITH_STORES(too_many_at_once_are_refused),
        WITH_STORES(a_broken_store_is_not_a_broken_backend),
        WITH_STORES(a_tenant_is_dropped_whole),
        WITH_STORES(of_the_default_all_collections_go_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
