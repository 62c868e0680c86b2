/* See timed.h. The clock itself is read: the loop's stands still during a turn, in which a large
 * reply is read. */
#include "call/timed.h"

#include "base/clock.h"

void vg_timed_phase(vg_call *call)
{
    static const vg_time times[VG_PHASES] = {
        [VG_PHASE_ADMIT] = VG_TIME_ADMIT,      [VG_PHASE_ASK] = VG_TIME_CODE,
        [VG_PHASE_THINK] = VG_TIME_CODE,       [VG_PHASE_HEED] = VG_TIME_CODE,
        [VG_PHASE_DELIVER] = VG_TIME_EXCHANGE, [VG_PHASE_REST] = VG_TIME_REST,
        [VG_PHASE_RETRY] = VG_TIME_REST,       [VG_PHASE_SETTLE] = VG_TIMES,
    };
    vg_time next = times[call->phase];
    uint64_t now_ns;

    if (next == call->time)
        return;
    now_ns = vg_clock_now_ns();
    vg_timing_move(call->op->timing, call->time, next, now_ns);
    call->time = next;
    if (next == VG_TIME_EXCHANGE)
        call->began_at_ns = now_ns;
}

/* --- bytes ----------------------------------------------------------------------------------- */

static uint64_t pg_sent(const vg_pg_request *pg)
{
    uint64_t bytes = pg->copy.len;

    for (uint32_t i = 0; i < pg->count; i++) {
        bytes += pg->statements[i].sql.len;
        for (uint32_t k = 0; k < pg->statements[i].param_count; k++)
            bytes += pg->statements[i].params[k].value.len;
    }
    return bytes;
}

static uint64_t sent_bytes(const vg_exchange *x)
{
    if (x->via == VG_VIA_HTTP)
        return x->as.http.body.len;
    return x->via == VG_VIA_PG ? pg_sent(&x->as.pg) : 0;
}

static uint64_t pg_came(const vg_pg_reply *pg)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < pg->count; i++) {
        const vg_pg_rows *rows = &pg->results[i];

        for (size_t k = 0; k < (size_t)rows->rows * rows->columns; k++)
            bytes += rows->cells[k].len;
    }
    return bytes;
}

static uint64_t reply_bytes(const vg_reply *reply)
{
    if (reply == NULL)
        return 0;
    if (reply->via == VG_VIA_HTTP)
        return reply->http.body.len;
    return reply->via == VG_VIA_PG ? pg_came(&reply->pg) : 0;
}

/* --- an exchange ----------------------------------------------------------------------------- */

void vg_timed_reply(vg_call *call, const vg_ending *ending)
{
    call->took_ns = vg_clock_now_ns() - call->began_at_ns;
    call->connect_ns = ending->connect_ns;
    call->reply_bytes = reply_bytes(ending->reply);
}

void vg_timed_exchange(const vg_call *call, vg_code code)
{
    const vg_exchange *x = &call->replied;

    vg_timing_exchange(
        call->op->timing,
        &(vg_timed){.name = x->name,
                    .began_ns = call->began_at_ns,
                    .took_ns = call->took_ns,
                    .connect_ns = call->connect_ns,
                    .sent_bytes = sent_bytes(x),
                    .reply_bytes = call->reply_bytes,
                    .has_bytes = x->via != VG_VIA_LOCAL,
                    .attempt = (int)(call->retries + call->throttled) + 1,
                    .is_hedge = call->is_hedge,
                    .code = vg_code_describe(code)->metric,
                    .fault = call->fault != VG_FAULT_NONE ? vg_fault_word(call->fault) : NULL},
        vg_clock_now_ns());
}
