/* What a directory takes on the disk: files added up however deep, links left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "observe/disk.h"

enum { CHUNK = 256 * 1024, SLACK = 64 * 1024 };

static char root[] = "/tmp/vg-disk-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void put_file(const char *name)
{
    static char bytes[CHUNK];
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    memset(bytes, 'x', CHUNK);
    assert_int_equal(fwrite(bytes, 1, CHUNK, file), CHUNK);
    assert_int_equal(fflush(file), 0);
    assert_int_equal(fsync(fileno(file)), 0);
    fclose(file);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL;
}

static void files_are_added_up_however_deep(void **state)
{
    uint64_t empty = vg_disk_used(vg_slice_str(root)), full;

    (void)state;
    put_file("one");
    assert_int_equal(mkdir(path_of("a"), 0700), 0);
    assert_int_equal(mkdir(path_of("a/b"), 0700), 0);
    put_file("a/b/two");
    full = vg_disk_used(vg_slice_str(root));
    assert_true(full >= empty + 2 * CHUNK && full < empty + 2 * CHUNK + SLACK);
}

static void links_are_not_followed(void **state)
{
    uint64_t before = vg_disk_used(vg_slice_str(root));

    (void)state;
    assert_int_equal(symlink("a", path_of("loop")), 0);
    assert_true(vg_disk_used(vg_slice_str(root)) < before + SLACK);
}

/* A data directory may well be a link to where there is room. */
static void the_directory_itself_may_be_a_link(void **state)
{
    char link[256];

    (void)state;
    snprintf(link, sizeof link, "%s-link", root);
    assert_int_equal(symlink(root, link), 0);
    assert_true(vg_disk_used(vg_slice_str(link)) >= 2 * CHUNK);
    unlink(link);
}

static void what_is_not_there_takes_nothing(void **state)
{
    vg_disk disk;

    (void)state;
    assert_int_equal(vg_disk_used(vg_slice_str(path_of("nobody"))), 0);
    assert_false(vg_disk_sample(vg_slice_str(path_of("nobody")), &disk));
}

static void a_disk_has_a_size_and_no_more_free_than_that(void **state)
{
    vg_disk disk;

    (void)state;
    assert_true(vg_disk_sample(vg_slice_str(root), &disk));
    assert_true(disk.bytes > 2 * CHUNK && disk.free_bytes <= disk.bytes);
}

static int remove_root(void **state)
{
    static const char *const names[] = {"one", "a/b/two", "loop"};
    static const char *const folders[] = {"a/b", "a"};
    int failed = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        failed |= unlink(path_of(names[i])) != 0;
    for (int i = 0; i < 2; i++)
        failed |= rmdir(path_of(folders[i])) != 0;
    return failed | (rmdir(root) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_added_up_however_deep),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(the_directory_itself_may_be_a_link),
        cmocka_unit_test(what_is_not_there_takes_nothing),
        cmocka_unit_test(a_disk_has_a_size_and_no_more_free_than_that),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
