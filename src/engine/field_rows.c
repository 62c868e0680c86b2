/* See field_rows.h. */
#include "engine/field_rows.h"

#include <sqlite3.h>

static const char add_sql[] =
    "INSERT INTO fields(collection,key,kind,no_lookup,no_range,tokenizer,min_token_len,"
    "max_token_len,keeps_case,has_phrases,params,built_row) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,iif(?12,NULL,0))";
static const char drop_sql[] = "DELETE FROM fields WHERE number=?1";
static const char sweep_sql[] = "INSERT INTO dropped_fields(number) VALUES(?1)";
static const char params_sql[] = "UPDATE fields SET params=?2 WHERE number=?1";
static const char filled_sql[] = "UPDATE fields SET built_row=?2 WHERE number=?1";
static const char ready_sql[] = "UPDATE fields SET built_row=NULL WHERE number=?1";
static const char count_sql[] = "SELECT count(*) FROM fields WHERE collection=?1";
static const char read_sql[] =
    "SELECT number,key,kind,no_lookup,no_range,tokenizer,min_token_len,max_token_len,keeps_case,"
    "has_phrases,params,built_row IS NULL,built_row FROM fields WHERE collection=?1 "
    "ORDER BY number";

typedef struct sqlite3_stmt statement;

static bool add_row(vg_sql *sql, uint64_t collection, vg_field *field)
{
    const vg_index *index = &field->index;
    statement *stmt = vg_sql_use(sql, add_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, collection);
    vg_sql_put_text(stmt, 2, index->key);
    vg_sql_put_text(stmt, 3, vg_slice_str(vg_index_kind_word(index->kind)));
    vg_sql_put_u64(stmt, 4, index->no_lookup);
    vg_sql_put_u64(stmt, 5, index->no_range);
    vg_sql_put_text(stmt, 6, vg_slice_str(vg_tokenizer_word(index->text.tokenizer)));
    vg_sql_put_u64(stmt, 7, index->text.min_token_len);
    vg_sql_put_u64(stmt, 8, index->text.max_token_len);
    vg_sql_put_u64(stmt, 9, index->text.keeps_case);
    vg_sql_put_u64(stmt, 10, index->text.has_phrases);
    vg_sql_put_text(stmt, 11, index->params);
    vg_sql_put_u64(stmt, 12, field->is_ready);
    if (!vg_sql_finish(stmt))
        return false;
    field->number = (uint64_t)sqlite3_last_insert_rowid(vg_sql_db(sql));
    return true;
}

bool vg_field_rows_add(vg_sql *sql, uint64_t collection, vg_field *field)
{
    return add_row(sql, collection, field) && vg_field_make(sql, field);
}

static bool run(vg_sql *sql, const char *format, uint64_t field)
{
    statement *stmt = vg_sql_use(sql, format, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, field);
    return vg_sql_finish(stmt);
}

bool vg_field_rows_drop(vg_sql *sql, uint64_t field)
{
    return run(sql, drop_sql, field) && run(sql, sweep_sql, field);
}

bool vg_field_rows_set_params(vg_sql *sql, uint64_t field, vg_slice params)
{
    statement *stmt = vg_sql_use(sql, params_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, field);
    vg_sql_put_text(stmt, 2, params);
    return vg_sql_finish(stmt);
}

bool vg_field_rows_filled(vg_sql *sql, uint64_t field, uint64_t row)
{
    statement *stmt = vg_sql_use(sql, filled_sql, 0);

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, field);
    vg_sql_put_u64(stmt, 2, row);
    return vg_sql_finish(stmt);
}

bool vg_field_rows_ready(vg_sql *sql, uint64_t field)
{
    return run(sql, ready_sql, field);
}

/* ---- when a store opens ---- */

static vg_field field_of(statement *row, vg_arena *arena)
{
    return (vg_field){
        .number = vg_sql_u64(row, 0),
        .index =
            {
                .key = vg_arena_copy(arena, vg_sql_text(row, 1)),
                .kind = vg_index_kind_of(vg_sql_text(row, 2)),
                .no_lookup = vg_sql_u64(row, 3) != 0,
                .no_range = vg_sql_u64(row, 4) != 0,
                .text =
                    {
                        .tokenizer = vg_tokenizer_of(vg_sql_text(row, 5)),
                        .min_token_len = (uint32_t)vg_sql_u64(row, 6),
                        .max_token_len = (uint32_t)vg_sql_u64(row, 7),
                        .keeps_case = vg_sql_u64(row, 8) != 0,
                        .has_phrases = vg_sql_u64(row, 9) != 0,
                    },
                .params = vg_arena_copy(arena, vg_sql_text(row, 10)),
            },
        .is_ready = vg_sql_u64(row, 11) != 0,
    };
}

static bool count_fields(vg_sql *sql, uint64_t collection, uint64_t *count)
{
    statement *stmt = vg_sql_use(sql, count_sql, 0);
    vg_sql_step step;

    if (!stmt)
        return false;
    vg_sql_put_u64(stmt, 1, collection);
    step = vg_sql_next(stmt);
    *count = step == VG_SQL_ROW ? vg_sql_u64(stmt, 0) : 0;
    vg_sql_done(stmt);
    return step == VG_SQL_ROW;
}

bool vg_field_rows_read(vg_sql *sql, uint64_t collection, vg_arena *arena, vg_fields *out,
                        uint64_t **rows)
{
    vg_sql_step step = VG_SQL_ROW;
    statement *stmt;
    uint64_t count;
    vg_field *at;

    if (!count_fields(sql, collection, &count))
        return false;
    at = VG_TAKE_N(arena, vg_field, count + 1);
    *rows = VG_TAKE_N(arena, uint64_t, count + 1);
    stmt = vg_sql_use(sql, read_sql, 0);
    if (!stmt || !at || !*rows)
        return false;
    vg_sql_put_u64(stmt, 1, collection);
    for (uint64_t i = 0; i < count && (step = vg_sql_next(stmt)) == VG_SQL_ROW; i++) {
        at[i] = field_of(stmt, arena);
        (*rows)[i] = vg_sql_u64(stmt, 12);
    }
    vg_sql_done(stmt);
    *out = (vg_fields){at, (uint32_t)count};
    return step == VG_SQL_ROW && !vg_arena_is_spent(arena);
}
