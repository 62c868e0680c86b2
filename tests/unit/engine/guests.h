/* Tenants for tests of stores.h: a visit of one, and a bench of it with which all that support.h
 * has can be done in that tenant's store. */
#ifndef TESTS_ENGINE_GUESTS_H
#define TESTS_ENGINE_GUESTS_H

#include <semaphore.h>

#include "support.h"

typedef struct guest {
    vg_visit visit;
    bench b; /* of the tenant's store, with an arena of its own */
    sem_t ended;
} guest;

/* Enters, or asks and waits; false: b.status says why, or with OK that there is nothing. Not for
 * threads of one guest; leave it in any case. */
bool guest_enter(guest *g, const bench *home, const char *tenant, vg_aim aim);
void guest_leave(guest *g);
/* The same in two halves, for what does not end at once. */
void guest_post(guest *g, const bench *home, const char *tenant, vg_aim aim);
bool guest_wait(guest *g);
bool guest_has_answer(guest *g);

/* Does the tenant have a directory of this name? */
bool is_in_tenants(const bench *home, const char *dir);

#endif
