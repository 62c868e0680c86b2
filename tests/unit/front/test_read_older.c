/* Bodies of the older forms of queries: what operations they become, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define P      "/collections/c/points"
#define S      P "/search"
#define R      P "/recommend"
#define D      P "/discover"
#define UUID   "550e8400-e29b-41d4-a716-446655440000"
#define FORMAT "400 Format error in JSON body: "
#define LATER  "not supported yet"
#define TWO    " limit=2 offset=0 payload=none vectors=none"

/* clang-format off */
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

static const struct asked recommendations[] = {
    {"points and vectors", "POST", R, "{\"positive\":[1,[0.5]],\"negative\":[\"" UUID "\"],\"limit\":2}", "search average +1 +[0.5]#1 -" UUID TWO},
    {"all that can be asked", "POST", R,
     "{\"positive\":[1],\"negative\":[2],\"strategy\":\"best_score\",\"top\":2,\"offset\":1,\"using\":\"a\",\"score_threshold\":0.5,\"with_payload\":true,"
     "\"with_vectors\":true,\"params\":{\"exact\":true},\"filter\":{\"must\":[]}}",
     "search best +1 -2 using=a limit=2 offset=1 threshold=0.5 exact params={\"exact\":true} filter={} payload=all vectors=all"},
    {"all null", "POST", R, "{\"positive\":[1],\"negative\":null,\"strategy\":null,\"limit\":2,\"using\":null,\"lookup_from\":null}", "search average +1" TWO},
    {"negatives alone, by sums", "POST", R, "{\"negative\":[1],\"strategy\":\"sum_scores\",\"limit\":2}", "search sum -1" TWO},
    {"looked up", "POST", R, "{\"positive\":[1],\"limit\":2,\"lookup_from\":{\"collection\":\"d\",\"vector\":\"v\"}}", "query average +1" TWO " lookup=d/v"},
    {"no positive", "POST", R, "{\"negative\":[1],\"limit\":2}", "400 Bad request: At least one positive vector ID required with this strategy"},
    {"nothing, by the best score", "POST", R, "{\"positive\":[],\"strategy\":\"best_score\",\"limit\":2}",
     "400 Bad request: At least one positive or negative vector ID required with this strategy"},
    {"no limit", "POST", R, "{\"positive\":[1]}", FORMAT "missing field `limit`"},
    {"limit zero", "POST", R, "{\"positive\":[1],\"limit\":0}", "422 Validation error in JSON body: [limit: value 0 invalid, must be 1 or larger]"},
    {"a shard key", "POST", R, "{\"positive\":[1],\"limit\":2,\"shard_key\":\"a\"}", "400 Bad request: `shard_key`: shard keys are " LATER},
    {"using a number", "POST", R, "{\"positive\":[1],\"limit\":2,\"using\":1}", FORMAT "using: expected a string, got the number 1"},
    {"an unknown strategy", "POST", R, "{\"positive\":[1],\"limit\":2,\"strategy\":\"x\"}",
     FORMAT "strategy: unknown variant `x`, expected one of `average_vector`, `best_score`, `sum_scores`"},
    {"many", "POST", R "/batch", "{\"searches\":[{\"positive\":[1],\"limit\":2},{\"negative\":[3],\"strategy\":\"best_score\",\"limit\":2}]}",
     "search average +1" TWO " best -3" TWO},
    {"many, one of them looked up", "POST", R "/batch",
     "{\"searches\":[{\"positive\":[1],\"limit\":2},{\"positive\":[1],\"limit\":2,\"lookup_from\":{\"collection\":\"d\"}}]}",
     "query average +1" TWO " average +1" TWO " lookup=d/"},
    {"the second is wrong", "POST", R "/batch", "{\"searches\":[{\"positive\":[1],\"limit\":2},{\"positive\":[1]}]}", FORMAT "searches[1]: missing field `limit`"},
};

static const struct asked discoveries[] = {
    {"a target and pairs", "POST", D, "{\"target\":[1],\"context\":[{\"positive\":2,\"negative\":3}],\"limit\":2,\"using\":\"a\"}",
     "search discovery [1]#1 (2,3) using=a" TWO},
    {"a target alone", "POST", D, "{\"target\":7,\"context\":null,\"limit\":2}", "search discovery 7" TWO},
    {"pairs alone", "POST", D, "{\"context\":[{\"positive\":2,\"negative\":3}],\"limit\":2}", "search context (2,3)" TWO},
    {"looked up", "POST", D, "{\"target\":7,\"limit\":2,\"lookup_from\":{\"collection\":\"d\"}}", "query discovery 7" TWO " lookup=d/"},
    {"nothing", "POST", D, "{\"limit\":2}", "400 Bad request: target and/or context_pairs must be specified"},
    {"no pair", "POST", D, "{\"context\":[],\"limit\":2}", "400 Bad request: target and/or context_pairs must be specified"},
    {"half a pair", "POST", D, "{\"context\":[{\"positive\":1}],\"limit\":2}", FORMAT "context[0]: missing field `negative`"},
    {"no limit", "POST", D, "{\"target\":1}", FORMAT "missing field `limit`"},
    {"many", "POST", D "/batch", "{\"searches\":[{\"target\":1,\"limit\":2},{\"context\":[{\"positive\":2,\"negative\":3}],\"limit\":2}]}",
     "search discovery 1" TWO " context (2,3)" TWO},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void searches_of_the_older_form_are_taken(void **state)
{
    (void)state;
    CHECK(searches);
}

static void recommendations_of_the_older_form_are_taken(void **state)
{
    (void)state;
    CHECK(recommendations);
}

static void discoveries_of_the_older_form_are_taken(void **state)
{
    (void)state;
    CHECK(discoveries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches_of_the_older_form_are_taken),
        cmocka_unit_test(recommendations_of_the_older_form_are_taken),
        cmocka_unit_test(discoveries_of_the_older_form_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
