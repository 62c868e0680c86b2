/* All phases stand in every line, also those in which no time was spent: who reads many of them
 * adds columns up. */
#include "observe/slow_log.h"

#include "observe/trace_log.h"

enum { FIELDS = 24 };

struct fields {
    vg_log_field at[FIELDS + VG_TIMES];
    uint32_t count;
};

static double ms(uint64_t ns)
{
    uint64_t us = ns / 1000;

    return (double)us / 1000.0;
}

static void add(struct fields *fields, vg_log_field field)
{
    fields->at[fields->count++] = field;
}

static void add_subject(struct fields *fields, const vg_slow *slow)
{
    add(fields, VG_Z("operation", slow->operation));
    add(fields, VG_IF(slow->collection.len > 0, VG_S("collection", slow->collection)));
    add(fields, VG_Z("backend", slow->backend));
    add(fields, VG_IF(slow->tenant.len > 0, VG_S("tenant", slow->tenant)));
    add(fields, VG_IF(slow->who.len > 0, VG_S("who", slow->who)));
    add(fields, VG_Z("route", slow->route));
    add(fields, VG_N("status", slow->status));
    add(fields, VG_Z("code", slow->code));
}

static void add_exchanges(struct fields *fields, const vg_timing *timing)
{
    add(fields, VG_N("exchanges", timing->exchanges));
    add(fields, VG_N("repeats", timing->repeats));
    if (timing->exchanges == 0)
        return;
    add(fields, VG_Z("slowest", timing->slowest.name));
    add(fields, VG_F("slowest_ms", ms(timing->slowest.took_ns)));
}

static const char *const keys[VG_TIMES] = {
#define TIME(kind, word) [VG_TIME_##kind] = word "_ms",
#include "vecgate/timing.def"
#undef TIME
};

void vg_slow_log_write(const vg_slow *slow)
{
    vg_trace_hex hex = vg_trace_hex_of(&slow->trace);
    const vg_log_field trace[] = {VG_TRACED(hex)};
    struct fields fields = {.count = 0};

    add(&fields, VG_F("ms", ms(slow->took_ns)));
    add(&fields, VG_F("here_ms", ms(vg_timing_here_ns(slow->timing))));
    add_subject(&fields, slow);
    add_exchanges(&fields, slow->timing);
    for (int i = 0; i < VG_TIMES; i++)
        add(&fields, VG_F(keys[i], ms(slow->timing->spent_ns[i])));
    add(&fields, VG_S("request_id", slow->request_id));
    add(&fields, trace[0]);
    add(&fields, trace[1]);
    add(&fields, (vg_log_field){.kind = VG_FIELD_END});
    vg_log_write(VG_WARN, "slow operation", fields.at);
}
