/* See filter.h. PostgreSQL's dialect of filter/sql.h: where values come from is in filter_source.c,
 * what a GIN index can answer in filter_narrow.c. */
#include "adapters/vector/pgvector/filter.h"

#include <math.h>

#include "adapters/vector/pgvector/filter_parts.h"
#include "adapters/vector/pgvector/quote.h"

/* ---- values ---- */

void vg_pg_write_with(vg_sql_writer *w, const vg_pg_scene *scene, const char *fragment,
                      vg_pg_param param)
{
    vg_pg_param *kept = VG_TAKE(scene->arena, vg_pg_param);

    if (!kept)
        return; /* the arena is spent: the end will tell */
    *kept = param;
    vg_sql_write_with(w, fragment, (vg_sql_value){.kind = VG_SQL_VALUE_OTHER, .as.other = kept});
}

vg_pg_param vg_pg_param_stored(vg_slice text)
{
    if (vg_slice_find(text, '\0') < text.len)
        return (vg_pg_param){.type = VG_PG_TEXT};
    return vg_pg_param_of(text, VG_PG_TEXT);
}

void vg_pg_write_text(vg_sql_writer *w, const vg_pg_scene *scene, const char *fragment,
                      vg_slice text)
{
    vg_pg_write_with(w, scene, fragment, vg_pg_param_stored(text));
}

/* Those that a stored text may equal. */
static vg_pg_param param_of_texts(vg_arena *arena, const vg_match_set *set)
{
    vg_slice *texts = VG_TAKE_N(arena, vg_slice, (size_t)set->text_count + 1);
    uint32_t count = 0;

    for (uint32_t i = 0; texts && i < set->text_count; i++)
        if (vg_slice_find(set->texts[i], '\0') == set->texts[i].len)
            texts[count++] = set->texts[i];
    return vg_pg_param_texts(arena, texts, count);
}

static vg_pg_param param_of(vg_arena *arena, const vg_sql_value *value)
{
    switch (value->kind) {
    case VG_SQL_VALUE_TEXT:
        return vg_pg_param_stored(value->as.text);
    case VG_SQL_VALUE_WHOLE:
        return vg_pg_param_int(arena, value->as.whole);
    case VG_SQL_VALUE_REAL:
        return vg_pg_param_float(arena, value->as.real);
    case VG_SQL_VALUE_TEXTS:
        return param_of_texts(arena, &value->as.ask->set);
    case VG_SQL_VALUE_WHOLES:
        return vg_pg_param_ints(arena, value->as.ask->set.wholes, value->as.ask->set.whole_count);
    case VG_SQL_VALUE_IDS:
        return vg_pg_param_ids(arena, value->as.ask->condition->as.ids.at,
                               value->as.ask->condition->as.ids.count);
    default:
        return *(const vg_pg_param *)value->as.other;
    }
}

/* ---- bounds of both kinds ---- */

/* The largest float64 that is not above the number, and the smallest that is not below. */
static void surround(int64_t number, double *below, double *above)
{
    double nearest = (double)number;
    bool is_above = nearest >= 0x1p63 || (int64_t)nearest > number;
    bool is_below = !is_above && (int64_t)nearest < number;

    *below = is_above ? nextafter(nearest, -INFINITY) : nearest;
    *above = is_below ? nextafter(nearest, INFINITY) : nearest;
}

/* A real number is below an integer just when it is below the least float64 that is not below it.
 */
static void write_range(vg_sql_writer *w, const vg_range *range, const void *arg)
{
    vg_range reals = *range;
    double unused;

    (void)arg;
    surround(range->lt_us, &unused, &reals.lt);
    surround(range->gt_us, &reals.gt, &unused);
    surround(range->lte_us, &reals.lte, &unused);
    surround(range->gte_us, &unused, &reals.gte);
    vg_sql_write(w, "CASE WHEN %v.whole IS NULL THEN ");
    vg_sql_write_bounds(w, "%v.real", &reals, false);
    vg_sql_write(w, " ELSE ");
    vg_sql_write_bounds(w, "%v.whole", range, true);
    vg_sql_write(w, " END");
}

/* ---- vectors ---- */

static bool write_has_vector(vg_sql_writer *w, vg_slice name, const void *arg)
{
    const vg_pg_scene *scene = arg;
    vg_slice column;

    if (!vg_spec_vector(scene->spec, name))
        return false;
    column = vg_pg_quote(scene->arena, vg_pg_column_name(scene->arena, name));
    vg_sql_write(w, "p.");
    vg_sql_write_plain(w, column);
    vg_sql_write(w, " IS NOT NULL");
    return true;
}

static const vg_sql_dialect dialect = {
    .parameter = "$%d",
    .yes = "true",
    .no = "false",
    .not_open = "NOT (",
    .not_close = ")",
    .sum_open = "(",
    .sum_close = ")::int",
    .payload = "p.payload",
    .in_texts = "=ANY(%p)",
    .in_wholes = "=ANY(%p)",
    .out_texts = "<>ALL(%p)",
    .out_wholes = "<>ALL(%p)",
    .has_part = "strpos(%v.text,%p)>0",
    .is_listed_id = "p.id=ANY(%p)",
    .source = vg_pg_write_source,
    .has_tokens = vg_pg_write_tokens,
    .in_wholes_range = write_range,
    .in_area = vg_pg_write_area,
    .has_vector = write_has_vector,
    .by_index = vg_pg_write_narrow,
};

static bool refuse_length(vg_status *status)
{
    vg_status_set(status, VG_TOO_LARGE, VG_LIT("a phrase is longer than can be searched for"),
                  VG_LIT("filter"));
    return false;
}

bool vg_pg_write_filter(vg_pg_sql *sql, const vg_filter *filter, const vg_collection_spec *spec,
                        vg_status *status)
{
    bool is_too_long = false;
    const vg_pg_scene scene = {sql->arena, spec, &is_too_long};
    const vg_sql_target target = {&dialect, &scene, (int)sql->count + 1};
    const vg_ready *ready;
    vg_sql_condition text;

    if (!filter) {
        vg_pg_sql_text(sql, "true");
        return true;
    }
    ready = vg_ready_make(sql->arena, filter, &spec->indexes, status);
    if (!ready || !vg_sql_compile(&target, ready, sql->arena, &text, status))
        return false;
    if (is_too_long)
        return refuse_length(status);
    vg_pg_sql_text(sql, "(");
    vg_pg_sql_slice(sql, text.text);
    vg_pg_sql_text(sql, ")");
    for (uint32_t i = 0; i < text.count; i++)
        vg_pg_sql_add(sql, param_of(sql->arena, &text.values[i]));
    return true;
}
