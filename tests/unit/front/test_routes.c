/* The table of routes against the operations of Qdrant's OpenAPI document, v1.14: each is a row,
 * built or refused by name, and nothing else is one. Names of parameters are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front/front.h"

static const char *const operations[] = {
    "DELETE /cluster/peer/{peer_id}",
    "DELETE /collections/{collection_name}",
    "DELETE /collections/{collection_name}/index/{field_name}",
    "DELETE /collections/{collection_name}/shards/{shard_id}/snapshots/{snapshot_name}",
    "DELETE /collections/{collection_name}/snapshots/{snapshot_name}",
    "DELETE /issues",
    "DELETE /snapshots/{snapshot_name}",
    "GET /",
    "GET /aliases",
    "GET /cluster",
    "GET /collections",
    "GET /collections/{collection_name}",
    "GET /collections/{collection_name}/aliases",
    "GET /collections/{collection_name}/cluster",
    "GET /collections/{collection_name}/exists",
    "GET /collections/{collection_name}/points/{id}",
    "GET /collections/{collection_name}/shards/{shard_id}/snapshots",
    "GET /collections/{collection_name}/shards/{shard_id}/snapshots/{snapshot_name}",
    "GET /collections/{collection_name}/snapshots",
    "GET /collections/{collection_name}/snapshots/{snapshot_name}",
    "GET /healthz",
    "GET /issues",
    "GET /livez",
    "GET /locks",
    "GET /metrics",
    "GET /readyz",
    "GET /snapshots",
    "GET /snapshots/{snapshot_name}",
    "GET /telemetry",
    "PATCH /collections/{collection_name}",
    "POST /cluster/recover",
    "POST /collections/aliases",
    "POST /collections/{collection_name}/cluster",
    "POST /collections/{collection_name}/facet",
    "POST /collections/{collection_name}/points",
    "POST /collections/{collection_name}/points/batch",
    "POST /collections/{collection_name}/points/count",
    "POST /collections/{collection_name}/points/delete",
    "POST /collections/{collection_name}/points/discover",
    "POST /collections/{collection_name}/points/discover/batch",
    "POST /collections/{collection_name}/points/payload",
    "POST /collections/{collection_name}/points/payload/clear",
    "POST /collections/{collection_name}/points/payload/delete",
    "POST /collections/{collection_name}/points/query",
    "POST /collections/{collection_name}/points/query/batch",
    "POST /collections/{collection_name}/points/query/groups",
    "POST /collections/{collection_name}/points/recommend",
    "POST /collections/{collection_name}/points/recommend/batch",
    "POST /collections/{collection_name}/points/recommend/groups",
    "POST /collections/{collection_name}/points/scroll",
    "POST /collections/{collection_name}/points/search",
    "POST /collections/{collection_name}/points/search/batch",
    "POST /collections/{collection_name}/points/search/groups",
    "POST /collections/{collection_name}/points/search/matrix/offsets",
    "POST /collections/{collection_name}/points/search/matrix/pairs",
    "POST /collections/{collection_name}/points/vectors/delete",
    "POST /collections/{collection_name}/shards/delete",
    "POST /collections/{collection_name}/shards/{shard_id}/snapshots",
    "POST /collections/{collection_name}/shards/{shard_id}/snapshots/upload",
    "POST /collections/{collection_name}/snapshots",
    "POST /collections/{collection_name}/snapshots/upload",
    "POST /locks",
    "POST /snapshots",
    "PUT /collections/{collection_name}",
    "PUT /collections/{collection_name}/index",
    "PUT /collections/{collection_name}/points",
    "PUT /collections/{collection_name}/points/payload",
    "PUT /collections/{collection_name}/points/vectors",
    "PUT /collections/{collection_name}/shards",
    "PUT /collections/{collection_name}/shards/{shard_id}/snapshots/recover",
    "PUT /collections/{collection_name}/snapshots/recover",
};

/* Those of the admin API, which serves them for all. */
static const char *const admin[] = {"GET /healthz", "GET /livez", "GET /readyz", "GET /metrics"};

enum { OPERATIONS = sizeof operations / sizeof operations[0], BUILT = 39 };

/* "GET /collections/{}/points/{}" */
static void write_shape(const char *operation, char *to)
{
    bool inside = false;

    for (; *operation; operation++) {
        if (*operation == '}')
            inside = false;
        if (!inside)
            *to++ = *operation;
        if (*operation == '{')
            inside = true;
    }
    *to = '\0';
}

static bool is_same(const char *operation, const vg_front_row *row)
{
    char route[200], a[200], b[200];

    snprintf(route, sizeof route, "%s %s", row->route.method, row->route.path);
    write_shape(operation, a);
    write_shape(route, b);
    return strcmp(a, b) == 0;
}

static bool is_admins(const char *operation)
{
    for (size_t i = 0; i < sizeof admin / sizeof admin[0]; i++)
        if (strcmp(admin[i], operation) == 0)
            return true;
    return false;
}

static size_t rows_of(const char *operation)
{
    size_t n = 0;

    for (size_t i = 0; i < vg_front_qdrant.count; i++)
        n += is_same(operation, &vg_front_qdrant.rows[i]);
    return n;
}

static void every_operation_of_the_document_is_one_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATIONS; i++)
        if (rows_of(operations[i]) != !is_admins(operations[i]))
            fail_msg("%s: %zu rows", operations[i], rows_of(operations[i]));
    assert_int_equal(vg_front_qdrant.count, OPERATIONS - sizeof admin / sizeof admin[0]);
}

static void a_row_is_built_or_refuses(void **state)
{
    size_t built = 0;

    (void)state;
    for (size_t i = 0; i < vg_front_qdrant.count; i++) {
        const vg_front_row *row = &vg_front_qdrant.rows[i];

        if (!row->refuses != (row->tell || (row->read && row->write)))
            fail_msg("%s %s", row->route.method, row->route.path);
        if (!row->refuses && !row->doc)
            fail_msg("%s %s has no words for the docs", row->route.method, row->route.path);
        built += !row->refuses;
    }
    assert_int_equal(built, BUILT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_of_the_document_is_one_row),
        cmocka_unit_test(a_row_is_built_or_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
