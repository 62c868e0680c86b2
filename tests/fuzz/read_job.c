/* Rows of jobs: whatever stands in the metadata store is a job, and one that is whole is written so
 * that it reads as the same again. */
#include "base/check.h"
#include "jobs/job.h"
#include "tests/support/fuzz.h"

enum { ARENA_BYTES = 8 << 20 };

static void check_same(const vg_job *a, const vg_job *b)
{
    VG_CHECK(vg_slice_is(a->kind, b->kind) && vg_slice_is(a->collection, b->collection));
    VG_CHECK(vg_slice_is(a->cursor, b->cursor) && vg_slice_is(a->error, b->error));
    VG_CHECK(vg_slice_is(a->holder, b->holder) && a->state == b->state);
    VG_CHECK(a->next_ms == b->next_ms && a->until_ms == b->until_ms);
    VG_CHECK(a->done == b->done && a->total == b->total && a->attempts == b->attempts);
    VG_CHECK(a->is_cancelling == b->is_cancelling && a->delays == b->delays);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_meta_row row = {.name = VG_LIT("/jobs/018bcfe5680000112233aabb"),
                       .spec = vg_slice_of((const char *)data, size)};
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_job job, again;

    VG_CHECK(vg_job_read(arena, &row, &job));
    VG_CHECK((unsigned)job.state < VG_JOB_STATES);
    VG_CHECK(job.is_damaged == (job.kind.len == 0));
    if (!job.is_damaged && vg_job_write(arena, &job, &row)) {
        VG_CHECK(vg_job_read(arena, &row, &again));
        check_same(&job, &again);
    }
    vg_arena_free(arena);
    return 0;
}
