/* See columns.h. */
#include "engine/columns.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS = 256, MOST_BYTES = 64 }; /* around the lists, and for each place of a list */

const char *vg_column(uint32_t place, char *to)
{
    if (place == 0)
        return "vector";
    snprintf(to, VG_COLUMN, "vector_%" PRIu32, place);
    return to;
}

size_t vg_columns_bytes(uint32_t places)
{
    return 8 * (WORDS + (size_t)(places + 1) * MOST_BYTES);
}

/* ---- what a list says of one place ---- */

typedef int write_place(char *to, size_t room, const char *column, uint32_t place);

static int write_name(char *to, size_t room, const char *column, uint32_t place)
{
    (void)place;
    return snprintf(to, room, "%s", column);
}

static int write_mark(char *to, size_t room, const char *column, uint32_t place)
{
    (void)column;
    return snprintf(to, room, "?%" PRIu32, VG_PUT_VECTOR + place);
}

static int write_excluded(char *to, size_t room, const char *column, uint32_t place)
{
    (void)place;
    return snprintf(to, room, "%s=excluded.%s", column, column);
}

static int write_set(char *to, size_t room, const char *column, uint32_t place)
{
    return snprintf(to, room, "%s=coalesce(?%" PRIu32 ",%s)", column, VG_SET_VECTOR + place,
                    column);
}

static int write_cut(char *to, size_t room, const char *column, uint32_t place)
{
    return snprintf(to, room, "%s=iif(?%" PRIu32 ",NULL,%s)", column, VG_SET_VECTOR + place,
                    column);
}

static vg_slice list(vg_arena *arena, uint32_t places, write_place *write)
{
    uint32_t count = places > 0 ? places : 1;
    size_t room = (size_t)count * MOST_BYTES + 1, len = 0;
    char *text = vg_arena_take(arena, room), column[VG_COLUMN];

    for (uint32_t i = 0; text && i < count; i++) {
        if (i > 0)
            text[len++] = ',';
        len += (size_t)write(text + len, room - len, vg_column(i, column), i);
    }
    return vg_slice_of(text, text ? len : 0);
}

/* ---- statements ---- */

static const char *make_put(vg_arena *arena, uint64_t table, uint32_t places, vg_slice names)
{
    vg_slice marks = list(arena, places, write_mark);
    vg_slice excluded = list(arena, places, write_excluded);

    return vg_arena_printf(arena,
                           "INSERT INTO points_%" PRIu64 "(id,version,payload," VG_FMT
                           ") VALUES(?1,?2,?3," VG_FMT ") ON CONFLICT(id) DO UPDATE SET "
                           "version=excluded.version,payload=excluded.payload," VG_FMT,
                           table, VG_ARG(names), VG_ARG(marks), VG_ARG(excluded))
        .at;
}

static const char *make_set(vg_arena *arena, uint64_t table, vg_slice assignments)
{
    return vg_arena_printf(arena,
                           "UPDATE points_%" PRIu64 " SET version=?2," VG_FMT " WHERE row=?1",
                           table, VG_ARG(assignments))
        .at;
}

bool vg_columns_make(vg_arena *arena, uint64_t table, uint32_t places, vg_columns *out)
{
    out->list = list(arena, places, write_name);
    out->put_sql = make_put(arena, table, places, out->list);
    out->set_sql = make_set(arena, table, list(arena, places, write_set));
    out->cut_sql = make_set(arena, table, list(arena, places, write_cut));
    return !vg_arena_is_spent(arena);
}
