/* Before a field's exact condition, what the field's own index answers (extract.h): all that meets
 * the condition, and some more.
 *
 *     a between 1 and 2     (number(a)>=1 AND number(a)<=2 OR <it is many>) AND EXISTS(…)
 *
 * A strict bound becomes one that holds for equal values too: of whole numbers beyond 2^53 an index
 * knows no more than the nearest float64. */
#include <math.h>

#include "adapters/vector/pgvector/extract.h"
#include "adapters/vector/pgvector/filter_parts.h"
#include "base/datetime.h"
#include "filter/geo.h"

enum { DAY_CHARS = 10, MOST_WORDS = 64 };

#define DAY_US INT64_C(86400000000)
#define LEAST  INT64_C(-62167219200000000) /* the year 0 */
#define MOST   INT64_C(253402300799999999) /* the end of 9999 */
#define LEEWAY 1e-6                        /* degrees: places are rounded, boxes have borders */

typedef struct field {
    vg_sql_writer *w;
    const vg_pg_scene *scene;
    const vg_ask *ask;
    vg_slice expression;
} field;

static void put(const field *f, const char *fragment)
{
    vg_sql_write_plain(f->w, f->expression);
    vg_sql_write(f->w, fragment);
}

static void put_with(const field *f, const char *fragment, vg_pg_param param)
{
    vg_sql_write_plain(f->w, f->expression);
    vg_pg_write_with(f->w, f->scene, fragment, param);
}

/* ---- ranges ---- */

/* `many` stands for what comes last in the order, behind all values. */
static bool write_between(const field *f, const vg_pg_param *least, const vg_pg_param *most,
                          const char *many, const char *many_to)
{
    if (!least && !most)
        return false;
    vg_sql_write(f->w, "(");
    if (least)
        put_with(f, ">=%p", *least);
    if (most) {
        vg_sql_write(f->w, least ? " AND " : "");
        put_with(f, "<=%p", *most);
        vg_sql_write(f->w, " OR ");
        put(f, many);
        if (many_to) {
            vg_sql_write(f->w, " AND ");
            put(f, many_to);
        }
    }
    vg_sql_write(f->w, ")");
    return true;
}

static bool write_numbers(const field *f)
{
    const vg_range *r = &f->ask->range;
    bool is_whole = f->ask->is_whole;
    double gte = is_whole ? (double)r->gte_us : r->gte, gt = is_whole ? (double)r->gt_us : r->gt;
    double lte = is_whole ? (double)r->lte_us : r->lte, lt = is_whole ? (double)r->lt_us : r->lt;
    vg_pg_param least = vg_pg_param_float(f->scene->arena, r->has_gte ? gte : gt);
    vg_pg_param most = vg_pg_param_float(f->scene->arena, r->has_lte ? lte : lt);

    return write_between(f, r->has_gte || r->has_gt ? &least : NULL,
                         r->has_lte || r->has_lt ? &most : NULL, VG_PG_EXTRACT_MANY_NUMBERS, NULL);
}

/* The day of that time in whatever zone, on that side. False: all days are on this side of it. */
static bool day_of(const field *f, int64_t us, bool is_least, vg_pg_param *out)
{
    char text[VG_DATETIME_TEXT];

    if (is_least ? us < LEAST + DAY_US : us > MOST - DAY_US)
        return false;
    if (is_least ? us > MOST : us < LEAST) /* nothing is, but what is many */
        us = is_least ? MOST : LEAST;
    else
        us += is_least ? -DAY_US : DAY_US;
    vg_datetime_write(us, text);
    *out = vg_pg_param_of(vg_arena_copy(f->scene->arena, vg_slice_of(text, DAY_CHARS)), VG_PG_TEXT);
    return true;
}

static bool write_days(const field *f)
{
    const vg_range *r = &f->ask->range;
    vg_pg_param least, most;
    bool has_least =
        (r->has_gte || r->has_gt) && day_of(f, r->has_gte ? r->gte_us : r->gt_us, true, &least);
    bool has_most =
        (r->has_lte || r->has_lt) && day_of(f, r->has_lte ? r->lte_us : r->lt_us, false, &most);

    return write_between(f, has_least ? &least : NULL, has_most ? &most : NULL,
                         VG_PG_EXTRACT_MANY_DAYS_FROM, VG_PG_EXTRACT_MANY_DAYS_TO);
}

/* ---- places ---- */

static bool write_places(const field *f)
{
    vg_geo_bounds b = vg_geo_bounds_of(f->ask->condition);
    const struct {
        const char *fragment;
        double at;
    } corners[] = {{"<@box(point(%p,", b.min_lon - LEEWAY},
                   {"%p),", b.min_lat - LEEWAY},
                   {"point(%p,", b.max_lon + LEEWAY},
                   {"%p)) OR ", b.max_lat + LEEWAY}};

    vg_sql_write(f->w, "(");
    vg_sql_write_plain(f->w, f->expression);
    for (int i = 0; i < 4; i++)
        vg_pg_write_with(f->w, f->scene, corners[i].fragment,
                         vg_pg_param_float(f->scene->arena, corners[i].at));
    put(f, VG_PG_EXTRACT_MANY_PLACES ")");
    return true;
}

/* ---- words ---- */

static bool is_inside(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static vg_slice lower(vg_arena *arena, vg_slice run)
{
    char *to = vg_arena_take(arena, run.len);

    for (size_t i = 0; to && i < run.len; i++)
        to[i] = run.at[i] >= 'A' && run.at[i] <= 'Z' ? (char)(run.at[i] + 'a' - 'A') : run.at[i];
    return vg_slice_of(to, to ? run.len : 0);
}

/* The two letters that the index takes for k and i, which not every text index does. */
static bool is_doubtful(vg_slice token)
{
    for (vg_slice left = token; left.len > 0; left = vg_slice_skip(left, 1))
        if (vg_slice_starts(left, VG_LIT("\xe2\x84\xaa")) ||
            vg_slice_starts(left, VG_LIT("\xc4\xb0")))
            return true;
    return false;
}

/* Runs of a token; a token's own letters beyond ASCII end one, as in the index. */
static uint32_t cut(vg_arena *arena, vg_slice token, vg_slice *runs, uint32_t count)
{
    for (size_t at = 0; at < token.len && count < MOST_WORDS; at++) {
        size_t len = 0;

        while (at + len < token.len && len < VG_PG_WORD_CHARS && is_inside(token.at[at + len]))
            len++;
        if (len == 0)
            continue;
        runs[count++] = lower(arena, vg_slice_of(token.at + at, len));
        at += len - (len == VG_PG_WORD_CHARS);
    }
    return count;
}

/* Enough of them: each makes the rest fewer. */
static bool write_words(const field *f)
{
    vg_slice runs[MOST_WORDS];
    uint32_t count = 0;

    for (uint32_t i = 0; f->ask->by_tokens && i < f->ask->tokens.count && count < MOST_WORDS; i++)
        if (!is_doubtful(f->ask->tokens.at[i]))
            count = cut(f->scene->arena, f->ask->tokens.at[i], runs, count);
    if (count == 0)
        return false;
    vg_sql_write(f->w, "(");
    put_with(f, "@>%p OR ", vg_pg_param_texts(f->scene->arena, runs, count));
    put(f, VG_PG_EXTRACT_MANY_WORDS ")");
    return true;
}

/* ---- which ---- */

static bool write_any(const field *f, vg_pg_extract what)
{
    switch (f->ask->condition->test) {
    case VG_TEST_RANGE:
        return what == VG_PG_EXTRACT_NUMBER && write_numbers(f);
    case VG_TEST_DATETIME_RANGE:
        return what == VG_PG_EXTRACT_DAY && write_days(f);
    case VG_TEST_GEO_BOX:
    case VG_TEST_GEO_RADIUS:
    case VG_TEST_GEO_POLYGON:
        return what == VG_PG_EXTRACT_PLACE && write_places(f);
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        return what == VG_PG_EXTRACT_WORDS && write_words(f);
    default:
        return false;
    }
}

void vg_pg_write_field(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    const vg_pg_scene *scene = arg;
    field f = {.w = w, .scene = scene, .ask = ask};
    vg_pg_extract what = ask->index ? vg_pg_extract_of(ask->index, &ask->path) : VG_PG_EXTRACT_NONE;

    if (what == VG_PG_EXTRACT_NONE)
        return;
    f.expression = vg_pg_extract_write(scene->arena, what, "p.payload", &ask->path);
    if (write_any(&f, what))
        vg_sql_write(w, " AND ");
}
