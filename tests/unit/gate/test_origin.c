/* The host and origin rule, as tables: who is loopback, and whom a keyless gateway lets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate/origin.h"

struct host {
    const char *says;
    const char *host;
    bool is_loopback;
};

static const struct host hosts[] = {
    {"the name", "localhost", true},
    {"the name with a port", "localhost:6333", true},
    {"the name in capitals", "LocalHost:80", true},
    {"the name with its root", "localhost.:80", true},
    {"the usual address", "127.0.0.1", true},
    {"the usual address with a port", "127.0.0.1:6333", true},
    {"any address of 127/8", "127.255.3.9", true},
    {"IPv6", "[::1]", true},
    {"IPv6 with a port", "[::1]:6333", true},
    {"nothing", "", false},
    {"a root alone", ".", false},
    {"a stranger", "example.com", false},
    {"a name that begins as an address", "127.0.0.1.example.com", false},
    {"a name that begins with 127", "127.evil.example", false},
    {"a name that begins as localhost", "localhost.example.com", false},
    {"a name that ends as localhost", "evil-localhost", false},
    {"an address with an octet too large", "127.0.0.256", false},
    {"an address cut short", "127.0.1", false},
    {"an address with an octet too many", "127.0.0.0.1", false},
    {"an address with an empty octet", "127..0.1", false},
    {"a long octet", "127.0.0.0001", false},
    {"every address", "0.0.0.0", false},
    {"a private address", "192.168.0.1:6333", false},
    {"another IPv6", "[::2]:80", false},
    {"IPv6 without brackets", "::1", false},
    {"IPv6 and a name", "[::1].example.com", false},
    {"a port that is none", "localhost:80a", false},
    {"a port too long", "localhost:6333333", false},
    {"credentials in front", "localhost@example.com", false},
    {"a blank", "localhost ", false},
};

static void only_loopback_is_loopback(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (vg_origin_is_loopback(vg_slice_str(hosts[i].host)) != hosts[i].is_loopback)
            fail_msg("%s: \"%s\" should %sbe loopback", hosts[i].says, hosts[i].host,
                     hosts[i].is_loopback ? "" : "not ");
}

struct row {
    const char *says;
    const char *listen;
    bool keyless;
    const char *host;
    const char *origin;
    bool admits_host;
    bool admits_origin;
};

static const struct row rows[] = {
    {"a program on this machine", "127.0.0.1:6333", true, "localhost:6333", "", true, true},
    {"a request without Host", "127.0.0.1:6333", true, "", "", true, true},
    {"a page of this machine", "127.0.0.1:6333", true, "127.0.0.1:6333", "http://localhost:3000",
     true, true},
    {"a page over TLS", "127.0.0.1:6333", true, "127.0.0.1:6333", "https://[::1]:3000", true, true},
    {"a rebound name", "127.0.0.1:6333", true, "evil.example:6333", "", false, true},
    {"a rebound name's page", "[::1]:6333", true, "evil.example", "http://evil.example", false,
     false},
    {"a stranger's page", "127.0.0.1:6333", true, "127.0.0.1:6333", "https://evil.example", true,
     false},
    {"a page that hides", "127.0.0.1:6333", true, "127.0.0.1:6333", "null", true, false},
    {"another scheme", "127.0.0.1:6333", true, "127.0.0.1:6333", "file://localhost", true, false},
    {"a path behind the origin", "127.0.0.1:6333", true, "localhost", "http://localhost/x", true,
     false},
    {"open to the network, keyless: any host", "0.0.0.0:6333", true, "db.example", "", true, true},
    {"open to the network, keyless: no strange page", "0.0.0.0:6333", true, "db.example",
     "http://db.example", true, false},
    {"with a key: any page", "127.0.0.1:6333", false, "db.example", "https://app.example", true,
     true},
    {"with a key: a page that hides", "0.0.0.0:6333", false, "db.example", "null", true, true},
};

static void keyless_loopback_shuts_strangers_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        vg_origin_rule rule = vg_origin_rule_of(vg_slice_str(row->listen), row->keyless);

        if (vg_origin_admits_host(rule, vg_slice_str(row->host)) != row->admits_host)
            fail_msg("%s: host", row->says);
        if (vg_origin_admits(rule, vg_slice_str(row->origin)) != row->admits_origin)
            fail_msg("%s: origin", row->says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_loopback_is_loopback),
        cmocka_unit_test(keyless_loopback_shuts_strangers_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
