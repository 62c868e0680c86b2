/* An open embedded backend for its tests, and operations on its collection "c" with short names. */
#ifndef TESTS_ADAPTERS_EMBEDDED_H
#define TESTS_ADAPTERS_EMBEDDED_H

#include "steps.h"

extern const vg_adapter vg_embedded;

typedef struct scene {
    char dir[64];
    vg_arena *arena, *scratch;
    uint64_t conf[3]; /* as the adapter's options say */
    vg_backend backend;
    vg_collection collection;
    vg_tenant who;
    vg_op op;
} scene;

/* cmocka fixtures: *state is a scene with an open store. */
int up(void **state);
int down(void **state);

/* A fresh s->op, to be filled in. */
vg_op *begin(scene *s, vg_op_kind kind);
vg_code run(scene *s);

/* One unnamed vector. */
vg_code create(scene *s, uint32_t size, vg_distance distance);
vg_vector json_vector(scene *s, const char *text);
vg_point_id number(uint64_t num);
vg_code upsert_one(scene *s, vg_point_id id, const char *vector, const char *payload);
/* Begins a search of so many queries for 10 hits each. */
vg_search *ask(scene *s, uint32_t count);

#endif
