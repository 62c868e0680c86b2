/* The keys of session tickets: what a client keeps of its session is encrypted with them, so that
 * no worker remembers a session, and any worker can go on with it. All workers derive the same keys
 * from a secret that was made before the fork: it is hashed into the next one every hour and then
 * forgotten, so that who reads the memory of a worker cannot open tickets of earlier hours. Tickets
 * are taken for the hour in which they were given and the next. Any thread. */
#ifndef NET_TLS_TICKETS_H
#define NET_TLS_TICKETS_H

#include "vecgate/types.h"

enum { VG_TICKET_NAME_BYTES = 16, VG_TICKET_KEY_BYTES = 32, VG_TICKET_HOUR_MS = 3600 * 1000 };

typedef struct vg_ticket_key {
    unsigned char name[VG_TICKET_NAME_BYTES];
    unsigned char cipher[VG_TICKET_KEY_BYTES];
    unsigned char mac[VG_TICKET_KEY_BYTES];
} vg_ticket_key;

/* Makes the secret, once, before the fork; later calls do nothing. Without it the process makes its
 * own when it first needs one. False: the system has no random bytes. */
bool vg_tls_tickets_prepare(uint64_t now_ms);
/* What tickets are encrypted with at this time. False: no key could be made. */
bool vg_tls_tickets_current(uint64_t now_ms, vg_ticket_key *key);
/* The key of that name. False: there is none, or none any more. `is_old`: the client should get a
 * ticket of the current one. */
bool vg_tls_tickets_find(uint64_t now_ms, const unsigned char name[VG_TICKET_NAME_BYTES],
                         vg_ticket_key *key, bool *is_old);
/* For tests: forgets the secret. */
void vg_tls_tickets_forget(void);

#endif
