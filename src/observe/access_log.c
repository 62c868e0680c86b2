/* The last thing that happens to a request. */
#include "observe/access_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"

void vg_access_log_write(const vg_access *access)
{
    uint64_t us = access->took_ns / 1000;
    char id[17];

    if (!vg_log_is_on(VG_INFO))
        return;
    snprintf(id, sizeof id, "%016" PRIx64, access->request_id);
    vg_log(VG_INFO, "request", VG_S("method", access->method),
           VG_Z("route", access->route != NULL ? access->route : ""),
           VG_N("status", access->status), VG_F("ms", (double)us / 1000.0),
           VG_N("request_bytes", access->request_bytes), VG_N("answer_bytes", access->answer_bytes),
           VG_Z("request_id", id));
}
