/* What takes longer than a request: which jobs are asked for, and how they are told. Pure: any
 * thread. */
#include "base/datetime.h"
#include "front/native/native.h"
#include "jobs/kinds.h"

enum { LIMIT = 100, MOST = 1000 };

/* ---- reading ---- */

static bool read_limit(vg_op *op, vg_slice value, vg_status *status)
{
    uint64_t limit = 0;

    if (!vg_slice_u64(value, &limit) || limit < 1 || limit > MOST) {
        vg_status_setf(status, op->arena, VG_RANGE_QUERY, VG_LIT("limit"),
                       "must be a whole number from 1 to %d", MOST);
        return false;
    }
    op->in.jobs.limit = (uint32_t)limit;
    return true;
}

static bool refuse(vg_status *status, const char *what, const char *where)
{
    vg_status_set(status, VG_QUERY, vg_slice_str(what), vg_slice_str(where));
    return false;
}

#define JOB_KIND(kind, name, doc) " " name
static const char kind_words[] = "must be one of:"
#include "vecgate/job.def"
    ;
#define JOB_STATE(state, name) " " name
static const char state_words[] = "must be one of:"
#include "vecgate/job.def"
    ;

static bool read_filter(vg_op *op, const vg_native_parameter *of, vg_status *status)
{
    if (vg_slice_is(of->name, VG_LIT("kind"))) {
        op->in.jobs.kind = of->value;
        return vg_job_kind_of(of->value) || refuse(status, kind_words, "kind");
    }
    if (vg_slice_is(of->name, VG_LIT("state"))) {
        op->in.jobs.state = of->value;
        return vg_job_state_of(of->value) != VG_JOB_STATES || refuse(status, state_words, "state");
    }
    if (vg_slice_is(of->name, VG_LIT("collection"))) {
        op->in.jobs.collection = of->value;
        return of->value.len > 0 || refuse(status, "must be a collection's name", "collection");
    }
    vg_status_set(status, VG_QUERY,
                  VG_LIT("unknown parameter; this path takes \"kind\", \"state\", \"collection\", "
                         "\"after\", \"limit\", \"timeout\""),
                  of->name);
    return false;
}

static bool read_parameter(void *arg, vg_op *op, const vg_native_parameter *of, vg_status *status)
{
    (void)arg;
    if (vg_slice_is(of->name, VG_LIT("limit")))
        return read_limit(op, of->value, status);
    if (!vg_slice_is(of->name, VG_LIT("after")))
        return read_filter(op, of, status);
    op->in.jobs.after = of->value;
    return vg_job_is_id(of->value) || refuse(status, "must be a job's id", "after");
}

bool vg_native_read_jobs(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_native_parameters known = {.read = read_parameter};

    op->in.jobs.limit = LIMIT;
    return vg_native_read_parameters(in, op, &known, status);
}

bool vg_native_read_job(const vg_front_in *in, vg_op *op, vg_status *status)
{
    op->in.jobs.id = in->params[0];
    return vg_native_read_query(in, op, status);
}

bool vg_native_read_erase(const vg_front_in *in, vg_op *op, vg_status *status)
{
    op->in.erase.tenant = in->params[0];
    return vg_native_read_query(in, op, status);
}

/* ---- writing ---- */

static void put_text(vg_json_out *out, const char *key, vg_slice text)
{
    if (text.len == 0)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, text);
}

static void put_number(vg_json_out *out, const char *key, uint64_t n)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_u64(out, n);
}

static void put_time(vg_json_out *out, const char *key, uint64_t ms)
{
    char text[VG_DATETIME_TEXT];

    if (ms > 0)
        put_text(out, key, vg_slice_of(text, vg_datetime_write((int64_t)ms * 1000, text)));
}

static void write_job(vg_json_out *out, const vg_job *job)
{
    vg_json_open_object(out);
    put_text(out, "id", job->id);
    put_text(out, "kind", job->kind);
    put_text(out, "backend", job->backend);
    put_text(out, "tenant", job->tenant);
    put_text(out, "collection", job->collection);
    put_text(out, "state", vg_slice_str(vg_job_state_word(job->state)));
    if (job->is_cancelling) {
        vg_json_put_key(out, VG_LIT("cancelling"));
        vg_json_put_bool(out, true);
    }
    put_number(out, "attempts", job->attempts);
    if (job->total > 0) {
        put_number(out, "done", job->done);
        put_number(out, "total", job->total);
    }
    put_text(out, "error", job->error);
    put_time(out, "created", job->created_ms);
    put_time(out, "updated", job->updated_ms);
    if (job->state == VG_JOB_WAITING)
        put_time(out, "next", job->next_ms);
    if (job->receipt.len > 0 && job->state == VG_JOB_DONE) {
        vg_json_put_key(out, VG_LIT("receipt"));
        vg_json_put_raw(out, job->receipt);
    }
    vg_json_close_object(out);
}

void vg_native_write_jobs(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("jobs"));
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.jobs.count; i++)
        write_job(&json, &op->out.jobs.at[i]);
    vg_json_close_array(&json);
    vg_json_put_key(&json, VG_LIT("next"));
    if (op->out.jobs.next.len > 0)
        vg_json_put_text(&json, op->out.jobs.next);
    else
        vg_json_put_null(&json);
    vg_json_close_object(&json);
}

void vg_native_write_job(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    write_job(&json, op->out.jobs.at);
}

void vg_native_write_erasing(const vg_op *op, vg_front_out *out)
{
    out->status = 202;
    vg_native_write_job(op, out);
}

/* Who works on it has not seen it yet: accepted. */
void vg_native_write_cancelled(const vg_op *op, vg_front_out *out)
{
    out->status = op->out.jobs.at->is_cancelling ? 202 : 200;
    vg_native_write_job(op, out);
}
