/* Addresses and URLs as texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/address.h"

static const struct {
    const char *text;
    const char *host; /* NULL: refused */
    int port;
} addresses[] = {
    {"127.0.0.1:6333", "127.0.0.1", 6333},
    {"localhost:0", "localhost", 0},
    {"a-b.example:65535", "a-b.example", 65535},
    {"[::1]:80", "::1", 80},
    {"[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80},
    {"127.0.0.1:65536", NULL, 0},
    {"127.0.0.1:", NULL, 0},
    {"127.0.0.1", NULL, 0},
    {":6333", NULL, 0},
    {"", NULL, 0},
    {"6333", NULL, 0},
    {"::1:80", NULL, 0},
    {"[::1]", NULL, 0},
    {"[::1:80", NULL, 0},
    {"[localhost]:80", NULL, 0},
    {"[]:80", NULL, 0},
    {"127.0.0.256:80", NULL, 0},
    {"127.0.1:80", NULL, 0},
    {"*:80", NULL, 0},
    {"a b:80", NULL, 0},
    {"host:+80", NULL, 0},
    {"host:8 0", NULL, 0},
    {"-host:80", NULL, 0},
    {"http://host:80", NULL, 0},
};

static void an_address_is_host_and_port(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        vg_address address;
        bool is_read = vg_address_read(vg_slice_str(addresses[i].text), &address);

        if (is_read != (addresses[i].host != NULL))
            fail_msg("\"%s\" is %s", addresses[i].text, is_read ? "taken" : "refused");
        if (is_read && (!vg_slice_is_str(address.host, addresses[i].host) ||
                        address.port != addresses[i].port))
            fail_msg("%s: " VG_FMT " %d", addresses[i].text, VG_ARG(address.host), address.port);
    }
}

static const struct {
    const char *text;
    const char *scheme; /* NULL: refused */
    const char *host;
    int port;
    const char *path;
} urls[] = {
    {"http://host", "http", "host", 80, ""},
    {"https://host", "https", "host", 443, ""},
    {"https://host/", "https", "host", 443, "/"},
    {"http://127.0.0.1:6333/a/b%20c", "http", "127.0.0.1", 6333, "/a/b%20c"},
    {"http://[::1]:6333", "http", "::1", 6333, ""},
    {"http://", NULL, NULL, 0, NULL},
    {"http://:80", NULL, NULL, 0, NULL},
    {"http:/host", NULL, NULL, 0, NULL},
    {"HTTP://host", NULL, NULL, 0, NULL},
    {"host:6333", NULL, NULL, 0, NULL},
    {"ftp://host", NULL, NULL, 0, NULL},
    {"http://host:0", NULL, NULL, 0, NULL},
    {"http://host:x", NULL, NULL, 0, NULL},
    {"http://host:80x", NULL, NULL, 0, NULL},
    {"http://[::1]x", NULL, NULL, 0, NULL},
    {"http://host?a=1", NULL, NULL, 0, NULL},
    {"http://host/?a=1", NULL, NULL, 0, NULL},
    {"http://host/#a", NULL, NULL, 0, NULL},
    {"http://host/a b", NULL, NULL, 0, NULL},
    {"http://me@host", NULL, NULL, 0, NULL},
};

static void a_url_is_scheme_host_port_and_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        vg_url url;
        bool is_read = vg_url_read(vg_slice_str(urls[i].text), &url);

        if (is_read != (urls[i].scheme != NULL))
            fail_msg("\"%s\" is %s", urls[i].text, is_read ? "taken" : "refused");
        if (is_read &&
            (!vg_slice_is_str(url.scheme, urls[i].scheme) ||
             !vg_slice_is_str(url.address.host, urls[i].host) || url.address.port != urls[i].port ||
             !vg_slice_is_str(url.path, urls[i].path)))
            fail_msg("%s is read as something else", urls[i].text);
    }
}

static const struct {
    const char *host;
    bool is_loopback, is_any;
} hosts[] = {
    {"127.0.0.1", true, false},
    {"127.8.9.10", true, false},
    {"localhost", true, false},
    {"LocalHost", true, false},
    {"::1", true, false},
    {"::ffff:127.0.0.1", true, false},
    {"0.0.0.0", false, true},
    {"::", false, true},
    {"10.0.0.1", false, false},
    {"128.0.0.1", false, false},
    {"example.org", false, false},
    {"::ffff:10.0.0.1", false, false},
    {"localhost.example", false, false},
};

static void loopback_and_any_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (vg_address_is_loopback(vg_slice_str(hosts[i].host)) != hosts[i].is_loopback)
            fail_msg("%s: loopback", hosts[i].host);
        if (vg_address_is_any(vg_slice_str(hosts[i].host)) != hosts[i].is_any)
            fail_msg("%s: any", hosts[i].host);
    }
}

static const struct {
    const char *to, *at;
    bool reaches;
} pairs[] = {
    {"127.0.0.1:6333", "127.0.0.1:6333", true},  {"localhost:6333", "127.0.0.1:6333", true},
    {"0.0.0.0:6333", "127.0.0.1:6333", true},    {"localhost:6333", "0.0.0.0:6333", true},
    {"[::1]:6333", "[::]:6333", true},           {"Gate.example:80", "gate.example:80", true},
    {"127.0.0.1:6334", "127.0.0.1:6333", false}, {"10.0.0.1:6333", "127.0.0.1:6333", false},
    {"10.0.0.1:6333", "0.0.0.0:6333", false},
};

static void a_gateway_knows_its_own_door(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        vg_address to, at;

        assert_true(vg_address_read(vg_slice_str(pairs[i].to), &to));
        assert_true(vg_address_read(vg_slice_str(pairs[i].at), &at));
        if (vg_address_reaches(&to, &at) != pairs[i].reaches)
            fail_msg("%s at %s", pairs[i].to, pairs[i].at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_host_and_port),
        cmocka_unit_test(a_url_is_scheme_host_port_and_path),
        cmocka_unit_test(loopback_and_any_are_known),
        cmocka_unit_test(a_gateway_knows_its_own_door),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
