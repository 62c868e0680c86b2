/* See examples.h. */
#include "engine/examples.h"

#include <inttypes.h>

typedef struct finding {
    vg_look *look;
    const vg_search *query;
    const vg_vector_params *params; /* of the place */
    uint32_t place;
    struct sqlite3_stmt *stmt; /* the place's vector of an id; made when it is needed */
    vg_vector *vectors;
    vg_role *roles;
    vg_point_id *except;
    uint32_t count, except_count;
} finding;

/* ---- which ones ---- */

static bool has_pairs(const vg_search *query)
{
    return query->scoring == VG_BY_DISCOVERY || query->scoring == VG_BY_CONTEXT;
}

static bool has_target(const vg_search *query)
{
    return query->scoring == VG_BY_NEAREST || query->scoring == VG_BY_DISCOVERY;
}

static bool has_examples(const vg_search *query)
{
    return query->scoring != VG_BY_NEAREST;
}

static bool names_a_point(const vg_example *examples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (examples[i].id.kind != VG_ID_NONE)
            return true;
    return false;
}

bool vg_examples_need_disk(const vg_search *query)
{
    if (has_target(query) && query->by_id.kind != VG_ID_NONE)
        return true;
    return has_examples(query) && (names_a_point(query->positive, query->positive_count) ||
                                   names_a_point(query->negative, query->negative_count));
}

/* ---- stored ones ---- */

static bool no_point(const finding *f, const vg_point_id *id)
{
    const vg_read *read = f->look->read;
    vg_slice text = vg_point_id_text(read->arena, id);

    vg_status_setf(read->status, read->arena, VG_NOT_FOUND, VG_LIT("point"),
                   "No point with id " VG_FMT " found", VG_ARG(text));
    return false;
}

static bool no_vector(const finding *f)
{
    const vg_read *read = f->look->read;

    vg_status_setf(read->status, read->arena, VG_NOT_FOUND, VG_LIT("vector"),
                   "Vector with name \"" VG_FMT "\" for point not found", VG_ARG(f->params->name));
    return false;
}

/* Of a row that was found. */
static bool take_stored(const finding *f, vg_vector *out)
{
    const vg_read *read = f->look->read;
    vg_slice stored = vg_sql_blob(f->stmt, 0);
    vg_form form = vg_form_of(f->params);

    if (!stored.at)
        return no_vector(f);
    if (vg_form_is(&form, stored))
        return vg_form_read(read->arena, &form, stored.at, out) || vg_read_too_large(read);
    vg_status_set(read->status, VG_BACKEND_ERROR,
                  VG_LIT("the store is damaged: a vector has another length or form"),
                  VG_LIT("points.db"));
    return false;
}

static bool prepare(finding *f)
{
    char column[VG_COLUMN];
    vg_slice text;

    if (f->stmt)
        return true;
    text = vg_arena_printf(f->look->read->arena, "SELECT %s FROM points_%" PRIu64 " WHERE id=?1",
                           vg_column(f->place, column), f->look->session.table->number);
    f->stmt = vg_look_prepare(f->look, text, NULL);
    return f->stmt != NULL;
}

static bool find_stored(finding *f, const vg_point_id *id, vg_vector *out)
{
    uint8_t key[VG_ID_KEY_MAX];
    vg_sql_step step;
    bool good;

    if (!prepare(f))
        return false;
    vg_sql_put_blob(f->stmt, 1, vg_slice_of((const char *)key, vg_point_id_key(id, key)));
    step = vg_sql_next(f->stmt);
    if (step == VG_SQL_FAILED)
        good = vg_look_trouble(f->look);
    else
        good = step == VG_SQL_ROW ? take_stored(f, out) : no_point(f, id);
    vg_sql_done(f->stmt);
    return good;
}

/* ---- all ---- */

static bool take(finding *f, vg_role role, vg_point_id id, const vg_vector *vector)
{
    vg_vector *out = &f->vectors[f->count];

    f->roles[f->count++] = role;
    if (id.kind == VG_ID_NONE) {
        *out = *vector;
        return true;
    }
    f->except[f->except_count++] = id;
    return find_stored(f, &id, out);
}

static bool take_pairs(finding *f)
{
    for (uint32_t i = 0; i < f->query->positive_count; i++) {
        const vg_example *positive = &f->query->positive[i], *negative = &f->query->negative[i];

        if (!take(f, VG_POSITIVE, positive->id, &positive->vector) ||
            !take(f, VG_NEGATIVE, negative->id, &negative->vector))
            return false;
    }
    return true;
}

static bool take_list(finding *f, vg_role role, const vg_example *examples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!take(f, role, examples[i].id, &examples[i].vector))
            return false;
    return true;
}

static bool take_all(finding *f)
{
    const vg_search *query = f->query;

    if (has_pairs(query) && !take_pairs(f))
        return false;
    if (has_target(query))
        return take(f, VG_TARGET, query->by_id, &query->vector);
    return has_pairs(query) || (take_list(f, VG_POSITIVE, query->positive, query->positive_count) &&
                                take_list(f, VG_NEGATIVE, query->negative, query->negative_count));
}

static bool make_room(finding *f)
{
    const vg_search *query = f->query;
    vg_arena *arena = f->look->read->arena;
    size_t most = 1;

    if (has_examples(query))
        most += (size_t)query->positive_count + query->negative_count;
    f->vectors = VG_TAKE_N(arena, vg_vector, most);
    f->roles = VG_TAKE_N(arena, vg_role, most);
    f->except = VG_TAKE_N(arena, vg_point_id, most + query->except_count);
    return (f->vectors && f->roles && f->except) || vg_read_too_large(f->look->read);
}

bool vg_examples_find(vg_look *look, const vg_search *query, uint32_t place, vg_examples *out)
{
    finding f = {.look = look,
                 .query = query,
                 .params = &look->session.table->vectors[place],
                 .place = place};
    bool good = make_room(&f) && take_all(&f);

    vg_sql_drop(f.stmt);
    if (!good)
        return false;
    for (uint32_t i = 0; i < query->except_count; i++)
        f.except[f.except_count++] = query->except[i];
    vg_exact_sort_ids(f.except, f.except_count);
    *out = (vg_examples){.at = f.vectors,
                         .roles = f.roles,
                         .count = f.count,
                         .positive_count = query->positive_count,
                         .except = f.except,
                         .except_count = f.except_count};
    return true;
}
