/* What the log is told of a request that has ended: that there was one, what it changed, and where
 * its time went when it took long. */
#include "front/visit.h"
#include "jobs/job.h"
#include "observe/access_log.h"
#include "observe/audit_log.h"
#include "observe/slow_log.h"

/* The op's, where one was made; else the row's. */
static vg_op_kind kind_of(const vg_visit *visit)
{
    return visit->op.magic == VG_OP_MAGIC ? visit->op.kind : visit->row->kind;
}

static bool has_operation(const vg_visit *visit)
{
    return visit->row != NULL && visit->row->read != NULL;
}

/* A client that has gone does not undo what was done for it. */
static vg_code outcome_of(const vg_visit *visit)
{
    return visit->is_done && !visit->is_answered ? visit->op.status.code : visit->code;
}

static int status_of(const vg_visit *visit)
{
    return visit->is_answered ? visit->out.status : 0;
}

/* ---- each request ---- */

static void tell_access(const vg_visit *visit, uint64_t took_ns)
{
    const vg_identity *who = visit->who;

    vg_access_log_write(&(vg_access_line){
        .method = visit->request->method,
        .route = visit->row ? visit->row->route.path : NULL,
        .status = status_of(visit),
        .took_ns = took_ns,
        .request_bytes = visit->request->body.len,
        .answer_bytes = visit->answer_bytes,
        .who = who ? who->name : (vg_slice){0},
        .tenant = who ? who->tenant.name : (vg_slice){0},
        .operation = has_operation(visit) ? vg_op_describe(kind_of(visit))->name : NULL,
        .code = vg_code_describe(visit->code)->metric,
        .request_id = visit->request_id_text,
        .trace = visit->trace,
        .is_routine = visit->api == &vg_front_admin,
    });
}

/* ---- what it changed ---- */

static bool is_audited(vg_op_kind kind)
{
    switch (kind) {
    case VG_OP_CREATE_COLLECTION:
    case VG_OP_DROP_COLLECTION:
    case VG_OP_UPDATE_COLLECTION:
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
    case VG_OP_CHANGE_ALIASES:
    case VG_OP_CANCEL_JOB:
    case VG_OP_ERASE_TENANT:
        return true;
    default:
        return false;
    }
}

enum { LINE_TAKES = 1024 }; /* of a text, and cuts it then */

static vg_slice with_action(vg_arena *arena, vg_slice so_far, const vg_alias_action *action)
{
    static const char *const words[] = {"create", "delete", "rename"};
    vg_slice other = action->kind == VG_ALIAS_CREATE ? action->collection : action->to;

    return vg_arena_printf(arena, VG_FMT "%s%s " VG_FMT "%s" VG_FMT, VG_ARG(so_far),
                           so_far.len > 0 ? ", " : "", words[action->kind], VG_ARG(action->name),
                           action->kind == VG_ALIAS_DELETE ? "" : " -> ", VG_ARG(other));
}

/* Where not all can be told it is told how many there are. */
static vg_slice tell_aliases(const vg_op *op)
{
    uint32_t told = 0, count = op->in.aliases.count;
    vg_slice text = {0}, more = {0};

    while (told < count && text.len < LINE_TAKES) {
        more = with_action(op->arena, text, &op->in.aliases.at[told]);
        if (more.len == 0)
            break; /* no memory */
        text = more;
        told++;
    }
    return told == count ? text
                         : vg_arena_printf(op->arena, "%u actions: " VG_FMT, count, VG_ARG(text));
}

static vg_slice tell_erasing(const vg_op *op)
{
    if (op->status.code != VG_OK || op->out.jobs.count == 0)
        return op->in.erase.tenant;
    return vg_arena_printf(op->arena, VG_FMT ", by job " VG_FMT, VG_ARG(op->in.erase.tenant),
                           VG_ARG(op->out.jobs.at[0].id));
}

static vg_slice detail_of(const vg_op *op)
{
    switch (op->kind) {
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
        return op->in.index.index.key;
    case VG_OP_CHANGE_ALIASES:
        return tell_aliases(op);
    case VG_OP_CANCEL_JOB:
        return op->in.jobs.id;
    case VG_OP_ERASE_TENANT:
        return tell_erasing(op);
    default:
        return (vg_slice){0};
    }
}

/* An op that never came to the plan may be half read: its input is not looked at. */
static void tell_audit(const vg_visit *visit, uint64_t took_ns)
{
    const vg_op *op = &visit->op;
    const vg_status *status = visit->is_done ? &op->status : &visit->status;

    vg_audit_log_write(&(vg_audit){
        .who = visit->who->name,
        .tenant = visit->who->tenant.name,
        .operation = vg_op_describe(kind_of(visit))->name,
        .backend = visit->front->parts.backend,
        .collection = op->name.len > 0 ? op->name : vg_entry_collection(visit),
        .detail = visit->is_done ? detail_of(op) : (vg_slice){0},
        .has_versions = op->change.is_read,
        .before = op->change.before,
        .after = op->change.after,
        .outcome = outcome_of(visit),
        .why = status->code != VG_OK ? vg_status_what(status) : (vg_slice){0},
        .status = status_of(visit),
        .took_ns = took_ns,
        .request_id = visit->request_id_text,
        .trace = visit->trace,
    });
}

/* ---- where its time went ---- */

/* A client that sends or takes slowly makes nothing slow here. */
static bool is_slow(const vg_visit *visit)
{
    const uint64_t *slow_ms = visit->front->parts.logs_slow;

    return visit->is_timed && slow_ms && *slow_ms > 0 && visit->row &&
           vg_timing_here_ns(&visit->timing) >= *slow_ms * 1000000;
}

static void tell_slow(const vg_visit *visit, uint64_t took_ns)
{
    const vg_identity *who = visit->who;
    const vg_op *op = &visit->op;

    vg_slow_log_write(&(vg_slow){
        .who = who ? who->name : (vg_slice){0},
        .tenant = who ? who->tenant.name : (vg_slice){0},
        .operation = has_operation(visit) ? vg_op_describe(kind_of(visit))->name : "",
        .backend = visit->front->parts.backend,
        .collection = op->name.len > 0 ? op->name : vg_entry_collection(visit),
        .route = visit->row->route.path,
        .status = status_of(visit),
        .code = vg_code_describe(outcome_of(visit))->metric,
        .timing = &visit->timing,
        .took_ns = took_ns,
        .request_id = visit->request_id_text,
        .trace = visit->trace,
    });
}

void vg_tell_end(const vg_visit *visit, uint64_t took_ns)
{
    const vg_front_parts *parts = &visit->front->parts;

    if (parts->logs_audit && *parts->logs_audit && visit->who && has_operation(visit) &&
        is_audited(kind_of(visit)))
        tell_audit(visit, took_ns);
    if (is_slow(visit))
        tell_slow(visit, took_ns);
    if (parts->logs_access && *parts->logs_access)
        tell_access(visit, took_ns);
}
