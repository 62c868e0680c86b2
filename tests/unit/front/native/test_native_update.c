/* What native requests that change points become, or why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/native/native_ask.h"

#define P           "/v1/collections/c/points"
#define ONE_OF      "give one of \\\"ids\\\" and \\\"filter\\\""
#define CHECK(rows) native_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void selections(void **state)
{
    static const struct native_row rows[] = {
        {"by ids", "POST", P "/delete", "{\"ids\":[1,\"x\"]}", "delete c 1 text:x"},
        {"by a filter", "POST", P "/delete", "{\"filter\":{\"must\": {\"has_id\":[1]}}}",
         "delete c filter={\"must\": {\"has_id\":[1]}}"},
        {"all of them", "POST", P "/payload/clear", "{\"filter\":{}}", "clear_payload c filter={}"},
        {"by both", "POST", P "/payload/clear", "{\"ids\":[1],\"filter\":{}}",
         INVALID(ONE_OF, "ids")},
        {"by neither", "POST", P "/payload/clear", "{\"filter\":null}", INVALID(ONE_OF, "ids")},
        {"by no ids", "POST", P "/delete", "{\"ids\":[]}",
         INVALID("one element at least is needed", "ids")},
        {"what Qdrant calls it", "POST", P "/delete", "{\"points\":[1]}",
         INVALID("unknown field; known are ids, filter", "points")},
        {"without a body", "POST", P "/delete", NULL,
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "a JSON body is required")},
        {"a condition's slip", "POST", P "/delete",
         "{\"filter\":{\"must\":[{\"key\":\"a\",\"match\":{\"valeu\":1}}]}}",
         FORMAT("unknown field `valeu`, expected one of `value`, `any`, `except`, `text`, "
                "`phrase`, `text_any`, `prefix`, `substring`; did you mean `value`?",
                "filter.must[0].match.valeu")},
    };

    (void)state;
    CHECK(rows);
}

static void payloads(void **state)
{
    static const struct native_row rows[] = {
        {"merged", "POST", P "/payload", "{\"payload\":{\"a\": 1.0},\"ids\":[7]}",
         "set_payload c 7 payload={\"a\": 1.0}"},
        {"merged inside", "POST", P "/payload",
         "{\"payload\":{},\"filter\":{\"must\":[]},\"key\":\"a.b\"}",
         "set_payload c filter={\"must\":[]} payload={} key=a.b"},
        {"replaced", "PUT", P "/payload", "{\"payload\":{\"a\":1},\"ids\":[7]}",
         "overwrite_payload c 7 payload={\"a\":1}"},
        {"replaced inside", "PUT", P "/payload", "{\"payload\":{},\"ids\":[7],\"key\":\"a\"}",
         INVALID("unknown field; known are payload, ids, filter", "key")},
        {"nothing to merge", "POST", P "/payload", "{\"ids\":[7]}",
         INVALID("this field is required", "payload")},
        {"a list to merge", "POST", P "/payload", "{\"payload\":[],\"ids\":[7]}",
         FORMAT("expected an object, got an empty array", "payload")},
        {"a number beyond float64", "POST", P "/payload", "{\"payload\":{\"a\":1e400},\"ids\":[7]}",
         FORMAT("number out of range: no 64-bit float holds 1e400", "payload.a")},
        {"into no path", "POST", P "/payload", "{\"payload\":{},\"ids\":[7],\"key\":\"a[\"}",
         FORMAT("Invalid json path: 'a['", "key")},
        {"keys deleted", "POST", P "/payload/delete",
         "{\"keys\":[\"a.b[]\",\"\\\"c d\\\"\"],\"ids\":[1]}",
         "delete_payload c 1 names=a.b[],\"c d\""},
        {"no keys", "POST", P "/payload/delete", "{\"keys\":[],\"ids\":[1]}",
         INVALID("one element at least is needed", "keys")},
        {"a key that is none", "POST", P "/payload/delete", "{\"keys\":[\"a\",\"\"],\"ids\":[1]}",
         FORMAT("Invalid json path: ''", "keys[1]")},
        {"keys of nobody", "POST", P "/payload/delete", "{\"keys\":[\"a\"]}",
         INVALID(ONE_OF, "ids")},
        {"in time", "POST", P "/payload/clear?timeout=2", "{\"ids\":[1]}",
         "clear_payload c 1 within=2000ms"},
    };

    (void)state;
    CHECK(rows);
}

static void vectors(void **state)
{
    static const struct native_row rows[] = {
        {"set", "PUT", P "/vectors",
         "{\"points\":[{\"id\":1,\"vector\":[1,2]},{\"id\":2,\"vectors\":{\"img\":[3]}}]}",
         "update_vectors c 1[1,2]#2 2img[3]#1"},
        {"set to none", "PUT", P "/vectors", "{\"points\":[{\"id\":2,\"vectors\":{}}]}",
         INVALID("one vector at least is needed", "points[0].vectors")},
        {"with a payload", "PUT", P "/vectors",
         "{\"points\":[{\"id\":2,\"vector\":[1],\"payload\":{}}]}",
         INVALID("unknown field; known are id, vector, vectors", "points[0].payload")},
        {"deleted", "POST", P "/vectors/delete", "{\"vectors\":[\"img\",\"\"],\"filter\":{}}",
         "delete_vectors c filter={} names=img,"},
        {"none deleted", "POST", P "/vectors/delete", "{\"vectors\":[],\"ids\":[1]}",
         INVALID("one element at least is needed", "vectors")},
        {"what Qdrant calls it", "POST", P "/vectors/delete", "{\"vector\":[\"a\"],\"ids\":[1]}",
         INVALID("unknown field; did you mean \\\"vectors\\\"?", "vector")},
    };

    (void)state;
    CHECK(rows);
}

static void batches(void **state)
{
    static const struct native_row rows[] = {
        {"each kind, in order", "POST", P "/batch",
         "{\"operations\":[{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1]}]}},"
         "{\"delete\":{\"ids\":[2]}},{\"set_payload\":{\"payload\":{\"a\":1},\"ids\":[1]}},"
         "{\"overwrite_payload\":{\"payload\":{},\"filter\":{}}},"
         "{\"delete_payload\":{\"keys\":[\"a\"],\"ids\":[1]}},{\"clear_payload\":{\"ids\":[1]}},"
         "{\"update_vectors\":{\"points\":[{\"id\":1,\"vectors\":{\"a\":[2]}}]}},"
         "{\"delete_vectors\":{\"vectors\":[\"a\"],\"ids\":[1]}}]}",
         "batch c | upsert 1[1]#1 | delete 2 | set_payload 1 payload={\"a\":1} | "
         "overwrite_payload filter={} payload={} | delete_payload 1 names=a | clear_payload 1 | "
         "update_vectors 1a[2]#1 | delete_vectors 1 names=a"},
        {"none", "POST", P "/batch", "{\"operations\":[]}",
         INVALID("one element at least is needed", "operations")},
        {"numbers", "POST", P "/batch", "{\"operations\":[1]}",
         FORMAT("expected an array of objects, got an array of numbers", "operations")},
        {"of no kind", "POST", P "/batch", "{\"operations\":[{\"delete\":null}]}",
         INVALID("an operation has exactly one field, its kind", "operations[0]")},
        {"of two kinds", "POST", P "/batch",
         "{\"operations\":[{\"delete\":{\"ids\":[1]}},{\"delete\":{\"ids\":[1]},\"upsert\":{}}]}",
         INVALID("an operation has exactly one field, its kind", "operations[1]")},
        {"a slip", "POST", P "/batch", "{\"operations\":[{\"set_paylaod\":{}}]}",
         INVALID("unknown field; did you mean \\\"set_payload\\\"?", "operations[0].set_paylaod")},
        {"what is wrong within", "POST", P "/batch",
         "{\"operations\":[{\"delete\":{\"ids\":[1]}},{\"set_payload\":{\"payload\":{}}}]}",
         INVALID(ONE_OF, "operations[1].set_payload.ids")},
        {"deep within", "POST", P "/batch",
         "{\"operations\":[{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1,\"x\"]}]}}]}",
         FORMAT("expected a number, got the string \\\"x\\\"",
                "operations[0].upsert.points[0].vector[1]")},
    };

    (void)state;
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selections),
        cmocka_unit_test(payloads),
        cmocka_unit_test(vectors),
        cmocka_unit_test(batches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
