/* A model of aliases: what two of them may stand for, where the end of a change is not known. */
#ifndef VG_TESTS_UNIT_CATALOG_TABLES_H
#define VG_TESTS_UNIT_CATALOG_TABLES_H

#include <stdbool.h>
#include <stdint.h>

enum { NAMES = 3 };

/* What x and y stand for: 0 nothing, else a place in `names` and 1. All that is possible. */
struct tables {
    bool can_be[NAMES + 1][NAMES + 1];
};

struct table {
    uint32_t of[2];
};

typedef bool table_change(struct table *t, void *arg); /* false: it cannot be so */

/* What becomes of each possible table. `keeps`: it is possible too that nothing did. */
void change_tables(struct tables *tables, table_change *change, void *arg, bool keeps);
bool can_be_some_table(const struct tables *tables);

/* The collection whose place `arg` points to is no more. */
bool lose_target(struct table *t, void *arg);

/* One request's, in their order. */
struct actions {
    char text[64];
    struct {
        char kind;
        uint32_t alias, other;
    } at[3];
    uint32_t count;
};

/* All of them; `arg`: struct actions. */
bool act(struct table *t, void *arg);

#endif
