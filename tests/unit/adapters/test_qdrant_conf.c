/* The Qdrant adapter's configuration becomes an endpoint, and what it promises is what it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/vector_backend.h"

extern const vg_adapter vg_qdrant;

static const vg_option *option(const char *name)
{
    const vg_option *at = vg_qdrant.options;

    while (at->kind != VG_OPT_END && strcmp(at->name, name) != 0)
        at++;
    assert_int_not_equal(at->kind, VG_OPT_END);
    return at;
}

static void set(void *conf, const char *name, const void *value, size_t size)
{
    memcpy((char *)conf + option(name)->at, value, size);
}

static void set_text(void *conf, const char *name, const char *text)
{
    vg_slice value = vg_slice_str(text);

    set(conf, name, &value, sizeof value);
}

static void every_option_reaches_the_endpoint(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 16);
    void *conf = calloc(1, vg_qdrant.conf_size);
    const uint64_t numbers[] = {11, 22, 33, 44, 5500};
    vg_status status = {0};
    vg_endpoint to;

    (void)state;
    set_text(conf, "url", "https://host:6333/prefix//");
    set_text(conf, "api_key", "s3cret");
    set_text(conf, "ca_file", "/ca.pem");
    set_text(conf, "proxy", "http://p:1");
    set(conf, "connect_timeout", &numbers[0], sizeof numbers[0]);
    set(conf, "max_connections", &numbers[1], sizeof numbers[1]);
    set(conf, "max_queue", &numbers[2], sizeof numbers[2]);
    set(conf, "max_reply_bytes", &numbers[3], sizeof numbers[3]);
    set(conf, "max_timeout", &numbers[4], sizeof numbers[4]);
    assert_true(vg_qdrant.endpoint(conf, arena, &to, &status));
    assert_true(vg_slice_is_str(to.base_url, "https://host:6333/prefix"));
    assert_true(vg_slice_is_str(to.auth.name, "api-key"));
    assert_true(vg_slice_is_str(to.auth.value, "s3cret"));
    assert_true(vg_slice_is_str(to.ca_file, "/ca.pem"));
    assert_true(vg_slice_is_str(to.proxy, "http://p:1"));
    assert_int_equal(to.connect_ms, 11);
    assert_int_equal(to.max_connections, 22);
    assert_int_equal(to.max_queue, 33);
    assert_int_equal(to.max_reply_bytes, 44);
    assert_int_equal(to.max_left_s, 5);
    free(conf);
    vg_arena_free(arena);
}

/* What only asks what there is takes none, in any version. */
static void all_that_may_take_long_is_told_how_long(void **state)
{
    static const vg_op_kind untimed[] = {VG_OP_DESCRIBE, VG_OP_LIST, VG_OP_HEALTH,
                                         VG_OP_DROP_TENANT};
    static const vg_tenant who = {.name = VG_LIT_INIT("t")};
    vg_collection collection = {.physical = VG_LIT("c"), .raw_ids = true};
    vg_update update = {.kind = VG_OP_CLEAR_PAYLOAD};
    vg_search search = {.limit = 1};
    vg_query query = {.search = {.limit = 1}};
    const vg_backend self = {.adapter = &vg_qdrant};

    (void)state;
    for (vg_op_kind kind = 0; kind < VG_OP_KINDS; kind++) {
        vg_op op = {
            .kind = kind, .arena = vg_arena_new(1 << 16), .who = &who, .collection = &collection};
        vg_try t = {.scratch = vg_arena_new(1 << 16)};
        vg_exchange x = {0};
        bool is_untimed = false;

        for (size_t i = 0; i < sizeof untimed / sizeof untimed[0]; i++)
            is_untimed = is_untimed || kind == untimed[i];
        if (vg_op_is_update(kind))
            op.in.update.at = &update, op.in.update.count = 1;
        if (kind == VG_OP_SEARCH)
            op.in.search.queries = &search, op.in.search.count = 1;
        if (kind == VG_OP_QUERY)
            op.in.query.at = &query, op.in.query.count = 1;
        if (vg_qdrant.ops[kind] != NULL) {
            vg_qdrant.ops[kind](&self, &op, &t, NULL, &x);
            print_message("%s\n", x.name);
            assert_int_equal(x.as.http.left_param == NULL, is_untimed);
        }
        vg_arena_free(t.scratch);
        vg_arena_free(op.arena);
    }
}

static void a_key_with_a_line_break_is_refused_and_not_shown(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 16);
    void *conf = calloc(1, vg_qdrant.conf_size);
    vg_status status = {0};
    vg_endpoint to;

    (void)state;
    set_text(conf, "url", "http://h");
    assert_true(vg_qdrant.endpoint(conf, arena, &to, &status));
    assert_int_equal(to.auth.name.len, 0); /* no key, no header */
    set_text(conf, "api_key", "s3cret\n");
    assert_false(vg_qdrant.endpoint(conf, arena, &to, &status));
    assert_int_equal(status.code, VG_INVALID);
    assert_true(vg_slice_is_str(status.where, "vector.qdrant.api_key"));
    assert_non_null(memmem(status.what.at, status.what.len, "byte 7", 6));
    assert_null(memmem(status.what.at, status.what.len, "s3cret", 6));
    free(conf);
    vg_arena_free(arena);
}

static void secrets_are_marked_as_such(void **state)
{
    (void)state;
    assert_int_equal(option("api_key")->kind, VG_OPT_SECRET);
    assert_int_equal(option("proxy")->kind, VG_OPT_SECRET); /* it may hold a password */
    assert_string_equal(option("url")->env, "QDRANT_URL");
    assert_string_equal(option("api_key")->env, "QDRANT_API_KEY");
    assert_string_equal(option("url")->def, "http://localhost:6333");
    assert_string_equal(option("isolation")->def, "filter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_reaches_the_endpoint),
        cmocka_unit_test(all_that_may_take_long_is_told_how_long),
        cmocka_unit_test(a_key_with_a_line_break_is_refused_and_not_shown),
        cmocka_unit_test(secrets_are_marked_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
