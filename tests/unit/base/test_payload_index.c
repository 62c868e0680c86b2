/* Payload indexes: the words of kinds and tokenizers, and finding one by its key. */
#include "vecgate/payload_index.h"

#include "tests/unit/base/unit.h"

static void every_kind_and_tokenizer_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = VG_INDEX_NONE + 1; i < VG_INDEX_KINDS; i++)
        assert_int_equal(vg_index_kind_of(vg_slice_str(vg_index_kind_word((vg_index_kind)i))), i);
    for (int i = 0; i < VG_TOKENIZERS; i++)
        assert_int_equal(vg_tokenizer_of(vg_slice_str(vg_tokenizer_word((vg_tokenizer)i))), i);
    assert_int_equal(vg_index_kind_of(VG_LIT("none")), VG_INDEX_NONE);
    assert_int_equal(vg_index_kind_of(VG_LIT("Keyword")), VG_INDEX_NONE);
    assert_int_equal(vg_tokenizer_of(VG_LIT("ngram")), VG_TOKENIZERS);
    assert_string_equal(vg_index_kind_word(VG_INDEX_DATETIME), "datetime");
    assert_int_equal(VG_INDEX_UUID, 8); /* as in Qdrant's gRPC API */
}

static void an_index_is_found_by_its_whole_key(void **state)
{
    static const vg_index at[] = {{.key = VG_LIT_INIT("a"), .kind = VG_INDEX_BOOL},
                                  {.key = VG_LIT_INIT("a.b"), .kind = VG_INDEX_TEXT}};
    const vg_indexes two = {at, 2};

    (void)state;
    assert_ptr_equal(vg_index_find(&two, VG_LIT("a.b")), &at[1]);
    assert_ptr_equal(vg_index_find(&two, VG_LIT("a")), &at[0]);
    assert_null(vg_index_find(&two, VG_LIT("a.")));
    assert_null(vg_index_find(NULL, VG_LIT("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_tokenizer_has_a_word_of_its_own),
        cmocka_unit_test(an_index_is_found_by_its_whole_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
