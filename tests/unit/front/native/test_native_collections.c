/* What native requests about collections, their fields and their aliases become, or why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/native/native_ask.h"

#define V1          "/v1/collections"
#define F           V1 "/c/fields"
#define CHECK(rows) native_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void collections(void **state)
{
    static const struct native_row rows[] = {
        {"all names", "GET", V1, NULL, "list_collections"},
        {"one", "GET", V1 "/W%C3%B6rter", NULL, "describe W\xc3\xb6rter"},
        {"away with it", "DELETE", V1 "/c", NULL, "drop_collection c"},
        {"cosine unless said otherwise", "POST", V1, "{\"name\":\"c\",\"dimension\":4}",
         "create_collection c size=4 Cosine"},
        {"a metric in any case", "POST", V1,
         "{\"metric\":\"mANhattan\",\"dimension\":65536,\"name\":\"c\"}",
         "create_collection c size=65536 Manhattan"},
        {"null is not given", "POST", V1, "{\"name\":\"c\",\"dimension\":1,\"metric\":null}",
         "create_collection c size=1 Cosine"},
        {"no body", "POST", V1, NULL,
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "a JSON body is required")},
        {"a list", "POST", V1, "[]",
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "expected an object, got an empty array")},
        {"no name", "POST", V1, "{\"dimension\":4}", INVALID("this field is required", "name")},
        {"null as a name", "POST", V1, "{\"name\":null,\"dimension\":4}",
         INVALID("this field is required", "name")},
        {"no vectors", "POST", V1, "{\"name\":\"c\"}",
         INVALID("give one of \\\"dimension\\\" and \\\"vectors\\\"", "dimension")},
        {"both", "POST", V1, "{\"name\":\"c\",\"dimension\":4,\"vectors\":{}}",
         INVALID("give one of \\\"dimension\\\" and \\\"vectors\\\"", "dimension")},
        {"no dimensions", "POST", V1, "{\"name\":\"c\",\"dimension\":0}",
         RANGE("must be from 1 to 65536, got 0", "dimension")},
        {"too many", "POST", V1, "{\"name\":\"c\",\"dimension\":65537}",
         RANGE("must be from 1 to 65536, got 65537", "dimension")},
        {"far too many", "POST", V1, "{\"name\":\"c\",\"dimension\":18446744073709551615}",
         RANGE("must be from 1 to 65536, got 18446744073709551615", "dimension")},
        {"a part", "POST", V1, "{\"name\":\"c\",\"dimension\":4.5}",
         FORMAT("expected a whole number from 0 to 18446744073709551615, got the number 4.5",
                "dimension")},
        {"a number as a name", "POST", V1, "{\"name\":7,\"dimension\":4}",
         FORMAT("expected a string, got the number 7", "name")},
        {"an unknown metric", "POST", V1, "{\"name\":\"c\",\"dimension\":4,\"metric\":\"hamming\"}",
         INVALID("unknown metric; known are cosine, dot, euclid, manhattan", "metric")},
        {"a metric that is none", "POST", V1, "{\"name\":\"c\",\"dimension\":4,\"metric\":[]}",
         FORMAT("expected a string, got an empty array", "metric")},
        {"a slip", "POST", V1, "{\"name\":\"c\",\"dimensions\":4}",
         INVALID("unknown field; did you mean \\\"dimension\\\"?", "dimensions")},
        {"no slip", "POST", V1, "{\"hnsw_config\":{},\"name\":\"c\"}",
         INVALID("unknown field; known are name, dimension, kind, metric, datatype, index, "
                 "quantization, vectors, fields",
                 "hnsw_config")},
        {"twice", "POST", V1, "{\"name\":\"c\",\"dimension\":4,\"name\":\"d\"}",
         INVALID("this field comes twice", "name")},
    };

    (void)state;
    CHECK(rows);
}

static void vectors_of_collections(void **state)
{
    static const struct native_row rows[] = {
        {"by their names", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"img\":{\"dimension\":4,\"metric\":\"dot\"},"
         "\"txt\":{\"dimension\":2}}}",
         "create_collection c img:size=4 Dot txt:size=2 Cosine"},
        {"none", "POST", V1, "{\"name\":\"c\",\"vectors\":{}}", "create_collection c"},
        {"the unnamed one among others", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"\":{\"dimension\":4},\"a\":{\"dimension\":1}}}",
         "create_collection c size=4 Cosine a:size=1 Cosine"},
        {"a list", "POST", V1, "{\"name\":\"c\",\"vectors\":[]}",
         FORMAT("expected an object of vectors by name, got an empty array", "vectors")},
        {"a number", "POST", V1, "{\"name\":\"c\",\"vectors\":{\"a\":4}}",
         FORMAT("expected an object, got the number 4", "vectors.a")},
        {"a name twice", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"a\":{\"dimension\":1},\"a\":{\"dimension\":2}}}",
         INVALID("this name comes twice", "vectors.a")},
        {"no dimension", "POST", V1, "{\"name\":\"c\",\"vectors\":{\"a\":{}}}",
         INVALID("this field is required", "vectors.a.dimension")},
        {"too many dimensions", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"a\":{\"dimension\":65537}}}",
         RANGE("must be from 1 to 65536, got 65537", "vectors.a.dimension")},
        {"what Qdrant calls it", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"size\":4,\"distance\":\"Dot\"}}",
         FORMAT("expected an object, got the number 4", "vectors.size")},
        {"a slip", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"a\":{\"dimension\":1,\"metrik\":\"dot\"}}}",
         INVALID("unknown field; did you mean \\\"metric\\\"?", "vectors.a.metrik")},
        {"a metric for all", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{\"a\":{\"dimension\":1}},\"metric\":\"dot\"}",
         INVALID("each of \\\"vectors\\\" has one of its own", "metric")},
    };

    (void)state;
    CHECK(rows);
}

#define ONE(rest)   "{\"name\":\"c\",\"dimension\":4," rest "}"
#define NAMED(rest) "{\"name\":\"c\",\"vectors\":{\"v\":{" rest "}}}"

static void indexes_of_vectors(void **state)
{
    static const struct native_row rows[] = {
        {"each setting", "POST", V1,
         ONE("\"index\":{\"m\":8,\"ef_construct\":4,\"full_scan_threshold\":10}"),
         "create_collection c size=4 Cosine "
         "hnsw={\"m\":8,\"ef_construct\":4,\"full_scan_threshold\":10}"},
        {"as much as there can be", "POST", V1,
         ONE("\"index\":{\"full_scan_threshold\":4294967295,\"ef_construct\":65536,\"m\":512}"),
         "create_collection c size=4 Cosine "
         "hnsw={\"m\":512,\"ef_construct\":65536,\"full_scan_threshold\":4294967295}"},
        {"no graph, for a vector of its own", "POST", V1,
         NAMED("\"dimension\":2,\"index\":{\"m\":0,\"ef_construct\":null}"),
         "create_collection c v:size=2 Cosine hnsw={\"m\":0}"},
        {"nothing said", "POST", V1, ONE("\"index\":{}"), "create_collection c size=4 Cosine"},
        {"null", "POST", V1, ONE("\"index\":null"), "create_collection c size=4 Cosine"},
        {"a list", "POST", V1, ONE("\"index\":[]"),
         FORMAT("expected an object, got an empty array", "index")},
        {"what Qdrant has and this has not", "POST", V1, ONE("\"index\":{\"payload_m\":4}"),
         INVALID("unknown field; known are m, ef_construct, full_scan_threshold",
                 "index.payload_m")},
        {"a single link", "POST", V1, ONE("\"index\":{\"m\":1}"),
         INVALID("must be 0, for no graph, or 2 and more", "index.m")},
        {"too many links", "POST", V1, NAMED("\"dimension\":2,\"index\":{\"m\":513}"),
         RANGE("must be from 0 to 512, got 513", "vectors.v.index.m")},
        {"a link and a half", "POST", V1, ONE("\"index\":{\"m\":1.5}"),
         FORMAT("expected a whole number from 0 to 18446744073709551615, got the number 1.5",
                "index.m")},
        {"too few candidates", "POST", V1, ONE("\"index\":{\"ef_construct\":3}"),
         RANGE("must be from 4 to 65536, got 3", "index.ef_construct")},
        {"a threshold that is too low", "POST", V1, ONE("\"index\":{\"full_scan_threshold\":9}"),
         RANGE("must be from 10 to 4294967295, got 9", "index.full_scan_threshold")},
        {"of a sparse vector", "POST", V1, NAMED("\"kind\":\"sparse\",\"index\":{\"m\":8}"),
         INVALID("a sparse vector has no such thing", "vectors.v.index")},
        {"of all at once", "POST", V1, "{\"name\":\"c\",\"vectors\":{},\"index\":{\"m\":8}}",
         INVALID("each of \\\"vectors\\\" has one of its own", "index")},
    };

    (void)state;
    CHECK(rows);
}

#define QUANTIZED(how) ONE("\"quantization\":" how)

static void quantization_of_vectors(void **state)
{
    static const struct native_row rows[] = {
        {"bytes", "POST", V1, QUANTIZED("{\"type\":\"int8\"}"),
         "create_collection c size=4 Cosine quantization={\"scalar\":{\"type\":\"int8\"}}"},
        {"bytes but for outliers", "POST", V1, QUANTIZED("{\"quantile\":0.99,\"type\":\"int8\"}"),
         "create_collection c size=4 Cosine "
         "quantization={\"scalar\":{\"type\":\"int8\",\"quantile\":0.99}}"},
        {"the least quantile", "POST", V1, QUANTIZED("{\"type\":\"int8\",\"quantile\":5e-1}"),
         "create_collection c size=4 Cosine "
         "quantization={\"scalar\":{\"type\":\"int8\",\"quantile\":5e-1}}"},
        {"signs, by a name", "POST", V1,
         NAMED("\"dimension\":2,\"quantization\":{\"type\":\"binary\",\"quantile\":null}"),
         "create_collection c v:size=2 Cosine quantization={\"binary\":{}}"},
        {"half floats", "POST", V1, QUANTIZED("{\"type\":\"bfloat16\"}"),
         "create_collection c size=4 Cosine quantization={\"bfloat16\":{}}"},
        {"null", "POST", V1, QUANTIZED("null"), "create_collection c size=4 Cosine"},
        {"a word alone", "POST", V1, QUANTIZED("\"int8\""),
         FORMAT("expected an object, got the string \\\"int8\\\"", "quantization")},
        {"of no type", "POST", V1, QUANTIZED("{\"quantile\":0.9}"),
         INVALID("this field is required", "quantization.type")},
        {"of an unknown type", "POST", V1, QUANTIZED("{\"type\":\"product\"}"),
         INVALID("unknown value; known are bfloat16, int8, binary", "quantization.type")},
        {"as Qdrant calls it", "POST", V1, QUANTIZED("{\"scalar\":{\"type\":\"int8\"}}"),
         INVALID("unknown field; known are type, quantile", "quantization.scalar")},
        {"a quantile for signs", "POST", V1, QUANTIZED("{\"type\":\"binary\",\"quantile\":0.9}"),
         INVALID("only \\\"int8\\\" has a quantile", "quantization.quantile")},
        {"a quantile too low", "POST", V1,
         NAMED("\"dimension\":2,\"quantization\":{\"type\":\"int8\",\"quantile\":0.4999}"),
         RANGE("must be from 0.5 to 1, got 0.4999", "vectors.v.quantization.quantile")},
        {"more than all", "POST", V1, QUANTIZED("{\"type\":\"int8\",\"quantile\":1.001}"),
         RANGE("must be from 0.5 to 1, got 1.001", "quantization.quantile")},
        {"a quantile that is none", "POST", V1, QUANTIZED("{\"type\":\"int8\",\"quantile\":\"1\"}"),
         FORMAT("expected a number, got the string \\\"1\\\"", "quantization.quantile")},
        {"of a sparse vector", "POST", V1,
         NAMED("\"kind\":\"sparse\",\"quantization\":{\"type\":\"int8\"}"),
         INVALID("a sparse vector has no such thing", "vectors.v.quantization")},
        {"of all at once", "POST", V1,
         "{\"name\":\"c\",\"vectors\":{},\"quantization\":{\"type\":\"int8\"}}",
         INVALID("each of \\\"vectors\\\" has one of its own", "quantization")},
    };

    (void)state;
    CHECK(rows);
}

#define FIELDS(fields) "{\"name\":\"c\",\"dimension\":4,\"fields\":" fields "}"

static void fields_with_their_collection(void **state)
{
    static const struct native_row rows[] = {
        {"with the collection", "POST", V1,
         FIELDS("[{\"key\":\"g\",\"type\":\"keyword\"},{\"type\":\"text\",\"lowercase\":false,"
                "\"key\":\"a.b[]\"}]"),
         "create_collection c size=4 Cosine g:keyword "
         "a.b[]:text{\"type\":\"text\",\"tokenizer\":\"word\",\"lowercase\":false}"},
        {"none", "POST", V1, FIELDS("[]"), "create_collection c size=4 Cosine"},
        {"an object", "POST", V1, FIELDS("{}"),
         FORMAT("expected an array of objects, got an object", "fields")},
        {"numbers", "POST", V1, FIELDS("[1]"),
         FORMAT("expected an array of objects, got an array of numbers", "fields")},
        {"a text", "POST", V1, FIELDS("[\"g\"]"),
         FORMAT("expected an object, got the string \\\"g\\\"", "fields[0]")},
        {"no key", "POST", V1, FIELDS("[{\"type\":\"keyword\"}]"),
         INVALID("this field is required", "fields[0].key")},
        {"no type", "POST", V1, FIELDS("[{\"key\":\"g\"}]"),
         INVALID("this field is required", "fields[0].type")},
        {"a type that is none", "POST", V1, FIELDS("[{\"key\":\"g\",\"type\":{}}]"),
         FORMAT("expected a string, got an object", "fields[0].type")},
        {"no path", "POST", V1, FIELDS("[{\"key\":\"a b\",\"type\":\"geo\"}]"),
         FORMAT("Invalid json path: 'a b'", "fields[0].key")},
        {"a key twice", "POST", V1,
         FIELDS("[{\"key\":\"g\",\"type\":\"geo\"},{\"key\":\"g\",\"type\":\"bool\"}]"),
         INVALID("this field is declared twice", "fields[1].key")},
        {"a member twice", "POST", V1, FIELDS("[{\"key\":\"g\",\"key\":\"h\",\"type\":\"geo\"}]"),
         INVALID("this field comes twice", "fields[0].key")},
        {"an option of another type", "POST", V1,
         FIELDS("[{\"key\":\"g\",\"type\":\"geo\",\"lookup\":true}]"),
         FORMAT("an index of type `geo` has no such option", "fields[0].lookup")},
        {"for nothing", "POST", V1,
         FIELDS("[{\"key\":\"g\",\"type\":\"integer\",\"lookup\":false,\"range\":false}]"),
         RANGE("the 'lookup' and 'range' capabilities can't be both disabled", "fields[0]")},
    };

    (void)state;
    CHECK(rows);
}

static void fields_declared_later(void **state)
{
    static const struct native_row rows[] = {
        {"all of them", "GET", F, NULL, "describe c"},
        {"one of them", "GET", F "/g", NULL, "describe c"},
        {"declared later", "PUT", F "/a.b%5B%5D", "{\"type\":\"uuid\"}",
         "create_index c a.b[]:uuid"},
        {"with options", "PUT", F "/n", "{\"type\":\"integer\",\"range\":false}",
         "create_index c n:integer{\"type\":\"integer\",\"range\":false}"},
        {"its key is in the path", "PUT", F "/n", "{\"key\":\"n\",\"type\":\"integer\"}",
         INVALID("unknown field; the key is in the path", "key")},
        {"no declaration", "PUT", F "/n", NULL,
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "a JSON body is required")},
        {"a list as one", "PUT", F "/n", "[]",
         PROBLEM("format", "the body is not the JSON that was expected", "400",
                 "expected an object, got an empty array")},
        {"no type later", "PUT", F "/n", "{}", INVALID("this field is required", "type")},
        {"an unknown type", "PUT", F "/n", "{\"type\":\"colour\"}",
         FORMAT("unknown variant `colour`, expected one of `keyword`, `integer`, `float`, `geo`, "
                "`text`, `bool`, `datetime`, `uuid`",
                "type")},
        {"no path later", "PUT", F "/a%20b", "{\"type\":\"geo\"}",
         PROBLEM_AT("path", "the path is not well formed", "400", "\\\"a b\\\" is no payload path",
                    "key")},
        {"taken back", "DELETE", F "/%22a%20b%22", NULL, "drop_index c \"a b\":none"},
        {"no path to take back", "DELETE", F "/a..b", NULL,
         PROBLEM_AT("path", "the path is not well formed", "400", "\\\"a..b\\\" is no payload path",
                    "key")},
    };

    (void)state;
    CHECK(rows);
}

static void aliases(void **state)
{
    static const struct native_row rows[] = {
        {"all", "GET", "/v1/aliases", NULL, "list_aliases"},
        {"each kind, in order", "POST", "/v1/aliases",
         "{\"actions\":[{\"create\":{\"alias\":\"a\",\"collection\":\"c\"}},"
         "{\"delete\":{\"alias\":\"b\"}},{\"rename\":{\"from\":\"a\",\"to\":\"d\"},\"create\":null}"
         "]}",
         "change_aliases | create a c | delete b  | rename a d"},
        {"none", "POST", "/v1/aliases", "{\"actions\":[]}",
         INVALID("one element at least is needed", "actions")},
        {"numbers", "POST", "/v1/aliases", "{\"actions\":[1]}",
         FORMAT("expected an array of objects, got an array of numbers", "actions")},
        {"of no kind", "POST", "/v1/aliases", "{\"actions\":[{}]}",
         INVALID("an action has exactly one field, its kind", "actions[0]")},
        {"of two kinds", "POST", "/v1/aliases",
         "{\"actions\":[{\"delete\":{\"alias\":\"b\"},\"rename\":{}}]}",
         INVALID("an action has exactly one field, its kind", "actions[0]")},
        {"what Qdrant calls it", "POST", "/v1/aliases", "{\"actions\":[{\"delete_alias\":{}}]}",
         INVALID("unknown field; known are create, delete, rename", "actions[0].delete_alias")},
        {"without its collection", "POST", "/v1/aliases",
         "{\"actions\":[{\"create\":{\"alias\":\"a\"}}]}",
         INVALID("this field is required", "actions[0].create.collection")},
        {"a name that cannot be", "POST", "/v1/aliases",
         "{\"actions\":[{\"rename\":{\"from\":\"a\",\"to\":\"\"}}]}",
         RANGE("value \\\"\\\" invalid, must be from 1 to 255 characters", "actions[0].rename.to")},
        {"a name that is none", "POST", "/v1/aliases", "{\"actions\":[{\"delete\":{\"alias\":7}}]}",
         FORMAT("expected a string, got the number 7", "actions[0].delete.alias")},
    };

    (void)state;
    CHECK(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collections),
        cmocka_unit_test(vectors_of_collections),
        cmocka_unit_test(indexes_of_vectors),
        cmocka_unit_test(quantization_of_vectors),
        cmocka_unit_test(fields_with_their_collection),
        cmocka_unit_test(fields_declared_later),
        cmocka_unit_test(aliases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
