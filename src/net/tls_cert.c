/* Reading certificates, keys and OCSP answers, and what can be checked about them before anybody
 * asks for them. */
#include "net/tls_cert.h"

#include <sys/stat.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/tls_reason.h"

enum { FILE_BYTES = 1 << 20, NAME_BYTES = 255 };

#define CERTIFICATE "tls.certificate"
#define KEY         "tls.key"
#define OCSP        "tls.ocsp"

/* --- files ----------------------------------------------------------------------------------- */

static bool refuse(vg_arena *arena, vg_status *status, const char *option, vg_slice path,
                   const char *what)
{
    vg_status_setf(status, arena, VG_INVALID, vg_slice_str(option), VG_FMT ": %s", VG_ARG(path),
                   what);
    return false;
}

static bool refuse_with_reason(vg_arena *arena, vg_status *status, const char *option,
                               vg_slice path, const char *what)
{
    vg_status_setf(status, arena, VG_INVALID, vg_slice_str(option), VG_FMT ": %s (" VG_FMT ")",
                   VG_ARG(path), what, VG_ARG(vg_tls_reason_in(arena)));
    return false;
}

BIO *vg_tls_file_open(const char *option, vg_slice path, vg_arena *arena, vg_status *status)
{
    struct stat about;
    BIO *file;

    ERR_clear_error();
    if (stat(path.at, &about) != 0) {
        refuse(arena, status, option, path, "there is no such file, or its folder may not be read");
        return NULL;
    }
    if (!S_ISREG(about.st_mode) || about.st_size > FILE_BYTES) {
        refuse(arena, status, option, path, "is not a file of at most 1 MiB");
        return NULL;
    }
    file = BIO_new_file(path.at, "rb");
    if (file == NULL)
        refuse(arena, status, option, path, "may not be read by this user");
    ERR_clear_error();
    return file;
}

/* True: the file has ended, and not in the middle of something. */
static bool is_at_end(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

STACK_OF(X509) *
    vg_tls_file_certs(const char *option, vg_slice path, vg_arena *arena, vg_status *status)
{
    BIO *file = vg_tls_file_open(option, path, arena, status);
    STACK_OF(X509) *certs = file != NULL ? sk_X509_new_null() : NULL;
    bool is_whole;
    X509 *next;

    while (certs != NULL && (next = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(certs, next) == 0)
            X509_free(next);
    BIO_free(file);
    if (certs == NULL)
        return NULL;
    is_whole = is_at_end();
    if (is_whole && sk_X509_num(certs) > 0) {
        ERR_clear_error();
        return certs;
    }
    refuse_with_reason(arena, status, option, path,
                       is_whole ? "has no certificate in PEM" : "has a broken certificate");
    sk_X509_pop_free(certs, X509_free);
    return NULL;
}

int64_t vg_tls_time(const ASN1_TIME *time)
{
    struct tm parts;

    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1)
        return INT64_MAX;
    return timegm(&parts);
}

/* --- the leaf -------------------------------------------------------------------------------- */

static void warn_of_time(const vg_tls_cert *cert, vg_slice path, vg_buf *warnings)
{
    int64_t now = time(NULL);

    if (vg_tls_time(X509_get0_notAfter(cert->leaf)) < now)
        vg_buf_printf(warnings, CERTIFICATE ": " VG_FMT ": has expired\n", VG_ARG(path));
    else if (vg_tls_time(X509_get0_notBefore(cert->leaf)) > now)
        vg_buf_printf(warnings, CERTIFICATE ": " VG_FMT ": is not valid yet\n", VG_ARG(path));
}

static bool read_leaf(vg_tls_cert *cert, vg_slice path, vg_arena *arena, vg_status *status)
{
    cert->chain = vg_tls_file_certs(CERTIFICATE, path, arena, status);
    if (cert->chain != NULL)
        cert->leaf = sk_X509_shift(cert->chain);
    return cert->leaf != NULL;
}

/* --- the key --------------------------------------------------------------------------------- */

/* Without it the library would ask at the terminal. */
static int give_passphrase(char *to, int room, int is_writing, void *arg)
{
    const vg_slice *passphrase = arg;

    (void)is_writing;
    if (passphrase->len == 0 || passphrase->len > (size_t)room)
        return -1;
    memcpy(to, passphrase->at, passphrase->len);
    return (int)passphrase->len;
}

static void warn_of_readers(vg_slice path, vg_buf *warnings)
{
    struct stat about;

    if (stat(path.at, &about) == 0 && (about.st_mode & S_IROTH) != 0)
        vg_buf_printf(warnings, KEY ": " VG_FMT ": every user of this machine may read it\n",
                      VG_ARG(path));
}

static bool read_key(vg_tls_cert *cert, const vg_tls_cert_files *files, vg_arena *arena,
                     vg_status *status)
{
    BIO *file = vg_tls_file_open(KEY, files->key, arena, status);
    vg_slice passphrase = files->passphrase;

    if (file == NULL)
        return false;
    cert->key = PEM_read_bio_PrivateKey(file, NULL, give_passphrase, &passphrase);
    BIO_free(file);
    if (cert->key == NULL)
        return refuse_with_reason(
            arena, status, KEY, files->key,
            passphrase.len > 0 ? "has no private key in PEM that tls.passphrase opens"
                               : "has no private key in PEM that opens without a passphrase");
    if (X509_check_private_key(cert->leaf, cert->key) == 1)
        return true;
    ERR_clear_error();
    vg_status_setf(status, arena, VG_INVALID, VG_LIT(KEY),
                   VG_FMT ": is not the key of the certificate in " VG_FMT, VG_ARG(files->key),
                   VG_ARG(files->certificate));
    return false;
}

/* --- names ----------------------------------------------------------------------------------- */

static void lower(char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            at[i] |= 0x20;
}

static void add_name(vg_slice names[], uint32_t *count, const ASN1_STRING *text, vg_arena *arena)
{
    size_t len = (size_t)ASN1_STRING_length(text);
    vg_slice name = vg_slice_of((const char *)ASN1_STRING_get0_data(text), len);

    if (len == 0 || len > NAME_BYTES || memchr(name.at, '\0', len) != NULL)
        return;
    name = vg_arena_copy(arena, name);
    lower((char *)name.at, name.len);
    names[(*count)++] = name;
}

static const ASN1_STRING *common_name(const X509 *leaf)
{
    const X509_NAME *subject = X509_get_subject_name(leaf);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

    return at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
}

static bool read_names(vg_tls_cert *cert, vg_arena *arena)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(cert->leaf, NID_subject_alt_name, NULL, NULL);
    int most = all != NULL ? sk_GENERAL_NAME_num(all) : 0;
    vg_slice *names = VG_TAKE_N(arena, vg_slice, (size_t)most + 1);

    for (int i = 0; i < most && names != NULL; i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);

        if (one->type == GEN_DNS)
            add_name(names, &cert->name_count, one->d.dNSName, arena);
    }
    if (names != NULL && cert->name_count == 0 && common_name(cert->leaf) != NULL)
        add_name(names, &cert->name_count, common_name(cert->leaf), arena);
    cert->names = names;
    GENERAL_NAMES_free(all);
    ERR_clear_error();
    return !vg_arena_is_spent(arena);
}

/* "*.example.com" stands for one label more, and for nothing else (RFC 6125). */
static bool is_wild_match(vg_slice pattern, vg_slice name)
{
    size_t dot = vg_slice_find(name, '.');

    return pattern.len > 2 && pattern.at[0] == '*' && pattern.at[1] == '.' && dot > 0 &&
           vg_slice_is_nocase(vg_slice_skip(pattern, 1), vg_slice_skip(name, dot));
}

int vg_tls_cert_match(const vg_tls_cert *cert, vg_slice name)
{
    int best = 0;

    for (uint32_t i = 0; i < cert->name_count && best < 2; i++) {
        if (vg_slice_is_nocase(cert->names[i], name))
            best = 2;
        else if (is_wild_match(cert->names[i], name))
            best = 1;
    }
    return best;
}

/* --- OCSP ------------------------------------------------------------------------------------ */

static bool is_about(const OCSP_SINGLERESP *single, const X509 *leaf)
{
    ASN1_OCTET_STRING *issuer_hash;
    ASN1_OBJECT *algorithm;
    ASN1_INTEGER *serial;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);

    if (OCSP_id_get0_info(&issuer_hash, &algorithm, NULL, &serial, (OCSP_CERTID *)id) != 1 ||
        ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) != 0)
        return false;
    return X509_NAME_digest(X509_get_issuer_name(leaf), EVP_get_digestbyobj(algorithm), hash,
                            &len) == 1 &&
           len == (unsigned)ASN1_STRING_length(issuer_hash) &&
           memcmp(hash, ASN1_STRING_get0_data(issuer_hash), len) == 0;
}

static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, const X509 *leaf)
{
    for (int i = 0; i < OCSP_resp_count(basic); i++)
        if (is_about(OCSP_resp_get0(basic, i), leaf))
            return OCSP_resp_get0(basic, i);
    return NULL;
}

/* What is wrong with the answer; NULL: nothing. */
static const char *judge(vg_tls_cert *cert, OCSP_RESPONSE *response)
{
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    OCSP_SINGLERESP *single = basic != NULL ? find_single(basic, cert->leaf) : NULL;
    ASN1_GENERALIZEDTIME *until = NULL;
    const char *wrong = NULL;

    if (basic == NULL)
        wrong = "is no successful OCSP answer";
    else if (single == NULL)
        wrong = "is not about the certificate at its place";
    else if (OCSP_single_get0_status(single, NULL, NULL, NULL, &until) != V_OCSP_CERTSTATUS_GOOD)
        wrong = "says that the certificate is not good";
    cert->staple_until = vg_tls_time(until);
    OCSP_BASICRESP_free(basic);
    return wrong;
}

static vg_slice copy_der(OCSP_RESPONSE *response, vg_arena *arena)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);
    vg_slice copy = {NULL, 0};

    if (len > 0)
        copy = vg_arena_copy(arena, vg_slice_of((const char *)der, (size_t)len));
    OPENSSL_free(der);
    return copy;
}

/* One whose time is over is left out, and told: clients would not take it. */
static bool read_staple(vg_tls_cert *cert, vg_slice path, vg_arena *arena, vg_buf *warnings,
                        vg_status *status)
{
    BIO *file = vg_tls_file_open(OCSP, path, arena, status);
    OCSP_RESPONSE *response = file != NULL ? d2i_OCSP_RESPONSE_bio(file, NULL) : NULL;
    const char *wrong = "is no OCSP answer in DER";

    BIO_free(file);
    if (file == NULL)
        return false;
    if (response != NULL)
        wrong = judge(cert, response);
    if (wrong == NULL && cert->staple_until > time(NULL))
        cert->staple = copy_der(response, arena);
    else if (wrong == NULL)
        vg_buf_printf(warnings, OCSP ": " VG_FMT ": has expired and is not stapled\n",
                      VG_ARG(path));
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return wrong == NULL || refuse(arena, status, OCSP, path, wrong);
}

/* --- all of it ------------------------------------------------------------------------------- */

bool vg_tls_cert_read(vg_tls_cert *cert, const vg_tls_cert_files *files, vg_arena *arena,
                      vg_buf *warnings, vg_status *status)
{
    *cert = (vg_tls_cert){0};
    if (!read_leaf(cert, files->certificate, arena, status) ||
        !read_key(cert, files, arena, status) || !read_names(cert, arena))
        return false;
    warn_of_time(cert, files->certificate, warnings);
    warn_of_readers(files->key, warnings);
    return files->ocsp.len == 0 || read_staple(cert, files->ocsp, arena, warnings, status);
}

void vg_tls_cert_fini(vg_tls_cert *cert)
{
    X509_free(cert->leaf);
    EVP_PKEY_free(cert->key);
    sk_X509_pop_free(cert->chain, X509_free);
}
