/* What is told without an operation: capabilities, the document of the API, health, metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "front/front.h"
#include "tests/support/toy_fixture.h"

struct told {
    vg_arena *arena;
    vg_buf body;
    vg_front_out out;
};

static bool refuse(vg_pools *pools, vg_pool_name pool, vg_work *work)
{
    (void)pools;
    (void)pool;
    (void)work;
    return false;
}

static vg_front *make_front(const struct fixture *f)
{
    return vg_front_new(&(vg_front_parts){.loop = fake_loop_loop(f->world->fake),
                                          .plan = f->world->plan,
                                          .post = refuse,
                                          .listen = VG_LIT_INIT("127.0.0.1:6333"),
                                          .qdrant_version = VG_LIT_INIT("1.14.1")});
}

static vg_front_tell_fn *teller(const vg_front_api *api, const char *path)
{
    for (size_t i = 0; i < api->count; i++)
        if (!strcmp(api->rows[i].route.path, path))
            return api->rows[i].tell;
    fail_msg("no row %s", path);
    return NULL;
}

static void tell(vg_front *front, const vg_front_api *api, const char *path, const char *query,
                 struct told *told)
{
    vg_request request = {.query = vg_slice_str(query)};
    vg_front_in in = {.request = &request};

    told->arena = vg_arena_new(1 << 16);
    vg_buf_init(&told->body, 0);
    told->out = (vg_front_out){
        .status = 200, .content_type = VG_LIT("application/json"), .body = &told->body};
    teller(api, path)(front, &in, told->arena, &told->out);
    vg_buf_put_byte(&told->body, '\0');
}

static void end(struct told *told)
{
    vg_buf_fini(&told->body);
    vg_arena_free(told->arena);
}

static void capabilities_are_those_of_the_backend(void **state)
{
    struct fixture *f = *state;
    vg_front *front = make_front(f);
    struct told told;

    tell(front, &vg_front_native, "/v1/capabilities", "", &told);
    assert_int_equal(told.out.status, 200);
    assert_non_null(strstr(told.body.at, "\"max_vector_dimensions\":8,"));
    assert_non_null(strstr(told.body.at, "\"supports_adoption\":true,"));
    assert_non_null(strstr(told.body.at, "\"distance_metrics\":[\"Cosine\",\"Euclid\",\"Dot\"]"));
    end(&told);
    toy_vectors_adapter(f->toy)->can.supports_adoption = false;
    tell(front, &vg_front_native, "/v1/capabilities", "", &told);
    assert_non_null(strstr(told.body.at, "\"supports_adoption\":false,"));
    end(&told);
    vg_front_free(front);
}

static void parameters_are_refused_where_none_are_taken(void **state)
{
    static const char *const paths[] = {"/v1/capabilities", "/openapi.yaml"};
    struct fixture *f = *state;
    vg_front *front = make_front(f);
    struct told told;

    for (size_t i = 0; i < 2; i++) {
        tell(front, &vg_front_native, paths[i], "timeout=1", &told);
        assert_int_equal(told.out.status, 400);
        assert_non_null(strstr(told.body.at, "this path takes no parameters"));
        assert_null(strstr(told.body.at, "openapi:"));
        end(&told);
    }
    vg_front_free(front);
}

static void the_document_is_the_file(void **state)
{
    static char file[256 * 1024];
    struct fixture *f = *state;
    vg_front *front = make_front(f);
    FILE *from = fopen("docs/openapi.yaml", "rb");
    struct told told;
    size_t len;

    assert_non_null(from);
    len = fread(file, 1, sizeof file, from);
    fclose(from);
    tell(front, &vg_front_native, "/openapi.yaml", "", &told);
    assert_true(vg_slice_is_str(told.out.content_type, "application/yaml"));
    assert_true(vg_slice_is(vg_slice_of(told.body.at, told.body.len - 1), vg_slice_of(file, len)));
    end(&told);
    vg_front_free(front);
}

static void check_text(vg_front *front, const char *path, int status, const char *want)
{
    struct told told;

    tell(front, &vg_front_admin, path, "", &told);
    assert_int_equal(told.out.status, status);
    assert_string_equal(told.body.at, want);
    assert_true(vg_slice_is_str(told.out.content_type, "text/plain; charset=utf-8"));
    end(&told);
}

static void probes_are_answered_in_qdrants_words(void **state)
{
    struct fixture *f = *state;
    vg_front *front = make_front(f);

    check_text(front, "/healthz", 200, "healthz check passed");
    check_text(front, "/livez", 200, "healthz check passed");
    check_text(front, "/readyz", 503, "some shards are not ready");
    vg_front_set_ready(front, true);
    check_text(front, "/readyz", 200, "all shards are ready");
    vg_front_set_ready(front, false);
    check_text(front, "/readyz", 503, "some shards are not ready");
    vg_front_free(front);
}

static void metrics_begin_with_qdrants_own(void **state)
{
    static const char want[] = "# HELP app_info information about qdrant server\n"
                               "# TYPE app_info gauge\n"
                               "app_info{name=\"qdrant\",version=\"1.14.1\"} 1\n"
                               "# HELP cluster_enabled is cluster support enabled\n"
                               "# TYPE cluster_enabled gauge\n"
                               "cluster_enabled 0\n";
    struct fixture *f = *state;
    vg_metrics *metrics = vg_metrics_new(1);
    vg_front *front = vg_front_new(&(vg_front_parts){.loop = fake_loop_loop(f->world->fake),
                                                     .plan = f->world->plan,
                                                     .post = refuse,
                                                     .metrics = metrics,
                                                     .qdrant_version = VG_LIT_INIT("1.14.1")});
    struct told told;

    vg_front_set_ready(front, true);
    tell(front, &vg_front_admin, "/metrics", "", &told);
    assert_memory_equal(told.body.at, want, sizeof want - 1);
    assert_non_null(strstr(told.body.at, "\nvecgate_ready 1\n"));
    end(&told);
    vg_front_free(front);
    vg_metrics_free(metrics);
}

static void an_unknown_admin_path_says_nothing(void **state)
{
    vg_arena *arena = vg_arena_new(4096);
    vg_buf body;
    vg_front_out out = {.body = &body};

    (void)state;
    vg_buf_init(&body, 0);
    vg_front_admin.write_error(arena, &(vg_status){.code = VG_NO_ROUTE}, &out);
    assert_int_equal(out.status, 404);
    assert_int_equal(body.len, 0);
    vg_front_admin.write_error(arena, &(vg_status){.code = VG_NO_METHOD}, &out);
    assert_int_equal(out.status, 404);
    assert_int_equal(body.len, 0);
    vg_buf_fini(&body);
    vg_arena_free(arena);
}

static void a_body_must_say_json_or_nothing(void **state)
{
    static const struct {
        const char *type;
        bool is_taken;
    } rows[] = {
        {NULL, true},
        {"application/json", true},
        {"APPLICATION/JSON", true},
        {"application/json; charset=utf-8", true},
        {"application/json ;x", true},
        {"application/x-www-form-urlencoded", false},
        {"text/plain", false},
        {"application/jsonp", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_header header = {VG_LIT_INIT("content-type"), vg_slice_str(rows[i].type)};
        vg_request request = {.headers = &header, .header_count = rows[i].type != NULL};

        if (vg_front_native.takes(&request) != rows[i].is_taken)
            fail_msg("%s", rows[i].type ? rows[i].type : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(capabilities_are_those_of_the_backend),
        WITH_WORLD(parameters_are_refused_where_none_are_taken),
        WITH_WORLD(the_document_is_the_file),
        WITH_WORLD(probes_are_answered_in_qdrants_words),
        WITH_WORLD(metrics_begin_with_qdrants_own),
        cmocka_unit_test(an_unknown_admin_path_says_nothing),
        cmocka_unit_test(a_body_must_say_json_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
