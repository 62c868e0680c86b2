/* A text handed out to workers: whole, whatever is put meanwhile. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/handout.h"
#include "config/config.h"

enum { LONG = VG_CONFIG_BYTES, TAKES = 300, MOST = 1000000 };

static void nothing_is_taken_before_something_was_put(void **state)
{
    vg_handout *handout = vg_handout_new();
    vg_buf text;

    (void)state;
    vg_buf_init(&text, 2 * (size_t)VG_CONFIG_BYTES);
    assert_false(vg_handout_take(handout, &text));
    vg_handout_put(handout, VG_LIT("workers: 2\n"));
    vg_handout_put(handout, VG_LIT("drain: 5s\n"));
    assert_true(vg_handout_take(handout, &text));
    assert_true(vg_slice_is(vg_buf_bytes(&text), VG_LIT("drain: 5s\n")));
    vg_buf_clear(&text);
    vg_handout_put(handout, VG_LIT(""));
    assert_true(vg_handout_take(handout, &text));
    assert_int_equal(text.len, 0);
    vg_buf_fini(&text);
    vg_handout_free(handout);
}

/* Texts of one letter, of a length that belongs to it; with pauses, so that some can be taken. */
static void put_for_ever(vg_handout *handout)
{
    char *text = malloc(LONG);

    for (int i = 0;; i = (i + 1) % 26) {
        memset(text, 'a' + i, LONG);
        vg_handout_put(handout, vg_slice_of(text, (size_t)LONG - (size_t)i));
    }
}

static bool is_whole(vg_slice text)
{
    if (text.len != (size_t)LONG - (size_t)(text.at[0] - 'a'))
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (text.at[i] != text.at[0])
            return false;
    return true;
}

static void what_is_taken_is_whole(void **state)
{
    vg_handout *handout = vg_handout_new();
    int taken = 0, torn = 0, status;
    vg_buf text;
    pid_t pid;

    (void)state;
    vg_handout_put(handout, VG_LIT("")); /* so that there is something */
    pid = fork();
    if (pid == 0)
        put_for_ever(handout);
    vg_buf_init(&text, 2 * (size_t)VG_CONFIG_BYTES);
    for (int i = 0; i < MOST && taken < TAKES; i++) {
        vg_buf_clear(&text);
        if (!vg_handout_take(handout, &text) || text.len == 0)
            continue; /* it is replaced all the time */
        torn += !is_whole(vg_buf_bytes(&text));
        taken++;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    print_message("%d taken\n", taken);
    assert_int_equal(torn, 0);
    vg_buf_fini(&text);
    vg_handout_free(handout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_taken_before_something_was_put),
        cmocka_unit_test(what_is_taken_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
