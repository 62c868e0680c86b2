/* Which of Qdrant's collections a new one is, or shares. What shares one must be equal in all that
 * Qdrant acts upon: vectors and settings. So the name of a shared object is made of these. */
#include <stdlib.h>

#include "adapters/vector/qdrant/shared.h"
#include "base/buf.h"
#include "base/physical_name.h"

/* Of 255 bytes, which are a directory's and a snapshot's name too: these have 50 more in it. */
enum { NAME_BYTES = 200 };

static const vg_json *read_object(vg_arena *arena, vg_slice object)
{
    char *at = object.len > 0 ? vg_arena_take_zero(arena, 1, object.len + VG_JSON_PAD) : NULL;

    if (at == NULL)
        return NULL;
    memcpy(at, object.at, object.len);
    return vg_json_read(arena, vg_slice_of(at, object.len), VG_JSON_DEPTH, NULL);
}

/* Said of a collection, done by nobody. */
static bool is_a_note(vg_slice key)
{
    return vg_slice_is(key, VG_LIT("metadata"));
}

static void put_settings(vg_json_out *out, const vg_json *settings)
{
    vg_json_open_object(out);
    for (const vg_json *at = settings != NULL ? settings->first : NULL; at; at = at->next) {
        if (is_a_note(at->key) || vg_json_is_null(at))
            continue;
        vg_json_put_key(out, at->key);
        vg_json_put_raw(out, at->raw);
    }
    vg_json_close_object(out);
}

static vg_slice keep(vg_arena *arena, vg_buf *buf)
{
    vg_slice text = {0};

    if (!vg_buf_is_spent(buf))
        text = vg_arena_copy(arena, vg_buf_bytes(buf));
    vg_buf_fini(buf);
    return text;
}

vg_slice vg_qdrant_common_settings(vg_arena *arena, vg_slice settings)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    if (settings.len == 0)
        return settings;
    vg_buf_init(&buf, 0);
    put_settings(&out, read_object(arena, settings));
    return keep(arena, &buf);
}

vg_slice vg_qdrant_notes_of(vg_arena *arena, vg_slice settings)
{
    const vg_json *notes = vg_json_get(read_object(arena, settings), VG_LIT("metadata"));

    return vg_json_is_null(notes) ? (vg_slice){0} : notes->raw;
}

/* ---- what is shared ---- */

static int by_name(const void *left, const void *right)
{
    return vg_slice_cmp((*(const vg_vector_params *const *)left)->name,
                        (*(const vg_vector_params *const *)right)->name);
}

static void put_text(vg_json_out *out, const char *key, vg_slice text)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_text(out, text);
}

static void put_number(vg_json_out *out, const char *key, int64_t number)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_i64(out, number);
}

static void put_vector(vg_json_out *out, const vg_vector_params *vector)
{
    vg_json_open_object(out);
    put_text(out, "name", vector->name);
    put_text(out, "kind", vg_slice_str(vg_vector_kind_word(vector->kind)));
    put_number(out, "size", vector->size);
    put_text(out, "distance", vg_slice_str(vg_distance_name(vector->distance)));
    put_number(out, "idf", vector->has_idf);
    put_number(out, "on_disk", vector->on_disk);
    put_text(out, "datatype", vector->datatype);
    put_text(out, "hnsw_config", vector->hnsw_config);
    put_text(out, "quantization_config", vector->quantization_config);
    put_text(out, "sparse_index", vector->sparse_index);
    vg_json_close_object(out);
}

/* Whatever their order was. */
static bool put_vectors(vg_json_out *out, const vg_collection_spec *spec, vg_arena *arena)
{
    const vg_vector_params **sorted =
        VG_TAKE_N(arena, const vg_vector_params *, (size_t)spec->vector_count + 1);

    if (sorted == NULL)
        return false;
    for (uint32_t i = 0; i < spec->vector_count; i++)
        sorted[i] = &spec->vectors[i];
    qsort(sorted, spec->vector_count, sizeof(const vg_vector_params *), by_name);
    vg_json_open_array(out);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        put_vector(out, sorted[i]);
    vg_json_close_array(out);
    return true;
}

/* What Qdrant counts over a whole object: how rare a word is, and the bounds and rates of its
 * strict mode. Nobody else's points may count, so such a collection shares with none. */
static bool is_alone(const vg_collection_spec *spec, const vg_json *settings)
{
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (spec->vectors[i].has_idf)
            return true;
    }
    return !vg_json_is_null(vg_json_get(settings, VG_LIT("strict_mode_config")));
}

static vg_slice own_name(const vg_qdrant_newcomer *it, vg_arena *arena)
{
    return vg_physical_own(arena, it->who->name, it->name, NAME_BYTES);
}

static vg_slice common_of(const vg_qdrant_newcomer *it, vg_arena *arena)
{
    const vg_json *settings = read_object(arena, it->spec->settings);
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("vectors"));
    if (!put_vectors(&out, it->spec, arena))
        return keep(arena, &buf);
    vg_json_put_key(&out, VG_LIT("settings"));
    put_settings(&out, settings);
    if (is_alone(it->spec, settings))
        put_text(&out, "of", own_name(it, arena));
    vg_json_close_object(&out);
    return keep(arena, &buf);
}

bool vg_qdrant_place(const vg_qdrant_newcomer *it, vg_arena *arena, vg_placement *out)
{
    bool is_own = it->who->is_sole || !it->shares;
    vg_slice common = {0};

    *out = (vg_placement){.physical = it->name, .raw_ids = true};
    if (it->who->is_sole && !vg_physical_is_derived(it->name))
        return true;
    if (!is_own)
        common = common_of(it, arena);
    if (vg_arena_is_spent(arena) || (!is_own && common.len == 0))
        return false;
    out->raw_ids = is_own;
    out->physical = is_own ? own_name(it, arena) : vg_physical_shared(arena, common);
    return out->physical.len > 0;
}
