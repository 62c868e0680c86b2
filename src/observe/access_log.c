/* The last thing that happens to a request. */
#include "observe/access_log.h"

#include "base/log.h"

void vg_access_log_write(const vg_access *access)
{
    vg_log_level level = access->is_routine ? VG_DEBUG : VG_INFO;
    uint64_t us = access->took_ns / 1000;

    vg_log(level, "request", VG_S("method", access->method),
           VG_Z("route", access->route != NULL ? access->route : ""),
           VG_N("status", access->status), VG_F("ms", (double)us / 1000.0),
           VG_N("request_bytes", access->request_bytes), VG_N("answer_bytes", access->answer_bytes),
           VG_S("request_id", access->request_id));
}
