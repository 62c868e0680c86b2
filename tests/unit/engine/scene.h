/* A store without its writer's thread: a test does what that does, step by step. */
#ifndef TESTS_ENGINE_SCENE_H
#define TESTS_ENGINE_SCENE_H

#include "engine/apply.h"
#include "engine/fill.h"
#include "engine/load.h"
#include "engine/publish.h"
#include "support.h"

typedef struct scene {
    bench *b;
    vg_sql *sql;
    vg_shelf *shelf;
    vg_upkeep upkeep;
    int finished;       /* writes */
    size_t sqlite_room; /* bytes that SQLite may take while a write is applied; 0: all it wants */
} scene;

/* Between the two the bench's store is closed. */
void scene_up(scene *s, bench *b);
void scene_down(scene *s);

/* Applies, commits, publishes and finishes it, or has it wait for its index. It must succeed. */
void do_write(scene *s, vg_write *write);
/* The parts of that, for one that may fail; true: it stays, and is to be published. */
bool try_write(scene *s, vg_write *write);
void publish_write(scene *s, vg_write *write);
/* The collection `c`, held. */
vg_table *table_of(scene *s);

#endif
