/* The word that was probably meant, or none. */
#include "base/nearest.h"
#include "tests/unit/base/unit.h"

static const char *const words[] = {"vector",       "limit", "offset", "score_threshold",
                                    "with_payload", "id",    "exact",  "from"};

static const struct row {
    const char *says;
    const char *word;
    const char *want; /* NULL: none */
} rows[] = {
    {"a letter left out", "vecto", "vector"},
    {"a letter too many", "limitt", "limit"},
    {"another letter", "offsat", "offset"},
    {"neighbours in the wrong order", "vetcor", "vector"},
    {"two slips", "ofset_", "offset"},
    {"the plural", "vectors", "vector"},
    {"a long word may have more slips", "scorethreshhold", "score_threshold"},
    {"a dash for a line", "with-payload", "with_payload"},
    {"another case", "Limit", "limit"},
    {"too far", "velocity", NULL},
    {"nothing alike", "banana", NULL},
    {"a short word is not all slips", "xy", NULL},
    {"no word", "", NULL},
    {"longer than any slip",
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
};

static void a_slip_finds_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const char *near = vg_nearest(vg_slice_str(rows[i].word), words, ROWS(words));

        if (rows[i].want == NULL ? near != NULL : near == NULL || strcmp(near, rows[i].want) != 0)
            fail_msg("%s: \"%s\" gave %s", rows[i].says, rows[i].word, near ? near : "nothing");
    }
}

static void the_nearer_of_two_wins_and_then_the_first(void **state)
{
    static const char *const two[] = {"point", "points", "paints"};

    (void)state;
    assert_string_equal(vg_nearest(VG_LIT("pointss"), two, 3), "points");
    assert_string_equal(vg_nearest(VG_LIT("pointe"), two, 3), "point");
}

static void a_known_word_too_long_to_compare_is_passed_over(void **state)
{
    static const char *const odd[] = {
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "limit"};

    (void)state;
    assert_string_equal(vg_nearest(VG_LIT("limits"), odd, 2), "limit");
    assert_null(vg_nearest(VG_LIT("limits"), NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_finds_its_word),
        cmocka_unit_test(the_nearer_of_two_wins_and_then_the_first),
        cmocka_unit_test(a_known_word_too_long_to_compare_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
