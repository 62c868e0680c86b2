/* What the engine's tests share: a directory of their own, a store in it, writes that are waited
 * for, and reads with short names. A failure of anything here fails the test. */
#ifndef TESTS_ENGINE_SUPPORT_H
#define TESTS_ENGINE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/read.h"
#include "engine/stores.h"

typedef struct bench {
    char dir[64]; /* removed by bench_down */
    vg_arena *arena;
    vg_status status; /* of the last call */
    vg_stores *stores;
    vg_store *store; /* the default's */
    uint32_t open_max;
    uint32_t queue_max;
    uint64_t wal_bytes;
} bench;

/* cmocka fixtures: *state is a bench with an open store. */
int bench_up(void **state);
int bench_down(void **state);

/* A fresh empty directory under TMPDIR; `dir` has room for 64. */
void make_directory(char *dir);
void remove_directory(const char *dir);

void bench_open(bench *b);        /* must succeed */
vg_code bench_try_open(bench *b); /* the store is NULL when it fails */
void bench_close(bench *b);

/* Runs statements on the closed store's file, made if need be, and leaves the store closed. */
void change_file(bench *b, const char *sql);
/* In place of the store's, a file as the first version wrote it: the collections `dot` (of two
 * numbers, with settings, and the points 7 with vector [1, 2] and payload {"n": 1} and `a text`
 * with neither) and `cosine`. Its store is closed. */
void make_format_1(bench *b);
/* All that make_format_1() put in is there. */
void expect_format_1(bench *b);

/* Points that tests are made of. */
typedef struct given {
    uint64_t id;
    const float *vector; /* NULL: none */
    const char *payload;
} given;

/* Posts a prepared write and waits for its end. */
vg_code finish(bench *b, vg_write *write);
vg_code create(bench *b, const char *name, uint32_t size, vg_distance distance);
vg_code create_spec(bench *b, const char *name, const vg_collection_spec *spec);
vg_code drop(bench *b, const char *name, bool *did);
vg_code upsert(bench *b, const char *name, const given *points, uint32_t count,
               uint64_t *operation);
vg_code upsert_points(bench *b, const char *name, const vg_point *points, uint32_t count,
                      uint64_t *operation);
/* Updates as a client would send them, with wait=true. */
vg_code update(bench *b, const char *name, const vg_update *updates, uint32_t count,
               uint64_t *operation);
vg_code update_without_waiting(bench *b, const char *name, const vg_update *updates,
                               uint32_t count);
vg_code delete_ids(bench *b, const char *name, const uint64_t *ids, uint32_t count,
                   uint64_t *operation);

vg_point_id number_id(uint64_t num);
vg_vector vector_of(const char *name, const float *floats, uint32_t count);

vg_read reading(bench *b, const char *name);
vg_points get(bench *b, const char *name, const uint64_t *ids, uint32_t count);
uint64_t count_points(bench *b, const char *name);
/* With payload and vectors. */
vg_points nearest(bench *b, const char *name, const float *vector, uint32_t size, uint32_t limit);

/* The last status says these words. */
void must_say(const bench *b, const char *words);
void must_be(vg_slice got, const char *wanted);

/* A chain of pseudo-random numbers; print the seed that began it. */
uint64_t next_random(uint64_t *state);
float random_float(uint64_t *state); /* -1..1 */
uint64_t seed_of_test(void);         /* VG_SEED or the clock; printed */

#endif
