/* A set of certificates and rules, ready for handshakes: what connections see of it. Inside
 * src/net; what others see is in tls.h. */
#ifndef NET_TLS_SET_H
#define NET_TLS_SET_H

#include <openssl/ssl.h>

#include "net/tls.h"

/* Counted: the set stays until the last has let go. Loop's thread only. */
void vg_tls_set_hold(vg_tls_set *set);
void vg_tls_set_drop(vg_tls_set *set);

/* A session that a client begins, for a port that speaks `protocol` ("http/1.1", which must live as
 * long): a client that names protocols and not this one is refused. NULL: no memory. Any thread. */
SSL *vg_tls_set_accept(vg_tls_set *set, const vg_slice *protocol);

/* tls.c: what a listener needs of what it was given. The set is not held yet. */
vg_tls_set *vg_tls_current(vg_tls *tls);
bool vg_tls_post(vg_tls *tls, vg_work *work);

#endif
