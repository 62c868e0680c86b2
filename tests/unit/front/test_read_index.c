/* Declarations of payload indexes: what each becomes, or what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front/read_index.h"
#include "tests/unit/front/ask.h"

struct row {
    const char *says;
    const char *schema;
    const char *want; /* the index, or "CODE where: what" */
};

static vg_slice say(vg_arena *arena, const vg_index *index)
{
    const vg_text_options *t = &index->text;

    if (index->kind != VG_INDEX_TEXT)
        return vg_arena_printf(arena, "%s%s%s " VG_FMT, vg_index_kind_word(index->kind),
                               index->no_lookup ? " no lookup" : "",
                               index->no_range ? " no range" : "", VG_ARG(index->params));
    return vg_arena_printf(arena, "text %s %u..%u%s%s " VG_FMT, vg_tokenizer_word(t->tokenizer),
                           t->min_token_len, t->max_token_len, t->keeps_case ? " case" : "",
                           t->has_phrases ? " phrases" : "", VG_ARG(index->params));
}

static vg_slice read(vg_arena *arena, const char *schema, bool strict)
{
    vg_status status = {0};
    const vg_index_reader r = {arena, &status, strict};
    const vg_json *json =
        vg_json_read(arena, ask_padded(arena, vg_slice_str(schema)), VG_JSON_DEPTH, &status);
    vg_index index = {.key = VG_LIT_INIT("k"), .no_lookup = true};

    if (vg_index_read(&r, json, &index)) {
        assert_true(vg_slice_is(index.key, VG_LIT("k")));
        return say(arena, &index);
    }
    return vg_arena_printf(arena, "%s " VG_FMT ": " VG_FMT, vg_code_describe(status.code)->name,
                           VG_ARG(status.where), VG_ARG(status.what));
}

static void check(const struct row *rows, size_t count, bool strict)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        vg_arena *arena = vg_arena_new(1 << 20);
        vg_slice got = read(arena, rows[i].schema, strict);

        if (!vg_slice_is_str(got, rows[i].want)) {
            print_error("%s:\n  want %s\n  got  " VG_FMT "\n", rows[i].says, rows[i].want,
                        VG_ARG(got));
            wrong++;
        }
        vg_arena_free(arena);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK(rows, strict) check(rows, sizeof(rows) / sizeof((rows)[0]), strict)

/* clang-format off */
static const struct row good[] = {
    {"a keyword", "\"keyword\"", "keyword "},
    {"an integer", "\"integer\"", "integer "},
    {"a text", "\"text\"", "text word 0..0 "},
    {"a uuid", "\"uuid\"", "uuid "},
    {"an object of the type alone", "{\"type\":\"geo\"}", "geo {\"type\":\"geo\"}"},
    {"what has no effect is told back", "{\"type\":\"keyword\",\"on_disk\":true,\"is_tenant\":false}", "keyword {\"type\":\"keyword\",\"is_tenant\":false,\"on_disk\":true}"},
    {"a principal date-time", "{\"type\":\"datetime\",\"is_principal\":true}", "datetime {\"type\":\"datetime\",\"is_principal\":true}"},
    {"what is null was not given", "{\"type\":\"bool\",\"on_disk\":null}", "bool {\"type\":\"bool\"}"},
    {"an integer without lookup", "{\"type\":\"integer\",\"lookup\":false}", "integer no lookup {\"type\":\"integer\",\"lookup\":false}"},
    {"an integer without ranges", "{\"type\":\"integer\",\"range\":false,\"lookup\":true}", "integer no range {\"type\":\"integer\",\"lookup\":true,\"range\":false}"},
    {"a text by its defaults", "{\"type\":\"text\"}", "text word 0..0 {\"type\":\"text\",\"tokenizer\":\"word\"}"},
    {"a text by all its options", "{\"type\":\"text\",\"tokenizer\":\"prefix\",\"min_token_len\":2,\"max_token_len\":9,\"lowercase\":false,\"phrase_matching\":true}",
     "text prefix 2..9 case phrases {\"type\":\"text\",\"tokenizer\":\"prefix\",\"min_token_len\":2,\"max_token_len\":9,\"lowercase\":false,\"phrase_matching\":true}"},
    {"white space", "{\"type\":\"text\",\"tokenizer\":\"whitespace\",\"lowercase\":true}", "text whitespace 0..0 {\"type\":\"text\",\"tokenizer\":\"whitespace\",\"lowercase\":true}"},
    {"many languages", "{\"type\":\"text\",\"tokenizer\":\"multilingual\"}", "text multilingual 0..0 {\"type\":\"text\",\"tokenizer\":\"multilingual\"}"},
};

static const struct row lax[] = {
    {"options of other types are passed over", "{\"type\":\"float\",\"lowercase\":false,\"x\":1}", "float {\"type\":\"float\"}"},
};

static const struct row strict[] = {
    {"an option of another type", "{\"type\":\"float\",\"lowercase\":false}", "FORMAT lowercase: an index of type `float` has no such option"},
    {"a slip", "{\"type\":\"text\",\"lowercas\":false}", "FORMAT lowercas: an index of type `text` has no such option; did you mean `lowercase`?"},
    {"twice", "{\"type\":\"text\",\"lowercase\":false,\"lowercase\":true}", "FORMAT lowercase: this field comes twice"},
};

static const struct row bad[] = {
    {"no schema", "null", "UNSUPPORTED : Can't auto-detect field type, please specify `field_schema` in the request"},
    {"an unknown type", "\"varchar\"", "FORMAT : unknown variant `varchar`, expected one of `keyword`, `integer`, `float`, `geo`, `text`, `bool`, `datetime`, `uuid`"},
    {"the word for none", "\"none\"", "FORMAT : unknown variant `none`, expected one of `keyword`, `integer`, `float`, `geo`, `text`, `bool`, `datetime`, `uuid`"},
    {"a number", "5", "FORMAT : expected a string, got the number 5"},
    {"no type", "{\"on_disk\":true}", "FORMAT : missing field `type`"},
    {"an unknown type in an object", "{\"type\":\"Keyword\"}", "FORMAT type: unknown variant `Keyword`, expected one of `keyword`, `integer`, `float`, `geo`, `text`, `bool`, `datetime`, `uuid`"},
    {"an integer for nothing", "{\"type\":\"integer\",\"lookup\":false,\"range\":false}", "RANGE : the 'lookup' and 'range' capabilities can't be both disabled"},
    {"an unknown tokenizer", "{\"type\":\"text\",\"tokenizer\":\"ngram\"}", "FORMAT tokenizer: unknown variant `ngram`, expected one of `prefix`, `whitespace`, `word`, `multilingual`"},
    {"a length below zero", "{\"type\":\"text\",\"min_token_len\":-1}", "FORMAT min_token_len: expected a whole number from 0 to 18446744073709551615, got the number -1"},
    {"no token at all", "{\"type\":\"text\",\"max_token_len\":0}", "RANGE max_token_len: value 0 invalid, must be 1 or larger"},
    {"a flag that is a number", "{\"type\":\"keyword\",\"is_tenant\":1}", "FORMAT is_tenant: expected true or false, got the number 1"},
    {"stop words", "{\"type\":\"text\",\"stopwords\":\"english\"}", "UNSUPPORTED stopwords: `stopwords`: stop words are not supported yet"},
    {"a stemmer", "{\"type\":\"text\",\"stemmer\":{\"type\":\"snowball\"}}", "UNSUPPORTED stemmer: `stemmer`: stemmers are not supported yet"},
    {"folding", "{\"type\":\"text\",\"ascii_folding\":true}", "UNSUPPORTED ascii_folding: `ascii_folding`: ASCII folding is not supported yet"},
    {"enable_hnsw", "{\"type\":\"keyword\",\"enable_hnsw\":true}", "UNSUPPORTED enable_hnsw: `enable_hnsw`: `enable_hnsw` is not supported yet"},
};
/* clang-format on */

static void every_type_and_option_is_read(void **state)
{
    (void)state;
    CHECK(good, false);
    CHECK(good, true);
}

static void unknown_options_are_refused_on_request(void **state)
{
    (void)state;
    CHECK(lax, false);
    CHECK(strict, true);
}

static void what_is_no_index_is_refused(void **state)
{
    (void)state;
    CHECK(bad, false);
    CHECK(bad, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_option_is_read),
        cmocka_unit_test(unknown_options_are_refused_on_request),
        cmocka_unit_test(what_is_no_index_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
