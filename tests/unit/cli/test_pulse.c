/* What a service manager is told of several workers: a real datagram socket hears it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/pulse.h"

enum { WORKERS = 3, WORDS = 256 };

#define SECOND ((uint64_t)1000000000)

struct room {
    int ear;
    vg_notify *notify;
    vg_pulse pulse;
    uint64_t now_ns;
};

static int set_up(void **state)
{
    static struct room room;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char name[64];
    int len = snprintf(name, sizeof name, "@vecgate-pulse-%d", (int)getpid());

    room = (struct room){.ear = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), .now_ns = SECOND};
    memcpy(at.sun_path + 1, name + 1, (size_t)len - 1);
    if (bind(room.ear, (struct sockaddr *)&at,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)) != 0)
        return -1;
    setenv("NOTIFY_SOCKET", name, 1);
    setenv("WATCHDOG_USEC", "4000000", 1);
    unsetenv("WATCHDOG_PID");
    room.notify = vg_notify_new();
    room.pulse = (vg_pulse){.notify = room.notify, .count = WORKERS};
    *state = &room;
    return vg_pulse_open(&room.pulse) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct room *room = *state;

    vg_pulse_close(&room->pulse);
    vg_notify_free(room->notify);
    close(room->ear);
    return 0;
}

/* A digit: that worker serves; with a + behind it: it lives. */
static void workers_say(struct room *room, const char *words)
{
    for (; *words != '\0'; words++) {
        uint8_t byte = (uint8_t)(*words - '0');

        if (words[1] == '+') {
            byte |= VG_PULSE_BEAT;
            words++;
        }
        assert_int_equal(write(room->pulse.fds[1], &byte, 1), 1);
    }
    vg_pulse_look(&room->pulse, room->now_ns);
}

/* All that was said since, first words only. */
static void is_heard(struct room *room, const char *says, const char *want)
{
    char heard[WORDS] = "", words[WORDS];
    ssize_t n;

    while ((n = recv(room->ear, words, sizeof words - 1, 0)) > 0) {
        words[n] = '\0';
        words[strcspn(words, "=")] = '\0';
        strncat(heard, *heard != '\0' ? " " : "", 1);
        strncat(heard, words, sizeof heard - strlen(heard) - 1);
    }
    if (strcmp(heard, want) != 0)
        fail_msg("%s: heard \"%s\", not \"%s\"", says, heard, want);
}

/* Signs of life are looked at in one test alone. */
static void without_watchdog(struct room *room)
{
    room->pulse.due_ns = UINT64_MAX;
}

static void ready_waits_for_all(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    workers_say(room, "0");
    is_heard(room, "one of three", "");
    workers_say(room, "00");
    is_heard(room, "the same again", "");
    workers_say(room, "1+2+1");
    is_heard(room, "a sign of life is no word", "");
    workers_say(room, "2");
    is_heard(room, "all", "READY");
    workers_say(room, "012");
    is_heard(room, "once", "");
}

static void who_died_before_is_waited_for(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    workers_say(room, "01");
    vg_pulse_bury(&room->pulse, 1);
    workers_say(room, "2");
    is_heard(room, "one has died", "");
    workers_say(room, "1");
    is_heard(room, "another took its place", "READY");
    vg_pulse_bury(&room->pulse, 2);
    workers_say(room, "2");
    is_heard(room, "later deaths are nobody's business", "");
}

/* Its last byte was not read yet when it died. */
static void the_dead_say_nothing(void **state)
{
    struct room *room = *state;
    const uint8_t byte = 2;

    without_watchdog(room);
    workers_say(room, "01");
    assert_int_equal(write(room->pulse.fds[1], &byte, 1), 1);
    vg_pulse_bury(&room->pulse, 2);
    workers_say(room, "");
    is_heard(room, "it was the third's, which is dead", "");
}

static void a_reload_ends_when_all_have_done_it(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    workers_say(room, "012");
    is_heard(room, "all", "READY");
    vg_pulse_reloading(&room->pulse);
    is_heard(room, "it begins", "RELOADING");
    vg_pulse_reloaded(&room->pulse, true);
    workers_say(room, "0+1+2+02");
    is_heard(room, "two of three", "");
    workers_say(room, "1");
    is_heard(room, "all", "READY");
}

static void a_reload_refused_ends_at_once(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    workers_say(room, "012");
    vg_pulse_reloading(&room->pulse);
    vg_pulse_reloaded(&room->pulse, false);
    is_heard(room, "at once", "READY RELOADING READY");
}

static void a_reload_during_the_start_belongs_to_it(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    workers_say(room, "01");
    vg_pulse_reloading(&room->pulse);
    vg_pulse_reloaded(&room->pulse, false);
    is_heard(room, "not ready yet", "");
    workers_say(room, "2");
    is_heard(room, "now", "READY");
}

static void nothing_is_ready_after_the_end_began(void **state)
{
    struct room *room = *state;

    without_watchdog(room);
    vg_pulse_ending(&room->pulse);
    workers_say(room, "012");
    is_heard(room, "only that", "STOPPING");
}

static const struct moment {
    const char *says, *words;
    unsigned after_s;
    const char *heard;
} moments[] = {
    {"all serve, which is a sign as well", "012", 0, "READY WATCHDOG"},
    {"not before it is time", "0+1+2+", 0, ""},
    {"a quarter later", "", 1, "WATCHDOG"},
    {"one is silent", "0+2+", 1, ""},
    {"and again", "0+2+", 1, ""},
    {"it comes back", "1+", 1, "WATCHDOG"},
    {"nobody says anything", "", 1, ""},
};

static void life_is_told_when_all_show_it(void **state)
{
    struct room *room = *state;

    assert_int_equal(vg_notify_look_ms(room->notify), 1000);
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        room->now_ns += moments[i].after_s * SECOND;
        workers_say(room, moments[i].words);
        is_heard(room, moments[i].says, moments[i].heard);
        assert_true(vg_pulse_due_ns(&room->pulse) > room->now_ns);
    }
    vg_pulse_bury(&room->pulse, 1);
    room->now_ns += SECOND;
    workers_say(room, "0+2+");
    is_heard(room, "who is dead need not live", "WATCHDOG");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ready_waits_for_all),
        TEST(who_died_before_is_waited_for),
        TEST(the_dead_say_nothing),
        TEST(a_reload_ends_when_all_have_done_it),
        TEST(a_reload_refused_ends_at_once),
        TEST(a_reload_during_the_start_belongs_to_it),
        TEST(nothing_is_ready_after_the_end_began),
        TEST(life_is_told_when_all_show_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
