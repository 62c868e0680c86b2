/* See tuning.h. */
#include "engine/tuning.h"

#include "vecgate/json.h"

#include "engine/hnsw.h"

enum { ARENA_BYTES = 1 << 20, NODE_BYTES = 256, KIB = 1024 };
enum { FILTERED_VECTORS = 50000, MOST_FILTERED_EF = 2000 };

/* A number of a section, under either of its names. */
typedef struct setting {
    vg_slice name, other;
    uint64_t otherwise;
} setting;

static const setting m = {VG_LIT_INIT("m"), VG_LIT_INIT("m"), 16};
static const setting ef_construct = {VG_LIT_INIT("ef_construct"), VG_LIT_INIT("ef_construct"), 100};
static const setting full_scan = {VG_LIT_INIT("full_scan_threshold"),
                                  VG_LIT_INIT("full_scan_threshold_kb"), 10000};
static const setting indexing = {VG_LIT_INIT("indexing_threshold"),
                                 VG_LIT_INIT("indexing_threshold_kb"), 20000};

/* The last section that has it counts. */
static uint64_t number_of(const setting *s, const vg_json *const *sections, size_t count)
{
    uint64_t number = s->otherwise;

    for (size_t i = 0; i < count; i++) {
        const vg_json *v = vg_json_get(sections[i], s->name);

        if (!v)
            v = vg_json_get(sections[i], s->other);
        if (!vg_json_is_null(v))
            vg_json_read_u64(NULL, v, &number, NULL);
    }
    return number;
}

static uint64_t bytes_of(uint64_t kib)
{
    return kib < UINT64_MAX / KIB ? kib * KIB : UINT64_MAX;
}

static uint32_t within(uint64_t number, uint32_t least, uint32_t most)
{
    return number < least ? least : number > most ? most : (uint32_t)number;
}

static void read(const vg_json *settings, const vg_json *own, vg_tuning *out)
{
    const vg_json *hnsw[] = {vg_json_get(settings, VG_LIT("hnsw_config")), own};
    const vg_json *optimizers[] = {vg_json_get(settings, VG_LIT("optimizers_config"))};
    uint64_t links = number_of(&m, hnsw, 2), least = number_of(&indexing, optimizers, 1);

    *out = (vg_tuning){
        .ef_construct = within(number_of(&ef_construct, hnsw, 2), 1, VG_TUNING_EF_MOST),
        .full_scan_bytes = bytes_of(number_of(&full_scan, hnsw, 2)),
        .least_bytes = bytes_of(least),
    };
    if (links > 0 && least > 0)
        out->m = within(links, VG_HNSW_M_LEAST, VG_TUNING_M_MOST);
    if (out->least_bytes < out->full_scan_bytes)
        out->least_bytes = out->full_scan_bytes; /* a graph that no search would use */
}

static float quantile_of(const vg_json *scalar)
{
    const vg_json *v = vg_json_get(scalar, VG_LIT("quantile"));
    double quantile = 1;

    if (!vg_json_is_null(v))
        vg_json_read_f64(NULL, v, &quantile, NULL);
    return quantile >= 0.5 && quantile <= 1 ? (float)quantile : 1;
}

static vg_coding coding_of(const vg_json *quantization)
{
    const vg_json *scalar = vg_json_get(quantization, VG_LIT("scalar"));

    if (!vg_json_is_null(scalar))
        return (vg_coding){VG_CODE_INT8, quantile_of(scalar)};
    if (!vg_json_is_null(vg_json_get(quantization, VG_LIT("binary"))))
        return (vg_coding){.kind = VG_CODE_BINARY};
    if (!vg_json_is_null(vg_json_get(quantization, VG_LIT("bfloat16"))))
        return (vg_coding){.kind = VG_CODE_BFLOAT16};
    return (vg_coding){.kind = VG_CODE_NONE};
}

/* An object of a text, or NULL. Stored texts have no bytes behind them that may be read. */
static const vg_json *object_of(vg_arena *arena, vg_slice text)
{
    const vg_json *v;
    char *copy;

    if (text.len == 0)
        return NULL;
    copy = vg_arena_take_zero(arena, 1, text.len + VG_JSON_PAD);
    if (!copy)
        return NULL;
    memcpy(copy, text.at, text.len);
    v = vg_json_read(arena, vg_slice_of(copy, text.len), VG_JSON_DEPTH, NULL);
    return v && v->kind == VG_JSON_OBJECT ? v : NULL;
}

bool vg_tuning_read(const vg_collection_spec *spec, uint32_t place, vg_tuning *out)
{
    const vg_vector_params *vector = &spec->vectors[place];
    vg_slice own = vector->hnsw_config;
    vg_arena *arena = vg_arena_new(ARENA_BYTES + NODE_BYTES * (spec->settings.len + own.len +
                                                               vector->quantization_config.len));
    bool good = arena != NULL;
    const vg_json *settings, *quantization;

    if (good) {
        settings = object_of(arena, spec->settings);
        quantization = object_of(arena, vector->quantization_config);
        read(settings, object_of(arena, own), out);
        out->coding = coding_of(
            quantization ? quantization : vg_json_get(settings, VG_LIT("quantization_config")));
        good = !vg_arena_is_spent(arena);
        if (vector->kind == VG_SPARSE)
            out->m = 0;
        if (vector->kind != VG_DENSE || vg_datatype_of(vector->datatype) != VG_FLOAT32)
            out->coding = (vg_coding){.kind = VG_CODE_NONE};
    }
    vg_arena_free(arena);
    return good;
}

uint32_t vg_tuning_ef(const vg_tuning *tuning, uint64_t vectors, bool is_filtered)
{
    uint64_t ef = tuning->ef_construct, wide = ef * vectors / FILTERED_VECTORS;

    if (!is_filtered || wide <= ef || ef >= MOST_FILTERED_EF)
        return (uint32_t)ef;
    return wide < MOST_FILTERED_EF ? (uint32_t)wide : MOST_FILTERED_EF;
}
