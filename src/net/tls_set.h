/* A set of certificates and rules, ready for handshakes: what connections see of it. Inside
 * src/net; what others see is in tls.h. */
#ifndef NET_TLS_SET_H
#define NET_TLS_SET_H

#include <openssl/ssl.h>

#include "net/tls.h"

/* A session that a client begins, for a port that speaks `protocol` ("http/1.1", which must live as
 * long): a client that names protocols and not this one is refused. NULL: no memory. Any thread. */
SSL *vg_tls_set_accept(vg_tls_set *set, const vg_slice *protocol);

/* tls.c: what a listener needs of what it was given. The set is not held yet. */
vg_tls_set *vg_tls_current(vg_tls *tls);
bool vg_tls_post(vg_tls *tls, vg_work *work);

#endif
