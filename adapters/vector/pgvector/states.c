/* How far a table's indexes are, as PostgreSQL tells it. */
#include <inttypes.h>

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

void vg_pgvector_put_states(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql,
                   "SELECT i.relname::text, x.indisvalid, array_to_string(i.reloptions, ','), "
                   "w.pid IS NOT NULL, w.blocks_done, w.blocks_total, "
                   "greatest(r.reltuples,0)::bigint FROM pg_index x JOIN pg_class i ON "
                   "i.oid=x.indexrelid JOIN pg_class r ON r.oid=x.indrelid LEFT JOIN "
                   "pg_stat_progress_create_index w ON w.index_relid=x.indexrelid "
                   "WHERE x.indrelid=to_regclass(");
    vg_pgvector_bind_name(job, job->table);
    vg_pg_sql_text(&job->sql, ")");
}

bool vg_pgvector_find_state(vg_try *t, const vg_pg_rows *rows, vg_slice name,
                            vg_pgvector_state *out)
{
    uint32_t row = 0;
    int64_t done = 0, total = 0, points = 0;

    *out = (vg_pgvector_state){0};
    if (rows->rows > 0 && vg_cell_i64(vg_pgvector_cell(rows, 0, 6), &points))
        out->points = (uint64_t)points;
    while (row < rows->rows && !vg_slice_is(vg_pgvector_cell(rows, row, 0), name))
        row++;
    if (row == rows->rows)
        return true;
    out->is_there = true;
    out->options = vg_pgvector_cell(rows, row, 2);
    if (!vg_cell_bool(vg_pgvector_cell(rows, row, 1), &out->is_valid) ||
        !vg_cell_bool(vg_pgvector_cell(rows, row, 3), &out->is_built_now))
        return vg_pgvector_misread(t, "an index has no state") == VG_DONE;
    if (out->is_built_now && vg_cell_i64(vg_pgvector_cell(rows, row, 4), &done) &&
        vg_cell_i64(vg_pgvector_cell(rows, row, 5), &total)) {
        out->done = (uint64_t)done;
        out->total = (uint64_t)total;
    }
    return true;
}

/* "vector `a`", "field `city`" */
static vg_slice say_what(vg_arena *arena, const vg_pgvector_wanted *wanted)
{
    vg_slice key = wanted->params ? wanted->params->name : wanted->field->key;

    return vg_arena_printf(arena, "%s `" VG_FMT "`", wanted->params ? "vector" : "field",
                           VG_ARG(key));
}

static vg_slice say_state(vg_arena *arena, const vg_pgvector_state *state)
{
    if (!state->is_built_now)
        return vg_arena_printf(arena, "is %s: all is scanned",
                               state->is_there ? "not valid" : "missing");
    return vg_arena_printf(arena, "is being built; %" PRIu64 " of %" PRIu64 " blocks are read",
                           state->done, state->total);
}

/* Lists are made of points: without these, to scan is right. */
static bool is_early(const vg_pgvector_wanted *wanted, const vg_pgvector_state *state)
{
    return wanted->kind == VG_PGVECTOR_GRAPH && wanted->graph.is_lists && !state->is_there &&
           state->points < VG_PGVECTOR_LEAST_LISTED;
}

static void tell(vg_pgvector_job *job, const vg_pgvector_wanted *wanted,
                 const vg_pgvector_state *state, vg_collection_info *info)
{
    vg_arena *arena = job->t->scratch;
    vg_slice what;

    if (state->is_valid)
        return;
    what = say_what(arena, wanted);
    job->lacks_vectors |= wanted->params != NULL;
    if (is_early(wanted, state)) {
        info->trouble = vg_arena_printf(arena,
                                        "the lists of " VG_FMT
                                        " are made of %d points or more: until then all is scanned",
                                        VG_ARG(what), VG_PGVECTOR_LEAST_LISTED);
        return;
    }
    info->color = VG_YELLOW;
    info->trouble = vg_arena_printf(arena, "the index of " VG_FMT " " VG_FMT, VG_ARG(what),
                                    VG_ARG(say_state(arena, state)));
}

/* Not a fault, but whoever looks may wonder. */
static bool tell_otherwise(vg_pgvector_job *job, vg_collection_info *info)
{
    const vg_collection_spec *spec = &info->spec;
    vg_pgvector_index index;

    for (uint32_t i = 0; i < spec->vector_count && info->trouble.len == 0; i++) {
        if (!vg_pgvector_index_of(job, spec, &spec->vectors[i], &index))
            return false;
        if (index.is_overruled)
            info->trouble = vg_arena_printf(job->t->scratch,
                                            "vector `" VG_FMT "` shares its index with other "
                                            "collections: what this one says of it (hnsw_config, "
                                            "indexing_threshold) is not looked at",
                                            VG_ARG(spec->vectors[i].name));
        if (index.cannot_be)
            info->trouble = vg_arena_printf(job->t->scratch,
                                            "pgvector has no index for vector `" VG_FMT
                                            "` (%" PRIu32 " dimensions, %s): all is "
                                            "scanned",
                                            VG_ARG(spec->vectors[i].name), spec->vectors[i].size,
                                            vg_distance_name(spec->vectors[i].distance));
    }
    return true;
}

bool vg_pgvector_read_states(vg_pgvector_job *job, const vg_reply *reply, uint32_t statement,
                             vg_collection_info *info)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, statement, VG_PGVECTOR_STATE_COLUMNS);
    vg_pgvector_wanteds wanted;
    vg_pgvector_state state;

    if (!rows || !vg_pgvector_list_wanted(job, &info->spec, &wanted))
        return false;
    info->color = VG_GREEN;
    info->tells_builds = true;
    for (uint32_t i = 0; i < wanted.count; i++) {
        if (!vg_pgvector_find_state(job->t, rows, wanted.at[i].name, &state))
            return false;
        tell(job, &wanted.at[i], &state, info);
    }
    return tell_otherwise(job, info);
}
