/* See fake_gate.h. */
#include "tests/support/fake_gate.h"

fake_gate fake_gate_is;

static const vg_identity anybody = {
    .name = VG_LIT_INIT("-"),
    .tenant = {.name = VG_LIT_INIT("default"), .is_sole = true},
    .global = VG_ACCESS_MANAGE,
};

vg_gate *fake_gate_begin(void)
{
    fake_gate_is = (fake_gate){.who = &anybody};
    return (vg_gate *)&fake_gate_is;
}

bool vg_gate_is_keyless(const vg_gate *gate)
{
    (void)gate;
    return !fake_gate_is.is_keyed;
}

const vg_identity *vg_gate_admit(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena,
                                 vg_status *status)
{
    (void)gate;
    (void)arena;
    fake_gate_is.asked = *ask;
    fake_gate_is.asks++;
    if (!fake_gate_is.who)
        *status = fake_gate_is.refusal;
    return fake_gate_is.who;
}

const vg_identity *vg_gate_expired(vg_gate *gate, const vg_gate_ask *ask, vg_arena *arena)
{
    (void)gate;
    (void)ask;
    (void)arena;
    return fake_gate_is.expired;
}
