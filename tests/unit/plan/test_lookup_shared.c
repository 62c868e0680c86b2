/* Lookups in another collection where several collections of a tenant are parts of one of the
 * backend's objects: "here" and "elsewhere" have one physical name, and their points the same ids.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/toy_change.h"
#include "tests/unit/plan/query_say.h"

/* The first vector's size is odd: that makes the object shared. */
static const vg_vector_params vectors[] = {
    {.name = VG_LIT_INIT("long"), .size = 3, .distance = VG_DOT, .on_disk = -1},
    {.name = VG_LIT_INIT("v"), .size = TOY_SIZE, .distance = VG_DOT, .on_disk = -1}};

static void create(struct fixture *f, const char *name)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_CREATE_COLLECTION, name);

    ask->op.in.create.spec = (vg_collection_spec){.vectors = vectors, .vector_count = 2};
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_end(ask), VG_OK);
}

static void put(struct fixture *f, const char *name, uint64_t id, float x, float y)
{
    toy_put_part(f->toy, "acme", name, (toy_point){.id = id, .vectors = {{"v", {x, y}, 0}}});
}

/* By the dot product with {1, 0}, which is 1 in both, the order is 1 2 3. */
static void fill(struct fixture *f)
{
    const vg_meta_row *here, *elsewhere;

    toy_make_placed(f->toy);
    toy_make_able(f->toy);
    toy_as(f->world, "acme");
    create(f, "here");
    create(f, "elsewhere");
    for (unsigned id = 1; id <= 3; id++)
        put(f, "here", id, (float)(4 - id) / 3, 0);
    put(f, "elsewhere", 1, 1, 0);
    put(f, "elsewhere", 3, -1, 0);
    assert_int_equal(toy_change_aliases(f->world, "mine=here theirs=elsewhere"), VG_OK);
    here = toy_row_of(f->toy, "acme", "here");
    elsewhere = toy_row_of(f->toy, "acme", "elsewhere");
    assert_true(vg_slice_is(here->physical, elsewhere->physical));
    assert_false(here->raw_ids);
}

static const vg_example one = {.id = {.kind = VG_ID_NUM, .num = 1}},
                        three = {.id = {.kind = VG_ID_NUM, .num = 3}};

static vg_query near_one(const char *lookup)
{
    return (vg_query){.kind = VG_QUERY_SEARCH,
                      .lookup_collection = vg_slice_str(lookup),
                      .lookup_vector = VG_LIT_INIT("v"),
                      .search = {.using_name = VG_LIT_INIT("v"), .by_id = one.id, .limit = 9}};
}

static const struct {
    const char *says, *asked, *lookup, *found;
} rows[] = {
    {"another collection's example is no point of this one", "here", "elsewhere", "1 2 3"},
    {"nor is it by an alias", "here", "theirs", "1 2 3"},
    {"this very collection's is left out", "here", "here", "2 3"},
    {"also when an alias names it", "here", "mine", "2 3"},
    {"also when an alias is asked", "mine", "here", "2 3"},
    {"or asked and named", "mine", "mine", "2 3"},
    {"asked by an alias, another one is another one", "mine", "theirs", "1 2 3"},
    {"the other way round", "elsewhere", "here", "1 3"},
    {"and there it is left out, too", "theirs", "elsewhere", "3"},
};

static const char *say(struct fixture *f, const char *asked, const vg_query *query)
{
    toy_ask *ask = query_make(f, query, 1);

    ask->op.name = vg_slice_str(asked);
    toy_start(ask);
    toy_settle(f->world);
    return query_show(ask);
}

static void only_examples_of_this_very_collection_are_left_out(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_query query = near_one(rows[i].lookup);
        const char *found = say(f, rows[i].asked, &query);

        if (strcmp(found, rows[i].found))
            fail_msg("%s: %s", rows[i].says, found);
    }
}

/* The toy compares with the nearest only: what is left out is seen in the query. */
static void so_are_all_kinds_of_examples(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (int is_here = 0; is_here < 2; is_here++) {
        vg_query query = near_one(is_here ? "mine" : "theirs");
        toy_ask *ask;

        query.search.by_id = (vg_point_id){0};
        query.search.scoring = VG_BY_BEST_SCORE;
        query.search.positive = &one;
        query.search.negative = &three;
        query.search.positive_count = query.search.negative_count = 1;
        ask = query_make(f, &query, 1);
        ask->op.name = VG_LIT("here");
        toy_start(ask);
        toy_settle(f->world);
        assert_int_equal(toy_code(ask), VG_OK);
        assert_int_equal(ask->op.in.query.at[0].search.except_count, 2 * is_here);
        toy_end(ask);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(only_examples_of_this_very_collection_are_left_out),
        WITH_WORLD(so_are_all_kinds_of_examples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
