/* See database.h. */
#include "database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support.h"

database *database_new(void)
{
    database *d = calloc(1, sizeof *d);
    char path[80];

    assert_non_null(d);
    vg_arena_set_total_cap((size_t)2 << 30);
    make_directory(d->dir);
    snprintf(path, sizeof path, "%s/points.db", d->dir);
    d->arena = vg_arena_new(1 << 28);
    d->sql = vg_sql_open_writer(path, d->arena, &d->status);
    assert_non_null(d->sql);
    return d;
}

void database_free(database *d)
{
    vg_sql_close(d->sql);
    vg_arena_free(d->arena);
    remove_directory(d->dir);
    free(d);
}
