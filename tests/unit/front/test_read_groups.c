/* Bodies of groups and matrices: what operations they become, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define P      "/collections/c/points"
#define Q      P "/query/groups"
#define S      P "/search/groups"
#define R      P "/recommend/groups"
#define M      P "/search/matrix/pairs"
#define O      P "/search/matrix/offsets"
#define FORMAT "400 Format error in JSON body: "
#define RANGE  "422 Validation error in JSON body: "
#define LATER  "not supported yet"
#define PLAIN  " limit=10 offset=0 payload=none vectors=none"
#define TWO    " limit=2 offset=0 payload=none vectors=none"

/* clang-format off */
static const struct asked groups[] = {
    {"groups as usual", "POST", Q, "{\"query\":[1],\"group_by\":\"a.b\"}", "groups a.b 10x3 [1]#1" PLAIN},
    {"all null", "POST", Q, "{\"query\":[1],\"group_by\":\"a\",\"limit\":null,\"group_size\":null,\"with_lookup\":null}", "groups a 10x3 [1]#1" PLAIN},
    {"so many of such a size", "POST", Q, "{\"query\":[1],\"group_by\":\"a\",\"limit\":2,\"group_size\":5}", "groups a 2x5 [1]#1" TWO},
    {"there is no offset", "POST", Q, "{\"query\":[1],\"group_by\":\"a\",\"offset\":5}", "groups a 10x3 [1]#1" PLAIN},
    {"of what was merged", "POST", Q, "{\"query\":{\"fusion\":\"rrf\"},\"prefetch\":{\"query\":[1]},\"group_by\":\"a\"}", "groups a 10x3 rrf" PLAIN " of{ [1]#1" PLAIN "}"},
    {"of no query", "POST", Q, "{\"group_by\":\"a\"}", "groups a 10x3 scroll" PLAIN},
    {"with records of a collection", "POST", Q, "{\"query\":1,\"group_by\":\"a\",\"with_lookup\":\"d\"}", "groups a 10x3 with=d payload=all vectors=none 1" PLAIN},
    {"with some of the records", "POST", Q, "{\"query\":1,\"group_by\":\"a\",\"with_lookup\":{\"collection\":\"d\",\"with_payload\":[\"x\"],\"with_vectors\":true}}",
     "groups a 10x3 with=d payload=include(x)=[\"x\"] vectors=all 1" PLAIN},
    {"by nothing", "POST", Q, "{\"query\":[1]}", FORMAT "missing field `group_by`"},
    {"by a bad path", "POST", Q, "{\"query\":[1],\"group_by\":\"a..\"}", FORMAT "group_by: Invalid json path: 'a..'"},
    {"by an empty path", "POST", Q, "{\"query\":[1],\"group_by\":\"\"}", FORMAT "group_by: Invalid json path: ''"},
    {"by two fields", "POST", Q, "{\"query\":[1],\"group_by\":[\"a\",\"b\"]}", FORMAT "group_by: expected a string, got an array"},
    {"of size zero", "POST", Q, "{\"query\":[1],\"group_by\":\"a\",\"group_size\":0}", RANGE "[group_size: value 0 invalid, must be 1 or larger]"},
    {"no groups", "POST", Q, "{\"query\":[1],\"group_by\":\"a\",\"limit\":0}", RANGE "[limit: value 0 invalid, must be 1 or larger]"},
    {"with records of no collection", "POST", Q, "{\"query\":1,\"group_by\":\"a\",\"with_lookup\":{}}", FORMAT "with_lookup: missing field `collection`"},
    {"with records of an empty name", "POST", Q, "{\"query\":1,\"group_by\":\"a\",\"with_lookup\":\"\"}", RANGE "[with_lookup: value \"\" invalid, must be from 1 to 255 characters]"},
    {"with records of a list", "POST", Q, "{\"query\":1,\"group_by\":\"a\",\"with_lookup\":[]}", FORMAT "with_lookup: expected a collection's name, or an object with `collection`, got an empty array"},
    {"a wrong query", "POST", Q, "{\"query\":{},\"group_by\":\"a\",\"filter\":1}", FORMAT "filter: expected an object, got the number 1"},
    {"of a search", "POST", S, "{\"vector\":{\"name\":\"v\",\"vector\":[1]},\"group_by\":\"a\",\"group_size\":1,\"limit\":2}", "groups a 2x1 [1]#1 using=v" TWO},
    {"of a search, without a size", "POST", S, "{\"vector\":[1],\"group_by\":\"a\",\"limit\":2}", FORMAT "missing field `group_size`"},
    {"of a search, without a limit", "POST", S, "{\"vector\":[1],\"group_by\":\"a\",\"group_size\":2,\"top\":1}", FORMAT "missing field `limit`"},
    {"of a search for nothing", "POST", S, "{\"group_by\":\"a\",\"group_size\":2,\"limit\":1}", FORMAT "missing field `vector`"},
    {"of recommendations", "POST", R, "{\"positive\":[1],\"group_by\":\"a\",\"group_size\":1,\"limit\":2,\"with_lookup\":\"d\",\"lookup_from\":{\"collection\":\"e\"}}",
     "groups a 2x1 with=d payload=all vectors=none average +1" TWO " lookup=e/"},
    {"of recommendations by nothing", "POST", R, "{\"group_by\":\"a\",\"group_size\":1,\"limit\":2}", "400 Bad request: At least one positive vector ID required with this strategy"},
};

static const struct asked matrices[] = {
    {"as usual", "POST", M, "{}", "matrix sample=10 limit=3 using="},
    {"as parts", "POST", O, "{\"sample\":null,\"limit\":null,\"using\":null,\"filter\":null}", "matrix sample=10 limit=3 using="},
    {"all that can be asked", "POST", O, "{\"sample\":100,\"limit\":5,\"using\":\"v\",\"filter\":{\"must\":[]}}", "matrix sample=100 limit=5 using=v filter={}"},
    {"within a time", "POST", M "?timeout=3", "{}", "matrix sample=10 limit=3 using= within=3000ms"},
    {"of one", "POST", M, "{\"sample\":1}", RANGE "[sample: value 1 invalid, must be 2 or larger]"},
    {"of too many", "POST", M, "{\"sample\":4097}", "400 Bad request: `sample`: 4097 points are more than the 4096 that one request may ask for"},
    {"of as many as there may be", "POST", M, "{\"sample\":4096}", "matrix sample=4096 limit=3 using="},
    {"no neighbours", "POST", M, "{\"limit\":0}", RANGE "[limit: value 0 invalid, must be 1 or larger]"},
    {"using a number", "POST", M, "{\"using\":1}", FORMAT "using: expected a string, got the number 1"},
    {"from a shard", "POST", M, "{\"shard_key\":\"a\"}", "400 Bad request: `shard_key`: shard keys are " LATER},
    {"no body", "POST", M, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void points_are_put_in_groups(void **state)
{
    (void)state;
    CHECK(groups);
}

static void distances_are_asked_for_as_a_matrix(void **state)
{
    (void)state;
    CHECK(matrices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_put_in_groups),
        cmocka_unit_test(distances_are_asked_for_as_a_matrix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
