/* Cases of the pgvector adapter against a PostgreSQL that is real: each is an operation and how it
 * ends (tests/support/case_file.h, without exchanges). In a file they go on from each other, in
 * their order; what a collection is, its creation says, and indexes come and go as they are asked.
 * Beside what case_op.h knows an op may have "tenant", and
 * {"do":"build_index","looks":true,"waits":true} and
 * {"do":"sql","text":…}, which is done behind the gateway's back, by a superuser.
 * {"do":"option","name":…,"value":…} sets an option of the configuration until the file's end. An
 * op with "explain" is not done: it ends with the methods of the indexes that PostgreSQL would use
 * for its last statement, in the order of its plan ("key" is the primary key), and with "jit" where
 * it would compile it.
 *
 * All of them are run twice: by the superuser with a schema for each tenant, and by a role of few
 * rights with row-level security. The answers are the same, but for those that say both: "a || b".
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "tests/support/case_file.h"
#include "tests/support/case_filters.h"
#include "tests/support/case_op.h"
#include "tests/support/case_result.h"
#include "tests/support/pg_drive.h"

enum { FILE_BYTES = 1 << 24, MOST_COLLECTIONS = 64 };

extern const vg_adapter vg_pgvector;

typedef struct known {
    vg_slice name, tenant;
    vg_collection_spec spec;
} known;

typedef struct run {
    vg_arena *arena; /* of the file */
    pg_drive *drive;
    const vg_backend *backend;
    known at[MOST_COLLECTIONS];
    uint32_t count;
    const char *role; /* NULL: the superuser */
} run;

/* ---- options at their defaults ---- */

static const vg_option *option(const char *name)
{
    const vg_option *o = vg_pgvector.options;

    while (strcmp(o->name, name) != 0)
        o++;
    return o;
}

static void *default_conf(vg_arena *arena)
{
    char *conf = vg_arena_take_zero(arena, 1, vg_pgvector.conf_size);

    for (const vg_option *o = vg_pgvector.options; o->kind != VG_OPT_END; o++) {
        uint64_t number = o->kind == VG_OPT_COUNT && o->def ? strtoull(o->def, NULL, 10) : 0;

        if (o->kind == VG_OPT_COUNT)
            memcpy(conf + o->at, &number, sizeof number);
    }
    return conf;
}

/* ---- what collections are ---- */

static known *find(run *r, const vg_op *op)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (vg_slice_is(r->at[i].name, op->name) && vg_slice_is(r->at[i].tenant, op->who->name))
            return &r->at[i];
    return NULL;
}

static void learn(run *r, const vg_op *op)
{
    known *it = find(r, op);

    if (op->kind != VG_OP_CREATE_COLLECTION)
        return;
    if (!it && r->count < MOST_COLLECTIONS)
        it = &r->at[r->count++];
    if (it)
        *it = (known){op->name, op->who->name, op->in.create.spec};
}

/* As the catalog does when the backend did its part. */
static void learn_index(run *r, const vg_op *op)
{
    known *it = find(r, op);
    uint32_t count = it ? it->spec.indexes.count : 0, kept = 0;
    vg_index *at = VG_TAKE_N(r->arena, vg_index, (size_t)count + 1);

    if (!it || (op->kind != VG_OP_CREATE_INDEX && op->kind != VG_OP_DROP_INDEX))
        return;
    for (uint32_t i = 0; i < count; i++)
        if (!vg_slice_is(it->spec.indexes.at[i].key, op->in.index.index.key))
            at[kept++] = it->spec.indexes.at[i];
    if (op->kind == VG_OP_CREATE_INDEX)
        at[kept++] = op->in.index.index;
    it->spec.indexes = (vg_indexes){at, kept};
}

/* case_op.h has no word for it: a description, which becomes one. */
static vg_slice as_known(vg_arena *arena, const vg_json *from, vg_slice text)
{
    const vg_json *name = vg_json_get(from, VG_LIT("collection"));
    char *padded;
    vg_slice json;

    if (!vg_json_get(from, VG_LIT("looks")))
        return text;
    json = vg_arena_printf(arena, "{\"do\":\"describe\",\"collection\":" VG_FMT "}",
                           VG_ARG(name->raw));
    padded = vg_arena_take_zero(arena, 1, json.len + VG_JSON_PAD);
    memcpy(padded, json.at, json.len);
    return vg_slice_of(padded, json.len);
}

static void become_build(vg_op *op, const vg_json *looks)
{
    op->kind = VG_OP_BUILD_INDEX;
    op->in.build.physical = op->collection->physical;
    op->in.build.spec = op->collection->spec;
    op->in.build.looks = looks->kind == VG_JSON_TRUE;
}

static vg_op *read_op(run *r, vg_slice text)
{
    vg_status status = {0};
    const vg_json *from = vg_json_read(r->arena, text, VG_JSON_DEPTH, &status);
    const vg_json *tenant = vg_json_get(from, VG_LIT("tenant"));
    vg_tenant *who = VG_TAKE(r->arena, vg_tenant);
    vg_op *op = case_op_read(r->arena, as_known(r->arena, from, text));
    const known *it;

    if (!op)
        exit(1);
    who->name = tenant ? tenant->text : VG_LIT("default");
    op->who = who;
    learn(r, op);
    it = find(r, op);
    if (it)
        ((vg_collection *)(uintptr_t)op->collection)->spec = it->spec;
    if (vg_json_get(from, VG_LIT("looks")))
        become_build(op, vg_json_get(from, VG_LIT("looks")));
    if (vg_json_get(from, VG_LIT("waits")))
        op->in.build.waits = true;
    case_filters_read(op);
    return op;
}

/* ---- cases ---- */

static const char *const states[] = {"done", "needed", "going on"};

static vg_slice wanted_of(const run *r, const case_line *line)
{
    const char *bars = strstr(line->text.at, "||");
    size_t at = bars ? (size_t)(bars - line->text.at) : line->text.len;

    if (at >= line->text.len)
        return line->text;
    return vg_slice_trim(r->role ? vg_slice_skip(line->text, at + 2)
                                 : vg_slice_of(line->text.at, at));
}

/* "Index Scan using x on t", "Bitmap Index Scan on x": of the indexes that are the adapter's, their
 * methods. */
static void say_index(run *r, const char *name, vg_buf *said)
{
    char sql[512];
    size_t len = strcspn(name, "\" \n");

    snprintf(
        sql, sizeof sql,
        "SELECT CASE WHEN x.indisprimary THEN 'key' ELSE a.amname::text END FROM pg_class c JOIN "
        "pg_index x ON x.indexrelid=c.oid JOIN pg_am a ON a.oid=c.relam WHERE c.relname='%.*s'",
        (int)len, name);
    vg_buf_put_byte(said, ' ');
    pg_drive_ask(r->drive, sql, said);
}

static void say_plan(run *r, const char *plan, vg_buf *said)
{
    static const char *const words[] = {"Index Scan using ", "Index Only Scan using ",
                                        "Bitmap Index Scan on "};

    for (const char *line = plan; *line;) {
        const char *end = strchr(line, '\n');

        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            const char *at = strstr(line, words[i]);

            if (at && at < end)
                say_index(r, at + strlen(words[i]) + (at[strlen(words[i])] == '"'), said);
        }
        if (strncmp(line, "jit: on", 7) == 0)
            vg_buf_put(said, VG_LIT(" jit"));
        line = end + 1;
    }
}

static bool explain(run *r, const case_file *file, const case_line *line, const vg_op *op)
{
    vg_try t = {.scratch = vg_arena_new(FILE_BYTES)};
    vg_slice wanted = wanted_of(r, &line[2]);
    vg_buf plan, said;
    bool good;

    vg_buf_init(&plan, 0);
    vg_buf_init(&said, 0);
    vg_buf_put(&said, VG_LIT("OK"));
    pg_drive_explain(r->drive, r->backend, op, &t, &plan);
    vg_buf_put_byte(&plan, '\0');
    say_plan(r, vg_buf_bytes(&plan).at, &said);
    good = vg_slice_is(vg_buf_bytes(&said), wanted);
    if (!good)
        printf("%s:%d: " VG_FMT "\n  wanted: " VG_FMT "\n  got:    " VG_FMT "\n%s\n", file->path,
               line->number, VG_ARG(line->text), VG_ARG(wanted), VG_ARG(vg_buf_bytes(&said)),
               vg_buf_bytes(&plan).at);
    vg_buf_fini(&plan);
    vg_buf_fini(&said);
    vg_arena_free(t.scratch);
    return good;
}

static bool run_op(run *r, const case_file *file, const case_line *line)
{
    vg_op *op = read_op(r, line[1].text);
    vg_try t = {.scratch = vg_arena_new(FILE_BYTES)};
    vg_next next = pg_drive_steps(r->drive, r->backend, op, &t);
    vg_slice wanted = wanted_of(r, &line[2]);
    vg_buf said;
    bool good;

    vg_buf_init(&said, 0);
    if (op->kind == VG_OP_BUILD_INDEX && next == VG_DONE)
        vg_buf_printf(&said, "OK %s", states[t.result.build.state]);
    else
        case_result_write(&said, op->kind, &t, next == VG_DONE);
    good = vg_slice_is(vg_buf_bytes(&said), wanted);
    if (!good)
        printf("%s:%d: " VG_FMT "\n  wanted: " VG_FMT "\n  got:    " VG_FMT "\n", file->path,
               line->number, VG_ARG(line->text), VG_ARG(wanted), VG_ARG(vg_buf_bytes(&said)));
    if (next == VG_DONE)
        learn_index(r, op);
    vg_buf_fini(&said);
    vg_arena_free(t.scratch);
    return good;
}

/* A word by its place among the words. False: it is another op. */
static bool run_option(const run *r, const case_line *line)
{
    vg_status status = {0};
    const vg_json *from = vg_json_read(r->arena, line[1].text, VG_JSON_DEPTH, &status);
    char *conf = (char *)(uintptr_t)r->backend->conf;
    const vg_json *value = vg_json_get(from, VG_LIT("value"));
    const vg_option *o;
    uint64_t number = 0;

    if (!vg_slice_is(vg_json_get(from, VG_LIT("do"))->text, VG_LIT("option")))
        return false;
    o = option(vg_arena_copy(r->arena, vg_json_get(from, VG_LIT("name"))->text).at);
    if (o->kind == VG_OPT_WORD)
        for (int i = 0; o->words[i]; i++)
            if (vg_slice_is_str(value->text, o->words[i]))
                memcpy(conf + o->at, &i, sizeof i);
    if (o->kind == VG_OPT_COUNT && vg_json_read_u64(r->arena, value, &number, &status))
        memcpy(conf + o->at, &number, sizeof number);
    return true;
}

/* False: it is another op. */
static bool run_sql(run *r, const case_line *line)
{
    vg_status status = {0};
    const vg_json *from = vg_json_read(r->arena, line[1].text, VG_JSON_DEPTH, &status);
    const vg_json *text = vg_json_get(from, VG_LIT("text"));

    if (!vg_slice_is(vg_json_get(from, VG_LIT("do"))->text, VG_LIT("sql")))
        return false;
    pg_drive_become(r->drive, NULL);
    pg_drive_run(r->drive, vg_arena_copy(r->arena, text->text).at);
    if (r->role)
        pg_drive_become(r->drive, r->role);
    return true;
}

static bool is_explained(run *r, const case_line *line)
{
    vg_status status = {0};

    return vg_json_get(vg_json_read(r->arena, line[1].text, VG_JSON_DEPTH, &status),
                       VG_LIT("explain")) != NULL;
}

static bool run_case(run *r, const case_file *file, const case_line *line)
{
    if (run_sql(r, line) || run_option(r, line))
        return true;
    if (is_explained(r, line))
        return explain(r, file, line, read_op(r, line[1].text));
    return run_op(r, file, line);
}

static const char *role; /* of the pass */

static int run_file(pg_drive *drive, const vg_backend *backend, const char *path, int *cases)
{
    vg_arena *kept = vg_arena_new(1 << 16);
    void *conf = vg_arena_take(kept, vg_pgvector.conf_size);
    run r = {.arena = vg_arena_new(FILE_BYTES), .drive = drive, .backend = backend, .role = role};
    case_file file = case_file_read(r.arena, path);
    int failures = 0;

    memcpy(conf, backend->conf, vg_pgvector.conf_size);
    for (int i = 0; i + 2 < file.count; i += 3, ++*cases) {
        if (file.lines[i].word != CASE_CASE || file.lines[i + 1].word != CASE_OP ||
            file.lines[i + 2].word != CASE_ENDS) {
            printf("%s:%d: not a case, an op and an end\n", path, file.lines[i].number);
            failures++;
            break;
        }
        failures += !run_case(&r, &file, &file.lines[i]);
    }
    memcpy((void *)(uintptr_t)backend->conf, conf, vg_pgvector.conf_size);
    vg_arena_free(r.arena);
    vg_arena_free(kept);
    return failures;
}

static int run_files(pg_drive *drive, const vg_backend *backend, const char *pattern, int *cases)
{
    int failures = 0;
    glob_t files;

    if (glob(pattern, 0, NULL, &files) != 0)
        return 1;
    for (size_t i = 0; i < files.gl_pathc; i++)
        failures += run_file(drive, backend, files.gl_pathv[i], cases);
    globfree(&files);
    return failures;
}

/* As nobody was there before, but for the extension, which needs a superuser. */
static void begin_anew(pg_drive *drive)
{
    pg_drive_run(drive,
                 "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE "
                 "nspname ~ '^(vg_|vecgate)' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', "
                 "s); END LOOP; END $$");
    pg_drive_run(drive, "CREATE ROLE plain");
    pg_drive_run(drive, "GRANT CREATE ON DATABASE postgres TO plain");
    role = "plain";
    pg_drive_become(drive, role);
}

int main(int argc, char **argv)
{
    const char *pattern = argc == 2 ? argv[1] : "tests/adapters/pgvector/*.case";
    vg_arena *arena = vg_arena_new(1 << 16);
    char *conf = default_conf(arena);
    const vg_backend backend = {.adapter = &vg_pgvector, .conf = conf};
    pg_drive *drive = pg_drive_open();
    const int by_rows = 1; /* in isolation's words */
    int failures, cases = 0;

    failures = run_files(drive, &backend, pattern, &cases);
    begin_anew(drive);
    printf("with row-level security\n");
    memcpy(conf + option("isolation")->at, &by_rows, sizeof by_rows);
    failures += run_files(drive, &backend, pattern, &cases);
    pg_drive_close(drive);
    vg_arena_free(arena);
    printf("%d cases, %d failed\n", cases, failures);
    return failures > 0 || cases == 0;
}
