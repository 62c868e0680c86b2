/* See job.h. A row may have been written by a later version, or by nobody of ours: every field is
 * checked, and what is unknown is passed over. */
#include "jobs/job.h"

#include "vecgate/json.h"

#include "base/buf.h"

enum { NODE_BYTES = 64 * 1024, SPEC_BYTES = 20 * 1024, DEPTH = 6 };

#define LATEST_MS ((uint64_t)1 << 53) /* a time beyond it is none */

static const char *const words[VG_JOB_STATES] = {
#define JOB_STATE(state, name) [VG_JOB_##state] = (name),
#include "vecgate/job.def"
};

const char *vg_job_state_word(vg_job_state state)
{
    return (unsigned)state < VG_JOB_STATES ? words[state] : "unknown";
}

vg_job_state vg_job_state_of(vg_slice word)
{
    int state = 0;

    while (state < VG_JOB_STATES && !vg_slice_is_str(word, words[state]))
        state++;
    return (vg_job_state)state;
}

/* ---- names ---- */

bool vg_job_is_id(vg_slice text)
{
    if (text.len != VG_JOB_ID_CHARS)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!memchr("0123456789abcdef", text.at[i], 16))
            return false;
    return true;
}

vg_slice vg_job_row_name(vg_arena *arena, vg_slice id)
{
    return vg_arena_printf(arena, VG_FMT VG_FMT, VG_ARG(VG_JOBS_PREFIX), VG_ARG(id));
}

bool vg_job_is_row(const vg_meta_row *row)
{
    return vg_slice_starts(row->name, VG_JOBS_PREFIX);
}

/* ---- reading ---- */

static bool read_text(const vg_json *object, const char *key, vg_slice *out)
{
    const vg_json *v = vg_json_get(object, vg_slice_str(key));

    if (vg_json_is_null(v))
        return true;
    *out = v->text;
    return v->kind == VG_JSON_STRING;
}

static bool read_number(const vg_json *object, const char *key, uint64_t *out)
{
    const vg_json *v = vg_json_get(object, vg_slice_str(key));

    return vg_json_is_null(v) || vg_json_read_u64(NULL, v, out, NULL);
}

static bool read_count(const vg_json *object, const char *key, uint32_t *out)
{
    uint64_t n = 0;

    if (!read_number(object, key, &n) || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool read_state(const vg_json *object, vg_job *out)
{
    const vg_json *cancelling = vg_json_get(object, VG_LIT("cancelling"));
    vg_slice word = {0};

    if (!read_text(object, "state", &word))
        return false;
    out->state = vg_job_state_of(word);
    out->is_cancelling = cancelling && cancelling->kind == VG_JSON_TRUE;
    return out->state != VG_JOB_STATES;
}

/* None: the row's own. */
static bool read_tenant(const vg_json *object, vg_job *out)
{
    return read_text(object, "tenant", &out->tenant) && vg_tenant_name_can_be(out->tenant);
}

static bool read_receipt(const vg_json *object, vg_job *out)
{
    const vg_json *v = vg_json_get(object, VG_LIT("receipt"));

    if (vg_json_is_null(v))
        return true;
    out->receipt = v->raw;
    return v->kind == VG_JSON_OBJECT && v->raw.len <= VG_JOB_RECEIPT_BYTES;
}

static bool read_fields(const vg_json *object, vg_job *out)
{
    return object && object->kind == VG_JSON_OBJECT && read_state(object, out) &&
           read_text(object, "kind", &out->kind) && read_tenant(object, out) &&
           read_receipt(object, out) && read_text(object, "collection", &out->collection) &&
           read_text(object, "holder", &out->holder) && read_text(object, "cursor", &out->cursor) &&
           read_text(object, "error", &out->error) &&
           read_number(object, "until", &out->until_ms) &&
           read_number(object, "next", &out->next_ms) &&
           read_count(object, "attempts", &out->attempts) &&
           read_count(object, "delays", &out->delays) && read_number(object, "done", &out->done) &&
           read_number(object, "total", &out->total) && out->kind.len > 0 &&
           out->cursor.len <= VG_BUILD_CURSOR_BYTES && out->until_ms <= LATEST_MS &&
           out->next_ms <= LATEST_MS;
}

static bool copy_texts(vg_arena *arena, vg_job *job)
{
    job->kind = vg_arena_copy(arena, job->kind);
    job->tenant = vg_arena_copy(arena, job->tenant);
    job->collection = vg_arena_copy(arena, job->collection);
    job->holder = vg_arena_copy(arena, job->holder);
    job->cursor = vg_arena_copy(arena, job->cursor);
    job->error = vg_arena_copy(arena, job->error);
    job->receipt = vg_arena_copy(arena, job->receipt);
    return !vg_arena_is_spent(arena);
}

/* What is larger than any job of ours is not read at all. */
static bool read_spec(vg_arena *nodes, vg_slice spec, vg_job *out)
{
    char *padded;

    if (spec.len > SPEC_BYTES)
        return false;
    padded = vg_arena_take_zero(nodes, spec.len + VG_JSON_PAD, 1);
    if (!padded)
        return false;
    memcpy(padded, spec.at, spec.len);
    return read_fields(vg_json_read(nodes, vg_slice_of(padded, spec.len), DEPTH, NULL), out);
}

static vg_job bare(const vg_meta_row *row)
{
    return (vg_job){.id = vg_slice_skip(row->name, VG_JOBS_PREFIX.len),
                    .backend = row->backend,
                    .tenant = row->tenant,
                    .created_ms = row->created_ms,
                    .updated_ms = row->updated_ms,
                    .version = row->version};
}

bool vg_job_read(vg_arena *arena, const vg_meta_row *row, vg_job *out)
{
    vg_arena *nodes = vg_arena_new(NODE_BYTES + row->spec.len * sizeof(vg_json));
    bool good, starves = !nodes;

    *out = bare(row);
    good = nodes && vg_job_is_id(out->id) && read_spec(nodes, row->spec, out);
    if (good) {
        starves = !copy_texts(arena, out);
    } else {
        *out = bare(row);
        out->state = VG_JOB_FAILED;
        out->is_damaged = true;
        out->error = VG_LIT("the row of this job is damaged");
    }
    vg_arena_free(nodes);
    return !starves;
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
    if (n == 0)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_u64(out, n);
}

static void put_receipt(vg_json_out *out, const vg_job *job)
{
    if (job->receipt.len == 0)
        return;
    vg_json_put_key(out, VG_LIT("receipt"));
    vg_json_put_raw(out, job->receipt);
}

/* `owner`: of the row, whose jobs need not say it. */
static void put_job(vg_json_out *out, const vg_job *job, vg_slice owner)
{
    vg_json_open_object(out);
    put_text(out, "kind", job->kind);
    if (!vg_slice_is(job->tenant, owner))
        put_text(out, "tenant", job->tenant);
    put_text(out, "collection", job->collection);
    put_text(out, "state", vg_slice_str(vg_job_state_word(job->state)));
    put_text(out, "holder", job->holder);
    put_number(out, "until", job->until_ms);
    put_number(out, "next", job->next_ms);
    put_number(out, "attempts", job->attempts);
    put_number(out, "delays", job->delays);
    put_text(out, "cursor", job->cursor);
    put_number(out, "done", job->done);
    put_number(out, "total", job->total);
    put_text(out, "error", job->error);
    put_receipt(out, job);
    if (job->is_cancelling) {
        vg_json_put_key(out, VG_LIT("cancelling"));
        vg_json_put_bool(out, true);
    }
    vg_json_close_object(out);
}

bool vg_job_write(vg_arena *arena, const vg_job *job, vg_meta_row *out)
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};

    vg_buf_init(&buf, SPEC_BYTES);
    put_job(&json, job, out->tenant);
    out->name = vg_job_row_name(arena, job->id);
    out->spec = vg_buf_is_spent(&buf) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    out->physical = (vg_slice){0};
    out->state = VG_META_READY;
    out->version = job->version;
    out->created_ms = job->created_ms;
    out->updated_ms = job->updated_ms;
    return out->name.len > 0 && out->spec.len > 0;
}
