/* Indexes of vectors: an HNSW graph, or IVFFlat lists, for each dense one that pgvector can index.
 *
 *     up to 2000 dimensions   the column itself
 *     up to 4000              its numbers as halfvec, or the column where it is one; what is found
 *                             is put in order by the column's own numbers
 *     more, multivectors      none: they are scanned; nor are there lists of Manhattan distances
 *
 * Lists, as pgvector's README has them: one for each 1000 points, and of more than a million points
 * their square root; a search looks into the square root of their number. What indexes a
 * collection is to have in all is in wanted.c. */
#include <inttypes.h>
#include <math.h>

#include "vecgate/json.h"

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

enum { MOST_INDEXED = 2000, MOST_HALF_INDEXED = 4000 };
enum { MOST_LISTS = 32768 };
enum { LEAST_M = 2, MOST_M = 100, LEAST_CONSTRUCTION = 4, MOST_CONSTRUCTION = 1000 };

/* ---- what a graph is made with ---- */

static bool is_uint8_cosine(const vg_vector_params *params)
{
    return params->kind != VG_SPARSE && params->distance == VG_COSINE &&
           vg_datatype_of(params->datatype) == VG_UINT8;
}

const char *vg_pgvector_operator(const vg_vector_params *params)
{
    if (is_uint8_cosine(params)) /* these are not normalised */
        return "<=>";
    switch (params->distance) {
    case VG_EUCLID:
        return "<->";
    case VG_MANHATTAN:
        return "<+>";
    default:
        return "<#>";
    }
}

uint64_t vg_pgvector_lists(const vg_pgvector_conf *conf, uint64_t points)
{
    uint64_t lists = points > 1000000 ? (uint64_t)sqrt((double)points) : points / 1000;

    if (conf->ivfflat_lists > 0)
        return conf->ivfflat_lists;
    return lists < 1 ? 1 : lists > MOST_LISTS ? MOST_LISTS : lists;
}

static const char *operators_of(const vg_vector_params *params, bool is_half)
{
    if (is_uint8_cosine(params))
        return is_half ? "halfvec_cosine_ops" : "vector_cosine_ops";
    switch (params->distance) {
    case VG_EUCLID:
        return is_half ? "halfvec_l2_ops" : "vector_l2_ops";
    case VG_MANHATTAN:
        return is_half ? "halfvec_l1_ops" : "vector_l1_ops";
    default:
        return is_half ? "halfvec_ip_ops" : "vector_ip_ops";
    }
}

/* A member of an object that was given as text, or of its section; `otherwise` when there is none.
 */
static uint64_t number_of(vg_arena *arena, vg_slice object, const char *section, const char *key,
                          uint64_t otherwise)
{
    char *padded = object.len > 0 ? vg_arena_take_zero(arena, 1, object.len + VG_JSON_PAD) : NULL;
    const vg_json *document, *member;
    uint64_t number;

    if (!padded)
        return otherwise;
    memcpy(padded, object.at, object.len);
    document = vg_json_read(arena, vg_slice_of(padded, object.len), VG_JSON_DEPTH, NULL);
    member = vg_json_get(document, vg_slice_str(section));
    member = vg_json_get(member ? member : document, vg_slice_str(key));
    return member && vg_json_read_u64(arena, member, &number, NULL) ? number : otherwise;
}

static uint64_t within(uint64_t number, uint64_t least, uint64_t most)
{
    return number < least ? least : number > most ? most : number;
}

static void tune(const vg_pgvector_job *job, const vg_collection_spec *spec,
                 const vg_vector_params *params, vg_pgvector_index *out)
{
    vg_arena *arena = job->t->scratch;
    uint64_t m = job->conf->hnsw_m, ef = job->conf->hnsw_ef_construction, threshold = 1;

    threshold = number_of(arena, spec->settings, "optimizers_config", "indexing_threshold", 1);
    threshold =
        number_of(arena, spec->settings, "optimizers_config", "indexing_threshold_kb", threshold);
    m = number_of(arena, spec->settings, "hnsw_config", "m", m);
    m = number_of(arena, params->hnsw_config, "hnsw_config", "m", m);
    ef = number_of(arena, spec->settings, "hnsw_config", "ef_construct", ef);
    ef = number_of(arena, params->hnsw_config, "hnsw_config", "ef_construct", ef);
    if (job->is_shared) { /* what one collection says would hold for others */
        out->is_overruled =
            m != job->conf->hnsw_m || ef != job->conf->hnsw_ef_construction || threshold == 0;
        m = job->conf->hnsw_m;
        ef = job->conf->hnsw_ef_construction;
        threshold = 1;
    }
    out->is_there = m > 0 && threshold > 0; /* 0: no graph is wanted */
    m = within(m, LEAST_M, MOST_M);
    ef = within(ef, LEAST_CONSTRUCTION, MOST_CONSTRUCTION);
    if (ef < 2 * m) /* pgvector wants that */
        ef = 2 * m;
    out->options = vg_arena_printf(arena, "m=%" PRIu64 ",ef_construction=%" PRIu64, m, ef);
}

static void choose(const vg_pgvector_job *job, const vg_collection_spec *spec,
                   const vg_vector_params *params, vg_pgvector_index *out)
{
    const vg_pgvector_conf *conf = job->conf;

    tune(job, spec, params, out);
    out->is_lists = conf->index == VG_PGVECTOR_IVFFLAT;
    out->is_there = out->is_there && conf->index != VG_PGVECTOR_NO_INDEX;
    out->cannot_be = out->is_there && (params->size > MOST_HALF_INDEXED ||
                                       (out->is_lists && params->distance == VG_MANHATTAN));
    out->is_there = out->is_there && !out->cannot_be;
    if (out->is_lists)
        out->options = conf->ivfflat_lists > 0
                           ? vg_arena_printf(job->t->scratch, "lists=%" PRIu64, conf->ivfflat_lists)
                           : (vg_slice){0};
}

bool vg_pgvector_index_of(vg_pgvector_job *job, const vg_collection_spec *spec,
                          const vg_vector_params *params, vg_pgvector_index *out)
{
    vg_arena *arena = job->t->scratch;
    bool is_half = vg_pgvector_is_half(params);
    bool is_cast = !is_half && params->size > MOST_INDEXED;
    vg_slice column = vg_pg_quote(arena, vg_pg_column_name(arena, params->name));

    *out = (vg_pgvector_index){.cast = vg_pgvector_type(arena, params), .expression = column};
    if (params->kind == VG_DENSE)
        choose(job, spec, params, out);
    if (out->is_there && is_cast) {
        out->cast = vg_arena_printf(arena, "halfvec(%" PRIu32 ")", params->size);
        out->expression =
            vg_arena_printf(arena, "(" VG_FMT "::" VG_FMT ")", VG_ARG(column), VG_ARG(out->cast));
    }
    out->is_cast = out->is_there && is_cast;
    out->operators = operators_of(params, is_half || is_cast);
    return !vg_arena_is_spent(arena) || vg_pgvector_spent(job->t);
}
