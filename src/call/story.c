/* From a fault to a code and a sentence. After a write that may have reached the backend and was
 * not answered, or not clearly, the sentence says that its outcome is unknown and whether repeating
 * is safe. */
#include "call/story.h"

/* clang-format off */
static const struct {
    vg_code code;
    const char *says;
} faults[VG_FAULTS] = {
    [VG_FAULT_NONE]      = {VG_INTERNAL,      "an exchange ended with neither reply nor fault"},
    [VG_FAULT_DNS]       = {VG_UNAVAILABLE,   "the backend's name could not be looked up"},
    [VG_FAULT_CONNECT]   = {VG_UNAVAILABLE,   "the backend could not be connected to"},
    [VG_FAULT_TLS]       = {VG_UNAVAILABLE,   "no secure connection to the backend could be made"},
    [VG_FAULT_RESET]     = {VG_UNAVAILABLE,   "the connection to the backend ended before its reply was whole"},
    [VG_FAULT_PROTOCOL]  = {VG_BACKEND_REPLY, "what the backend sent is not a reply"},
    [VG_FAULT_TOO_LARGE] = {VG_BACKEND_REPLY, "the backend's reply is larger than max_reply_bytes allows"},
    [VG_FAULT_FULL]      = {VG_OVERLOADED,    "too many requests wait for the backend, try again soon"},
    [VG_FAULT_STOPPED]   = {VG_UNAVAILABLE,   "the exchange with the backend was stopped"},
    [VG_FAULT_MEMORY]    = {VG_OVERLOADED,    "the gateway has no memory left for the exchange, try again soon"},
};
/* clang-format on */

static const char *outcome(const vg_call *call)
{
    if (!call->wrote)
        return "";
    return call->is_repeatable
               ? "; it is not known whether the write was done, repeating it is safe"
               : "; it is not known whether the write was done, look before repeating it";
}

/* What the adapter may have noted on its way is not why it ended. */
static vg_status *fresh(vg_call *call)
{
    call->try.status = (vg_status){.is_unclear = call->wrote};
    return &call->try.status;
}

static vg_slice where(const vg_call *call)
{
    return vg_slice_str(call->runner->parts.backend->adapter->name);
}

void vg_story_failed(vg_call *call)
{
    vg_status *status = &call->try.status;
    vg_slice what;

    call->is_unclear = call->is_unclear || (call->wrote && status->is_unclear);
    status->is_unclear = call->is_unclear;
    if (!call->is_unclear)
        return;
    what = vg_arena_printf(call->try.scratch, VG_FMT "%s", VG_ARG(vg_status_what(status)),
                           outcome(call));
    if (what.len > 0)
        status->what = what;
}

void vg_story_fault(vg_call *call, const vg_ending *ending)
{
    vg_fault fault = (unsigned)ending->fault < VG_FAULTS ? ending->fault : VG_FAULT_NONE;

    if (fault == VG_FAULT_STOPPED && call->cancelled != VG_OK) {
        vg_story_cancelled(call, call->cancelled);
        return;
    }
    vg_status_setf(fresh(call), call->try.scratch, faults[fault].code, where(call),
                   "%s%s" VG_FMT "%s", faults[fault].says, ending->detail.len > 0 ? ": " : "",
                   VG_ARG(ending->detail), outcome(call));
}

void vg_story_cancelled(vg_call *call, vg_code why)
{
    vg_status_setf(fresh(call), call->try.scratch, why, where(call), "%s%s",
                   why == VG_UNAVAILABLE ? "the gateway is shutting down"
                                         : vg_code_describe(why)->text,
                   outcome(call));
}

void vg_story_refused(vg_call *call, vg_code code, vg_slice what)
{
    if (!call->wrote)
        vg_status_set(fresh(call), code, what, where(call));
    else
        vg_status_setf(fresh(call), call->try.scratch, code, where(call), VG_FMT "%s", VG_ARG(what),
                       outcome(call));
}

void vg_story_held_back(vg_call *call, vg_code code, uint32_t wait_ms, vg_slice what)
{
    vg_story_refused(call, code, what);
    call->try.status.retry_after_ms = wait_ms;
}

void vg_story_left_alone(vg_call *call, uint32_t wait_ms, vg_fault fault, vg_code code)
{
    const char *cause = (unsigned)fault < VG_FAULTS && fault != VG_FAULT_NONE
                            ? faults[fault].says
                            : vg_code_describe(code)->text;

    call->spans.is_left_alone = true;
    vg_status_setf(fresh(call), call->try.scratch, VG_UNAVAILABLE, where(call),
                   "after too many failures the backend is left alone for %u ms; the last: %s%s",
                   wait_ms, cause, outcome(call));
    call->try.status.retry_after_ms = wait_ms;
}
