/* Who comes in, and to what. When the head is whole, before anything else of it is looked at: who
 * is it? Then, for the row that it leads to: may that one? When the body is decoded: also to what
 * it names? And of the answer: what of it may that one see?
 *
 * What says who somebody is may be said once. Two values, of a client or of somebody between us,
 * could be read one way there and another way here. */
#include "front/visit.h"
#include "observe/audit_log.h"

/* ---- who is it? ---- */

/* Liveness is everybody's to ask (FACTS 12). What is there needs nothing (VG_RIGHT_NOTHING). */
static bool is_free(vg_slice path)
{
    return vg_slice_is(path, VG_LIT("/")) || vg_slice_is(path, VG_LIT("/healthz")) ||
           vg_slice_starts(path, VG_LIT("/readyz")) || vg_slice_starts(path, VG_LIT("/livez"));
}

/* {NULL, 0}: it was not sent; one that is empty was. False: it was sent twice, and differs. */
static bool find_header(const vg_request *request, vg_slice name, vg_slice *value)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        const vg_header *header = &request->headers[i];

        if (!vg_slice_is(header->name, name))
            continue;
        if (value->at && !vg_slice_is(*value, header->value))
            return false;
        *value = header->value.at ? header->value : VG_LIT("");
    }
    return true;
}

static bool read_ask(const vg_visit *visit, vg_gate_ask *ask)
{
    const vg_request *request = visit->request;

    ask->now_ms = vg_loop_wall_ms(visit->front->parts.loop);
    ask->certificate = request->certificate;
    return find_header(request, VG_LIT("api-key"), &ask->api_key) &&
           find_header(request, VG_LIT("authorization"), &ask->authorization) &&
           find_header(request, VG_LIT("x-vecgate-tenant"), &ask->tenant);
}

/* Somebody that is known, and comes too late, or may not be the tenant that it says: the audit is
 * to name it. */
static void know_pretender(vg_visit *visit, vg_gate_ask ask)
{
    vg_gate *gate = visit->front->parts.gate;
    vg_status unused = {0};

    if (visit->status.code == VG_UNAUTHENTICATED)
        visit->pretender = vg_gate_expired(gate, &ask, visit->arena);
    if (ask.tenant.at == NULL || visit->status.code != VG_FORBIDDEN)
        return;
    ask.tenant = (vg_slice){0};
    visit->pretender = vg_gate_admit(gate, &ask, visit->arena, &unused);
}

bool vg_entry_know(vg_visit *visit)
{
    vg_gate_ask ask = {0};

    if (is_free(visit->request->path))
        return true;
    if (!read_ask(visit, &ask)) {
        vg_status_set(&visit->status, VG_UNAUTHENTICATED,
                      VG_LIT("Invalid API key or JWT: a header that says who asks was sent twice"),
                      (vg_slice){0});
        return false;
    }
    visit->who = vg_gate_admit(visit->front->parts.gate, &ask, visit->arena, &visit->status);
    if (visit->who == NULL)
        know_pretender(visit, ask);
    return visit->who != NULL;
}

/* ---- may that one? ---- */

static bool has_collection(const vg_front_row *row)
{
    return strstr(row->route.path, "/{collection}") != NULL;
}

vg_slice vg_entry_collection(const vg_visit *visit)
{
    return has_collection(visit->row) ? visit->in.params[0] : (vg_slice){0};
}

static vg_right right_of(const vg_visit *visit, vg_op_kind kind)
{
    vg_right right = visit->row->right;

    return right == VG_RIGHT_OF_KIND ? vg_right_of(kind) : right;
}

bool vg_entry_judge(vg_visit *visit)
{
    if (visit->who)
        return vg_rights_judge(visit->who, right_of(visit, visit->row->kind),
                               vg_entry_collection(visit), visit->arena, &visit->status);
    if (visit->row->right == VG_RIGHT_NOTHING && visit->row->tell)
        return true;
    vg_status_set(&visit->status, VG_UNAUTHENTICATED, (vg_slice){0}, (vg_slice){0});
    return false;
}

/* Whoever may be any tenant need not say so to look after a job by its id, or to erase one; nor who
 * is all alone, when tenants of other times have left something. */
static void widen(const vg_identity *who, vg_op *op)
{
    bool any_tenant = who->may_choose_tenant || who->tenant.is_sole;

    if (op->kind == VG_OP_ERASE_TENANT)
        op->in.erase.any_tenant = any_tenant;
    else if (op->kind == VG_OP_GET_JOB || op->kind == VG_OP_CANCEL_JOB)
        op->in.jobs.any_tenant = any_tenant;
}

bool vg_entry_judge_op(vg_visit *visit)
{
    vg_op *op = &visit->op;

    widen(visit->who, op);
    if (!vg_rights_judge_op(visit->who, right_of(visit, op->kind), op, &visit->status))
        return false;
    if (vg_rights_claims(visit->who, op->name, op->arena, &op->claims))
        return true;
    vg_status_set(&visit->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    return false;
}

/* ---- a point that must be there, where no operation is asked for ---- */

bool vg_entry_needs_proof(const vg_visit *visit)
{
    return visit->row->tell && visit->who && visit->who->exists;
}

/* The plan looks before it counts, so whatever it counts will do. */
void vg_entry_make_proof(vg_visit *visit)
{
    vg_op *op = &visit->op;

    op->kind = VG_OP_COUNT;
    op->name = visit->who->exists_in;
    op->in.count.filter = visit->who->exists;
    if (!vg_rights_claims(visit->who, (vg_slice){0}, op->arena, &op->claims))
        vg_status_set(&visit->status, VG_TOO_LARGE, (vg_slice){0}, (vg_slice){0});
}

/* ---- denials ---- */

void vg_entry_tell_denial(const vg_visit *visit)
{
    const vg_status *status = visit->status.code != VG_OK ? &visit->status : &visit->op.status;
    const vg_identity *who = visit->who ? visit->who : visit->pretender;

    if (visit->code != VG_UNAUTHENTICATED && visit->code != VG_FORBIDDEN)
        return;
    vg_metrics_add(visit->front->parts.metrics, VG_M_denials_total,
                   (vg_cell){.api = (uint8_t)visit->api->id, .code = (uint8_t)visit->code}, 1);
    vg_audit_log_denied(&(vg_denial){
        .who = who ? who->name : (vg_slice){0},
        .tenant = who ? who->tenant.name : (vg_slice){0},
        .method = visit->request->method,
        .route = visit->row ? visit->row->route.path : NULL,
        .code = visit->code,
        .why = vg_status_what(status),
        .request_id = visit->request_id_text,
        .trace = visit->trace,
    });
}
