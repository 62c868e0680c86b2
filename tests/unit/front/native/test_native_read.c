/* What native requests become, or why not: every field, every way of getting it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/front/native/native_ask.h"

#define V1          "/v1/collections"
#define P           V1 "/c/points"
#define CHECK(rows) native_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void upserts(void **state)
{
    static const struct native_row rows[] = {
        {"numbers as they came", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[ 0.10, -2e-3]}]}",
         "upsert c 1[ 0.10, -2e-3]#2"},
        {"payloads as they came", "PUT", P,
         "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\" : 1.0}},"
         "{\"id\":2,\"vector\":[1],\"payload\":null},{\"id\":3,\"vector\":[1],\"payload\":{}}]}",
         "upsert c 1[1]#1{\"a\" : 1.0} 2[1]#1 3[1]#1{}"},
        {"an id twice", "PUT", P,
         "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":1,\"vector\":[2]}]}",
         "upsert c 1[1]#1 1[2]#1"},
        {"no points", "PUT", P, "{\"points\":[]}",
         INVALID("one element at least is needed", "points")},
        {"points that are an object", "PUT", P, "{\"points\":{}}",
         FORMAT("expected an array, got an object", "points")},
        {"points that are numbers", "PUT", P, "{\"points\":[1,2]}",
         FORMAT("expected an array of objects, got an array of numbers", "points")},
        {"a point that is none", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1]},\"x\"]}",
         FORMAT("expected an object, got the string \\\"x\\\"", "points[1]")},
        {"no id", "PUT", P, "{\"points\":[{\"vector\":[1]}]}",
         INVALID("this field is required", "points[0].id")},
        {"no vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":null}]}",
         INVALID("give one of \\\"vector\\\" and \\\"vectors\\\"", "points[0].vector")},
        {"the first wrong number is named", "PUT", P,
         "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":2,\"vector\":[1,2.5,\"x\",\"y\"]}]}",
         FORMAT("expected a number, got the string \\\"x\\\"", "points[1].vector[2]")},
        {"null among numbers", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1,null]}]}",
         FORMAT("expected a number, got null", "points[0].vector[1]")},
        {"a list of lists", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[[1,2],[3]]}]}",
         RANGE("all vectors must have the same dimension, found vector with dimension 1 behind one "
               "with 2",
               "points[0].vector[1]")},
        {"an empty vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[]}]}",
         FORMAT("expected an array of numbers, got an empty array", "points[0].vector")},
        {"a text for a vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":\"[1]\"}]}",
         FORMAT("expected an array of numbers, got the string \\\"[1]\\\"", "points[0].vector")},
        {"a payload that is a list", "PUT", P,
         "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":[1]}]}",
         FORMAT("expected an object, got an array of numbers", "points[0].payload")},
        {"a slip in a point", "PUT", P, "{\"points\":[{\"id\":1,\"vektor\":[1]}]}",
         INVALID("unknown field; did you mean \\\"vector\\\"?", "points[0].vektor")},
        {"what Qdrant calls it", "PUT", P, "{\"batch\":{}}",
         INVALID("unknown field; known are points", "batch")},
        {"what Qdrant would take", "PUT", P "?wait=true",
         "{\"points\":[{\"id\":1,\"vector\":[1]}]}",
         PROBLEM_AT("query", "a query parameter is not well formed", "400",
                    "unknown parameter; this path takes \\\"timeout\\\"", "wait")},
    };

    (void)state;
    CHECK(rows);
}

static void named_vectors(void **state)
{
    static const struct native_row rows[] = {
        {"vectors by name", "PUT", P,
         "{\"points\":[{\"id\":1,\"vectors\":{\"img\":[1, 2],\"\":[3]},\"payload\":{\"a\":1}},"
         "{\"id\":2,\"vectors\":{}}]}",
         "upsert c 1img[1, 2]#2[3]#1{\"a\":1} 2"},
        {"both kinds of vectors", "PUT", P,
         "{\"points\":[{\"id\":1,\"vectors\":{},\"vector\":[1]}]}",
         INVALID("give one of \\\"vector\\\" and \\\"vectors\\\"", "points[0].vector")},
        {"a name twice", "PUT", P, "{\"points\":[{\"id\":1,\"vectors\":{\"a\":[1],\"a\":[2]}}]}",
         INVALID("this name comes twice", "points[0].vectors.a")},
        {"a named vector that is none", "PUT", P,
         "{\"points\":[{\"id\":1,\"vectors\":{\"a\":[1],\"b\":[1,\"x\"]}}]}",
         FORMAT("expected a number, got the string \\\"x\\\"", "points[0].vectors.b[1]")},
        {"a name without a vector", "PUT", P, "{\"points\":[{\"id\":1,\"vectors\":{\"a\":null}}]}",
         FORMAT("expected an array of numbers, got null", "points[0].vectors.a")},
        {"a list for a map", "PUT", P, "{\"points\":[{\"id\":1,\"vectors\":[1]}]}",
         FORMAT("expected an object of vectors by name, got an array of numbers",
                "points[0].vectors")},
    };

    (void)state;
    CHECK(rows);
}

static void ids(void **state)
{
    static const struct native_row rows[] = {
        {"all of 64 bits", "POST", P "/get", "{\"ids\":[0,18446744073709551615]}",
         "get c 0 18446744073709551615 payload"},
        {"every form of a UUID", "POST", P "/delete",
         "{\"ids\":[\"550E8400-E29B-41D4-A716-446655440000\",\"550e8400e29b41d4a716446655440001\","
         "\"urn:uuid:550e8400-e29b-41d4-a716-446655440002\","
         "\"{550e8400-e29b-41d4-a716-446655440003}\"]}",
         "delete c uuid:550e8400-e29b-41d4-a716-446655440000 "
         "uuid:550e8400-e29b-41d4-a716-446655440001 uuid:550e8400-e29b-41d4-a716-446655440002 "
         "uuid:550e8400-e29b-41d4-a716-446655440003"},
        {"texts, also of digits", "POST", P "/get",
         "{\"ids\":[\"a b\",\"7\",7,\"\\u00e9\"],\"with_payload\":false,\"with_vector\":true}",
         "get c text:a b text:7 7 text:\xc3\xa9 vector"},
        {"one number more than 64 bits", "POST", P "/get", "{\"ids\":[1,18446744073709551616]}",
         FORMAT("expected an unsigned integer or a string as an id, got the number "
                "18446744073709551616",
                "ids[1]")},
        {"one below zero among texts", "POST", P "/get", "{\"ids\":[\"a\",-1]}",
         FORMAT("expected an unsigned integer or a string as an id, got the number -1", "ids[1]")},
        {"one below zero among numbers", "POST", P "/get", "{\"ids\":[5, 6 ,-1]}",
         FORMAT("expected an unsigned integer or a string as an id, got the number -1", "ids[2]")},
        {"a part", "POST", P "/delete", "{\"ids\":[1.0]}",
         FORMAT("expected an unsigned integer or a string as an id, got the number 1.0", "ids[0]")},
        {"an empty text", "POST", P "/delete", "{\"ids\":[\"\"]}",
         RANGE("an id must have from 1 to 512 bytes, got 0", "ids[0]")},
        {"null", "POST", P "/get", "{\"ids\":[1,null]}",
         FORMAT("expected an unsigned integer or a string as an id, got null", "ids[1]")},
        {"none at all", "POST", P "/get", "{\"ids\":[]}",
         INVALID("one element at least is needed", "ids")},
        {"not a list", "POST", P "/delete", "{\"ids\":7}",
         FORMAT("expected an array, got the number 7", "ids")},
        {"missing", "POST", P "/delete", "{}",
         INVALID("give one of \\\"ids\\\" and \\\"filter\\\"", "ids")},
        {"a wish for a delete", "POST", P "/delete", "{\"ids\":[1],\"with_payload\":true}",
         INVALID("unknown field; known are ids, filter", "with_payload")},
        {"in a path: a number", "GET", P "/18446744073709551615", NULL,
         "get c 18446744073709551615 payload vector"},
        {"in a path: a UUID", "GET", P "/550e8400e29b41d4a716446655440000", NULL,
         "get c uuid:550e8400-e29b-41d4-a716-446655440000 payload vector"},
        {"in a path: a text", "GET", P "/a%20b%2Fc", NULL, "get c text:a b/c payload vector"},
        {"in a path: more than 64 bits are a text", "GET", P "/18446744073709551616", NULL,
         "get c text:18446744073709551616 payload vector"},
    };

    (void)state;
    CHECK(rows);
}

static void an_id_has_512_bytes_at_most(void **state)
{
    char body[1024], target[1024], want[1024], name[514];

    (void)state;
    memset(name, 'n', sizeof name);
    for (int len = 512; len < 514; len++) {
        snprintf(body, sizeof body, "{\"ids\":[\"%.*s\"]}", len, name);
        snprintf(want, sizeof want, "delete c text:%.*s", len, name);
        assert_string_equal(
            native_line("POST", P "/delete", vg_slice_str(body)),
            len == 512 ? want : RANGE("an id must have from 1 to 512 bytes, got 513", "ids[0]"));
        snprintf(target, sizeof target, P "/%.*s", len, name);
        snprintf(want, sizeof want, "get c text:%.*s payload vector", len, name);
        assert_string_equal(
            native_line("GET", target, (vg_slice){0}),
            len == 512 ? want
                       : PROBLEM_AT("range_path", "a path parameter is out of its range", "422",
                                    "an id must have from 1 to 512 bytes, got 513", "id"));
    }
}

/* They are one node of the document, and as many ids. */
static void many_ids_come_through(void **state)
{
    enum { COUNT = 300 };
    char body[4096] = "{\"ids\":[", want[4096] = "delete c";
    size_t in = strlen(body), out = strlen(want);

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        in += (size_t)snprintf(body + in, sizeof body - in, "%s%d", i > 0 ? " ,\n" : "", i * 37);
        out += (size_t)snprintf(want + out, sizeof want - out, " %d", i * 37);
    }
    snprintf(body + in, sizeof body - in, "]}");
    assert_string_equal(native_line("POST", P "/delete", vg_slice_str(body)), want);
}

static void searches(void **state)
{
    static const struct native_row rows[] = {
        {"by a vector", "POST", P "/search", "{\"vector\":[1,0.5]}",
         "search c [1,0.5]#2 limit=10 offset=0 payload"},
        {"by a point", "POST", P "/search", "{\"id\":7,\"vector\":null}",
         "search c 7 limit=10 offset=0 payload"},
        {"with everything", "POST", P "/search",
         "{\"id\":\"x\",\"limit\":4294967295,\"offset\":3,\"score_threshold\":-0.5,\"exact\":true,"
         "\"with_payload\":false,\"with_vector\":true}",
         "search c text:x limit=4294967295 offset=3 threshold=-0.5 exact vector"},
        {"a threshold of 0 is one", "POST", P "/search", "{\"id\":1,\"score_threshold\":0}",
         "search c 1 limit=10 offset=0 threshold=0 payload"},
        {"null is no threshold", "POST", P "/search", "{\"id\":1,\"score_threshold\":null}",
         "search c 1 limit=10 offset=0 payload"},
        {"by both", "POST", P "/search", "{\"id\":7,\"vector\":[1]}",
         INVALID("give one of \\\"vector\\\" and \\\"id\\\"", "vector")},
        {"by nothing", "POST", P "/search", "{\"limit\":1}",
         INVALID("give one of \\\"vector\\\" and \\\"id\\\"", "vector")},
        {"the wrong element is named", "POST", P "/search", "{\"vector\":[1,{\"a\":1}]}",
         FORMAT("expected a number, got an object", "vector[1]")},
        {"no points", "POST", P "/search", "{\"id\":1,\"limit\":0}",
         RANGE("must be from 1 to 4294967295, got 0", "limit")},
        {"too many points", "POST", P "/search", "{\"id\":1,\"limit\":4294967296}",
         RANGE("must be from 1 to 4294967295, got 4294967296", "limit")},
        {"back", "POST", P "/search", "{\"id\":1,\"offset\":-1}",
         FORMAT("expected a whole number from 0 to 18446744073709551615, got the number -1",
                "offset")},
        {"beyond a float", "POST", P "/search", "{\"id\":1,\"score_threshold\":-1e39}",
         RANGE("expected a number that a 32-bit float can hold, got -1e39", "score_threshold")},
        {"beyond a double", "POST", P "/search", "{\"id\":1,\"score_threshold\":1e999}",
         FORMAT("expected a number that a 64-bit float can hold, got the number 1e999",
                "score_threshold")},
        {"of some points", "POST", P "/search",
         "{\"vector\":[1],\"using\":\"img\",\"filter\":{\"must\": []}}",
         "search c [1]#1 using=img filter={\"must\": []} limit=10 offset=0 payload"},
        {"of all points", "POST", P "/search", "{\"id\":1,\"filter\":null,\"using\":null}",
         "search c 1 limit=10 offset=0 payload"},
        {"a filter's slip", "POST", P "/search", "{\"id\":1,\"filter\":{\"muss\":[]}}",
         FORMAT("unknown field `muss`, expected one of `must`, `should`, `must_not`, `min_should`; "
                "did you mean `must`?",
                "filter.muss")},
        {"a filter by an id of text", "POST", P "/search",
         "{\"id\":1,\"filter\":{\"must\":{\"has_id\":[\"seven\"]}}}",
         "search c 1 filter=? limit=10 offset=0 payload"},
        {"a wrong id in a filter", "POST", P "/search",
         "{\"id\":1,\"filter\":{\"must\":[{\"has_id\":[\"\"]}]}}",
         RANGE("an id must have from 1 to 512 bytes, got 0", "filter.must[0].has_id[0]")},
        {"a name that is none", "POST", P "/search", "{\"id\":1,\"using\":7}",
         FORMAT("expected a string, got the number 7", "using")},
        {"a long slip", "POST", P "/search", "{\"id\":1,\"score_treshold\":1}",
         INVALID("unknown field; did you mean \\\"score_threshold\\\"?", "score_treshold")},
        {"yes is not true", "POST", P "/search", "{\"id\":1,\"exact\":1}",
         FORMAT("expected true or false, got the number 1", "exact")},
    };

    (void)state;
    CHECK(rows);
}

static void pages_and_counts(void **state)
{
    static const struct native_row rows[] = {
        {"from the beginning", "POST", P "/scroll", NULL, "scroll c from=- limit=10 payload"},
        {"an empty object", "POST", P "/scroll", "{}", "scroll c from=- limit=10 payload"},
        {"null is the beginning", "POST", P "/scroll", "{\"from\":null,\"limit\":2}",
         "scroll c from=- limit=2 payload"},
        {"from a point on", "POST", P "/scroll",
         "{\"from\":\"550e8400-e29b-41d4-a716-446655440000\",\"with_payload\":false,"
         "\"with_vector\":true}",
         "scroll c from=uuid:550e8400-e29b-41d4-a716-446655440000 limit=10 vector"},
        {"a list", "POST", P "/scroll", "[1]",
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "expected an object, got an array of numbers")},
        {"what Qdrant calls it", "POST", P "/scroll", "{\"offset\":1}",
         INVALID("unknown field; known are from, order_by, filter, limit, with_payload, "
                 "with_vector",
                 "offset")},
        {"no points", "POST", P "/scroll", "{\"limit\":0}",
         RANGE("must be from 1 to 4294967295, got 0", "limit")},
        {"counted exactly", "POST", P "/count", NULL, "count c exact"},
        {"of some points", "POST", P "/count", "{\"filter\":{\"must\":[]}}",
         "count c exact filter={\"must\":[]}"},
        {"or so", "POST", P "/count", "{\"exact\":false}", "count c"},
        {"a slip", "POST", P "/count", "{\"exakt\":false}",
         INVALID("unknown field; did you mean \\\"exact\\\"?", "exakt")},
    };

    (void)state;
    CHECK(rows);
}

static void wishes(void **state)
{
    static const struct native_row rows[] = {
        {"some of the payload", "POST", P "/get",
         "{\"ids\":[1],\"with_payload\":{\"include\":[\"a.b[]\",\"c\"]},\"with_vector\":[\"img\","
         "\"\"]}",
         "get c 1 payload+a.b[],c vector=img,"},
        {"all but some", "POST", P "/search", "{\"id\":1,\"with_payload\":{\"exclude\":[\"a\"]}}",
         "search c 1 limit=10 offset=0 payload-a"},
        {"both", "POST", P "/scroll",
         "{\"with_payload\":{\"include\":[\"a\"],\"exclude\":[\"a\"]}}",
         INVALID("give one of \\\"include\\\" and \\\"exclude\\\"", "with_payload.include")},
        {"neither", "POST", P "/scroll", "{\"with_payload\":{}}",
         INVALID("give one of \\\"include\\\" and \\\"exclude\\\"", "with_payload.include")},
        {"a list", "POST", P "/get", "{\"ids\":[1],\"with_payload\":[\"a\"]}",
         FORMAT(
             "expected true, false, or an object with \\\"include\\\" or \\\"exclude\\\", got an "
             "array",
             "with_payload")},
        {"no paths", "POST", P "/get", "{\"ids\":[1],\"with_payload\":{\"include\":[]}}",
         INVALID("one element at least is needed", "with_payload.include")},
        {"a bad path", "POST", P "/get",
         "{\"ids\":[1],\"with_payload\":{\"include\":[\"a\",\"b c\"]}}",
         FORMAT("Invalid json path: 'b c'", "with_payload.include[1]")},
        {"numbers as names", "POST", P "/get", "{\"ids\":[1],\"with_vector\":[1]}",
         FORMAT("expected an array of strings, got an array of numbers", "with_vector")},
        {"a name alone", "POST", P "/get", "{\"ids\":[1],\"with_vector\":\"img\"}",
         FORMAT("expected true, false, or an array of names, got the string \\\"img\\\"",
                "with_vector")},
    };

    (void)state;
    CHECK(rows);
}

static void orders_and_facets(void **state)
{
    static const struct native_row rows[] = {
        {"by a field's values", "POST", P "/scroll", "{\"order_by\":{\"key\":\"n\"},\"from\":null}",
         "scroll c from=- by=n limit=10 payload"},
        {"the other way, from a number", "POST", P "/scroll",
         "{\"order_by\":{\"key\":\"n\",\"direction\":\"desc\",\"start_from\":-7},\"limit\":1,"
         "\"filter\":{\"must\":[]}}",
         "scroll c from=- by=n desc start=-7 filter={\"must\":[]} limit=1 payload"},
        {"from a real number", "POST", P "/scroll",
         "{\"order_by\":{\"key\":\"n\",\"direction\":\"asc\",\"start_from\":1.5}}",
         "scroll c from=- by=n start=1.5 limit=10 payload"},
        {"from a time", "POST", P "/scroll",
         "{\"order_by\":{\"key\":\"t\",\"start_from\":\"1970-01-01T00:00:01Z\"}}",
         "scroll c from=- by=t start=1000000 limit=10 payload"},
        {"from no time", "POST", P "/scroll",
         "{\"order_by\":{\"key\":\"t\",\"start_from\":\"today\"}}",
         FORMAT("expected a number or a date-time, got the string \\\"today\\\"",
                "order_by.start_from")},
        {"from nothing of the kind", "POST", P "/scroll",
         "{\"order_by\":{\"key\":\"t\",\"start_from\":[1]}}",
         FORMAT("expected a number or a date-time, got an array of numbers",
                "order_by.start_from")},
        {"from a point, too", "POST", P "/scroll", "{\"order_by\":{\"key\":\"n\"},\"from\":1}",
         INVALID("pages by \\\"order_by\\\" go on with its \\\"start_from\\\"", "from")},
        {"by nothing", "POST", P "/scroll", "{\"order_by\":{}}",
         INVALID("this field is required", "order_by.key")},
        {"what Qdrant also takes", "POST", P "/scroll", "{\"order_by\":\"n\"}",
         FORMAT("expected an object, got the string \\\"n\\\"", "order_by")},
        {"down", "POST", P "/scroll", "{\"order_by\":{\"key\":\"n\",\"direction\":\"down\"}}",
         INVALID("unknown direction; known are asc, desc", "order_by.direction")},
        {"facets", "POST", V1 "/c/facets", "{\"key\":\"g\"}", "facet c g limit=10"},
        {"with everything", "POST", V1 "/c/facets",
         "{\"key\":\"a[].b\",\"limit\":3,\"exact\":true,\"filter\":{\"should\":[]}}",
         "facet c a[].b limit=3 exact filter={\"should\":[]}"},
        {"of nothing", "POST", V1 "/c/facets", "{\"limit\":3}",
         INVALID("this field is required", "key")},
        {"no values", "POST", V1 "/c/facets", "{\"key\":\"g\",\"limit\":0}",
         RANGE("must be from 1 to 4294967295, got 0", "limit")},
        {"no path", "POST", V1 "/c/facets", "{\"key\":\"\"}",
         FORMAT("Invalid json path: ''", "key")},
    };

    (void)state;
    CHECK(rows);
}

static void timeouts(void **state)
{
    static const struct native_row rows[] = {
        {"a second", "GET", V1 "?timeout=1", NULL, "list_collections within=1000ms"},
        {"more than there is", "GET", V1 "?timeout=3600", NULL, "list_collections"},
        {"of a write", "POST", P "/delete?timeout=2", "{\"ids\":[1]}", "delete c 1 within=2000ms"},
        {"of the backend's health", "GET", "/v1/health?timeout=3", NULL,
         "health_check within=3000ms"},
        {"escaped", "GET", V1 "?time%6fut=%31", NULL, "list_collections within=1000ms"},
        {"none", "GET", V1 "?timeout=0", NULL,
         PROBLEM_AT("range_query", "a query parameter is out of its range", "422",
                    "must be whole seconds from 1 to 3600", "timeout")},
        {"too long", "GET", V1 "?timeout=3601", NULL,
         PROBLEM_AT("range_query", "a query parameter is out of its range", "422",
                    "must be whole seconds from 1 to 3600", "timeout")},
        {"a part", "GET", V1 "?timeout=1.5", NULL,
         PROBLEM_AT("range_query", "a query parameter is out of its range", "422",
                    "must be whole seconds from 1 to 3600", "timeout")},
        {"a bad escape", "GET", V1 "?timeout=%zz", NULL,
         PROBLEM_AT("query", "a query parameter is not well formed", "400",
                    "a percent sign must be followed by two hex digits", "timeout=%zz")},
    };

    (void)state;
    CHECK(rows);
}

/* ---- no memory ---- */

static const struct {
    const char *method, *target, *body;
    bool is_wrong;
} small[] = {
    {"POST", V1, "{\"name\":\"c\",\"dimension\":4,\"metric\":\"dot\"}", false},
    {"PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":\"x\",\"vector\":[1]}]}", false},
    {"POST", P "/get", "{\"ids\":[1,\"x\",\"550e8400e29b41d4a716446655440000\"]}", false},
    {"POST", P "/delete", "{\"ids\":[1,2,3]}", false},
    {"POST", P "/search", "{\"vector\":[1,2],\"limit\":3}", false},
    {"POST", P "/search", "{\"vectr\":[1,2],\"limit\":3}", true},
    {"GET", P "/7?timeout=1", NULL, false},
    {"POST", V1,
     "{\"name\":\"c\",\"vectors\":{\"a\":{\"dimension\":1}},\"fields\":[{\"key\":\"g\",\"type\":"
     "\"text\","
     "\"on_disk\":true}]}",
     false},
    {"PUT", V1 "/c/fields/g", "{\"type\":\"integer\",\"range\":false}", false},
    {"PUT", P, "{\"points\":[{\"id\":1,\"vectors\":{\"a\":[1],\"b\":[2]}}]}", false},
    {"POST", P "/batch",
     "{\"operations\":[{\"delete\":{\"filter\":{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1}}]}"
     "}}]}",
     false},
    {"POST", P "/payload/delete", "{\"keys\":[\"a\",\"b\"],\"ids\":[1]}", false},
    {"POST", "/v1/aliases", "{\"actions\":[{\"create\":{\"alias\":\"a\",\"collection\":\"c\"}}]}",
     false},
    {"POST", P "/scroll", "{\"with_payload\":{\"include\":[\"a\"]},\"order_by\":{\"key\":\"a\"}}",
     false},
};

/* Whatever is missing, a reader that gives up says why. */
static void a_request_without_memory_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++)
        assert_in_range(
            native_squeeze(small[i].method, small[i].target, vg_slice_str(small[i].body)),
            !small[i].is_wrong, small[i].is_wrong ? 0 : 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upserts),
        cmocka_unit_test(named_vectors),
        cmocka_unit_test(ids),
        cmocka_unit_test(an_id_has_512_bytes_at_most),
        cmocka_unit_test(many_ids_come_through),
        cmocka_unit_test(searches),
        cmocka_unit_test(pages_and_counts),
        cmocka_unit_test(wishes),
        cmocka_unit_test(orders_and_facets),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(a_request_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
