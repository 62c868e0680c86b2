/* Bodies of the routes on points: what operation they become, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define P      "/collections/c/points"
#define F      "/collections/c/facet"
#define UUID   "550e8400-e29b-41d4-a716-446655440000"
#define BAD_ID "is not a valid point ID, valid values are either an unsigned integer or a UUID"
#define FORMAT "400 Format error in JSON body: "
#define BEYOND "number out of range: no 64-bit float holds "
#define WHOLE  "expected a whole number from 0 to 18446744073709551615"

#define TEN    "1111111111"
#define FIFTY  TEN TEN TEN TEN TEN
#define DIGITS FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "111111111" /* 309: 1.1e308 */

/* clang-format off */
static const struct asked upserts[] = {
    {"a list of one", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[0.1,0.2],\"payload\":{\"a\":1}}]}",
     "upsert wait=0 1:[0.1,0.2]#2:{\"a\":1}"},
    {"a list of two", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":2,\"vector\":[2]}]}",
     "upsert wait=0 1:[1]#1: 2:[2]#1:"},
    {"the order of members does not matter", "PUT", P, "{\"points\":[{\"payload\":{},\"vector\":[1],\"id\":7}]}",
     "upsert wait=0 7:[1]#1:{}"},
    {"the largest number as id", "PUT", P, "{\"points\":[{\"id\":18446744073709551615,\"vector\":[1]}]}",
     "upsert wait=0 18446744073709551615:[1]#1:"},
    {"a UUID as id", "PUT", P, "{\"points\":[{\"id\":\"" UUID "\",\"vector\":[1]}]}",
     "upsert wait=0 " UUID ":[1]#1:"},
    {"a UUID without hyphens", "PUT", P, "{\"points\":[{\"id\":\"550E8400E29B41D4A716446655440000\",\"vector\":[1]}]}",
     "upsert wait=0 " UUID ":[1]#1:"},
    {"`vectors` spells `vector`", "PUT", P, "{\"points\":[{\"id\":1,\"vectors\":[1,2]}]}",
     "upsert wait=0 1:[1,2]#2:"},
    {"payload null is none", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":null}]}",
     "upsert wait=0 1:[1]#1:"},
    {"a vector keeps its text", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[ 1.50, -2e-3 ]}]}",
     "upsert wait=0 1:[ 1.50, -2e-3 ]#2:"},
    {"the unnamed vector by its name", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"\":[1,2]}}]}",
     "upsert wait=0 1:[1,2]#2:"},
    {"a point without vectors", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{}}]}",
     "upsert wait=0 1::"},
    {"an empty vector is the plan's to refuse", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[]}]}",
     "upsert wait=0 1:[]#0:"},
    {"unknown fields are ignored", "PUT", P, "{\"x\":1,\"points\":[{\"id\":1,\"vector\":[1],\"y\":{}}]}",
     "upsert wait=0 1:[1]#1:"},
    {"unbuilt fields may be null", "PUT", P, "{\"shard_key\":null,\"update_filter\":null,\"update_mode\":null,\"points\":[{\"id\":1,\"vector\":[1]}]}",
     "upsert wait=0 1:[1]#1:"},
    {"wait", "PUT", P "?wait=true", "{\"points\":[{\"id\":1,\"vector\":[1]}]}", "upsert wait=1 1:[1]#1:"},
    {"within a time", "PUT", P "?timeout=2", "{\"points\":[{\"id\":1,\"vector\":[1]}]}", "upsert wait=0 1:[1]#1: within=2000ms"},
    {"within no time", "PUT", P "?timeout=0", "{\"points\":[{\"id\":1,\"vector\":[1]}]}",
     "400 Deserialize error in query parameters: timeout: invalid value: integer `0`, expected a nonzero u64"},
    {"not to wait", "PUT", P "?wait=false&ordering=strong", "{\"points\":[{\"id\":1,\"vector\":[1]}]}", "upsert wait=0 1:[1]#1:"},
    {"ordering weak", "PUT", P "?ordering=weak", "{\"points\":[{\"id\":1,\"vector\":[1]}]}", "upsert wait=0 1:[1]#1:"},
    {"an unknown parameter", "PUT", P "?x=y", "{\"points\":[{\"id\":1,\"vector\":[1]}]}", "upsert wait=0 1:[1]#1:"},
    {"wait is a word", "PUT", P "?wait=yes", "{}",
     "400 Deserialize error in query parameters: wait: provided string was not `true` or `false`: yes"},
    {"wait without a value", "PUT", P "?wait", "{}",
     "400 Deserialize error in query parameters: wait: provided string was not `true` or `false`: "},
    {"ordering is unknown", "PUT", P "?ordering=best", "{}",
     "400 Deserialize error in query parameters: ordering: unknown variant `best`, expected one of `weak`, `medium`, `strong`"},
    {"an escape that is none", "PUT", P "?wait=%zz", "{}",
     "400 Deserialize error in query parameters: a percent escape is not well formed"},
    {"a batch", "PUT", P, "{\"batch\":{\"ids\":[1,2],\"vectors\":[[1],[2]],\"payloads\":[{\"a\":1},null]}}",
     "upsert wait=0 1:[1]#1:{\"a\":1} 2:[2]#1:"},
    {"a batch without payloads", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[1,2]]}}", "upsert wait=0 1:[1,2]#2:"},
    {"a batch, payloads null", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[1,2]],\"payloads\":null}}", "upsert wait=0 1:[1,2]#2:"},
    {"a batch with UUIDs and numbers", "PUT", P, "{\"batch\":{\"ids\":[1,\"" UUID "\"],\"vectors\":[[1],[2]]}}",
     "upsert wait=0 1:[1]#1: " UUID ":[2]#1:"},
    {"a batch of the unnamed vector", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":{\"\":[[1,2]]}}}", "upsert wait=0 1:[1,2]#2:"},
    {"a batch without any vector", "PUT", P, "{\"batch\":{\"ids\":[1,2],\"vectors\":{}}}", "upsert wait=0 1:: 2::"},
    {"a batch whose vectors are too few", "PUT", P, "{\"batch\":{\"ids\":[1,2],\"vectors\":[[1]]}}",
     "422 Validation error in JSON body: [batch: number of ids and vectors must be equal (2 != 1)]"},
    {"a batch whose payloads are too many", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[1]],\"payloads\":[{},{}]}}",
     "422 Validation error in JSON body: [batch: number of ids and payloads must be equal (1 != 2)]"},
    {"a batch whose vectors are one", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[1]}}",
     FORMAT "batch.vectors: expected a list of vectors, got an array of numbers"},
    {"a batch of named vectors", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":{\"a\":[[1]]}}}",
     "upsert wait=0 1:a=[1]#1:"},
    {"a batch of two names", "PUT", P, "{\"batch\":{\"ids\":[1,2],\"vectors\":{\"a\":[[1],[2]],\"\":[[3],[4]]},\"payloads\":[null,{}]}}",
     "upsert wait=0 1:a=[1]#1,[3]#1: 2:a=[2]#1,[4]#1:{}"},
    {"a batch, one name too short", "PUT", P, "{\"batch\":{\"ids\":[1,2],\"vectors\":{\"a\":[[1],[2]],\"b\":[[3]]}}}",
     "422 Validation error in JSON body: [batch: number of ids and vectors must be equal (2 != 1)]"},
    {"a batch, one name twice", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":{\"a\":[[1]],\"a\":[[3]]}}}", FORMAT "batch.vectors.a: duplicate field `a`"},
    {"a batch, a name of numbers", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":{\"a\":[1]}}}",
     FORMAT "batch.vectors.a: expected a list of vectors, got an array of numbers"},
    {"a batch of sparse vectors", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":{\"s\":[{\"indices\":[1],\"values\":[1]}]}}}",
     "upsert wait=0 1:s={\"indices\":[1],\"values\":[1.0]}#1:"},
    {"a batch of multivectors", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[[1],[2]]]}}",
     "upsert wait=0 1:[[1],[2]]#2/2:"},
    {"a batch without ids", "PUT", P, "{\"batch\":{\"vectors\":[[1]]}}", FORMAT "batch: missing field `ids`"},
    {"a batch without vectors", "PUT", P, "{\"batch\":{\"ids\":[1]}}", FORMAT "batch: missing field `vectors`"},
    {"a batch that is a list", "PUT", P, "{\"batch\":[1]}", FORMAT "batch: expected an object, got an array of numbers"},
    {"a batch with a bad id", "PUT", P, "{\"batch\":{\"ids\":[1,-2],\"vectors\":[[1],[2]]}}", FORMAT "batch.ids: value -2 " BAD_ID},
    {"a batch with a payload that is none", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[1]],\"payloads\":[[]]}}",
     FORMAT "batch.payloads[0]: expected an object, got an empty array"},
    {"an empty batch", "PUT", P, "{\"batch\":{\"ids\":[],\"vectors\":[]}}", "400 Bad request: Empty update request"},
    {"an empty list", "PUT", P, "{\"points\":[]}", "400 Bad request: Empty update request"},
    {"neither points nor batch", "PUT", P, "{\"x\":1}", FORMAT "Invalid PointInsertOperations format"},
    {"points null", "PUT", P, "{\"points\":null}", FORMAT "points: expected an array, got null"},
    {"points that are numbers", "PUT", P, "{\"points\":[1]}", FORMAT "points: expected points, got numbers"},
    {"a point that is none", "PUT", P, "{\"points\":[\"a\"]}", FORMAT "points[0]: expected an object, got the string \"a\""},
    {"no body", "PUT", P, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
    {"a body that is a list", "PUT", P, "[]", FORMAT "expected an object, got an empty array"},
    {"a body that is null", "PUT", P, "null", FORMAT "expected an object, got null"},
    {"no id", "PUT", P, "{\"points\":[{\"vector\":[1]}]}", FORMAT "points[0]: missing field `id`"},
    {"a negative id", "PUT", P, "{\"points\":[{\"id\":-1,\"vector\":[1]}]}", FORMAT "points[0].id: value -1 " BAD_ID},
    {"an id with a fraction", "PUT", P, "{\"points\":[{\"id\":1.5,\"vector\":[1]}]}", FORMAT "points[0].id: value 1.5 " BAD_ID},
    {"an id too large", "PUT", P, "{\"points\":[{\"id\":18446744073709551616,\"vector\":[1]}]}",
     FORMAT "points[0].id: value 18446744073709551616 " BAD_ID},
    {"a number as text is no id", "PUT", P, "{\"points\":[{\"id\":\"7\",\"vector\":[1]}]}", FORMAT "points[0].id: value 7 " BAD_ID},
    {"a text is no id", "PUT", P, "{\"points\":[{\"id\":\"x\",\"vector\":[1]}]}", FORMAT "points[0].id: value x " BAD_ID},
    {"a second point without vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1]},{\"id\":2}]}", FORMAT "points[1]: missing field `vector`"},
    {"vector null", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":null}]}", FORMAT "points[0]: missing field `vector`"},
    {"a vector that is a text", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":\"x\"}]}",
     FORMAT "points[0].vector: expected a vector: a list of numbers, got the string \"x\""},
    {"a vector with a text in it", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[0.5,\"x\"]}]}",
     FORMAT "points[0].vector[1]: expected a number, got the string \"x\""},
    {"a vector with null in it", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[null]}]}",
     FORMAT "points[0].vector[0]: expected a number, got null"},
    {"a multivector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[[1],[2]]}]}",
     "upsert wait=0 1:[[1],[2]]#2/2:"},
    {"rows of unequal length", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[[1,2],[2]]}]}",
     "422 Validation error in JSON body: [points[0].vector[1]: all vectors must have the same dimension, found vector with dimension 1 behind one with 2]"},
    {"an empty row", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[[]]}]}",
     "422 Validation error in JSON body: [points[0].vector[0]: all vectors must be non-empty]"},
    {"a multivector with a number in it", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[[1],2]}]}",
     FORMAT "points[0].vector[1]: expected a list of numbers, got the number 2"},
    {"a named vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1]}}]}",
     "upsert wait=0 1:a=[1]#1:"},
    {"named vectors, the unnamed among them", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1],\"\":[2,3],\"b\":[4]},\"payload\":{}}]}",
     "upsert wait=0 1:a=[1]#1,[2,3]#2,b=[4]#1:{}"},
    {"a name twice", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1],\"a\":[2]}}]}", FORMAT "points[0].vector.a: duplicate field `a`"},
    {"a named vector that is null", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"a\":null}}]}",
     FORMAT "points[0].vector.a: expected a vector: a list of numbers, got null"},
    {"a sparse vector", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[1],\"values\":[1]}}}]}",
     "upsert wait=0 1:s={\"indices\":[1],\"values\":[1.0]}#1:"},
    {"a sparse vector is sorted", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[9, 4294967295,0],\"values\":[1,2,3]}}}]}",
     "upsert wait=0 1:s={\"indices\":[0,9,4294967295],\"values\":[3.0,1.0,2.0]}#3:"},
    {"a sparse vector of nothing", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[],\"values\":[]}}}]}",
     "upsert wait=0 1:s={\"indices\":[],\"values\":[]}#0:"},
    {"an index twice", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[9,1,9],\"values\":[1,2,3]}}}]}",
     "422 Validation error in JSON body: [points[0].vector.s.indices: must be unique]"},
    {"fewer values", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[9,1],\"values\":[1]}}}]}",
     "422 Validation error in JSON body: [points[0].vector.s.values: must be the same length as indices]"},
    {"an index that is too large", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[0,4294967296],\"values\":[1,2]}}}]}",
     FORMAT "points[0].vector.s.indices[1]: expected an index from 0 to 4294967295, got 4294967296"},
    {"an index that is negative", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"s\":{\"indices\":[-1],\"values\":[1]}}}]}",
     FORMAT "points[0].vector.s.indices[0]: expected an index from 0 to 4294967295, got -1"},
    {"a sparse vector without a name", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"indices\":[1],\"values\":[1]}}]}",
     "upsert wait=0 1:indices=[1]#1,values=[1]#1:"},
    {"a text to embed", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":{\"text\":\"x\",\"model\":\"m\"}}]}",
     "500 Service internal error: InferenceService is not initialized. Please check if it was properly configured and initialized during startup."},
    {"a payload that is a list", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":[]}]}",
     FORMAT "points[0].payload: expected an object, got an empty array"},
    {"a payload that is a text", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":\"x\"}]}",
     FORMAT "points[0].payload: expected an object, got the string \"x\""},
    {"numbers that float64 holds", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":1e308,\"b\":[-1E+308,1e-400],\"c\":\"1e400\",\"1e400\":99999999999999999999}}]}",
     "upsert wait=0 1:[1]#1:{\"a\":1e308,\"b\":[-1E+308,1e-400],\"c\":\"1e400\",\"1e400\":99999999999999999999}"},
    {"a number that it does not", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":[{\"b\":1e400}]}}]}",
     FORMAT "points[0].payload.a[0].b: " BEYOND "1e400"},
    {"one in a list of numbers", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":[1,2e9, -1E309 ]}}]}",
     FORMAT "points[0].payload.a[2]: " BEYOND "-1E309"},
    {"one of many digits", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":" DIGITS "0}}]}",
     FORMAT "points[0].payload.a: " BEYOND TEN TEN TEN TEN TEN TEN TEN TEN},
    {"as many as fit", "PUT", P, "{\"points\":[{\"id\":1,\"vector\":[1],\"payload\":{\"a\":" DIGITS "}}]}",
     "upsert wait=0 1:[1]#1:{\"a\":" DIGITS "}"},
    {"one in a batch", "PUT", P, "{\"batch\":{\"ids\":[1],\"vectors\":[[1]],\"payloads\":[{\"a\":1e400}]}}",
     FORMAT "batch.payloads[0].a: " BEYOND "1e400"},
    {"a shard key", "PUT", P, "{\"shard_key\":\"a\",\"points\":[]}", "400 Bad request: `shard_key`: shard keys are not supported yet"},
    {"an update filter", "PUT", P, "{\"update_filter\":{},\"points\":[]}",
     "400 Bad request: `update_filter`: conditional updates are not supported yet"},
    {"an update mode, though it is the default", "PUT", P, "{\"update_mode\":\"upsert\",\"points\":[]}",
     "400 Bad request: `update_mode`: update modes are not supported yet"},
};

static const struct asked deletes[] = {
    {"ids", "POST", P "/delete", "{\"points\":[1,2]}", "delete wait=0 1 2"},
    {"ids of both kinds", "POST", P "/delete?wait=true", "{\"points\":[1,\"" UUID "\"]}", "delete wait=1 1 " UUID},
    {"blanks between ids", "POST", P "/delete", "{\"points\":[ 1 ,\n\t22 ]}", "delete wait=0 1 22"},
    {"both given: points count", "POST", P "/delete", "{\"points\":[1],\"filter\":{\"must\":[]}}", "delete wait=0 1"},
    {"a filter", "POST", P "/delete", "{\"filter\":{}}", "delete wait=0 filter={}"},
    {"a filter, points null", "POST", P "/delete", "{\"points\":null,\"filter\":{\"must\":{\"has_id\":[1]}}}", "delete wait=0 filter={must(has_id  1)}"},
    {"a filter that is none", "POST", P "/delete", "{\"filter\":{\"mus\":[]}}", FORMAT "filter.mus: unknown field `mus`, expected one of `must`, `should`, `must_not`, `min_should`; did you mean `must`?"},
    {"neither", "POST", P "/delete", "{}",
     FORMAT "data did not match any variant of untagged enum PointsSelector: `points` or `filter` is needed"},
    {"no id", "POST", P "/delete", "{\"points\":[]}", "400 Bad request: Empty update request"},
    {"a bad id", "POST", P "/delete", "{\"points\":[\"x\"]}", FORMAT "points[0]: value x " BAD_ID},
    {"a bad number", "POST", P "/delete", "{\"points\":[1e3]}", FORMAT "points: value 1e3 " BAD_ID},
    {"one id that is not in a list", "POST", P "/delete", "{\"points\":5}", FORMAT "points: expected an array, got the number 5"},
    {"a shard key", "POST", P "/delete", "{\"points\":[1],\"shard_key\":[\"a\"]}", "400 Bad request: `shard_key`: shard keys are not supported yet"},
    {"no body", "POST", P "/delete", NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
};

static const struct asked gets[] = {
    {"one by number", "GET", P "/5", NULL, "get 5 payload=all vectors=all"},
    {"one by UUID", "GET", P "/" UUID, NULL, "get " UUID " payload=all vectors=all"},
    {"one by a UUID in braces", "GET", P "/%7B" UUID "%7D", NULL, "get " UUID " payload=all vectors=all"},
    {"one by a text", "GET", P "/x%22y", NULL, "400 Wrong input: Can not recognize \"x\"y\" as point id"},
    {"one by a negative number", "GET", P "/-1", NULL, "400 Wrong input: Can not recognize \"-1\" as point id"},
    {"one, with a factor of consistency", "GET", P "/5?consistency=2", NULL, "get 5 payload=all vectors=all"},
    {"many: no payload unless asked", "POST", P, "{\"ids\":[3,1]}", "get 3 1 payload=none vectors=none"},
    {"none at all", "POST", P, "{\"ids\":[]}", "get payload=none vectors=none"},
    {"with payload and vector", "POST", P, "{\"ids\":[1],\"with_payload\":true,\"with_vector\":true}", "get 1 payload=all vectors=all"},
    {"with_vectors spells with_vector", "POST", P, "{\"ids\":[1],\"with_vectors\":true}", "get 1 payload=none vectors=all"},
    {"without", "POST", P, "{\"ids\":[1],\"with_payload\":false,\"with_vector\":false}", "get 1 payload=none vectors=none"},
    {"null is the default", "POST", P, "{\"ids\":[1],\"with_payload\":null,\"with_vector\":null}", "get 1 payload=none vectors=none"},
    {"paths", "POST", P, "{\"ids\":[1],\"with_payload\":[\"a\",\"b.c\"]}", "get 1 payload=include(a,b.c)=[\"a\",\"b.c\"] vectors=none"},
    {"no paths", "POST", P, "{\"ids\":[1],\"with_payload\":[]}", "get 1 payload=include()=[] vectors=none"},
    {"include", "POST", P, "{\"ids\":[1],\"with_payload\":{\"include\":[\"a[].b\",\"\\\"x y\\\".z\"]}}",
     "get 1 payload=include(a[].b,\"x y\".z)={\"include\":[\"a[].b\",\"\\\"x y\\\".z\"]} vectors=none"},
    {"exclude", "POST", P, "{\"ids\":[1],\"with_payload\":{\"exclude\":[\"a[0]\"]}}", "get 1 payload=exclude(a[0])={\"exclude\":[\"a[0]\"]} vectors=none"},
    {"a path that is none", "POST", P, "{\"ids\":[1],\"with_payload\":[\"a..b\"]}", FORMAT "with_payload[0]: Invalid json path: 'a..b'"},
    {"a path that ends in a dot", "POST", P, "{\"ids\":[1],\"with_payload\":[\"a.\"]}", FORMAT "with_payload[0]: Invalid json path: 'a.'"},
    {"an index that is none", "POST", P, "{\"ids\":[1],\"with_payload\":[\"a[x]\"]}", FORMAT "with_payload[0]: Invalid json path: 'a[x]'"},
    {"an open bracket", "POST", P, "{\"ids\":[1],\"with_payload\":[\"a[\"]}", FORMAT "with_payload[0]: Invalid json path: 'a['"},
    {"an open quote", "POST", P, "{\"ids\":[1],\"with_payload\":[\"\\\"a\"]}", FORMAT "with_payload[0]: Invalid json path: '\"a'"},
    {"an empty path", "POST", P, "{\"ids\":[1],\"with_payload\":[\"\"]}", FORMAT "with_payload[0]: Invalid json path: ''"},
    {"letters of any script", "POST", P, "{\"ids\":[1],\"with_payload\":[\"\xC3\xA9t\xC3\xA9\"]}",
     "get 1 payload=include(\xC3\xA9t\xC3\xA9)=[\"\xC3\xA9t\xC3\xA9\"] vectors=none"},
    {"an unknown key in a selector", "POST", P, "{\"ids\":[1],\"with_payload\":{\"only\":[]}}",
     FORMAT "with_payload: data did not match any variant of untagged enum WithPayloadInterface: expected true, false, a list of paths, or an object with either `include` or `exclude` and nothing else"},
    {"both kinds of selector", "POST", P, "{\"ids\":[1],\"with_payload\":{\"include\":[],\"exclude\":[]}}",
     FORMAT "with_payload: data did not match any variant of untagged enum WithPayloadInterface: expected true, false, a list of paths, or an object with either `include` or `exclude` and nothing else"},
    {"a selector that is a text", "POST", P, "{\"ids\":[1],\"with_payload\":\"a\"}", FORMAT "with_payload: expected a list of payload paths, got the string \"a\""},
    {"paths that are numbers", "POST", P, "{\"ids\":[1],\"with_payload\":[1]}", FORMAT "with_payload: expected strings, got numbers"},
    {"the unnamed vector", "POST", P, "{\"ids\":[1],\"with_vector\":[\"\"]}", "get 1 payload=none vectors=named()"},
    {"a named vector", "POST", P, "{\"ids\":[1],\"with_vector\":[\"a\"]}", "get 1 payload=none vectors=named(a)"},
    {"with_vector a number", "POST", P, "{\"ids\":[1],\"with_vector\":1}", FORMAT "with_vector: expected true, false or a list of names, got the number 1"},
    {"no ids", "POST", P, "{}", FORMAT "missing field `ids`"},
    {"a shard key", "POST", P, "{\"ids\":[1],\"shard_key\":\"a\"}", "400 Bad request: `shard_key`: shard keys are not supported yet"},
    {"consistency by word", "POST", P "?consistency=quorum", "{\"ids\":[1]}", "get 1 payload=none vectors=none"},
    {"consistency empty", "POST", P "?consistency=", "{\"ids\":[1]}", "get 1 payload=none vectors=none"},
    {"consistency zero", "POST", P "?consistency=0", "{\"ids\":[1]}",
     "400 Deserialize error in query parameters: consistency: `0` is neither `majority`, `quorum`, `all` nor an integer of 1 or more"},
    {"consistency unknown", "POST", P "?consistency=most", "{\"ids\":[1]}",
     "400 Deserialize error in query parameters: consistency: `most` is neither `majority`, `quorum`, `all` nor an integer of 1 or more"},
    {"a timeout", "POST", P "?timeout=3", "{\"ids\":[1]}", "get 1 payload=none vectors=none within=3000ms"},
    {"a timeout beyond the default", "POST", P "?timeout=600", "{\"ids\":[1]}", "get 1 payload=none vectors=none"},
    {"a timeout beyond all bounds", "POST", P "?timeout=18446744073709551615", "{\"ids\":[1]}", "get 1 payload=none vectors=none"},
    {"a timeout of zero", "POST", P "?timeout=0", "{\"ids\":[1]}",
     "400 Deserialize error in query parameters: timeout: invalid value: integer `0`, expected a nonzero u64"},
    {"a timeout that is none", "POST", P "?timeout=1.5", "{\"ids\":[1]}",
     "400 Deserialize error in query parameters: timeout: invalid digit found in string: `1.5`"},
};

static const struct asked scrolls[] = {
    {"from the beginning", "POST", P "/scroll", "{}", "scroll from=- limit=10 payload=all vectors=none"},
    {"from a number", "POST", P "/scroll", "{\"offset\":7,\"limit\":3}", "scroll from=7 limit=3 payload=all vectors=none"},
    {"from a UUID", "POST", P "/scroll", "{\"offset\":\"" UUID "\"}", "scroll from=" UUID " limit=10 payload=all vectors=none"},
    {"from a text, which the native API may have left", "POST", P "/scroll", "{\"offset\":\"doc-7\"}",
     "scroll from=text:doc-7 limit=10 payload=all vectors=none"},
    {"from an empty text", "POST", P "/scroll", "{\"offset\":\"\"}", FORMAT "offset: value  " BAD_ID},
    {"from a fraction", "POST", P "/scroll", "{\"offset\":1.5}", FORMAT "offset: value 1.5 " BAD_ID},
    {"all null", "POST", P "/scroll", "{\"offset\":null,\"limit\":null,\"filter\":null,\"order_by\":null,\"with_payload\":null}",
     "scroll from=- limit=10 payload=all vectors=none"},
    {"without payload", "POST", P "/scroll", "{\"with_payload\":false,\"with_vector\":true}", "scroll from=- limit=10 payload=none vectors=all"},
    {"no limit fits 32 bits", "POST", P "/scroll", "{\"limit\":4294967297}", "scroll from=- limit=4294967295 payload=all vectors=none"},
    {"limit zero", "POST", P "/scroll", "{\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"limit a text", "POST", P "/scroll", "{\"limit\":\"5\"}", FORMAT "limit: " WHOLE ", got the string \"5\""},
    {"a filter", "POST", P "/scroll", "{\"filter\":{\"must\":[]}}", "scroll from=- limit=10 filter={} payload=all vectors=none"},
    {"an id in a filter that is none", "POST", P "/scroll", "{\"filter\":{\"must\":{\"has_id\":[\"x\"]}}}", FORMAT "filter.must.has_id[0]: value x " BAD_ID},
    {"an order", "POST", P "/scroll", "{\"order_by\":\"a\"}", "scroll from=- limit=10 order=a payload=all vectors=none"},
    {"an order by all its members", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a.b\",\"direction\":\"desc\",\"start_from\":5},\"offset\":null}",
     "scroll from=- limit=10 order=a.b desc start=5 payload=all vectors=none"},
    {"an order, ascending", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"direction\":\"asc\",\"start_from\":null}}", "scroll from=- limit=10 order=a payload=all vectors=none"},
    {"an order from a real number", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"start_from\":-1.5}}", "scroll from=- limit=10 order=a start=real:-1.5 payload=all vectors=none"},
    {"an order from a date-time", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"start_from\":\"1970-01-02T00:00:00Z\"}}",
     "scroll from=- limit=10 order=a start=86400000000 payload=all vectors=none"},
    {"an order and an offset", "POST", P "/scroll", "{\"order_by\":\"a\",\"offset\":1}",
     "400 Wrong input: Cannot use an `offset` when using `order_by`. The alternative for paging is to use `order_by.start_from` and a filter to exclude the IDs that you've already seen for the `order_by.start_from` value"},
    {"an order without a key", "POST", P "/scroll", "{\"order_by\":{}}", FORMAT "order_by: missing field `key`"},
    {"an order by a bad path", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a[\"}}", FORMAT "order_by.key: Invalid json path: 'a['"},
    {"an order that is a number", "POST", P "/scroll", "{\"order_by\":1}", FORMAT "order_by: expected a string, got the number 1"},
    {"a direction that is none", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"direction\":\"up\"}}", FORMAT "order_by.direction: unknown variant `up`, expected `asc` or `desc`"},
    {"a start that is none", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"start_from\":\"soon\"}}", FORMAT "order_by.start_from: expected a number or a date-time of RFC 3339, got the string \"soon\""},
    {"a start that is true", "POST", P "/scroll", "{\"order_by\":{\"key\":\"a\",\"start_from\":true}}", FORMAT "order_by.start_from: expected a number or a date-time of RFC 3339, got true"},
    {"no body", "POST", P "/scroll", NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
    {"bytes that are no JSON", "POST", P "/scroll", "{\"limit\":", FORMAT "expected a value at line 1 column 10"},
};

static const struct asked counts[] = {
    {"exact by default", "POST", P "/count", "{}", "count exact=1"},
    {"not exact", "POST", P "/count", "{\"exact\":false}", "count exact=0"},
    {"exact null", "POST", P "/count", "{\"exact\":null}", "count exact=1"},
    {"exact a number", "POST", P "/count", "{\"exact\":1}", FORMAT "exact: expected true or false, got the number 1"},
    {"a filter", "POST", P "/count", "{\"filter\":{\"must\":[{\"key\":\"a\",\"match\":{\"value\":1}}]}}", "count exact=1 filter={must(a value 1)}"},
    {"a condition without a test", "POST", P "/count", "{\"filter\":{\"must\":[{\"key\":\"a\"}]}}", "422 Validation error in JSON body: [filter.must[0]: At least one field condition must be specified]"},
    {"a shard key", "POST", P "/count", "{\"shard_key\":1}", "400 Bad request: `shard_key`: shard keys are not supported yet"},
    {"a timeout", "POST", P "/count?timeout=1", "{}", "count exact=1 within=1000ms"},
};

static const struct asked facets[] = {
    {"by defaults", "POST", F, "{\"key\":\"a\"}", "facet a limit=10 exact=0"},
    {"by all that can be asked", "POST", F "?timeout=1", "{\"key\":\"a.b\",\"limit\":3,\"exact\":true,\"filter\":{\"must\":{\"has_id\":[1]}}}",
     "facet a.b limit=3 exact=1 filter={must(has_id  1)} within=1000ms"},
    {"no key", "POST", F, "{}", FORMAT "missing field `key`"},
    {"a bad key", "POST", F, "{\"key\":\"\"}", FORMAT "key: Invalid json path: ''"},
    {"limit zero", "POST", F, "{\"key\":\"a\",\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"a shard key", "POST", F, "{\"key\":\"a\",\"shard_key\":\"s\"}", "400 Bad request: `shard_key`: shard keys are not supported yet"},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void points_are_taken_in_every_form(void **state)
{
    (void)state;
    CHECK(upserts);
}

static void points_are_deleted_by_ids_or_a_filter(void **state)
{
    (void)state;
    CHECK(deletes);
}

static void points_are_read_by_their_ids(void **state)
{
    (void)state;
    CHECK(gets);
}

static void points_are_read_page_by_page_in_either_order(void **state)
{
    (void)state;
    CHECK(scrolls);
}

static void points_are_counted(void **state)
{
    (void)state;
    CHECK(counts);
}

static void values_are_counted(void **state)
{
    (void)state;
    CHECK(facets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_taken_in_every_form),
        cmocka_unit_test(points_are_deleted_by_ids_or_a_filter),
        cmocka_unit_test(points_are_read_by_their_ids),
        cmocka_unit_test(points_are_read_page_by_page_in_either_order),
        cmocka_unit_test(points_are_counted),
        cmocka_unit_test(values_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
