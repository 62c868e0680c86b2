/* Number arrays: every way of checking them gives the same verdict at the same byte. */
#include "vecgate/json.h"

#include "base/json_numbers.h"
#include "tests/support/chance.h"
#include "tests/unit/base/unit.h"

enum { ROOM = 4096 };

static char text[ROOM + VG_JSON_PAD];

static void expect_verdict(const char *says, const vg_numbers_way *way, const char *array,
                           long stop)
{
    size_t len = strlen(array);
    vg_numbers out = {0};
    bool good;

    /* The padding must not matter: it looks like more of the same. */
    memset(text, '1', sizeof(text));
    memcpy(text, array, len);
    good = way->scan(text + 1, text + len, &out);
    if (good != (stop < 0))
        fail_msg("%s: %s took it for %s", says, way->name, good ? "good" : "wrong");
    if (!good && out.stop - text != stop)
        fail_msg("%s: %s stopped at %td, not at %ld", says, way->name, out.stop - text, stop);
    if (good && out.stop != text + len - 1)
        fail_msg("%s: %s missed the end", says, way->name);
}

static const struct {
    const char *says, *array;
    long stop; /* the first wrong byte; -1: it is good */
} rows[] = {
    {"one number", "[1]", -1},
    {"each form", "[0,-0,10,-1.5,0.25,1e5,1E5,1e+5,1E-05,-0.0e0]", -1},
    {"blanks everywhere", "[ \t\n\r1 \t\n\r, \t\n\r2 \t\n\r]", -1},
    {"no number", "[]", 1},
    {"only a blank", "[ ]", 2},
    {"a comma first", "[,1]", 1},
    {"a comma last", "[1,]", 3},
    {"two commas", "[1,,2]", 3},
    {"two numbers, no comma", "[1 2]", 3},
    {"a zero before digits", "[01]", 2},
    {"a minus, a zero, digits", "[-01]", 3},
    {"two zeros", "[00]", 2},
    {"a minus alone", "[-]", 2},
    {"two minuses", "[--1]", 2},
    {"a minus inside", "[1-2]", 2},
    {"a plus first", "[+1]", 1},
    {"a dot first", "[.5]", 1},
    {"a dot after the sign", "[-.5]", 2},
    {"a dot last", "[1.]", 3},
    {"two dots", "[1..2]", 3},
    {"a dot in the fraction", "[1.2.3]", 4},
    {"a dot in the exponent", "[1e2.3]", 4},
    {"an e first", "[e5]", 1},
    {"an e after the dot", "[1.e5]", 3},
    {"an e last", "[1e]", 3},
    {"two es", "[1e5e5]", 4},
    {"a sign last", "[1e+]", 4},
    {"two signs", "[1e+-5]", 4},
    {"a plus after the exponent", "[1e5+1]", 4},
    {"a minus after the exponent", "[1e5-1]", 4},
    {"a blank after the minus", "[- 1]", 2},
    {"a blank before the dot", "[1 .5]", 3},
    {"a blank in the exponent", "[1e 5]", 3},
    {"a string", "[1,\"a\"]", 3},
    {"an array", "[1,[2]]", 3},
    {"a word", "[1,null]", 3},
    {"a letter in a number", "[1x]", 2},
    {"NaN", "[NaN]", 1},
    {"a brace for a bracket", "[1}", 2},
    {"a NUL", "[1,\x01]", 3},
    {"another blank", "[1,\v2]", 3},
    {"no end", "[1", 2},
    {"no end after a comma", "[1,", 3},
    {"no end after a minus", "[-", 2},
    {"a high byte",
     "[1,\xc2\xa0"
     "2]",
     3},
};

static void every_way_finds_the_first_wrong_byte(void **state)
{
    const vg_numbers_way *way;

    (void)state;
    for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++) {
        printf("%s\n", way->name);
        for (size_t i = 0; i < ROWS(rows); i++)
            expect_verdict(rows[i].says, way, rows[i].array, rows[i].stop);
    }
}

/* The array of a row behind a long number, so that it begins at byte `before`. */
static void make_shifted(char *to, size_t before, const char *array)
{
    memset(to, '7', before);
    to[0] = '[';
    to[before - 1] = before == 2 ? ' ' : ','; /* nothing but a blank is a shift, too */
    memcpy(to + before, array + 1, strlen(array));
}

static void expect_row_anywhere(const vg_numbers_way *way, size_t row)
{
    char array[256];

    for (size_t before = 2; before < 140; before++) {
        make_shifted(array, before, rows[row].array);
        expect_verdict(rows[row].says, way, array,
                       rows[row].stop < 0 ? -1 : rows[row].stop - 1 + (long)before);
    }
}

static void borders_between_blocks_change_nothing(void **state)
{
    const vg_numbers_way *way;

    (void)state;
    for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++)
        for (size_t i = 0; i < ROWS(rows); i++)
            expect_row_anywhere(way, i);
}

/* A run of digits may fill whole blocks; what it is must not be forgotten over them. */
static void long_runs_of_digits_keep_their_meaning(void **state)
{
    static const struct {
        const char *says, *before, *behind;
        bool good;
    } runs[] = {
        {"an integer", "[1", "]", true},           {"a dot may end an integer", "[1", ".5]", true},
        {"so may an exponent", "[1", "e5]", true}, {"a fraction has no dot", "[1.", ".5]", false},
        {"but an exponent", "[1.", "e5]", true},   {"an exponent has no dot", "[1e", ".5]", false},
        {"nor another", "[1e+", "e5]", false},
    };
    const vg_numbers_way *way;
    char array[256];

    (void)state;
    for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++)
        for (size_t n = 1; n < 200 * ROWS(runs); n++) {
            size_t row = n % ROWS(runs);
            int len = snprintf(array, sizeof(array), "%s%0*d%s", runs[row].before,
                               (int)(n / ROWS(runs)) + 1, 7, runs[row].behind);
            size_t tail = strlen(runs[row].behind);

            expect_verdict(runs[row].says, way, array, runs[row].good ? -1 : len - (long)tail);
        }
}

static void numbers_are_counted(void **state)
{
    const vg_numbers_way *way;
    vg_numbers out;

    (void)state;
    for (size_t w = 0; (way = vg_numbers_ways(w)) != NULL; w++)
        for (size_t n = 1; n < 200; n++) {
            size_t len = 0;

            for (size_t i = 0; i < n; i++)
                len += (size_t)snprintf(text + len, 8, i % 3 ? "%zu, " : "%zu,", i);
            while (text[len - 1] != ',')
                len--;
            memset(text + len, ',', VG_JSON_PAD);
            text[len - 1] = ']';
            assert_true(way->scan(text, text + len, &out));
            assert_int_equal(out.count, n);
        }
}

/* ---- by chance ---- */

static size_t make_array(void)
{
    static const char pieces[][8] = {"0",  "1",   "-",   "12345678", ".5", ",",  ", ", "e",
                                     "E-", "e+1", "0.1", "9",        " ",  "\n", "1,", "0.25,"};
    size_t len = 0;
    bool is_wild = chance_below(2) == 0;

    text[len++] = '[';
    for (size_t n = chance_below(60); n > 0; n--) {
        const char *piece = pieces[chance_below(ROWS(pieces))];
        size_t size = strnlen(piece, sizeof(pieces[0]));

        if (!is_wild) { /* most of the time something that goes on for long */
            len += (size_t)snprintf(text + len, 32, "%g%s", (double)(int64_t)chance_next() / 1e17,
                                    chance_below(4) ? "," : " ,\n");
            continue;
        }
        memcpy(text + len, piece, size);
        len += size;
    }
    if (!is_wild)
        text[len++] = '5';
    text[len++] = ']';
    if (chance_below(4) == 0)
        text[chance_below(len)] = (char)chance_next();
    return len;
}

static void all_ways_agree_on_anything(void **state)
{
    size_t good = 0;

    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 200000; i++) {
        size_t len = make_array();
        const vg_numbers_way *way;
        vg_numbers first, other;
        bool verdict;

        for (size_t p = 0; p < VG_JSON_PAD; p++)
            text[len + p] = "1,]e- .\"0"[chance_below(9)];
        verdict = vg_numbers_ways(0)->scan(text + 1, text + len, &first);
        good += verdict;
        for (size_t w = 1; (way = vg_numbers_ways(w)) != NULL; w++) {
            if (way->scan(text + 1, text + len, &other) != verdict || other.stop != first.stop)
                fail_msg("%s: %.*s", way->name, (int)len, text);
            if (verdict)
                assert_int_equal(other.count, first.count);
        }
    }
    assert_in_range(good, 20000, 180000); /* or the test tests nothing */
}

static void a_slice_must_be_the_array_and_nothing_else(void **state)
{
    static const struct {
        const char *array;
        size_t bad_at; /* SIZE_MAX: it is good */
    } checks[] = {
        {"[1,2]", SIZE_MAX}, {"", 0}, {"1", 0}, {" [1]", 0}, {"[1] ", 3}, {"[1]]", 3}, {"[1,x]", 3},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(checks); i++) {
        size_t count = 0, bad_at = SIZE_MAX;
        size_t len = strlen(checks[i].array);

        memset(text, ']', sizeof(text));
        memcpy(text, checks[i].array, len);
        expect(checks[i].array, vg_json_check_numbers(vg_slice_of(text, len), &count, &bad_at) ==
                                    (checks[i].bad_at == SIZE_MAX));
        expect(checks[i].array, bad_at == checks[i].bad_at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_finds_the_first_wrong_byte),
        cmocka_unit_test(borders_between_blocks_change_nothing),
        cmocka_unit_test(long_runs_of_digits_keep_their_meaning),
        cmocka_unit_test(numbers_are_counted),
        cmocka_unit_test(all_ways_agree_on_anything),
        cmocka_unit_test(a_slice_must_be_the_array_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
