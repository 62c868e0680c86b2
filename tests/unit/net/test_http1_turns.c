/* What one turn of the loop does, however much there is to do: many connections that come, ask and
 * leave at once, and answers that are large. Each is told by what is left after a turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/unit/net/door.h"

#define HOST      "Host: h\r\n"
#define EMPTY     "HTTP/1.1 204 No Content\r\n\r\n"
#define GET(path) VG_LIT("GET " path " HTTP/1.1\r\n" HOST "\r\n")

/* Within a pass the loop turns twice, beside what the poll itself runs. */
enum { MANY = 300, A_TURN = 3 * 40, BIG_BYTES = 8 * 1024 * 1024, PIECE_BYTES = 256 * 1024 };

static door house;
static client clients[MANY];

static int open_door(void **state)
{
    (void)state;
    door_open(&house);
    house.max_body = 2 * BIG_BYTES;
    return 0;
}

static int close_door(void **state)
{
    (void)state;
    door_close(&house);
    return 0;
}

static uint32_t connections(void)
{
    return vg_listener_connections(house.listener);
}

static bool are_all_here(const door *self)
{
    return vg_listener_connections(self->listener) == MANY;
}

static bool is_empty(const door *self)
{
    return vg_listener_connections(self->listener) == 0;
}

static bool is_held(const door *self)
{
    return self->held != NULL;
}

static void open_many(void)
{
    door_wait(&house, is_empty);
    for (int i = 0; i < MANY; i++)
        client_open(&clients[i], &house);
}

static void close_many(void)
{
    for (int i = 0; i < MANY; i++)
        client_close(&clients[i]);
}

/* Without turning the loop. */
static void ask(client *to)
{
    vg_slice request = GET("/empty");

    client_push(to, request);
}

static void expect_part(uint64_t done)
{
    if (done == 0 || done > A_TURN)
        fail_msg("a turn did %llu of %d", (unsigned long long)done, MANY);
}

static void a_turn_accepts_so_many_connections(void **state)
{
    (void)state;
    if (house.tls != NULL)
        return; /* of the plain wire alone: what turns the loop for a handshake accepts others */
    open_many();
    door_turn(&house);
    expect_part(connections());
    door_wait(&house, are_all_here);
    close_many();
    door_wait(&house, is_empty);
}

static void a_turn_answers_so_many_requests(void **state)
{
    uint64_t before;

    (void)state;
    open_many();
    door_wait(&house, are_all_here);
    before = house.ended;
    for (int i = 0; i < MANY; i++)
        ask(&clients[i]);
    door_turn(&house);
    expect_part(house.ended - before);
    for (int i = 0; i < MANY; i++)
        client_expect(&clients[i], EMPTY);
    close_many();
    door_wait(&house, is_empty);
}

static void a_turn_closes_so_many_connections(void **state)
{
    (void)state;
    open_many();
    door_wait(&house, are_all_here);
    close_many();
    door_turn(&house);
    expect_part(MANY - connections());
    door_wait(&house, is_empty);
}

static void a_request_that_waits_for_its_turn_is_heard_though_its_client_leaves(void **state)
{
    uint64_t before;

    (void)state;
    open_many();
    door_wait(&house, are_all_here);
    before = house.began;
    for (int i = 0; i < MANY; i++) {
        ask(&clients[i]);
        client_shut(&clients[i]);
    }
    door_wait(&house, is_empty);
    assert_int_equal(house.began - before, MANY);
    close_many();
}

static void clients_that_always_ask_keep_nobody_waiting(void **state)
{
    client *patient = &clients[MANY - 1];

    (void)state;
    open_many();
    door_wait(&house, are_all_here);
    for (int i = 0; i < MANY; i++)
        ask(&clients[i]);
    for (int turns = 0; patient->got.len == 0; turns++) {
        assert_true(turns < MANY);
        door_turn(&house);
        client_receive(patient);
        for (int i = 0; i < MANY - 1; i++) {
            vg_buf_clear(&clients[i].got);
            client_receive(&clients[i]);
            if (clients[i].got.len > 0)
                ask(&clients[i]);
        }
    }
    close_many();
    door_wait(&house, is_empty);
}

/* --- large answers --------------------------------------------------------------------------- */

static void send_big(client *to)
{
    static char block[64 * 1024];

    memset(block, 'b', sizeof(block));
    client_open(to, &house);
    client_send(to, VG_LIT("POST /echo HTTP/1.1\r\n" HOST "Content-Length: 8388608\r\n\r\n"));
    for (int i = 0; i < BIG_BYTES / (int)sizeof(block); i++)
        client_send(to, vg_slice_of(block, sizeof(block)));
}

/* All that is there now; how much. */
static size_t receive_all(client *from)
{
    size_t bytes = 0;

    do {
        vg_buf_clear(&from->got);
        client_receive(from);
        for (size_t i = 0; i < from->got.len; i++)
            bytes += from->got.at[i] == 'b';
    } while (from->got.len > 0 && !from->has_ended);
    return bytes;
}

/* Told by how many turns it takes: what the system still holds comes late, and of several turns. */
static void a_turn_sends_so_much_of_a_large_answer(void **state)
{
    size_t received = 0;
    int turns = 0;
    client to;

    (void)state;
    send_big(&to);
    for (; received < BIG_BYTES; turns++) {
        door_turn(&house);
        received += receive_all(&to);
        assert_false(to.has_ended);
    }
    assert_int_equal(received, BIG_BYTES);
    if (turns < BIG_BYTES / (3 * PIECE_BYTES))
        fail_msg("it was sent in %d turns", turns);
    client_send(&to, GET("/empty"));
    vg_buf_clear(&to.got);
    client_expect(&to, EMPTY);
    client_close(&to);
}

static void a_large_answer_that_nobody_takes_leaves_in_parts(void **state)
{
    client to;

    (void)state;
    send_big(&to);
    while (to.got.len == 0) {
        door_turn(&house);
        client_receive(&to);
    }
    assert_true(vg_arena_total_bytes() > BIG_BYTES);
    client_close(&to);
    door_wait(&house, is_empty);
}

static void a_large_answer_to_nobody_is_dropped(void **state)
{
    vg_answer answer = {.status = 200};
    vg_buf body;
    client to;

    (void)state;
    door_wait(&house, is_empty);
    client_open(&to, &house);
    client_send(&to, GET("/late"));
    door_wait(&house, is_held);
    client_close(&to);
    vg_buf_clear(&house.log);
    door_expect_log(&house, "gone ");
    vg_buf_init(&body, 0);
    memset(vg_buf_reserve(&body, BIG_BYTES), 'b', BIG_BYTES);
    body.len = BIG_BYTES;
    vg_stream_answer(house.held, &answer, &body);
    for (int i = 0; i < 2; i++)
        door_turn(&house);
    assert_false(is_empty(&house)); /* a part each turn */
    door_wait(&house, is_empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_accepts_so_many_connections),
        cmocka_unit_test(a_turn_answers_so_many_requests),
        cmocka_unit_test(a_turn_closes_so_many_connections),
        cmocka_unit_test(a_request_that_waits_for_its_turn_is_heard_though_its_client_leaves),
        cmocka_unit_test(clients_that_always_ask_keep_nobody_waiting),
        cmocka_unit_test(a_turn_sends_so_much_of_a_large_answer),
        cmocka_unit_test(a_large_answer_that_nobody_takes_leaves_in_parts),
        cmocka_unit_test(a_large_answer_to_nobody_is_dropped),
    };

    return cmocka_run_group_tests_name("net/http1_turns", tests, open_door, close_door);
}
