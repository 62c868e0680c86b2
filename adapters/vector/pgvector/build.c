/* Indexes that are built while the collection is used, one after the other:
 *
 *     LOOK ──► (all are there) done
 *      ▲ └──► ACT: the first thing that is to be done
 *      └───────┘
 *
 * What is to be done, of each index that the collection is to have:
 *
 *     it is not there                    create it, CONCURRENTLY
 *     it is not valid                    somebody is at it: wait. Else a build was cut short: drop
 *     it was built with other settings   create another one; when that is valid, it takes its place
 *     IVFFlat, and too few points        wait for more
 *     it is not to be there any more     drop it
 *
 * So searches have an index all the time, and whatever was cut short is gone on with. What the
 * collection is to have, its row tells: the catalog may hear of a change later than this does. */
#include "adapters/vector/pgvector/pgvector.h"
#include "base/spec.h"

enum { AGAIN_MS = 1000, MORE_POINTS_MS = 60000, FIRST_REST_MS = 20, LONGEST_REST_MS = 1000 };

typedef enum task {
    NOTHING,
    WAIT_FOR_POINTS,
    WAIT,
    CREATE,
    CREATE_NEW,
    DROP,
    DROP_NEW,
    REPLACE,
} task;

typedef struct plan {
    task what;
    const vg_pgvector_wanted *index;
    vg_slice name; /* of what is made or dropped */
    uint64_t done, total, points;
} plan;

/* ---- what is to be done ---- */

/* Lists whose number is ours are made anew when there are four times as many points, or a quarter.
 */
static bool is_number_current(const vg_pgvector_conf *conf, const vg_pgvector_state *state)
{
    uint64_t have, wanted = vg_pgvector_lists(conf, state->points);

    return vg_slice_u64(vg_slice_skip(state->options, sizeof "lists=" - 1), &have) &&
           (state->points < VG_PGVECTOR_LEAST_LISTED || (have <= 4 * wanted && wanted <= 4 * have));
}

static bool is_current(const vg_pgvector_conf *conf, const vg_pgvector_wanted *wanted,
                       const vg_pgvector_state *state)
{
    if (wanted->kind != VG_PGVECTOR_GRAPH)
        return true;
    if (!wanted->graph.is_lists || wanted->graph.options.len > 0)
        return vg_slice_is(state->options, wanted->graph.options);
    return vg_slice_starts(state->options, VG_LIT("lists=")) && is_number_current(conf, state);
}

static task for_missing(const vg_pgvector_wanted *wanted, const vg_pgvector_state *state)
{
    bool is_lists = wanted->kind == VG_PGVECTOR_GRAPH && wanted->graph.is_lists;

    return is_lists && state->points < VG_PGVECTOR_LEAST_LISTED ? WAIT_FOR_POINTS : CREATE;
}

static task for_new(const vg_pgvector_state *state)
{
    if (!state->is_there)
        return CREATE_NEW;
    if (state->is_valid)
        return REPLACE;
    return state->is_built_now ? WAIT : DROP_NEW;
}

static task for_one(const vg_pgvector_conf *conf, const vg_pgvector_wanted *wanted,
                    const vg_pgvector_state *state, const vg_pgvector_state *other)
{
    if (!state->is_there)
        return for_missing(wanted, state);
    if (!state->is_valid)
        return state->is_built_now ? WAIT : DROP;
    if (!is_current(conf, wanted, state))
        return for_new(other);
    if (vg_slice_is(wanted->name, wanted->new_name))
        return NOTHING;
    return other->is_there && !other->is_built_now ? DROP_NEW : NOTHING;
}

static bool is_more(const plan *p, task what)
{
    return p->what <= WAIT && what > p->what;
}

/* What nobody asks for any more, when nothing else is to be done. */
static bool plan_drops(vg_pgvector_job *job, const vg_collection_spec *spec, const vg_pg_rows *rows,
                       const vg_pgvector_wanteds *wanted, plan *p)
{
    vg_pgvector_state state;

    for (uint32_t i = 0; i < rows->rows; i++) {
        vg_slice name = vg_pgvector_cell(rows, i, 0);

        if (!vg_pgvector_is_unwanted(job, spec, wanted, name))
            continue;
        if (!vg_pgvector_find_state(job->t, rows, name, &state))
            return false;
        if (!is_more(p, state.is_built_now ? WAIT : DROP))
            continue;
        p->what = state.is_built_now ? WAIT : DROP;
        p->name = vg_arena_copy(job->t->scratch, name);
    }
    return true;
}

/* The first thing that somebody has to do; else what is to be waited for. */
static bool make_plan(vg_pgvector_job *job, const vg_collection_spec *spec, const vg_pg_rows *rows,
                      plan *out)
{
    vg_pgvector_wanteds wanted;
    vg_pgvector_state state, other;

    if (!vg_pgvector_list_wanted(job, spec, &wanted))
        return false;
    *out = (plan){.what = NOTHING};
    for (uint32_t i = 0; i < wanted.count; i++) {
        const vg_pgvector_wanted *index = &wanted.at[i];
        task what;

        if (!vg_pgvector_find_state(job->t, rows, index->name, &state) ||
            !vg_pgvector_find_state(job->t, rows, index->new_name, &other))
            return false;
        what = for_one(job->conf, index, &state, &other);
        out->points = state.points;
        out->done += state.done + other.done;
        out->total += state.total + other.total;
        if (is_more(out, what)) {
            out->what = what;
            out->index = index;
            out->name = what == CREATE || what == DROP ? index->name : index->new_name;
        }
    }
    return plan_drops(job, spec, rows, &wanted, out);
}

/* ---- doing it ---- */

enum stage { ASK, LOOK, ACTED, REST };

static void put_drop(vg_pgvector_job *job, const char *drop, vg_slice name)
{
    vg_pg_sql_text(&job->sql, drop);
    vg_pgvector_put_name(job, name);
}

static bool add_replacement(vg_pgvector_job *job, const vg_pgvector_wanted *index)
{
    put_drop(job, "DROP INDEX IF EXISTS ", index->name);
    if (!vg_pgvector_end_statement(job))
        return false;
    vg_pg_sql_text(&job->sql, "ALTER INDEX ");
    vg_pgvector_put_name(job, index->new_name);
    vg_pg_sql_text(&job->sql, " RENAME TO ");
    vg_pg_sql_name(&job->sql, index->name);
    return vg_pgvector_end_statement(job);
}

static bool add_task(vg_pgvector_job *job, const plan *p)
{
    static const char create[] = "CREATE INDEX CONCURRENTLY ", drop[] = "DROP INDEX CONCURRENTLY ";

    if (p->what == REPLACE)
        return add_replacement(job, p->index);
    if (p->what == CREATE || p->what == CREATE_NEW)
        vg_pgvector_put_index(job, p->index, create, p->name, p->points);
    else
        put_drop(job, drop, p->name);
    return vg_pgvector_end_statement(job);
}

static vg_next act(vg_pgvector_job *job, const plan *p, vg_exchange *out)
{
    vg_next next;

    vg_pgvector_anew(job);
    if (!add_task(job, p))
        return VG_FAIL;
    job->t->stage = ACTED;
    next = (p->what == REPLACE ? vg_pgvector_send
                               : vg_pgvector_send_alone)(job, "pgvector.build_index", out);
    out->writes = false; /* nobody need wait for it: what is cut short is gone on with */
    return next;
}

static vg_next look(vg_pgvector_job *job, vg_exchange *out)
{
    vg_next next;

    vg_pgvector_anew(job);
    vg_pgvector_put_states(job);
    if (!vg_pgvector_end_statement(job) || !vg_pgvector_ask_spec(job))
        return VG_FAIL;
    job->t->stage = LOOK;
    next = vg_pgvector_send(job, "pgvector.look_at_indexes", out);
    out->writes = false;
    return next;
}

static vg_next answer(vg_pgvector_job *job, const plan *p)
{
    vg_index_build *build = &job->t->result.build;
    task least = job->op->in.build.waits ? WAIT_FOR_POINTS : NOTHING; /* nobody waits for points */

    *build = (vg_index_build){.done = p->done, .total = p->total};
    build->state = p->what <= least  ? VG_BUILD_DONE
                   : p->what <= WAIT ? VG_BUILD_GOING_ON
                                     : VG_BUILD_NEEDED;
    build->again_ms = p->what == WAIT_FOR_POINTS ? MORE_POINTS_MS : p->what == WAIT ? AGAIN_MS : 0;
    return VG_DONE;
}

/* Somebody waits for what another one does. */
static vg_next rest(vg_pgvector_job *job, vg_exchange *out)
{
    uint32_t *rest_ms = job->state;

    if (!rest_ms && !(rest_ms = job->state = VG_TAKE(job->t->scratch, uint32_t)))
        return vg_pgvector_spent(job->t) ? VG_DONE : VG_FAIL;
    *rest_ms = *rest_ms == 0 ? FIRST_REST_MS : 2 * *rest_ms;
    if (*rest_ms > LONGEST_REST_MS)
        *rest_ms = LONGEST_REST_MS;
    out->wait_ms = *rest_ms;
    job->t->stage = REST;
    return VG_WAIT;
}

static vg_next go_on(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, VG_PGVECTOR_STATE_COLUMNS);
    vg_collection_spec spec = job->op->in.build.spec;
    plan p = {0};

    if (!rows || !vg_pgvector_read_spec(job, reply, 1, &spec) || !make_plan(job, &spec, rows, &p))
        return VG_FAIL;
    if (job->op->in.build.waits && p.what > WAIT_FOR_POINTS)
        return rest(job, out);
    if (job->op->in.build.looks || p.what <= WAIT)
        return answer(job, &p);
    return act(job, &p, out);
}

/* Somebody else was faster: the next look says what that means. */
static bool is_race(const vg_pg_error *error)
{
    return vg_pgvector_is_state(error, "42P07") || vg_pgvector_is_state(error, "42704");
}

vg_next vg_pgvector_build(const vg_backend *self, const vg_op *op, vg_try *t, const vg_reply *reply,
                          vg_exchange *out)
{
    vg_pgvector_job *job = t->state;

    if (reply && reply->pg.error && !(t->stage == ACTED && is_race(reply->pg.error)))
        return vg_pgvector_fail(op, t, reply->pg.error);
    switch ((enum stage)t->stage) {
    case ASK:
        job = vg_pgvector_begin(self, op, t);
        return job ? look(job, out) : VG_FAIL;
    case LOOK:
        return go_on(job, reply, out);
    case ACTED:
    case REST:
        return look(job, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
