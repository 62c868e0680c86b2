/* Logs in files: renamed under their writers, full, and not to be had. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vecgate/json.h"

#include "base/log.h"
#include "tests/unit/base/unit.h"

enum { ROOM = 1 << 24, PATH_ROOM = 128, THREADS = 3, LINES = 4000, RENAMES = 20 };

static char folder[] = "/tmp/vecgate-log-XXXXXX";
static char path[PATH_ROOM];
static char text[ROOM];
static vg_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 26);
    snprintf(path, sizeof path, "%s/log", folder);
    unlink(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vg_log_init(STDERR_FILENO, VG_INFO, VG_LOG_AUTO);
    vg_log_take_lost();
    vg_arena_free(arena);
    unlink(path);
    return 0;
}

static vg_slice read_file(const char *name)
{
    int fd = open(name, O_RDONLY);
    ssize_t n, len = 0;

    assert_true(fd >= 0);
    while ((n = read(fd, text + len, ROOM - VG_JSON_PAD - (size_t)len)) > 0)
        len += n;
    close(fd);
    memset(text + len, 0, VG_JSON_PAD);
    return vg_slice_of(text, (size_t)len);
}

/* The first line, and what is behind it. */
static vg_slice cut_line(vg_slice *lines)
{
    vg_slice line = vg_slice_of(lines->at, vg_slice_find(*lines, '\n'));

    assert_true(line.len < lines->len);
    *lines = vg_slice_skip(*lines, line.len + 1);
    return line;
}

static const vg_json *parse(vg_slice line)
{
    const vg_json *v = vg_json_read(arena, line, VG_JSON_DEPTH, NULL);

    if (v == NULL)
        fail_msg("no line: " VG_FMT, VG_ARG(line));
    return v;
}

static void a_file_is_made_for_its_owner_alone_and_appended_to(void **state)
{
    struct stat info;
    vg_slice lines;
    mode_t mask = umask(0);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_AUTO), 0);
        vg_log(VG_INFO, "again", VG_N("n", i));
    }
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    lines = read_file(path);
    for (int i = 0; i < 2; i++)
        parse(cut_line(&lines));
    assert_int_equal(lines.len, 0);
}

static void a_file_that_cannot_be_had_says_why(void **state)
{
    static char endless[8192];

    (void)state;
    memset(endless, 'x', sizeof endless - 1);
    assert_int_equal(vg_log_init_file("/nowhere/log", VG_INFO, VG_LOG_JSON), ENOENT);
    assert_int_equal(vg_log_init_file(folder, VG_INFO, VG_LOG_JSON), EISDIR);
    assert_int_equal(vg_log_init_file(endless, VG_INFO, VG_LOG_JSON), ENAMETOOLONG);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_JSON), ENXIO); /* nobody reads it */
}

/* ---- renamed ---- */

static atomic_int at_work;

static void *log_often(void *arg)
{
    int thread = *(int *)arg;

    for (int i = 0; i < LINES; i++) {
        vg_log(VG_INFO, "line", VG_N("thread", thread), VG_N("n", i));
        if (i % 100 == 0)
            usleep(500); /* so that there are some between renames */
    }
    atomic_fetch_sub(&at_work, 1);
    return NULL;
}

static void name_of(char *to, int i)
{
    snprintf(to, PATH_ROOM, "%s/log.%d", folder, i);
}

/* As long as there are writers, but not more often than there are names. */
static int rename_often(void)
{
    char old[PATH_ROOM];
    int i = 0;

    for (; i < RENAMES && atomic_load(&at_work) > 0; i++) {
        name_of(old, i);
        while (rename(path, old) != 0) /* until it is there again */
            usleep(100);
        vg_log_renew();
        usleep(1000);
    }
    return i;
}

static void count_lines(const char *name, int seen[THREADS][LINES])
{
    vg_slice lines = read_file(name);

    while (lines.len > 0) {
        const vg_json *v = parse(cut_line(&lines));
        uint64_t thread, n;

        assert_true(vg_slice_u64(vg_json_get(v, VG_LIT("thread"))->raw, &thread));
        assert_true(vg_slice_u64(vg_json_get(v, VG_LIT("n"))->raw, &n));
        seen[thread][n]++;
    }
}

static void rename_under_writers(bool has_thread)
{
    static int seen[THREADS][LINES];
    pthread_t threads[THREADS];
    int numbers[THREADS], files;
    char old[PATH_ROOM];

    memset(seen, 0, sizeof seen);
    assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_JSON), 0);
    assert_true(!has_thread || vg_log_start());
    atomic_store(&at_work, THREADS);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_often, &numbers[i]), 0);
    }
    files = rename_often();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    vg_log_stop();
    assert_int_equal(vg_log_take_lost(), 0);
    assert_true(files > 1);
    count_lines(path, seen);
    for (int i = 0; i < files; i++) {
        name_of(old, i);
        count_lines(old, seen);
        unlink(old);
    }
    for (int i = 0; i < THREADS * LINES; i++)
        assert_int_equal(seen[i / LINES][i % LINES], 1);
}

static void no_line_is_lost_or_torn_when_it_is_renamed(void **state)
{
    (void)state;
    rename_under_writers(true);
}

static void nor_without_a_thread_of_the_logs_own(void **state)
{
    (void)state;
    rename_under_writers(false);
}

/* Waits for nothing to be logged: the descriptor of a file that was thrown away is let go of. */
static void an_idle_log_opens_its_file_too(void **state)
{
    (void)state;
    assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_JSON), 0);
    assert_true(vg_log_start());
    assert_int_equal(unlink(path), 0);
    vg_log_renew();
    for (int i = 0; i < 10000 && access(path, F_OK) != 0; i++)
        usleep(1000);
    assert_int_equal(access(path, F_OK), 0);
    vg_log_stop();
}

static void a_log_that_cannot_be_opened_again_goes_on_where_it_was(void **state)
{
    vg_slice lines;
    char old[PATH_ROOM];
    const vg_json *v;

    (void)state;
    name_of(old, 0);
    assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_JSON), 0);
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    vg_log_renew();
    vg_log_phrase(VG_INFO, "still here");
    assert_int_equal(rmdir(path), 0);
    lines = read_file(old);
    v = parse(cut_line(&lines));
    expect_text("why", vg_json_get(v, VG_LIT("reason"))->text, "EISDIR");
    expect_text("after", vg_json_get(parse(cut_line(&lines)), VG_LIT("what"))->text, "still here");
    unlink(old);
}

/* ---- full ---- */

static void a_full_disk_stops_nobody_and_is_counted(void **state)
{
    (void)state;
    assert_int_equal(vg_log_init_file("/dev/full", VG_INFO, VG_LOG_JSON), 0);
    assert_true(vg_log_start());
    for (int i = 0; i < 100; i++)
        vg_log(VG_INFO, "line", VG_N("n", i));
    vg_log_stop();
    assert_int_equal(vg_log_take_lost(), 100);
    assert_int_equal(vg_log_take_lost(), 0);
}

static void nor_does_a_pipe_whose_reader_has_gone(void **state)
{
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    close(ends[0]);
    vg_log_phrase(VG_INFO, "to nobody");
    assert_int_equal(vg_log_take_lost(), 1);
    close(ends[1]);
    vg_log_phrase(VG_INFO, "to nothing");
    assert_int_equal(vg_log_take_lost(), 1);
}

/* Without a thread: whoever logs waits once, and then no more until somebody reads again. */
static void nor_a_pipe_that_nobody_reads(void **state)
{
    static char much[1 << 16];
    int ends[2];
    ssize_t held;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 1 << 14), 1 << 14);
    held = write(ends[1], much, 1 << 14);
    assert_int_equal(held, 1 << 14);
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    for (int i = 0; i < 50; i++) /* a second each would be too long for the patience of a test */
        vg_log_phrase(VG_INFO, "to nobody");
    assert_int_equal(vg_log_take_lost(), 50);
    assert_int_equal(read(ends[0], much, sizeof much), held);
    vg_log_phrase(VG_INFO, "to somebody");
    assert_int_equal(vg_log_take_lost(), 0);
    held = read(ends[0], much, sizeof much - 1);
    much[held] = '\0';
    assert_non_null(strstr(much, "to somebody"));
    assert_non_null(strstr(much, "not read fast enough\",\"lines\":50}"));
    close(ends[0]);
    close(ends[1]);
}

/* Descriptors of this process that lead to the same pipe and do not block. */
static int count_unblocked(int fd)
{
    struct stat mine, other;
    int count = 0;

    assert_int_equal(fstat(fd, &mine), 0);
    for (int i = 0; i < 1024; i++)
        count += fstat(i, &other) == 0 && other.st_ino == mine.st_ino &&
                 other.st_dev == mine.st_dev && (fcntl(i, F_GETFL) & O_NONBLOCK) != 0;
    return count;
}

/* Nobody is held inside write() when another one took the last room; nor is that one's descriptor
 * another than it was. */
static void a_pipe_that_others_have_too_is_not_waited_for(void **state)
{
    char line[256];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    vg_log_init(ends[1], VG_INFO, VG_LOG_JSON);
    assert_int_equal(count_unblocked(ends[1]), 1);
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    vg_log_phrase(VG_INFO, "through it");
    assert_true(read(ends[0], line, sizeof line) > 0);
    vg_log_init(STDERR_FILENO, VG_INFO, VG_LOG_AUTO);
    assert_int_equal(count_unblocked(ends[1]), 0);
    close(ends[0]);
    close(ends[1]);
}

static void set_largest(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A disk that fills up within a line, and has room again. */
static void what_was_lost_is_told_when_there_is_room_again(void **state)
{
    enum { MANY = 30, LARGEST = 1000 };
    vg_slice lines;
    const vg_json *v;
    uint64_t whole = 0, lost = 0;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(vg_log_init_file(path, VG_INFO, VG_LOG_JSON), 0);
    set_largest(LARGEST);
    for (int i = 0; i < MANY; i++)
        vg_log(VG_INFO, "line", VG_N("n", i));
    set_largest(RLIM_INFINITY);
    vg_log_phrase(VG_INFO, "room again");
    lines = read_file(path);
    while (lines.at + LARGEST > text && lines.at - text + vg_slice_find(lines, '\n') < LARGEST) {
        parse(cut_line(&lines));
        whole++;
    }
    cut_line(&lines); /* torn, and the only one that is */
    expect_text("next", vg_json_get(parse(cut_line(&lines)), VG_LIT("what"))->text, "room again");
    v = parse(cut_line(&lines));
    expect_text("why", vg_json_get(v, VG_LIT("reason"))->text, "EFBIG");
    assert_true(vg_slice_u64(vg_json_get(v, VG_LIT("lines"))->raw, &lost));
    assert_int_equal(lines.len, 0);
    assert_int_equal(whole + lost, MANY);
    assert_int_equal(vg_log_take_lost(), lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_made_for_its_owner_alone_and_appended_to, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_had_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_line_is_lost_or_torn_when_it_is_renamed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nor_without_a_thread_of_the_logs_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_log_opens_its_file_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened_again_goes_on_where_it_was,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_stops_nobody_and_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nor_does_a_pipe_whose_reader_has_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nor_a_pipe_that_nobody_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_that_others_have_too_is_not_waited_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_lost_is_told_when_there_is_room_again, set_up,
                                        tear_down),
    };
    int failed;

    if (mkdtemp(folder) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
