/* See sample.h. Two ways:
 *
 *     draw     a row number between the smallest and the largest: is there such a point, does it
 *              pass, is it new? Each takes one look, and half of them or so must hit
 *     gather   all rows that pass, of which a reservoir keeps some (algorithm R)
 *
 * Drawing comes first where it may end soon, and is given up when it does not. No point is told
 * from another on either way, nor by the choice between them, so each stays as likely as any other.
 */
#include "engine/sample.h"

#include <inttypes.h>

static const char first_sql[] = "SELECT min(row) FROM points_%llu";
static const char last_sql[] = "SELECT max(row) FROM points_%llu";

enum { DRAWS_FOR_EACH = 4, DRAWS = 64 }; /* before it is given up */

typedef struct sampling {
    vg_look *look;
    const vg_where *where;
    uint64_t dice;
    uint64_t *rows;
    uint32_t count, limit;
} sampling;

/* ---- chance ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static uint64_t roll(uint64_t *dice)
{
    *dice += 0x9e3779b97f4a7c15U;
    return mix(*dice);
}

static uint64_t dice_of(const uint8_t *chance)
{
    uint64_t halves[2] = {0};

    if (chance)
        memcpy(halves, chance, sizeof halves);
    return mix(halves[0] + 1) ^ halves[1];
}

/* 0 … bound - 1, all as likely: of the fewest high bits that can hold them, until one is below. */
static uint64_t below(uint64_t *dice, uint64_t bound)
{
    int shift = bound > 1 ? __builtin_clzll(bound - 1) : 63;
    uint64_t number;

    do
        number = roll(dice) >> shift;
    while (number >= bound);
    return number;
}

/* ---- drawing ---- */

typedef struct range {
    uint64_t first, count; /* row numbers, taken and free */
} range;

/* Of an empty table it is 0. */
static bool find_end(const sampling *s, const char *format, uint64_t *row)
{
    struct sqlite3_stmt *stmt =
        vg_sql_use(s->look->session.sql, format, s->look->session.table->number);
    bool good = stmt && vg_sql_next(stmt) == VG_SQL_ROW;

    *row = good ? vg_sql_u64(stmt, 0) : 0;
    if (!good)
        vg_look_trouble(s->look);
    vg_sql_done(stmt);
    return good;
}

static bool find_range(const sampling *s, range *out)
{
    uint64_t last;

    if (!find_end(s, first_sql, &out->first) || !find_end(s, last_sql, &last))
        return false;
    out->count = last - out->first + 1;
    return true;
}

static bool can_draw(const sampling *s, const range *in)
{
    uint64_t points = vg_table_points(s->look->session.table);

    return s->limit < points / 2 && in->count / 2 <= points;
}

/* Does a point of that row pass? */
static vg_sql_step try_row(struct sqlite3_stmt *stmt, uint64_t row)
{
    vg_sql_step step;

    vg_sql_put_u64(stmt, 1, row);
    step = vg_sql_next(stmt);
    vg_sql_done(stmt);
    return step;
}

static bool draw_with(sampling *s, const range *in, struct sqlite3_stmt *stmt)
{
    vg_rowset taken = {.arena = s->look->read->arena};
    uint64_t left = (uint64_t)s->limit * DRAWS_FOR_EACH + DRAWS;

    for (; s->count < s->limit && left > 0; left--) {
        uint64_t row = in->first + below(&s->dice, in->count);
        vg_sql_step step;

        if (vg_look_is_stopped(s->look))
            return false;
        if (vg_rowset_has(&taken, row))
            continue;
        step = try_row(stmt, row);
        if (step == VG_SQL_FAILED)
            return vg_look_trouble(s->look);
        if (step == VG_SQL_END)
            continue;
        if (!vg_rowset_add(&taken, row))
            return vg_read_too_large(s->look->read);
        s->rows[s->count++] = row;
    }
    return true;
}

static bool draw(sampling *s, const range *in)
{
    vg_slice text =
        vg_arena_printf(s->look->read->arena,
                        "SELECT 1 FROM points_%" PRIu64 " AS p WHERE p.row=?1 AND (" VG_FMT ")",
                        s->look->session.table->number, VG_ARG(s->where->each));
    struct sqlite3_stmt *stmt = vg_look_prepare(s->look, text, s->where);
    bool good = stmt && draw_with(s, in, stmt);

    vg_sql_drop(stmt);
    return good;
}

/* ---- gathering ---- */

/* The n-th that passes takes a place with a chance of limit in n: then all have had the same. */
static bool keep_some(sampling *s, struct sqlite3_stmt *stmt)
{
    vg_sql_step step;

    for (uint64_t n = 1; (step = vg_sql_next(stmt)) == VG_SQL_ROW; n++) {
        uint64_t at = s->count < s->limit ? s->count++ : below(&s->dice, n);

        if (at < s->limit)
            s->rows[at] = vg_sql_u64(stmt, 0);
    }
    return step == VG_SQL_END || vg_look_trouble(s->look);
}

/* A reservoir that was never full is in the order of the rows. */
static void shuffle(sampling *s)
{
    for (uint32_t left = s->count; left > 1; left--) {
        uint64_t at = below(&s->dice, left), row = s->rows[at];

        s->rows[at] = s->rows[left - 1];
        s->rows[left - 1] = row;
    }
}

static bool gather(sampling *s)
{
    vg_slice text = vg_arena_printf(s->look->read->arena,
                                    "SELECT p.row FROM points_%" PRIu64 " AS p WHERE " VG_FMT,
                                    s->look->session.table->number, VG_ARG(s->where->text));
    struct sqlite3_stmt *stmt = vg_look_prepare(s->look, text, s->where);
    bool good;

    s->count = 0;
    good = stmt && keep_some(s, stmt);
    vg_sql_drop(stmt);
    if (good)
        shuffle(s);
    return good;
}

bool vg_sample_take(vg_look *look, const vg_where *where, uint32_t limit, vg_sample *out)
{
    sampling s = {.look = look, .where = where, .dice = dice_of(look->read->chance)};
    range in;
    bool good;

    if (!find_range(&s, &in))
        return false;
    s.limit = limit < in.count ? limit : (uint32_t)in.count; /* whatever the client asks for */
    s.rows = VG_TAKE_N(look->read->arena, uint64_t, (size_t)s.limit + 1);
    if (!s.rows)
        return vg_read_too_large(look->read);
    good = !can_draw(&s, &in) || draw(&s, &in);
    if (good && s.count < s.limit)
        good = gather(&s);
    *out = (vg_sample){s.rows, s.count};
    return good;
}
