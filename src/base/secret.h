/* Bytes that nobody shall see: keys, tokens, passwords. They are wiped when freed, compared in
 * constant time, and there is no way to format or log one. Any thread may read; one frees. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "vecgate/slice.h"

typedef struct vg_secret vg_secret;

/* A copy; wiping the source is the caller's. NULL: no memory. */
vg_secret *vg_secret_new(vg_slice bytes);
void vg_secret_free(vg_secret *secret);

/* Are these its bytes? Takes the same time for every guess of one length. NULL matches nothing. */
bool vg_secret_is(const vg_secret *secret, vg_slice guess);
/* For whoever sends it: borrowed, a NUL behind. To be given to a library, never to a message. */
vg_slice vg_secret_reveal(const vg_secret *secret);

/* SHA-256. False: no memory. */
bool vg_secret_sha256(vg_slice bytes, uint8_t to[32]);

/* Overwrites bytes, in a way that no compiler takes out. */
void vg_secret_wipe(void *at, size_t n);

#endif
