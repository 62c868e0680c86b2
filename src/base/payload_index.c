/* See vecgate/payload_index.h. */
#include "vecgate/payload_index.h"

static const char *const kind_words[VG_INDEX_KINDS] = {
    [VG_INDEX_NONE] = "none",   [VG_INDEX_KEYWORD] = "keyword",   [VG_INDEX_INTEGER] = "integer",
    [VG_INDEX_FLOAT] = "float", [VG_INDEX_GEO] = "geo",           [VG_INDEX_TEXT] = "text",
    [VG_INDEX_BOOL] = "bool",   [VG_INDEX_DATETIME] = "datetime", [VG_INDEX_UUID] = "uuid",
};

static const char *const tokenizer_words[VG_TOKENIZERS] = {
    [VG_TOKENIZER_WORD] = "word",
    [VG_TOKENIZER_WHITESPACE] = "whitespace",
    [VG_TOKENIZER_PREFIX] = "prefix",
    [VG_TOKENIZER_MULTILINGUAL] = "multilingual",
};

const char *vg_index_kind_word(vg_index_kind kind)
{
    return kind_words[kind];
}

vg_index_kind vg_index_kind_of(vg_slice word)
{
    for (int i = VG_INDEX_NONE + 1; i < VG_INDEX_KINDS; i++)
        if (vg_slice_is_str(word, kind_words[i]))
            return (vg_index_kind)i;
    return VG_INDEX_NONE;
}

const char *vg_tokenizer_word(vg_tokenizer tokenizer)
{
    return tokenizer_words[tokenizer];
}

vg_tokenizer vg_tokenizer_of(vg_slice word)
{
    for (int i = 0; i < VG_TOKENIZERS; i++)
        if (vg_slice_is_str(word, tokenizer_words[i]))
            return (vg_tokenizer)i;
    return VG_TOKENIZERS;
}

const vg_index *vg_index_find(const vg_indexes *indexes, vg_slice key)
{
    for (uint32_t i = 0; indexes && i < indexes->count; i++)
        if (vg_slice_is(indexes->at[i].key, key))
            return &indexes->at[i];
    return NULL;
}
