/* See trail.h. Jobs have no request; of an adoption the request is known that met the collection.
 */
#include "cli/trail.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/parts.h"
#include "observe/audit_log.h"

enum { ID_TEXT = 17 };

static bool is_asked_for(vg_op_kind kind)
{
    switch (kind) {
    case VG_OP_CREATE_COLLECTION:
    case VG_OP_DROP_COLLECTION:
    case VG_OP_UPDATE_COLLECTION:
    case VG_OP_CREATE_INDEX:
    case VG_OP_DROP_INDEX:
    case VG_OP_CHANGE_ALIASES:
        return true;
    default:
        return false;
    }
}

static bool is_told_by_front(const vg_op *op)
{
    return is_asked_for(op->kind) && op->request_id != 0;
}

/* What is asked for without a request is by a job, or by a check of the command line. */
static const char *operation_of(const vg_op *op, vg_slice name)
{
    if (op->kind == VG_OP_REPAIR || op->kind == VG_OP_DROP_COLLECTION ||
        op->kind == VG_OP_CHANGE_ALIASES)
        return vg_op_describe(op->kind)->name;
    if (vg_meta_is_reserved(name))
        return "clean_aliases";
    if (is_asked_for(op->kind))
        return vg_op_describe(op->kind)->name;
    return op->change.after == 0 ? "forget_collection" : "adopt_collection";
}

void vg_trail_changed(void *parts, const vg_op *op, vg_slice name)
{
    const vg_parts *p = parts;
    char id[ID_TEXT];

    if (!p->conf->log_audit || is_told_by_front(op))
        return;
    snprintf(id, sizeof id, "%016" PRIx64, op->request_id);
    vg_audit_log_write(&(vg_audit){
        .who = VG_LIT("gateway"),
        .tenant = op->who->name,
        .operation = operation_of(op, name),
        .backend = p->vector.backend.adapter->name,
        .collection = vg_meta_is_reserved(name) ? op->name : name,
        .has_versions = true,
        .before = op->change.before,
        .after = op->change.after,
        .outcome = op->status.code,
        .request_id = op->request_id != 0 ? vg_slice_str(id) : (vg_slice){0},
        .trace = op->trace,
    });
}

/* A tenant's other jobs are ended, its aliases go as one row. */
void vg_trail_erased(void *parts, const vg_op *op)
{
    const vg_parts *p = parts;
    bool is_job = op->kind == VG_OP_CANCEL_JOB;

    if (!p->conf->log_audit)
        return;
    vg_audit_log_write(&(vg_audit){
        .who = VG_LIT("gateway"),
        .tenant = op->who->name,
        .operation = is_job ? vg_op_describe(op->kind)->name : "clean_aliases",
        .backend = p->vector.backend.adapter->name,
        .detail = is_job ? op->in.jobs.id : (vg_slice){0},
        .has_versions = !is_job,
        .before = is_job ? 0 : op->in.row.version,
        .after = 0,
        .outcome = op->status.code,
    });
}
