/* See read_index.h. One table knows the options of all types. */
#include "front/read_index.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/nearest.h"

/* What an object of options says; zero but for what is true by default. */
typedef struct asked {
    bool ignored; /* what has no effect here */
    bool lookup, range, lowercase, phrases;
    uint32_t least, most;
    vg_tokenizer tokenizer;
} asked;

#define AT(field) offsetof(asked, field)
#define IS(kind)  (1u << VG_INDEX_##kind)

typedef struct option {
    const char *name;
    unsigned kinds; /* one bit for each kind that has it */
    enum { BOOL, LENGTH, TOKENIZER } type;
    size_t at;
} option;

/* clang-format off */
static const option options[] = {
    {"tokenizer",       IS(TEXT),                                TOKENIZER, AT(tokenizer)},
    {"min_token_len",   IS(TEXT),                                LENGTH,    AT(least)},
    {"max_token_len",   IS(TEXT),                                LENGTH,    AT(most)},
    {"lowercase",       IS(TEXT),                                BOOL,      AT(lowercase)},
    {"phrase_matching", IS(TEXT),                                BOOL,      AT(phrases)},
    {"lookup",          IS(INTEGER),                             BOOL,      AT(lookup)},
    {"range",           IS(INTEGER),                             BOOL,      AT(range)},
    {"is_tenant",       IS(KEYWORD) | IS(UUID),                  BOOL,      AT(ignored)},
    {"is_principal",    IS(INTEGER) | IS(FLOAT) | IS(DATETIME),  BOOL,      AT(ignored)},
    {"on_disk",         ~0u,                                     BOOL,      AT(ignored)},
};

static const vg_unbuilt unbuilt[] = {
    {"stopwords",     NULL, "stop words are"},
    {"stemmer",       NULL, "stemmers are"},
    {"ascii_folding", NULL, "ASCII folding is"},
    {"enable_hnsw",   NULL, "`enable_hnsw` is"},
    {"memory",        NULL, "memory placement is"},
    {0},
};
/* clang-format on */

enum { OPTIONS = sizeof options / sizeof options[0], TYPE = 1 };

static bool has_option(vg_index_kind kind, const option *o)
{
    return (o->kinds & 1u << kind) != 0;
}

/* ---- values ---- */

static bool read_kind(vg_reader r, const vg_json *v, vg_index_kind *out)
{
    vg_slice word;

    if (!vg_json_read_text(r.arena, v, &word, r.status))
        return false;
    *out = vg_index_kind_of(word);
    return *out != VG_INDEX_NONE ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT
                           "`, expected one of `keyword`, `integer`, `float`, `geo`, `text`, "
                           "`bool`, `datetime`, `uuid`",
                           (int)(word.len < 80 ? word.len : 80), word.at);
}

static bool read_tokenizer(vg_reader r, const vg_json *v, vg_tokenizer *out)
{
    vg_slice word;

    if (!vg_json_read_text(r.arena, v, &word, r.status))
        return false;
    *out = vg_tokenizer_of(word);
    return *out != VG_TOKENIZERS ||
           vg_member_wrong(r, v, VG_FORMAT,
                           "unknown variant `" VG_FMT
                           "`, expected one of `prefix`, `whitespace`, `word`, `multilingual`",
                           (int)(word.len < 80 ? word.len : 80), word.at);
}

/* NULL: it was not given. */
static bool read_option(vg_reader r, const vg_json *v, const option *o, asked *to)
{
    void *at = (char *)to + o->at;

    if (!v)
        return true;
    switch (o->type) {
    case BOOL:
        return vg_member_bool(r, v, at);
    case LENGTH:
        return vg_member_count(r, v, o->at == AT(most), at);
    case TOKENIZER:
        return read_tokenizer(r, v, at);
    }
    return false;
}

/* ---- the object ---- */

static bool is_known(vg_index_kind kind, vg_slice name)
{
    for (int i = 0; i < OPTIONS; i++)
        if (has_option(kind, &options[i]) && vg_slice_is_str(name, options[i].name))
            return true;
    return vg_slice_is(name, VG_LIT("type"));
}

static bool refuse_unknown(vg_reader r, const vg_json *v, vg_index_kind kind)
{
    const char *names[OPTIONS + TYPE];
    const char *near;
    size_t count = 0;

    names[count++] = "type";
    for (int i = 0; i < OPTIONS; i++)
        if (has_option(kind, &options[i]))
            names[count++] = options[i].name;
    near = vg_nearest(v->key, names, count);
    return vg_member_wrong(r, v, VG_FORMAT, "an index of type `%s` has no such option%s%s%s",
                           vg_index_kind_word(kind), near ? "; did you mean `" : "",
                           near ? near : "", near ? "`?" : "");
}

static bool check_names(vg_reader r, const vg_json *schema, vg_index_kind kind)
{
    const vg_json *twice = vg_json_repeated(schema);

    if (twice)
        return vg_member_wrong(r, twice, VG_FORMAT, "this field comes twice");
    for (const vg_json *v = schema->first; v; v = v->next)
        if (!is_known(kind, v->key))
            return refuse_unknown(r, v, kind);
    return true;
}

/* What was given, in the order of the table. A text index has a tokenizer always. */
static bool keep_params(vg_reader r, const vg_json *schema, vg_index *out)
{
    vg_buf buf;
    vg_json_out json = {.buf = &buf};
    bool is_whole;

    vg_buf_init(&buf, 0);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("type"));
    vg_json_put_text(&json, vg_slice_str(vg_index_kind_word(out->kind)));
    for (int i = 0; i < OPTIONS; i++) {
        const vg_json *v = vg_member_get(schema, options[i].name, NULL);

        if (!has_option(out->kind, &options[i]) || (!v && options[i].type != TOKENIZER))
            continue;
        vg_json_put_key(&json, vg_slice_str(options[i].name));
        vg_json_put_raw(&json, v ? v->raw : VG_LIT("\"word\""));
    }
    vg_json_close_object(&json);
    out->params = vg_arena_copy(r.arena, vg_buf_bytes(&buf));
    is_whole = !vg_buf_is_spent(&buf) && out->params.len > 0;
    vg_buf_fini(&buf);
    return is_whole || vg_member_wrong(r, schema, VG_TOO_LARGE, "no memory is left for the index");
}

static bool read_options(vg_reader r, const vg_json *schema, vg_index *out)
{
    asked to = {.lookup = true, .range = true, .lowercase = true};

    for (int i = 0; i < OPTIONS; i++)
        if (has_option(out->kind, &options[i]) &&
            !read_option(r, vg_member_get(schema, options[i].name, NULL), &options[i], &to))
            return false;
    if (!to.lookup && !to.range)
        return vg_member_wrong(r, schema, VG_RANGE,
                               "the 'lookup' and 'range' capabilities can't be both disabled");
    out->no_lookup = !to.lookup;
    out->no_range = !to.range;
    out->text = (vg_text_options){.tokenizer = to.tokenizer,
                                  .min_token_len = to.least,
                                  .max_token_len = to.most,
                                  .keeps_case = !to.lowercase,
                                  .has_phrases = to.phrases};
    return keep_params(r, schema, out);
}

bool vg_index_read(const vg_index_reader *reader, const vg_json *schema, vg_index *out)
{
    vg_reader r = {reader->arena, reader->status};
    const vg_json *type;

    *out = (vg_index){.key = out->key};
    if (vg_json_is_null(schema)) {
        vg_status_set(r.status, VG_UNSUPPORTED,
                      VG_LIT("Can't auto-detect field type, please specify `field_schema` in the "
                             "request"),
                      (vg_slice){0});
        return false;
    }
    if (schema->kind != VG_JSON_OBJECT)
        return read_kind(r, schema, &out->kind);
    type = vg_member_need(r, schema, "type", NULL);
    if (!type || !read_kind(r, type, &out->kind) || !vg_member_refuse(r, schema, unbuilt))
        return false;
    return (!reader->refuses_unknown || check_names(r, schema, out->kind)) &&
           read_options(r, schema, out);
}
