/* What each condition means (FACTS 7), without and with a payload index; a row for each clause. The
 * filters are JSON, read as a front reads them. tests/property/ holds SQL to the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "filter/eval.h"
#include "front/read_filter.h"

typedef struct row {
    const char *says;
    const char *payload; /* of point 7, which holds the vectors "" and "b" */
    const char *filter;
    bool meets;
} row;

/* clang-format off */
static const row rows[] = {
    {"equal texts", "{\"a\":\"x\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", true},
    {"case counts", "{\"a\":\"X\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", false},
    {"equal integers", "{\"a\":9223372036854775807}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":9223372036854775807}}}", true},
    {"a float equals no integer", "{\"a\":1.0}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":1}}}", false},
    {"nor does a text", "{\"a\":\"1\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":1}}}", false},
    {"equal truths", "{\"a\":false}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":false}}}", true},
    {"0 is not false", "{\"a\":0}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":false}}}", false},
    {"any element", "{\"a\":[\"y\",\"x\"]}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", true},
    {"one level only", "{\"a\":[[\"x\"]]}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", false},
    {"[] and the end are two", "{\"a\":[[\"x\"]]}", "{\"must\":{\"key\":\"a[]\",\"match\":{\"value\":\"x\"}}}", true},
    {"missing", "{}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", false},
    {"missing, negated", "{}", "{\"must_not\":{\"key\":\"a\",\"match\":{\"value\":\"x\"}}}", true},
    {"one of", "{\"a\":[3,\"y\"]}", "{\"must\":{\"key\":\"a\",\"match\":{\"any\":[\"x\",\"y\"]}}}", true},
    {"none of", "{\"a\":[3,\"z\"]}", "{\"must\":{\"key\":\"a\",\"match\":{\"any\":[\"x\",\"y\"]}}}", false},
    {"one of integers", "{\"a\":5}", "{\"must\":{\"key\":\"a\",\"match\":{\"any\":[9,5,-1]}}}", true},
    {"one of nothing", "{\"a\":5}", "{\"must\":{\"key\":\"a\",\"match\":{\"any\":[]}}}", false},
    {"some element that is not listed", "{\"a\":[\"x\",\"z\"]}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[\"x\"]}}}", true},
    {"all are listed", "{\"a\":[\"x\",\"x\"]}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[\"x\"]}}}", false},
    {"except, missing", "{}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[\"x\"]}}}", false},
    {"except, null", "{\"a\":[null]}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[\"x\"]}}}", false},
    {"except, another kind", "{\"a\":5}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[\"x\"]}}}", true},
    {"except, a float", "{\"a\":5.0}", "{\"must\":{\"key\":\"a\",\"match\":{\"except\":[5]}}}", true},
    {"a part of a text", "{\"a\":\"say Hello\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"text\":\"y He\"}}}", true},
    {"its case counts", "{\"a\":\"say Hello\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"text\":\"hello\"}}}", false},
    {"a phrase is a part", "{\"a\":\"say Hello\"}", "{\"must\":{\"key\":\"a\",\"match\":{\"phrase\":\"ay H\"}}}", true},
    {"a part of no text", "{\"a\":5}", "{\"must\":{\"key\":\"a\",\"match\":{\"text\":\"5\"}}}", false},
    {"within", "{\"a\":[0,2]}", "{\"must\":{\"key\":\"a\",\"range\":{\"gt\":1,\"lte\":2}}}", true},
    {"one element meets all bounds", "{\"a\":[0,3]}", "{\"must\":{\"key\":\"a\",\"range\":{\"gt\":1,\"lte\":2}}}", false},
    {"a bound excluded", "{\"a\":2}", "{\"must\":{\"key\":\"a\",\"range\":{\"lt\":2}}}", false},
    {"as float64", "{\"a\":9007199254740993}", "{\"must\":{\"key\":\"a\",\"range\":{\"gt\":9007199254740992}}}", false},
    {"a text in a range", "{\"a\":\"2\"}", "{\"must\":{\"key\":\"a\",\"range\":{\"gt\":1}}}", false},
    {"a moment", "{\"a\":\"2024-02-29\"}", "{\"must\":{\"key\":\"a\",\"range\":{\"gte\":\"2024-02-29T01:00:00+01:00\"}}}", true},
    {"a number is no moment", "{\"a\":2024}", "{\"must\":{\"key\":\"a\",\"range\":{\"gte\":\"1970-01-01T00:00:00Z\"}}}", false},
    {"a place", "{\"a\":[{\"lon\":1,\"lat\":1}]}", "{\"must\":{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":1},\"radius\":1}}}", true},
    {"a place beyond the globe", "{\"a\":{\"lon\":361,\"lat\":1}}", "{\"must\":{\"key\":\"a\",\"geo_radius\":{\"center\":{\"lon\":1,\"lat\":1},\"radius\":1}}}", false},
    {"a count", "{\"a\":[1,null]}", "{\"must\":{\"key\":\"a\",\"values_count\":{\"gte\":2}}}", true},
    {"null counts 0", "{\"a\":null}", "{\"must\":{\"key\":\"a\",\"values_count\":{\"lt\":1}}}", true},
    {"an object counts 1", "{\"a\":{\"x\":1,\"y\":2}}", "{\"must\":{\"key\":\"a\",\"values_count\":{\"gt\":1}}}", false},
    {"nothing has no count", "{}", "{\"must\":{\"key\":\"a\",\"values_count\":{\"lt\":1}}}", false},
    {"missing is empty", "{}", "{\"must\":{\"is_empty\":{\"key\":\"a\"}}}", true},
    {"null is empty", "{\"a\":null}", "{\"must\":{\"is_empty\":{\"key\":\"a\"}}}", true},
    {"[] is empty", "{\"a\":[]}", "{\"must\":{\"is_empty\":{\"key\":\"a\"}}}", true},
    {"[null] is not", "{\"a\":[null]}", "{\"must\":{\"is_empty\":{\"key\":\"a\"}}}", false},
    {"\"\" is not", "{\"a\":\"\"}", "{\"must\":{\"is_empty\":{\"key\":\"a\"}}}", false},
    {"not empty", "{\"a\":0}", "{\"must\":{\"key\":\"a\",\"is_empty\":false}}", true},
    {"null is null", "{\"a\":null}", "{\"must\":{\"is_null\":{\"key\":\"a\"}}}", true},
    {"missing is not null", "{}", "{\"must\":{\"is_null\":{\"key\":\"a\"}}}", false},
    {"null inside is not seen", "{\"a\":[null]}", "{\"must\":{\"is_null\":{\"key\":\"a\"}}}", false},
    {"but by a field's condition", "{\"a\":[null]}", "{\"must\":{\"key\":\"a\",\"is_null\":true}}", true},
    {"missing is_null:false", "{}", "{\"must\":{\"key\":\"a\",\"is_null\":false}}", true},
    {"an id", "{}", "{\"must\":{\"has_id\":[1,7]}}", true},
    {"another id", "{}", "{\"must\":{\"has_id\":[1]}}", false},
    {"a vector", "{}", "{\"must\":{\"has_vector\":\"b\"}}", true},
    {"the unnamed one", "{}", "{\"must\":{\"has_vector\":\"\"}}", true},
    {"a vector that is not there", "{}", "{\"must\":{\"has_vector\":\"a\"}}", false},
    {"one element meets the whole filter", "{\"a\":[{\"b\":1,\"c\":1},{\"b\":2,\"c\":2}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":[{\"key\":\"b\",\"match\":{\"value\":2}},{\"key\":\"c\",\"match\":{\"value\":2}}]}}}}", true},
    {"not two together", "{\"a\":[{\"b\":1,\"c\":1},{\"b\":2,\"c\":2}]}", "{\"must\":{\"nested\":{\"key\":\"a[]\",\"filter\":{\"must\":[{\"key\":\"b\",\"match\":{\"value\":1}},{\"key\":\"c\",\"match\":{\"value\":2}}]}}}}", false},
    {"an object alone is no array", "{\"a\":{\"b\":1}}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"b\",\"match\":{\"value\":1}}}}}}", false},
    {"an id inside never matches", "{\"a\":[{\"b\":1}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"has_id\":[7]}}}}}", false},
    {"so its negation does", "{\"a\":[{\"b\":1}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must_not\":{\"has_id\":[7]}}}}}", true},
    {"nor does a vector", "{\"a\":[{\"b\":1}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"has_vector\":\"\"}}}}}", false},
    {"nothing asked", "{}", "{}", true},
    {"clauses are ANDed", "{\"a\":1,\"b\":2}", "{\"must\":{\"key\":\"a\",\"match\":{\"value\":1}},\"must_not\":{\"key\":\"b\",\"match\":{\"value\":2}}}", false},
    {"should: one", "{\"a\":1}", "{\"should\":[{\"key\":\"a\",\"match\":{\"value\":1}},{\"key\":\"b\",\"match\":{\"value\":2}}]}", true},
    {"should: none", "{}", "{\"should\":[{\"key\":\"a\",\"match\":{\"value\":1}},{\"key\":\"b\",\"match\":{\"value\":2}}]}", false},
    {"an empty list is absent", "{}", "{\"should\":[]}", true},
    {"two of three", "{\"a\":1,\"b\":2}", "{\"min_should\":{\"min_count\":2,\"conditions\":[{\"key\":\"a\",\"match\":{\"value\":1}},{\"key\":\"c\",\"match\":{\"value\":3}},{\"key\":\"b\",\"match\":{\"value\":2}}]}}", true},
    {"three of three", "{\"a\":1,\"b\":2}", "{\"min_should\":{\"min_count\":3,\"conditions\":[{\"key\":\"a\",\"match\":{\"value\":1}},{\"key\":\"c\",\"match\":{\"value\":3}},{\"key\":\"b\",\"match\":{\"value\":2}}]}}", false},
    {"none of three", "{}", "{\"min_should\":{\"min_count\":0,\"conditions\":[{\"key\":\"a\",\"match\":{\"value\":1}}]}}", true},
    {"a filter in a filter", "{\"a\":1}", "{\"must_not\":{\"should\":[{\"key\":\"a\",\"match\":{\"value\":2}},{\"must_not\":{\"key\":\"a\",\"match\":{\"value\":1}}}]}}", true},
};
/* clang-format on */

#define INDEX(name, k) .key = VG_LIT_INIT(name), .kind = VG_INDEX_##k
static const vg_index declared[] = {
    {INDEX("k", KEYWORD)},
    {INDEX("i", INTEGER)},
    {INDEX("r", INTEGER), .no_lookup = true},
    {INDEX("l", INTEGER), .no_range = true},
    {INDEX("f", FLOAT)},
    {INDEX("t", TEXT)},
    {INDEX("p", TEXT), .text = {.has_phrases = true}},
    {INDEX("a[].t", TEXT)},
    {INDEX("a[].b[].k", KEYWORD)},
};
static const vg_indexes indexes = {declared, sizeof declared / sizeof *declared};

/* What an index changes, and what none does. */
/* clang-format off */
static const row indexed[] = {
    {"except sees texts only", "{\"k\":5}", "{\"must\":{\"key\":\"k\",\"match\":{\"except\":[\"x\"]}}}", false},
    {"but for a list of integers, which it does not answer", "{\"k\":\"x\"}", "{\"must\":{\"key\":\"k\",\"match\":{\"except\":[5]}}}", true},
    {"except sees integers only", "{\"i\":[\"x\",5.0]}", "{\"must\":{\"key\":\"i\",\"match\":{\"except\":[5]}}}", false},
    {"but without lookup", "{\"r\":\"x\"}", "{\"must\":{\"key\":\"r\",\"match\":{\"except\":[5]}}}", true},
    {"null inside is seen", "{\"k\":[null]}", "{\"must\":{\"is_null\":{\"key\":\"k\"}}}", true},
    {"bounds are cut to integers", "{\"i\":1}", "{\"must\":{\"key\":\"i\",\"range\":{\"lt\":1.5}}}", false},
    {"towards zero", "{\"i\":-1}", "{\"must\":{\"key\":\"i\",\"range\":{\"gt\":-1.5}}}", false},
    {"integers are compared exactly", "{\"i\":9007199254740993}", "{\"must\":{\"key\":\"i\",\"range\":{\"gt\":9007199254740992}}}", true},
    {"floats too", "{\"i\":1.25}", "{\"must\":{\"key\":\"i\",\"range\":{\"gt\":1.5,\"lt\":2}}}", true},
    {"beyond i64 there is its end", "{\"i\":9223372036854775807}", "{\"must\":{\"key\":\"i\",\"range\":{\"lt\":1e300}}}", false},
    {"not without range", "{\"l\":1}", "{\"must\":{\"key\":\"l\",\"range\":{\"lt\":1.5}}}", true},
    {"nor for floats", "{\"f\":1}", "{\"must\":{\"key\":\"f\",\"range\":{\"lt\":1.5}}}", true},
    {"all tokens, in any order", "{\"t\":\"Hello big World\"}", "{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"world HELLO\"}}}", true},
    {"in any element", "{\"t\":[\"Hello\",5,\"World\"]}", "{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"world hello\"}}}", true},
    {"not all", "{\"t\":\"Hello\"}", "{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"world hello\"}}}", false},
    {"whole words", "{\"t\":\"Hello\"}", "{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"Hell\"}}}", false},
    {"no tokens are nowhere", "{\"t\":\"Hello\"}", "{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"\"}}}", false},
    {"a phrase needs phrases", "{\"t\":\"Hello, World\"}", "{\"must\":{\"key\":\"t\",\"match\":{\"phrase\":\"hello world\"}}}", false},
    {"a phrase", "{\"p\":\"Hello, World\"}", "{\"must\":{\"key\":\"p\",\"match\":{\"phrase\":\"hello world\"}}}", true},
    {"not over two elements", "{\"p\":[\"Hello\",\"World\"]}", "{\"must\":{\"key\":\"p\",\"match\":{\"phrase\":\"hello world\"}}}", false},
    {"inside a nested object", "{\"a\":[{\"t\":\"Hello World\"}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"world\"}}}}}}", true},
    {"tokens of one object", "{\"a\":[{\"t\":\"Hello\"},{\"t\":\"World\"}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"t\",\"match\":{\"text\":\"hello world\"}}}}}}", false},
    {"two levels down", "{\"a\":[{\"b\":[{\"k\":5}]}]}", "{\"must\":{\"nested\":{\"key\":\"a[]\",\"filter\":{\"must\":{\"nested\":{\"key\":\"b\",\"filter\":{\"must\":{\"key\":\"k\",\"match\":{\"except\":[\"x\"]}}}}}}}}}", false},
    {"another key inside", "{\"a\":[{\"k\":5}]}", "{\"must\":{\"nested\":{\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"k\",\"match\":{\"except\":[\"x\"]}}}}}}", true},
};
/* clang-format on */

static const vg_json *read_json(vg_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *at = vg_arena_take_zero(arena, 1, len + VG_JSON_PAD);

    return vg_json_read(arena, vg_slice_of(memcpy(at, text, len), len), VG_JSON_DEPTH, NULL);
}

static bool read_id(vg_arena *arena, const vg_json *v, vg_point_id *out, vg_status *status)
{
    out->kind = VG_ID_NUM;
    return vg_json_read_u64(arena, v, &out->num, status);
}

static const vg_filter *read_filter(vg_arena *arena, const char *text)
{
    vg_status status = {0};
    const vg_filter_reader reader = {
        .arena = arena, .status = &status, .read_id = read_id, .refuses_unknown = true};
    const vg_filter *filter = NULL;

    if (!vg_filter_read(&reader, read_json(arena, text), &filter))
        fail_msg("%s: " VG_FMT, text, VG_ARG(vg_status_what(&status)));
    return filter;
}

static void must_meet(vg_arena *arena, const row *r, const vg_indexes *by)
{
    const vg_slice vectors[] = {VG_LIT(""), VG_LIT("b")};
    const vg_subject subject = {.id = {.kind = VG_ID_NUM, .num = 7},
                                .payload = read_json(arena, r->payload),
                                .vectors = vectors,
                                .vector_count = 2};
    const vg_ready *ready = vg_ready_make(arena, read_filter(arena, r->filter), by, NULL);

    assert_non_null(ready);
    if (vg_eval(ready, &subject) != r->meets)
        fail_msg("%s", r->says);
}

static void conditions_mean_what_facts_says(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 24);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        must_meet(arena, &rows[i], NULL);
    vg_arena_free(arena);
}

static void an_index_changes_what_it_is_known_to(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 24);

    (void)state;
    for (size_t i = 0; i < sizeof indexed / sizeof *indexed; i++)
        must_meet(arena, &indexed[i], &indexes);
    vg_arena_free(arena);
}

static void a_spent_arena_is_told(void **state)
{
    vg_arena *big = vg_arena_new(1 << 20);
    const vg_filter *filter =
        read_filter(big, "{\"must\":[{\"key\":\"p\",\"match\":{\"phrase\":\"a b c\"}},{\"nested\":{"
                         "\"key\":\"a\",\"filter\":{\"must\":{\"key\":\"b\",\"match\":{\"any\":["
                         "\"x\"]}}}}}]}");
    int failures = 0;

    (void)state;
    for (size_t cap = 64; cap < 20000; cap += 64) {
        vg_arena *arena = vg_arena_new(cap);
        vg_status status = {0};

        if (arena && !vg_ready_make(arena, filter, &indexes, &status)) {
            assert_int_equal(status.code, VG_TOO_LARGE);
            failures++;
        }
        vg_arena_free(arena);
    }
    assert_true(failures > 0);
    vg_arena_free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_mean_what_facts_says),
        cmocka_unit_test(an_index_changes_what_it_is_known_to),
        cmocka_unit_test(a_spent_arena_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
