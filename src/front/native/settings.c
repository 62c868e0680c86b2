/* How a vector is indexed and quantized: what a creation says of it in the native words, and how a
 * description tells it. Between the two it is kept as Qdrant's grammar has it (FACTS 10), which
 * collections of the other API are made in.
 *
 *     "index":{"m":8}                                    hnsw_config {"m":8}
 *     "quantization":{"type":"int8","quantile":0.99}     {"scalar":{"type":"int8","quantile":0.99}}
 *     "quantization":{"type":"binary"}                   {"binary":{}}
 *     "quantization":{"type":"bfloat16"}                 {"bfloat16":{}}
 *
 * Pure: any thread. */
#include <inttypes.h>

#include "front/member.h"
#include "front/native/native.h"

enum { LINKS_MOST = 512, CANDIDATES_MOST = 65536 };

/* ---- reading ---- */

/* {…} and one member more; an absent one leaves it alone. */
static void add_member(vg_arena *arena, vg_slice *object, const char *name, const vg_json *v)
{
    vg_slice before = *object;

    if (!v)
        return;
    if (before.len > 0)
        before.len--; /* its closing brace */
    else
        before = VG_LIT("{");
    *object = vg_arena_printf(arena, VG_FMT "%s\"%s\":" VG_FMT "}", VG_ARG(before),
                              before.len > 1 ? "," : "", name, VG_ARG(v->raw));
}

/* One link of a point would leave it alone with its neighbour. */
static bool read_links(vg_arena *arena, const vg_json *v, vg_status *status)
{
    uint32_t links = 0;

    return vg_native_read_count(arena, v, (bounds){0, LINKS_MOST}, &links, status) &&
           (links != 1 ||
            vg_native_wrong(arena, v, "must be 0, for no graph, or 2 and more", status));
}

static bool read_index(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    const vg_json *links = NULL, *candidates = NULL, *scanned = NULL;
    const field fields[] = {{"m", &links, false},
                            {"ef_construct", &candidates, false},
                            {"full_scan_threshold", &scanned, false}};
    uint32_t ignored;

    if (!v)
        return true;
    if (!READ_FIELDS(arena, v, fields, status) || !read_links(arena, links, status) ||
        !vg_native_read_count(arena, candidates, (bounds){4, CANDIDATES_MOST}, &ignored, status) ||
        !vg_native_read_count(arena, scanned, (bounds){10, UINT32_MAX}, &ignored, status))
        return false;
    add_member(arena, out, "m", links);
    add_member(arena, out, "ef_construct", candidates);
    add_member(arena, out, "full_scan_threshold", scanned);
    return true;
}

static bool read_quantile(vg_arena *arena, const vg_json *v, vg_status *status)
{
    double quantile;

    if (!v)
        return true;
    if (!vg_json_read_f64(arena, v, &quantile, status))
        return false;
    if (quantile >= 0.5 && quantile <= 1)
        return true;
    vg_status_setf(status, arena, VG_RANGE, vg_json_path(arena, v),
                   "must be from 0.5 to 1, got " VG_FMT, VG_ARG(v->raw));
    return false;
}

enum { BFLOAT16, INT8, BINARY, TYPES };
static const char *const types[] = {"bfloat16", "int8", "binary", NULL};

static bool read_quantization(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    static const char *const kept[TYPES] = {VG_BFLOAT16_CONFIG, "{\"scalar\":{\"type\":\"int8\"}}",
                                            "{\"binary\":{}}"};
    const vg_json *type = NULL, *quantile = NULL;
    const field fields[] = {{"type", &type, true}, {"quantile", &quantile, false}};
    uint32_t place = 0;

    if (!v)
        return true;
    if (!READ_FIELDS(arena, v, fields, status) ||
        !vg_native_read_word(arena, type, types, &place, status))
        return false;
    if (quantile && place != INT8)
        return vg_native_wrong(arena, quantile, "only \"int8\" has a quantile", status);
    *out = vg_slice_str(kept[place]);
    if (quantile)
        *out = vg_arena_printf(arena, "{\"scalar\":{\"type\":\"int8\",\"quantile\":" VG_FMT "}}",
                               VG_ARG(quantile->raw));
    return read_quantile(arena, quantile, status);
}

bool vg_native_read_settings(vg_arena *arena, const vg_json *index, const vg_json *quantization,
                             vg_vector_params *to, vg_status *status)
{
    return read_index(arena, index, &to->hnsw_config, status) &&
           read_quantization(arena, quantization, &to->quantization_config, status);
}

/* ---- writing ---- */

const vg_json *vg_native_read_kept(vg_arena *arena, vg_slice text)
{
    char *padded = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);

    if (!padded || text.len == 0)
        return NULL;
    memcpy(padded, text.at, text.len);
    return vg_json_read(arena, vg_slice_of(padded, text.len), VG_JSON_DEPTH, NULL);
}

static void put(vg_json_out *out, const char *key, const vg_json *v)
{
    vg_json_put_key(out, vg_slice_str(key));
    vg_json_put_raw(out, v->raw);
}

/* A setting of an index, its second spelling, and its default, which a Qdrant tells of every
 * collection. */
static const struct setting {
    const char *name, *other, *usual;
} settings[] = {{"m", NULL, "16"},
                {"ef_construct", NULL, "100"},
                {"full_scan_threshold", "full_scan_threshold_kb", "10000"}};

/* What is said of a vector, or else of all; NULL: nothing, or no more than the default of all. */
static const vg_json *find_setting(const struct setting *of, const vg_json *all, const vg_json *own)
{
    const vg_json *v = vg_member_get(own, of->name, of->other);

    if (v)
        return v;
    v = vg_member_get(all, of->name, of->other);
    return v && !vg_slice_is_str(v->raw, of->usual) ? v : NULL;
}

static void write_index(vg_json_out *out, const vg_json *all, const vg_json *own)
{
    bool is_open = false;

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        const vg_json *v = find_setting(&settings[i], all, own);

        if (!v)
            continue;
        if (!is_open) {
            vg_json_put_key(out, VG_LIT("index"));
            vg_json_open_object(out);
        }
        is_open = true;
        put(out, settings[i].name, v);
    }
    if (is_open)
        vg_json_close_object(out);
}

/* A Qdrant has forms that cannot be asked for here. */
static const struct {
    const char *kept, *word;
} forms[] = {{"scalar", "int8"},
             {"binary", "binary"},
             {"bfloat16", "bfloat16"},
             {"product", "product"},
             {"turboquant", "turboquant"}};

/* False: it says of no form that it is wanted. */
static bool write_form(vg_json_out *out, const vg_json *quantization)
{
    const vg_json *form = NULL, *quantile;
    size_t i = 0;

    while (i < sizeof forms / sizeof forms[0] &&
           !(form = vg_member_get(quantization, forms[i].kept, NULL)))
        i++;
    if (!form)
        return false;
    vg_json_put_key(out, VG_LIT("quantization"));
    vg_json_open_object(out);
    vg_json_put_key(out, VG_LIT("type"));
    vg_json_put_text(out, vg_slice_str(forms[i].word));
    quantile = vg_member_get(form, "quantile", NULL);
    if (quantile)
        put(out, "quantile", quantile);
    vg_json_close_object(out);
    return true;
}

void vg_native_write_settings(vg_json_out *out, vg_arena *arena, const vg_json *all,
                              const vg_vector_params *vector)
{
    write_index(out, vg_member_get(all, "hnsw_config", NULL),
                vg_native_read_kept(arena, vector->hnsw_config));
    if (!write_form(out, vg_native_read_kept(arena, vector->quantization_config)))
        write_form(out, vg_member_get(all, "quantization_config", NULL));
}
