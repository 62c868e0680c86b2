/* See http_server.h. */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "tests/support/http_server.h"

static X509 *sign_cert(EVP_PKEY *key, const char *names)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_EXTENSION *alternatives = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"vecgate test", -1,
                               -1, 0);
    X509_set_issuer_name(cert, name);
    X509_add_ext(cert, alternatives, -1);
    X509_EXTENSION_free(alternatives);
    VG_CHECK(X509_sign(cert, key, EVP_sha256()) > 0);
    return cert;
}

void http_server_make_cert(char path[64], const char *names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = sign_cert(key, names);
    FILE *file;
    int fd;

    snprintf(path, 64, "/tmp/vecgate-cert-XXXXXX");
    fd = mkstemp(path);
    VG_CHECK(fd >= 0);
    file = fdopen(fd, "w");
    VG_CHECK(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    VG_CHECK(PEM_write_X509(file, cert) == 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}
