/* Nothing older than TLS 1.2 is spoken, not even where the system's configuration allows it: that
 * of this program does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/support/http_rig.h"

/* What somebody may have written who had to reach an old server. */
static const char lenient[] = "openssl_conf = all\n[all]\nssl_conf = ssl\n"
                              "[ssl]\nsystem_default = old\n"
                              "[old]\nMinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n";

static char conf[64];
static char cert[64];

/* Before OpenSSL is asked for anything. */
static void be_lenient(void)
{
    FILE *file;
    int fd;

    snprintf(conf, sizeof conf, "/tmp/vecgate-openssl-XXXXXX");
    fd = mkstemp(conf);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL || fputs(lenient, file) == EOF || fclose(file) != 0)
        abort();
    setenv("OPENSSL_CONF", conf, 1);
}

/* With a client that has no bound of its own. */
static int version_spoken(int port)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    BIO *bio = BIO_new_ssl_connect(ctx);
    SSL *ssl = NULL;
    char place[32];
    int version;

    snprintf(place, sizeof place, "127.0.0.1:%d", port);
    BIO_set_conn_hostname(bio, place);
    BIO_get_ssl(bio, &ssl);
    version = BIO_do_handshake(bio) == 1 ? SSL_version(ssl) : 0;
    BIO_free_all(bio);
    SSL_CTX_free(ctx);
    return version;
}

static void serve_version(http_rig *rig, int version)
{
    rig->server = http_server_new(&(http_server_parts){.cert_file = cert, .tls_most = version});
    assert_int_equal(version_spoken(http_server_port(rig->server)), version);
    http_rig_set_url(rig, "https", http_server_port(rig->server), "");
    rig->endpoint.ca_file = vg_slice_str(cert);
    http_rig_connect(rig);
}

static void what_is_older_than_tls_1_2_is_not_spoken(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    serve_version(rig, TLS1_1_VERSION);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
    assert_false(t.was_sent);
}

static void tls_1_2_is_spoken(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    serve_version(rig, TLS1_2_VERSION);
    http_trip_go(http_trip_get(&t, rig, "/ok"));
    assert_int_equal(t.status, 200);
}

/* One of 1.2 is good for more than one connection, which those of 1.3 are not. */
static void its_sessions_go_on(void **state)
{
    http_rig *rig = *state;
    http_trip t;

    serve_version(rig, TLS1_2_VERSION);
    for (int i = 0; i < 5; i++) {
        http_trip_get(&t, rig, "/ok")->x.repeat = VG_REPEAT_NEVER;
        http_trip_go(&t);
        assert_int_equal(t.status, 200);
    }
    assert_int_equal(http_server_count(rig->server).resumed, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(what_is_older_than_tls_1_2_is_not_spoken),
        HTTP_TEST(tls_1_2_is_spoken),
        HTTP_TEST(its_sessions_go_on),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    be_lenient();
    http_server_make_cert(cert, "IP:127.0.0.1");
    failed = HTTP_RUN(tests);
    unlink(cert);
    unlink(conf);
    return failed;
}
