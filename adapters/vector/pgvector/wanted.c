/* Which indexes a collection is to have: of its vectors (index.c), one GIN of the indices of each
 * sparse one, one GIN of the payloads for the fields that are looked up by value, and one of their
 * own for the fields that are asked for ranges, places or words (extract.h). */
#include <inttypes.h>

#include "adapters/vector/pgvector/extract.h"
#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

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

static vg_pgvector_wanted *add(vg_pgvector_wanteds *list, const vg_pgvector_wanted *one)
{
    list->at[list->count] = *one;
    return &list->at[list->count++];
}

static void name_it(vg_pgvector_job *job, const char *word, const char *new_word,
                    vg_pgvector_wanted *out)
{
    vg_slice key = out->params ? out->params->name : (vg_slice){0};

    out->name = vg_pg_index_name(job->t->scratch, job->owner, vg_slice_str(word), key);
    out->new_name = vg_pg_index_name(job->t->scratch, job->owner, vg_slice_str(new_word), key);
}

/* ---- vectors ---- */

static bool add_vector(vg_pgvector_job *job, const vg_collection_spec *spec,
                       const vg_vector_params *params, vg_pgvector_wanteds *out)
{
    vg_pgvector_wanted one = {.kind = VG_PGVECTOR_GRAPH, .params = params};

    if (params->kind == VG_SPARSE) {
        one.kind = VG_PGVECTOR_SPARSE;
        if (!job->is_shared)
            name_it(job, "sparse", "sparse new", add(out, &one));
        return true;
    }
    if (!vg_pgvector_index_of(job, spec, params, &one.graph))
        return false;
    if (one.graph.is_there)
        name_it(job, "vector", "vector new", add(out, &one));
    return true;
}

/* ---- fields ---- */

static void add_payload(vg_pgvector_job *job, const vg_indexes *fields, vg_pgvector_wanteds *out)
{
    vg_pgvector_wanted one = {.kind = VG_PGVECTOR_PAYLOAD};

    for (uint32_t i = 0; i < fields->count; i++) {
        if (!is_looked_up(&fields->at[i]))
            continue;
        one.field = &fields->at[i];
        name_it(job, "payload", "payload new", add(out, &one));
        return;
    }
}

/* Two ways to write one path are two fields, with an index each. */
static bool add_field(vg_pgvector_job *job, const vg_index *field, vg_pgvector_wanteds *out)
{
    vg_arena *arena = job->t->scratch;
    vg_pgvector_wanted one = {.kind = VG_PGVECTOR_FIELD, .field = field};
    vg_pg_extract what;
    vg_path path;
    vg_slice word;

    if (vg_path_read(arena, field->key, &path) != VG_PATH_OK)
        return !vg_arena_is_spent(arena) || vg_pgvector_spent(job->t);
    what = vg_pg_extract_of(field, &path);
    if (what == VG_PG_EXTRACT_NONE)
        return true;
    one.expression = vg_pg_extract_write(arena, what, "payload", &path);
    one.method = vg_pg_extract_method(what);
    word = vg_slice_str(vg_pg_extract_word(what));
    one.name = one.new_name = vg_pg_field_index_name(arena, job->owner, word, field->key);
    add(out, &one);
    return true;
}

/* ---- all ---- */

bool vg_pgvector_list_wanted(vg_pgvector_job *job, const vg_collection_spec *spec,
                             vg_pgvector_wanteds *out)
{
    size_t room = (size_t)spec->vector_count + spec->indexes.count + 1;

    *out = (vg_pgvector_wanteds){.at = VG_TAKE_N(job->t->scratch, vg_pgvector_wanted, room)};
    if (!out->at)
        return vg_pgvector_spent(job->t);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (!add_vector(job, spec, &spec->vectors[i], out))
            return false;
    if (!job->is_shared)
        add_payload(job, &spec->indexes, out);
    for (uint32_t i = 0; i < spec->indexes.count && !job->is_shared; i++)
        if (!add_field(job, &spec->indexes.at[i], out))
            return false;
    return !vg_arena_is_spent(job->t->scratch) || vg_pgvector_spent(job->t);
}

/* A table that is shared may be another collection's, whose settings ask for it. */
static bool is_of_vector(const vg_pgvector_job *job, const vg_collection_spec *spec, vg_slice name)
{
    vg_arena *arena = job->t->scratch;

    for (uint32_t i = 0; i < spec->vector_count && !job->is_shared; i++)
        if (vg_slice_is(
                name, vg_pg_index_name(arena, job->owner, VG_LIT("vector"), spec->vectors[i].name)))
            return true;
    return false;
}

bool vg_pgvector_is_unwanted(vg_pgvector_job *job, const vg_collection_spec *spec,
                             const vg_pgvector_wanteds *wanted, vg_slice name)
{
    vg_slice payload =
        vg_pg_index_name(job->t->scratch, job->owner, VG_LIT("payload"), (vg_slice){0});

    for (uint32_t i = 0; i < wanted->count; i++)
        if (vg_slice_is(name, wanted->at[i].name))
            return false;
    return vg_pg_is_field_index_name(name) || vg_slice_is(name, payload) ||
           is_of_vector(job, spec, name);
}

/* ---- statements ---- */

static void put_vector(vg_pg_sql *sql, const vg_pgvector_conf *conf, const vg_pgvector_index *index,
                       uint64_t points)
{
    vg_pg_sql_text(sql, index->is_lists ? " USING ivfflat (" : " USING hnsw (");
    vg_pg_sql_slice(sql, index->expression);
    vg_pg_sql_text(sql, " ");
    vg_pg_sql_text(sql, index->operators);
    vg_pg_sql_text(sql, ") WITH (");
    if (index->is_lists) {
        vg_pg_sql_text(sql, "lists=");
        vg_pg_sql_u64(sql, vg_pgvector_lists(conf, points));
    } else {
        vg_pg_sql_slice(sql, index->options);
    }
    vg_pg_sql_text(sql, ")");
}

void vg_pgvector_put_index(vg_pgvector_job *job, const vg_pgvector_wanted *wanted,
                           const char *create, vg_slice name, uint64_t points)
{
    vg_pg_sql *sql = &job->sql;

    vg_pg_sql_text(sql, create);
    vg_pg_sql_name(sql, name);
    vg_pg_sql_text(sql, " ON ");
    vg_pgvector_put_name(job, job->table);
    switch (wanted->kind) {
    case VG_PGVECTOR_GRAPH:
        put_vector(sql, job->conf, &wanted->graph, points);
        return;
    case VG_PGVECTOR_SPARSE:
        vg_pg_sql_text(sql, " USING gin (");
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, wanted->params->name));
        vg_pg_sql_text(sql, ")");
        return;
    case VG_PGVECTOR_PAYLOAD:
        vg_pg_sql_text(sql, " USING gin (payload jsonb_path_ops)");
        return;
    case VG_PGVECTOR_FIELD:
        vg_pg_sql_text(sql, " USING ");
        vg_pg_sql_text(sql, wanted->method);
        vg_pg_sql_text(sql, " (");
        vg_pg_sql_slice(sql, wanted->expression);
        vg_pg_sql_text(sql, ")");
    }
}

bool vg_pgvector_add_indexes(vg_pgvector_job *job, const vg_collection_spec *spec)
{
    vg_pgvector_wanteds wanted;

    if (!vg_pgvector_list_wanted(job, spec, &wanted))
        return false;
    for (uint32_t i = 0; i < wanted.count; i++) {
        if (wanted.at[i].kind == VG_PGVECTOR_GRAPH && wanted.at[i].graph.is_lists) {
            job->lacks_vectors = true; /* of nothing no lists are made: a job does that in time */
            continue;
        }
        vg_pgvector_put_index(job, &wanted.at[i], "CREATE INDEX ", wanted.at[i].name, 0);
        if (!vg_pgvector_end_statement(job))
            return false;
    }
    job->t->result.made.is_indexed = !job->lacks_vectors; /* all of them: no job is to look */
    return true;
}
