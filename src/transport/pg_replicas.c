/* See pg_replicas.h. */
#include "transport/pg_replicas.h"

#include <stdlib.h>

#include "base/log.h"

enum { CHECK_MS = 1000, MOST_CHECK_MS = 30000, PATIENCE_MS = 5000 };

/* In milliseconds. A primary is no replica, but does not lag. Nor does one that has replayed all
 * that it got (after a start more than that: it is sent from the begin of a segment on) and is
 * being sent more; who may not see what its receiver does is told that there is one. */
#define LAG                                                                          \
    "SELECT CASE WHEN NOT pg_is_in_recovery() OR (pg_last_wal_receive_lsn() <= "     \
    "pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE "   \
    "coalesce(status, 'streaming') = 'streaming')) THEN 0 ELSE (extract(epoch FROM " \
    "clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint END"

struct replica {
    vg_pg_target target;
    vg_pg_replicas *all;
    bool is_good;
    bool is_checking;
    uint64_t checked_ns; /* when the newest check began */
    uint64_t again_ns;   /* not before then */
    uint32_t failures;   /* of checks, in a row */
    vg_pg_statement statement;
    vg_exchange x;
    vg_pg_job job;
};

struct vg_pg_replicas {
    vg_loop *loop;
    vg_slice name;
    uint64_t max_lag_ms;
    uint32_t count;
    uint32_t turn;
    struct replica replicas[];
};

static uint64_t now_ns(const vg_pg_replicas *replicas)
{
    return vg_loop_now_ns(replicas->loop);
}

static uint64_t ns_of(uint64_t ms)
{
    return ms * 1000000;
}

/* --- checks ---------------------------------------------------------------------------------- */

static void set_good(struct replica *replica, bool is_good)
{
    if (replica->is_good == is_good)
        return;
    replica->is_good = is_good;
    vg_log(is_good ? VG_INFO : VG_WARN,
           is_good ? "a replica is read from" : "a replica is left out",
           VG_S("backend", replica->all->name), VG_Z("host", replica->target.url.hosts[0].name));
}

static void set_failed(struct replica *replica)
{
    uint64_t ms = CHECK_MS;

    for (uint32_t i = 0; i < replica->failures && ms < MOST_CHECK_MS; i++)
        ms *= 2;
    replica->failures++;
    replica->again_ns = now_ns(replica->all) + ns_of(ms < MOST_CHECK_MS ? ms : MOST_CHECK_MS);
    set_good(replica, false);
}

/* Is it as near as it has to be? An unknown lag is too far. */
static bool is_near(const struct replica *replica)
{
    const vg_pg_incoming *in = &replica->job.in;
    uint64_t lag_ms;

    if (replica->job.fault != VG_FAULT_NONE || in->has_error || in->count != 1 ||
        in->rows[0].rows != 1)
        return false;
    return replica->all->max_lag_ms == 0 ||
           (vg_slice_u64(in->rows[0].cells[0], &lag_ms) && lag_ms <= replica->all->max_lag_ms);
}

void vg_pg_replicas_checked(vg_pg_job *job)
{
    struct replica *replica = job->owner;

    replica->is_checking = false;
    if (is_near(replica)) {
        replica->failures = 0;
        replica->again_ns = replica->checked_ns + ns_of(CHECK_MS);
        set_good(replica, true);
    } else {
        set_failed(replica);
    }
    vg_pg_incoming_clear(&job->in);
}

static void start_check(struct replica *replica)
{
    uint64_t now = now_ns(replica->all);

    replica->is_checking = true;
    replica->checked_ns = now;
    replica->statement = (vg_pg_statement){.sql = VG_LIT(LAG)};
    replica->x = (vg_exchange){.name = "pg.lag",
                               .via = VG_VIA_PG,
                               .repeat = VG_REPEAT_ALWAYS,
                               .deadline_ns = now + ns_of(PATIENCE_MS)};
    replica->x.as.pg.statements = &replica->statement;
    replica->x.as.pg.count = 1;
    replica->job = (vg_pg_job){.owner = replica, .x = &replica->x};
    vg_list_init(&replica->job.place);
    replica->job.pool = replica->target.pool;
    vg_pg_pool_send(replica->target.pool, &replica->job);
}

static void stop_check(struct replica *replica)
{
    replica->is_checking = false;
    vg_pg_pool_stop(replica->target.pool, &replica->job);
    vg_pg_incoming_clear(&replica->job.in);
}

static void check(struct replica *replica)
{
    uint64_t now = now_ns(replica->all);

    if (replica->is_checking && now >= replica->checked_ns + ns_of(PATIENCE_MS)) {
        stop_check(replica);
        set_failed(replica);
    }
    if (!replica->is_checking && now >= replica->again_ns)
        start_check(replica);
}

/* --- picking --------------------------------------------------------------------------------- */

uint32_t vg_pg_replicas_pick(vg_pg_replicas *replicas, uint32_t not_these)
{
    for (uint32_t i = 0; i < replicas->count; i++)
        check(&replicas->replicas[i]);
    for (uint32_t i = 0; i < replicas->count; i++) {
        uint32_t place = replicas->turn++ % replicas->count;

        if (replicas->replicas[place].is_good && (not_these >> place & 1) == 0)
            return place;
    }
    return VG_PG_REPLICAS;
}

vg_pg_pool *vg_pg_replicas_pool(const vg_pg_replicas *replicas, uint32_t place)
{
    return replicas->replicas[place].target.pool;
}

bool vg_pg_replicas_leave_out(vg_pg_replicas *replicas, const vg_pg_pool *pool)
{
    for (uint32_t i = 0; i < replicas->count; i++) {
        struct replica *replica = &replicas->replicas[i];

        if (replica->target.pool != pool)
            continue;
        if (replica->is_good)
            set_failed(replica);
        return true;
    }
    return false;
}

uint32_t vg_pg_replicas_count(const vg_pg_replicas *replicas)
{
    return replicas->count;
}

/* --- their life ------------------------------------------------------------------------------ */

static bool open_all(vg_pg_replicas *replicas, const vg_pg_target_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->pg->endpoint;

    for (uint32_t i = 0; i < endpoint->replica_count; i++) {
        struct replica *replica = &replicas->replicas[i];
        vg_pg_target_parts own = *parts;

        own.url = endpoint->replica_urls[i];
        own.role = VG_PG_REPLICA;
        replica->all = replicas;
        replicas->count = i + 1;
        if (!vg_pg_target_open(&replica->target, &own, status))
            return false;
    }
    return true;
}

vg_pg_replicas *vg_pg_replicas_new(const vg_pg_target_parts *parts, vg_status *status)
{
    const vg_pg_endpoint *endpoint = parts->pg->endpoint;
    vg_pg_replicas *replicas =
        calloc(1, sizeof *replicas + endpoint->replica_count * sizeof(struct replica));

    if (replicas == NULL) {
        vg_status_set(status, VG_OVERLOADED, VG_LIT("there is no memory for connections"),
                      parts->pg->name);
        return NULL;
    }
    replicas->loop = parts->pg->loop;
    replicas->name = parts->pg->name;
    replicas->max_lag_ms = endpoint->max_lag_ms;
    if (open_all(replicas, parts, status))
        return replicas;
    vg_pg_replicas_close(replicas);
    return NULL;
}

void vg_pg_replicas_close(vg_pg_replicas *replicas)
{
    for (uint32_t i = 0; i < replicas->count; i++) {
        struct replica *replica = &replicas->replicas[i];

        if (replica->is_checking)
            stop_check(replica);
        vg_pg_target_close(&replica->target);
    }
    free(replicas);
}
