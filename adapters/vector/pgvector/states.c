/* How far a table's indexes are, as PostgreSQL tells it. */
#include <inttypes.h>

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"

void vg_pgvector_put_states(vg_pgvector_job *job)
{
    vg_pg_sql_text(&job->sql,
                   "SELECT i.relname::text, x.indisvalid, array_to_string(i.reloptions, ','), "
                   "w.pid IS NOT NULL, w.blocks_done, w.blocks_total "
                   "FROM pg_index x JOIN pg_class i ON i.oid=x.indexrelid LEFT JOIN "
                   "pg_stat_progress_create_index w ON w.index_relid=x.indexrelid "
                   "WHERE x.indrelid=to_regclass(");
    vg_pgvector_bind_name(job, job->table);
    vg_pg_sql_text(&job->sql, ")");
}

bool vg_pgvector_find_state(vg_try *t, const vg_pg_rows *rows, vg_slice name,
                            vg_pgvector_state *out)
{
    uint32_t row = 0;
    int64_t done = 0, total = 0;

    *out = (vg_pgvector_state){0};
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

static void tell(vg_pgvector_job *job, const vg_pgvector_state *state, vg_slice vector,
                 vg_collection_info *info)
{
    if (state->is_valid)
        return;
    info->color = VG_YELLOW;
    if (state->is_built_now)
        info->trouble = vg_arena_printf(job->t->scratch,
                                        "the index of vector `" VG_FMT "` is being built; %" PRIu64
                                        " of %" PRIu64 " blocks are read",
                                        VG_ARG(vector), state->done, state->total);
    else
        info->trouble = vg_arena_printf(job->t->scratch,
                                        "the index of vector `" VG_FMT "` is %s: all is scanned",
                                        VG_ARG(vector), state->is_there ? "not valid" : "missing");
}

bool vg_pgvector_read_states(vg_pgvector_job *job, const vg_reply *reply, uint32_t statement,
                             vg_collection_info *info)
{
    const vg_pg_rows *rows = vg_pgvector_rows(job->t, reply, statement, VG_PGVECTOR_STATE_COLUMNS);
    vg_pgvector_index index;
    vg_pgvector_state state;

    if (!rows)
        return false;
    info->color = VG_GREEN;
    for (uint32_t i = 0; i < info->spec.vector_count; i++) {
        const vg_vector_params *params = &info->spec.vectors[i];
        vg_slice name =
            vg_pg_index_name(job->t->scratch, job->owner, VG_LIT("vector"), params->name);

        if (!vg_pgvector_index_of(job, &info->spec, params, &index) ||
            !vg_pgvector_find_state(job->t, rows, name, &state))
            return false;
        if (index.is_there)
            tell(job, &state, params->name, info);
    }
    return true;
}
