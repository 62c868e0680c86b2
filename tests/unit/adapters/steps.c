/* See steps.h. */
#include "steps.h"

#include <ftw.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static void *run_work(void *arg)
{
    vg_work *work = arg;

    work->run(work);
    return NULL;
}

static void on_pool(vg_work *work)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run_work, work), 0);
    pthread_join(thread, NULL);
}

static void ended(vg_work *work)
{
    sem_post(work->carrier);
}

static void on_queue(vg_queue *queue, vg_work *work)
{
    sem_t end;

    sem_init(&end, 0, 0);
    work->finished = ended;
    work->carrier = &end;
    assert_true(queue->post(queue, work));
    while (sem_wait(&end) != 0)
        continue;
    sem_destroy(&end);
}

vg_code run_steps(const vg_backend *backend, vg_op *op, vg_arena *scratch, trace *seen)
{
    const vg_reply reply = {.via = VG_VIA_LOCAL};
    const vg_reply *last = NULL;
    vg_try try = {.scratch = scratch};
    trace here = {.count = 0};
    vg_next next;

    assert_non_null(backend->adapter->ops[op->kind]);
    while ((next = backend->adapter->ops[op->kind](backend, op, &try, last,
                                                   &here.asked[here.count])) == VG_SEND) {
        const vg_exchange *x = &here.asked[here.count++];

        assert_true(here.count < MOST_EXCHANGES);
        assert_int_equal(x->via, VG_VIA_LOCAL);
        assert_non_null(x->name);
        if (x->as.local.queue)
            on_queue(x->as.local.queue, x->as.local.work);
        else
            on_pool(x->as.local.work);
        last = &reply;
    }
    assert_true(next == VG_DONE || next == VG_FAIL);
    assert_true((next == VG_DONE) == (try.status.code == VG_OK));
    op->out = try.result;
    op->status = try.status;
    if (seen)
        *seen = here;
    return try.status.code;
}

void must_be(vg_slice got, const char *wanted)
{
    if (!vg_slice_is_str(got, wanted))
        fail_msg("\"" VG_FMT "\" instead of \"%s\"", VG_ARG(got), wanted);
}

void must_say(const vg_status *status, const char *words)
{
    vg_slice what = vg_status_what(status);

    if (!memmem(what.at, what.len, words, strlen(words)))
        fail_msg("\"" VG_FMT "\" does not say \"%s\"", VG_ARG(what), words);
}

void make_directory(char *dir)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(dir, 64, "%s/vg-steps-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void remove_directory(const char *dir)
{
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
