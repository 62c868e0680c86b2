/* Rows of jobs: whatever stands in the metadata store is a job, and one that is whole is written so
 * that it reads as the same again. */
#include "base/check.h"
#include "jobs/job.h"
#include "jobs/kinds/erased.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 8 << 20 };

static void check_same(const vg_job *a, const vg_job *b)
{
    VG_CHECK(vg_slice_is(a->kind, b->kind) && vg_slice_is(a->collection, b->collection));
    VG_CHECK(vg_slice_is(a->tenant, b->tenant) && vg_slice_is(a->receipt, b->receipt));
    VG_CHECK(vg_slice_is(a->cursor, b->cursor) && vg_slice_is(a->error, b->error));
    VG_CHECK(vg_slice_is(a->holder, b->holder) && a->state == b->state);
    VG_CHECK(a->next_ms == b->next_ms && a->until_ms == b->until_ms);
    VG_CHECK(a->done == b->done && a->total == b->total && a->attempts == b->attempts);
    VG_CHECK(a->is_cancelling == b->is_cancelling && a->delays == b->delays);
}

/* What an erasing remembers: any text is some progress, and a receipt grows out of any other. */
static void check_erased(vg_arena *arena, const vg_job *job)
{
    vg_erased erased = vg_erased_read(job->cursor), again;
    vg_slice text = vg_erased_write(arena, &erased), receipt;

    again = vg_erased_read(text);
    VG_CHECK(memcmp(&erased, &again, sizeof again) == 0);
    receipt = vg_erased_add_rest(arena, &erased, job->tenant, job->receipt, VG_LIT("\"toy"));
    VG_CHECK(receipt.len == 0 || (receipt.len <= VG_JOB_RECEIPT_BYTES && receipt.at[0] == '{'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_meta_row row = {.tenant = VG_LIT("default"),
                       .name = VG_LIT("/jobs/018bcfe5680000112233aabb"),
                       .spec = vg_slice_of((const char *)data, size)};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_job job, again;

    VG_CHECK(vg_job_read(arena, &row, &job));
    VG_CHECK((unsigned)job.state < VG_JOB_STATES);
    VG_CHECK(job.is_damaged == (job.kind.len == 0));
    if (!job.is_damaged && vg_job_write(arena, &job, &row)) {
        VG_CHECK(vg_job_read(arena, &row, &again));
        check_same(&job, &again);
        check_erased(arena, &job);
    }
    vg_arena_free(arena);
    return 0;
}
