/* See timing.h. What has passed since the last change is put down to the phase that holds now, then
 * the change is made: so the sum of all phases is the time that passed. */
#include "vecgate/timing.h"

static const char *const words[VG_TIMES] = {
#define TIME(kind, word) [VG_TIME_##kind] = (word),
#include "vecgate/timing.def"
#undef TIME
};

const char *vg_time_word(vg_time time)
{
    return words[time];
}

/* Of several at once the first counts. */
static vg_time phase_of(const vg_timing *timing)
{
    static const vg_time order[] = {VG_TIME_EXCHANGE, VG_TIME_CODE, VG_TIME_ADMIT, VG_TIME_REST};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (timing->busy[order[i]] > 0)
            return order[i];
    return timing->own;
}

static void catch_up(vg_timing *timing, uint64_t now_ns)
{
    if (now_ns <= timing->at_ns)
        return; /* a clock that was read before the last one */
    timing->spent_ns[phase_of(timing)] += now_ns - timing->at_ns;
    timing->at_ns = now_ns;
}

void vg_timing_begin(vg_timing *timing, uint64_t began_ns)
{
    *timing = (vg_timing){.began_ns = began_ns,
                          .at_ns = began_ns,
                          .own = VG_TIME_RECEIVE,
                          .list = timing->list,
                          .room = timing->room};
}

void vg_timing_go(vg_timing *timing, vg_time next, uint64_t now_ns)
{
    if (timing == NULL)
        return;
    catch_up(timing, now_ns);
    timing->own = next;
}

void vg_timing_move(vg_timing *timing, vg_time from, vg_time to, uint64_t now_ns)
{
    if (timing == NULL || from == to)
        return;
    catch_up(timing, now_ns);
    if (from != VG_TIMES)
        timing->busy[from]--;
    if (to != VG_TIMES)
        timing->busy[to]++;
}

void vg_timing_exchange(vg_timing *timing, const vg_timed *timed, uint64_t now_ns)
{
    uint64_t *exchange_ns, connect_ns = timed->connect_ns;
    vg_timed one = *timed;

    if (timing == NULL)
        return;
    catch_up(timing, now_ns);
    exchange_ns = &timing->spent_ns[VG_TIME_EXCHANGE];
    connect_ns = connect_ns < *exchange_ns ? connect_ns : *exchange_ns;
    *exchange_ns -= connect_ns;
    timing->spent_ns[VG_TIME_CONNECT] += connect_ns;
    one.began_ns -= one.began_ns < timing->began_ns ? one.began_ns : timing->began_ns;
    if (timing->exchanges < timing->room)
        timing->list[timing->exchanges] = one;
    timing->exchanges++;
    timing->repeats += one.attempt > 1;
    if (one.took_ns >= timing->slowest.took_ns)
        timing->slowest = one;
}

uint64_t vg_timing_here_ns(const vg_timing *timing)
{
    uint64_t here_ns = 0;

    for (int i = 0; i < VG_TIMES; i++)
        if (i != VG_TIME_RECEIVE && i != VG_TIME_SEND)
            here_ns += timing->spent_ns[i];
    return here_ns;
}
