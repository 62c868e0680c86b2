/* A tenant is erased: everything that is kept of it on this backend and in the metadata store goes,
 * and the receipt says how much that was.
 *
 *     MARK ─▶ JOBS ─▶ ALIASES ─▶ ROWS ─▶ OBJECTS ─▶ TENANT ─(nothing was found)─▶ JOB_ROWS ─▶
 *                        ▲  its collections: COUNT, DROP │       REST ─▶ UNMARK ─▶ done
 *                        └─────(something was)───────────┘
 *
 * From MARK to UNMARK nothing new is made for it (catalog/erasing.c), and its other jobs end. What
 * is deleted is looked for again until nothing is found: so a phase that was cut short begins once
 * more, and what was counted is in the cursor (erased.h). The job cannot be cancelled, and is tried
 * for ever: half of a tenant is of no use to anybody. */
#include "catalog/alias.h"
#include "jobs/kinds.h"
#include "jobs/kinds/erased.h"

enum {
    LONG_MS = 600 * 1000, /* a count, a deletion */
    SOON_MS = 1000,       /* until others have ended */
    YOUNG_MS = 60 * 1000, /* a creation may last so long */
    JOBS_PAGE = 64,
    ROWS_PAGE = 1000,
};

typedef struct turn {
    vg_job *job;
    const vg_op *answer; /* NULL: the phase begins */
    vg_job_order *out;
    vg_erased e;
} turn;

/* What a phase answers when the next one may begin at once. */
enum { GO_ON = -1 };

static vg_slice keep(turn *t, vg_slice text)
{
    return vg_arena_copy(t->out->op->arena, text);
}

static int go_to(turn *t, vg_erase_phase phase)
{
    t->e.phase = phase;
    return GO_ON;
}

static int try_again(turn *t)
{
    t->out->status = t->answer->status;
    return VG_JOB_AGAIN;
}

static int wait(turn *t)
{
    t->out->wait_ms = SOON_MS;
    return VG_JOB_WAIT;
}

static bool is_ok(const turn *t)
{
    return t->answer->status.code == VG_OK;
}

static bool is_code(const turn *t, vg_code code)
{
    return t->answer->status.code == code;
}

/* ---- what is about to go ---- */

/* What was about to go is gone. */
static void count(turn *t)
{
    vg_erased *e = &t->e;

    e->found++;
    e->rows += e->phase != ERASE_OBJECTS;
    if (e->phase == ERASE_ALIASES) {
        e->aliases += e->holds;
    } else if (e->phase == ERASE_JOB_ROWS) {
        e->jobs++;
    } else {
        e->collections += !e->is_half;
        e->points += e->holds;
    }
}

/* The first that is there; 0: nothing is. */
static void see(turn *t, uint64_t hash)
{
    if (t->e.pending != 0 && t->e.pending != hash)
        count(t);
    if (t->e.pending == hash)
        return;
    t->e.pending = t->e.holds = t->e.is_told = 0;
}

static void plan_for(turn *t, uint64_t hash, uint64_t holds)
{
    t->e.pending = hash;
    t->e.holds = holds;
    t->e.is_told = 0;
}

/* It was said that this is deleted, and here it is. */
static bool is_back(const turn *t, uint64_t hash)
{
    return t->e.pending == hash && t->e.is_told;
}

static int fail_back(turn *t)
{
    t->e.is_told = 0;
    vg_status_set(&t->out->status, VG_INTERNAL,
                  VG_LIT("what was said to be deleted is still there"), (vg_slice){0});
    return VG_JOB_AGAIN;
}

/* Another worker began to make it before it could see the mark, and takes it back now; should it
 * have died, it is deleted the next time. */
static int let_it_go(turn *t)
{
    t->e.is_told = 0;
    return wait(t);
}

/* ---- rows ---- */

static int ask_row(turn *t, vg_op_kind kind, vg_slice name, uint64_t version)
{
    t->out->op->kind = kind;
    t->out->op->in.row.name = keep(t, name);
    t->out->op->in.row.version = version;
    return VG_JOB_RUN;
}

static int mark(turn *t)
{
    vg_op *op = t->out->op;

    if (t->answer)
        return is_ok(t) || is_code(t, VG_EXISTS) ? go_to(t, ERASE_JOBS) : try_again(t);
    op->in.row.state = VG_META_READY;
    op->in.row.spec = VG_LIT("{}");
    op->in.row.created_ms = op->in.row.updated_ms = op->now_ms;
    return ask_row(t, VG_OP_META_CREATE, VG_META_ERASING, 0);
}

/* ---- jobs ---- */

static int ask_jobs(turn *t, vg_slice after)
{
    t->out->op->kind = VG_OP_LIST_JOBS;
    t->out->op->in.jobs.after = keep(t, after);
    t->out->op->in.jobs.limit = JOBS_PAGE;
    return VG_JOB_RUN;
}

/* Of another erasing of the same tenant nothing is to be feared: the older one comes first. */
static bool is_other(const turn *t, const vg_job *job)
{
    return !vg_slice_is(job->id, t->job->id) &&
           (vg_job_is_finished(job) || vg_job_kind_of(job->kind) != &vg_job_erase);
}

static int end_job(turn *t, const vg_job *job)
{
    if (job->is_cancelling)
        return wait(t);
    t->out->op->kind = VG_OP_CANCEL_JOB;
    t->out->op->in.jobs.id = keep(t, job->id);
    return VG_JOB_RUN;
}

/* That one has ended by itself, or is gone, is as good. */
static bool is_ended(const turn *t)
{
    return is_ok(t) || is_code(t, VG_CONFLICT) || is_code(t, VG_NOT_FOUND);
}

static int jobs(turn *t)
{
    const vg_op *answer = t->answer;

    if (!answer || (answer->kind == VG_OP_CANCEL_JOB && is_ended(t)))
        return ask_jobs(t, (vg_slice){0});
    if (!is_ok(t))
        return try_again(t);
    for (uint32_t i = 0; i < answer->out.jobs.count; i++)
        if (is_other(t, &answer->out.jobs.at[i]) && !vg_job_is_finished(&answer->out.jobs.at[i]))
            return end_job(t, &answer->out.jobs.at[i]);
    return answer->out.jobs.next.len > 0 ? ask_jobs(t, answer->out.jobs.next)
                                         : go_to(t, ERASE_ALIASES);
}

static int delete_job(turn *t, const vg_job *job)
{
    uint64_t hash = vg_erased_hash(job->id);

    if (!vg_job_is_finished(job))
        return end_job(t, job);
    if (is_back(t, hash))
        return fail_back(t);
    see(t, hash);
    plan_for(t, hash, 0);
    return ask_row(t, VG_OP_META_DELETE, vg_job_row_name(t->out->op->arena, job->id), job->version);
}

static int job_rows(turn *t)
{
    const vg_op *answer = t->answer;

    if (answer && !is_ok(t) && !is_ended(t))
        return try_again(t);
    if (!answer || answer->kind != VG_OP_LIST_JOBS) {
        t->e.is_told = answer && answer->kind == VG_OP_META_DELETE && is_ok(t);
        return ask_jobs(t, (vg_slice){0});
    }
    for (uint32_t i = 0; i < answer->out.jobs.count; i++)
        if (is_other(t, &answer->out.jobs.at[i]))
            return delete_job(t, &answer->out.jobs.at[i]);
    if (answer->out.jobs.next.len > 0)
        return ask_jobs(t, answer->out.jobs.next);
    see(t, 0);
    return go_to(t, ERASE_REST);
}

/* ---- aliases: all are one row ---- */

static uint64_t count_aliases(turn *t)
{
    vg_alias_list list = {0};
    vg_status story = {0};

    return vg_alias_read(t->out->op->arena, t->answer->out.row.row.spec, &list, &story) ? list.count
                                                                                        : 0;
}

static int delete_aliases(turn *t)
{
    uint64_t hash = vg_erased_hash(VG_META_ALIASES);

    if (is_back(t, hash))
        return let_it_go(t);
    plan_for(t, hash, count_aliases(t));
    return ask_row(t, VG_OP_META_DELETE, VG_META_ALIASES, t->answer->out.row.row.version);
}

static int aliases(turn *t)
{
    const vg_op *answer = t->answer;

    if (answer && !is_ok(t) && !is_code(t, VG_CONFLICT))
        return try_again(t);
    if (!answer || answer->kind != VG_OP_META_GET) {
        t->e.is_told = answer && is_ok(t);
        return ask_row(t, VG_OP_META_GET, VG_META_ALIASES, 0);
    }
    if (answer->out.row.found)
        return delete_aliases(t);
    see(t, 0);
    return go_to(t, ERASE_ROWS);
}

/* ---- collections ---- */

static int ask_name(turn *t, vg_op_kind kind, vg_slice name)
{
    t->out->op->kind = kind;
    t->out->op->name = keep(t, name);
    t->out->op->in.count.exact = kind == VG_OP_COUNT;
    t->out->within_ms = LONG_MS;
    return VG_JOB_RUN;
}

static int take(turn *t, vg_slice name, bool is_half)
{
    uint64_t hash = vg_erased_hash(name);

    if (is_back(t, hash))
        return fail_back(t);
    see(t, hash);
    t->e.is_half = t->e.pending == hash ? t->e.is_half : is_half;
    return ask_name(t, t->e.pending == hash ? VG_OP_DROP_COLLECTION : VG_OP_COUNT, name);
}

/* What cannot be found is not whole, and has no points that anybody could know of; nor has what a
 * damaged row tells of. */
static int on_counted(turn *t)
{
    if (!is_ok(t) && !is_code(t, VG_NOT_FOUND) && !is_code(t, VG_UNSUPPORTED) &&
        !is_code(t, VG_INTERNAL))
        return try_again(t);
    t->e.is_half = t->e.is_half && !is_ok(t);
    plan_for(t, vg_erased_hash(t->answer->name), is_ok(t) ? t->answer->out.count : 0);
    return ask_name(t, VG_OP_DROP_COLLECTION, t->answer->name);
}

static int ask_rows(turn *t, vg_slice after)
{
    t->out->op->kind = VG_OP_META_LIST;
    t->out->op->in.list = (vg_meta_query){.tenant = t->out->op->who->name,
                                          .backend = t->out->op->backend,
                                          .after = after,
                                          .limit = 1};
    return VG_JOB_RUN;
}

/* Another gateway may be making it, and looked for the mark before that was there. */
static bool is_young(const turn *t, const vg_meta_row *row)
{
    return row->state == VG_META_CREATING && !t->out->is_alone &&
           row->updated_ms + YOUNG_MS > t->out->op->now_ms;
}

static int on_rows(turn *t)
{
    const vg_meta_row *row = t->answer->out.rows.at;

    if (t->answer->out.rows.count == 0) {
        see(t, 0);
        return go_to(t, ERASE_OBJECTS);
    }
    if (vg_meta_is_reserved(row->name))
        return ask_rows(t, VG_META_BEHIND_RESERVED);
    if (row->state == VG_META_CREATING && is_back(t, vg_erased_hash(row->name)))
        return let_it_go(t);
    return is_young(t, row) ? wait(t) : take(t, row->name, row->state == VG_META_CREATING);
}

static int on_objects(turn *t)
{
    if (t->answer->out.names.count > 0)
        return take(t, t->answer->out.names.at[0], false);
    see(t, 0);
    return go_to(t, ERASE_TENANT);
}

static int ask_first(turn *t)
{
    if (t->e.phase == ERASE_ROWS)
        return ask_rows(t, (vg_slice){0});
    t->out->op->kind = VG_OP_LIST;
    return VG_JOB_RUN;
}

static int collections(turn *t)
{
    if (!t->answer)
        return ask_first(t);
    if (t->answer->kind == VG_OP_COUNT)
        return on_counted(t);
    if (!is_ok(t))
        return try_again(t);
    if (t->answer->kind == VG_OP_META_LIST)
        return on_rows(t);
    if (t->answer->kind == VG_OP_LIST)
        return on_objects(t);
    t->e.is_told = 1;
    return ask_first(t);
}

/* ---- what the backend keeps beyond them ---- */

static int tenant(turn *t)
{
    if (!t->answer) {
        t->out->op->kind = VG_OP_DROP_TENANT;
        t->out->within_ms = LONG_MS;
        return VG_JOB_RUN;
    }
    if (!is_ok(t) && !is_code(t, VG_UNSUPPORTED))
        return try_again(t);
    if (t->e.found == 0 && !(is_ok(t) && t->answer->out.did))
        return go_to(t, ERASE_JOB_ROWS);
    t->e.found = 0;
    return go_to(t, ERASE_ALIASES);
}

/* ---- what is left, of backends that are not configured ---- */

static int ask_rest(turn *t, const vg_meta_row *last)
{
    t->out->op->kind = VG_OP_META_LIST;
    t->out->op->in.list = (vg_meta_query){.after_tenant = t->out->op->who->name,
                                          .after_backend = keep(t, last->backend),
                                          .after = keep(t, last->name),
                                          .limit = ROWS_PAGE};
    return VG_JOB_RUN;
}

/* All rows of a backend follow each other. */
static void tell_rest(turn *t, vg_slice backend)
{
    vg_slice more = {0};

    if (t->e.rest > 0)
        more =
            vg_erased_add_rest(t->out->op->arena, &t->e, t->job->tenant, t->job->receipt, backend);
    if (more.len > 0)
        t->job->receipt = more;
    t->e.rest = 0;
}

static int on_rest(turn *t)
{
    const vg_meta_query *asked = &t->answer->in.list;
    const vg_meta_row *rows = t->answer->out.rows.at;
    uint32_t i = 0, n = t->answer->out.rows.count;
    vg_slice backend = asked->after_backend;

    for (; i < n && vg_slice_is(rows[i].tenant, asked->after_tenant); i++) {
        if (!vg_slice_is(rows[i].backend, backend))
            tell_rest(t, backend);
        backend = rows[i].backend;
        t->e.rest +=
            !vg_meta_is_reserved(rows[i].name) && !vg_slice_is(backend, t->out->op->backend);
    }
    if (i == ROWS_PAGE)
        return ask_rest(t, &rows[i - 1]);
    tell_rest(t, backend);
    return go_to(t, ERASE_UNMARK);
}

static int rest(turn *t)
{
    if (t->answer)
        return is_ok(t) ? on_rest(t) : try_again(t);
    t->e.rest = 0;
    t->job->receipt = (vg_slice){0};
    return ask_rest(t, &(vg_meta_row){0});
}

static int unmark(turn *t)
{
    vg_slice receipt;

    if (!t->answer)
        return ask_row(t, VG_OP_META_DELETE, VG_META_ERASING, 0);
    if (!is_ok(t))
        return try_again(t);
    t->e.rows++;
    receipt = vg_erased_receipt(t->out->op->arena, &t->e, t->job->tenant, t->job->receipt);
    if (receipt.len > 0)
        t->job->receipt = receipt;
    return VG_JOB_END;
}

/* ---- all of them ---- */

static int (*const phases[ERASE_PHASES])(turn *t) = {
    [ERASE_MARK] = mark,         [ERASE_JOBS] = jobs,           [ERASE_ALIASES] = aliases,
    [ERASE_ROWS] = collections,  [ERASE_OBJECTS] = collections, [ERASE_TENANT] = tenant,
    [ERASE_JOB_ROWS] = job_rows, [ERASE_REST] = rest,           [ERASE_UNMARK] = unmark,
};

static vg_job_next step(vg_job *job, const vg_op *answer, vg_job_order *out)
{
    turn t = {.job = job, .answer = answer, .out = out, .e = vg_erased_read(job->cursor)};
    vg_slice cursor;
    int next;

    while ((next = phases[t.e.phase](&t)) == GO_ON)
        t.answer = NULL;
    cursor = vg_erased_write(out->op->arena, &t.e);
    job->done = t.e.collections;
    if (cursor.len > 0 && !vg_arena_is_spent(out->op->arena)) {
        job->cursor = cursor;
        return (vg_job_next)next;
    }
    out->status = (vg_status){.code = VG_OVERLOADED};
    return VG_JOB_AGAIN;
}

const vg_job_kind vg_job_erase = {
    .place = VG_JOB_ERASE,
    .is_final = true,
    .most_attempts = UINT32_MAX,
    .step = step,
};
