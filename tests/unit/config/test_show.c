/* What a configuration says about itself: effective values, differences, documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/entries.h"
#include "fakes.h"

#define QDRANT \
    "vector:\n  backend: qdrant\n  qdrant:\n    url: http://a\n    api_key: s3cr3t-of-mine\n"

/* A buffer as a string. */
static const char *text(vg_buf *buf)
{
    vg_buf_put_byte(buf, '\0');
    buf->len--;
    return buf->at;
}

static void assert_says(vg_buf *buf, const char *part)
{
    if (strstr(text(buf), part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text(buf));
}

static void effective_values_tell_where_they_are_from(void **state)
{
    static const char *const variables[] = {"VECGATE_LOG_LEVEL=warn", NULL};
    static const char *const sets[] = {"drain=90s", NULL};
    vg_config *config = fakes_read_good("data: \"a b\"\n" QDRANT, variables, sets);
    vg_buf shown;

    (void)state;
    vg_buf_init(&shown, 0);
    vg_config_show(config, &shown);
    assert_says(&shown, "listen: 127.0.0.1:6333 # default\n");
    assert_says(&shown, "data: \"a b\" # vecgate.yaml:1\n");
    assert_says(&shown, "log:\n  level: warn # VECGATE_LOG_LEVEL\n  form: auto # default\n  "
                        "file: # default\n  access: true # default\n  slow: 0s # default\n  audit: "
                        "true # default\n");
    assert_says(&shown, "drain: 90s # command line\n");
    assert_says(&shown, "vector:\n  backend: qdrant # vecgate.yaml:3\n  qdrant:\n"
                        "    url: http://a # vecgate.yaml:5\n"
                        "    api_key: \"********\" # vecgate.yaml:6\n"
                        "    pool:\n      max: 16 # default\n");
    assert_null(strstr(text(&shown), "embedded"));
    vg_buf_fini(&shown);
    vg_config_free(config);
}

static void a_secret_is_never_shown(void **state)
{
    static const char *const wrong[] = {"workers=none", NULL};
    vg_config *is = fakes_read_good(QDRANT, NULL, NULL), *was;
    vg_buf shown;

    (void)state;
    vg_buf_init(&shown, 0);
    vg_config_show(is, &shown);
    was = fakes_read_good("vector:\n  backend: qdrant\n  qdrant:\n    url: http://a\n"
                          "    api_key: s3cr3t-before\n",
                          NULL, NULL);
    assert_true(vg_config_differences(was, is, &shown, &shown));
    assert_null(fakes_read(QDRANT, NULL, wrong, &shown));
    assert_null(fakes_read("vector:\n  backend: qdrant\n  qdrant:\n    url: http://a\n"
                           "    api_key: \"s3cr3t\\n\"\n",
                           NULL, NULL, &shown));
    assert_says(&shown, "vector.qdrant.api_key: ******** -> ********\n");
    assert_says(&shown, "vector.qdrant.api_key: holds control bytes");
    assert_null(strstr(text(&shown), "s3cr3t"));
    vg_buf_fini(&shown);
    vg_config_free(is);
    vg_config_free(was);
}

static void what_is_shown_can_be_read_again(void **state)
{
    static const char yaml[] = "data: \"a: b # \\\"c\\\" \\\\ 'd'\"\nlog:\n  level: debug\n"
                               "limits:\n  body: 5MiB\n  body_time: 90s\nvector:\n  embedded:\n"
                               "    cache: 2048\n";
    vg_config *first = fakes_read_good(yaml, NULL, NULL), *second;
    vg_buf shown, live, restart;

    (void)state;
    vg_buf_init(&shown, 0);
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    vg_config_show(first, &shown);
    second = fakes_read_good(text(&shown), NULL, NULL);
    if (vg_config_differences(first, second, &live, &restart))
        fail_msg("%s%s", text(&live), text(&restart));
    vg_buf_fini(&shown);
    vg_config_free(first);
    vg_config_free(second);
}

static void a_reload_tells_what_needs_a_restart(void **state)
{
    static const char *const sets[] = {"log.level=debug", "listen=127.0.0.1:7000", "deadline=1m",
                                       NULL};
    vg_config *was = fakes_read_good(NULL, NULL, NULL);
    vg_config *is = fakes_read_good(NULL, NULL, sets);
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    assert_false(vg_config_differences(was, was, &live, &restart));
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_string_equal(text(&live), "log.level: info -> debug\n");
    assert_string_equal(text(&restart), "listen: 127.0.0.1:6333 -> 127.0.0.1:7000\n"
                                        "deadline: 30s -> 1m\n");
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(was);
    vg_config_free(is);
}

static void only_what_is_live_is_taken_over(void **state)
{
    static const char *const sets[] = {"log.level=debug", "log.access=off", "drain=1s",
                                       "listen=127.0.0.1:7000", NULL};
    vg_config *was = fakes_read_good(NULL, NULL, NULL);
    vg_config *is = fakes_read_good(NULL, NULL, sets);
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    vg_config_take_live(was, is);
    assert_int_equal(vg_config_values(was)->log_level, 0);
    assert_false(vg_config_values(was)->log_access);
    assert_int_equal(vg_config_values(was)->drain_ms, 1000);
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_int_equal(live.len, 0);
    assert_string_equal(text(&restart), "listen: 127.0.0.1:6333 -> 127.0.0.1:7000\n");
    vg_config_free(is); /* nothing of it is needed any more */
    vg_config_show(was, &live);
    assert_says(&live, "  level: debug # command line\n");
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(was);
}

/* Texts that become empty, and secrets, which are never written out. */
static void texts_and_secrets_are_taken_over_as_they_are(void **state)
{
    static const char *const old[] = {"tls.certificate=a.pem", "tls.key=a.key", "tls.ocsp=a.der",
                                      "tls.passphrase=old", NULL};
    static const char *const new[] = {"tls.certificate=b.pem", "tls.key=a.key",
                                      "tls.passphrase=new", NULL};
    vg_config *was = fakes_read_good(NULL, NULL, old);
    vg_config *is = fakes_read_good(NULL, NULL, new);
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_string_equal(text(&live), "tls.certificate: a.pem -> b.pem\n"
                                     "tls.passphrase: ******** -> ********\n"
                                     "tls.ocsp: a.der -> \n");
    assert_int_equal(restart.len, 0);
    vg_config_take_live(was, is);
    assert_false(vg_config_differences(was, is, &live, &restart));
    vg_config_free(is);
    assert_true(vg_slice_is_str(vg_config_values(was)->tls_certificate, "b.pem"));
    assert_true(vg_slice_is_str(vg_config_values(was)->tls_passphrase, "new"));
    assert_int_equal(vg_config_values(was)->tls_ocsp.len, 0);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(was);
}

/* Of the backend in use, not what the adapter itself was given, whatever its rows say. */
static void how_its_troubles_are_met_is_taken_over_while_serving(void **state)
{
    static const char *const sets[] = {
        "vector.qdrant.resilience.breaker.open=2s", "vector.qdrant.resilience.hedge.enabled=on",
        "vector.embedded.resilience.quota.rate=7", "vector.qdrant.pool.max=3", NULL};
    vg_config *was = fakes_read_good(QDRANT, NULL, NULL), *is = fakes_read_good(QDRANT, NULL, sets);
    const vg_resilience *resilience = vg_config_resilience(was);
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_string_equal(text(&live), "vector.qdrant.resilience.breaker.open: 1s -> 2s\n"
                                     "vector.qdrant.resilience.hedge.enabled: false -> true\n");
    assert_string_equal(text(&restart), "vector.qdrant.pool.max: 16 -> 3\n");
    vg_config_take_live(was, is);
    assert_ptr_equal(vg_config_resilience(was), resilience); /* whoever reads it sees it */
    assert_int_equal(resilience->breaker.open_ms, 2000);
    assert_true(resilience->hedge.is_on);
    assert_int_equal(resilience->retry.most, 2);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(was);
    vg_config_free(is);
}

static void another_backend_is_a_difference(void **state)
{
    vg_config *was = fakes_read_good(NULL, NULL, NULL), *is = fakes_read_good(QDRANT, NULL, NULL);
    vg_buf live, restart;

    (void)state;
    vg_buf_init(&live, 0);
    vg_buf_init(&restart, 0);
    assert_true(vg_config_differences(was, is, &live, &restart));
    assert_says(&restart, "vector.backend: embedded -> qdrant\n");
    assert_says(&restart, "vector.qdrant.url: - -> http://a\n");
    assert_says(&restart, "vector.embedded.cache: 64MiB -> -\n");
    assert_null(strstr(text(&restart), "s3cr3t"));
    assert_says(&restart, "vector.qdrant.resilience.breaker.open: - -> 1s\n");
    assert_int_equal(live.len, 0);
    vg_buf_fini(&live);
    vg_buf_fini(&restart);
    vg_config_free(was);
    vg_config_free(is);
}

static void the_file_of_defaults_changes_nothing(void **state)
{
    vg_config *nothing = fakes_read_good(NULL, NULL, NULL), *written;
    vg_buf yaml, told;

    (void)state;
    vg_buf_init(&yaml, 0);
    vg_buf_init(&told, 0);
    vg_config_write_yaml(&yaml);
    written = fakes_read_good(text(&yaml), NULL, NULL);
    if (vg_config_differences(nothing, written, &told, &told))
        fail_msg("%s", text(&told));
    assert_says(&yaml, "    # where it is\n    # (URL; VECGATE_VECTOR_QDRANT_URL or QDRANT_URL; "
                       "needed)\n    # url:\n");
    assert_null(strstr(text(&yaml), "pinecone"));
    vg_buf_fini(&yaml);
    vg_buf_fini(&told);
    vg_config_free(nothing);
    vg_config_free(written);
}

static void docs_and_help_name_every_option(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_entries entries = {0};
    vg_conf conf = {0};
    vg_buf docs, help;

    (void)state;
    vg_buf_init(&docs, 0);
    vg_buf_init(&help, 0);
    vg_config_write_docs(&docs);
    vg_config_write_help(&help);
    assert_true(vg_entries_build(&entries, &conf, arena));
    for (uint32_t i = 0; i < entries.count; i++) {
        assert_says(&docs, vg_arena_printf(arena, "| `%s` |", entries.at[i].name).at);
        assert_says(&docs, vg_arena_printf(arena, "`%s`", entries.at[i].env).at);
        if (entries.at[i].section->is_built)
            assert_says(&help, vg_arena_printf(arena, "  %s", entries.at[i].name).at);
    }
    vg_buf_fini(&docs);
    vg_buf_fini(&help);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effective_values_tell_where_they_are_from),
        cmocka_unit_test(a_secret_is_never_shown),
        cmocka_unit_test(what_is_shown_can_be_read_again),
        cmocka_unit_test(a_reload_tells_what_needs_a_restart),
        cmocka_unit_test(only_what_is_live_is_taken_over),
        cmocka_unit_test(texts_and_secrets_are_taken_over_as_they_are),
        cmocka_unit_test(how_its_troubles_are_met_is_taken_over_while_serving),
        cmocka_unit_test(another_backend_is_a_difference),
        cmocka_unit_test(the_file_of_defaults_changes_nothing),
        cmocka_unit_test(docs_and_help_name_every_option),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
