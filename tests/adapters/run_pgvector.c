/* Cases of the pgvector adapter against a PostgreSQL that is real: each is an operation and how it
 * ends (tests/support/case_file.h, without exchanges). In a file they go on from each other, in
 * their order; what a collection is, its creation says, and indexes come and go as they are asked.
 * Beside what case_op.h knows an op may have "tenant". */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "front/read_filter.h"
#include "tests/support/case_file.h"
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
} run;

/* ---- options at their defaults ---- */

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

/* ---- filters: trees of what case_op.h passes on as text ---- */

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    if (v->kind == VG_JSON_NUMBER) {
        out->kind = VG_ID_NUM;
        return vg_json_read_u64(arena, v, &out->num, status);
    }
    if (vg_point_id_read_uuid(v->text, out))
        return true;
    *out = (vg_point_id){.kind = VG_ID_TEXT, .text = v->text};
    return true;
}

static void read_filter(vg_arena *arena, const vg_filter **filter)
{
    vg_status status = {0};
    const vg_filter_reader reader = {.arena = arena, .status = &status, .read_id = read_id};

    if (*filter &&
        !vg_filter_read(&reader, vg_json_read(arena, (*filter)->raw, VG_JSON_DEPTH, &status),
                        filter)) {
        fprintf(stderr, "no filter: " VG_FMT "\n", VG_ARG(vg_status_what(&status)));
        exit(1);
    }
}

static void read_filters(vg_op *op)
{
    if (vg_op_is_update(op->kind))
        for (uint32_t i = 0; i < op->in.update.count; i++)
            read_filter(op->arena, &((vg_update *)(uintptr_t)&op->in.update.at[i])->filter);
    if (op->kind == VG_OP_SEARCH)
        for (uint32_t i = 0; i < op->in.search.count; i++)
            read_filter(op->arena, &((vg_search *)(uintptr_t)&op->in.search.queries[i])->filter);
    if (op->kind == VG_OP_SCROLL)
        read_filter(op->arena, &op->in.scroll.filter);
    if (op->kind == VG_OP_COUNT)
        read_filter(op->arena, &op->in.count.filter);
    if (op->kind == VG_OP_FACET)
        read_filter(op->arena, &op->in.facet.filter);
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

static vg_op *read_op(run *r, vg_slice text)
{
    vg_status status = {0};
    const vg_json *from = vg_json_read(r->arena, text, VG_JSON_DEPTH, &status);
    const vg_json *tenant = vg_json_get(from, VG_LIT("tenant"));
    vg_tenant *who = VG_TAKE(r->arena, vg_tenant);
    vg_op *op = case_op_read(r->arena, text);
    const known *it;

    if (!op)
        exit(1);
    who->name = tenant ? tenant->text : VG_LIT("default");
    op->who = who;
    learn(r, op);
    it = find(r, op);
    if (it)
        ((vg_collection *)(uintptr_t)op->collection)->spec = it->spec;
    read_filters(op);
    return op;
}

/* ---- cases ---- */

static bool run_case(run *r, const case_file *file, const case_line *line)
{
    vg_op *op = read_op(r, line[1].text);
    vg_try t = {.scratch = vg_arena_new(FILE_BYTES)};
    vg_next next = pg_drive_steps(r->drive, r->backend, op, &t);
    vg_buf said;
    bool good;

    vg_buf_init(&said, 0);
    case_result_write(&said, op->kind, &t, next == VG_DONE);
    good = vg_slice_is(vg_buf_bytes(&said), line[2].text);
    if (!good)
        printf("%s:%d: " VG_FMT "\n  wanted: " VG_FMT "\n  got:    " VG_FMT "\n", file->path,
               line->number, VG_ARG(line->text), VG_ARG(line[2].text), VG_ARG(vg_buf_bytes(&said)));
    if (next == VG_DONE)
        learn_index(r, op);
    vg_buf_fini(&said);
    vg_arena_free(t.scratch);
    return good;
}

static int run_file(pg_drive *drive, const vg_backend *backend, const char *path, int *cases)
{
    run r = {.arena = vg_arena_new(FILE_BYTES), .drive = drive, .backend = backend};
    case_file file = case_file_read(r.arena, path);
    int failures = 0;

    for (int i = 0; i + 2 < file.count; i += 3, ++*cases) {
        if (file.lines[i].word != CASE_CASE || file.lines[i + 1].word != CASE_OP ||
            file.lines[i + 2].word != CASE_ENDS) {
            printf("%s:%d: not a case, an op and an end\n", path, file.lines[i].number);
            failures++;
            break;
        }
        failures += !run_case(&r, &file, &file.lines[i]);
    }
    vg_arena_free(r.arena);
    return failures;
}

int main(int argc, char **argv)
{
    vg_arena *arena = vg_arena_new(1 << 16);
    const vg_backend backend = {.adapter = &vg_pgvector, .conf = default_conf(arena)};
    pg_drive *drive = pg_drive_open();
    int failures = 0, cases = 0;
    glob_t files;

    if (glob(argc == 2 ? argv[1] : "tests/adapters/pgvector/*.case", 0, NULL, &files) != 0)
        return 1;
    for (size_t i = 0; i < files.gl_pathc; i++)
        failures += run_file(drive, &backend, files.gl_pathv[i], &cases);
    globfree(&files);
    pg_drive_close(drive);
    vg_arena_free(arena);
    printf("%d cases, %d failed\n", cases, failures);
    return failures > 0 || cases == 0;
}
