/* The tokenizer: what words are, which are dropped, how they are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter/token.h"

#define WORD         .tokenizer = VG_TOKENIZER_WORD
#define WHITESPACE   .tokenizer = VG_TOKENIZER_WHITESPACE
#define PREFIX       .tokenizer = VG_TOKENIZER_PREFIX
#define MULTILINGUAL .tokenizer = VG_TOKENIZER_MULTILINGUAL

static const struct {
    const char *says;
    vg_text_options options;
    const char *text;
    const char *tokens; /* of a query, as they are compared, each followed by | */
} rows[] = {
    {"words end at all that is neither letter nor digit",
     {WORD},
     "Don't panic, x1!",
     "don|t|panic|x1|"},
    {"letters of any script", {WORD}, "Ключ ÜBER 名前", "ключ|über|名前|"},
    {"digits of any script", {WORD}, "٣٤ 12", "٣٤|12|"},
    {"nothing", {WORD}, "", ""},
    {"nothing but marks", {WORD}, " ,.-\xe2\x80\x93 ", ""},
    {"white space alone parts",
     {WHITESPACE},
     "Don't  panic,\tx-1\xe3\x80\x80y",
     "don't|panic,|x-1|y|"},
    {"blanks that do not break part",
     {WHITESPACE},
     "a\xc2\xa0"
     "b",
     "a|b|"},
    {"case is kept when it is to be", {WORD, .keeps_case = true}, "Don't ÜBER", "Don|t|ÜBER|"},
    {"short ones are dropped", {WORD, .min_token_len = 2}, "a bb ü üü ccc", "bb|üü|ccc|"},
    {"long ones are dropped", {WORD, .max_token_len = 2}, "a bb üüü ccc", "a|bb|"},
    {"a query's word is one beginning", {PREFIX}, "Hello wor", "hello|wor|"},
    {"the longest there is", {PREFIX, .max_token_len = 3}, "Hello üüüü wo", "hel|üüü|wo|"},
    {"or none", {PREFIX, .min_token_len = 3}, "Hello wo", "hello|"},
    {"characters of scripts without blanks",
     {MULTILINGUAL},
     "Tokyo東京 タワー 3",
     "tokyo|東|京|タ|ワ|ー|3|"},
    {"and of one that has them", {MULTILINGUAL}, "Привет мир", "привет|мир|"},
};

static void texts_are_cut_into_tokens(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_slice got = VG_LIT("");
        vg_tokens tokens;

        assert_true(
            vg_tokens_read(arena, &rows[i].options, vg_slice_str(rows[i].text), true, &tokens));
        for (uint32_t t = 0; t < tokens.count; t++)
            got = vg_arena_printf(arena, VG_FMT VG_FMT "|", VG_ARG(got), VG_ARG(tokens.at[t]));
        if (!vg_slice_is_str(got, rows[i].tokens))
            fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(got));
    }
    vg_arena_free(arena);
}

static void a_nul_parts_and_what_is_no_utf_8_too(void **state)
{
    const vg_text_options options = {WHITESPACE};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_tokens tokens;

    (void)state;
    assert_true(vg_tokens_read(arena, &options,
                               VG_LIT("a\0b\xff"
                                      "c"),
                               true, &tokens));
    assert_int_equal(tokens.count, 3);
    vg_arena_free(arena);
}

static const struct {
    const char *says;
    vg_text_options options;
    const char *query, *text;
    bool meets;
} matches[] = {
    {"a phrase in its order", {WORD}, "hello world", "well, Hello World!", true},
    {"not in another", {WORD}, "world hello", "Hello World", false},
    {"nor with a word between", {WORD}, "hello world", "hello big world", false},
    {"but for one that is dropped",
     {WORD, .min_token_len = 4},
     "hello world",
     "hello big world",
     true},
    {"a beginning that was false does not hide the next", {WORD}, "a a b", "a a a b", true},
    {"cut by the end", {WORD}, "a b", "b a", false},
    {"case counts when it is kept", {WORD, .keeps_case = true}, "Hello", "hello", false},
    {"the beginning of a word", {PREFIX}, "hel", "say Hello", true},
    {"not its end", {PREFIX}, "llo", "say Hello", false},
    {"beginnings side by side", {PREFIX}, "sa hel", "say Hello", true},
    {"no longer than there are", {PREFIX, .max_token_len = 3}, "helium", "Hello", true},
    {"a word that is too short for one", {PREFIX, .min_token_len = 3}, "hel", "he", false},
    {"characters side by side", {MULTILINGUAL}, "東京", "大東京都", true},
    {"nothing is in nothing", {WORD}, "", "", false},
    {"nor in something", {WORD}, "-", "a-b", false},
};

static void phrases_are_found(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        vg_tokens tokens;

        assert_true(vg_tokens_read(arena, &matches[i].options, vg_slice_str(matches[i].query), true,
                                   &tokens));
        if (vg_tokens_meet(&tokens, vg_slice_str(matches[i].text)) != matches[i].meets)
            fail_msg("%s", matches[i].says);
    }
    vg_arena_free(arena);
}

static void repeated_tokens_count_once(void **state)
{
    const vg_text_options options = {WORD};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_tokens tokens;

    (void)state;
    assert_true(vg_tokens_read(arena, &options, VG_LIT("b a B a b"), false, &tokens));
    assert_int_equal(tokens.count, 2);
    assert_true(vg_slice_is_str(tokens.at[0], "a"));
    assert_true(vg_slice_is_str(tokens.at[1], "b"));
    vg_arena_free(arena);
}

static void words_without_end_are_bounded(void **state)
{
    enum { LONG = VG_TOKEN_BYTES + 1 };
    static char word[LONG];
    const vg_text_options plain = {WORD}, prefix = {PREFIX};
    vg_token_scan scan = {&plain, {word, LONG}, false};
    vg_arena *arena = vg_arena_new(1 << 24);
    vg_tokens tokens;
    vg_slice got;

    (void)state;
    memset(word, 'x', LONG);
    assert_false(vg_token_next(&scan, &got));
    assert_true(vg_tokens_read(arena, &prefix, vg_slice_of(word, 1000), true, &tokens));
    assert_int_equal(tokens.at[0].len, VG_TOKEN_PREFIX_MAX);
    vg_arena_free(arena);
}

/* Those who list the letters for a database look no further. */
static void no_letter_stands_behind_the_third_plane(void **state)
{
    const vg_text_options word = {WORD}, blank = {WHITESPACE};

    (void)state;
    for (uint32_t point = 0x40000; point <= 0x10ffff; point++) {
        assert_false(vg_token_is_inside(&word, point));
        assert_true(vg_token_is_inside(&blank, point));
    }
    for (uint32_t point = 0x20000; point <= 0x10ffff; point++)
        assert_int_equal(vg_token_lower(point), point);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut_into_tokens),
        cmocka_unit_test(a_nul_parts_and_what_is_no_utf_8_too),
        cmocka_unit_test(phrases_are_found),
        cmocka_unit_test(repeated_tokens_count_once),
        cmocka_unit_test(words_without_end_are_bounded),
        cmocka_unit_test(no_letter_stands_behind_the_third_plane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
