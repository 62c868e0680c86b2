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
 *
 * So searches have an index all the time, and whatever was cut short is gone on with. */
#include "adapters/vector/pgvector/pgvector.h"
#include "base/spec.h"

enum { AGAIN_MS = 1000 };

typedef enum task { NOTHING, WAIT, CREATE, CREATE_NEW, DROP, DROP_NEW, REPLACE } task;

typedef struct plan {
    task what;
    const vg_pgvector_wanted *index;
    uint64_t done, total;
} plan;

/* ---- what is to be done ---- */

static bool is_current(const vg_pgvector_wanted *wanted, const vg_pgvector_state *state)
{
    return wanted->kind != VG_PGVECTOR_GRAPH || vg_slice_is(state->options, wanted->graph.options);
}

static task for_new(const vg_pgvector_state *state)
{
    if (!state->is_there)
        return CREATE_NEW;
    if (state->is_valid)
        return REPLACE;
    return state->is_built_now ? WAIT : DROP_NEW;
}

static task for_one(const vg_pgvector_wanted *wanted, const vg_pgvector_state *state,
                    const vg_pgvector_state *other)
{
    if (!state->is_there)
        return CREATE;
    if (!state->is_valid)
        return state->is_built_now ? WAIT : DROP;
    if (!is_current(wanted, state))
        return for_new(other);
    return other->is_there && !other->is_built_now ? DROP_NEW : NOTHING;
}

/* The first thing that somebody has to do; else what is to be waited for. */
static bool make_plan(vg_pgvector_job *job, const vg_pg_rows *rows, plan *out)
{
    const vg_collection_spec *spec = &job->op->in.build.spec;
    vg_pgvector_wanted *wanted =
        VG_TAKE_N(job->t->scratch, vg_pgvector_wanted, (size_t)spec->vector_count + 1);
    vg_pgvector_state state, other;
    uint32_t count;

    if (!wanted)
        return vg_pgvector_spent(job->t);
    if (!vg_pgvector_list_wanted(job, spec, wanted, &count))
        return false;
    *out = (plan){.what = NOTHING};
    for (uint32_t i = 0; i < count; i++) {
        task what;

        if (!vg_pgvector_find_state(job->t, rows, wanted[i].name, &state) ||
            !vg_pgvector_find_state(job->t, rows, wanted[i].new_name, &other))
            return false;
        what = for_one(&wanted[i], &state, &other);
        out->done += state.done + other.done;
        out->total += state.total + other.total;
        if (out->what == NOTHING || (out->what == WAIT && what > WAIT)) {
            out->what = what;
            out->index = &wanted[i];
        }
    }
    return true;
}

/* ---- doing it ---- */

enum stage { ASK, LOOK, ACTED };

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
        vg_pgvector_put_index(job, p->index, create,
                              p->what == CREATE ? p->index->name : p->index->new_name);
    else
        put_drop(job, drop, p->what == DROP ? p->index->name : p->index->new_name);
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
    if (!vg_pgvector_end_statement(job))
        return VG_FAIL;
    job->t->stage = LOOK;
    next = vg_pgvector_send(job, "pgvector.look_at_indexes", out);
    out->writes = false;
    return next;
}

static vg_next answer(vg_pgvector_job *job, const plan *p)
{
    vg_index_build *build = &job->t->result.build;

    *build = (vg_index_build){.done = p->done, .total = p->total};
    build->state = p->what == NOTHING ? VG_BUILD_DONE
                   : p->what == WAIT  ? VG_BUILD_GOING_ON
                                      : VG_BUILD_NEEDED;
    build->again_ms = p->what == WAIT ? AGAIN_MS : 0;
    return VG_DONE;
}

static vg_next go_on(vg_pgvector_job *job, const vg_reply *reply, vg_exchange *out)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, 0, VG_PGVECTOR_STATE_COLUMNS);
    plan p = {0};

    if (!rows || !make_plan(job, rows, &p))
        return VG_FAIL;
    if (job->op->in.build.looks || p.what == NOTHING || p.what == WAIT)
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
        return look(job, out);
    }
    return vg_try_fail(t, VG_INTERNAL, VG_LIT("pgvector: unknown stage"));
}
