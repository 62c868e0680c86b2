/* Credentials in a configuration: what becomes a row, what is refused and where, and that no key
 * stands in what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.h"
#include "config/entries.h"
#include "config/read_keys.h"
#include "fakes.h"

#define KEY  "a key of some length"
#define LONG "a secret of forty bytes and all are here."
#define HEX  "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define LIST "credentials:\n  keys:\n"

static const vg_credential_conf *conf_of(const vg_config *config)
{
    return &vg_config_values(config)->credentials;
}

static void assert_digest(const vg_key_row *row, const char *key)
{
    uint8_t sha256[VG_KEY_DIGEST];

    assert_true(vg_secret_sha256(vg_slice_str(key), sha256));
    assert_memory_equal(row->sha256, sha256, sizeof sha256);
}

static void single_keys_are_rows_of_the_default_tenant(void **state)
{
    static const char *const variables[] = {"VECGATE_CREDENTIALS_READ_ONLY_KEY=" KEY " b", NULL};
    vg_config *config = fakes_read_good("credentials:\n  api_key: " KEY "\n", variables, NULL);
    const vg_key_list *all = &conf_of(config)->all;

    (void)state;
    assert_int_equal(all->count, 2);
    assert_true(vg_slice_is_str(all->at[0].name, "api_key"));
    assert_int_equal(all->at[0].rights, VG_KEY_MANAGE);
    assert_digest(&all->at[0], KEY);
    assert_true(vg_slice_is_str(all->at[1].name, "read_only_key"));
    assert_int_equal(all->at[1].rights, VG_KEY_READ);
    assert_true(vg_slice_is_str(all->at[1].tenant, "default"));
    assert_digest(&all->at[1], KEY " b");
    assert_true(conf_of(config)->has_one_tenant);
    vg_config_free(config);
}

static void an_entry_says_all_about_its_keys(void **state)
{
    static const char *const variables[] = {"SECRET=" KEY, NULL};
    vg_config *config = fakes_read_good(LIST "    - name: app\n"
                                             "      key: ${SECRET}\n"
                                             "      rights: write\n"
                                             "      collections: [docs, 'a b']\n"
                                             "      tenant: acme\n"
                                             "      may_choose_tenant: true\n"
                                             "      expires: 2027-01-31T00:00:00Z\n",
                                        variables, NULL);
    const vg_key_row *row = conf_of(config)->all.at;

    (void)state;
    assert_int_equal(conf_of(config)->all.count, 1);
    assert_true(vg_slice_is_str(row->name, "app"));
    assert_digest(row, KEY);
    assert_int_equal(row->rights, VG_KEY_WRITE);
    assert_int_equal(row->collection_count, 2);
    assert_true(vg_slice_is_str(row->collections[1], "a b"));
    assert_true(vg_slice_is_str(row->tenant, "acme"));
    assert_true(row->may_choose_tenant);
    assert_true(row->expires_ms == 1801353600000);
    assert_true(vg_slice_is_str(row->from, "vecgate.yaml:3"));
    assert_false(conf_of(config)->has_one_tenant);
    vg_config_free(config);
}

static void several_keys_of_an_entry_are_valid_at_once(void **state)
{
    vg_config *config =
        fakes_read_good(LIST "    - name: app\n"
                             "      rights: read\n"
                             "      expires: 2027-01-31T00:00:00+01:00\n"
                             "      keys:\n"
                             "        - {key: " KEY ", expires: '2026-12-01T00:00:00Z'}\n"
                             "        - sha256: " HEX "\n"
                             "    - {name: app, rights: read, key: the third of the keys}\n"
                             "    - {name: mesh, rights: manage, certificate: mesh.internal}\n",
                        NULL, NULL);
    const vg_key_row *rows = conf_of(config)->all.at;

    (void)state;
    assert_int_equal(conf_of(config)->all.count, 4);
    assert_digest(&rows[0], KEY);
    assert_true(rows[0].expires_ms == 1796083200000);
    assert_int_equal(rows[1].sha256[0], 0x01);
    assert_int_equal(rows[1].sha256[14], 0xCD);
    assert_true(rows[1].expires_ms == 1801350000000);
    assert_digest(&rows[2], "the third of the keys");
    assert_true(vg_slice_is_str(rows[2].name, "app"));
    assert_true(vg_slice_is_str(rows[3].certificate, "mesh.internal"));
    vg_config_free(config);
}

/* clang-format off */
static const struct {
    const char *says;
    const char *yaml;
    const char *variables[3];
    const char *name;
} sources[] = {
    {"the file", LIST "    - {name: f, rights: read, key: " KEY "}\n", {0}, "f"},
    {"a variable over the file", LIST "    - {name: f, rights: read, key: " KEY "}\n",
     {"VECGATE_CREDENTIALS_KEYS=[{\"name\": \"v\\u0061\", \"rights\": \"read\", \"key\": \"" KEY "\"}]"}, "va"},
    {"a file that a variable names", NULL, {"VECGATE_CREDENTIALS_KEYS_FILE=keys.json"}, "j"},
    {"a file that the value names", "credentials:\n  keys: ${file:keys.json}\n", {0}, "j"},
    {"a file of its own", "credentials:\n  file: keys.yaml\n", {"SECRET=" KEY}, "y"},
};
/* clang-format on */

static void a_list_comes_from_everywhere(void **state)
{
    (void)state;
    fakes_write("keys.json", "[{\"name\": \"j\", \"rights\": \"read\", \"key\": \"" KEY "\"}]");
    fakes_write("keys.yaml", "- name: y\n  rights: read\n  key: ${SECRET}\n");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        vg_config *config = fakes_read_good(sources[i].yaml, sources[i].variables, NULL);
        const vg_key_list *all = &conf_of(config)->all;

        if (all->count != 1 || !vg_slice_is_str(all->at[0].name, sources[i].name))
            fail_msg("%s: %u rows", sources[i].says, all->count);
        assert_digest(&all->at[0], KEY);
        vg_config_free(config);
    }
}

static void lists_of_the_file_and_of_its_own_file_add_up(void **state)
{
    vg_config *config;

    (void)state;
    fakes_write("keys.yaml", "- {name: y, rights: read, key: another key of a length}\n");
    config = fakes_read_good("credentials:\n  api_key: " KEY "\n  file: keys.yaml\n  keys:\n"
                             "    - {name: f, rights: read, key: a third key of a length}\n",
                             NULL, NULL);
    assert_int_equal(conf_of(config)->all.count, 3);
    vg_config_free(config);
    fakes_write("keys.yaml", "# nothing yet\n");
    config = fakes_read_good("credentials:\n  file: keys.yaml\n", NULL, NULL);
    assert_int_equal(conf_of(config)->all.count, 0);
    vg_config_free(config);
}

#define SHORT "must be 16 to 4096 bytes; `openssl rand -hex 32` makes a good one\n"

/* clang-format off */
static const struct {
    const char *says;
    const char *yaml;
    const char *complaints;
} refused[] = {
    {"a single key too short", "credentials:\n  api_key: 123456789012345\n", "vecgate.yaml:2: credentials.api_key: " SHORT},
    {"a read-only key too short", "credentials:\n  read_only_key: x\n", "vecgate.yaml:2: credentials.read_only_key: " SHORT},
    {"one key for both", "credentials:\n  api_key: " KEY "\n  read_only_key: " KEY "\n",
     "vecgate.yaml:3: read_only_key has the same key as api_key in vecgate.yaml:2\n"},
    {"no list", "credentials:\n  keys: {a: b}\n", "vecgate.yaml:2: credentials.keys: expected a list, got a mapping\n"},
    {"a text that is no list", "credentials:\n  keys: abc\n", "vecgate.yaml:2:1: expected a list of keys, each with name, key and rights\n"},
    {"an entry that is a text", LIST "    - " KEY "\n", "vecgate.yaml:3: expected an entry such as {name: app, key: …, rights: read}\n"},
    {"an unknown field", LIST "    - name: a\n      rights: read\n      keyy: " KEY "\n",
     "vecgate.yaml:5: a key has no field \"keyy\"; did you mean key?\n"},
    {"a key with a comma", LIST "    - {name: a, rights: read, key: a key of some length, and more of it}\n",
     "vecgate.yaml:3: a key has only name, key, sha256, keys, certificate, rights, collections, tenant, may_choose_tenant and expires (a text with a comma needs quotes)\n"},
    {"nothing of what is needed", LIST "    - {}\n",
     "vecgate.yaml:3: needs a name: who it is in logs\nvecgate.yaml:3: needs rights: read, write or manage\n"},
    {"no key", LIST "    - {name: a, rights: read}\n", "vecgate.yaml:3: needs one of key, sha256, keys and certificate\n"},
    {"two ways", LIST "    - {name: a, rights: read, key: " KEY ", certificate: a}\n", "vecgate.yaml:3: needs one of key, sha256, keys and certificate\n"},
    {"a key too short", LIST "    - {name: a, rights: read, key: 123456789012345}\n", "vecgate.yaml:3: key: " SHORT},
    {"a key with a line end", LIST "    - {name: a, rights: read, key: \"a key of some length\\n\"}\n",
     "vecgate.yaml:3: key: holds control bytes (a line end?): no header can carry them\n"},
    {"an empty key", LIST "    - {name: a, rights: read, key: ''}\n", "vecgate.yaml:3: key: must not be empty\n"},
    {"hex cut short", LIST "    - {name: a, rights: read, sha256: 0123}\n", "vecgate.yaml:3: sha256: expected 64 hex digits: `printf %s KEY | sha256sum` shows them\n"},
    {"hex with another letter", LIST "    - {name: a, rights: read, sha256: g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n",
     "vecgate.yaml:3: sha256: expected 64 hex digits: `printf %s KEY | sha256sum` shows them\n"},
    {"an unknown right", LIST "    - {name: a, rights: wrote, key: " KEY "}\n", "vecgate.yaml:3: rights: must be one of read, write, manage; did you mean write?\n"},
    {"no collections", LIST "    - {name: a, rights: read, key: " KEY ", collections: []}\n",
     "vecgate.yaml:3: collections: expected names of collections; for all of them leave it out\n"},
    {"a tenant that cannot be", LIST "    - {name: a, rights: read, key: " KEY ", tenant: /x}\n",
     "vecgate.yaml:3: tenant: a tenant's name is UTF-8 of 1 to 128 bytes without control characters, does not begin with a slash, and is neither \".\" nor \"..\"\n"},
    {"a tenant that no path can name", LIST "    - {name: a, rights: read, key: " KEY ", tenant: ..}\n",
     "vecgate.yaml:3: tenant: a tenant's name is UTF-8 of 1 to 128 bytes without control characters, does not begin with a slash, and is neither \".\" nor \"..\"\n"},
    {"a choice that is none", LIST "    - {name: a, rights: read, key: " KEY ", may_choose_tenant: maybe}\n", "vecgate.yaml:3: may_choose_tenant: expected true or false\n"},
    {"a day without its time", LIST "    - {name: a, rights: read, key: " KEY ", expires: 2027-01-31}\n",
     "vecgate.yaml:3: expires: expected a time as RFC 3339 has it, such as 2027-01-31T00:00:00Z\n"},
    {"a time without its zone", LIST "    - {name: a, rights: read, key: " KEY ", expires: '2027-01-31T00:00:00'}\n",
     "vecgate.yaml:3: expires: expected a time as RFC 3339 has it, such as 2027-01-31T00:00:00Z\n"},
    {"a day that is none", LIST "    - {name: a, rights: read, key: " KEY ", expires: '2027-02-31T00:00:00Z'}\n",
     "vecgate.yaml:3: expires: expected a time as RFC 3339 has it, such as 2027-01-31T00:00:00Z\n"},
    {"several keys, of which none is", LIST "    - {name: a, rights: read, keys: []}\n", "vecgate.yaml:3: keys: expected a list such as [{key: …, expires: …}, {sha256: …}]\n"},
    {"several keys, one with rights", LIST "    - name: a\n      rights: read\n      keys:\n        - {key: " KEY ", rights: write}\n",
     "vecgate.yaml:6: rights: belongs to the entry, not to one of its keys\n"},
    {"the same key twice", LIST "    - {name: a, rights: read, key: " KEY "}\n    - {name: b, rights: write, key: " KEY "}\n",
     "vecgate.yaml:4: b has the same key as a in vecgate.yaml:3\n"},
    {"the same certificate twice", LIST "    - {name: a, rights: read, certificate: c}\n    - {name: b, rights: write, certificate: c}\n",
     "vecgate.yaml:4: b has the same certificate as a in vecgate.yaml:3\n"},
    {"a variable that is not set", LIST "    - {name: a, rights: read, key: '${NONE}'}\n",
     "vecgate.yaml:3: key: the variable NONE is not set: set it, or write ${NONE:-default}\n"},
    {"a file that is not there", "credentials:\n  file: none.yaml\n", "none.yaml: cannot be read: No such file or directory\n"},
    {"a file with a mistake", "credentials:\n  file: bad.yaml\n", "bad.yaml:2: key: " SHORT},
    {"everybody is let in, yet there are keys", "auth: none\ncredentials:\n  api_key: " KEY "\n",
     "vecgate.yaml:1: auth: none lets everybody in, yet credentials are configured: leave out one of the two\n"},
    {"one tenant, yet another is named", "tenants: one\n" LIST "    - {name: a, rights: read, key: " KEY ", tenant: acme}\n",
     "vecgate.yaml:4: a: tenant \"acme\" cannot be: `tenants: one` allows the tenant default alone\n"},
    {"a secret for tokens too short", "jwt:\n  secret: only 31 bytes, not one of them.\n",
     "vecgate.yaml:2: jwt.secret: must be at least 32 bytes, as long as the hash (RFC 7518, 3.2); `openssl rand -hex 32` makes a good one\n"},
    {"a secret for tokens that is a key", "jwt:\n  secret: " LONG "\n" LIST "    - {name: a, rights: read, key: " LONG "}\n",
     "vecgate.yaml:2: jwt.secret: is the key of a in vecgate.yaml:5 too: who has that could make tokens\n"},
    {"one tenant, yet tokens may name another", "tenants: one\njwt:\n  tenants: true\n  secret: " LONG "\n",
     "vecgate.yaml:3: jwt.tenants: no token can name another tenant with `tenants: one`\n"},
    {"everybody is let in, yet tokens are known", "auth: none\njwt:\n  keys: x.pem\n",
     "vecgate.yaml:1: auth: none lets everybody in, yet credentials are configured: leave out one of the two\n"},
    {"one tenant, yet one may choose", "tenants: one\n" LIST "    - {name: a, rights: read, key: " KEY ", may_choose_tenant: true}\n",
     "vecgate.yaml:4: a: may_choose_tenant: there is nothing to choose with `tenants: one`\n"},
};
/* clang-format on */

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    fakes_write("bad.yaml", "- {name: a, rights: read,\n   key: short}\n");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        fakes_assert_refused(refused[i].says, refused[i].yaml, NULL, NULL, refused[i].complaints);
}

static void a_credential_opens_the_gateway_to_the_network(void **state)
{
    static const char *const yamls[] = {
        "listen: 0.0.0.0:6333\ncredentials:\n  api_key: " KEY "\n",
        "listen: 0.0.0.0:6333\n" LIST "    - {name: a, rights: read, certificate: c}\n",
        "listen: 0.0.0.0:6333\njwt:\n  secret: " LONG "\n",
        "listen: 0.0.0.0:6333\njwt:\n  keys: x.pem\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof yamls / sizeof yamls[0]; i++)
        vg_config_free(fakes_read_good(yamls[i], NULL, NULL));
}

static void tenants_are_many_when_one_is_named(void **state)
{
    static const struct {
        const char *yaml;
        bool has_one;
    } rows[] = {
        {"", true},
        {"tenants: many\n", false},
        {"tenants: one\n" LIST "    - {name: a, rights: read, key: " KEY "}\n", true},
        {LIST "    - {name: a, rights: read, key: " KEY ", tenant: default}\n", true},
        {LIST "    - {name: a, rights: read, key: " KEY ", tenant: acme}\n", false},
        {LIST "    - {name: a, rights: read, key: " KEY ", may_choose_tenant: true}\n", false},
        {"jwt:\n  secret: " LONG "\n", true},
        {"jwt:\n  tenants: true\n", true}, /* nobody can send a token */
        {"jwt:\n  tenants: true\n  secret: " LONG "\n", false},
        {"jwt:\n  tenants: true\n  keys: x.pem\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_config *config = fakes_read_good(rows[i].yaml, NULL, NULL);

        if (conf_of(config)->has_one_tenant != rows[i].has_one)
            fail_msg("%s", rows[i].yaml);
        vg_config_free(config);
    }
}

static bool holds(const vg_yaml *node, const char *text)
{
    bool found = node->text.at != NULL && memmem(node->text.at, node->text.len, text, strlen(text));

    for (const vg_yaml *m = node->first; m != NULL && !found; m = m->next)
        found = holds(m, text);
    return found;
}

static void a_key_is_overwritten_where_it_stood(void **state)
{
    const vg_list_source source = {.place = "f"};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_slice text = VG_LIT("- {name: a, rights: read, key: " KEY "}\n"
                           "- {name: b, rights: read, keys: [{key: the second of the keys}]}\n");
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    const vg_yaml *list;
    uint8_t sha256[VG_KEY_DIGEST];
    char short_key[] = "short";

    (void)state;
    vg_buf_init(&told, 0);
    list = vg_yaml_read(arena, text, "f", &complaints);
    assert_true(holds(list, KEY) && holds(list, "the second"));
    assert_int_equal(vg_keys_read(list, &source, &complaints).count, 2);
    assert_false(holds(list, KEY) || holds(list, "the second"));
    assert_true(holds(list, "read"));
    assert_false(vg_key_hash(vg_slice_str(short_key), VG_LIT("f"), "key", sha256, &complaints));
    assert_int_equal(short_key[0], 0);
    vg_buf_fini(&told);
    vg_arena_free(arena);
}

static void single_keys_are_overwritten_where_they_stood(void **state)
{
    static const char *const names[] = {"credentials.api_key", "jwt.secret"};
    vg_config *config =
        fakes_read_good("credentials:\n  api_key: " KEY "\njwt:\n  secret: " LONG "\n", NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const vg_entry *entry = vg_entries_find(&config->entries, vg_slice_str(names[i]));

        assert_true(entry->text.len >= strlen(KEY));
        for (size_t k = 0; k < entry->text.len; k++)
            assert_int_equal(entry->text.at[k], 0);
    }
    assert_int_equal(conf_of(config)->api_key.len, 64);
    assert_true(vg_slice_is_str(conf_of(config)->jwt_secret, LONG));
    vg_config_free(config);
}

static void no_key_is_shown(void **state)
{
    vg_config *config = fakes_read_good("credentials:\n  api_key: " KEY "\n  keys:\n"
                                        "    - {name: a, rights: read, key: " KEY " b}\n",
                                        NULL, NULL);
    vg_buf shown;

    (void)state;
    vg_buf_init(&shown, 0);
    vg_config_show(config, &shown);
    vg_buf_put_byte(&shown, '\0');
    assert_null(strstr(shown.at, "some length"));
    assert_non_null(strstr(shown.at, "api_key: \"********\" # vecgate.yaml:2"));
    assert_non_null(strstr(shown.at, "keys: \"********\" # vecgate.yaml:3"));
    vg_buf_fini(&shown);
    vg_config_free(config);
}

/* clang-format off */
static const struct {
    const char *says;
    const char *was, *is;
    const char *live;
} changes[] = {
    {"another key", "credentials:\n  api_key: " KEY "\n", "credentials:\n  api_key: " KEY " b\n",
     "credentials.api_key: ******** -> ********\n"},
    {"the same key from elsewhere", "credentials:\n  api_key: " KEY "\n", "credentials:\n  api_key: ${NONE:-" KEY "}\n", ""},
    {"the same list in another place", LIST "    - {name: a, rights: read, key: " KEY "}\n",
     "\n" LIST "    - {rights: read, name: a, key: " KEY "}\n", ""},
    {"another right", LIST "    - {name: a, rights: read, key: " KEY "}\n", LIST "    - {name: a, rights: write, key: " KEY "}\n",
     "credentials.keys: ******** -> ********\n"},
    {"another collection", LIST "    - {name: a, rights: read, key: " KEY ", collections: a}\n", LIST "    - {name: a, rights: read, key: " KEY ", collections: b}\n",
     "credentials.keys: ******** -> ********\n"},
    {"another expiry", LIST "    - {name: a, rights: read, key: " KEY ", expires: '2027-01-31T00:00:00Z'}\n", LIST "    - {name: a, rights: read, key: " KEY "}\n",
     "credentials.keys: ******** -> ********\n"},
};
/* clang-format on */

static void changed_credentials_are_told_masked_and_taken_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        vg_config *was = fakes_read_good(changes[i].was, NULL, NULL);
        vg_config *is = fakes_read_good(changes[i].is, NULL, NULL);
        vg_buf live, restart;

        vg_buf_init(&live, 0);
        vg_buf_init(&restart, 0);
        vg_config_differences(was, is, &live, &restart);
        assert_int_equal(restart.len, 0);
        if (!vg_slice_is_str(vg_buf_bytes(&live), changes[i].live))
            fail_msg("%s: " VG_FMT, changes[i].says, VG_ARG(vg_buf_bytes(&live)));
        vg_config_take_live(was, is);
        assert_false(vg_config_differences(was, is, &live, &restart));
        vg_buf_fini(&live);
        vg_buf_fini(&restart);
        vg_config_free(is);
        assert_int_equal(conf_of(was)->all.count, 1);
        vg_config_free(was);
    }
}

static void a_file_of_keys_that_changed_is_told(void **state)
{
    vg_config *was, *is;
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    fakes_write("keys.yaml", "- {name: y, rights: read, key: " KEY "}\n");
    was = fakes_read_good("credentials:\n  file: keys.yaml\n", NULL, NULL);
    fakes_write("keys.yaml", "- {name: y, rights: read, key: " KEY " b}\n");
    is = fakes_read_good("credentials:\n  file: keys.yaml\n", NULL, NULL);
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_true(vg_slice_is_str(vg_buf_bytes(&live), "credentials.file: read again\n"));
    vg_config_take_live(was, is);
    assert_false(vg_config_differences(was, is, &live, &restart));
    vg_config_free(was);
    vg_config_free(is);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_keys_are_rows_of_the_default_tenant),
        cmocka_unit_test(an_entry_says_all_about_its_keys),
        cmocka_unit_test(several_keys_of_an_entry_are_valid_at_once),
        cmocka_unit_test(a_list_comes_from_everywhere),
        cmocka_unit_test(lists_of_the_file_and_of_its_own_file_add_up),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(a_credential_opens_the_gateway_to_the_network),
        cmocka_unit_test(tenants_are_many_when_one_is_named),
        cmocka_unit_test(a_key_is_overwritten_where_it_stood),
        cmocka_unit_test(single_keys_are_overwritten_where_they_stood),
        cmocka_unit_test(no_key_is_shown),
        cmocka_unit_test(changed_credentials_are_told_masked_and_taken_over),
        cmocka_unit_test(a_file_of_keys_that_changed_is_told),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
