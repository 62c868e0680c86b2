/* The states of a breaker:
 *
 *                    TRIPS
 *       ┌────────┐ ─────────▶ ┌──────┐
 *       │ closed │            │ open │ ◀──────────┐
 *       └────────┘            └──────┘            │ FAILS
 *            ▲                    │ RESTED        │
 *            │ PROVEN             ▼               │
 *            │              ┌───────────┐ ────────┘
 *            └───────────── │ half-open │ ──┐ PASSES, RETURNS
 *                           └───────────┘ ◀─┘
 *
 * Each FAILS doubles the time that the next opening lasts. */
#include "call/breaker.h"

enum { LEVEL_AT = 2, PASSED_AT = 8, DUE_AT = 16, MOST_LEVEL = 63, MOST_PASSED = 255 };

/* The word, apart. */
struct parts {
    vg_breaker_state state;
    uint32_t level;  /* openings since it was closed, less one */
    uint32_t passed; /* probes that succeeded since it is half-open */
    uint64_t due_ms; /* open: ends then. Half-open: a probe is out, and given up then; 0: none is */
};

/* clang-format off */
const vg_breaker_row vg_breaker_rows[] = {
    {VG_BREAKER_CLOSED,    VG_BREAKER_TRIPS,   VG_BREAKER_OPEN,      "too many of the last exchanges failed, or none could connect"},
    {VG_BREAKER_OPEN,      VG_BREAKER_RESTED,  VG_BREAKER_HALF_OPEN, "its time is over: who asks next is a probe"},
    {VG_BREAKER_HALF_OPEN, VG_BREAKER_PASSES,  VG_BREAKER_HALF_OPEN, "a probe succeeded, and more must: the next may go"},
    {VG_BREAKER_HALF_OPEN, VG_BREAKER_PROVEN,  VG_BREAKER_CLOSED,    "enough probes succeeded, one after the other"},
    {VG_BREAKER_HALF_OPEN, VG_BREAKER_FAILS,   VG_BREAKER_OPEN,      "a probe failed: for twice as long"},
    {VG_BREAKER_HALF_OPEN, VG_BREAKER_RETURNS, VG_BREAKER_HALF_OPEN, "a probe was cancelled and tells nothing: the next may go"},
};
/* clang-format on */
const size_t vg_breaker_row_count = sizeof vg_breaker_rows / sizeof vg_breaker_rows[0];

const char *vg_breaker_word(vg_breaker_state state)
{
    static const char *const words[VG_BREAKER_STATES] = {"closed", "open", "half-open"};

    return words[state];
}

/* --- the word -------------------------------------------------------------------------------- */

static struct parts parts_of(uint64_t word)
{
    return (struct parts){.state = (vg_breaker_state)(word & 3),
                          .level = (uint32_t)(word >> LEVEL_AT) & MOST_LEVEL,
                          .passed = (uint32_t)(word >> PASSED_AT) & MOST_PASSED,
                          .due_ms = word >> DUE_AT};
}

static uint64_t word_of(struct parts parts)
{
    return (uint64_t)parts.state | (uint64_t)parts.level << LEVEL_AT |
           (uint64_t)parts.passed << PASSED_AT | parts.due_ms << DUE_AT;
}

static uint64_t read_word(const vg_breaker *breaker)
{
    return atomic_load_explicit(&breaker->word, memory_order_acquire);
}

static bool swap(vg_breaker *breaker, uint64_t was, uint64_t is)
{
    return atomic_compare_exchange_strong_explicit(&breaker->word, &was, is, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

/* --- transitions ----------------------------------------------------------------------------- */

/* VG_BREAKER_STATES: there is no such transition. */
static vg_breaker_state next_state(vg_breaker_state from, vg_breaker_event event)
{
    for (size_t i = 0; i < vg_breaker_row_count; i++)
        if (vg_breaker_rows[i].from == from && vg_breaker_rows[i].event == event)
            return vg_breaker_rows[i].to;
    return VG_BREAKER_STATES;
}

static uint64_t open_ms(const vg_breaker_conf *conf, uint32_t level, uint32_t chance)
{
    uint64_t ms = conf->open_ms;

    for (; level > 0 && ms < conf->open_most_ms; level--)
        ms *= 2;
    if (ms > conf->open_most_ms)
        ms = conf->open_most_ms;
    return ms - (ms / 5) * chance / UINT32_MAX;
}

/* What the word becomes: each event is also what it does to level, passed and due. */
static struct parts after(const vg_breaker_conf *conf, struct parts was, vg_breaker_event event,
                          uint64_t now_ms, uint32_t chance)
{
    struct parts is = {.state = next_state(was.state, event), .level = was.level};

    switch (event) {
    case VG_BREAKER_TRIPS:
        is.level = 0;
        is.due_ms = now_ms + open_ms(conf, 0, chance);
        break;
    case VG_BREAKER_FAILS:
        is.level = was.level < MOST_LEVEL ? was.level + 1 : MOST_LEVEL;
        is.due_ms = now_ms + open_ms(conf, is.level, chance);
        break;
    case VG_BREAKER_RESTED:
        is.due_ms = now_ms + conf->open_most_ms;
        break;
    case VG_BREAKER_PASSES:
        is.passed = was.passed < MOST_PASSED ? was.passed + 1 : MOST_PASSED;
        break;
    case VG_BREAKER_RETURNS:
        is.passed = was.passed;
        break;
    default: /* PROVEN: closed is all zero */
        is.level = 0;
    }
    return is;
}

static void forget(vg_breaker *breaker)
{
    vg_window_clear(&breaker->window);
    atomic_store_explicit(&breaker->connects, 0, memory_order_relaxed);
}

static vg_breaker_change nothing(vg_breaker_state state)
{
    return (vg_breaker_change){state, state};
}

/* Goes over from `was`, unless somebody else did something first. */
static vg_breaker_change go(vg_breaker *breaker, const vg_breaker_conf *conf, uint64_t was,
                            vg_breaker_event event, const vg_breaker_ending *ending)
{
    struct parts from = parts_of(was);
    struct parts to = after(conf, from, event, ending->now_ms, ending->chance);

    if (to.state == VG_BREAKER_STATES || !swap(breaker, was, word_of(to)))
        return nothing(from.state);
    if (to.state != from.state)
        forget(breaker);
    return (vg_breaker_change){from.state, to.state};
}

/* --- who may pass ---------------------------------------------------------------------------- */

/* One that waits for a probe's end cannot know when that is: soon. */
static uint32_t wait_of(struct parts parts, const vg_breaker_conf *conf, uint64_t now_ms)
{
    uint64_t left = parts.due_ms > now_ms ? parts.due_ms - now_ms : 0;

    if (parts.state == VG_BREAKER_CLOSED)
        return 0;
    if (parts.state == VG_BREAKER_HALF_OPEN && left > conf->open_ms)
        return (uint32_t)conf->open_ms;
    return (uint32_t)left;
}

static vg_breaker_answer let_probe(struct parts from, struct parts to)
{
    return (vg_breaker_answer){.may_pass = true,
                               .ticket = {.is_probe = true, .word = word_of(to)},
                               .change = {from.state, to.state}};
}

vg_breaker_answer vg_breaker_admit(vg_breaker *breaker, const vg_breaker_conf *conf,
                                   uint64_t now_ms)
{
    for (;;) {
        uint64_t word = read_word(breaker);
        struct parts is = parts_of(word), to = is;
        uint32_t wait_ms = wait_of(is, conf, now_ms);

        if (is.state == VG_BREAKER_CLOSED || wait_ms > 0)
            return (vg_breaker_answer){
                .may_pass = wait_ms == 0, .wait_ms = wait_ms, .change = nothing(is.state)};
        if (is.state == VG_BREAKER_OPEN)
            to = after(conf, is, VG_BREAKER_RESTED, now_ms, 0);
        else
            to.due_ms = now_ms + conf->open_most_ms;
        if (swap(breaker, word, word_of(to)))
            return let_probe(is, to);
    }
}

uint32_t vg_breaker_wait_ms(const vg_breaker *breaker, const vg_breaker_conf *conf, uint64_t now_ms)
{
    return wait_of(parts_of(read_word(breaker)), conf, now_ms);
}

vg_breaker_state vg_breaker_look(const vg_breaker *breaker)
{
    return parts_of(read_word(breaker)).state;
}

/* --- what is learned ------------------------------------------------------------------------- */

static bool is_failure(vg_verdict verdict)
{
    return verdict == VG_VERDICT_SICK || verdict == VG_VERDICT_NO_CONNECT;
}

static vg_breaker_event event_of(vg_verdict verdict, struct parts probe,
                                 const vg_breaker_conf *conf)
{
    if (is_failure(verdict))
        return VG_BREAKER_FAILS;
    if (verdict == VG_VERDICT_NONE)
        return VG_BREAKER_RETURNS;
    return probe.passed + 1 >= conf->probes ? VG_BREAKER_PROVEN : VG_BREAKER_PASSES;
}

static void count(vg_breaker *breaker, const vg_breaker_conf *conf, const vg_breaker_ending *ending)
{
    bool failed = is_failure(ending->verdict);

    vg_window_add(&breaker->window, conf->window_ms, ending->now_ms,
                  (vg_window_count){.all = 1, .marked = failed});
    if (ending->verdict == VG_VERDICT_NO_CONNECT)
        atomic_fetch_add_explicit(&breaker->connects, 1, memory_order_relaxed);
    else if (atomic_load_explicit(&breaker->connects, memory_order_relaxed) != 0)
        atomic_store_explicit(&breaker->connects, 0, memory_order_relaxed);
}

static bool is_enough(const vg_breaker *breaker, const vg_breaker_conf *conf, uint64_t now_ms)
{
    vg_window_count sum = vg_window_sum(&breaker->window, conf->window_ms, now_ms);

    return atomic_load_explicit(&breaker->connects, memory_order_relaxed) >= conf->connects ||
           (sum.all >= conf->least && (uint64_t)sum.marked * 100 >= conf->percent * sum.all);
}

vg_breaker_change vg_breaker_learn(vg_breaker *breaker, const vg_breaker_conf *conf,
                                   const vg_breaker_ending *ending)
{
    uint64_t word = read_word(breaker);
    struct parts is = parts_of(word);

    if (is_failure(ending->verdict))
        atomic_store_explicit(&breaker->cause, ending->cause, memory_order_relaxed);
    if (ending->ticket.is_probe) {
        word = ending->ticket.word;
        return go(breaker, conf, word, event_of(ending->verdict, parts_of(word), conf), ending);
    }
    if (is.state != VG_BREAKER_CLOSED || ending->verdict == VG_VERDICT_NONE)
        return nothing(is.state);
    count(breaker, conf, ending);
    if (!is_failure(ending->verdict) || !is_enough(breaker, conf, ending->now_ms))
        return nothing(is.state);
    return go(breaker, conf, word, VG_BREAKER_TRIPS, ending);
}

uint64_t vg_breaker_cause(const vg_breaker *breaker)
{
    return atomic_load_explicit(&breaker->cause, memory_order_relaxed);
}
