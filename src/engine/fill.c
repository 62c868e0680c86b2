/* See fill.h. */
#include "engine/fill.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "engine/field_rows.h"
#include "engine/payload.h"
#include "engine/rows.h"

#define MS UINT64_C(1000000)

/* Of one step: a few milliseconds, and worth a commit. */
enum { STEP_ROWS = 2000, STEP_BYTES = 1 << 20, SCRATCH_BYTES = 512 << 20 };

vg_fill *vg_fill_new(uint64_t field, uint64_t row)
{
    vg_fill *fill = calloc(1, sizeof *fill);

    if (fill)
        *fill = (vg_fill){.field = field, .row = row};
    return fill;
}

void vg_fill_free(vg_fill *fill)
{
    VG_CHECK(!fill || !fill->waiting);
    free(fill);
}

void vg_fill_add(vg_table *table, vg_fill *fill)
{
    vg_fill **at = &table->fills;

    while (*at)
        at = &(*at)->next;
    *at = fill;
}

static vg_fill **find(vg_table *table, uint64_t field)
{
    vg_fill **at = &table->fills;

    while (*at && (*at)->field != field)
        at = &(*at)->next;
    return at;
}

/* One that was declared in this very group has no place in the list yet, and no row in it. */
bool vg_fill_has(const vg_table *table, const vg_field *field, uint64_t row)
{
    if (field->is_ready)
        return true;
    for (const vg_fill *fill = table->fills; fill; fill = fill->next)
        if (fill->field == field->number)
            return row <= fill->row;
    return false;
}

/* ---- who waits ---- */

bool vg_fill_wait(vg_table *table, uint64_t field, vg_write *write)
{
    vg_fill *fill = *find(table, field);

    if (!fill)
        return false;
    write->waits_since_ns = vg_clock_now_ns();
    write->work.next = fill->waiting;
    fill->waiting = &write->work;
    return true;
}

static void tell(vg_write *write, const vg_status *why)
{
    write->status = (vg_status){.code = why->code,
                                .what = vg_arena_copy(write->arena, why->what),
                                .where = vg_arena_copy(write->arena, why->where),
                                .upstream = vg_arena_copy(write->arena, why->upstream)};
}

static void finish_waiting(vg_fill *fill, const vg_status *why)
{
    for (vg_work *next, *work = fill->waiting; work; work = next) {
        next = work->next;
        if (why)
            tell(vg_container_of(work, vg_write, work), why);
        vg_work_finish(work);
    }
    fill->waiting = NULL;
}

static void finish_tired(vg_fill *fill, uint64_t now_ns)
{
    const vg_status why = {.code = VG_DEADLINE,
                           .what = VG_LIT("the index is declared, and still being filled")};
    vg_work **at = &fill->waiting;

    while (*at) {
        vg_write *write = vg_container_of(*at, vg_write, work);

        if (now_ns - write->waits_since_ns < VG_FILL_WAIT_MS * MS) {
            at = &write->work.next;
            continue;
        }
        *at = write->work.next;
        tell(write, &why);
        vg_work_finish(&write->work);
    }
}

void vg_fill_tire(vg_table *table, uint64_t now_ns)
{
    for (vg_fill *fill = table->fills; fill; fill = fill->next)
        finish_tired(fill, now_ns);
}

void vg_fill_end(vg_table *table, uint64_t field, const vg_status *why)
{
    vg_fill **at = field ? find(table, field) : &table->fills;

    while (*at) {
        vg_fill *fill = *at;

        *at = fill->next;
        finish_waiting(fill, why);
        vg_fill_free(fill);
        if (field)
            return;
    }
}

/* ---- one step ---- */

typedef struct step {
    vg_sql *sql;
    vg_table *table;
    const vg_field *field;
    vg_arena *scratch; /* for one row after the other */
    uint64_t row;      /* the last one that was taken */
    size_t rows, bytes;
    bool is_end;
    vg_shape *shape; /* with the field ready; at the end */
    vg_status *status;
} step;

static bool put_row(step *s, struct sqlite3_stmt *stmt)
{
    vg_slice payload = vg_sql_text(stmt, 1);
    const vg_json *json;
    bool good;

    if (!payload.at) /* no memory: the column never is NULL */
        return false;
    s->scratch = vg_arena_new(SCRATCH_BYTES);
    if (!s->scratch) {
        vg_status_set(s->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
        return false;
    }
    s->row = vg_sql_u64(stmt, 0);
    s->rows++;
    s->bytes += payload.len;
    good = vg_payload_read(s->scratch, payload, &json, s->status) &&
           vg_field_put(s->sql, s->field, s->row, json, s->scratch);
    if (!good && vg_arena_is_spent(s->scratch))
        vg_status_set(s->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    vg_arena_free(s->scratch);
    return good;
}

static bool put_rows(step *s, vg_arena *arena)
{
    vg_slice text = vg_arena_printf(
        arena, "SELECT row,payload FROM points_%llu WHERE row>?1 ORDER BY row LIMIT ?2",
        (unsigned long long)s->table->number);
    struct sqlite3_stmt *stmt = vg_sql_prepare(s->sql, text);
    vg_sql_step next = VG_SQL_FAILED;
    bool good = stmt != NULL;

    if (stmt) {
        vg_sql_put_u64(stmt, 1, s->row);
        vg_sql_put_u64(stmt, 2, STEP_ROWS);
    }
    while (good && s->bytes < STEP_BYTES && (next = vg_sql_next(stmt)) == VG_SQL_ROW)
        good = put_row(s, stmt);
    s->is_end = next == VG_SQL_END && s->rows < STEP_ROWS;
    good = good && next != VG_SQL_FAILED;
    if (!good) /* before another statement hides why */
        vg_sql_trouble(s->sql, "filling a payload index failed", arena, s->status);
    vg_sql_drop(stmt);
    return good;
}

static vg_shape *with_field_ready(const step *s, vg_arena *arena, uint64_t number)
{
    const vg_shape *shape = s->table->shape;
    vg_field *at = VG_TAKE_N(arena, vg_field, shape->fields.count + 1U);

    for (uint32_t i = 0; at && i < shape->fields.count; i++) {
        at[i] = shape->fields.at[i];
        at[i].is_ready |= at[i].number == s->field->number;
    }
    return at ? vg_shape_new(number, &shape->spec, &(vg_fields){at, shape->fields.count}) : NULL;
}

static bool write_progress(step *s, vg_arena *arena)
{
    uint64_t number;

    if (!s->is_end)
        return vg_field_rows_filled(s->sql, s->field->number, s->row);
    if (!vg_field_rows_ready(s->sql, s->field->number) ||
        !vg_rows_reshape(s->sql, s->table->number, &number))
        return false;
    s->shape = with_field_ready(s, arena, number);
    if (!s->shape)
        vg_status_set(s->status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
    return s->shape != NULL;
}

static bool run(step *s, vg_arena *arena)
{
    if (vg_sql_run(s->sql, "BEGIN IMMEDIATE") && put_rows(s, arena) && write_progress(s, arena) &&
        vg_sql_run(s->sql, "COMMIT"))
        return true;
    vg_sql_trouble(s->sql, "filling a payload index failed", arena, s->status);
    vg_sql_run(s->sql, "ROLLBACK"); /* fails when SQLite has rolled back already: fine */
    vg_shape_let(s->shape);
    return false;
}

static const vg_field *field_of(const vg_table *table, uint64_t number)
{
    const vg_fields *fields = &table->shape->fields;
    uint32_t i = 0;

    while (i < fields->count && fields->at[i].number != number)
        i++;
    VG_CHECK(i < fields->count); /* whoever takes a field away ends its filling */
    return &fields->at[i];
}

bool vg_fill_step(vg_sql *sql, vg_table *table, vg_arena *arena, vg_status *status)
{
    vg_fill *fill = table->fills;
    step s = {.sql = sql, .table = table, .row = fill->row, .status = status};

    s.field = field_of(table, fill->field);
    if (!run(&s, arena)) {
        finish_waiting(fill, status);
        return false;
    }
    fill->row = s.row;
    if (s.shape) {
        vg_table_reshape(table, s.shape);
        vg_fill_end(table, fill->field, NULL);
    }
    return true;
}
