/* Two calls into one. */
#include "call/twin.h"

vg_call *vg_twin_new(vg_call *lead)
{
    vg_runner *runner = lead->runner;
    vg_arena *scratch = vg_arena_new(runner->parts.scratch_bytes);
    vg_call *hedge;

    if (scratch == NULL)
        return NULL;
    hedge = vg_runner_take_call(runner, lead->op);
    hedge->try.scratch = scratch;
    hedge->started_ns = vg_loop_now_ns(runner->parts.loop);
    hedge->is_hedge = true;
    hedge->is_heavy = lead->is_heavy;
    hedge->has_place = true;
    hedge->twin = lead;
    lead->twin = hedge;
    vg_spans_join(hedge, lead);
    return hedge;
}

/* Would the other end the same way? */
static bool is_an_answer(const vg_call *c)
{
    vg_code code = c->try.status.code;

    return code != VG_CANCELLED && code != VG_DEADLINE && vg_code_describe(code)->again == VG_NEVER;
}

/* When both came in one turn, either will do. */
static bool is_better(const vg_call *hedge, const vg_call *lead)
{
    return is_an_answer(hedge) && !is_an_answer(lead);
}

/* The lead takes over what the hedge brought, if that is better; the hedge is gone. */
static void merge(vg_call *lead)
{
    vg_call *hedge = lead->twin;
    vg_try lost = hedge->try;

    if (is_better(hedge, lead)) {
        lost = lead->try;
        lead->try = hedge->try;
        vg_metrics_add(lead->runner->parts.metrics, VG_M_hedges_won_total,
                       (vg_cell){.backend = lead->runner->label}, 1);
    }
    vg_arena_free(lost.scratch);
    lead->twin = NULL;
    hedge->twin = NULL;
    vg_runner_give_call(hedge);
}

vg_call *vg_twin_join(vg_call *c)
{
    vg_call *other = c->twin, *lead = c->is_hedge ? other : c;

    if (other == NULL)
        return c;
    c->is_over = true;
    if (other->is_over) {
        merge(lead);
        return lead;
    }
    if (is_an_answer(c))
        vg_call_stop(other, VG_CANCELLED);
    return NULL;
}
