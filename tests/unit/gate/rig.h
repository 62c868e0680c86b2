/* A gate with the credentials that a test needs, without files and configuration. */
#ifndef VG_TESTS_GATE_RIG_H
#define VG_TESTS_GATE_RIG_H

#include "gate/credential.h"
#include "gate/gate.h"

enum { RIG_KEYS = 1200 };

typedef struct rig {
    vg_credential_conf conf;
    vg_key_row rows[RIG_KEYS];
    char key_file[32]; /* what jwt_keys names */
    vg_gate *gate;
    vg_arena *arena; /* of the newest request */
    vg_status status;
    uint64_t now_ms;
} rig;

/* Nothing configured, one tenant. */
void rig_begin(rig *r);
void rig_end(rig *r);
/* A row for that key, which may do `rights` as tenant default; may be changed until rig_set(). */
vg_key_row *rig_add(rig *r, const char *name, const char *key, vg_key_rights rights);
/* What tokens are verified with; NULL: without. The second is the text of a file. */
void rig_jwt(rig *r, const char *secret, const char *keys);
/* The gate is given what is configured now; it must be good. */
void rig_set(rig *r);

/* Asks with one of these; answers are valid until the next. NULL is not sent. */
const vg_identity *rig_ask(rig *r, const vg_gate_ask *ask);
const vg_identity *rig_api_key(rig *r, const char *key);
const vg_identity *rig_bearer(rig *r, const char *token);
/* The newest request was refused, by this. */
void rig_assert_refused(const rig *r, const char *says, vg_code code, const char *what);

#endif
