/* What is more than the backend takes at once is sent in parts, and answered as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "call/weigh.h"
#include "tests/unit/plan/split_say.h"

static vg_capabilities *fill(struct fixture *f)
{
    split_fill(f->toy, f->world);
    return &toy_vectors_adapter(f->toy)->can;
}

static const char *say(struct fixture *f, const char *text)
{
    return split_say(f->world, text);
}

/* ---- changes ---- */

static void points_past_the_bound_go_in_parts(void **state)
{
    struct fixture *f = *state;
    vg_capabilities *can = fill(f);
    toy_ask *ask;

    can->max_points_per_call = 2;
    assert_string_equal(say(f, "upsert=7 1 2 3 4 5"), "ok");
    assert_string_equal(toy_log(f->toy), "upsert upsert upsert");
    assert_string_equal(split_store(f->toy), "1=7/7 2=7/7 3=7/7 4=7/7 5=7/7");
    can->supports_batch_upsert = false;
    assert_string_equal(say(f, "update_vectors=8 1 2"), "ok");
    assert_string_equal(toy_log(f->toy), "update_vectors update_vectors");
    assert_string_equal(split_store(f->toy), "1=7/8 2=7/8 3=7/7 4=7/7 5=7/7");
    ask = split_make(f->world, "upsert=9 1 2");
    ask->op.in.update.wait = false;
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(ask->op.out.written.operation_id, 7); /* its last part's */
    assert_string_equal(split_show(ask), "accepted");
}

static void what_fits_goes_as_it_is(void **state)
{
    struct fixture *f = *state;
    vg_capabilities *can = fill(f);

    can->max_points_per_call = 3;
    can->max_ids_per_call = 3;
    assert_string_equal(say(f, "upsert=7 1 2 3"), "ok");
    assert_string_equal(say(f, "delete 1 2 3"), "ok");
    assert_string_equal(say(f, "upsert=7 1 2; delete 1; upsert=8 5"), "ok, 3");
    assert_string_equal(toy_log(f->toy), "upsert delete batch");
}

/* The world's pool is given all that is not nothing: here it is asked whether it fits. */
static void whether_it_fits_is_told_on_a_pool(void **state)
{
    struct fixture *f = *state;
    vg_capabilities *can = fill(f);
    toy_ask *ask;

    say(f, "upsert=7 1 2 3");
    assert_int_equal(f->world->pool.lent, 0); /* no bound for bytes */
    can->max_bytes_per_call = 100000;
    assert_string_equal(say(f, "upsert=7 1 2 3"), "ok");
    assert_int_equal(f->world->pool.lent, 1);
    assert_string_equal(say(f, "get 1 3"), "1 3");
    assert_string_equal(toy_log(f->toy), "upsert upsert get");
    f->world->pool.holds = f->world->pool.lent;
    ask = split_make(f->world, "upsert=8 4");
    toy_start(ask);
    toy_settle(f->world);
    vg_plan_cancel(f->world->plan, &ask->op, VG_CANCELLED);
    toy_pool_release(f->world);
    toy_settle(f->world);
    assert_string_equal(split_show(ask), "cancelled : the client has gone");
    assert_string_equal(toy_log(f->toy), "");
}

static void ids_and_bytes_bound_it_too(void **state)
{
    struct fixture *f = *state;
    vg_capabilities *can = fill(f);
    toy_ask *ask;

    say(f, "upsert=7 1 2 3 4 5 6");
    can->max_ids_per_call = 2;
    toy_log(f->toy);
    assert_string_equal(say(f, "set_payload=9 1 2 3"), "ok");
    assert_string_equal(say(f, "delete 4 5 6 5"), "ok");
    assert_string_equal(say(f, "delete_vectors 1 3"), "ok");
    assert_string_equal(toy_log(f->toy), "set_payload set_payload delete delete delete_vectors");
    assert_string_equal(split_store(f->toy), "1=9/-1 2=9/7 3=9/-1");
    ask = split_make(f->world, "upsert=3 1 2 3");
    can->max_bytes_per_call = (uint32_t)vg_weigh(&ask->op, SIZE_MAX) - 1;
    toy_start(ask);
    toy_settle(f->world);
    assert_string_equal(split_show(ask), "ok");
    assert_string_equal(toy_log(f->toy), "upsert upsert");
}

static void only_the_last_of_a_repeated_point_is_sent(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_point *points;

    fill(f)->max_points_per_call = 1;
    ask = split_make(f->world, "upsert=7 1 2 1");
    points = (vg_point *)(uintptr_t)ask->op.in.update.at->points;
    points[0].payload = VG_LIT("{\"v\":6}");
    toy_start(ask);
    toy_settle(f->world);
    assert_string_equal(split_show(ask), "ok");
    assert_string_equal(toy_log(f->toy), "upsert upsert");
    assert_string_equal(split_store(f->toy), "1=7/7 2=7/7");
}

static void a_batch_keeps_its_order(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f)->max_points_per_call = 2;
    ask = split_make(f->world, "upsert=1 1 2; delete 2; upsert=2 1 2 3; set_payload=3 1; delete 3");
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(ask->op.out.batch.count, 5);
    assert_int_equal(ask->op.out.batch.operation_ids[0], 1);
    assert_int_equal(ask->op.out.batch.operation_ids[2], 4); /* its last part's */
    assert_int_equal(ask->op.out.batch.operation_ids[4], 6);
    assert_string_equal(split_show(ask), "ok, 5");
    assert_string_equal(toy_log(f->toy), "batch upsert upsert batch");
    assert_string_equal(split_store(f->toy), "1=3/2 2=2/2");
}

static void what_cannot_be_cut_is_refused_before_anything_is_sent(void **state)
{
    struct fixture *f = *state;
    vg_capabilities *can = fill(f);

    can->max_bytes_per_call = 150;
    assert_string_equal(say(f, "upsert=7 1 2"),
                        "too_large points[0]: a point of about 265 bytes: this backend's "
                        "max_bytes_per_call is 150");
    assert_string_equal(toy_log(f->toy), "");
}

static void its_number_is_that_of_its_last_part(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f)->max_points_per_call = 1;
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 1, 1, TOY_HOLD_AFTER, VG_OK});
    ask = split_make(f->world, "upsert=1 1 2 3");
    toy_start(ask);
    toy_settle(f->world);
    toy_fixture_release(f); /* the second is answered last */
    assert_int_equal(ask->op.out.written.operation_id, 3);
    assert_string_equal(split_show(ask), "ok");
    ask = split_make(f->world, "upsert=1 7 7");
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(ask->op.out.written.operation_id, 4);
    assert_string_equal(split_show(ask), "ok");
}

static void only_a_few_are_under_way_at_once(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f)->max_points_per_call = 1;
    toy_script(f->toy, (toy_rule){VG_OP_UPSERT, 0, TOY_FOREVER, TOY_HOLD_BEFORE, VG_OK});
    ask = split_make(f->world, "upsert=1 1 2 3 4 5 6 7");
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_held(f->toy), 4);
    toy_fixture_release(f);
    assert_string_equal(split_show(ask), "ok");
}

/* More parts than may wait with memory of their own. */
static void many_parts_go_in_rounds(void **state)
{
    enum { POINTS = 150 };
    struct fixture *f = *state;
    char text[1024];
    size_t len = 0;

    fill(f)->max_points_per_call = 1;
    len = (size_t)snprintf(text, sizeof text, "upsert=1");
    for (int i = 1; i <= POINTS; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, " %d", i);
    assert_string_equal(say(f, text), "ok");
    for (int i = 0, last = POINTS; i < 2; i++, last--) {
        const char *store = split_store(f->toy);
        int count = 0;

        for (; *store != '\0'; store++)
            count += *store == '=';
        assert_int_equal(count, last);
        say(f, "delete 150");
    }
}

/* ---- points that are not there ---- */

static void what_is_missing_stops_no_part(void **state)
{
    struct fixture *f = *state;

    fill(f)->max_ids_per_call = 1;
    say(f, "upsert=1 1 2 3");
    assert_string_equal(say(f, "set_payload=2 1 9 2 8 3"),
                        "not_found points: No point with id 9 found");
    assert_string_equal(split_store(f->toy), "1=2/1 2=2/1 3=2/1");
    assert_string_equal(say(f, "delete 9 1 8"), "ok");
    toy_vectors_adapter(f->toy)->can.max_points_per_call = 1;
    assert_string_equal(say(f, "update_vectors=4 9 2 2 3"),
                        "not_found points: No point with id 9 found");
    assert_string_equal(split_store(f->toy), "2=2/4 3=2/4");
}

static void it_ends_a_batch_behind_its_update(void **state)
{
    struct fixture *f = *state;

    fill(f)->max_ids_per_call = 1;
    say(f, "upsert=1 1 2");
    assert_string_equal(say(f, "set_payload=2 1; set_payload=3 9 2; delete 1 2; delete 1"),
                        "not_found points: No point with id 9 found; those before operations[2] "
                        "are applied; operations[2] and those behind it are not begun");
    assert_string_equal(split_store(f->toy), "1=2/1 2=3/1");
}

/* ---- reads ---- */

static void ids_are_answered_in_the_order_asked(void **state)
{
    struct fixture *f = *state;

    fill(f)->max_ids_per_call = 2;
    say(f, "upsert=1 1 2 3 4 5");
    toy_log(f->toy);
    assert_string_equal(say(f, "get 5 9 1 5 4 2 1"), "5 1 4 2");
    assert_string_equal(toy_log(f->toy), "get get get");
    assert_string_equal(say(f, "get 8 9 7"), "");
}

static void searches_are_answered_in_order(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;

    fill(f)->max_queries_per_call = 2;
    say(f, "upsert=1 1; upsert=2 2; upsert=3 3");
    toy_log(f->toy);
    ask = split_make(f->world, "search=5");
    toy_start(ask);
    toy_settle(f->world);
    for (int i = 0; i < 5; i++) /* only some ask, and the toy tells it who they are by ef */
        assert_int_equal(ask->op.out.searches.explains[i].ef, i % 2 ? (uint32_t)i + 1 : 0);
    assert_string_equal(split_show(ask), "1 | 3 2 | 1 2 3 | 3 2 1 | 1 2 3");
    assert_string_equal(toy_log(f->toy), "search search search");
}

static void an_error_names_its_place_in_the_whole_list(void **state)
{
    struct fixture *f = *state;
    toy_ask *ask;
    vg_search *searches;

    fill(f)->max_queries_per_call = 2;
    ask = split_make(f->world, "search=5");
    searches = (vg_search *)(uintptr_t)ask->op.in.search.queries;
    searches[3].by_id = (vg_point_id){.kind = VG_ID_NUM, .num = 77};
    toy_start(ask);
    toy_settle(f->world);
    assert_string_equal(split_show(ask), "not_found searches[3].id: No point with that id found");
}

static void a_backends_own_queries_are_cut_as_well(void **state)
{
    struct fixture *f = *state;
    static const char numbers[64] = "[1,0]"; /* padded */
    const vg_query query = {
        .kind = VG_QUERY_SEARCH,
        .search = {.vector = {.form = VG_VECTOR_JSON, .bytes = {numbers, 5}, .count = TOY_SIZE},
                   .limit = 2}};
    vg_query queries[3] = {query, query, query};
    toy_ask *ask;

    queries[2].search.limit = 1;
    fill(f)->max_queries_per_call = 2;
    toy_vectors_adapter(f->toy)->ops[VG_OP_QUERY] = toy_vectors_adapter(f->toy)->ops[VG_OP_SEARCH];
    say(f, "upsert=1 1; upsert=2 2");
    toy_log(f->toy);
    ask = toy_make_ask(f->world, VG_OP_QUERY, "a");
    ask->op.in.query.at = queries;
    ask->op.in.query.count = 3;
    toy_start(ask);
    toy_settle(f->world);
    assert_int_equal(toy_code(ask), VG_OK);
    assert_int_equal(ask->op.out.searches.count, 3);
    assert_int_equal(ask->op.out.searches.at[1].count, 2);
    assert_int_equal(ask->op.out.searches.at[2].count, 1);
    assert_int_equal(ask->op.out.searches.at[2].at[0].id.num, 2);
    assert_null(ask->op.out.searches.explains);
    toy_end(ask);
    assert_string_equal(toy_log(f->toy), "query query");
}

/* ---- what it costs, and what is counted ---- */

static void it_is_paid_for_once_and_its_parts_are_counted(void **state)
{
    struct fixture *f = *state;
    const vg_resilience conf = {.quota = {.tenant_rate = 1, .tenant_burst = 1}};
    vg_shared *shared = vg_shared_new(1);
    vg_metrics *metrics = vg_metrics_new(1);
    vg_cell cell = {.operation = VG_OP_UPSERT};

    fill(f)->max_points_per_call = 2;
    toy_world_free(f->world);
    f->world = toy_world_new_capped(
        f->toy,
        (toy_caps){.resilience = &conf, .shared = vg_shared_at(shared, 0), .metrics = metrics});
    cell.backend = vg_metrics_backend(metrics, VG_LIT("toy"));
    assert_string_equal(say(f, "upsert=1 1 2 3 4 5"), "ok");
    assert_int_equal(vg_metrics_read(metrics, VG_M_split_parts_total, cell), 3);
    assert_string_equal(say(f, "upsert=1 6 7 8"),
                        "throttled toy: the quota of this backend is used up for the moment");
    assert_int_equal(vg_metrics_read(metrics, VG_M_split_parts_total, cell), 3);
    toy_fixture_restart(f);
    vg_shared_free(shared);
    vg_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(points_past_the_bound_go_in_parts),
        WITH_WORLD(what_fits_goes_as_it_is),
        WITH_WORLD(whether_it_fits_is_told_on_a_pool),
        WITH_WORLD(ids_and_bytes_bound_it_too),
        WITH_WORLD(only_the_last_of_a_repeated_point_is_sent),
        WITH_WORLD(a_batch_keeps_its_order),
        WITH_WORLD(what_cannot_be_cut_is_refused_before_anything_is_sent),
        WITH_WORLD(its_number_is_that_of_its_last_part),
        WITH_WORLD(only_a_few_are_under_way_at_once),
        WITH_WORLD(many_parts_go_in_rounds),
        WITH_WORLD(what_is_missing_stops_no_part),
        WITH_WORLD(it_ends_a_batch_behind_its_update),
        WITH_WORLD(ids_are_answered_in_the_order_asked),
        WITH_WORLD(searches_are_answered_in_order),
        WITH_WORLD(an_error_names_its_place_in_the_whole_list),
        WITH_WORLD(a_backends_own_queries_are_cut_as_well),
        WITH_WORLD(it_is_paid_for_once_and_its_parts_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
