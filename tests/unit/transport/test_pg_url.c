/* Reading a PostgreSQL URL: what is taken, filled in and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/pg_url.h"

static bool read_url(vg_pg_url *url, const char *text, bool is_direct, char why[256])
{
    vg_pg_url_parts parts = {.url = vg_slice_str(text), .is_direct = is_direct};

    why[0] = '\0';
    return vg_pg_url_read(url, &parts, why, 256);
}

/* "host/address:port" of each, with blanks between. */
static void say_hosts(const vg_pg_url *url, char *out, size_t room)
{
    out[0] = '\0';
    for (uint32_t i = 0; i < url->host_count; i++) {
        const vg_pg_host *host = &url->hosts[i];
        size_t len = strlen(out);

        snprintf(out + len, room - len, "%s%s%s%s:%s", i > 0 ? " " : "", host->name,
                 host->address != NULL ? "/" : "", host->address != NULL ? host->address : "",
                 host->port);
    }
}

/* --- what is taken --------------------------------------------------------------------------- */

struct taken {
    const char *says;
    const char *url;
    const char *hosts;
    const char *option; /* one of them … */
    const char *value;  /* … and what it is; NULL: it is not given */
};

static const struct taken taken[] = {
    {"the shortest", "postgresql://u@h", "h:5432", "user", "u"},
    {"its other name", "postgres://u@h/db", "h:5432", "dbname", "db"},
    {"a password with signs", "postgresql://u:p%40%20%2F@h", "h:5432", "password", "p@ /"},
    {"several hosts", "postgresql://u@a:1,b:2,c/db", "a:1 b:2 c:5432", "dbname", "db"},
    {"one port for all", "postgresql://u@/db?host=a,b&port=7", "a:7 b:7", "dbname", "db"},
    {"numbers beside names", "postgresql://u@a,b/?hostaddr=1.2.3.4,::1",
     "a/1.2.3.4:5432 b/::1:5432", NULL, NULL},
    {"a number alone", "postgresql://u@/db?hostaddr=1.2.3.4", "1.2.3.4/1.2.3.4:5432", NULL, NULL},
    {"IPv6", "postgresql://u@[::1]:77/db", "::1:77", NULL, NULL},
    {"the folder of a socket", "postgresql://u@/db?host=/run/pg", "/run/pg:5432", NULL, NULL},
    {"a socket beside a host", "postgresql://u@%2Frun%2Fpg,b/db", "/run/pg:5432 b:5432", NULL,
     NULL},
    {"TLS is left open", "postgresql://u@h", "h:5432", "sslmode", "prefer"},
    {"TLS as it is said", "postgresql://u@h?sslmode=require", "h:5432", "sslmode", "require"},
    {"verified by the system's", "postgresql://u@h?sslmode=verify-ca", "h:5432", "sslrootcert",
     "/etc/ssl/certs/ca-certificates.crt"},
    {"verified by one's own", "postgresql://u@h?sslmode=verify-ca&sslrootcert=/my.crt", "h:5432",
     "sslrootcert", "/my.crt"},
    {"the system's in newer words", "postgresql://u@h?sslrootcert=system", "h:5432", "sslmode",
     "verify-full"},
    {"no ticket is asked for", "postgresql://u@h", "h:5432", "gssencmode", "disable"},
    {"one is, when that is said", "postgresql://u@h?gssencmode=prefer", "h:5432", "gssencmode",
     "prefer"},
    {"who we are", "postgresql://u@h", "h:5432", "fallback_application_name", "vecgate"},
    {"one encoding", "postgresql://u@h?client_encoding=utf-8", "h:5432", "client_encoding", "UTF8"},
    {"settings", "postgresql://u@h?options=-cgeqo%3Doff", "h:5432", "options", "-cgeqo=off"},
    {"Neon must be encrypted", "postgresql://u@ep-a-b-1.eu.aws.neon.tech/db",
     "ep-a-b-1.eu.aws.neon.tech:5432", "sslmode", "require"},
    {"Neon is told by its name", "postgresql://u@ep-a-b-1.eu.aws.neon.tech/db",
     "ep-a-b-1.eu.aws.neon.tech:5432", "options", NULL},
    {"Neon without SNI", "postgresql://u@ep-a-b-1-pooler.eu.aws.neon.tech/db?sslsni=0",
     "ep-a-b-1-pooler.eu.aws.neon.tech:5432", "options", "endpoint=ep-a-b-1"},
    {"Neon without SNI, with settings", "postgresql://u@ep-a.neon.tech/db?sslsni=0&options=-cx%3Dy",
     "ep-a.neon.tech:5432", "options", "-cx=y endpoint=ep-a"},
    {"Neon as it is said", "postgresql://u@ep-a.neon.tech/db?sslsni=0&options=endpoint%3Dep-b",
     "ep-a.neon.tech:5432", "options", "endpoint=ep-b"},
    {"Neon told twice", "postgresql://u@ep-a-pooler.neon.tech/db?options=endpoint%3Dep-a%20-cx%3Dy",
     "ep-a-pooler.neon.tech:5432", "options", "endpoint=ep-a -cx=y"},
};

static void a_url_is_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        const struct taken *row = &taken[i];
        char why[256], hosts[256];
        const char *value;
        vg_pg_url url;

        print_message("%s\n", row->says);
        assert_true(read_url(&url, row->url, false, why));
        say_hosts(&url, hosts, sizeof hosts);
        assert_string_equal(hosts, row->hosts);
        value = row->option != NULL ? vg_pg_url_option(&url, row->option) : NULL;
        if (row->value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, row->value);
        vg_pg_url_fini(&url);
    }
}

static void the_environment_weakens_nothing(void **state)
{
    char why[256];
    vg_pg_url url;

    (void)state;
    setenv("PGSSLMODE", "disable", 1);
    setenv("PGHOST", "elsewhere", 1);
    setenv("PGTARGETSESSIONATTRS", "any", 1);
    assert_true(read_url(&url, "postgresql://u@h", false, why));
    assert_string_equal(vg_pg_url_option(&url, "sslmode"), "prefer");
    assert_string_equal(url.hosts[0].name, "h");
    vg_pg_url_fini(&url);
    assert_false(read_url(&url, "postgresql://u@/db", false, why));
    vg_pg_url_fini(&url);
    unsetenv("PGSSLMODE");
    unsetenv("PGHOST");
    setenv("PGSERVICE", "any", 1);
    assert_false(read_url(&url, "postgresql://u@h", false, why));
    assert_non_null(strstr(why, "PGSERVICE"));
    vg_pg_url_fini(&url);
    unsetenv("PGSERVICE");
}

static void a_password_and_a_ca_of_ones_own(void **state)
{
    vg_pg_url_parts parts = {.url = VG_LIT("postgresql://u:old@h?connect_timeout=7"),
                             .password = VG_LIT("new"),
                             .ca_file = VG_LIT("/ca.pem")};
    char why[256];
    vg_pg_url url;

    (void)state;
    assert_true(vg_pg_url_read(&url, &parts, why, sizeof why));
    assert_string_equal(vg_pg_url_option(&url, "password"), "new");
    assert_string_equal(vg_pg_url_option(&url, "sslrootcert"), "/ca.pem");
    assert_string_equal(vg_pg_url_option(&url, "sslmode"), "verify-full");
    assert_null(vg_pg_url_option(&url, "connect_timeout"));
    assert_int_equal(url.connect_ms, 7000);
    vg_pg_url_fini(&url);
}

/* --- poolers --------------------------------------------------------------------------------- */

struct pooler {
    const char *url;
    bool loses_names;
    const char *direct;
};

static const struct pooler poolers[] = {
    {"postgresql://u@h:6543/db", false, "h:6543"},
    {"postgresql://u@ep-a-1.eu.neon.tech/db", false, "ep-a-1.eu.neon.tech:5432"},
    {"postgresql://u@ep-a-1-pooler.eu.neon.tech/db", true, "ep-a-1.eu.neon.tech:5432"},
    {"postgresql://u@ep-a-pooler.example.com/db", false, "ep-a-pooler.example.com:5432"},
    {"postgresql://u@aws-0.pooler.supabase.com:6543/db", true, "aws-0.pooler.supabase.com:5432"},
    {"postgresql://u@aws-0.pooler.supabase.com:5432/db", false, "aws-0.pooler.supabase.com:5432"},
};

static void poolers_are_known_by_name_and_gone_past(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof poolers / sizeof *poolers; i++) {
        char why[256], hosts[256];
        vg_pg_url url;

        print_message("%s\n", poolers[i].url);
        assert_true(read_url(&url, poolers[i].url, false, why));
        assert_int_equal(url.loses_names, poolers[i].loses_names);
        vg_pg_url_fini(&url);
        assert_true(read_url(&url, poolers[i].url, true, why));
        assert_false(url.loses_names);
        say_hosts(&url, hosts, sizeof hosts);
        assert_string_equal(hosts, poolers[i].direct);
        vg_pg_url_fini(&url);
    }
}

/* --- what is refused ------------------------------------------------------------------------- */

struct refused {
    const char *url;
    const char *why;
};

static const struct refused refused[] = {
    {"", "begin with postgresql://"},
    {"host=h user=u password=tell", "begin with postgresql://"},
    {"https://u:tell@h", "begin with postgresql://"},
    {"postgresql://", "names no host"},
    {"postgresql://u@", "names no host"},
    {"postgresql://u@a,,b", "names no host"},
    {"postgresql://h", "names no user"},
    {"postgresql://u:tell@h:1:2", "port"},
    {"postgresql://u:tell@h:65536", "port"},
    {"postgresql://u@/?host=a,b&port=1,x", "port"},
    {"postgresql://u:te%zzll@h", "cannot be read"},
    {"postgresql://u:tell@h?tell", "cannot be read"},
    {"postgresql://u@h?require_auth=none", "require_auth is not known"},
    {"postgresql://u@h?Tell!=1", "cannot be read"},
    {"postgresql://u@h?service=s", "service cannot be used"},
    {"postgresql://u@h?replication=database", "replication cannot be used"},
    {"postgresql://u@h?client_encoding=latin1", "client_encoding"},
    {"postgresql://u@h?gssencmode=tell", "gssencmode is none of disable, prefer, require"},
    {"postgresql://u@h?sslmode=verify", "sslmode is none of"},
    {"postgresql://u@h?channel_binding=yes", "channel_binding is none of"},
    {"postgresql://u@h?target_session_attrs=master", "target_session_attrs is none of"},
    {"postgresql://u@ep-a.neon.tech/db?options=endpoint%3Dep-b", "another endpoint"},
    {"postgresql://u@a,b/?hostaddr=1.2.3.4", "neither ports nor addresses"},
    {"postgresql://u@/?host=a,b,c&port=1,2", "neither ports nor addresses"},
    {"postgresql://u@a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "too many hosts"},
};

static void what_cannot_be_is_refused_without_a_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char why[256];
        vg_pg_url url;

        assert_false(read_url(&url, refused[i].url, false, why));
        print_message("%s: %s\n", refused[i].url, why);
        assert_non_null(strstr(why, refused[i].why));
        assert_null(strstr(why, "tell"));
        assert_null(strstr(why, "Tell"));
        vg_pg_url_fini(&url);
    }
}

static void what_is_too_long_or_holds_a_nul_is_refused(void **state)
{
    static char text[10000];
    vg_pg_url_parts parts = {.url = {text, sizeof text}};
    char why[256];
    vg_pg_url url;

    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, "postgresql://u@h/", 17);
    assert_false(vg_pg_url_read(&url, &parts, why, sizeof why));
    vg_pg_url_fini(&url);
    parts.url = VG_LIT("postgresql://u@h/\0x");
    assert_false(vg_pg_url_read(&url, &parts, why, sizeof why));
    vg_pg_url_fini(&url);
    parts.url = vg_slice_of(text, 17 + 300);
    memset(text + 15, 'h', 302);
    assert_false(vg_pg_url_read(&url, &parts, why, sizeof why));
    assert_non_null(strstr(why, "longer than names"));
    vg_pg_url_fini(&url);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_taken_apart),
        cmocka_unit_test(the_environment_weakens_nothing),
        cmocka_unit_test(a_password_and_a_ca_of_ones_own),
        cmocka_unit_test(poolers_are_known_by_name_and_gone_past),
        cmocka_unit_test(what_cannot_be_is_refused_without_a_secret),
        cmocka_unit_test(what_is_too_long_or_holds_a_nul_is_refused),
    };

    setenv("HOME", "/nowhere", 1);
    return cmocka_run_group_tests_name("transport/pg_url", tests, NULL, NULL);
}
