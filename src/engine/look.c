/* See look.h. */
#include "engine/look.h"

bool vg_look_find(vg_look *look, const vg_read *read)
{
    *look =
        (vg_look){.read = read, .session = {.store = read->store, .is_stopped = read->is_stopped}};
    look->session.table = vg_read_table(read);
    return look->session.table != NULL;
}

static void let_shape(void *shape)
{
    vg_shape_let(shape);
}

/* False without a story: a newer shape came. */
static bool take_shape(vg_look *look, bool *is_spent)
{
    vg_shape *shape = vg_table_shape_at(look->session.table, look->session.shape);

    *is_spent = shape && !vg_arena_defer(look->read->arena, let_shape, shape);
    if (*is_spent)
        vg_shape_let(shape);
    look->shape = *is_spent ? NULL : shape;
    return look->shape != NULL;
}

bool vg_look_open(vg_look *look)
{
    bool is_spent = false;

    for (int turn = 0; turn < VG_LOOK_TURNS && !is_spent; turn++) {
        if (!vg_session_open(&look->session, look->read->arena, look->read->status))
            return false;
        if (take_shape(look, &is_spent))
            return true;
        vg_session_close(&look->session);
    }
    return is_spent ? vg_read_too_large(look->read) : vg_look_overrun(look);
}

bool vg_look_overrun(vg_look *look)
{
    vg_status_set(look->read->status, VG_OVERLOADED,
                  VG_LIT("the collection changes faster than it can be read"), (vg_slice){0});
    return false;
}

void vg_look_close(vg_look *look)
{
    vg_session_close(&look->session);
}

bool vg_look_trouble(vg_look *look)
{
    vg_sql_trouble(look->session.sql, "the store cannot be read", look->read->arena,
                   look->read->status);
    return false;
}

bool vg_look_is_stopped(const vg_look *look)
{
    const atomic_bool *is_stopped = look->read->is_stopped;

    if (!is_stopped || !atomic_load_explicit(is_stopped, memory_order_relaxed))
        return false;
    vg_status_set(look->read->status, VG_CANCELLED, VG_LIT("nobody waits for the answer"),
                  (vg_slice){0});
    return true;
}

bool vg_look_where(vg_look *look, const vg_filter *filter, int first_place, vg_where *out)
{
    const vg_where_over over = {&look->shape->spec, &look->shape->fields, first_place};

    return vg_where_make(look->read->arena, filter, &over, out, look->read->status);
}

struct sqlite3_stmt *vg_look_prepare(vg_look *look, vg_slice text, const vg_where *where)
{
    struct sqlite3_stmt *stmt;

    if (!text.at) {
        vg_read_too_large(look->read);
        return NULL;
    }
    stmt = vg_sql_prepare(look->session.sql, text);
    if (!stmt)
        vg_look_trouble(look);
    else if (where)
        vg_where_bind(where, stmt);
    return stmt;
}
