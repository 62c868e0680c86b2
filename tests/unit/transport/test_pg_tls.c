/* TLS to PostgreSQL: who is trusted, and under which name. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "vecgate/arena.h"

#include "tests/support/http_server.h"
#include "tests/support/pg_rig.h"

static pg_server server;
static char server_cert[64], other_cert[64], client_cert[64];

struct row {
    const char *says;
    const char *host;
    const char *behind; /* %s: the CA's file */
    const char *ca;
    vg_fault fault;
    const char *detail;
};

static const struct row rows[] = {
    {"whoever it is", "localhost", "?sslmode=require", NULL, 0, ""},
    {"only if it is offered", "localhost", "", NULL, 0, ""},
    {"the right name and authority", "localhost", "?sslmode=verify-full&sslrootcert=%s",
     server_cert, 0, ""},
    {"bound to the channel", "localhost",
     "?sslmode=verify-full&sslrootcert=%s&channel_binding=require", server_cert, 0, ""},
    {"another name", "127.0.0.1", "?sslmode=verify-full&sslrootcert=%s", server_cert, VG_FAULT_TLS,
     "does not match host name"},
    {"another name, but nobody asks", "127.0.0.1", "?sslmode=verify-ca&sslrootcert=%s", server_cert,
     0, ""},
    {"an authority that is not the server's", "localhost", "?sslmode=verify-full&sslrootcert=%s",
     other_cert, VG_FAULT_TLS, "certificate verify failed"},
    {"the system's authorities", "localhost", "?sslmode=verify-full", NULL, VG_FAULT_TLS,
     "certificate verify failed"},
    {"the system's, in newer words", "localhost", "?sslrootcert=system", NULL, VG_FAULT_TLS,
     "certificate verify failed"},
    {"a file that is not there", "localhost", "?sslmode=verify-full&sslrootcert=/nowhere", NULL,
     VG_FAULT_TLS, "/nowhere"},
    {"a channel to bind to without TLS", "localhost", "?sslmode=disable&channel_binding=require",
     NULL, VG_FAULT_TLS, "channel binding"},
};

static void set_row(pg_rig *rig, const struct row *row)
{
    char behind[200];

    snprintf(behind, sizeof behind, row->behind, row->ca);
    rig->endpoint.url =
        vg_arena_printf(rig->arena, "postgresql://gate:s3cret%%20pass@%s:%d/postgres%s", row->host,
                        pg_server_port(&server), behind);
}

static void close_pg(pg_rig *rig)
{
    rig->pg->close(rig->pg);
    rig->pg = NULL;
}

static void a_server_is_trusted_as_the_url_says(void **state)
{
    pg_rig *rig = *state;

    setenv("HOME", "/nowhere", 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pg_trip t;

        set_row(rig, &rows[i]);
        pg_rig_connect(rig);
        pg_trip_go(
            pg_trip_one(&t, rig, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
        print_message("%s: %s%s%s\n", rows[i].says, t.detail, t.state, t.message);
        assert_int_equal(t.fault, rows[i].fault);
        assert_non_null(strstr(t.detail, rows[i].detail));
        if (t.fault == VG_FAULT_NONE)
            assert_string_equal(t.cells[0], "t");
        else
            assert_false(t.was_sent);
        pg_trip_fini(&t);
        close_pg(rig);
    }
}

static void a_ca_file_means_that_all_is_verified(void **state)
{
    static const struct row plain = {.host = "localhost", .behind = ""};
    pg_rig *rig = *state;
    pg_trip t;

    set_row(rig, &plain);
    rig->endpoint.ca_file = vg_slice_str(server_cert);
    pg_rig_connect(rig);
    assert_string_equal(pg_rig_ask(rig, "SELECT 'fine'"), "fine");
    close_pg(rig);
    rig->endpoint.ca_file = vg_slice_str(other_cert);
    pg_rig_connect(rig);
    pg_trip_go(pg_trip_one(&t, rig, "SELECT 1"));
    assert_int_equal(t.fault, VG_FAULT_TLS);
}

static void large_ones_go_through_tls(void **state)
{
    static char text[3 * 1024 * 1024];
    static const struct row plain = {.host = "localhost", .behind = "?sslmode=require"};
    vg_pg_param param = {.value = {text, sizeof text}};
    pg_rig *rig = *state;
    pg_trip t;

    memset(text, 'x', sizeof text);
    set_row(rig, &plain);
    rig->endpoint.max_reply_bytes = 20000000;
    pg_rig_connect(rig);
    for (size_t len = 8000; len < sizeof text; len = len * 3 / 2 + 1) {
        param.value.len = len;
        pg_trip_one(&t, rig, "SELECT $1::text");
        t.statements[0].params = &param;
        t.statements[0].param_count = 1;
        pg_trip_go(&t);
        assert_int_equal(t.fault, VG_FAULT_NONE);
        assert_int_equal(t.bytes, len);
        pg_trip_fini(&t);
    }
    pg_trip_go(pg_trip_one(&t, rig, "SELECT n, repeat('y', 90) FROM generate_series(1, 50000) n"));
    assert_int_equal(t.rows[0].rows, 50000);
    pg_trip_fini(&t);
}

/* --- certificates of clients ----------------------------------------------------------------- */

static void encrypt_key(char path[64], const char *passphrase)
{
    FILE *from = fopen(client_cert, "r"), *to;
    EVP_PKEY *key = PEM_read_PrivateKey(from, NULL, NULL, NULL);
    int fd;

    snprintf(path, 64, "/tmp/vecgate-key-XXXXXX");
    fd = mkstemp(path);
    to = fdopen(fd, "w");
    assert_int_equal(PEM_write_PrivateKey(to, key, EVP_aes_128_cbc(),
                                          (const unsigned char *)passphrase,
                                          (int)strlen(passphrase), NULL, NULL),
                     1);
    fclose(to);
    fclose(from);
    EVP_PKEY_free(key);
}

static pg_trip *go_as_certain(pg_trip *t, pg_rig *rig, const char *behind)
{
    rig->endpoint.url =
        vg_arena_printf(rig->arena, "postgresql://certain:pass@localhost:%d/postgres?%s",
                        pg_server_port(&server), behind);
    pg_rig_connect(rig);
    pg_trip_go(pg_trip_one(t, rig, "SELECT 'fine'"));
    close_pg(rig);
    pg_trip_fini(t);
    return t;
}

static void a_client_shows_its_certificate(void **state)
{
    static const struct row plain = {.host = "localhost", .behind = ""};
    pg_rig *rig = *state;
    char key[64], behind[256];
    pg_trip t;

    set_row(rig, &plain);
    pg_rig_connect(rig);
    pg_rig_ask(rig, "CREATE ROLE certain LOGIN PASSWORD 'pass'");
    close_pg(rig);
    go_as_certain(&t, rig, "sslmode=require&sslcert=/nowhere&sslkey=/nowhere");
    assert_true(t.has_error && t.on_connect);
    assert_string_equal(t.state, "28000");
    snprintf(behind, sizeof behind, "sslmode=require&sslcert=%s&sslkey=%s", client_cert,
             client_cert);
    assert_int_equal(go_as_certain(&t, rig, behind)->fault, VG_FAULT_NONE);
    assert_string_equal(t.message, "");

    encrypt_key(key, "open sesame");
    snprintf(behind, sizeof behind,
             "sslmode=require&sslcert=%s&sslkey=%s&sslpassword=open%%20sesame", client_cert, key);
    assert_int_equal(go_as_certain(&t, rig, behind)->fault, VG_FAULT_NONE);
    assert_string_equal(t.message, "");
    snprintf(behind, sizeof behind, "sslmode=require&sslcert=%s&sslkey=%s", client_cert, key);
    assert_int_equal(go_as_certain(&t, rig, behind)->fault, VG_FAULT_TLS); /* and nobody is asked */
    unlink(key);
}

/* Another's key, or one that others may read. */
static void copy_key(char path[64], const char *from, unsigned mode)
{
    char bytes[8192];
    FILE *in = fopen(from, "r"), *out;
    size_t len = fread(bytes, 1, sizeof bytes, in);
    int fd;

    snprintf(path, 64, "/tmp/vecgate-key-XXXXXX");
    fd = mkstemp(path);
    out = fdopen(fd, "w");
    fwrite(bytes, 1, len, out);
    fclose(out);
    fclose(in);
    assert_int_equal(chmod(path, mode), 0);
}

/* Refused before the key is shown to anybody, or by the server; what is wrong is told. */
static void a_certificate_that_will_not_do_is_told(void **state)
{
    pg_rig *rig = *state;
    char open_key[64];
    const struct {
        const char *says, *cert, *key, *detail;
    } files[] = {
        {"others may read the key", client_cert, open_key, "has group or world access"},
        {"no key", client_cert, "/nowhere", "private key file \"/nowhere\""},
        {"no certificate file", "/tmp", client_cert, "certificate file \"/tmp\""},
        {"another's key", client_cert, other_cert, "key values mismatch"},
        {"not the server's authority", other_cert, other_cert, "SSL error"},
    };

    copy_key(open_key, client_cert, 0644);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char behind[256];
        pg_trip t;

        snprintf(behind, sizeof behind, "sslmode=require&sslcert=%s&sslkey=%s", files[i].cert,
                 files[i].key);
        go_as_certain(&t, rig, behind);
        print_message("%s: %s%s\n", files[i].says, t.detail, t.message);
        assert_non_null(strstr(t.detail, files[i].detail));
        assert_int_equal(t.fault, VG_FAULT_TLS);
        assert_false(t.was_sent);
    }
    unlink(open_key);
}

/* Its name is who it is: no password is needed. A channel is bound to by a password alone. */
static void a_certificate_can_be_enough(void **state)
{
    pg_rig *rig = *state;
    char behind[256];
    pg_trip t;

    rig->endpoint.url = vg_slice_str(server.url);
    pg_rig_connect(rig);
    pg_rig_ask(rig, "CREATE ROLE \"vecgate test\" LOGIN");
    close_pg(rig);
    for (int is_bound = 0; is_bound < 2; is_bound++) {
        snprintf(behind, sizeof behind, "sslmode=require&sslcert=%s&sslkey=%s&passfile=/nowhere%s",
                 client_cert, client_cert, is_bound ? "&channel_binding=require" : "");
        rig->endpoint.url =
            vg_arena_printf(rig->arena, "postgresql://vecgate%%20test@localhost:%d/postgres?%s",
                            pg_server_port(&server), behind);
        pg_rig_connect(rig);
        pg_trip_go(pg_trip_one(&t, rig,
                               "SELECT client_dn FROM pg_stat_ssl WHERE pid = "
                               "pg_backend_pid()"));
        print_message("%s%s\n", t.detail, t.message);
        assert_int_equal(t.fault, is_bound ? VG_FAULT_TLS : VG_FAULT_NONE);
        if (is_bound)
            assert_non_null(strstr(t.detail, "channel binding"));
        else
            assert_string_equal(t.cells[0], "/CN=vecgate test");
        pg_trip_fini(&t);
        close_pg(rig);
    }
}

static void tell(const char *format, const char *path)
{
    char line[256];

    snprintf(line, sizeof line, format, path);
    pg_server_tell(&server, line);
}

static void start_server(void)
{
    http_server_make_cert(server_cert, "DNS:localhost");
    http_server_make_cert(other_cert, "DNS:localhost");
    http_server_make_cert(client_cert, "DNS:client");
    pg_server_start(&server, "debian", NULL);
    tell("give own.pem %s", server_cert);
    tell("give clients.pem %s", client_cert);
    pg_server_tell(&server, "set ssl on");
    pg_server_tell(&server, "set ssl_cert_file own.pem");
    pg_server_tell(&server, "set ssl_key_file own.pem");
    pg_server_tell(&server, "set ssl_ca_file clients.pem");
    pg_server_tell(&server, "allow hostssl all certain all scram-sha-256 clientcert=verify-ca");
    pg_server_tell(&server, "allow hostssl all \"vecgate test\" all cert");
    pg_server_tell(&server, "stop");
    pg_server_tell(&server, "start");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PG_TEST(a_server_is_trusted_as_the_url_says),
        PG_TEST(a_ca_file_means_that_all_is_verified),
        PG_TEST(large_ones_go_through_tls),
        PG_TEST(a_client_shows_its_certificate),
        PG_TEST(a_certificate_that_will_not_do_is_told),
        PG_TEST(a_certificate_can_be_enough),
    };
    int failed;

    start_server();
    failed = cmocka_run_group_tests_name("transport/pg_tls", tests, NULL, NULL);
    pg_server_end(&server);
    unlink(server_cert);
    unlink(other_cert);
    unlink(client_cert);
    return failed;
}
