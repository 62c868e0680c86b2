/* Bodies of queries: what operations they become, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "front/bounds.h"
#include "tests/support/put_many.h"
#include "tests/unit/front/ask.h"

#define P      "/collections/c/points"
#define Q      P "/query"
#define UUID   "550e8400-e29b-41d4-a716-446655440000"
#define PLAIN  " limit=10 offset=0 payload=none vectors=none"
#define FORMAT "400 Format error in JSON body: "
#define WHOLE  "expected a whole number from 0 to 18446744073709551615"
#define LATER  "not supported yet"
#define NO_FORM                                                                                   \
    "data did not match any variant of untagged enum QueryInterface: expected a vector, a point " \
    "id, or an object with `nearest`, `recommend`, `discover`, `context`, `order_by`, `fusion`, " \
    "`rrf` or `sample`"
#define NO_QUERY                                                                                 \
    "400 Bad request: A query is needed to merge the prefetches. Can't have prefetches without " \
    "defining a query."
#define NO_SCORE                                                                                 \
    "400 Bad request: A query is needed to use the score_threshold. Can't have score_threshold " \
    "without defining a query."

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
     "search [1]#1 limit=3 offset=2 threshold=0.5 exact params={\"exact\":true,\"hnsw_ef\":64} ef=64 payload=all vectors=all"},
    {"all null", "POST", Q,
     "{\"query\":[1],\"limit\":null,\"offset\":null,\"score_threshold\":null,\"with_payload\":null,\"using\":null,\"params\":null,"
     "\"prefetch\":[],\"filter\":null,\"lookup_from\":null,\"shard_key\":null}",
     "search [1]#1" PLAIN},
    {"unknown fields are ignored", "POST", Q, "{\"query\":[1],\"x\":{}}", "search [1]#1" PLAIN},
    {"`top` means nothing here", "POST", Q, "{\"query\":[1],\"top\":3}", "search [1]#1" PLAIN},
    {"the members of params", "POST", Q, "{\"query\":[1],\"params\":{\"indexed_only\":true,\"quantization\":{\"ignore\":true,\"rescore\":null,\"oversampling\":2}}}",
     "search [1]#1 limit=10 offset=0 params={\"indexed_only\":true,\"quantization\":{\"ignore\":true,\"rescore\":null,\"oversampling\":2}} indexed_only ignores over=2 payload=none vectors=none"},
    {"rescoring or not", "POST", Q "/batch", "{\"searches\":[{\"query\":1,\"params\":{\"quantization\":{\"rescore\":true}}},{\"query\":1,\"params\":{\"quantization\":{\"rescore\":false}}}]}",
     "search 1 limit=10 offset=0 params={\"quantization\":{\"rescore\":true}} rescores payload=none vectors=none"
     " 1 limit=10 offset=0 params={\"quantization\":{\"rescore\":false}} rescores_not payload=none vectors=none"},
    {"a threshold beyond float32", "POST", Q, "{\"query\":[1],\"score_threshold\":1e300}",
     "search [1]#1 limit=10 offset=0 threshold=3.40282e+38 payload=none vectors=none"},
    {"a timeout", "POST", Q "?timeout=2", "{\"query\":[1]}", "search [1]#1" PLAIN " within=2000ms"},
    {"an empty vector is the plan's to refuse", "POST", Q, "{\"query\":[]}", "search []#0" PLAIN},
    {"no query: points by id", "POST", Q, "{}", "scroll from=- limit=10 payload=none vectors=none"},
    {"no query, but an offset", "POST", Q, "{\"limit\":3,\"offset\":4,\"with_payload\":true}", "scroll from=- limit=7 payload=all vectors=none"},
    {"query null is none", "POST", Q, "{\"query\":null}", "scroll from=- limit=10 payload=none vectors=none"},
    {"no query, offset and limit beyond 32 bits", "POST", Q, "{\"limit\":4294967295,\"offset\":4294967295}",
     "scroll from=- limit=4294967295 payload=none vectors=none"},
    {"a threshold without a query", "POST", Q, "{\"score_threshold\":1}", NO_SCORE},
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
    {"a filter", "POST", Q, "{\"query\":[1],\"filter\":{}}", "search [1]#1 limit=10 offset=0 filter={} payload=none vectors=none"},
    {"a filter without a query", "POST", Q, "{\"filter\":{\"must\":{\"has_id\":[1]}}}", "scroll from=- limit=10 filter={must(has_id  1)} payload=none vectors=none"},
    {"a filter that is none", "POST", Q, "{\"query\":[1],\"filter\":{\"must\":1}}", FORMAT "filter.must: expected a condition or a list of conditions, got the number 1"},
    {"lookup_from", "POST", Q, "{\"query\":1,\"lookup_from\":{\"collection\":\"d\"}}", "query 1" PLAIN " lookup=d/"},
    {"lookup_from by a name", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[[1]],\"negative\":[7]}},\"lookup_from\":{\"collection\":\"d\",\"vector\":\"v\"}}",
     "query average +[1]#1 -7" PLAIN " lookup=d/v"},
    {"lookup_from of a pair", "POST", Q, "{\"query\":{\"context\":{\"positive\":7,\"negative\":[1]}},\"lookup_from\":{\"collection\":\"d\",\"vector\":null}}",
     "query context (7,[1]#1)" PLAIN " lookup=d/"},
    {"nothing to look up", "POST", Q, "{\"query\":[1],\"lookup_from\":{\"collection\":\"d\"}}", "search [1]#1" PLAIN},
    {"lookup_from nowhere", "POST", Q, "{\"query\":1,\"lookup_from\":{}}", FORMAT "lookup_from: missing field `collection`"},
    {"lookup_from no name", "POST", Q, "{\"query\":1,\"lookup_from\":{\"collection\":\"\"}}",
     "422 Validation error in JSON body: [lookup_from.collection: value \"\" invalid, must be from 1 to 255 characters]"},
    {"lookup_from a text", "POST", Q, "{\"query\":1,\"lookup_from\":\"d\"}", FORMAT "lookup_from: expected an object, got the string \"d\""},
    {"lookup_from a vector that is a list", "POST", Q, "{\"query\":1,\"lookup_from\":{\"collection\":\"d\",\"vector\":[]}}",
     FORMAT "lookup_from.vector: expected a string, got an empty array"},
    {"lookup_from a shard", "POST", Q, "{\"query\":1,\"lookup_from\":{\"collection\":\"d\",\"shard_key\":\"a\"}}",
     "400 Bad request: `lookup_from.shard_key`: shard keys are " LATER},
    {"a shard key", "POST", Q, "{\"query\":[1],\"shard_key\":\"a\"}", "400 Bad request: `shard_key`: shard keys are " LATER},
    {"using a name", "POST", Q, "{\"query\":[1],\"using\":\"a\"}", "search [1]#1 using=a limit=10 offset=0 payload=none vectors=none"},
    {"using a name without a query", "POST", Q, "{\"using\":\"a\"}", "scroll from=- limit=10 payload=none vectors=none"},
    {"using a number", "POST", Q, "{\"query\":[1],\"using\":1}", FORMAT "using: expected a string, got the number 1"},
    {"recommend", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[1,2],\"negative\":[\"" UUID "\",[0.5]]}}}", "search average +1 +2 -" UUID " -[0.5]#1" PLAIN},
    {"recommend, all null", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[[1]],\"negative\":null,\"strategy\":null}}}", "search average +[1]#1" PLAIN},
    {"recommend by the best score", "POST", Q, "{\"query\":{\"recommend\":{\"negative\":[1],\"strategy\":\"best_score\"}}}", "search best -1" PLAIN},
    {"recommend by sums", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[1],\"strategy\":\"sum_scores\"}},\"using\":\"a\"}",
     "search sum +1 using=a" PLAIN},
    {"recommend by another strategy", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[1],\"strategy\":\"best\"}}}",
     FORMAT "query.recommend.strategy: unknown variant `best`, expected one of `average_vector`, `best_score`, `sum_scores`"},
    {"recommend by nothing", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[]}}}",
     "422 Validation error in JSON body: [query.recommend.positives, negatives: At least one positive or negative vector/id must be provided]"},
    {"an average of negatives alone", "POST", Q, "{\"query\":{\"recommend\":{\"negative\":[1]}}}",
     "400 Wrong input: Positive vectors should not be empty with `average` strategy"},
    {"recommend a point", "POST", Q, "{\"query\":{\"recommend\":7}}", FORMAT "query.recommend: expected an object, got the number 7"},
    {"recommend by one without a list", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":7}}}", FORMAT "query.recommend.positive: expected an array, got the number 7"},
    {"recommend by a bad id", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[[1],\"x\"]}}}",
     FORMAT "query.recommend.positive[1]: value x is not a valid point ID, valid values are either an unsigned integer or a UUID"},
    {"recommend by a negative id", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[-1]}}}",
     FORMAT "query.recommend.positive: value -1 is not a valid point ID, valid values are either an unsigned integer or a UUID"},
    {"recommend by a vector with a text", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[[1,\"x\"]]}}}",
     FORMAT "query.recommend.positive[0][1]: expected a number, got the string \"x\""},
    {"recommend by a text to embed", "POST", Q, "{\"query\":{\"recommend\":{\"positive\":[{\"text\":\"x\",\"model\":\"m\"}]}}}",
     "500 Service internal error: InferenceService is not initialized. Please check if it was properly configured and initialized during startup."},
    {"discover", "POST", Q, "{\"query\":{\"discover\":{\"target\":1,\"context\":[{\"positive\":2,\"negative\":[3]},{\"positive\":\"" UUID "\",\"negative\":4}]}}}",
     "search discovery 1 (2,[3]#1) (" UUID ",4)" PLAIN},
    {"discover by one pair", "POST", Q, "{\"query\":{\"discover\":{\"target\":[1],\"context\":{\"positive\":2,\"negative\":3}}}}",
     "search discovery [1]#1 (2,3)" PLAIN},
    {"discover by a target alone", "POST", Q, "{\"query\":{\"discover\":{\"target\":1,\"context\":null}}}", "search discovery 1" PLAIN},
    {"discover without the key of a context", "POST", Q, "{\"query\":{\"discover\":{\"target\":1}}}", FORMAT "query.discover: missing field `context`"},
    {"discover without a target", "POST", Q, "{\"query\":{\"discover\":{\"context\":null}}}", FORMAT "query.discover: missing field `target`"},
    {"discover a list", "POST", Q, "{\"query\":{\"discover\":[]}}", FORMAT "query.discover: expected an object, got an empty array"},
    {"half a pair", "POST", Q, "{\"query\":{\"context\":[{\"positive\":1}]}}", FORMAT "query.context[0]: missing field `negative`"},
    {"the other half", "POST", Q, "{\"query\":{\"context\":{\"negative\":1}}}", FORMAT "query.context: missing field `positive`"},
    {"pairs that are numbers", "POST", Q, "{\"query\":{\"context\":[1,2]}}",
     FORMAT "query.context: expected a pair of `positive` and `negative`, or a list of such, got an array of numbers"},
    {"a pair that is a text", "POST", Q, "{\"query\":{\"context\":[\"x\"]}}", FORMAT "query.context[0]: expected an object, got the string \"x\""},
    {"context", "POST", Q, "{\"query\":{\"context\":[{\"positive\":1,\"negative\":2}]}}", "search context (1,2)" PLAIN},
    {"a context of nothing", "POST", Q, "{\"query\":{\"context\":[]}}", "search context" PLAIN},
    {"context null", "POST", Q, "{\"query\":{\"context\":null}}", "search context" PLAIN},
    {"order_by", "POST", Q, "{\"query\":{\"order_by\":\"a\"},\"offset\":2}", "query order a limit=10 offset=2 payload=none vectors=none"},
    {"order_by all that it may have", "POST", Q, "{\"query\":{\"order_by\":{\"key\":\"a.b\",\"direction\":\"desc\",\"start_from\":7}}}",
     "query order a.b desc start=7" PLAIN},
    {"order_by null is none", "POST", Q, "{\"query\":{\"order_by\":null}}", FORMAT "query: " NO_FORM},
    {"order_by a bad path", "POST", Q, "{\"query\":{\"order_by\":\"a..b\"}}", FORMAT "query.order_by: Invalid json path: 'a..b'"},
    {"order_by with a threshold", "POST", Q, "{\"query\":{\"order_by\":\"a\"},\"score_threshold\":1}", "400 Bad request: Can't use score_threshold with an order_by query."},
    {"sample", "POST", Q, "{\"query\":{\"sample\":\"random\"},\"limit\":3,\"offset\":2}", "query sample limit=3 offset=0 payload=none vectors=none"},
    {"another sample", "POST", Q, "{\"query\":{\"sample\":\"first\"}}", FORMAT "query.sample: unknown variant `first`, expected `random`"},
    {"a sample that is a number", "POST", Q, "{\"query\":{\"sample\":1}}", FORMAT "query.sample: expected a string, got the number 1"},
    {"formula", "POST", Q, "{\"query\":{\"formula\":1}}", "400 Bad request: `query.formula`: formulas are " LATER},
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
     FORMAT "query: " NO_FORM},
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
    {"the second has no query", "POST", Q "/batch", "{\"searches\":[{\"query\":[1]},{\"limit\":1,\"offset\":2}]}",
     "query [1]#1" PLAIN " scroll limit=1 offset=2 payload=none vectors=none"},
    {"all kinds", "POST", Q "/batch", "{\"searches\":[{\"query\":{\"sample\":\"random\"}},{\"query\":{\"recommend\":{\"positive\":[1]}}},{\"query\":{\"fusion\":\"dbsf\"},\"prefetch\":{}}]}",
     "query sample" PLAIN " average +1" PLAIN " dbsf" PLAIN " of{ scroll" PLAIN "}"},
    {"the second is wrong", "POST", Q "/batch", "{\"searches\":[{\"query\":[1]},{\"query\":{\"recommend\":{}}}]}",
     "422 Validation error in JSON body: [searches[1].query.recommend.positives, negatives: At least one positive or negative vector/id must be provided]"},
    {"the first has limit zero", "POST", Q "/batch", "{\"searches\":[{\"query\":[1],\"limit\":0}]}",
     "422 Validation error in JSON body: [searches[0].limit: value 0 invalid, must be 1 or larger]"},
};

static const struct asked fusions[] = {
    {"rrf", "POST", Q, "{\"prefetch\":[{\"query\":[1],\"limit\":5},{\"query\":7,\"using\":\"b\"}],\"query\":{\"fusion\":\"rrf\"},\"limit\":2}",
     "query rrf limit=2 offset=0 payload=none vectors=none of{ [1]#1 limit=5 offset=0 payload=none vectors=none; 7 using=b" PLAIN "}"},
    {"dbsf", "POST", Q, "{\"prefetch\":[{\"query\":[1]}],\"query\":{\"fusion\":\"dbsf\"},\"score_threshold\":0.5,\"offset\":1}",
     "query dbsf limit=10 offset=1 threshold=0.5 payload=none vectors=none of{ [1]#1" PLAIN "}"},
    {"rrf by its own name", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"rrf\":{}}}", "query rrf" PLAIN " of{ [1]#1" PLAIN "}"},
    {"rrf with the usual constant", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"rrf\":{\"k\":2,\"weights\":null}}}", "query rrf" PLAIN " of{ [1]#1" PLAIN "}"},
    {"rrf with another constant", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"rrf\":{\"k\":60}}}",
     "400 Bad request: `query.rrf.k`: constants of RRF other than 2 are " LATER},
    {"rrf with weights", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"rrf\":{\"weights\":[1]}}}", "400 Bad request: `query.rrf.weights`: weights are " LATER},
    {"rrf with constant 0", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"rrf\":{\"k\":0}}}",
     "422 Validation error in JSON body: [query.rrf.k: value 0 invalid, must be 1 or larger]"},
    {"another fusion", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"fusion\":\"max\"}}", FORMAT "query.fusion: unknown variant `max`, expected `rrf` or `dbsf`"},
    {"a fusion of nothing", "POST", Q, "{\"query\":{\"fusion\":\"rrf\"}}", "400 Bad request: cannot apply Fusion without prefetches"},
    {"a fusion of no list", "POST", Q, "{\"prefetch\":[],\"query\":{\"fusion\":\"rrf\"}}", "400 Bad request: cannot apply Fusion without prefetches"},
    {"a fusion by a vector", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"fusion\":\"rrf\"},\"using\":\"a\"}",
     "400 Bad request: Fusion queries cannot be combined with the 'using' field."},
    {"rescoring", "POST", Q, "{\"prefetch\":{\"query\":[1],\"filter\":{\"must\":[]},\"params\":{\"hnsw_ef\":9},\"score_threshold\":2},\"query\":[2],\"using\":\"a\"}",
     "query [2]#1 using=a" PLAIN " of{ [1]#1 limit=10 offset=0 threshold=2 params={\"hnsw_ef\":9} ef=9 filter={} payload=none vectors=none}"},
    {"an order of what was prefetched", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"order_by\":\"a\"}}", "query order a" PLAIN " of{ [1]#1" PLAIN "}"},
    {"a sample of what was prefetched", "POST", Q, "{\"prefetch\":{\"query\":[1]},\"query\":{\"sample\":\"random\"},\"offset\":2}",
     "query sample limit=10 offset=2 payload=none vectors=none of{ [1]#1" PLAIN "}"},
    {"prefetches of each kind", "POST", Q,
     "{\"prefetch\":[{},{\"query\":{\"order_by\":\"a\"}},{\"query\":{\"sample\":\"random\"}},{\"query\":{\"context\":null}}],\"query\":{\"fusion\":\"rrf\"}}",
     "query rrf" PLAIN " of{ scroll" PLAIN "; order a" PLAIN "; sample" PLAIN "; context" PLAIN "}"},
    {"a prefetch that looks up", "POST", Q, "{\"prefetch\":{\"query\":1,\"lookup_from\":{\"collection\":\"d\"}},\"query\":[2]}",
     "query [2]#1" PLAIN " of{ 1" PLAIN " lookup=d/}"},
    {"offset and selectors mean nothing in a prefetch", "POST", Q, "{\"prefetch\":{\"query\":[1],\"offset\":\"x\",\"with_payload\":7},\"query\":[2]}",
     "query [2]#1" PLAIN " of{ [1]#1" PLAIN "}"},
    {"prefetches without a query", "POST", Q, "{\"prefetch\":{\"query\":[1]}}", NO_QUERY},
    {"a prefetch with a threshold and no query", "POST", Q, "{\"prefetch\":{\"score_threshold\":1},\"query\":[1]}", NO_SCORE},
    {"a prefetch of prefetches", "POST", Q, "{\"prefetch\":[{\"query\":[1]},{\"prefetch\":{\"query\":[1]},\"query\":[1]}],\"query\":[1]}",
     "400 Bad request: `prefetch[1].prefetch`: prefetches of prefetches are " LATER},
    {"a prefetch of no prefetches", "POST", Q, "{\"prefetch\":{\"prefetch\":[],\"query\":[1]},\"query\":[1]}", "query [1]#1" PLAIN " of{ [1]#1" PLAIN "}"},
    {"a fusion in a prefetch", "POST", Q, "{\"prefetch\":{\"query\":{\"fusion\":\"rrf\"}},\"query\":[1]}", "400 Bad request: cannot apply Fusion without prefetches"},
    {"a prefetch that is a text", "POST", Q, "{\"prefetch\":\"x\",\"query\":[1]}", FORMAT "prefetch: expected a prefetch or a list of such, got the string \"x\""},
    {"prefetches that are numbers", "POST", Q, "{\"prefetch\":[1],\"query\":[1]}", FORMAT "prefetch: expected a prefetch or a list of such, got an array of numbers"},
    {"a prefetch among them that is null", "POST", Q, "{\"prefetch\":[{},null],\"query\":[1]}", FORMAT "prefetch[1]: expected an object, got null"},
    {"a prefetch to nothing", "POST", Q, "{\"prefetch\":[{\"query\":[1],\"limit\":0}],\"query\":[1]}",
     "422 Validation error in JSON body: [prefetch[0].limit: value 0 invalid, must be 1 or larger]"},
    {"a prefetch from a shard", "POST", Q, "{\"prefetch\":[{\"query\":[1],\"shard_key\":1}],\"query\":[1]}", "400 Bad request: `prefetch[0].shard_key`: shard keys are " LATER},
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

static void prefetches_are_merged_or_looked_at_again(void **state)
{
    (void)state;
    CHECK(fusions);
}

/* So many of what is between `before` and `after`. */
static const char *ask_many(const char *target, const char *before, const char *one, uint32_t count,
                            const char *after)
{
    const char *line;
    vg_buf body;

    vg_buf_init(&body, 0);
    put_many(&body, before, one, count, after);
    vg_buf_put_byte(&body, '\0');
    line = ask_line("POST", target, body.at);
    vg_buf_fini(&body);
    return line;
}

static void one_request_may_not_ask_for_everything(void **state)
{
    static const struct {
        const char *target, *before, *one, *after;
        uint32_t most;
        const char *refusal;
    } rows[] = {
        {Q "/batch", "{\"searches\":[", "{\"query\":1}", "]}", VG_BOUND_SEARCHES,
         "400 Bad request: `searches`: 4097 searches are more than the 4096 that one request may "
         "ask for"},
        {Q, "{\"query\":{\"fusion\":\"rrf\"},\"prefetch\":[", "{}", "]}", VG_BOUND_PREFETCHES,
         "400 Bad request: `prefetch`: 65 prefetches are more than the 64 that one request may ask "
         "for"},
        {Q, "{\"query\":{\"recommend\":{\"positive\":[", "7", "]}}}", VG_BOUND_EXAMPLES,
         "400 Bad request: `query.recommend.positive`: 1025 examples are more than the 1024 that "
         "one request may ask for"},
        {Q, "{\"query\":{\"recommend\":{\"negative\":[7],\"positive\":[", "7", "]}}}",
         VG_BOUND_EXAMPLES - 1,
         "400 Bad request: `query.recommend`: 1025 examples are more than the 1024 that one "
         "request may ask for"},
        {Q, "{\"query\":{\"context\":[", "{\"positive\":7,\"negative\":8}", "]}}",
         VG_BOUND_EXAMPLES / 2,
         "400 Bad request: `query.context`: 1026 examples are more than the 1024 that one request "
         "may ask for"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *line =
            ask_many(rows[i].target, rows[i].before, rows[i].one, rows[i].most, rows[i].after);

        if (strncmp(line, "400", 3) == 0)
            fail_msg("%s%s: %s", rows[i].before, rows[i].one, line);
        assert_string_equal(
            ask_many(rows[i].target, rows[i].before, rows[i].one, rows[i].most + 1, rows[i].after),
            rows[i].refusal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_a_vector_or_a_point),
        cmocka_unit_test(queries_come_in_batches),
        cmocka_unit_test(prefetches_are_merged_or_looked_at_again),
        cmocka_unit_test(one_request_may_not_ask_for_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
