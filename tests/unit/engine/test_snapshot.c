/* Graphs that outlive the store: what a snapshot gives back, after changes that it does not know,
 * after a crash, and when it is no good. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crowd.h"

enum { POINTS = 3000 };
static const double enough = 0.9; /* of a small and coarse graph */

static crowd *filled(void **state)
{
    crowd *c = VG_TAKE(((bench *)*state)->arena, crowd);
    crowd *kept = malloc(sizeof *kept); /* outlives the arena, which goes with the store */

    assert_non_null(kept);
    crowd_make(c, *state, VG_COSINE, NULL);
    crowd_put(c, 1, POINTS);
    expect_all_indexed(c);
    *kept = *c;
    return kept;
}

static void path_of(const bench *b, char path[128])
{
    snprintf(path, 128, "%s/default/index-1-0", b->dir);
}

static bool is_there(const bench *b)
{
    char path[128];
    struct stat found;

    path_of(b, path);
    if (stat(path, &found) != 0)
        return false;
    assert_int_equal(found.st_mode & 0777, 0600);
    return true;
}

/* What the store had indexed when it was opened, before the builder did anything more. */
static uint32_t loaded(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    uint32_t saved = table->builds[0].saved_next;

    vg_table_let(table);
    return saved;
}

/* Was the graph of the snapshot used, or another one made? */
static bool is_made_anew(bench *b)
{
    vg_table *table = vg_store_find(b->store, VG_LIT("c"), b->arena, &b->status);
    bool is_anew = table->builds[0].made > 1;

    vg_table_let(table);
    return is_anew;
}

static void expect_recall(crowd *c)
{
    vg_search search = near_to(NULL, NULL);
    vg_explain explain;

    assert_true(crowd_recall(c, &search, -1, &explain) >= enough);
    assert_string_equal(explain.method, "graph");
}

static void a_store_that_opens_has_its_graph(void **state)
{
    crowd *c = filled(state);

    bench_close(c->b);
    assert_true(is_there(c->b));
    bench_open(c->b);
    assert_int_equal(loaded(c->b), POINTS);
    expect_all_indexed(c);
    assert_false(is_made_anew(c->b));
    expect_recall(c);
    free(c);
}

/* A copy of the snapshot as it was takes the place of the newer one, as after a crash. */
static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 24];
    FILE *in = fopen(from, "rb"), *out;
    size_t len;

    assert_non_null(in);
    len = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    out = fopen(to, "wb");
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(out);
}

static void what_is_newer_than_the_snapshot_comes_on_top(void **state)
{
    crowd *c = filled(state);
    char path[128], old[160];

    bench_close(c->b); /* then it has all of them */
    path_of(c->b, path);
    snprintf(old, sizeof old, "%s.old", path);
    copy_file(path, old);
    bench_open(c->b);
    crowd_put(c, 1, POINTS / 10); /* replaced, deleted, new */
    crowd_delete(c, POINTS / 2, POINTS / 10);
    crowd_put(c, POINTS + 1, POINTS / 2);
    bench_close(c->b);
    copy_file(old, path);
    bench_open(c->b);
    assert_int_equal(loaded(c->b), POINTS - 2 * (POINTS / 10));
    expect_recall(c); /* at once */
    expect_all_indexed(c);
    expect_recall(c);
    assert_int_equal(describe_crowd(c).points_count, POINTS - POINTS / 10 + POINTS / 2);
    free(c);
}

/* Marks are not in the vectors that are loaded: their links must lead on. */
static void many_marks_leave_the_graph_whole(void **state)
{
    crowd *c = filled(state);

    crowd_delete(c, 1, POINTS * 28 / 100);
    bench_close(c->b);
    bench_open(c->b);
    assert_int_equal(loaded(c->b), POINTS - POINTS * 28 / 100);
    expect_all_indexed(c);
    expect_recall(c);
    free(c);
}

static void twins_come_back_as_such(void **state)
{
    crowd *c = filled(state);
    float vector[CROWD_SIZE];
    given points[100];
    vg_search search;

    memcpy(vector, crowd_draw(c, 0), sizeof vector);
    for (uint64_t i = 0; i < 100; i++)
        points[i] = (given){.id = 20000 + i, .vector = vector, .payload = "{}"};
    assert_int_equal(upsert(c->b, "c", points, 100, NULL), VG_OK);
    expect_all_indexed(c);
    crowd_delete(c, 20000, 1); /* the one that the others are chained to */
    bench_close(c->b);
    bench_open(c->b);
    expect_all_indexed(c);
    search = near_to(vector, NULL);
    search.limit = 99;
    assert_int_equal(ask(c, &search, NULL).count, 99);
    for (uint32_t i = 0; i < 99; i++)
        assert_int_equal(ask(c, &search, NULL).at[i].id.num, 20001 + i);
    free(c);
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    uint8_t byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static off_t size_of(const char *path)
{
    struct stat found;

    assert_int_equal(stat(path, &found), 0);
    return found.st_size;
}

/* Each time the graph is built again, and a whole snapshot written. */
static void a_damaged_one_is_built_again(void **state)
{
    static const int places[] = {0, 8, 40, 90, 5000, -1};
    crowd *c = filled(state);
    char path[128];

    path_of(c->b, path);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bench_close(c->b);
        flip(path, places[i] < 0 ? size_of(path) - 1 : places[i]);
        bench_open(c->b);
        expect_all_indexed(c);
        assert_true(is_made_anew(c->b));
        expect_recall(c);
    }
    bench_close(c->b);
    assert_int_equal(truncate(path, size_of(path) / 2), 0);
    bench_open(c->b);
    expect_all_indexed(c);
    bench_close(c->b);
    assert_int_equal(truncate(path, 0), 0);
    bench_open(c->b);
    expect_all_indexed(c);
    bench_close(c->b);
    bench_open(c->b);
    assert_int_equal(loaded(c->b), POINTS);
    free(c);
}

static void a_missing_one_is_built_again(void **state)
{
    crowd *c = filled(state);
    char path[128];

    path_of(c->b, path);
    bench_close(c->b);
    assert_int_equal(unlink(path), 0);
    bench_open(c->b);
    expect_all_indexed(c);
    expect_recall(c);
    free(c);
}

static void one_of_other_settings_is_not_used(void **state)
{
    crowd *c = filled(state);

    change_file(c->b, "UPDATE collections SET "
                      "settings=replace(settings,'\"m\":8','\"m\":6')");
    bench_open(c->b);
    expect_all_indexed(c);
    assert_int_equal(loaded(c->b), POINTS);
    expect_recall(c);
    free(c);
}

static void it_goes_with_its_collection(void **state)
{
    crowd *c = filled(state);
    char path[128];

    assert_true(is_there(c->b));
    assert_int_equal(drop(c->b, "c", NULL), VG_OK);
    vg_store_settle(c->b->store);
    assert_false(is_there(c->b));
    /* one that a crash left, and half of one */
    path_of(c->b, path);
    bench_close(c->b);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    snprintf(path, sizeof path, "%s/default/index-new", c->b->dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    bench_open(c->b);
    assert_false(is_there(c->b));
    assert_int_equal(access(path, F_OK), -1);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_that_opens_has_its_graph, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(what_is_newer_than_the_snapshot_comes_on_top, bench_up,
                                        bench_down),
        cmocka_unit_test_setup_teardown(many_marks_leave_the_graph_whole, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(twins_come_back_as_such, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_damaged_one_is_built_again, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(a_missing_one_is_built_again, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(one_of_other_settings_is_not_used, bench_up, bench_down),
        cmocka_unit_test_setup_teardown(it_goes_with_its_collection, bench_up, bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
