/* Two tenants with the same names: what one does is not seen by the other, on a backend that keeps
 * them apart by itself and on one whose objects are placed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"
#include "tests/support/toy_fixture.h"

static const vg_meta_row *row_of(struct fixture *f, const char *tenant, const char *name)
{
    const vg_meta_row *row = toy_row_of(f->toy, tenant, name);

    if (!row)
        fail_msg("%s has no row %s", tenant, name);
    return row;
}

static uint32_t find(struct fixture *f, const char *tenant, const char *name)
{
    vg_code code;

    toy_as(f->world, tenant);
    return toy_find(f->world, name, &code);
}

static vg_code create(struct fixture *f, const char *tenant, const char *name, uint32_t size)
{
    toy_as(f->world, tenant);
    return toy_create(f->world, name, size);
}

static bool drop(struct fixture *f, const char *tenant, const char *name)
{
    bool did;

    toy_as(f->world, tenant);
    assert_int_equal(toy_drop(f->world, name, &did), VG_OK);
    return did;
}

static const char *list(struct fixture *f, const char *tenant)
{
    toy_as(f->world, tenant);
    return toy_list(f->world);
}

/* ---- apart ---- */

static void live_apart(struct fixture *f, const char *one, const char *other)
{
    assert_int_equal(create(f, one, "a", 4), VG_OK);
    assert_int_equal(create(f, other, "a", 5), VG_OK);
    assert_int_equal(create(f, other, "b", 6), VG_OK);
    assert_int_equal(create(f, one, "a", 7), VG_EXISTS);
    for (int round = 0; round < 2; round++) { /* from memory, and from rows */
        assert_int_equal(find(f, one, "a"), 4);
        assert_int_equal(find(f, other, "a"), 5);
        assert_int_equal(find(f, one, "b"), 0);
        assert_string_equal(list(f, one), "a");
        assert_string_equal(list(f, other), "a b");
        toy_fixture_restart(f);
    }
    toy_as(f->world, other);
    assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_OK);
    assert_int_equal(find(f, other, "x"), 5);
    assert_int_equal(find(f, one, "x"), 0);
    assert_string_equal(toy_aliases(f->world, NULL), "");
    toy_as(f->world, one);
    assert_int_equal(toy_change_aliases(f->world, "y=b"), VG_NOT_FOUND);
    assert_int_equal(toy_change_aliases(f->world, "b=a"), VG_OK); /* the other's is no obstacle */
    assert_int_equal(toy_patch(f->world, "a", "{\"settings\":{\"s\":1}}"), VG_OK);
    assert_string_equal(toy_spec_found(f->world, "a"), "{\"s\":1}|");
    toy_as(f->world, other);
    assert_string_equal(toy_spec_found(f->world, "a"), "|");
    assert_true(drop(f, one, "a"));
    assert_int_equal(find(f, one, "b"), 0);
    assert_int_equal(find(f, other, "x"), 5);
    assert_false(drop(f, one, "a"));
    assert_true(drop(f, other, "a"));
    assert_true(drop(f, other, "b"));
    assert_int_equal(toy_collections(f->toy), 0);
}

static void tenants_share_no_names(void **state)
{
    struct fixture *f = *state;

    live_apart(f, NULL, "acme");
    live_apart(f, "acme", "acme2");
    live_apart(f, "a", "a/b");
    live_apart(f, "\xc3\xa4", "a\xcc\x88");
}

static void nor_where_objects_are_placed(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    live_apart(f, NULL, "acme");
    live_apart(f, "acme", "acme2");
    live_apart(f, "default", "\xc3\xa4");
}

/* ---- where objects are placed ---- */

static void the_row_says_which_object(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    assert_int_equal(create(f, NULL, "a", 4), VG_OK);
    assert_true(vg_slice_is_str(row_of(f, "default", "a")->physical, "a"));
    assert_true(row_of(f, "default", "a")->raw_ids);
    assert_int_equal(create(f, "acme", "a", 4), VG_OK);
    assert_true(vg_slice_is_str(row_of(f, "acme", "a")->physical, "=4acmea"));
    assert_true(row_of(f, "acme", "a")->raw_ids);
    assert_int_equal(create(f, "acme", "b", 5), VG_OK);
    assert_true(vg_slice_is_str(row_of(f, "acme", "b")->physical, "=shared"));
    assert_false(row_of(f, "acme", "b")->raw_ids);
}

/* What the sole tenant has stays its own when it is no longer alone, and the other way round. */
static void a_placement_stays(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    assert_int_equal(create(f, NULL, "raw", 4), VG_OK);
    assert_int_equal(create(f, "default", "own", 4), VG_OK);
    assert_int_equal(create(f, "default", "part", 5), VG_OK);
    toy_fixture_restart(f);
    assert_int_equal(find(f, "default", "raw"), 4);
    assert_int_equal(find(f, NULL, "own"), 4);
    assert_int_equal(find(f, NULL, "part"), 5);
    assert_string_equal(list(f, NULL), "own part raw");
    assert_string_equal(list(f, "default"), "own part raw");
    assert_true(drop(f, NULL, "part"));
    assert_true(drop(f, NULL, "own"));
    assert_true(drop(f, "default", "raw"));
    assert_int_equal(toy_collections(f->toy), 0);
}

static void only_the_sole_tenant_adopts(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    toy_set_collection(f->toy, "old", 6);
    assert_int_equal(find(f, "acme", "old"), 0);
    assert_int_equal(find(f, "default", "old"), 0);
    assert_false(drop(f, "acme", "old"));
    assert_false(drop(f, "default", "old"));
    assert_string_equal(list(f, "default"), "");
    assert_int_equal(create(f, "acme", "old", 4), VG_OK);
    assert_int_equal(find(f, NULL, "old"), 6);
    assert_int_equal(find(f, "acme", "old"), 4);
    assert_true(row_of(f, "default", "old")->raw_ids);
}

static void set_state(struct fixture *f, const char *tenant, const char *name, vg_meta_state to)
{
    vg_meta_row row = *row_of(f, tenant, name);

    row.state = to;
    row.updated_ms = 1;
    toy_set_row(f->toy, &row);
}

/* Of a derived object the row alone says whose it is: what is half-made goes, with its object. */
static void what_is_half_made_is_undone(void **state)
{
    static const uint32_t sizes[] = {4, 5};
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(create(f, "acme", "a", sizes[i]), VG_OK);
        assert_int_equal(create(f, "b", "a", sizes[i]), VG_OK);
        set_state(f, "acme", "a", VG_META_CREATING);
        toy_fixture_restart(f);
        assert_int_equal(find(f, "acme", "a"), 0);
        assert_int_equal(toy_repair_all(f->world), 0);
        assert_null(toy_row_of(f->toy, "acme", "a"));
        assert_int_equal(toy_collections(f->toy), 1);
        assert_int_equal(create(f, "acme", "a", 6), VG_OK);
        set_state(f, "acme", "a", VG_META_CREATING);
        toy_fixture_restart(f);
        assert_int_equal(create(f, "acme", "a", sizes[i]), VG_OK); /* over it */
        assert_int_equal(find(f, "acme", "a"), sizes[i]);
        assert_int_equal(find(f, "b", "a"), sizes[i]);
        assert_true(drop(f, "acme", "a"));
        assert_true(drop(f, "b", "a"));
        assert_int_equal(toy_collections(f->toy), 0);
    }
}

/* One with the sole tenant's own name may have been there before, whoever asks today. */
static void what_may_have_been_there_is_not_dropped(void **state)
{
    struct fixture *f = *state;

    toy_make_placed(f->toy);
    assert_int_equal(create(f, NULL, "a", 4), VG_OK);
    set_state(f, "default", "a", VG_META_CREATING);
    toy_fixture_restart(f);
    assert_int_equal(find(f, "default", "a"), 4);
    set_state(f, "default", "a", VG_META_CREATING);
    toy_fixture_restart(f);
    toy_as(f->world, "acme");
    assert_int_equal(toy_repair_all(f->world), 0);
    assert_int_equal(row_of(f, "default", "a")->state, VG_META_READY);
    assert_int_equal(toy_collections(f->toy), 1);
}

/* ---- what is unfinished ---- */

static void everybodys_is_repaired(void **state)
{
    struct fixture *f = *state;

    create(f, NULL, "a", 4);
    create(f, "acme", "a", 5);
    create(f, "b", "a", 6);
    set_state(f, "default", "a", VG_META_DELETING);
    set_state(f, "b", "a", VG_META_DELETING);
    toy_fixture_restart(f);
    assert_int_equal(toy_repair_all(f->world), 0);
    assert_null(toy_row_of(f->toy, "default", "a"));
    assert_null(toy_row_of(f->toy, "b", "a"));
    assert_int_equal(find(f, "acme", "a"), 5);
    assert_int_equal(toy_collections(f->toy), 1);
}

/* Many pages, with rows of jobs among them that are leapt over. */
static void rows_of_jobs_are_leapt_over(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;
    char name[32];
    unsigned lists = 0;

    create(f, NULL, "a", 4);
    create(f, NULL, "!", 4);
    row = *row_of(f, "default", "a");
    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "/jobs/%024u", i);
        row.name = vg_slice_str(name);
        toy_set_row(f->toy, &row);
    }
    create(f, "acme", "a", 4);
    set_state(f, "acme", "a", VG_META_DELETING);
    toy_fixture_restart(f);
    toy_log(f->toy);
    assert_string_equal(list(f, NULL), "! a");
    for (const char *at = toy_log(f->toy); (at = strstr(at, "meta_list")); at++)
        lists++;
    assert_int_equal(lists, 2);
    assert_int_equal(toy_repair_all(f->world), 0);
    lists = 0;
    for (const char *at = toy_log(f->toy); (at = strstr(at, "meta_list")); at++)
        lists++;
    assert_int_equal(lists, 2);
    assert_null(toy_row_of(f->toy, "acme", "a"));
}

/* ---- who asks ---- */

/* What nobody waits for outlives the op that it is done for, and its tenant. */
static void what_is_done_later_has_a_tenant_of_its_own(void **state)
{
    struct fixture *f = *state;
    char tenant[] = "acme";
    toy_ask *ask;

    create(f, tenant, "a", 4);
    create(f, "acme2", "a", 4);
    toy_as(f->world, tenant);
    ask = toy_begin_find(f->world, "a");
    toy_settle(f->world);
    toy_script(f->toy, (toy_rule){VG_OP_META_GET, 0, 1, TOY_HOLD_AFTER, VG_OK});
    vg_catalog_lost(f->world->catalog, &ask->op);
    toy_settle(f->world);
    toy_end(ask);
    memset(tenant, 'x', sizeof tenant - 1);
    toy_fixture_release(f);
    assert_null(toy_row_of(f->toy, "acme", "a"));
    assert_non_null(toy_row_of(f->toy, "acme2", "a"));
}

/* ---- aliases of a tenant that was erased by somebody else ---- */

static void a_table_whose_row_is_gone_is_not_believed(void **state)
{
    struct fixture *f = *state;
    vg_meta_row row;

    create(f, NULL, "a", 4);
    assert_int_equal(toy_change_aliases(f->world, "x=a"), VG_OK);
    assert_int_equal(toy_change_aliases(f->world, "y=a"), VG_OK);
    toy_remove_row(f->toy, "/aliases");
    assert_int_equal(toy_change_aliases(f->world, "z=a"), VG_OK); /* it is read before */
    assert_string_equal(toy_aliases(f->world, NULL), "z=a");
    assert_int_equal(toy_change_aliases(f->world, "y=a"), VG_OK);
    assert_int_equal(toy_change_aliases(f->world, "!y"), VG_OK);
    row = *row_of(f, "default", "/aliases");
    row.created_ms += 5000;
    row.version = 1;
    row.spec = VG_LIT("{\"aliases\":[{\"name\":\"w\",\"collection\":\"a\"}]}");
    toy_set_row(f->toy, &row);
    assert_int_equal(toy_change_aliases(f->world, "v=a"), VG_OK);
    assert_string_equal(toy_aliases(f->world, NULL), "v=a w=a");
}

static void what_is_forgotten_is_read_again(void **state)
{
    struct fixture *f = *state;

    create(f, "acme", "a", 4);
    toy_change_aliases(f->world, "x=a");
    create(f, "acme2", "a", 4);
    create(f, "acm", "a", 4);
    find(f, "acme", "a");
    vg_catalog_forget_tenant(f->world->catalog, VG_LIT("acme"));
    toy_log(f->toy);
    find(f, "acme2", "a");
    find(f, "acm", "a");
    assert_string_equal(toy_log(f->toy), "");
    find(f, "acme", "a");
    assert_string_equal(toy_log(f->toy), "meta_get");
    find(f, "acme", "x");
    assert_string_equal(toy_log(f->toy), "meta_get meta_get");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(tenants_share_no_names),
        WITH_WORLD(nor_where_objects_are_placed),
        WITH_WORLD(the_row_says_which_object),
        WITH_WORLD(a_placement_stays),
        WITH_WORLD(only_the_sole_tenant_adopts),
        WITH_WORLD(what_is_half_made_is_undone),
        WITH_WORLD(what_may_have_been_there_is_not_dropped),
        WITH_WORLD(everybodys_is_repaired),
        WITH_WORLD(rows_of_jobs_are_leapt_over),
        WITH_WORLD(what_is_done_later_has_a_tenant_of_its_own),
        WITH_WORLD(a_table_whose_row_is_gone_is_not_believed),
        WITH_WORLD(what_is_forgotten_is_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
