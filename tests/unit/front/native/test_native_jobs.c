/* What native requests about jobs become, and how jobs are told, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/job.h"
#include "tests/unit/front/native/native_ask.h"

#define V1          "/v1/jobs"
#define ID          "018bcfe5680000112233aabb"
#define CHECK(rows) native_check((rows), sizeof(rows) / sizeof((rows)[0]))

#define QUERY(detail, field) \
    PROBLEM_AT("query", "a query parameter is not well formed", "400", detail, field)
#define RANGE_QUERY(detail, field) \
    PROBLEM_AT("range_query", "a query parameter is out of its range", "422", detail, field)

static void what_requests_become(void **state)
{
    static const struct native_row rows[] = {
        {"all", "GET", V1, NULL, "list_jobs limit=100"},
        {"one", "GET", V1 "/" ID, NULL, "get_job id=" ID},
        {"whatever its id", "GET", V1 "/a%2Fb", NULL, "get_job id=a/b"},
        {"an end to one", "DELETE", V1 "/" ID, NULL, "cancel_job id=" ID},
        {"soon", "DELETE", V1 "/" ID "?timeout=2", NULL, "cancel_job id=" ID " within=2000ms"},
        {"some", "GET", V1 "?kind=repair&state=done&collection=W%C3%B6rter&limit=1000&after=" ID,
         NULL, "list_jobs kind=repair state=done collection=W\xc3\xb6rter after=" ID " limit=1000"},
        {"the last of a name counts", "GET", V1 "?limit=1&limit=2", NULL, "list_jobs limit=2"},
        {"an unknown kind", "GET", V1 "?kind=x", NULL,
         QUERY("must be one of: repair index erase", "kind")},
        {"an unknown state", "GET", V1 "?state=Done", NULL,
         QUERY("must be one of: waiting running done failed cancelled", "state")},
        {"no collection", "GET", V1 "?collection=", NULL,
         QUERY("must be a collection's name", "collection")},
        {"no id", "GET", V1 "?after=x", NULL, QUERY("must be a job's id", "after")},
        {"nothing", "GET", V1 "?limit=0", NULL,
         RANGE_QUERY("must be a whole number from 1 to 1000", "limit")},
        {"too much", "GET", V1 "?limit=1001", NULL,
         RANGE_QUERY("must be a whole number from 1 to 1000", "limit")},
        {"no number", "GET", V1 "?limit=1e2", NULL,
         RANGE_QUERY("must be a whole number from 1 to 1000", "limit")},
        {"something else", "GET", V1 "?order=id", NULL,
         QUERY(
             "unknown parameter; this path takes \\\"kind\\\", \\\"state\\\", \\\"collection\\\", "
             "\\\"after\\\", \\\"limit\\\", \\\"timeout\\\"",
             "order")},
        {"a tenant", "DELETE", "/v1/tenants/a%2Fb%20%C3%A4", NULL,
         "erase_tenant tenant=a/b \xc3\xa4"},
        {"a tenant, soon", "DELETE", "/v1/tenants/a?timeout=2", NULL,
         "erase_tenant tenant=a within=2000ms"},
        {"nothing but a tenant", "DELETE", "/v1/tenants/a?force=true", NULL,
         QUERY("unknown parameter; this path takes \\\"timeout\\\"", "force")},
        {"no filter for one", "GET", V1 "/" ID "?kind=index", NULL,
         QUERY("unknown parameter; this path takes \\\"timeout\\\"", "kind")},
    };

    (void)state;
    CHECK(rows);
}

/* ---- answers ---- */

static const vg_front_row *row_of(const char *method, const char *path)
{
    for (size_t i = 0; i < vg_front_native.count; i++) {
        const vg_front_row *row = &vg_front_native.rows[i];

        if (!strcmp(row->route.method, method) && !strcmp(row->route.path, path))
            return row;
    }
    fail_msg("no row %s %s", method, path);
    return NULL;
}

static void check(const char *method, const char *path, const vg_op *op, int status,
                  const char *want)
{
    vg_buf body;
    vg_front_out out = {.status = 200, .body = &body};

    vg_buf_init(&body, 0);
    row_of(method, path)->write(op, &out);
    if (out.status != status || !vg_slice_is_str(vg_buf_bytes(&body), want))
        fail_msg("%d " VG_FMT, out.status, VG_ARG(vg_buf_bytes(&body)));
    vg_buf_fini(&body);
}

static const vg_job jobs[] = {
    {.id = VG_LIT_INIT(ID),
     .kind = VG_LIT_INIT("index"),
     .backend = VG_LIT_INIT("pgvector"),
     .collection = VG_LIT_INIT("words"),
     .state = VG_JOB_RUNNING,
     .is_cancelling = true,
     .holder = VG_LIT_INIT("not told"),
     .cursor = VG_LIT_INIT("not told"),
     .next_ms = 5,
     .done = 10,
     .total = 100,
     .created_ms = 1700000000000,
     .updated_ms = 1700000000001},
    {.id = VG_LIT_INIT("x"),
     .backend = VG_LIT_INIT("qdrant"),
     .state = VG_JOB_WAITING,
     .attempts = 2,
     .error = VG_LIT_INIT("backend_down: \"it\""),
     .next_ms = 1700000001000,
     .created_ms = 1,
     .updated_ms = 2},
};

#define FIRST                                                                                  \
    "{\"id\":\"" ID "\",\"kind\":\"index\",\"backend\":\"pgvector\",\"collection\":\"words\"," \
    "\"state\":\"running\",\"cancelling\":true,\"attempts\":0,\"done\":10,\"total\":100,"      \
    "\"created\":\"2023-11-14T22:13:20.000000Z\",\"updated\":\"2023-11-14T22:13:20.001000Z\"}"
#define SECOND                                                                            \
    "{\"id\":\"x\",\"backend\":\"qdrant\",\"state\":\"waiting\",\"attempts\":2,"          \
    "\"error\":\"backend_down: \\\"it\\\"\",\"created\":\"1970-01-01T00:00:00.001000Z\"," \
    "\"updated\":\"1970-01-01T00:00:00.002000Z\",\"next\":\"2023-11-14T22:13:21.000000Z\"}"

static void what_is_answered(void **state)
{
    vg_op op = {.out.jobs = {.at = jobs, .count = 2, .next = VG_LIT_INIT(ID)}};

    (void)state;
    check("GET", V1, &op, 200, "{\"jobs\":[" FIRST "," SECOND "],\"next\":\"" ID "\"}");
    op.out.jobs.count = 0;
    op.out.jobs.next = (vg_slice){0};
    check("GET", V1, &op, 200, "{\"jobs\":[],\"next\":null}");
    check("GET", V1 "/{job}", &op, 200, FIRST);
    check("DELETE", V1 "/{job}", &op, 202, FIRST);
    op.out.jobs.at = &jobs[1];
    check("DELETE", V1 "/{job}", &op, 200, SECOND);
}

static void a_receipt_is_told_when_it_is_whole(void **state)
{
    vg_job job = {.id = VG_LIT_INIT("x"),
                  .backend = VG_LIT_INIT("toy"),
                  .tenant = VG_LIT_INIT("a\"b"),
                  .state = VG_JOB_RUNNING,
                  .receipt = VG_LIT_INIT("{\"points\":7}")};
    const vg_op op = {.out.jobs = {.at = &job, .count = 1}};

    (void)state;
    check("DELETE", "/v1/tenants/{tenant}", &op, 202,
          "{\"id\":\"x\",\"backend\":\"toy\",\"tenant\":\"a\\\"b\",\"state\":\"running\","
          "\"attempts\":0}");
    job.state = VG_JOB_DONE;
    check(
        "GET", V1 "/{job}", &op, 200,
        "{\"id\":\"x\",\"backend\":\"toy\",\"tenant\":\"a\\\"b\",\"state\":\"done\",\"attempts\":0,"
        "\"receipt\":{\"points\":7}}");
}

static void little_memory_is_told(void **state)
{
    (void)state;
    native_squeeze("GET", V1 "?collection=W%C3%B6rter&limit=0", (vg_slice){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_requests_become),
        cmocka_unit_test(what_is_answered),
        cmocka_unit_test(a_receipt_is_told_when_it_is_whole),
        cmocka_unit_test(little_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
