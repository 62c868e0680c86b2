/* Named vectors and batches: what does not fit the collection is refused, word for word, with its
 * place in the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/plan/check_say.h"

/* ---- named vectors ---- */

static const vg_vector_params three_vectors[] = {
    {.name = VG_LIT_INIT("text"), .size = 3, .distance = VG_DOT},
    {.name = VG_LIT_INIT("image"), .size = 2, .distance = VG_COSINE},
    {.name = VG_LIT_INIT(""), .size = 4, .distance = VG_DOT},
};
static const vg_collection with_names = {.spec = {.vectors = three_vectors, .vector_count = 2}};
static const vg_collection with_both = {.spec = {.vectors = three_vectors, .vector_count = 3}};
static const vg_collection with_none = {.spec = {.vectors = three_vectors, .vector_count = 0}};

static const char *say_point(vg_op_kind kind, const vg_collection *collection, const char *name,
                             uint32_t size)
{
    const vg_vector vectors[] = {
        {.name = VG_LIT("text"), .form = VG_VECTOR_JSON, .count = 3},
        {.name = vg_slice_str(name), .form = VG_VECTOR_JSON, .count = size}};
    const vg_point point = {.id = {.kind = VG_ID_NUM}, .vectors = vectors, .vector_count = 2};
    const vg_update update = {.kind = kind, .points = &point, .point_count = 1};
    vg_capabilities can = check_all;

    can.supports_named_vectors = true;
    return check_say(
        &(vg_op){.kind = kind, .collection = collection, .in.update = {.at = &update, .count = 1}},
        &can);
}

static void each_vector_of_a_point_is_held_to_its_own_size(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_UPSERT, VG_OP_UPDATE_VECTORS};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_string_equal(say_point(kinds[i], &with_names, "image", 2), "ok");
        assert_string_equal(say_point(kinds[i], &with_both, "", 4), "ok");
        assert_string_equal(
            say_point(kinds[i], &with_names, "image", 3),
            "invalid points[0].vectors.image: Vector dimension error: expected dim: 2, got 3");
        assert_string_equal(
            say_point(kinds[i], &with_both, "", 3),
            "invalid points[0].vector: Vector dimension error: expected dim: 4, got 3");
        assert_string_equal(say_point(kinds[i], &with_names, "foo", 3),
                            "invalid points[0].vectors.foo: Not existing vector name error: foo");
        assert_string_equal(say_point(kinds[i], &with_names, "", 3),
                            "invalid points[0].vector: Not existing vector name error: ");
        assert_string_equal(say_point(kinds[i], &with_none, "", 3),
                            "invalid points[0].vectors.text: Not existing vector name error: text");
    }
}

static const char *say_using(const vg_collection *collection, const char *name, uint32_t size)
{
    const vg_search query = {.vector = {.form = VG_VECTOR_JSON, .count = size},
                             .using_name = vg_slice_str(name),
                             .limit = 1};
    vg_capabilities can = check_all;

    can.supports_named_vectors = true;
    return check_say(&(vg_op){.kind = VG_OP_SEARCH,
                              .collection = collection,
                              .in.search = {.queries = &query, .count = 1}},
                     &can);
}

static void a_query_says_which_vector_it_means(void **state)
{
    (void)state;
    assert_string_equal(say_using(&with_names, "image", 2), "ok");
    assert_string_equal(say_using(&with_both, "", 4), "ok");
    assert_string_equal(say_using(&with_names, "image", 4),
                        "invalid vector: Vector dimension error: expected dim: 2, got 4");
    assert_string_equal(say_using(&with_names, "", 4),
                        "invalid using: Collection requires specified vector name in the request, "
                        "available names: image, text");
    assert_string_equal(say_using(&with_names, "x", 4),
                        "invalid using: Vector with name `x` is not configured in this collection, "
                        "available names: image, text");
    assert_string_equal(say_using(&check_a4, "x", 4),
                        "invalid using: Vector with name x is not configured in this collection");
    assert_string_equal(say_using(&with_none, "", 4),
                        "invalid using: Collection requires specified vector name in the request, "
                        "available names: ");
}

static void names_of_vectors_that_are_wanted_or_deleted_are_known(void **state)
{
    const vg_slice known[] = {VG_LIT_INIT("image"), VG_LIT_INIT("text")};
    const vg_slice unknown[] = {VG_LIT_INIT("image"), VG_LIT_INIT("foo")};
    vg_capabilities can = check_all;

    (void)state;
    can.supports_named_vectors = true;
    for (int i = 0; i < 2; i++) {
        const vg_vector_selector wanted = {
            .want = VG_VECTORS_NAMED, .names = i ? unknown : known, .name_count = 2};
        const vg_search search = {.vector = {.count = 2},
                                  .using_name = VG_LIT_INIT("image"),
                                  .limit = 1,
                                  .with_vectors = wanted};
        const vg_update update = {
            .kind = VG_OP_DELETE_VECTORS, .names = i ? unknown : known, .name_count = 2};
        vg_op ops[] = {
            {.kind = VG_OP_GET, .in.get = {.with_vectors = wanted}},
            {.kind = VG_OP_SCROLL, .in.scroll = {.with_vectors = wanted}},
            {.kind = VG_OP_SEARCH, .in.search = {.queries = &search, .count = 1}},
            {.kind = VG_OP_DELETE_VECTORS, .in.update = {.at = &update, .count = 1}},
        };

        for (size_t k = 0; k < 4; k++) {
            ops[k].collection = &with_names;
            assert_string_equal(check_say(&ops[k], &can),
                                !i      ? "ok"
                                : k < 3 ? "invalid with_vector: Not existing vector name error: foo"
                                        : "invalid vectors: Not existing vector name error: foo");
        }
    }
}

/* ---- batches ---- */

static void the_part_of_a_batch_that_does_not_fit_is_named(void **state)
{
    const vg_vector right = check_of(4), wrong = check_of(3);
    const vg_point points[] = {{.id = {.kind = VG_ID_NUM}, .vectors = &right, .vector_count = 1},
                               {.id = {.kind = VG_ID_NUM}, .vectors = &wrong, .vector_count = 1}};
    const vg_point_id text = {.kind = VG_ID_TEXT, .text = VG_LIT_INIT("seven")};
    const vg_filter filter = {0};
    vg_update updates[] = {{.kind = VG_OP_UPSERT, .points = points, .point_count = 1},
                           {.kind = VG_OP_DELETE, .ids = &text, .id_count = 1, .filter = &filter}};
    vg_op op = {
        .kind = VG_OP_BATCH, .collection = &check_a4, .in.update = {.at = updates, .count = 2}};
    vg_capabilities can = check_all;

    (void)state;
    assert_string_equal(check_say(&op, &can), "ok");
    can.supports_metadata_filter = false;
    assert_string_equal(
        check_say(&op, &can),
        "unsupported operations[1].delete.filter: supports_metadata_filter: this backend "
        "does not have that capability");
    can.supports_text_ids = false;
    assert_string_equal(
        check_say(&op, &can),
        "unsupported operations[1].delete.ids[0]: supports_text_ids: this backend takes "
        "unsigned integers and UUIDs as ids, not \"seven\"");
    updates[0].point_count = 2;
    assert_string_equal(check_say(&op, &can), "invalid operations[0].upsert.points[1].vector: "
                                              "Vector dimension error: expected dim: 4, got 3");
    updates[0].kind = VG_OP_SET_PAYLOAD; /* the adapter of these tests has no such row */
    assert_string_equal(check_say(&op, &can),
                        "unsupported operations[0].set_payload: set_payload: this backend "
                        "does not have that operation");
}

/* ---- sparse vectors ---- */

static const char *say_sparse(vg_op_kind kind, uint32_t count, const vg_capabilities *can)
{
    static const vg_vector_params words = {.name = VG_LIT_INIT("words"), .kind = VG_SPARSE};
    static const vg_collection collection = {.spec = {.vectors = &words, .vector_count = 1}};
    static const uint32_t indices[] = {1, 7, 9};
    const vg_vector vector = {
        .name = words.name, .form = VG_VECTOR_F32, .count = count, .indices = indices};
    const vg_point point = {.id = {.kind = VG_ID_NUM}, .vectors = &vector, .vector_count = 1};
    const vg_update update = {.kind = kind, .points = &point, .point_count = 1};
    const vg_search query = {.using_name = words.name, .vector = vector, .limit = 1};
    vg_op op = {.kind = kind, .collection = &collection};

    if (kind == VG_OP_SEARCH)
        op.in.search.queries = &query, op.in.search.count = 1;
    else
        op.in.update.at = &update, op.in.update.count = 1;
    return check_say(&op, can);
}

static void a_sparse_vector_is_held_to_what_the_backend_takes(void **state)
{
    static const vg_op_kind kinds[] = {VG_OP_UPSERT, VG_OP_UPDATE_VECTORS, VG_OP_SEARCH};
    static const char *const places[] = {"points[0].vectors.words", "points[0].vectors.words",
                                         "vector"};
    char expected[160];

    (void)state;
    for (int i = 0; i < 3; i++) {
        vg_capabilities can = check_all;

        can.supports_named_vectors = can.supports_sparse_vectors = true;
        assert_string_equal(say_sparse(kinds[i], 3, &can), "ok");
        can.max_sparse_values = 2;
        can.max_sparse_index = 7;
        assert_string_equal(say_sparse(kinds[i], 0, &can), "ok");
        assert_string_equal(say_sparse(kinds[i], 2, &can), "ok");
        snprintf(expected, sizeof expected,
                 "unsupported %s: max_sparse_values: this backend takes sparse vectors of 2 "
                 "values at most, not 3",
                 places[i]);
        assert_string_equal(say_sparse(kinds[i], 3, &can), expected);
        can.max_sparse_values = 3;
        snprintf(expected, sizeof expected,
                 "unsupported %s: max_sparse_index: this backend takes sparse vectors with "
                 "indices up to 7, not 9",
                 places[i]);
        assert_string_equal(say_sparse(kinds[i], 3, &can), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_of_a_point_is_held_to_its_own_size),
        cmocka_unit_test(a_query_says_which_vector_it_means),
        cmocka_unit_test(names_of_vectors_that_are_wanted_or_deleted_are_known),
        cmocka_unit_test(the_part_of_a_batch_that_does_not_fit_is_named),
        cmocka_unit_test(a_sparse_vector_is_held_to_what_the_backend_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
