/* Runs the cases of an adapter: adapter_cases NAME reads tests/adapters/NAME/ *.case. No network,
 * no loop: an adapter is a function from an operation and replies to exchanges and a result. Each
 * case is run once with plenty of memory, and then with every smaller amount, where it must end as
 * it should or as VG_TOO_LARGE. Replies are handed over in memory of their own that is gone after
 * the step. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/case_file.h"
#include "tests/support/case_filters.h"
#include "tests/support/case_op.h"
#include "tests/support/case_result.h"

enum { PLENTY = 1 << 20, FINEST = 64, MOST_HEADERS = 4 };

struct run { /* one case, once */
    const vg_backend *backend;
    const case_file *file;
    const case_line *line; /* the next one */
    const case_line *end;
    const vg_op *op;
    vg_try t;
    vg_next next;
    vg_buf said; /* what went wrong; empty: nothing */
};

static void complain(struct run *r, const char *what, vg_slice wanted, vg_slice got)
{
    vg_buf_printf(&r->said, "%s\n  wanted: " VG_FMT "\n  got:    " VG_FMT "\n", what,
                  VG_ARG(wanted), VG_ARG(got));
}

/* --- exchanges and replies ------------------------------------------------------------------- */

static bool is_as_wanted(struct run *r, const vg_exchange *x)
{
    const vg_http_request *request = &x->as.http;
    vg_slice head =
        vg_arena_printf(r->op->arena, "%s " VG_FMT, request->method, VG_ARG(request->target));

    if (r->line == r->end || r->line->word != CASE_SENDS)
        complain(r, "an exchange that nobody wanted", (vg_slice){0}, head);
    else if (!vg_slice_is(head, r->line->text))
        complain(r, "another request", r->line->text, head);
    else if (!vg_slice_is(request->body, r->line->body))
        complain(r, "another body", r->line->body, request->body);
    else if (x->name == NULL || x->via != r->backend->adapter->via)
        complain(r, "an exchange without a name or a way", VG_LIT("both"), (vg_slice){0});
    return r->said.len == 0;
}

/* "429 retry-after: 7; date: …" */
static void read_reply(vg_slice text, vg_http_reply *reply, vg_header *headers)
{
    size_t len = vg_slice_find(text, ' ');
    vg_slice rest = vg_slice_trim(vg_slice_skip(text, len));
    uint64_t status = 0;

    vg_slice_u64(vg_slice_of(text.at, len), &status);
    reply->status = (int)status;
    reply->headers = headers;
    while (rest.len > 0 && reply->header_count < MOST_HEADERS) {
        vg_header *header = &headers[reply->header_count++];
        vg_slice one = vg_slice_of(rest.at, vg_slice_find(rest, ';'));

        rest = vg_slice_trim(vg_slice_skip(rest, one.len + 1));
        header->name = vg_slice_of(one.at, vg_slice_find(one, ':'));
        header->value = vg_slice_trim(vg_slice_skip(one, header->name.len + 1));
    }
}

static void take_step(struct run *r, const case_line *from, vg_exchange *x)
{
    vg_reply reply = {.via = VG_VIA_HTTP};
    vg_header headers[MOST_HEADERS];
    char *body;

    *x = (vg_exchange){0};
    if (from == NULL) {
        r->next = r->backend->adapter->ops[r->op->kind](r->backend, r->op, &r->t, NULL, x);
        return;
    }
    body = calloc(1, from->body.len + VG_JSON_PAD);
    if (from->body.len > 0)
        memcpy(body, from->body.at, from->body.len);
    read_reply(from->text, &reply.http, headers);
    reply.http.body = vg_slice_of(body, from->body.len);
    r->next = r->backend->adapter->ops[r->op->kind](r->backend, r->op, &r->t, &reply, x);
    memset(body, '?', from->body.len);
    free(body);
}

/* --- one case -------------------------------------------------------------------------------- */

static void exchange(struct run *r)
{
    vg_exchange x;

    take_step(r, NULL, &x);
    while (r->next == VG_SEND && is_as_wanted(r, &x)) {
        r->line++;
        if (r->line == r->end || r->line->word != CASE_REPLY) {
            complain(r, "no reply in the case", VG_LIT("reply"), (vg_slice){0});
            return;
        }
        take_step(r, r->line++, &x);
    }
}

static void compare_ending(struct run *r)
{
    vg_buf got;

    vg_buf_init(&got, 0);
    case_result_write(&got, r->op->kind, &r->t, r->next == VG_DONE);
    if (r->line == r->end || r->line->word != CASE_ENDS)
        complain(r, "it ended too early", (vg_slice){0}, vg_buf_bytes(&got));
    else if (!vg_slice_is(vg_buf_bytes(&got), r->line->text))
        complain(r, "another ending", r->line->text, vg_buf_bytes(&got));
    vg_buf_fini(&got);
}

/* With too little memory: TOO_LARGE, or the right code with no words of its own. */
static bool is_excused(const struct run *r)
{
    const char *name = vg_code_describe(r->t.status.code)->name;

    return r->next == VG_FAIL && vg_arena_is_spent(r->t.scratch) &&
           (r->t.status.code == VG_TOO_LARGE ||
            vg_slice_starts(r->end[-1].text, vg_slice_str(name)));
}

static bool run_with(struct run *r, size_t scratch_bytes)
{
    const case_line *first = r->line;

    vg_buf_init(&r->said, 0);
    r->t = (vg_try){.scratch = vg_arena_new(scratch_bytes)};
    exchange(r);
    if (r->said.len == 0 && (scratch_bytes == PLENTY || !is_excused(r)))
        compare_ending(r);
    vg_arena_free(r->t.scratch);
    r->line = first;
    return r->said.len == 0;
}

/* `line` is the case's first, after "case"; it has an op. */
static bool run_case(const vg_backend *backend, const case_file *file, const case_line *line,
                     const case_line *end)
{
    vg_arena *arena = vg_arena_new(1 << 24);
    struct run r = {.backend = backend, .file = file, .line = line + 2, .end = end};
    vg_op *op = case_op_read(arena, line[1].text);
    bool good;

    if (op != NULL)
        case_filters_read(op);
    r.op = op;
    good = op != NULL && run_with(&r, PLENTY);
    for (size_t bytes = FINEST; good && bytes < 16384; bytes += FINEST) {
        vg_buf_fini(&r.said);
        good = run_with(&r, bytes);
    }
    if (!good)
        printf("%s:%d: " VG_FMT ": " VG_FMT "\n", file->path, line->number, VG_ARG(line->text),
               VG_ARG(r.said));
    vg_buf_fini(&r.said);
    vg_arena_free(arena);
    return good;
}

static int run_file(const vg_backend *backend, const char *path, int *cases)
{
    vg_arena *arena = vg_arena_new(1 << 24);
    case_file file = case_file_read(arena, path);
    const case_line *end = file.lines + file.count;
    int failures = 0;

    for (const case_line *line = file.lines, *next; line < end; line = next) {
        next = line + 1;
        while (next < end && next->word != CASE_CASE)
            next++;
        failures += next - line < 3 || !run_case(backend, &file, line, next);
        ++*cases;
    }
    vg_arena_free(arena);
    return failures;
}

static const vg_adapter *find_adapter(const char *name)
{
    for (int i = 0; vg_adapters[i] != NULL; i++) {
        if (strcmp(vg_adapters[i]->name, name) == 0)
            return vg_adapters[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const vg_adapter *adapter = argc == 2 ? find_adapter(argv[1]) : NULL;
    vg_backend backend = {.adapter = adapter};
    char pattern[256];
    int failures = 0;
    int cases = 0;
    glob_t files;

    if (adapter == NULL) {
        fprintf(stderr, "usage: adapter_cases ADAPTER\n");
        return 2;
    }
    snprintf(pattern, sizeof pattern, "tests/adapters/%s/*.case", adapter->name);
    if (glob(pattern, 0, NULL, &files) != 0) {
        fprintf(stderr, "%s: no such files\n", pattern);
        return 2;
    }
    for (size_t i = 0; i < files.gl_pathc; i++)
        failures += run_file(&backend, files.gl_pathv[i], &cases);
    globfree(&files);
    printf("%d cases, %d failed\n", cases, failures);
    return failures > 0 || cases == 0;
}
