/* See scene.h. */
#include "scene.h"

#include <sqlite3.h>

void scene_up(scene *s, bench *b)
{
    vg_status status = {0};
    vg_slice path = vg_arena_printf(b->arena, "%s/default/points.db", b->dir);

    *s = (scene){.b = b};
    vg_stores_close(b->stores);
    b->stores = NULL;
    b->store = NULL;
    s->sql = vg_sql_open_writer(path.at, b->arena, &status);
    s->shelf = vg_shelf_new();
    assert_int_equal(vg_load_all(s->sql, s->shelf, b->dir, b->arena, &status), VG_OK);
    vg_upkeep_init(&s->upkeep, s->sql, 8 << 20);
}

void scene_down(scene *s)
{
    vg_upkeep_fini(&s->upkeep);
    vg_sql_close(s->sql);
    vg_shelf_free(s->shelf);
    bench_open(s->b);
}

static void on_finished(vg_work *work)
{
    ++*(int *)work->carrier;
}

bool try_write(scene *s, vg_write *write)
{
    vg_code code;

    write->work.finished = on_finished;
    write->work.carrier = &s->finished;
    assert_true(vg_sql_run(s->sql, "BEGIN"));
    if (s->sqlite_room > 0)
        sqlite3_hard_heap_limit64(sqlite3_memory_used() + (sqlite3_int64)s->sqlite_room);
    code = vg_apply(s->sql, write);
    sqlite3_hard_heap_limit64(0);
    if (code == VG_OK) {
        assert_true(vg_sql_run(s->sql, "COMMIT"));
        return true;
    }
    vg_apply_forget(write);
    if (!sqlite3_get_autocommit(vg_sql_db(s->sql))) /* SQLite may have done so itself */
        assert_true(vg_sql_run(s->sql, "ROLLBACK"));
    return false;
}

void publish_write(scene *s, vg_write *write)
{
    vg_publish(s->shelf, &s->upkeep, write);
    if (!write->waits_for || !vg_fill_wait(write->table, write->waits_for, write))
        vg_work_finish(&write->work);
}

void do_write(scene *s, vg_write *write)
{
    assert_true(try_write(s, write));
    publish_write(s, write);
}

vg_table *table_of(scene *s)
{
    vg_table *table = vg_shelf_find(s->shelf, VG_LIT("c"));

    assert_non_null(table);
    return table;
}
