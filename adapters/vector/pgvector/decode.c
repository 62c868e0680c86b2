/* Rows to points: id and version first, then payload and vectors as they were asked for. All that
 * is kept of a reply is copied to the scratch. */
#include "vecgate/json.h"

#include "adapters/vector/pgvector/pgvector.h"
#include "adapters/vector/pgvector/quote.h"
#include "filter/project.h"

enum { ID, VERSION, FIRST_PART };

static bool is_wanted(const vg_vector_selector *want, vg_slice name)
{
    if (want->want != VG_VECTORS_NAMED)
        return want->want == VG_VECTORS_ALL;
    for (uint32_t i = 0; i < want->name_count; i++)
        if (vg_slice_is(want->names[i], name))
            return true;
    return false;
}

static uint32_t count_columns(const vg_pgvector_reading *reading)
{
    uint32_t count = FIRST_PART + (reading->with_payload->want != VG_PAYLOAD_NONE);

    for (uint32_t i = 0; i < reading->spec->vector_count; i++)
        if (is_wanted(reading->with_vectors, reading->spec->vectors[i].name))
            count += reading->spec->vectors[i].kind == VG_SPARSE ? 2 : 1;
    return count;
}

bool vg_pgvector_read_begin(vg_pgvector_reading *reading, vg_pgvector_job *job,
                            const vg_payload_selector *with_payload,
                            const vg_vector_selector *with_vectors)
{
    vg_projection *projection = VG_TAKE(job->t->scratch, vg_projection);

    if (!projection)
        return vg_pgvector_spent(job->t);
    *reading = (vg_pgvector_reading){.t = job->t,
                                     .spec = &job->op->collection->spec,
                                     .with_payload = with_payload,
                                     .with_vectors = with_vectors,
                                     .projection = projection};
    reading->columns = count_columns(reading);
    return vg_project_read(job->t->scratch, with_payload, projection, &job->t->status);
}

void vg_pgvector_put_columns(const vg_pgvector_reading *reading, vg_pg_sql *sql)
{
    vg_pg_sql_text(sql, "p.id,p.ver");
    if (reading->with_payload->want != VG_PAYLOAD_NONE)
        vg_pg_sql_text(sql, ",p.doc");
    for (uint32_t i = 0; i < reading->spec->vector_count; i++) {
        const vg_vector_params *params = &reading->spec->vectors[i];

        if (!is_wanted(reading->with_vectors, params->name))
            continue;
        vg_pg_sql_text(sql, ",p.");
        vg_pg_sql_name(sql, vg_pg_column_name(sql->arena, params->name));
        if (vg_pgvector_is_half(params))
            vg_pg_sql_text(sql, params->kind == VG_MULTI ? "::vector[]" : "::vector");
        if (params->kind != VG_SPARSE)
            continue;
        vg_pg_sql_text(sql, ",p.");
        vg_pg_sql_name(sql, vg_pgvector_indices_name(sql->arena, params->name));
    }
}

/* ---- rows ---- */

static bool misread(const vg_pgvector_reading *reading, const char *what)
{
    if (vg_arena_is_spent(reading->t->scratch))
        return vg_pgvector_spent(reading->t);
    vg_pgvector_misread(reading->t, what);
    return false;
}

static bool read_id(const vg_pgvector_reading *reading, vg_slice cell, vg_point *out)
{
    return vg_pg_read_id(vg_arena_copy(reading->t->scratch, cell), &out->id) ||
           misread(reading, "a point's id has no known form");
}

static bool read_payload(const vg_pgvector_reading *reading, vg_slice text, vg_point *out)
{
    vg_arena *arena = reading->t->scratch;
    char *padded;

    padded = vg_arena_take(arena, text.len + VG_JSON_PAD);
    if (!padded)
        return vg_pgvector_spent(reading->t);
    memcpy(padded, text.at, text.len);
    memset(padded + text.len, 0, VG_JSON_PAD);
    out->payload =
        vg_project(arena, reading->projection, vg_slice_of(padded, text.len), &reading->t->status);
    return out->payload.at != NULL;
}

/* Answers how many columns it took; 0: the try has failed. */
static uint32_t read_vector(const vg_pgvector_reading *reading, const vg_vector_params *params,
                            const vg_slice *cells, vg_point *out)
{
    uint32_t taken = params->kind == VG_SPARSE ? 2 : 1;
    vg_vector *to = (vg_vector *)(uintptr_t)&out->vectors[out->vector_count];

    if (!cells[0].at)
        return taken;
    to->name = params->name;
    if (!vg_cell_read_vector(reading->t->scratch, params->kind, cells[0],
                             taken == 2 ? cells[1] : (vg_slice){0}, to)) {
        misread(reading, "a vector has another form");
        return 0;
    }
    out->vector_count++;
    return taken;
}

static bool read_vectors(const vg_pgvector_reading *reading, const vg_slice *cells, vg_point *out)
{
    const vg_collection_spec *spec = reading->spec;
    uint32_t at = 0, taken;

    out->has_vectors = reading->with_vectors->want != VG_VECTORS_NONE;
    if (!out->has_vectors)
        return true;
    out->vectors = VG_TAKE_N(reading->t->scratch, vg_vector, (size_t)spec->vector_count + 1);
    if (!out->vectors)
        return vg_pgvector_spent(reading->t);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        if (!is_wanted(reading->with_vectors, spec->vectors[i].name))
            continue;
        taken = read_vector(reading, &spec->vectors[i], cells + at, out);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

bool vg_pgvector_read_point(const vg_pgvector_reading *reading, const vg_pg_rows *rows,
                            uint32_t row, vg_point *out)
{
    const vg_slice *cells = &rows->cells[(size_t)row * rows->columns];
    uint32_t at = FIRST_PART;
    int64_t version = 0;

    *out = (vg_point){.has_payload = reading->with_payload->want != VG_PAYLOAD_NONE};
    if (!read_id(reading, cells[ID], out))
        return false;
    if (!vg_cell_i64(cells[VERSION], &version))
        return misread(reading, "a point's version is no number");
    out->version = (uint64_t)version;
    if (out->has_payload && !read_payload(reading, cells[at++], out))
        return false;
    return read_vectors(reading, cells + at, out);
}
