/* The last thing that happens to a request. */
#include "observe/access_log.h"

#include "observe/trace_log.h"

void vg_access_log_write(const vg_access_line *access)
{
    vg_log_level level = access->is_routine ? VG_DEBUG : VG_INFO;
    uint64_t us = access->took_ns / 1000;
    vg_trace_hex hex = vg_trace_hex_of(&access->trace);

    vg_log(level, "request", VG_S("method", access->method),
           VG_Z("route", access->route != NULL ? access->route : ""),
           VG_N("status", access->status), VG_F("ms", (double)us / 1000.0),
           VG_N("request_bytes", access->request_bytes), VG_N("answer_bytes", access->answer_bytes),
           VG_IF(access->who.len > 0, VG_S("who", access->who)),
           VG_IF(access->tenant.len > 0, VG_S("tenant", access->tenant)),
           VG_IF(access->operation != NULL, VG_Z("operation", access->operation)),
           VG_IF(access->code != NULL, VG_Z("code", access->code)),
           VG_S("request_id", access->request_id), VG_TRACED(hex));
}
