/* Logs: each line is read back from a pipe, and as JSON by our own reader. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vecgate/json.h"

#include "base/log.h"
#include "tests/unit/base/unit.h"

enum { ROOM = 1 << 16 };

static int ends[2];
static char text[ROOM + VG_JSON_PAD];
static vg_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 20);
    return pipe(ends);
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_free(arena);
    vg_log_init(STDERR_FILENO, VG_INFO, VG_LOG_AUTO);
    close(ends[0]);
    return close(ends[1]);
}

/* What was written since the last time. */
static vg_slice written(void)
{
    ssize_t n;

    assert_int_equal(write(ends[1], ".", 1), 1); /* so that there is something to read */
    n = read(ends[0], text, ROOM);
    assert_true(n > 0 && text[n - 1] == '.');
    return vg_slice_of(text, (size_t)n - 1);
}

static const vg_json *written_json(void)
{
    vg_slice line = written();
    const vg_json *v;

    assert_true(vg_slice_ends(line, VG_LIT("}\n")));
    v = vg_json_read(arena, line, VG_JSON_DEPTH, NULL);
    assert_non_null(v);
    return v;
}

static void a_line_is_json_whatever_is_in_it(void **state)
{
    const vg_json *v;

    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    vg_log(VG_WARN, "a reply was refused", VG_S("text", VG_LIT("q\" b\\ n\n \x01 \x7f é \xff")),
           VG_Z("none", NULL), VG_N("number", INT64_MIN), VG_F("real", 0.5),
           VG_F("nan", 0.0 / 0.0 * 1.0), VG_B("yes", true));
    v = written_json();
    expect_text("level", vg_json_get(v, VG_LIT("level"))->text, "warn");
    expect_text("phrase", vg_json_get(v, VG_LIT("what"))->text, "a reply was refused");
    expect_text("text", vg_json_get(v, VG_LIT("text"))->text,
                "q\" b\\ n\n \x01 \x7f é \xef\xbf\xbd");
    expect_text("none", vg_json_get(v, VG_LIT("none"))->text, "");
    expect_text("number", vg_json_get(v, VG_LIT("number"))->raw, "-9223372036854775808");
    expect_text("real", vg_json_get(v, VG_LIT("real"))->raw, "0.5");
    assert_true(vg_json_is_null(vg_json_get(v, VG_LIT("nan"))));
    expect_text("bool", vg_json_get(v, VG_LIT("yes"))->raw, "true");
    assert_int_equal(vg_json_get(v, VG_LIT("time"))->text.len, strlen("2026-01-31T23:59:59.999Z"));
}

static void text_is_for_people(void **state)
{
    vg_slice line;

    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_TEXT);
    vg_log(VG_ERROR, "no", VG_S("why", VG_LIT("a\nb")), VG_N("n", 3));
    line = vg_slice_skip(written(), strlen("23:59:59.999"));
    expect_text("after the time", line, " error no why=\"a\\u000ab\" n=3\n");
}

/* What a terminal or a viewer of logs would act upon: C1 controls, ends of lines, directions. */
static void nothing_draws_over_a_line(void **state)
{
    vg_slice drawn = VG_LIT("\x7f \xc2\x80\xc2\x9b"
                            "31m\xc2\x9f\u00a0 \u2027\u2028\u2029\u202e\u202f "
                            "\u2065\u2066\u2069\u206a \U00020028");

    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_TEXT);
    vg_log(VG_ERROR, "no", VG_S("why", drawn));
    expect_text("after the time", vg_slice_skip(written(), strlen("23:59:59.999")),
                " error no why=\"\\u007f \\u0080\\u009b31m\\u009f\u00a0 "
                "\u2027\\u2028\\u2029\\u202e\u202f \u2065\\u2066\\u2069\u206a \U00020028\"\n");
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    vg_log(VG_ERROR, "no", VG_S("why", drawn));
    assert_true(vg_slice_is(vg_json_get(written_json(), VG_LIT("why"))->text, drawn));
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    vg_log_init(ends[1], VG_WARN, VG_LOG_JSON);
    vg_log_phrase(VG_INFO, "quiet");
    expect_text("nothing", written(), "");
    vg_log_set_level(VG_DEBUG);
    vg_log_phrase(VG_DEBUG, "loud");
    expect_text("now it is", vg_json_get(written_json(), VG_LIT("what"))->text, "loud");
}

static void values_and_lines_have_an_end(void **state)
{
    static char large[2000];
    vg_slice value = vg_slice_of(large, sizeof(large));
    const vg_json *v;

    (void)state;
    memset(large, 'x', sizeof(large));
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    vg_log(VG_INFO, "one", VG_S("a", value));
    v = written_json();
    assert_int_equal(vg_json_get(v, VG_LIT("a"))->text.len, 1024 + strlen("…"));
    assert_null(vg_json_get(v, VG_LIT("cut")));
    memset(large, '\x01', sizeof(large)); /* six bytes each, when written */
    vg_log(VG_INFO, "many", VG_S("a", value));
    v = written_json();
    assert_true(v->raw.len < 1200);
    assert_int_equal(vg_json_get(v, VG_LIT("a"))->text.len, 1024 / 6 + 1 + strlen("…"));
    assert_null(vg_json_get(v, VG_LIT("cut")));
}

/* Who changes a thing chooses its name, and must not choose what else is told of that. */
static void what_does_not_fit_hides_nothing_behind_it(void **state)
{
    static char large[2000];
    vg_slice value = vg_slice_of(large, sizeof(large));
    const vg_json *v;

    (void)state;
    memset(large, '\x01', sizeof(large));
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    vg_log(VG_INFO, "many", VG_S("a", value), VG_S("b", value), VG_S("c", value), VG_S("d", value),
           VG_S("e", value), VG_N("after", 7), VG_Z("outcome", "ok"));
    v = written_json();
    assert_true(v->raw.len < 4096);
    assert_non_null(vg_json_get(v, VG_LIT("c")));
    assert_null(vg_json_get(v, VG_LIT("d")));
    assert_null(vg_json_get(v, VG_LIT("e")));
    expect_text("a number", vg_json_get(v, VG_LIT("after"))->raw, "7");
    expect_text("a text", vg_json_get(v, VG_LIT("outcome"))->text, "ok");
    assert_int_equal(vg_json_get(v, VG_LIT("cut"))->kind, VG_JSON_TRUE);
}

enum { THREADS = 4, LINES = 50 };

static void *log_often(void *arg)
{
    for (int i = 0; i < LINES; i++)
        vg_log(VG_INFO, "line", VG_N("n", i), VG_S("same", VG_LIT("xxxxxxxxxxxxxxxxxxxx")));
    return arg;
}

static void lines_of_threads_do_not_mix(void **state)
{
    pthread_t threads[THREADS];
    vg_slice all;
    size_t lines = 0;

    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_often, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (all = written(); all.len > 0; lines++) {
        vg_slice line = vg_slice_of(all.at, vg_slice_find(all, '\n'));

        assert_non_null(vg_json_read(arena, line, VG_JSON_DEPTH, NULL));
        all = vg_slice_skip(all, line.len + 1);
    }
    assert_int_equal(lines, THREADS * LINES);
}

enum { FLOOD = 40000 };

/* What a reader met, up to the line "end". */
struct met {
    uint64_t lines;
    uint64_t lost; /* as the log itself told */
};

static void *read_to_the_end(void *arg)
{
    struct met *met = arg;
    FILE *from = fdopen(dup(ends[0]), "r");
    char line[4096 + VG_JSON_PAD];

    while (from != NULL && fgets(line, 4096, from) != NULL && strstr(line, "\"end\"") == NULL) {
        const char *lost = strstr(line, "\"lines\":");

        if (lost != NULL)
            met->lost += strtoull(lost + strlen("\"lines\":"), NULL, 10);
        else
            met->lines++;
    }
    if (from != NULL)
        fclose(from);
    return NULL;
}

static void a_log_that_nobody_reads_stops_nobody(void **state)
{
    struct met met = {0};
    pthread_t reader;

    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    assert_true(vg_log_start());
    for (int i = 0; i < FLOOD; i++) /* several times what pipe and memory hold */
        vg_log(VG_INFO, "line", VG_N("n", i),
               VG_S("same", VG_LIT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxx")));
    assert_int_equal(pthread_create(&reader, NULL, read_to_the_end, &met), 0);
    vg_log_stop();
    vg_log_phrase(VG_INFO, "end");
    pthread_join(reader, NULL);
    assert_true(met.lost > 0);
    assert_int_equal(met.lines + met.lost, FLOOD);
}

static void what_waits_is_written_at_the_end(void **state)
{
    (void)state;
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    assert_true(vg_log_start());
    vg_log_phrase(VG_INFO, "last");
    vg_log_stop();
    expect_text("last", vg_json_get(written_json(), VG_LIT("what"))->text, "last");
    vg_log_phrase(VG_INFO, "after");
    expect_text("after", vg_json_get(written_json(), VG_LIT("what"))->text, "after");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_json_whatever_is_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_for_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_draws_over_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_below_the_level_are_not_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_and_lines_have_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_hides_nothing_behind_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lines_of_threads_do_not_mix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_nobody_reads_stops_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_written_at_the_end, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
