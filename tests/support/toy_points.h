/* Points of the toy backend, for tests of what is made of reads, and of writes: GET, SCROLL and
 * SEARCH answer as the contract says (op.h), by dot products, with filters and selectors. Nearest
 * searches only. */
#ifndef VG_TESTS_SUPPORT_TOY_POINTS_H
#define VG_TESTS_SUPPORT_TOY_POINTS_H

#include "tests/support/toy_adapter.h"

enum { TOY_VECTORS = 2, TOY_SIZE = 2, TOY_LONGEST = 3 };

typedef struct toy_point {
    uint64_t id;
    const char *payload; /* a literal; NULL: {} */
    struct {
        const char *name; /* "": the unnamed one; NULL: there is no such vector */
        float at[TOY_LONGEST];
        uint32_t size; /* 0: TOY_SIZE, of which all that are compared are */
    } vectors[TOY_VECTORS];
} toy_point;

/* Into a collection that is there; an id that is there is replaced. */
void toy_put_point(toys *toy, const char *name, toy_point point);
void toy_drop_point(toys *toy, const char *name, uint64_t id);
/* Into that collection's part of the shared object (toy_make_placed()). */
void toy_put_part(toys *toy, const char *tenant, const char *name, toy_point point);
/* All that the fronts may ask for: batches, ids, samples, orders, every test of filters. */
void toy_make_able(toys *toy);

/* toy_writes.c: all changes of points, and not only some. */
void toy_let_write(toys *toy);

#endif
