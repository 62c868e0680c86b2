/* See fts.h. */
#include "engine/fts.h"

#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

typedef int token_fn(void *arg, int flags, const char *token, int len, int from, int to);

typedef struct tokenizer {
    vg_text_options options;
} tokenizer;

typedef struct run {
    const tokenizer *by;
    const char *begin; /* of the whole text */
    bool is_query;
    token_fn *see;
    void *arg;
    vg_buf token;
} run;

void vg_fts_arguments(const vg_text_options *options, char to[VG_FTS_ARGUMENTS])
{
    snprintf(to, VG_FTS_ARGUMENTS, "vg %s %u %u %d", vg_tokenizer_word(options->tokenizer),
             (unsigned)options->min_token_len, (unsigned)options->max_token_len,
             options->keeps_case);
}

static int create(void *arg, const char **argv, int argc, Fts5Tokenizer **out)
{
    tokenizer *t;
    vg_tokenizer kind = argc == 4 ? vg_tokenizer_of(vg_slice_str(argv[0])) : VG_TOKENIZERS;

    (void)arg;
    if (kind == VG_TOKENIZERS)
        return SQLITE_ERROR;
    t = sqlite3_malloc(sizeof *t);
    if (!t)
        return SQLITE_NOMEM;
    t->options = (vg_text_options){
        .tokenizer = kind,
        .min_token_len = (uint32_t)strtoul(argv[1], NULL, 10),
        .max_token_len = (uint32_t)strtoul(argv[2], NULL, 10),
        .keeps_case = vg_slice_is_str(vg_slice_str(argv[3]), "1"),
    };
    *out = (Fts5Tokenizer *)t;
    return SQLITE_OK;
}

static void delete (Fts5Tokenizer *t)
{
    sqlite3_free(t);
}

static int show(run *r, vg_slice word, int flags)
{
    int from = (int)(word.at - r->begin);

    vg_buf_clear(&r->token);
    vg_token_write(&r->by->options, word, &r->token);
    if (vg_buf_is_spent(&r->token))
        return SQLITE_NOMEM;
    return r->see(r->arg, flags, r->token.at, (int)r->token.len, from, from + (int)word.len);
}

/* All beginnings of the word are in one place. */
static int show_beginnings(run *r, vg_slice word)
{
    const vg_text_options *options = &r->by->options;
    uint32_t chars = vg_token_least(options);
    int rc = SQLITE_OK;

    for (int flags = 0; rc == SQLITE_OK && chars <= vg_token_most(options); chars++) {
        vg_slice part = vg_token_prefix(word, chars);

        if (!part.at)
            break;
        rc = show(r, part, flags);
        flags = FTS5_TOKEN_COLOCATED;
    }
    return rc;
}

static int show_words(run *r, vg_slice text)
{
    vg_token_scan scan = {&r->by->options, text, r->is_query};
    bool has_beginnings = r->by->options.tokenizer == VG_TOKENIZER_PREFIX && !r->is_query;
    vg_slice word;
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK && vg_token_next(&scan, &word))
        rc = has_beginnings ? show_beginnings(r, word) : show(r, word, 0);
    return rc;
}

static int show_gap(run *r, const char *at)
{
    const char gap = VG_FTS_GAP;
    int from = (int)(at - r->begin);

    return r->see(r->arg, 0, &gap, 1, from, from + 1);
}

static int tokenize(Fts5Tokenizer *t, void *arg, int flags, const char *text, int len,
                    token_fn *see)
{
    run r = {(const tokenizer *)t, text, (flags & FTS5_TOKENIZE_QUERY) != 0, see, arg, {0}};
    vg_slice left = vg_slice_of(text, (size_t)len);
    int rc = SQLITE_OK;

    vg_buf_init(&r.token, 0);
    while (rc == SQLITE_OK && left.len > 0) {
        size_t part = vg_slice_find(left, VG_FTS_GAP);

        rc = show_words(&r, vg_slice_of(left.at, part));
        if (rc == SQLITE_OK && part < left.len)
            rc = show_gap(&r, left.at + part);
        left = vg_slice_skip(left, part + 1);
    }
    vg_buf_fini(&r.token);
    return rc;
}

static fts5_api *find_api(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL);
        sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    return api;
}

bool vg_fts_register(sqlite3 *db)
{
    fts5_tokenizer functions = {create, delete, tokenize};
    fts5_api *api = find_api(db);

    return api && api->xCreateTokenizer(api, "vg", NULL, &functions, NULL) == SQLITE_OK;
}

/* ---- queries ---- */

static void put_quoted(vg_buf *buf, vg_slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] == '"')
            vg_buf_put_byte(buf, '"');
        vg_buf_put_byte(buf, token.at[i]);
    }
}

vg_slice vg_fts_query(vg_arena *arena, const vg_tokens *tokens, bool is_phrase)
{
    vg_slice text;
    vg_buf buf;

    vg_buf_init(&buf, 0);
    for (uint32_t i = 0; i < tokens->count; i++) {
        if (i > 0)
            vg_buf_put(&buf, is_phrase ? VG_LIT(" ") : VG_LIT("\" AND "));
        if (i == 0 || !is_phrase)
            vg_buf_put_byte(&buf, '"');
        put_quoted(&buf, tokens->at[i]);
    }
    vg_buf_put_byte(&buf, '"');
    text = vg_buf_is_spent(&buf) ? (vg_slice){0} : vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}
