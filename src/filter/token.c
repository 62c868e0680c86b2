/* See token.h. */
#include "filter/token.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <wctype.h>

#include "base/check.h"
#include "base/utf8.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t locale; /* read-only once made */

static void make_locale(void)
{
    locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    VG_CHECK(locale); /* built into every C library since glibc 2.35 */
}

/* ---- characters ---- */

typedef struct character {
    uint32_t point; /* 0: NUL, or no UTF-8 */
    size_t len;
} character;

static character first_of(vg_slice text)
{
    const unsigned char *at = (const unsigned char *)text.at;
    size_t len = vg_utf8_len(text.at, text.len);
    uint32_t point;

    if (len <= 1)
        return (character){len == 1 ? at[0] : 0, 1};
    point = at[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++)
        point = point << 6 | (at[i] & 0x3fu);
    return (character){point, len};
}

static bool is_alnum(uint32_t point)
{
    if (point < 0x80)
        return (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') ||
               (point >= 'a' && point <= 'z');
    return iswalnum_l((wint_t)point, locale) != 0;
}

static bool is_blank(uint32_t point)
{
    if (point < 0x80)
        return point == ' ' || point == 0 || (point >= '\t' && point <= '\r');
    /* the C library leaves out the blanks that do not break */
    return point == 0x85 || point == 0xa0 || point == 0x2007 || point == 0x202f ||
           iswspace_l((wint_t)point, locale) != 0;
}

static uint32_t lower(uint32_t point)
{
    if (point < 0x80)
        return point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point;
    return (uint32_t)towlower_l((wint_t)point, locale);
}

/* Scripts that are written without blanks between words (Unicode 15, Blocks.txt). */
static bool is_without_blanks(uint32_t point)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {
        {0x0e00, 0x0eff},   /* Thai, Lao */
        {0x0f00, 0x109f},   /* Tibetan, Myanmar */
        {0x1780, 0x17ff},   /* Khmer */
        {0x1950, 0x19ff},   /* Tai Le, New Tai Lue, Khmer symbols */
        {0x2e80, 0x2fdf},   /* CJK and Kangxi radicals */
        {0x3040, 0x312f},   /* Hiragana, Katakana, Bopomofo */
        {0x31a0, 0x31ff},   /* Bopomofo and Katakana extensions */
        {0x3400, 0x4dbf},   /* CJK extension A */
        {0x4e00, 0x9fff},   /* CJK */
        {0xaa60, 0xaa7f},   /* Myanmar extended A */
        {0xf900, 0xfaff},   /* CJK compatibility */
        {0xff66, 0xff9f},   /* half-width Katakana */
        {0x1b000, 0x1b16f}, /* Kana supplements */
        {0x20000, 0x3ffff}, /* CJK extensions */
    };

    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (point >= blocks[i].first && point <= blocks[i].last)
            return true;
    return false;
}

/* ---- words ---- */

static bool is_inside(const vg_text_options *options, uint32_t point)
{
    return options->tokenizer == VG_TOKENIZER_WHITESPACE ? !is_blank(point) : is_alnum(point);
}

/* Does a word end behind this character though the next one is a word's, too? */
static bool stands_alone(const vg_text_options *options, uint32_t point)
{
    return options->tokenizer == VG_TOKENIZER_MULTILINGUAL && is_without_blanks(point);
}

/* The next word, whatever its length; *chars are its characters. */
static bool next_word(vg_token_scan *scan, vg_slice *word, uint32_t *chars)
{
    character c = {0};
    size_t len = 0;

    while (scan->left.len > 0 && (c = first_of(scan->left), !is_inside(scan->options, c.point)))
        scan->left = vg_slice_skip(scan->left, c.len);
    *word = (vg_slice){scan->left.at, 0};
    *chars = 0;
    while (len < scan->left.len) {
        c = first_of(vg_slice_skip(scan->left, len));
        if (!is_inside(scan->options, c.point) || (len > 0 && stands_alone(scan->options, c.point)))
            break;
        len += c.len;
        (*chars)++;
        if (stands_alone(scan->options, c.point))
            break;
    }
    word->len = len;
    scan->left = vg_slice_skip(scan->left, len);
    return len > 0;
}

bool vg_token_next(vg_token_scan *scan, vg_slice *word)
{
    const vg_text_options *options = scan->options;
    uint32_t chars;

    pthread_once(&once, make_locale);
    while (next_word(scan, word, &chars)) {
        if (chars < options->min_token_len || word->len > VG_TOKEN_BYTES)
            continue;
        if (options->tokenizer == VG_TOKENIZER_PREFIX) {
            if (scan->is_query && chars > vg_token_most(options))
                *word = vg_token_prefix(*word, vg_token_most(options));
            return true;
        }
        if (options->max_token_len == 0 || chars <= options->max_token_len)
            return true;
    }
    return false;
}

vg_slice vg_token_prefix(vg_slice word, uint32_t chars)
{
    size_t len = 0;

    while (chars > 0 && len < word.len) {
        len += first_of(vg_slice_skip(word, len)).len;
        chars--;
    }
    return chars > 0 ? (vg_slice){0} : vg_slice_of(word.at, len);
}

void vg_token_write(const vg_text_options *options, vg_slice word, vg_buf *to)
{
    pthread_once(&once, make_locale);
    if (options->keeps_case) {
        vg_buf_put(to, word);
        return;
    }
    while (word.len > 0) {
        character c = first_of(word);
        char text[4];

        vg_buf_put(to, vg_slice_of(text, vg_utf8_write(lower(c.point), text)));
        word = vg_slice_skip(word, c.len);
    }
}

/* ---- characters, for others ---- */

bool vg_token_is_inside(const vg_text_options *options, uint32_t point)
{
    pthread_once(&once, make_locale);
    return is_inside(options, point);
}

bool vg_token_stands_alone(const vg_text_options *options, uint32_t point)
{
    return stands_alone(options, point);
}

uint32_t vg_token_lower(uint32_t point)
{
    pthread_once(&once, make_locale);
    return lower(point);
}

/* ---- queries ---- */

static int compare(const void *a, const void *b)
{
    return vg_slice_cmp(*(const vg_slice *)a, *(const vg_slice *)b);
}

/* The order of tokens that are not a phrase means nothing. */
static uint32_t drop_repeated(vg_slice *tokens, uint32_t count)
{
    uint32_t kept = 0;

    qsort(tokens, count, sizeof *tokens, compare);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !vg_slice_is(tokens[kept - 1], tokens[i]))
            tokens[kept++] = tokens[i];
    return kept;
}

bool vg_tokens_read(vg_arena *arena, const vg_text_options *options, vg_slice query, bool is_phrase,
                    vg_tokens *out)
{
    vg_token_scan scan = {options, query, true};
    vg_slice word, *at = VG_TAKE_N(arena, vg_slice, query.len + 1);
    bool good = at != NULL;
    vg_buf buf;

    *out = (vg_tokens){.options = options, .at = at};
    vg_buf_init(&buf, 0);
    while (good && vg_token_next(&scan, &word)) {
        vg_buf_clear(&buf);
        vg_token_write(options, word, &buf);
        at[out->count] = vg_arena_copy(arena, vg_buf_bytes(&buf));
        good = !vg_buf_is_spent(&buf) && at[out->count++].at;
    }
    vg_buf_fini(&buf);
    if (good && !is_phrase)
        out->count = drop_repeated(at, out->count);
    return good;
}

/* Does the word, compared, begin with the token; or, but for prefixes, is it the token? */
static bool is_token(const vg_text_options *options, vg_slice word, vg_slice token)
{
    while (word.len > 0 && token.len > 0) {
        character have = first_of(word), want = first_of(token);

        if ((options->keeps_case ? have.point : lower(have.point)) != want.point)
            return false;
        word = vg_slice_skip(word, have.len);
        token = vg_slice_skip(token, want.len);
    }
    return token.len == 0 && (word.len == 0 || options->tokenizer == VG_TOKENIZER_PREFIX);
}

/* From the next word on. */
static bool meets_here(const vg_tokens *tokens, vg_token_scan scan)
{
    vg_slice word;

    for (uint32_t i = 0; i < tokens->count; i++)
        if (!vg_token_next(&scan, &word) || !is_token(tokens->options, word, tokens->at[i]))
            return false;
    return true;
}

bool vg_tokens_meet(const vg_tokens *tokens, vg_slice text)
{
    vg_token_scan scan = {tokens->options, text, false};
    vg_slice word;

    if (tokens->count == 0)
        return false;
    do {
        if (meets_here(tokens, scan))
            return true;
    } while (vg_token_next(&scan, &word));
    return false;
}
