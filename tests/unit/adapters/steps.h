/* Drives an adapter's steps as the runner would, for local stores: pool works run on a thread of
 * their own, queue works are posted, and both are waited for. */
#ifndef TESTS_ADAPTERS_STEPS_H
#define TESTS_ADAPTERS_STEPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "vecgate/vector_backend.h"

enum { MOST_EXCHANGES = 4 };

/* What one operation asked for, in order. */
typedef struct trace {
    vg_exchange asked[MOST_EXCHANGES];
    uint32_t count;
} trace;

/* Runs op->kind to its end: op->out or op->status is set, results live in `scratch`. */
vg_code run_steps(const vg_backend *backend, vg_op *op, vg_arena *scratch, trace *seen);

void must_be(vg_slice got, const char *wanted);
void must_say(const vg_status *status, const char *words);

/* A fresh empty directory; `dir` has room for 64. */
void make_directory(char *dir);
void remove_directory(const char *dir);

#endif
