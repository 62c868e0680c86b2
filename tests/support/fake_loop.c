/* See fake_loop.h. A loop that never becomes quiet is a mistake, caught by counting turns. */
#include "tests/support/fake_loop.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"

enum { MOST_TURNS = 1000000 };

struct fake_loop {
    vg_loop_driver driver;
    vg_loop *loop;
    uint64_t now_ns;
    uint64_t wanted;
    uint64_t last_due_ns;
    atomic_uint_fast64_t wakes;
};

static const uint64_t began_ns = 1000000000;
static const uint64_t wall_began_ms = 1700000000000;

static uint64_t now_ns(void *arg)
{
    return ((fake_loop *)arg)->now_ns;
}

static uint64_t wall_ms(void *arg)
{
    return wall_began_ms + (((fake_loop *)arg)->now_ns - began_ns) / 1000000;
}

static void want_turn(void *arg, uint64_t due_ns)
{
    fake_loop *fake = arg;

    fake->wanted++;
    fake->last_due_ns = due_ns;
}

static void wake(void *arg)
{
    atomic_fetch_add(&((fake_loop *)arg)->wakes, 1);
}

fake_loop *fake_loop_new(void)
{
    fake_loop *fake = calloc(1, sizeof(*fake));

    VG_CHECK(fake != NULL);
    fake->now_ns = began_ns;
    fake->last_due_ns = UINT64_MAX;
    fake->driver = (vg_loop_driver){
        .now_ns = now_ns, .wall_ms = wall_ms, .want_turn = want_turn, .wake = wake, .arg = fake};
    fake->loop = vg_loop_new(&fake->driver);
    VG_CHECK(fake->loop != NULL);
    return fake;
}

void fake_loop_free(fake_loop *fake)
{
    vg_loop_free(fake->loop);
    free(fake);
}

vg_loop *fake_loop_loop(const fake_loop *fake)
{
    return fake->loop;
}

/* Answers when the next timer is due. */
static uint64_t settle(fake_loop *fake)
{
    uint64_t due_ns = 0;

    for (int turns = 0; due_ns <= fake->now_ns; turns++) {
        VG_CHECK(turns < MOST_TURNS);
        due_ns = vg_loop_turn(fake->loop);
    }
    return due_ns;
}

void fake_loop_settle(fake_loop *fake)
{
    settle(fake);
}

void fake_loop_advance(fake_loop *fake, uint64_t ns)
{
    uint64_t target = fake->now_ns + ns;

    for (uint64_t due_ns = settle(fake); due_ns <= target; due_ns = settle(fake))
        fake->now_ns = due_ns;
    fake->now_ns = target;
    settle(fake);
}

uint64_t fake_loop_turns_wanted(const fake_loop *fake)
{
    return fake->wanted;
}

uint64_t fake_loop_last_due(const fake_loop *fake)
{
    return fake->last_due_ns;
}

uint64_t fake_loop_wakes(const fake_loop *fake)
{
    return atomic_load(&fake->wakes);
}
