/* Bodies of query and search: what searches they become, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define P      "/collections/c/points"
#define Q      P "/query"
#define S      P "/search"
#define UUID   "550e8400-e29b-41d4-a716-446655440000"
#define PLAIN  " limit=10 offset=0 payload=none vectors=none"
#define FORMAT "400 Format error in JSON body: "
#define WHOLE  "expected a whole number from 0 to 18446744073709551615"
#define LATER  "not supported yet"

/* clang-format off */
static const struct asked queries[] = {
    {"a vector", "POST", Q, "{\"query\":[0.1,0.2]}", "search [0.1,0.2]#2" PLAIN},
    {"nearest", "POST", Q, "{\"query\":{\"nearest\":[1,2]}}", "search [1,2]#2" PLAIN},
    {"a point", "POST", Q, "{\"query\":7}", "search 7" PLAIN},
    {"a point by UUID", "POST", Q, "{\"query\":\"" UUID "\"}", "search " UUID PLAIN},
    {"nearest to a point", "POST", Q, "{\"query\":{\"nearest\":7}}", "search 7" PLAIN},
    {"all that can be asked", "POST", Q,
     "{\"query\":[1],\"limit\":3,\"offset\":2,\"score_threshold\":0.5,\"with_payload\":true,\"with_vector\":true,\"using\":\"\","
     "\"params\":{\"exact\":true,\"hnsw_ef\":64}}",
     "search [1]#1 limit=3 offset=2 threshold=0.5 exact params={\"exact\":true,\"hnsw_ef\":64} payload=all vectors=all"},
    {"all null", "POST", Q,
     "{\"query\":[1],\"limit\":null,\"offset\":null,\"score_threshold\":null,\"with_payload\":null,\"using\":null,\"params\":null,"
     "\"prefetch\":[],\"filter\":null,\"lookup_from\":null,\"shard_key\":null}",
     "search [1]#1" PLAIN},
    {"unknown fields are ignored", "POST", Q, "{\"query\":[1],\"x\":{}}", "search [1]#1" PLAIN},
    {"`top` means nothing here", "POST", Q, "{\"query\":[1],\"top\":3}", "search [1]#1" PLAIN},
    {"the members of params", "POST", Q, "{\"query\":[1],\"params\":{\"indexed_only\":true,\"quantization\":{\"ignore\":true,\"rescore\":null,\"oversampling\":2}}}",
     "search [1]#1 limit=10 offset=0 params={\"indexed_only\":true,\"quantization\":{\"ignore\":true,\"rescore\":null,\"oversampling\":2}} payload=none vectors=none"},
    {"a threshold beyond float32", "POST", Q, "{\"query\":[1],\"score_threshold\":1e300}",
     "search [1]#1 limit=10 offset=0 threshold=3.40282e+38 payload=none vectors=none"},
    {"a timeout", "POST", Q "?timeout=2", "{\"query\":[1]}", "search [1]#1" PLAIN " within=2000ms"},
    {"an empty vector is the plan's to refuse", "POST", Q, "{\"query\":[]}", "search []#0" PLAIN},
    {"no query: points by id", "POST", Q, "{}", "scroll from=- limit=10 payload=none vectors=none"},
    {"no query, but an offset", "POST", Q, "{\"limit\":3,\"offset\":4,\"with_payload\":true}", "scroll from=- limit=7 payload=all vectors=none"},
    {"query null is none", "POST", Q, "{\"query\":null}", "scroll from=- limit=10 payload=none vectors=none"},
    {"no query, offset and limit beyond 32 bits", "POST", Q, "{\"limit\":4294967295,\"offset\":4294967295}",
     "scroll from=- limit=4294967295 payload=none vectors=none"},
    {"a threshold without a query", "POST", Q, "{\"score_threshold\":1}", "400 Bad request: A query is needed to be able to use `score_threshold`"},
    {"limit zero", "POST", Q, "{\"query\":[1],\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"limit zero without a query", "POST", Q, "{\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"a negative limit", "POST", Q, "{\"query\":[1],\"limit\":-1}", FORMAT "limit: " WHOLE ", got the number -1"},
    {"a negative offset", "POST", Q, "{\"query\":[1],\"offset\":-1}", FORMAT "offset: " WHOLE ", got the number -1"},
    {"a threshold that is a text", "POST", Q, "{\"query\":[1],\"score_threshold\":\"x\"}", FORMAT "score_threshold: expected a number, got the string \"x\""},
    {"oversampling below one", "POST", Q, "{\"query\":[1],\"params\":{\"quantization\":{\"oversampling\":0.5}}}",
     "422 Validation error in JSON body: [params.quantization.oversampling: value 0.5 invalid, must be 1.0 or larger]"},
    {"params a list", "POST", Q, "{\"query\":[1],\"params\":[]}", FORMAT "params: expected an object, got an empty array"},
    {"hnsw_ef a text", "POST", Q, "{\"query\":[1],\"params\":{\"hnsw_ef\":\"a\"}}", FORMAT "params.hnsw_ef: " WHOLE ", got the string \"a\""},
    {"exact a number", "POST", Q, "{\"query\":[1],\"params\":{\"exact\":1}}", FORMAT "params.exact: expected true or false, got the number 1"},
    {"acorn", "POST", Q, "{\"query\":[1],\"params\":{\"acorn\":{}}}", "400 Bad request: `params.acorn`: acorn is " LATER},
    {"parameters of idf", "POST", Q, "{\"query\":[1],\"params\":{\"idf\":{}}}", "400 Bad request: `params.idf`: parameters of idf are " LATER},
    {"prefetch", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":[1]}", "400 Bad request: `prefetch`: prefetches are " LATER},
    {"a filter", "POST", Q, "{\"query\":[1],\"filter\":{}}", "search [1]#1 limit=10 offset=0 filter={} payload=none vectors=none"},
    {"a filter without a query", "POST", Q, "{\"filter\":{\"must\":{\"has_id\":[1]}}}", "scroll from=- limit=10 filter={must(has_id  1)} payload=none vectors=none"},
    {"a filter that is none", "POST", Q, "{\"query\":[1],\"filter\":{\"must\":1}}", FORMAT "filter.must: expected a condition or a list of conditions, got the number 1"},
    {"lookup_from", "POST", Q, "{\"query\":1,\"lookup_from\":{\"collection\":\"d\"}}", "400 Bad request: `lookup_from`: lookup_from is " LATER},
    {"a shard key", "POST", Q, "{\"query\":[1],\"shard_key\":\"a\"}", "400 Bad request: `shard_key`: shard keys are " LATER},
    {"using a name", "POST", Q, "{\"query\":[1],\"using\":\"a\"}", "search [1]#1 using=a limit=10 offset=0 payload=none vectors=none"},
    {"using a name without a query", "POST", Q, "{\"using\":\"a\"}", "scroll from=- limit=10 payload=none vectors=none"},
    {"using a number", "POST", Q, "{\"query\":[1],\"using\":1}", FORMAT "using: expected a string, got the number 1"},
    {"recommend", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[1]}}}", "400 Bad request: `query.recommend`: recommendations are " LATER},
    {"discover", "POST", Q, "{\"query\":{\"discover\":{\"target\":1,\"context\":null}}}", "400 Bad request: `query.discover`: discovery is " LATER},
    {"context", "POST", Q, "{\"query\":{\"context\":[]}}", "400 Bad request: `query.context`: context queries are " LATER},
    {"context null", "POST", Q, "{\"query\":{\"context\":null}}", "400 Bad request: `query.context`: context queries are " LATER},
    {"order_by", "POST", Q, "{\"query\":{\"order_by\":\"a\"}}", "400 Bad request: `query.order_by`: order_by is " LATER},
    {"fusion", "POST", Q, "{\"query\":{\"fusion\":\"rrf\"}}", "400 Bad request: `query.fusion`: fusion is " LATER},
    {"rrf", "POST", Q, "{\"query\":{\"rrf\":{}}}", "400 Bad request: `query.rrf`: fusion is " LATER},
    {"formula", "POST", Q, "{\"query\":{\"formula\":1}}", "400 Bad request: `query.formula`: formulas are " LATER},
    {"sample", "POST", Q, "{\"query\":{\"sample\":\"random\"}}", "400 Bad request: `query.sample`: sampling is " LATER},
    {"relevance feedback", "POST", Q, "{\"query\":{\"relevance_feedback\":{}}}", "400 Bad request: `query.relevance_feedback`: relevance feedback is " LATER},
    {"mmr", "POST", Q, "{\"query\":{\"nearest\":[1],\"mmr\":{}}}", "400 Bad request: `query.mmr`: mmr is " LATER},
    {"mmr null", "POST", Q, "{\"query\":{\"nearest\":[1],\"mmr\":null}}", "search [1]#1" PLAIN},
    {"a sparse vector", "POST", Q, "{\"query\":{\"indices\":[1],\"values\":[1]}}", "search {\"indices\":[1],\"values\":[1.0]}#1 limit=10 offset=0 payload=none vectors=none"},
    {"a multivector", "POST", Q, "{\"query\":[[1],[2]]}", "search [[1],[2]]#2/2 limit=10 offset=0 payload=none vectors=none"},
    {"a text to embed", "POST", Q, "{\"query\":{\"text\":\"x\",\"model\":\"m\"}}",
     "500 Service internal error: InferenceService is not initialized. Please check if it was properly configured and initialized during startup."},
    {"a text to embed by no model", "POST", Q, "{\"query\":{\"text\":\"x\",\"model\":\"\"}}",
     "422 Validation error in JSON body: [query.model: value \"\" invalid, must be 1 character or longer]"},
    {"an empty query", "POST", Q, "{\"query\":{}}",
     FORMAT "query: data did not match any variant of untagged enum QueryInterface: expected a vector, a point id, or an object with `nearest`"},
    {"a text that is no id", "POST", Q, "{\"query\":\"x\"}",
     FORMAT "query: value x is not a valid point ID, valid values are either an unsigned integer or a UUID"},
    {"a query that is true", "POST", Q, "{\"query\":true}", FORMAT "query: expected a vector: a list of numbers, got true"},
    {"a vector with a text in it", "POST", Q, "{\"query\":[1,\"x\"]}", FORMAT "query[1]: expected a number, got the string \"x\""},
    {"no body", "POST", Q, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
};

static const struct asked query_batches[] = {
    {"two", "POST", Q "/batch", "{\"searches\":[{\"query\":[1]},{\"query\":7,\"limit\":1}]}",
     "search [1]#1" PLAIN " 7 limit=1 offset=0 payload=none vectors=none"},
    {"none", "POST", Q "/batch", "{\"searches\":[]}", "search"},
    {"no searches", "POST", Q "/batch", "{}", FORMAT "missing field `searches`"},
    {"searches that are numbers", "POST", Q "/batch", "{\"searches\":[1]}", FORMAT "searches: expected queries, got numbers"},
    {"a search that is a text", "POST", Q "/batch", "{\"searches\":[\"a\"]}", FORMAT "searches[0]: expected an object, got the string \"a\""},
    {"the second has a filter", "POST", Q "/batch", "{\"searches\":[{\"query\":[1]},{\"query\":[1],\"filter\":{}}]}",
     "search [1]#1" PLAIN " [1]#1 limit=10 offset=0 filter={} payload=none vectors=none"},
    {"the second has no query", "POST", Q "/batch", "{\"searches\":[{\"query\":[1]},{\"limit\":1}]}",
     "400 Bad request: a request without `query` is not supported yet in a batch"},
    {"the first has limit zero", "POST", Q "/batch", "{\"searches\":[{\"query\":[1],\"limit\":0}]}",
     "422 Validation error in JSON body: [searches[0].limit: value 0 invalid, must be 1 or larger]"},
};

static const struct asked searches[] = {
    {"a vector", "POST", S, "{\"vector\":[1,2],\"limit\":3}", "search [1,2]#2 limit=3 offset=0 payload=none vectors=none"},
    {"`top` spells `limit`", "POST", S, "{\"vector\":[1],\"top\":3}", "search [1]#1 limit=3 offset=0 payload=none vectors=none"},
    {"the unnamed vector by its name", "POST", S, "{\"vector\":{\"name\":\"\",\"vector\":[1]},\"limit\":1}",
     "search [1]#1 limit=1 offset=0 payload=none vectors=none"},
    {"all that can be asked", "POST", S,
     "{\"vector\":[1],\"limit\":1,\"offset\":5,\"score_threshold\":-1,\"with_payload\":{\"exclude\":[\"a\"]},\"with_vectors\":true,\"params\":{\"exact\":true}}",
     "search [1]#1 limit=1 offset=5 threshold=-1 exact params={\"exact\":true} payload=exclude(a)={\"exclude\":[\"a\"]} vectors=all"},
    {"a named vector", "POST", S, "{\"vector\":{\"name\":\"a\",\"vector\":[1]},\"limit\":1}", "search [1]#1 using=a limit=1 offset=0 payload=none vectors=none"},
    {"a sparse vector", "POST", S, "{\"vector\":{\"name\":\"\",\"vector\":{\"indices\":[1],\"values\":[1]}},\"limit\":1}",
     "search {\"indices\":[1],\"values\":[1.0]}#1 limit=1 offset=0 payload=none vectors=none"},
    {"a name without a vector", "POST", S, "{\"vector\":{\"name\":\"\"},\"limit\":1}", FORMAT "vector: missing field `vector`"},
    {"a vector without its name", "POST", S, "{\"vector\":{\"vector\":[1]},\"limit\":1}", FORMAT "vector: missing field `name`"},
    {"no vector", "POST", S, "{\"limit\":1}", FORMAT "missing field `vector`"},
    {"no limit", "POST", S, "{\"vector\":[1]}", FORMAT "missing field `limit`"},
    {"limit zero", "POST", S, "{\"vector\":[1],\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"a filter", "POST", S, "{\"vector\":[1],\"limit\":1,\"filter\":{\"must\":[]}}", "search [1]#1 limit=1 offset=0 filter={} payload=none vectors=none"},
    {"a point is no vector", "POST", S, "{\"vector\":7,\"limit\":1}", FORMAT "vector: expected a vector: a list of numbers, got the number 7"},
    {"two at once", "POST", S "/batch", "{\"searches\":[{\"vector\":[1],\"limit\":1},{\"vector\":[2],\"limit\":2}]}",
     "search [1]#1 limit=1 offset=0 payload=none vectors=none [2]#1 limit=2 offset=0 payload=none vectors=none"},
    {"the second without limit", "POST", S "/batch", "{\"searches\":[{\"vector\":[1],\"limit\":1},{\"vector\":[2]}]}", FORMAT "searches[1]: missing field `limit`"},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void a_query_is_a_vector_or_a_point(void **state)
{
    (void)state;
    CHECK(queries);
}

static void queries_come_in_batches(void **state)
{
    (void)state;
    CHECK(query_batches);
}

static void searches_of_the_older_form_are_taken(void **state)
{
    (void)state;
    CHECK(searches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_a_vector_or_a_point),
        cmocka_unit_test(queries_come_in_batches),
        cmocka_unit_test(searches_of_the_older_form_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
