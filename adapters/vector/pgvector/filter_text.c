/* Tokens as PostgreSQL's regular expressions. What a letter is, and which letters are one in lower
 * case, is said in each expression as filter/token.h has it, for the server's own idea depends on
 * its version and locale.
 *
 *     red         (?:^|[^0-9A-Za-z…])[Rr][Ee][Dd](?:$|[^0-9A-Za-z…])
 *
 * Phrases and very long words go by the words of the text, each between blanks, where
 * the text may hold them at all:
 *
 *     red rose    CASE WHEN text~'[Rr][Ee][Dd].*[Rr]…' THEN
 *                 strpos(translate(<words>,'REDOS','redos'),' red rose ')>0 ELSE false END */
#include <pthread.h>
#include <stdlib.h>

#include "adapters/vector/pgvector/filter_parts.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utf8.h"

enum {
    LAST_LETTER = 0x3ffff, /* planes behind have none */
    LAST_CASED = 0x1ffff,
    MOST_CASED = 4096,
    CLASS_BYTES = 16384,
    LONG_WORD = 500, /* characters: beyond, expressions get slow */
    FEW = 200,       /* characters that tell whether a text may hold it */
    LONGEST = 8000,  /* bytes of an expression of beginnings: PostgreSQL refuses much longer ones */
};

/* ---- classes of characters, made once ---- */

/* What stands between brackets. */
typedef struct charset {
    char text[CLASS_BYTES];
    size_t len;
    uint32_t first, last; /* of the range that is being added to */
} charset;

static charset letters; /* of words */
static charset linked;  /* those that do not stand alone, if some do */
static charset alone;   /* those that do */
static charset blanks;

typedef struct cased {
    uint32_t lower, upper;
} cased;

static cased pairs[MOST_CASED];
static size_t pair_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const vg_text_options by_word = {.tokenizer = VG_TOKENIZER_WORD};
static const vg_text_options by_blank = {.tokenizer = VG_TOKENIZER_WHITESPACE};
static const vg_text_options by_script = {.tokenizer = VG_TOKENIZER_MULTILINGUAL};

/* "a" becomes "a-f". */
static void end_range(charset *to)
{
    if (to->len == 0 || to->last == to->first)
        return;
    to->text[to->len++] = '-';
    to->len += vg_utf8_write(to->last, to->text + to->len);
}

static void add_point(charset *to, uint32_t point)
{
    if (to->len > 0 && to->last == point - 1) {
        to->last = point;
        return;
    }
    end_range(to);
    to->first = to->last = point;
    VG_CHECK(to->len + 9 <= CLASS_BYTES);
    to->len += vg_utf8_write(point, to->text + to->len);
}

static int compare_pairs(const void *a, const void *b)
{
    const cased *one = a, *two = b;

    return (one->lower > two->lower) - (one->lower < two->lower);
}

static void add_pair(uint32_t lower, uint32_t upper)
{
    VG_CHECK(pair_count < MOST_CASED);
    pairs[pair_count++] = (cased){lower, upper};
}

/* A few milliseconds, once. Without NUL, which no text in PostgreSQL has. */
static void make_classes(void)
{
    for (uint32_t point = 1; point <= LAST_LETTER; point++) {
        if (vg_token_is_inside(&by_word, point)) {
            add_point(&letters, point);
            add_point(vg_token_stands_alone(&by_script, point) ? &alone : &linked, point);
        } else if (!vg_token_is_inside(&by_blank, point)) {
            add_point(&blanks, point);
        }
        if (point <= LAST_CASED && vg_token_lower(point) != point)
            add_pair(vg_token_lower(point), point);
    }
    end_range(&letters);
    end_range(&linked);
    end_range(&alone);
    end_range(&blanks);
    qsort(pairs, pair_count, sizeof *pairs, compare_pairs);
}

/* The first pair of this lower case, or the end. */
static const cased *pairs_of(uint32_t lower)
{
    size_t low = 0, high = pair_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pairs[middle].lower < lower)
            low = middle + 1;
        else
            high = middle;
    }
    return &pairs[low];
}

static bool is_pair_of(const cased *pair, uint32_t lower)
{
    return pair < pairs + pair_count && pair->lower == lower;
}

/* ---- expressions ---- */

static uint32_t point_of(vg_slice text, size_t *len)
{
    const unsigned char *at = (const unsigned char *)text.at;
    uint32_t point;

    *len = vg_utf8_len(text.at, text.len);
    if (*len <= 1) {
        *len = 1;
        return at[0];
    }
    point = at[0] & (0xffu >> (*len + 1));
    for (size_t i = 1; i < *len; i++)
        point = point << 6 | (at[i] & 0x3fu);
    return point;
}

static void put_point(vg_buf *to, uint32_t point)
{
    char text[4];

    vg_buf_put(to, vg_slice_of(text, vg_utf8_write(point, text)));
}

static void put_literal(vg_buf *to, uint32_t point)
{
    if (point < 0x80 && point != 0 && strchr("\\^$.|?*+()[]{}-", (int)point))
        vg_buf_put_byte(to, '\\');
    put_point(to, point);
}

/* The character in any case that the tokenizer takes for this one. */
static void put_any_case(vg_buf *to, uint32_t point, bool keeps_case)
{
    const cased *pair = pairs_of(point);

    if (keeps_case || !is_pair_of(pair, point)) {
        put_literal(to, point);
        return;
    }
    vg_buf_put_byte(to, '[');
    if (vg_token_lower(point) == point)
        put_point(to, point);
    for (; is_pair_of(pair, point); pair++)
        put_point(to, pair->upper);
    vg_buf_put_byte(to, ']');
}

/* At most so many characters of a token; how many there were. */
static uint32_t put_token(vg_buf *to, const vg_tokens *tokens, uint32_t i, uint32_t most)
{
    vg_slice left = tokens->at[i];
    uint32_t chars = 0;

    for (size_t len; left.len > 0 && chars < most; left = vg_slice_skip(left, len), chars++)
        put_any_case(to, point_of(left, &len), tokens->options->keeps_case);
    return chars;
}

/* What is written, as a text in the arena, for one fragment. */
static void write_buf(vg_sql_writer *w, const vg_pg_scene *scene, const char *fragment,
                      vg_buf *text)
{
    vg_slice kept =
        vg_buf_is_spent(text) ? (vg_slice){0} : vg_arena_copy(scene->arena, vg_buf_bytes(text));

    vg_pg_write_text(w, scene, fragment, kept);
    vg_buf_clear(text);
}

static void put_class(vg_buf *to, const char *open, const charset *of, const char *close)
{
    vg_buf_put(to, vg_slice_str(open));
    vg_buf_put(to, vg_slice_of(of->text, of->len));
    vg_buf_put(to, vg_slice_str(close));
}

/* A place where a word ends: "(?:^|[^…])" and "(?:[^…]|$)". */
static void put_edge(vg_buf *to, const vg_tokens *tokens, const char *open, const char *close)
{
    vg_buf_put(to, vg_slice_str(open));
    if (tokens->options->tokenizer == VG_TOKENIZER_WHITESPACE)
        put_class(to, "[", &blanks, "]");
    else if (tokens->options->tokenizer == VG_TOKENIZER_MULTILINGUAL)
        put_class(to, "[^", &linked, "]");
    else
        put_class(to, "[^", &letters, "]");
    vg_buf_put(to, vg_slice_str(close));
}

/* ---- one word ---- */

static uint32_t count_chars(vg_slice text)
{
    uint32_t chars = 0;

    for (size_t i = 0; i < text.len; i++)
        chars += (text.at[i] & 0xc0) != 0x80;
    return chars;
}

static bool is_one_word(const vg_tokens *tokens)
{
    return tokens->count == 1 && count_chars(tokens->at[0]) <= LONG_WORD;
}

static void write_word(vg_sql_writer *w, const vg_pg_scene *scene, const vg_tokens *tokens,
                       vg_buf *text)
{
    size_t len;
    bool stands_alone = tokens->options->tokenizer == VG_TOKENIZER_MULTILINGUAL &&
                        vg_token_stands_alone(&by_script, point_of(tokens->at[0], &len));

    if (!stands_alone)
        put_edge(text, tokens, "(?:^|", ")");
    put_token(text, tokens, 0, LONG_WORD);
    if (!stands_alone && tokens->options->tokenizer != VG_TOKENIZER_PREFIX)
        put_edge(text, tokens, "(?:", "|$)");
    write_buf(w, scene, "%v.text~%p", text);
}

/* ---- by the words of a text ---- */

/* All tokens in their order, or the first of their characters: a text without is passed over. */
static void write_guess(vg_sql_writer *w, const vg_pg_scene *scene, const vg_tokens *tokens,
                        vg_buf *text)
{
    uint32_t left = FEW;

    for (uint32_t i = 0; i < tokens->count && left > 0; i++) {
        vg_buf_put(text, i > 0 ? VG_LIT(".*") : VG_LIT(""));
        left -= put_token(text, tokens, i, left);
    }
    write_buf(w, scene, "CASE WHEN %v.text~%p THEN ", text);
}

/* " one two three " of the words that the tokenizer does not drop; NULL when there are none. */
static void write_words(vg_sql_writer *w, const vg_pg_scene *scene, const vg_text_options *options,
                        vg_buf *text)
{
    bool is_bounded = options->tokenizer != VG_TOKENIZER_PREFIX && options->max_token_len > 0;
    int64_t least = vg_token_least(options), most = is_bounded ? options->max_token_len : INT32_MAX;

    vg_sql_write(w, "(SELECT ' '||string_agg(w,' ' ORDER BY n)||' ' FROM regexp_split_to_table(");
    if (options->tokenizer == VG_TOKENIZER_MULTILINGUAL) {
        put_class(text, "([", &alone, "])");
        write_buf(w, scene, "regexp_replace(%v.text,%p,", text);
        vg_pg_write_text(w, scene, "%p,'g')", VG_LIT(" \\1 "));
    } else {
        vg_sql_write(w, "%v.text");
    }
    if (options->tokenizer == VG_TOKENIZER_WHITESPACE)
        put_class(text, "[", &blanks, "]+");
    else
        put_class(text, "[^", &letters, "]+");
    write_buf(w, scene, ",%p) WITH ORDINALITY s(w,n) WHERE octet_length(w)<=", text);
    vg_sql_write_u64(w, VG_TOKEN_BYTES);
    vg_pg_write_with(w, scene, " AND char_length(w) BETWEEN %p",
                     vg_pg_param_int(scene->arena, least));
    vg_pg_write_with(w, scene, " AND %p)", vg_pg_param_int(scene->arena, most));
}

/* The letters that are others in lower case, and what they are then: only those that are asked for.
 */
static void write_cases(vg_sql_writer *w, const vg_pg_scene *scene, const vg_tokens *tokens,
                        vg_buf *text)
{
    bool seen[MOST_CASED] = {0};
    vg_buf lower;

    vg_buf_init(&lower, 0);
    for (uint32_t i = 0; i < tokens->count && !tokens->options->keeps_case; i++) {
        vg_slice left = tokens->at[i];

        for (size_t len; left.len > 0; left = vg_slice_skip(left, len)) {
            uint32_t point = point_of(left, &len);
            const cased *pair = pairs_of(point);

            for (; is_pair_of(pair, point) && !seen[pair - pairs]; pair++) {
                seen[pair - pairs] = true;
                put_point(text, pair->upper);
                put_point(&lower, pair->lower);
            }
        }
    }
    write_buf(w, scene, ",%p", text);
    write_buf(w, scene, ",%p)", &lower);
    vg_buf_fini(&lower);
}

/* Beginnings of several words: " on[^ ]* tw". */
static void write_beginnings(vg_sql_writer *w, const vg_pg_scene *scene, const vg_tokens *tokens,
                             vg_buf *text)
{
    for (uint32_t i = 0; i < tokens->count; i++) {
        vg_slice left = tokens->at[i];

        vg_buf_put(text, i > 0 ? VG_LIT("[^ ]* ") : VG_LIT(" "));
        for (size_t len; left.len > 0; left = vg_slice_skip(left, len))
            put_literal(text, point_of(left, &len));
    }
    *scene->is_too_long = *scene->is_too_long || text->len > LONGEST;
    write_buf(w, scene, "~%p", text);
}

static void write_by_words(vg_sql_writer *w, const vg_pg_scene *scene, const vg_tokens *tokens,
                           vg_buf *text)
{
    bool is_prefix = tokens->options->tokenizer == VG_TOKENIZER_PREFIX;
    bool by_expression = is_prefix && tokens->count > 1;

    write_guess(w, scene, tokens, text);
    vg_sql_write(w, by_expression ? "translate(" : "strpos(translate(");
    write_words(w, scene, tokens->options, text);
    write_cases(w, scene, tokens, text);
    if (by_expression) {
        write_beginnings(w, scene, tokens, text);
    } else {
        for (uint32_t i = 0; i < tokens->count; i++) {
            vg_buf_put_byte(text, ' ');
            vg_buf_put(text, tokens->at[i]);
        }
        vg_buf_put(text, is_prefix ? VG_LIT("") : VG_LIT(" "));
        write_buf(w, scene, ",%p)>0", text);
    }
    vg_sql_write(w, " ELSE false END");
}

void vg_pg_write_tokens(vg_sql_writer *w, const vg_tokens *tokens, const void *arg)
{
    vg_buf text;

    pthread_once(&once, make_classes);
    if (tokens->count == 0) {
        vg_sql_write(w, "false");
        return;
    }
    vg_buf_init(&text, 0);
    if (!is_one_word(tokens)) {
        write_by_words(w, arg, tokens, &text);
    } else if (tokens->options->tokenizer != VG_TOKENIZER_PREFIX) {
        write_word(w, arg, tokens, &text);
    } else { /* a word that is too long for a token has no beginnings */
        vg_sql_write(w, "CASE WHEN octet_length(%v.text)<=");
        vg_sql_write_u64(w, VG_TOKEN_BYTES);
        vg_sql_write(w, " THEN ");
        write_word(w, arg, tokens, &text);
        vg_sql_write(w, " ELSE ");
        write_by_words(w, arg, tokens, &text);
        vg_sql_write(w, " END");
    }
    vg_buf_fini(&text);
}
