/* TLS for listeners: the certificates and the rules of handshakes, read from files into a set that
 * never changes, and a vg_tls that listeners share and whose set can be exchanged while they serve.
 *
 *     files ─▶ vg_tls_set ─▶ vg_tls ─▶ listener (REST)    a connection keeps the set
 *               (reload: another one)  └─▶ listener (…)   that it began with
 *
 * TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers only; no compression, no
 * renegotiation, no early data. Handshakes run on VG_POOL_HANDSHAKE, never on the loop: a signature
 * with an RSA key takes longer than a turn may. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "vecgate/exchange.h"

#include "base/buf.h"

/* Places as the options' words have them. */
typedef enum vg_tls_auth {
    VG_TLS_AUTH_NONE,
    VG_TLS_AUTH_OPTIONAL,
    VG_TLS_AUTH_REQUIRED
} vg_tls_auth;
typedef enum vg_tls_version { VG_TLS_1_2, VG_TLS_1_3 } vg_tls_version;

/* Lists are paths with commas between them. */
typedef struct vg_tls_conf {
    vg_slice certificate; /* PEM, each with its chain behind it; the first is the default */
    vg_slice key;         /* PEM, one for each, in the same order */
    vg_slice passphrase;  /* of keys that are encrypted */
    vg_slice ocsp;        /* DER answers to staple, in the same order; "-": none for this one */
    vg_slice client_ca;   /* PEM, one path: who may have signed certificates of clients */
    vg_slice client_crl;  /* PEM, one path: which of these are revoked */
    vg_tls_auth client_auth;
    vg_tls_version min_version;
    bool tickets; /* sessions may be resumed */
} vg_tls_conf;

typedef struct vg_tls_set vg_tls_set;
typedef struct vg_tls vg_tls;

/* Reads and checks it all; blocks on files; any thread. NULL: `status` has the option in `where`
 * ("tls.key") and says what is wrong in `what` (in `arena`). Into `warnings` goes what will work
 * but should not stay so, a line each: "tls.certificate: …". */
vg_tls_set *vg_tls_set_read(const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                            vg_status *status);
/* Counted, one is whoever read it; the set stays until the last has let go. One thread at a time; a
 * process that is forked has a set and a count of its own. NULL is fine. */
void vg_tls_set_hold(vg_tls_set *set);
void vg_tls_set_drop(vg_tls_set *set);
/* When the first of its certificates expires, in seconds since 1970. */
int64_t vg_tls_set_expiry(const vg_tls_set *set);

/* Takes over one count of `set`. Loop's thread from here on. NULL: no memory, and it took none. */
vg_tls *vg_tls_new(vg_pools *pools, bool (*post)(vg_pools *pools, vg_pool_name pool, vg_work *work),
                   vg_tls_set *set);
/* Handshakes that begin from now on have this one, of which it takes over one count. */
void vg_tls_change(vg_tls *tls, vg_tls_set *set);
/* No listener has it any more. NULL is fine. */
void vg_tls_free(vg_tls *tls);

#endif
