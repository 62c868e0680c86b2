/* Decides in the order of cost: may it, how often, in time, and last the budget. */
#include "call/retry.h"

enum { MOST_DOUBLINGS = 20 };

static bool may_repeat(const vg_retry_case *failed)
{
    if (failed->code == VG_THROTTLED) /* it was refused: nothing was done */
        return failed->repeat != VG_REPEAT_NEVER;
    return failed->repeat == VG_REPEAT_ALWAYS ||
           (failed->repeat == VG_REPEAT_IF_UNSENT && !failed->was_sent);
}

static uint64_t doubled(uint64_t ms, uint32_t times)
{
    return ms << (times < MOST_DOUBLINGS ? times : MOST_DOUBLINGS);
}

static uint64_t part_of(uint64_t ms, uint32_t chance)
{
    return ms * chance / UINT32_MAX;
}

static uint64_t wait_of(const vg_retry_conf *conf, const vg_retry_case *failed)
{
    uint64_t told = failed->retry_after_ms, ms;

    if (failed->code != VG_THROTTLED) {
        ms = part_of(doubled(conf->wait_ms, failed->retries), failed->chance);
        return told > ms ? told : ms;
    }
    ms = told > 0 ? told : doubled(conf->throttled_wait_ms, failed->throttled);
    return ms + part_of(ms / 10, failed->chance);
}

static bool is_within_budget(const vg_retry_conf *conf, const vg_window *budget, uint64_t now_ms)
{
    vg_window_count sum = vg_window_sum(budget, conf->window_ms, now_ms);

    return sum.marked < conf->least || (uint64_t)sum.marked * 100 < conf->percent * sum.all;
}

static vg_retry_verdict judge(const vg_retry_conf *conf, const vg_window *budget,
                              const vg_retry_case *failed, uint64_t wait_ms)
{
    bool is_throttled = failed->code == VG_THROTTLED;
    uint64_t most = is_throttled ? conf->throttled_most : conf->most;

    if (vg_code_describe(failed->code)->again == VG_NEVER || !may_repeat(failed))
        return VG_RETRY_USELESS;
    if ((is_throttled ? failed->throttled : failed->retries) >= most)
        return VG_RETRY_ENOUGH;
    if (failed->now_ms + wait_ms >= failed->deadline_ms)
        return VG_RETRY_LATE;
    return is_within_budget(conf, budget, failed->now_ms) ? VG_RETRY_AGAIN : VG_RETRY_SPENT;
}

vg_retry_answer vg_retry_decide(const vg_retry_conf *conf, vg_window *budget,
                                const vg_retry_case *failed)
{
    uint64_t wait_ms = wait_of(conf, failed);
    vg_retry_verdict verdict = judge(conf, budget, failed, wait_ms);

    if (verdict == VG_RETRY_AGAIN)
        vg_window_add(budget, conf->window_ms, failed->now_ms, (vg_window_count){.marked = 1});
    return (vg_retry_answer){.verdict = verdict, .wait_ms = (uint32_t)wait_ms};
}

void vg_retry_note_sent(const vg_retry_conf *conf, vg_window *budget, uint64_t now_ms)
{
    vg_window_add(budget, conf->window_ms, now_ms, (vg_window_count){.all = 1});
}
