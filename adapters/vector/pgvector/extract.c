/* See extract.h. */
#include "adapters/vector/pgvector/extract.h"

#include "adapters/vector/pgvector/filter_parts.h"
#include "adapters/vector/pgvector/quote.h"
#include "base/buf.h"

/* % stands for the value. A CASE keeps PostgreSQL from casting what is of another kind; a numeric
 * becomes a float8 without a fault only within these bounds. */
static const char number[] =
    "(CASE jsonb_typeof(%) WHEN 'number' THEN CASE WHEN abs((%)::numeric) BETWEEN 1e-300 AND 1e300 "
    "OR (%)::numeric=0 THEN (%)::float8 ELSE 'NaN'::float8 END WHEN 'array' THEN 'NaN'::float8 "
    "END)";
/* A zone moves a time by less than a day: who asks, asks for a day more on either side. */
static const char day[] = "(left((%)#>>'{}',10) COLLATE \"C\")";
static const char place[] =
    "(CASE jsonb_typeof(%) WHEN 'object' THEN CASE WHEN jsonb_typeof(%->'lon')='number' AND "
    "jsonb_typeof(%->'lat')='number' THEN CASE WHEN abs((%->'lon')::numeric)<=180 AND "
    "abs((%->'lat')::numeric)<=90 THEN point(round((%->'lon')::numeric,9)::float8,"
    "round((%->'lat')::numeric,9)::float8) END END WHEN 'array' THEN point(1000,1000) END)";
/* Two letters beyond ASCII have a lower case within: the Kelvin sign and the dotted capital I. */
static const char words[] =
    "(CASE jsonb_typeof(%) WHEN 'string' THEN regexp_split_to_array(regexp_replace(translate("
    "((%)#>>'{}') COLLATE \"C\",'ABCDEFGHIJKLMNOPQRSTUVWXYZ\xe2\x84\xaa\xc4\xb0',"
    "'abcdefghijklmnopqrstuvwxyzki'),'([a-z0-9]{60})',E'\\\\1 ','g'),'[^a-z0-9]+') "
    "WHEN 'array' THEN '{~}'::text[] END)";

static const struct {
    const char *word, *method, *expression;
} rows[] = {
    [VG_PG_EXTRACT_NONE] = {"", "", ""},
    [VG_PG_EXTRACT_NUMBER] = {"number", "btree", number},
    [VG_PG_EXTRACT_DAY] = {"day", "btree", day},
    [VG_PG_EXTRACT_PLACE] = {"place", "gist", place},
    [VG_PG_EXTRACT_WORDS] = {"words", "gin", words},
};

static vg_pg_extract for_kind(const vg_index *index)
{
    switch (index->kind) {
    case VG_INDEX_INTEGER:
        return index->no_range ? VG_PG_EXTRACT_NONE : VG_PG_EXTRACT_NUMBER;
    case VG_INDEX_FLOAT:
        return VG_PG_EXTRACT_NUMBER;
    case VG_INDEX_DATETIME:
        return VG_PG_EXTRACT_DAY;
    case VG_INDEX_GEO:
        return VG_PG_EXTRACT_PLACE;
    case VG_INDEX_TEXT: /* of the beginnings of words, no list of words tells */
        return index->text.tokenizer == VG_TOKENIZER_PREFIX ? VG_PG_EXTRACT_NONE
                                                            : VG_PG_EXTRACT_WORDS;
    default:
        return VG_PG_EXTRACT_NONE;
    }
}

/* Keys that no stored payload has lead nowhere. Of a long path the expression is more than a row of
 * pg_index, which has no other place to put it, can hold. */
static bool can_lead(const vg_path *path)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < path->count; i++) {
        if (vg_slice_find(path->steps[i].key, '\0') < path->steps[i].key.len)
            return false;
        bytes += path->steps[i].key.len;
    }
    return bytes <= VG_PG_EXTRACT_BYTES;
}

vg_pg_extract vg_pg_extract_of(const vg_index *index, const vg_path *path)
{
    if (!vg_pg_path_is_plain(path) || !can_lead(path))
        return VG_PG_EXTRACT_NONE;
    return for_kind(index);
}

/* The text in the arena, or {NULL, 0} when memory was short; the buffer is freed. */
static vg_slice keep(vg_arena *arena, vg_buf *text)
{
    vg_slice kept =
        vg_buf_is_spent(text) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(text));

    vg_buf_fini(text);
    return kept;
}

/* What `%` stands for in an expression. */
static vg_slice write_value(vg_arena *arena, const char *document, const vg_path *path)
{
    vg_buf value;

    vg_buf_init(&value, 0);
    vg_buf_put(&value, vg_slice_str(document));
    for (uint32_t i = 0; i < path->count; i++) {
        vg_buf_put(&value, VG_LIT("->"));
        vg_buf_put(&value, vg_pg_literal(arena, path->steps[i].key));
    }
    return keep(arena, &value);
}

vg_slice vg_pg_extract_write(vg_arena *arena, vg_pg_extract what, const char *document,
                             const vg_path *path)
{
    vg_slice value = write_value(arena, document, path);
    vg_buf text;

    if (value.len == 0)
        return value;
    vg_buf_init(&text, 0);
    for (const char *at = rows[what].expression; *at; at++)
        if (*at == '%')
            vg_buf_put(&text, value);
        else
            vg_buf_put_byte(&text, *at);
    return keep(arena, &text);
}

const char *vg_pg_extract_method(vg_pg_extract what)
{
    return rows[what].method;
}

const char *vg_pg_extract_word(vg_pg_extract what)
{
    return rows[what].word;
}
