/* OpenSSL's way to bytes in memory, without a copy of what comes in and without memory of its own.
 * For both sides of TLS: the listener's and the upstream's. */
#ifndef BASE_TLS_BIO_H
#define BASE_TLS_BIO_H

#include <openssl/bio.h>

#include "base/buf.h"

typedef struct vg_tls_wire {
    vg_slice in; /* what may be read; it shrinks */
    vg_buf *out; /* where writing goes */
} vg_tls_wire;

/* Reads and writes `wire`, which must outlive it. NULL: no memory. Any thread. */
BIO *vg_tls_bio_new(vg_tls_wire *wire);

#endif
