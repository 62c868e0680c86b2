/* A request's traceparent and, line by line behind it, its tracestates: what is read is whole, can
 * be written and read again, and is then the same; what goes on is bounded and prints. */
#include "vecgate/arena.h"

#include "base/check.h"
#include "observe/traceparent.h"
#include "tests/support/fuzz.h"

enum { HEADERS = 8 };

static uint32_t split(vg_slice text, vg_header *headers)
{
    uint32_t count = 0;

    while (count < HEADERS && text.len > 0) {
        size_t len = vg_slice_find(text, '\n');

        headers[count] = (vg_header){count == 0 ? VG_LIT("traceparent") : VG_LIT("tracestate"),
                                     vg_slice_of(text.at, len)};
        count++;
        text = vg_slice_skip(text, len + 1);
    }
    return count;
}

static void check_again(vg_arena *arena, const vg_trace *trace)
{
    char text[VG_TRACEPARENT];
    vg_header headers[] = {{VG_LIT("traceparent"), vg_slice_of(text, sizeof text)},
                           {VG_LIT("tracestate"), trace->state}};
    vg_trace again;

    vg_trace_write(trace, text);
    VG_CHECK(vg_trace_read(arena, headers, 2, &again));
    VG_CHECK(memcmp(again.trace_id, trace->trace_id, VG_TRACE_ID) == 0);
    VG_CHECK(memcmp(again.span_id, trace->span_id, VG_SPAN_ID) == 0);
    VG_CHECK(again.flags == trace->flags && vg_slice_is(again.state, trace->state));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_header headers[HEADERS];
    uint32_t count = split(vg_slice_of((const char *)data, size), headers);
    vg_arena *arena = vg_arena_new(64 * 1024);
    vg_trace trace;

    if (vg_trace_read(arena, headers, count, &trace)) {
        VG_CHECK(vg_trace_is_set(&trace) && trace.state.len <= VG_TRACESTATE_BYTES);
        for (size_t i = 0; i < trace.state.len; i++)
            VG_CHECK(trace.state.at[i] >= ' ' && trace.state.at[i] <= '~');
        check_again(arena, &trace);
    } else {
        VG_CHECK(!vg_trace_is_set(&trace) && trace.state.len == 0);
    }
    vg_arena_free(arena);
    return 0;
}
