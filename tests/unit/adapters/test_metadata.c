/* The metadata stores: the same promises, whatever is behind them. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/metadata/metadata.h"
#include "base/check.h"
#include "engine/sql.h"
#include "steps.h"

typedef struct scene {
    char dir[64];
    vg_arena *arena, *scratch;
    vg_metadata_conf conf;
    vg_backend backend;
    vg_op op;
} scene;

static vg_code open_with(scene *s, const vg_adapter *adapter, const char *url, vg_status *status)
{
    s->conf.url = vg_slice_str(url);
    s->backend = (vg_backend){.adapter = adapter, .conf = &s->conf};
    return adapter->open(&s->backend, vg_slice_str(s->dir), s->arena, status);
}

static int up(void **state)
{
    scene *s = calloc(1, sizeof *s);

    s->arena = vg_arena_new(1 << 26);
    s->scratch = vg_arena_new(1 << 26);
    make_directory(s->dir);
    *state = s;
    return 0;
}

static void close_store(scene *s)
{
    if (s->backend.store)
        s->backend.adapter->close(&s->backend);
}

static int down(void **state)
{
    scene *s = *state;

    close_store(s);
    vg_arena_free(s->scratch);
    vg_arena_free(s->arena);
    remove_directory(s->dir);
    free(s);
    return 0;
}

static vg_meta_row row_of(const char *name)
{
    return (vg_meta_row){
        .tenant = VG_LIT("default"),
        .backend = VG_LIT("embedded"),
        .name = vg_slice_str(name),
        .physical = VG_LIT("physical"),
        .raw_ids = true,
        .state = VG_META_CREATING,
        .created_ms = 1700000000000,
        .updated_ms = 1700000000001,
        .spec = VG_LIT("{\"vectors\":{\"size\":4}}"),
    };
}

static vg_code run(scene *s, vg_op_kind kind, vg_meta_row row)
{
    s->op = (vg_op){.magic = VG_OP_MAGIC, .kind = kind, .arena = s->arena};
    s->op.in.row = row;
    return run_steps(&s->backend, &s->op, s->scratch, NULL);
}

static void list(scene *s, const char *tenant, const char *backend, const char *after,
                 uint32_t limit)
{
    s->op = (vg_op){.magic = VG_OP_MAGIC, .kind = VG_OP_META_LIST, .arena = s->arena};
    s->op.in.list = (vg_meta_query){.tenant = vg_slice_str(tenant),
                                    .backend = vg_slice_str(backend),
                                    .after = vg_slice_str(after),
                                    .limit = limit};
    assert_int_equal(run_steps(&s->backend, &s->op, s->scratch, NULL), VG_OK);
}

static void must_equal(const vg_meta_row *got, const vg_meta_row *wanted)
{
    assert_true(vg_slice_is(got->tenant, wanted->tenant));
    assert_true(vg_slice_is(got->backend, wanted->backend));
    assert_true(vg_slice_is(got->name, wanted->name));
    assert_true(vg_slice_is(got->physical, wanted->physical));
    assert_true(vg_slice_is(got->spec, wanted->spec));
    assert_int_equal(got->raw_ids, wanted->raw_ids);
    assert_int_equal(got->state, wanted->state);
    assert_int_equal(got->version, wanted->version);
    assert_int_equal(got->created_ms, wanted->created_ms);
    assert_int_equal(got->updated_ms, wanted->updated_ms);
}

/* ---- promises ---- */

static void check_life_of_a_row(scene *s)
{
    vg_meta_row row = row_of("words"), changed;

    assert_int_equal(run(s, VG_OP_META_GET, row), VG_OK);
    assert_false(s->op.out.row.found);
    assert_int_equal(run(s, VG_OP_META_CREATE, row), VG_OK);
    row.version = 1;
    must_equal(&s->op.out.row.row, &row);
    assert_int_equal(run(s, VG_OP_META_CREATE, row), VG_EXISTS);
    changed = row;
    changed.state = VG_META_READY;
    changed.raw_ids = false;
    changed.physical = VG_LIT("other");
    changed.updated_ms++;
    changed.spec = VG_LIT("{}");
    assert_int_equal(run(s, VG_OP_META_UPDATE, changed), VG_OK);
    changed.version = 2;
    must_equal(&s->op.out.row.row, &changed);
    assert_int_equal(run(s, VG_OP_META_GET, row), VG_OK);
    assert_true(s->op.out.row.found);
    must_equal(&s->op.out.row.row, &changed);
}

static void check_versions(scene *s)
{
    vg_meta_row row = row_of("versions");

    row.version = 1;
    assert_int_equal(run(s, VG_OP_META_UPDATE, row), VG_NOT_FOUND);
    assert_int_equal(run(s, VG_OP_META_CREATE, row), VG_OK);
    assert_int_equal(run(s, VG_OP_META_UPDATE, row), VG_OK);
    assert_int_equal(run(s, VG_OP_META_UPDATE, row), VG_CONFLICT);
    must_say(&s->op.status, "has version 2, not 1");
    assert_int_equal(run(s, VG_OP_META_DELETE, row), VG_CONFLICT);
    row.version = 2;
    assert_int_equal(run(s, VG_OP_META_DELETE, row), VG_OK);
    assert_true(s->op.out.row.found);
    assert_int_equal(run(s, VG_OP_META_DELETE, row), VG_OK);
    assert_false(s->op.out.row.found);
    assert_int_equal(run(s, VG_OP_META_CREATE, row), VG_OK);
    row.version = 0; /* whatever it is */
    assert_int_equal(run(s, VG_OP_META_DELETE, row), VG_OK);
    assert_true(s->op.out.row.found);
}

static void check_lists(scene *s)
{
    static const char *const names[] = {"b", "a", "\xc3\xa9", "ab", "B"};
    vg_meta_row other = row_of("a");

    for (size_t i = 0; i < 5; i++)
        assert_int_equal(run(s, VG_OP_META_CREATE, row_of(names[i])), VG_OK);
    other.backend = VG_LIT("qdrant");
    assert_int_equal(run(s, VG_OP_META_CREATE, other), VG_OK);
    other.tenant = VG_LIT("somebody");
    assert_int_equal(run(s, VG_OP_META_CREATE, other), VG_OK);
    list(s, "default", "embedded", "", 100);
    assert_int_equal(s->op.out.rows.count, 5);
    must_be(s->op.out.rows.at[0].name, "B");
    must_be(s->op.out.rows.at[1].name, "a");
    must_be(s->op.out.rows.at[2].name, "ab");
    must_be(s->op.out.rows.at[4].name, "\xc3\xa9");
    list(s, "default", "embedded", "a", 2);
    assert_int_equal(s->op.out.rows.count, 2);
    must_be(s->op.out.rows.at[0].name, "ab");
    must_be(s->op.out.rows.at[1].name, "b");
    list(s, "default", "", "B", 2);
    assert_int_equal(s->op.out.rows.count, 2);
    must_be(s->op.out.rows.at[0].backend, "embedded");
    must_be(s->op.out.rows.at[1].backend, "qdrant");
    list(s, "nobody", "", "", 100);
    assert_int_equal(s->op.out.rows.count, 0);
    assert_int_equal(run(s, VG_OP_HEALTH, other), VG_OK);
}

/* ---- rows of many tenants ---- */

/* In the order of tenants, backends, names; what is reserved lies among names. */
static const char *const many[][3] = {
    {"B", "qdrant", "a"},        {"a", "embedded", "!"},   {"a", "embedded", "/jobs/1"},
    {"a", "embedded", "a"},      {"a", "qdrant", "!"},     {"a", "qdrant", "a"},
    {"a b", "embedded", "a"},    {"a/b", "embedded", "a"}, {"ab", "embedded", "a"},
    {"\xc3\xa9", "qdrant", "a"},
};
enum { MANY = sizeof many / sizeof *many };

static vg_meta_row many_row(size_t i)
{
    vg_meta_row row = row_of(many[i][2]);

    row.tenant = vg_slice_str(many[i][0]);
    row.backend = vg_slice_str(many[i][1]);
    return row;
}

static bool is_row(const vg_meta_row *row, size_t i)
{
    return vg_slice_is_str(row->tenant, many[i][0]) && vg_slice_is_str(row->backend, many[i][1]) &&
           vg_slice_is_str(row->name, many[i][2]);
}

/* Pages of so many, each from behind the last row of the one before, have every row of `backend`
 * (empty: of all) once, in order. */
static void check_pages(scene *s, const char *backend, uint32_t limit)
{
    vg_meta_query query = {.backend = vg_slice_str(backend), .limit = limit};
    size_t next = 0;

    do {
        s->op = (vg_op){.magic = VG_OP_MAGIC, .kind = VG_OP_META_LIST, .arena = s->arena};
        s->op.in.list = query;
        assert_int_equal(run_steps(&s->backend, &s->op, s->scratch, NULL), VG_OK);
        for (uint32_t i = 0; i < s->op.out.rows.count; i++) {
            const vg_meta_row *row = &s->op.out.rows.at[i];

            while (next < MANY && *backend && strcmp(many[next][1], backend) != 0)
                next++;
            assert_true(next < MANY && is_row(row, next));
            next++;
            query.after_tenant = vg_arena_copy(s->arena, row->tenant);
            query.after_backend = vg_arena_copy(s->arena, row->backend);
            query.after = vg_arena_copy(s->arena, row->name);
        }
    } while (s->op.out.rows.count == limit);
    while (next < MANY && *backend && strcmp(many[next][1], backend) != 0)
        next++;
    assert_int_equal(next, MANY);
}

/* One tenant's rows of all backends: none is lost between two pages. */
static void check_backends_of_a_tenant(scene *s)
{
    s->op = (vg_op){.magic = VG_OP_MAGIC, .kind = VG_OP_META_LIST, .arena = s->arena};
    s->op.in.list = (vg_meta_query){.tenant = VG_LIT("a"),
                                    .after = VG_LIT("!"),
                                    .after_backend = VG_LIT("embedded"),
                                    .limit = 2};
    assert_int_equal(run_steps(&s->backend, &s->op, s->scratch, NULL), VG_OK);
    assert_int_equal(s->op.out.rows.count, 2);
    assert_true(is_row(&s->op.out.rows.at[0], 4));
    assert_true(is_row(&s->op.out.rows.at[1], 2));
}

static void check_tenants(scene *s)
{
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(run(s, VG_OP_META_CREATE, many_row((i * 7 + 3) % MANY)), VG_OK);
    for (uint32_t limit = 1; limit <= MANY + 1; limit++) {
        check_pages(s, "", limit);
        check_pages(s, "embedded", limit);
        check_pages(s, "qdrant", limit);
    }
    check_backends_of_a_tenant(s);
    list(s, "a", "embedded", "", 10);
    assert_int_equal(s->op.out.rows.count, 3);
    list(s, "a", "embedded", "/\xf4\x8f\xbf\xbf", 10); /* VG_META_BEHIND_RESERVED */
    assert_int_equal(s->op.out.rows.count, 1);
    assert_true(is_row(&s->op.out.rows.at[0], 3));
    list(s, "a b", "embedded", "", 10);
    assert_int_equal(s->op.out.rows.count, 1);
}

static void every_store_keeps_the_same_promises(void **state)
{
    scene *s = *state;

    for (const vg_adapter *const *at = vg_metadata_adapters; *at; at++) {
        vg_status status = {0};

        print_message("%s\n", (*at)->name);
        assert_int_equal(open_with(s, *at, "", &status), VG_OK);
        check_life_of_a_row(s);
        check_versions(s);
        close_store(s);
        remove_directory(s->dir);
        assert_int_equal(open_with(s, *at, "", &status), VG_OK);
        check_lists(s);
        close_store(s);
        remove_directory(s->dir);
        assert_int_equal(open_with(s, *at, "", &status), VG_OK);
        check_tenants(s);
        close_store(s);
    }
}

/* ---- SQLite ---- */

static void sqlite_keeps_rows_over_a_restart(void **state)
{
    scene *s = *state;
    vg_meta_row row = row_of("words");
    vg_status status = {0};
    char path[128];
    struct stat found;

    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(run(s, VG_OP_META_CREATE, row), VG_OK);
    close_store(s);
    snprintf(path, sizeof path, "%s/catalog.db", s->dir);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(run(s, VG_OP_META_GET, row), VG_OK);
    assert_true(s->op.out.row.found);
    row.version = 1;
    must_equal(&s->op.out.row.row, &row);
}

static void sqlite_opens_the_file_that_is_named(void **state)
{
    scene *s = *state;
    vg_status status = {0};
    char url[160], path[128];

    snprintf(url, sizeof url, "sqlite://%s/new%%20dir/meta.db", s->dir);
    snprintf(path, sizeof path, "%s/new dir/meta.db", s->dir);
    assert_int_equal(open_with(s, &vg_metadata_sqlite, url, &status), VG_OK);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_newer_catalog_is_refused(void **state)
{
    scene *s = *state;
    vg_status status = {0};
    char path[128];
    vg_sql *file;

    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    close_store(s);
    snprintf(path, sizeof path, "%s/catalog.db", s->dir);
    file = vg_sql_open_writer(path, s->arena, &status);
    assert_true(vg_sql_run(file, "PRAGMA user_version=7"));
    vg_sql_close(file);
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_CONFLICT);
    must_say(&status, "catalog.db has format 7");
}

/* ---- connection strings ---- */

static const struct {
    const char *says;
    const vg_adapter *adapter;
    const char *url;
    const char *words;
} wrong[] = {
    {"a host", &vg_metadata_sqlite, "sqlite://host/meta.db", "a host or a relative path"},
    {"no path", &vg_metadata_sqlite, "sqlite://", "a host or a relative path"},
    {"a directory", &vg_metadata_sqlite, "sqlite:///tmp/", "names no file"},
    {"the root", &vg_metadata_sqlite, "sqlite:///", "names no file"},
    {"parameters", &vg_metadata_sqlite, "sqlite:///tmp/x.db?mode=ro", "parameters"},
    {"a fragment", &vg_metadata_sqlite, "sqlite:///tmp/x.db#1", "parameters"},
    {"half an escape", &vg_metadata_sqlite, "sqlite:///tmp/x%2", "an escape"},
    {"an escape of no hex", &vg_metadata_sqlite, "sqlite:///tmp/x%zz", "an escape"},
    {"a NUL", &vg_metadata_sqlite, "sqlite:///tmp/x%00y", "an escape"},
    {"another scheme", &vg_metadata_sqlite, "postgresql://me:secret@x", "the scheme is not sqlite"},
    {"something behind memory", &vg_metadata_memory, "memory://x", "nothing may follow"},
};

static void nonsense_is_refused_with_the_reason(void **state)
{
    scene *s = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        vg_status status = {0};

        if (open_with(s, wrong[i].adapter, wrong[i].url, &status) != VG_INVALID)
            fail_msg("%s: taken", wrong[i].says);
        assert_null(s->backend.store);
        must_say(&status, wrong[i].words);
        must_be(status.where, "metadata.store");
        assert_null(memmem(status.what.at, status.what.len, "secret", 6));
    }
}

/* ---- one process, or one group of workers ---- */

enum { CHILDREN = 4, ROUNDS = 200 };

static void a_file_is_one_gateways(void **state)
{
    scene *s = *state, second = *s;
    vg_status status = {0};
    char pid[32];

    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(open_with(&second, &vg_metadata_sqlite, "", &status), VG_CONFLICT);
    snprintf(pid, sizeof pid, "the process with pid %d:", (int)getpid());
    must_say(&status, pid);
    must_be(status.where, "metadata.store");
    close_store(s);
    second.conf.place = VG_METADATA_PARENT;
    assert_int_equal(open_with(&second, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_CONFLICT);
    close_store(&second);
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
}

/* Reads and writes until so many of its writes were the first with their version. */
static void count_up(scene *s)
{
    for (int done = 0; done < ROUNDS;) {
        vg_meta_row row = row_of("shared");
        vg_code code;

        VG_CHECK(run(s, VG_OP_META_GET, row) == VG_OK && s->op.out.row.found);
        row.version = s->op.out.row.row.version;
        code = run(s, VG_OP_META_UPDATE, row);
        VG_CHECK(code == VG_OK || code == VG_CONFLICT);
        done += code == VG_OK;
    }
}

/* Answers by its end how many names it was the first to take. */
static void be_a_worker(scene *s)
{
    vg_status status = {0};
    char name[16];
    int made = 0;

    s->conf.place = VG_METADATA_WORKER;
    VG_CHECK(open_with(s, &vg_metadata_sqlite, "", &status) == VG_OK);
    for (int i = 0; i < ROUNDS; i++) {
        vg_code code;

        snprintf(name, sizeof name, "n%d", i);
        code = run(s, VG_OP_META_CREATE, row_of(name));
        VG_CHECK(code == VG_OK || code == VG_EXISTS);
        made += code == VG_OK;
    }
    count_up(s);
    close_store(s);
    _exit(made);
}

static void workers_lose_no_change(void **state)
{
    scene *s = *state;
    vg_status status = {0};
    int taken = 0, ended;

    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(run(s, VG_OP_META_CREATE, row_of("shared")), VG_OK);
    close_store(s);
    s->conf.place = VG_METADATA_PARENT;
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0)
            be_a_worker(s);
    for (int i = 0; i < CHILDREN; i++) {
        assert_true(wait(&ended) > 0);
        assert_true(WIFEXITED(ended));
        taken += WEXITSTATUS(ended);
    }
    close_store(s);
    assert_int_equal(taken, ROUNDS);
    s->conf.place = VG_METADATA_ALONE;
    assert_int_equal(open_with(s, &vg_metadata_sqlite, "", &status), VG_OK);
    assert_int_equal(run(s, VG_OP_META_GET, row_of("shared")), VG_OK);
    assert_int_equal(s->op.out.row.row.version, 1 + CHILDREN * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_store_keeps_the_same_promises, up, down),
        cmocka_unit_test_setup_teardown(sqlite_keeps_rows_over_a_restart, up, down),
        cmocka_unit_test_setup_teardown(sqlite_opens_the_file_that_is_named, up, down),
        cmocka_unit_test_setup_teardown(a_newer_catalog_is_refused, up, down),
        cmocka_unit_test_setup_teardown(nonsense_is_refused_with_the_reason, up, down),
        cmocka_unit_test_setup_teardown(a_file_is_one_gateways, up, down),
        cmocka_unit_test_setup_teardown(workers_lose_no_change, up, down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
