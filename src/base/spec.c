/* See spec.h: the vectors of a collection, its declared fields and the settings that came with it.
 * What has its default is left out, so that rows written
 * before there was such a thing read as rows without it.
 *
 *     {"vectors":[{"name":"","kind":"multi","size":4,"distance":"Dot","hnsw_config":{…},
 *                  "quantization_config":{…},"datatype":"float32","on_disk":true},
 *                 {"name":"s","kind":"sparse","size":0,"distance":"Dot","idf":true,
 *                  "names_no_idf":true,"sparse_index":{…}}],
 *      "indexes":[{"key":"city","kind":"text","no_lookup":true,"no_range":true,"tokenizer":"word",
 *                  "min_token_len":2,"max_token_len":9,"keeps_case":true,"has_phrases":true,
 *                  "params":{…}}],
 *      "settings":{…}} */
#include "base/spec.h"

#include "base/buf.h"
#include "base/row_json.h"

/* ---- writing ---- */

static void write_flag(vg_json_out *out, const char *key, bool flag)
{
    if (!flag)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_bool(out, true);
}

static void write_length(vg_json_out *out, const char *key, uint32_t length)
{
    if (length == 0)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_u64(out, length);
}

static void write_text_field(vg_json_out *out, const char *key, vg_slice text)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, text);
}

static void write_object(vg_json_out *out, const char *key, vg_slice json)
{
    if (json.len == 0)
        return;
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_raw(out, json);
}

static void write_vector(vg_json_out *out, const vg_vector_params *vector)
{
    vg_json_open_object(out);
    write_text_field(out, "name", vector->name);
    if (vector->kind != VG_DENSE)
        write_text_field(out, "kind", vg_slice_str(vg_vector_kind_word(vector->kind)));
    vg_json_put_key(out, VG_LIT("size"));
    vg_json_put_u64(out, vector->size);
    write_text_field(out, "distance", vg_slice_str(vg_distance_name(vector->distance)));
    write_flag(out, "idf", vector->has_idf);
    write_flag(out, "names_no_idf", vector->names_no_idf);
    write_object(out, "hnsw_config", vector->hnsw_config);
    write_object(out, "quantization_config", vector->quantization_config);
    write_object(out, "sparse_index", vector->sparse_index);
    if (vector->datatype.len > 0)
        write_text_field(out, "datatype", vector->datatype);
    if (vector->on_disk >= 0) {
        vg_json_put_key(out, VG_LIT("on_disk"));
        vg_json_put_bool(out, vector->on_disk == 1);
    }
    vg_json_close_object(out);
}

static void write_text_options(vg_json_out *out, const vg_text_options *text)
{
    write_text_field(out, "tokenizer", vg_slice_str(vg_tokenizer_word(text->tokenizer)));
    write_length(out, "min_token_len", text->min_token_len);
    write_length(out, "max_token_len", text->max_token_len);
    write_flag(out, "keeps_case", text->keeps_case);
    write_flag(out, "has_phrases", text->has_phrases);
}

static void write_index(vg_json_out *out, const vg_index *index)
{
    vg_json_open_object(out);
    write_text_field(out, "key", index->key);
    write_text_field(out, "kind", vg_slice_str(vg_index_kind_word(index->kind)));
    write_flag(out, "no_lookup", index->no_lookup);
    write_flag(out, "no_range", index->no_range);
    if (index->kind == VG_INDEX_TEXT)
        write_text_options(out, &index->text);
    write_object(out, "params", index->params);
    vg_json_close_object(out);
}

static void write_indexes(vg_json_out *out, const vg_indexes *indexes)
{
    if (indexes->count == 0)
        return;
    vg_json_put_key(out, VG_LIT("indexes"));
    vg_json_open_array(out);
    for (uint32_t i = 0; i < indexes->count; i++)
        write_index(out, &indexes->at[i]);
    vg_json_close_array(out);
}

vg_slice vg_spec_write(vg_arena *arena, const vg_collection_spec *spec)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    vg_slice text;

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("vectors"));
    vg_json_open_array(&out);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        write_vector(&out, &spec->vectors[i]);
    vg_json_close_array(&out);
    write_indexes(&out, &spec->indexes);
    write_object(&out, "settings", spec->settings);
    vg_json_close_object(&out);
    text = vg_row_json_take(arena, &buf, NULL);
    vg_buf_fini(&buf);
    return text;
}

/* ---- reading ---- */

static bool wrong(vg_status *status)
{
    return vg_row_json_damaged(status, "the catalog's row for this collection is damaged");
}

static bool read_size(const vg_json *v, uint32_t *out)
{
    uint64_t size = 0;

    if (!v || !vg_json_read_u64(NULL, v, &size, NULL) || size > VG_MAX_DIMENSION)
        return false;
    *out = (uint32_t)size;
    return true;
}

/* Without a word it is dense; but sparse, when it has no size: there are rows from before kinds. */
static bool read_kind(const vg_json *v, vg_vector_params *to)
{
    if (v && !vg_row_json_is_text(v))
        return false;
    if (v)
        to->kind = vg_vector_kind_of(v->text);
    else if (to->size == 0)
        to->kind = VG_SPARSE;
    return to->kind != VG_VECTOR_KINDS && (to->kind == VG_SPARSE) == (to->size == 0) &&
           (to->kind != VG_SPARSE || to->name.len > 0);
}

/* Absent is the default. */
static bool read_flag(const vg_json *from, const char *key, bool *out)
{
    const vg_json *v = vg_json_get(from, vg_slice_str(key));

    return !v || vg_json_read_bool(NULL, v, out, NULL);
}

static bool read_on_disk(const vg_json *v, int8_t *out)
{
    bool on = false;

    *out = -1;
    if (!v)
        return true;
    if (!vg_json_read_bool(NULL, v, &on, NULL))
        return false;
    *out = on;
    return true;
}

static bool read_vector(vg_arena *arena, const vg_json *from, vg_vector_params *to)
{
    const vg_json *name = vg_json_get(from, VG_LIT("name"));
    const vg_json *distance = vg_json_get(from, VG_LIT("distance"));
    const vg_json *hnsw = vg_json_get(from, VG_LIT("hnsw_config"));
    const vg_json *quantization = vg_json_get(from, VG_LIT("quantization_config"));
    const vg_json *index = vg_json_get(from, VG_LIT("sparse_index"));
    const vg_json *datatype = vg_json_get(from, VG_LIT("datatype"));

    if (!vg_row_json_is_text(name) || !vg_row_json_is_text(distance) ||
        !vg_row_json_is_settings(hnsw) || !vg_row_json_is_settings(quantization) ||
        !vg_row_json_is_settings(index) || (datatype && !vg_row_json_is_text(datatype)) ||
        !read_size(vg_json_get(from, VG_LIT("size")), &to->size) ||
        !read_on_disk(vg_json_get(from, VG_LIT("on_disk")), &to->on_disk) ||
        !read_flag(from, "idf", &to->has_idf) ||
        !read_flag(from, "names_no_idf", &to->names_no_idf) || (to->names_no_idf && to->has_idf))
        return false;
    to->name = vg_arena_copy(arena, name->text);
    to->distance = vg_distance_of(distance->text, false);
    to->hnsw_config = vg_row_json_copy(arena, hnsw);
    to->quantization_config = vg_row_json_copy(arena, quantization);
    to->sparse_index = vg_row_json_copy(arena, index);
    if (datatype)
        to->datatype = vg_arena_copy(arena, datatype->text);
    return to->distance != VG_DISTANCE_NONE && read_kind(vg_json_get(from, VG_LIT("kind")), to);
}

/* Absent is the default. */
static bool read_length(const vg_json *from, const char *key, uint32_t *out)
{
    const vg_json *v = vg_json_get(from, vg_slice_str(key));
    uint64_t length = 0;

    if (v && (!vg_json_read_u64(NULL, v, &length, NULL) || length > UINT32_MAX))
        return false;
    *out = (uint32_t)length;
    return true;
}

static bool read_text_options(const vg_json *from, vg_text_options *to)
{
    const vg_json *tokenizer = vg_json_get(from, VG_LIT("tokenizer"));

    if (!vg_row_json_is_text(tokenizer))
        return false;
    to->tokenizer = vg_tokenizer_of(tokenizer->text);
    return to->tokenizer != VG_TOKENIZERS &&
           read_length(from, "min_token_len", &to->min_token_len) &&
           read_length(from, "max_token_len", &to->max_token_len) &&
           read_flag(from, "keeps_case", &to->keeps_case) &&
           read_flag(from, "has_phrases", &to->has_phrases);
}

static bool read_index(vg_arena *arena, const vg_json *from, vg_index *to)
{
    const vg_json *key = vg_json_get(from, VG_LIT("key"));
    const vg_json *kind = vg_json_get(from, VG_LIT("kind"));
    const vg_json *params = vg_json_get(from, VG_LIT("params"));

    if (!vg_row_json_is_text(key) || key->text.len == 0 || !vg_row_json_is_text(kind) ||
        !vg_row_json_is_settings(params) || !read_flag(from, "no_lookup", &to->no_lookup) ||
        !read_flag(from, "no_range", &to->no_range))
        return false;
    to->key = vg_arena_copy(arena, key->text);
    to->kind = vg_index_kind_of(kind->text);
    to->params = vg_row_json_copy(arena, params);
    if (to->kind == VG_INDEX_TEXT)
        return read_text_options(from, &to->text);
    return to->kind != VG_INDEX_NONE;
}

static bool read_indexes(vg_arena *arena, const vg_json *list, vg_indexes *out, vg_status *status)
{
    vg_index *at;

    if (!list)
        return true;
    if (list->kind != VG_JSON_ARRAY)
        return wrong(status);
    at = VG_TAKE_N(arena, vg_index, (size_t)list->count + 1);
    if (!at)
        return vg_row_json_no_memory(status);
    *out = (vg_indexes){at, list->count};
    for (const vg_json *from = list->first; from; from = from->next, at++)
        if (!read_index(arena, from, at))
            return wrong(status);
    return true;
}

static bool read_vectors(vg_arena *arena, const vg_json *list, vg_collection_spec *out,
                         vg_status *status)
{
    vg_vector_params *at;

    if (!list || list->kind != VG_JSON_ARRAY)
        return wrong(status);
    at = VG_TAKE_N(arena, vg_vector_params, (size_t)list->count + 1);
    if (!at)
        return vg_row_json_no_memory(status);
    out->vectors = at;
    out->vector_count = list->count;
    for (const vg_json *from = list->first; from; from = from->next, at++)
        if (!read_vector(arena, from, at))
            return wrong(status);
    return true;
}

static bool read_document(vg_arena *arena, const vg_json *document, vg_collection_spec *out,
                          vg_status *status)
{
    const vg_json *settings = vg_json_get(document, VG_LIT("settings"));

    if (!vg_row_json_is_settings(settings))
        return wrong(status);
    *out = (vg_collection_spec){.settings = vg_row_json_copy(arena, settings)};
    return read_vectors(arena, vg_json_get(document, VG_LIT("vectors")), out, status) &&
           read_indexes(arena, vg_json_get(document, VG_LIT("indexes")), &out->indexes, status) &&
           (!vg_arena_is_spent(arena) || vg_row_json_no_memory(status));
}

/* The nodes of the document are needed only meanwhile; an entry lives as long as its collection. */
bool vg_spec_read(vg_arena *arena, vg_slice json, vg_collection_spec *out, vg_status *status)
{
    vg_arena *nodes = vg_row_json_nodes(json, status);
    bool good = false;

    if (nodes)
        good = read_document(arena, vg_row_json_read(nodes, json, status), out, status);
    vg_arena_free(nodes);
    return good;
}
