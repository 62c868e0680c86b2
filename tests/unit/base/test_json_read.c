/* Reading JSON: what a document becomes, and where each fault is found. */
#include <stdlib.h>

#include "vecgate/json.h"

#include "tests/support/failing_malloc.h"
#include "tests/unit/base/unit.h"

enum { ROOM = 1 << 16 };

static char source[ROOM + VG_JSON_PAD];
static vg_arena *arena;
static vg_status status;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_free(arena);
    return 0;
}

/* What stands behind the text, and must not matter. */
static char padding = '1';

static const vg_json *read_slice(vg_slice text)
{
    memset(source, padding, sizeof(source));
    memcpy(source, text.at, text.len);
    status = (vg_status){0};
    return vg_json_read(arena, vg_slice_of(source, text.len), VG_JSON_DEPTH, &status);
}

static const vg_json *read_text(const char *text)
{
    return read_slice(vg_slice_str(text));
}

static const struct {
    const char *says, *text, *what;
} faults[] = {
    {"nothing", "", "expected a value at line 1 column 1"},
    {"only blanks", " \n\t", "expected a value at line 2 column 2"},
    {"two values", "1 2", "expected the end of the text at line 1 column 3"},
    {"a comma behind", "{},", "expected the end of the text at line 1 column 3"},
    {"a bracket behind", "[]]", "expected the end of the text at line 1 column 3"},
    {"a form feed is no blank", "\f1", "expected a value at line 1 column 1"},
    {"a byte order mark", "\xef\xbb\xbf{}", "expected a value at line 1 column 1"},
    {"a comment", "/**/1", "expected a value at line 1 column 1"},
    {"half a word", "tru", "expected a value at line 1 column 1"},
    {"a wrong word", "nulL", "expected a value at line 1 column 1"},
    {"a word that goes on", "truex", "expected the end of the text at line 1 column 5"},
    {"single quotes", "'a'", "expected a value at line 1 column 1"},
    {"NaN", "NaN", "expected a value at line 1 column 1"},
    {"infinity", "-Infinity", "expected a digit at line 1 column 2"},
    {"a plus", "+1", "expected a value at line 1 column 1"},
    {"a minus alone", "-", "the number does not end at line 1 column 2"},
    {"a zero before a digit", "01", "expected the end of the text at line 1 column 2"},
    {"a dot first", ".5", "expected a value at line 1 column 1"},
    {"a dot last", "5.", "the number does not end at line 1 column 3"},
    {"a letter in the fraction", "5.x", "expected a digit at line 1 column 3"},
    {"no exponent", "5e", "the number does not end at line 1 column 3"},
    {"hex", "0x10", "expected the end of the text at line 1 column 2"},
    {"an array without an end", "[", "expected a value at line 1 column 2"},
    {"an array without a bracket", "[1", "expected `,` or `]` at line 1 column 3"},
    {"a comma last", "[1,]", "expected a value at line 1 column 4"},
    {"a comma first", "[,1]", "expected a value at line 1 column 2"},
    {"no comma", "[1 2]", "expected `,` or `]` at line 1 column 4"},
    {"the wrong bracket", "[1}", "expected `,` or `]` at line 1 column 3"},
    {"a long array with a fault in it",
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,2.]",
     "expected a digit at line 1 column 67"},
    {"an object without an end", "{", "expected a name in quotes at line 1 column 2"},
    {"a bare name", "{a:1}", "expected a name in quotes at line 1 column 2"},
    {"a number for a name", "{1:1}", "expected a name in quotes at line 1 column 2"},
    {"no colon", "{\"a\" 1}", "expected `:` at line 1 column 6"},
    {"no value", "{\"a\":}", "expected a value at line 1 column 6"},
    {"no value and no end", "{\"a\":", "expected a value at line 1 column 6"},
    {"a comma last in an object", "{\"a\":1,}", "expected a name in quotes at line 1 column 8"},
    {"the wrong brace", "{\"a\":1]", "expected `,` or `}` at line 1 column 7"},
    {"on the third line", "{\n \"a\": 1,\n \"b\": x\n}", "expected a value at line 3 column 7"},
    {"a string without an end", "\"abc", "the string does not end at line 1 column 5"},
    {"it ends in an escape", "\"abc\\", "the string does not end at line 1 column 6"},
    {"its end is escaped", "\"abc\\\"", "the string does not end at line 1 column 7"},
    {"a line feed in a string", "\"a\nb\"", "a control byte must be escaped at line 1 column 3"},
    {"a tab in a name", "{\"a\tb\":1}", "a control byte must be escaped at line 1 column 4"},
    {"an unknown escape", "\"ab\\x\"", "unknown escape at line 1 column 4"},
    {"an escaped line feed", "\"ab\\\n\"", "unknown escape at line 1 column 4"},
    {"a short \\u", "\"\\u12\"", "expected four hex digits at line 1 column 2"},
    {"a \\u without hex", "\"\\u12g4\"", "expected four hex digits at line 1 column 2"},
    {"a high surrogate alone", "\"a\\ud800\"", "lone surrogate at line 1 column 3"},
    {"a high surrogate and a letter", "\"\\ud800abcdef\"", "lone surrogate at line 1 column 2"},
    {"two high surrogates", "\"\\ud800\\ud800\"", "lone surrogate at line 1 column 2"},
    {"a low surrogate alone", "\"\\udc00\"", "lone surrogate at line 1 column 2"},
    {"two low surrogates", "\"\\udc00\\udc00\"", "lone surrogate at line 1 column 2"},
    {"a low surrogate after a short one", "\"\\ud800\\udc0\"", "lone surrogate at line 1 column 2"},
    {"not UTF-8", "\"abc\xff\"", "not UTF-8 at line 1 column 5"},
    {"a character cut in two", "\"\xe2\x82\"", "not UTF-8 at line 1 column 2"},
    {"an overlong form", "\"\xc0\xaf\"", "not UTF-8 at line 1 column 2"},
    {"a surrogate in UTF-8", "\"\xed\xa0\x80\"", "not UTF-8 at line 1 column 2"},
    {"not UTF-8 behind an escape", "\"\\\xff\"", "unknown escape at line 1 column 2"},
    {"not UTF-8 in a long name", "{\"0123456789012345678901234567890123456789\x80\":1}",
     "not UTF-8 at line 1 column 43"},
    {"high bytes outside of strings", "[1,ä]", "expected a value at line 1 column 4"},
};

static void expect_faults(void)
{
    for (size_t i = 0; i < ROWS(faults); i++) {
        expect(faults[i].says, read_text(faults[i].text) == NULL);
        assert_int_equal(status.code, VG_FORMAT);
        expect_text(faults[i].says, status.what, faults[i].what);
    }
}

static void every_fault_is_found_at_its_byte(void **state)
{
    static const char paddings[] = "1\"],}: \n.e-\\u0\xff";

    (void)state;
    for (size_t i = 0; i < sizeof(paddings); i++) { /* the NUL too */
        padding = paddings[i];
        expect_faults();
    }
    padding = '1';
    assert_null(read_slice(VG_LIT("1\0"))); /* a NUL is no blank */
    assert_null(read_slice(VG_LIT("\"a\0b\"")));
}

static void a_fault_in_a_number_array_is_where_the_elements_say(void **state)
{
    static const char *const texts[] = {"[1,2,", "[1.5,-]", "[1,2 3]", "[1e]", "[01]", "[1,]"};

    (void)state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        const char *shown;
        char longer[100];

        assert_null(read_text(texts[i]));
        shown = status.what.at;
        snprintf(longer, sizeof(longer), "[\"\",%s", texts[i] + 1); /* never a vector */
        assert_null(read_text(longer));
        assert_int_equal(strtol(strstr(shown, "column") + 7, NULL, 10) + 3,
                         strtol(strstr(status.what.at, "column") + 7, NULL, 10));
    }
}

static void strings_are_decoded(void **state)
{
    static const struct {
        const char *says, *text;
        vg_slice value;
    } rows[] = {
        {"plain", "\"abc\"", VG_LIT_INIT("abc")},
        {"empty", "\"\"", VG_LIT_INIT("")},
        {"every letter", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", VG_LIT_INIT("\"\\/\b\f\n\r\t")},
        {"unicode", "\"\\u0041\\u00e4\\u20AC\"", VG_LIT_INIT("Aä€")},
        {"a pair", "\"\\uD83D\\uDE00\"", VG_LIT_INIT("😀")},
        {"NUL", "\"a\\u0000b\"", VG_LIT_INIT("a\0b")},
        {"UTF-8 as it is", "\"aä€😀\"", VG_LIT_INIT("aä€😀")},
        {"DEL is no control byte here", "\"\x7f\"", VG_LIT_INIT("\x7f")},
        {"escapes among long texts",
         "\"0123456789012345678901234567890123456789ä\\n0123456789012345678901234567890123456789\"",
         VG_LIT_INIT("0123456789012345678901234567890123456789ä\n0123456789012345678901234567890123"
                     "456789")},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        const vg_json *v = read_text(rows[i].text);

        expect(rows[i].says, v != NULL && v->kind == VG_JSON_STRING);
        expect(rows[i].says, vg_slice_is(v->text, rows[i].value));
        expect_text(rows[i].says, v->raw, rows[i].text);
    }
}

/* Strings of every length, at every place relative to the window that looks for their end. */
static void the_end_of_a_string_is_found_wherever_it_is(void **state)
{
    char text[400];

    (void)state;
    for (int before = 0; before < 70; before++)
        for (int len = 0; len < 150; len += 1 + len / 20) {
            const vg_json *v;
            int n = snprintf(text, sizeof(text), "%*s[\"%0*d\",\"%s\"]", before, "", len + 1, 0,
                             len % 2 ? "x" : "\\n");

            v = read_slice(vg_slice_of(text, (size_t)n));
            assert_non_null(v);
            assert_int_equal(v->first->text.len, len + 1);
            expect_text("the next one", v->first->next->text, len % 2 ? "x" : "\n");
        }
}

static void a_document_becomes_a_tree(void **state)
{
    const vg_json *v =
        read_text(" {\"a\" : [1, 2.5,-3e1] ,\"b\":{\"c\":[true,null,{}]},\"d\":\"x\"} ");
    const vg_json *a, *c;

    (void)state;
    assert_non_null(v);
    assert_int_equal(v->kind, VG_JSON_OBJECT);
    assert_int_equal(v->count, 3);
    assert_null(v->parent);
    a = vg_json_get(v, VG_LIT("a"));
    assert_int_equal(a->kind, VG_JSON_VECTOR);
    assert_int_equal(a->count, 3);
    assert_null(a->first);
    expect_text("a vector is one slice", a->raw, "[1, 2.5,-3e1]");
    expect_text("its numbers", vg_json_number_at(a, 2), "-3e1");
    assert_int_equal(vg_json_number_at(a, 3).len, 0);
    c = vg_json_get(vg_json_get(v, VG_LIT("b")), VG_LIT("c"));
    assert_int_equal(c->kind, VG_JSON_ARRAY);
    assert_int_equal(c->count, 3);
    assert_int_equal(c->first->kind, VG_JSON_TRUE);
    assert_int_equal(c->first->next->next->kind, VG_JSON_OBJECT);
    assert_ptr_equal(c->first->parent, c);
    expect_text("raw of an object", c->parent->raw, "{\"c\":[true,null,{}]}");
    assert_null(vg_json_get(v, VG_LIT("e")));
    assert_null(vg_json_get(a, VG_LIT("a")));
    assert_null(vg_json_get(NULL, VG_LIT("a")));
}

static void mixed_and_empty_arrays_are_no_vectors(void **state)
{
    const vg_json *v = read_text("[[],[ ],[1,\"a\"],[[1]],[1,[2]],[1]]");
    static const vg_json_kind kinds[] = {VG_JSON_ARRAY, VG_JSON_ARRAY, VG_JSON_ARRAY,
                                         VG_JSON_ARRAY, VG_JSON_ARRAY, VG_JSON_VECTOR};
    static const uint32_t counts[] = {0, 0, 2, 1, 2, 1};
    size_t i = 0;

    (void)state;
    assert_non_null(v);
    for (v = v->first; v != NULL; v = v->next, i++) {
        assert_int_equal(v->kind, kinds[i]);
        assert_int_equal(v->count, counts[i]);
    }
    assert_int_equal(i, 6);
}

static void the_last_of_a_repeated_name_counts_and_the_repetition_is_told(void **state)
{
    const vg_json *v = read_text("{\"a\":1,\"b\":2,\"\\u0061\":3,\"b\":4}");

    (void)state;
    expect_text("the last", vg_json_get(v, VG_LIT("a"))->raw, "3");
    expect_text("the first that comes again", vg_json_repeated(v)->raw, "3");
    assert_null(vg_json_repeated(read_text("{\"a\":1,\"b\":2}")));
    assert_null(vg_json_repeated(read_text("[1]")));
}

static void repetitions_are_found_among_many_names_with_or_without_memory(void **state)
{
    char text[8000] = "{";
    size_t len = 1;

    (void)state;
    for (int i = 0; i < 500; i++)
        len += (size_t)snprintf(text + len, 20, "\"%d\":0,", i);
    len += (size_t)snprintf(text + len, 20, "\"%d\":1}", 250);
    expect_text("found", vg_json_repeated(read_slice(vg_slice_of(text, len)))->raw, "1");
    for (size_t n = 1; n <= 6; n++) {
        const vg_json *v = read_slice(vg_slice_of(text, len));

        failing_malloc_set(n);
        v = vg_json_repeated(v);
        failing_malloc_set(0);
        expect_text("found without memory", v->raw, "1");
    }
    text[len - 6] = 'x';
    assert_null(vg_json_repeated(read_slice(vg_slice_of(text, len))));
}

static void depth_has_a_bound(void **state)
{
    static const struct {
        const char *says;
        int max_depth, depth;
        bool good;
    } rows[] = {
        {"a bare number needs none", 0, 0, true},
        {"an array needs one", 0, 1, false},
        {"as deep as allowed", 5, 5, true},
        {"one deeper", 5, 6, false},
        {"as deep as ever", 64, 64, true},
        {"one deeper than ever", 64, 65, false},
        {"more cannot be asked for", 1000, 65, false},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t depth = (size_t)rows[i].depth;

        for (int vector = 0; vector < 2; vector++) {
            memset(source, '[', depth);
            source[depth] = '7';
            memset(source + depth + 1, ']', depth);
            if (!vector && depth > 0)
                memcpy(source + depth - 1, "{ }", 3);
            status = (vg_status){0};
            expect(rows[i].says,
                   (vg_json_read(arena, vg_slice_of(source, 2 * depth + 1), rows[i].max_depth,
                                 &status) != NULL) == rows[i].good);
            if (!rows[i].good)
                expect(rows[i].says, vg_slice_starts(status.what, VG_LIT("nested too deep")));
        }
    }
}

static void too_small_an_arena_is_told_and_leaks_nothing(void **state)
{
    static const char text[] = "{\"a\":[\"\\u00e4\\n\",{\"b\":[1,2,{\"c\":[[[[]]]]}]}],\"d\\t\":"
                               "[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}";
    size_t refused = 0;

    (void)state;
    memcpy(source, text, sizeof(text) - 1);
    for (size_t cap = 64; cap < 20000; cap += 16) {
        vg_arena *small = vg_arena_new(cap);
        const vg_json *v;

        status = (vg_status){0};
        v = vg_json_read(small, vg_slice_of(source, sizeof(text) - 1), VG_JSON_DEPTH, &status);
        if (v == NULL) {
            assert_int_equal(status.code, VG_TOO_LARGE);
            assert_true(vg_arena_is_spent(small));
            refused++;
        }
        vg_arena_free(small);
    }
    assert_in_range(refused, 10, 1000);
}

static void long_documents_need_little(void **state)
{
    size_t len = 1;
    vg_arena *small = vg_arena_new(4096);

    (void)state;
    source[0] = '[';
    for (int i = 0; i < 5000; i++)
        len += (size_t)snprintf(source + len, 16, "0.%d,", i);
    source[len - 1] = ']';
    assert_non_null(vg_json_read(small, vg_slice_of(source, len), VG_JSON_DEPTH, NULL));
    vg_arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_found_at_its_byte),
        cmocka_unit_test(a_fault_in_a_number_array_is_where_the_elements_say),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(the_end_of_a_string_is_found_wherever_it_is),
        cmocka_unit_test(a_document_becomes_a_tree),
        cmocka_unit_test(mixed_and_empty_arrays_are_no_vectors),
        cmocka_unit_test(the_last_of_a_repeated_name_counts_and_the_repetition_is_told),
        cmocka_unit_test(repetitions_are_found_among_many_names_with_or_without_memory),
        cmocka_unit_test(depth_has_a_bound),
        cmocka_unit_test(too_small_an_arena_is_told_and_leaks_nothing),
        cmocka_unit_test(long_documents_need_little),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
