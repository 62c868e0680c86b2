/* A gate that knows nobody but whom the test names. Without a test's word it is keyless, and
 * everybody is the sole tenant and may do everything. */
#ifndef VG_TESTS_SUPPORT_FAKE_GATE_H
#define VG_TESTS_SUPPORT_FAKE_GATE_H

#include "gate/gate.h"

typedef struct fake_gate {
    bool is_keyed;
    const vg_identity *who; /* NULL: `refusal` */
    vg_status refusal;
    const vg_identity *expired; /* who it was, if that is why */
    vg_gate_ask asked;          /* last */
    unsigned asks;
} fake_gate;
extern fake_gate fake_gate_is;

/* Forgets all of it. The gate itself, to be given to a front. */
vg_gate *fake_gate_begin(void);

#endif
