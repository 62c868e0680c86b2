/* Matches of one field become one, and nothing else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filter/fold.h"
#include "tests/support/say_filter.h"

/* As short as can be: a field is a letter, a value a text, an integer or a truth. */
#define TEXT(k, v)                                                        \
    {                                                                     \
        .test = VG_TEST_MATCH_VALUE, .key = VG_LIT_INIT(k), .as.value = { \
            .kind = VG_MATCH_TEXT,                                        \
            .text = VG_LIT_INIT(v)                                        \
        }                                                                 \
    }
#define WHOLE(k, v)                                                       \
    {                                                                     \
        .test = VG_TEST_MATCH_VALUE, .key = VG_LIT_INIT(k), .as.value = { \
            .kind = VG_MATCH_INTEGER,                                     \
            .integer = (v)                                                \
        }                                                                 \
    }
#define TRUTH(k, v)                                                       \
    {                                                                     \
        .test = VG_TEST_MATCH_VALUE, .key = VG_LIT_INIT(k), .as.value = { \
            .kind = VG_MATCH_BOOL,                                        \
            .integer = (v)                                                \
        }                                                                 \
    }
#define LIST(t, k, values, n)                                                         \
    {                                                                                 \
        .test = VG_TEST_MATCH_##t, .key = VG_LIT_INIT(k), .as.list = {(values), (n) } \
    }
#define OTHER(k)                                                                             \
    {                                                                                        \
        .test = VG_TEST_RANGE, .key = VG_LIT_INIT(k), .as.range = {.has_gt = true, .gt = 1 } \
    }

enum { MOST = 8 };

static const vg_match_value texts[] = {{.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("x")},
                                       {.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("y")}};
static const vg_match_value mixed[] = {{.kind = VG_MATCH_TEXT, .text = VG_LIT_INIT("x")},
                                       {.kind = VG_MATCH_INTEGER, .integer = 1}};

static const struct row {
    const char *says;
    vg_condition at[MOST];
    uint32_t count;
    const char *folded;
} rows[] = {
    {"nothing", {OTHER("a")}, 0, "{}"},
    {"one", {TEXT("a", "p")}, 1, "{should(a value \"p\")}"},
    {"texts of a field",
     {TEXT("a", "p"), TEXT("a", "q"), TEXT("a", "p")},
     3,
     "{should(a any [\"p\",\"q\",\"p\"])}"},
    {"integers of a field", {WHOLE("a", 1), WHOLE("a", -2)}, 2, "{should(a any [1,-2])}"},
    {"kinds stay apart", {TEXT("a", "1"), WHOLE("a", 1)}, 2, "{should(a value \"1\"; a value 1)}"},
    {"truths stay alone",
     {TRUTH("a", 1), TRUTH("a", 0)},
     2,
     "{should(a value true; a value false)}"},
    {"each field has its own",
     {WHOLE("b", 1), WHOLE("a", 2), WHOLE("b", 3), WHOLE("a", 4), WHOLE("c", 5)},
     5,
     "{should(a any [2,4]; b any [1,3]; c value 5)}"},
    {"a field that begins alike",
     {TEXT("a", "p"), TEXT("ab", "p")},
     2,
     "{should(a value \"p\"; ab value \"p\")}"},
    {"lists join",
     {LIST(ANY, "a", texts, 2), TEXT("a", "p")},
     2,
     "{should(a any [\"x\",\"y\",\"p\"])}"},
    {"mixed lists do not",
     {LIST(ANY, "a", mixed, 2), TEXT("a", "p")},
     2,
     "{should(a any [\"x\",1]; a value \"p\")}"},
    {"nor empty ones",
     {LIST(ANY, "a", texts, 0), TEXT("a", "p")},
     2,
     "{should(a any []; a value \"p\")}"},
    {"nor what is excepted",
     {LIST(EXCEPT, "a", texts, 1), LIST(EXCEPT, "a", texts, 2)},
     2,
     "{should(a except [\"x\"]; a except [\"x\",\"y\"])}"},
    {"other tests stay",
     {OTHER("a"), TEXT("a", "p"), OTHER("a"), TEXT("a", "q")},
     4,
     "{should(a range  gt=1; a range  gt=1; a any [\"p\",\"q\"])}"},
};

static void must_fold(vg_arena *arena, const struct row *r)
{
    vg_filter folded = {0};
    vg_buf text;

    assert_true(vg_fold_any(arena, &(vg_clause){r->at, r->count}, &folded.should));
    vg_buf_init(&text, 0);
    say_filter(&text, arena, &folded);
    if (!vg_slice_is_str(vg_buf_bytes(&text), r->folded))
        fail_msg("%s: " VG_FMT, r->says, VG_ARG(vg_buf_bytes(&text)));
    vg_buf_fini(&text);
}

static void matches_of_one_field_become_one(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        must_fold(arena, &rows[i]);
    vg_arena_free(arena);
}

static void a_spent_arena_is_told(void **state)
{
    const struct row *r = &rows[2];
    int failures = 0;

    (void)state;
    for (size_t cap = 16; cap < 2000; cap += 16) {
        vg_arena *arena = vg_arena_new(cap);
        vg_clause out;

        failures += arena && !vg_fold_any(arena, &(vg_clause){r->at, r->count}, &out);
        vg_arena_free(arena);
    }
    assert_true(failures > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_of_one_field_become_one),
        cmocka_unit_test(a_spent_arena_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
