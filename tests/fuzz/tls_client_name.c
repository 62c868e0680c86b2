/* Certificates as clients send them: the name that one gives is printable, bounded, and the same
 * whenever it is asked for. And names that clients ask for, against the certificate's own. */
#include <openssl/x509.h>

#include "base/check.h"
#include "net/tls_cert.h"
#include "net/tls_client.h"
#include "tests/support/fuzz.h"

static void check_name(const X509 *cert)
{
    char first[VG_TLS_PEER_BYTES + 1], second[VG_TLS_PEER_BYTES + 1];
    size_t len = vg_tls_client_name(cert, first);

    VG_CHECK(len <= VG_TLS_PEER_BYTES);
    for (size_t i = 0; i < len; i++)
        VG_CHECK(first[i] >= 0x20 && first[i] <= 0x7e);
    VG_CHECK(len == 0 || first[len] == '\0');
    VG_CHECK(vg_tls_client_name(cert, second) == len && memcmp(first, second, len) == 0);
}

/* The first half is the certificate's name, the second what is asked for. */
static void check_match(const uint8_t *data, size_t size)
{
    vg_slice own = vg_slice_of((const char *)data, size / 2);
    vg_slice asked = vg_slice_of((const char *)data + size / 2, size - size / 2);
    vg_tls_cert cert = {.names = &own, .name_count = 1};
    int match = vg_tls_cert_match(&cert, asked);

    VG_CHECK(match != 2 || vg_slice_is_nocase(own, asked));
    VG_CHECK(match != 1 || (own.len > 2 && own.at[0] == '*' && asked.len >= own.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *at = data;
    X509 *cert = d2i_X509(NULL, &at, (long)size);

    if (cert != NULL)
        check_name(cert);
    X509_free(cert);
    check_match(data, size);
    return 0;
}
