/* QUERY. Lookups elsewhere come first; then the backend's own steps, where it has some, or the
 * primitive reads:
 *
 *     look up ─┬▶ the whole op to the backend ─▶ done
 *              └▶ queries.h ─▶ done */
#include "plan/query.h"

#include "plan/lookup.h"
#include "plan/queries.h"
#include "plan/split.h"

typedef struct querying {
    vg_children *children;
    vg_lookup lookup;
    vg_queries queries;
} querying;

/* ---- those that are searches ---- */

static bool is_search(const vg_query *query)
{
    return query->kind == VG_QUERY_SEARCH && query->prefetch_count == 0 &&
           query->lookup_collection.len == 0;
}

bool vg_query_is_search(const vg_op *op, const vg_adapter *adapter)
{
    vg_limits limits = vg_limits_of(adapter, op->collection);

    if (adapter->ops[VG_OP_QUERY] || !vg_limits_take_op(&limits, op))
        return false;
    for (uint32_t i = 0; i < op->in.query.count; i++)
        if (!is_search(&op->in.query.at[i]))
            return false;
    return true;
}

const vg_search *vg_query_searches(const vg_op *op)
{
    uint32_t count = op->in.query.count;
    vg_search *searches;

    if (count == 1)
        return &op->in.query.at[0].search;
    searches = VG_TAKE_N(op->arena, vg_search, (size_t)count + 1);
    for (uint32_t i = 0; searches && i < count; i++)
        searches[i] = op->in.query.at[i].search;
    return searches;
}

/* ---- all others ---- */

static void on_answers(void *arg)
{
    querying *q = arg;
    vg_op *op = q->children->op;

    op->out.searches.at = q->queries.lists;
    op->out.searches.count = q->queries.count;
    op->out.searches.explains = q->queries.explains;
    op->out.searches.is_made = true;
    vg_children_end(q->children);
}

static void ask_whole(querying *q)
{
    vg_runner *backend = q->children->parts->backend;
    const vg_adapter *adapter = vg_runner_backend(backend)->adapter;
    vg_limits limits = vg_limits_of(adapter, q->children->op->collection);

    if (vg_limits_take_op(&limits, q->children->op))
        vg_call_start(backend, q->children->op);
    else
        vg_split_run(q->children);
}

static void ask(querying *q)
{
    vg_op *op = q->children->op;

    op->in.query.at = q->lookup.queries;
    if (vg_runner_backend(q->children->parts->backend)->adapter->ops[VG_OP_QUERY]) {
        ask_whole(q);
        return;
    }
    q->queries =
        (vg_queries){.children = q->children, .at = op->in.query.at, .count = op->in.query.count};
    vg_queries_run(&q->queries, on_answers, q);
}

static void on_lookups(void *arg)
{
    querying *q = arg;

    if (vg_children_failed(q->children))
        vg_children_end(q->children);
    else
        ask(q);
}

static void give_up(void *arg)
{
    vg_children_end(arg);
}

void vg_query_run(vg_children *children)
{
    const vg_op *op = children->op;
    querying *q = VG_TAKE(op->arena, querying);

    if (!q) {
        vg_children_no_memory(children);
        vg_children_run(children, give_up, children);
        return;
    }
    q->children = children;
    q->lookup =
        (vg_lookup){.children = children, .queries = op->in.query.at, .count = op->in.query.count};
    if (vg_lookup_is_needed(q->lookup.queries, q->lookup.count))
        vg_lookup_run(&q->lookup, on_lookups, q);
    else
        ask(q);
}
