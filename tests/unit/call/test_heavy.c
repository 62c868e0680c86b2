/* Large requests and replies: their steps run on the codec pool, all others on the loop. */
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/script_adapter.h"

enum { LARGE = VG_CALL_LARGE + 1 };

static char large[LARGE + 1];

static int open_with_pools(void **state)
{
    const vg_pool_size sizes[VG_POOLS] = {{1, 1}, {1, 1}, {1, 1}};
    int failed = house_open(state);
    house *h = *state;

    h->pools = vg_pools_new(sizes);
    vg_pools_set_metrics(h->pools, h->metrics);
    memset(large, 'x', LARGE);
    return failed;
}

static void wait_for(guest *g)
{
    while (g->endings == 0) {
        fake_loop_settle(g->house->fake);
        sched_yield();
    }
    guest_finish(g);
}

static bool ran_here(const house *h)
{
    return pthread_equal(h->script.thread, pthread_self());
}

static void read_reply(house *h, guest *g, const char *body)
{
    house_script(h, (script_move[]){MOVE_READ, MOVE_DONE, MOVE_END});
    fake_expect_reply(h->transport, "read", 200, body);
    guest_init(g, h, VG_OP_HEALTH, 0);
    guest_start(g);
    assert_true(ran_here(h)); /* the first step has nothing to read */
    wait_for(g);
}

static void a_large_reply_is_read_on_a_pool(void **state)
{
    house *h = *state;
    guest g;

    read_reply(h, &g, large);
    assert_false(ran_here(h));
    assert_int_equal(h->script.reply_len, LARGE);
    assert_true(h->script.saw_header);
    assert_int_equal(g.op->status.code, VG_OK);
    assert_true(vg_slice_is_str(g.op->out.health.title, large));
    guest_free(&g);
}

static void one_that_is_not_stays_on_the_loop(void **state)
{
    house *h = *state;
    guest g;

    read_reply(h, &g, large + 1);
    assert_true(ran_here(h));
    assert_true(h->script.saw_header);
    guest_free(&g);
}

static void without_pools_all_stays_on_the_loop(void **state)
{
    house *h = *state;
    guest g;

    memset(large, 'x', LARGE);
    read_reply(h, &g, large);
    assert_true(ran_here(h));
    assert_true(vg_slice_is_str(g.op->out.health.title, large));
    guest_free(&g);
}

static void a_large_reply_without_room_for_it_is_told(void **state)
{
    house *h = *state;
    guest g;

    h->scratch_bytes = 4096; /* its headers fit, its copy does not */
    read_reply(h, &g, large);
    assert_int_equal(g.op->status.code, VG_TOO_LARGE);
    guest_free(&g);
}

/* --- what goes in ---------------------------------------------------------------------------- */

static void start_upsert(house *h, guest *g, vg_point *points, uint32_t count)
{
    vg_update *update;

    house_script(h, (script_move[]){MOVE_DONE, MOVE_END});
    guest_init(g, h, VG_OP_UPSERT, 0);
    update = vg_op_update(g->op);
    update->points = points;
    update->point_count = count;
    guest_start(g);
    wait_for(g);
}

static void what_is_long_to_write_is_written_on_a_pool(void **state)
{
    static const struct {
        const char *says;
        vg_vector_form form;
        size_t vector_bytes;
        size_t payload_bytes;
        bool on_loop;
    } rows[] = {
        {"a small point", VG_VECTOR_JSON, 1000, 1000, true},
        {"text, which goes through as it is", VG_VECTOR_JSON, 60000, 1000, true},
        {"much text", VG_VECTOR_JSON, 60000, 10000, false},
        {"floats, each of which is printed", VG_VECTOR_F32, 20000, 0, false},
    };
    house *h = *state;
    guest g;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_vector vector = {.form = rows[i].form, .bytes = {large, rows[i].vector_bytes}};
        vg_point point = {
            .vectors = &vector, .vector_count = 1, .payload = {large, rows[i].payload_bytes}};

        print_message("%s\n", rows[i].says);
        start_upsert(h, &g, &point, 1);
        assert_int_equal(g.op->status.code, VG_OK);
        assert_true(ran_here(h) == rows[i].on_loop);
        guest_free(&g);
    }
}

static void many_small_things_are_large_together(void **state)
{
    static vg_point points[4000];
    house *h = *state;
    guest g;

    start_upsert(h, &g, points, 4000);
    assert_false(ran_here(h));
    guest_free(&g);
    start_upsert(h, &g, points, 400);
    assert_true(ran_here(h));
    guest_free(&g);
}

/* --- when the pool is busy ------------------------------------------------------------------- */

struct stone {
    vg_work work;
    sem_t gate;
    sem_t begun;
};

static void lie(vg_work *work)
{
    struct stone *stone = (struct stone *)work;

    sem_post(&stone->begun);
    sem_wait(&stone->gate);
}

static void lain(vg_work *work)
{
    sem_post(&((struct stone *)work)->begun);
}

static void put_stone(house *h, struct stone *stone)
{
    *stone = (struct stone){.work = {.run = lie, .finished = lain}};
    sem_init(&stone->gate, 0, 0);
    sem_init(&stone->begun, 0, 0);
    assert_true(vg_pools_post(h->pools, VG_POOL_CODEC, &stone->work));
}

static void lift(struct stone *stone)
{
    sem_post(&stone->gate);
    sem_wait(&stone->begun);
}

static void a_full_pool_refuses_and_says_what_became_of_a_write(void **state)
{
    house *h = *state;
    struct stone running, waiting;
    guest g;

    put_stone(h, &running);
    sem_wait(&running.begun);
    put_stone(h, &waiting);
    house_script(h, (script_move[]){MOVE_WRITE, MOVE_END});
    fake_expect_reply(h->transport, "write", 200, large);
    guest_init(&g, h, VG_OP_UPSERT, 0);
    guest_start(&g);
    guest_finish(&g);
    assert_int_equal(g.op->status.code, VG_OVERLOADED);
    assert_non_null(memmem(g.op->status.what.at, g.op->status.what.len, "not known", 9));
    assert_int_equal(
        vg_metrics_read(h->metrics, VG_M_pool_refused_total, (vg_cell){.pool = VG_POOL_CODEC}), 1);
    assert_int_equal(h->script.steps, 1);
    guest_free(&g);
    lift(&running);
    sem_wait(&waiting.begun);
    lift(&waiting);
}

static void the_deadline_waits_for_a_step_that_is_being_taken(void **state)
{
    const vg_cell codec = {.pool = VG_POOL_CODEC};
    house *h = *state;
    struct stone running;
    guest g;

    put_stone(h, &running);
    sem_wait(&running.begun);
    house_script(h, (script_move[]){MOVE_READ, MOVE_DONE, MOVE_END});
    fake_expect_reply(h->transport, "read", 200, large);
    guest_init(&g, h, VG_OP_HEALTH, 0);
    guest_start(&g);
    fake_loop_advance(h->fake, 2000000000);
    assert_int_equal(g.endings, 0);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_waiting, codec), 1);
    lift(&running);
    wait_for(&g);
    assert_int_equal(vg_metrics_read(h->metrics, VG_M_pool_waiting, codec), 0);
    assert_int_equal(g.op->status.code, VG_OK); /* it came whole, and is understood */
    guest_free(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_with_pools, house_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_large_reply_is_read_on_a_pool),
        TEST(one_that_is_not_stays_on_the_loop),
        cmocka_unit_test_setup_teardown(without_pools_all_stays_on_the_loop, house_open,
                                        house_close),
        TEST(a_large_reply_without_room_for_it_is_told),
        TEST(what_is_long_to_write_is_written_on_a_pool),
        TEST(many_small_things_are_large_together),
        TEST(a_full_pool_refuses_and_says_what_became_of_a_write),
        TEST(the_deadline_waits_for_a_step_that_is_being_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
