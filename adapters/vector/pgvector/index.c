/* Indexes: an HNSW graph for each dense vector that pgvector can index, a GIN of the indices of
 * each sparse one, and one GIN of the payloads for the fields that are looked up by value.
 *
 *     up to 2000 dimensions   the column itself
 *     up to 4000              its numbers as halfvec, or the column where it is one; what is found
 *                             is put in order by the column's own numbers
 *     more, multivectors      none: they are scanned */
#include <inttypes.h>

#include "vecgate/json.h"

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

enum { MOST_INDEXED = 2000, MOST_HALF_INDEXED = 4000 };
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

/* A member of an object that was given as text; `otherwise` when there is none. */
static uint64_t number_of(vg_arena *arena, vg_slice object, const char *key, uint64_t otherwise)
{
    char *padded = object.len > 0 ? vg_arena_take_zero(arena, 1, object.len + VG_JSON_PAD) : NULL;
    const vg_json *document, *member;
    uint64_t number;

    if (!padded)
        return otherwise;
    memcpy(padded, object.at, object.len);
    document = vg_json_read(arena, vg_slice_of(padded, object.len), VG_JSON_DEPTH, NULL);
    member = vg_json_get(document, vg_slice_str(key));
    if (!member && vg_json_get(document, VG_LIT("hnsw_config"))) /* of the collection's settings */
        member = vg_json_get(vg_json_get(document, VG_LIT("hnsw_config")), vg_slice_str(key));
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
    uint64_t m = job->conf->hnsw_m, ef = job->conf->hnsw_ef_construction;

    if (!job->is_shared) { /* what one collection says would hold for others */
        m = number_of(arena, spec->settings, "m", m);
        m = number_of(arena, params->hnsw_config, "m", m);
        ef = number_of(arena, spec->settings, "ef_construct", ef);
        ef = number_of(arena, params->hnsw_config, "ef_construct", ef);
    }
    out->is_there = m > 0; /* 0: no graph is wanted */
    m = within(m, LEAST_M, MOST_M);
    ef = within(ef, LEAST_CONSTRUCTION, MOST_CONSTRUCTION);
    if (ef < 2 * m) /* pgvector wants that */
        ef = 2 * m;
    out->options = vg_arena_printf(arena, "m=%" PRIu64 ",ef_construction=%" PRIu64, m, ef);
}

bool vg_pgvector_index_of(vg_pgvector_job *job, const vg_collection_spec *spec,
                          const vg_vector_params *params, vg_pgvector_index *out)
{
    vg_arena *arena = job->t->scratch;
    bool is_half = vg_pgvector_is_half(params);
    bool is_cast = !is_half && params->size > MOST_INDEXED;
    vg_slice column = vg_pg_quote(arena, vg_pg_column_name(arena, params->name));

    *out = (vg_pgvector_index){.cast = vg_pgvector_type(arena, params), .expression = column};
    if (params->kind == VG_DENSE && params->size <= MOST_HALF_INDEXED)
        tune(job, spec, params, out);
    if (out->is_there && is_cast) {
        out->cast = vg_arena_printf(arena, "halfvec(%" PRIu32 ")", params->size);
        out->expression =
            vg_arena_printf(arena, "(" VG_FMT "::" VG_FMT ")", VG_ARG(column), VG_ARG(out->cast));
    }
    out->is_cast = out->is_there && is_cast;
    out->operators = operators_of(params, is_half || is_cast);
    return !vg_arena_is_spent(arena) || vg_pgvector_spent(job->t);
}

/* ---- all of a collection ---- */

static bool is_looked_up(const vg_index *index)
{
    switch (index->kind) {
    case VG_INDEX_KEYWORD:
    case VG_INDEX_BOOL:
    case VG_INDEX_UUID:
        return true;
    case VG_INDEX_INTEGER:
        return !index->no_lookup;
    default:
        return false;
    }
}

static bool wants_payload(const vg_indexes *indexes)
{
    for (uint32_t i = 0; i < indexes->count; i++)
        if (is_looked_up(&indexes->at[i]))
            return true;
    return false;
}

static void name_wanted(vg_pgvector_job *job, const char *word, const char *new_word,
                        vg_pgvector_wanted *out)
{
    vg_slice key = out->params ? out->params->name : (vg_slice){0};

    out->name = vg_pg_index_name(job->t->scratch, job->owner, vg_slice_str(word), key);
    out->new_name = vg_pg_index_name(job->t->scratch, job->owner, vg_slice_str(new_word), key);
}

bool vg_pgvector_list_wanted(vg_pgvector_job *job, const vg_collection_spec *spec,
                             vg_pgvector_wanted *out, uint32_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        vg_pgvector_wanted one = {.params = &spec->vectors[i]};

        one.kind = one.params->kind == VG_SPARSE ? VG_PGVECTOR_SPARSE : VG_PGVECTOR_GRAPH;
        if (!vg_pgvector_index_of(job, spec, one.params, &one.graph))
            return false;
        if (one.kind == VG_PGVECTOR_GRAPH && !one.graph.is_there)
            continue;
        if (one.kind == VG_PGVECTOR_GRAPH)
            name_wanted(job, "vector", "vector new", &one);
        else
            name_wanted(job, "sparse", "sparse new", &one);
        out[(*count)++] = one;
    }
    if (job->is_shared || wants_payload(&spec->indexes)) {
        out[*count] = (vg_pgvector_wanted){.kind = VG_PGVECTOR_PAYLOAD};
        name_wanted(job, "payload", "payload new", &out[(*count)++]);
    }
    return !vg_arena_is_spent(job->t->scratch) || vg_pgvector_spent(job->t);
}

void vg_pgvector_put_index(vg_pgvector_job *job, const vg_pgvector_wanted *wanted,
                           const char *create, vg_slice name)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, create);
    vg_pg_sql_name(sql, name);
    vg_pg_sql_text(sql, " ON ");
    vg_pgvector_put_name(job, job->table);
    switch (wanted->kind) {
    case VG_PGVECTOR_GRAPH:
        vg_pg_sql_text(sql, " USING hnsw (");
        vg_pg_sql_slice(sql, wanted->graph.expression);
        vg_pg_sql_text(sql, " ");
        vg_pg_sql_text(sql, wanted->graph.operators);
        vg_pg_sql_text(sql, ") WITH (");
        vg_pg_sql_slice(sql, wanted->graph.options);
        vg_pg_sql_text(sql, ")");
        return;
    case VG_PGVECTOR_SPARSE:
        vg_pg_sql_text(sql, " USING gin (");
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, wanted->params->name));
        vg_pg_sql_text(sql, ")");
        return;
    case VG_PGVECTOR_PAYLOAD:
        vg_pg_sql_text(sql, " USING gin (payload jsonb_path_ops)");
    }
}

bool vg_pgvector_add_indexes(vg_pgvector_job *job, const vg_collection_spec *spec)
{
    vg_pgvector_wanted *wanted =
        VG_TAKE_N(job->t->scratch, vg_pgvector_wanted, (size_t)spec->vector_count + 1);
    uint32_t count;

    if (!wanted)
        return vg_pgvector_spent(job->t);
    if (!vg_pgvector_list_wanted(job, spec, wanted, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        vg_pgvector_put_index(job, &wanted[i], "CREATE INDEX ", wanted[i].name);
        if (!vg_pgvector_end_statement(job))
            return false;
    }
    return true;
}
