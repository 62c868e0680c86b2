/* Bodies of what changes points, alone and in a batch: what each becomes, or what is said instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define P       "/collections/c/points"
#define L       P "/payload"
#define FORMAT  "400 Format error in JSON body: "
#define RANGE   "422 Validation error in JSON body: "
#define EMPTY   "400 Bad request: Empty update request"
#define NEITHER "Either list of point ids or filter must be provided"
#define SELECTOR                                                                               \
    "data did not match any variant of untagged enum PointsSelector: `points` or `filter` is " \
    "needed"
#define SHARD "400 Bad request: `shard_key`: shard keys are not supported yet"
#define OPERATION                                                                                  \
    "data did not match any variant of untagged enum UpdateOperation: expected one of `upsert`, "  \
    "`delete`, `set_payload`, "                                                                    \
    "`overwrite_payload`, `delete_payload`, `clear_payload`, `update_vectors`, `delete_vectors`, " \
    "and nothing else"
#define BAD_ID "is not a valid point ID, valid values are either an unsigned integer or a UUID"

/* clang-format off */
static const struct asked payloads[] = {
    {"set, by ids", "POST", L "?wait=true", "{\"payload\":{\"a\":1,\"b\":null},\"points\":[1,2]}", "set_payload wait=1 1 2 payload={\"a\":1,\"b\":null}"},
    {"set, by a filter", "POST", L, "{\"payload\":{},\"filter\":{\"must\":{\"has_id\":[1]}}}", "set_payload wait=0 filter={must(has_id  1)} payload={}"},
    {"set, within a path", "POST", L, "{\"payload\":{\"a\":1},\"points\":[1],\"key\":\"b.c[0]\"}", "set_payload wait=0 1 payload={\"a\":1} key=b.c[0]"},
    {"set, key null", "POST", L, "{\"payload\":{\"a\":1},\"points\":[1],\"key\":null}", "set_payload wait=0 1 payload={\"a\":1}"},
    {"set, both given: points count", "POST", L, "{\"payload\":{},\"points\":[1],\"filter\":{}}", "set_payload wait=0 1 payload={}"},
    {"set, neither", "POST", L, "{\"payload\":{}}", FORMAT NEITHER},
    {"set, both null", "POST", L, "{\"payload\":{},\"points\":null,\"filter\":null}", FORMAT NEITHER},
    {"set, no points in the list", "POST", L, "{\"payload\":{},\"points\":[]}", EMPTY},
    {"set, no payload", "POST", L, "{\"points\":[1]}", FORMAT "missing field `payload`"},
    {"set, a payload that is a list", "POST", L, "{\"payload\":[],\"points\":[1]}", FORMAT "payload: expected an object, got an empty array"},
    {"set, a number beyond float64", "POST", L, "{\"payload\":{\"a\":1e400},\"points\":[1]}", FORMAT "payload.a: number out of range: no 64-bit float holds 1e400"},
    {"set, a bad path", "POST", L, "{\"payload\":{},\"points\":[1],\"key\":\"a..b\"}", FORMAT "key: Invalid json path: 'a..b'"},
    {"set, a bad id", "POST", L, "{\"payload\":{},\"points\":[\"x\"]}", FORMAT "points[0]: value x " BAD_ID},
    {"set, a bad filter", "POST", L, "{\"payload\":{},\"filter\":{\"x\":1}}", FORMAT "filter.x: unknown field `x`, expected one of `must`, `should`, `must_not`, `min_should`"},
    {"set, a shard key", "POST", L, "{\"payload\":{},\"points\":[1],\"shard_key\":\"s\"}", SHARD},
    {"set, no body", "POST", L, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
    {"replace", "PUT", L, "{\"payload\":{\"a\":1},\"points\":[1]}", "overwrite_payload wait=0 1 payload={\"a\":1}"},
    {"replace ignores a key", "PUT", L, "{\"payload\":{\"a\":1},\"points\":[1],\"key\":\"b\"}", "overwrite_payload wait=0 1 payload={\"a\":1}"},
    {"replace, a bad path all the same", "PUT", L, "{\"payload\":{\"a\":1},\"points\":[1],\"key\":\"b..\"}", FORMAT "key: Invalid json path: 'b..'"},
    {"replace, neither", "PUT", L, "{\"payload\":{}}", FORMAT NEITHER},
    {"replace, no points in the list", "PUT", L, "{\"payload\":{},\"points\":[],\"filter\":{}}", EMPTY},
    {"delete keys", "POST", L "/delete", "{\"keys\":[\"a\",\"b.c[]\"],\"points\":[1]}", "delete_payload wait=0 1 names=(a,b.c[])"},
    {"delete keys by a filter", "POST", L "/delete", "{\"keys\":[\"a\"],\"filter\":{}}", "delete_payload wait=0 filter={} names=(a)"},
    {"delete no keys", "POST", L "/delete", "{\"keys\":[],\"points\":[1]}", "delete_payload wait=0 1 names=()"},
    {"delete keys, none given", "POST", L "/delete", "{\"points\":[1]}", FORMAT "missing field `keys`"},
    {"delete keys that are numbers", "POST", L "/delete", "{\"keys\":[1],\"points\":[1]}", FORMAT "keys: expected strings, got numbers"},
    {"delete a key that is null", "POST", L "/delete", "{\"keys\":[null],\"points\":[1]}", FORMAT "keys[0]: expected a string, got null"},
    {"delete a bad path", "POST", L "/delete", "{\"keys\":[\"a[\"],\"points\":[1]}", FORMAT "keys[0]: Invalid json path: 'a['"},
    {"delete keys, neither", "POST", L "/delete", "{\"keys\":[\"a\"]}", FORMAT NEITHER},
    {"delete keys, no points in the list", "POST", L "/delete", "{\"keys\":[\"a\"],\"points\":[]}", EMPTY},
    {"clear", "POST", L "/clear?wait=true", "{\"points\":[1]}", "clear_payload wait=1 1"},
    {"clear by a filter", "POST", L "/clear", "{\"filter\":{\"must_not\":{\"is_empty\":{\"key\":\"a\"}}}}", "clear_payload wait=0 filter={must_not(a empty yes)}"},
    {"clear, neither", "POST", L "/clear", "{}", FORMAT SELECTOR},
    {"clear, no points in the list", "POST", L "/clear", "{\"points\":[]}", EMPTY},
    {"clear, a shard key", "POST", L "/clear", "{\"points\":[1],\"shard_key\":1}", SHARD},
};

static const struct asked vectors[] = {
    {"set the unnamed one", "PUT", P "/vectors?wait=true", "{\"points\":[{\"id\":1,\"vector\":[1,2]}]}", "update_vectors wait=1 1:[1,2]#2:"},
    {"set named ones", "PUT", P "/vectors", "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1],\"b\":[2]}},{\"id\":2,\"vectors\":{\"a\":[3]}}]}", "update_vectors wait=0 1:a=[1]#1,b=[2]#1: 2:a=[3]#1:"},
    {"a payload means nothing here", "PUT", P "/vectors", "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":1}}]}", "update_vectors wait=0 1:[1]#1:"},
    {"set none", "PUT", P "/vectors", "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":2,\"vector\":{}}]}", RANGE "[points[1].vector: must specify vectors to update for point]"},
    {"of no points", "PUT", P "/vectors", "{\"points\":[]}", RANGE "[points: must specify points to update]"},
    {"no points", "PUT", P "/vectors", "{}", FORMAT "missing field `points`"},
    {"points that are numbers", "PUT", P "/vectors", "{\"points\":[1]}", FORMAT "points: expected points, got numbers"},
    {"no id", "PUT", P "/vectors", "{\"points\":[{\"vector\":[1]}]}", FORMAT "points[0]: missing field `id`"},
    {"no vector", "PUT", P "/vectors", "{\"points\":[{\"id\":1}]}", FORMAT "points[0]: missing field `vector`"},
    {"an update filter", "PUT", P "/vectors", "{\"points\":[],\"update_filter\":{}}", "400 Bad request: `update_filter`: conditional updates are not supported yet"},
    {"delete names", "POST", P "/vectors/delete", "{\"vector\":[\"a\",\"\"],\"points\":[1]}", "delete_vectors wait=0 1 names=(a,)"},
    {"`vectors` spells `vector`", "POST", P "/vectors/delete", "{\"vectors\":[\"a\"],\"filter\":{}}", "delete_vectors wait=0 filter={} names=(a)"},
    {"delete no names", "POST", P "/vectors/delete", "{\"vector\":[],\"points\":[1]}", RANGE "[vector: must specify vector names to delete]"},
    {"names missing", "POST", P "/vectors/delete", "{\"points\":[1]}", FORMAT "missing field `vector`"},
    {"one name without a list", "POST", P "/vectors/delete", "{\"vector\":\"a\",\"points\":[1]}", FORMAT "vector: expected an array, got the string \"a\""},
    {"a name that is a list", "POST", P "/vectors/delete", "{\"vector\":[[]],\"points\":[1]}", FORMAT "vector[0]: expected a string, got an empty array"},
    {"delete, neither", "POST", P "/vectors/delete", "{\"vector\":[\"a\"]}", "400 Bad request: No filter or points provided"},
    {"delete, no points in the list", "POST", P "/vectors/delete", "{\"vector\":[\"a\"],\"points\":[]}", EMPTY},
};

static const struct asked batches[] = {
    {"one of each", "POST", P "/batch?wait=true",
     "{\"operations\":[{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1]}]}},{\"upsert\":{\"batch\":{\"ids\":[2],\"vectors\":[[2]]}}},{\"delete\":{\"points\":[3]}},"
     "{\"set_payload\":{\"payload\":{\"a\":1},\"points\":[1],\"key\":\"b\"}},{\"overwrite_payload\":{\"payload\":{},\"filter\":{}}},{\"delete_payload\":{\"keys\":[\"a\"],\"points\":[1]}},"
     "{\"clear_payload\":{\"points\":[1]}},{\"update_vectors\":{\"points\":[{\"id\":1,\"vector\":{\"a\":[1]}}]}},{\"delete_vectors\":{\"vector\":[\"a\"],\"points\":[1]}}]}",
     "batch wait=1; upsert 1:[1]#1:; upsert 2:[2]#1:; delete 3; set_payload 1 payload={\"a\":1} key=b; overwrite_payload filter={} payload={}; delete_payload 1 names=(a); "
     "clear_payload 1; update_vectors 1:a=[1]#1:; delete_vectors 1 names=(a)"},
    {"none", "POST", P "/batch", "{\"operations\":[]}", "batch wait=0"},
    {"no operations", "POST", P "/batch", "{}", FORMAT "missing field `operations`"},
    {"operations that are one", "POST", P "/batch", "{\"operations\":{}}", FORMAT "operations: expected an array, got an object"},
    {"operations that are numbers", "POST", P "/batch", "{\"operations\":[1]}", FORMAT "operations: expected operations, got numbers"},
    {"an operation that is a text", "POST", P "/batch", "{\"operations\":[\"delete\"]}", FORMAT "operations[0]: expected an object, got the string \"delete\""},
    {"an unknown operation", "POST", P "/batch", "{\"operations\":[{\"drop\":{}}]}", FORMAT "operations[0]: " OPERATION},
    {"an operation of no name", "POST", P "/batch", "{\"operations\":[{}]}", FORMAT "operations[0]: " OPERATION},
    {"two in one", "POST", P "/batch", "{\"operations\":[{\"delete\":{\"points\":[1]},\"clear_payload\":{\"points\":[1]}}]}", FORMAT "operations[0]: " OPERATION},
    {"an operation that is null", "POST", P "/batch", "{\"operations\":[{\"delete\":null}]}", FORMAT "operations[0].delete: expected an object, got null"},
    {"the second has no points", "POST", P "/batch", "{\"operations\":[{\"delete\":{\"points\":[1]}},{\"delete\":{\"points\":[]}}]}", EMPTY},
    {"the second has no selector", "POST", P "/batch", "{\"operations\":[{\"delete\":{\"points\":[1]}},{\"delete\":{}}]}", FORMAT "operations[1].delete: " SELECTOR},
    {"a payload for nobody", "POST", P "/batch", "{\"operations\":[{\"set_payload\":{\"payload\":{}}}]}", FORMAT "operations[0].set_payload: " NEITHER},
    {"vectors of nobody", "POST", P "/batch", "{\"operations\":[{\"delete_vectors\":{\"vector\":[\"a\"]}}]}", "400 Bad request: No filter or points provided"},
    {"neither points nor batch", "POST", P "/batch", "{\"operations\":[{\"upsert\":{}}]}", FORMAT "Invalid PointInsertOperations format"},
    {"a shard key within", "POST", P "/batch", "{\"operations\":[{\"delete\":{\"points\":[1],\"shard_key\":\"a\"}}]}", "400 Bad request: `operations[0].delete.shard_key`: shard keys are not supported yet"},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void payloads_are_changed_of_points_that_are_selected(void **state)
{
    (void)state;
    CHECK(payloads);
}

static void vectors_are_set_and_deleted(void **state)
{
    (void)state;
    CHECK(vectors);
}

static void changes_come_in_batches(void **state)
{
    (void)state;
    CHECK(batches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_are_changed_of_points_that_are_selected),
        cmocka_unit_test(vectors_are_set_and_deleted),
        cmocka_unit_test(changes_come_in_batches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
