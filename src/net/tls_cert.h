/* One certificate of the gateway: the leaf, its key, its chain, the names it is for, and perhaps an
 * OCSP answer to staple. Read once, then only read from, by any thread. Inside src/net. */
#ifndef NET_TLS_CERT_H
#define NET_TLS_CERT_H

#include <openssl/x509.h>

#include "vecgate/status.h"

#include "base/buf.h"

typedef struct vg_tls_cert {
    X509 *leaf;
    EVP_PKEY *key;
    STACK_OF(X509) * chain;
    const vg_slice *names; /* in lower case: of the SAN, or without any the common name */
    uint32_t name_count;
    vg_slice staple;      /* DER; empty: none */
    int64_t staple_until; /* seconds since 1970 */
} vg_tls_cert;

/* What it is read from. */
typedef struct vg_tls_cert_files {
    vg_slice certificate, key, ocsp; /* paths, with a NUL behind; ocsp may be empty */
    vg_slice passphrase;
} vg_tls_cert_files;

/* Names and the staple live in `arena`; the rest ends with vg_tls_cert_fini(), also after a
 * failure. False: the status names option and file. */
bool vg_tls_cert_read(vg_tls_cert *cert, const vg_tls_cert_files *files, vg_arena *arena,
                      vg_buf *warnings, vg_status *status);
void vg_tls_cert_fini(vg_tls_cert *cert);

/* How well it is for this name: 2 by the name itself, 1 by a wildcard, 0 not at all. */
int vg_tls_cert_match(const vg_tls_cert *cert, vg_slice name);

/* ---- shared with what reads the files of clients ----
 * A readable regular file. NULL: `status` says what is wrong with it. */
BIO *vg_tls_file_open(const char *option, vg_slice path, vg_arena *arena, vg_status *status);
/* All certificates of a PEM file, one at least. NULL: as above. */
STACK_OF(X509) *
    vg_tls_file_certs(const char *option, vg_slice path, vg_arena *arena, vg_status *status);
/* Seconds since 1970; INT64_MAX when it cannot be told. */
int64_t vg_tls_time(const ASN1_TIME *time);

#endif
