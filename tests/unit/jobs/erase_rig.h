/* What tests of erasing a tenant share: what a tenant has, asking for it, what the receipt says. */
#ifndef VG_TESTS_UNIT_JOBS_ERASE_RIG_H
#define VG_TESTS_UNIT_JOBS_ERASE_RIG_H

#include "tests/unit/jobs/rig.h"

/* Collections a, b, c with 3, 2, 1 points, two aliases. `who`: NULL: the sole tenant. */
void furnish(struct rig *rig, const char *who, uint32_t size);
/* "a b c", as a new gateway lists them. */
const char *names_of(struct rig *rig, const char *who);

toy_ask *begin_erase(struct rig *rig, int gate, const char *tenant, bool any_tenant);
vg_code end_erase(toy_ask *ask, char id[VG_JOB_ID_CHARS + 1]);
/* By whoever may be any tenant: begun, settled, ended. */
vg_code erase(struct rig *rig, int gate, const char *tenant, char id[VG_JOB_ID_CHARS + 1]);

#define RECEIPT(tenant, numbers, remaining) \
    "{\"tenant\":\"" tenant "\"," numbers ",\"remaining\":[" remaining "]}"
#define ALL     "\"collections\":3,\"points\":6,\"aliases\":2,\"jobs\":0,\"rows\":5"
#define NOTHING "\"collections\":0,\"points\":0,\"aliases\":0,\"jobs\":0,\"rows\":1"

/* The job is done, and this is its receipt. */
void assert_receipt(struct rig *rig, const char *id, const char *receipt);

#endif
