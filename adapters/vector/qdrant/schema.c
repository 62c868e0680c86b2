/* The indexes of a collection, as its description tells them:
 *     {"city":{"data_type":"keyword","params":{"type":"keyword",…},"points":12}} */
#include "adapters/vector/qdrant/qdrant.h"

static bool is_set(const vg_json *params, vg_slice name, bool otherwise)
{
    const vg_json *v = vg_json_get(params, name);

    return vg_json_is_null(v) ? otherwise : v->kind == VG_JSON_TRUE;
}

static uint32_t read_length(vg_try *t, const vg_json *params, vg_slice name)
{
    const vg_json *v = vg_json_get(params, name);
    uint64_t length = 0;

    if (!vg_json_is_null(v))
        vg_json_read_u64(t->scratch, v, &length, NULL);
    return length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

/* A tokenizer that is not known here counts as the default: it is told, not used. */
static void read_text(vg_try *t, const vg_json *params, vg_text_options *to)
{
    const vg_json *word = vg_json_get(params, VG_LIT("tokenizer"));

    if (word != NULL && word->kind == VG_JSON_STRING)
        to->tokenizer = vg_tokenizer_of(word->text);
    if (to->tokenizer == VG_TOKENIZERS)
        to->tokenizer = VG_TOKENIZER_WORD;
    to->min_token_len = read_length(t, params, VG_LIT("min_token_len"));
    to->max_token_len = read_length(t, params, VG_LIT("max_token_len"));
    to->keeps_case = !is_set(params, VG_LIT("lowercase"), true);
    to->has_phrases = is_set(params, VG_LIT("phrase_matching"), false);
}

static void read_params(vg_try *t, const vg_json *params, vg_index *to)
{
    if (params == NULL || params->kind != VG_JSON_OBJECT)
        return;
    to->params = params->raw;
    if (to->kind == VG_INDEX_INTEGER) {
        to->no_lookup = !is_set(params, VG_LIT("lookup"), true);
        to->no_range = !is_set(params, VG_LIT("range"), true);
    } else if (to->kind == VG_INDEX_TEXT) {
        read_text(t, params, &to->text);
    }
}

/* False: it is no description of an index. */
static bool read_index(vg_try *t, const vg_json *from, vg_index *to, uint64_t *points)
{
    const vg_json *kind = vg_json_get(from, VG_LIT("data_type"));
    const vg_json *count = vg_json_get(from, VG_LIT("points"));

    if (kind == NULL || kind->kind != VG_JSON_STRING || from->key.len == 0)
        return false;
    *to = (vg_index){.key = from->key, .kind = vg_index_kind_of(kind->text)};
    read_params(t, vg_json_get(from, VG_LIT("params")), to);
    *points = 0;
    return vg_json_is_null(count) || vg_json_read_u64(t->scratch, count, points, NULL);
}

bool vg_qdrant_read_schema(vg_try *t, const vg_json *schema, vg_collection_info *info)
{
    vg_index *indexes;
    uint64_t *points;
    uint32_t count = 0;

    if (vg_json_is_null(schema))
        return true;
    if (schema->kind != VG_JSON_OBJECT)
        return false;
    indexes = VG_TAKE_N(t->scratch, vg_index, (size_t)schema->count + 1);
    points = VG_TAKE_N(t->scratch, uint64_t, (size_t)schema->count + 1);
    if (indexes == NULL || points == NULL)
        return false;
    for (const vg_json *at = schema->first; at != NULL; at = at->next) {
        if (!read_index(t, at, &indexes[count], &points[count]))
            return false;
        count += indexes[count].kind != VG_INDEX_NONE;
    }
    info->spec.indexes = (vg_indexes){indexes, count};
    info->index_points = points;
    return true;
}
