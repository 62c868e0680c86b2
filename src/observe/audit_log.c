/* See audit_log.h. */
#include "observe/audit_log.h"

#include "observe/trace_log.h"

static vg_slice or_dash(vg_slice name)
{
    return name.len > 0 ? name : VG_LIT("-");
}

void vg_audit_log_denied(const vg_denial *denial)
{
    vg_trace_hex hex = vg_trace_hex_of(&denial->trace);

    vg_log(VG_WARN, "access denied", VG_S("who", or_dash(denial->who)),
           VG_S("tenant", or_dash(denial->tenant)), VG_S("method", denial->method),
           VG_Z("route", denial->route ? denial->route : ""),
           VG_Z("code", vg_code_describe(denial->code)->metric), VG_S("why", denial->why),
           VG_S("request_id", denial->request_id), VG_TRACED(hex));
}

void vg_audit_log_write(const vg_audit *audit)
{
    vg_trace_hex hex = vg_trace_hex_of(&audit->trace);
    bool has_request = audit->request_id.len > 0;
    uint64_t us = audit->took_ns / 1000;

    vg_log_write_always(VG_INFO, "audit",
                        (const vg_log_field[]){
                            VG_S("who", or_dash(audit->who)),
                            VG_S("tenant", or_dash(audit->tenant)),
                            VG_Z("operation", audit->operation),
                            VG_Z("backend", audit->backend),
                            VG_IF(audit->collection.len > 0, VG_S("collection", audit->collection)),
                            VG_IF(audit->detail.len > 0, VG_S("detail", audit->detail)),
                            VG_IF(audit->has_versions, VG_N("before", audit->before)),
                            VG_IF(audit->has_versions, VG_N("after", audit->after)),
                            VG_Z("outcome", vg_code_describe(audit->outcome)->metric),
                            VG_IF(audit->why.len > 0, VG_S("why", audit->why)),
                            VG_IF(has_request, VG_N("status", audit->status)),
                            VG_IF(has_request, VG_F("ms", (double)us / 1000.0)),
                            VG_IF(has_request, VG_S("request_id", audit->request_id)),
                            VG_TRACED(hex),
                            {.kind = VG_FIELD_END},
                        });
}
