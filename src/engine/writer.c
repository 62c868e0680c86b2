/* See writer.h. */
#include "engine/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <sqlite3.h>

#include "base/check.h"
#include "base/log.h"
#include "engine/apply.h"
#include "engine/fill.h"
#include "engine/publish.h"

enum { TROUBLE_TEXT = 200, LOOK_AGAIN_MS = 50 };

struct vg_writer {
    vg_queue queue; /* first: what post() is given */
    pthread_t thread;
    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t posted;
    vg_work *first, **last; /* what waits, in order */
    uint32_t waiting, queue_max;
    bool is_closing;
    bool is_at_rest; /* until something is posted */
    vg_code trouble; /* of the last commit */
    char trouble_text[TROUBLE_TEXT];

    /* the thread's own */
    vg_sql *sql;
    vg_shelf *shelf;
    vg_upkeep upkeep;
};

static vg_write *write_of(vg_work *work)
{
    return vg_container_of(work, vg_write, work);
}

/* ---- the queue ---- */

static bool post(vg_queue *queue, vg_work *work)
{
    vg_writer *writer = vg_container_of(queue, vg_writer, queue);
    bool takes;

    pthread_mutex_lock(&writer->lock);
    takes = !writer->is_closing && writer->waiting < writer->queue_max;
    if (takes) {
        work->next = NULL;
        *writer->last = work;
        writer->last = &work->next;
        writer->waiting++;
        pthread_cond_signal(&writer->posted);
    }
    pthread_mutex_unlock(&writer->lock);
    return takes;
}

/* Under the lock. */
static vg_work *take_all(vg_writer *writer)
{
    vg_work *group = writer->first;

    writer->first = NULL;
    writer->last = &writer->first;
    writer->waiting = 0;
    return group;
}

/* ---- one group ---- */

static bool run(vg_writer *writer, const char *text)
{
    sqlite3_stmt *stmt = vg_sql_use(writer->sql, text, 0);

    return stmt && vg_sql_finish(stmt);
}

static vg_code trouble(vg_writer *writer, vg_work *group, vg_status *why)
{
    return vg_sql_trouble(writer->sql, "the store cannot be written now", write_of(group)->arena,
                          why);
}

/* False: the whole transaction is lost; write->status says why. */
static bool apply(vg_writer *writer, vg_write *write)
{
    sqlite3 *db = vg_sql_db(writer->sql);
    bool good = run(writer, "SAVEPOINT one");

    if (good && vg_apply(writer->sql, write) != VG_OK) {
        vg_apply_forget(write);
        if (sqlite3_get_autocommit(db))
            return false; /* SQLite rolls back by itself when it must */
        good = run(writer, "ROLLBACK TO one");
    }
    if (good && run(writer, "RELEASE one"))
        return true;
    vg_sql_trouble(writer->sql, "the write failed", write->arena, &write->status);
    return false;
}

static vg_code apply_all(vg_writer *writer, vg_work *group, vg_status *why)
{
    uint32_t made = 0;

    for (vg_work *w = group; w; w = w->next) {
        write_of(w)->status = (vg_status){0};
        write_of(w)->stays = false;
        made += write_of(w)->kind == VG_WRITE_CREATE;
    }
    if (!vg_shelf_reserve(writer->shelf, made))
        return vg_status_set(why, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    if (!run(writer, "BEGIN IMMEDIATE"))
        return trouble(writer, group, why);
    for (vg_work *w = group; w; w = w->next) {
        if (apply(writer, write_of(w)))
            continue;
        *why = write_of(w)->status;
        return why->code;
    }
    return run(writer, "COMMIT") ? VG_OK : trouble(writer, group, why);
}

/* All or nothing. Also what was refused by itself gets the group's reason: that a name is taken, or
 * not there, may have been so within the group only. */
static void fail_all(vg_writer *writer, vg_work *group, const vg_status *why)
{
    run(writer, "ROLLBACK"); /* fails when SQLite has rolled back already: fine */
    for (vg_work *w = group; w; w = w->next) {
        vg_write *write = write_of(w);

        if (write->stays)
            vg_apply_forget(write);
        write->stays = false;
        write->done = 0;
        write->status = (vg_status){.code = why->code,
                                    .what = vg_arena_copy(write->arena, why->what),
                                    .upstream = vg_arena_copy(write->arena, why->upstream)};
    }
}

static void note_trouble(vg_writer *writer, const vg_status *why)
{
    size_t len = why->what.len < TROUBLE_TEXT - 1 ? why->what.len : TROUBLE_TEXT - 1;
    bool is_news;

    pthread_mutex_lock(&writer->lock);
    is_news = writer->trouble != why->code;
    writer->trouble = why->code;
    if (len > 0)
        memcpy(writer->trouble_text, why->what.at, len);
    writer->trouble_text[len] = '\0';
    pthread_mutex_unlock(&writer->lock);
    if (is_news && why->code != VG_OK)
        vg_log(VG_ERROR, "the store cannot be written", VG_S("why", why->what));
    else if (is_news)
        vg_log_phrase(VG_INFO, "the store can be written again");
}

/* ---- publishing ---- */

static void publish_all(vg_writer *writer, vg_work *group)
{
    for (vg_work *w = group; w; w = w->next)
        if (write_of(w)->stays)
            vg_publish(writer->shelf, &writer->upkeep, write_of(w));
    vg_upkeep_committed(&writer->upkeep);
}

static bool must_wait(vg_write *write)
{
    return write->status.code == VG_OK && write->kind == VG_WRITE_INDEX && write->waits_for > 0 &&
           vg_fill_wait(write->table, write->waits_for, write);
}

/* From finish on the write belongs to its asker again. */
static void finish_all(vg_work *group)
{
    for (vg_work *next, *w = group; w; w = next) {
        next = w->next;
        if (!must_wait(write_of(w)))
            vg_work_finish(w);
    }
}

static void forget_asked(vg_work *group)
{
    for (vg_work *w = group; w; w = w->next) {
        vg_table *table = write_of(w)->table;

        if (write_of(w)->kind == VG_WRITE_POINTS)
            memset(table->asked, 0, table->vector_count * sizeof *table->asked);
    }
}

static void do_group(vg_writer *writer, vg_work *group)
{
    vg_status why = {0};

    if (apply_all(writer, group, &why) == VG_OK)
        publish_all(writer, group);
    else
        fail_all(writer, group, &why);
    forget_asked(group);
    note_trouble(writer, &why);
    finish_all(group);
}

/* ---- the thread ---- */

/* Until something is posted, or (true) it is time to look at upkeep again. Under the lock. */
static bool wait_for_post(vg_writer *writer)
{
    struct timespec until;

    if (!vg_upkeep_waits(&writer->upkeep)) {
        writer->is_at_rest = true;
        pthread_cond_wait(&writer->posted, &writer->lock);
        return false;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_AGAIN_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_cond_timedwait(&writer->posted, &writer->lock, &until) == ETIMEDOUT;
}

/* Waits for work unless there is upkeep to do; false: closing, and nothing waits any more. */
static bool wait_for_work(vg_writer *writer, vg_work **group, bool has_upkeep)
{
    bool goes_on;

    pthread_mutex_lock(&writer->lock);
    while (!writer->first && !writer->is_closing && !has_upkeep)
        has_upkeep = wait_for_post(writer);
    writer->is_at_rest = false;
    *group = take_all(writer);
    goes_on = *group || !writer->is_closing;
    pthread_mutex_unlock(&writer->lock);
    return goes_on;
}

static void *work(void *arg)
{
    vg_writer *writer = arg;
    bool has_upkeep = true;
    vg_work *group;

    while (wait_for_work(writer, &group, has_upkeep)) {
        if (group)
            do_group(writer, group);
        has_upkeep = vg_upkeep_step(&writer->upkeep, !group) || group;
    }
    return NULL;
}

/* Times are those of the clock that nobody sets. */
static void init_posted(pthread_cond_t *posted)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(posted, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_writer(vg_writer *writer)
{
    pthread_cond_destroy(&writer->posted);
    pthread_mutex_destroy(&writer->lock);
    vg_sql_close(writer->sql);
    free(writer);
}

/* What was not filled when the store was closed. */
static void begin_filling(vg_table *table, void *arg)
{
    if (table->fills)
        vg_upkeep_filling(arg, table);
}

vg_writer *vg_writer_start(vg_sql *sql, vg_shelf *shelf, const vg_writer_conf *conf)
{
    vg_writer *writer = calloc(1, sizeof *writer);

    if (!writer) {
        vg_sql_close(sql);
        return NULL;
    }
    writer->queue.post = post;
    writer->last = &writer->first;
    writer->queue_max = conf->queue_max;
    writer->sql = sql;
    writer->shelf = shelf;
    pthread_mutex_init(&writer->lock, NULL);
    init_posted(&writer->posted);
    vg_upkeep_init(&writer->upkeep, sql, conf->wal_bytes);
    writer->upkeep.builder = conf->builder;
    vg_shelf_each(shelf, begin_filling, &writer->upkeep);
    if (pthread_create(&writer->thread, NULL, work, writer) == 0)
        return writer;
    vg_upkeep_fini(&writer->upkeep);
    free_writer(writer);
    return NULL;
}

void vg_writer_stop(vg_writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->is_closing = true;
    pthread_cond_signal(&writer->posted);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    vg_upkeep_fini(&writer->upkeep);
    free_writer(writer);
}

vg_queue *vg_writer_queue(vg_writer *writer)
{
    return &writer->queue;
}

bool vg_writer_is_at_rest(vg_writer *writer)
{
    bool rests;

    pthread_mutex_lock(&writer->lock);
    rests = writer->is_at_rest && !writer->first;
    pthread_mutex_unlock(&writer->lock);
    return rests;
}

bool vg_writer_trouble(vg_writer *writer, vg_arena *arena, vg_status *status)
{
    vg_code code;

    pthread_mutex_lock(&writer->lock);
    code = writer->trouble;
    if (code != VG_OK && status)
        vg_status_set(status, code, vg_arena_copy(arena, vg_slice_str(writer->trouble_text)),
                      (vg_slice){0});
    pthread_mutex_unlock(&writer->lock);
    return code != VG_OK;
}
