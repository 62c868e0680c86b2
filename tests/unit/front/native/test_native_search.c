/* Native searches of every kind, groups and matrices: what they become, or why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "front/bounds.h"
#include "tests/support/put_many.h"
#include "tests/unit/front/native/native_ask.h"

#define P           "/v1/collections/c/points"
#define S           P "/search"
#define CHECK(rows) native_check((rows), sizeof(rows) / sizeof((rows)[0]))
#define USUAL       " limit=10 offset=0 payload"
#define UUID        "550e8400-e29b-41d4-a716-446655440000"
#define ONE_OF                                                                      \
    "give one of \\\"vector\\\", \\\"id\\\", \\\"recommend\\\", \\\"discover\\\", " \
    "\\\"context\\\", "                                                             \
    "\\\"order_by\\\", \\\"sample\\\" and \\\"fusion\\\""
#define MANY(detail, field) PROBLEM_AT("unsupported", "this is not supported", "400", detail, field)

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
        {"by both", "POST", P "/search", "{\"id\":7,\"vector\":[1]}", INVALID(ONE_OF, "id")},
        {"by nothing", "POST", P "/search", "{\"limit\":1}", INVALID(ONE_OF, "vector")},
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

/* clang-format off */
static const struct native_row examples[] = {
    {"like these, unlike those", "POST", S, "{\"recommend\":{\"positive\":[1,\"x\",[0.5]],\"negative\":[\"" UUID "\"]}}", "search c average +1 +text:x +[0.5]#1 -" UUID USUAL},
    {"by ids alone", "POST", S, "{\"recommend\":{\"positive\":[1,2]},\"using\":\"v\"}", "search c average +1 +2 using=v" USUAL},
    {"by the best score", "POST", S, "{\"recommend\":{\"negative\":[1],\"strategy\":\"best_score\"}}", "search c best -1" USUAL},
    {"by sums", "POST", S, "{\"recommend\":{\"positive\":[[1]],\"negative\":null,\"strategy\":\"sum_scores\"}}", "search c sum +[1]#1" USUAL},
    {"by another strategy", "POST", S, "{\"recommend\":{\"positive\":[1],\"strategy\":\"best\"}}", INVALID("unknown value; known are average_vector, best_score, sum_scores", "recommend.strategy")},
    {"by no example", "POST", S, "{\"recommend\":{}}", INVALID("give \\\"positive\\\", \\\"negative\\\" or both", "recommend")},
    {"by an empty list", "POST", S, "{\"recommend\":{\"positive\":[]}}", INVALID("one element at least is needed", "recommend.positive")},
    {"an average of negatives alone", "POST", S, "{\"recommend\":{\"negative\":[1]}}", INVALID("\\\"average_vector\\\" needs \\\"positive\\\"; other strategies do not", "recommend")},
    {"a slip in it", "POST", S, "{\"recommend\":{\"positve\":[1]}}", INVALID("unknown field; did you mean \\\"positive\\\"?", "recommend.positve")},
    {"a wrong id", "POST", S, "{\"recommend\":{\"positive\":[1,-1]}}", FORMAT("expected an unsigned integer or a string as an id, got the number -1", "recommend.positive[1]")},
    {"an example that is true", "POST", S, "{\"recommend\":{\"positive\":[1,true]}}", FORMAT("expected an array of numbers, got true", "recommend.positive[1]")},
    {"where pairs lead to", "POST", S, "{\"discover\":{\"target\":1,\"context\":[{\"positive\":2,\"negative\":[3]},{\"positive\":\"x\",\"negative\":4}]}}",
     "search c discovery 1 (2,[3]#1) (text:x,4)" USUAL},
    {"where a target leads to", "POST", S, "{\"discover\":{\"target\":[1]}}", "search c discovery [1]#1" USUAL},
    {"no target", "POST", S, "{\"discover\":{\"context\":[{\"positive\":1,\"negative\":2}]}}", INVALID("this field is required", "discover.target")},
    {"pairs alone", "POST", S, "{\"context\":[{\"positive\":1,\"negative\":2}]}", "search c context (1,2)" USUAL},
    {"half a pair", "POST", S, "{\"context\":[{\"positive\":1}]}", INVALID("this field is required", "context[0].negative")},
    {"no pair", "POST", S, "{\"context\":[]}", INVALID("one element at least is needed", "context")},
    {"one pair without a list", "POST", S, "{\"context\":{\"positive\":1,\"negative\":2}}", FORMAT("expected an array, got an object", "context")},
    {"pairs that are numbers", "POST", S, "{\"context\":[1,2]}", FORMAT("expected an array of pairs, got an array of numbers", "context")},
    {"looked up", "POST", S, "{\"id\":1,\"lookup_from\":{\"collection\":\"d\",\"vector\":\"v\"}}", "query c 1" USUAL " lookup=d/v"},
    {"nothing to look up", "POST", S, "{\"vector\":[1],\"lookup_from\":{\"collection\":\"d\"}}", INVALID("nothing is to be looked up: no id is given", "lookup_from")},
    {"looked up nowhere", "POST", S, "{\"id\":1,\"lookup_from\":{\"vector\":\"v\"}}", INVALID("this field is required", "lookup_from.collection")},
    {"looked up in no name", "POST", S, "{\"id\":1,\"lookup_from\":{\"collection\":\"\"}}", INVALID("a collection's name is needed", "lookup_from.collection")},
};

static const struct native_row forms[] = {
    {"in an order", "POST", S, "{\"order_by\":{\"key\":\"n\",\"direction\":\"desc\",\"start_from\":7},\"offset\":2}", "query c order n desc start=7 limit=10 offset=2 payload"},
    {"in an order, better than", "POST", S, "{\"order_by\":{\"key\":\"n\"},\"score_threshold\":1}", INVALID("these points have no scores", "score_threshold")},
    {"in an order, using", "POST", S, "{\"order_by\":{\"key\":\"n\"},\"using\":\"v\"}", INVALID("only a search by vectors takes this", "using")},
    {"random", "POST", S, "{\"sample\":\"random\",\"limit\":3}", "query c sample limit=3 offset=0 payload"},
    {"the first", "POST", S, "{\"sample\":\"first\"}", INVALID("unknown value; known are random", "sample")},
    {"random, from the second", "POST", S, "{\"sample\":\"random\",\"offset\":1}", INVALID("a random sample has no beginning", "offset")},
    {"random, exactly", "POST", S, "{\"sample\":\"random\",\"exact\":true}", INVALID("only a search by vectors takes this", "exact")},
    {"random, better than", "POST", S, "{\"sample\":\"random\",\"score_threshold\":1}", INVALID("these points have no scores", "score_threshold")},
    {"merged by ranks", "POST", S, "{\"fusion\":\"rrf\",\"prefetch\":[{\"vector\":[1],\"limit\":5},{\"id\":7,\"using\":\"v\",\"filter\":{\"must\": []},\"score_threshold\":0.5,\"ef\":9}],\"limit\":2,\"score_threshold\":0.1}",
     "query c rrf limit=2 offset=0 threshold=0.1 payload of{ [1]#1 limit=5 offset=0 payload; 7 using=v filter={\"must\": []} limit=10 offset=0 threshold=0.5 ef=9 payload}"},
    {"merged by scores", "POST", S, "{\"fusion\":\"dbsf\",\"prefetch\":[{\"sample\":\"random\"}]}", "query c dbsf" USUAL " of{ sample" USUAL "}"},
    {"merged of nothing", "POST", S, "{\"fusion\":\"rrf\"}", INVALID("this field is required", "prefetch")},
    {"merged of an empty list", "POST", S, "{\"fusion\":\"rrf\",\"prefetch\":[]}", INVALID("one element at least is needed", "prefetch")},
    {"merged otherwise", "POST", S, "{\"fusion\":\"max\",\"prefetch\":[{\"id\":1}]}", INVALID("unknown value; known are rrf, dbsf", "fusion")},
    {"looked at again", "POST", S, "{\"vector\":[2],\"prefetch\":[{\"vector\":[1]}],\"using\":\"v\"}", "query c [2]#1 using=v" USUAL " of{ [1]#1" USUAL "}"},
    {"a prefetch of prefetches", "POST", S, "{\"id\":1,\"prefetch\":[{\"id\":1,\"prefetch\":[]}]}",
     INVALID("unknown field; known are vector, id, recommend, discover, context, order_by, sample, fusion, using, lookup_from, filter, limit, score_threshold, exact, ef, indexed_only, quantization", "prefetch[0].prefetch")},
    {"a prefetch that merges", "POST", S, "{\"id\":1,\"prefetch\":[{\"fusion\":\"rrf\"}]}", INVALID("a prefetch has no prefetches to merge", "prefetch[0].fusion")},
    {"a prefetch of nothing", "POST", S, "{\"id\":1,\"prefetch\":[{\"id\":1},{}]}", INVALID(ONE_OF, "prefetch[1].vector")},
    {"a prefetch with an offset", "POST", S, "{\"id\":1,\"prefetch\":[{\"id\":1,\"offset\":1}]}",
     INVALID("unknown field; known are vector, id, recommend, discover, context, order_by, sample, fusion, using, lookup_from, filter, limit, score_threshold, exact, ef, indexed_only, quantization", "prefetch[0].offset")},
    {"a prefetch that looks up", "POST", S, "{\"id\":1,\"prefetch\":[{\"id\":1,\"lookup_from\":{\"collection\":\"d\"}}]}", "query c 1" USUAL " of{ 1" USUAL " lookup=d/}"},
    {"prefetches that are numbers", "POST", S, "{\"id\":1,\"prefetch\":[1]}", FORMAT("expected an array of searches, got an array of numbers", "prefetch")},
    {"how it is to be done", "POST", S, "{\"id\":1,\"ef\":64,\"indexed_only\":true,\"quantization\":{\"ignore\":true,\"rescore\":false,\"oversampling\":1.5}}",
     "search c 1 limit=10 offset=0 ef=64 indexed_only ignores rescores_not over=1.5 payload"},
    {"with rescoring", "POST", S, "{\"id\":1,\"quantization\":{\"rescore\":true}}", "search c 1 limit=10 offset=0 rescores payload"},
    {"with too few", "POST", S, "{\"id\":1,\"quantization\":{\"oversampling\":0.5}}", RANGE("must be 1 or more", "quantization.oversampling")},
    {"with an ef of 0", "POST", S, "{\"id\":1,\"ef\":0}", RANGE("must be from 1 to 4294967295, got 0", "ef")},
    {"explained", "POST", S "?explain=true", "{\"id\":1}", "search c 1" USUAL " explains"},
    {"explained within a time", "POST", S "?explain=true&timeout=2", "{\"sample\":\"random\"}", "query c sample" USUAL " explains within=2000ms"},
    {"not explained", "POST", S "?explain=false", "{\"id\":1}", "search c 1" USUAL},
    {"explained perhaps", "POST", S "?explain=1", "{\"id\":1}", PROBLEM_AT("query", "a query parameter is not well formed", "400", "must be true or false", "explain")},
    {"another parameter", "POST", S "?explian=true", "{\"id\":1}", PROBLEM_AT("query", "a query parameter is not well formed", "400", "unknown parameter; this path takes \\\"timeout\\\", \\\"explain\\\"", "explian")},
};

static const struct native_row batches[] = {
    {"searches", "POST", S "/batch", "{\"searches\":[{\"id\":1},{\"vector\":[1],\"limit\":2}]}", "search c 1" USUAL " [1]#1 limit=2 offset=0 payload"},
    {"of all kinds, explained", "POST", S "/batch?explain=true", "{\"searches\":[{\"id\":1},{\"sample\":\"random\"}]}", "query c 1" USUAL " explains sample" USUAL " explains"},
    {"none", "POST", S "/batch", "{\"searches\":[]}", INVALID("one element at least is needed", "searches")},
    {"none at all", "POST", S "/batch", "{}", INVALID("this field is required", "searches")},
    {"numbers", "POST", S "/batch", "{\"searches\":[1]}", FORMAT("expected an array of searches, got an array of numbers", "searches")},
    {"the second is wrong", "POST", S "/batch", "{\"searches\":[{\"id\":1},{\"id\":1,\"limit\":0}]}", RANGE("must be from 1 to 4294967295, got 0", "searches[1].limit")},
};

static const struct native_row groups[] = {
    {"as usual", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a.b\"}", "query_groups c a.b 10x3 1" USUAL},
    {"all that can be asked", "POST", S "/groups", "{\"fusion\":\"rrf\",\"prefetch\":[{\"id\":1}],\"group_by\":\"a\",\"limit\":2,\"group_size\":5,\"with_payload\":false,"
     "\"with_lookup\":{\"collection\":\"d\",\"with_payload\":{\"include\":[\"x\"]},\"with_vector\":true}}",
     "query_groups c a 2x5 with=d payload+x vector rrf limit=2 offset=0 of{ 1" USUAL "}"},
    {"with records", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a\",\"with_lookup\":{\"collection\":\"d\"}}", "query_groups c a 10x3 with=d payload 1" USUAL},
    {"with records by a name alone", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a\",\"with_lookup\":\"d\"}", FORMAT("expected an object, got the string \\\"d\\\"", "with_lookup")},
    {"with records of no name", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a\",\"with_lookup\":{\"collection\":\"\"}}", INVALID("a collection's name is needed", "with_lookup.collection")},
    {"by nothing", "POST", S "/groups", "{\"id\":1}", INVALID("this field is required", "group_by")},
    {"by a bad path", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a b\"}", FORMAT("Invalid json path: 'a b'", "group_by")},
    {"of size 0", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a\",\"group_size\":0}", RANGE("must be from 1 to 4294967295, got 0", "group_size")},
    {"from the second on", "POST", S "/groups", "{\"id\":1,\"group_by\":\"a\",\"offset\":1}",
     INVALID("unknown field; known are vector, id, recommend, discover, context, order_by, sample, fusion, using, lookup_from, filter, limit, score_threshold, exact, ef, indexed_only, quantization, prefetch, with_payload, with_vector, group_by, group_size, with_lookup", "offset")},
    {"explained", "POST", S "/groups?explain=true", "{\"id\":1,\"group_by\":\"a\"}", PROBLEM_AT("query", "a query parameter is not well formed", "400", "unknown parameter; this path takes \\\"timeout\\\"", "explain")},
};

static const struct native_row matrices[] = {
    {"as usual", "POST", S "/matrix", NULL, "search_matrix c sample=10 limit=3"},
    {"all that can be asked", "POST", S "/matrix?timeout=1", "{\"sample\":4096,\"limit\":1,\"using\":\"v\",\"filter\":{\"must\":[]}}", "search_matrix c sample=4096 limit=1 using=v filter={\"must\":[]} within=1000ms"},
    {"of one", "POST", S "/matrix", "{\"sample\":1}", RANGE("must be from 2 to 4096, got 1", "sample")},
    {"of too many", "POST", S "/matrix", "{\"sample\":4097}", RANGE("must be from 2 to 4096, got 4097", "sample")},
    {"no neighbours", "POST", S "/matrix", "{\"limit\":0}", RANGE("must be from 1 to 4294967295, got 0", "limit")},
    {"a slip", "POST", S "/matrix", "{\"samples\":3}", INVALID("unknown field; did you mean \\\"sample\\\"?", "samples")},
};
/* clang-format on */

static void searches_by_examples(void **state)
{
    (void)state;
    CHECK(examples);
}

static void searches_of_every_form(void **state)
{
    (void)state;
    CHECK(forms);
}

static void several_searches_at_once(void **state)
{
    (void)state;
    CHECK(batches);
}

static void points_in_groups(void **state)
{
    (void)state;
    CHECK(groups);
}

static void matrices_of_distances(void **state)
{
    (void)state;
    CHECK(matrices);
}

/* So many of what is between `before` and `after`. */
static const char *ask_many(const char *target, const char *before, const char *one, uint32_t count,
                            const char *after)
{
    const char *line;
    vg_buf body;

    vg_buf_init(&body, 0);
    put_many(&body, before, one, count, after);
    line = native_line("POST", target, vg_buf_bytes(&body));
    vg_buf_fini(&body);
    return line;
}

static void one_request_may_not_ask_for_everything(void **state)
{
    (void)state;
    assert_string_equal(
        ask_many(S "/batch", "{\"searches\":[", "{\"id\":1}", VG_BOUND_SEARCHES + 1, "]}"),
        MANY("`searches`: 4097 searches are more than the 4096 that one request may ask for",
             "searches"));
    assert_string_equal(
        ask_many(S, "{\"id\":1,\"prefetch\":[", "{\"id\":1}", VG_BOUND_PREFETCHES + 1, "]}"),
        MANY("`prefetch`: 65 prefetches are more than the 64 that one request may ask for",
             "prefetch"));
    assert_string_equal(
        ask_many(S, "{\"recommend\":{\"positive\":[", "7", VG_BOUND_EXAMPLES + 1, "]}}"),
        MANY("`recommend.positive`: 1025 examples are more than the 1024 that one request may ask "
             "for",
             "recommend.positive"));
    assert_string_equal(
        ask_many(S, "{\"context\":[", "{\"positive\":1,\"negative\":2}", VG_BOUND_EXAMPLES / 2 + 1,
                 "]}"),
        MANY("`context`: 1026 examples are more than the 1024 that one request may ask for",
             "context"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches),
        cmocka_unit_test(searches_by_examples),
        cmocka_unit_test(searches_of_every_form),
        cmocka_unit_test(several_searches_at_once),
        cmocka_unit_test(points_in_groups),
        cmocka_unit_test(matrices_of_distances),
        cmocka_unit_test(one_request_may_not_ask_for_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
