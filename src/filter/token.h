/* Texts as tokens: the one tokenizer, for text indexes and for what is compared with them
 * (FACTS 10.1). Letters, digits, white space and lower case of any script are those of the C
 * library's C.UTF-8. A NUL is white space. Any thread. */
#ifndef FILTER_TOKEN_H
#define FILTER_TOKEN_H

#include "vecgate/arena.h"
#include "vecgate/payload_index.h"

#include "base/buf.h"

/* Words of more bytes are dropped, whatever the options say; PREFIX: of a word no more characters
 * than these count. Both bound what an index holds of one text. */
enum { VG_TOKEN_BYTES = 16384, VG_TOKEN_PREFIX_MAX = 128 };

typedef struct vg_token_scan {
    const vg_text_options *options;
    vg_slice left; /* of the text */
    bool is_query; /* PREFIX: the longest beginning that an index holds, instead of the word */
} vg_token_scan;

/* The next word that the options do not drop, as a view of the text in its own case. False: the
 * end. A text is UTF-8; what is not is white space. With PREFIX, and not for a query, a word stands
 * for all of its beginnings: vg_token_prefix(). */
bool vg_token_next(vg_token_scan *scan, vg_slice *word);

/* The beginning of `chars` characters; {NULL, 0} when the word is shorter. */
vg_slice vg_token_prefix(vg_slice word, uint32_t chars);
/* PREFIX: the lengths of the shortest and the longest beginning, in characters. */
static inline uint32_t vg_token_least(const vg_text_options *options)
{
    return options->min_token_len ? options->min_token_len : 1;
}
static inline uint32_t vg_token_most(const vg_text_options *options)
{
    bool is_given = options->max_token_len > 0 && options->max_token_len < VG_TOKEN_PREFIX_MAX;

    return is_given ? options->max_token_len : VG_TOKEN_PREFIX_MAX;
}

/* The word as it is compared: in lower case, unless it keeps its own. */
void vg_token_write(const vg_text_options *options, vg_slice word, vg_buf *to);

/* Of what words are made, for those who must say it to a database. */
bool vg_token_is_inside(const vg_text_options *options, uint32_t point);
/* Does a word end behind this character of it, and another begin, without a blank? */
bool vg_token_stands_alone(const vg_text_options *options, uint32_t point);
uint32_t vg_token_lower(uint32_t point);

/* The tokens of what is searched for, as they are compared. */
typedef struct vg_tokens {
    const vg_text_options *options;
    const vg_slice *at;
    uint32_t count;
} vg_tokens;

/* In the arena, as they stand in a phrase; else each once. False: memory is gone. */
bool vg_tokens_read(vg_arena *arena, const vg_text_options *options, vg_slice query, bool is_phrase,
                    vg_tokens *out);
/* Do all of them stand in the text next to each other, in their order? (One: does it occur?) None
 * never do. */
bool vg_tokens_meet(const vg_tokens *tokens, vg_slice text);

#endif
