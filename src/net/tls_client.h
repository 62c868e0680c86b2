/* Certificates of clients: who may have signed them, which are revoked, and whom one names. Inside
 * src/net. */
#ifndef NET_TLS_CLIENT_H
#define NET_TLS_CLIENT_H

#include <openssl/ssl.h>

#include "net/tls.h"

enum { VG_TLS_PEER_BYTES = 255 };

/* Sets up `ctx` to ask for them as `conf` says. Sessions of other rules cannot be resumed. */
bool vg_tls_client_rules(SSL_CTX *ctx, const vg_tls_conf *conf, vg_arena *arena, vg_buf *warnings,
                         vg_status *status);

/* The name that a verified certificate gives its bearer, as credentials are written with: the first
 * URI of its alternative names, else the first DNS name there, else the subject's common name.
 * Printable ASCII, 255 bytes at most; what is not is no name. How many bytes; 0: it has none. */
size_t vg_tls_client_name(const X509 *cert, char to[VG_TLS_PEER_BYTES + 1]);

#endif
